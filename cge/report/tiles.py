"""Where provinces stand on the tile map, and grey tiles for what the model does not have."""

from __future__ import annotations

from collections.abc import Iterable

from sam.registry import NATION, provinces, provincial

OUTSIDE = {"TW": (7, 6), "MO": (8, 5), "HK": (8, 6)}
"""Row and column of places that are not in the model."""


def tiles(codes: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Row and column of each province; empty for other regions, which have none."""
    there = set(codes) - {NATION}
    return {p.code: (p.tile_row, p.tile_column) for p in provinces()} if provincial(there) else {}

"""Where regions stand on the tile map, and grey tiles for what the model of China does not have."""

from __future__ import annotations

from collections.abc import Iterable

from cge.report.names import SAID
from sam.registry import NATION, provinces

OUTSIDE = {"TW": (7, 6), "MO": (8, 5), "HK": (8, 6)}
"""Row and column of places that are not in the model."""


def tiles(codes: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Row and column of each region; empty where one has none, as regions made of provinces."""
    own = SAID.get().get("tiles", {})
    places = {r: (row, column) for r, (row, column) in own.items()} if SAID.get() else {
        p.code: (p.tile_row, p.tile_column) for p in provinces()
    }  # fmt: skip
    return places if set(places) == set(codes) - {NATION} else {}


def outside() -> dict[str, tuple[int, int]]:
    """Places that stand grey on the map of China; none on that of another country."""
    return {} if SAID.get() else OUTSIDE

"""Regions of an economy: the provinces each holds, what it is called, how far it lies, and grouping files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import Message
from sam.economy import held_groups
from sam.groups import Groups, groups_of
from sam.mapping_files import find_mapping, read_mapping_file
from sam.registry import AGGREGATIONS, PROVINCE_CODES, province
from sam.satellites import distance
from sam.tables import read_mapping

Members = Mapping[str, Sequence[str]]
"""Region to the provinces it holds."""


def by_region(table: pd.DataFrame, regions: Members) -> pd.DataFrame:
    """Sums of the columns of provinces, a column per region; a province alone keeps its very numbers."""
    return pd.DataFrame({r: table[list(held)].sum(axis=1) for r, held in regions.items()})


def distances(regions: Members) -> Array:
    """Distance between regions, (r, r), km: the mean over pairs of their provinces, none inside a region."""
    at = [[PROVINCE_CODES.index(p) for p in held] for held in regions.values()]
    km = distance()
    table = np.array([[km[np.ix_(a, b)].mean() for b in at] for a in at])
    return np.where(np.eye(len(at), dtype=bool), 0.0, table)


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[str, str]]:
    table = read_mapping("region_names").astype(str)
    return {r.code: (r.name_en, r.name_zh) for r in table.itertuples(index=False)}


def region_words(code: str) -> Message:
    """Name of a province or of a region of a shipped grouping; other codes are their own names."""
    if code in PROVINCE_CODES:
        found = province(code)
        return Message(found.name_en, found.name_zh)
    return Message(*_names().get(code, (code, code)))


def grouping(given: str) -> dict[str, str]:
    """Region of every province by a shipped grouping or a file of the user's own.

    Raises
    ------
    SAMError
        Neither; or faults of the file, all at once.
    """
    path = find_mapping("regions", given, "")
    return dict(read_mapping_file("regions", path, dict.fromkeys(PROVINCE_CODES, 1 / len(PROVINCE_CODES))).to)


def members(given: str, folder: Path | None) -> Members:
    """Provinces of every region of an economy, gathered where a grouping is given."""
    groups: Groups = (held_groups(folder) if folder is not None else None) or groups_of(AGGREGATIONS[0])
    return groups.mapped(regions=grouping(given)).regions if given else groups.regions


def region_of(code: str, regions: Members) -> str:
    """The region itself, else the one that holds the province, else the first."""
    if code in regions:
        return code
    return next((r for r, held in regions.items() if code in held), next(iter(regions)))


def provincial(codes: Iterable[str]) -> bool:
    """Whether regions are the provinces of the registry."""
    return set(codes) == set(PROVINCE_CODES)

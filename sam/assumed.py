"""Assumptions of the baseline paths: nodes by year, those given instead of the table's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import pandas as pd

from sam.tables import read_table

Given = Mapping[tuple[str, str], float]
"""Values instead of those of `path_assumptions`, by item and ``code_year``."""
NONE: Given = MappingProxyType({})


def nodes(item: str, code: str, given: Given = NONE) -> pd.Series:
    """Nodes of an assumption by year; those given stand instead of the table's."""
    table = _table(item, code)
    own = {year: given[item, f"{code}_{year}"] for year in table.index if (item, f"{code}_{year}") in given}
    return pd.Series(own, dtype=float).combine_first(table) if own else table


def codes(item: str) -> tuple[str, ...]:
    """Codes that an assumption is made for."""
    table = read_table("path_assumptions")
    return tuple(dict.fromkeys(table.loc[table["item"] == item, "code"]))


def ends(item: str, code: str, side: str) -> pd.Series:
    """Ends of the range of an assumption by year; ``side`` is ``low`` or ``high``."""
    return _table(item, code, side)


@lru_cache(maxsize=64)
def _table(item: str, code: str, column: str = "value") -> pd.Series:
    table = read_table("path_assumptions")
    table = table[(table["item"] == item) & (table["code"] == code)]
    return table.set_index("year")[column].astype(float).sort_index()

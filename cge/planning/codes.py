"""Sector codes of a plan, which are those of ``cn30``, in the sector list that its study asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sam.registry import AGGREGATIONS
from sam.tables import read_mapping

WRITTEN = "cn30"
"""Sector list that plans are written in."""
LISTS, LIMITS = ("sectors", "exempt"), ("floors", "ceilings")
"""Keys of instruments whose values name sectors, and those whose tables have them as keys, by place."""
TOGETHER = "+"


def coded(tables: Mapping[str, Any], aggregation: str) -> dict[str, Any]:
    """Tables of instruments with their sectors in another list: the sector that holds one, or all that it holds."""
    to = _mapping(aggregation)
    return {name: {key: _translated(key, of, to) for key, of in table.items()} for name, table in tables.items()}


def parts(tables: Mapping[str, Any], aggregation: str) -> list[str]:
    """Sectors that instruments name and that another list has only together with sectors they do not name."""
    to = _mapping(aggregation)
    lost: set[str] = set()
    for named in (codes for table in tables.values() for key, of in table.items() for codes in _named(key, of)):
        into = {code for one in named for code in to.get(one, ())}
        held = {one for one, codes in to.items() if into & {*codes}}
        if held - named:
            lost |= {one for one in named if {k for k in held - named if {*to[k]} & {*to.get(one, ())}}}
    return sorted(lost)


def _named(key: str, of: Any) -> list[set[str]]:
    """Sectors that meet something together, for each of what they meet."""
    if key in LISTS:
        return [set(of)]
    return [set(codes.split(TOGETHER)) for by in of.values() for codes in by] if key in LIMITS else []


def _translated(key: str, of: Any, to: Mapping[str, tuple[str, ...]]) -> Any:
    if key in LISTS:
        return [*dict.fromkeys(code for one in of for code in to.get(one, (one,)))]
    if key not in LIMITS:
        return of
    return {place: {_joined(codes, to): limit for codes, limit in by.items()} for place, by in of.items()}


def _joined(codes: str, to: Mapping[str, tuple[str, ...]]) -> str:
    return TOGETHER.join(dict.fromkeys(code for one in codes.split(TOGETHER) for code in to.get(one, (one,))))


def _mapping(aggregation: str) -> dict[str, tuple[str, ...]]:
    """Codes of a list by the code of :data:`WRITTEN`; nothing where codes stay."""
    if aggregation not in AGGREGATIONS or aggregation == WRITTEN:
        return {}
    finer = aggregation == "cn42"
    table = read_mapping(f"{aggregation}_to_{WRITTEN}" if finer else f"{WRITTEN}_to_{aggregation}")
    return {str(code): tuple(of[aggregation]) for code, of in table.groupby(WRITTEN, sort=False)}

"""What the codes of an economy hold: provinces, sectors, households and factors behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import listed, message
from sam.classification import BUILT, BUSBAR
from sam.registry import AGGREGATIONS, HOUSEHOLDS, PROVINCE_CODES, activity_codes, commodity_codes
from sam.tables import read_mapping

Members = Mapping[str, tuple[str, ...]]
PROVINCES: Members = {r: (r,) for r in PROVINCE_CODES}
"""Every province a region of its own."""
FACTORS = ("labour", "capital", "resource")
JOIN = "+"
OWN = "own"
"""Name of a sector list made by a file of the user's own, after that of the list it comes from."""


@dataclass(frozen=True)
class Groups:
    """Codes of an economy in model order, each with what it holds.

    Parameters
    ----------
    regions : mapping of str to tuple of str
        Region to its provinces.
    sectors : mapping of str to tuple of str
        Sector to its codes in the list of the build it comes from; generation and busbar electricity are left out.
    households, factors : mapping of str to tuple of str
        From rural and urban; from labour, capital and resource.
    """

    regions: Members
    sectors: Members
    households: Members
    factors: Members

    @property
    def as_built(self) -> bool:
        """Whether every region is a province and every sector one of the build."""
        return all(len(m) == 1 for kind in (self.regions, self.sectors) for m in kind.values())

    def texts(self) -> tuple[str, ...]:
        """``kind code=member+member`` of every code, as ``about.csv`` keeps them."""
        return tuple(
            f"{f.name} {code}={JOIN.join(members)}"
            for f in fields(self)
            for code, members in getattr(self, f.name).items()
        )

    def mapped(self, **to: Mapping[str, str]) -> Groups:
        """Groups after each kind's codes are gathered; members come along."""
        changed = {}
        for kind, mapping in to.items():
            new: dict[str, tuple[str, ...]] = {}
            for code, members in getattr(self, kind).items():
                target = mapping.get(code, code)
                new[target] = tuple(dict.fromkeys((*new.get(target, ()), *members)))
            changed[kind] = new
        return replace(self, **changed)

    def holding(self, kind: str, member: str) -> tuple[str, ...]:
        """Codes of a kind that hold a member."""
        return tuple(code for code, members in getattr(self, kind).items() if member in members)


def by_region(table: pd.DataFrame, regions: Members) -> pd.DataFrame:
    """Sums of the columns of provinces, a column per region; a province alone keeps its very numbers."""
    cells, place = table.to_numpy(float).T, {c: k for k, c in enumerate(table.columns)}
    sums = {r: np.nansum(cells[[place[p] for p in held]], axis=0) for r, held in regions.items()}
    return pd.DataFrame(sums, index=table.index)


def groups_of(aggregation: str) -> Groups:
    """Groups of a shipped aggregation: 31 provinces, two households, three factors."""
    plain = [c for c in commodity_codes(aggregation) if c != BUSBAR]
    if aggregation in BUILT:
        sectors: Members = _own(plain)
    else:
        table = read_mapping(f"cn30_to_{aggregation}")
        sectors = {c: tuple(table.loc[table[aggregation] == c, "cn30"]) for c in plain}
    return Groups(PROVINCES, sectors, _own(HOUSEHOLDS), _own(FACTORS))


def codes_of(aggregation: str, groups: Groups) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Commodities and activities of an economy in model order."""
    if aggregation in AGGREGATIONS:
        return tuple(commodity_codes(aggregation)), tuple(activity_codes(aggregation))
    technologies = [a for a in activity_codes("cn30") if a not in commodity_codes("cn30")]
    return (*groups.sectors, BUSBAR), (*groups.sectors, *technologies)


def read_groups(texts: Iterable[str]) -> Groups:
    """Groups from what :meth:`Groups.texts` wrote.

    Raises
    ------
    SAMError
        A text that is no group.
    """
    names = [f.name for f in fields(Groups)]
    found: dict[str, dict[str, tuple[str, ...]]] = {n: {} for n in names}
    for text in texts:
        kind, _, rest = str(text).partition(" ")
        code, _, members = rest.partition("=")
        if kind not in names or not code or not members:
            raise SAMError(message("SAM332", text=text, known=listed(names)))
        found[kind][code] = tuple(members.split(JOIN))
    return Groups(**found)


def _own(codes: Iterable[str]) -> Members:
    return {c: (c,) for c in codes}

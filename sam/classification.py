"""Sector lists of the build: how the 42 sectors of the published tables lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from sam.registry import commodity_codes
from sam.tables import read_mapping, read_table

BUSBAR = "elb"
N42 = 42
NBS42 = tuple(f"{k:02d}" for k in range(1, N42 + 1))
INDUSTRY_NBS = NBS42[1:26]
"""Sectors of the published tables that make up industry in the provincial accounts."""
LOCAL = ("ely", "hea")
"""Commodities that do not travel as goods."""
CARRIERS = ("coa", "cok", "oil", "gas")
"""Fuels that carry emissions, cn30 codes."""
INDUSTRIES = ("primary", "tertiary")
"""Industries with sectors of their own; the secondary one has the rest, power and construction included."""
PRIMARY = ("agr",)
TERTIARY = ("trd", "trn", "hot", "ifi", "bus", "pub", "ser", "inf", "fin", "rea", "lea", "rnd", "tec", "env", "rsv",
            "edu", "hlt", "cul", "adm")  # fmt: skip
"""Sectors of the tertiary industry in every sector list; what is in neither is secondary."""
BUILT = ("cn30", "cn42")
"""Sector lists the build makes from the sources; others are aggregated from them."""


def industry(sector: str) -> str:
    """Industry of a sector: ``primary``, ``secondary`` or ``tertiary``."""
    return "primary" if sector in PRIMARY else "tertiary" if sector in TERTIARY else "secondary"


@dataclass(frozen=True)
class Classification:
    """A sector list of the build.

    Parameters
    ----------
    name : str
        ``cn42`` (42 sectors with energy split) or ``cn30``.
    parts : dict of str to tuple of str
        NBS sector to the codes it is split into; a code may gather several NBS sectors.
    parent : dict of str to str
        The cn30 code of each code; figures that a table holds for the parent only are inherited.
    """

    name: str
    parts: dict[str, tuple[str, ...]]
    parent: dict[str, str]

    @cached_property
    def sectors(self) -> tuple[str, ...]:
        """Codes in model order, busbar electricity left out."""
        return tuple(c for c in commodity_codes(self.name) if c != BUSBAR)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each code."""
        return {c: i for i, c in enumerate(self.sectors)}

    @cached_property
    def fuels(self) -> tuple[str, ...]:
        """Commodities that carry emissions."""
        return tuple(c for fuel in CARRIERS for c in self.children(fuel))

    @cached_property
    def held(self) -> np.ndarray:
        """Commodities whose cells stand on tonnes or TWh, boolean."""
        return np.isin(self.sectors, (*self.fuels, *LOCAL))

    @cached_property
    def industry(self) -> list[int]:
        """Positions of industry without electricity and heat."""
        codes = {c for n in INDUSTRY_NBS for c in self.parts[n]} - set(LOCAL)
        return [k for k, c in enumerate(self.sectors) if c in codes]

    def children(self, code: str) -> tuple[str, ...]:
        """Codes of this list that the cn30 code holds."""
        return tuple(c for c in self.sectors if self.parent[c] == code)

    def nbs(self, code: str) -> tuple[str, ...]:
        """NBS sectors that lead to a code."""
        return tuple(n for n, codes in self.parts.items() if code in codes)

    def figures(self, table: str, parameter: str, default: float | None = None) -> np.ndarray:
        """Figures of a table by code, its own row or that of its parent.

        Parameters
        ----------
        table : str
            Table with columns ``parameter, item, value``.
        default : float, optional
            For codes without either row; without it such a code is a `KeyError`.
        """
        rows = read_table(table).query("parameter == @parameter").set_index("item")["value"].to_dict()
        found = [rows.get(c, rows.get(self.parent[c], default)) for c in self.sectors]
        lost = [c for c, v in zip(self.sectors, found, strict=True) if v is None]
        if lost:
            raise KeyError(f"{table}: {parameter} of {', '.join(lost)}")
        return np.array(found, dtype=float)


@lru_cache(maxsize=4)
def classification(name: str) -> Classification:
    """The sector list of that name.

    Parameters
    ----------
    name : {"cn30", "cn42"}
    """
    parent = read_mapping("cn42_to_cn30").set_index("cn42")["cn30"].to_dict()
    parts: dict[str, tuple[str, ...]] = {}
    for nbs, code in read_mapping("nbs42_to_cn42", ("nbs42",)).itertuples(index=False):
        code = code if name == "cn42" else parent[code]
        parts[nbs] = tuple(dict.fromkeys((*parts.get(nbs, ()), code)))
    if name == "cn30":
        parent = {c: c for c in parent.values()}
    return Classification(name, parts, parent)

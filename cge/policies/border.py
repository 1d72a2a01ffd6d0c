"""Carbon at the border: a levy on imports and a rebate on exports, and the levies of other countries."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from cge.policies.base import Facts, Instrument, unpriced
from cge.policies.table import number
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from cgebase.messages import Message, message

EXPOSED = ("chm", "nmm", "irs", "nfm", "cok", "oil", "wpp")
"""Energy-intensive goods that are traded, of the default sectors."""


def embodied(facts: Facts) -> Array:
    """CO2 that one unit of a commodity causes in the nation, directly and by its inputs, (c,), Mt per 1e8 CNY.

    Baseline technology of the year at base-year prices; Leontief's inverse of national input coefficients.
    """
    p, of = facts.parameters, facts.accounts
    level = facts.values["LEVEL"].sum(1)
    alive = level > 0
    scale = np.where(alive, level, 1.0)
    tonnes = np.where(alive, of["EML"].sum(1) / scale, 0.0)
    inputs = of["QCA"].sum(2)
    inputs = np.where(alive[None], inputs / scale[None], 0.0)
    makes = p["make"] / np.where(p["make"].sum(1, keepdims=True) > 0, p["make"].sum(1, keepdims=True), 1.0)
    made = makes.T * level[None] * (p["sector"].max(1) > 0)[None] + p["busbar"][:, None] * (
        level * (p["gen"].max(1) > 0)
    )
    total = made.sum(1, keepdims=True)
    mix = np.divide(made, total, out=np.zeros_like(made), where=total > 0)
    technology = inputs @ mix.T
    return np.linalg.solve(np.eye(len(technology)) - technology.T, mix @ tonnes)


def _exposed(facts: Facts, sectors: Iterable[str], what: str) -> Array:
    named = tuple(sectors)
    return facts.members("c", named or [c for c in EXPOSED if c in facts.sets["c"]], what)


class Border(Instrument, table="border"):
    """Levy on the carbon that imports embody and rebate on that of exports, at the province's own carbon price."""

    imports: bool = True
    """Whether imports pay."""
    exports: bool = False
    """Whether exports are paid back."""
    sectors: tuple[str, ...] = ()
    """Commodities by code; energy-intensive traded goods if empty."""

    def idle(self, tables: Collection[str]) -> Message | None:
        if not (self.imports or self.exports):
            return message("idle.border")
        return unpriced(tables)

    def refuse_unknown(self, facts: Facts) -> None:
        _exposed(facts, self.sectors, "border")

    def given(self, facts: Facts) -> dict[str, Array]:
        content = _exposed(facts, self.sectors, "border") * embodied(facts)
        table = np.repeat(content[:, None], len(facts.sets["r"]), axis=1)
        return {"bcm": float(self.imports) * table, "bcx": float(self.exports) * table}


class ForeignLevy(Instrument, table="foreign_levy"):
    """What other countries levy on the carbon of China's exports, such as the European border adjustment.

    A tonne pays the levy less the carbon price of its province, if that leaves something; a price that is rebated at
    the border (:class:`Border`) does not count as paid.

    Notes
    -----
    The credit is that of Regulation (EU) 2023/956, Article 9: the carbon price effectively paid in the country of
    origin, rebates taken off. The content is the baseline's of the year, direct and through inputs; the price of the
    province counts for all of it, whichever sectors are covered.
    """

    price: float = number(unit="yuan of 2021 per t CO2", ge=0, le=100_000)
    """Levy in the end year, from zero at the start."""
    share_of_exports: float = number(0.15, unit="share", ge=0, le=1)
    """Exports that go to countries with the levy (assumption where not given)."""
    sectors: tuple[str, ...] = ()
    """Commodities by code; energy-intensive traded goods if empty."""

    def idle(self, tables: Collection[str]) -> Message | None:
        return None if self.price and self.share_of_exports else message("idle.exports")

    def refuse_unknown(self, facts: Facts) -> None:
        _exposed(facts, self.sectors, "foreign_levy")

    def given(self, facts: Facts) -> dict[str, Array]:
        exposed, price = _exposed(facts, self.sectors, "foreign_levy"), self.at(facts.year, 0.0, self.price)
        content, ones = exposed * embodied(facts), np.ones(len(facts.sets["r"]))
        if price == 0:
            return {"cbam": 0.0 * np.outer(content, ones)}
        rate = price / YUAN_PER_TONNE
        return {
            "cbam": rate * self.share_of_exports * np.outer(content, ones),
            "bcf": np.outer(np.where(content > 0, content, 1.0), ones),
            "flevy": np.array(rate),
        }

"""Run the coded checks of an economy; all faults at once, and a code means the same for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from cgebase.errors import SAMValidationError
from cgebase.messages import joined, message
from sam.checks import mines, money, physical
from sam.checks.findings import Finding, Measured
from sam.economy import Economy, bare
from sam.matrix import SAM
from sam.view import View

__all__ = ["Audit", "Finding", "audit", "check_economy", "gdp_by_province", "refuse_faults"]

Check = Callable[[View], Iterator[Measured]]
CHECKS: tuple[Check, ...] = (
    money.unit, physical.tonnes, money.balance, money.signs, physical.carbon, physical.power, money.accounts,
    money.kinds, money.once, money.sums, physical.once, money.three_ways, money.trade, physical.power_values,
    money.margins, mines.pit_price, mines.buyers, mines.balance, mines.coal_values,
)  # fmt: skip
PUBLISHED: tuple[Check, ...] = (
    money.value_added, physical.inventory, money.nation, money.households, physical.delivered, mines.dug,
)  # fmt: skip
"""Checks against what is published for China in 2021."""
OF_CHINA: tuple[Check, ...] = (
    money.unit, physical.tonnes, physical.carbon, mines.pit_price, mines.buyers, mines.balance, mines.coal_values,
)  # fmt: skip
"""Checks by prices and sizes of China."""
OF_ONES_OWN: tuple[Check, ...] = (money.items,)
"""Checks of another country's economy, which no build made."""
ANY: tuple[Check, ...] = (money.balance, money.once, money.sums)
"""Checks of a SAM alone, whatever its accounts mean."""


@dataclass(frozen=True)
class Audit:
    """Every check of one economy as it came out."""

    economy: Economy
    checks: tuple[Measured, ...]

    @cached_property
    def findings(self) -> list[Finding]:
        """Every fault, in the order of the checks."""
        return [finding for check in self.checks for finding in check.findings()]

    @property
    def passed(self) -> bool:
        """Whether there is no fault."""
        return not self.findings

    def table(self) -> pd.DataFrame:
        """One row per check: what it demands, whether it passed, and its worst place.

        Returns
        -------
        DataFrame
            ``code, title_en, title_zh, passed, places, faults, tolerance, deviation, region, sector, row, column,
            found, low, high, unit``. ``deviation`` is how far the worst place lies outside ``low`` to ``high``
            (negative inside), relative where ``relative`` is true.
        """
        rows = []
        for c in self.checks:
            worst = c.worst
            facts = {k: getattr(worst, k) for k in ("region", "sector", "row", "column", "found", "low", "high")
                     } if worst is not None else {}  # fmt: skip
            faults = len(c.faults)
            rows.append(
                {
                    "code": c.code, "title_en": str(c.title), "title_zh": c.title.zh, "passed": faults == 0,
                    "places": c.places, "faults": faults, "tolerance": c.tolerance,
                    "relative": bool((c.table["scale"] != 1.0).any()),
                    "deviation": float(c.deviation.loc[worst.Index]) if worst is not None else float("nan"),
                    **facts, "unit": c.unit,
                }
            )  # fmt: skip
        table = pd.DataFrame(rows).sort_values("code", kind="stable", ignore_index=True)
        text = ["region", "sector", "row", "column"]
        return table.assign(**{k: table[k].fillna("") for k in text})


def audit(economy: Economy, *, published: bool = True) -> Audit:
    """Run every check.

    Parameters
    ----------
    published : bool
        Also hold the economy to what is published for China in 2021; an economy of the user's own need not meet
        that. One of another country is held neither to that nor to prices and sizes of China.

    Notes
    -----
    SAM001 balance, SAM002 signs, SAM003 value added on its control, SAM004 emissions on their totals,
    SAM005 carbon on a fuel cell, price at the low end, SAM006 carbon per output, SAM007 electricity in TWh,
    SAM008 missing accounts, SAM009 cells of no known kind, between provinces, or twice, SAM010 GDP three ways,
    SAM011 provinces add up to the national ratios, SAM012 trade of a province, SAM013 electricity cells
    against TWh, SAM014 price of fuel at the high end (as built, no feedstock), SAM015 transport
    margins by origin against the cells that pay them, SAM016 unit of the values, SAM017 unit of the emissions,
    SAM018 carrier that is no fuel, SAM019 rural and urban consumption against the survey, SAM020 price of coal at
    the pit, SAM021 coal bought by who has more than it uses, SAM022 what is dug where, SAM023 energy goods in
    physical units and coal in yuan against its tonnes, SAM024 fuel burnt without emissions, SAM025 an account that is
    the sum of all others,
    SAM360 the unit that the SAM states, SAM361 trade symmetric between provinces.
    """
    x = View(economy)
    of = economy.country
    of_any = tuple(c for c in CHECKS if c not in OF_CHINA)
    run = CHECKS + (PUBLISHED if published else ()) if of.published else of_any + OF_ONES_OWN
    return Audit(economy, tuple(found for check in run for found in check(x)))


def audit_sam(sam: SAM) -> Audit:
    """Run the checks that any SAM can be held to: SAM001 balance, SAM009 no cell twice, SAM025 no totals."""
    x = View(bare(sam))
    return Audit(x.economy, tuple(found for check in ANY for found in check(x)))


def check_economy(economy: Economy, *, published: bool = True) -> list[Finding]:
    """All faults of an economy; an empty list means it can be calibrated. Parameters as in `audit`."""
    return audit(economy, published=published).findings


def refuse_faults(economy: Economy | Audit, *, published: bool = False) -> None:
    """Refuse an economy with faults, or an audit that found some.

    Raises
    ------
    SAMValidationError
        All of them, worst kind first; how to see them again.
    """
    done = economy if isinstance(economy, Audit) else audit(economy, published=published)
    if not done.passed:
        head, last = message("SAM100", count=len(done.findings)), message("SAM100.next")
        raise SAMValidationError(joined(head, [f.text for f in done.findings], last, codes=True))


def gdp_by_province(economy: Economy) -> pd.Series:
    """Value added of each province with its import taxes, 1e8 yuan."""
    return View(economy).gdp

"""Goods of a solved run in physical units: energy, steel and cement made, coal sold and bought, its price per tonne.

A good has one price where it is made, so that its tonnes move with the activity that makes it. Where a sector makes
several goods, they move together. Cement does not travel far: it moves with the building materials that construction of
the province buys, and other building materials are not its.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.cells import share
from cge.measure.indicators import Rows
from cge.runs.periods import Period
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from sam.economy import Economy
from sam.records import mined

MAKERS = {"coal": ("coa",), "crude": ("cru",), "gas": ("nga", "gas"), "oil": ("oil",)}
"""Codes of the build that make a good; the first that an economy has."""
MATERIALS = {"steel": ("irs", ""), "cement": ("nmm", "con")}
"""Sector of the build that makes a material, and the one whose purchases it moves with, if it is not what is made."""


def maker(economy: Economy, good: str) -> str:
    """Sector that makes a good."""
    held = (economy.groups.holding("sectors", code) for code in MAKERS[good])
    return next(codes[0] for codes in held if codes)


def made(economy: Economy, good: str) -> Array:
    """Output of the base year by region, Mt or bcm."""
    t = economy.physical
    out = t[t["good"].eq(good) & t["flow"].eq("made")].groupby("region")["amount"].sum()
    return out.reindex(list(economy.regions)).fillna(0.0).to_numpy(float)


def _materials(benchmark: Benchmark, first: Period, period: Period) -> dict[str, Array]:
    """Steel and cement of a year by region, Mt."""
    groups, sectors = benchmark.economy.groups, benchmark.sets["a"]
    out = {}
    for good, (code, buyer) in MATERIALS.items():
        makers, buyers = groups.holding("sectors", code), groups.holding("sectors", buyer)
        if makers and (buyers or not buyer):
            known = mined(good)
            of = np.array([known[list(groups.regions[r])].sum() for r in benchmark.sets["r"]])
            if buyer:
                cell = benchmark.sets["c"].index(makers[0]), sectors.index(buyers[0])
                now, then = (x.accounts["QC_top"][cell] for x in (period, first))
            else:
                now, then = (x.values["LEVEL"][sectors.index(makers[0])] for x in (period, first))
            out[good] = of * share(now, then)
    return out


def goods(benchmark: Benchmark, periods: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Goods of one run in the tidy layout of the results, by province and nation.

    ``coal_output``, ``crude_output``, ``gas_output``, ``oil_output``, ``steel_output``, ``cement_output``;
    ``coal_sold`` and ``coal_bought`` between provinces; ``coal_price`` at the pit at the prices of the year, where coal
    is mined. An economy without physical accounts has none.
    """
    out, economy = Rows(benchmark, scenario), benchmark.economy
    if economy.physical.empty:
        return out.frame()
    sectors, commodities = benchmark.sets["a"], benchmark.sets["c"]
    for period in periods:
        v, y = period.values, period.year
        for material, tonnes in _materials(benchmark, periods[0], period).items():
            out.add_sum(y, f"{material}_output", tonnes)
        for good in MAKERS:
            a = sectors.index(maker(economy, good))
            rate = share(made(economy, good), benchmark.parameters["qa0"][a])
            out.add_sum(y, f"{good}_output", rate * v["LEVEL"][a])
            if good == "coal":
                c = commodities.index(sectors[a])
                sent = rate[:, None] * period.accounts["QD"][c] * (1 - np.eye(len(rate)))
                out.add_sum(y, "coal_sold", sent.sum(1))
                out.add_sum(y, "coal_bought", sent.sum(0))
                output, value = rate * v["LEVEL"][a], v["PX"][c] * v["LEVEL"][a]
                price = np.where(output > 0, YUAN_PER_TONNE * share(value, output), np.nan)
                out.add(y, "coal_price", price, YUAN_PER_TONNE * share(out.sums(value), out.sums(output)))
    frame = out.frame()
    return frame[frame["value"].notna()]

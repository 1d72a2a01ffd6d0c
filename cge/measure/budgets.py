"""Budgets of the provinces and of the centre, item by item; the items of each add up to zero.

What comes in is positive, what goes out negative, in current prices. A province's budget is closed by its lump sum to
households (or, where a closure says so, by purchases or a tax cut); the centre's by its balance, which the provinces
receive by fixed shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.measure.indicators import Rows
from cge.runs.periods import Period
from cge.theory.income import PROVINCIAL
from cgebase.arrays import Array

BUDGET = "budget"


def provincial(period: Period) -> dict[str, Array]:
    """Items of the provincial budgets, each (r,), current 1e8 CNY; they add up to zero in every province."""
    return {n: period.accounts[f"B_{n}"] for n in PROVINCIAL}


def central(period: Period, of_provinces: Mapping[str, Array]) -> dict[str, float]:
    """Items of the centre's budget, current 1e8 CNY; they add up to zero.

    Parameters
    ----------
    of_provinces : mapping of str to ndarray (r,)
        Items of :func:`provincial` in the same period.
    """
    return {
        "centre_revenue": -float(of_provinces["to_centre"].sum()),
        "centre_transfers": -float(of_provinces["central_transfers"].sum()),
        "centre_balance": -float(period.values["CRES"].sum()),
    }


def budgets(benchmark: Benchmark, periods: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Tidy rows of every budget; the item stands in the column ``sector``, the centre's under the nation."""
    out = Rows(benchmark, scenario)
    for period in periods:
        of_provinces = provincial(period)
        for item, values in of_provinces.items():
            out.add_sum(period.year, BUDGET, values, item)
        for item, value in central(period, of_provinces).items():
            out.add_nation(period.year, BUDGET, value, item)
    return out.frame()


def budget_gap(periods: Sequence[Period]) -> float:
    """Largest sum of the items of any budget over the nation's GDP."""
    gaps = []
    for period in periods:
        gdp, of_provinces = float(period.values["GDPB"].sum()), provincial(period)
        sums = sum(of_provinces.values(), start=np.zeros(()))
        shared = period.parameters["home"] @ of_provinces["share_of_central_balance"] - period.values["CRES"]
        own = float(np.abs(sums).max()), sum(central(period, of_provinces).values()), float(np.abs(shared).max())
        gaps.append(max(abs(x) for x in own) / gdp)
    return max(gaps)

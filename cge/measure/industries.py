"""The three industries of a solved run, and output of every sector of the nation over that of the base year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.measure.indicators import Rows, value_added
from cge.runs.periods import Period
from sam.classification import industry


def industries(benchmark: Benchmark, periods: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Shares of the three industries in value added at current prices, and output of sectors over the base year."""
    out, sectors = Rows(benchmark, scenario), benchmark.sets["a"]
    of = np.array([industry(benchmark.economy.country.role(a)) for a in sectors])
    first = periods[0].values["LEVEL"].sum(1)
    for period in periods:
        added = value_added(period)
        for name in ("primary", "secondary", "tertiary"):
            out.add_ratio(period.year, "industry_share", added[of == name].sum(0), added.sum(0), name)
        for k, a in enumerate(sectors):
            if first[k] > 0:
                out.add_nation(period.year, "output_index", float(period.values["LEVEL"][k].sum() / first[k]), a)
    return out.frame()

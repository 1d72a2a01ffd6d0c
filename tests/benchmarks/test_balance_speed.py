"""Time and memory of every method on 31 synthetic provinces of 42 sectors: `pytest tests/benchmarks --benchmark-only`.

107,043 cells, 2,791 accounts and 837 hard totals; a prior off by a factor of about 1.35 and reliabilities from 0.1 to
100. The limits are those asked of the balance: 60 seconds and 2 GB.
"""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from provincial import provincial_sam

from sam.balance import METHODS, BalanceError, balance_sam

SECONDS, BYTES = 60, 2e9
LINES = [("*", "*", 1.0), ("com:*", "act:*", 0.1), ("gov:*", "*", 10.0), ("act:*", "com:*", 100.0)]
RELIABILITY = pd.DataFrame(LINES, columns=["row", "column", "reliability"])


@pytest.fixture(scope="module")
def problem():
    """Prior and hard totals: factor payments of nine groups of activities in every province."""
    truth, _ = balance_sam(provincial_sam(31, 42))
    cells = truth.cells
    part = cells["row"].str.extract(r"^(lab|cap|gov):(R\d+)$")
    sector = cells["column"].str.extract(r"^act:s(\d+):")[0]
    paid = cells.assign(kind=part[0], region=part[1], sector=sector).dropna()
    named = paid["sector"].astype(int).isin(range(1, 10))
    totals = paid[named].groupby(["row", "column"], as_index=False)["value"].sum()
    noise = np.exp(np.random.default_rng(7).normal(0, 0.3, len(cells)))
    return replace(truth, cells=cells.assign(value=cells["value"] * noise)), totals


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_31_provinces_of_42_sectors(benchmark, problem, method):
    prior, totals = problem
    balance_sam(provincial_sam(2, 2), method=method)
    done, report = benchmark.pedantic(
        balance_sam, (prior,), {"method": method, "targets": totals, "reliability": RELIABILITY}, rounds=1
    )  # fmt: skip
    assert done.imbalance() <= 1e-10
    assert len(done.cells) == len(prior.cells) == 107_043
    assert benchmark.disabled or benchmark.stats.stats.max < SECONDS
    assert report.balanced.gap <= 1e-11


@pytest.mark.slow
@pytest.mark.parametrize("method", ["gras", "cross-entropy"])
def test_arrays_stay_small(problem, method):
    prior, totals = problem
    tracemalloc.start()
    balance_sam(prior, method=method, targets=totals, reliability=RELIABILITY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < BYTES


@pytest.mark.slow
def test_contradiction_is_named_in_time(benchmark, problem):
    prior, totals = problem
    twice = pd.concat([totals, totals.head(1).assign(value=2 * totals["value"].iloc[0])])

    def refused():
        with pytest.raises(BalanceError, match="2 controls contradict"):
            balance_sam(prior, targets=twice, reliability=RELIABILITY)

    benchmark.pedantic(refused, rounds=1)
    assert benchmark.disabled or benchmark.stats.stats.max < SECONDS

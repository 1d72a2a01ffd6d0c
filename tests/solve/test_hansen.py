"""Scarf and Hansen (1973) from the gallery: activity analysis as mixed complementarity, 14 of 26 activities idle.

An activity runs only where it breaks even; a good has a price only where its market clears. Published levels and the
losses of the idle activities are reproduced from a start that knows nothing of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cge.gallery import program, published
from cge.solve.tables import compare

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def solved() -> pd.DataFrame:
    system, solutions = program("hansen").solve()
    table = published("hansen").fillna("").set_index(["variable", "cell"])["value"].astype(float)
    return pd.DataFrame({"here": compare(system, solutions)["equilibrium"], "published": table})


def test_incomes_of_the_published_solution(solved):
    np.testing.assert_allclose(solved.loc["income", "here"], solved.loc["income", "published"], rtol=1e-10)


def test_levels_and_fourteen_idle_activities(solved):
    here, level = (solved.loc["y", k].to_numpy() for k in ("here", "published"))
    np.testing.assert_allclose(here, level, atol=1e-9)
    np.testing.assert_array_equal(here == 0.0, level == 0.0)
    assert int((level == 0.0).sum()) == 14


def test_prices_and_the_market_that_was_dropped(solved):
    np.testing.assert_allclose(solved.loc["p", "here"], solved.loc["p", "published"], rtol=1e-9)
    share = program("hansen").data()["share"].loc["agric"]
    bought = float(share @ solved.loc["income", "here"].loc[share.index])
    assert solved.at[("supply", "agric"), "here"] == pytest.approx(bought, rel=1e-9)

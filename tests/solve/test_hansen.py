"""Scarf and Hansen (1973): activity analysis as mixed complementarity, 14 goods, 26 activities, 4 households.

An activity runs only where it breaks even; a good has a price only where its market clears. Published levels and the
losses of the 14 idle activities are reproduced from a start that knows nothing of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cge.language.algebra import Theory, total
from cge.solve.system import Solution, System

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
INCOMES = [5.1549387635430755, 2.827534834524584, 0.5875814316920335, 8.5599675080206]
W = {"unit": "reference units", "description": "see the table it comes from"}


def _theory() -> Theory:
    t = Theory("Hansen")
    goods, activities, agents = t.set("c"), t.set("s"), t.set("h")
    c, s, h = goods.index("c"), activities.index("s"), agents.index("h")
    net = t.parameter("net", (goods, activities), **W)
    endowment, share = t.parameter("endowment", (goods, agents), **W), t.parameter("share", (goods, agents), **W)
    first, rest = t.parameter("first", (goods,), **W), t.parameter("rest", (goods,), **W)
    p = t.variable("p", (goods,), **W)
    y = t.variable("y", (activities,), log=False, **W)
    income, supply = t.variable("income", (agents,), **W), t.variable("supply", (goods,), **W)

    t.define(income, (h,), total(p[c] * endowment[c, h], c))
    t.define(supply, (c,), total(net[c, s] * y[s], s) + total(endowment[c, h], h))
    t.equation("market", (c,), supply[c] - total(share[c, h] * income[h], h) / p[c], pairs=p, where=rest[c])
    t.equation("numeraire", (c,), p[c] - 1, pairs=p, where=first[c])
    loss = -total(net[c, s] * p[c], c, where=net[c, s])
    t.equation("loss", (s,), loss, pairs=y, complements=True, scale=1)  # the numeraire weighs losses against levels
    return t


def _table(name: str, column: str, goods: list[str], others: list[str]) -> np.ndarray:
    frame = pd.read_csv(DATA / f"hansen_{name}.csv")
    if "side" in frame:
        frame["value"] *= np.where(frame["side"] == "output", 1.0, -1.0)
    wide = frame.groupby(["good", column])["value"].sum().unstack().reindex(index=goods, columns=others)
    return wide.fillna(0.0).to_numpy(float)


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.read_csv(DATA / "hansen_solution.csv").set_index(["variable", "index"])


@pytest.fixture(scope="module")
def solved(published) -> Solution:
    goods, activities = list(published.loc["p"].index), list(published.loc["y"].index)
    agents = [f"agent{k}" for k in range(1, 5)]
    demands = _table("demands", "agent", goods, agents)
    p = {
        "net": _table("activities", "activity", goods, activities),
        "endowment": _table("endowments", "agent", goods, agents), "share": demands / demands.sum(0),
        "first": np.eye(len(goods))[0], "rest": 1 - np.eye(len(goods))[0],
    }  # fmt: skip
    system = System(_theory(), {"c": goods, "s": activities, "h": agents})
    start = {"p": np.ones(len(goods)), "y": np.ones(len(activities))}
    return system.solve(p, start, ("market", "numeraire", "loss"), tol=1e-12, max_iter=200)


def test_incomes_of_the_published_solution(solved):
    np.testing.assert_allclose(solved.values["income"], INCOMES, rtol=1e-10)


def test_levels_and_fourteen_idle_activities(solved, published):
    level = published.loc["y", "level"].to_numpy(float)
    np.testing.assert_allclose(solved.values["y"], level, atol=1e-9)
    np.testing.assert_array_equal(solved.values["y"] == 0.0, level == 0.0)
    assert int((level == 0.0).sum()) == 14


def test_prices_and_the_market_that_was_dropped(solved, published):
    np.testing.assert_allclose(solved.values["p"], published.loc["p", "level"].to_numpy(float), rtol=1e-9)
    demands = pd.read_csv(DATA / "hansen_demands.csv")
    total = demands.groupby("agent")["value"].sum()
    agric = demands[demands["good"] == "agric"].set_index("agent")["value"] / total
    bought = float(agric.fillna(0.0) @ solved.values["income"])
    assert solved.values["supply"][0] == pytest.approx(bought, rel=1e-9)

"""Results by label, beside a base."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cge.language.algebra import Theory
from cge.solve.system import System
from cge.solve.tables import beside, compare
from cgebase.errors import SpecificationError


def test_values_stand_under_their_labels_with_the_change_against_a_base():
    t = Theory("shop")
    goods, places = t.set("i"), t.set("j")
    i, j = goods.index("i"), places.index("j")
    tax = t.parameter("tax", (goods, places))
    P, income = t.variable("P", (goods, places), unit="index", default=1.0), t.variable("income", (), log=False)
    t.equation("price", (i, j), P[i, j] - 1 - tax[i, j], pairs=P)
    t.equation("income", (), income, pairs=income)
    system = System(t, {"i": ("bread", "milk"), "j": ("north", "south")})
    rates = np.array([[0.0, 0.1], [0.2, 0.3]])
    active, start = ["price", "income"], {"income": np.array(1.0)}
    base, now = (system.solve({"tax": rates * k}, start, active).values for k in (0, 1))
    table = system.table(now, base).set_index(["variable", "cell"])
    prices = table.loc["P"]
    assert list(prices.index) == ["bread, north", "bread, south", "milk, north", "milk, south"]
    np.testing.assert_allclose(prices["value"], 1 + rates.ravel(), rtol=1e-9)
    np.testing.assert_allclose(prices["change_pct"], 100 * rates.ravel(), atol=1e-6)
    assert set(prices["unit"]) == {"index"} and (prices["base"] == 1.0).all()
    assert pd.isna(table.loc[("income", ""), "change_pct"])
    assert list(system.table(now).columns) == ["variable", "cell", "value", "unit"]


def test_named_scenarios_stand_side_by_side_and_beside_published_numbers():
    t = Theory("stall")
    goods = t.set("i")
    i = goods.index("i")
    tax, P = t.parameter("tax", (goods,)), t.variable("P", (goods,), default=1.0)
    profit = t.variable("profit", (), log=False, default=0.0)
    t.equation("price", (i,), P[i] - 2 - tax[i], pairs=P)
    t.equation("profit", (), profit + 4 - P["milk"], pairs=profit)
    system = System(t, {"i": ("bread", "milk")})
    solutions = {
        name: system.solve({"tax": {"milk": rate, "bread": 0.0}}, {}, ["price", "profit"])
        for name, rate in {"none": 0.0, "half": 1.0, "twice": 4.0}.items()
    }
    levels = compare(system, solutions)
    np.testing.assert_allclose(levels.loc[("P", "milk")], [2, 3, 6], rtol=1e-9)
    np.testing.assert_allclose(levels.loc[("profit", "")], [-2, -1, 2], rtol=1e-9)
    change = compare(system, solutions, "profit", "P", change=True)
    assert list(change.columns) == ["half", "twice"]
    assert list(change.index) == [("profit", ""), ("P", "bread"), ("P", "milk")]
    np.testing.assert_allclose(change["half"], [-50, 0, 50], atol=1e-6)
    assert pd.isna(change.at[("profit", ""), "twice"]), "of the other sign"
    printed = pd.DataFrame({"variable": ["P", "profit"], "cell": ["milk", None], "value": ["3.1", "-1"]})
    printed["scenario"] = "half"
    np.testing.assert_allclose(beside(levels, printed)["gap"], [-0.1, 0], atol=1e-9)
    with pytest.raises(SpecificationError, match="no variable 'Profit'; did you mean 'profit'"):
        compare(system, solutions, "Profit")

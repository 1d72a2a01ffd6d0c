"""Results by label, beside a base."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cge.language.algebra import Theory
from cge.solve.system import System


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

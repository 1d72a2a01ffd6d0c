"""Models of others that were written from the page of the language alone, held to the numbers that others print.

Markusen's M33 and M52 as MPSGE.jl (julia-mpsge, MIT licence, examples/Markusen_Examples) carries and solves them by
PATH; Dantzig's transport problem (1963), whose first form has as many optima as one likes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from scipy.optimize import linprog

from cge import Blocks, CGEError, Flow, Nest, System, Tax, Theory, drop_market, total


@pytest.mark.slow
def test_equal_yield_with_leisure_in_blocks():
    t = Theory("equal yield")
    PX, PY, PL, PK, PW = (t.variable(n, ()) for n in ("PX", "PY", "PL", "PK", "PW"))
    PLS, PKS = (t.variable(n, (), default=1.2) for n in ("PLS", "PKS"))
    X, Y, W, TL, TK = (t.variable(n, ()) for n in ("X", "Y", "W", "TL", "TK"))
    household, labour = t.variable("household", ()), t.parameter("labour", ())
    capital = t.variable("capital", (), log=False, default=0.2)
    b = Blocks(t, {}, {"labour": 0.2})
    b.production(X, Flow(PX, 120), Nest(1, [Flow(PLS, 48), Flow(PKS, 72)]))
    b.production(Y, Flow(PY, 120), Nest(1, [Flow(PLS, 72), Flow(PKS, 48)]))
    b.production(TL, Flow(PLS, 120), Flow(PL, 100, [Tax(labour, household)]))
    b.production(TK, Flow(PKS, 120), Flow(PK, 100, [Tax(capital, household)]))
    b.production(W, Flow(PW, 340), Nest(0.7, [Nest(1, [Flow(PX, 120), Flow(PY, 120)], "goods"), Flow(PL, 100)]))
    b.demand(household, Flow(PW, 340), [Flow(PL, 200), Flow(PK, 100)])
    b.close(PW)
    yields = 100 * (labour * PL * TL + capital * PK * TK)
    t.equation("yield", (), yields - 20 * (PX + PY), pairs=capital)
    model, active = System(t, {}), [*b.active, "yield"]
    printed = {
        0.15: (1.00084, 1.01609, 1.00801, 0.250389), 0.10: (1.00148, 1.03287, 1.0163, 0.310753),
        0.05: (1.00189, 1.05038, 1.02488, 0.384325), 0.0: (1.00203, 1.06869, 1.03377, 0.475907),
    }  # fmt: skip
    assert model.solve(b.data, {}, active, max_iter=0).iterations == 0
    for rate, numbers in printed.items():
        v = {n: float(x) for n, x in model.solve(b.data | {"labour": rate}, {}, active).values.items()}
        consumed = (v["PX"] * v["X"] + v["PY"] * v["Y"]) / (2 * np.sqrt(v["PX"] * v["PY"]))
        np.testing.assert_allclose((v["W"], v["TL"], consumed, v["capital"]), numbers, rtol=6e-6)
    with pytest.raises(CGEError, match="read capital, which nothing determines.*such as yield"):
        model.solve(b.data, {}, b.active)


def test_a_monopoly_with_fixed_costs():
    t, elasticity = Theory("monopoly"), 9
    stock, fixed = t.parameter("stock", (), default=1.0), t.parameter("fixed", (), default=1.0)
    X, Y, W, PY, PU, PZ, PW = (t.variable(n, (), default=1.0) for n in ("X", "Y", "W", "PY", "PU", "PZ", "PW"))
    PX, income = t.variable("PX", (), default=1.25), t.variable("income", (), default=200.0)
    share = t.variable("share", (), default=0.5)
    markup = t.variable("markup", (), log=False, default=0.2, given=True)
    mean = ((PX / 1.25) ** (1 - elasticity) + PY ** (1 - elasticity)) / 2
    t.equation("price_x", (), PW**0.4 * PZ**0.6 - PX * (1 - markup), pairs=X)
    t.equation("price_y", (), PW**0.6 * PZ**0.4 - PY, pairs=Y)
    t.equation("price_u", (), mean ** sp.Rational(1, 1 - elasticity) - PU, pairs=W)
    t.equation("x", (), 80 * X - 80 * W * (PU / (PX / 1.25)) ** elasticity, pairs=PX)
    t.equation("y", (), 100 * Y - 100 * W * (PU / PY) ** elasticity, pairs=PY)
    t.equation("utility", (), 200 * W - income / PU, pairs=PU)
    hired = {"skilled": 40 * PW**0.6 * PZ**-0.6 * Y + 48 * PW**0.4 * PZ**-0.4 * X + 12 * fixed,
             "unskilled": 60 * PW**-0.4 * PZ**0.4 * Y + 32 * PW**-0.6 * PZ**0.6 * X + 8 * fixed}  # fmt: skip
    t.equation("skilled", (), 100 * stock - hired["skilled"], pairs=PZ)
    t.equation("unskilled", (), 100 * stock - hired["unskilled"], pairs=PW)
    profit = 80 * markup * PX * X - fixed * (12 * PZ + 8 * PW)
    t.equation("earned", (), income - 100 * stock * (PZ + PW) - profit, pairs=income)
    t.equation("spent_on_x", (), share - 80 * PX * X / (80 * PX * X + 100 * PY * Y), pairs=share)
    t.equation("marks_up", (), markup - 1 / (elasticity - (elasticity - 1) * share), pairs=markup)
    with pytest.raises(CGEError, match="no numeraire"):
        System(t, {}).solve({}, {}, list(t.equations))
    drop_market(t, "earned", numeraire=sp.Eq(income, 200))
    model, active = System(t, {}), list(t.equations)
    names = ("Y", "X", "W", "PU", "PW", "PZ", "PY", "PX", "share", "markup")
    printed = {
        1.0: (1, 1, 1, 1, 1, 1, 1, 1.25, 0.5, 0.2),
        2.0: (2.09209, 2.13465, 2.11336, 0.47318, 0.477558, 0.468002, 0.473712, 0.590817, 0.504476, 0.201443),
        0.75: (0.726951, 0.716268, 0.721608, 1.38579, 1.37651, 1.39698, 1.38466, 1.73367, 0.49671, 0.198953),
    }  # fmt: skip
    for size, numbers in printed.items():
        values = model.solve({"stock": size}, {}, active).values
        np.testing.assert_allclose([values[n] for n in names], numbers, rtol=6e-6)
    marginal = model.solve({}, {"markup": 0.0}, [n for n in active if n != "marks_up"]).values
    numbers = (0.387179, 1.7449, 1.03973, 0.961791, 0.95991, 1.26919, 1.07337, 1.13503, 0.792207, 0.0)
    np.testing.assert_allclose([marginal[n] for n in names], numbers, rtol=6e-6)


def test_transport_as_complementarity_and_its_many_optima():
    t = Theory("transport")
    plants, markets = t.set("i", "plants"), t.set("j", "markets")
    i, j = plants.index("i"), markets.index("j")
    stock, wanted = t.parameter("stock", (plants,)), t.parameter("wanted", (markets,))
    cost = t.parameter("cost", (plants, markets))
    x = t.variable("x", (plants, markets), log=False, default=0.0)
    price = t.variable("price", (markets,), log=False, default=0.0)
    rent = t.variable("rent", (plants,), log=False, default=0.0)
    t.equation("loss", (i, j), rent[i] + cost[i, j] - price[j], pairs=x, complements=True)
    t.equation("supply", (i,), stock[i] - total(x[i, j], j), pairs=rent, complements=True)
    t.equation("demand", (j,), total(x[i, j], i) - wanted[j], pairs=price, complements=True)
    t.account("paid", (), total(cost[i, j] * x[i, j], i, j), unit="money", description="cost of all shipments")
    towns = ["seattle", "san_diego"]
    miles = pd.DataFrame({"new_york": [2.5, 2.5], "chicago": [1.7, 1.8], "topeka": [1.8, 1.4]}, towns)
    model = System(t, {"i": list(miles.index), "j": list(miles.columns)})
    data = {"stock": [350.0, 600.0], "wanted": [325.0, 300.0, 275.0], "cost": 0.09 * miles}
    with pytest.raises(CGEError, match=r"not determined: x \[seattle/new_york, san_diego/new_york\] can move together"):
        model.solve(data, {}, list(t.equations))
    miles.loc["san_diego", "new_york"] = 2.7
    solved = model.solve(data | {"cost": 0.09 * miles}, {}, list(t.equations))
    supply, demand = np.kron(np.eye(2), np.ones(3)), np.kron(np.ones(2), np.eye(3))
    best = linprog(0.09 * miles.to_numpy().ravel(), supply, data["stock"], demand, data["wanted"])
    assert float(model.accounts(data | {"cost": 0.09 * miles}, solved.values)["paid"]) == pytest.approx(best.fun)
    np.testing.assert_allclose(solved.values["x"].ravel(), best.x, atol=1e-9)
    assert (solved.values["x"] == 0).sum() == 2

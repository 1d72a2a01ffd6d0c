"""Economies of blocks: they state what a modeller writes by hand, calibrated, or refuse what cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sympy as sp

from cge import Blocks, CGEError, Flow, Input, Nest, System, Tax, Theory, compare, demand, gallery, total, unit_cost
from cge.explain.latex import latex_document

GOODS, FACTORS = ["X", "Y"], ["L", "K"]


def two_goods(paid: pd.DataFrame, rates: object, **declared: object) -> tuple[Theory, Blocks]:
    """Two goods from two factors with a tax on output, not closed yet."""
    t = Theory("two goods")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    i, f = goods.index("i"), factors.index("f")
    tax = t.parameter("tax", (goods,))
    P, W = t.variable("P", (goods,)), t.variable("W", (factors,), **declared)
    X, M = t.variable("Q", (goods,)), t.variable("RA", ())
    b = Blocks(t, {"i": GOODS, "f": FACTORS}, {"tax": rates})
    cost = paid.sum()
    b.production(X[i], Flow(P[i], cost / (1 - pd.Series(rates)), [Tax(tax[i], M)]), Nest(1, [Flow(W[f], paid)]))
    b.demand(M, Nest(1, [Flow(P[i], cost / (1 - pd.Series(rates)))]), [Flow(W[f], paid.sum(axis=1), name="stock")])
    return t, b


FREE = {"X": 0.0, "Y": 0.0}


@pytest.mark.slow
def test_two_goods_are_those_of_the_model_written_by_hand():
    program = gallery.program("two_by_two")
    paid = pd.read_csv(program.FOLDER / "cost.csv", index_col="factor").astype(float)
    t, b = two_goods(paid, FREE)
    b.close(t.families["W"], f="L")
    model, hand = System(t, b.sets), System(program.theory(), b.sets)
    assert model.solve(b.data, {}, b.active, max_iter=0).iterations == 0
    for rate in (0.0, *program.RATES):
        change = {"tax": {"X": rate, "Y": 0.0}, "stock": b.data["stock"] * pd.Series({"L": 1.1, "K": 1.0})}
        one = model.solve(b.data | change, {}, b.active, tol=1e-13).values
        two = hand.solve(program.data() | change, {}, list(hand.theory.equations), tol=1e-13).values
        for name in ("P", "W", "Q", "RA"):
            np.testing.assert_allclose(one[name], two[name], rtol=1e-10)
        np.testing.assert_allclose(one["W_to_Q"], two["F"], rtol=1e-10)
        np.testing.assert_allclose(one["real_RA"], two["U"], rtol=1e-10)


@pytest.mark.slow
def test_joint_products_are_those_of_the_model_written_by_hand():
    program = gallery.program("joint_products")
    p = program.data()
    t = Theory("joint")
    goods, sectors, factors = t.set("g", "goods"), t.set("s", "activities"), t.set("f", "factors")
    g, s, f = goods.index("g"), sectors.index("s"), factors.index("f")
    P, PF, X = t.variable("P", (goods,)), t.variable("PF", (factors,)), t.variable("X", (sectors,))
    income = t.variable("income", ())
    b = Blocks(t, {"g": program.GOODS, "s": program.SECTORS, "f": program.FACTORS})
    b.production(X[s], Nest(1, [Flow(P[g], p["make"])]), Nest(1, [Flow(P[g], p["use"]), Flow(PF[f], p["hire"])]))
    final = p["make"].sum(axis=1) - p["use"].sum(axis=1)
    b.demand(income, Nest(1, [Flow(P[g], final)]), [Flow(PF[f], p["stock"], name="stock")])
    b.close(PF, f="labor")
    model = System(t, b.sets)
    more = b.data | {"stock": b.data["stock"] * pd.Series({"labor": 1.1, "capital": 1.0})}
    solved = model.solve(more, {}, b.active, tol=1e-13)
    hand, solutions = program.solve()
    here = compare(model, {"labour": solved}, "P", "PF", "X", "income")
    there = compare(hand, solutions, "P", "PF", "X", "income")[["labour"]]
    np.testing.assert_allclose(here, there.loc[here.index], rtol=1e-10)


def nested(*, blocks: bool) -> tuple[System, dict, list[str]]:
    """Goods from goods and taxed value added in two regions; a wage of 20, factors that move between regions."""
    draw = np.random.default_rng(5)
    use, paid = draw.uniform(0.1, 1.0, (3, 3, 2)), draw.uniform(5, 20, (2, 3, 2))
    use[0, 1, 0] = 0.0
    rate, price = draw.uniform(0.0, 0.4, (2, 3, 2)), np.array([20.0, 0.08])
    gross = (paid * (1 + rate)).sum(axis=0)
    made = use.sum(axis=0) + gross
    final, stock = made - use.sum(axis=1), paid.sum(axis=1)
    t = Theory("nested")
    goods, factors, regions = (t.set(n) for n in ("i", "f", "r"))
    i, j, f, r = goods.index("i"), goods.index("j"), factors.index("f"), regions.index("r")
    tax, sigma = t.parameter("tax", (factors, goods, regions)), t.parameter("sigma", (goods,))
    P, X = (t.variable(n, (goods, regions), default=1.0) for n in ("P", "X"))
    W, W0 = t.variable("W", (factors,), default="W0", given=not blocks), t.parameter("W0", (factors,))
    sets = {"i": ["a", "b", "c"], "f": ["l", "k"], "r": ["N", "S"]}
    data = {"tax": rate, "sigma": draw.uniform(0.3, 1.7, 3), "W0": price}
    if blocks:
        M = t.variable("M", (regions,))
        b = Blocks(t, sets, data)
        value = Nest(sigma[i], [Flow(W[f], paid, [Tax(tax[f, i, r], M[r])])], "va")
        b.production(X[i, r], Flow(P[i, r], made), Nest(0, [Flow(P[j, r], use), value]))
        b.demand(M[r], Nest(0.6, [Flow(P[i, r], final)]), [Flow(W[f], stock)])
        b.close(W, f="l")
        return System(t, sets), b.data, b.active
    own = {
        "use": use / made, "va": gross / made, "share": paid * (1 + rate) / gross, "made": made, "tax0": rate,
        "gross": gross, "final": final, "budget": final.sum(axis=0), "stock": stock / price[:, None],
        "free": [0.0, 1.0],
    }  # fmt: skip
    dims = {
        "use": (goods, goods, regions), "share": (factors, goods, regions), "tax0": (factors, goods, regions),
        "budget": (regions,), "stock": (factors, regions), "free": (factors,),
    }  # fmt: skip
    p = {n: t.parameter(n, dims.get(n, (goods, regions))) for n in own}
    M = t.variable("M", (regions,), default="budget")
    V, PU, hired = t.variable("V", (goods, regions)), t.variable("PU", (regions,)), t.variable("hired", dims["share"])
    user = W[f] * (1 + tax[f, i, r]) / W0[f] / (1 + p["tax0"][f, i, r])
    t.define(V, (i, r), unit_cost(sigma[i], Input(p["share"][f, i, r], user, f)))
    t.define(PU, (r,), unit_cost(0.6, Input(p["final"][i, r] / p["budget"][r], P[i, r], i, p["final"][i, r])))
    units = p["share"][f, i, r] * p["gross"][i, r] / W0[f] / (1 + p["tax0"][f, i, r])
    t.define(hired, (f, i, r), X[i, r] * demand(units, user, V[i, r], sigma[i]))
    inputs = total(p["use"][j, i, r] * P[j, r], j) + p["va"][i, r] * V[i, r]
    t.equation("zero", (i, r), inputs - P[i, r], pairs=X)
    bought = M[r] / PU[r] / p["budget"][r] * demand(p["final"][i, r], P[i, r], PU[r], 0.6)
    between = total(p["made"][j, r] * X[j, r] * p["use"][i, j, r], j)
    t.equation("goods", (i, r), p["made"][i, r] * X[i, r] - bought - between, pairs=P)
    t.equation("labour", (f,), total(p["stock"][f, r], r) - total(hired[f, i, r], i, r), pairs=W, where=p["free"][f])
    revenue = total(tax[f, i, r] * W[f] * hired[f, i, r], f, i)
    t.equation("income", (r,), M[r] - total(W[f] * p["stock"][f, r], f) - revenue, pairs=M)
    return System(t, sets), data | own, list(t.equations)


@pytest.mark.slow
def test_nests_taxes_and_prices_of_the_benchmark_are_those_written_by_hand():
    (one, data, active), (two, numbers, stated) = nested(blocks=True), nested(blocks=False)
    assert one.solve(data, {}, active, max_iter=0).iterations == 0
    assert two.solve(numbers, {}, stated, max_iter=0).iterations == 0
    move = {"tax": np.asarray(numbers["tax"]) * 2 + 0.1, "sigma": np.array([0.0, 1.0, 2.5])}
    here, there = (m.solve(d | move, {}, a, tol=1e-13) for m, d, a in ((one, data, active), (two, numbers, stated)))
    for name in ("P", "X", "W", "M"):
        np.testing.assert_allclose(here.values[name], there.values[name], rtol=1e-10)
    np.testing.assert_allclose(here.values["W_to_X"], there.values["hired"], rtol=1e-10)
    ours, theirs = (
        m.gradient(d | move, s.values, a, {"M": {"N": 1.0}})
        for m, d, a, s in ((one, data, active, here), (two, numbers, stated, there))
    )
    for name in ("tax", "sigma"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-8, atol=1e-9)


def test_what_blocks_state_is_the_ordinary_language():
    t, b = two_goods(pd.DataFrame([[50.0, 20.0], [50.0, 30.0]], FACTORS, GOODS), {"X": 0.2, "Y": 0.0})
    b.close(t.families["W"], f="L")
    stated = {n: f"{s.variable}{list(s.over)}: {s.expr}" for n, s in t.statements.items()}
    assert list(stated.values())[:4] == [
        "cost_Q[i]: inv_boxcox(Sum[f | share_W_to_Q[f, i]](boxcox(W[f], 0)*share_W_to_Q[f, i]), 0)",
        "W_to_Q[f, i]: Q[i]*cost_Q[i]*unit_W_to_Q[f, i]/W[f]",
        "P_by_Q[i]: Q[i]*unit_P_by_Q[i]",
        "tax_P_by_Q[i]: P[i]*P_by_Q[i]*tax[i]",
    ]
    assert stated["profit_Q"] == "Q[i]: -(1 - tax[i])*P[i]/price_P_by_Q[i] + cost_Q[i]"
    assert stated["income_RA"] == (
        "RA[]: RA - (Sum[i | unit_P_by_Q[i]](tax_P_by_Q[i]) + Sum[f | stock[f]](worth_stock[f]))"
    )
    assert b.active == ["profit_Q", "market_P", "income_RA", "numeraire", "market_W"]
    assert r"\paragraph{profit\_Q} (i), where" in latex_document(t)
    model = System(t, b.sets)
    solved = model.solve(b.data, {}, b.active)
    assert solved.iterations == 0 and float(solved.values["RA"]) == pytest.approx(175.0)
    along = model.respond(b.data, solved.values, b.active, [{"stock": {"L": 70.0, "K": 80.0}}])[0]
    np.testing.assert_allclose(along["Q"], 1.0, rtol=1e-10)  # all endowments double: so does everything


def test_money_of_any_unit_and_tables_in_any_order_give_the_same():
    paid = pd.DataFrame([[50.0, 20.0], [50.0, 30.0]], FACTORS, GOODS)
    values = []
    for table in (paid, paid * 1e-9, paid.loc[FACTORS[::-1], GOODS[::-1]]):
        t, b = two_goods(table, FREE)
        b.close(t.families["W"], f="L")
        model = System(t, b.sets)
        values.append(model.solve(b.data | {"tax": {"Y": 0.3, "X": 0.0}}, {}, b.active, tol=1e-12).values)
    for other in values[1:]:
        np.testing.assert_allclose(other["Q"], values[0]["Q"], rtol=1e-9)


def test_what_does_not_balance_is_refused_with_its_address():
    t = Theory("off")
    goods, factors = t.set("i"), t.set("f")
    i, f = goods.index("i"), factors.index("f")
    P, W, X, M = t.variable("P", (goods,)), t.variable("W", (factors,)), t.variable("X", (goods,)), t.variable("M", ())
    b = Blocks(t, {"i": GOODS, "f": FACTORS})
    b.production(X[i], Flow(P[i], {"X": 100.0, "Y": 51.0}), Nest(1, [Flow(W[f], [[50.0, 20.0], [50.0, 30.0]])]))
    b.demand(M, Nest(1, [Flow(P[i], {"X": 100.0, "Y": 50.0})]), [Flow(W[f], {"L": 70.0, "K": 90.0})])
    with pytest.raises(CGEError) as error:
        b.close(W, f="L")
    said = str(error.value)
    for line in (
        "X [Y]: gets 51 and pays 50", "market of P [Y]: 51 sold and 50 bought",
        "market of W [K]: 90 sold and 80 bought",
        "M: receives 160 and spends 150", "4 faults",
    ):  # fmt: skip
        assert line in said
    assert not t.equations, "nothing is stated of what is refused"


def test_slips_are_refused_in_the_words_of_the_modeller():
    table = pd.DataFrame([[50.0, 20.0], [50.0, 30.0]], FACTORS, GOODS)

    def said(change) -> str:
        t, b = two_goods(table, FREE)
        with pytest.raises(CGEError) as error:
            change(t, b, t.variable("Z", ()), t.families["W"], t.families["P"])
            b.close(t.families["W"], f="L")
        return str(error.value)

    flow, f = Flow(sp.Symbol("RA"), 1.0), sp.Symbol("f", integer=True)
    assert "RA is not a price" in said(lambda t, b, Z, W, P: b.production(Z, flow, flow))
    assert "different names" in said(lambda t, b, Z, W, P: b.production(Z, flow, Nest(0, [Nest(1, [flow])])))
    assert "taxes: found Tax(" in said(lambda t, b, Z, W, P: Flow(W["L"], 1.0, Tax(0.1, Z)))
    assert "parts: found Flow(" in said(lambda t, b, Z, W, P: Nest(1, flow))
    assert "endowments: found Flow(" in said(lambda t, b, Z, W, P: b.demand(Z, flow, flow))
    assert "outputs, inputs: found (100.0, Flow(" in said(lambda t, b, Z, W, P: b.production(Z, flow, 100.0))
    assert "W runs over f and needs its indices" in said(lambda t, b, Z, W, P: b.production(W, flow, flow))
    assert "ZZ, which is no variable" in said(lambda t, b, Z, W, P: b.production(sp.Symbol("ZZ"), flow, flow))
    assert "two blocks" in said(lambda t, b, Z, W, P: b.demand(sp.Symbol("RA"), flow))
    assert "not a price" in said(lambda t, b, Z, W, P: b.production(Z, Flow(2 * W["L"], 1.0), flow))
    assert "nobody would get it" in said(
        lambda t, b, Z, W, P: b.production(Z, Flow(W["L"], 1.0, [Tax(0.1, Z)]), Flow(W["K"], 1.0))
    )
    assert "without a number K; unknown C" in said(
        lambda t, b, Z, W, P: b.production(Z, Flow(W["L"], 2.0), Flow(W[f], {"L": 1, "C": 1}))
    )
    assert "shape (2,), found shape (3,)" in said(
        lambda t, b, Z, W, P: b.production(Z, Flow(W["L"], 2.0), Flow(W[f], np.ones(3)))
    )
    assert "name a member of each of W's sets (f)" in said(lambda t, b, Z, W, P: b.close(W))
    assert "before close()" in said(lambda t, b, Z, W, P: (b.close(W, f="L"), b.production(Z, flow, flow)))


def test_an_activity_that_stands_idle_runs_once_it_breaks_even_and_one_that_would_gain_is_refused():
    def with_backstop(cost: float) -> Blocks:
        t, b = two_goods(pd.DataFrame([[50.0, 20.0], [50.0, 30.0]], FACTORS, GOODS), FREE)
        backstop = t.variable("backstop", (), log=False, default=0.0)
        b.production(backstop, Flow(t.families["P"]["X"], 1.0), Flow(t.families["W"]["L"], cost))
        b.close(t.families["W"], f="L")
        return b

    b = with_backstop(1.1)
    model = System(b.theory, b.sets)
    assert float(model.solve(b.data, {}, b.active).values["backstop"]) == 0.0
    more = model.solve(b.data | {"stock": b.data["stock"] * pd.Series({"L": 2.0, "K": 1.0})}, {}, b.active, tol=1e-12)
    assert more.values["backstop"] > 1 and more.values["P"][0] == pytest.approx(1.1, rel=1e-10)
    with pytest.raises(CGEError, match="one unit would get 1 for 0.9"):
        with_backstop(0.9)

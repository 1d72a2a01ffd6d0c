"""Walras' law: the market left out is looked at after the solve, and a leak of income is refused by its size."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cge.language.algebra import Theory, total
from cge.language.walras import drop_market
from cge.solve.system import System
from cgebase.errors import SpecificationError

SETS = {"i": ("bread", "milk"), "f": ("labour", "capital")}
DATA = {
    "share": np.array([[0.7, 0.2], [0.3, 0.8]]), "stock": np.array([45.0, 55.0]), "tax": np.array([0.2, 0.0]),
    "wanted": np.array([0.5, 0.5]), "kept": 1.0,
}  # fmt: skip


def _economy(*, at=None, numeraire=None, market="factor_market") -> System:
    """Cobb-Douglas everywhere; of the tax ``kept`` is paid out, the rest leaks."""
    t = Theory("leaky")
    goods, factors = t.set("i"), t.set("f")
    i, f = goods.index("i"), factors.index("f")
    share, stock = t.parameter("share", (factors, goods)), t.parameter("stock", (factors,))
    tax, wanted, kept = t.parameter("tax", (goods,)), t.parameter("wanted", (goods,)), t.parameter("kept", ())
    P, X = (t.variable(n, (goods,), default=1.0) for n in ("P", "X"))
    W, M = t.variable("W", (factors,), default=1.0), t.variable("M", ())
    t.define(M, (), total(W[f] * stock[f], f) + kept * total(tax[i] * P[i] * X[i], i))
    t.equation("zero_profit", (i,), P[i] * (1 - tax[i]) - sp.exp(total(share[f, i] * sp.log(W[f]), f)), pairs=X)
    t.equation("goods_market", (i,), X[i] - wanted[i] * M / P[i], pairs=P)
    t.equation("factor_market", (f,), total(share[f, i] * P[i] * (1 - tax[i]) * X[i], i) / W[f] - stock[f], pairs=W)
    places = {"f": "labour"} if at is None else at
    drop_market(t, market, places, numeraire=W["labour"] if numeraire is None else numeraire(P, W))
    return System(t, SETS)


def _solve(system: System, **change: object):
    data = DATA | change
    return system.solve(data, {"X": np.full(2, data["stock"].sum() / 2)}, list(system.theory.equations), tol=1e-12)


def test_the_market_left_out_clears_and_its_gap_is_reported():
    solution = _solve(_economy())
    assert solution.values["W"][0] == pytest.approx(1.0)
    assert set(solution.gaps) == {"factor_market [labour]"}
    assert abs(solution.gaps["factor_market [labour]"]) < 1e-10
    net = DATA["wanted"] * (1 - DATA["tax"])
    income = DATA["share"] @ net
    assert solution.values["W"][1] == pytest.approx(income[1] / 55 / (income[0] / 45), rel=1e-9)


def test_it_does_not_matter_which_market_is_left_out_nor_what_is_the_numeraire():
    one = _solve(_economy()).values
    tripled = _economy(market="goods_market", at={"i": "milk"}, numeraire=lambda P, W: sp.Eq(P["bread"], 3))
    other = _solve(tripled).values
    assert other["P"][0] == pytest.approx(3.0)
    np.testing.assert_allclose(other["X"], one["X"], rtol=1e-9)
    np.testing.assert_allclose(other["P"] / one["P"], 3 / one["P"][0], rtol=1e-9)


@pytest.mark.parametrize("kept", [0.0, 0.9, 0.9999])
def test_income_that_leaks_is_refused_with_the_gap(kept):
    with pytest.raises(SpecificationError, match=r"factor_market \[labour\]: -"):
        _solve(_economy(), kept=kept)


def test_no_unit_of_money_hides_or_makes_a_gap():
    for size in (1e-9, 1e9):
        stock = DATA["stock"] * size
        assert abs(_solve(_economy(), stock=stock).gaps["factor_market [labour]"]) < 1e-10
        with pytest.raises(SpecificationError, match="does not clear"):
            _solve(_economy(), stock=stock, kept=0.999)


def test_a_market_that_is_not_there_is_named():
    with pytest.raises(SpecificationError, match="did you mean 'factor_market'"):
        _economy(market="factr_market")
    with pytest.raises(SpecificationError, match="does not run over i; it runs over f"):
        _economy(at={"i": "bread"})

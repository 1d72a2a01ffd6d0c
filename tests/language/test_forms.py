"""Functional forms against their definitions, at the limits of their elasticities, and dual to each other."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from cge.language.algebra import Theory, boxcox, inv_boxcox
from cge.language.expand import Expansion
from cge.language.forms import Branch, Input, define_tree, demand, on_paper, stone_geary, unit_cost
from cge.solve.system import System
from cgebase.errors import SpecificationError

P, Q = sp.Symbol("p", positive=True), sp.Symbol("q", positive=True)
PRICES = Theory("prices")
prices = st.floats(0.2, 5.0)
shares = st.floats(0.05, 0.95)


def _number(expr: sp.Expr, p: float, q: float) -> float:
    """Value of an expression of two prices."""
    return Expansion(PRICES, {}, {"p": np.array(p), "q": np.array(q)}).value(expr, {})


def _cost(share: float, sigma: float) -> sp.Expr:
    return unit_cost(sigma, Input(share, P), Input(1 - share, Q))


@given(shares, prices, prices, st.floats(0.1, 6.0).filter(lambda s: abs(s - 1) > 0.05))
def test_unit_cost_is_the_ces_price_index(share, p, q, sigma):
    direct = (share * p ** (1 - sigma) + (1 - share) * q ** (1 - sigma)) ** (1 / (1 - sigma))
    assert _number(_cost(share, sigma), p, q) == pytest.approx(direct, rel=1e-9)


@given(shares, prices, prices, st.sampled_from([0, 0.5, 1, 2.5]))
def test_a_cost_on_paper_is_the_cost(share, p, q, sigma):
    paper = on_paper(_cost(share, sigma) * Q)
    assert not paper.has(boxcox, inv_boxcox)
    assert _number(paper, p, q) == pytest.approx(_number(_cost(share, sigma) * Q, p, q), rel=1e-12)


def test_transforms_outside_a_cost_on_paper():
    assert on_paper(boxcox(P, 2)) == (P**2 - 1) / 2 and on_paper(inv_boxcox(P, 2)) == sp.sqrt(1 + 2 * P)


@given(shares, prices, prices)
def test_leontief_and_cobb_douglas_are_exact(share, p, q):
    assert _number(_cost(share, 0), p, q) == pytest.approx(share * p + (1 - share) * q, rel=1e-12)
    assert _number(_cost(share, 1), p, q) == pytest.approx(p**share * q ** (1 - share), rel=1e-12)
    near = _number(_cost(share, 1 + 1e-7), p, q)
    assert near == pytest.approx(_number(_cost(share, 1), p, q), rel=1e-6)


@given(shares, prices, prices, st.sampled_from([0, 0.5, 1, 2.5, -2]))
def test_demand_is_the_derivative_of_cost(share, p, q, sigma):
    """Shephard's lemma; with a negative elasticity it is the supply of a transformation frontier."""
    step = 1e-6 * p
    cost = _cost(share, sigma)
    slope = (_number(cost, p + step, q) - _number(cost, p - step, q)) / (2 * step)
    rounding = 1e-8 * _number(cost, p, q) / p
    assert _number(demand(share, P, cost, sigma), p, q) == pytest.approx(slope, rel=1e-6, abs=rounding)
    spent = p * _number(demand(share, P, cost, sigma), p, q) + q * _number(demand(1 - share, Q, cost, sigma), p, q)
    assert spent == pytest.approx(_number(cost, p, q), rel=1e-9)


def test_derivatives_of_the_transforms():
    x, e = sp.Symbol("p", positive=True), sp.Rational(1, 2)
    assert sp.diff(boxcox(x, e), x) == x ** (e - 1)
    assert _number(inv_boxcox(boxcox(P, 0.3), 0.3), 2.0, 1.0) == pytest.approx(2.0)


def test_stone_geary_spends_the_income():
    minimum, left = (1.0, 2.0), 5.0
    price = {P: 1.5, Q: 0.8}
    spent = sum(
        float((stone_geary(m, b, left, x) * x).subs(price)) for m, b, x in zip(minimum, (0.3, 0.7), (P, Q), strict=True)
    )
    assert spent == pytest.approx(left + 1.0 * 1.5 + 2.0 * 0.8)


def _two_levels() -> System:
    """Inputs w and x in one nest, y beside it: prices are given, quantities follow."""
    t = Theory("tree")
    words = {"unit": "1", "description": "test"}
    w, x, y, inner, outer, part, left = (
        t.parameter(n, (), **words) for n in ("w", "x", "y", "inner", "outer", "part", "left")
    )
    goods = t.set("g")
    i = goods.index("i")
    p_top, q_top, p_sub, q_sub = (t.variable(n, (goods,), **words) for n in ("P_top", "Q_top", "P_sub", "Q_sub"))
    branches = [
        Branch(p_top, q_top, outer, (Input(1 - part, y),)),
        Branch(p_sub, q_sub, inner, (Input(left, w), Input(1 - left, x)), "P_top", part),
    ]
    define_tree(t, (i,), branches, level=sp.Integer(10))
    takes = {"W": (1, left, w), "X": (1, 1 - left, x), "Y": (0, 1 - part, y)}
    for name, (k, share, price) in takes.items():
        t.define(t.variable(name, (goods,), **words), (i,), branches[k].take(share, price, (i,)))
    return System(t, {"g": ("a",)})


@pytest.fixture(scope="module")
def tree() -> System:
    return _two_levels()


@settings(deadline=None)
@given(shares, shares, prices, prices, prices, st.floats(0.0, 4.0), st.floats(0.0, 4.0))
def test_a_tree_exhausts_its_cost(tree, part, left, w, x, y, inner, outer):
    numbers = {"w": w, "x": x, "y": y, "inner": inner, "outer": outer, "part": part, "left": left}
    v = {n: float(a[0]) for n, a in tree.evaluate({n: np.array(k) for n, k in numbers.items()}, {}).items()}
    assert w * v["W"] + x * v["X"] == pytest.approx(v["P_sub"] * v["Q_sub"], rel=1e-10)
    assert v["P_sub"] * v["Q_sub"] + y * v["Y"] == pytest.approx(v["P_top"] * 10, rel=1e-10)


@settings(deadline=None)
@given(shares, shares, prices, prices, prices, st.floats(0.0, 4.0))
def test_nests_of_equal_elasticity_are_one_nest(tree, part, left, w, x, y, sigma):
    numbers = {"w": w, "x": x, "y": y, "inner": sigma, "outer": sigma, "part": part, "left": left}
    v = {n: float(a[0]) for n, a in tree.evaluate({n: np.array(k) for n, k in numbers.items()}, {}).items()}
    share = np.array([part * left, part * (1 - left), 1 - part])
    price = np.array([w, x, y])
    cost = float(special.inv_boxcox(share @ special.boxcox(price, 1 - sigma), 1 - sigma))
    assert v["P_top"] == pytest.approx(cost, rel=1e-10)
    np.testing.assert_allclose([v["W"], v["X"], v["Y"]], 10 * share * (cost / price) ** sigma, rtol=1e-9)


def test_a_tree_without_root_or_with_an_unknown_parent_is_refused():
    t = Theory("bad tree")
    p, q = (t.variable(n, (), unit="1", description="test") for n in ("P", "Q"))
    with pytest.raises(SpecificationError, match="unknown parents"):
        define_tree(t, (), [Branch(p, q, 1, (), "P_lost")], level=sp.Integer(1))

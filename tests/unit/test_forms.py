"""Functional forms against their definitions, at the limits of their elasticities, and dual to each other."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from cge.algebra import boxcox, inv_boxcox
from cge.codegen.printer import text_of
from cge.forms import Input, demand, stone_geary, unit_cost

P, Q = sp.Symbol("p", positive=True), sp.Symbol("q", positive=True)
prices = st.floats(0.2, 5.0)
shares = st.floats(0.05, 0.95)


def _number(expr: sp.Expr, p: float, q: float) -> float:
    """Value through the text that kernels are made of."""
    names = {"p": p, "q": q, "math": __import__("math"), "_bc": _bc, "_ibc": _ibc}
    return float(eval(text_of(expr), names))  # noqa: S307 - our own text


def _bc(x: float, e: float) -> float:
    return np.log(x) if abs(e) < 1e-12 else np.expm1(e * np.log(x)) / e


def _ibc(y: float, e: float) -> float:
    return np.exp(y) if abs(e) < 1e-12 else np.exp(np.log1p(e * y) / e)


def _cost(share: float, sigma: float) -> sp.Expr:
    return unit_cost(sigma, Input(share, P), Input(1 - share, Q))


@given(shares, prices, prices, st.floats(0.1, 6.0).filter(lambda s: abs(s - 1) > 0.05))
def test_unit_cost_is_the_ces_price_index(share, p, q, sigma):
    direct = (share * p ** (1 - sigma) + (1 - share) * q ** (1 - sigma)) ** (1 / (1 - sigma))
    assert _number(_cost(share, sigma), p, q) == pytest.approx(direct, rel=1e-9)


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

"""Degrees of homogeneity: what follows, what is refused and when."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cge.language.algebra import Theory, total
from cge.language.forms import Input, demand, stone_geary, unit_cost
from cge.solve.system import System
from cgebase.errors import SpecificationError

WORDS = {"unit": "1", "description": "test"}


class Shop:
    """Goods with prices, quantities and a shared purse; prices and the purse are money."""

    def __init__(self) -> None:
        t = self.theory = Theory("shop")
        goods = t.set("g", "goods")
        self.i = goods.index("i")
        self.P, self.Q = t.variable("P", (goods,), degree=1, **WORDS), t.variable("Q", (goods,), degree=0, **WORDS)
        self.Y, self.L = t.variable("Y", (), degree=1, **WORDS), t.variable("L", (), **WORDS)
        self.a, self.sigma = t.parameter("a", (goods,), **WORDS), t.parameter("sigma", (), **WORDS)

    def degree(self, expr: sp.Expr) -> object:
        return self.theory.degrees.of(expr)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_degree_of_the_forms(shop):
    i, a, sigma, P, Q, Y = shop.i, shop.a, shop.sigma, shop.P, shop.Q, shop.Y
    cost = unit_cost(sigma, Input(a[i], P[i], i))
    bundle = unit_cost(-sigma, Input(a[i], Q[i], i))
    assert [shop.degree(e) for e in (cost, bundle, total(P[i] * Q[i], i), P[i] / P[i] ** 2)] == [1, 0, 1, -1]
    assert shop.degree(demand(a[i], P[i], Y, sigma)) == 0
    assert shop.degree(stone_geary(a[i], a[i], Y, P[i])) == 0
    assert shop.degree(P[i] ** sigma) == shop.degree(3 * P[i] ** sigma + 0 * Y) == sp.Symbol("sigma")
    assert shop.degree(sp.Max(0, P[i] - Y)) == 1
    assert shop.degree(sp.log(P[i] / Y) + sp.atan(a[i])) == 0


@pytest.mark.parametrize(
    ("expr", "one", "two"),
    [
        (lambda s: s.P[s.i] * s.Q[s.i] - 3 * s.Q[s.i], "P[i]*Q[i]", "-3*Q[i]"),
        (lambda s: 2 * sp.Max(1, s.P[s.i]), "1", "P[i]"),
        (lambda s: sp.log(s.P[s.i]), "1", "P[i]"),
        (lambda s: s.Q[s.i] ** s.Y, "1", "Y"),
        (lambda s: unit_cost(s.sigma, Input(s.P[s.i], s.P[s.i])), "1", "P[i]"),
        (lambda s: unit_cost(s.sigma, Input(s.a[s.i], s.P[s.i]), Input(1 - s.a[s.i], s.Q[s.i])), "Q[i]", "P[i]"),
        (lambda s: unit_cost(s.Y, Input(1, s.P[s.i])), "1", "-Y"),
    ],
)
def test_unlike_terms_are_named_and_the_statement_is_not_entered(shop, expr, one, two):
    with pytest.raises(SpecificationError) as refused:
        shop.theory.equation("bad", (shop.i,), expr(shop), pairs=shop.P)
    english, chinese = str(refused.value), refused.value.args[0].zh
    for words in (english, chinese):
        assert "bad" in words and one in words and two in words, words
    assert "bad" not in shop.theory.equations
    shop.theory.equation("bad", (shop.i,), expr(shop), pairs=shop.P, mixed=True)


def test_a_definition_gives_its_variable_a_degree_which_may_have_been_declared(shop):
    t, i = shop.theory, shop.i
    spent = t.variable("spent", (), **WORDS)
    t.define(spent, (), total(shop.P[i] * shop.Q[i], i))
    assert t.degrees.known["spent"] == 1
    wrong = t.variable("wrong", (), degree=0, **WORDS)
    with pytest.raises(SpecificationError, match="'wrong' mixes degrees: wrong has 0, Y has 1"):
        t.define(wrong, (), shop.Y)


def exchange(*, mixed: bool, wage: bool = False) -> System:
    """Labour makes a good at its cost and is paid what is spent on it; every amount is money."""
    t = Theory("exchange")
    P, W = (t.variable(n, (), degree=1, default=1.0) for n in "PW")
    X, stock = t.variable("X", (), default=1.0), t.parameter("stock", ())
    t.equation("profit", (), P - W, pairs=X)
    t.equation("good", (), P * X - W * stock, pairs=P)
    t.equation("labour", (), X - stock, pairs=W)
    if mixed:
        t.equation("numeraire", (), W - 1, pairs=W, mixed=True)
    if wage:
        t.equation("wage", (), W - t.parameter("floor", (), degree=1), pairs=W)
    return System(t, {})


@pytest.mark.parametrize("mixed", [True, False])
def test_a_closure_without_a_numeraire_is_refused_before_it_is_solved(mixed: bool) -> None:
    """With ``labour``, which follows from the others, in the place of what fixes the unit of money."""
    system, active = exchange(mixed=mixed), ["profit", "good", "labour"]
    start = {"P": 2.0, "W": 2.0, "X": 0.5}
    acts = (
        lambda: system.solve({"stock": 1.0}, start, active), lambda: system.swapped({"stock": 1.0}, active),
        lambda: system.require_sound({"stock": np.array(1.0)}, active),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(SpecificationError, match="no numeraire: nothing fixes the unit of money") as refused:
            act()
        said = refused.value.args[0]
        assert said.code == "CGE402" and "in which P, W are" in said and "没有计价物" in said.zh
        assert ("such as numeraire" in said) == mixed


def test_money_is_fixed_by_a_mixed_equation_a_given_price_or_an_amount_in_money() -> None:
    numbers = {"stock": 2.0}
    solved = exchange(mixed=True).solve(numbers, {}, ["profit", "good", "numeraire"]).values
    kept = exchange(mixed=True).solve(numbers, {"W": 3.0}, ["profit", "good"], given=["W"]).values
    paid = exchange(mixed=False, wage=True).solve(numbers | {"floor": 4.0}, {}, ["profit", "good", "wage"]).values
    assert [float(v["P"]) for v in (solved, kept, paid)] == pytest.approx([1.0, 3.0, 4.0])


def test_a_statement_waits_for_what_it_uses(shop):
    t = shop.theory
    later = t.variable("later", (), **WORDS)
    t.equation("early", (), shop.Y - later, pairs=shop.Y)
    assert [w[0] for w in t.degrees.waiting] == ["early"]
    with pytest.raises(SpecificationError, match="'early' mixes degrees"):
        t.define(later, (), shop.Y**2)


def test_a_theory_without_degrees_states_what_it_likes():
    t = Theory("free")
    x, y = t.variable("x", (), **WORDS), t.variable("y", (), **WORDS)
    t.equation("any", (), sp.log(x) + x * y - y**x, pairs=x)
    assert "any" in t.equations

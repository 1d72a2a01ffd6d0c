"""Units change no answer: every amount of money times any number, quantities and prices stay, so do the iterations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.language.algebra import Theory, total
from cge.language.forms import Input, demand, unit_cost
from cge.solve.system import System
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from cgebase.arrays import Array

MONEY = {"unit": "money", "description": "test"}
NONE = {"unit": "1", "description": "test"}


def _economy() -> Theory:
    """Equations in money, none with a scale: a tax that begins at zero, its revenue, and a quota with its rent."""
    t = Theory("money")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    i, f = goods.index("i"), factors.index("f")
    share, stock = t.parameter("share", (factors, goods), **NONE), t.parameter("stock", (factors,), **MONEY)
    tax, limit = t.parameter("tax", (goods,), **NONE), t.parameter("limit", (goods,), **MONEY)
    rest, first = t.parameter("rest", (factors,), **NONE), t.parameter("first", (factors,), **NONE)
    P, C = t.variable("P", (goods,), **NONE), t.variable("C", (goods,), **NONE)
    X, W = t.variable("X", (goods,), **MONEY), t.variable("W", (factors,), **NONE)
    income = t.variable("income", (), **MONEY)
    revenue, rent = t.variable("revenue", (), log=False, **MONEY), t.variable("rent", (goods,), log=False, **NONE)
    t.define(C, (i,), unit_cost(0.5, Input(share[f, i], W[f], f)))
    t.define(income, (), total(W[f] * stock[f], f) + revenue + total(rent[i] * X[i], i))
    t.equation("profit", (i,), P[i] - C[i] - rent[i] - tax[i] * P[i], pairs=X)
    t.equation("market", (i,), P[i] * X[i] - income / 2, pairs=P)
    t.equation("factor", (f,), total(X[i] * demand(share[f, i], W[f], C[i], 0.5), i) - stock[f], pairs=W, where=rest[f])
    t.equation("numeraire", (f,), W[f] - 1, pairs=W, where=first[f])
    t.equation("revenue", (), revenue - total(tax[i] * P[i] * X[i], i), pairs=revenue)
    t.equation("quota", (i,), limit[i] - X[i], pairs=rent, complements=True)
    return t


@pytest.fixture(scope="module")
def economy() -> System:
    return System(_economy(), {"i": ("bread", "milk"), "f": ("labour", "capital")})


def _solved(economy: System, unit: float, tax: tuple[float, float], limit: tuple[float, float]):
    data = {
        "share": np.array([[0.7, 0.2], [0.3, 0.8]]), "stock": np.array([45.0, 55.0]) * unit, "tax": np.array(tax),
        "limit": np.array(limit) * unit, "rest": np.array([0.0, 1.0]), "first": np.array([1.0, 0.0]),
    }  # fmt: skip
    one = np.ones(2)
    start = {"P": one, "W": one, "X": 50 * unit * one, "revenue": np.array(0.0), "rent": np.zeros(2)}
    return economy.solve(data, start, list(economy.theory.equations))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    power=st.integers(-12, 12), tax=st.sampled_from([(0.0, 0.0), (0.2, 0.0), (0.1, 0.3)]),
    limit=st.sampled_from([(80.0, 80.0), (30.0, 80.0), (80.0, 45.0)]),
)  # fmt: skip
def test_money_in_any_unit_gives_the_same_answer_in_as_many_steps(economy, power, tax, limit):
    unit = 10.0**power
    known, found = _solved(economy, 1.0, tax, limit), _solved(economy, unit, tax, limit)
    assert found.iterations == known.iterations
    for name, value in known.values.items():
        factor = unit if economy.theory.families[name].unit == "money" else 1.0
        np.testing.assert_allclose(found.values[name], factor * value, rtol=1e-8, atol=1e-9 * factor, err_msg=name)


def test_a_tax_is_not_answered_by_the_start_however_small_the_numbers(economy):
    taxed = _solved(economy, 1e-12, (0.2, 0.0), (80.0, 80.0))
    assert taxed.iterations > 0
    v = taxed.values
    np.testing.assert_allclose(v["P"] * (1 - np.array([0.2, 0.0])), v["C"], rtol=1e-9)
    assert float(v["revenue"]) == pytest.approx(0.2 * float(v["P"][0] * v["X"][0]), rel=1e-8)


def test_numbers_that_grow_by_orders_of_magnitude_on_the_way_are_met():
    """A start of ones says nothing of the size of the answer: rows are measured again where the steps end."""
    t = Theory("far")
    a = t.parameter("a", (), **NONE)
    x, y = t.variable("x", (), **NONE), t.variable("y", (), log=False, **NONE)
    t.equation("level", (), x**2 - a, pairs=x)
    t.equation("sum", (), y - 3 * x, pairs=y)
    system = System(t, {})
    for power in (-20, 0, 3):
        one = np.array(1.0)
        v = system.solve({"a": np.array(10.0**power)}, {"x": one, "y": one}, ["level", "sum"], max_iter=60).values
        assert float(v["x"]) == pytest.approx(10.0 ** (power / 2), rel=1e-9)
        assert float(v["y"]) == pytest.approx(3 * 10.0 ** (power / 2), rel=1e-9)


def test_a_balance_of_large_numbers_is_not_asked_for_what_rounding_hides():
    """Budget of 1e6 on both sides: what is left of it is as exact as its parts allow."""
    t = Theory("balance")
    a = t.parameter("a", (), **NONE)
    x, gap = t.variable("x", (), **NONE), t.variable("gap", (), log=False, **NONE)
    left = t.variable("left", (), log=False, **NONE)
    t.define(gap, (), x - a)
    t.equation("level", (), x**2 - a**2 - 2e-3 * a, pairs=x)
    t.equation("pay", (), left - gap, pairs=left)
    start = {"x": np.array(2e6), "left": np.array(0.0)}
    v = System(t, {}).solve({"a": np.array(1e6)}, start, ["level", "pay"]).values
    assert float(v["left"]) == pytest.approx(1e-3, abs=1e-8)


# ------------------------------------------------------------ the provincial model
@pytest.mark.slow
@pytest.mark.parametrize("power", [-12, -4, 4, 12])
def test_the_provincial_model_answers_alike_in_every_unit_of_money(power):
    economy = small()
    benchmark = calibrate(economy, load_parameters("cn12", economy.activities, economy.commodities))
    system = System(THEORY, benchmark.sets)
    p = benchmark.parameters | {"tax": np.full(2, 0.5), "gamma_g": np.array(4.0)}
    total = p["gdp0"].sum()
    unit, active = 10.0**power, CLOSURES["policy"]

    def in_other_money(numbers: Mapping[str, Array]) -> dict[str, Array]:
        return {n: np.asarray(v) * _factor(THEORY.families[n].unit, unit) for n, v in numbers.items()}

    known = system.solve(p, benchmark.start, active)
    found = system.solve(in_other_money(p), in_other_money(benchmark.start), active)
    assert known.iterations > 0 and abs(found.iterations - known.iterations) <= 1  # rounding of the preconditioner
    for name, value in in_other_money(known.values).items():
        least = 1e-8 * np.abs(value).max(initial=0.0) + 1e-12 * unit * total
        np.testing.assert_allclose(found.values[name], value, rtol=1e-7, atol=least, err_msg=name)


@pytest.mark.slow
def test_provincial_gradients_by_all_money_add_up_to_the_answer():
    """Euler: a figure in money answers one to one to all that is given in money, a figure in tonnes not at all."""
    economy = small()
    benchmark = calibrate(economy, load_parameters("cn12", economy.activities, economy.commodities))
    system, active = System(THEORY, benchmark.sets), CLOSURES["policy"]
    p = benchmark.parameters | {"tax": np.full(2, 0.5), "gamma_g": np.array(4.0)}
    solved = system.solve(p, benchmark.start, active, tol=1e-11)
    figures = dict(solved.values) | dict(system.accounts(p, solved.values))
    for name in ("EM", "TAU", "INV", "LST", "QX", "tax_revenue"):
        if name not in figures:
            continue
        by = system.gradient(p, solved.values, active, {name: 1})
        given = {n: p[n] if n in p else solved.values[n] for n in by}
        terms = [np.log(_factor(THEORY.families[n].unit, np.e)) * float((given[n] * x).sum()) for n, x in by.items()]
        want = np.log(_factor(THEORY.families[name].unit, np.e)) * float(figures[name].sum())
        assert sum(terms) == pytest.approx(want, abs=1e-8 * np.abs([*terms, want]).max()), name


def _factor(unit: str, money: float) -> float:
    """How a number of this unit answers to the unit of money."""
    above, _, below = unit.partition(" per ")
    words = ("1e8 CNY", "100 CNY", "1e8 foreign")
    return money ** (any(w in above for w in words) - any(w in below for w in words))

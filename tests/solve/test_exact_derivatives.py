"""Exact derivatives: tangents against differences of solutions, gradients against tangents, and homogeneity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
import pb1
import pytest
import sympy as sp
from duality import duality_gap
from pb1_economies import draw

from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.language.forms import Input, demand, unit_cost
from cge.solve.system import System
from cgebase.errors import SpecificationError

MONEY = {"unit": "money", "description": "test"}
NONE = {"unit": "1", "description": "test"}
LABELS = {"i": ("bread", "milk", "salt"), "f": ("labour", "capital")}


def _theory() -> Theory:
    """Every kind of statement: definitions of two levels, a levy with a free part, a quota whose rent is bounded."""
    t = Theory("everything")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    i, f = goods.index("i"), factors.index("f")
    share, stock = t.parameter("share", (factors, goods), **NONE), t.parameter("stock", (factors,), **MONEY)
    taste, sigma, tax = (t.parameter(n, (goods,), **NONE) for n in ("taste", "sigma", "tax"))
    limit, most = (t.parameter(n, (goods,), **u) for n, u in (("limit", MONEY), ("most", NONE)))
    free, power = t.parameter("free", (), **NONE), t.parameter("power", (), **NONE)
    rest, first = t.parameter("rest", (factors,), **NONE), t.parameter("first", (factors,), **NONE)
    P, C, X = t.variable("P", (goods,), **NONE), t.variable("C", (goods,), **NONE), t.variable("X", (goods,), **MONEY)
    W = t.variable("W", (factors,), **NONE)
    gift = t.variable("gift", (), given=True, log=False, **MONEY)
    income, level = t.variable("income", (), **MONEY), t.variable("level", (), **NONE)
    rent, levy = t.variable("rent", (goods,), log=False, **NONE), t.variable("levy", (goods,), log=False, **NONE)
    t.define(C, (i,), unit_cost(sigma[i], Input(share[f, i], W[f], f)))
    t.define(level, (), total(taste[i] * P[i] ** power, i))
    t.define(levy, (i,), tax[i] * sp.Max(0, P[i] / level - free))
    t.define(income, (), total(W[f] * stock[f], f) + total((rent[i] + levy[i]) * X[i], i) + gift)
    t.equation("profit", (i,), P[i] - C[i] - rent[i] - levy[i], pairs=X)
    t.equation("market", (i,), P[i] * X[i] - taste[i] * income, pairs=P)
    used = total(X[i] * demand(share[f, i], W[f], C[i], sigma[i]), i)
    t.equation("factor", (f,), used - stock[f], pairs=W, where=rest[f])
    t.equation("numeraire", (f,), W[f] - 1, pairs=W, where=first[f])
    t.equation("quota", (i,), limit[i] - X[i], pairs=rent, complements=True, upper=most[i])
    spent = t.account("spent", (i,), P[i] * X[i], unit="money", description="test", where=taste[i])
    t.account("part", (i,), spent[i] / income * taste[i], unit="1", description="test")
    return t


SYSTEM = System(_theory(), LABELS)
ACTIVE = tuple(SYSTEM.theory.equations)
DATA = {
    "share": np.array([[0.7, 0.2, 0.5], [0.3, 0.8, 0.5]]), "stock": np.array([45.0, 55.0]),
    "taste": np.array([0.5, 0.3, 0.2]), "sigma": np.array([0.5, 1.0, 0.0]), "tax": np.array([0.2, 0.1, 0.3]),
    "limit": np.array([40.0, 200.0, 10.0]), "most": np.array([9.0, 9.0, 0.2]), "free": np.array(0.9),
    "power": np.array(0.7), "rest": np.array([0.0, 1.0]), "first": np.array([1.0, 0.0]),
}  # fmt: skip
START = {
    "P": np.ones(3), "W": np.ones(2), "X": np.array([50.0, 30, 20]), "rent": np.zeros(3), "gift": np.array(3.0),
}  # fmt: skip


def _solve(given: Mapping[str, Any]) -> dict[str, Any]:
    """Variables and accounts of the model above; the variable that is held is given like the parameters."""
    p = {n: x for n, x in given.items() if n != "gift"}
    values = SYSTEM.solve(p, START | {"gift": given["gift"]}, ACTIVE, tol=1e-13).values
    return values | dict(SYSTEM.accounts(p, values))


GIVEN = DATA | {"gift": START["gift"]}
AMOUNTS = ("stock", "limit", "gift")
HERE = _solve(GIVEN)


def _shift(seed: int, names: Any = tuple(n for n in GIVEN if n not in ("rest", "first"))) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {n: rng.normal(size=np.shape(GIVEN[n])) * GIVEN[n] for n in names}


def _moved(shift: Mapping[str, Any], by: float) -> dict[str, Any]:
    return _solve(GIVEN | {n: GIVEN[n] + by * d for n, d in shift.items()})


def _along(shift: Mapping[str, Any]) -> dict[str, Any]:
    return SYSTEM.respond(DATA, _variables(HERE), ACTIVE, [shift], ["spent", "part"])[0]


def _variables(values: Mapping[str, Any]) -> dict[str, Any]:
    return {n: x for n, x in values.items() if n not in SYSTEM.theory.accounts}


def test_the_economy_shows_every_case():
    rent = HERE["rent"]
    assert rent[0] > 0 == rent[1], "a quota that binds and one that does not"
    assert rent[2] == DATA["most"][2] and HERE["X"][2] > DATA["limit"][2], "a rent at its upper bound"
    assert (HERE["levy"] > 0).any() and (HERE["levy"] == 0).any()


@pytest.mark.parametrize("name", [n for n in GIVEN if n not in ("rest", "first")])
def test_a_tangent_is_the_derivative_of_the_solution(name):
    """Elasticities 0, 0.5 and 1, exponents, shares, limits and bounds that bind, what is held: each by itself."""
    shift = _shift(1, [name])
    along, h = _along(shift), 1e-4
    up, down, more, less = (_moved(shift, k * h) for k in (1, -1, 2, -2))
    for n, x in along.items():
        numeric = (8 * (up[n] - down[n]) - (more[n] - less[n])) / (12 * h)
        size = np.abs(numeric).max() + np.abs(HERE[n]).max()
        np.testing.assert_allclose(x, numeric, atol=1e-8 * size, rtol=0, err_msg=n)


def test_what_a_tangent_leaves_falls_with_the_square():
    shift = _shift(2)
    along = _along(shift)

    def left(h: float) -> float:
        there = _moved(shift, h)
        return float(np.sqrt(sum(((there[n] - HERE[n] - h * x) ** 2).sum() for n, x in along.items())))

    for h in (3e-3, 1e-3, 3e-4):
        assert np.log(left(h) / left(h / 2)) / np.log(2) == pytest.approx(2.0, abs=0.05)


NUMBERS = [{"X": {"bread": 1}}, {"income": 1}, {"part": {"milk": 2, "salt": -1}, "W": 1, "levy": 3}]


@pytest.mark.slow
@pytest.mark.parametrize("of", NUMBERS)
def test_a_gradient_gives_what_every_tangent_gives(of):
    """One transposed solve: entry by entry the same as moving that entry alone."""
    by = SYSTEM.gradient(DATA, _variables(HERE), ACTIVE, of)
    assert by.keys() == GIVEN.keys(), "every parameter and the variable that is held, nothing else"
    labels = LABELS["i"]
    for name, x in by.items():
        assert x.shape == np.shape(GIVEN[name])
        for cell in np.ndindex(x.shape):
            one = np.zeros(x.shape)
            one[cell] = 1.0
            along = _along({name: one})
            weights = {n: np.array([w.get(k, 0) for k in labels]) if isinstance(w, dict) else w for n, w in of.items()}
            parts = [along[n] * w for n, w in weights.items()]
            size = sum(np.abs(along[n]).max() * np.abs(w).max() for n, w in weights.items())
            largest = max(size, *(np.abs(v).max() for v in along.values()), 1.0)
            assert x[cell] == pytest.approx(sum(p.sum() for p in parts), abs=1e-11 * largest)


def test_tangent_and_gradient_are_each_others_transpose():
    assert duality_gap(SYSTEM, DATA, _variables(HERE), ACTIVE, ["spent", "part"]) < 1e-12


def test_money_in_another_unit_changes_prices_not_and_amounts_by_as_much():
    """Euler: amounts of money times a gradient add up to the number itself, and to nothing for a price."""
    for of, value in (({"P": {"milk": 1}}, 0.0), ({"X": {"salt": 1}}, HERE["X"][2]), ({"levy": 1}, 0.0)):
        by = SYSTEM.gradient(DATA, _variables(HERE), ACTIVE, of)
        terms = [float((GIVEN[n] * by[n]).sum()) for n in AMOUNTS]
        assert sum(terms) == pytest.approx(value, abs=1e-10 * np.abs(terms).sum())


def test_units_change_no_gradient():
    unit = 1e9
    data = DATA | {n: DATA[n] * unit for n in ("stock", "limit")}
    values = {n: x * unit if n in ("X", "gift", "income") else x for n, x in _variables(HERE).items()}
    by = SYSTEM.gradient(data, values, ACTIVE, {"P": {"milk": 1}})
    own = SYSTEM.gradient(DATA, _variables(HERE), ACTIVE, {"P": {"milk": 1}})
    for n, x in own.items():
        size = unit if n in AMOUNTS else 1.0
        np.testing.assert_allclose(by[n] * size, x, atol=1e-10 * np.abs(x).max())
    assert by.kinks == own.kinks == ()


def test_wrong_questions_are_refused():
    there = _variables(HERE)
    off = there | {"P": there["P"] * 1.01}
    cases: dict[str, Any] = {
        "no solution: .* \\[": lambda: SYSTEM.gradient(DATA, off, ACTIVE, {"X": 1}),
        "taxx": lambda: SYSTEM.respond(DATA, there, ACTIVE, [{"taxx": 1.0}]),
        "P cannot be moved": lambda: SYSTEM.respond(DATA, there, ACTIVE, [{"P": {"milk": 1.0}}]),
        "spent cannot be moved": lambda: SYSTEM.respond(DATA, there, ACTIVE, [{"spent": 1.0}]),
        "tax is a parameter": lambda: SYSTEM.gradient(DATA, there, ACTIVE, {"tax": 1}),
        "incme.*income": lambda: SYSTEM.gradient(DATA, there, ACTIVE, {"incme": 1}),
        "mlk": lambda: SYSTEM.gradient(DATA, there, ACTIVE, {"X": {"mlk": 1}}),
        "shape": lambda: SYSTEM.gradient(DATA, there, ACTIVE, {"X": np.ones(2)}),
        "spentt.*spent": lambda: SYSTEM.respond(DATA, there, ACTIVE, [{}], ["spentt"]),
    }
    for words, ask in cases.items():
        with pytest.raises(SpecificationError, match=words):
            ask()


# ---------------------------------------------------------------- kinks
def _kinked(expr: Any) -> tuple[System, dict, dict]:
    t = Theory("kinks")
    k = t.set("k")
    i = k.index("i")
    a, b = (t.parameter(n, (k,), **NONE) for n in "ab")
    x, y = (t.variable(n, (k,), log=False, **NONE) for n in "xy")
    t.define(y, (i,), expr(x[i], a[i], b[i]))
    t.equation("is", (i,), x[i] - a[i], pairs=x)
    data = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([2.0, 2.0, 2.0])}
    return System(t, {"k": ("below", "at", "above")}), data, {"x": data["a"]}


KINKS = {
    "larger": (lambda x, a, b: sp.Max(x, b), (0, 1), (1, 0)),
    "smaller": (lambda x, a, b: sp.Min(x, b), (1, 0), (0, 1)),
    "size": (lambda x, a, b: sp.Abs(x - b), (-1, 1), (1, -1)),
    "above zero": (lambda x, a, b: sp.Max(0, x - b), (0, 0), (1, -1)),
    "of parameters alone": (lambda x, a, b: x + sp.Max(0, a - b), (1, 0), (2, -1)),
    "one of three": (lambda x, a, b: sp.Max(x, b, 2 * b - x), (-1, 2), (1, 0)),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_named_and_followed_to_one_side(name):
    """Below and above it the derivative by a and b is the one there; at it one of these, and the cell is named."""
    expr, below, above = KINKS[name]
    system, data, start = _kinked(expr)
    by = system.gradient(data, system.solve(data, start, ["is"]).values, ["is"], {"y": 1})
    slopes = [(by["a"][k], by["b"][k]) for k in range(3)]
    assert slopes[0] == pytest.approx(below) and slopes[2] == pytest.approx(above)
    sides = [below, above, (0, 1)] if name == "one of three" else [below, above]
    assert any(slopes[1] == pytest.approx(side) for side in sides)
    assert by.kinks == (("y", ("at",)),)


def test_a_quota_that_just_binds_is_named_and_followed_to_one_side():
    there = _solve(GIVEN)
    limit = np.array([40.0, there["X"][1], 10.0])
    by = SYSTEM.gradient(DATA | {"limit": limit}, _variables(there), ACTIVE, {"rent": {"milk": 1}})
    assert by.kinks == (("quota", ("milk",)),)
    tighter = GIVEN | {"limit": limit - np.array([0, 1e-5, 0])}
    slope = -_solve(tighter)["rent"][1] / 1e-5
    assert by["limit"][1] == pytest.approx(0.0 if by["limit"][1] > -1e-9 else slope, rel=1e-4)
    assert slope < -1e-3, "the sides differ"


# ---------------------------------------------------------------- derivatives by an exponent
def _exponents() -> System:
    t = Theory("exponents")
    k = t.set("k")
    i = k.index("i")
    e, at = t.parameter("e", (), **NONE), t.parameter("at", (k,), **NONE)
    x = t.variable("x", (k,), **NONE)
    y, z = (t.variable(n, (k,), log=False, **NONE) for n in "yz")
    t.define(y, (i,), boxcox(x[i], e))
    t.define(z, (i,), inv_boxcox(at[i] / 9, e))
    t.equation("is", (i,), x[i] - at[i], pairs=x)
    return System(t, {"k": [f"k{k}" for k in range(len(POINTS))]})


POINTS = np.array([0.05, 0.4, 0.98, 1.0, 1.7, 8.0])
EXPONENTS = _exponents()


@pytest.mark.parametrize("exponent", [-0.9, -0.3, -1e-3, -1e-9, 0.0, 1e-13, 1e-6, 0.05, 0.7, 1.0, 4.0])
def test_transforms_have_an_exact_slope_by_their_exponent(exponent):
    """Against differences in ninety digits."""
    data = {"e": np.array(exponent), "at": POINTS}
    values = EXPONENTS.solve(data, {"x": POINTS}, ["is"]).values
    by = EXPONENTS.respond(data, values, ["is"], [{"e": 1.0}])[0]
    with mpmath.workdps(90):
        e, zero = mpmath.mpf(exponent), mpmath.mpf("1e-20")
        for k, point in enumerate(map(mpmath.mpf, POINTS)):
            y = point / 9
            up, down = ((point ** (e + h) - 1) / (e + h) for h in (zero, -zero))
            assert by["y"][k] == pytest.approx(float((up - down) / (2 * zero)), rel=1e-12, abs=1e-15)
            up, down = ((1 + (e + h) * y) ** (1 / (e + h)) for h in (zero, -zero))
            assert by["z"][k] == pytest.approx(float((up - down) / (2 * zero)), rel=1e-11, abs=1e-15)


@pytest.mark.slow
# ---------------------------------------------------------------- models of others
def test_gradient_of_permit_prices():
    """PB-1: by every number of three regions, some with a cap that has room."""
    system, p, start = pb1.problem(draw(3, 6))
    capped = p | {"cap": np.array([0.7, 2.0, 0.8])}
    solved = system.solve(capped, start, pb1.ACTIVE, tol=1e-12)
    assert duality_gap(system, capped, solved.values, pb1.ACTIVE) < 1e-10
    by = system.gradient(capped, solved.values, pb1.ACTIVE, {"tau": {"r0": 1}})
    assert (by["cap"][[0, 2]] != 0).all()

    def price(name: str, cell: tuple[int, ...], by: float) -> float:
        data = capped | {name: capped[name].copy()}
        data[name][cell] += by
        return float(system.solve(data, solved.values, pb1.ACTIVE, tol=1e-12).values["tau"][0])

    cells = {"cap": (2,), "sKLE": (3,), "sI": (5,), "thE": (0, 1, 2), "T0": (1, 0, 4), "Kbar": (0,)}
    for name, cell in cells.items():
        numeric = (price(name, cell, 1e-4) - price(name, cell, -1e-4)) / 2e-4
        assert by[name][cell] == pytest.approx(numeric, rel=1e-5, abs=1e-8), name

"""Variables with several definitions, partly defined and partly solved, and definitions that follow their own past."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from interpreter import complex_step

from cge.language.algebra import Theory, total
from cge.language.data import complete
from cge.language.structure import inspect_structure
from cge.solve.system import System
from cgebase.errors import SpecificationError

FACTORS = {"f": ("labour", "capital", "land", "ore"), "fixed": ("land", "ore"), "i": ("wheat", "steel")}
NAMES = {"f": "factors", "i": "industries"}


def _factors(*, rent: bool = True, overlap: bool = False, kept: bool = False) -> System:
    """Returns by factor and industry: those of mobile factors are the economy's, those of sluggish ones are solved."""
    t = Theory("mobile and sluggish")
    factors, industries = t.set("f"), t.set("i")
    fixed = factors.subset("fixed")
    f, g, i = factors.index("f"), fixed.index("g"), industries.index("i")
    mobile = t.parameter("mobile", (factors,))
    share, money = t.parameter("share", (factors, industries)), t.parameter("money", (industries,))
    stock = t.parameter("stock", (factors,))
    held = t.parameter("held", (factors, industries))
    W = t.variable("W", (factors,), default=1.0)
    R = t.variable("R", (factors, industries), default=1.0, given=kept)
    cost = t.variable("cost", (industries,))
    t.define(R, (f, i), W[f], where=1 if overlap else mobile[f])
    t.define(cost, (i,), total(share[f, i] * sp.log(R[f, i]), f))
    t.equation("market", (f,), total(share[f, i] * money[i] / R[f, i], i) - stock[f], pairs=W, where=mobile[f])
    if rent:
        t.equation("rent", (g, i), R[g, i] - share[g, i] * money[i] / held[g, i], pairs=R)
    return System(t, FACTORS)


DATA = {
    "mobile": [1.0, 1.0, 0.0, 0.0], "share": [[0.4, 0.3], [0.3, 0.4], [0.2, 0.1], [0.1, 0.2]], "money": [50.0, 80.0],
    "stock": [60.0, 40.0, 1.0, 1.0], "held": [[1.0, 1.0], [1.0, 1.0], [5.0, 1.0], [5.0, 1.0]],
}  # fmt: skip
DATA = {k: np.array(v) for k, v in DATA.items()}


def test_a_variable_is_defined_in_some_cells_and_solved_in_others():
    system = _factors()
    got = system.solve(DATA, {}, ["market", "rent"], tol=1e-12).values
    share, money = DATA["share"], DATA["money"]
    W = (share @ money / DATA["stock"])[:2]
    np.testing.assert_allclose(got["R"][:2], W[:, None] * np.ones(2), rtol=1e-10)
    np.testing.assert_allclose(got["R"][2:], share[2:] * money / DATA["held"][2:], rtol=1e-10)
    np.testing.assert_allclose(got["cost"], (share * np.log(got["R"])).sum(0), rtol=1e-10)
    structure = inspect_structure(system.theory, system.sets, DATA, ["market", "rent"])
    assert structure.sound and not structure.unpaired
    assert {b.name: b.cells for b in structure.blocks} == {"R": 4, "cost": 2, "market": 2, "rent": 4}


def test_first_guesses_matter_where_the_variable_is_solved_and_nowhere_else():
    guess = {"R": np.array([[-1.0, np.nan]] * 2 + [[3.0, 0.2]] * 2)}
    system = _factors()
    got = system.solve(DATA, guess, ["market", "rent"], tol=1e-12).values
    np.testing.assert_allclose(got["R"], system.solve(DATA, {}, ["market", "rent"], tol=1e-12).values["R"], rtol=1e-9)
    with pytest.raises(SpecificationError, match="ore"):
        system.solve(DATA, {"R": -np.ones((4, 2))}, ["market", "rent"])


def test_cells_that_neither_definition_nor_equation_has_are_named():
    with pytest.raises(SpecificationError, match=r"R \[land/wheat, land/steel, ore/wheat, ore/steel\], which nothing"):
        _factors().solve(DATA, {}, ["market"])
    with pytest.raises(SpecificationError, match="declared with given=True"):
        _factors(rent=False).solve(DATA, {"R": np.full((4, 2), 7.0)}, ["market"], given=["R"])
    kept = _factors(rent=False, kept=True).solve(DATA, {"R": np.full((4, 2), 7.0)}, ["market"])
    assert (kept.values["R"][2:] == 7.0).all() and (kept.values["R"][:2] != 7.0).all()


def test_an_equation_may_not_determine_a_defined_cell():
    with pytest.raises(SpecificationError, match=r"rent is paired with R \[land/wheat"):
        _factors(overlap=True).solve(DATA, {}, ["market", "rent"])


def test_two_definitions_may_not_share_a_cell():
    t = Theory("twice")
    k = t.set("k")
    i = k.index("i")
    a, x = t.parameter("a", (k,)), t.variable("x", (k,))
    low, high = t.parameter("low", ()), t.parameter("high", ())
    t.define(x, (i,), a[i], where=a[i] > high)
    t.define(x, (i,), 2 * a[i], where=a[i] < low)
    y = t.variable("y", (), default=1.0)
    t.equation("sum", (), y - total(x[i], i), pairs=y)
    system, a = System(t, {"k": ("one", "two", "three")}), np.array([1.0, 2.0, 4.0])
    with pytest.raises(SpecificationError, match=r"'x#2' and another one both define x \[two\]"):
        system.solve({"a": a, "low": 3, "high": 1}, {}, ["sum"])
    with pytest.raises(SpecificationError, match=r"x \[two\], which nothing"):
        system.solve({"a": a, "low": 2, "high": 2}, {}, ["sum"])
    assert system.solve({"a": a, "low": 3, "high": 3}, {}, ["sum"]).values["y"] == pytest.approx(2 + 4 + 4)


def _growth(*, hub: bool = False) -> System:
    """Solow's model: the stock follows from that of the year before and from what was made of it."""
    t = Theory("lags")
    years = t.set("t", ordered=True)
    y = years.index("y")
    s, alpha, loss, first = (t.parameter(n, ()) for n in ("s", "alpha", "loss", "first"))
    K, Y, I, V = (t.variable(n, (years,)) for n in ("K", "Y", "I", "V"))
    T = t.variable("T", (), default=1.0)
    t.define(K, (y,), first, where=years.first[y])
    t.define(K, (y,), (1 - loss) * K[y - 1] + I[y - 1], hub=hub)
    t.define(I, (y,), s * Y[y])
    t.define(Y, (y,), T * K[y] ** alpha)
    t.define(V, (y,), Y[y] + V[y + 1] / 2)
    t.define(V, (y,), Y[y], where=years.last[y])
    t.equation("goal", (), total(Y[y], y, where=years.last[y]) - 2, pairs=T)
    return System(t, {"t": tuple("abcdef")})


GROWTH = {"s": 0.3, "alpha": 0.4, "loss": 0.1, "first": 1.5}


def _path(T: float, *, s: float, alpha: float, loss: float, first: float) -> tuple[np.ndarray, np.ndarray]:
    K = [first]
    for _ in range(5):
        K.append((1 - loss) * K[-1] + s * T * K[-1] ** alpha)
    return np.array(K), T * np.array(K) ** alpha


def test_a_definition_follows_its_own_past_in_order():
    got = _growth().solve(GROWTH, {}, ["goal"], tol=1e-13)
    T = float(got.values["T"])
    K, Y = _path(T, **GROWTH)
    assert Y[-1] == pytest.approx(2, rel=1e-11) and got.iterations <= 6
    np.testing.assert_allclose(got.values["K"], K, rtol=1e-12)
    V = Y.copy()
    for k in range(4, -1, -1):
        V[k] += V[k + 1] / 2
    np.testing.assert_allclose(got.values["V"], V, rtol=1e-12)


def test_derivatives_run_through_the_lags():
    system = _growth()
    base = system.solve(GROWTH, {}, ["goal"], tol=1e-13)
    along = system.respond(GROWTH, base.values, ["goal"], [{"s": 1.0}])[0]
    step = 1e-5
    sides = [system.solve(GROWTH | {"s": 0.3 + h}, {}, ["goal"], tol=1e-13).values for h in (step, -step)]
    for name in ("K", "Y", "V", "T"):
        np.testing.assert_allclose(along[name], (sides[0][name] - sides[1][name]) / (2 * step), rtol=1e-7, atol=1e-8)
    by = system.gradient(GROWTH, base.values, ["goal"], {"V": {"a": 1.0}})
    assert float(by["s"]) == pytest.approx(along["V"][0], rel=1e-10)


def test_a_hub_among_the_lags_changes_no_derivative():
    plain, hub = _growth(), _growth(hub=True)
    values = plain.solve(GROWTH, {}, ["goal"], tol=1e-13).values
    one, other = (s.jacobian(GROWTH, values, ["goal"]) for s in (plain, hub))
    np.testing.assert_allclose(one[0], other[0], rtol=1e-13)
    step = 1e-6
    slope = (one[2](np.array([step])) - one[2](np.array([-step]))) / (2 * step)
    np.testing.assert_allclose(one[0][0], slope, rtol=1e-7)


def test_the_same_layout_serves_coefficients_that_were_zero_before():
    system = _growth()
    system.solve(GROWTH | {"s": 0.0}, {}, ["goal"])
    np.testing.assert_allclose(
        system.solve(GROWTH, {}, ["goal"], tol=1e-13).values["K"],
        _growth().solve(GROWTH, {}, ["goal"], tol=1e-13).values["K"], rtol=1e-12,
    )  # fmt: skip


def test_cells_that_wait_for_each_other_are_a_cycle_named_by_cell():
    t = Theory("ring")
    years = t.set("t", ordered=True)
    y = years.index("y")
    x, z = t.variable("x", (years,)), t.variable("z", (years,))
    u = t.variable("u", (), default=1.0)
    t.define(x, (y,), u, where=years.first[y])
    t.define(x, (y,), z[y - 1])
    t.define(z, (y,), x[y + 1])
    t.equation("level", (), u - 1, pairs=u)
    with pytest.raises(SpecificationError, match=r"cycle: .*\[a\] -> .*\[b\]"):
        System(t, {"t": ("a", "b", "c")}).solve({}, {}, ["level"])


@pytest.mark.parametrize("which", ["parts", "lags"])
def test_the_second_reading_has_every_definition_of_a_variable(which):
    system, data, active = (_factors(), DATA, ["market", "rent"]) if which == "parts" else (_growth(), GROWTH, ["goal"])
    values = system.solve(data, {}, active).values
    jacobian, f, _ = system.jacobian(data, values, active)
    filled = complete(system.theory, system.sets, data)
    core = system.layout({n: np.asarray(x, float) for n, x in filled.items()}, active).core
    sizes = {n: len(k) for n, k in system.sets.items()}
    start = {n: x for n, x in values.items() if n not in system.theory.condensed}
    arrays = {n: np.asarray(x, float) for n, x in filled.items()}
    residual, expected = complex_step(system.theory, sizes, arrays, start, [(n, c) for n, c, _ in core], active)
    rows = np.abs(expected).max(axis=1, keepdims=True)
    np.testing.assert_allclose(jacobian / np.abs(jacobian).max(axis=1, keepdims=True), expected / rows, atol=1e-10)


def _masked(*, default: float | None, masked: bool) -> System:
    """A margin that only traded goods have, read by the price of every good."""
    t = Theory("margins")
    goods = t.set("i")
    i = goods.index("i")
    traded, base = t.parameter("traded", (goods,)), t.parameter("base", (goods,))
    P, margin = t.variable("P", (goods,), default=1.0), t.variable("margin", (goods,), default=default)
    t.define(margin, (i,), base[i] / 4, where=traded[i])
    own = total(margin[i], where=traded[i]) if masked else margin[i]
    t.equation("price", (i,), P[i] - base[i] - own, pairs=P)
    return System(t, {"i": ("wheat", "haircuts")})


def test_a_definition_is_read_where_it_exists_or_the_variable_says_what_it_is_elsewhere():
    data = {"traded": np.array([1.0, 0.0]), "base": np.array([2.0, 2.0])}
    with pytest.raises(SpecificationError, match=r"margin \[haircuts\], which nothing.*the variable with a default"):
        _masked(default=None, masked=False).solve(data, {}, ["price"])
    for default, masked, price in ((0.0, False, 2.0), (0.3, False, 2.3), (None, True, 2.0)):
        solved = _masked(default=default, masked=masked).solve(data, {}, ["price"], tol=1e-13)
        np.testing.assert_allclose(solved.values["P"], [2.5, price], rtol=1e-12)

"""The equation language, its kernels and the solver on small theories with known answers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.solve.continuation import follow
from cge.solve.rows import Rows
from cge.solve.state import LEAST, State
from cge.solve.system import System
from cgebase.errors import ConvergenceError, SpecificationError

WORDS = {"unit": "1", "description": "test"}
FLOOR = 1e-12


def _ces() -> Theory:
    """CES price of two groups, a hub in between, a market with a mask and two references to one variable."""
    t = Theory("ces")
    goods, regions = t.set("g"), t.set("r")
    i, r, s = goods.index("i"), regions.index("r"), regions.index("s")
    theta, sigma, mask = (
        t.parameter("theta", (goods, regions, regions), **WORDS),
        t.parameter("sigma", (goods,), **WORDS),
        t.parameter("mask", (goods, regions), **WORDS),
    )
    cost = t.parameter("cost", (goods, regions), **WORDS)
    p, q, index = (
        t.variable("p", (goods, regions), **WORDS),
        t.variable("q", (goods, regions), **WORDS),
        t.variable("index", (), **WORDS),
    )
    e = 1 - sigma[i]
    t.define(q, (i, s), inv_boxcox(total(theta[i, r, s] * boxcox(p[i, r], e), r, where=theta[i, r, s]), e), hub=True)
    t.define(index, (), total(total(q[i, s], s) ** 2, i))
    t.equation(
        "price", (i, r),
        p[i, r] * (1 + p[i, r] / index) - cost[i, r] - total(mask[i, s] * q[i, s], s, where=mask[i, s]) / 5,
        pairs=p, where=mask[i, r],
    )  # fmt: skip
    return t


@pytest.fixture(scope="module")
def ces() -> System:
    return System(_ces(), {"g": ("a", "b", "c"), "r": ("x", "y")})


def _values(seed: int, sigma: list[float]) -> tuple[dict, dict]:
    rng = np.random.default_rng(seed)
    theta = rng.random((3, 2, 2)) * (rng.random((3, 2, 2)) > 0.3) + 1e-3 * np.eye(2)[None]
    theta /= theta.sum(1, keepdims=True)
    mask = np.ones((3, 2))
    mask[1, 0] = 0.0
    return {"theta": theta, "sigma": np.array(sigma), "mask": mask, "cost": 1 + rng.random((3, 2))}, {
        "p": 1 + rng.random((3, 2))
    }


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sigma=st.lists(st.sampled_from([0.0, 0.3, 1.0, 1.0 + 1e-9, 2.5]), min_size=3, max_size=3),
)
def test_condensed_jacobian_is_the_derivative_of_the_residual(ces, seed, sigma):
    p, start = _values(seed, sigma)
    jacobian, f, at = ces.jacobian(p, start, ["price"])
    assert len(f) == 5
    numeric = np.array([(at(h) - at(-h)) / 2e-6 for h in 1e-6 * np.eye(5)]).T
    np.testing.assert_allclose(jacobian, numeric, atol=1e-7)


@pytest.mark.parametrize("sigma", [0.0, 1.0, 0.5, 3.0])
def test_ces_price_is_the_textbook_form_at_every_elasticity(ces, sigma):
    p, start = _values(1, [sigma] * 3)
    q = ces.evaluate(p, start)["q"]
    theta, price = p["theta"], start["p"][:, :, None]
    if sigma == 1.0:
        expected = np.exp((theta * np.log(price)).sum(1))
    else:
        expected = (theta * price ** (1 - sigma)).sum(1) ** (1 / (1 - sigma))
    np.testing.assert_allclose(q, expected, rtol=1e-12)


@pytest.fixture(scope="module")
def mixed() -> System:
    """x >= 0 complements x - a >= 0, paired with a log variable y = 1 + x."""
    t = Theory("mixed")
    k = t.set("k")
    i = k.index("i")
    a = t.parameter("a", (k,), **WORDS)
    x, y = t.variable("x", (k,), log=False, **WORDS), t.variable("y", (k,), **WORDS)
    t.equation("bound", (i,), x[i] - a[i], pairs=x, complements=True)
    t.equation("level", (i,), y[i] - 1 - x[i], pairs=y)
    return System(t, {"k": ("one", "two", "three")})


def test_slack_complementarity_is_exactly_zero_and_binding_is_met(mixed):
    sol = mixed.solve({"a": np.array([2.0, -1.0, 0.5])}, {"x": np.ones(3), "y": np.ones(3)}, ["bound", "level"])
    assert sol.values["x"][1] == 0.0
    np.testing.assert_allclose(sol.values["x"], [2.0, 0.0, 0.5], atol=1e-12)


def test_failure_names_the_equation_and_the_member():
    t = Theory("impossible")
    k = t.set("k")
    i = k.index("i")
    a = t.parameter("a", (k,), **WORDS)
    y = t.variable("y", (k,), **WORDS)
    t.equation("negative", (i,), y[i] + a[i], pairs=y)
    system = System(t, {"k": ("good", "bad")})
    with pytest.raises(ConvergenceError, match=r"negative \[bad\]") as error:
        system.solve({"a": np.array([-1.0, 1.0])}, {"y": np.ones(2)}, ["negative"])
    assert error.value.worst[0][0] == "negative"


def test_specification_faults_are_named():
    t = Theory("faults")
    k = t.set("k")
    i = k.index("i")
    x, y = t.variable("x", (k,), **WORDS), t.variable("y", (k,), **WORDS)
    t.define(x, (i,), y[i])
    t.define(y, (i,), 2 * x[i])
    with pytest.raises(SpecificationError, match="cycle: x -> y -> x"):
        System(t, {"k": ("one",)})
    with pytest.raises(SpecificationError, match="two definitions"):
        t.define(x, (i,), y[i])
    with pytest.raises(SpecificationError, match="dimensions"):
        x[i, i]


def test_path_following_halves_until_the_step_is_solvable(mixed):
    tried, solved = [], [0.0]

    class Short:
        """Solves only near a point that was solved before."""

        def solve(self, at, guess, factor, thorough):
            tried.append(at)
            if at - solved[-1] > 0.3:
                raise ConvergenceError("too far")
            solved.append(at)
            return mixed.solve({"a": np.full(3, 4 * at)}, guess, ["bound", "level"])

        def predict(self, at, last, to):
            return {k: last.values[k] for k in ("x", "y")}

    sol = follow(Short().solve, Short().predict, {"x": np.zeros(3), "y": np.ones(3)})
    np.testing.assert_allclose(sol.values["x"], 4.0)
    assert tried[:3] == [1.0, 0.0, 0.5], "whole step, then the start of the path, then half of it"
    assert solved == sorted(solved) and solved[-1] == 1.0


def test_every_remedy_is_tried_for_the_whole_step_and_the_smallest():
    asked = []

    class Hopeless:
        """Solves nothing beyond its start."""

        def solve(self, at, guess, factor, thorough):
            asked.append((at, thorough))
            if at > 0:
                raise ConvergenceError("no solution")
            return SimpleNamespace(values=guess, factor=None, iterations=0)

        def predict(self, at, last, to):
            return last.values

    with pytest.raises(ConvergenceError, match=r"0\.0% of the way"):
        follow(Hopeless().solve, Hopeless().predict, {})
    assert [at for at, thorough in asked if thorough] == [1.0, 0.0, 1 / 256]
    assert [at for at, thorough in asked if not thorough] == [2.0**-k for k in range(1, 8)]


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_predictor_is_the_tangent_of_the_path(power):
    t = Theory("power")
    a, x = t.parameter("a", (), **WORDS), t.variable("x", (), **WORDS)
    t.equation("root", (), x**power - a, pairs=x)
    guesses = {}

    class Seen(System):
        def solve(self, parameters, start, active, **options):
            at = float(np.log(parameters["a"]))
            guesses[at] = float(start["x"])
            if at == 1.0 and len(guesses) < 3:
                raise ConvergenceError("too far")
            return super().solve(parameters, start, active, **options)

    sol = Seen(t, {}).follow(lambda at: {"a": np.exp(at)}, {"x": np.array(1.0)}, ["root"])
    assert float(sol.values["x"]) == pytest.approx(np.exp(1 / power), rel=1e-9)
    assert guesses[0.5] == pytest.approx(np.exp(0.5 / power), rel=1e-9), "in logarithms the path is straight"


@pytest.mark.parametrize("bound", [np.inf, 0.9])
def test_a_path_never_leaves_its_ends(bound):
    t = Theory("path")
    tax, room = (t.parameter(n, (), lower=0.0, upper=u, **WORDS) for n, u in (("tax", bound), ("room", np.inf)))
    x, z = t.variable("x", (), **WORDS), t.variable("z", (), log=False, **WORDS)
    t.equation("root", (), x**3 - 1 - tax, pairs=x)
    t.equation("idle", (), z - tax, pairs=z, complements=True, upper=room)
    guesses = {}

    class Seen(System):
        def solve(self, parameters, start, active, **options):
            guesses[float(parameters["tax"])] = float(start["x"])
            if parameters["tax"] == 0.8 and len(guesses) < 3:
                raise ConvergenceError("too far")
            return super().solve(parameters, start, active, **options)

    sol = Seen(t, {}).follow(
        lambda at: {"tax": 0.8 * at, "room": np.inf}, {"x": np.array(1.0), "z": np.array(0.0)}, ["root", "idle"]
    )
    assert float(sol.values["x"]) == pytest.approx(1.8 ** (1 / 3), rel=1e-9)
    assert guesses[0.4] == pytest.approx(np.exp(0.4 / 3), rel=1e-9), "in logarithms along the tangent"


def test_equation_that_exists_nowhere_is_no_row():
    t = Theory("one of two")
    k = t.set("k")
    i = k.index("i")
    given, free = t.parameter("given", (k,), **WORDS), t.parameter("free", (k,), **WORDS)
    x = t.variable("x", (k,), **WORDS)
    t.equation("fixed", (i,), x[i] - 2, pairs=x, where=given[i])
    t.equation("market", (i,), x[i] ** 2 - 9, pairs=x, where=free[i])
    system = System(t, {"k": ("one", "two")})
    for members, expected in ((np.ones(2), 3.0), (np.zeros(2), 2.0)):
        p = {"free": members, "given": 1 - members}
        found = system.solve(p, {"x": np.ones(2)}, ["fixed", "market"]).values["x"]
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_small_variable_is_not_taken_for_an_idle_one():
    """A solution whose size is below the tolerance must still solve its equation after idle rows are made exact."""
    t = Theory("small")
    a = t.parameter("a", (), **WORDS)
    x = t.variable("x", (), log=False, **WORDS)
    t.equation("fix", (), x / a - 1, pairs=x, complements=True)
    sol = System(t, {}).solve({"a": np.array(1e-10)}, {"x": np.array(3e-10)}, ["fix"])
    assert float(sol.values["x"]) == pytest.approx(1e-10, rel=1e-8)
    assert sol.max_residual <= 1e-9


def test_a_sum_over_an_index_bound_outside_is_refused():
    t = Theory("bound")
    goods = t.set("g")
    i = goods.index("i")
    a, x = t.parameter("a", (goods,), **WORDS), t.variable("x", (goods,), **WORDS)
    with pytest.raises(SpecificationError, match="bound outside the sum already"):
        t.equation("e", (i,), x[i] - total(a[i], i), pairs=x)
    with pytest.raises(SpecificationError, match="bound outside the sum already"):
        t.define(t.variable("y", (), **WORDS), (), total(a[i] * total(x[i], i), i))


def test_sparse_rows_and_the_dense_matrix_are_the_same_jacobian():
    """Definitions of three levels, one of them a hub, and one that nothing but an equation reads."""
    t = Theory("levels")
    k = t.set("k")
    i, j = k.index("i"), k.index("j")
    x, first, hub, last = (t.variable(n, (k,), **WORDS) for n in ("x", "first", "hub", "last"))
    w = t.parameter("w", (k, k), **WORDS)
    t.define(last, (i,), hub[i] * x[i] + first[i])
    t.define(hub, (i,), total(w[i, j] * first[j] ** 2, j), hub=True)
    t.define(first, (i,), total(w[i, j] * x[j], j))
    t.equation("all", (i,), last[i] + hub[i] * first[i] - 1, pairs=x)
    system = System(t, {"k": ("a", "b", "c", "d")})
    rng = np.random.default_rng(5)
    state = State(system, {"w": rng.random((4, 4))}, {"x": 1 + rng.random(4)}, ("all",))
    _, jacobian = state.linearise(state.pack())
    direction = rng.standard_normal((4, 3))
    product = np.column_stack([jacobian.apply(d) for d in direction.T])
    np.testing.assert_allclose(product, jacobian.dense() @ direction, rtol=1e-12)
    back = np.column_stack([jacobian.apply_transposed(d) for d in direction.T])
    np.testing.assert_allclose(back, jacobian.dense().T @ direction, rtol=1e-12)


def test_sizes_of_rows_are_those_of_their_largest_terms():
    """Loops in machine code beside numpy: two core unknowns, one definition, two equations."""
    rows = np.array([[3.0, -4.0, 0.0], [0.0, 2.0, -5.0], [1.0, 0.0, 0.5]])
    edges, columns = np.array([0, 2, 4, 6]), np.array([0, 1, 1, 2, 0, 2], np.int32)
    there, numbers = Rows(edges, columns, rows[rows != 0], 2), np.array([1.0, 10.0, 7.0])
    assert there.definitions("largest", numbers.copy()).tolist() == [1.0, 10.0, 40.0]
    largest = np.zeros(2)
    there.equations("largest", largest, numbers)
    assert largest.tolist() == [35.0, 3.5]
    least = np.full(3, np.inf)
    there.equations("least", np.array([10.0, 0.0]), least)
    assert least.tolist() == [np.inf, 5.0, 2.0], "a row without a size says nothing"
    assert there.definitions("least", least).tolist() == [2 / 3, 0.5, 2.0]
    there.without(np.array([1, 0])).equations("least", np.array([10.0, 0.1]), least)
    assert least.tolist() == pytest.approx([2 / 3, 0.5, 0.2]), "of its own variable a row says nothing"


def test_what_is_idle_is_exactly_idle_beside_equations_of_any_unit():
    """An idle variable that enters an equation with a factor of a million leaves no rest in it."""
    t = Theory("idle")
    x, y = t.variable("x", (), **WORDS), t.variable("y", (), log=False, **WORDS)
    k = t.parameter("k", (), **WORDS)
    t.equation("balance", (), x**3 + k * y - 8, pairs=x)
    t.equation("cap", (), 3 - x + y, pairs=y, complements=True)
    solution = System(t, {}).solve({"k": np.array(1e9)}, {"x": np.array(1.3), "y": np.array(1e-7)}, ("balance", "cap"))
    assert float(solution.values["y"]) == 0.0
    assert float(solution.values["x"]) == pytest.approx(2.0, rel=1e-9)


@pytest.fixture(scope="module")
def scarce() -> System:
    """Demand for a resource of one unit falls with its rent: all of it is used or the rent is at its floor."""
    t = Theory("scarce")
    k = t.set("k")
    i = k.index("i")
    level, sigma = t.parameter("level", (k,), **WORDS), t.parameter("sigma", (), **WORDS)
    rent, used = t.variable("rent", (k,), limited=False, **WORDS), t.variable("used", (k,), **WORDS)
    t.equation("use", (i,), used[i] - level[i] * rent[i] ** (-sigma), pairs=used)
    t.equation("market", (i,), 1 - used[i], pairs=rent, complements=True, lower=FLOOR)
    return System(t, {"k": [f"k{n}" for n in range(4)]})


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    free=st.lists(st.floats(-400.0, 3.0), min_size=4, max_size=4), sigma=st.floats(1e-4, 0.05), start=st.floats(-40, 3)
)
def test_rents_in_logarithms_meet_their_market_or_their_floor(scarce, free, sigma, start):
    level, floor = np.exp(sigma * np.array(free)), np.log(FLOOR)
    first = {"rent": np.full(4, np.exp(start)), "used": np.ones(4)}
    rent = scarce.solve({"level": level, "sigma": np.array(sigma)}, first, ["use", "market"]).values["rent"]
    np.testing.assert_allclose(np.log(rent), np.maximum(free, floor), atol=1e-8 / sigma)
    idle = 1 - level * FLOOR**-sigma > 1e-6
    np.testing.assert_allclose(rent[idle], FLOOR, rtol=1e-12)


def test_a_rent_that_falls_without_end_stays_a_number_with_a_logarithm(ces: System) -> None:
    parameters, start = _values(3, [0.5, 1.0, 2.0])
    state = State(ces, parameters, start, ["price"])
    for depth in (-100.0, -700.0, -800.0, -1e6):
        with np.errstate(all="raise", under="ignore"):
            values = state.values_at(np.full_like(state.pack(), depth))
            again = State(ces, parameters, values, ["price"]).pack()
        assert (values["p"] > 0).all() and np.isfinite(again).all()
        assert again == pytest.approx(np.full_like(again, max(depth, LEAST)))

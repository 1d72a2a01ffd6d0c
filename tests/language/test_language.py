"""Subsets, maps, ordered sets, defaults, ranges and bounds of the equation language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from cge.explain.cells import Explainer
from cge.language.algebra import Theory, total
from cge.language.data import start_values
from cge.language.structure import inspect_structure
from cge.solve.system import System
from cgebase.errors import SpecificationError

WORDS = {"unit": "1", "description": "test"}
LABELS = ("coal", "gas", "bread", "milk")


def _subset() -> System:
    """x = a on fuels, x = 2 a elsewhere; level of the group a good belongs to; total over fuels."""
    t = Theory("subsets")
    goods, groups = t.set("g"), t.set("k")
    fuels, food = goods.subset("fuels", "fuels"), goods.subset("food", "food")
    i, f, o, k = goods.index("i"), fuels.index("f"), food.index("o"), groups.index("k")
    a = t.parameter("a", (goods,), **WORDS)
    group = t.map("group", goods, groups, description="group of a good")
    x = t.variable("x", (goods,), default=1.0, **WORDS)
    size, mine, burnt = (t.variable(n, d, **WORDS) for n, d in (("size", (groups,)), ("mine", (goods,)), ("burnt", ())))
    t.define(size, (k,), total(x[i], i, where=group[i, k]))
    t.define(mine, (i,), total(size[k], k, where=group[i, k]))
    t.define(burnt, (), total(x[f], f))
    t.equation("fuel", (f,), x[f] - a[f], pairs=x)
    t.equation("rest", (o,), x[o] - 2 * a[o], pairs=x)
    return System(t, {"g": LABELS, "fuels": ("coal", "gas"), "food": ("bread", "milk"), "k": ("energy", "other")})


@pytest.fixture(scope="module")
def subset() -> System:
    return _subset()


GROUP = {"coal": "energy", "gas": "energy", "bread": "other", "milk": "other"}
A = np.array([1.0, 2.0, 3.0, 4.0])


def test_equations_and_sums_run_over_subsets_and_maps_look_up_images(subset):
    got = subset.solve({"a": A, "group": GROUP}, {}, ["fuel", "rest"], tol=1e-13).values
    np.testing.assert_allclose(got["x"], [1, 2, 6, 8], rtol=1e-12)
    np.testing.assert_allclose(got["size"], [3, 14], rtol=1e-12)
    np.testing.assert_allclose(got["mine"], [3, 3, 14, 14], rtol=1e-12)
    assert got["burnt"] == pytest.approx(3.0, rel=1e-12)


def test_a_subset_is_one_cell_by_cell_in_structure_and_explanation(subset):
    data = {"a": A, "group": GROUP}
    found = inspect_structure(subset.theory, subset.sets, data, ["fuel", "rest"])
    assert found.sound
    assert {b.name: b.cells for b in found.blocks} == {"size": 2, "mine": 4, "burnt": 1, "fuel": 2, "rest": 2}
    values = subset.solve(data, {}, ["fuel", "rest"]).values
    explained = Explainer(subset.theory, subset.sets, data, values).explain(subset.theory.definitions["burnt"], ())
    assert {t.text for t in explained.terms} == {"x[coal]", "x[gas]"}
    with pytest.raises(SpecificationError, match="does not exist for bread"):
        Explainer(subset.theory, subset.sets, data, values).explain(subset.theory.equations["fuel"], ("bread",))


def test_an_equation_over_part_of_its_variable_leaves_the_rest_unpaired(subset):
    found = inspect_structure(subset.theory, subset.sets, {"a": A, "group": GROUP}, ["fuel"], given=())
    assert not found.sound
    assert found.unpaired["x"] == (("bread",), ("milk",))


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ({"k": ("e",), "g": LABELS, "fuels": ("coal", "gass"), "food": ()}, "'gass' is not a member of 'g'; did"),
        ({"k": ("e",), "g": (*LABELS, "coal"), "fuels": (), "food": ()}, "labels given twice: coal"),
        ({"k": ("e",), "g": LABELS, "fuels": ()}, "set 'food' has no members"),
    ],
)
def test_wrong_members_are_named(subset, sets, words):
    with pytest.raises(SpecificationError, match=words):
        System(subset.theory, sets)


def test_every_fault_of_a_map_is_named_at_once(subset):
    wrong = {"coal": "enrgy", "gas": "energy", "bread": "other", "mlk": "other"}
    with pytest.raises(SpecificationError) as caught:
        subset.solve({"a": A, "group": wrong}, {}, ["fuel", "rest"])
    text = str(caught.value)
    assert "'coal' goes to 'enrgy'" in text and "did you mean 'energy'" in text
    assert "'milk' has no image" in text
    assert "'mlk' is not in 'g'; did you mean 'milk'" in text


# ------------------------------------------------------------ time
def _growth() -> Theory:
    """Optimal growth with log utility and full depreciation (Brock and Mirman 1972) as one system over all periods."""
    t = Theory("growth")
    years = t.set("years", "years", ordered=True)
    y = years.index("y")
    alpha, beta, start = (t.parameter(n, (), **WORDS) for n in ("alpha", "beta", "start"))
    K, C = (t.variable(n, (years,), default=0.2, **WORDS) for n in ("K", "C"))
    t.equation("first_stock", (y,), K[y] - start, pairs=K, where=years.first[y])
    t.equation("resources", (y,), C[y - 1] + K[y] - K[y - 1] ** alpha, pairs=K)
    t.equation("euler", (y,), C[y + 1] / C[y] - beta * alpha * K[y + 1] ** (alpha - 1), pairs=C)
    t.equation("all_eaten", (y,), C[y] - K[y] ** alpha, pairs=C, where=years.last[y])
    return t


ACTIVE = ["first_stock", "resources", "euler", "all_eaten"]


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(periods=st.integers(2, 12), alpha=st.floats(0.1, 0.6), beta=st.floats(0.5, 0.99))
def test_leads_and_lags_solve_the_finite_horizon_in_closed_form(periods, alpha, beta):
    system = System(_growth(), {"years": [str(k) for k in range(periods)]})
    got = system.solve({"alpha": alpha, "beta": beta, "start": 0.1}, {}, ACTIVE).values
    capital, ab = 0.1, alpha * beta
    for k in range(periods):
        left = periods - 1 - k
        kept = ab * (1 - ab**left) / (1 - ab ** (left + 1))
        assert got["K"][k] == pytest.approx(capital, rel=1e-7)
        assert got["C"][k] == pytest.approx((1 - kept) * capital**alpha, rel=1e-7)
        capital = kept * capital**alpha


def test_a_statement_exists_where_its_leads_and_lags_do():
    theory = _growth()
    labels = {"years": ("2021", "2030", "2060")}
    data = {"alpha": 0.3, "beta": 0.9, "start": 0.1}
    found = inspect_structure(theory, labels, data, ACTIVE)
    assert found.sound
    assert {b.name: b.cells for b in found.blocks} == {"first_stock": 1, "resources": 2, "euler": 2, "all_eaten": 1}
    values = {"K": np.array([0.1, 0.2, 0.3]), "C": np.array([0.4, 0.5, 0.6])}
    text = Explainer(theory, labels, data, values).explain(theory.equations["resources"], ("2030",)).formula
    assert "K[2021]" in text and "K[2030]" in text


def test_terms_whose_lag_does_not_exist_are_left_out_of_a_sum():
    t = Theory("lags")
    years = t.set("years", ordered=True)
    y = years.index("y")
    x, change = t.variable("x", (years,), **WORDS), t.variable("change", (), log=False, **WORDS)
    a = t.parameter("a", (years,), **WORDS)
    t.define(change, (), total(x[y] - x[y - 1], y))
    t.equation("fix", (y,), x[y] - a[y], pairs=x)
    got = System(t, {"years": tuple("abc")}).solve({"a": np.array([1.0, 4.0, 9.0])}, {"x": np.ones(3)}, ["fix"]).values
    assert got["change"] == pytest.approx(8.0)


def test_order_is_asked_for_and_shifts_are_whole_numbers():
    t = Theory("unordered")
    goods = t.set("g")
    i = goods.index("i")
    x = t.variable("x", (goods,), **WORDS)
    with pytest.raises(SpecificationError, match="not ordered"):
        x[i + 1]
    with pytest.raises(SpecificationError, match="neither a symbol nor"):
        x[2 * i]


# ------------------------------------------------------------ data and bounds
def _ranged() -> tuple[Theory, System]:
    t = Theory("ranges")
    goods = t.set("g")
    i = goods.index("i")
    share = t.parameter("share", (goods,), unit="fraction", description="share", lower=0.0, upper=1.0, alias="ALPHA")
    b = t.parameter("b", (goods,), default=2.0, **WORDS)
    x = t.variable("x", (goods,), default=1.0, **WORDS)
    t.equation("fix", (i,), x[i] - share[i] * b[i], pairs=x)
    return t, System(t, {"g": ("a", "b")})


def test_defaults_fill_ranges_refuse_and_aliases_are_found():
    theory, system = _ranged()
    np.testing.assert_allclose(system.solve({"share": np.array([0.25, 1.0])}, {}, ["fix"]).values["x"], [0.5, 2.0])
    with pytest.raises(SpecificationError, match=r"share \[b\] \(share\): found 1.5 fraction, expected 0 to 1"):
        system.solve({"share": np.array([0.25, 1.5])}, {}, ["fix"])
    assert theory.named("alpha") == "share" and theory.named("share") == "share" and theory.named("no") == "no"


def test_first_guesses_come_from_defaults_parameters_and_where_a_variable_exists():
    t = Theory("starts")
    goods = t.set("g")
    there = t.parameter("there", (goods,), **WORDS)
    t.parameter("before", (goods,), **WORDS)
    x = t.variable("x", (goods,), default="before", exists="there", **WORDS)
    t.variable("y", (goods,), log=False, exists="there", default=2.0, **WORDS)
    t.variable("z", (), log=False, **WORDS)
    t.variable("w", (), **WORDS)
    known = t.variable("known", (goods,), **WORDS)
    i = goods.index("i")
    t.define(known, (i,), there[i] + x[i])
    starts = start_values(t, {"g": ("a", "b")}, {"there": np.array([0.5, 0.0]), "before": np.array([7.0, 8.0])})
    assert {n: v.tolist() for n, v in starts.items()} == {"x": [7.0, 1.0], "y": [2.0, 0.0], "z": 0.0, "w": 1.0}


def test_an_index_of_another_set_is_refused_where_it_is_written():
    t = Theory("mixed")
    goods, regions = t.set("g"), t.set("r")
    x = t.variable("x", (goods, regions), **WORDS)
    i, r = goods.index("i"), regions.index("r")
    with pytest.raises(SpecificationError, match="index r runs over 'r', but 'g' is needed there"):
        x[r, i]


def _box() -> System:
    t = Theory("box")
    goods = t.set("g")
    i, j = goods.index("i"), goods.index("j")
    q, b = t.parameter("q", (goods, goods), **WORDS), t.parameter("b", (goods,), **WORDS)
    low, high = t.parameter("low", (goods,), **WORDS), t.parameter("high", (goods,), **WORDS)
    x = t.variable("x", (goods,), log=False, default=0.0, **WORDS)
    slope = total(q[i, j] * x[j], j) - b[i]
    t.equation("optimum", (i,), slope, pairs=x, complements=True, lower=low[i], upper=high[i])
    return System(t, {"g": ("a", "b", "c", "d")})


@pytest.fixture(scope="module")
def box() -> System:
    return _box()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_bounded_complementarity_is_bounded_least_squares(box, seed):
    rng = np.random.default_rng(seed)
    a, y = rng.normal(size=(6, 4)), 3 * rng.normal(size=6)
    low, high = -rng.random(4), rng.random(4)
    known = lsq_linear(a, y, bounds=(low, high), tol=1e-14, method="bvls").x
    got = box.solve({"q": a.T @ a, "b": a.T @ y, "low": low, "high": high}, {}, ["optimum"]).values["x"]
    np.testing.assert_allclose(got, known, atol=1e-9)
    at_bound = np.isclose(known, low, atol=1e-9) | np.isclose(known, high, atol=1e-9)
    assert (np.isin(got[at_bound], np.concatenate([low, high]))).all(), "a bound is met exactly"


def test_bounds_ask_for_complementarity_and_levels():
    t = Theory("wrong bounds")
    x = t.variable("x", (), **WORDS)
    with pytest.raises(SpecificationError, match="no complementarity"):
        t.equation("e", (), x - 1, pairs=x, upper=2)
    for lower in (None, 0, -1.0):
        with pytest.raises(SpecificationError, match="number above 0 as lower bound"):
            t.equation("e", (), x - 1, pairs=x, complements=True, lower=lower)

"""What must hold for every model of the language, on random economies: see :mod:`families` and :mod:`draws`."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from draws import models
from families import Model, Values, changed, factor_of
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreter import complex_step

pytestmark = pytest.mark.slow

NAMES = ("flat", "budget", "capped", "tree", "joint", "dispatch")
EVERY = pytest.mark.parametrize("name", NAMES)
EXAMPLES = 10


def _close(model: Model, found: Values, expected: Values, tolerance: float = 1e-10) -> None:
    """Every symbol agrees, relative to the largest of its unit: prices that cancel to nothing are prices."""
    families = model.theory.families
    largest = defaultdict(float)
    for name, table in expected.items():
        largest[families[name].unit] = max(largest[families[name].unit], float(np.abs(table).max(initial=0.0)))
    for name, table in expected.items():
        size = largest[families[name].unit]
        np.testing.assert_allclose(found[name], table, rtol=tolerance, atol=tolerance * size, err_msg=name)


@EVERY
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_condensed_jacobian_is_the_derivative_by_the_complex_step(name, data):
    model = data.draw(models(name, solvable=False))
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000), "point"))
    logs = {n: model.theory.families[n].log for n in model.start}
    point = {
        n: v * np.exp(0.3 * rng.standard_normal(v.shape)) if logs[n] else v + rng.uniform(0.0, 0.5, v.shape)
        for n, v in model.start.items()
    }
    p = model.parameters | model.shock
    jacobian, f, _ = model.system.jacobian(p, point, model.active)
    core = model.system.layout(p, model.active).core
    residual, expected = complex_step(
        model.theory, model.sizes, p, point, [(n, cells) for n, cells, _ in core], model.active
    )
    size = np.abs(expected).max(axis=1, keepdims=True)
    np.testing.assert_allclose(f, residual, rtol=1e-10, atol=1e-12 * max(1.0, np.abs(residual).max()))
    np.testing.assert_allclose(jacobian / size, expected / size, rtol=1e-10, atol=1e-10)


@EVERY
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_definitions_solved_as_equations_give_the_same_solution(name, data):
    model = data.draw(models(name))
    _close(model, model.without_definitions().solve(), model.solve())


@pytest.mark.parametrize("name", [n for n in NAMES if n != "dispatch"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_market_that_the_numeraire_replaces_closes(name, data):
    model = data.draw(models(name))
    every = model.parameters | model.shock | {"rest": np.ones_like(model.parameters["rest"])}
    left = model.system.residuals(every, model.solve(), ["factor"])["factor"]
    np.testing.assert_allclose(left, 0.0, atol=1e-9)


@EVERY
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_order_of_members_changes_nothing(name, data):
    model = data.draw(models(name))
    order = {k: np.array(data.draw(st.permutations(range(n)), k)) for k, n in model.sizes.items()}

    def turned(family, table):
        for axis, d in enumerate(family.dims):
            table = np.take(table, order[d.name], axis=axis)
        return table

    _close(model, model.mapped(turned).solve(), changed(model.theory, model.solve(), turned))


@EVERY
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data(), money=st.sampled_from([1e-4, 0.5, 1e4]), tonnes=st.sampled_from([1e-2, 7.0, 1e2]))
def test_units_of_money_and_tonnes_scale_values_and_leave_prices(name, data, money, tonnes):
    _scaled(data.draw(models(name)), {"money": money, "tonnes": tonnes})


@EVERY
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data(), price=st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_numeraire_scales_prices_and_incomes_and_leaves_quantities(name, data, price):
    _scaled(data.draw(models(name)), {"price": price})


def _scaled(model: Model, words: dict[str, float]) -> None:
    """Symbols scale as their units say, and so does the solution."""

    def in_other_units(family, table):
        return table * factor_of(family.unit, words)

    expected = changed(model.theory, model.solve(), in_other_units)
    _close(model, model.mapped(in_other_units).solve(), expected)

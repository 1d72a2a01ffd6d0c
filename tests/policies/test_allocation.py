"""Allocation rules: national total, bounds, limits of each rule, cap path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cge.policies.allocation import (
    RULES,
    AllocationError,
    Drivers,
    allocate,
    cap_path,
    mix,
    shares_from_weights,
)

SIZE = st.integers(min_value=1, max_value=31)


@st.composite
def economies(draw):
    n = draw(SIZE)
    column = st.lists(st.floats(0.1, 1e4), min_size=n, max_size=n).map(np.array)
    exports = st.lists(st.floats(-1e3, 1e3), min_size=n, max_size=n).map(np.array)
    emissions = draw(column)
    drivers = Drivers(
        gdp=draw(column),
        population=draw(column),
        generation=draw(column),
        electricity_use=draw(column),
        energy_exports=draw(exports),
    )
    return emissions, drivers


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
@given(economy=economies())
@settings(max_examples=40, deadline=None)
def test_national_total_and_bounds(name, economy):
    emissions, drivers = economy
    shares = RULES[name](emissions, drivers)
    assert emissions @ shares == pytest.approx(0.10 * emissions.sum(), rel=1e-9)
    assert (shares >= 0.05 * (1 - 1e-9)).all()
    assert (shares <= 0.30 * (1 + 1e-9)).all()


@pytest.mark.parametrize("name", RULES)
@given(economy=economies(), scale=st.floats(0.01, 100))
@settings(max_examples=15, deadline=None)
def test_units_do_not_matter(name, economy, scale):
    emissions, d = economy
    other = Drivers(
        d.gdp * scale,
        d.population * scale,
        d.generation * scale,
        d.electricity_use * scale,
        d.energy_exports * scale,
    )
    first, second = RULES[name](emissions, d), RULES[name](emissions * scale, other)
    assert second == pytest.approx(first, rel=1e-7)


@given(economy=economies())
@settings(max_examples=40, deadline=None)
def test_limits_of_rules(economy):
    emissions, drivers = economy
    same = allocate(emissions, drivers, {"emissions": 1, "stage": 0, "role": 0})
    assert same == pytest.approx(np.full(len(emissions), 0.1))
    gdp = RULES["gdp"](emissions, drivers)
    assert allocate(emissions, drivers, {"emissions": 1, "thrift": 1}) == pytest.approx(gdp, rel=1e-7)


def test_inside_bounds_caps_follow_weights():
    emissions, weights = np.array([100.0, 200.0, 300.0]), np.array([12.0, 18.0, 30.0])
    caps = emissions * shares_from_weights(emissions, weights)
    assert caps == pytest.approx(weights)


def test_poor_energy_base_gets_more():
    emissions = np.array([100.0, 100.0])
    drivers = Drivers(np.array([10.0, 20.0]), np.ones(2), np.array([3.0, 2.0]), np.array([2.0, 3.0]))
    poor, rich = RULES["role-and-stage"](emissions, drivers)
    assert poor > 0.1 > rich


def test_mix_keeps_total():
    emissions = np.array([1.0, 2.0, 5.0])
    first = shares_from_weights(emissions, np.array([1.0, 1.0, 1.0]))
    both = mix([first, np.full(3, 0.1)], [3, 1])
    assert emissions @ both == pytest.approx(0.8)


def test_cap_path_is_flat_then_linear():
    caps = cap_path(np.array([100.0]), np.array([0.1]), [2021, 2025, 2030, 2060, 2070])[:, 0]
    assert caps == pytest.approx([100, 100, 100 * (1 - 0.9 * 5 / 35), 10, 10])


def test_faults_come_all_at_once():
    with pytest.raises(AllocationError, match=r"(?s)emissions.*weights.*target.*bounds"):
        shares_from_weights(np.array([0.0, 1.0]), np.array([1.0, -1.0]), 4.0, (2.0, 3.0))


def test_energy_base_needs_its_driver():
    one = np.ones(2)
    with pytest.raises(AllocationError, match="energy_exports"):
        RULES["energy-base"](one, Drivers(one, one, one, one))

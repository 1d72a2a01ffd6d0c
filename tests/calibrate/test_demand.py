"""Household demand: Engel curves that add up, and the linear expenditure system that touches them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small import small

from cge.calibrate.demand import base_year_demand, expenditure_system
from cge.calibrate.parameters import load_parameters
from cge.runs.engel import engel
from cgebase.errors import CalibrationError

GOODS = 5
purchases = arrays(float, (GOODS, 2), elements=st.floats(0.01, 10.0))
elasticities = arrays(float, (GOODS, 2), elements=st.floats(0.1, 2.0))
growth = st.floats(0.2, 20.0)


def share(bought: np.ndarray) -> np.ndarray:
    return bought / bought.sum(0)


@given(purchases, elasticities, growth, growth)
def test_growth_in_two_steps_is_growth_in_one(bought, elasticity, first, second):
    one = engel(bought, elasticity, np.full(2, first * second))
    two = engel(engel(bought, elasticity, np.full(2, first)), elasticity, np.full(2, second))
    np.testing.assert_allclose(two, one, rtol=1e-10)
    np.testing.assert_allclose(one.sum(0), bought.sum(0) * first * second, rtol=1e-12)
    np.testing.assert_allclose(engel(bought, 3 * elasticity, np.full(2, first * second)), one, rtol=1e-10)


@pytest.mark.slow
@given(purchases, elasticities, growth)
def test_elasticities_are_those_asked_for_over_their_mean(bought, elasticity, factor):
    """Engel aggregation: weighted by budget shares, the elasticities of the curve have mean one."""
    here, step = np.full(2, factor), 1e-5
    up, down = (np.log(engel(bought, elasticity, here * np.exp(s))) for s in (step, -step))
    slope = (up - down) / (2 * step)
    weight = share(engel(bought, elasticity, here))
    np.testing.assert_allclose(slope, elasticity / (weight * elasticity).sum(0), rtol=1e-6)
    np.testing.assert_allclose((weight * slope).sum(0), 1.0, rtol=1e-6)


def test_a_good_of_twice_the_elasticity_grows_with_the_square():
    """s u + (1 - s) u^2 = g has a root by hand; the goods grow by u and u^2."""
    bought, g = np.array([0.25, 0.75]), 5.0
    u = (-0.25 + np.sqrt(0.25**2 + 4 * 0.75 * g)) / 1.5
    np.testing.assert_allclose(engel(bought, np.array([1.0, 2.0]), np.array(g)), bought * [u, u**2], rtol=1e-13)


@given(purchases, st.floats(0.1, 2.0), growth)
def test_one_elasticity_for_every_good_keeps_the_shares(bought, elasticity, factor):
    grown = engel(bought, np.full((GOODS, 2), elasticity), np.full(2, factor))
    np.testing.assert_allclose(grown, bought * factor, rtol=1e-11)


@given(purchases, elasticities, st.floats(1.1, 20.0))
def test_the_share_of_the_first_necessity_falls_and_of_the_first_luxury_rises(bought, elasticity, factor):
    elasticity[0], elasticity[1] = 0.05, 2.1
    before, after = share(bought), share(engel(bought, elasticity, np.full(2, factor)))
    assert (after[0] < before[0]).all() and (after[1] > before[1]).all()


@given(purchases, elasticities, st.floats(-5.0, -1.0))
def test_the_system_buys_what_it_was_calibrated_to(bought, elasticity, frisch):
    """At prices of one it returns the purchases, their elasticities and the Frisch parameter."""
    spent = bought.sum(0)[None]
    wanted, taste = bought[:, None], elasticity[:, None]
    found = expenditure_system(wanted, taste, spent, frisch)
    marginal = np.concatenate([found["beta"], found["betae"][None]])
    least = np.concatenate([found["qmin"], found["emin"][None]])
    left = spent - least.sum(0)
    np.testing.assert_allclose(marginal.sum(0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(least + marginal * left, wanted, rtol=1e-12)
    np.testing.assert_allclose(spent / left, -frisch, rtol=1e-12)
    own = marginal / share(bought)[:, None]
    np.testing.assert_allclose(own, taste / (share(bought)[:, None] * taste).sum(0), rtol=1e-12)
    clear = np.abs(own + frisch) > 1e-9
    assert ((least < 0) == (own > -frisch))[clear].all(), "less than nothing for goods that are price-elastic only"


def test_without_subsistence_and_with_one_elasticity_demand_is_homothetic():
    bought = np.array([[[3.0]], [[2.0]], [[5.0]]])
    found = expenditure_system(bought, np.ones((3, 1, 1)), bought.sum(0), -1.0)
    np.testing.assert_allclose(found["qmin"], 0.0, atol=1e-15)
    np.testing.assert_allclose(found["beta"][:, 0, 0], [0.3, 0.2])


def test_a_household_that_buys_nothing_or_no_energy():
    bought = np.array([[[0.0, 4.0]], [[0.0, 0.0]]])
    grown = engel(bought, np.array([0.5, 1.5])[:, None, None], np.array([[1.0, 3.0]]))
    np.testing.assert_allclose(grown, [[[0.0, 12.0]], [[0.0, 0.0]]], rtol=1e-12)
    found = expenditure_system(grown, np.ones((2, 1, 1)), grown.sum(0), -2.0)
    assert all(np.isfinite(v).all() for v in found.values()) and (found["betae"] == 0).all()


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({("income_elasticity", "agr"): -0.2}, "CGE306", "agr -0.2"),
        ({("frisch", "all"): -0.8, ("frisch_2060", "all"): -0.5}, "CGE307", "frisch -0.8, frisch_2060 -0.5"),
    ],
)
def test_impossible_parameters_are_refused(changes, code, said):
    economy = small()
    parameters = load_parameters("cn12").with_values(changes, "wrong")
    bought = np.ones((len(economy.commodities), 2, 2))
    with pytest.raises(CalibrationError) as caught:
        base_year_demand(bought, economy.commodities, parameters, np.zeros(len(economy.commodities), bool))
    found = caught.value.args[0]
    assert found.code == code and said in found and said.replace(", ", "、") in found.zh


def test_goods_without_elasticity_at_all_are_refused():
    economy = small()
    table = load_parameters("cn12")
    none = {k: 0.0 for k in table.values if k[0] in ("income_elasticity", "income_elasticity_energy")}
    flat = table.with_values(none, "flat")
    with pytest.raises(CalibrationError, match="whose elasticity is above zero"):
        base_year_demand(np.array([1.0, 1, 1, 1, 0])[:, None, None] * np.ones((5, 2, 2)), economy.commodities, flat,
                         np.zeros(5, bool))  # fmt: skip

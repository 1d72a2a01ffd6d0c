"""Inequality between groups, and where the welfare of a household comes from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cge.measure.incidence import equivalent_variation, gini, sources
from sam.paths import people


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def _pairwise(per_head: np.ndarray, heads: np.ndarray) -> float:
    """The definition: mean absolute difference over twice the mean."""
    mean = (per_head * heads).sum() / heads.sum()
    gaps = np.abs(per_head[:, None] - per_head[None]) * heads[:, None] * heads[None]
    return float(gaps.sum() / heads.sum() ** 2 / (2 * mean))


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 50)), min_size=2, max_size=12))
def test_gini_is_the_mean_difference_over_twice_the_mean(groups):
    per_head, heads = np.array(groups).T
    assert gini(per_head, heads) == pytest.approx(_pairwise(per_head, heads), abs=1e-12)


@given(st.floats(0.1, 100), st.integers(2, 9))
def test_equal_groups_have_none(level, count):
    assert gini(np.full(count, level), np.arange(1.0, count + 1)) == pytest.approx(0.0, abs=1e-12)


def test_no_policy_no_incidence(model):
    last = model.baseline[-1]
    ev, spend = equivalent_variation(last, last)
    assert np.abs(ev).max() < 1e-9 * spend.max()
    np.testing.assert_allclose(spend, last.accounts["YC"])


def test_sources_add_up_and_prices_hurt_where_carbon_is_dear(model):
    from dataclasses import replace

    last = model.baseline[-1]
    dear = {**last.values, "PQ": 1.05 * last.values["PQ"], "PHE": 1.05 * last.values["PHE"]}
    dear["SUPN"] = last.values["SUPN"] - 0.05 * (last.accounts["YC"] - last.values["SUPN"])
    now = replace(last, values=dear)
    income, prices = sources(last, now)
    ev, spend = equivalent_variation(last, now)
    np.testing.assert_allclose(income + prices, ev, atol=1e-9 * spend.max())
    np.testing.assert_allclose(income, 0.0, atol=1e-9 * spend.max())
    np.testing.assert_allclose(prices, -spend * 0.05 / 1.05, rtol=1e-9)


def test_people_are_counted_in_both_groups(model):
    heads = people(model.benchmark.economy.groups.regions)
    assert heads.shape == (2, 31)
    assert heads.sum() == pytest.approx(141_000, rel=0.01)

"""The distance elasticity that made a table is the one that is found in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import gravity
from sam.economy import load_economy
from sam.registry import PROVINCE_CODES
from sam.view import View

FAR = gravity.distances(PROVINCE_CODES)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), elasticity=st.floats(-4.0, 1.0), size=st.sampled_from([1e-3, 1.0, 1e9]))
def test_elasticity_is_recovered_whatever_the_sizes(seed: int, elasticity: float, size: float) -> None:
    rng = np.random.default_rng(seed)
    n = len(FAR)
    supply, need = (np.exp(rng.normal(size=n)) for _ in range(2))
    flow = size * supply[:, None] * need[None] * np.where(FAR > 0, FAR, 1.0) ** elasticity
    assert gravity.distance_elasticity(flow, FAR) == pytest.approx(elasticity, abs=1e-4)


def test_expected_flows_have_the_margins_of_the_flows() -> None:
    rng = np.random.default_rng(1)
    flow = rng.random(FAR.shape) * ~np.eye(len(FAR), dtype=bool)
    flow[3], flow[:, 5] = 0.0, 0.0
    table = gravity.expected(flow, FAR, -1.5)
    np.testing.assert_allclose(table.sum(1), flow.sum(1), rtol=1e-9)
    np.testing.assert_allclose(table.sum(0), flow.sum(0), rtol=1e-9)
    assert (np.diag(table) == 0).all()


def test_nothing_traded_has_no_elasticity() -> None:
    assert np.isnan(gravity.distance_elasticity(np.zeros((4, 4)), np.ones((4, 4))))


@pytest.mark.slow
def test_the_balance_kept_the_pattern_of_2007() -> None:
    table = gravity.decay(View(load_economy("cn30")))
    gap = (table["fitted"] - table["used"]).abs()
    assert gap.median() < 0.01
    assert gap.drop("coa").max() < 0.15, "coal moves most: its cells stand on the tonnes of 2021"
    assert table.loc["coa", "fitted"] < table.loc["coa", "used"] - 1.96 * 0.34, "freight of tonnes is steeper"
    assert table["value"].sum() > 0 and table["regions8"].notna().all()


@pytest.mark.slow
def test_a_coarser_list_has_no_elasticities_of_its_own() -> None:
    table = gravity.decay(View(load_economy("cn12")))
    assert table["used"].isna().all() and table["fitted"].notna().all()


def test_pairs_scatter_around_the_line() -> None:
    table, elasticity = gravity.pairs(View(load_economy("cn12")))
    assert len(table) == 31 * 30 and -2.5 < elasticity < -1.0
    mean = np.exp(np.log(table["km"]).mean())
    off = np.log(table["relative"] / (table["km"] / mean) ** elasticity)
    assert abs(off.median()) < 0.1

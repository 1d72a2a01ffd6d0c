"""Caps of equal loss: the inverse problem is solved, its total is the nation's, its bounds are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cge.measure.derivatives import gdp_change, responses
from cge.policies.allocation import cap_path
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.study.equal_loss import TOLERANCE, equal_loss
from cgebase.errors import ConvergenceError

POLICY = Policy({}, (), 4.0, 6.0)
BOUNDS = (0.05, 1.0)


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def silent(_: str) -> None:
    return


@pytest.fixture(scope="module")
def found(model):
    return equal_loss(model, POLICY, target=0.4, start=2025, end=2060, bounds=BOUNDS, log=silent)


def _run(model, shares):
    table = cap_path(model.benchmark.parameters["em0"], shares, model.paths.years)
    policy = replace(POLICY, caps={y: table[t] for t, y in enumerate(model.paths.years) if y >= 2025})
    return policy, run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="e", log=silent)


def test_provinces_inside_their_bounds_lose_the_same_and_the_total_is_the_nations(model, found):
    em0 = model.benchmark.parameters["em0"]
    assert found.shares @ em0 == pytest.approx(0.4 * em0.sum(), rel=1e-9)
    assert (found.shares >= BOUNDS[0]).all() and (found.shares <= BOUNDS[1]).all()
    assert found.free.sum() >= 10
    _, run = _run(model, found.shares)
    change = gdp_change(model.baseline[-1], run[-1])
    assert np.ptp(change[found.free]) < TOLERANCE
    common = change[found.free].mean()
    assert (change[found.shares <= BOUNDS[0]] > common - TOLERANCE).all(), "the floor binds who would lose less"
    assert (change[found.shares >= BOUNDS[1]] < common + TOLERANCE).all()


def test_losses_are_more_equal_than_under_uniform_caps(model, found):
    _, run = _run(model, np.full(31, 0.4))
    uniform = gdp_change(model.baseline[-1], run[-1])
    assert np.std(found.change) < 0.7 * np.std(uniform)


def test_responses_are_the_derivative_of_runs(model):
    shares = np.full(31, 0.5)
    policy, run = _run(model, shares)
    em0, k = model.benchmark.parameters["em0"], list(model.benchmark.sets["r"]).index("XJ")
    slopes = {y: em0 * (y - 2025) / 35 for y in policy.caps}
    by = responses(model, policy, run, slopes, gdp_change)[k]
    step = np.zeros(31)
    step[k] = 1e-3
    up, down = (gdp_change(model.baseline[-1], _run(model, shares + s * step)[1][-1]) for s in (1, -1))
    np.testing.assert_allclose(by, (up - down) / 2e-3, atol=2e-3 * np.abs(by).max())


def test_rounds_that_do_not_suffice_are_said(model, monkeypatch):
    monkeypatch.setattr("cge.study.equal_loss.ROUNDS", 1)
    with pytest.raises(ConvergenceError, match="losses still differ"):
        equal_loss(model, POLICY, target=0.4, start=2025, end=2060, bounds=BOUNDS, log=silent)

"""Derivatives of the provincial model: tangents against solutions, tangents against gradients, cells at kinks."""

from __future__ import annotations

import numpy as np
import pytest
from duality import duality_gap

from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.theory.chapters import THEORY

CAPS = 0.6
MOVED = {
    "cap": 0.1, "sigma_kle": 0.1, "sigma_m": 0.1, "sigma_d": 0.05, "eta_e": 0.1, "gamma_g": 0.1, "theta_n_va": 0.01,
    "thd": 0.01, "tm": 0.1, "kcarry": 0.1, "tax": 0.1, "hab": 0.1, "xmax": 0.1, "qmin": 0.1, "beta": 0.01, "mps": 0.1,
    "fsav": 0.1, "ic": 0.1, "sg_ref": 0.01,
}  # fmt: skip
"""Directions: these parameters, each cell by its own part of at most this much."""


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.fixture(scope="module")
def at(model):
    """The year 2030 under caps in every province and a carbon tax."""
    em0 = model.benchmark.parameters["em0"]
    policy = Policy({y: em0 * (1 - CAPS * (y - 2025) / 35) for y in model.paths.years[1:]}, (), 4.0, 6.0)
    return run_policy(
        model.system, model.benchmark, model.paths, model.baseline, policy, name="caps", log=lambda _: None
    )[1], policy.active


def test_tangents_and_gradients_agree_to_the_last_digits(model, at):
    period, active = at
    assert duality_gap(model.system, period.parameters, period.values, active, list(THEORY.accounts), small=1.0) < 1e-10


@pytest.mark.parametrize("name", MOVED)
def test_a_tangent_leaves_what_is_of_second_order(model, at, name):
    """Taylor: what is left of a move falls to a fourth where the move is halved, in every variable together.

    The steps are small because rents of resources that are nearly idle (coal of some provinces) bend strongly.
    """
    period, active = at
    rng, p = np.random.default_rng(3), period.parameters
    shift = {name: p[name] * MOVED[name] * rng.uniform(-1, 1, np.shape(p[name]))}
    if not np.abs(shift[name]).any():
        shift = {name: np.full(np.shape(p[name]), MOVED[name])}
    system = model.system
    start = system.solve(p, period.values, active, tol=1e-12).values
    along = system.respond(p, start, active, [shift])[0]
    assert along.kinks == ()
    size = {n: max(float(np.abs(x).max()), 1.0) for n, x in start.items()}

    def left(h: float) -> float:
        there = system.solve(p | {name: p[name] + h * shift[name]}, start, active, tol=1e-12).values
        return max(float(np.abs(there[n] - start[n] - h * x).max()) / size[n] for n, x in along.items())

    moved = max(float(np.abs(x).max()) / size[n] for n, x in along.items())
    whole, half = left(0.005), left(0.0025)
    assert whole < 0.1 * 0.005 * moved
    assert whole < 1e-10 or np.log2(whole / half) == pytest.approx(2.0, abs=0.25)


def test_one_gradient_is_all_the_responses(model, at):
    """National investment by the cap and the capital of every province: one transposed solve, or a tangent each."""
    period, active = at
    by = model.system.gradient(period.parameters, period.values, active, {"INV": 1})
    for name in ("cap", "kcarry"):
        shape = np.shape(period.parameters[name])
        ones = np.eye(int(np.prod(shape))).reshape(-1, *shape)
        along = model.system.respond(period.parameters, period.values, active, [{name: x} for x in ones])
        each = np.array([x["INV"].sum() for x in along]).reshape(shape)
        np.testing.assert_allclose(by[name], each, atol=1e-9 * np.abs(each).max())

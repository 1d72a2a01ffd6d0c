"""Timings of the engine on the shipped data: `pytest tests/benchmarks --benchmark-only`."""

from __future__ import annotations

import numpy as np
import pytest

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.solve.sensitivity import EXACT
from cge.solve.state import State
from cge.solve.system import System
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from sam.economy import load_economy

ACTIVE = CLOSURES["policy"]


@pytest.fixture(scope="module", params=["cn12", "cn30"])
def problem(request):
    economy = load_economy(request.param)
    benchmark = calibrate(economy, load_parameters(request.param, economy.activities, economy.commodities))
    p = dict(benchmark.parameters)
    p |= {"market": np.ones(31), "gamma_g": np.array(4.0), "gamma_n": np.array(6.0)}
    start = dict(benchmark.start) | {"PCO2": np.full(31, 0.05)}
    return System(THEORY, benchmark.sets), p, start


def _capped(p, share):
    return p | {"cap": share * p["em0"]}


def test_load_shipped_economy(benchmark):
    assert len(benchmark(load_economy, "cn30").sam.cells) > 50_000


def test_residual_and_dense_jacobian(benchmark, problem):
    system, p, start = problem
    system.jacobian(p, start, ACTIVE)
    jacobian, f, _ = benchmark.pedantic(system.jacobian, (p, start, ACTIVE), rounds=3)
    assert np.isfinite(jacobian).all()
    assert jacobian.shape == (len(f), len(f))


def test_static_solve_30_percent_cap(benchmark, problem):
    system, p, start = problem
    sol = benchmark.pedantic(system.solve, (_capped(p, 0.7), start, ACTIVE), rounds=2)
    np.testing.assert_allclose(sol.values["EM"], 0.7 * p["em0"], rtol=1e-8)


def test_one_linearisation_and_solve(benchmark, problem):
    """What a gradient is measured against: the Jacobian, its factor and one direction."""
    system, p, start = problem
    sol = system.solve(_capped(p, 0.7), start, ACTIVE)
    state = State(system, _capped(p, 0.7), sol.values, ACTIVE)
    u = state.pack()
    state.linearise(u)

    def direction():
        f, jacobian = state.linearise(u)
        return jacobian.solve(np.ones_like(f), None, EXACT)[0]

    assert np.isfinite(benchmark.pedantic(direction, rounds=5)).all()


def test_gradient_of_one_number_by_every_parameter(benchmark, problem):
    system, p, start = problem
    capped = _capped(p, 0.7)
    sol = system.solve(capped, start, ACTIVE)
    by = system.gradient(capped, sol.values, ACTIVE, {"INV": 1})
    assert sum(np.size(x) for x in by.values()) > 100_000
    again = benchmark.pedantic(system.gradient, (capped, sol.values, ACTIVE, {"INV": 1}), rounds=5)
    assert np.isfinite(again["sigma_va"]).all()


def test_warm_resolve_from_30_to_35_percent(benchmark, problem):
    system, p, start = problem
    first = system.solve(_capped(p, 0.7), start, ACTIVE)
    warm = {k: first.values[k] for k in start}

    def again():
        return system.solve(_capped(p, 0.65), warm, ACTIVE, factor=first.factor)

    sol = benchmark.pedantic(again, rounds=2)
    np.testing.assert_allclose(sol.values["EM"], 0.65 * p["em0"], rtol=1e-8)


@pytest.mark.parametrize("problem", ["cn30"], indirect=True)
def test_90_percent_cap_from_the_benchmark_with_automatic_steps(benchmark, problem):
    system, p, start = problem
    path = (lambda at: _capped(p, 0.1**at), start, ACTIVE)
    sol = benchmark.pedantic(system.follow, path, {"log": print}, rounds=1)
    np.testing.assert_allclose(sol.values["EM"], 0.1 * p["em0"], rtol=1e-8)

"""PB-1 through the equation language: cold, warm and hard solves; `python tests/benchmarks/peers.py` adds peers."""

from __future__ import annotations

import numpy as np
import pb1
import pb1_square
import pytest
from pb1_economies import draw

SIZES = [(31, 20), (31, 42)]


@pytest.fixture(scope="module", params=SIZES, ids=[f"{r}x{s}" for r, s in SIZES])
def problem(request):
    return pb1.problem(draw(*request.param))


def _cap(p, share):
    return p | {"cap": np.full(31, share)}


def test_cold_30_percent_cap(benchmark, problem):
    system, p, start = problem
    sol = benchmark.pedantic(system.solve, (_cap(p, 0.7), start, pb1.ACTIVE), rounds=3, warmup_rounds=1)
    assert pb1.walras(system, _cap(p, 0.7), sol.values) < 1e-7


def test_warm_from_30_to_35_percent(benchmark, problem):
    system, p, start = problem
    first = system.solve(_cap(p, 0.7), start, pb1.ACTIVE)
    warm = {k: first.values[k] for k in start}
    sol = benchmark.pedantic(
        lambda: system.solve(_cap(p, 0.65), warm, pb1.ACTIVE, factor=first.factor), rounds=5, warmup_rounds=1
    )
    assert pb1.walras(system, _cap(p, 0.65), sol.values) < 1e-7


def test_90_percent_cap_straight_from_the_benchmark(benchmark, problem):
    system, p, start = problem
    sol = benchmark.pedantic(system.solve, (_cap(p, 0.1), start, pb1.ACTIVE), rounds=1)
    assert pb1.walras(system, _cap(p, 0.1), sol.values) < 1e-6


@pytest.mark.parametrize("method", pb1_square.METHODS)
def test_general_tools_find_the_same_equilibrium(method):
    raw = draw(2, 5)
    try:
        found = pb1_square.run(raw, method)["core"]
    except SystemExit as missing:
        pytest.skip(str(missing))
    system, p, start = pb1.problem(raw)
    expected = system.solve(p | {"cap": np.full(2, 0.7)}, start, pb1.ACTIVE, tol=1e-12).values
    for name in pb1.CORE:
        np.testing.assert_allclose(found[name], expected[name].ravel(), rtol=1e-9, err_msg=name)

"""A GTAP-like model of 30 regions and 21 goods: duties of ten per cent in three regions, from the benchmark."""

from __future__ import annotations

import gtap_like
import numpy as np


def test_duties_in_three_regions(benchmark):
    system, p, start = gtap_like.problem(30, 21)
    assert system.solve(p, start, gtap_like.ACTIVE, max_iter=0).max_residual < 1e-12, "the benchmark is a solution"
    duty = 0.1 * (p["t0"] > 0) * (np.arange(30) < 3)[None, :, None]
    solved = benchmark.pedantic(system.solve, (p | {"duty": duty}, start, gtap_like.ACTIVE), rounds=3, warmup_rounds=1)
    assert gtap_like.walras(system, p | {"duty": duty}, solved.values) < 1e-8
    assert (solved.values["PM"][:3] > 1.05).all(), "imports become dearer"

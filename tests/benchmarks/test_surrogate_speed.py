"""What a hundred thousand draws of a surrogate of 23 numbers cost."""

from __future__ import annotations

import numpy as np

from cge.analysis.ensemble.surrogate import POINTS, SLICE, Basis, fit

KINDS = (0,) * 20 + (2, 4, 16)


def test_a_hundred_thousand_draws(benchmark):
    numbers = np.random.default_rng(0)
    u, many = numbers.random((512, len(KINDS))), numbers.random((POINTS, len(KINDS)))
    made = fit(Basis(KINDS), u, u[:, 0] ** 2, np.arange(512) % 5 == 4)
    values = benchmark.pedantic(lambda: np.concatenate([made.at(p) for p in np.split(many, POINTS // SLICE)]), rounds=2)
    np.testing.assert_allclose(values, many[:, 0] ** 2, atol=0.05)

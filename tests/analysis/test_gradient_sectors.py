"""Derivatives backwards through what a year of the baseline takes from the paths of sectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cge.analysis.gradient.links import Backwards, Year, _pull_sectors, pull_baseline_year
from cge.runs.dynamics import _baseline_year
from cge.study.model import Model

pytestmark = pytest.mark.slow
OF = ("rsup", "theta_c_top", "theta_n_kle", "e0", "beta", "betae", "qmin", "emin")
STEP = 1e-5


@pytest.mark.parametrize(
    "what", ["supply", "saved", "sold", "satiety", "of rsup", "of theta_c_top", "of theta_n_kle", "of e0"]
)
def test_links_of_sectors_pull_back_what_the_code_pushes(model: Model, what: str) -> None:
    rng, t, last, p0 = np.random.default_rng(3), 2, model.baseline[1], model.benchmark.parameters
    paths = model.paths
    of_first = what.removeprefix("of ") if what.startswith("of ") else ""
    value = p0[of_first] if of_first else getattr(paths, what)
    along = value * rng.uniform(-1, 1, value.shape) * (np.ones(value.shape) if of_first else value != 1)

    def make(h: float) -> dict[str, np.ndarray]:
        first = p0 | ({of_first: value + h * along} if of_first else {})
        own = paths if of_first else replace(paths, **{what: value + h * along})
        return _baseline_year(replace(model.benchmark, parameters=first), own, last, t).parameters

    weights = {n: rng.normal(size=make(0.0)[n].shape) for n in OF}
    up, down = ({n: make(h)[n] for n in OF} for h in (STEP, -STEP))
    pushed = sum(float((weights[n] * (up[n] - down[n])).sum()) for n in OF) / (2 * STEP)
    g = {n: np.zeros(np.shape(x)) for n, x in make(0.0).items()} | weights
    back = Backwards([Year() for _ in model.baseline])
    if what == "satiety":
        pull_baseline_year(g, model.benchmark, paths, model.baseline, t, back)
    else:
        _pull_sectors(g, model.benchmark, paths, t, back)
    found = back.first.by[of_first] if of_first else back.paths.by[what]
    assert float((found * along).sum()) == pytest.approx(pushed, rel=1e-6, abs=1e-7)

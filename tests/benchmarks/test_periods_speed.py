"""All periods of an economy of 72 goods at once: time in proportion to periods."""

from __future__ import annotations

import numpy as np
import pytest
import ramsey


@pytest.mark.parametrize("periods", [31, 62, 124, 200])
def test_growth_from_less_capital_and_with_rising_skill(benchmark, periods):
    system, p, active = ramsey.problem(periods, 72)
    p |= {"first": 0.8, "skill": np.linspace(1.0, 1.5, periods)}
    solved = benchmark.pedantic(system.solve, (p, {}, active), rounds=2, warmup_rounds=1)
    assert solved.max_residual < 1e-9

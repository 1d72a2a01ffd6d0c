"""Every amount of money twice: what a real model must not notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cge.runs.periods import Period
from cge.solve.system import System
from cge.theory.chapters import THEORY
from cgebase.arrays import Array


def doubled(values: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters or variables where a unit of money is worth half."""
    return {n: v * 2.0 ** THEORY.degrees.known[n] for n, v in values.items()}


def residual_of_doubling(system: System, period: Period, active: Sequence[str]) -> float:
    """Largest scaled residual when all money doubles, over every active equation but the numeraire.

    Complementarity rows that are slack in money double; all others must stay what they were.
    """
    core = {n: v for n, v in period.values.items() if n not in THEORY.definitions}
    names = [e for e in (*active, "balance_of_payments") if e != "numeraire"]
    before = system.residuals(period.parameters, core, names)
    after = system.residuals(doubled(period.parameters), doubled(core), names)
    worst = 0.0
    for name in names:
        gap = np.abs(after[name] - before[name])
        if THEORY.equations[name].complements:
            gap = np.minimum(gap, np.abs(after[name] - 2 * before[name]))
        worst = max(worst, float(np.nanmax(gap, initial=0.0)))
    return worst

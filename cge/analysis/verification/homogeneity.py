"""Every amount of money twice: what a real model must not notice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cge.runs.periods import Period
from cge.solve.system import System
from cge.theory.chapters import THEORY

PRICES = (
    "PX", "W", "RK", "PR", "EXR", "LST", "PTR", "PCO2", "PGC", "PLX", "PST", "YK", "FUND", "FUNDO",
)  # fmt: skip
"""Core variables in money of the numeraire."""
ANCHORS = ("tc0", "tax", "flevy", "cres_ref", "lst_ref", "w_ref", "rk_ref", "exr_ref", "yk_ref", "yl_ref")
"""Amounts that policies and closures give in money of the numeraire."""


def residual_of_doubling(system: System, period: Period, active: Sequence[str]) -> float:
    """Largest scaled residual when all money doubles, over every active equation but the numeraire.

    Complementarity rows that are slack in money double; all others must stay what they were.
    """
    p = {n: 2 * v if n in ANCHORS else v for n, v in period.parameters.items()}
    core = {n: v for n, v in period.values.items() if n not in THEORY.definitions}
    twice = {n: 2 * v if n in PRICES else v for n, v in core.items()}
    names = [e for e in (*active, "balance_of_payments") if e != "numeraire"]
    before = system.residuals(period.parameters, core, names)
    after = system.residuals(p, twice, names)
    worst = 0.0
    for name in names:
        gap = np.abs(after[name] - before[name])
        if THEORY.equations[name].complements:
            gap = np.minimum(gap, np.abs(after[name] - 2 * before[name]))
        worst = max(worst, float(np.nanmax(gap, initial=0.0)))
    return worst

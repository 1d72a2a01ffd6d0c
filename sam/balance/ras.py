"""RAS and GRAS: the controls are met one after the other, again and again, each by one factor.

A control sum_k t_k = b over terms t_k = a_k x_k with positive part P and negative part N is met by multiplying
positive terms by l and dividing negative ones by l, where l = (b + sqrt(b^2 + 4 P N)) / (2 P), or -N/b where P is 0.
With row and column totals this is RAS (Stone 1961) for positive cells and GRAS for cells of both signs (Junius and
Oosterhaven 2003, with the target condition of Lenzen, Wood and Gallego 2007 and the case P = 0 of Temurshoev, Miller
and Bouwmeester 2013); on accounts whose receipts equal their payments it is the diagonal similarity scaling of
Schneider and Zenios (1990).

Coefficients other than 1 and -1, and reliabilities r, enter as exponents: a term is multiplied by l^theta or its
inverse with theta = (|a_k|/r_k) / max (|a_j|/r_j). Where they differ within a control, log l is the step
log(1 + |f|/f') towards the root of f = sum_k t_k l^(+-theta_k) - b. It lowers the dual of the cross-entropy each time
(Sun and Tran-Dinh 2019, damped step of generalised self-concordant functions), so all three end in the same table.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from cgebase.arrays import Array
from sam.balance.problem import Attempt, Patience, Problem

SWEEPS, PATIENCE = 5000, 300
CHECKED = 10
"""Sweeps between two looks at the gap."""


@nb.njit(error_model="numpy")
def _sweep(starts: Array, cells: Array, a: Array, theta: Array, alike: Array, b: Array, x: Array, times: int) -> None:
    """Meet every control once, in order, so many times; changes ``x`` in place."""
    for _ in range(times):
        for i in range(len(b)):
            span = range(starts[i], starts[i + 1])
            positive = negative = slope = 0.0
            for j in span:
                term = a[j] * x[cells[j]]
                slope += theta[j] * abs(term)
                if term > 0:
                    positive += term
                else:
                    negative -= term
            if slope == 0:
                continue
            if not alike[i]:
                miss = positive - negative - b[i]
                factor = 1 + abs(miss) / slope
                factor = 1 / factor if miss > 0 else factor
            elif positive == 0:
                factor = -negative / b[i]
            else:
                root = np.sqrt(b[i] * b[i] + 4 * positive * negative)
                factor = (b[i] + root) / (2 * positive) if b[i] >= 0 else 2 * negative / (root - b[i])
            for j in span:
                change = factor if alike[i] else factor ** theta[j]
                x[cells[j]] *= change if a[j] * x[cells[j]] > 0 else 1 / change


def solve(problem: Problem, tolerance: float) -> Attempt:
    """Sweeps over hard controls, none of them hopeless by itself, until all are met."""
    free, a, b = problem.reduced()
    x0 = problem.prior[free]
    ease = np.abs(a.data) * problem.moves[free][a.indices]
    count = np.diff(a.indptr)
    some = count > 0
    most, least = (np.ones(len(b)) for _ in range(2))
    most[some] = np.maximum.reduceat(ease, a.indptr[:-1][some])
    least[some] = np.minimum.reduceat(ease, a.indptr[:-1][some])
    theta = ease / np.repeat(most, count)
    alike = least > (1 - 1e-12) * most
    x = x0.copy()
    patience = Patience(PATIENCE // CHECKED)
    sweeps = 0
    while True:
        gap = a @ x - b
        worst = float(np.abs(gap).max(initial=0.0))
        if worst <= tolerance or sweeps >= SWEEPS or not np.isfinite(worst) or patience.over(worst):
            return Attempt(x / x0, gap, sweeps, worst <= tolerance, np.zeros(len(b)))
        _sweep(a.indptr, a.indices, a.data, theta, alike, b, x, CHECKED)
        sweeps += CHECKED

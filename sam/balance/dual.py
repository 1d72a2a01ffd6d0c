"""Cross-entropy and penalised least squares: Newton on the dual, one unknown for each control.

Both minimise sum_k r_k |x0_k| f(x_k / x0_k) subject to A x = b, with r the reliability of a cell and z = x / x0:

- cross-entropy: f(z) = z log z - z + 1, so that z = exp(u). With cells of both signs this is the objective of GRAS
  in the form of Lenzen, Wood and Gallego (2007), a fixed point of the sweeps of Junius and Oosterhaven (2003); with
  positive cells, that of Golan, Judge and Miller (1996), which the sweeps of RAS (Stone 1961) end in.
- least squares: f(z) = (z - 1)^2 / 2 with z >= `FLOOR`, so that z = max(FLOOR, 1 + u): Stone's estimate, signs kept.

Here u_k = sign(x0_k) (A'y)_k / r_k for the multipliers y. The dual is convex and smooth; its gradient is A x - b.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import LinearOperator, cg

from cgebase.arrays import Array
from sam.balance.problem import FLOOR, Attempt, Patience, Problem

RIDGE, DAMPING = 1e-12, 1e-3
"""Smallest and largest ridge of the Newton matrix, as a share of its diagonal at the prior. It lets controls that
repeat each other share a step, and keeps steps short while cells at zero leave the matrix singular."""
TINY = 1e-12
CLEAR = 1e-6
"""Controls count as contradicting each other when cells would have to grow by the inverse of this to meet them."""
NOISE = 1e-13
"""Rounding of sums, relative to their terms."""
SMALL, LARGE = 300, 10_000
"""Controls up to which the Newton matrix is factored at once, and at all: 10,000 take 0.8 GB."""
ITERATIONS = 1000
ROUNDS = 200
PATIENCE = 25


@dataclass(frozen=True)
class Link:
    """How a cell follows its multiplier: integral of z, z itself and its slope, as functions of u."""

    integral: Callable[[Array], Array]
    z: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _exp(u: Array) -> Array:
    return np.exp(np.clip(u, -60, 60))


LINKS = {
    "cross-entropy": Link(_exp, _exp, _exp),
    "least-squares": Link(
        lambda u: 0.5 * np.maximum(FLOOR, 1 + u) ** 2 + FLOOR * np.minimum(0.0, 1 + u - FLOOR),
        lambda u: np.maximum(FLOOR, 1 + u),
        lambda u: (1 + u > FLOOR).astype(float),
    ),
}


def solve(problem: Problem, link: Link, tolerance: float) -> Attempt:
    """Newton's method with a line search on the dual of hard controls."""
    free, a, b = problem.reduced()
    at = csr_matrix(a.T)
    x0, w = problem.prior[free], problem.moves[free]
    lean, size = w * np.sign(x0), np.abs(x0)
    y = np.zeros(len(b))
    ordinary = a.multiply(a) @ (w * size)
    patience = Patience(PATIENCE)

    def dual(y: Array) -> tuple[float, Array]:
        u = lean * (at @ y)
        return float((size * link.integral(u) / w).sum() - y @ b), u

    value, u = dual(y)
    rounds, step = 0, np.zeros(len(b))
    while True:
        z = link.z(u)
        gap = a @ (x0 * z) - b
        worst = float(np.abs(gap).max(initial=0.0))
        given_up = rounds >= ROUNDS or patience.over(worst)
        ray = step if patience.waning and _impossible(at, x0, b, step) else 0 * step
        if worst <= tolerance or given_up or ray.any():
            return Attempt(z, gap, rounds, worst <= tolerance, ray)
        ridge = max(RIDGE, min(DAMPING, worst**2)) * ordinary
        fine = RIDGE if patience.waning else min(1e-2, max(worst, 1e-10))
        step = -_newton(a, at, w * size * link.slope(u), gap, ridge, fine)
        part = 1.0
        while part > 1e-8:
            trial, u = dual(y + part * step)
            if np.isfinite(trial) and trial <= value + 1e-4 * part * float(gap @ step) + 1e-13 * abs(value):
                break
            part /= 2
        y, value, rounds = y + part * step, trial, rounds + 1


def _impossible(at: csr_matrix, x0: Array, b: Array, step: Array) -> bool:
    """Whether the dual falls without end along a step: the cells' combination is not positive, the targets' is.

    When controls contradict each other, Newton's steps end up in such a direction (Farkas).
    """
    size = np.abs(step)
    slopes = np.sign(x0) * (at @ step) - NOISE * (abs(at) @ size)
    rise = float(b @ step)
    return rise > NOISE * float(np.abs(b) @ size) and float(np.maximum(slopes, 0.0) @ np.abs(x0)) <= CLEAR * rise


def _newton(a: csr_matrix, at: csr_matrix, d: Array, gap: Array, ridge: Array, fine: float) -> Array:
    """Solve (A D A' + ridge) step = gap.

    Conjugate gradients never form the matrix; factors are made where it is small or the iteration comes to no end.
    """
    m = len(gap)
    if m > SMALL:
        diagonal = a.multiply(a) @ d + ridge

        def times(v: Array) -> Array:
            return a @ (d * (at @ v)) + ridge * v

        matrix, inverse = (LinearOperator((m, m), f, dtype=float) for f in (times, lambda v: v / diagonal))
        step, failed = cg(matrix, gap, rtol=fine, maxiter=ITERATIONS, M=inverse)
        if not failed or m > LARGE:
            return step
    hessian = (a @ csr_matrix(at.multiply(d[:, None]))).toarray().T
    hessian[np.diag_indices(m)] += ridge + TINY * ridge.mean()
    return cho_solve(cho_factor(hessian, overwrite_a=True, check_finite=False), gap)

"""Globalised semismooth Newton for a square system with complementarity rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from cge.solver.linear import CondensedJacobian, Factor

Array = np.ndarray
LONGEST_STEP = 2.0
LARGEST_FALL, LARGEST_RISE = 50.0, 5.0
SHORTENED, CLIPPED = 1, 2
SMALLEST_STEP = 1e-4
ARMIJO = 1e-4
NATURAL_TOL = 1e-2
LOOSEST = 1e-2
"""Relative accuracy of a direction far from the solution; the residual itself near it (inexact Newton)."""


class Status(StrEnum):
    """How a solve ended."""

    CONVERGED = "converged"
    ITERATIONS = "iteration limit"
    STALLED = "line search stalled"
    NOT_FINITE = "residual is not a number"


class Problem(Protocol):
    """What Newton needs to know."""

    def residual(self, u: Array) -> Array: ...

    def linearise(self, u: Array) -> tuple[Array, CondensedJacobian]: ...


@dataclass(frozen=True)
class Outcome:
    """Where Newton stopped."""

    u: Array
    residual: Array
    status: Status
    iterations: int
    factor: Factor | None
    factorisations: int


def newton(
    problem: Problem,
    u: Array,
    *,
    tol: float,
    max_iter: int,
    factor: Factor | None,
    limited: Array,
    floor: Array,
    log: Callable[[str], None] | None = None,
) -> Outcome:
    """Solve F(u) = 0 from ``u``.

    Parameters
    ----------
    limited : ndarray of int
        Of unknowns solved in logarithms: where a move beyond ``LONGEST_STEP`` is ``SHORTENED``, the whole step is;
        where it is ``CLIPPED`` (rents of resources that fall idle), only that unknown moves less, down
        by ``LARGEST_FALL`` and up by ``LARGEST_RISE`` at most.

    Notes
    -----
    A step is taken when it lowers the residual, or the correction that the same Jacobian still asks for: the natural
    monotonicity test of Deuflhard (2004, sec. 3.3), which does not depend on how equations are scaled.
    """
    made = 0
    with np.errstate(all="ignore"):
        f = problem.residual(u)
        if not np.isfinite(f).all():
            return Outcome(u, f, Status.NOT_FINITE, 0, factor, made)
        for iteration in range(max_iter + 1):
            worst = float(np.abs(f).max(initial=0.0))
            if worst <= tol:
                return Outcome(u, f, Status.CONVERGED, iteration, factor, made)
            if iteration == max_iter:
                break
            f, jacobian = problem.linearise(u)
            before = factor
            direction, factor, krylov = jacobian.solve(-f, factor, max(min(LOOSEST, worst), 0.1 * tol / worst))
            made += factor is not before
            np.clip(direction, -LARGEST_FALL, LARGEST_RISE, out=direction, where=limited == CLIPPED)
            np.maximum(direction, floor - u, out=direction)
            longest = float(np.abs(direction[limited == SHORTENED]).max(initial=0.0))
            step = min(1.0, LONGEST_STEP / longest) if longest > 0 else 1.0
            norm = float(np.linalg.norm(f))
            if step < SMALLEST_STEP and factor is not before:
                return Outcome(u, f, Status.STALLED, iteration, factor, made)
            if step < SMALLEST_STEP:
                factor = None
                continue
            while True:
                trial = problem.residual(u + step * direction)
                if np.isfinite(trial).all():
                    if np.linalg.norm(trial) <= (1 - ARMIJO * step) * norm:
                        break
                    correction = jacobian.solve(-trial, factor, NATURAL_TOL)[0]
                    if np.linalg.norm(correction) <= (1 - step / 4) * np.linalg.norm(direction):
                        break
                step /= 2
                if step < SMALLEST_STEP:
                    if factor is before:
                        factor = None
                        break
                    return Outcome(u, f, Status.STALLED, iteration, factor, made)
            if factor is None:
                continue
            u, f = u + step * direction, trial
            if log is not None:
                log(f"  newton {iteration + 1}: residual {np.abs(f).max():.2e}, step {step:.3g}, krylov {krylov}")
    return Outcome(u, f, Status.ITERATIONS, max_iter, factor, made)

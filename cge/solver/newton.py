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
SMALLEST_STEP = 1e-4
ARMIJO = 1e-4


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
    log: Callable[[str], None] | None = None,
) -> Outcome:
    """Solve F(u) = 0 from ``u``.

    Parameters
    ----------
    limited : ndarray of bool
        Unknowns solved in logarithms; a step that moves one by more than ``LONGEST_STEP`` is shortened.
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
            direction, factor, krylov = jacobian.solve(-f, factor, min(1e-3, 0.1 * worst))
            made += factor is not before
            longest = float(np.abs(direction[limited]).max(initial=0.0))
            step = min(1.0, LONGEST_STEP / longest) if longest > 0 else 1.0
            norm = float(np.linalg.norm(f))
            while True:
                trial = problem.residual(u + step * direction)
                if np.isfinite(trial).all() and np.linalg.norm(trial) <= (1 - ARMIJO * step) * norm:
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

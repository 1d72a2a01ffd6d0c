"""Globalised semismooth Newton for a square system with complementarity rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real

import numpy as np

from cge.language.degrees import shown
from cge.solve.layout import CLIPPED, SHORTENED
from cge.solve.linear import CondensedJacobian, Factor
from cge.solve.state import Measure, State
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import Message, message

LONGEST_STEP = 2.0
LARGEST_FALL, LARGEST_RISE = 50.0, 5.0
SHORTEST = 1e-4
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


def require_part(name: str, value: object) -> None:
    """Refuse a tolerance that is no part of a whole: with none, or with more, everything or nothing is a solution."""
    if not (isinstance(value, Real) and 0 < float(value) < 1):
        raise SpecificationError(message("CGE463", name=name, value=shown(value)))


def status_words(status: str) -> Message:
    """How a solve ended, in words."""
    return message(f"status.{status.replace(' ', '_')}")


@dataclass(frozen=True)
class Outcome:
    """Where Newton stopped."""

    u: Array
    residual: Array
    status: Status
    iterations: int
    factor: Factor | None
    factorisations: int

    @property
    def worst(self) -> float:
        """Largest scaled residual."""
        return float(np.abs(self.residual).max(initial=0.0))


def newton(
    state: State,
    u: Array,
    *,
    tol: float,
    max_iter: int,
    factor: Factor | None,
    shortest: float = SHORTEST,
    log: Callable[[Message], None] | None = None,
) -> Outcome:
    """Solve F(u) = 0 from ``u``.

    Parameters
    ----------
    shortest : float
        Share of a Newton step below which the line search gives up.

    Notes
    -----
    No step leads below the floor of an unknown, so that the distance of a logarithm to its bound, which knows no
    scale, never outweighs the other residuals. A step is taken when it lowers the residual, or the correction that
    the same Jacobian still asks for: the natural monotonicity test of Deuflhard (2004, sec. 3.3), which does not depend
    on how equations are scaled. Where a step on the floor helps no more, unknowns that would fall below go there and
    the others step to where their own rows are met beside that, as in projected Newton methods (Bertsekas 1982). Rows
    are measured at the start, and where the solution seems reached each by itself: what counts is its size there.
    """
    floor = state.layout.floor
    made, u = 0, np.maximum(u, floor)
    measure: Measure | None = Measure.EQUATION
    with np.errstate(all="ignore"):
        for iteration in range(max_iter + 1):
            f, jacobian = state.linearise(u, measure=measure)
            if measure is not Measure.ROW and np.abs(f).max(initial=0.0) <= tol:
                measure = Measure.ROW
                f, jacobian = state.linearise(u, measure=measure)
            if not np.isfinite(f).all():
                return Outcome(u, f, Status.NOT_FINITE, iteration, factor, made)
            worst = float(np.abs(f).max(initial=0.0))
            if worst <= tol:
                return Outcome(u, f, Status.CONVERGED, iteration, factor, made)
            if iteration == max_iter:
                break
            before = factor
            accuracy = max(min(LOOSEST, worst), 0.1 * tol / worst)
            direction, factor, krylov = jacobian.solve(-f, factor, accuracy)
            fallen = u + direction < floor
            free = np.ones(len(f), bool)
            found = search(state, jacobian, u, f, direction, factor, free, shortest)
            if found is None and fallen.any():
                free = ~fallen[jacobian.paired]
                jacobian = jacobian.moving(fallen)
                right = np.where(free, -f, (floor - u)[jacobian.paired])
                direction, factor, krylov = jacobian.solve(right, factor, accuracy)
                found = search(state, jacobian, u, f, direction, factor, free, shortest)
            made += factor is not before
            if found is None and factor is before:
                factor = None
                continue
            if found is None:
                return Outcome(u, f, Status.STALLED, iteration, factor, made)
            measure = None
            u, f, step = found
            if log is not None:
                size = float(np.abs(f).max())
                log(message("solver.newton", iteration=iteration + 1, residual=size, step=step, krylov=krylov))
    return Outcome(u, f, Status.ITERATIONS, max_iter, factor, made)


def within_reach(state: State, u: Array, direction: Array) -> tuple[Array, float]:
    """A direction that never leads below the floor, and how much of it is the longest step.

    Where a move of an unknown in logarithms beyond ``LONGEST_STEP`` is ``SHORTENED``, the whole step is; where it is
    ``CLIPPED`` (rents of resources that fall idle), only that unknown moves less, down by ``LARGEST_FALL`` and up by
    ``LARGEST_RISE`` at most.
    """
    layout = state.layout
    direction = np.clip(direction, -LARGEST_FALL, LARGEST_RISE, out=direction.copy(), where=layout.limited == CLIPPED)
    np.maximum(direction, layout.floor - u, out=direction)
    longest = float(np.abs(direction[layout.limited == SHORTENED]).max(initial=0.0))
    return direction, LONGEST_STEP / max(LONGEST_STEP, longest)


def search(
    state: State, jacobian: CondensedJacobian, u: Array, f: Array, direction: Array, factor: Factor | None,
    free: Array, shortest: float,
) -> tuple[Array, Array, float] | None:  # fmt: skip
    """Step along a direction within reach.

    Parameters
    ----------
    free : ndarray of bool
        Rows that count: all but those of unknowns that move to their floor.

    Returns
    -------
    u, residual, step or None
        None where steps became shorter than ``shortest``.
    """
    direction, step = within_reach(state, u, direction)
    norm, longest = float(np.linalg.norm(f[free])), step
    while step >= shortest:
        at = u + step * direction
        trial = state.linearise(at)[0] if step == longest else state.residual(at)  # most often it is the next point
        if np.isfinite(trial).all():
            if np.linalg.norm(trial[free]) <= (1 - ARMIJO * step) * norm:
                return at, trial, step
            correction = jacobian.solve(-trial * free, factor, NATURAL_TOL)[0]
            if _contracts(correction / state.unit, direction / state.unit, state.layout.limited > 0, 1 - step / 4):
                return at, trial, step
        step /= 2
    return None


def _contracts(correction: Array, direction: Array, logs: Array, part: float) -> bool:
    """Whether a correction is at most a part of the direction, in unknowns in logarithms or in the others."""
    kinds = [k for k in (logs, ~logs) if direction[k].any()]
    return any(np.linalg.norm(correction[k]) <= part * np.linalg.norm(direction[k]) for k in kinds)

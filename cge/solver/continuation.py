"""Path following: the whole step first, halves when it fails, a secant predictor in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np

from cge.errors import ConvergenceError

Values = dict[str, np.ndarray]
SMALLEST = 1.0 / 256


class _Solved(Protocol):
    values: Values
    factor: Any


S = TypeVar("S", bound=_Solved)


def follow(
    solve_at: Callable[[float, Values, Any], S],
    start: Values,
    *,
    factor: Any = None,
    log: Callable[[str], None] | None = None,
) -> S:
    """Solve at parameter 1 starting from values good near parameter 0.

    Parameters
    ----------
    solve_at : callable
        ``solve_at(parameter, guess, factor)`` returns a solution or raises ConvergenceError.

    Raises
    ------
    ConvergenceError
        Steps became too small; the message says how far the path was solved.
    """
    reached, step = 0.0, 1.0
    guess, previous, last = start, None, None
    while True:
        target = min(1.0, reached + step)
        try:
            solution = solve_at(target, guess, factor)
        except ConvergenceError as error:
            step /= 2
            if log is not None:
                log(f"  step to {target:.4f} failed ({error.status}); halving to {step:.4f}")
            if step < SMALLEST:
                text = f"path solved up to {reached:.1%} of the way to the target; then: {error}"
                raise ConvergenceError(
                    text, status=error.status, iterations=error.iterations, worst=error.worst
                ) from error
            factor = None
            guess = start if last is None else _secant(previous, last, reached + step)
            continue
        if target == 1.0:
            return solution
        previous, last = last, (target, solution.values)
        factor, reached = solution.factor, target
        step = min(2 * step, 1.0 - reached)
        guess = _secant(previous, last, min(1.0, reached + step))


def _secant(previous: tuple[float, Values] | None, last: tuple[float, Values], target: float) -> Values:
    at, values = last
    if previous is None:
        return values
    before, old = previous
    ratio = min((target - at) / (at - before), 1.0)
    return {k: v + ratio * (v - old[k]) if (v + ratio * (v - old[k]) > 0).all() else v for k, v in values.items()}

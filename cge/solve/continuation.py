"""Path following: the whole step first; where that fails, predictor and corrector with steps that adapt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np

from cge.solve.newton import status_words
from cgebase.errors import ConvergenceError
from cgebase.messages import Message, both, message

Values = dict[str, np.ndarray]
SMALLEST = 1.0 / 256
MOST_FAILED = 10
"""Failed steps after which a path is given up: its way is closed where it fails again and again."""
QUICK = 8
"""Corrector iterations up to which the next step is doubled."""


class Solved(Protocol):
    """What a corrector returns."""

    @property
    def values(self) -> Values: ...

    @property
    def factor(self) -> Any: ...

    @property
    def iterations(self) -> int: ...


S = TypeVar("S", bound=Solved)


def follow(
    solve: Callable[[float, Values, Any, bool], S],
    predict: Callable[[float, S, float], Values],
    start: Values,
    *,
    factor: Any = None,
    log: Callable[[Message], None] | None = None,
) -> S:
    """Solve at parameter 1, of a path from 0 to 1, starting from values good near parameter 0.

    Parameters
    ----------
    solve : callable
        Solution at a point of the path from a guess and a factor, by every remedy or the quickest way only; raises
        ConvergenceError.
    predict : callable
        Guess for another point along the tangent of the path at a solved one.

    Raises
    ------
    ConvergenceError
        Steps became too small, or too many of them failed; the message says how far the path was solved.

    Notes
    -----
    Euler predictor and Newton corrector, Allgower and Georg (1990, ch. 2). A step that fails is halved; the tangent
    needs a solved point, so that the first failure solves the start of the path. Every remedy is tried for the whole
    step and for the smallest one, and from there on where that helps; in between a shorter step is the cheaper remedy.
    """
    last: tuple[float, S] | None = None
    reached, step, failed = 0.0, 1.0, 0
    target, guess, thorough = 1.0, start, True
    while True:
        try:
            solution = solve(target, guess, factor, thorough)
        except ConvergenceError as error:
            step, failed = step / 2, failed + 1
            if log is not None:
                log(message("solver.halving", target=target, status=status_words(error.status), step=step))
            if step < SMALLEST or failed == MOST_FAILED:
                raise ConvergenceError(
                    message("CGE551", reached=reached, said=both(error)), status=error.status,
                    iterations=error.iterations, worst=error.worst,
                ) from error  # fmt: skip
            factor = None
            if target == 1.0 and last is None:
                last = _solved_start(solve, start)
            thorough = step / 2 < SMALLEST
        else:
            if target == 1.0:
                return solution
            last, reached, factor = (target, solution), target, solution.factor
            if solution.iterations <= QUICK or thorough:
                step *= 2
        target = min(1.0, reached + step)
        guess = start if last is None else predict(*last, target)


def _solved_start(solve: Callable[[float, Values, Any, bool], S], start: Values) -> tuple[float, S] | None:
    try:
        return 0.0, solve(0.0, start, None, True)
    except ConvergenceError:
        return None

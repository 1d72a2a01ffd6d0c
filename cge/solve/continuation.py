"""Path following: the whole step first; where that fails, predictor and corrector with steps that adapt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np

from cgebase.errors import ConvergenceError

Values = dict[str, np.ndarray]
SMALLEST = 1.0 / 256
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


class Path(Protocol[S]):
    """A problem that moves with a parameter from 0 to 1."""

    def solve(self, at: float, guess: Values, factor: Any, thorough: bool) -> S:
        """Solution at a point of the path, by every remedy or the quickest way only; raises ConvergenceError."""

    def predict(self, at: float, solved: S, to: float) -> Values:
        """Guess at ``to`` along the tangent of the path at ``at``."""


def follow(path: Path[S], start: Values, *, factor: Any = None, log: Callable[[str], None] | None = None) -> S:
    """Solve at parameter 1 starting from values good near parameter 0.

    Raises
    ------
    ConvergenceError
        Steps became too small; the message says how far the path was solved.

    Notes
    -----
    Euler predictor and Newton corrector, Allgower and Georg (1990, ch. 2). A step that fails is halved; the tangent
    needs a solved point, so that the first failure solves the start of the path. Every remedy is tried for the whole
    step and for the smallest one, and from there on where that helps; in between a shorter step is the cheaper remedy.
    """
    last: tuple[float, S] | None = None
    reached, step = 0.0, 1.0
    target, guess, thorough = 1.0, start, True
    while True:
        try:
            solution = path.solve(target, guess, factor, thorough)
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
            if target == 1.0 and last is None:
                last = _solved_start(path, start)
            thorough = step / 2 < SMALLEST
        else:
            if target == 1.0:
                return solution
            last, reached, factor = (target, solution), target, solution.factor
            if solution.iterations <= QUICK or thorough:
                step *= 2
        target = min(1.0, reached + step)
        guess = start if last is None else path.predict(*last, target)


def _solved_start(path: Path[S], start: Values) -> tuple[float, S] | None:
    try:
        return 0.0, path.solve(0.0, start, None, True)
    except ConvergenceError:
        return None

"""What is tried, in which order, where a solve does not converge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cge.solve.linear import Factor
from cge.solve.newton import SHORTEST, Outcome, Status, newton, status_words
from cge.solve.state import Rule, State
from cgebase.arrays import Array
from cgebase.messages import Message, message

MOST_BETWEEN, SHORTEST_BETWEEN = 15, 1e-2
"""Newton iterations and its shortest step on the way along a path, where a nearer target is the cheaper remedy."""
SMOOTHINGS = tuple(10.0**-k for k in range(11))
"""Products f x along which a mixed complementarity problem is followed when the direct forms fail."""


class Ladder:
    """Remedies for one problem: active set; Fischer; path of smoothed problems; each made exact by the active set.

    Parameters
    ----------
    thorough : bool
        Whether patience and the smoother forms of the complementarities are spent where the active set fails.
    """

    def __init__(
        self, state: State, tol: float, max_iter: int, *, thorough: bool, log: Callable[[Message], None] | None
    ) -> None:
        self.state, self.tol, self.log = state, tol, log
        self.mixed = thorough and max_iter > 0 and bool(state.layout.complements.any())
        self.limits = (max_iter, SHORTEST) if thorough else (min(max_iter, MOST_BETWEEN), SHORTEST_BETWEEN)
        self.iterations = self.factorisations = 0

    def climb(self, factor: Factor | None) -> Outcome:
        """Solve from the values of the state, every idle variable exactly at its bound."""
        out = self._rungs(self.state.pack(), factor)
        if out.status is Status.CONVERGED:
            out = self._exact(out)
            if out.worst > self.tol:
                out = self._exact(self._try("exact_bounds", Rule.MINIMUM, out.u, out.factor))
            if not out.worst <= self.tol:
                out = replace(out, status=Status.STALLED)
        return out

    def _rungs(self, u: Array, factor: Factor | None) -> Outcome:
        first = self._try("active_set", Rule.MINIMUM, u, factor)
        if first.status is Status.CONVERGED or not self.mixed:
            return first
        out = self._try("fischer", Rule.FISCHER, u, first.factor)
        if out.status is not Status.CONVERGED:
            out = replace(first, u=u)
            for smoothing in SMOOTHINGS:
                out = self._try("smoothed", Rule.FISCHER, out.u, out.factor, smoothing)
                if out.status is not Status.CONVERGED:
                    return out
        return self._try("active_set_again", Rule.MINIMUM, out.u, out.factor)

    def _try(self, rung: str, rule: Rule, u: Array, factor: Factor | None, smoothing: float = 0.0) -> Outcome:
        self.state.rule, self.state.smoothing = rule, smoothing
        most, shortest = self.limits
        accuracy = max(self.tol, 0.1 * smoothing)
        out = newton(self.state, u, tol=accuracy, max_iter=most, shortest=shortest, factor=factor, log=self.log)
        self.iterations += out.iterations
        self.factorisations += out.factorisations
        if self.log is not None and self.mixed and out.status is not Status.CONVERGED:
            status = status_words(out.status)
            self.log(message("solver.rung", rung=message(f"rung.{rung}"), status=status, iterations=out.iterations))
        return out

    def _exact(self, out: Outcome) -> Outcome:
        u = self.state.at_exact_bounds(out.u, self.tol)
        return replace(out, u=u, residual=self.state.residual(u))

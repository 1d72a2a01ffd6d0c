"""A problem that moves with its parameters, as the path follower sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cge.solve.linear import Factor
from cge.solve.newton import CLIPPED, LARGEST_FALL, LARGEST_RISE, LONGEST_STEP, SHORTENED
from cge.solve.state import State, Values

if TYPE_CHECKING:
    from cge.solve.system import Solution, System

Array = np.ndarray
STEP = 1e-5
"""Move of the parameters for central differences."""


@dataclass(frozen=True)
class SolutionPath:
    """Corrector and predictor of one problem that moves with its parameters."""

    system: System
    parameters_at: Callable[[float], Mapping[str, Array]]
    active: Sequence[str]
    solved: Callable[[float, Solution], None]

    def solve(self, at: float, guess: Values, factor: Factor | None, thorough: bool) -> Solution:
        solution = self.system.solve(self.parameters_at(at), guess, self.active, factor=factor, thorough=thorough)
        self.solved(at, solution)
        return solution

    def predict(self, at: float, solved: Solution, to: float) -> Values:
        """Values of the core along the tangent, no further than a Newton step may go or an upper bound allows.

        A complementarity that is slack stays slack; where the path has no tangent the guess is the solved point.
        """
        state = State(self.system, self.parameters_at(at), solved.values, self.active)
        u = state.pack()
        _, jacobian = state.linearise(u)
        sides = [State(self.system, self.parameters_at(at + h), solved.values, self.active) for h in (STEP, -STEP)]
        push = (sides[0].residual(u) - sides[1].residual(u)) / (2 * STEP)
        with np.errstate(all="ignore"):
            move = (to - at) * jacobian.solve(-push, solved.factor, STEP)[0]
        if not np.isfinite(move).all():
            move = np.zeros_like(u)
        np.clip(move, -LARGEST_FALL, LARGEST_RISE, out=move, where=state.layout.limited == CLIPPED)
        longest = float(np.abs(move[state.layout.limited == SHORTENED]).max(initial=0.0))
        values = state.values_at(state.within(u + move / max(1.0, longest / LONGEST_STEP)))
        theory = self.system.theory
        return {n: v for n, v in values.items() if n not in theory.definitions}

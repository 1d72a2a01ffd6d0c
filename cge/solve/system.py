"""A theory on given sets: evaluates, linearises and solves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from cge.language.closure import Closure, Names, swapped
from cge.language.data import cell_text, complete, labelled
from cge.language.degrees import shown
from cge.language.structure import require_names
from cge.language.walras import gaps
from cge.solve.accounts import Accounts
from cge.solve.conditioning import Weakest, require_determined, weakest_of
from cge.solve.continuation import follow
from cge.solve.diagnosis import diagnosis, require_within
from cge.solve.fallbacks import Ladder
from cge.solve.layout import Layouts
from cge.solve.linear import Factor
from cge.solve.newton import Outcome, Status, require_part, status_words, within_reach
from cge.solve.sensitivity import Derivative, Sensitivity, shaped
from cge.solve.state import State, Values
from cgebase.brief import Brief
from cgebase.errors import ConvergenceError, SpecificationError
from cgebase.messages import Message, both, listed, message, sentences

Array = np.ndarray
WORST = 10
STEP = 1e-5
"""Way between the points of a path from which it is told how fast parameters move."""


@dataclass(frozen=True, repr=False)
class Solution(Brief):
    """A solved state.

    Parameters
    ----------
    values : dict of str to ndarray
        Every variable, definitions included.
    iterations, factorisations : int
    max_residual : float
        Largest scaled residual over all active equations.
    gaps : dict of str to float
        Of markets left out by Walras' law, by cell, in parts of their terms.
    """

    values: Values
    iterations: int
    max_residual: float
    factor: Factor | None
    factorisations: int
    gaps: Mapping[str, float] = field(default_factory=dict)


class System(Brief, Layouts):
    """Equations of a theory over concrete sets, solved under closures."""

    def solve(
        self,
        parameters: Mapping[str, Array],
        start: Mapping[str, Array],
        active: Sequence[str],
        *,
        given: Sequence[str] = (),
        tol: float = 1e-9,
        max_iter: int = 30,
        factor: Factor | None = None,
        thorough: bool = True,
        diagnosed: bool = True,
        log: Callable[[Message], None] | None = None,
    ) -> Solution:
        """Solve the active equations for the variables they are paired with.

        Parameters
        ----------
        parameters : mapping of str to ndarray
        start : mapping of str to ndarray
            Core variables (first guess) and exogenous ones (kept).
        active : sequence of str
            Names of the active equations: the closure.
        given : sequence of str
            Variables kept at their values, beside those declared so.
        tol : float
            On the largest residual over the size of its equation, above 0 and below 1.
        max_iter : int
            Newton iterations at most; 0 asks whether the numbers given are a solution.
        factor : Factor, optional
            A factorisation of a nearby solve, used as a preconditioner.
        thorough : bool
            Whether patience and the smoother forms of the complementarities are spent where the active set fails.
        diagnosed : bool
            Whether structure, domains and conditioning are checked where the solve fails.

        Raises
        ------
        ConvergenceError
            With the ten worst equations by name and labels, and what is found wrong with the problem; or a definition
            that no equation uses has no value at the solution.
        SpecificationError
            A variable is read that nothing determines; or the equations are met, but depend on each other: the solution
            is one of many; or a market left out by Walras' law does not clear.
        """
        require_part("tol", tol)
        if not (isinstance(max_iter, Integral) and max_iter >= 0):
            raise SpecificationError(message("CGE463.iterations", value=shown(max_iter)))
        state = State(self, parameters, start, active)
        state.require_given(parameters, active, given)
        begin = state.pack() if max_iter else None
        ladder = Ladder(state, tol, max_iter, thorough=thorough, log=log)
        out = ladder.climb(factor)
        if out.status is not Status.CONVERGED:
            stopped = self._stopped(state, out, begin, tol)
            raise self._failure(stopped, stopped, active, given) if diagnosed else stopped
        require_determined(state, out.u, out.factor)
        values = state.values_at(out.u)
        require_within(state, values)
        left = gaps(self.theory, self.sets, state.parameters | values, active) if self.theory.dropped else {}
        return Solution(values, ladder.iterations, out.worst, out.factor, ladder.factorisations, left)

    def swapped(
        self, parameters: Mapping[str, Array], active: Sequence[str], *, out: Names = (), into: Names = (),
        given: Sequence[str] = (),
    ) -> Closure:  # fmt: skip
        """A closure with equations exchanged, counted and refused where it is not square.

        Parameters
        ----------
        out, into : str or sequence of str
            Equations that leave and that come.
        given : sequence of str
            Variables kept at their values, beside those declared so; those that ``into`` determines are freed.

        Raises
        ------
        SpecificationError
            Names what is no equation, or what is left over.
        """
        return swapped(self.theory, self.sets, parameters, active, out=out, into=into, given=given)

    def follow(
        self,
        parameters_at: Callable[[float], Mapping[str, Array]],
        start: Mapping[str, Array],
        active: Sequence[str],
        *,
        given: Sequence[str] = (),
        factor: Factor | None = None,
        log: Callable[[Message], None] | None = None,
        solved: Callable[[float, Solution], None] = lambda _at, _solution: None,
    ) -> Solution:
        """Solve at the end of a path of parameters, from a start good near its beginning.

        Parameters
        ----------
        parameters_at : callable
            Parameters at a point of the path, 0 to 1; smooth.
        given : sequence of str
            Variables kept at their values, beside those declared so.
        solved : callable
            Told every point that was solved on the way.

        Raises
        ------
        ConvergenceError
            Steps became too small.
        """

        condensed = self.theory.condensed

        def solve(at: float, guess: Values, old: Factor | None, thorough: bool) -> Solution:
            p = parameters_at(at)
            solution = self.solve(p, guess, active, given=given, factor=old, thorough=thorough, diagnosed=False)
            solved(at, solution)
            return solution

        def predict(at: float, solution: Solution, to: float) -> Values:
            """Core values on the tangent, within bounds, slack ones slack; the same point where there is no tangent."""
            here = Sensitivity(self, parameters_at(at), solution.values, active, given, solution.factor)
            state, u = here.state, here.u
            first, second = (State(self, parameters_at(at + h), solution.values, active) for h in (STEP, 2 * STEP))
            with np.errstate(all="ignore"):
                p = ((n, x, first.parameters[n], second.parameters[n]) for n, x in state.parameters.items())
                move = (to - at) * here.tangent({n: _speed(*points) for n, *points in p})
            if np.isfinite(move).all():
                move, step = within_reach(state, u, move)
                u = state.within(u + step * move)
            return {n: v for n, v in state.values_at(u).items() if n not in condensed}

        try:
            return follow(solve, predict, dict(start), factor=factor, log=log)
        except ConvergenceError as error:
            stopped = error if isinstance(error, _Stopped) else error.__cause__
            if not isinstance(stopped, _Stopped):
                raise
            raise self._failure(stopped, error, active, given) from error

    def evaluate(self, parameters: Mapping[str, Array], values: Mapping[str, Array]) -> Values:
        """Values with every definition filled in."""
        state = State(self, parameters, values, ())
        return state.values_at(np.zeros(0))

    def table(self, values: Mapping[str, Array], base: Mapping[str, Array] | None = None) -> pd.DataFrame:
        """Values by label in one long table: variable, labels of its cell, value, unit.

        Parameters
        ----------
        values, base : mapping of str to ndarray
            As ``values`` of a solution; with ``base`` the table has its value and the change against it in per cent
            beside, empty where the base is zero or of the other sign.
        """
        values = shaped(self, values)
        parts = [labelled(self.theory.families[n], self.sets, x) for n, x in values.items()]
        out = pd.concat(parts, ignore_index=True)
        if base is not None:
            base = shaped(self, base)
            if lost := [n for n in values if n not in base]:
                raise SpecificationError(message("CGE430.base", names=listed(lost)))
            out["base"] = np.concatenate([np.ravel(base[n]) for n in values])
            comparable = out["base"] * out["value"] > 0
            out["change_pct"] = (100 * (out["value"] / out["base"] - 1)).where(comparable)
        return out

    def accounts(self, parameters: Mapping[str, Array], values: Mapping[str, Array]) -> Accounts:
        """What is reported of a solved state, evaluated when it is asked for."""
        return Accounts(self.theory, complete(self.theory, self.sets, parameters), values)

    def residuals(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], names: Sequence[str] | None = None
    ) -> dict[str, Array]:
        """Scaled residual of each named equation over its domain, nan where it does not exist."""
        state = State(self, parameters, values, ())
        state.values_at(np.zeros(0))
        out = {}
        require_names(self.theory, names or ())
        for name in self.theory.equations if names is None else names:
            block = self._block(self.theory.equations[name], state.parameters)
            result = np.full(self._shape(block.statement), np.nan)
            result.flat[block.cells] = state.value(block) / block.scale
            out[name] = result
        return out

    def jacobian(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], active: Sequence[str]
    ) -> tuple[Array, Array, Callable[[Array], Array]]:
        """Condensed Jacobian and residual at ``values``, and the residual as a function of the unknowns."""
        state = State(self, parameters, values, active)
        u = state.pack()
        f, jacobian = state.linearise(u)
        return jacobian.dense(), f, lambda w: state.residual(u + w)

    def weakest(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], active: Sequence[str]
    ) -> Weakest:
        """Which equations nearly follow from each other at a state, and which unknowns nearly move together."""
        return weakest_of(State(self, parameters, values, active))

    def respond(
        self,
        parameters: Mapping[str, Array],
        values: Mapping[str, Array],
        active: Sequence[str],
        shifts: Sequence[Mapping[str, Any]],
        accounts: Sequence[str] = (),
        *,
        given: Sequence[str] = (),
    ) -> list[Derivative]:
        """Exact derivative of every variable along shifts of what is given, at a solved state.

        Parameters
        ----------
        shifts : sequence of mapping of str to ndarray or dict
            Each is one direction: change of some parameters or given variables; the closure keeps its equations and
            active set. A dict by label is 0 in what it leaves out.
        accounts : sequence of str
            Accounts that are wanted too.
        given : sequence of str
            Variables that the closure keeps at their values, beside those declared so.

        Returns
        -------
        list of Derivative
            Per direction, the change of every variable per unit of the direction, definitions included; kinks as in
            :class:`cge.solve.sensitivity.Sensitivity`.
        """
        if isinstance(shifts, Mapping) or not isinstance(shifts, Iterable):
            raise SpecificationError(message("CGE439.list"))
        here = Sensitivity(self, parameters, values, active, given)
        return [here.along(shift, accounts) for shift in shifts]

    def gradient(
        self,
        parameters: Mapping[str, Array],
        values: Mapping[str, Array],
        active: Sequence[str],
        of: Mapping[str, Any],
        *,
        given: Sequence[str] = (),
    ) -> Derivative:
        """Exact derivative of one number by every entry of every parameter and given variable: one transposed solve.

        Parameters
        ----------
        of : mapping of str to number, ndarray or dict
            Weights of variables and accounts, whose sum is the number: ``{"X": {"bread": 1}}``.
        given : sequence of str
            Variables that the closure keeps at their values, beside those declared so.

        Returns
        -------
        Derivative
            By name, shaped like the parameter; kinks as in :class:`cge.solve.sensitivity.Sensitivity`.
        """
        return Sensitivity(self, parameters, values, active, given).of(of)

    def _stopped(self, state: State, out: Outcome, begin: Array | None, tol: float) -> _Stopped:
        size = np.nan_to_num(np.abs(out.residual), nan=np.inf)
        rows = np.argsort(-size)[:WORST]
        worst = [(*self.equation_at(state.layout, row), float(size[row])) for row in rows]
        said = worst if begin is not None else [row for row in worst if row[2] > tol]
        words = message(
            "CGE552.given" if begin is None else "CGE552", status=status_words(out.status), iterations=out.iterations,
            residual=size.max(initial=0.0), worst=listed(f"{cell_text(n, k)} {v:.2e}" for n, k, v in said),
        )  # fmt: skip
        facts = {"status": str(out.status), "iterations": out.iterations, "worst": tuple(worst)}
        return _Stopped(words, state, out.u, begin, **facts)

    def _failure(
        self, stopped: _Stopped, told: ConvergenceError, active: Sequence[str], given: Sequence[str]
    ) -> ConvergenceError:
        """The error of a solve or path with what is found wrong with the problem where it stopped."""
        findings = diagnosis(stopped.state, stopped.u, stopped.begin, active, given)
        last = [] if stopped.begin is None else [message("CGE552.sound")]
        said = sentences([both(told), *(findings or last)])
        return ConvergenceError(
            said, status=told.status, iterations=told.iterations, worst=told.worst, findings=findings
        )


class _Stopped(ConvergenceError):
    """A failed solve with the point where it stopped, and where it began if it was to take a step."""

    def __init__(self, words: Message, state: State, u: Array, begin: Array | None, **facts: Any) -> None:
        super().__init__(words, **facts)
        self.state, self.u, self.begin = state, u, begin


def _speed(here: Array, first: Array, second: Array) -> Array:
    """How fast numbers move at the first of three points ``STEP`` apart; what is infinite stays."""
    one, two = (np.where(x == here, 0.0, x - here) for x in (first, second))
    return np.asarray((4 * one - two) / (2 * STEP))

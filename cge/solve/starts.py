"""Other solutions: a solved problem solved again from starts all around, and from starts that other ways lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cge.solve.linear import Factor
from cge.solve.state import Measure, State, Values
from cge.solve.system import Solution, System
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import ConvergenceError, SpecificationError

SEED = 20210101
SPREADS = (0.003, 0.01, 0.03, 0.1)
"""Standard deviations of the moves of random starts: of logarithms, or in parts of the value."""
DIFFERENT = 1e-5
"""Relative difference of an unknown from which on two solutions are two."""
LITTLE = 1e-3
"""Part of the largest number of its variable below which an unknown tells no solutions apart."""


@dataclass(frozen=True, repr=False)
class Search(Brief):
    """What was found from other starts.

    Parameters
    ----------
    tried, converged : int
        Starts, and those that led to a solution.
    others : tuple of Solution
        Solutions that differ from the one at hand, and from each other.
    """

    tried: int
    converged: int
    others: tuple[Solution, ...]


def other_solutions(
    system: System,
    parameters: Mapping[str, Array],
    solution: Solution,
    active: Sequence[str],
    *,
    given: Sequence[str] = (),
    begins: Sequence[Mapping[str, Array]] = (),
    spreads: Sequence[float] = SPREADS,
    seed: int = SEED,
) -> Search:
    """Solve from other starts and tell apart what is found.

    Parameters
    ----------
    solution : Solution
        Of the same problem.
    begins : sequence of mapping of str to ndarray
        Starts that other ways lead to, such as the solution of a problem nearby.
    spreads : sequence of float
        Of random starts around the solution, drawn from ``seed``: every variable moves as a whole and each of its cells
        by itself; what is zero stays.

    Notes
    -----
    What is not found may exist: a search proves nothing. Starts from which Newton does not converge at once are let go.
    """
    state = State(system, parameters, solution.values, active)
    state.linearise(state.pack(), measure=Measure.EQUATION)
    fixed = {n: x for n, x in solution.values.items() if n not in system.theory.condensed}
    starts = [*({**fixed, **_unknowns(state, begin)} for begin in begins), *_around(state, fixed, spreads, seed)]
    known, converged, factor = [solution], 0, solution.factor
    for start in starts:
        try:
            with np.errstate(all="ignore"):
                found = _solve(system, parameters, start, active, given, factor)
        except (ConvergenceError, SpecificationError):
            continue
        converged, factor = converged + 1, found.factor
        if all(_differ(state, found.values, other.values) for other in known):
            known.append(found)
    return Search(len(starts), converged, tuple(known[1:]))


def _solve(
    system: System, parameters: Mapping[str, Array], start: Values, active: Sequence[str], given: Sequence[str],
    factor: Factor | None,
) -> Solution:  # fmt: skip
    return system.solve(parameters, start, active, given=given, factor=factor, thorough=False, diagnosed=False)


def _unknowns(state: State, values: Mapping[str, Array]) -> Values:
    """Those of some values that are solved for; cells that are given stay as they are."""
    out: Values = {}
    for name, cells, _ in state.layout.core:
        out[name] = state.values[name].copy()
        out[name].flat[cells] = np.asarray(values[name], float).flat[cells]
    return out


def _around(state: State, fixed: Mapping[str, Array], spreads: Sequence[float], seed: int) -> Iterator[Values]:
    """Random starts."""
    draw, u = np.random.default_rng(seed), state.pack()
    size = np.where(state.layout.limited > 0, 1.0, np.abs(u))
    for spread in spreads:
        move = draw.standard_normal(len(u))
        for _, _, where in state.layout.core:
            move[where] += draw.standard_normal()
        there = state.within(np.maximum(u + spread * size * move / np.sqrt(2), state.layout.floor))
        out = dict(fixed)
        for name, cells, where in state.layout.core:
            out[name] = fixed[name].copy()
            out[name].flat[cells] = np.exp(there[where]) if state.system.theory.families[name].log else there[where]
        yield out


def _differ(state: State, one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    """Whether any unknown that counts differs."""
    unit = np.where(state.layout.limited > 0, 0.0, state.unit)
    for name, cells, where in state.layout.core:
        x, y = one[name].flat[cells], other[name].flat[cells]
        size = np.maximum(np.abs(x), np.abs(y))
        least = np.maximum(unit[where], LITTLE * size.max(initial=0.0))
        if (np.abs(x - y) > DIFFERENT * np.maximum(size, least)).any():
            return True
    return False

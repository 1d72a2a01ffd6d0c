"""What is found wrong with a problem that was not solved: arguments outside their form, counts, dependent equations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import sympy as sp

from cge.language.algebra import Statement, Total, boxcox, inv_boxcox
from cge.language.data import cell_text
from cge.language.expand import At, Expansion
from cge.language.structure import inspect_structure
from cge.solve.conditioning import dependence, weakest_direction
from cge.solve.newton import LONGEST_STEP, within_reach
from cge.solve.state import State, Values
from cgebase.arrays import Array
from cgebase.errors import ConvergenceError, SpecificationError
from cgebase.messages import Message, both, message, sentences

NAMED = 3
"""Cells that leave the domain of a form and are named."""
LARGEST = 4000
"""Unknowns up to which the direction in which equations depend on each other is looked for."""
ACCURACY = 1e-2
OUTSIDE = {
    (False, False): "CGE404", (False, True): "CGE404.parameter",
    (True, False): "CGE404.zero", (True, True): "CGE404.zero_parameter",
}  # fmt: skip
"""What is said of an argument, by whether something is divided by it and whether parameters alone make it."""
FALL = 20.0
"""Step of a logarithm, down, that means that the unknown would have to be zero or negative."""


def diagnosis(
    state: State, u: Array, begin: Array | None, active: Sequence[str], given: Sequence[str]
) -> tuple[Message, ...]:
    """What is wrong where the solver stopped, most telling first; empty where nothing is found.

    Parameters
    ----------
    begin : ndarray, optional
        Where the solver began; without it no step was wanted, and none is looked at.
    """
    theory, sets = state.system.theory, state.system.sets
    try:
        inspect_structure(theory, sets, state.parameters, active, given=given).require()
    except SpecificationError as error:
        return (both(error),)
    with np.errstate(all="ignore"):
        if not np.isfinite(f := state.residual(u)).all():
            return tuple(_outside(state)) or tuple(_endless(state))
        if not u.size or len(u) > LARGEST:
            return ()
        jacobian = state.linearise(u)[1]
        newton = np.zeros_like(u) if begin is None else jacobian.solve(-f, None, ACCURACY)[0]
        direction, step = within_reach(state, u, newton)
        state.residual(u + step * direction)
        outside = tuple(_outside(state)) if np.isfinite(direction).all() else ()
        matrix = jacobian.dense()
        weakest = weakest_direction(matrix) if not outside and np.isfinite(matrix).all() else None
    if weakest is not None and weakest.singular:
        return (message("CGE402.stopped", **dependence(state, u, weakest)[1]),)
    return outside or tuple(_sinking(state, u, u if begin is None else begin, newton))


def _sinking(state: State, u: Array, begin: Array, newton: Array) -> Iterator[Message]:
    """Unknowns in logarithms whose next step leads to zero or below it, and whether they fell before."""
    layout = state.layout
    falls = (layout.limited > 0) & (newton < -FALL) & ~np.isfinite(layout.floor)
    for k in np.flatnonzero(falls)[:NAMED]:
        name, labels = state.system.unknown_at(layout, int(k))
        key = "CGE405.sinks" if u[k] < begin[k] - LONGEST_STEP else "CGE405.steep"
        yield message(key, cell=cell_text(name, labels), value=float(np.exp(u[k])))


def _endless(state: State) -> Iterator[Message]:
    """Parameters that are infinite, the first cells."""
    families, sets = state.system.theory.families, state.system.sets
    cells = ((n, at) for n, x in state.parameters.items() for at in np.argwhere(np.isinf(x)))
    for name, at in islice(cells, NAMED):
        labels = [sets[d.name][k] for d, k in zip(families[name].dims, at, strict=True)]
        yield message("CGE406.endless", cell=cell_text(name, labels))


def require_within(state: State, values: Values) -> None:
    """Refuse a solution at which a definition that no equation uses has no value.

    Raises
    ------
    ConvergenceError
        Names the arguments outside the domain of their form.
    """
    if all(np.isfinite(x).all() for x in values.values()):
        return
    with np.errstate(all="ignore"):
        outside = tuple(_outside(state))
    if outside:
        raise ConvergenceError(sentences(outside), findings=outside)


def _outside(state: State) -> Iterator[Message]:
    """Arguments outside the domain of their form at the values of the state, in the first statement that has any."""
    expansion = Expansion(state.system.theory, state.system.sets, state.values | state.parameters)
    for block in (*state.layout.definitions, *state.layout.equations):
        cells = np.flatnonzero(~np.isfinite(state.value(block)))
        found = [x for k in cells for x in _arguments(expansion, block.statement, state, int(block.cells[k]))][:NAMED]
        if found:
            yield from found
            return


def _arguments(expansion: Expansion, statement: Statement, state: State, cell: int) -> Iterator[Message]:
    theory = state.system.theory
    shape = [len(state.system.sets[d.name]) for d in theory.families[statement.variable].dims]
    places = np.unravel_index(cell, shape) if shape else ()
    at = {i.name: int(k) for i, k in zip(statement.over, places, strict=True)}
    for argument, inner, value, divides in _broken(expansion, statement.expr, at):
        symbols = [theory.family_of(ref) for ref in theory.references(argument)]
        meant = next((f for f in symbols if f.kind == "variable"), symbols[0])
        key, labels = OUTSIDE[divides, meant.kind == "parameter"], expansion.labels(statement, at)
        yield message(
            key, cell=cell_text(statement.name, labels), argument=expansion.text(argument, inner), value=value,
            variable=meant.name, meaning=f"{meant.name}: {meant.description}" if meant.description else meant.name,
        )  # fmt: skip


def _broken(expansion: Expansion, expr: sp.Basic, at: At) -> Iterator[tuple[sp.Basic, At, float, bool]]:
    """Arguments of powers, roots, logarithms and composites that these have no value at, innermost first.

    Yields
    ------
    argument, at, value, divides
        ``divides`` where it is zero and something is divided by it.
    """
    if isinstance(expr, Total):
        for inner in expansion.cells(expr.indices, expr.where, at):
            yield from _broken(expansion, expr.body, inner)
        return
    if isinstance(expr, sp.Indexed) or not expr.args:
        return
    inside = [x for arg in expr.args for x in _broken(expansion, arg, at)]
    yield from inside
    argument, power = expr.args[0], isinstance(expr, sp.Pow)
    if isinstance(expr, inv_boxcox):
        argument = 1 + expr.args[0] * expr.args[1]
    if inside or not isinstance(expr, (sp.Pow, sp.log, boxcox, inv_boxcox)):
        return
    value, whole = expansion.value(argument, at), power and expr.exp.is_Integer
    divides = bool(value == 0 and power and expansion.value(expr.exp, at) < 0)
    if divides or (value < 0 and not whole) or (value == 0 and not power):
        yield argument, at, value, divides

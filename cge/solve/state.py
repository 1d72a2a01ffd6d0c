"""One problem as the solver sees it: statements laid out on cells, values, residual and linearisation."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from copy import copy
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from cge.language.data import arranged, complete, first_guess, not_numbers, refuse, unusable
from cge.language.structure import list_of, require_given
from cge.solve.kernels import Call
from cge.solve.layout import Block, Layouts
from cge.solve.linear import CondensedJacobian, Pattern, Structure
from cge.solve.rows import Rows
from cge.solve.scaling import NEGLIGIBLE, row_sizes, unit_sizes
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import Message, listed, message

Values = dict[str, Array]
NO_FLOATS = np.zeros(0)
KINK = 1e-7
"""Relative distance within which a point lies at a kink."""
LEAST = float(np.log(np.finfo(float).tiny))
"""Of a logarithm: the rent of a resource that falls idle stays a number above zero."""


class Rule(Enum):
    """How a complementarity row 0 <= f, 0 <= x, f x = 0 is written, with x the distance to the lower bound.

    The distance is that of the unknown: of logarithms where the variable is solved in logarithms.

    ``MINIMUM`` is min(f, x): Newton on it is an active-set method and its zeros are exact. ``FISCHER`` is
    f + x - sqrt(f^2 + x^2 + 2 mu): with mu = 0 that of Fischer (1992), smoother far from the solution; with
    mu > 0 that of Kanzow (1996), whose solutions keep f x = mu and lead to the solution as mu falls. An upper bound
    is a second row inside the first, -row(-f, distance to the upper bound), as in Billups (1995).
    """

    MINIMUM = auto()
    FISCHER = auto()


class Measure(Enum):
    """Whose size a row is scaled by: the largest of its equation, which keeps their weights, or its own."""

    EQUATION = auto()
    ROW = auto()


class Point(NamedTuple):
    """What is evaluated at values of the unknowns.

    Parameters
    ----------
    u : ndarray
        Unknowns.
    rows : Rows
        Derivatives of all statements.
    levels, residual : ndarray
        Values of all variables; of the equations, not scaled.
    """

    u: Array
    rows: Rows
    levels: Array
    residual: Array


class State:
    """One problem: parameters, exogenous values, current values; the solver's view of it.

    Parameters
    ----------
    scale : ndarray
        Of rows: as stated, or measured where nothing is stated, 1 before.
    unit, far : ndarray
        Units of unknowns that are not in logarithms, and what counts as far from its bound for the unknown of each
        row: its first guess, or its unit where that is next to nothing. Measured once, 1 before. A row that states its
        scale is weighed against its variable as it is, unless that is in money, whose unit says nothing.
    """

    def __init__(
        self, system: Layouts, parameters: Mapping[str, Array], start: Mapping[str, Array], active: Sequence[str]
    ) -> None:
        self.system = system
        theory = system.theory
        names = [n for n, f in theory.families.items() if f.kind == "parameter"]
        filled = complete(theory, system.sets, parameters)
        absent = sorted(n for n in names if n not in filled)
        if absent:
            raise SpecificationError(message("CGE431", names=listed(absent)))
        self.parameters = {n: self._array(n, filled[n]) for n in names}
        faults: list[Message] = list(not_numbers(theory, system.sets, self.parameters))
        start = arranged(theory, system.sets, start, faults)
        refuse(theory, faults)
        self.layout = system.layout(self.parameters, active)
        self.values: Values = {}
        condensed = theory.condensed
        for n, f in theory.families.items():
            if f.kind != "variable":
                continue
            if n in condensed and f.default is None:
                self.values[n] = np.zeros(tuple(len(system.sets[d.name]) for d in f.dims))
            elif n in start and n not in condensed:
                self.values[n] = self._array(n, start[n]).copy()
            elif f.default is not None or n not in self.layout.named:
                self.values[n] = first_guess(f, system.sets, self.parameters)
            else:
                raise SpecificationError(message("CGE432", name=n))
        for name, cells, _ in self.layout.core:
            faults += unusable(theory.families[name], system.sets, self.values[name], cells)
        refuse(theory, faults)
        self.rule, self.smoothing = Rule.MINIMUM, 0.0
        self.scale = np.concatenate([NO_FLOATS, *(block.scale for block in self.layout.equations)])
        self.unit = self.far = np.ones(len(self.scale))
        self.measured = False
        self._calls: dict[Block, Call] = {}
        self._last: Point | None = None

    def require_given(self, parameters: Mapping[str, Array], active: Sequence[str], given: Sequence[str]) -> None:
        """Refuse a closure without a cell, or one that reads what nothing determines, once for each it holds."""
        if not self.layout.bounds[1]:
            raise SpecificationError(message("CGE461.empty"))
        given = list_of(given)
        if given not in self.layout.posed:
            require_given(self.system.theory, self.system.sets, parameters, active, given)
            self.layout.posed.add(given)

    def _array(self, name: str, value: Array) -> Array:
        family = self.system.theory.families[name]
        shape = tuple(len(self.system.sets[d.name]) for d in family.dims)
        out = np.require(value, float, ("C", "W"))
        if np.shape(value) != shape:
            sets = listed(d.name for d in family.dims)
            raise SpecificationError(message("CGE433", name=name, shape=shape, sets=sets, found=np.shape(value)))
        return out.reshape(shape)

    def beside(self, parameters: Values) -> State:
        """The same problem with other parameters that leave the same cells absent."""
        out = copy(self)
        out.parameters, out.values, out._calls = parameters, {n: x.copy() for n, x in self.values.items()}, {}
        out._last = None
        return out

    def pack(self) -> Array:
        """Unknowns from values: logarithms where the variable is solved in logs."""
        u = np.zeros(int(self.layout.bounds[1]))
        for name, cells, where in self.layout.core:
            x = self.values[name].flat[cells]
            u[where] = np.log(x) if self.system.theory.families[name].log else x
        return u

    def values_at(self, u: Array) -> Values:
        """Values of all variables at the unknowns."""
        if not self._is_at(u):
            self._unpack(u)
            self._define()
        return {k: v.copy() for k, v in self.values.items()}

    def _is_at(self, u: Array) -> bool:
        """Whether the values are those that the last point was evaluated at."""
        return self._last is not None and np.array_equal(self._last.u, u)

    def _define(self) -> None:
        for block in self.layout.definitions:
            self.values[block.statement.variable].flat[block.cells] = self.value(block)

    def _unpack(self, u: Array) -> None:
        self._last = None
        for name, cells, where in self.layout.core:
            x = np.exp(np.maximum(u[where], LEAST)) if self.system.theory.families[name].log else u[where]
            self.values[name].flat[cells] = x

    def call(self, block: Block) -> Call:
        """The kernel of a block with the arrays of this state."""
        if block not in self._calls:
            given = ChainMap(self.values, self.parameters)
            columns = self.layout.position
            sizes = {n: len(members) for n, members in self.system.sets.items()}
            self._calls[block] = Call(block.kernel, sizes, given.__getitem__, columns.__getitem__, block.present)
        return self._calls[block]

    def value(self, block: Block) -> Array:
        """Value of a statement in the cells where it exists."""
        return self.call(block).value(len(block.cells))

    def _pattern(self, block: Block) -> Pattern:
        return Pattern.make(*self.call(block).pattern(), len(block.cells), int(self.layout.bounds[-1]))

    def _structure(self) -> Structure:
        layout = self.layout
        if layout.structure is None:
            self._define()
            patterns = [self._pattern(block) for block in (*layout.definitions, *layout.equations)]
            hubs = [block.statement.hub for block in layout.definitions]
            slices = [block.rows for block in layout.equations], [where for *_, where in layout.core]
            edges = tuple(np.array([0, *(x.stop for x in group)]) for group in slices)
            layout.structure = Structure(patterns, hubs, layout.bounds, (edges[0], edges[1]))
        return layout.structure

    def residual(self, u: Array) -> Array:
        """Scaled residual of the active equations; semismooth on complementarity rows."""
        return self._semismooth(self._raw(u) / self.scale, u)[0]

    def _raw(self, u: Array) -> Array:
        """Residual before it is scaled."""
        if self._last is not None and self._is_at(u):
            return self._last.residual
        self._unpack(u)
        self._define()
        return np.concatenate([NO_FLOATS, *(self.value(b) for b in self.layout.equations)])

    def _point(self, u: Array) -> Point:
        """The problem evaluated at a point; asked for the same one again, it is at hand."""
        if self._last is not None and self._is_at(u):
            return self._last
        self._unpack(u)
        structure, layout = self._structure(), self.layout
        width = int(layout.bounds[-1])
        numbers, triplets = np.empty(width + len(u)), np.empty(structure.triplets[-1].stop)
        for name, cells, where in layout.core:
            numbers[where] = self.values[name].flat[cells]
        at = len(u)
        for block, mine in zip((*layout.definitions, *layout.equations), structure.triplets, strict=True):
            own = numbers[at : (at := at + len(block.cells))]
            self.call(block).triplets(own, triplets[mine])
            if block.statement.kind == "definition":
                self.values[block.statement.variable].flat[block.cells] = own
        self._last = Point(u.copy(), structure.rows(triplets), numbers[:width], numbers[width:])
        return self._last

    def linearise(self, u: Array, *, measure: Measure | None = None) -> tuple[Array, CondensedJacobian]:
        """Residual and condensed Jacobian; ``measure`` takes the sizes of rows that state no scale from here."""
        _, rows, levels, residual = self._point(u)
        layout, logs = self.layout, self.layout.limited > 0
        if measure is not None:
            self._measure(measure, rows, levels, residual)
        f, df, dx = self._semismooth(residual / self.scale, u)
        columns = np.where(logs, levels[: len(u)], 1.0)
        slack = dx / columns[layout.paired]
        jacobian = CondensedJacobian(self._structure(), rows, columns, df / self.scale, slack, layout.paired)
        return f, jacobian

    def _measure(self, by: Measure, rows: Rows, levels: Array, residual: Array) -> None:
        """Take sizes of rows from here, and units of unknowns once."""
        layout, logs = self.layout, self.layout.limited > 0
        if not self.measured:
            units, self.measured = unit_sizes(rows, levels, logs, layout.paired), True
            self.unit = np.where(units > 0, units, 1.0)
            first = np.abs(levels[: len(units)])
            far = np.where(~logs & (first > NEGLIGIBLE * self.unit), first, self.unit)[layout.paired]
            self.far = np.where(layout.measured | self._in_money()[layout.paired], far, 1.0)
        size = row_sizes(rows, levels, np.where(logs, 0.0, self.unit))
        size = np.maximum(size, np.abs(residual))  # a term of parameters alone shows only in the residual
        if by is Measure.EQUATION:
            for block in layout.equations:
                size[block.rows] = size[block.rows].max(initial=0.0)
        self.scale = np.where(layout.measured, np.where(size > 0, size, 1.0), self.scale)

    def _in_money(self) -> Array:
        """Unknowns that grow with the unit of money, or may, (n,) bool."""
        out, known = np.zeros(len(self.scale), bool), self.system.theory.degrees.known
        for name, _, where in self.layout.core:
            out[where] = known.get(name) != 0
        return out

    # ------------------------------------------------------------ complementarity
    def weak_rows(self, u: Array) -> Array:
        """Rows that are met both ways: the residual is zero and the variable is at a bound."""
        rows = np.flatnonzero(self.layout.complements)
        if not rows.size:
            return rows
        f = np.concatenate([self.value(b) for b in self.layout.equations])[rows] / self.scale[rows]
        x, far = u[self.layout.paired[rows]], self.far[rows]
        distance = np.minimum(x - self.layout.lower[rows], self.layout.upper[rows] - x) / far
        return rows[(np.abs(f) <= KINK) & (distance <= KINK)]

    def _semismooth(self, f: Array, u: Array) -> tuple[Array, Array, Array]:
        """Residual, its derivative by the equation and by the paired variable."""
        df, dx = np.ones_like(f), np.zeros_like(f)
        rows = self.layout.complements
        if not rows.any():
            return f, df, dx
        x, far = u[self.layout.paired[rows]], self.far[rows]
        above, below = (x - self.layout.lower[rows]) / far, (self.layout.upper[rows] - x) / far
        out, inner, slope = f.copy(), f[rows], np.ones(len(x))
        outer = np.zeros(len(x))
        capped = np.isfinite(below)
        if capped.any():
            value, by_f, by_x = self._row(-inner[capped], below[capped])
            inner = inner.copy()
            inner[capped], slope[capped], outer[capped] = -value, by_f, by_x
        out[rows], by_f, by_x = self._row(inner, above)
        df[rows], dx[rows] = by_f * slope, (by_x + by_f * outer) / far
        return out, df, dx

    def _row(self, f: Array, x: Array) -> tuple[Array, Array, Array]:
        """Value of the rule and its derivatives by both arguments."""
        if self.rule is Rule.MINIMUM:
            idle = x < f
            return np.where(idle, x, f), np.where(idle, 0.0, 1.0), np.where(idle, 1.0, 0.0)
        radius = np.sqrt(f * f + x * x + 2 * self.smoothing)
        safe = np.where(radius > 0, radius, 1.0)
        by_f, by_x = (1 - np.where(radius > 0, k / safe, np.sqrt(0.5)) for k in (f, x))
        return f + x - radius, by_f, by_x

    def within(self, u: Array) -> Array:
        """The same point with every variable that has an upper bound between its bounds."""
        both = self.layout.complements & np.isfinite(self.layout.upper)
        at, out = self.layout.paired[both], u.copy()
        out[at] = np.clip(u[at], self.layout.lower[both], self.layout.upper[both])
        return out

    def at_exact_bounds(self, u: Array, tol: float) -> Array:
        """The same point with the variable of every row that is slack by more than ``tol`` exactly at its bound."""
        rows = np.flatnonzero(self.layout.complements)
        if not rows.size:
            return u
        raw = self._raw(u) / self.scale
        paired, lower, upper = self.layout.paired[rows], self.layout.lower[rows], self.layout.upper[rows]
        x, out = u[paired], u.copy()
        f, far = raw[rows], self.far[rows]
        low, high = (x - lower < f * far) & (f > tol), (upper - x < -f * far) & (f < -tol)
        out[paired[low]], out[paired[high]] = lower[low], upper[high]
        return out

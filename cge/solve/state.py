"""One problem as the solver sees it: statements laid out on cells, values, residual and linearisation."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from enum import Enum, auto

import numpy as np

from cge.language.data import arranged, complete, first_guess, refuse
from cge.solve.kernels import Call
from cge.solve.layout import Block, Layouts
from cge.solve.linear import CondensedJacobian, Pattern, Structure
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import Message, listed, message

Values = dict[str, Array]
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


class State:
    """One problem: parameters, exogenous values, current values; the solver's view of it."""

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
        faults: list[Message] = []
        start = arranged(theory, system.sets, start, faults)
        refuse(theory, faults)
        self.layout = system.layout(self.parameters, active)
        self.values: Values = {}
        for n, f in theory.families.items():
            if f.kind != "variable":
                continue
            if n in theory.definitions:
                self.values[n] = np.zeros(tuple(len(system.sets[d.name]) for d in f.dims))
            elif n in start:
                self.values[n] = self._array(n, start[n]).copy()
            elif f.default is not None:
                self.values[n] = first_guess(f, system.sets, self.parameters)
            else:
                raise SpecificationError(message("CGE432", name=n))
        self.rule, self.smoothing = Rule.MINIMUM, 0.0
        self._calls: dict[Block, Call] = {}

    def _array(self, name: str, value: Array) -> Array:
        family = self.system.theory.families[name]
        shape = tuple(len(self.system.sets[d.name]) for d in family.dims)
        out = np.require(value, float, ("C", "W"))
        if np.shape(value) != shape:
            sets = listed(d.name for d in family.dims)
            raise SpecificationError(message("CGE433", name=name, shape=shape, sets=sets, found=np.shape(value)))
        return out.reshape(shape)

    def pack(self) -> Array:
        """Unknowns from values: logarithms where the variable is solved in logs."""
        u = np.zeros(int(self.layout.bounds[1]))
        for name, cells, where in self.layout.core:
            x = self.values[name].flat[cells]
            u[where] = np.log(x) if self.system.theory.families[name].log else x
        return u

    def values_at(self, u: Array) -> Values:
        """Values of all variables at the unknowns."""
        self._unpack(u)
        self._define()
        return {k: v.copy() for k, v in self.values.items()}

    def _define(self) -> None:
        for block in self.layout.definitions:
            self.values[block.statement.variable].flat[block.cells] = self.value(block)

    def _unpack(self, u: Array) -> None:
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
        return Pattern.make(*self.call(block).pattern(), len(block.cells), self.layout.bounds)

    def _structure(self) -> Structure:
        layout = self.layout
        if layout.structure is None:
            self._define()
            patterns = [self._pattern(block) for block in (*layout.definitions, *layout.equations)]
            hubs = [block.statement.hub for block in layout.definitions]
            layout.structure = Structure.make(patterns, hubs, layout.levels, layout.bounds)
        return layout.structure

    def residual(self, u: Array) -> Array:
        """Scaled residual of the active equations; semismooth on complementarity rows."""
        self._unpack(u)
        self._define()
        f = [self.value(b) / b.scale for b in self.layout.equations]
        return self._semismooth(np.concatenate(f) if f else np.zeros(0), u)[0]

    def linearise(self, u: Array) -> tuple[Array, CondensedJacobian]:
        """Residual and condensed Jacobian."""
        self._unpack(u)
        structure, layout = self._structure(), self.layout
        data, raw = [], []
        for pattern, block in zip(structure.patterns, (*layout.definitions, *layout.equations), strict=True):
            value, triplets = self.call(block).triplets(len(block.cells), len(pattern.slot))
            data.append(pattern.merged(triplets))
            if block.statement.kind == "definition":
                self.values[block.statement.variable].flat[block.cells] = value
            else:
                raw.append(value / block.scale)
        f, df, dx = self._semismooth(np.concatenate(raw), u)
        columns = np.ones(len(u))
        for name, cells, where in layout.core:
            if self.system.theory.families[name].log:
                columns[where] = self.values[name].flat[cells]
        scale = df / np.concatenate([block.scale for block in layout.equations])
        return f, CondensedJacobian(structure, data, columns, scale, dx / columns[layout.paired], layout.paired)

    # ------------------------------------------------------------ complementarity
    def _semismooth(self, f: Array, u: Array) -> tuple[Array, Array, Array]:
        """Residual, its derivative by the equation and by the paired variable."""
        df, dx = np.ones_like(f), np.zeros_like(f)
        rows = self.layout.complements
        if not rows.any():
            return f, df, dx
        x = u[self.layout.paired[rows]]
        above, below = x - self.layout.lower[rows], self.layout.upper[rows] - x
        out, inner, slope = f.copy(), f[rows], np.ones(len(x))
        outer = np.zeros(len(x))
        capped = np.isfinite(below)
        if capped.any():
            value, by_f, by_x = self._row(-inner[capped], below[capped])
            inner = inner.copy()
            inner[capped], slope[capped], outer[capped] = -value, by_f, by_x
        out[rows], by_f, by_x = self._row(inner, above)
        df[rows], dx[rows] = by_f * slope, by_x + by_f * outer
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
        self._unpack(u)
        self._define()
        raw = np.concatenate([self.value(b) / b.scale for b in self.layout.equations])
        paired, lower, upper = self.layout.paired[rows], self.layout.lower[rows], self.layout.upper[rows]
        x, out = u[paired], u.copy()
        f = raw[rows]
        low, high = (x - lower < f) & (f > tol), (upper - x < -f) & (f < -tol)
        out[paired[low]], out[paired[high]] = lower[low], upper[high]
        return out

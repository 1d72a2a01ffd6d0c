"""Statements of a theory laid out on concrete sets: which cells exist, and where they stand among the unknowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
import sympy as sp

from cge.language.algebra import Statement, Theory, Total
from cge.language.data import grid, members_of
from cge.language.structure import inspect_structure, list_of, name_cells, require_names, tell_unused
from cge.solve.kernels import Kernel, Kernels, Progress
from cge.solve.linear import Structure
from cge.solve.order import Order
from cgebase.errors import SpecificationError
from cgebase.messages import message

Array = np.ndarray
SHORTENED, CLIPPED = 1, 2
"""How a long step of an unknown in logarithms is limited: the whole step is shortened, or that unknown moves less."""


@dataclass(eq=False)
class Block:
    """A statement laid out on the cells where it exists."""

    statement: Statement
    kernel: Kernel
    present: Array
    cells: Array
    scale: Array
    rows: slice = field(default_factory=lambda: slice(0, 0))


@dataclass
class Layout:
    """Numbering of unknowns and equations for one closure and one pattern of absent cells.

    Parameters
    ----------
    measured : ndarray of bool
        Rows that are scaled by the size of their terms.
    posed : set of tuple of str
        Variables said to be given beside which everything read was found to be determined.
    """

    definitions: list[Block]
    equations: list[Block]
    position: dict[str, Array]
    bounds: Array
    core: list[tuple[str, Array, slice]]
    paired: Array
    complements: Array
    limited: Array
    measured: Array
    lower: Array = field(init=False)
    upper: Array = field(init=False)
    structure: Structure | None = None
    posed: set[tuple[str, ...]] = field(default_factory=set)

    @cached_property
    def named(self) -> frozenset[str]:
        """Variables that its statements read or determine."""
        blocks = (*self.definitions, *self.equations)
        return frozenset(n for b in blocks for n in (b.statement.variable, *b.kernel.tables.unknowns))

    @property
    def floor(self) -> Array:
        """Least value of every unknown, where a complementarity gives a logarithm one."""
        out = np.full(len(self.paired), -np.inf)
        bounded = self.complements & (self.limited[self.paired] > 0)
        out[self.paired[bounded]] = self.lower[bounded]
        return out

    def __post_init__(self) -> None:
        self.lower, self.upper = np.zeros(len(self.paired)), np.full(len(self.paired), np.inf)


class Layouts:
    """Equations of a theory over concrete sets.

    Parameters
    ----------
    theory : Theory
    sets : mapping of set name to labels
    progress : callable, optional
        Called with (done, total) while kernels compile.
    first : sequence of str
        Equations that are compiled at once beside the definitions; others when a closure first uses them.
    """

    def __init__(
        self, theory: Theory, sets: Mapping[str, Sequence[str]], *, progress: Progress | None = None,
        first: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.theory = theory
        self.sets = members_of(theory, sets)
        tell_unused(theory)
        self.order = Order(theory)
        definitions = self._definitions()
        self.kernels = Kernels(theory, [*definitions, *theory.equations.values()], progress)
        self.kernels.prepare([*definitions, *(theory.equations[n] for n in first)])
        self._layouts: dict[tuple[object, ...], Layout] = {}
        self._sound: set[tuple[object, ...]] = set()
        self.masks = self._mask_parameters()

    def __getstate__(self) -> dict[str, object]:
        """What another process needs: it lays out anew."""
        return {**vars(self), "_layouts": {}}

    def apart(self) -> Self:
        """The same equations and layouts; what is laid out from here on goes with the copy."""
        out = copy(self)
        out._layouts = dict(self._layouts)
        return out

    def _definitions(self) -> list[Statement]:
        """Definitions, each after those it uses unless they are in a loop."""
        levels = self.order.levels
        return [self.theory.definitions[n] for n in sorted(levels, key=levels.__getitem__)]

    def _shape(self, statement: Statement) -> tuple[int, ...]:
        return tuple(len(self.sets[self.theory.indices[i.name].name]) for i in statement.over)

    def _grid(self, expr: sp.Basic, over: Sequence[sp.Symbol], parameters: Mapping[str, Array]) -> Array:
        return grid(self.theory, self.sets, expr, over, parameters)

    def _block(self, statement: Statement, parameters: Mapping[str, Array]) -> Block:
        mask = self._grid(statement.where, statement.over, parameters) != 0
        scale = self._grid(statement.scale, statement.over, parameters)[mask]
        cells = np.flatnonzero(mask)
        return Block(statement, self.kernels[statement], np.asarray(mask, np.uint8), cells, np.atleast_1d(scale))

    def layout(self, parameters: Mapping[str, Array], active: Sequence[str]) -> Layout:
        """Numbering for a closure; kept while the pattern of absent cells stays."""
        masks = tuple((np.asarray(parameters[n]) != 0).tobytes() for n in self.masks)
        key = (list_of(active), masks)
        if key not in self._layouts:
            self._layouts[key] = self._make_layout(parameters, active)
        made = self._layouts[key]
        for block in (*made.definitions, *made.equations):
            s, there = block.statement, block.present != 0
            block.scale = np.atleast_1d(self._grid(s.scale, s.over, parameters)[there])
            if s.complements:
                unit = np.log if self.theory.families[s.variable].log else np.asarray
                made.lower[block.rows] = unit(self._grid(s.lower, s.over, parameters)[there])
                made.upper[block.rows] = unit(self._grid(s.upper, s.over, parameters)[there])
        return made

    def require_sound(self, parameters: Mapping[str, Array], active: Sequence[str]) -> None:
        """Refuse a closure that cannot have a locally unique solution; counted once while the same cells are zero.

        Raises
        ------
        SpecificationError
            See :meth:`cge.language.structure.Structure.require`.
        """
        zeros = tuple((n, np.packbits(np.asarray(parameters[n]) != 0).tobytes()) for n in sorted(parameters))
        key = (tuple(active), zeros)
        if key not in self._sound:
            inspect_structure(self.theory, self.sets, parameters, active).require()
            self._sound.add(key)

    def equation_at(self, layout: Layout, row: int) -> tuple[str, tuple[str, ...]]:
        """Name and labels of a row."""
        block = next(b for b in layout.equations if row < b.rows.stop)
        return block.statement.name, self.labels(block.statement.variable, block.cells[row - block.rows.start])

    def unknown_at(self, layout: Layout, column: int) -> tuple[str, tuple[str, ...]]:
        """Name and labels of a column."""
        name, cells, where = next(c for c in layout.core if column < c[2].stop)
        return name, self.labels(name, cells[column - where.start])

    def labels(self, variable: str, cell: int) -> tuple[str, ...]:
        """Labels of a cell of a variable, by its place in the whole array."""
        dims = [self.sets[d.name] for d in self.theory.families[variable].dims]
        at = np.unravel_index(cell, [len(d) for d in dims]) if dims else ()
        return tuple(d[k] for d, k in zip(dims, at, strict=True))

    def _mask_parameters(self) -> list[str]:
        found: set[str] = set()
        for s in (*self.theory.definitions.values(), *self.theory.equations.values()):
            wheres = [s.where, *(t.where for t in _totals(s.expr))]
            for w in wheres:
                found |= {self.theory.family_of(r).name for r in self.theory.references(w)}
        return sorted(found)

    def _make_layout(self, parameters: Mapping[str, Array], active: Sequence[str]) -> Layout:
        theory = self.theory
        require_names(theory, active)
        self.kernels.prepare(theory.equations[n] for n in active)
        definitions = self._in_order(parameters)
        equations = [self._block(theory.equations[n], parameters) for n in active]
        shapes = {n: tuple(len(self.sets[d.name]) for d in f.dims) for n, f in theory.families.items()}
        defined = self._defined(definitions, shapes)
        taken: dict[str, Array] = {}
        for block in equations:
            name = block.statement.variable
            free = taken.setdefault(name, np.zeros(shapes[name], bool))
            twice = free & (block.present != 0)
            if twice.any():
                raise SpecificationError(message("CGE436", name=block.statement.name, variable=name))
            if name in defined:
                self._refuse_shared("CGE434", block, defined[name] & (block.present != 0))
            free |= block.present != 0
        position = {n: np.full(shapes[n], -1, np.int64) for n, f in theory.families.items() if f.kind == "variable"}
        core, offset = [], 0
        for name, free in taken.items():
            cells = np.flatnonzero(free)
            position[name].flat[cells] = offset + np.arange(len(cells))
            core.append((name, cells, slice(offset, offset + len(cells))))
            offset += len(cells)
        n_core, edges = offset, [0, offset]
        for block in definitions:
            position[block.statement.variable].flat[block.cells] = offset + np.arange(len(block.cells))
            offset += len(block.cells)
            edges.append(offset)
        bounds = np.array(edges)
        paired, complements = np.zeros(n_core, np.int64), np.zeros(n_core, bool)
        at = 0
        for block in equations:
            block.rows = slice(at, at + len(block.cells))
            paired[block.rows] = position[block.statement.variable].flat[block.cells]
            complements[block.rows] = block.statement.complements
            at += len(block.cells)
        limited = np.zeros(n_core, np.int8)
        for name, _, where in core:
            if theory.families[name].log:
                limited[where] = SHORTENED if theory.families[name].limited else CLIPPED
        measured = np.repeat([b.statement.measured for b in equations], [len(b.cells) for b in equations])
        return Layout(
            definitions, equations, position, bounds, core, paired, complements, limited, measured.astype(bool)
        )

    def _in_order(self, parameters: Mapping[str, Array]) -> list[Block]:
        """Definitions, each after all it reads, those in a loop in parts."""
        depths = {n: d for loop in self.order.loops for n, d in self.order.depths(loop, self.sets, parameters).items()}
        parts: list[tuple[tuple[int, int], Block]] = []
        for s in self._definitions():
            whole, level = self._block(s, parameters), self.order.levels[s.name]
            cells, depth = depths.get(s.name, (whole.cells, np.zeros(len(whole.cells), int)))
            for k in np.unique(depth) if s.name in depths else [0]:
                present = np.zeros(whole.present.shape, np.uint8)
                present.flat[cells[depth == k]] = 1
                parts.append(((level, int(k)), replace(whole, present=present, cells=np.flatnonzero(present))))
        parts.sort(key=lambda part: part[0])
        return [block for _, block in parts]

    def _defined(self, definitions: Sequence[Block], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
        """Cells that are defined, by variable; refuses two definitions of one cell."""
        out: dict[str, Array] = {}
        for block in definitions:
            name = block.statement.variable
            there = out.setdefault(name, np.zeros(shapes[name], bool))
            self._refuse_shared("CGE440.cells", block, there & (block.present != 0))
            there |= block.present != 0
        return out

    def _refuse_shared(self, code: str, block: Block, both: Array) -> None:
        if both.any():
            variable = block.statement.variable
            labels = tuple(self.labels(variable, int(k)) for k in np.flatnonzero(both))
            raise SpecificationError(message(code, name=block.statement.name, cells=name_cells({variable: labels})))


def _totals(expr: sp.Basic) -> list[Total]:
    return list(expr.atoms(Total))

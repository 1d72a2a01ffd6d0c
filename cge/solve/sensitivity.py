"""Exact derivatives at a solved state by whatever is given: along a direction, or of one number by every entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice, product
from typing import Any

import numpy as np
import sympy as sp

from cge.language.algebra import Statement, Theory
from cge.language.data import Members, arranged, cell_text, grid, refuse, require_mapping
from cge.language.declare import Family
from cge.language.structure import list_of
from cge.solve.accounts import Accounts
from cge.solve.conditioning import require_determined
from cge.solve.kernels import Call, Kernel, Kernels
from cge.solve.layout import Block, Layouts
from cge.solve.linear import Factor
from cge.solve.state import KINK, Measure, State
from cgebase.arrays import Array
from cgebase.brief import LINES, outline
from cgebase.errors import SpecificationError
from cgebase.messages import Message, listed, message, near

EXACT = 1e-13
"""Relative accuracy of the linear solve."""
SOLVED = 1e-6
"""Largest scaled residual of a state that counts as solved."""
JUMP = 1e-5
"""Difference of a derivative between two points that near, in parts of the largest of its statement, that counts: it is
a kink if it stays where the points are nearer still."""
BENT = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise)
Cell = tuple[str, tuple[str, ...]]


class Derivative(dict[str, Array]):
    """Derivatives by the name of a symbol, each shaped like it.

    Parameters
    ----------
    kinks : tuple of (str, tuple of str)
        Statements with their labels where the derivative to one side differs from that to the other.
    """

    def __init__(self, numbers: Mapping[str, Array], kinks: tuple[Cell, ...]) -> None:
        super().__init__(numbers)
        self.kinks = kinks

    def __repr__(self) -> str:
        room = LINES - 2 if len(self) <= LINES - 2 else LINES - 3
        lines = [type(self).__name__, *(f"  {n}: {outline(x)}" for n, x in islice(self.items(), room))]
        also = [f"  also {outline(list(self)[room:])}"] if len(self) > room else []
        return "\n".join([*lines, *also, f"  kinks: {outline(self.kinks)}"])


@dataclass(frozen=True)
class Entries:
    """A sparse matrix, entry by entry; those at the same place add up."""

    rows: Array
    cols: Array
    values: Array

    @staticmethod
    def joined(parts: Sequence[Entries]) -> Entries:
        """Several as one."""
        empty = Entries(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        return Entries(*(np.concatenate([getattr(x, k) for x in (empty, *parts)]) for k in ("rows", "cols", "values")))

    def push(self, move: Array, size: int) -> Array:
        """Product with a column."""
        on = move[self.cols] != 0
        return np.bincount(self.rows[on], self.values[on] * move[self.cols[on]], size).astype(float)

    def pull(self, weights: Array, size: int) -> Array:
        """Product of the transpose with a column."""
        on = weights[self.rows] != 0
        return np.bincount(self.cols[on], self.values[on] * weights[self.rows[on]], size).astype(float)


class Sensitivity:
    """Everything that derivatives at one solved state share.

    Parameters
    ----------
    system : Layouts
    parameters, values : mapping of str to ndarray
        Of a solution.
    active, given : sequence of str
        Its closure.
    factor : Factor, optional
        Of a Jacobian nearby.

    Raises
    ------
    SpecificationError
        The values are no solution, or one of many.

    Notes
    -----
    Implicit function theorem: F(u, p) = 0 gives du = -J^-1 F_p dp, and of a number q(u, p) all derivatives at once,
    q_p - (J^-T q_u)' F_p. Both J and F_p are printed from the statements, definitions included. Given are parameters
    and those cells of variables that no statement determines, where the variable exists. Where an equation or a term
    exists is no matter of degree: a parameter in a mask moves nothing through it.

    At a kink the derivative is that to one side, the same in every answer, and ``kinks`` names the cell. A
    complementarity row keeps the side it is on: its variable stays at the bound where it is nearer to that than the
    residual is to zero. Of arguments of ``Max``, ``Min`` and ``Abs`` that tie one is followed, a number if there is
    one.
    """

    def __init__(
        self, system: Layouts, parameters: Mapping[str, Array], values: Mapping[str, Array], active: Sequence[str],
        given: Sequence[str] = (), factor: Factor | None = None,
    ) -> None:  # fmt: skip
        self.system, self.state = system, State(system, parameters, values, active)
        self.state.require_given(parameters, active, given)
        self.u = self.state.pack()
        residual, self.jacobian = self.state.linearise(self.u, measure=Measure.EQUATION)
        size = np.nan_to_num(np.abs(residual), nan=np.inf)
        if not size.max(initial=0.0) <= SOLVED:
            row = int(size.argmax())
            name, labels = system.equation_at(self.state.layout, row)
            raise SpecificationError(message("CGE438", cell=cell_text(name, labels), residual=float(size[row])))
        self.factor = require_determined(self.state, self.u, factor)
        self.width = int(self.state.layout.bounds[-1])
        self.columns, self.count = self._numbering()
        self.inputs = self._inputs()

    @cached_property
    def kinks(self) -> tuple[Cell, ...]:
        """Cells where the derivative to one side differs from that to the other."""
        return (*self._weak_rows(), *self._bends())

    # ------------------------------------------------------------ answers
    def along(self, shift: Mapping[str, Any], accounts: Sequence[str] = ()) -> Derivative:
        """Derivative of every variable, and of ``accounts``, along a direction of what is given."""
        return Derivative(self.moves(shift, accounts), self.kinks)

    def moves(self, shift: Mapping[str, Any], accounts: Sequence[str] = ()) -> dict[str, Array]:
        """The same where nobody asks for kinks, which cost as much as some directions."""
        theory, jacobian = self.system.theory, self.jacobian
        given, z, core = self._pushed(shift)
        z[: jacobian.n] = core * jacobian.columns
        moves = np.concatenate([given, jacobian.carry(z)])
        out = {n: _read(moves, self.columns[n]) for n, f in theory.families.items() if f.kind == "variable"}
        for name, entries, columns in self._chain(accounts):
            moves = np.append(moves, entries.push(moves, int((columns >= 0).sum())))
            if name in accounts:
                out[name] = _read(moves, columns)
        return out

    def tangent(self, shift: Mapping[str, Any]) -> Array:
        """Derivative of the unknowns along a direction of what is given, in logarithms where they are solved so."""
        return self._pushed(shift)[2]

    def _pushed(self, shift: Mapping[str, Any]) -> tuple[Array, Array, Array]:
        """A direction of what is given by its cells, what it moves in each definition alone, and the unknowns."""
        jacobian, n = self.jacobian, self.jacobian.n
        given = np.zeros(self.count)
        for name, change in shaped(self.system, shift).items():
            at = self.columns.get(name, np.full(change.shape, -1))
            moves = change != 0
            if (moves & ~self._is_given(at)).any():
                raise SpecificationError(message("CGE439", name=name))
            given[at[moves]] = change[moves]
        pushed = self.inputs.push(given, self.width + n)
        z = jacobian.carry(pushed[: self.width].copy())
        right = pushed[self.width :] + jacobian.through(z)
        core, self.factor, _ = jacobian.solve(-right, self.factor, EXACT)
        return given, pushed[: self.width], core

    def of(self, weights: Mapping[str, Any]) -> Derivative:
        """Derivative of one number by every entry of every parameter, and of every variable that is given.

        Parameters
        ----------
        weights : mapping of str to number, ndarray or dict
            The number is the sum of variables and accounts times these; a dict by label says 0 of all it leaves out.
        """
        theory, jacobian, n = self.system.theory, self.jacobian, self.jacobian.n
        wanted = shaped(self.system, weights)
        refuse(theory, [message("CGE439.of", name=k) for k in wanted if theory.families[k].kind == "parameter"])
        chain = list(self._chain([k for k in wanted if k in theory.accounts]))
        columns = self.columns | {name: at for name, _, at in chain}
        seed = np.zeros(1 + max(int(at.max(initial=-1)) for at in columns.values()))
        for name, weight in wanted.items():
            there = columns[name] >= 0
            seed[columns[name][there]] += weight[there]
        for _, entries, at in reversed(chain):
            seed += entries.pull(seed[at[at >= 0]], len(seed))
        direct, own = np.split(seed[: self.count + self.width], [self.count])
        right = jacobian.carry_back(own.copy())[:n] * jacobian.columns
        price, self.factor, _ = jacobian.solve(right, self.factor, EXACT, transposed=True)
        through = jacobian.carry_back(own - jacobian.through_back(price))
        by = direct + self.inputs.pull(np.concatenate([np.zeros(n), through[n:], -price]), self.count)
        given = {k: np.where(self._is_given(at), at, -1) for k, at in self.columns.items()}
        return Derivative({k: _read(by, at) for k, at in given.items() if (at >= 0).any()}, self.kinks)

    def _is_given(self, columns: Array) -> Array:
        return np.asarray((columns >= 0) & (columns < self.count))

    # ------------------------------------------------------------ derivatives by what is given
    def _numbering(self) -> tuple[dict[str, Array], int]:
        """Place of every cell: what is given, then the variables; how many are given."""
        sets, layout = self.system.sets, self.state.layout
        columns, count, condensed = {}, 0, self.system.theory.condensed
        for name, family in self.system.theory.families.items():
            if family.kind == "account":
                continue
            shape = [len(sets[d.name]) for d in family.dims]
            if family.kind == "variable":
                there = self.state.parameters[family.exists] > 0 if family.exists else True
                held = (layout.position[name] < 0) & (name not in condensed) & there
            else:
                held = np.full(shape, family.automatic is None)
            columns[name] = np.full(shape, -1, np.int64)
            columns[name][held] = count + np.arange(np.count_nonzero(held))
            count += int(np.count_nonzero(held))
        for name, at in layout.position.items():
            columns[name] = np.where(at >= 0, count + at, columns[name])
        return columns, count

    def _inputs(self) -> Entries:
        """Derivatives by what is given of the definitions, and of the equations as the Jacobian scales them."""
        layout, jacobian = self.state.layout, self.jacobian
        _kernels(self.system.theory).prepare(b.statement for b in (*layout.definitions, *layout.equations))
        parts: list[Entries] = []
        edges = [*layout.bounds[1:-1], *(self.width + b.rows.start for b in layout.equations)]
        for block, edge in zip((*layout.definitions, *layout.equations), edges, strict=True):
            scale = jacobian.row_scale[block.rows] if edge >= self.width else np.ones(len(block.cells))
            for entries in self._by_given(block, self.state):
                values = entries.values * scale[entries.rows]
                parts.append(Entries(entries.rows + edge, entries.cols, values))
            if block.statement.complements:
                parts += self._bounds(block.statement, block.present, block.rows)
        return Entries.joined(parts)

    def _by_given(self, block: Block, state: State) -> Iterator[Entries]:
        """Derivatives of a statement by parameters, then by held variables."""
        tables = block.kernel.tables
        if tables.given:
            yield self._entries(_kernels(self.system.theory)[block.statement], block.present, state)
        if any(self._is_given(self.columns[n]).any() for n in tables.unknowns):
            entries = self._entries(block.kernel, block.present, state)
            held = entries.cols < self.count
            yield Entries(entries.rows[held], entries.cols[held], entries.values[held])

    def _entries(
        self, kernel: Kernel, present: Array, state: State, columns: Mapping[str, Array] | None = None
    ) -> Entries:
        tables: Mapping[str, Array] = {**state.parameters, **state.values}
        sizes = {n: len(members) for n, members in self.system.sets.items()}
        places = self.columns if columns is None else columns
        call = Call(kernel, sizes, tables.__getitem__, places.__getitem__, present)
        rows, cols = call.pattern()
        values = np.empty(len(rows))
        call.triplets(np.empty(int(present.sum())), values)
        return Entries(rows, cols, values)

    def _bounds(self, statement: Statement, present: Array, rows: slice) -> Iterator[Entries]:
        """What moves the bounds that rows are met at."""
        layout, jacobian = self.state.layout, self.jacobian
        idle, x = jacobian.row_scale[rows] == 0, self.u[layout.paired[rows]]
        high = np.abs(layout.upper[rows] - x) < np.abs(x - layout.lower[rows])
        for word, here in (("lower", idle & ~high), ("upper", idle & high)):
            bound = _bound(statement, word)
            if here.any() and not bound.expr.is_number:
                entries = self._entries(_kernels(self.system.theory)[bound], present, self.state)
                by = -jacobian.slack[rows] * here
                yield Entries(entries.rows + self.width + rows.start, entries.cols, entries.values * by[entries.rows])

    def _chain(self, accounts: Sequence[str]) -> Iterator[tuple[str, Entries, Array]]:
        """Accounts and those they are made of, in order: derivatives by all that has a place, places of the cells."""
        theory, state, accounts = self.system.theory, copy(self.state), list_of(accounts)
        refuse(theory, [message("CGE422", name=n, near=near(n, theory.accounts))
                        for n in accounts if n not in theory.accounts])  # fmt: skip
        wanted = set(accounts)
        for name in reversed(theory.accounts):
            if name in wanted:
                wanted |= {theory.family_of(x).name for x in theory.references(theory.accounts[name].expr)}
        reports = [_report(s) for s in theory.accounts.values() if s.name in wanted]
        kernels, numbers = _kernels(theory), Accounts(theory, state.parameters, state.values)
        kernels.prepare(reports)
        columns, at = dict(self.columns), self.count + self.width
        for s in reports:
            there = np.asarray(grid(theory, self.system.sets, s.where, s.over, state.parameters) != 0)
            columns[s.name] = np.where(there, at - 1 + np.cumsum(there).reshape(there.shape), -1)
            at += int(there.sum())
            entries = self._entries(kernels[s], there.astype(np.uint8), state, columns)
            yield s.name, entries, columns[s.name]
            state.values = {**state.values, s.name: np.array(numbers[s.name])}

    # ------------------------------------------------------------ kinks
    def _weak_rows(self) -> Iterator[Cell]:
        """Complementarity rows that are met at the bound of their variable both ways."""
        for row in self.state.weak_rows(self.u):
            yield self.system.equation_at(self.state.layout, int(row))

    def _bends(self) -> Iterator[Cell]:
        """Statements whose derivatives jump within a small move of everything."""
        layout = self.state.layout
        bent = [b for b in (*layout.definitions, *layout.equations) if b.statement.expr.has(*BENT)]
        if not bent:
            return
        sides = [self._beside(by) for by in (KINK, -KINK, KINK / 10, -KINK / 10)]
        first, second = map(self._flat, sides[:2])
        size = np.maximum(np.abs(first), np.abs(first - second) / (2 * KINK))
        for block in bent:
            entries = [
                Entries.joined([self._entries(block.kernel, block.present, side), *self._by_given(block, side)])
                for side in sides
            ]
            rows, terms = entries[0].rows, [x.values * size[x.cols] for x in entries]
            largest = np.zeros(len(block.cells))
            np.maximum.at(largest, rows, np.abs(terms).max(0))
            far, close = np.abs(terms[0] - terms[1]), np.abs(terms[2] - terms[3])
            for row in np.unique(rows[(far > JUMP * largest[rows]) & (close > far / 2)]):
                name = block.statement.variable
                yield block.statement.name, self.system.labels(name, block.cells[row])

    def _flat(self, state: State) -> Array:
        """Numbers of a state by their places."""
        out = np.zeros(self.count + self.width)
        for name, at in self.columns.items():
            numbers = state.values[name] if name in state.values else state.parameters[name]
            out[at[at >= 0]] = numbers[at >= 0]
        return out

    def _beside(self, by: float) -> State:
        """The state with everything but masks moved a little, each by its own amount."""
        draw, state = np.random.default_rng(0), self.state

        def moved(x: Array, size: Array) -> Array:
            return np.asarray(x + by * size * draw.uniform(0.5, 1.0, x.shape) * draw.choice([-1.0, 1.0], x.shape))

        still = {*self.system.masks, *(n for n, f in self.system.theory.families.items() if f.automatic is not None)}
        side = state.beside({
            n: x if n in still else moved(x, np.where(x != 0, np.abs(x), np.abs(x).max(initial=0.0) or 1.0))
            for n, x in state.parameters.items()
        })  # fmt: skip
        side.values_at(moved(self.u, state.unit))
        return side


def shaped(system: Layouts, given: Mapping[str, Any]) -> dict[str, Array]:
    """Numbers in the shape of their symbols; a dict by label is 0 in what it leaves out."""
    theory, sets, faults = system.theory, system.sets, list[Message]()
    known = theory.families
    require_mapping(given)
    filled = {n: _filled(known[n], x, sets) if n in known else x for n, x in given.items()}
    out = {n: np.asarray(x, float) for n, x in arranged(theory, sets, filled, faults).items()}
    shapes = {n: tuple(len(sets[d.name]) for d in known[n].dims) for n in out}
    faults += [message("CGE433", name=n, shape=shapes[n], sets=listed(d.name for d in known[n].dims), found=x.shape)
               for n, x in out.items() if x.shape not in ((), shapes[n])]  # fmt: skip
    refuse(theory, faults)
    return {n: np.broadcast_to(x, shapes[n]) for n, x in out.items()}


def _read(numbers: Array, columns: Array) -> Array:
    """Numbers by place, 0 where a cell has none."""
    return np.where(columns >= 0, numbers[columns], 0.0)


def _filled(family: Family, given: Any, sets: Members) -> Any:
    if not isinstance(given, Mapping) or not family.dims:
        return given
    labels = [sets[d.name] for d in family.dims]
    return dict.fromkeys(product(*labels) if len(labels) > 1 else labels[0], 0.0) | dict(given)


# ------------------------------------------------------------ kernels
def _report(account: Statement) -> Statement:
    return replace(account, kind="report")


def _bound(equation: Statement, word: str) -> Statement:
    return replace(equation, kind="report", name=f"{equation.name}.{word}", expr=getattr(equation, word))


def _by(statement: Statement, family: Family) -> bool:
    """By which symbols kernels give derivatives here: parameters; of what is only reported, everything."""
    return family.kind == "parameter" or statement.kind == "report"


@lru_cache(maxsize=8)
def _kernels(theory: Theory) -> Kernels:
    """Kernels of derivatives by what is given, made when they are first wanted."""
    bounds = [_bound(e, word) for e in theory.equations.values() if e.complements for word in ("lower", "upper")]
    reports = map(_report, theory.accounts.values())
    return Kernels(theory, [*theory.definitions.values(), *theory.equations.values(), *reports, *bounds], by=_by)

"""Definitions taken out of the rows of all statements: which cells are left is found once, their numbers each time."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from cge.solve.condensed import HEAVY, LIGHT, Condensed
from cge.solve.kernels import LETTERS, kept_code
from cge.solve.machine_code import compiler, linked
from cge.solve.rows import REALS, add_product, address
from cgebase.arrays import Array
from cgebase.digest import digest

ROOM = 1.5
"""Factor by which the room for cells grows where it is too small."""
WALK = """
define i64 @{name}(i64 %first, i64 %count, ptr %edges, ptr %cells, ptr %slopes, ptr %starts, ptr %places, ptr %numbers,
                   ptr %begins, ptr %spots, ptr %into, ptr %held, i64 %room) {{
entry:
  br label %head
head:
  %row = phi i64 [ %first, %entry ], [ %next, %close ]
  %after = add i64 %row, 1
  %mine = getelementptr i32, ptr %begins, i64 %row
  %first_cell = load i32, ptr %mine
  %on = icmp slt i64 %row, %count
  br i1 %on, label %fits, label %end
fits:
  %full = sext i32 %first_cell to i64
  %few = icmp sle i64 %full, %room
  br i1 %few, label %open, label %end
open:
  %edge = getelementptr i32, ptr %edges, i64 %row
  %edge_after = getelementptr i32, ptr %edges, i64 %after
  %begin = load i32, ptr %edge
  %stop = load i32, ptr %edge_after
  %stamp = trunc i64 %after to i32
  br label %look
look:
  %at = phi i32 [ %begin, %open ], [ %beyond, %passed ]
  %total = phi i32 [ %first_cell, %open ], [ %known, %passed ]
  %inside = icmp slt i32 %at, %stop
  br i1 %inside, label %cell, label %done
cell:
  %where = getelementptr i32, ptr %cells, i32 %at
  %middle = load i32, ptr %where
  {weight}
  %start = getelementptr i32, ptr %starts, i32 %middle
  %later = getelementptr i32, ptr %start, i32 1
  %from = load i32, ptr %start
  %to = load i32, ptr %later
  br label %pass
pass:
  %k = phi i32 [ %from, %cell ], [ %more, %term ]
  %known = phi i32 [ %total, %cell ], [ %longer, %term ]
  %left = icmp slt i32 %k, %to
  br i1 %left, label %term, label %passed
term:
  %place = getelementptr i32, ptr %places, i32 %k
  %column = load i32, ptr %place
  {term}
  %more = add i32 %k, 1
  br label %pass
passed:
  %beyond = add i32 %at, 1
  br label %look
done:
  %last = getelementptr i32, ptr %begins, i64 %after
  {done}
close:
  %next = add i64 %row, 1
  br label %head
end:
  ret i64 %row
}}
"""
"""Every row of some cells as a sum of rows that are known, the rows before it among them where those are the same."""
FIND = {
    "weight": "",
    "term": """%held_there = getelementptr i32, ptr %held, i32 %column
  %old = load i32, ptr %held_there
  %new = icmp ne i32 %old, %stamp
  store i32 %stamp, ptr %held_there
  %spot = getelementptr i32, ptr %spots, i32 %known
  store i32 %column, ptr %spot
  %one = zext i1 %new to i32
  %longer = add i32 %known, %one""",
    "done": "store i32 %total, ptr %last\n  br label %close",
}
"""Columns of each row, in the order in which they are met; ``held`` remembers the last row that had one."""
FILL = {
    "weight": "%slope = getelementptr {real}, ptr %slopes, i32 %at\n  %weight = load {real}, ptr %slope",
    "term": """%its = getelementptr {real}, ptr %numbers, i32 %k
  %number = load {real}, ptr %its
  %sum = getelementptr {real}, ptr %held, i32 %column
  %old = load {real}, ptr %sum
  %part = fmul {real} %weight, %number
  %new = fadd {real} %old, %part
  store {real} %new, ptr %sum
  %longer = add i32 %known, 0""",
    "done": """%filled = load i32, ptr %last
  br label %write
write:
  %j = phi i32 [ %first_cell, %done ], [ %j_after, %written ]
  %unfinished = icmp slt i32 %j, %filled
  br i1 %unfinished, label %written, label %close
written:
  %spot = getelementptr i32, ptr %spots, i32 %j
  %there = load i32, ptr %spot
  %gathered = getelementptr {real}, ptr %held, i32 %there
  %value = load {real}, ptr %gathered
  %mine_now = getelementptr {real}, ptr %into, i32 %j
  store {real} %value, ptr %mine_now
  store {real} 0.0, ptr %gathered
  %j_after = add i32 %j, 1
  br label %write""",
}
"""Numbers of each row, gathered in ``held``, a table of zeros, and written where its columns are."""


class Cells(NamedTuple):
    """Columns of the cells of rows, one row after the other.

    Parameters
    ----------
    edges : ndarray of int32, (rows + 1,)
    columns : ndarray of int32, (cells,)
    """

    edges: Array
    columns: Array

    @property
    def counts(self) -> Array:
        """Cells of each row."""
        return np.diff(self.edges)

    def keep(self, rows: Array) -> tuple[Cells, Array]:
        """The same with all other rows empty, and the places of the cells that stay; ``rows`` is a mask."""
        at = np.flatnonzero(np.repeat(rows, self.counts))
        return Cells(_edges(np.where(rows, self.counts, 0)), self.columns[at]), at

    def take(self, rows: Array) -> tuple[Cells, Array]:
        """Some rows, by number, in increasing order, and the places of their cells."""
        mask = np.zeros(len(self.edges) - 1, bool)
        mask[rows] = True
        at = np.flatnonzero(np.repeat(mask, self.counts))
        return Cells(_edges(self.counts[rows]), self.columns[at]), at

    def sorted(self, width: int) -> Cells:
        """The same with the columns of each row in order."""
        rows = csr_matrix((np.zeros(len(self.columns), np.int8), self.columns, self.edges), (len(self.counts), width))
        rows.sort_indices()
        return Cells(rows.indptr, rows.indices)


def _edges(counts: Array) -> Array:
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(counts, dtype=np.int32)])


@lru_cache(maxsize=1)
def _walks() -> tuple[dict[str, Callable[..., int]], object]:
    """The walks by name, and what keeps them in memory."""
    code = WALK.format(name="find", **FIND)
    for size, real in REALS.items():
        code += WALK.format(name=f"fill_{size}", **{k: v.format(real=real) for k, v in FILL.items()})
    engine = linked([kept_code(f"elimination{digest(code, compiler())[:LETTERS]}", lambda: code)])
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 10, ctypes.c_int64)
    names = ["find", *(f"fill_{size}" for size in REALS)]
    return {name: kind(engine.get_function_address(name)) for name in names}, engine


def found(rows: Cells, known: Cells | None, width: int) -> Cells:
    """Cells of the sums of known rows.

    Parameters
    ----------
    rows : Cells
        By their columns, which known rows each takes.
    known : Cells, optional
        None where each takes of those that are found before it, after ``width`` rows of one cell each.
    width : int
        Columns of known rows.

    Returns
    -------
    Cells
        With the first ``width`` rows where ``known`` is None.
    """
    head, count = (width, len(rows.counts)) if known is None else (0, len(rows.counts))
    edges = np.zeros(head + count + 1, np.int32)
    edges[: head + 1] = np.arange(head + 1)
    columns = np.empty(head + width + 1 + 4 * len(rows.columns), np.int32)
    columns[:head] = np.arange(head)
    marks, done = np.zeros(width, np.int32), 0
    while done < count:
        of = Cells(edges, columns) if known is None else known
        tables = (*rows, marks, *of, marks, edges[head:], columns, marks, marks)
        done = _walks()[0]["find"](done, count, *map(address, tables), len(columns) - width - 1)
        if done < count:
            columns = np.concatenate([columns, np.empty(int((ROOM - 1) * len(columns)) + width, np.int32)])
    return Cells(edges, columns[: edges[-1]].copy())


def fill(rows: Cells, slopes: Array, known: Cells, numbers: Array, out: Cells, into: Array, held: Array) -> None:
    """Write the numbers of found cells.

    Parameters
    ----------
    slopes, numbers, into : ndarray
        Of the cells of ``rows``, ``known`` and ``out``; the last two may be the same.
    held : ndarray
        Zeros, one for each column.
    """
    tables = (*rows, slopes, *known, numbers, *out, into, held)
    _walks()[0][f"fill_{into.itemsize}"](0, len(rows.counts), *map(address, tables), len(into))


class Elimination:
    """Rows of the equations over core unknowns and hubs, and of hubs over core unknowns.

    Definitions are rows over core unknowns and hubs; the definition of a hub, which many rows share, is put in last.

    Parameters
    ----------
    edges, columns : ndarray of int
        Cells of the definitions in the order of evaluation, then of the equations, over core unknowns and definitions.
    hubs : ndarray of bool
        Per row of the definitions.
    equations : ndarray of int
        Edges of the rows of each equation.
    paired : ndarray of int
        Core column of the variable paired with each row, which has a cell of its own there.
    """

    def __init__(self, edges: Array, columns: Array, hubs: Array, equations: Array, paired: Array) -> None:
        at, self._n, self._equations, self._paired = np.flatnonzero(hubs), len(paired), equations, paired
        n, defined = self._n, len(hubs)
        self._width = n + len(at)
        row_of = np.concatenate([np.arange(n), self._width + np.arange(defined)]).astype(np.int32)
        row_of[n + at] = n + np.arange(len(at))
        self._cut = int(edges[defined])
        whole = Cells(edges.astype(np.int32), row_of[columns])
        self._defined = Cells(whole.edges[: defined + 1], whole.columns[: self._cut])
        self._known = found(self._defined, None, self._width).sorted(self._width)
        self._of_hubs, self._pick = self._known.take(self._width + at)
        self._tied = found(self._of_hubs, None, n).sorted(n)
        own = Cells(whole.edges[defined:] - self._cut, whole.columns[self._cut :])
        self._rows(own, np.diff(equations))

    def _rows(self, own: Cells, sizes: Array) -> None:
        """Tell heavy equations from light ones, whose cells are found."""
        after = own.edges[1:]
        edges = own.edges + np.arange(self._n + 1, dtype=np.int32)
        with_own = Cells(edges, np.insert(own.columns, after, self._paired))
        places = np.insert(np.arange(len(own.columns)), after, len(own.columns))
        work = np.concatenate([[0], np.cumsum(self._known.counts[with_own.columns], dtype=np.int64)])
        work = np.diff(work[with_own.edges[self._equations]])
        heavy = (sizes > LIGHT * self._width) & (work > HEAVY * sizes * self._width)
        light, at = with_own.keep(np.repeat(~heavy, sizes))
        filled = np.diff(found(light, self._known, self._width).edges[self._equations]) > LIGHT * sizes * self._width
        heavy |= filled
        self._light, at = with_own.keep(np.repeat(~heavy, sizes))
        self._places = places[at]
        self._out = found(self._light, self._known, self._width).sorted(self._width)
        rows = np.repeat(np.arange(self._n, dtype=np.int32), self._out.counts)
        self._diagonal = np.flatnonzero(self._out.columns == self._paired[rows])
        self._of_row = rows
        self._heavy = {
            int(k): own.take(np.arange(self._equations[k], self._equations[k + 1])) for k in np.flatnonzero(heavy)
        }

    def condensed(self, slopes: Array, columns: Array, row_scale: Array, slack: Array) -> Condensed:
        """The matrix in the kind of numbers of the slopes; scales and rows of complementarities as of a Jacobian."""
        kind, n, width = slopes.dtype, self._n, self._width
        numbers, tied, light = (np.empty(len(x.columns), kind) for x in (self._known, self._tied, self._out))
        numbers[:width] = tied[:n] = 1.0
        held = np.zeros(width, kind)
        later = Cells(self._known.edges[width:], self._known.columns)
        fill(self._defined, slopes[: self._cut], self._known, numbers, later, numbers, held)
        later = Cells(self._tied.edges[n:], self._tied.columns)
        fill(self._of_hubs, numbers[self._pick], self._tied, tied, later, tied, held)
        own = np.append(slopes[self._cut :], kind.type(0.0))
        fill(self._light, own[self._places], self._known, numbers, self._out, light, held)

        wide = np.concatenate([columns, np.ones(width - n)]).astype(kind)
        scale, paired = row_scale.astype(kind), (slack * columns[self._paired]).astype(kind)
        light *= wide[self._out.columns]
        light *= scale[self._of_row]
        light[self._diagonal] += paired[self._of_row[self._diagonal]]
        rows = csr_matrix((light, self._out.columns, self._out.edges), shape=(n, width))
        above = csr_matrix((numbers, self._known.columns, self._known.edges), shape=(len(self._known.counts), width))
        heavy = {}
        for k, (cells, at) in self._heavy.items():
            here = slice(int(self._equations[k]), int(self._equations[k + 1]))
            whole = np.zeros((here.stop - here.start, width), kind)
            left = csr_matrix((own[at], cells.columns, cells.edges), shape=(len(whole), above.shape[0]))
            add_product(left, above, whole)
            whole *= wide
            whole *= scale[here, None]
            whole[np.arange(len(whole)), self._paired[here]] += paired[here]
            heavy[k] = whole
        of_hubs = self._tied.columns[n:].copy()  # zeros are left out in place
        hubs = csr_matrix((tied[n:] * wide[of_hubs], of_hubs, self._tied.edges[n:] - n), shape=(width - n, n))
        hubs.eliminate_zeros()
        return Condensed(self._equations, rows, heavy, hubs)

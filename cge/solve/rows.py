"""Derivatives of all statements as rows over all variables, one below the other; loops over them are machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

from cge.solve.kernels import LETTERS, kept_code
from cge.solve.machine_code import compiler, linked
from cgebase.arrays import Array
from cgebase.digest import digest

BYTES = 8
"""Of a number."""
BACKWARD = ("pull", "least")
LOOP = """
define void @{name}(i64 %count, i64 %first, i64 %step, ptr %edges, ptr %cells, ptr %slopes, ptr %rows, ptr %columns) {{
entry:
  br label %head
head:
  %n = phi i64 [ 0, %entry ], [ %more, %close ]
  %row = phi i64 [ %first, %entry ], [ %next, %close ]
  %on = icmp slt i64 %n, %count
  br i1 %on, label %open, label %end
open:
  %edge = getelementptr i64, ptr %edges, i64 %row
  %after = getelementptr i64, ptr %edge, i64 1
  %begin = load i64, ptr %edge
  %stop = load i64, ptr %after
  %mine = getelementptr double, ptr %rows, i64 %row
  %own = load double, ptr %mine
  br label %look
look:
  %at = phi i64 [ %begin, %open ], [ %beyond, %cell ]
  %sum = phi double [ 0.0, %open ], [ %longer, %cell ]
  %inside = icmp slt i64 %at, %stop
  br i1 %inside, label %cell, label %close
cell:
  %where = getelementptr i32, ptr %cells, i64 %at
  %short = load i32, ptr %where
  %column = zext i32 %short to i64
  %place = getelementptr double, ptr %slopes, i64 %at
  %slope = load double, ptr %place
  %its = getelementptr double, ptr %columns, i64 %column
  %number = load double, ptr %its
  {cell}
  %beyond = add i64 %at, 1
  br label %look
close:
  {close}
  %more = add i64 %n, 1
  %next = add i64 %row, %step
  br label %head
end:
  ret void
}}
"""
"""Visits rows in steps of 1 or -1, so that each finds what the others before it left."""
MAXIMUM = "call double @llvm.maximum.f64(double"
INFINITY = "0x7FF0000000000000"
SIZE = "%size = call double @llvm.fabs.f64(double %slope)"
SCATTERED = "store double %new, ptr %its\n  %longer = fadd double 0.0, 0.0"
PARTS = {
    "push": (
        "%term = fmul double %slope, %number\n  %longer = fadd double %sum, %term",
        "%new = fadd double %own, %sum\n  store double %new, ptr %mine",
    ),
    "largest": (
        f"{SIZE}\n  %term = fmul double %size, %number\n  %longer = {MAXIMUM} %sum, double %term)",
        f"%new = {MAXIMUM} %own, double %sum)\n  store double %new, ptr %mine",
    ),
    "pull": (f"%term = fmul double %slope, %own\n  %new = fadd double %number, %term\n  {SCATTERED}", ""),
    "least": (
        f"{SIZE}\n  %sized = fcmp ogt double %own, 0.0\n  %whole = select i1 %sized, double %own, double {INFINITY}\n"
        f"  %term = fdiv double %whole, %size\n"
        f"  %new = call double @llvm.minnum.f64(double %number, double %term)\n  {SCATTERED}", "",
    ),
}  # fmt: skip
"""What is done with every cell of a row, and with the row."""
PRODUCT = """
define void @product_{size}(i64 %count, i64 %width, ptr %edges, ptr %cells, ptr %data, ptr %starts, ptr %places,
                            ptr %numbers, ptr %into) {{
entry:
  br label %head
head:
  %row = phi i64 [ 0, %entry ], [ %next, %close ]
  %on = icmp slt i64 %row, %count
  br i1 %on, label %open, label %end
open:
  %edge = getelementptr i32, ptr %edges, i64 %row
  %after = getelementptr i32, ptr %edge, i64 1
  %begin = load i32, ptr %edge
  %stop = load i32, ptr %after
  %first = mul i64 %row, %width
  %out = getelementptr {real}, ptr %into, i64 %first
  br label %look
look:
  %at = phi i32 [ %begin, %open ], [ %beyond, %passed ]
  %inside = icmp slt i32 %at, %stop
  br i1 %inside, label %cell, label %close
cell:
  %where = getelementptr i32, ptr %cells, i32 %at
  %middle = load i32, ptr %where
  %held = getelementptr {real}, ptr %data, i32 %at
  %weight = load {real}, ptr %held
  %start = getelementptr i32, ptr %starts, i32 %middle
  %later = getelementptr i32, ptr %start, i32 1
  %from = load i32, ptr %start
  %to = load i32, ptr %later
  br label %pass
pass:
  %k = phi i32 [ %from, %cell ], [ %more, %term ]
  %left = icmp slt i32 %k, %to
  br i1 %left, label %term, label %passed
term:
  %place = getelementptr i32, ptr %places, i32 %k
  %column = load i32, ptr %place
  %mine = getelementptr {real}, ptr %numbers, i32 %k
  %number = load {real}, ptr %mine
  %its = getelementptr {real}, ptr %out, i32 %column
  %old = load {real}, ptr %its
  %part = fmul {real} %weight, %number
  %new = fadd {real} %old, %part
  store {real} %new, ptr %its
  %more = add i32 %k, 1
  br label %pass
passed:
  %beyond = add i32 %at, 1
  br label %look
close:
  %next = add i64 %row, 1
  br label %head
end:
  ret void
}}
"""
"""Adds the product of two sparse matrices to a dense one."""
REALS = {4: "float", 8: "double"}
FOREIGN = "".join(
    f"declare double @llvm.{name}.f64({', '.join(['double'] * count)})\n"
    for name, count in (("fabs", 1), ("maximum", 2), ("minnum", 2))
)


@lru_cache(maxsize=1)
def _loops() -> tuple[dict[str, Callable[..., None]], object]:
    """The loops by name, and what keeps them in memory."""
    code = FOREIGN + "".join(LOOP.format(name=name, cell=cell, close=close) for name, (cell, close) in PARTS.items())
    code += "".join(PRODUCT.format(size=size, real=real) for size, real in REALS.items())
    engine = linked([kept_code(f"rows{digest(code, compiler())[:LETTERS]}", lambda: code)])
    kinds = dict.fromkeys(PARTS, ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3, *[ctypes.c_void_p] * 5))
    kinds |= {f"product_{n}": ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 7) for n in REALS}
    return {name: kind(engine.get_function_address(name)) for name, kind in kinds.items()}, engine


def add_product(left: csr_matrix, right: csr_matrix, into: Array) -> None:
    """Add ``left @ right`` to a dense matrix of the same kind of numbers, row after row in memory."""
    tables = [x for m in (left, right) for x in (m.indptr.astype(np.int32, copy=False),
                                                 m.indices.astype(np.int32, copy=False), m.data)]  # fmt: skip
    product = _loops()[0][f"product_{into.itemsize}"]
    product(left.shape[0], into.shape[1], *map(address, tables), address(into))


class Rows:
    """Derivatives at one point: of definitions in the order of evaluation, then of equations.

    Row k of the definitions is that of variable n + k, which only later rows have in them.

    Parameters
    ----------
    edges : ndarray of int64, (rows + 1,)
        Where each row begins among the cells.
    columns : ndarray of int32, (cells,)
        Variables.
    slopes : ndarray, (cells,)
    n : int
        Core unknowns, as many as equations.
    """

    def __init__(self, edges: Array, columns: Array, slopes: Array, n: int) -> None:
        self.slopes, self._n, self._defined = slopes, n, len(edges) - 1 - n
        self._held = edges, columns, slopes
        self._table = tuple(map(address, self._held))

    def without(self, paired: Array) -> Rows:
        """The same with zeros where an equation has the variable of its number in ``paired``, (n,)."""
        edges, columns, slopes = self._held
        at, own = edges[self._defined], np.repeat(paired, np.diff(edges[self._defined :]))
        slopes = slopes.copy()
        slopes[at:][columns[at:] == own] = 0.0
        return Rows(edges, columns, slopes, self._n)

    def definitions(self, loop: str, numbers: Array) -> Array:
        """One loop over the definitions with numbers of all variables, (variables,), which it changes.

        ``push`` adds to each what it takes of others, ``pull`` gives others their part of it, last row first;
        ``largest`` and ``least`` do so with the largest term, and with what moves a whole by its own size.
        """
        back = loop in BACKWARD
        first, step = (self._defined - 1, -1) if back else (0, 1)
        self._run(loop, self._defined, first, step, address(numbers) + BYTES * self._n, address(numbers))
        return numbers

    def equations(self, loop: str, rows: Array, variables: Array) -> None:
        """The same over the equations, (n,): forward it changes these, backward the variables."""
        at = address(rows) - BYTES * self._defined
        self._run(loop, self._n, self._defined, 1, at, address(variables))

    def _run(self, loop: str, count: int, first: int, step: int, rows: int, columns: int) -> None:
        _loops()[0][loop](count, first, step, *self._table, rows, columns)


def address(table: Array) -> int:
    """Where a table begins in memory."""
    return int(table.__array_interface__["data"][0])

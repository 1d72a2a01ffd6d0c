"""Kernels: statements as machine code, kept on disk under the digest of what they were made from."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import sympy as sp
from llvmlite.binding import ExecutionEngine

from cge.language.algebra import Statement, Theory
from cge.language.declare import MOST_KNOWN
from cge.solve.cache import keep, kept, kernel_dir, private
from cge.solve.kernel_source import FUNCTIONS, VERSION, By, Tables, functions_of, is_unknown, print_kernel
from cge.solve.machine_code import compiled, compiler, linked
from cgebase.arrays import Array
from cgebase.digest import digest
from cgebase.errors import SpecificationError
from cgebase.messages import message
from cgebase.whole import clear_parts

Progress = Callable[[int, int], None]
Function = Callable[..., int]
DEAD = 3600.0
"""Seconds after which a file that is still being written to the cache belongs to a process that was killed."""
LETTERS = 24
"""Length of the name of a kernel."""
PROTOTYPES = {n: ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * (1 + len(x))) for n, x in FUNCTIONS.items()}


@dataclass(frozen=True)
class Kernel:
    """A statement as machine code.

    Parameters
    ----------
    functions : mapping of str to callable
        By name; they take addresses.
    tables : Tables
    shapes : mapping of str to tuple of str
        Sets over which each table runs.
    code : object
        Keeps the machine code in memory.
    """

    functions: Mapping[str, Function]
    tables: Tables
    shapes: Mapping[str, tuple[str, ...]]
    code: object


class Call:
    """A kernel with the arrays it reads: they stay where they are, what they hold may change.

    Parameters
    ----------
    sizes : mapping of str to int
        Members of each set.
    values, columns : callable of str
        Table of a symbol, and the places of its cells among the columns.
    present : ndarray of uint8, optional
        Where the statement exists; none for an account.
    """

    def __init__(
        self, kernel: Kernel, sizes: Mapping[str, int], values: Callable[[str], Array],
        columns: Callable[[str], Array] | None = None, present: Array | None = None,
    ) -> None:  # fmt: skip
        self._functions, tables = kernel.functions, kernel.tables
        self._held: list[Array] = []

        def address(name: str, table: Array, kind: type) -> int:
            shape = tuple(sizes[s] for s in kernel.shapes[name])
            if table.shape != shape or table.dtype != kind or not table.flags.c_contiguous:
                sets = list(kernel.shapes[name])
                raise SpecificationError(message("CGE433", name=name, shape=shape, sets=sets, found=table.shape))
            self._held.append(table)
            return _address(table)

        words = [] if present is None else [_address(present)]
        words += [sizes[s] for s in tables.sets]
        words += [address(n, values(n), float) for n in tables.unknowns]
        words += [address(n, columns(n), np.int64) for n in tables.unknowns] if columns is not None else []
        words += [address(n, values(n), float) for n in tables.given]
        self._held += [] if present is None else [present]
        self._words = (ctypes.c_int64 * len(words))(*words)
        self._table = ctypes.addressof(self._words)

    def fill(self, out: Array) -> Array:
        """Write values into ``out``."""
        self._functions["value"](self._table, _address(out))
        return out

    def value(self, rows: int) -> Array:
        """Values in the cells where the statement exists, (rows,)."""
        return self.fill(np.empty(rows))

    def pattern(self) -> tuple[Array, Array]:
        """Rows and columns of the derivatives."""
        count = self._functions["pattern"](self._table, None, None)
        rows, cols = np.empty(count, np.int64), np.empty(count, np.int64)
        self._functions["pattern"](self._table, _address(rows), _address(cols))
        return rows, cols

    def triplets(self, out: Array, slopes: Array) -> None:
        """Write values, (rows,), and derivatives in the order of the pattern."""
        self._functions["triplets"](self._table, _address(out), _address(slopes))


class Kernels:
    """Kernels of statements, each made when it is first wanted and kept in the cache.

    Parameters
    ----------
    progress : callable, optional
        Called with (kernels ready, kernels to compile) while missing ones compile.
    by : callable, optional
        By which symbols of a statement its kernel gives derivatives.
    """

    def __init__(
        self, theory: Theory, statements: Iterable[Statement], progress: Progress | None = None, by: By = is_unknown
    ) -> None:
        self._theory, self._progress, self._by = theory, progress, by
        self._keys = {_label(s): _key(theory, s, by) for s in statements}
        self._ready: dict[str, Kernel] = {}

    def __getstate__(self) -> dict[str, object]:
        """What another process needs: it reads the compiled code itself."""
        return {**vars(self), "_ready": {}, "_progress": None}

    @property
    def names(self) -> list[str]:
        """What tells these kernels from others: one name for each different one."""
        return sorted(set(self._keys.values()))

    def __getitem__(self, statement: Statement) -> Kernel:
        self.prepare([statement])
        return self._ready[_label(statement)]

    def prepare(self, statements: Iterable[Statement]) -> None:
        """Have the kernels of these statements at hand; those that the cache does not hold are compiled."""
        wanted = [s for s in statements if _label(s) not in self._ready]
        if not wanted:
            return
        private(kernel_dir())
        codes = self._codes({self._keys[_label(s)]: s for s in wanted})
        engine = linked(codes.values())
        for s in wanted:
            tables, families = Tables.of(self._theory, s, self._by), self._theory.families
            shapes = {n: tuple(d.name for d in families[n].dims) for n in (*tables.unknowns, *tables.given)}
            self._ready[_label(s)] = Kernel(_functions(engine, self._keys[_label(s)], s), tables, shapes, engine)

    def _codes(self, wanted: Mapping[str, Statement]) -> dict[str, bytes]:
        """Machine code by key."""
        known = {key: code for key in wanted if (code := kept(_path(key))) is not None}
        missing = [key for key in wanted if key not in known]
        if missing:
            clear_parts(kernel_dir(), older=DEAD)
        for done, key in enumerate(missing, start=1):
            known[key] = kept_code(key, partial(print_kernel, self._theory, wanted[key], key, self._by))
            if self._progress is not None:
                self._progress(done, len(missing))
        return known


def kept_code(key: str, text: Callable[[], str]) -> bytes:
    """Machine code of a text in the language of LLVM, from the cache if it is there."""
    code = kept(_path(key))
    if code is None:
        code = compiled(text())
        keep(_path(key), code)
    return code


def _key(theory: Theory, statement: Statement, by: By) -> str:
    tables = Tables.of(theory, statement, by)
    families = (theory.families[n] for n in (*tables.unknowns, *tables.given))
    defined = theory.definitions
    facts = [[f.name, f.log and f.name not in defined, [d.name for d in f.dims]] for f in families]
    used, text = _written(statement)
    indices = {n: theory.indices[n].name for n in used if n in theory.indices}
    parts = (VERSION, sp.__version__, compiler(), tables.sets, tables.unknowns, tables.given, facts, indices, text)
    return f"k{digest(*parts)[:LETTERS]}"


@lru_cache(maxsize=MOST_KNOWN)
def _written(statement: Statement) -> tuple[list[str], list[str]]:
    """Names of all symbols of a statement, and its parts as text."""
    symbols = sp.Tuple(*statement.over, statement.expr, statement.where).atoms(sp.Symbol)
    parts = (statement.kind == "account", statement.over, statement.expr, statement.where)
    return sorted({x.name for x in symbols}), [str(x) for x in parts]


def _label(statement: Statement) -> str:
    return f"{statement.kind}:{statement.name}"


def _path(key: str) -> Path:
    return kernel_dir() / f"{key}.o"


def _address(table: Array) -> int:
    return int(table.__array_interface__["data"][0])


def _functions(engine: ExecutionEngine, key: str, statement: Statement) -> dict[str, Function]:
    names = functions_of(statement)
    return {n: PROTOTYPES[n](engine.get_function_address(f"{key}_{n}")) for n in names}

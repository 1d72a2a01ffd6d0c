"""Print one statement as a loop kernel that gives its value and its sparse derivatives.

Each reference is differentiated as a scalar and every sum becomes a loop, so the source is as long as the
equation on paper whatever the number of provinces and sectors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from cge.language.algebra import Statement, Theory, Total, boxcox, factors_of, inv_boxcox
from cge.language.declare import Family, Ref, place
from cge.language.fold import is_sum, outermost

VERSION = 5
HEADER = '''"""Generated kernel; do not edit."""
import math
import numba as nb


@nb.njit(inline="always")
def _bc(x, e):
    if abs(e) < 1e-12:
        return math.log(x)
    return math.expm1(e * math.log(x)) / e


@nb.njit(inline="always")
def _ibc(y, e):
    if abs(e) < 1e-12:
        return math.exp(y)
    return math.exp(math.log1p(e * y) / e)

'''


class _Printer(PythonCodePrinter):
    def _print_boxcox(self, expr: boxcox) -> str:
        return f"_bc({self._print(expr.args[0])}, {self._print(expr.args[1])})"

    def _print_inv_boxcox(self, expr: inv_boxcox) -> str:
        return f"_ibc({self._print(expr.args[0])}, {self._print(expr.args[1])})"

    def _print_Heaviside(self, expr: sp.Heaviside) -> str:
        return f"(1.0 if {self._print(expr.args[0])} > 0.0 else 0.0)"

    def _print_Integer(self, expr: sp.Integer) -> str:
        return f"{int(expr)}.0"

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"({int(expr.p)}.0/{int(expr.q)}.0)"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, power = expr.args
        text = self._print(base)
        if power == 2:
            return f"(({text})*({text}))"
        if power == -1:
            return f"(1.0/({text}))"
        if power.is_Integer and abs(int(power)) <= 4:
            return f"(({text})**({int(power)}))"
        return f"(({text})**({self._print(power)}))"


_PRINT = _Printer({"fully_qualified_modules": True})


def text_of(expr: sp.Expr) -> str:
    """Python source of an expression without sums or references."""
    return str(_PRINT.doprint(expr))


@dataclass(frozen=True)
class KernelSource:
    """Source of one kernel and the arrays it takes, in order."""

    source: str
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    sets: tuple[str, ...]
    ndims: dict[str, int]


@dataclass
class _Scope:
    """One loop body: references and sums replaced by plain symbols."""

    expr: sp.Expr
    refs: dict[sp.Symbol, Ref] = field(default_factory=dict)
    params: dict[sp.Symbol, Ref] = field(default_factory=dict)
    totals: list[tuple[sp.Symbol, Total, _Scope]] = field(default_factory=list)


class _Writer:
    def __init__(self, theory: Theory, statement: Statement) -> None:
        self.theory, self.statement = theory, statement
        self.lines: list[str] = []
        self.count = 0
        self.variables: set[str] = set()
        self.parameters: set[str] = set()
        self.sets: set[str] = set()

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def scope(self, expr: sp.Expr) -> _Scope:
        totals: list[tuple[sp.Symbol, Total, _Scope]] = []
        swap: dict[sp.Basic, sp.Symbol] = {}
        for node in outermost(expr, is_sum):
            if node not in swap:
                swap[node] = sp.Symbol(self.name("t"), real=True)
                totals.append((swap[node], node, self.scope(node.body)))
        body = expr.xreplace(swap)
        refs: dict[sp.Symbol, Ref] = {}
        params: dict[sp.Symbol, Ref] = {}
        out = _Scope(body, refs, params, totals)
        for ref in self.theory.references(body):
            family = self.theory.family_of(ref)
            positive = True if family.log else None
            moves = is_unknown(self.statement, family)
            symbol = sp.Symbol(self.name("x" if moves else "q"), real=True, positive=positive)
            (refs if moves else params)[symbol] = ref
            body = body.xreplace({ref: symbol})
        out.expr = body
        return out

    def cell(self, ref: Ref, array: str) -> str:
        if isinstance(ref, sp.Indexed):
            return f"{array}[{', '.join(_position(k) for k in ref.indices)}]"
        return array

    def emit(self, indent: int, line: str) -> None:
        self.lines.append("    " * indent + line)

    def loops(self, indent: int, indices: tuple[sp.Symbol, ...]) -> int:
        for k in indices:
            over = self.theory.indices[k.name].name
            self.sets.add(over)
            self.emit(indent, f"for i_{k.name} in range(n_{over}):")
            indent += 1
        return indent

    def load(self, indent: int, scope: _Scope) -> None:
        for table, prefix, used in (
            (scope.refs, "v_", self.variables),
            (scope.params, "p_", self.parameters),
        ):
            for symbol, ref in table.items():
                family = self.theory.family_of(ref).name
                used.add(family)
                self.emit(indent, f"{symbol.name} = {self.cell(ref, prefix + family)}")

    def mask(self, indent: int, where: sp.Basic) -> None:
        """Skip the cell unless every factor of the mask is present."""
        for factor in factors_of(where):
            if isinstance(factor, sp.Ne):
                left, right = factor.args
                self.emit(indent, f"if i_{left} == i_{right}:")
            else:
                family = self.theory.family_of(factor).name
                self.parameters.add(family)
                self.emit(indent, f"if {self.cell(factor, 'p_' + family)} == 0.0:")
            self.emit(indent + 1, "continue")

    def sums(self, indent: int, scope: _Scope) -> None:
        """Emit loads and inner sums of the scope."""
        self.load(indent, scope)
        for symbol, node, inner in scope.totals:
            self.emit(indent, f"{symbol.name} = 0.0")
            deeper = self.loops(indent, node.indices)
            self.mask(deeper, node.where)
            self.emit(deeper, f"{symbol.name} += {self.value(deeper, inner)}")

    def value(self, indent: int, scope: _Scope) -> str:
        """Emit loads, inner sums and the value of the scope; returns its name."""
        self.sums(indent, scope)
        out = self.name("f")
        self.emit(indent, f"{out} = {text_of(scope.expr)}")
        return out

    def derivatives(self, indent: int, scope: _Scope, factor: str | None) -> None:
        """Emit one triplet per reference, and go into the sums with the outer derivative."""
        wanted = [*scope.refs, *(t for t, _, _ in scope.totals)]
        partials = [sp.diff(scope.expr, s) for s in wanted]
        temps, reduced = sp.cse(partials, symbols=(sp.Symbol(self.name("c"), real=True) for _ in iter(int, 1)))
        for symbol, expr in temps:
            self.emit(indent, f"{symbol.name} = {text_of(expr)}")
        outer = dict(zip(wanted, reduced, strict=True))
        for symbol, ref in scope.refs.items():
            if outer[symbol] == 0:
                continue
            family = self.theory.family_of(ref).name
            col = self.name("j")
            self.emit(indent, f"{col} = {self.cell(ref, 'j_' + family)}")
            self.emit(indent, f"if {col} >= 0:")
            self.emit(indent + 1, "if mode == 1:")
            times = f"({factor})*" if factor else ""
            self.emit(indent + 2, f"vals[k] = {times}({text_of(outer[symbol])})")
            self.emit(indent + 1, "elif mode == 2:")
            self.emit(indent + 2, "rows[k] = row")
            self.emit(indent + 2, f"cols[k] = {col}")
            self.emit(indent + 1, "k += 1")
        for symbol, node, inner in scope.totals:
            if outer[symbol] == 0 or not _has_variable(inner):
                continue
            name = self.name("d")
            times = f"({factor})*" if factor else ""
            self.emit(indent, f"{name} = {times}({text_of(outer[symbol])})")
            deeper = self.loops(indent, node.indices)
            self.mask(deeper, node.where)
            self.sums(deeper, inner)
            self.derivatives(deeper, inner, name)


def _position(index: sp.Basic) -> str:
    symbol, shift = place(index)
    return f"i_{symbol.name} {'-' if shift < 0 else '+'} {abs(shift)}" if shift else f"i_{symbol.name}"


def _has_variable(scope: _Scope) -> bool:
    return bool(scope.refs) or any(_has_variable(i) for _, _, i in scope.totals)


def is_unknown(statement: Statement, family: Family) -> bool:
    """Whether a kernel takes a symbol as an unknown, with derivatives by it; accounts are never differentiated."""
    return family.kind == "variable" and statement.kind != "account"


def print_kernel(theory: Theory, statement: Statement) -> KernelSource:
    """Source of the kernel of one statement.

    The kernel's modes: 0 value only, 1 value and derivatives, 2 pattern, 3 count of derivatives. That of an account
    fills ``out``, all its cells in order, where the account exists; its ``parameters`` are whatever it uses.
    """
    if statement.kind == "account":
        return _print_account(theory, statement)
    w = _Writer(theory, statement)
    top = w.scope(statement.expr)
    indent = w.loops(1, statement.over)
    cell = f"present[{', '.join(f'i_{k.name}' for k in statement.over)}]" if statement.over else "present"
    w.emit(indent, f"if {cell} == 0:" if statement.over else "if present == 0:")
    w.emit(indent + 1, "continue" if statement.over else "return k")
    w.emit(indent, "row += 1")
    result = w.value(indent, top)
    w.emit(indent, f"out[row] = {result}")
    w.emit(indent, "if mode > 0:")
    w.derivatives(indent + 1, top, None)
    w.emit(indent + 1, "pass")
    present = _array(len(statement.over), "nb.uint8")
    fixed = {"mode": "nb.int64", "present": present, "out": "nb.float64[::1]", "rows": "nb.int64[::1]",
             "cols": "nb.int64[::1]", "vals": "nb.float64[::1]"}  # fmt: skip
    return _function(w, fixed, ["k = 0", "row = -1"], "return k")


def _print_account(theory: Theory, statement: Statement) -> KernelSource:
    w = _Writer(theory, statement)
    top = w.scope(statement.expr)
    indent = w.loops(1, statement.over)
    w.emit(indent, "row += 1")
    w.mask(indent, statement.where)
    w.emit(indent, f"out[row] = {w.value(indent, top)}")
    return _function(w, {"out": "nb.float64[::1]"}, ["row = -1"], "return 0")


def _array(n: int, scalar: str) -> str:
    """Type of an argument with ``n`` dimensions."""
    return scalar if n == 0 else f"{scalar}[{', '.join([':'] * (n - 1) + ['::1'])}]"


def _function(w: _Writer, fixed: dict[str, str], first: list[str], last: str) -> KernelSource:
    """A kernel with the lines of its writer, and the arrays they use after the ``fixed`` arguments."""
    variables, parameters = tuple(sorted(w.variables)), tuple(sorted(w.parameters))
    sets = tuple(sorted(w.sets))
    ndims = {n: len(w.theory.families[n].dims) for n in (*variables, *parameters)}
    arguments = fixed | {f"n_{s}": "nb.int64" for s in sets}
    for v in variables:
        arguments |= {f"v_{v}": _array(ndims[v], "nb.float64"), f"j_{v}": _array(ndims[v], "nb.int64")}
    arguments |= {f"p_{q}": _array(ndims[q], "nb.float64") for q in parameters}
    types = ", ".join(arguments.values())
    head = [
        f'@nb.njit(nb.int64({types}), cache=True, error_model="numpy", boundscheck=False)',
        f"def kernel({', '.join(arguments)}):",
        *(f"    {line}" for line in first),
    ]
    source = HEADER + "\n" + "\n".join([*head, *w.lines, f"    {last}", ""])
    return KernelSource(source, variables, parameters, sets, ndims)

"""Print one statement in the language of LLVM: loops that give its value and its sparse derivatives.

Each reference is differentiated as a scalar and every sum becomes a loop, so the code is as long as the equation on
paper whatever the number of provinces and sectors. What stands twice in an expression is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import count

import sympy as sp
from llvmlite import ir

from cge.language.algebra import Statement, Theory, Total, factors_of
from cge.language.declare import Family, Ref, place
from cge.language.fold import is_sum, outermost
from cge.solve.expression_code import REAL, TRUTH, Expressions, Known, costly_parts

VERSION = 10
FUNCTIONS = {"value": ("out",), "triplets": ("out", "vals"), "pattern": ("rows", "cols")}
"""Functions of a kernel and the arrays that each fills."""
INT, BYTE, POINTER = ir.IntType(64), ir.IntType(8), ir.PointerType()
BYTES = 8
"""Of a number."""
ZERO, ONE = ir.Constant(INT, 0), ir.Constant(INT, 1)


By = Callable[[Statement, Family], bool]
"""By which symbols of a statement derivatives are taken: those are the unknowns of its kernel."""


def is_unknown(statement: Statement, family: Family) -> bool:
    """Whether a symbol is a variable: derivatives of a solve; accounts have none."""
    return family.kind == "variable" and statement.kind != "account"


@dataclass(frozen=True)
class Tables:
    """What a kernel reads beside the cells where its statement exists, in order.

    Parameters
    ----------
    sets : tuple of str
        By their size.
    unknowns : tuple of str
        By their values, and by the columns where these stand, -1 where they are given.
    given : tuple of str
        By their values.
    """

    sets: tuple[str, ...]
    unknowns: tuple[str, ...]
    given: tuple[str, ...]

    @staticmethod
    def of(theory: Theory, statement: Statement, by: By) -> Tables:
        """Tables of one statement."""
        whole = sp.Tuple(statement.expr, statement.where) if statement.kind == "account" else statement.expr
        families = {f.name: f for f in map(theory.family_of, theory.references(whole))}
        unknowns = {n for n, f in families.items() if by(statement, f)}
        loops = {i for t in whole.atoms(Total) for i in t.indices}.union(statement.over)
        sets = {theory.indices[i.name].name for i in loops} | {d.name for f in families.values() for d in f.dims}
        return Tables(*(tuple(sorted(x)) for x in (sets, unknowns, set(families) - unknowns)))


def functions_of(statement: Statement) -> list[str]:
    """Functions of a kernel."""
    return ["value"] if statement.kind == "account" else list(FUNCTIONS)


@dataclass(frozen=True)
class Scope:
    """The body of a statement or sum with plain symbols for its references and the sums in it."""

    expr: sp.Expr
    refs: Mapping[sp.Symbol, Ref]
    unknowns: frozenset[sp.Symbol]
    totals: Mapping[sp.Symbol, tuple[Total, Scope]]

    @staticmethod
    def of(theory: Theory, statement: Statement, by: By, expr: sp.Expr, names: Iterator[int] | None = None) -> Scope:
        """Scope of an expression of a statement; numbers tell its symbols apart."""
        names = names or count()
        totals: dict[Total, sp.Symbol] = {}
        for node in outermost(expr, is_sum):
            totals.setdefault(node, sp.Symbol(f"t{next(names)}", real=True))
        body = expr.xreplace(totals)
        refs, unknowns = {}, set()
        for ref in theory.references(body):
            family = theory.family_of(ref)
            positive = True if family.log and family.name not in theory.definitions else None
            symbol = sp.Symbol(f"x{next(names)}", real=True, positive=positive)
            refs[symbol] = ref
            if by(statement, family):
                unknowns.add(symbol)
        inner = {s: (node, Scope.of(theory, statement, by, node.body, names)) for node, s in totals.items()}
        return Scope(body.xreplace({r: s for s, r in refs.items()}), refs, frozenset(unknowns), inner)

    @property
    def moves(self) -> bool:
        """Whether any unknown is in it."""
        return bool(self.unknowns) or any(inner.moves for _, inner in self.totals.values())

    @cached_property
    def slopes(self) -> dict[sp.Symbol, sp.Expr]:
        """Its derivatives by unknowns and by sums with unknowns in them, where not zero."""
        wanted = [s for s in self.refs if s in self.unknowns] + [s for s, (_, x) in self.totals.items() if x.moves]
        expr = one_sided(self.expr)
        slopes = {s: sp.diff(expr, s) for s in wanted}
        return {s: slope for s, slope in slopes.items() if slope != 0}

    @cached_property
    def shared(self) -> set[sp.Basic]:
        """What takes long to compute and is in its value and in a slope alike."""
        return costly_parts(self.expr) & {x for slope in self.slopes.values() for x in costly_parts(slope)}


def one_sided(expr: sp.Expr) -> sp.Expr:
    """The expression with its kinks as cases: where arguments tie, the slope is that of one of them."""

    def largest(*args: sp.Expr) -> sp.Expr:
        if sum(not x.is_number for x in args) < 2:  # noqa: PLR2004 - a number has no slope to tie with
            return sp.Max(*args)
        return sp.Piecewise(*((x, sp.And(*(x >= y for y in args[k:]))) for k, x in enumerate(args, start=1)))

    def smallest(*args: sp.Expr) -> sp.Expr:
        return -largest(*(-x for x in args))

    def step(x: sp.Expr) -> sp.Expr:
        return sp.Piecewise((1, x > 0), (-1, x < 0), (0, True))

    bent = expr.replace(sp.Max, largest).replace(sp.Min, smallest).replace(sp.Abs, lambda x: largest(x, -x))
    return bent.replace(sp.sign, step)


def print_kernel(theory: Theory, statement: Statement, name: str, by: By = is_unknown) -> str:
    """Code of the kernel of one statement: its functions, called ``name_value`` and so on.

    The first argument of each is a table of addresses: a byte for each cell, whether the statement exists there, then
    :class:`Tables`. ``value`` fills ``out`` in order for the cells where the statement exists. ``triplets`` adds the
    derivatives by unknowns in ``vals``; ``pattern`` says where these stand, in ``rows`` and ``cols``, and returns how
    many they are; without an array to fill it only counts. Where ``by`` is not the usual one, a product with a zero in
    it is zero, for what is given switches terms off by zeros. An account has neither derivatives nor such bytes, and
    fills its own cells of ``out`` where it exists.
    """
    module = ir.Module(name)
    scope = Scope.of(theory, statement, by, statement.expr)
    for function in functions_of(statement):
        _Writer(theory, statement, module, name, function, by).write(scope)
    return str(module)


class _Writer:
    """Writes one function of a kernel."""

    def __init__(
        self, theory: Theory, statement: Statement, module: ir.Module, name: str, function: str, by: By
    ) -> None:
        known = Tables.of(theory, statement, by)
        self.theory, self.statement, self.function = theory, statement, function
        filled = FUNCTIONS[function]
        code = ir.Function(module, ir.FunctionType(INT, [POINTER] * (1 + len(filled))), f"{name}_{function}")
        table, *arrays = code.args
        for array in arrays:
            array.add_attribute("noalias")
        self.arrays = dict(zip(filled, arrays, strict=True))
        self.b = ir.IRBuilder(code.append_basic_block())
        self.at: dict[sp.Symbol, ir.Value] = {}
        self.expressions = Expressions(
            self.b, self.at, read=self.reference, once=self.once, zero_wins=by is not is_unknown
        )
        self.refs: dict[sp.Symbol, Ref] = {}
        self.nest: list[sp.Symbol] = []
        self.tables: dict[sp.Basic, ir.Value] = {}
        self.shared: set[sp.Basic] = set()
        self.sloping = False
        self.offsets: dict[tuple[sp.Basic, ...], ir.Value] = {(): ZERO}
        entries = (self.b.load(self.b.gep(table, [ir.Constant(INT, k)], source_etype=INT), typ=INT) for k in count())

        def addresses(names: Sequence[str]) -> dict[str, ir.Value]:
            return {n: self.b.inttoptr(next(entries), POINTER) for n in names}

        self.present = addresses([] if statement.kind == "account" else ["present"])
        self.sizes = {n: next(entries) for n in known.sets}
        self.values = addresses(known.unknowns)
        self.columns = addresses(known.unknowns)
        self.values |= addresses(known.given)
        self.row, self.made = self.number(INT), self.number(INT)

    # ------------------------------------------------------------ cells and loops
    def number(self, kind: ir.Type) -> ir.Value:
        """Place of a number that changes, zero at first."""
        with self.b.goto_entry_block():
            place = self.b.alloca(kind)
        self.b.store(ir.Constant(kind, 0), place)
        return place

    def add(self, place: ir.Value, more: ir.Value) -> None:
        """Change such a number."""
        plus = self.b.add if more.type == INT else self.b.fadd
        self.b.store(plus(self.b.load(place, typ=more.type), more), place)

    def put(self, array: str, at: ir.Value, what: ir.Value) -> None:
        """Write one cell of an array that the function fills."""
        self.b.store(what, self.b.gep(self.arrays[array], [at], source_etype=what.type))

    def load(self, address: ir.Value, indices: Sequence[sp.Basic], kind: ir.Type) -> ir.Value:
        """One cell of a table."""
        return self.b.load(self.b.gep(address, [self.offset(indices)], source_etype=kind), typ=kind)

    def offset(self, indices: Sequence[sp.Basic]) -> ir.Value:
        """Place of a cell in its table; computed once in each loop."""
        key = tuple(indices)
        if key not in self.offsets:
            *outer, index = key
            symbol, shift = place(index)
            at = self.at[symbol]
            if shift:
                at = self.b.add(at, ir.Constant(INT, shift))
            if outer:
                at = self.b.add(self.b.mul(self.offset(outer), self.size(symbol)), at)
            self.offsets[key] = at
        return self.offsets[key]

    def size(self, index: sp.Symbol) -> ir.Value:
        """Members of the set of an index."""
        return self.sizes[self.theory.indices[index.name].name]

    @contextmanager
    def over(self, indices: Sequence[sp.Symbol], where: sp.Basic) -> Iterator[None]:
        """Loops over indices; what is written inside runs where every factor of a mask is there."""
        outside, depth = dict(self.offsets), len(self.nest)
        with ExitStack() as stack:
            for index in indices:
                stack.enter_context(self._loop(index))
                self.nest.append(index)
            for factor in factors_of(where):
                stack.enter_context(self.b.if_then(self.expressions.holds(factor, self.read(factor))))
            yield
        self.offsets, self.nest = outside, self.nest[:depth]

    @contextmanager
    def _loop(self, index: sp.Symbol) -> Iterator[None]:
        before = self.b.block
        head, body, end = (self.b.append_basic_block() for _ in range(3))
        self.b.branch(head)
        self.b.position_at_end(head)
        self.at[index] = at = self.b.phi(INT)
        at.add_incoming(ZERO, before)
        self.b.cbranch(self.b.icmp_signed("<", at, self.size(index)), body, end)
        self.b.position_at_end(body)
        yield
        at.add_incoming(self.b.add(at, ONE, flags=["nsw"]), self.b.block)
        self.b.branch(head)
        self.b.position_at_end(end)

    # ------------------------------------------------------------ what takes long is computed once
    def reference(self, symbol: sp.Symbol) -> ir.Value:
        """Number of a symbol of a scope."""
        ref = self.refs[symbol]
        return self.read(ref)[ref]

    def once(self, expr: sp.Basic, known: Known) -> ir.Value:
        """Value of a costly expression.

        What hangs on fewer indices than there are loops is kept for each cell of these from when it is first needed;
        what a sum and a slope inside it share, from the sum.
        """
        symbols = expr.free_symbols
        if not symbols or not symbols <= self.refs.keys():
            return self.expressions.write(expr, known)
        used = {place(i)[0] for x in symbols for i in _indices(self.refs[x])}
        cell = [i for i in self.nest if i in used]
        if len(cell) < len(self.nest):
            return self._kept(expr, self._place(expr, cell))
        inner = self.nest[len(self.statement.over) :]
        if not inner or expr not in self.shared:
            return self.expressions.write(expr, known)
        there = self._place(expr, inner)
        if self.sloping:
            return self.b.load(there, typ=REAL)
        number = self.expressions.write(expr, known)
        self.b.store(number, there)
        return number

    def _kept(self, expr: sp.Basic, there: ir.Value) -> ir.Value:
        """A number from its place, computed where it is not there yet."""
        held, before, outside = self.b.load(there, typ=REAL), self.b.block, dict(self.offsets)
        with self.b.if_then(self.b.fcmp_unordered("uno", held, held)):
            number = self.expressions.write(expr, {})
            self.b.store(number, there)
            inside = self.b.block
        self.offsets = outside
        out = self.b.phi(REAL)
        out.add_incoming(held, before)
        out.add_incoming(number, inside)
        return out

    def _place(self, expr: sp.Basic, cell: Sequence[sp.Symbol]) -> ir.Value:
        """Place of a number in its table, which has one for each cell of some indices; none is a number at first."""
        if expr not in self.tables:
            with self.b.goto_entry_block():
                size = reduce(self.b.mul, (self.size(i) for i in cell), ir.Constant(INT, BYTES))
                self.tables[expr] = table = self.b.call(self._foreign("malloc", POINTER, INT), [size])
                fill = self._foreign("llvm.memset.p0.i64", ir.VoidType(), POINTER, BYTE, INT, TRUTH)
                self.b.call(fill, [table, ir.Constant(BYTE, 255), size, ir.Constant(TRUTH, 0)])
        return self.b.gep(self.tables[expr], [self.offset(cell)], source_etype=REAL)

    def _foreign(self, name: str, returns: ir.Type, *takes: ir.Type) -> ir.Function:
        """A function of the C library or of LLVM."""
        if name not in self.b.module.globals:
            function = ir.Function(self.b.module, ir.FunctionType(returns, takes), name)
            if returns == POINTER:
                function.return_value.add_attribute("noalias")
        return self.b.module.globals[name]

    # ------------------------------------------------------------ the statement
    def write(self, scope: Scope) -> None:
        """The whole function."""
        over = self.statement.over
        if self.statement.kind == "account":
            with self.over(over, self.statement.where):
                self.put("out", self.offset(over), self.expressions.form(scope.expr, self.known(scope)))
        else:
            with self.over(over, sp.Integer(1)):
                present = self.load(self.present["present"], over, BYTE)
                with self.b.if_then(self.b.icmp_signed("!=", present, ir.Constant(BYTE, 0))):
                    self._cell(scope)
        for table in self.tables.values():
            self.b.call(self._foreign("free", ir.VoidType(), POINTER), [table])
        self.b.ret(self.b.load(self.made, typ=INT))

    def _cell(self, scope: Scope) -> None:
        known = None
        if self.function != "pattern":
            known = self.known(scope)
            self.put("out", self.b.load(self.row, typ=INT), self.expressions.form(scope.expr, known))
        if self.function != "value":
            self.derivatives(scope, known, None)
        self.add(self.row, ONE)

    def read(self, expr: sp.Basic) -> Known:
        """Numbers of the references in an expression without sums."""
        refs = self.theory.references(expr)
        return {ref: self.load(self.values[self.theory.family_of(ref).name], _indices(ref), REAL) for ref in refs}

    def known(self, scope: Scope) -> Known:
        """Numbers of the sums of a scope; those of its references are read where they are first used."""
        known: Known = {}
        self.refs |= scope.refs
        for symbol, (node, inner) in scope.totals.items():
            self.shared |= inner.shared if self.function == "triplets" else set()
            total = self.number(REAL)
            with self.over(node.indices, node.where):
                self.add(total, self.expressions.form(inner.expr, self.known(inner)))
            known[symbol] = self.b.load(total, typ=REAL)
        return known

    def derivatives(self, scope: Scope, known: Known | None, outer: ir.Value | None) -> None:
        """One triplet for each reference to an unknown, into the sums with the ``outer`` derivative.

        Where no numbers are known the place of each is written.
        """
        for symbol, slope in scope.slopes.items():
            number = None if known is None else self._slope(slope, known)
            if outer is not None and number is not None:
                number = self.b.fmul(outer, number)
                number = self.expressions.unless_zero(number, outer) if self.expressions.zero_wins else number
            if symbol in scope.refs:
                self._triplet(scope.refs[symbol], number)
                continue
            node, inner = scope.totals[symbol]
            with self.over(node.indices, node.where):
                self.derivatives(inner, None if known is None else self.known(inner), number)

    def _slope(self, slope: sp.Expr, known: Known) -> ir.Value:
        self.sloping = True
        number = self.expressions.form(slope, known)
        self.sloping = False
        return number

    def _triplet(self, ref: Ref, number: ir.Value | None) -> None:
        column = self.load(self.columns[self.theory.family_of(ref).name], _indices(ref), INT)
        with self.b.if_then(self.b.icmp_signed(">=", column, ZERO)):
            at = self.b.load(self.made, typ=INT)
            if number is not None:
                self.put("vals", at, number)
            else:
                with self.b.if_then(self.b.icmp_unsigned("!=", self.arrays["rows"], ir.Constant(POINTER, None))):
                    self.put("rows", at, self.b.load(self.row, typ=INT))
                    self.put("cols", at, column)
            self.add(self.made, ONE)


def _indices(ref: Ref) -> Sequence[sp.Basic]:
    return ref.indices if isinstance(ref, sp.Indexed) else ()

"""Why a cell has the value it has: its terms, the numbers in them and what moves it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from cge.explain.statements import said
from cge.language.algebra import Statement, Theory, Total, factors_of
from cge.language.data import complete, members_of
from cge.language.expand import At, Expansion
from cge.language.fold import outermost
from cge.language.forms import on_paper
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import Message, listed, message, near

SHOWN = 8


@dataclass(frozen=True)
class Term:
    """One additive term.

    Parameters
    ----------
    text : str
        The term with labels in place of indices; a message where it stands for several.
    value : float
        In the unit of the statement.
    share : float
        Fraction of the sum for a definition, of one side (half the sum of absolute terms) for an equation.
    cells : int
        Cells of a sum that the term stands for; 1 for a term of its own.
    """

    text: str
    value: float
    share: float
    cells: int = 1


@dataclass(frozen=True)
class Used:
    """A variable or parameter the cell refers to.

    Parameters
    ----------
    elasticity : float
        Change of the cell in percent (of its value, or of one side of an equation) for one percent more
        of this; nan for parameters.
    derivative : float
        Change of the cell per unit of this; nan for parameters.
    """

    name: str
    labels: tuple[str, ...]
    kind: str
    value: float
    unit: str
    description: str
    elasticity: float = float("nan")
    derivative: float = float("nan")

    @property
    def cell(self) -> str:
        """Name with labels."""
        return f"{self.name}[{', '.join(self.labels)}]" if self.labels else self.name


@dataclass(frozen=True)
class Explanation:
    """One cell of a definition, equation or account taken apart.

    Parameters
    ----------
    value : float
        Sum of the terms: the variable of a definition or account, the residual (left minus right) of an equation.
    size : float
        What shares and elasticities are relative to.
    terms : tuple of Term
        Largest first; the rest of a long sum is one term.
    """

    statement: str
    kind: str
    variable: str
    labels: tuple[str, ...]
    unit: str
    ref: str
    formula: str
    value: float
    size: float
    terms: tuple[Term, ...]
    used: tuple[Used, ...]

    @property
    def drivers(self) -> tuple[Used, ...]:
        """Variables by the size of their elasticity, largest first."""
        moving = [u for u in self.used if u.kind != "parameter"]
        return tuple(sorted(moving, key=lambda u: (-abs(u.elasticity), -abs(u.derivative), u.name, u.labels)))


@dataclass
class _Piece:
    text: str
    value: float
    group: int = -1


@dataclass
class _Scope:
    """An expression whose references and outermost sums are plain symbols, with its derivatives by them."""

    expr: sp.Expr
    symbols: dict[sp.Symbol, sp.Basic]
    partials: dict[sp.Symbol, sp.Expr] = field(default_factory=dict)


class Explainer:
    """Explains cells of a theory at given numbers.

    Parameters
    ----------
    theory : Theory
    sets : mapping of set name to labels
    parameters, values : mapping of str to ndarray
        ``values`` holds every variable, definitions included.
    """

    def __init__(
        self,
        theory: Theory,
        sets: Mapping[str, Sequence[str]],
        parameters: Mapping[str, Array],
        values: Mapping[str, Array],
    ) -> None:
        self.theory = theory
        filled = complete(theory, members_of(theory, sets), {**parameters, **values})
        self.expansion = Expansion(theory, sets, filled)
        self._scopes: dict[sp.Basic, _Scope] = {}

    def explain(self, statement: Statement, labels: Sequence[str], *, shown: int = SHOWN) -> Explanation:
        """Take one cell apart.

        Parameters
        ----------
        labels : sequence of str
            One label per index of the statement, in its order.
        shown : int
            Elements of a sum that are listed; the rest is one term.

        Raises
        ------
        SpecificationError
            A label that is not in its set, or a cell where the statement does not exist.
        """
        at = self._bind(statement, labels)
        pieces = list(self._pieces(statement.expr, at))
        value = math.fsum(p.value for p in pieces)
        side = sum(abs(p.value) for p in pieces) / 2
        size = (value if statement.kind != "equation" else side) or 1.0
        terms = self._terms(pieces, size, shown)
        return Explanation(
            statement.name, statement.kind, statement.variable, tuple(labels), statement.unit, statement.ref,
            self._text(statement.expr, at), value, size, terms,
            tuple(self._used(statement, at, size)),
        )  # fmt: skip

    def _bind(self, statement: Statement, labels: Sequence[str]) -> At:
        names = [self.theory.indices[i.name] for i in statement.over]
        if len(labels) != len(names):
            each = listed(n.description or n.name for n in names)
            raise SpecificationError(message("CGE248", name=statement.name, each=each, labels=listed(labels)))
        for index, of, label in zip(statement.over, names, labels, strict=True):
            members = self.expansion.members(index)
            if label not in members:
                known, what = listed(members), of.description or of.name
                close = near(label, members)
                raise SpecificationError(message("CGE249", label=label, what=what, near=close, known=known))
        at = self._position(statement, labels)
        if not self.expansion.present(statement.where, at):
            raise SpecificationError(message("CGE232", **self._absence(statement, at)))
        return at

    def _absence(self, statement: Statement, at: At) -> dict[str, object]:
        """Which factors of the mask are zero in a cell, and what stands there instead."""
        zero = [f for f in factors_of(statement.where) if not self.expansion.present(f, at)]
        labels = self.expansion.labels(statement, at)
        name = statement.name if statement.kind == "definition" else f"{statement.variable} ({statement.name})"
        why = listed(self._reason(f, at) for f in zero)
        instead = self._instead(statement, labels)
        return {"name": name, "labels": ", ".join(labels), "why": why, "instead": instead}

    def _reason(self, factor: sp.Basic, at: At) -> Message:
        if isinstance(factor, sp.Ne):
            return message("CGE232.same", left=factor.args[0], right=factor.args[1])
        cell = self.expansion.text(factor, at)
        return message("CGE232.zero", cell=cell, description=said(self.theory.family_of(factor).description))

    def _instead(self, absent: Statement, labels: tuple[str, ...]) -> Message:
        """The definition that would read the cell but is made of others there."""
        own = self.theory.families[absent.variable]
        for holder in self.theory.definitions.values():
            same = [self.theory.indices[i.name] for i in holder.over] == list(own.dims)
            reads = same and own.dims and holder.expr.has(own.base[holder.over])
            if not (reads and self.exists(holder, labels)):
                continue
            drivers = self.explain(holder, labels).drivers
            off = any((u.name, u.labels, u.derivative) == (absent.variable, labels, 0) for u in drivers)
            cells = [u.cell for u in drivers if u.derivative]
            if off and cells:
                description = said(self.theory.families[holder.variable].description)
                return message("CGE232.instead", holder=holder.name, description=description, cells=listed(cells))
        return Message("", "")

    def _position(self, statement: Statement, labels: Sequence[str]) -> At:
        members = map(self.expansion.members, statement.over)
        return {i.name: m.index(k) for i, m, k in zip(statement.over, members, labels, strict=True)}

    def exists(self, statement: Statement, labels: Sequence[str]) -> bool:
        """Whether a statement has this cell."""
        return self.expansion.present(statement.where, self._position(statement, labels))

    # ------------------------------------------------------------ terms
    def _text(self, expr: sp.Expr, at: At) -> str:
        return self.expansion.text(on_paper(expr), at, sums=False)

    def _pieces(self, expr: sp.Expr, at: At) -> Iterator[_Piece]:
        count = 0
        for part in _additive(self.theory, expr):
            factors = sp.Mul.make_args(part)
            sums = [f for f in factors if isinstance(f, Total)]
            if not sums:
                yield _Piece(self._text(part, at), self.expansion.value(part, at))
                continue
            rest = sp.Mul(*(f for f in factors if f is not sums[0]))
            times = self.expansion.value(rest, at)
            for inner in self.expansion.cells(sums[0].indices, sums[0].where, at):
                for body in _additive(self.theory, sums[0].body):
                    yield _Piece(self._text(rest * body, inner), times * self.expansion.value(body, inner), count)
            count += 1

    @staticmethod
    def _terms(pieces: Sequence[_Piece], size: float, shown: int) -> tuple[Term, ...]:
        out = [Term(p.text, p.value, p.value / size) for p in pieces if p.group < 0]
        for group in sorted({p.group for p in pieces if p.group >= 0}):
            members = sorted((p for p in pieces if p.group == group), key=lambda p: -abs(p.value))
            listed = len(members) if len(members) == shown + 1 else shown
            out += [Term(p.text, p.value, p.value / size) for p in members[:listed]]
            rest = members[listed:]
            if rest:
                value = math.fsum(p.value for p in rest)
                out.append(Term(message("smaller_terms", count=len(rest)), value, value / size, len(rest)))
        return tuple(sorted(out, key=lambda t: (t.cells > 1, -abs(t.value))))

    # ------------------------------------------------------------ what is in it, what moves it
    def _used(self, statement: Statement, at: At, size: float) -> Iterator[Used]:
        slopes: dict[tuple[str, tuple[int, ...]], float] = {}
        for key, slope in self._slopes(statement.expr, at, 1.0):
            slopes[key] = slopes.get(key, 0.0) + slope
        for (name, position), slope in slopes.items():
            family = self.theory.families[name]
            members = [self.expansion.sets[d.name] for d in family.dims]
            labels = tuple(m[k] for m, k in zip(members, position, strict=True))
            value = self.expansion.number(name, position)
            facts = (name, labels, family.kind, value, family.unit, family.description)
            yield Used(*facts, slope * value / size, slope) if family.kind != "parameter" else Used(*facts)

    def _slopes(
        self, expr: sp.Basic, at: Mapping[str, int], outer: float
    ) -> Iterator[tuple[tuple[str, tuple[int, ...]], float]]:
        """Every reference of the expanded expression with the derivative by it."""
        scope = self._scope(expr)
        numbers = {s: self.expansion.value(node, at) for s, node in scope.symbols.items()}
        plain = Expansion(self.theory, {}, {s.name: np.array(v) for s, v in numbers.items()})
        for symbol, node in scope.symbols.items():
            if isinstance(node, Total):
                slope = outer * plain.value(scope.partials[symbol], {})
                for inner in self.expansion.cells(node.indices, node.where, at):
                    yield from self._slopes(node.body, inner, slope)
                continue
            partial = scope.partials.get(symbol)
            slope = float("nan") if partial is None else outer * plain.value(partial, {})
            yield self.expansion.cell(node, at), slope

    def _stands_for_a_number(self, node: sp.Basic) -> bool:
        known = isinstance(node, sp.Symbol) and node.name in self.theory.families
        return known or isinstance(node, (Total, sp.Indexed))

    def _scope(self, expr: sp.Basic) -> _Scope:
        if expr not in self._scopes:
            nodes = sorted(set(outermost(expr, self._stands_for_a_number)), key=str)
            symbols = {sp.Symbol(f"_{k}", real=True): node for k, node in enumerate(nodes)}
            plain = expr.xreplace({node: s for s, node in symbols.items()})
            moving = [s for s, node in symbols.items() if isinstance(node, Total) or _moves(self.theory, node)]
            self._scopes[expr] = _Scope(plain, symbols, {s: sp.diff(plain, s) for s in moving})
        return self._scopes[expr]


def _additive(theory: Theory, expr: sp.Expr) -> Iterator[sp.Expr]:
    """Terms of a sum; a product is multiplied out over its one factor that adds up variables or sums."""
    for part in sp.Add.make_args(expr):
        factors = sp.Mul.make_args(part)
        inner = [f for f in factors if isinstance(f, sp.Add) and _moves(theory, f)]
        if len(inner) != 1:
            yield part
            continue
        rest = sp.Mul(*(f for f in factors if f is not inner[0]))
        for a in inner[0].args:
            yield from _additive(theory, rest * a)


def _moves(theory: Theory, expr: sp.Basic) -> bool:
    return any(theory.family_of(ref).kind != "parameter" for ref in theory.references(expr))

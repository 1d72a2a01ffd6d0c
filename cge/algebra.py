"""The equation language: sets, variables, parameters, definitions and equations over index symbols.

Equations are ordinary sympy expressions over indices; cells are never unrolled, so the time to differentiate
and compile does not depend on how many provinces or sectors there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

import sympy as sp
from sympy.core.function import ArgumentIndexError

from cge.errors import SpecificationError

Ref: TypeAlias = sp.Indexed | sp.Symbol


class boxcox(sp.Function):  # noqa: N801 - named as in scipy.special
    """Box-Cox transform (x**e - 1)/e, log(x) at e = 0: one CES form for every elasticity."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        x, e = self.args
        return x ** (e - 1)


class inv_boxcox(sp.Function):  # noqa: N801
    """Inverse Box-Cox transform (1 + e*y)**(1/e), exp(y) at e = 0."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        y, e = self.args
        return inv_boxcox(y, e) ** (1 - e)


class Total(sp.Expr):
    """Sum of an expression over indices, on the cells where a mask of parameters is not zero."""

    def __new__(cls, body: sp.Expr, indices: sp.Tuple, where: sp.Basic) -> Total:
        return sp.Expr.__new__(cls, sp.sympify(body), indices, sp.sympify(where))

    @property
    def body(self) -> sp.Expr:
        return self.args[0]

    @property
    def indices(self) -> tuple[sp.Symbol, ...]:
        return tuple(self.args[1])

    @property
    def where(self) -> sp.Basic:
        return self.args[2]

    def _sympystr(self, printer: object) -> str:
        inner = ", ".join(str(i) for i in self.indices)
        mask = "" if self.where == sp.Integer(1) else f" | {self.where}"
        return f"Sum[{inner}{mask}]({self.body})"

    def _latex(self, printer: sp.printing.latex.LatexPrinter) -> str:
        inner = ",".join(printer.doprint(i) for i in self.indices)
        return rf"\sum_{{{inner}}} \left({printer.doprint(self.body)}\right)"


def total(body: sp.Expr, *indices: sp.Symbol, where: sp.Basic | None = None) -> sp.Expr:
    """Sum ``body`` over ``indices`` where ``where`` (parameters only) is not zero."""
    return Total(body, sp.Tuple(*indices), sp.Integer(1) if where is None else where)


@dataclass(frozen=True)
class Set:
    """An index set of a theory; its members are given when a system is built."""

    name: str
    description: str
    theory: Theory

    def index(self, name: str) -> sp.Symbol:
        """Index symbol running over this set."""
        known = self.theory.indices.setdefault(name, self)
        if known is not self:
            text = f"index {name!r} already runs over set {known.name!r}; choose another name for {self.name!r}"
            raise SpecificationError(text)
        return sp.Symbol(name, integer=True)


@dataclass(frozen=True)
class Family:
    """A variable or parameter: ``PX[c, r]`` is one reference to it."""

    name: str
    dims: tuple[Set, ...]
    unit: str
    description: str
    kind: str
    log: bool
    base: sp.IndexedBase
    limited: bool = True

    def __getitem__(self, indices: sp.Symbol | tuple[sp.Symbol, ...]) -> sp.Indexed:
        got = indices if isinstance(indices, tuple) else (indices,)
        if len(got) != len(self.dims):
            text = f"{self.name} has dimensions {[d.name for d in self.dims]}, got {len(got)} indices {got}"
            raise SpecificationError(text)
        return self.base[got]


@dataclass(frozen=True)
class Statement:
    """A definition (``variable`` explicit) or an equation (residual paired with ``variable``)."""

    name: str
    kind: str
    over: tuple[sp.Symbol, ...]
    expr: sp.Expr
    variable: str
    where: sp.Basic
    scale: sp.Expr
    unit: str
    ref: str
    complements: bool = False
    hub: bool = False


class Theory:
    """Registry of sets, symbols, definitions and equations of one model."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sets: dict[str, Set] = {}
        self.indices: dict[str, Set] = {}
        self.families: dict[str, Family] = {}
        self.definitions: dict[str, Statement] = {}
        self.equations: dict[str, Statement] = {}

    def set(self, name: str, description: str = "") -> Set:
        """Declare an index set."""
        self.sets[name] = Set(name, description, self)
        return self.sets[name]

    @overload
    def variable(
        self, name: str, dims: tuple[()], *, unit: str, description: str, log: bool = ..., limited: bool = ...
    ) -> sp.Symbol: ...

    @overload
    def variable(
        self, name: str, dims: Sequence[Set], *, unit: str, description: str, log: bool = ..., limited: bool = ...
    ) -> Family: ...

    def variable(
        self,
        name: str,
        dims: Sequence[Set],
        *,
        unit: str,
        description: str,
        log: bool = True,
        limited: bool = True,
    ) -> Family | sp.Symbol:
        """Declare a variable; ``log`` variables are positive and solved in logarithms.

        ``limited`` says whether a Newton step is shortened when the logarithm moves far; rents of idle
        resources may fall by many orders of magnitude in one step.
        """
        return self._family(name, dims, unit, description, "variable", log, limited)

    @overload
    def parameter(self, name: str, dims: tuple[()], *, unit: str, description: str) -> sp.Symbol: ...

    @overload
    def parameter(self, name: str, dims: Sequence[Set], *, unit: str, description: str) -> Family: ...

    def parameter(self, name: str, dims: Sequence[Set], *, unit: str, description: str) -> Family | sp.Symbol:
        """Declare a parameter."""
        return self._family(name, dims, unit, description, "parameter", False)

    def _family(
        self,
        name: str,
        dims: Sequence[Set],
        unit: str,
        description: str,
        kind: str,
        log: bool,
        limited: bool = True,
    ) -> Family | sp.Symbol:
        if name in self.families:
            text = f"{name!r} is declared twice; every symbol has one declaration"
            raise SpecificationError(text)
        family = Family(name, tuple(dims), unit, description, kind, log, sp.IndexedBase(name), limited)
        self.families[name] = family
        return family if family.dims else sp.Symbol(name)

    def define(
        self,
        variable: Family | sp.Symbol,
        over: Sequence[sp.Symbol],
        expr: sp.Expr,
        *,
        where: sp.Basic | None = None,
        ref: str = "",
        hub: bool = False,
    ) -> None:
        """State that ``variable`` equals ``expr``: it is condensed out of the linear algebra.

        ``hub`` marks a definition that many others use (a price composite, a national total): it is
        eliminated last, which keeps the chain of derivatives sparse. It never changes a result.
        """
        name = str(getattr(variable, "name", variable))
        if name in self.definitions:
            text = f"variable {name!r} has two definitions"
            raise SpecificationError(text)
        self.definitions[name] = self._statement(
            name, "definition", over, expr, name, where, sp.Integer(1), self.families[name].unit, ref, hub=hub
        )

    def equation(
        self,
        name: str,
        over: Sequence[sp.Symbol],
        expr: sp.Expr,
        *,
        pairs: Family | sp.Symbol,
        where: sp.Basic | None = None,
        scale: sp.Expr | None = None,
        unit: str = "",
        ref: str = "",
        complements: bool = False,
    ) -> None:
        """State a residual, left minus right, paired with the variable it determines."""
        if name in self.equations:
            text = f"equation {name!r} is stated twice"
            raise SpecificationError(text)
        self.equations[name] = self._statement(
            name,
            "equation",
            over,
            expr,
            str(getattr(pairs, "name", pairs)),
            where,
            sp.Integer(1) if scale is None else scale,
            unit,
            ref,
            complements=complements,
        )

    def _statement(
        self,
        name: str,
        kind: str,
        over: Sequence[sp.Symbol],
        expr: sp.Expr,
        variable: str,
        where: sp.Basic | None,
        scale: sp.Expr,
        unit: str,
        ref: str,
        *,
        complements: bool = False,
        hub: bool = False,
    ) -> Statement:
        dims = self.families[variable].dims
        got = [self.indices[i.name].name for i in over]
        if got != [d.name for d in dims]:
            text = f"{kind} {name!r} runs over {got} but {variable} has {[d.name for d in dims]}"
            raise SpecificationError(text)
        return Statement(
            name,
            kind,
            tuple(over),
            sp.sympify(expr),
            variable,
            sp.Integer(1) if where is None else where,
            sp.sympify(scale),
            unit,
            ref,
            complements,
            hub,
        )

    def family_of(self, ref: Ref) -> Family:
        """The variable or parameter a reference belongs to."""
        name = ref.base.name if isinstance(ref, sp.Indexed) else ref.name
        return self.families[name]

    def references(self, expr: sp.Basic) -> Iterable[Ref]:
        """Every reference to a variable or parameter in ``expr``, in a fixed order."""
        found = set(expr.atoms(sp.Indexed))
        found |= {x for x in expr.atoms(sp.Symbol) if x.name in self.families and not self.families[x.name].dims}
        return sorted(found, key=str)

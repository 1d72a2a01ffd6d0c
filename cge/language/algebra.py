"""The equation language: sets, variables, parameters, definitions and equations over index symbols.

Equations are ordinary sympy expressions over indices; cells are never unrolled, so the time to differentiate
and compile does not depend on how many provinces or sectors there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, overload

import sympy as sp
from sympy.core.function import ArgumentIndexError

from cge.language.declare import Family, Set, place
from cgebase.errors import SpecificationError
from cgebase.messages import message

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


def factors_of(where: sp.Basic) -> tuple[sp.Basic, ...]:
    """Factors of a mask; none for a mask that is always there."""
    if where == sp.Integer(1):
        return ()
    return where.args if isinstance(where, sp.Mul) else (where,)


def all_of(*masks: sp.Basic) -> sp.Basic:
    """Mask that is there where every given mask is."""
    return sp.Mul(*dict.fromkeys(f for m in masks for f in factors_of(m)))


@dataclass(frozen=True)
class Statement:
    """A definition or account (``variable`` explicit) or an equation (residual paired with ``variable``).

    Parameters
    ----------
    lower, upper : Expr
        Bounds of the variable of a complementarity row.
    """

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
    lower: sp.Expr = sp.Integer(0)
    upper: sp.Expr = sp.oo


class Theory:
    """Registry of sets, symbols, definitions and equations of one model.

    Parameters
    ----------
    sets : dict of str to Set
        Whole sets and subsets.
    indices, runs : dict of str to Set
        The whole set of each index symbol, and the set or subset it runs over.
    definitions, equations : dict of str to Statement
        What a solve is made of.
    accounts : dict of str to Statement
        What is only reported, in an order in which each uses earlier ones.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.sets: dict[str, Set] = {}
        self.indices: dict[str, Set] = {}
        self.runs: dict[str, Set] = {}
        self.families: dict[str, Family] = {}
        self.definitions: dict[str, Statement] = {}
        self.equations: dict[str, Statement] = {}
        self.accounts: dict[str, Statement] = {}

    @property
    def statements(self) -> dict[str, Statement]:
        """Every definition, equation and account by name."""
        return {**self.definitions, **self.equations, **self.accounts}

    def set(self, name: str, description: str = "", *, ordered: bool = False) -> Set:
        """Declare an index set; ``ordered`` sets have leads and lags, ``K[t + 1]``."""
        return self.add(Set(name, description, self, ordered=ordered))

    def add(self, new: Set) -> Set:
        """Enter a set or subset under its name."""
        if new.name in self.sets:
            text = f"set {new.name!r} is declared twice"
            raise SpecificationError(text)
        self.sets[new.name] = new
        return new

    @overload
    def variable(
        self, name: str, dims: tuple[()], *, unit: str, description: str, log: bool = ..., limited: bool = ...,
        alias: str = ..., default: float | None = ...,
    ) -> sp.Symbol: ...  # fmt: skip

    @overload
    def variable(
        self, name: str, dims: Sequence[Set], *, unit: str, description: str, log: bool = ..., limited: bool = ...,
        alias: str = ..., default: float | None = ...,
    ) -> Family: ...  # fmt: skip

    def variable(
        self, name: str, dims: Sequence[Set], *, unit: str, description: str, log: bool = True, limited: bool = True,
        alias: str = "", default: float | None = None,
    ) -> Family | sp.Symbol:  # fmt: skip
        """Declare a variable; ``log`` variables are positive and solved in logarithms.

        ``limited`` says whether a Newton step is shortened when the logarithm moves far; rents of idle
        resources may fall by many orders of magnitude in one step. ``default`` is the first guess.
        """
        base = sp.IndexedBase(name)
        return self._enter(
            Family(name, tuple(dims), unit, description, "variable", log, base, limited, alias, default)
        )

    @overload
    def parameter(
        self, name: str, dims: tuple[()], *, unit: str, description: str, alias: str = ...,
        default: float | None = ..., lower: float = ..., upper: float = ...,
    ) -> sp.Symbol: ...  # fmt: skip

    @overload
    def parameter(
        self, name: str, dims: Sequence[Set], *, unit: str, description: str, alias: str = ...,
        default: float | None = ..., lower: float = ..., upper: float = ...,
    ) -> Family: ...  # fmt: skip

    def parameter(
        self, name: str, dims: Sequence[Set], *, unit: str, description: str, alias: str = "",
        default: float | None = None, lower: float = -math.inf, upper: float = math.inf,
    ) -> Family | sp.Symbol:  # fmt: skip
        """Declare a parameter; data outside ``lower`` to ``upper`` are refused by name and label."""
        base = sp.IndexedBase(name)
        rest: dict[str, Any] = {"alias": alias, "default": default, "lower": lower, "upper": upper}
        return self._enter(Family(name, tuple(dims), unit, description, "parameter", False, base, **rest))

    def map(self, name: str, source: Set, target: Set, *, description: str) -> Family:
        """Declare a map: each member of ``source`` has one member of ``target``.

        Data are given by label, ``{"coal": "energy", ...}``; ``name[i, j]`` is 1 where j is the image of i, and is
        used as a mask: ``total(PM[j], j, where=name[i, j])`` is the value at the image of i.
        """
        base = sp.IndexedBase(name)
        family = Family(name, (source, target), "1", description, "parameter", False, base, maps=True)
        self._enter(family)
        return family

    def _enter(self, family: Family) -> Family | sp.Symbol:
        if family.name in self.families:
            text = f"{family.name!r} is declared twice; every symbol has one declaration"
            raise SpecificationError(text)
        partial = sorted(d.name for d in family.dims if d.of is not None)
        if partial:
            text = f"{family.name} is over subsets {partial}; only equations, definitions and sums run over subsets"
            raise SpecificationError(text)
        self.families[family.name] = family
        return family if family.dims else sp.Symbol(family.name)

    def named(self, name: str) -> str:
        """Name of the symbol or statement that ``name`` is, or is an alias of; itself if there is none."""
        known = {f.alias.lower(): f.name for f in self.families.values() if f.alias}
        return known.get(name.lower(), name) if name not in self.families else name

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
        lower: sp.Expr | float | None = None,
        upper: sp.Expr | float | None = None,
    ) -> None:
        """State a residual, left minus right, paired with the variable it determines.

        With ``complements`` the residual is at least 0 where the variable is at its ``lower`` bound (0 unless given),
        at most 0 where it is at its ``upper`` bound (none unless given), and 0 in between; bounds are numbers or
        products of parameters. The lower bound of a variable solved in logarithms is a number above 0.
        """
        if name in self.equations:
            text = f"equation {name!r} is stated twice"
            raise SpecificationError(text)
        paired = str(getattr(pairs, "name", pairs))
        if not complements and (lower is not None or upper is not None):
            text = f"equation {name!r} has bounds but is no complementarity; add complements=True or drop the bounds"
            raise SpecificationError(text)
        if complements and self.families[paired].log and not (lower is not None and sp.sympify(lower).is_positive):
            text = f"equation {name!r} complements {paired}, which is solved in logarithms; give a number above 0 as "
            text += "lower bound, or declare the variable with log=False"
            raise SpecificationError(text)
        self.equations[name] = self._statement(
            name,
            "equation",
            over,
            expr,
            paired,
            where,
            sp.Integer(1) if scale is None else scale,
            unit,
            ref,
            complements=complements,
            bounds=(sp.sympify(0 if lower is None else lower), sp.oo if upper is None else sp.sympify(upper)),
        )

    def account(
        self, name: str, over: Sequence[sp.Symbol], expr: sp.Expr, *, unit: str, description: str,
        where: sp.Basic | None = None, ref: str = "",
    ) -> Family:  # fmt: skip
        """Declare a quantity that is reported and state what it equals; no solve holds it.

        It may use variables, definitions and accounts stated before; definitions and equations may not use it.
        """
        dims = tuple(self.indices[i.name] for i in over)
        family = Family(name, dims, unit, description, "account", False, sp.IndexedBase(name))
        self._enter(family)
        self.accounts[name] = self._statement(name, "account", over, expr, name, where, sp.Integer(1), unit, ref)
        return family

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
        bounds: tuple[sp.Expr, sp.Expr] = (sp.S.Zero, sp.oo),
    ) -> Statement:
        dims = self.families[variable].dims
        got = [self.indices[i.name].name for i in over]
        if got != [d.name for d in dims]:
            text = f"{kind} {name!r} runs over {got} but {variable} has {[d.name for d in dims]}"
            raise SpecificationError(text)
        body, conditions = self._narrowed(sp.sympify(expr))
        self._refuse_bound_twice(name, body, frozenset(over))
        reported = sorted({f.name for f in map(self.family_of, self.references(body)) if f.kind == "account"})
        if reported and kind != "account":
            raise SpecificationError(message("CGE419", name=name, accounts=", ".join(reported)))
        masks = [self.runs[i.name].mask[i] for i in over if self.runs[i.name].of is not None]
        given = sp.Integer(1) if where is None else where
        exists = all_of(given, *masks, *conditions)
        return Statement(
            name, kind, tuple(over), body, variable, exists, sp.sympify(scale), unit, ref, complements, hub, *bounds
        )  # fmt: skip

    def _refuse_bound_twice(self, name: str, expr: sp.Basic, bound: frozenset[sp.Symbol]) -> None:
        """An index of a sum must not be one that is bound outside: the sum would take it over."""
        if isinstance(expr, Total):
            twice = sorted(str(i) for i in expr.indices if i in bound)
            if twice:
                text = f"{name!r} sums over {twice}, bound outside the sum already; take another index of the same set"
                raise SpecificationError(text)
            bound = bound | set(expr.indices)
            expr = expr.body
        for part in (expr,) if isinstance(expr, Total) else expr.args:
            self._refuse_bound_twice(name, part, bound)

    def _narrowed(self, expr: sp.Basic) -> tuple[sp.Basic, tuple[sp.Basic, ...]]:
        """The expression with every sum on its subset, and where its leads and lags exist.

        Returns
        -------
        expr, conditions
            Terms of sums whose leads or lags do not exist are left out of the sum; ``conditions`` are masks over the
            indices that no sum inside binds.
        """
        if isinstance(expr, sp.Indexed):
            places = [(place(k), d) for k, d in zip(expr.indices, self.family_of(expr).dims, strict=True)]
            return expr, tuple(d.has(shift)[symbol] for (symbol, shift), d in places if shift)
        if isinstance(expr, Total):
            body, inner = self._narrowed(expr.body)
            own = [c for c in inner if c.indices[0] in expr.indices]
            masks = [self.runs[i.name].mask[i] for i in expr.indices if self.runs[i.name].of is not None]
            outside = tuple(c for c in inner if c not in own)
            if not own and not masks and body is expr.body:
                return expr, outside
            return Total(body, sp.Tuple(*expr.indices), all_of(expr.where, *masks, *own)), outside
        if not expr.args or not expr.has(Total, sp.Indexed):
            return expr, ()
        parts = [self._narrowed(a) for a in expr.args]
        conditions = tuple(dict.fromkeys(c for _, found in parts for c in found))
        if all(new is old for (new, _), old in zip(parts, expr.args, strict=True)):
            return expr, conditions
        return expr.func(*(new for new, _ in parts)), conditions

    def family_of(self, ref: Ref) -> Family:
        """The variable or parameter a reference belongs to."""
        name = ref.base.name if isinstance(ref, sp.Indexed) else ref.name
        return self.families[name]

    def references(self, expr: sp.Basic) -> Iterable[Ref]:
        """Every reference to a variable or parameter in ``expr``, in a fixed order."""
        found = set(expr.atoms(sp.Indexed))
        found |= {x for x in expr.atoms(sp.Symbol) if x.name in self.families and not self.families[x.name].dims}
        return sorted(found, key=str)

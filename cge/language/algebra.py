"""The equation language: sets, variables, parameters, definitions and equations over index symbols.

Equations are ordinary sympy expressions over indices; cells are never unrolled, so the time to differentiate
and compile does not depend on how many provinces or sectors there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from cge.language.declare import Declarations, Family, Ref, expression, place
from cge.language.degrees import Degree, Degrees
from cge.language.vocabulary import require_words
from cgebase.errors import SpecificationError
from cgebase.messages import listed, message, near


class _Form(sp.Function):
    """A function whose arguments are never text."""

    def __new__(cls, *args: object, **options: object) -> _Form:
        return super().__new__(cls, *map(expression, args), **options)


class boxcox(_Form):  # noqa: N801 - named as in scipy.special
    """Box-Cox transform (x**e - 1)/e, log(x) at e = 0: one CES form for every elasticity."""

    nargs = 2

    @property
    def base(self) -> sp.Expr:
        """What is raised to a power."""
        return self.args[0]

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        x, e = self.args
        return x ** (e - 1) if argindex == 1 else sp.log(x) ** 2 * tilt(e * sp.log(x))

    def degree(self, degrees: Degrees) -> Degree:
        """Transform of the degree, which the inverse takes back."""
        degrees.number(self.args[1])
        return (inner := degrees.of(self.args[0])) and boxcox(inner, self.args[1])


class inv_boxcox(_Form):  # noqa: N801
    """Inverse Box-Cox transform (1 + e*y)**(1/e), exp(y) at e = 0."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        y, e = self.args
        x = inv_boxcox(y, e)
        return x ** (1 - e) * (1 if argindex == 1 else -(sp.log(x) ** 2) * tilt(e * sp.log(x)))

    def degree(self, degrees: Degrees) -> Degree:
        """What the transform was taken of; a plain number of a plain number."""
        y, e = self.args
        inner = degrees.of(y)
        return inner.args[0] if isinstance(inner, boxcox) and inner.args[1] == e else degrees.number(y, e)


class tilt(_Form):  # noqa: N801
    """Slope of (exp(z) - 1)/z, 1/2 at z = 0: derivatives of the transforms by their exponent are made of it."""

    nargs = 1


class Total(sp.Expr):
    """Sum of an expression over indices, on the cells where a mask of parameters is not zero."""

    def __new__(cls, body: sp.Expr, indices: sp.Tuple, where: sp.Basic) -> Total:
        return sp.Expr.__new__(cls, expression(body), indices, expression(where))

    @property
    def body(self) -> sp.Expr:
        return self.args[0]

    @property
    def indices(self) -> tuple[sp.Symbol, ...]:
        return tuple(self.args[1])

    @property
    def where(self) -> sp.Basic:
        return self.args[2]

    def degree(self, degrees: Degrees) -> Degree:
        """That of what is summed."""
        return degrees.of(self.body)

    def _sympystr(self, printer: object) -> str:
        inner = ", ".join(str(i) for i in self.indices)
        mask = "" if self.where == sp.Integer(1) else f" | {self.where}"
        return f"Sum[{inner}{mask}]({self.body})"

    def _latex(self, printer: sp.printing.latex.LatexPrinter) -> str:
        inner = ",".join(printer.doprint(i) for i in self.indices)
        return rf"\sum_{{{inner}}} \left({printer.doprint(self.body)}\right)"


def total(body: sp.Expr, *indices: sp.Symbol, where: sp.Basic | None = None) -> sp.Expr:
    """Sum ``body`` over ``indices`` where ``where`` (parameters only) is not zero; without indices ``body`` there."""
    _require_range("total", body, indices, where)
    return Total(body, sp.Tuple(*map(expression, indices)), sp.Integer(1) if where is None else where)


def product(body: sp.Expr, *indices: sp.Symbol, where: sp.Basic | None = None) -> sp.Expr:
    """Product of ``body``, which is above 0, over ``indices`` where ``where`` holds; 1 where nothing is there."""
    _require_range("product", body, indices, where)
    return sp.exp(total(sp.log(body), *indices, where=where))


def _require_range(form: str, body: object, indices: Sequence[sp.Symbol], where: object) -> None:
    """Refuse a sum or product over no index and without a condition, which would be its body."""
    if not indices and where is None:
        raise SpecificationError(message("CGE444.none", form=form, body=body))


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
    measured : bool
        Whether residuals are compared with the largest term of the equation: no scale is stated.
    chapter : str
        Part of the theory that states it.
    mixed : bool
        Whether terms of unlike degree or unit are meant: it fixes the unit of money.
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
    measured: bool = False
    chapter: str = ""
    mixed: bool = False


class Theory(Declarations):
    """Sets, symbols, definitions and equations of one model.

    Parameters
    ----------
    definitions, equations : dict of str to Statement
        What a solve is made of. The first definition of a variable goes by its name, others by ``name#2`` and so on.
    accounts : dict of str to Statement
        What is only reported, in an order in which each uses earlier ones.
    dropped : dict of str to Statement
        Markets that are left out by Walras' law, by the equation of the numeraire in their place.
    chapter : str
        Part of the theory that is being stated; a module of a large theory names itself.
    """

    def __init__(self, name: str, *, units: Mapping[str, str] | None = None) -> None:
        super().__init__(name, units=units)
        self.definitions: dict[str, Statement] = {}
        self.equations: dict[str, Statement] = {}
        self.accounts: dict[str, Statement] = {}
        self.dropped: dict[str, Statement] = {}
        self.chapter = ""

    def at(self, body: sp.Expr, single: Mapping[sp.Symbol, Ref]) -> sp.Expr:
        """A reference at single members."""
        return total(body, *single, where=sp.Mul(*single.values()))

    @property
    def condensed(self) -> frozenset[str]:
        """Variables that definitions alone determine: none of their cells is solved for or given."""
        defined, paired = ({s.variable for s in part.values()} for part in (self.definitions, self.equations))
        return frozenset(n for n in defined - paired if not self.families[n].given)

    def definitions_of(self, variable: str) -> list[Statement]:
        """Its definitions, each of other cells."""
        return [s for s in self.definitions.values() if s.variable == variable]

    @property
    def statements(self) -> dict[str, Statement]:
        """Every definition, equation and account by name."""
        return {**self.definitions, **self.equations, **self.accounts}

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

        A variable may have several definitions of different cells, and equations for cells that none of them defines.
        A definition may read cells of its own variable that are determined before, such as ``K[t - 1]``.
        ``hub`` marks a definition that many others use (a price composite, a national total): it is
        eliminated last, which keeps the chain of derivatives sparse. It never changes a result.
        """
        name = self.determined(variable, str(variable))
        earlier = self.definitions_of(name)
        own = name if not earlier else f"{name}#{len(earlier) + 1}"
        new = self._statement(
            own, "definition", over, expr, name, where, sp.Integer(1), self.families[name].unit, ref, hub=hub
        )  # fmt: skip
        if earlier and any(s.where == sp.Integer(1) for s in (*earlier, new)):
            raise SpecificationError(message("CGE440", name=name))
        self.definitions[own] = new

    def equation(
        self,
        name: str,
        over: Sequence[sp.Symbol],
        expr: sp.Expr,
        *,
        pairs: Family | sp.Symbol,
        where: sp.Basic | None = None,
        scale: sp.Expr | float | None = None,
        unit: str = "",
        ref: str = "",
        complements: bool = False,
        lower: sp.Expr | float | None = None,
        upper: sp.Expr | float | None = None,
        mixed: bool = False,
    ) -> None:
        """State a residual, left minus right or ``sympy.Eq(left, right)``, paired with the variable it determines.

        With ``complements`` the residual is at least 0 where the variable is at its ``lower`` bound (0 unless given),
        at most 0 where it is at its ``upper`` bound (none unless given), and 0 in between; bounds are numbers or
        products of parameters. The lower bound of a variable solved in logarithms is a number above 0. ``mixed`` says
        that terms of unlike degree or unit are meant, as in the equation that fixes the unit of money. A residual is
        compared with ``scale``, a number or a product of parameters; without it with the largest term of its equation.
        """
        if name in self.equations:
            raise SpecificationError(message("CGE440.equation", name=name))
        paired = self.determined(pairs, name)
        expr = expr.lhs - expr.rhs if isinstance(expr, sp.Eq) else expr
        if not complements and (lower is not None or upper is not None):
            raise SpecificationError(message("CGE441", name=name))
        if complements and self.families[paired].log and not (lower is not None and expression(lower).is_positive):
            raise SpecificationError(message("CGE442", name=name, variable=paired))
        self.equations[name] = self._statement(
            name,
            "equation",
            over,
            expr,
            paired,
            where,
            1 if scale is None else scale,
            unit,
            ref,
            complements=complements,
            measured=scale is None,
            mixed=mixed,
            bounds=(expression(0 if lower is None else lower), sp.oo if upper is None else expression(upper)),
        )

    def account(
        self, name: str, over: Sequence[sp.Symbol], expr: sp.Expr, *, unit: str, description: str,
        where: sp.Basic | None = None, ref: str = "",
    ) -> Family:  # fmt: skip
        """Declare a quantity that is reported and state what it equals; no solve holds it.

        It may use variables, definitions and accounts stated before; definitions and equations may not use it.
        """
        dims = tuple(self.indices[i.name] for i in self.bound(over, name))
        self.enter(name, dims, "account", {"unit": unit, "description": description})
        self.accounts[name] = self._statement(name, "account", over, expr, name, where, sp.Integer(1), unit, ref)
        return self.families[name]

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
        measured: bool = False,
        mixed: bool = False,
        bounds: tuple[sp.Expr, sp.Expr] = (sp.S.Zero, sp.oo),
    ) -> Statement:
        dims, over = self.families[variable].dims, self.bound(over, name)
        got = [self.indices[i.name].name for i in over]
        if got != [d.name for d in dims]:
            own, kind_words = listed(d.name for d in dims), message(f"kind.{kind}")
            raise SpecificationError(
                message("CGE443", kind=kind_words, name=name, over=listed(got), variable=variable, dims=own)
            )
        body, given = expression(expr), expression(1 if where is None else where)
        if not isinstance(body, sp.Expr):
            raise SpecificationError(message("CGE426", name=name, found=body))
        self._refuse_strangers(name, body, frozenset(over))
        require_words(name, body, frozenset(over), Total)
        self._refuse_mask(name, given, frozenset(over))
        self._refuse_sizes(name, expression(scale), *bounds, bound=frozenset(over))
        body, given = self._plain(body), self._condition(given)
        body, conditions = self._narrowed(body)
        reported = sorted({f.name for f in map(self.family_of, self.references(body)) if f.kind == "account"})
        if reported and kind != "account":
            raise SpecificationError(message("CGE419", name=name, accounts=", ".join(reported)))
        if kind == "equation" and all(self.family_of(ref).kind != "variable" for ref in self.references(body)):
            raise SpecificationError(message("CGE426.still", name=name, found=body))
        masks = [self.runs[i.name].mask[i] for i in over if self.runs[i.name].of is not None]
        exists = all_of(given, *masks, *conditions)
        if kind == "equation":
            self.degrees.known.setdefault(variable, 0)
        if not mixed:
            symbols = frozenset(x.name for x in body.atoms(sp.Symbol) if x.name in self.families)
            for reading in (self.degrees, self.units):
                reading.state(name, "" if kind == "equation" else variable, body, symbols)
        return Statement(
            name, kind, tuple(over), body, variable, exists, expression(scale), unit, ref, complements, hub, *bounds,
            measured, self.chapter, mixed,
        )  # fmt: skip

    def _refuse_strangers(self, name: str, expr: sp.Basic, bound: frozenset[sp.Symbol]) -> None:
        """Every index is bound once, by the statement or by a sum; every symbol is one of the theory.

        An index of a sum must not be one that is bound outside: the sum would take it over.
        """
        if isinstance(expr, Total):
            twice = sorted(str(i) for i in expr.indices if i in bound)
            if twice:
                raise SpecificationError(message("CGE444", name=name, indices=listed(twice)))
            bound = bound | set(expr.indices)
            self._refuse_strangers(name, expr.body, bound)
            require_words(name, expr.body, bound, Total)
            self._refuse_mask(name, expr.where, bound)
            idle = sorted(str(i) for i in expr.indices if not (expr.body.has(i) or expr.where.has(i)))
            if idle and not expr.body.is_number:
                raise SpecificationError(message("CGE444.idle", name=name, indices=listed(idle), body=expr.body))
        elif isinstance(expr, (sp.Indexed, sp.Symbol)) and expr not in bound:
            symbol = expr.base.name if isinstance(expr, sp.Indexed) else expr.name
            indices = [place(k)[0] for k in expr.indices] if isinstance(expr, sp.Indexed) else [expr]
            free = [str(k) for k in indices if k not in bound and k.name in self.indices]
            if free:
                raise SpecificationError(message("CGE424", name=name, cell=expr, index=free[0]))
            if symbol not in self.families:
                raise SpecificationError(message("CGE425", name=name, symbol=symbol, near=near(symbol, self.families)))
            if expr.is_Symbol and self.families[symbol].dims:
                self.families[symbol].refuse_bare()
        elif not isinstance(expr, (sp.Indexed, sp.Symbol)):
            for part in expr.args:
                self._refuse_strangers(name, expression(part), bound)

    def _refuse_mask(self, name: str, where: sp.Basic, bound: frozenset[sp.Symbol]) -> None:
        """A mask is made of parameters and of inequalities of indices."""
        self._refuse_strangers(name, where, bound)
        require_words(name, where, bound, Total, condition=True)
        for ref in self.references(where):
            if self.family_of(ref).kind != "parameter":
                raise SpecificationError(message("CGE427", name=name, part=ref))

    def _refuse_sizes(self, name: str, scale: sp.Basic, *bounds: sp.Basic, bound: frozenset[sp.Symbol]) -> None:
        """A scale and bounds are numbers or products of parameters; the number of a scale is above 0."""
        for size in (scale, *bounds):
            self._refuse_strangers(name, size, bound)
            for x in factors_of(size):
                if x.is_number and (size is scale or x not in (sp.oo, -sp.oo)):
                    require_words(name, x, bound, Total)
                cell = isinstance(x, sp.Indexed | sp.Symbol) and x not in bound
                number = x.is_number and (size is not scale or x.is_positive)
                if not (number or (cell and self.family_of(x).kind == "parameter")):
                    raise SpecificationError(message("CGE427.size", name=name, part=x))

    def _plain(self, expr: sp.Basic) -> sp.Basic:
        """The expression with products of parameters for the masks of its sums."""
        if not expr.has(Total):
            return expr
        parts = [self._plain(a) for a in expr.args]
        if isinstance(expr, Total):
            of_indices = all(getattr(x, "name", "") in self.indices for x in expr.where.args)
            parts[2] = expr.where if isinstance(expr.where, sp.Ne) and of_indices else self._condition(expr.where)
        return expr if all(new is old for new, old in zip(parts, expr.args, strict=True)) else expr.func(*parts)

    def _condition(self, where: sp.Basic) -> sp.Basic:
        """A mask as a product of parameters; what is none, such as ``tax[i] > 0``, becomes one that follows from it."""
        factors = []
        for factor in factors_of(where):
            indices = tuple(sorted((x for x in factor.free_symbols if x.name in self.indices), key=str))
            if isinstance(factor, (sp.Indexed, sp.Symbol)) or factor.is_number:
                factors.append(factor)
            else:
                bound = {i for t in factor.atoms(Total) for i in t.indices}
                factors.append(self.where(self._plain(factor), tuple(i for i in indices if i not in bound)))
        return all_of(*factors)

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

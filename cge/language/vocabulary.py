"""What statements are made of: real numbers, symbols, operations and functions that have a value, and conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from cge.language.degrees import shown
from cgebase.errors import SpecificationError
from cgebase.messages import message

FUNCTIONS = frozenset({
    sp.Add, sp.Mul, sp.Pow, sp.exp, sp.log, sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise, sp.sin, sp.cos,
    sp.tan, sp.asin, sp.acos, sp.atan, sp.atan2, sp.sinh, sp.cosh, sp.tanh, sp.asinh, sp.acosh, sp.atanh, sp.erf,
    sp.erfc,
})  # fmt: skip
"""Operations and functions of sympy that a statement may use; forms of the language's own are known by their degree."""


def require_words(
    name: str, expr: sp.Basic, indices: frozenset[sp.Symbol], sums: type[sp.Basic], *, condition: bool = False
) -> None:
    """Refuse an expression whose value no code can compute; sums in it count as symbols.

    Parameters
    ----------
    name : str
        Of its statement.
    indices : frozenset of Symbol
        Indices that are bound there: they stand for members, never for numbers.
    condition : bool
        Whether it says where something is there.

    Raises
    ------
    SpecificationError
        Names the innermost part that is no real number, no function with a value, or no number at all.
    """
    leaves = {x: sp.Dummy(str(x), real=True) for x in _leaves(expr, sums) if x not in indices}
    try:
        faults = list(_faults(expr.xreplace(leaves), indices, condition=condition))
    except (ArithmeticError, AttributeError, TypeError, ValueError):  # of sympy, where parts are no numbers
        faults = [("CGE428.kind", expr)]
    for key, part in faults[:1]:
        written = part.xreplace({symbol: x for x, symbol in leaves.items()})
        raise SpecificationError(message(key, name=name, part=part.func.__name__, whole=shown(written)))


def _leaves(expr: sp.Basic, sums: type[sp.Basic]) -> Iterator[sp.Basic]:
    if isinstance(expr, (sp.Indexed, sp.Symbol, sums)):
        yield expr
    else:
        for part in expr.args:
            yield from _leaves(part, sums)


def _faults(
    expr: sp.Basic, indices: frozenset[sp.Symbol], *, condition: bool = False
) -> Iterator[tuple[str, sp.Basic]]:
    """Key of a message and the part it is about, innermost first."""
    if isinstance(expr, sp.Symbol):
        yield from [("CGE428.index", expr)] * (expr in indices)
        return
    logical = condition and isinstance(expr, (And, Or, Not, Relational, BooleanAtom))
    if isinstance(expr, Relational) and condition and set(expr.args) <= indices:
        return
    if not (logical or isinstance(expr, sp.Expr)):
        yield "CGE428.kind", expr
        return
    if isinstance(expr, sp.Piecewise):
        for value, case in expr.args:
            yield from _faults(value, indices)
            yield from _faults(case, indices, condition=True)
        return
    own = hasattr(expr, "degree")
    if not own and isinstance(expr, sp.Expr) and expr.is_number:
        yield from [("CGE428.number", expr)] * (not _is_real(expr))
        return
    meant = logical or own or expr.func in FUNCTIONS
    for part in (x for x in expr.args if meant or isinstance(x, sp.Expr)):
        yield from _faults(part, indices, condition=logical and not isinstance(expr, Relational))
    if not meant:
        yield "CGE428", expr
    base = getattr(expr, "base", None)
    if base is not None and base.is_number and not base.is_positive and not expr.args[-1].is_number:
        yield "CGE428.power", expr


def _is_real(number: sp.Expr) -> bool:
    """Whether a number is one that a computer can hold."""
    try:
        return math.isfinite(float(number))
    except (TypeError, ValueError, OverflowError, IndexError):
        return False

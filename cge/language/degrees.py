"""Degree of homogeneity: the power by which an expression grows when every symbol grows by its own.

In money of an economy, prices and incomes have degree 1 and quantities 0. A sum whose terms differ adds money to
quantities; such a statement is refused. Weights of composites are taken to add up to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from cgebase.errors import SpecificationError
from cgebase.messages import message

Degree = Any
"""An integer or an expression of parameters; of a Box-Cox transform, the transform of the degree; None of zero; nan
where nobody can tell."""
SHOWN = 80
"""Letters of a term that a message shows."""


class Unlike(Exception):  # noqa: N818 - a signal, turned into a message where the statement is known
    """Two terms of unlike degree: each with its own."""


class Degrees:
    """Degree of every symbol of a theory, as far as its declarations and statements tell.

    A symbol has the degree it is declared with. Without one a parameter has degree 0, a defined variable that of its
    definition, and a variable that an equation is paired with 0. A statement is read once every symbol in it has a
    degree, and only where some symbol of the theory is declared with one.

    Parameters
    ----------
    known : dict of str to Degree
    waiting : list of tuple
        Statements that were not read yet: name, variable it defines, expression, symbols in it.
    """

    def __init__(self) -> None:
        self.known: dict[str, Degree] = {}
        self.waiting: list[tuple[str, str, sp.Expr, frozenset[str]]] = []
        self.used = False

    def declare(self, name: str, kind: str, degree: int | None) -> None:
        """Enter a symbol."""
        self.used |= degree is not None
        if degree is not None or kind == "parameter":
            self.known[name] = degree or 0

    def state(self, name: str, defined: str, expr: sp.Expr, symbols: frozenset[str]) -> None:
        """Enter a statement; ``defined`` is the variable that equals its expression, empty in an equation.

        Raises
        ------
        SpecificationError
            Terms of unlike degree, of this statement or of one that waited for it.
        """
        self.waiting.append((name, defined, expr, symbols))
        while self.used and (ready := next((s for s in self.waiting if s[3] <= self.known.keys()), None)):
            self.waiting.remove(ready)
            self._read(*ready[:3])

    def _read(self, name: str, defined: str, expr: sp.Expr) -> None:
        try:
            degree = self.of(expr)
            if defined in self.known:
                alike({sp.Symbol(defined): self.known[defined], expr: degree})
        except Unlike as unlike:
            (one, first), (two, second) = ((shown(e), d) for e, d in unlike.args)
            text = message("CGE420", name=name, one=one, first=first, two=two, second=second)
            raise SpecificationError(text) from None
        if defined:
            self.known.setdefault(defined, degree or 0)

    def of(self, expr: sp.Expr) -> Degree:
        """Degree of an expression whose symbols are known.

        Raises
        ------
        Unlike
            Terms of a sum differ, or a function or an exponent is not of degree 0.
        """
        if isinstance(expr, sp.Indexed):
            return self.known[expr.base.name]
        if isinstance(expr, sp.Symbol):
            return self.known[expr.name]
        if isinstance(expr, (sp.Add, sp.Max, sp.Min)):
            return alike({a: self.of(a) for a in expr.args})
        if isinstance(expr, sp.Mul):
            parts = [self.of(a) for a in expr.args]
            return None if None in parts else sum(parts)
        if isinstance(expr, sp.Pow):
            self.number(expr.exp)
            return (base := self.of(expr.base)) and base * expr.exp
        if hasattr(expr, "degree"):
            return expr.degree(self)
        if expr.is_number:
            return None if expr == 0 else 0
        return self.number(*expr.args)

    def number(self, *parts: sp.Expr) -> Degree:
        """Degree 0, which every part must have."""
        return alike({sp.Integer(1): 0, **{p: self.of(p) for p in parts}})


def shown(term: sp.Expr) -> str:
    """A term as a message shows it."""
    text = str(term)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"


def alike(terms: Mapping[sp.Expr, Degree]) -> Degree:
    """The degree that terms share; zero, and what nobody can tell, goes with every degree."""
    told = [(e, d) for e, d in terms.items() if d is not None and d is not sp.nan]
    for term in told[1:]:
        if term[1] != told[0][1] and sp.expand(term[1] - told[0][1]) != 0:
            raise Unlike(told[0], term)
    return told[0][1] if told else next((d for d in terms.values() if d is not None), None)

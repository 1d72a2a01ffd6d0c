"""Equations as presentation MathML: code names kept, sums with their masks, fractions and powers as on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import sympy as sp
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.printer import Printer

from cge.language.algebra import Theory, Total, factors_of
from cge.language.forms import on_paper

ADD, MUL, POW, FUNCTION = (PRECEDENCE[k] for k in ("Add", "Mul", "Pow", "Func"))
FUNCTIONS = {sp.exp: "exp", sp.log: "ln", sp.atan: "arctan", sp.Max: "max"}
TIMES = "<mo>&#8901;</mo>"
MINUS = "<mo>&#8722;</mo>"


class MathML(Printer):
    """Writes expressions of a theory; every variable and parameter carries its name in ``data-s``."""

    def __init__(self, theory: Theory) -> None:
        super().__init__()
        self.theory = theory

    def formula(self, left: sp.Basic, right: sp.Basic) -> str:
        """Block formula ``left = right``."""
        body = f"{self.write(left)}<mo>=</mo>{self.write(on_paper(right))}"
        return f'<math display="block"><mrow>{body}</mrow></math>'

    def inline(self, expr: sp.Basic) -> str:
        """Formula inside a line of text."""
        return f"<math>{self.write(expr)}</math>"

    def mask(self, where: sp.Basic) -> str:
        """Factors of a mask, separated by commas: the cell exists where none is zero."""
        return self._listed(factors_of(where))

    def write(self, expr: sp.Basic, least: int = 0) -> str:
        """Markup of an expression, in brackets where it binds weaker than ``least``."""
        text = str(self._print(expr))
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>" if _binds(expr) < least else text

    def _commas(self, parts: Sequence[sp.Basic]) -> str:
        return "<mo>,</mo>".join(self.write(p) for p in parts)

    def _listed(self, parts: Sequence[sp.Basic]) -> str:
        return f"<mrow>{self._commas(parts)}</mrow>"

    def _name(self, name: str) -> str:
        if name not in self.theory.families:
            return f"<mi>{escape(name)}</mi>"
        kind = self.theory.families[name].kind[0]
        return f'<mi mathvariant="normal" class="{kind}" data-s="{escape(name)}">{escape(name)}</mi>'

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return f"<msub>{self._name(expr.base.name)}{self._listed(expr.indices)}</msub>"

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return self._name(expr.name)

    def _print_Rational(self, expr: sp.Rational) -> str:
        size = abs(expr)
        whole = f"<mn>{size.p}</mn>" if size.q == 1 else f"<mfrac><mn>{size.p}</mn><mn>{size.q}</mn></mfrac>"
        return f"<mrow>{MINUS}{whole}</mrow>" if expr < 0 else whole

    def _print_Number(self, expr: sp.Number) -> str:
        return f"<mn>{escape(str(expr))}</mn>"

    def emptyPrinter(self, expr: sp.Basic) -> str:  # noqa: N802 - sympy's name for what no other rule prints
        name = escape(FUNCTIONS.get(expr.func, str(expr.func)))
        return f"<mrow><mi>{name}</mi><mrow><mo>(</mo>{self._commas(expr.args)}<mo>)</mo></mrow></mrow>"

    def _print_Add(self, expr: sp.Add) -> str:
        terms = sorted(expr.as_ordered_terms(), key=_negative)
        parts = [f"{MINUS}{self.write(-t, MUL)}" if _negative(t) else f"<mo>+</mo>{self.write(t, MUL)}" for t in terms]
        return f"<mrow>{''.join(parts).removeprefix('<mo>+</mo>')}</mrow>"

    def _print_Mul(self, expr: sp.Mul) -> str:
        if _negative(expr):
            return f"<mrow>{MINUS}{self.write(-expr, MUL)}</mrow>"
        above, below = [], []
        for factor in expr.as_ordered_factors():
            if isinstance(factor, sp.Pow) and factor.exp.is_number and factor.exp < 0:
                below.append(1 / factor)
            elif isinstance(factor, sp.Rational) and factor.q != 1:
                above += [sp.Integer(factor.p)] if factor.p != 1 else []
                below.append(sp.Integer(factor.q))
            else:
                above.append(factor)
        top = self._product(above) if above else "<mn>1</mn>"
        return f"<mfrac>{top}{self._product(below)}</mfrac>" if below else top

    def _product(self, factors: Sequence[sp.Basic]) -> str:
        if len(factors) == 1:
            return self.write(factors[0])
        *first, last = sorted(factors, key=lambda f: isinstance(f, Total))
        parts = [*(self.write(f, POW) for f in first), self.write(last, MUL if isinstance(last, Total) else POW)]
        return f"<mrow>{TIMES.join(parts)}</mrow>"

    def _print_Pow(self, expr: sp.Pow) -> str:
        if expr.exp.is_number and expr.exp < 0:
            return f"<mfrac><mn>1</mn>{self.write(1 / expr)}</mfrac>"
        return f"<msup>{self.write(expr.base, FUNCTION)}{self.write(expr.exp)}</msup>"

    def _print_Total(self, expr: Total) -> str:
        under = self._listed(expr.indices)
        if expr.where != sp.Integer(1):
            under = f"<mrow>{under}<mo>&#8739;</mo>{self.mask(expr.where)}</mrow>"
        return f'<mrow><munder><mo largeop="true">&#8721;</mo>{under}</munder>{self.write(expr.body, MUL)}</mrow>'

    def _print_Unequality(self, expr: sp.Ne) -> str:
        return f"<mrow>{self.write(expr.lhs)}<mo>&#8800;</mo>{self.write(expr.rhs)}</mrow>"


def _binds(expr: sp.Basic) -> int:
    """Strength of an expression against its neighbours, in sympy's scale; a sum reaches as far as a product."""
    return MUL if isinstance(expr, Total) else ADD if _negative(expr) else int(precedence(expr))


def _negative(expr: sp.Basic) -> bool:
    return isinstance(expr, sp.Expr) and bool(expr.as_coeff_Mul()[0] < 0)

"""Equations as presentation MathML: code names kept, sums with their masks, fractions and powers as on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import sympy as sp

from cge.language.algebra import Theory, Total, factors_of
from cge.language.forms import on_paper

ADD, MUL, POW, ATOM = range(4)
FUNCTIONS = {sp.exp: "exp", sp.log: "ln", sp.atan: "arctan", sp.Max: "max"}
TIMES = "<mo>&#8901;</mo>"
MINUS = "<mo>&#8722;</mo>"


class MathML:
    """Writes expressions of a theory; every variable and parameter carries its name in ``data-s``."""

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        self.rules: dict[type, Callable[[sp.Basic], tuple[str, int]]] = {
            Total: self._total, sp.Add: self._add, sp.Mul: self._mul, sp.Pow: self._pow,
            sp.Indexed: self._indexed, sp.Ne: self._differs,
        }  # fmt: skip

    def formula(self, left: sp.Basic, right: sp.Basic) -> str:
        """Block formula ``left = right``."""
        body = f"{self.write(left)}<mo>=</mo>{self.write(on_paper(right))}"
        return f'<math display="block"><mrow>{body}</mrow></math>'

    def inline(self, expr: sp.Basic) -> str:
        """Formula inside a line of text."""
        return f"<math>{self.write(expr)}</math>"

    def write(self, expr: sp.Basic, least: int = ADD) -> str:
        """Markup of an expression, in brackets where it binds weaker than ``least``."""
        rule = self.rules.get(type(expr), self._other)
        text, binds = rule(expr)
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>" if binds < least else text

    # ------------------------------------------------------------ symbols
    def _name(self, name: str) -> str:
        if name not in self.theory.families:
            return f"<mi>{escape(name)}</mi>"
        kind = self.theory.families[name].kind[0]
        return f'<mi mathvariant="normal" class="{kind}" data-s="{escape(name)}">{escape(name)}</mi>'

    def _indices(self, indices: Sequence[sp.Basic]) -> str:
        return "<mrow>" + "<mo>,</mo>".join(self.write(i) for i in indices) + "</mrow>"

    def _indexed(self, expr: sp.Indexed) -> tuple[str, int]:
        return f"<msub>{self._name(expr.base.name)}{self._indices(expr.indices)}</msub>", ATOM

    def _other(self, expr: sp.Basic) -> tuple[str, int]:
        if isinstance(expr, sp.Symbol):
            return self._name(expr.name), ATOM
        if isinstance(expr, sp.Rational):
            size = abs(expr)
            whole = f"<mn>{size.p}</mn>" if size.q == 1 else f"<mfrac><mn>{size.p}</mn><mn>{size.q}</mn></mfrac>"
            return (f"<mrow>{MINUS}{whole}</mrow>", ADD) if expr < 0 else (whole, ATOM if size.q == 1 else MUL)
        if isinstance(expr, sp.Number):
            return f"<mn>{escape(str(expr))}</mn>", ATOM if expr >= 0 else ADD
        name = FUNCTIONS.get(expr.func, str(expr.func))
        return f"<mrow><mi>{escape(name)}</mi>{self._bracket(expr.args)}</mrow>", ATOM

    def _bracket(self, args: Sequence[sp.Basic]) -> str:
        return f"<mrow><mo>(</mo>{'<mo>,</mo>'.join(self.write(a) for a in args)}<mo>)</mo></mrow>"

    # ------------------------------------------------------------ arithmetic
    def _add(self, expr: sp.Add) -> tuple[str, int]:
        terms = [(sp.Mul(-1, t) if _negative(t) else t, _negative(t)) for t in expr.as_ordered_terms()]
        terms.sort(key=lambda t: t[1])
        out = []
        for k, (term, minus) in enumerate(terms):
            sign = MINUS if minus else "<mo>+</mo>" if k else ""
            out.append(sign + self.write(term, MUL))
        return f"<mrow>{''.join(out)}</mrow>", ADD

    def _mul(self, expr: sp.Mul) -> tuple[str, int]:
        if _negative(expr):
            return f"<mrow>{MINUS}{self.write(sp.Mul(-1, expr), MUL)}</mrow>", ADD
        above, below = [], []
        for factor in expr.as_ordered_factors():
            if isinstance(factor, sp.Pow) and factor.exp.is_number and factor.exp < 0:
                below.append(sp.Pow(factor.base, -factor.exp))
            elif isinstance(factor, sp.Rational) and factor.q != 1:
                above += [sp.Integer(factor.p)] if factor.p != 1 else []
                below.append(sp.Integer(factor.q))
            else:
                above.append(factor)
        top = self._product(above) if above else "<mn>1</mn>"
        if not below:
            return top, MUL
        return f"<mfrac>{top}{self._product(below)}</mfrac>", MUL

    def _product(self, factors: Sequence[sp.Basic]) -> str:
        if len(factors) == 1:
            return self.write(factors[0])
        ordered = [*(f for f in factors if not isinstance(f, Total)), *(f for f in factors if isinstance(f, Total))]
        last = len(ordered) - 1
        parts = [self.write(f, MUL if k == last and isinstance(f, Total) else POW) for k, f in enumerate(ordered)]
        return f"<mrow>{TIMES.join(parts)}</mrow>"

    def _pow(self, expr: sp.Pow) -> tuple[str, int]:
        if expr.exp.is_number and expr.exp < 0:
            return f"<mfrac><mn>1</mn>{self.write(sp.Pow(expr.base, -expr.exp))}</mfrac>", MUL
        return f"<msup>{self.write(expr.base, ATOM)}{self.write(expr.exp)}</msup>", POW

    # ------------------------------------------------------------ sums, masks, CES
    def _total(self, expr: Total) -> tuple[str, int]:
        under = self._indices(expr.indices)
        if expr.where != sp.Integer(1):
            under = f"<mrow>{under}<mo>&#8739;</mo>{self.mask(expr.where)}</mrow>"
        return f'<mrow><munder><mo largeop="true">&#8721;</mo>{under}</munder>{self.write(expr.body, MUL)}</mrow>', MUL

    def mask(self, where: sp.Basic) -> str:
        """Factors of a mask, separated by commas: the cell exists where none is zero."""
        return "<mrow>" + "<mo>,</mo>".join(self.write(f) for f in factors_of(where)) + "</mrow>"

    def _differs(self, expr: sp.Basic) -> tuple[str, int]:
        return f"<mrow>{self.write(expr.args[0])}<mo>&#8800;</mo>{self.write(expr.args[1])}</mrow>", ADD


def _negative(expr: sp.Basic) -> bool:
    return bool(expr.as_coeff_Mul()[0] < 0) if isinstance(expr, sp.Expr) else False

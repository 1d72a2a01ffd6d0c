"""Expressions without sums in the language of LLVM: each part computed once, each form at its limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce

import sympy as sp
from llvmlite import ir
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, Not, Or

from cge.language.algebra import boxcox, inv_boxcox, tilt

REAL, TRUTH = ir.DoubleType(), ir.IntType(1)
Known = dict[sp.Basic, ir.Value]
"""Values of the symbols and references of an expression, then of its parts."""
LONGEST_PRODUCT = 4
"""Largest whole power that is written as a product."""
LIMIT = 1e-12
"""Size of the exponent of a Box-Cox transform below which it is a logarithm."""
SMALL = 0.25
"""Size of an argument of :class:`cge.language.algebra.tilt` below which it is a series: its quotient cancels there."""
SERIES = [(k + 1) / math.factorial(k + 2) for k in range(13)]
CALLED = {
    sp.exp: "llvm.exp.f64", sp.log: "llvm.log.f64", sp.Abs: "llvm.fabs.f64", sp.Max: "llvm.maximum.f64",
    sp.Min: "llvm.minimum.f64", sp.sin: "llvm.sin.f64", sp.cos: "llvm.cos.f64", sp.tan: "tan", sp.asin: "asin",
    sp.acos: "acos", sp.atan: "atan", sp.atan2: "atan2", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
    sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.erf: "erf", sp.erfc: "erfc",
}  # fmt: skip
"""Functions of LLVM and of the C library."""


class Expressions:
    """Writes expressions where a builder stands.

    Parameters
    ----------
    at : mapping of index symbol to value
        Places of the indices that are bound.
    read : callable
        Number of a symbol.
    once : callable
        Value of an expression that takes long to compute, from :meth:`write` or from where it is kept.
    zero_wins : bool
        Whether a product with a symbol that is zero is zero whatever else is in it: what a zero switches off may be
        infinite.
    """

    def __init__(
        self, builder: ir.IRBuilder, at: Mapping[sp.Symbol, ir.Value], *,
        read: Callable[[sp.Symbol], ir.Value], once: Callable[[sp.Basic, Known], ir.Value], zero_wins: bool,
    ) -> None:  # fmt: skip
        self.b, self.at, self.read, self.once, self.zero_wins = builder, at, read, once, zero_wins

    def form(self, expr: sp.Basic, known: Known) -> ir.Value:
        """Value of an expression without sums; each part of it is computed once."""
        if expr not in known:
            known[expr] = (self.once if is_costly(expr) else self.write)(expr, known)
        return known[expr]

    def write(self, expr: sp.Basic, known: Known) -> ir.Value:
        """Value of an expression from those of its parts."""
        parts = (self.form(x, known) for x in expr.args)
        if expr.is_Symbol:
            return self.read(expr)
        if expr.is_number and not expr.has(boxcox, inv_boxcox):
            return real(expr)
        if isinstance(expr, sp.Add):
            return reduce(self.b.fadd, parts)
        if isinstance(expr, sp.Mul):
            return self._product(expr, known)
        if isinstance(expr, sp.Pow):
            return self._power(expr.base, expr.exp, known)
        if isinstance(expr, (boxcox, inv_boxcox)):
            return self._transform(type(expr), *parts)
        if isinstance(expr, tilt):
            return self._tilt(expr.args[0], next(parts), known)
        if isinstance(expr, (sp.Max, sp.Min)):
            return reduce(lambda x, y: self.call(CALLED[expr.func], x, y), parts)
        if isinstance(expr, (sp.Heaviside, sp.sign)):
            x = next(parts)
            low = self.step(x, "<", -1.0) if isinstance(expr, sp.sign) else real(0.0)
            return self.b.fadd(low, self.step(x, ">", 1.0))
        if isinstance(expr, sp.DiracDelta):
            return real(0.0)
        if isinstance(expr, sp.Piecewise):
            cases = [(self.form(x, known), self.holds(c, known)) for x, c in expr.args]
            return reduce(lambda rest, case: self.b.select(case[1], case[0], rest), reversed(cases), real(sp.nan))
        return self.call(CALLED[expr.func], *parts)

    def _product(self, expr: sp.Mul, known: Known) -> ir.Value:
        """Factors above over factors below: one division."""
        below = [x for x in expr.args if isinstance(x, sp.Pow) and x.exp.is_Number and x.exp.is_negative]
        above = [self.form(x, known) for x in expr.args if x not in below]
        number = reduce(self.b.fmul, above or [real(1.0)])
        if below:
            number = self.b.fdiv(number, reduce(self.b.fmul, (self.form(1 / x, known) for x in below)))
        symbols = [known[x] for x in expr.args if x.is_Symbol] if self.zero_wins else []
        return reduce(self.unless_zero, symbols, number)

    def _power(self, base: sp.Expr, power: sp.Expr, known: Known) -> ir.Value:
        x = self.form(base, known)
        if power.is_Number and power.is_negative:
            return self.b.fdiv(real(1.0), self.form(base**-power, known))
        if power.is_Integer and power <= LONGEST_PRODUCT:
            return reduce(self.b.fmul, [x] * int(power))
        value = self.call("llvm.pow.f64", x, self.form(power, known))
        if power.is_number:
            return value
        # a power that happens to be even must not take a negative base back into the domain
        return self.b.select(self.b.fcmp_ordered("<", x, real(0.0)), real(sp.nan), value)

    def _transform(self, form: type[sp.Function], x: ir.Value, e: ir.Value) -> ir.Value:
        """Box-Cox transform or its inverse, with its limit where the exponent is zero."""
        log, exp = (lambda y: self.call("llvm.log.f64", y)), (lambda y: self.call("llvm.exp.f64", y))
        limit = log if form is boxcox else exp
        flat = self.b.fcmp_ordered("<", self.call("llvm.fabs.f64", e), real(LIMIT))
        with self.b.if_else(flat) as (at_zero, elsewhere):
            with at_zero:
                simple, first = limit(x), self.b.block
            with elsewhere:
                if form is boxcox:
                    whole = self.b.fdiv(self.call("expm1", self.b.fmul(e, log(x))), e)
                else:
                    whole = exp(self.b.fdiv(self.call("log1p", self.b.fmul(e, x)), e))
                second = self.b.block
        out = self.b.phi(REAL)
        out.add_incoming(simple, first)
        out.add_incoming(whole, second)
        return out

    def _tilt(self, z: sp.Expr, at: ir.Value, known: Known) -> ir.Value:
        """Its series near zero, else its quotient."""
        near = reduce(lambda sum_, c: self.b.fadd(self.b.fmul(sum_, at), real(c)), SERIES[::-1], real(0.0))
        far = self.form(((z - 1) * sp.exp(z) + 1) / z**2, known)
        flat = self.b.fcmp_ordered("<", self.call("llvm.fabs.f64", at), real(SMALL))
        return self.b.select(flat, near, far)

    def unless_zero(self, number: ir.Value, factor: ir.Value) -> ir.Value:
        """A product, zero where a factor of it is."""
        return self.b.select(self.b.fcmp_ordered("==", factor, real(0.0)), real(0.0), number)

    def step(self, x: ir.Value, sign: str, height: float) -> ir.Value:
        """A height where a number is above or below zero, else 0."""
        return self.b.select(self.b.fcmp_ordered(sign, x, real(0.0)), real(height), real(0.0))

    def holds(self, expr: sp.Basic, known: Known) -> ir.Value:
        """Whether a condition is met; a number is where it is not zero."""
        if expr in (sp.true, sp.false):
            return ir.Constant(TRUTH, int(expr == sp.true))
        if isinstance(expr, (And, Or)):
            join = self.b.and_ if isinstance(expr, And) else self.b.or_
            return reduce(join, (self.holds(x, known) for x in expr.args))
        if isinstance(expr, ITE):
            return self.holds(expr.to_nnf(simplify=False), known)
        if isinstance(expr, Not):
            return self.b.not_(self.holds(expr.args[0], known))
        if isinstance(expr, Relational):
            if set(expr.args) <= set(self.at):
                return self.b.icmp_signed(expr.rel_op, *(self.at[x] for x in expr.args))
            left, right = (self.form(x, known) for x in expr.args)
        else:
            left, right = self.form(expr, known), real(0.0)
        sign = expr.rel_op if isinstance(expr, Relational) else "!="
        return (self.b.fcmp_unordered if sign == "!=" else self.b.fcmp_ordered)(sign, left, right)

    def call(self, name: str, *parts: ir.Value) -> ir.Value:
        """Value of a function of LLVM or of the C library."""
        if name not in self.b.module.globals:
            ir.Function(self.b.module, ir.FunctionType(REAL, [REAL] * len(parts)), name)
        return self.b.call(self.b.module.globals[name], parts)


def is_costly(expr: sp.Basic) -> bool:
    """Whether the outermost part of an expression takes as long as many products."""
    return isinstance(expr, (sp.exp, sp.log, boxcox, inv_boxcox)) or (
        isinstance(expr, sp.Pow) and not expr.exp.is_Integer
    )


def costly_parts(expr: sp.Basic) -> set[sp.Basic]:
    """Those parts of an expression that take long to compute."""
    return {x for x in sp.preorder_traversal(expr) if is_costly(x)}


def real(number: float | sp.Expr) -> ir.Constant:
    """A number; none where it is complex, as what is left of the root of a negative one."""
    try:
        return ir.Constant(REAL, float(number))
    except TypeError:
        return ir.Constant(REAL, math.nan)

"""One cell of a statement written out and evaluated straight from its sympy tree, without any kernel.

The second reading of the equations: sums are expanded over the cells where they exist and numbers are put
in, so what a kernel computes can be checked against what the equation says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import sympy as sp
from scipy import special
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from cge.language.algebra import Statement, Theory, Total, boxcox, factors_of, inv_boxcox
from cge.language.declare import place
from cge.language.fold import is_sum, outermost
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import message

At = dict[str, int]
"""Position of each bound index in its set."""
FUNCTIONS: dict[object, Callable[..., float]] = {
    boxcox: special.boxcox,
    inv_boxcox: special.inv_boxcox,
    sp.exp: np.exp,
    sp.log: np.log,
    sp.atan: math.atan,
    sp.Max: max,
    sp.Heaviside: lambda x, _: float(x > 0),
}


class Expansion:
    """A theory over concrete sets with numbers for its symbols.

    Parameters
    ----------
    theory : Theory
    sets : mapping of set name to labels
    numbers : mapping of str to ndarray
        Parameters and, where values are asked for, variables; shapes follow the declared dimensions.
    """

    def __init__(self, theory: Theory, sets: Mapping[str, Sequence[str]], numbers: Mapping[str, Array]) -> None:
        self.theory, self.numbers = theory, numbers
        self.sets = {k: tuple(v) for k, v in sets.items()}

    # ------------------------------------------------------------ cells
    def members(self, index: sp.Symbol) -> tuple[str, ...]:
        """Labels an index runs over."""
        return self.sets[self.theory.indices[index.name].name]

    def cells(self, indices: Sequence[sp.Symbol], where: sp.Basic, at: Mapping[str, int]) -> Iterator[At]:
        """Bindings of ``indices`` on which the mask is not zero, beside the bindings in ``at``."""
        for positions in product(*(range(len(self.members(i))) for i in indices)):
            inner = {**at, **{i.name: k for i, k in zip(indices, positions, strict=True)}}
            if self.present(where, inner):
                yield inner

    def present(self, where: sp.Basic, at: Mapping[str, int]) -> bool:
        """Whether every factor of a mask is there."""
        for factor in factors_of(where):
            if isinstance(factor, sp.Ne):
                if at[str(factor.args[0])] == at[str(factor.args[1])]:
                    return False
            elif self.value(factor, at) == 0:
                return False
        return True

    def labels(self, statement: Statement, at: Mapping[str, int]) -> tuple[str, ...]:
        """Labels of a cell of a statement."""
        return tuple(self.members(i)[at[i.name]] for i in statement.over)

    def cell(self, ref: sp.Basic, at: Mapping[str, int]) -> tuple[str, tuple[int, ...]]:
        """Name and position of the number a reference stands for."""
        if isinstance(ref, sp.Indexed):
            return ref.base.name, tuple(at[symbol.name] + shift for symbol, shift in map(place, ref.indices))
        return str(ref), ()

    # ------------------------------------------------------------ numbers
    def number(self, name: str, position: tuple[int, ...] = ()) -> float:
        """Number of one cell of a variable, parameter or account; an account may follow from the others."""
        account = self.theory.accounts.get(name)
        if account is not None and name not in self.numbers:
            at = {i.name: k for i, k in zip(account.over, position, strict=True)}
            return self.value(account.expr, at) if self.present(account.where, at) else 0.0
        if name not in self.numbers:
            raise SpecificationError(message("CGE452", name=name, theory=self.theory.name))
        return float(np.asarray(self.numbers[name])[position])

    def value(self, expr: sp.Basic, at: Mapping[str, int]) -> float:
        """Value of an expression with its indices bound; a product with a zero in it is zero."""
        if isinstance(expr, Total):
            return math.fsum(self.value(expr.body, inner) for inner in self.cells(expr.indices, expr.where, at))
        if isinstance(expr, (sp.Indexed, sp.Symbol)):
            return self.number(*self.cell(expr, at))
        if isinstance(expr, sp.Number) or expr.is_number:
            return float(expr)
        if expr.func not in FUNCTIONS and not isinstance(expr, (sp.Add, sp.Mul, sp.Pow)):
            return self._other(expr, at)
        parts = [self.value(arg, at) for arg in expr.args]
        if isinstance(expr, sp.Add):
            return math.fsum(parts)
        if isinstance(expr, sp.Mul):
            return 0.0 if 0.0 in parts else math.prod(parts)
        if isinstance(expr, sp.Pow):
            if parts[0] < 0 and not (expr.exp.is_number and parts[1].is_integer()):
                return math.nan
            return math.inf if parts[0] == 0 and parts[1] < 0 else parts[0] ** parts[1]
        with np.errstate(all="ignore"):
            return float(FUNCTIONS[expr.func](*parts))

    def _other(self, expr: sp.Basic, at: Mapping[str, int]) -> float:
        """Value of any other function of sympy, such as ``Abs`` or ``Piecewise``."""
        parts = outermost(expr, lambda x: is_sum(x) or isinstance(x, (sp.Indexed, sp.Symbol)))
        try:
            return float(expr.xreplace({part: sp.Float(self.value(part, at)) for part in parts}))
        except TypeError as error:
            raise SpecificationError(message("CGE453", function=expr.func, expression=expr)) from error

    # ------------------------------------------------------------ text
    def text(self, expr: sp.Basic, at: Mapping[str, int], *, sums: bool = True) -> str:
        """Expression with labels in place of indices; ``sums`` says whether inner sums are written out."""
        return str(_Writer(self, dict(at), sums=sums).doprint(expr))


class _Writer(StrPrinter):
    printmethod = ""

    def __init__(self, expansion: Expansion, at: At, *, sums: bool) -> None:
        super().__init__()
        self.expansion, self.at, self.sums = expansion, at, sums

    def parenthesize(self, item: sp.Basic, level: int, strict: bool = False) -> str:
        text = str(super().parenthesize(item, level, strict))
        return f"({text})" if isinstance(item, Total) and not self.sums and level > PRECEDENCE["Mul"] else text

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        if expr.name in self.at:
            return self.expansion.members(expr)[self.at[expr.name]]
        return str(expr.name)

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return f"{expr.base.name}[{', '.join(self._label(i) for i in expr.indices)}]"

    def _label(self, index: sp.Basic) -> str:
        symbol, shift = place(index)
        if not shift or symbol.name not in self.at:
            return str(self._print(index))
        return self.expansion.members(symbol)[self.at[symbol.name] + shift]

    def _print_Total(self, expr: Total) -> str:
        outer = self.at
        if not self.sums:
            own = {i.name for i in expr.indices}
            self.at = {k: v for k, v in outer.items() if k not in own}
            body = self._print(expr.body)
            mask = "" if expr.where == sp.Integer(1) else f" | {self._print(expr.where)}"
            self.at = outer
            return f"Sum[{', '.join(i.name for i in expr.indices)}{mask}]({body})"
        parts = []
        for inner in self.expansion.cells(expr.indices, expr.where, outer):
            self.at = inner
            parts.append(self._print(expr.body))
        self.at = outer
        return f"({' + '.join(parts) or '0'})"

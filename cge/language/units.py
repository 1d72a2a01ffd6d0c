"""Units of statements, where every symbol in them carries one that can be read: ``kg``, ``money/kg``, ``person*hour``.

Units add up in a product and subtract in a quotient, as degrees of homogeneity do. Terms of a sum must have the same;
words are compared as they are written, and what cannot be read is never refused.
"""

from __future__ import annotations

import re

import sympy as sp

from cge.language.degrees import Degree, Degrees, Unlike, alike, shown
from cgebase.errors import SpecificationError
from cgebase.messages import message

PLAIN = ("1", "fraction", "share", "index", "ratio")
"""Words for a number without a unit."""
WORD = r"1|[^\W\d]\w*"
POWER = rf"({WORD})(?:\^(\d+))?"
READABLE = re.compile(rf"{POWER}(?:\s*[*·/]\s*{POWER})*")
FACTOR = re.compile(rf"([*·/]?)\s*{POWER}")


def unit_of(text: str) -> Degree:
    """A unit as a sum of its words, those below the line negative; None where the text is no product of words.

    ``m^2`` is a power; ``a/b/c`` and ``a per b`` divide.
    """
    text = re.sub(r"\s+per\s+", "/", text.strip())
    if not READABLE.fullmatch(text):
        return None
    out = sp.Integer(0)
    for sign, word, power in FACTOR.findall(text):
        if word not in PLAIN:
            out += sp.Symbol(word) * int(power or 1) * (-1 if sign == "/" else 1)
    return out


def words_of(unit: Degree) -> str:
    """A unit as it is written."""
    powers = sorted(sp.sympify(unit).as_coefficients_dict().items(), key=lambda x: str(x[0]))
    above, below = (
        [f"{word}" if abs(k) == 1 else f"{word}^{abs(k)}" for word, k in powers if word != 1 and sign * k > 0]
        for sign in (1, -1)
    )
    return "/".join(["*".join(above) or "1", *below])


class _Unknown(Exception):
    """A part whose unit nobody can tell."""


class Units(Degrees):
    """Unit of every symbol of a theory that carries one, or is defined by such.

    A plain number goes with every unit. Functions, composites and broken powers of what has a unit have one that nobody
    can tell, for a parameter such as the productivity of Cobb and Douglas carries what is missing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.used = True

    def enter(self, name: str, unit: str) -> None:
        """Enter a symbol with the text of its unit."""
        if (read := unit_of(unit)) is not None:
            self.known[name] = read

    def of(self, expr: sp.Expr) -> Degree:
        """Unit of an expression whose symbols are known.

        Raises
        ------
        Unlike
            Terms of a sum differ.
        _Unknown
        """
        if expr.is_number:
            return None
        if isinstance(expr, sp.Mul):
            return sum(self.of(a) or 0 for a in expr.args)
        if isinstance(expr, (sp.Function, sp.Pow)):
            parts = [self.of(a) or 0 for a in expr.args]
            if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
                return parts[0] * expr.exp
            if any(parts):
                raise _Unknown
            return 0
        if not isinstance(expr, (sp.Indexed, sp.Symbol, sp.Add, sp.Max, sp.Min)) and not hasattr(expr, "degree"):
            raise _Unknown
        return super().of(expr)

    def _read(self, name: str, defined: str, expr: sp.Expr) -> None:
        try:
            unit = self.of(expr)
            if defined in self.known:
                alike({sp.Symbol(defined): self.known[defined], expr: unit})
            elif defined and unit is not None:
                self.known[defined] = unit
        except _Unknown:
            return
        except Unlike as unlike:
            (one, first), (two, second) = ((shown(e), words_of(d)) for e, d in unlike.args)
            text = message("CGE459", name=name, one=one, first=first, two=two, second=second)
            raise SpecificationError(text) from None

"""Units of statements, where every symbol in them carries one that can be read: ``kg``, ``money/kg``, ``person*hour``.

Units add up in a product and subtract in a quotient, as degrees of homogeneity do. Terms of a sum must have the same;
words are compared as they are written, and what cannot be read is never refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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


class Units(Degrees):
    """Unit of every symbol of a theory that carries one, or is defined by such.

    A plain number goes with every unit, and so does what nobody can tell: a text that is no product of words,
    functions, composites and broken powers of what has a unit, for a parameter such as the productivity of Cobb and
    Douglas carries what is missing.

    Parameters
    ----------
    texts : mapping of str to str
        What a text says as a product of words, for texts that are written for people; others are read as they stand.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self.used, self.texts = True, texts

    def enter(self, name: str, unit: str) -> None:
        """Enter a symbol with the text of its unit; without one it may get the unit of its definition."""
        if unit:
            read = unit_of(self.texts.get(unit, unit))
            self.known[name] = sp.nan if read is None else read

    def of(self, expr: sp.Expr) -> Degree:
        """Unit of an expression whose symbols are known.

        Raises
        ------
        Unlike
            Terms of a sum differ.
        """
        if expr.is_number:
            return None
        if isinstance(expr, sp.Mul):
            return sum(self.of(a) or 0 for a in expr.args)
        if isinstance(expr, (sp.Max, sp.Min)) or not isinstance(expr, (sp.Function, sp.Pow)):
            return super().of(expr)
        parts = [self.of(a) or 0 for a in expr.args if isinstance(a, sp.Expr)]
        if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
            return parts[0] * expr.exp
        return sp.nan if any(parts) or isinstance(expr, sp.Piecewise) else 0

    def _read(self, name: str, defined: str, expr: sp.Expr) -> None:
        try:
            unit = self.of(expr)
            if defined in self.known:
                alike({sp.Symbol(defined): self.known[defined], expr: unit})
            elif defined and unit is not None:
                self.known[defined] = unit
        except Unlike as unlike:
            (one, first), (two, second) = ((shown(e), words_of(d)) for e, d in unlike.args)
            text = message("CGE459", name=name, one=one, first=first, two=two, second=second)
            raise SpecificationError(text) from None

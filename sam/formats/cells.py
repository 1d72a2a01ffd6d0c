"""Cells of spreadsheets and text files: one number or one fault with its address, never a guess.

A number may carry thousands separators (comma, space, full-width comma), full-width digits and brackets, a typographic
minus, or brackets for a negative. Blanks, dashes and marks of missing data mean what the caller's :class:`Rules`
say. Everything else is refused: Excel's error values, dates, booleans, percentages, decimal commas, footnote marks,
formulas that were never calculated.
"""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

import numpy as np

from cgebase.messages import Message, message

ERRORS = frozenset(
    {
        "#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "#FIELD!",
        "#BLOCKED!", "#CONNECT!", "#GETTING_DATA", "#UNKNOWN!",
    }
)  # fmt: skip
"""Texts by which Excel shows that it has no value."""
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\uff0d\u30fc"
MISSING = frozenset({"…", "……", "..", "...", "na", "n/a", "n.a.", "nan", "null", "none"})
#: Spaces of all kinds to one; marks that print nothing vanish.
SPACES: dict[int, int | None] = {
    **dict.fromkeys((0x3000, 0xA0, 0x2007, 0x2009, 0x202F, 0x09, 0x0A, 0x0D), 0x20),
    **dict.fromkeys((0xFEFF, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060)),
}
#: And full-width ASCII to ASCII. Unicode's own folding would also turn a superscript footnote mark into a digit.
FOLD: dict[int, int | None] = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, **SPACES}
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?|\.[0-9]+([eE][+-]?[0-9]{1,3})?")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[, ])[0-9]{3}((?P=mark)[0-9]{3})*(\.[0-9]*)?")
COMMA = re.compile(r"[0-9][0-9.,' ]*,[0-9. ]*|[0-9]+(\.[0-9]{3}){2,}")


@dataclass(frozen=True)
class Rules:
    """What a cell without a number stands for; ``None`` refuses it.

    Parameters
    ----------
    blank : float or None
        Nothing, or spaces only.
    dash : float or None
        Dashes of any width and nothing else.
    missing : float or None
        ``…``, ``..``, ``n.a.`` and their like.
    """

    blank: float | None = 0.0
    dash: float | None = 0.0
    missing: float | None = None


RULES = Rules()
STRICT = Rules(None, None, None)


class Uncalculated:
    """A formula whose result the file does not hold."""

    def __repr__(self) -> str:
        return "="


UNCALCULATED = Uncalculated()


def number(value: object, place: str, rules: Rules = RULES) -> float | Message:
    """One cell as a number.

    Parameters
    ----------
    value : object
        As the file holds it.
    place : str
        Address for the fault.

    Returns
    -------
    float or Message
        A finite number, or the fault.
    """
    if isinstance(value, bool):
        return message("SAM120", place=place, value=str(value).upper())
    if isinstance(value, int | float | np.integer | np.floating):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        return found if math.isfinite(found) else message("SAM120.finite", place=place, value=shown(value))
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return message("SAM120.date", place=place, value=value)
    if value is UNCALCULATED:
        return message("SAM120.formula", place=place)
    return _written(label(value), place, rules)


def _written(text: str, place: str, rules: Rules) -> float | Message:
    """Number written as text."""
    for empty, known, key in (
        (rules.blank, text == "", "SAM120.blank"),
        (rules.dash, text != "" and all(c in DASHES for c in text), "SAM120.dash"),
        (rules.missing, text.lower() in MISSING, "SAM120.missing"),
    ):
        if known:
            return message(key, place=place, value=text) if empty is None else empty
    if text.upper() in ERRORS:
        return message("SAM120.error", place=place, value=text)
    body, sign = text, 1.0
    if body.startswith("(") and body.endswith(")"):
        body, sign = body[1:-1].strip(), -1.0
    elif body[0] in "-\u2013\u2212":
        body, sign = body[1:].lstrip(), -1.0
    elif body[0] == "+":
        body = body[1:].lstrip()
    if NUMBER.fullmatch(body):
        found = sign * float(body)
    elif GROUPED.fullmatch(body):
        found = sign * float(body.replace(",", "").replace(" ", ""))
    else:
        key = "SAM120.comma" if COMMA.fullmatch(body) else "SAM120"
        return message(key, place=place, value=shown(text))
    return found if math.isfinite(found) else message("SAM120.finite", place=place, value=shown(text))


def label(value: object, *, narrow: bool = True) -> str:
    """Text of a cell without needless spaces, a whole number without its point.

    Parameters
    ----------
    narrow : bool
        Turn full-width letters, digits and punctuation into ASCII.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(" +", " ", str(value).translate(FOLD if narrow else SPACES)).strip()


def shown(value: object) -> str:
    """Value short enough for a message."""
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"

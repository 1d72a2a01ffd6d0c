"""Arithmetic over named numbers: numbers, names, ``+ - * / **`` and brackets. Nothing else is evaluated."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

LONGEST = 1000
"""Letters of an expression."""
SIGNS: dict[type[ast.AST], Any] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
OPERATORS: dict[type[ast.AST], Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: np.float_power,
}  # fmt: skip


class NoArithmetic(ValueError):
    """A text is no arithmetic."""


def computed(text: str, name: re.Pattern[str], values: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Parameters
    ----------
    name : Pattern
        What a name in it looks like; it may hold points, which a name of Python does not.
    values : mapping of str to float or ndarray
        Number of every name.

    Raises
    ------
    NoArithmetic
        It is longer than :data:`LONGEST`, or holds an unknown name or anything but arithmetic.
    ZeroDivisionError
        It divides a number by zero.
    """
    names = list(dict.fromkeys(name.findall(text)))
    if len(text) > LONGEST or not {*names} <= {*values}:
        raise NoArithmetic(text)
    given = {f"n{k}": values[found] for k, found in enumerate(names)}
    plain = name.sub(lambda found: f"n{names.index(found[0])}", text)
    try:
        with np.errstate(all="ignore"):
            return _value(ast.parse(plain.strip(), mode="eval").body, given)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise NoArithmetic(text) from error


def _value(node: ast.AST, given: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in given:
            return given[name]
        case ast.UnaryOp(op=sign, operand=of) if type(sign) in SIGNS:
            return SIGNS[type(sign)](_value(of, given))
        case ast.BinOp(left=left, op=by, right=right) if type(by) in OPERATORS:
            return OPERATORS[type(by)](_value(left, given), _value(right, given))
    raise NoArithmetic(ast.dump(node)[:LONGEST])

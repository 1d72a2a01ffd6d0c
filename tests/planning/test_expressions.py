"""Expressions of plans: arithmetic as anybody reads it, and nothing else is evaluated."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cge.planning.expressions import NoArithmetic, computed

NAME = re.compile(r"[A-Z]+(?:\.[a-z]+)?\.\d+|(?<![\w.])[a-z]+")
numbers = st.floats(0.5, 2.0)


@given(a=numbers, b=numbers, c=numbers)
def test_it_is_arithmetic(a: float, b: float, c: float) -> None:
    values = {"XJ.co.1": a, "b": b, "c": c}
    assert computed("-XJ.co.1*(b+ 2e1)/c - +b", NAME, values) == -a * (b + 20) / c - b
    assert computed("b-c-XJ.co.1", NAME, values) == b - c - a
    assert computed("(b/c)**(1/24)", NAME, values) == (b / c) ** (1 / 24)
    both = computed("b/c", NAME, {"b": np.array([a, b]), "c": np.array([c, c])})
    assert both.tolist() == [a / c, b / c]


@pytest.mark.parametrize("text", [
    "", "b b", "b//2", "b%2", "b if c else 1", "[b]", "b.real", "b()", "(b, c)", "b<c", "b and c", "True",
    "1j", "'b'",
    "lambda: b", "b:=1", "@b", "().__class__", "b\n+c", "not b", "~b", "b@c", "f'{b}'", "(" * 300 + "b" + ")" * 300,
    "1" * 5000, "-" * 1200 + "b", "+".join(["b"] * 600),
])  # fmt: skip
def test_nothing_else_is_evaluated(text: str) -> None:
    with pytest.raises(NoArithmetic):
        computed(text, NAME, {"b": 1.0, "c": 2.0})


def test_what_has_no_value_says_so() -> None:
    with pytest.raises(ZeroDivisionError):
        computed("b/(c-c)", NAME, {"b": 1.0, "c": 2.0})
    assert math.isnan(computed("(-b)**0.5", NAME, {"b": 1.0}))
    assert math.isinf(computed("b*1e400", NAME, {"b": 1.0}))

"""What is kept at its value is said; a variable that nothing determines is refused by name before a solve."""

from __future__ import annotations

import numpy as np
import pytest

from cge.language.algebra import Theory
from cge.solve.system import System
from cgebase.errors import SpecificationError
from cgebase.messages import both

WORDS = {"unit": "1", "description": "test"}
YEARS = ("2021", "2030", "2060")
SETS = {"y": YEARS}
ACTIVE = ["first", "accumulation", "saving"]


def _growth(**traits: bool) -> System:
    """Capital grows by saving a part of its output; without the second equation nothing moves it."""
    t = Theory("growth")
    years = t.set("y", ordered=True)
    y = years.index("y")
    K, S = t.variable("K", (years,), **traits, **WORDS), t.variable("S", (years,), **WORDS)
    rate = t.parameter("rate", (), **WORDS)
    t.equation("first", (y,), K[y] - 1, pairs=K, where=years.first[y])
    t.equation("accumulation", (y,), K[y] - K[y - 1] - S[y - 1], pairs=K)
    t.equation("saving", (y,), S[y] - rate * K[y], pairs=S)
    return System(t, SETS)


START = {"K": np.ones(3), "S": np.ones(3)}


def test_a_forgotten_equation_is_refused_with_the_cells_it_leaves_open():
    system = _growth()
    whole = system.solve({"rate": 0.5}, START, ACTIVE).values
    np.testing.assert_allclose(whole["K"], [1.0, 1.5, 2.25], rtol=1e-9)
    with pytest.raises(SpecificationError) as caught:
        system.solve({"rate": 0.5}, START, ["first", "saving"])
    words = both(caught.value)
    assert words.code == "CGE403"
    for text in (str(words), words.zh):
        assert "K [2030, 2060]" in text and "accumulation" in text and "given=" in text


def test_what_is_said_to_be_given_is_kept():
    start = {"K": np.array([9.0, 2.0, 3.0]), "S": np.ones(3)}
    for solution in (
        _growth().solve({"rate": 0.5}, start, ["first", "saving"], given=["K"]),
        _growth(given=True).solve({"rate": 0.5}, start, ["first", "saving"]),
        _growth().follow(lambda at: {"rate": 0.5 * at}, start, ["first", "saving"], given=["K"]),
    ):
        np.testing.assert_allclose(solution.values["K"], [1.0, 2.0, 3.0], rtol=1e-9)
        np.testing.assert_allclose(solution.values["S"], [0.5, 1.0, 1.5], rtol=1e-9)


def test_what_is_given_once_is_asked_for_again_without_it():
    system = _growth()
    system.solve({"rate": 0.5}, START, ["first", "saving"], given=["K"])
    with pytest.raises(SpecificationError, match="which nothing determines"):
        system.solve({"rate": 0.5}, START, ["first", "saving"])


def test_a_variable_that_does_not_exist_there_needs_no_equation():
    t = Theory("absent")
    goods = t.set("g")
    i = goods.index("i")
    there = t.parameter("there", (goods,), **WORDS)
    rent = t.variable("rent", (goods,), log=False, exists="there", **WORDS)
    price = t.variable("price", (goods,), **WORDS)
    t.equation("rent", (i,), rent[i] - 2 * there[i], pairs=rent, where=there[i])
    t.equation("price", (i,), price[i] - 1 - rent[i], pairs=price)
    start = {"rent": np.zeros(2), "price": np.ones(2)}
    v = System(t, {"g": ("a", "b")}).solve({"there": np.array([1.0, 0.0])}, start, ["rent", "price"]).values
    np.testing.assert_allclose(v["price"], [3.0, 1.0], rtol=1e-9)

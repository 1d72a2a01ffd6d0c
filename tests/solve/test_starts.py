"""Other solutions from other starts: an economy with three equilibria, and economies with one."""

from __future__ import annotations

import numpy as np
import pb1
import pytest
import sympy as sp
from pb1_economies import draw

from cge.language.algebra import Theory
from cge.solve.starts import other_solutions
from cge.solve.system import System

WORDS = {"unit": "1", "description": "test"}
WIDE = [1.0] * 40
ENDOWED = 2 ** (8 / 9) - 2 ** (1 / 9)
"""Mas-Colell, Whinston and Green (1995), example 15.B.2: the relative price is 1/2, 1 or 2."""


def _exchange() -> tuple[System, dict]:
    """Two persons, each with much of one good, whose demand is inelastic for the other's."""
    t = Theory("three equilibria")
    p, r = t.variable("p", (), default=1.0, **WORDS), t.parameter("r", (), **WORDS)
    first, second = t.variable("first", (), **WORDS), t.variable("second", (), **WORDS)
    t.define(first, (), p ** sp.Rational(1, 9))
    t.define(second, (), p * r + 2 - p ** sp.Rational(8, 9))
    t.equation("market", (), first + second - 2 - r, pairs=p)
    return System(t, {}), {"r": np.array(ENDOWED)}


@pytest.mark.parametrize("start", [0.5, 1.0, 2.0])
def test_all_three_equilibria_are_found_from_any_of_them(start):
    system, data = _exchange()
    solution = system.solve(data, {"p": start}, ["market"])
    assert float(solution.values["p"]) == pytest.approx(start, rel=1e-6)
    search = other_solutions(system, data, solution, ["market"], spreads=WIDE)
    prices = sorted(float(x.values["p"]) for x in search.others)
    assert prices == pytest.approx([x for x in (0.5, 1.0, 2.0) if x != start], rel=1e-6)
    assert 2 <= search.converged <= search.tried == len(WIDE)


def test_the_same_seed_finds_the_same_and_another_way_is_a_start():
    system, data = _exchange()
    solution = system.solve(data, {"p": 1.0}, ["market"])
    first, again = (other_solutions(system, data, solution, ["market"], spreads=WIDE) for _ in range(2))
    assert first.converged == again.converged and first.tried == len(WIDE)
    assert [float(x.values["p"]) for x in first.others] == [float(x.values["p"]) for x in again.others]
    led = other_solutions(system, data, solution, ["market"], begins=[{"p": np.array(1.95)}], spreads=())
    assert [float(x.values["p"]) for x in led.others] == pytest.approx([2.0], rel=1e-6)
    assert (led.tried, led.converged) == (1, 1)


def test_an_economy_of_substitutes_has_one_equilibrium():
    """PB-1 with caps: whatever the start, the same prices, permit prices at zero included."""
    system, p, start = pb1.problem(draw(2, 5))
    capped = p | {"cap": np.array([0.7, 1.2])}
    solution = system.solve(capped, start, pb1.ACTIVE)
    assert solution.values["tau"][1] == 0 < solution.values["tau"][0]
    search = other_solutions(system, capped, solution, pb1.ACTIVE, begins=[start], spreads=(0.01, 0.1, 0.3, 0.3))
    assert search.others == () and search.tried == 5
    assert search.converged >= 3, "a search that converges nowhere finds nothing"

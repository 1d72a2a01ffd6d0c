"""Closures of one's own theory: equations exchanged, counted, and refused where something is left over."""

from __future__ import annotations

import pytest

from cge.language.algebra import Theory
from cge.solve.system import System
from cgebase.errors import SpecificationError

DATA = {"hire": 80.0, "people": 100.0, "floor": 1.0}
ACTIVE = ["demand", "full_employment"]


@pytest.fixture(scope="module")
def system() -> System:
    t = Theory("labour")
    hire, people, floor = (t.parameter(n, ()) for n in ("hire", "people", "floor"))
    E, W = (t.variable(n, (), default=1.0) for n in ("E", "W"))
    U = t.variable("U", (), default=0.0, log=False, given=True)
    t.equation("demand", (), E - hire / W, pairs=E)
    t.equation("full_employment", (), E - (1 - U) * people, pairs=W)
    t.equation("wage_floor", (), W - floor, pairs=W)
    t.equation("unemployment", (), E - (1 - U) * people, pairs=U)
    return System(t, {})


def test_a_swapped_closure_solves_the_other_problem(system):
    full = system.solve(DATA, {}, ACTIVE).values
    assert (float(full["W"]), float(full["U"])) == (pytest.approx(0.8), 0.0)
    closure = system.swapped(DATA, ACTIVE, out="full_employment", into=["wage_floor", "unemployment"])
    rigid = system.solve(DATA, {}, closure.active, given=closure.given).values
    assert (float(rigid["W"]), float(rigid["U"])) == (pytest.approx(1.0), pytest.approx(0.2))
    assert closure.structure.counts == {"equations": 3, "unknowns": 3, "given": []}
    assert (closure.freed, closure.held) == (("U",), ())
    back = system.swapped(DATA, closure.active, out=closure.into, into=closure.out)
    assert back.structure.counts == {"equations": 2, "unknowns": 2, "given": ["U"]} and back.held == ("U",)
    assert set(back.active) == set(ACTIVE)


def test_counts_and_what_changed_are_printed(system):
    text = str(system.swapped(DATA, ACTIVE, out="full_employment", into="wage_floor"))
    assert "2 equations, 2 unknowns" in text and "out: full_employment; in: wage_floor" in text and "given: U" in text


def test_what_is_held_is_said_and_what_comes_in_frees_it(system):
    held = system.swapped(DATA, ACTIVE, out="full_employment", given=["W"])
    assert held.given == ("W", "U") and held.held == ("W",)
    freed = system.swapped(DATA, held.active, into="full_employment", given=held.given)
    assert freed.given == ("U",) and freed.freed == ("W",)
    with pytest.raises(SpecificationError, match="unknowns W"):
        system.swapped(DATA, ACTIVE, out="demand", given=["E"])


@pytest.mark.parametrize(
    ("out", "into", "words"),
    [
        ("full_employment", "unemployment", r"no active equation is paired with W"),
        ("demand", (), r"no active equation is paired with E"),
        ((), "wage_floor", r"full_employment and wage_floor .*W"),
        ("demnd", "floor", r"'demnd' is not active; did you mean 'demand'(.|\n)*no equations named floor"),
        ((), "demand", r"'demand' is active already"),
    ],
)
def test_closures_that_are_not_square_name_what_is_left_over(system, out, into, words):
    with pytest.raises(SpecificationError, match=words):
        system.swapped(DATA, ACTIVE, out=out, into=into)

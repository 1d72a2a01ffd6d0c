"""What `repr` says of a large object: at most ten lines, and what it says is so."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from typing import Any

import numpy as np
import pytest
from small import small

from cge.calibrate.benchmark import Benchmark, calibrate
from cge.calibrate.parameters import ParameterSet, load_parameters
from cge.language.algebra import Theory
from cge.language.closure import Closure
from cge.language.structure import Part, Structure
from cge.runs.periods import Paths, Period, Policy
from cge.solve.integrals import PathIntegral
from cge.solve.starts import Search
from cge.solve.system import Solution, System
from cge.study.model import Model
from cgebase.brief import LINES, WIDTH, Brief, outline
from sam.economy import Economy
from sam.matrix import SAM

LARGE = (
    Economy, SAM, ParameterSet, Benchmark, System, Paths, Period, Policy, Model, Solution, Closure, Structure, Part,
    PathIntegral, Search,
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Box(Brief):
    name: str
    size: float
    inside: dict[str, Any] = field(default_factory=dict)


def test_it_names_the_kind_and_what_each_attribute_holds() -> None:
    assert repr(Box("tin", 2.5, {"r": ("N", "S"), "c": ("coal",)})) == "\n".join(
        ["Box", "  name: tin", "  size: 2.5", "  inside: 2 r, 1 c"]
    )


@pytest.mark.parametrize("count", [LINES - 1, LINES, 40])
def test_it_has_at_most_ten_lines_and_loses_no_name(count: int) -> None:
    names = [f"x{k}" for k in range(count)]
    wide = make_dataclass("Wide", names, bases=(Brief,), frozen=True, repr=False)
    lines = repr(wide(*range(count))).splitlines()
    assert len(lines) == LINES
    assert [n for n in names if not any(n in line.replace(":", " ").replace(",", " ").split() for line in lines)] == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((3, 4)), "array 3 x 4"), ((), "none"), ({}, "none"), (None, "None"),
        (tuple("abcdefg"), "7: a, b, c, d, e, f, …"), ([Box("a", 1.0)] * 2, "2: Box, Box"),
        ({("sigma", "coa"): 0.5}, "1: sigma coa"), ("x" * 500, "x" * (WIDTH - 1) + "…"),
    ],
)  # fmt: skip
def test_outline(value: Any, text: str) -> None:
    assert outline(value) == text


def test_what_a_notebook_touches_is_brief() -> None:
    economy = small()
    parameters = load_parameters("cn12", economy.activities, economy.commodities)
    touched = (economy, economy.sam, parameters, calibrate(economy, parameters), System(Theory("empty"), {}))
    for thing in touched:
        lines = repr(thing).splitlines()
        assert lines[0] == type(thing).__name__ and 3 < len(lines) <= LINES and max(map(len, lines)) < 120, lines
    assert "sets: 2 r, 5 c, 5 a, 2 h, 2 m" in repr(touched[3])


@pytest.mark.parametrize("large", LARGE)
def test_every_large_object_is(large: type) -> None:
    assert large.__repr__ is Brief.__repr__


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 60])
def test_what_a_solve_gives_back_is_brief(count: int) -> None:
    """With as many symbols as a large model has, and more cells than a line holds."""
    t = Theory("wide")
    goods = t.set("i", "goods")
    i = goods.index("i")
    for k in range(count):
        x, p = t.variable(f"x{k}", (goods,), default=1.0), t.parameter(f"p{k}", (goods,))
        t.equation(f"e{k}", (i,), x[i] - p[i], pairs=x)
    model, active = System(t, {"i": tuple(f"good{k}" for k in range(40))}), list(t.equations)
    data = {f"p{k}": np.full(40, 2.0) for k in range(count)}
    solution = model.solve(data, {}, active)
    closure = model.swapped(data, active)
    derivative = model.gradient(data, solution.values, active, {"x0": 1.0})
    for thing in (solution, closure, closure.structure, derivative):
        lines = repr(thing).splitlines()
        assert lines[0] == type(thing).__name__ and 2 < len(lines) <= LINES and max(map(len, lines)) < 120, lines
    assert "p0: array 40" in repr(derivative) and repr(derivative).endswith("kinks: none")
    assert ("also 53: p7, p8," in repr(derivative)) == (count == 60)

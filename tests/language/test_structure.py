"""Closures that are not square or not solvable are named before a solve."""

from __future__ import annotations

import numpy as np
import pytest

from cge.language.algebra import Theory, total
from cge.language.structure import inspect_structure
from cge.solve.conditioning import weakest_direction
from cgebase.errors import SpecificationError

WORDS = {"unit": "1", "description": "test"}
SETS = {"g": ("a", "b", "c"), "r": ("x", "y")}
ON = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def _market() -> Theory:
    """Price and quantity of goods; an index in between; `again` states the market a second time."""
    t = Theory("market")
    goods, regions = t.set("g"), t.set("r")
    i, r = goods.index("i"), regions.index("r")
    on, slope = t.parameter("on", (goods, regions), **WORDS), t.parameter("slope", (goods,), **WORDS)
    p, q = t.variable("p", (goods, regions), **WORDS), t.variable("q", (goods, regions), **WORDS)
    wage, index = t.variable("wage", (regions,), **WORDS), t.variable("index", (regions,), **WORDS)
    here = on[i, r]
    t.define(index, (r,), total(p[i, r], i, where=here))
    t.equation("supply", (i, r), q[i, r] - slope[i] * p[i, r] / wage[r], pairs=q, where=here)
    t.equation("demand", (i, r), q[i, r] * p[i, r] - index[r], pairs=p, where=here)
    t.equation("again", (i, r), 2 * q[i, r] * p[i, r] - 2 * index[r], pairs=p, where=here)
    t.equation("labour", (r,), total(q[i, r], i, where=here) - wage[r], pairs=wage)
    t.equation("prices_only", (r,), index[r] - 1, pairs=wage)
    t.equation("prices_again", (i, r), p[i, r] - index[r], pairs=q, where=here)
    return t


def _look(active: list[str], given: tuple[str, ...] = (), slope: float = 1.0):
    return inspect_structure(_market(), SETS, {"on": ON, "slope": np.full(3, slope)}, active, given=given)


def test_a_square_closure_is_counted_by_block():
    found = _look(["supply", "demand", "labour"])
    assert found.sound and found.over is None and found.under is None and not found.loose
    assert [(b.name, b.cells, b.variable, b.unknowns) for b in found.blocks] == [
        ("index", 2, "index", 2), ("supply", 5, "q", 5), ("demand", 5, "p", 5), ("labour", 2, "wage", 2),
    ]  # fmt: skip
    assert (found.rows, found.columns, found.rank) == (14, 14, 14)
    assert [(x.name, x.by) for x in found.left_out][0] == ("again", ("demand",))
    found.require()


def test_a_missing_equation_is_named_with_what_would_close_it():
    found = _look(["supply", "demand"], given=[])
    assert (found.rows, found.columns, found.rank) == (12, 14, 12)
    assert found.unpaired == {"wage": (("x",), ("y",))}
    assert found.under is not None and found.under.excess == -2 and found.over is None
    with pytest.raises(SpecificationError, match=r"no active equation is paired with wage \[x, y\]") as error:
        found.require()
    assert "such as labour, prices_only" in str(error.value)


def test_a_variable_that_is_given_needs_no_equation():
    found = _look(["supply", "demand"], given=["wage"])
    assert found.given == ("wage",)
    found.require()


def test_an_equation_stated_twice_is_named_with_its_rival():
    found = _look(["supply", "demand", "again", "labour"])
    assert (found.rows, found.columns, found.rank) == (19, 14, 14)
    assert found.rivals == {"p": ("demand", "again")}
    with pytest.raises(SpecificationError, match="demand and again are paired with the same cells of p"):
        found.require()


def test_a_square_closure_without_full_structural_rank_is_named():
    # prices_again and prices_only know prices alone, 7 equations in 5 prices; demand gives q; wage is in nothing
    found = _look(["prices_again", "demand", "prices_only"])
    assert found.rows == found.columns == 14 and found.rank == 12
    assert found.over is not None and found.under is not None
    assert found.over.excess == 2 and found.under.excess == -2
    assert found.under.unknowns == {"wage": (("x",), ("y",))} and found.under.equations == {}
    assert set(found.over.equations) == {"prices_again", "prices_only"}
    with pytest.raises(SpecificationError, match="over-determined part.*under-determined part"):
        found.require()


def test_a_parameter_of_zero_takes_its_product_out_of_the_pattern():
    assert _look(["supply", "prices_only", "demand"]).sound
    # without the slope, supply no longer knows the wage
    found = _look(["supply", "prices_only", "demand"], slope=0.0)
    assert not found.sound and found.under is not None and "wage" in found.under.unknowns


@pytest.mark.parametrize("given", [False, True])
def test_cells_that_nothing_determines_are_listed(given):
    t = Theory("loose")
    goods = t.set("g")
    i, j = goods.index("i"), goods.index("j")
    on = t.parameter("on", (goods,), **WORDS)
    p = t.variable("p", (goods,), given=given, **WORDS)
    t.equation("sum", (i,), p[i] - total(p[j], j), pairs=p, where=on[i])
    found = inspect_structure(t, {"g": ("a", "b")}, {"on": np.array([1.0, 0.0])}, ["sum"])
    assert found.sound == given
    assert (found.loose if given else found.unpaired) == {"p": (("b",),)}


def test_wrong_names_are_refused():
    with pytest.raises(SpecificationError, match="no equations named"):
        _look(["suply"])
    with pytest.raises(SpecificationError, match=r"variables q are given and determined"):
        _look(["supply"], given=["q"])


def test_the_weakest_direction_names_what_is_dependent():
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((40, 40))
    assert not weakest_direction(matrix).singular
    scaled = matrix / np.abs(matrix).max(0)
    scaled /= np.abs(scaled).max(1, keepdims=True)
    smallest = np.linalg.svd(scaled, compute_uv=False)[-1]
    assert weakest_direction(matrix, steps=60).singular_value == pytest.approx(smallest, rel=1e-6)
    matrix[7] = 3 * matrix[31]
    found = weakest_direction(matrix)
    assert found.singular and set(found.equations[:2]) == {7, 31}
    matrix = rng.standard_normal((40, 40))
    matrix[:, 5] = 0.0
    found = weakest_direction(matrix)
    assert found.singular and found.unknowns[0] == 5


def test_what_is_declared_and_used_by_nothing_is_listed():
    t = _market()
    t.parameter("forgotten", (), **WORDS)
    numbers = {"on": ON, "slope": np.ones(3), "forgotten": 1.0}
    found = inspect_structure(t, SETS, numbers, ["supply", "demand", "labour"])
    assert found.unused == ("forgotten",)
    assert found.counts == {"equations": 14, "unknowns": 14, "given": []}

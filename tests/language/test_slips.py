"""Slips in a statement are found when it is declared, in the modeller's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from cge.language.algebra import Theory, product, total
from cge.solve.system import System
from cgebase.errors import SpecificationError

SLIPS: dict[str, tuple[Callable[[Any, Any, Any, Any], Any], str]] = {
    "a sum forgotten": (lambda x, share, i, f: x[i] - share[f, i], r"index f of share\[f, i\] is bound by nothing"),
    "a sum over another index": (lambda x, share, i, f: x[i] - total(share[f, i], i), "bound outside the sum already"),
    "a sum over nothing": (lambda x, share, i, f: x[i] - total(share[f, i]), r"total\(share\[f, i\]\) names no index"),
    "a product over nothing": (lambda x, share, i, f: x[i] - product(x[i]), r"product\(X\[i\]\) names no index"),
    "a symbol of nobody": (lambda x, share, i, f: x[i] - sp.Symbol("shar"), "uses shar, which .* did you mean .share."),
    "an array of nobody": (lambda x, share, i, f: x[i] - sp.IndexedBase("y")[i], "uses y, which the theory does not"),
    "a comparison": (lambda x, share, i, f: x[i] == 1, "== compares and gives no equation"),
    "an inequality": (lambda x, share, i, f: x[i] >= 1, "no expression; write lhs - rhs"),
}


def theory() -> tuple[Theory, Any, Any, Any, Any]:
    t = Theory("slips")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    x = t.variable("X", (goods,), unit="1", description="output", default=1.0)
    share = t.parameter("share", (factors, goods), unit="1", description="share")
    return t, x, share, goods.index("i"), factors.index("f")


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused_when_it_is_stated(slip: str) -> None:
    t, x, share, i, f = theory()
    expression, words = SLIPS[slip]
    with pytest.raises(SpecificationError, match=words):
        t.equation("balance", (i,), expression(x, share, i, f), pairs=x)
    assert not t.equations


def test_a_term_may_stand_where_a_condition_holds_without_an_index() -> None:
    t, x, share, i, f = theory()
    here = t.parameter("here", (t.sets["i"],))
    t.equation("balance", (i,), x[i] - 1 - total(x[i] / 2, where=here[i]) - product(share[f, i], f), pairs=x)
    model = System(t, {"i": ("a", "b"), "f": ("k",)})
    data = {"share": [[2.0, 3.0]], "here": [1.0, 0.0]}
    assert model.solve(data, {}, ["balance"]).values["X"] == pytest.approx([6.0, 4.0])


@pytest.mark.parametrize("mask", [lambda x, share, i, f: x[i], lambda x, share, i, f: share[f, i] > x[i]])
def test_a_mask_is_made_of_parameters(mask: Callable[[Any, Any, Any, Any], Any]) -> None:
    t, x, share, i, f = theory()
    with pytest.raises(SpecificationError, match="takes a product of parameters"):
        t.equation("balance", (i,), x[i] - total(share[f, i], f, where=mask(x, share, i, f)), pairs=x)


def test_two_sides_may_be_stated() -> None:
    t, x, share, i, f = theory()
    t.equation("balance", (i,), sp.Eq(x[i], total(share[f, i], f)), pairs=x)
    model = System(t, {"i": ("a", "b"), "f": ("k",)})
    assert model.solve({"share": [[2.0, 3.0]]}, {}, ["balance"]).values["X"] == pytest.approx([2.0, 3.0])


@pytest.mark.parametrize("name", ["P-x", "my goods", "2P", "", "P.x"])
def test_a_name_that_could_be_an_expression_is_refused_where_it_is_declared(name):
    t = Theory("names")
    goods = t.set("g")
    for declare in (
        lambda: t.variable(name, (goods,), unit="1", description="x"), lambda: t.set(name), lambda: goods.index(name),
        lambda: t.parameter(name, (), unit="1", description="x"), lambda: goods.subset(name),
    ):  # fmt: skip
        with pytest.raises(SpecificationError, match="no name of a symbol, set or index"):
            declare()

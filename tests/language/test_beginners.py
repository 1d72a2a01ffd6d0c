"""Mistakes that those who begin make, each told in the words of the model; what was accepted in silence is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import sympy as sp

from cge import CGEError, System, Theory, compare, drop_market, total
from cge.language.expand import Expansion
from cge.language.structure import UnusedWarning

pytestmark = pytest.mark.filterwarnings("ignore::cge.language.structure.UnusedWarning")


class Desk:
    """A theory at hand: goods, years, a price, a stock, a size, a tax."""

    def __init__(self) -> None:
        self.t = t = Theory("desk")
        self.goods, self.years, self.kinds = t.set("i"), t.set("y", ordered=True), t.set("k")
        self.i, self.j, self.y, self.k = (
            self.goods.index("i"), self.goods.index("j"), self.years.index("y"), self.kinds.index("k"),
        )
        self.size = t.parameter("size", (self.goods,), default=2.0)
        self.P = t.variable("P", (self.goods,), default=1.0)
        self.Q = t.variable("Q", (self.kinds,), default=1.0)
        self.K = t.variable("K", (self.years,), default=1.0)

    def say(self, body: object, *, over: object = None, pairs: object = None, **more: object) -> None:
        """State an equation."""
        self.t.equation("e", (self.i,) if over is None else over, body, pairs=pairs or self.P, **more)

    def solve(self, data: object = None, start: object = None, active: object = None, **more: object) -> object:
        """Solve over two goods, two years and two kinds."""
        model = System(self.t, {"i": ["bread", "milk"], "y": ["2025", "2026"], "k": ["a", "b"]})
        return model.solve({} if data is None else data, {} if start is None else start, active or ["e"], **more)

    def solved(self) -> tuple[System, object]:
        """A system with its solution."""
        self.say(self.P[self.i] - self.size[self.i])
        model = System(self.t, {"i": ["bread", "milk"], "y": ["2025", "2026"], "k": ["a", "b"]})
        return model, model.solve({}, {}, ["e"])


def _map(d: Desk, given: object) -> object:
    kind = d.t.map("kind", d.goods, d.kinds, description="kind of a good")
    d.say(d.P[d.i] - total(d.Q[d.k], d.k, where=kind[d.i, d.k]))
    return d.solve({"kind": given}, given=["Q"])


STATED: dict[str, tuple[Callable[[Desk], object], str]] = {
    "a name that is a number": (lambda d: d.t.variable(2025, ()), "2025 is no name of a symbol, set or index"),
    "a unit that is no text": (lambda d: d.t.variable("V", (), unit=None), "'V': unit is None; give text"),
    "log that is text": (lambda d: d.t.variable("V", (), log="no"), "'V': log is 'no'; give True or False"),
    "a degree that is text": (lambda d: d.t.parameter("v", (), degree="1"), "degree is '1'; give a whole number"),
    "a first guess that is a list": (lambda d: d.t.variable("V", (), default=[1.0]), "give a number, or for a var"),
    "no index": (lambda d: d.say(d.P - 1), r"P runs over i and needs its indices here, such as P\[i\]"),
    "no index inside a function": (lambda d: d.say(sp.log(d.P)), r"needs its indices here"),
    "one index, no tuple": (lambda d: d.say(d.P[d.i] - 1, over=d.i), r"found|runs over i; give its indices as a tuple"),
    "index as text": (lambda d: d.say(d.P[d.i] - 1, over=("i",)), "give its indices as a tuple"),
    "set, no tuple": (lambda d: d.t.variable("V", d.goods), r"found i; give the sets it runs over as a tuple"),
    "set as text": (lambda d: d.t.variable("V", ("i",)), "give the sets it runs over as a tuple"),
    "cells to determine": (lambda d: d.say(d.P[d.i] - 1, pairs=d.P[d.i]), r"P\[i\], which is no .* did you mean 'P'"),
    "a parameter to determine": (lambda d: d.say(d.P[d.i] - 1, pairs=d.size), "size, which is no variable"),
    "a parameter to define": (lambda d: d.t.define(d.size, (d.i,), d.P[d.i]), "size, which is no variable"),
    "nobody to define": (lambda d: d.t.define("PP", (d.i,), d.P[d.i]), "which is no variable; did you mean 'P'"),
    "no variable": (lambda d: d.say(d.size[d.i] - 2), "reads no variable"),
    "0 = 0": (lambda d: d.say(d.P[d.i] - d.P[d.i]), "reads no variable"),
    "sum over an index that is not inside": (
        lambda d: d.say(d.P[d.i] - total(d.P[d.i], d.j)), r"sums P\[i\] over j, which it does not depend on"
    ),
    "scale of a variable": (lambda d: d.say(d.P[d.i] - 1, scale=d.P[d.i]), r"product of parameters, found P\[i\]"),
    "scale that is a quotient": (lambda d: d.say(d.P[d.i] - 1, scale=1 / d.size[d.i]), "of parameters, found 1/"),
    "unknown trait": (lambda d: d.t.variable("V", (d.goods,), dflt=1.0), "no trait 'dflt'; did you mean 'default'"),
    "default as text": (lambda d: d.t.parameter("p", (d.goods,), default="one"), "'one' is neither a number"),
}  # fmt: skip


@pytest.mark.parametrize("slip", STATED)
def test_slips_are_refused_where_they_are_stated(slip: str) -> None:
    edit, said = STATED[slip]
    with pytest.raises(CGEError, match=said):
        edit(Desk())


def _stated(d: Desk) -> Desk:
    d.say(d.P[d.i] - d.size[d.i])
    return d


GIVEN: dict[str, tuple[Callable[[Desk], object], str]] = {
    "closure as text": (lambda d: _stated(d).solve(active="e"), "closure is a list of names"),
    "closure of statements": (lambda d: _stated(d).solve(active=[d.t.equations["e"]]), "closure is a list of names"),
    "no closure": (lambda d: _stated(d).solve(given=None), "a closure is a list of names of equations"),
    "years as names": (lambda d: _stated(d).solve({2025: 1.0}), "2025: numbers given, but the theory has no"),
    "members alone": (lambda d: System(d.t, ["bread"]), "members are given by set"),
    "a set of one number": (lambda d: System(d.t, {"i": 2, "y": ["1"], "k": ["a"]}), "'i': found 2, expected a list"),
    "existence by no parameter": (
        lambda d: (d.t.variable("V", (d.goods,), exists="V0"), _stated(d).solve()), "'V0' is to hold its first guess"
    ),
    "given as text": (lambda d: _stated(d).solve(given="K"), "one of names of variables; found K"),
    "given unknown": (lambda d: _stated(d).solve(given=["KK"]), "no variable 'KK'; did you mean 'K'"),
    "solution as start": (lambda d: _stated(d).solve(start=[1.0]), "numbers are given by name"),
    "words for numbers": (lambda d: _stated(d).solve({"size": ["two", "three"]}), "found 'two', expected numbers"),
    "number as text": (lambda d: _stated(d).solve({"size": pd.Series({"bread": "2", "milk": 3})}), "size: found '2'"),
    "nothing for numbers": (lambda d: _stated(d).solve({"size": None}), "size: found None, expected numbers"),
    "infinite": (lambda d: _stated(d).solve({"size": [np.inf, 1.0]}), r"size \[bread\] is infinite"),
    "below zero in logarithms": (lambda d: _stated(d).solve({"size": [-1.0, 1.0]}), r"P \[bread\] falls .* log=False"),
    "members as one word": (lambda d: System(d.t, {"i": "bread", "y": ["1"], "k": ["a"]}), "'i': found 'bread'"),
    "members as numbers": (lambda d: System(d.t, {"i": ["a"], "y": [1, 2], "k": ["a"]}), r"'y': found \[1, 2\]"),
    "map of many images": (lambda d: _map(d, np.ones((2, 2))), "every row of a table of i by k has a single 1"),
    "map without an image": (lambda d: _map(d, pd.Series({"bread": "a"})), "'milk' has no image"),
    "unknown holder of a guess": (
        lambda d: (d.t.variable("V", (d.goods,), default="V0"), _stated(d).solve()), "'V0' is to hold its first guess"
    ),
    "condition on what has no number": (
        lambda d: (d.say(d.P[d.i], where=d.t.parameter("a", (d.goods,))[d.i] > 0), d.solve()), "without values: a"
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", GIVEN)
def test_slips_are_refused_where_numbers_are_given(slip: str) -> None:
    edit, said = GIVEN[slip]
    with pytest.raises(CGEError, match=said):
        edit(Desk())


ASKED: dict[str, tuple[Callable[[System, object], object], str]] = {
    "one direction": (lambda m, s: m.respond({}, s.values, ["e"], {"size": 1.0}), "directions are a list"),
    "derivative of a name": (lambda m, s: m.gradient({}, s.values, ["e"], "P"), "given by name"),
    "derivative under no closure": (lambda m, s: m.respond({}, s.values, [], [{"size": 1.0}]), "nothing to solve"),
    "solution of no closure": (lambda m, s: m.solve({}, {}, []), "nothing to solve"),
    "no direction": (lambda m, s: m.respond({}, s.values, ["e"], None), "directions are a list"),
    "accounts of statements": (lambda m, s: m.respond({}, s.values, ["e"], [{}], [None]), "is a list of names"),
    "table of half a symbol": (lambda m, s: m.table({"P": [1.0]}), r"P needs shape \(2,\) over i, found \(1,\)"),
    "table against a solution": (lambda m, s: m.table(s.values, s), "given by name"),
    "table against nothing": (lambda m, s: m.table(s.values, {}), "the base has no P"),
    "table of a solution": (lambda m, s: m.table(s), "given by name"),
    "scenarios without names": (lambda m, s: compare(m, [s]), "solutions by name"),
    "values for a solution": (lambda m, s: compare(m, {"base": s.values}), "solutions by name"),
    "no scenario": (lambda m, s: compare(m, {}), "solutions by name"),
    "residual of nothing": (lambda m, s: m.residuals({}, s.values, ["f"]), "no equations named f"),
    "account of nothing": (lambda m, s: m.accounts({}, s.values)["paid"], "no account 'paid'"),
}  # fmt: skip


@pytest.mark.parametrize("slip", ASKED)
def test_slips_are_refused_where_something_is_asked(slip: str) -> None:
    ask, said = ASKED[slip]
    with pytest.raises(CGEError, match=said):
        ask(*Desk().solved())


def test_what_nothing_reads_is_named_and_needs_no_first_guess() -> None:
    d = Desk()
    d.t.variable("unused", (d.goods,))
    d.t.parameter("tariff", (d.goods,), default=0.0)
    with pytest.warns(UnusedWarning, match="'desk' declares .*unused, tariff, which no statement uses"):
        model, solution = d.solved()
    assert solution.values["unused"].tolist() == [1.0, 1.0]


def test_a_map_may_be_given_as_a_series_or_a_table() -> None:
    by_label = _map(Desk(), {"bread": "b", "milk": "a"}).values["P"]
    for given in (pd.Series({"milk": "a", "bread": "b"}), np.array([[0.0, 1.0], [1.0, 0.0]])):
        np.testing.assert_array_equal(_map(Desk(), given).values["P"], by_label)


def test_derivatives_are_refused_under_a_closure_that_a_solve_refuses() -> None:
    t = Theory("two")
    goods = t.set("i")
    i = goods.index("i")
    a = t.parameter("a", (goods,))
    P, Q = (t.variable(n, (goods,), default=1.0) for n in ("P", "Q"))
    t.equation("one", (i,), P[i] - a[i] * Q[i], pairs=P)
    t.equation("two", (i,), Q[i] - a[i], pairs=Q)
    model, data = System(t, {"i": ["x"]}), {"a": [2.0]}
    values = model.solve(data, {}, ["one", "two"]).values
    with pytest.raises(CGEError, match=r"read Q \[x\], which nothing determines"):
        model.respond(data, values, ["one"], [{"a": 1.0}])
    assert model.respond(data, values, ["one"], [{"a": 1.0}], given=["Q"])[0]["P"][0] == pytest.approx(2.0)
    assert model.gradient(data, values, ["one"], {"P": 1.0}, given=["Q"])["a"][0] == pytest.approx(2.0)
    assert model.gradient(data, values, ["one", "two"], {"P": 1.0})["a"][0] == pytest.approx(4.0)
    drop_market(t, "two", numeraire=Q[i])


def test_the_second_reading_knows_every_function_that_a_kernel_knows() -> None:
    d = Desk()
    size = d.size[d.i]
    stepped = sp.Piecewise((1.0, size > 2), (2.0, True))
    bent = sp.Min(size, 3) + sp.Abs(size - 5) + stepped + sp.sqrt(size) + sp.exp(-size)
    d.say(d.P[d.i] - bent)
    solved = d.solve({"size": [4.0, 1.0]}).values["P"]
    reading = Expansion(d.t, {"i": ("bread", "milk"), "y": ("1",), "k": ("a",)}, {"size": np.array([4.0, 1.0])})
    assert [reading.value(bent, {"i": k}) for k in (0, 1)] == pytest.approx(solved.tolist(), rel=1e-9)

"""A solve that fails says what it found: where it cannot begin, what left its domain, what is not determined."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cge.language.algebra import Theory, product, total
from cge.solve.system import System
from cgebase.errors import ConvergenceError, SpecificationError
from cgebase.messages import both

WORDS = {"unit": "1", "description": "test"}
GOODS = ("bread", "milk")


@pytest.fixture(scope="module")
def shop() -> System:
    """Price is cost plus tax, demand falls with it."""
    t = Theory("shop")
    goods = t.set("i", "goods")
    i = goods.index("i")
    P, Q = t.variable("P", (goods,), **WORDS), t.variable("Q", (goods,), log=False, **WORDS)
    tax = t.parameter("tax", (goods,), unit="1", description="tax on sales")
    t.equation("price", (i,), P[i] - 1 - tax[i], pairs=P)
    t.equation("demand", (i,), Q[i] - 6 / P[i], pairs=Q)
    return System(t, {"i": GOODS})


@pytest.mark.parametrize(
    ("data", "start", "named"),
    [
        ({"tax": [0.1, np.nan]}, {}, ["tax [milk] (tax on sales)"]),
        ({}, {"P": np.array([1.0, 0.0])}, ["P [milk]: first guess 0", "log=False"]),
        ({}, {"P": np.array([-2.0, 0.0])}, ["P [bread]: first guess -2", "P [milk]: first guess 0"]),
        ({}, {"Q": np.array([np.nan, 1.0])}, ["Q [bread]: first guess is not a number"]),
    ],
)
def test_where_no_solve_can_begin_the_cell_is_named(shop, data, start, named):
    first = {"P": np.ones(2), "Q": np.ones(2)} | start
    with pytest.raises(SpecificationError) as caught:
        shop.solve({"tax": np.array(data.get("tax", [0.1, 0.2]))}, first, ["price", "demand"])
    text = str(caught.value)
    assert all(word in text for word in named) and "numbers given to 'shop'" in text
    assert all(word.split(" (")[0].split(":")[0] in both(caught.value).zh for word in named if "[" in word)


def test_an_argument_outside_its_form_is_named_with_its_value_and_what_it_is():
    t = Theory("mix")
    techs, places = t.set("a", "technologies"), t.set("r", "regions")
    a, b, r = techs.index("a"), techs.index("b"), places.index("r")
    cost, paid = t.parameter("cost", (techs,), **WORDS), t.parameter("paid", (techs, places), **WORDS)
    gamma = t.parameter("gamma", (), **WORDS)
    share = t.variable("share", (techs, places), log=False, **WORDS)
    net = t.variable("net", (techs, places), unit="1", description="unit cost net of what is paid")
    weight = t.variable("weight", (techs, places), **WORDS)
    t.define(net, (a, r), cost[a] - paid[a, r])
    t.define(weight, (a, r), net[a, r] ** (-gamma))
    t.equation("mix", (a, r), share[a, r] * total(weight[b, r], b) - weight[a, r], pairs=share)
    system = System(t, {"a": ("coal", "sun"), "r": ("north", "south")})
    paid_now = np.array([[0.0, 0.0], [0.5, 1.3]])
    start = {"share": np.full((2, 2), 0.5)}
    with pytest.raises(ConvergenceError) as caught:
        system.solve({"cost": np.ones(2), "paid": paid_now, "gamma": 4.0}, start, ["mix"])
    (finding,) = caught.value.findings
    assert finding.code == "CGE404" and "weight [sun, south]" in finding and "net[sun, south] = -0.3" in finding
    assert "unit cost net of what is paid" in finding and "weight [sun, south]" in finding.zh
    assert finding in str(caught.value)
    assert finding.endswith("weaken what takes it below zero, or begin nearer to the solution")
    assert "policy" not in str(caught.value) and "subsidy" not in str(caught.value)
    with pytest.raises(ConvergenceError) as followed:
        system.follow(lambda at: {"cost": np.ones(2), "paid": at * paid_now, "gamma": 4.0}, start, ["mix"])
    assert "net[sun, south] = -" in str(followed.value) and "of the way" in str(followed.value)


def test_a_division_by_zero_names_what_is_zero():
    t = Theory("hired")
    goods = t.set("i", "goods")
    i = goods.index("i")
    stock = t.parameter("stock", (goods,), unit="1", description="endowment")
    p = t.variable("p", (goods,), log=False)
    t.equation("market", (i,), p[i] / stock[i] - 1, pairs=p, scale=1)
    with pytest.raises(ConvergenceError) as caught:
        System(t, {"i": GOODS}).solve({"stock": np.array([1.0, 0.0])}, {"p": np.ones(2)}, ["market"])
    (finding,) = caught.value.findings
    assert finding.code == "CGE404" and "market [milk]" in finding and "divides by stock[milk]" in finding
    assert "endowment" in finding and "除数 stock[milk]" in finding.zh and "give it a number" in finding


def test_a_parameter_outside_its_form_is_to_be_given_another_number():
    t = Theory("weighted")
    goods = t.set("i", "goods")
    i = goods.index("i")
    part, y = t.parameter("part", (goods,)), t.variable("y", (), log=False)
    t.equation("index", (), y - product(part[i], i), pairs=y)
    with pytest.raises(ConvergenceError) as caught:
        System(t, {"i": GOODS}).solve({"part": [1.0, -2.0]}, {"y": np.array(1.0)}, ["index"])
    (finding,) = caught.value.findings
    assert finding.code == "CGE404" and "part[milk] = -2" in finding and "(part)" in finding
    assert finding.endswith("give parameter part a number with which it is above 0") and "参数 part" in finding.zh


def test_a_variable_that_something_is_divided_by_is_to_begin_elsewhere():
    t = Theory("divided")
    x = t.variable("x", (), log=False)
    t.equation("e", (), 1 / x - 2, pairs=x)
    with pytest.raises(ConvergenceError, match="divides by x, which is 0 .*; begin where it is not 0") as caught:
        System(t, {}).solve({}, {"x": np.array(0.0)}, ["e"])
    assert "give it a number" not in str(caught.value)


def test_prices_without_a_numeraire_are_not_said_to_fall_to_zero():
    """A shock leaves the market that follows from the others uncleared: steps are long, nothing holds prices."""
    t = Theory("exchange")
    goods = t.set("i", "goods")
    i, j = goods.index("i"), goods.index("j")
    stock, part = t.parameter("stock", (goods,)), t.parameter("part", (goods,))
    p = t.variable("p", (goods,))
    t.equation("market", (i,), part[i] * total(p[j] * stock[j], j) / p[i] - stock[i], pairs=p)
    with pytest.raises(ConvergenceError, match="can move together") as caught:
        System(t, {"i": GOODS}).solve({"stock": np.ones(2), "part": [0.6, 0.5]}, {"p": np.ones(2)}, ["market"])
    assert "zero or below" not in str(caught.value) and "p [bread, milk]" in str(caught.value)


def test_a_number_without_sets_is_named_without_brackets():
    t = Theory("saving")
    s = t.variable("S", ())
    t.equation("budget", (), s + 1, pairs=s)
    with pytest.raises(ConvergenceError, match=r"budget 5.*S falls to .* and would have to go") as caught:
        System(t, {}).solve({}, {"S": np.array(1.0)}, ["budget"])
    said = str(caught.value)
    assert said.index("smaller steps (System.follow)") < said.index("log=False")


def test_a_long_step_alone_does_not_say_that_an_unknown_would_have_to_be_zero():
    """The solution is exp(-30): far from the first guess, and above zero."""
    t = Theory("far")
    x = t.variable("x", ())
    t.equation("e", (), sp.log(x) + 30, pairs=x)
    system = System(t, {})
    assert float(system.solve({}, {"x": np.array(1.0)}, ["e"]).values["x"]) == pytest.approx(np.exp(-30.0))
    with pytest.raises(ConvergenceError, match=r"the step from x = 0\.14 leads to zero or below") as caught:
        system.solve({}, {"x": np.array(1.0)}, ["e"], max_iter=1)
    said = str(caught.value)
    assert "would" not in said and said.index("smaller steps (System.follow)") < said.index("log=False")


@pytest.mark.parametrize("complements", [False, True])
def test_numbers_that_are_no_solution_are_said_to_be_none(complements):
    """Asked with ``max_iter=0``: no step was wanted, so none is blamed, and the rows are looked at as they stand."""
    t = Theory("benchmark")
    goods = t.set("i", "goods")
    i = goods.index("i")
    x, stock = t.variable("x", (goods,), log=False), t.parameter("stock", (goods,))
    t.equation("market", (i,), x[i] - stock[i], pairs=x, scale=1, complements=complements)
    system = System(t, {"i": GOODS})
    assert system.solve({"stock": [1.0, 2.0]}, {"x": [1.0, 2.0]}, ["market"], max_iter=0).iterations == 0
    with pytest.raises(ConvergenceError, match="the numbers given are no solution") as caught:
        system.solve({"stock": [1.0, 2.5]}, {"x": [1.0, 2.0]}, ["market"], max_iter=0)
    said = str(caught.value)
    assert said.endswith("these equations are not met: market [milk] 5.00e-01")
    assert "nearer" not in said and "steps" not in said and "给出的数值不是解" in both(caught.value).zh


@pytest.mark.parametrize("option", [
    {"tol": np.nan}, {"tol": np.inf}, {"tol": 0.0}, {"tol": -1e-9}, {"tol": 1.0}, {"tol": "small"}, {"max_iter": -1},
    {"max_iter": 2.5}, {"max_iter": np.nan}, {"max_iter": "many"},
])  # fmt: skip
def test_an_effort_that_is_none_is_refused_in_words(shop, option):
    ((name, value),) = option.items()
    start = {"P": np.ones(2), "Q": np.ones(2)}
    with pytest.raises(SpecificationError, match=f"{name}={value} is no ") as caught:
        shop.solve({"tax": np.array([0.1, 0.2])}, start, ["price", "demand"], **option)
    said = both(caught.value)
    assert said.code == "CGE463" and f"{name}={value} 不能作为" in said.zh


def test_no_step_leads_out_of_a_logarithm():
    t = Theory("log")
    x = t.variable("x", (), log=False, **WORDS)
    t.equation("e", (), sp.log(x) + 20 + sp.exp(x), pairs=x)
    system = System(t, {})
    v = system.solve({}, {"x": np.array(1e-8)}, ["e"]).values
    assert float(np.log(v["x"]) + 21) == pytest.approx(0.0, abs=1e-6)


def test_equations_that_depend_on_each_other_where_the_solver_stopped_are_named():
    """A market too many without a solution: both rows say x + y, one 3 and the other 4."""
    t = Theory("twice")
    x, y = t.variable("x", (), log=False, **WORDS), t.variable("y", (), log=False, **WORDS)
    t.equation("one", (), x + y - 3, pairs=x)
    t.equation("two", (), x + y - 4, pairs=y)
    with pytest.raises(ConvergenceError) as caught:
        System(t, {}).solve({}, {"x": np.array(1.0), "y": np.array(1.0)}, ["one", "two"])
    (finding,) = caught.value.findings
    assert "one, two" in finding and "x, y" in finding and finding.code == "CGE402"


def test_a_wrong_count_is_named_where_the_solver_stops():
    """Three equations in two unknowns that any of them reads: what is over-determined is said, not where it stalls."""
    t = Theory("count")
    x, y, z = (t.variable(n, (), log=False, **WORDS) for n in "xyz")
    t.equation("a", (), x - 1, pairs=x)
    t.equation("b", (), x - 2, pairs=y)
    t.equation("c", (), y + z - 1, pairs=z)
    start = {n: np.array(0.5) for n in "xyz"}
    with pytest.raises(ConvergenceError, match="over-determined part: equations a, b; unknowns x"):
        System(t, {}).solve({}, start, ["a", "b", "c"])


def test_where_nothing_is_wrong_nothing_is_blamed():
    t = Theory("no root")
    x = t.variable("x", (), log=False, **WORDS)
    t.equation("e", (), x**2 + 1, pairs=x)
    with pytest.raises(ConvergenceError, match="start nearer to the solution") as caught:
        System(t, {}).solve({}, {"x": np.array(3.0)}, ["e"])
    assert caught.value.findings == ()

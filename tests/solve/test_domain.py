"""What a form may take: defined variables may be negative, powers and logarithms may not be taken of what is."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from cge.language.algebra import Theory, total
from cge.language.expand import Expansion
from cge.solve.system import System
from cgebase.errors import ConvergenceError

WORDS = {"unit": "1", "description": "test"}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (lambda b: sp.Max(b, 0), [0.0, 7.0]), (lambda b: sp.Min(b, 0), [-40.0, 0.0]),
        (lambda b: sp.Abs(b), [40.0, 7.0]), (lambda b: sp.sqrt(b**2), [40.0, 7.0]),
        (lambda b: sp.Piecewise((1, b > 0), (2, True)), [2.0, 1.0]), (lambda b: b**2, [1600.0, 49.0]),
        (lambda b: (b**2) ** sp.Rational(3, 2), [64000.0, 343.0]), (lambda b: sp.sign(b), [-1.0, 1.0]),
    ],
)  # fmt: skip
def test_a_defined_balance_below_zero_keeps_its_sign_in_every_form(form, expected):
    t = Theory("balance")
    goods = t.set("g")
    i = goods.index("i")
    imports = t.parameter("imports", (goods,), **WORDS)
    exports, balance, shown = (t.variable(n, (goods,), **WORDS) for n in ("exports", "balance", "shown"))
    t.define(balance, (i,), exports[i] - imports[i])
    t.define(shown, (i,), form(balance[i]))
    t.equation("level", (i,), exports[i] - 10, pairs=exports)
    data = {"imports": np.array([50.0, 3.0])}
    v = System(t, {"g": ("a", "b")}).solve(data, {"exports": np.ones(2)}, ["level"]).values
    np.testing.assert_allclose(v["balance"], [-40.0, 7.0], rtol=1e-9)
    np.testing.assert_allclose(v["shown"], expected, rtol=1e-9)


def _logit() -> Theory:
    """Shares of technologies by a power of cost net of a subsidy; what a technology makes raises its own cost."""
    t = Theory("logit")
    techs = t.set("a")
    a, b = techs.index("a"), techs.index("b")
    cost, paid, slope = (t.parameter(n, (techs,), **WORDS) for n in ("cost", "paid", "slope"))
    gamma = t.parameter("gamma", (), **WORDS)
    share, net = t.variable("share", (techs,), log=False, **WORDS), t.variable("net", (techs,), **WORDS)
    t.define(net, (a,), cost[a] - paid[a] + slope[a] * share[a])
    weights = total(net[b] ** (-gamma), b)
    t.equation("mix", (a,), share[a] * weights - net[a] ** (-gamma), pairs=share)
    return t


@pytest.fixture(scope="module")
def logit() -> System:
    return System(_logit(), {"a": ("coal", "sun")})


@pytest.mark.parametrize("gamma", [4.0, 3.0, 2.5])
def test_a_larger_subsidy_never_lowers_the_share_it_pays_for(logit, gamma):
    shares = []
    for paid in (0.0, 0.5, 0.9, 1.05, 1.2, 1.5):
        data = {"cost": np.ones(2), "paid": np.array([0.0, paid]), "slope": np.full(2, 1.0), "gamma": gamma}
        v = logit.follow(lambda at, d=data: d | {"paid": at * d["paid"]}, {"share": np.full(2, 0.5)}, ["mix"]).values
        assert (v["net"] > 0).all()
        shares.append(float(v["share"][1]))
    assert shares == sorted(shares) and shares[0] == pytest.approx(0.5)


def test_a_cost_below_zero_is_no_solution(logit):
    """Without a rise of cost a subsidy above it leaves no price: an even power would give coal nearly all."""
    data = {"cost": np.ones(2), "paid": np.array([0.0, 3.0]), "slope": np.zeros(2), "gamma": 4.0}
    with pytest.raises(ConvergenceError):
        logit.solve(data, {"share": np.full(2, 0.5)}, ["mix"])


def test_the_second_reading_knows_the_domain_too(logit):
    numbers = {"cost": np.ones(2), "paid": np.array([0.0, 3.0]), "gamma": np.array(4.0), "net": np.array([1.0, -2.0])}
    reading = Expansion(logit.theory, logit.sets, numbers)
    net, gamma = logit.theory.families["net"], sp.Symbol("gamma")
    power = net[logit.theory.equations["mix"].over[0]] ** (-gamma)
    assert reading.value(power, {"a": 0}) == 1.0
    assert np.isnan(reading.value(power, {"a": 1}))


def test_what_is_only_defined_and_has_no_value_at_the_solution_is_refused_by_cell():
    t = Theory("savings")
    goods = t.set("g")
    i = goods.index("i")
    income = t.parameter("income", (goods,), **WORDS)
    spent, saved = t.variable("spent", (goods,), default=1.0, **WORDS), t.variable("saved", (goods,), **WORDS)
    utility = t.variable("utility", (), **WORDS)
    t.define(saved, (i,), income[i] - spent[i])
    t.define(utility, (), total(sp.log(saved[i]), i))
    t.equation("spending", (i,), spent[i] - 10, pairs=spent)
    system = System(t, {"g": ("a", "b")})
    assert float(system.solve({"income": [12.0, 11.0]}, {}, ["spending"]).values["utility"]) == pytest.approx(np.log(2))
    with pytest.raises(ConvergenceError, match=r"utility.*saved\[b\].*-4"):
        system.solve({"income": [12.0, 6.0]}, {}, ["spending"])

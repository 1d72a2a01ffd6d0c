"""A solution that is one of many is refused, and what is free is named."""

from __future__ import annotations

import numpy as np
import pytest

from cge.language.algebra import Theory, total
from cge.language.forms import Input, demand, unit_cost
from cge.solve.conditioning import SMALL
from cge.solve.system import System
from cgebase.errors import SpecificationError

ONE = {"unit": "1", "description": "test"}


def _factors(goods: int) -> tuple[System, dict, dict]:
    """The model of docs/language.md with any number of goods; ``rest`` says whose market is stated."""
    t = Theory("goods and two factors, closed")
    good, factor = t.set("i"), t.set("f")
    i, f = good.index("i"), factor.index("f")
    dims = {"share": (factor, good), "size": (good,), "tax": (good,), "stock": (factor,), "sigma": (good,),
            "first": (factor,), "rest": (factor,)}  # fmt: skip
    share, size, tax, stock, sigma, first, rest = (t.parameter(n, d, **ONE) for n, d in dims.items())
    count = t.parameter("count", (), **ONE)
    p, x, c = (t.variable(n, (good,), **ONE) for n in ("P", "X", "C"))
    w, m = t.variable("W", (factor,), **ONE), t.variable("M", (), **ONE)
    t.define(c, (i,), unit_cost(sigma[i], Input(share[f, i], w[f], f)))
    t.define(m, (), total(w[f] * stock[f], f) + total(tax[i] * p[i] * size[i] * x[i], i))
    t.equation("zero_profit", (i,), p[i] * (1 - tax[i]) - c[i], pairs=x)
    t.equation("goods_market", (i,), x[i] - m / (count * size[i] * p[i]), pairs=p)
    hired = total(size[i] * x[i] * demand(share[f, i], w[f], c[i], sigma[i]), i)
    t.equation("factor_market", (f,), hired / stock[f] - 1, pairs=w, where=rest[f])
    t.equation("numeraire", (f,), w[f] - 1, pairs=w, where=first[f])
    labour = np.linspace(0.7, 0.2, goods)
    data = {
        "share": np.array([labour, 1 - labour]), "size": np.full(goods, 50.0), "tax": np.zeros(goods),
        "stock": 50.0 * np.array([labour.sum(), (1 - labour).sum()]), "sigma": np.linspace(0.5, 1.0, goods),
        "first": np.array([1.0, 0.0]), "rest": np.array([0.0, 1.0]), "count": np.array(float(goods)),
    }  # fmt: skip
    start = {"P": np.ones(goods), "W": np.ones(2), "X": np.ones(goods)}
    return System(t, {"i": [f"g{k}" for k in range(goods)], "f": ["labour", "capital"]}), data, start


@pytest.mark.parametrize("goods", [2, 200])
def test_prices_without_a_numeraire_are_refused(goods):
    system, data, start = _factors(goods)
    assert (2 * goods + 2 > SMALL) == (goods == 200), "both ways of looking are taken"
    active = list(system.theory.equations)
    taxed = {"tax": np.r_[0.2, np.zeros(goods - 1)]}
    assert system.solve(data | taxed, start, active).max_residual <= 1e-9
    no_numeraire = {"first": np.zeros(2), "rest": np.ones(2)}
    for tax in ({}, taxed):
        with pytest.raises(SpecificationError, match="no numeraire: .* all prices are free") as error:
            system.solve(data | no_numeraire | tax, start, active)
        assert "W [labour, capital]" in str(error.value) and "P [" in str(error.value)
        assert "factor_market" in str(error.value)
        assert "X [" not in str(error.value), "quantities are determined"


def test_a_market_that_follows_from_the_others_is_refused():
    """Two households; every market and the numeraire are stated, so that the transfer between them is open."""
    t = Theory("exchange")
    good, house = t.set("i"), t.set("h")
    i, j, h = good.index("i"), good.index("j"), house.index("h")
    taste, stock = t.parameter("taste", (house, good), **ONE), t.parameter("stock", (house, good), **ONE)
    sign, first = t.parameter("sign", (house,), **ONE), t.parameter("first", (good,), **ONE)
    p, m = t.variable("p", (good,), **ONE), t.variable("m", (house,), **ONE)
    transfer = t.variable("transfer", (), log=False, **ONE)
    t.define(m, (h,), total(p[j] * stock[h, j], j) + sign[h] * transfer)
    excess = total(taste[h, i] * m[h] / p[i] - stock[h, i], h)
    t.equation("market", (i,), excess, pairs=p)
    t.equation("numeraire", (), total(first[i] * p[i], i) - 1, pairs=transfer)
    system = System(t, {"i": ("corn", "iron", "salt"), "h": ("north", "south")})
    data = {
        "taste": np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]]), "stock": np.array([[1.0, 2.0, 1.0], [2.0, 1.0, 3.0]]),
        "sign": np.array([1.0, -1.0]), "first": np.array([1.0, 0.0, 0.0]),
    }  # fmt: skip
    with pytest.raises(SpecificationError, match="the solution is not determined") as error:
        system.solve(data, {"p": np.ones(3), "transfer": np.array(0.1)}, ["market", "numeraire"])
    for name in ("transfer", "market [", "p ["):
        assert name in str(error.value)
    assert "numeraire" not in str(error.value), "it depends on no other equation"


def _caps(places: int) -> tuple[System, dict, dict]:
    """Places whose emissions fall with two prices, each of a cap of its own; ``room`` is what the first leaves more."""
    t = Theory("two caps on the same tonnes")
    place = t.set("r")
    r = place.index("r")
    cap, room = t.parameter("cap", (place,)), t.parameter("room", (place,))
    e, tax, permit = t.variable("e", (place,)), *(t.variable(n, (place,), log=False) for n in ("tax", "permit"))
    t.equation("emitted", (r,), e[r] - 2 + tax[r] + permit[r], pairs=e)
    t.equation("first", (r,), cap[r] + room[r] - e[r], pairs=tax, complements=True)
    t.equation("second", (r,), cap[r] - e[r], pairs=permit, complements=True)
    start = {"e": np.ones(places), "tax": np.zeros(places), "permit": np.full(places, 0.5)}
    return System(t, {"r": [f"r{k}" for k in range(places)]}), {"cap": np.ones(places), "room": np.ones(places)}, start


@pytest.mark.parametrize("places", [2, 200])
def test_two_caps_met_both_ways_let_the_price_slide_and_are_refused(places):
    """The first cap is idle by a rounding error: its price may rise as that of the second falls."""
    system, data, start = _caps(places)
    assert (3 * places > SMALL) == (places == 200), "both ways of looking are taken"
    active = list(system.theory.equations)
    solved = system.solve(data, start, active).values
    np.testing.assert_allclose(solved["permit"], 1.0, rtol=1e-9)
    weak = data | {"cap": np.r_[2.0, np.ones(places - 1)]}
    np.testing.assert_allclose(system.solve(weak, start, active).values["permit"][0], 0.0, atol=1e-9)
    equal = data | {"room": np.r_[1e-9, np.ones(places - 1)]}
    with pytest.raises(SpecificationError, match="the solution is not determined") as error:
        system.solve(equal, solved, active)
    assert "tax [r0]" in str(error.value) and "permit [r0]" in str(error.value) and "r1" not in str(error.value)


@pytest.mark.parametrize("size", [2, 400])
def test_every_solve_is_looked_at_not_the_first_of_its_closure(size):
    """A parameter takes one equation out of the sum that fixes another: the count stays, the solution opens."""
    t = Theory("weights")
    k = t.set("k")
    i = k.index("i")
    weight, goal = t.parameter("weight", (k,)), t.parameter("goal", (k,))
    x = t.variable("x", (k,))
    t.equation("goal", (i,), weight[i] * (x[i] - goal[i]), pairs=x, scale=1)
    system = System(t, {"k": [f"k{n}" for n in range(size)]})
    start, goals = {"x": np.ones(size)}, {"goal": np.linspace(1.0, 2.0, size)}
    solved = system.solve(goals | {"weight": np.ones(size)}, start, ["goal"]).values
    with pytest.raises(SpecificationError, match=r"x \[k1\]"):
        system.solve(goals | {"weight": np.r_[1.0, 0.0, np.ones(size - 2)]}, solved, ["goal"])

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

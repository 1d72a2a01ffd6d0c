"""What the table of indicators says each is made of, against what moves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cge.measure.budgets import budgets
from cge.measure.energy import accounts
from cge.measure.goods import goods
from cge.measure.indicators import INDICATORS, Basket, changes, gdp_index, levels
from cge.measure.industries import industries
from cge.runs.periods import Period
from cge.study.model import Model
from cgebase.errors import IndexNumberError

KEYS = ["indicator", "region", "sector", "year"]


def reported(model: Model, baseline: Sequence[Period], policy: Sequence[Period]) -> pd.Series:
    """Everything that is reported of two runs, by cell."""
    tables = [changes(model.benchmark, baseline, policy, "policy")]
    tables += [f(model.benchmark, policy, "policy") for f in (levels, accounts, goods, industries, budgets)]
    return pd.concat(tables).set_index(KEYS)["value"]


def generic(period: Period, rng: np.random.Generator) -> Period:
    """A year with every instrument in action and no value at zero or at that of the base year; it solves nothing."""

    def off(table: np.ndarray) -> np.ndarray:
        return np.where(table == 0, 0.01, table) * (1 + 0.1 * rng.random(table.shape))

    given = {n: np.asarray(x, float) for n, x in period.parameters.items()}
    acting = {n: 0.5 + 0.1 * rng.random(x.shape) for n, x in given.items() if not x.any()}
    return replace(period, values={n: off(np.asarray(x)) for n, x in period.values.items()}, parameters=given | acting)


def moved(periods: Sequence[Period], name: str, seed: int) -> list[Period]:
    """The years with one variable moved by up to a hundredth, every cell by its own."""
    rng = np.random.default_rng(seed)
    factors = [1 + 0.01 * rng.random(x.values[name].shape) for x in periods]
    return [replace(x, values=x.values | {name: x.values[name] * f}) for x, f in zip(periods, factors, strict=True)]


def test_an_indicator_is_made_of_the_variables_that_move_it(model: Model) -> None:
    rng = np.random.default_rng(0)
    before, after = ([generic(period, rng) for period in model.baseline[:2]] for _ in range(2))
    first = reported(model, before, after)
    made_of: dict[str, set[str]] = {name: set() for name in first.index.unique("indicator")}
    for variable in before[0].values:
        now = reported(model, moved(before, variable, 1), moved(after, variable, 2)).reindex(first.index)
        for name in first.index[(now - first).abs().gt(1e-9 * first.abs())].unique("indicator"):
            made_of[name].add(variable)
    several = {"exchange_rate"}
    """Of economies of several countries; `tests/study/test_several_countries.py` reads it."""
    assert made_of == {name: set(indicator.symbols) for name, indicator in INDICATORS.items() if name not in several}


@pytest.mark.parametrize("both", [False, True])
def test_gdp_worth_less_than_nothing_at_other_prices_has_no_index(both: bool) -> None:
    """Also where the two indices that Fisher's is the mean of are both negative, and their product is not."""
    one = Basket(np.array([[3.0, 3.0], [-1.0, -2.0]]), np.ones((2, 2)))
    bought, price = ([-3.0, 2.5], [1.0, 2.0]) if both else ([2.5, -2.0], [2.0, 4.0])
    other = Basket(np.column_stack([[3.0, -1.0], bought]), np.column_stack([[1.0, 1.0], price]))
    with pytest.raises(IndexNumberError, match="^tax 2060: no quantity index of GDP in XJ") as caught:
        gdp_index(one, other, of="tax 2060", regions=["BJ", "XJ"])
    assert caught.value.exit_code == 5
    fine = replace(other, price=np.ones((2, 2)), quantity=one.quantity * 1.1)
    assert gdp_index(one, fine, regions=["BJ", "XJ"])[0] == pytest.approx([1.1, 1.1])

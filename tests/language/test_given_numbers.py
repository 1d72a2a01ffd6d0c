"""Numbers given to a theory: labels are followed or refused, names that nothing has are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cge.language.algebra import Theory
from cge.solve.system import System
from cgebase.errors import SpecificationError

GOODS, PLACES = ("bread", "milk"), ("north", "south")
TAX = np.array([[0.0, 0.1], [0.2, 0.3]])
TABLE = xr.DataArray(TAX, {"i": list(GOODS), "j": list(PLACES)}, ("i", "j"))


@pytest.fixture(scope="module")
def shop() -> System:
    """Price with tax: P = 1 + tax, demand Q = 6 / P."""
    t = Theory("shop")
    goods, places = t.set("i", "goods"), t.set("j", "places")
    i, j = goods.index("i"), places.index("j")
    price = t.variable("P", (goods, places), unit="1", description="price", default=1.0)
    demand = t.variable("Q", (goods, places), unit="1", description="demand")
    tax = t.parameter("tax", (goods, places), unit="1", description="tax")
    t.define(demand, (i, j), 6 / price[i, j])
    t.equation("price", (i, j), price[i, j] - 1 - tax[i, j], pairs=price)
    return System(t, {"i": GOODS, "j": PLACES})


def cells() -> pd.Series:
    return pd.Series(TAX.ravel(), pd.MultiIndex.from_product([GOODS, PLACES]))


@pytest.mark.parametrize("tax", [
    pd.DataFrame(TAX, GOODS, PLACES), pd.DataFrame(TAX, GOODS, PLACES).loc[list(GOODS[::-1]), list(PLACES[::-1])],
    cells(), cells().iloc[[2, 0, 3, 1]], cells().to_dict(), pd.DataFrame(TAX), TAX, TAX.tolist(),
    TABLE, TABLE.T, TABLE[::-1, ::-1], TABLE.rename(i="x", j="y"), TABLE.drop_vars(["i", "j"]),
])  # fmt: skip
def test_numbers_in_any_order_of_their_labels_are_the_same(shop: System, tax: Any) -> None:
    solved = shop.solve({"tax": tax}, {}, ["price"]).values
    np.testing.assert_allclose(solved["P"], 1 + TAX, rtol=1e-12)
    np.testing.assert_allclose(solved["Q"], 6 / (1 + TAX), rtol=1e-12)


@pytest.fixture(scope="module")
def pair() -> System:
    """One price per good, P = 1 + tax."""
    t = Theory("pair")
    goods = t.set("i", "goods")
    i = goods.index("i")
    price, tax = t.variable("P", (goods,), default=1.0), t.parameter("tax", (goods,))
    t.equation("price", (i,), price[i] - 1 - tax[i], pairs=price)
    return System(t, {"i": GOODS})


@pytest.mark.parametrize("tax", [
    pd.Series([0.2, 0.1]).sort_values(), pd.Series([0.1, 0.0, 0.2])[lambda x: x > 0], pd.Series([0.1, 0.2]).iloc[::-1],
    pd.Series([0.1, 0.2], [1, 2]), {0: 0.1, 1: 0.2}, {1: 0.2, 0: 0.1},
])  # fmt: skip
def test_positions_out_of_their_order_are_labels_that_no_set_has(pair: System, tax: Any) -> None:
    with pytest.raises(SpecificationError, match="tax by label over i: without a number bread, milk; unknown "):
        pair.solve({"tax": tax}, {}, ["price"])


@pytest.mark.parametrize("tax", [
    pd.DataFrame(TAX).sort_values(0, ascending=False), pd.DataFrame(TAX).iloc[:, ::-1], pd.DataFrame(TAX, range(1, 3)),
])  # fmt: skip
def test_tables_with_positions_out_of_their_order_are_refused(shop: System, tax: Any) -> None:
    with pytest.raises(SpecificationError, match="tax by label over i, j: without a number"):
        shop.solve({"tax": tax}, {}, ["price"])


def test_a_series_that_only_counts_is_taken_by_position(pair: System) -> None:
    for tax in (pd.Series([0.2, 0.1]), pd.Series([0.1, 0.2]).sort_values(ascending=False, ignore_index=True)):
        assert pair.solve({"tax": tax}, {}, ["price"]).values["P"] == pytest.approx([1.2, 1.1])


def test_first_guesses_follow_their_labels(shop: System) -> None:
    start = {"P": pd.DataFrame(1 + TAX, GOODS, PLACES).iloc[::-1]}
    assert shop.solve({"tax": TAX}, start, ["price"]).iterations == 0


@pytest.mark.parametrize(
    ("tax", "named"),
    [
        (cells().rename(index={"milk": "mlik"}), ["('mlik', 'north')", "('milk', 'north')"]),
        (cells().iloc[:3], ["('milk', 'south')"]),
        (pd.concat([cells(), cells().iloc[:1]]), ["twice ('bread', 'north')"]),
        ({"bread": 0.1, "milk": 0.2}, ["'bread'"[1:-1], "('bread', 'north')"]),
    ],
)
def test_other_labels_are_refused_by_name(shop: System, tax: Any, named: list[str]) -> None:
    with pytest.raises(SpecificationError) as refusal:
        shop.solve({"tax": tax}, {}, ["price"])
    assert all(word in str(refusal.value) for word in ["tax by label over i, j", *named])


@pytest.mark.parametrize(("data", "start"), [({"tax": TAX, "taxx": TAX}, {}), ({"tax": TAX}, {"PP": TAX})])
def test_a_name_that_the_theory_does_not_have_is_refused(shop: System, data: Any, start: Any) -> None:
    with pytest.raises(SpecificationError, match="the theory has no such symbol"):
        shop.solve(data, start, ["price"])


def test_a_set_that_the_theory_does_not_have_is_refused(shop: System) -> None:
    with pytest.raises(SpecificationError, match="no such set"):
        System(shop.theory, {"i": GOODS, "j": PLACES, "k": ("x",)})

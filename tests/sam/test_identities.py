"""Identities hold for every sum of circular flows, and a control says by how much a cell breaks them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from small import REGIONS, cells, flows, small

from sam import identities, province
from sam.accounts import parse
from sam.economy import load_economy
from sam.matrix import SAM

WEIGHTS = st.lists(st.floats(1e-3, 1e6), min_size=len(flows()), max_size=len(flows()))
FAST = settings(max_examples=25, deadline=None)


def made(weights: list[float]) -> SAM:
    return SAM(cells=cells((names, w) for (names, _), w in zip(flows(), weights, strict=True)))


@pytest.mark.slow
@FAST
@given(weights=WEIGHTS)
def test_circular_flows_balance_and_gdp_is_one_number(weights: list[float]) -> None:
    sam = made(weights)
    x = sam.labelled()
    t = identities.row_equals_column(x).table(x["value"])
    assert ((t["left"] - t["right"]).abs() <= 1e-12 * t["size"]).all()
    sides = [s.of(x["value"]) for s in identities.gdp_three_ways(x, REGIONS).values()]
    assert_allclose(sides[1], sides[0], rtol=1e-9, atol=1e-6)
    assert_allclose(sides[2], sides[0], rtol=1e-9, atol=1e-6)
    t = identities.trade_symmetric(x).table(x["value"])
    assert_allclose(t["left"], t["right"], rtol=1e-12)


@pytest.mark.slow
@FAST
@given(weights=WEIGHTS, seed=st.integers(0, 10_000))
def test_square_table_holds_every_cell_and_total(weights: list[float], seed: int) -> None:
    sam = made(weights)
    shuffled = replace(sam, cells=sam.cells.sample(frac=1.0, random_state=seed))
    square = shuffled.to_frame()
    assert list(square.index) == list(square.columns) and set(square.index) == set(sam.accounts.index)
    totals = sam.totals().reindex(square.index)
    assert_allclose(square.sum(axis=1), totals["receipts"], rtol=1e-12)
    assert_allclose(square.sum(axis=0), totals["payments"], rtol=1e-12)
    for cell in sam.cells.itertuples():
        assert square.loc[cell.row, cell.column] == cell.value
    assert np.count_nonzero(square) == len(sam.cells)
    pd.testing.assert_frame_equal(square, sam.to_frame())


@FAST
@given(weights=WEIGHTS, at=st.integers(0, len(cells(flows())) - 1), more=st.floats(1.0, 100.0))
def test_controls_say_by_how_much_a_cell_breaks_them(weights: list[float], at: int, more: float) -> None:
    x = made(weights).labelled()
    identity = identities.row_equals_column(x)
    values = x["value"].to_numpy().copy()
    before = identity.matrix @ values
    values[at] += more
    moved = pd.Series(identity.matrix @ values - before, index=identity.left.labels)
    expected = pd.Series(0.0, index=moved.index)
    expected[x.iloc[at]["row"]] += more
    expected[x.iloc[at]["column"]] -= more
    assert_allclose(moved, expected, atol=1e-6 * max(values.max(), 1.0))


def test_a_cell_of_two_goods_breaks_the_symmetry_of_trade() -> None:
    extra = pd.DataFrame([("com:coa:XJ", "com:agr:BJ", 7.0)], columns=["row", "column", "value"])
    x = SAM(cells=pd.concat([small().sam.cells, extra], ignore_index=True)).labelled()
    t = identities.trade_symmetric(x).table(x["value"])
    assert (t["left"] - t["right"])[["agr", "coa"]].tolist() == [-7.0, 7.0]


@pytest.mark.slow
@pytest.mark.parametrize("table", [province.square, province.macro])
@FAST
@given(weights=WEIGHTS)
def test_tables_of_a_province_keep_its_accounts_and_their_sum(table, weights: list[float]) -> None:
    sam = made(weights)
    part = table(sam, "XJ")
    totals = part.totals()
    inside = [n for n in totals.index if n in ("act", "com") or parse(n).region == "XJ"]
    assert (totals.loc[inside, "gap"].abs() <= 1e-9 * totals["receipts"].max()).all()
    assert abs(totals["gap"].sum()) <= 1e-9 * totals["receipts"].max()
    whole = sam.totals()
    for name in ("hh:urban:XJ", "gov:XJ", "fac:labour:XJ"):
        assert totals.loc[name, "receipts"] == pytest.approx(whole.loc[name, "receipts"], rel=1e-12)


def test_accounts_are_in_the_order_of_kinds_and_know_their_names() -> None:
    square = province.macro(load_economy("cn12").sam, "XJ").to_frame()
    assert list(square.index[:3]) == ["act", "com", "fac:capital:XJ"]
    assert list(square.index[-2:]) == ["row", "provinces"]
    for language, said in (("en", "government: central"), ("zh", "中央政府")):
        assert province.account_name("gov:central", "cn12", language) == said
    assert province.account_name("com:coa:XJ", "cn12", "zh") == "煤炭采选业 (商品)"


def test_currency_is_the_last_word_of_the_unit() -> None:
    assert small().sam.currency == "CNY"
    assert replace(small().sam, unit="1e6 USD").currency == "USD"
    assert replace(small().sam, unit="").currency == ""

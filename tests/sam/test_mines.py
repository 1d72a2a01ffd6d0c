"""Coal in tonnes: published mines, balance, trade and prices of the shipped economies; every fault is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.measure.energy import contents, fuel_energy
from sam.aggregate import aggregate
from sam.economy import Economy, load_economy
from sam.records import account, mined, national_use, pit_prices
from sam.satellites import distance
from sam.tables import read_table
from sam.validate import check_economy
from sam.view import View, energy_of

NATION = 4071.36


@pytest.fixture(scope="module", params=["cn12", "cn30", pytest.param("cn42", marks=pytest.mark.slow)])
def economy(request: pytest.FixtureRequest) -> Economy:
    return load_economy(request.param)


@pytest.fixture(scope="module")
def cn30() -> Economy:
    return load_economy("cn30")


def flow(economy: Economy, name: str, by: str = "region") -> pd.Series:
    t = economy.physical.query("good == 'coal' and flow == @name").groupby(by)["amount"].sum()
    return t.reindex(list(economy.regions)).fillna(0.0)


def codes(economy: Economy) -> set[str]:
    return {f.code for f in check_economy(economy)}


def test_mines_add_up_to_the_published_nation() -> None:
    table = read_table("mines_2021")
    assert table["amount"].sum() == pytest.approx(NATION, abs=1e-6)
    assert ((table["low"] <= table["amount"]) & (table["amount"] <= table["high"])).all()
    assert (mined("coal")[["BJ", "TJ", "SH", "ZJ", "GD", "HI", "CQ", "XZ"]] == 0).all()
    prices = pit_prices()
    assert prices.notna().equals(mined("coal") > 0) and prices.dropna().between(100, 1000).all()


def test_xinjiang_sells_coal_and_buys_none(economy: Economy) -> None:
    sold, bought = flow(economy, "sold"), flow(economy, "sold", "other")
    assert sold["XJ"] == pytest.approx(41.0, abs=1e-7) and bought["XJ"] == 0
    assert flow(economy, "made")["XJ"] == 320 and flow(economy, "imported")["XJ"] == 0
    to = economy.physical.query("good == 'coal' and region == 'XJ' and flow == 'sold'").set_index("other")["amount"]
    assert to.idxmax() == "GS"


def test_coal_balances_in_tonnes(economy: Economy) -> None:
    have = flow(economy, "made") + flow(economy, "imported") + flow(economy, "sold", "other")
    assert_allclose(have, flow(economy, "used") + flow(economy, "exported") + flow(economy, "sold"), rtol=1e-9)
    rich = flow(economy, "made") > flow(economy, "used")
    assert list(rich[rich].index) == ["SX", "NM", "GZ", "SN", "XJ"]
    assert (flow(economy, "sold", "other")[rich] == 0).all() and (flow(economy, "sold")[~rich] == 0).all()
    assert flow(economy, "imported").sum() == pytest.approx(account("coal_imports"), rel=1e-9)


def test_a_tonne_has_one_price_where_it_is_used(economy: Economy) -> None:
    """Own coal at the pit, coal of others with its freight: the market pays it, whoever uses it."""
    x, pit = View(economy), pit_prices().fillna(0.0)
    cells = x.cells[x.cells["row_kind"].eq("com") & x.cells["row_item"].eq("coa")]
    paid = cells[~cells["column_kind"].isin(["com", "row"])].groupby("row_region")["value"].sum()
    price = (100 * paid / flow(economy, "used"))[list(economy.regions)]
    assert_allclose(price["XJ"], pit["XJ"], rtol=1e-9)
    assert price.min() == pytest.approx(pit["XJ"]) and price.max() < 1000
    t = economy.physical.query("good == 'coal' and flow == 'sold'")
    at = {r: k for k, r in enumerate(economy.regions)}
    km = distance()[t["region"].map(at), t["other"].map(at)]
    value = t["amount"] * (t["region"].map(pit) + 0.15 * km)
    own = (flow(economy, "made") - flow(economy, "sold") - flow(economy, "exported")) * pit
    home = flow(economy, "used") - flow(economy, "imported")
    landed = value.groupby(t["other"]).sum().reindex(list(economy.regions)).fillna(0.0) + own
    some = home > 1e-6
    assert_allclose(price[some], (landed / home)[some], rtol=1e-9)


def test_output_of_mines_is_tonnes_times_price(cn30: Economy) -> None:
    output = View(cn30).output
    found = pd.Series({r: output.get(f"act:coa:{r}", 0.0) for r in cn30.regions})
    assert_allclose(100 * found, flow(cn30, "made") * pit_prices().fillna(0.0), rtol=1e-9)
    crude = pd.Series({r: output.get(f"act:cru:{r}", 0.0) for r in cn30.regions})
    assert (crude[mined("crude") == 0] == 0).all()


def test_energy_does_not_depend_on_the_sector_list(economy: Economy, cn30: Economy) -> None:
    found, want = (e.energy.groupby(["fuel", "purpose"])["mtce"].sum() for e in (economy, cn30))
    assert_allclose(found, want, rtol=1e-9)
    assert found["oil"].sum() == pytest.approx(national_use("oil"), rel=1e-9)
    assert found["gas"].sum() == pytest.approx(national_use("gas"), rel=1e-9)
    clean = 0.3025 * economy.generation[~economy.generation["technology"].isin(["gco", "gga"])]["twh"].sum()
    assert found["coal"].sum() / (found.sum() + clean) == pytest.approx(0.570, abs=5e-4)


def test_energy_of_a_run_is_that_of_the_accounts(economy: Economy) -> None:
    benchmark = calibrate(economy, load_parameters(economy.aggregation, economy.activities, economy.commodities))
    emitted = economy.emissions[economy.emissions["carrier"] != "process"]
    labels = (benchmark.sets["c"], benchmark.sets["a"], benchmark.sets["r"])
    home = emitted["user"].str.startswith("hh:")
    by_user, at_home = np.zeros([len(k) for k in labels]), np.zeros((len(labels[0]), len(labels[2])))
    for r, u, c, mt in emitted[~home].itertuples(index=False):
        by_user[labels[0].index(c), labels[1].index(u), labels[2].index(r)] = mt
    for r, _, c, mt in emitted[home].itertuples(index=False):
        at_home[labels[0].index(c), labels[2].index(r)] += mt
    for purpose in ("burnt", "feedstock"):
        want = economy.energy.query("purpose == @purpose").groupby(["fuel", "region"])["mtce"].sum()
        for fuel, found in fuel_energy(contents(benchmark, purpose), by_user, at_home).items():
            assert_allclose(found, want[fuel].reindex(labels[2]).fillna(0.0), rtol=1e-9)


@pytest.mark.slow
def test_an_economy_without_energy_accounts_burns_what_its_carbon_says(cn30: Economy) -> None:
    bare = energy_of(replace(cn30, energy=cn30.energy.iloc[:0])).groupby("fuel")["mtce"].sum()
    assert_allclose(bare, cn30.energy.query("purpose == 'burnt'").groupby("fuel")["mtce"].sum(), rtol=1e-9)


@pytest.mark.slow
def test_regions_keep_tonnes(cn30: Economy) -> None:
    coarse = aggregate(cn30, regions="region8")
    for name in ("made", "used", "imported", "exported"):
        t = coarse.physical.query("good == 'coal' and flow == @name")["amount"]
        assert t.sum() == pytest.approx(flow(cn30, name).sum(), rel=1e-12)
    assert not codes(coarse) & {"SAM020", "SAM021", "SAM022", "SAM023"}


def changed(economy: Economy, where: str, factor: float) -> Economy:
    table = economy.physical.copy()
    at = table.query(where).index
    assert len(at)
    table.loc[at, "amount"] *= factor
    return replace(economy, physical=table)


@pytest.mark.slow
def test_faults_of_mines_are_found(cn30: Economy) -> None:
    mine = "good == 'coal' and flow == 'made' and region == 'XJ'"
    assert {"SAM020", "SAM022", "SAM023"} <= codes(changed(cn30, mine, 3.0))
    assert "SAM021" in codes(changed(cn30, "good == 'coal' and flow == 'used' and region == 'HE'", 1e-3))
    assert "SAM022" in codes(changed(cn30, "good == 'crude' and flow == 'made' and region == 'HL'", 2.0))
    sold = "good == 'coal' and flow == 'sold' and region == 'XJ' and other == 'GS'"
    assert "SAM023" in codes(changed(cn30, sold, 2.0))
    extra = pd.DataFrame([("act:coa:BJ", "com:coa:BJ", 40.0)], columns=["row", "column", "value"])
    cells = pd.concat([cn30.sam.cells, extra], ignore_index=True)
    dug = [f for f in check_economy(replace(cn30, sam=replace(cn30.sam, cells=cells))) if f.code == "SAM022"]
    assert [f.region for f in dug] == ["BJ"] and "digs no coal" in dug[0].text

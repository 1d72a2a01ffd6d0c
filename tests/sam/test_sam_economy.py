"""The shipped economies: balanced, on their controls, carbon and power inside their bands; faults are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cgebase.errors import SAMError
from sam import satellites
from sam.aggregate import aggregate
from sam.classification import classification
from sam.controls import industry_of, is_feedstock, national_ratios, provincial_gdp, provincial_value_added
from sam.economy import Economy, load_economy
from sam.folder import SUMS, write_sums
from sam.matrix import SAM
from sam.registry import TECHNOLOGIES
from sam.validate import check_economy, gdp_by_province

CN42 = pytest.param("cn42", marks=pytest.mark.slow)
SHIPPED = ("cn12", "cn30", CN42)
APART = ("cn30", CN42)


@pytest.fixture(scope="module", params=SHIPPED)
def economy(request: pytest.FixtureRequest) -> Economy:
    return load_economy(request.param)


@pytest.fixture(scope="module")
def cn30() -> Economy:
    return load_economy("cn30")


@pytest.fixture(scope="module", params=APART)
def built(request: pytest.FixtureRequest) -> Economy:
    return load_economy(request.param)


def sums(economy: Economy, row: str, column: str) -> float:
    cells = economy.sam.cells
    return float(cells.loc[cells["row"].str.match(row) & cells["column"].str.match(column), "value"].sum())


def test_balanced_to_the_tolerance(economy: Economy) -> None:
    assert economy.sam.imbalance() <= 1e-10


@pytest.mark.slow
def test_value_added_is_the_published_one(economy: Economy) -> None:
    published = provincial_gdp()
    assert_allclose(gdp_by_province(economy)[published.index], published, rtol=1e-6)
    assert gdp_by_province(economy)["XJ"] == pytest.approx(16791.5, abs=0.1)


def test_nine_industries_are_the_published_ones(built: Economy) -> None:
    cells, sectors = built.sam.cells, classification(built.aggregation)
    added = cells[cells["column"].str.startswith("act:") & cells["row"].str.match("fac|tax")]
    parts = added["column"].str.split(":", expand=True)
    keys = [parts[2], parts[1].map(industry_of(sectors)).fillna("industry")]
    found = added.groupby(keys)["value"].sum().unstack()
    control = provincial_value_added(sectors)
    assert control.shape[1] == {"cn30": 7, "cn42": 9}[built.aggregation]
    missing = control - found.loc[control.index, control.columns]
    duty = cells[cells["row"].str.startswith("tax:import") & cells["column"].str.startswith("com:")]
    revenue = duty.groupby(duty["row"].str[-2:])["value"].sum()
    assert_allclose(missing.sum(axis=1), revenue[control.index], rtol=1e-5)
    taxed = added["row"].str.startswith("tax") & (added["value"] > 0) & ~parts[1].isin(TECHNOLOGIES)
    tax = added[taxed].groupby([k[taxed] for k in keys])["value"].sum().unstack().fillna(0.0)
    part = tax.div(tax.sum(axis=1), axis=0).loc[control.index, control.columns].mul(revenue[control.index], axis=0)
    assert ((missing - part).abs() <= 2e-5 * control).all(axis=None)


def test_margins_by_origin_are_the_cells_that_pay_them(economy: Economy) -> None:
    cells = economy.sam.cells
    paid = cells[cells["row"].str.startswith("com:trn:") & cells["column"].str.startswith("com:")]
    same = paid["row"].str[-2:] == paid["column"].str[-2:]
    held = paid[same & (paid["row"].str[4:7] != paid["column"].str[4:7])]
    assert held["value"].sum() == pytest.approx(economy.margins["value"].sum(), rel=1e-12)
    coal = economy.margins.query("commodity == 'coa'").set_index(["origin", "destination"])["value"]
    trade = cells.set_index(["row", "column"])["value"]
    far, near = trade["com:coa:XJ", "com:coa:GS"], trade["com:coa:SN", "com:coa:GS"]
    assert coal["XJ", "GS"] / far > coal["SN", "GS"] / near


@pytest.mark.slow
def test_economy_of_your_own_lists_every_fault(cn30: Economy, tmp_path: Path) -> None:
    load_economy("cn12").save(tmp_path)
    cells = pd.read_csv(tmp_path / "sam.csv.gz", dtype=str)
    cells.loc[3, "value"], cells.loc[7, "value"] = "1,234.5", "#REF!"
    (tmp_path / "sam.csv.gz").unlink()
    cells.to_csv(tmp_path / "sam.csv", index=False)
    write_sums(tmp_path, {p.name for p in tmp_path.iterdir()} - {SUMS})
    with pytest.raises(SAMError, match="line 5: value is '1,234.5'.*\n.*line 9: value is '#REF!'"):
        load_economy("cn12", folder=tmp_path)


def test_national_ratios_of_the_2020_table(economy: Economy) -> None:
    gdp = gdp_by_province(economy).sum()
    ratios = national_ratios()
    assert sums(economy, "com:", "hh:") / gdp == pytest.approx(ratios["household"], rel=1e-9)
    assert sums(economy, "com:", "gov:") / gdp == pytest.approx(ratios["cons_government"], rel=1e-9)
    assert sums(economy, "com:", "inv:") / gdp == pytest.approx(ratios["investment"], rel=1e-9)
    assert sums(economy, "com:", "row$") / gdp == pytest.approx(ratios["exports"], rel=1e-9)
    assert sums(economy, "row$", "com:") / gdp == pytest.approx(0.16, abs=5e-4)


def test_emissions_meet_the_inventory(economy: Economy) -> None:
    found = economy.emissions.groupby("region")["mt"].sum()
    assert found.sum() == pytest.approx(11150, abs=0.05)
    assert found["XJ"] == pytest.approx(474, abs=0.01)
    inventory = satellites.emission_inventory().groupby("region")["mt"].sum()
    assert_allclose(found[inventory.index], inventory, rtol=1e-9)


def test_coal_power_burns_what_its_generation_says(economy: Economy) -> None:
    coal = economy.emissions.query("user == 'gco' and carrier == 'coa'").set_index("region")["mt"]
    wanted = satellites.power_emissions().query("user == 'gco'").set_index("region")["mt"]
    assert_allclose(coal[wanted.index], wanted, rtol=1e-9)


def test_fuel_prices_lie_in_the_band(built: Economy) -> None:
    reference = {"coa": 2.2, "cok": 4.5, "oil": 19.0, "gas": 11.0}
    parent = classification(built.aggregation).parent
    fuel = built.emissions[built.emissions["carrier"] != "process"]
    values = built.sam.cells.set_index(["row", "column"])["value"]
    user = fuel["user"].where(fuel["user"].str.startswith("hh:"), "act:" + fuel["user"]) + ":" + fuel["region"]
    cells = pd.MultiIndex.from_arrays(["com:" + fuel["carrier"] + ":" + fuel["region"], user])
    wanted = fuel["mt"].to_numpy() * fuel["carrier"].map(parent).map(reference).to_numpy()
    relative = values.reindex(cells).to_numpy() / wanted
    burnt = np.array([not is_feedstock(c, u, parent) for c, u in zip(fuel["carrier"], fuel["user"], strict=True)])
    assert relative.min() > 0.5
    assert relative[burnt].max() < 2.0


def test_generation_meets_use_and_trade(economy: Economy) -> None:
    made = economy.generation.groupby("region")["twh"].sum()
    net = economy.network.groupby("destination")["twh"].sum().reindex(made.index).fillna(0)
    net -= economy.network.groupby("origin")["twh"].sum().reindex(made.index).fillna(0)
    assert_allclose(made + net, economy.electricity_use.set_index("region")["twh"][made.index], atol=1e-6)
    mix = economy.generation.groupby("technology")["twh"].sum()
    assert {k: round(mix[k]) for k in ("ghy", "gnu", "gwi", "gso")} == {"ghy": 1340, "gnu": 408, "gwi": 656, "gso": 327}


def test_cn12_is_the_aggregate_of_cn30(cn30: Economy) -> None:
    small, made = load_economy("cn12"), aggregate(cn30, "cn12")
    keys = ["row", "column"]
    both = small.sam.cells.merge(made.sam.cells, on=keys, how="outer", suffixes=("", "_made"))
    assert_allclose(both["value"], both["value_made"], rtol=1e-9, atol=1e-9)
    keys = ["region", "user", "carrier"]
    both = small.emissions.merge(made.emissions, on=keys, how="outer", suffixes=("", "_made"))
    assert_allclose(both["mt"], both["mt_made"], rtol=1e-9)


def test_accounts_carry_kind_item_and_region(economy: Economy) -> None:
    accounts = economy.sam.accounts
    assert tuple(accounts.loc["com:agr:XJ"]) == ("com", "agr", "XJ")
    assert tuple(accounts.loc["tax:production:BJ"]) == ("tax", "production", "BJ")
    assert tuple(accounts.loc["gov:BJ"]) == ("gov", "", "BJ")
    assert tuple(accounts.loc["gov:central"]) == ("gov", "central", "")
    assert tuple(accounts.loc["pool:capital"]) == ("pool", "capital", "")
    assert set(accounts["region"]) == {*economy.regions, ""}


def broken(economy: Economy, row: str, column: str, factor: float) -> Economy:
    cells = economy.sam.cells.copy()
    at = cells["row"].eq(row) & cells["column"].eq(column)
    assert at.sum() == 1, f"no cell {row} <- {column}"
    cells.loc[at, "value"] *= factor
    return replace(economy, sam=replace(economy.sam, cells=cells))


def codes(economy: Economy) -> set[str]:
    return {finding.code for finding in check_economy(economy)}


@pytest.fixture(scope="module")
def cn12() -> Economy:
    return load_economy("cn12")


@pytest.mark.slow
def test_a_wrong_cell_is_found_by_several_checks(cn12: Economy) -> None:
    assert {"SAM001", "SAM003", "SAM010"} <= codes(broken(cn12, "fac:labour:XJ", "act:agr:XJ", 1.1))
    assert {"SAM001", "SAM002"} <= codes(broken(cn12, "com:agr:XJ", "hh:urban:XJ", -1.0))
    assert {"SAM001", "SAM011"} <= codes(broken(cn12, "com:agr:XJ", "hh:urban:XJ", 1.5))


@pytest.mark.slow
def test_carbon_faults_are_found(cn12: Economy) -> None:
    assert "SAM005" in codes(broken(cn12, "com:coa:XJ", "act:gco:XJ", 1e-3))
    assert "SAM006" in codes(broken(cn12, "act:gco:XJ", "com:elb:XJ", 1e-2))
    more = cn12.emissions.assign(mt=cn12.emissions["mt"] * 1.01)
    assert "SAM004" in codes(replace(cn12, emissions=more))


@pytest.mark.slow
def test_power_faults_are_found(cn12: Economy) -> None:
    short = cn12.generation.assign(twh=cn12.generation["twh"] * 0.99)
    assert {"SAM007", "SAM013"} <= codes(replace(cn12, generation=short))
    assert "SAM013" in codes(broken(cn12, "act:ely:XJ", "com:ely:XJ", 2.0))


@pytest.mark.slow
def test_dear_fuel_is_found(cn30: Economy) -> None:
    assert "SAM014" in codes(broken(cn30, "com:coa:XJ", "act:gco:XJ", 10.0))


def add(economy: Economy, *rows: tuple[str, str, float]) -> Economy:
    extra = pd.DataFrame(rows, columns=["row", "column", "value"])
    cells = pd.concat([economy.sam.cells, extra], ignore_index=True)
    return replace(economy, sam=replace(economy.sam, cells=cells))


@pytest.mark.slow
def test_strange_accounts_and_cells_are_found(cn12: Economy) -> None:
    assert "SAM008" in codes(add(cn12, ("com:agr:QQ", "hh:urban:QQ", 1.0)))
    assert "SAM009" in codes(add(cn12, ("hh:urban:XJ", "com:agr:XJ", 1.0)))
    assert "SAM009" in codes(add(cn12, ("com:agr:XJ", "hh:urban:BJ", 1.0)))
    assert "SAM012" in codes(add(cn12, ("com:agr:XJ", "com:coa:BJ", 1.0)))
    without = cn12.sam.cells[~cn12.sam.cells["row"].eq("inv:XJ") & ~cn12.sam.cells["column"].eq("inv:XJ")]
    assert "SAM008" in codes(replace(cn12, sam=replace(cn12.sam, cells=without)))


def test_a_small_sam_shows_its_gap() -> None:
    sam = SAM(cells=pd.DataFrame([("a", "b", 2.0), ("b", "a", 1.0)], columns=["row", "column", "value"]))
    assert sam.imbalance() == pytest.approx(0.5)
    assert sam.totals()["gap"].to_dict() == {"a": 1.0, "b": -1.0}


@pytest.mark.slow
def test_the_sam_says_what_it_is_made_of(economy: Economy, tmp_path) -> None:
    sam = economy.sam
    assert (sam.unit, sam.year, sam.aggregation) == ("1e8 CNY", 2021, economy.aggregation)
    assert {"io_provincial_2017", "io_national_2020", "emissions_2021"} <= set(sam.sources)
    assert any("fifth economic census" in line for line in sam.history)
    assert any("474 Mt" in line for line in sam.history)
    economy.save(tmp_path)
    again = load_economy(economy.aggregation, folder=tmp_path).sam
    assert (again.sources, again.history) == (sam.sources, sam.history)
    pd.testing.assert_frame_equal(again.cells, sam.cells)

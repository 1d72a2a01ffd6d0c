"""Carbon, generation, electricity use and network of 2021."""

import numpy as np
import pandas as pd
import pytest

from sam import satellites
from sam.registry import PROVINCE_CODES, activity_codes
from sam.tables import read_mapping


def by_region(table, column="region", value="twh"):
    return table.groupby(column)[value].sum().reindex(PROVINCE_CODES).fillna(0.0)


def test_inventory_totals():
    cells = satellites.emission_inventory()
    assert cells["mt"].sum() == pytest.approx(11150, abs=0.01)
    assert by_region(cells, value="mt")["XJ"] == pytest.approx(474, abs=1e-6)
    straight = satellites.emission_inventory("alternative")
    assert by_region(straight, value="mt")["XJ"] == pytest.approx(540.6, abs=0.1)
    assert (cells["mt"] > 0).all()


def test_unknown_inventory():
    with pytest.raises(satellites.SatelliteError, match="study"):
        satellites.emission_inventory("mine")


def test_generation_totals():
    total = satellites.generation().groupby("technology")["twh"].sum()
    assert set(total.index) == set(satellites.TECHNOLOGIES)
    assert total["gbi"] == pytest.approx(163.7)
    assert total["ghy"] == pytest.approx(1340, abs=1)
    assert total["gnu"] == pytest.approx(407.52, abs=0.01)
    assert 5200 < total["gco"] < 5400
    assert 8400 < total.sum() < 8600


def test_electricity_balances_in_every_province():
    links = satellites.network()
    balance = (
        by_region(satellites.generation())
        - by_region(satellites.electricity_use())
        + by_region(links, "destination")
        - by_region(links, "origin")
    )
    assert np.abs(balance).max() < 1e-9
    assert (links["twh"] > 0).all()
    assert {("SC", "XZ"), ("QH", "XZ")} <= set(zip(links["origin"], links["destination"], strict=True))
    assert set(links["origin"]) | set(links["destination"]) <= set(PROVINCE_CODES)


def test_flows_that_already_balance_stay():
    prior = np.array([3.0, 1.0, 2.0])
    origin, destination = np.array([0, 1, 0]), np.array([1, 0, 2])
    flow = satellites.balance_flows(prior, origin, destination, np.array([-4.0, 2.0, 2.0]))
    assert flow == pytest.approx(prior)


def test_flows_that_cannot_balance_are_refused():
    with pytest.raises(satellites.SatelliteError, match="cannot carry"):
        satellites.balance_flows(np.ones(1), np.array([0]), np.array([1]), np.array([1.0, -1.0]))


def test_coal_power_stays_below_the_inventory():
    """Coal burnt for power leaves some to heat, and gives its kilowatt-hours at 250 to 302.5 grams of coal each."""
    parts = satellites.power_emissions()
    burnt = parts[parts["fuel"] == "coal"].pivot(index="region", columns="user", values="mt").fillna(0.0)
    assert (burnt["gco"] <= 0.95 * burnt.sum(axis=1) + 1e-9).all()
    made = satellites.generation().query("technology == 'gco' and twh > 0").set_index("region")["twh"]
    power = burnt["gco"][burnt["gco"] > 0]
    assert set(made.index) == set(power.index)
    rate = 1000 * power / satellites.assumption("coal_factor") / made
    assert rate.between(250, 302.5 + 1e-9).all()


def test_every_tonne_reaches_an_activity():
    cells = satellites.activity_emissions()
    assert cells["mt"].sum() == pytest.approx(satellites.emission_inventory()["mt"].sum())
    known = {*activity_codes("cn30"), "hh:rural", "hh:urban"}
    assert set(cells["user"]) <= known
    assert set(cells["carrier"]) == {"coa", "cok", "oil", "gas", "process"}
    wide = by_region(cells, value="mt")
    assert wide["XJ"] == pytest.approx(474, abs=1e-6)


def test_concordance_shares_add_up():
    table = read_mapping("inventory_to_sectors")
    total = table.groupby(["sector", "fuel"])["share"].sum()
    assert total.to_numpy() == pytest.approx(1.0)


def test_weights_replace_default_shares():
    weights = pd.DataFrame(
        [("XJ", "trd", "coa", 3.0), ("XJ", "hot", "coa", 1.0)],
        columns=["region", "activity", "carrier", "weight"],
    )
    cells = satellites.activity_emissions(shares=weights)
    own = cells[(cells["region"] == "XJ") & (cells["carrier"] == "coa")].set_index("user")["mt"]
    assert own["trd"] / own["hot"] == pytest.approx(3.0)
    assert cells["mt"].sum() == pytest.approx(satellites.emission_inventory()["mt"].sum())

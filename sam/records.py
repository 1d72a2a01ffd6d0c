"""Published physical figures of 2021: what provinces mine, prices at the pit, national fuel accounts."""

from __future__ import annotations

import pandas as pd

from sam.registry import NATION, PROVINCE_CODES
from sam.satellites import assumption
from sam.tables import read_table

GOODS = ("coal", "crude", "gas", "oil")
"""Energy goods in physical units: Mt, of gas bcm; oil is crude that refineries turn to products."""
UNITS = {"coal": "Mt", "crude": "Mt", "gas": "bcm", "oil": "Mt"}
ABROAD = "row"
"""The world as the other side of a flow."""
TCE = 29.307
"""GJ per tonne of coal equivalent, by definition."""
FUEL_OF = {"coa": "coal", "cok": "coal", "oil": "oil", "gas": "gas", "nga": "gas", "gsu": "gas"}
"""Fuel that a carrier is; coke is the coal it was made of."""
_PRODUCTS = {"crude": "crude_oil", "gas": "natural_gas", "steel": "crude_steel", "cement": "cement"}
_TO_UNIT = {"crude": 0.01, "gas": 0.1, "steel": 0.01, "cement": 0.01}


def mined(good: str) -> pd.Series:
    """Output of a good that comes out of the ground or of works, by province in the order of the registry: Mt, gas bcm.

    Parameters
    ----------
    good : {"coal", "crude", "gas", "steel", "cement"}
    """
    if good == "coal":
        table = read_table("mines_2021").set_index("region")["amount"]
    else:
        made = read_table("physical_output_2021").query("product == @_PRODUCTS[@good]")
        table = made.set_index("province_code")["value"] * _TO_UNIT[good]
    return table.reindex(list(PROVINCE_CODES)).fillna(0.0).astype(float)


def pit_prices() -> pd.Series:
    """Price of coal at the pit by province, CNY/t; NaN where nothing is mined."""
    table = read_table("coal_prices").set_index("region")["price"]
    return table.reindex(list(PROVINCE_CODES)).astype(float)


def co2_per_tce(fuel: str) -> float:
    """t CO2 per tonne of coal equivalent."""
    return assumption("coal_factor") if fuel == "coal" else account(f"{fuel}_co2_per_tce")


def national_use(fuel: str) -> float:
    """Use of oil or gas in the nation, Mtce, feedstock included; oil is crude and net imports of products."""
    if fuel == "gas":
        return account("gas_used") * account("gas_heat") / TCE
    crude = float(mined("crude").sum()) + account("crude_imports")
    return (crude + account("oil_imports") - account("oil_exports")) * account("crude_heat") / TCE


def coal_feedstock() -> pd.Series:
    """Coal that chemicals take as feedstock by province, Mtce."""
    return provincial_account("coal_feedstock").fillna(0.0) * 1000 / TCE


def account(item: str) -> float:
    """One national figure of the fuel accounts."""
    return float(_accounts(item)[NATION])


def provincial_account(item: str) -> pd.Series:
    """Figures of the fuel accounts by province, in the order of the registry; NaN where none is given."""
    return _accounts(item).reindex(list(PROVINCE_CODES)).astype(float)


def _accounts(item: str) -> pd.Series:
    table = read_table("fuel_accounts_2021")
    return table[table["item"] == item].set_index("region")["value"]

"""From inventory sectors and fuels to the users and carriers of a sector list."""

from __future__ import annotations

import pandas as pd

from sam.tables import read_mapping

SHARE_DIGITS = 12


def concordance(sectors: str) -> pd.DataFrame:
    """Shares of inventory cells by activity and carrier; ``fuel_of`` is the carrier's cn30 code."""
    table = read_mapping("inventory_to_sectors").drop(columns="note")
    parent = read_mapping("cn42_to_cn30").set_index("cn42")["cn30"]
    table["fuel_of"] = table["carrier"].map(lambda c: parent.get(c, c))
    if sectors == "cn42":
        return table
    for column in ("activity", "carrier"):
        table[column] = table[column].map(lambda c: parent.get(c, c))
    table = table.groupby(["sector", "fuel", "activity", "carrier", "fuel_of"], sort=False, as_index=False)
    return table["share"].sum().round({"share": SHARE_DIGITS})


def power_carriers(power: pd.DataFrame, shares: pd.DataFrame | None, sectors: str) -> pd.DataFrame:
    """Fuel of power and heat by carrier; several carriers of a fuel by what electricity buys of each."""
    table = concordance(sectors).query("sector == 'electricity_heat'")
    table = power.merge(table.drop(columns=["sector", "activity"]), on="fuel", how="left")
    if shares is not None:
        table = reweighted(table.assign(sector=table["user"], activity="ely"), shares)
    return table.assign(mt=table["mt"] * table["share"])


def reweighted(table: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Shares of a cell by what each activity buys of each carrier, where it buys anything."""
    table = table.merge(shares, on=["region", "activity", "carrier"], how="left")
    key = [table[c] for c in ("region", "sector", "fuel", "fuel_of")]
    weight = table["weight"].fillna(0.0).clip(lower=0.0)
    total = weight.groupby(key).transform("sum")
    group = table["share"].groupby(key).transform("sum")
    split = group * weight / total.where(total > 0)
    table["share"] = split.where(total > 0, table["share"])
    return table.drop(columns="weight")

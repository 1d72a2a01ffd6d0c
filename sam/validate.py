"""Coded checks of an economy; codes stay the same for ever."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam.economy import Economy
from sam.tables import read_table

BALANCE = 1e-10
CONTROL = 1e-6
NATIONAL_MT, XINJIANG_MT = 11150.0, 474.0
MT_TOLERANCE = 0.05
BAND_SLACK = 1.6
PER_OUTPUT = 1.0
"""Largest Mt per 1e8 yuan of output: 100 t per 1e4 yuan."""


@dataclass(frozen=True)
class Finding:
    """One fault: its code and what is wrong where."""

    code: str
    text: str


def check_economy(economy: Economy) -> list[Finding]:
    """All faults of an economy; an empty list means it can be calibrated.

    SAM001 balance, SAM002 signs, SAM003 value added on its control, SAM004 emissions on their totals,
    SAM005 carbon on a fuel cell inside the price band, SAM006 carbon per output, SAM007 electricity in TWh.
    """
    cells = economy.sam.cells
    out: list[Finding] = []
    totals = economy.sam.totals()
    size = np.maximum(totals[["receipts", "payments"]].max(axis=1), 1e-6)
    open_ = totals[(totals["gap"].abs() / size) > BALANCE]
    for name, t in open_.iterrows():
        out.append(Finding("SAM001", f"account {name}: receipts {t.receipts:.6g}, payments {t.payments:.6g} 1e8 yuan"))
    may = cells["row"].str.startswith("tax:production") | (
        cells["row"].str.startswith("hh:") & cells["column"].str.startswith("gov:")
    ) | (cells["row"].eq("sav") & cells["column"].str.startswith("hh:")) | (
        cells["column"].str.startswith("tax:production"))  # fmt: skip
    for row in cells[(cells["value"] < 0) & ~may].itertuples():
        out.append(Finding("SAM002", f"cell {row.row} <- {row.column} is {row.value:.6g} 1e8 yuan, expected >= 0"))
    added = cells[cells["column"].str.startswith("act:") & cells["row"].str.match(r"(fac|tax:production)")].assign(
        region=lambda d: d["column"].str.split(":").str[2]
    )
    gdp = added.groupby("region")["value"].sum()
    control = read_table("gdp_industry_2021").set_index("province_code")["gdp_post_5th_census"]
    for r in economy.regions:
        if abs(gdp[r] / control[r] - 1) > CONTROL:
            out.append(Finding("SAM003", f"{r}: value added {gdp[r]:.3f}, published {control[r]:.3f} 1e8 yuan"))
    tonnes = economy.emissions.groupby("region")["mt"].sum()
    for name, found, want in (
        ("nation", tonnes.sum(), NATIONAL_MT), ("XJ", tonnes["XJ"], XINJIANG_MT),
    ):  # fmt: skip
        if abs(found - want) > MT_TOLERANCE:
            out.append(Finding("SAM004", f"{name}: emissions {found:.2f} Mt, expected {want:.2f} Mt"))
    out += _carbon(economy)
    balance = economy.generation.groupby("region")["twh"].sum()
    net = (
        economy.network.groupby("destination")["twh"].sum().reindex(balance.index).fillna(0)
        - economy.network.groupby("origin")["twh"].sum().reindex(balance.index).fillna(0)
    )  # fmt: skip
    gap = (balance + net - economy.electricity_use.set_index("region")["twh"]).abs()
    for r in gap[gap > 1e-6].index:
        out.append(Finding("SAM007", f"{r}: generation + net import misses use by {gap[r]:.3g} TWh"))
    return out


def _carbon(economy: Economy) -> list[Finding]:
    out: list[Finding] = []
    values = economy.sam.cells.set_index(["row", "column"])["value"]
    em = economy.emissions
    fuel = em[em["carrier"] != "process"]
    band = read_table("build_assumptions").query("parameter == 'fuel_price'").set_index("item")
    prices = {c: (band.loc[c, "low"], band.loc[c, "high"]) for c in band.index}
    if economy.aggregation == "cn12":
        prices = {"coa": prices["coa"], "oil": (prices["cok"][0], prices["oil"][1]), "crg": prices["gas"]}
    for row in fuel.itertuples():
        user = f"act:{row.user}:{row.region}" if not row.user.startswith("hh:") else f"{row.user}:{row.region}"
        value = float(values.get((f"com:{row.carrier}:{row.region}", user), 0.0))
        low = prices[row.carrier][0] / BAND_SLACK
        if row.mt > 0 and value < low * row.mt:
            out.append(
                Finding(
                    "SAM005",
                    f"{row.user} in {row.region}: {row.mt:.4g} Mt of {row.carrier} on {value:.4g} 1e8 yuan, at least "
                    f"{low:.3g} per Mt expected",
                )
            )
    output = economy.sam.cells[economy.sam.cells["row"].str.startswith("act:")].groupby("row")["value"].sum()
    per = em[~em["user"].str.startswith("hh:")].groupby(["user", "region"])["mt"].sum()
    for (user, region), mt in per.items():
        made = float(output.get(f"act:{user}:{region}", 0.0))
        if mt > PER_OUTPUT * made:
            out.append(Finding("SAM006", f"{user} in {region}: {mt:.4g} Mt on output of {made:.4g} 1e8 yuan"))
    return out


def gdp_by_province(economy: Economy) -> pd.Series:
    """Value added of each province, 1e8 yuan."""
    cells = economy.sam.cells
    pick = cells["column"].str.startswith("act:") & cells["row"].str.match(r"(fac|tax:production)")
    return cells[pick].assign(region=lambda d: d["column"].str.split(":").str[2]).groupby("region")["value"].sum()

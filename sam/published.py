"""Checks against what is published for China in 2021, in the choices the economy was built with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sam.checking import CONTROL, Finding, added_cells, finding, gdp_of, pick
from sam.classification import BUILT, classification
from sam.controls import industry_of, national_ratios, provincial_gdp, provincial_value_added
from sam.economy import Economy
from sam.satellites import TECHNOLOGIES, emission_inventory
from sam.tables import read_table

INDUSTRY = 2e-5
"""Merging of activities below 1e-5 of GDP may move this share of an industry's value added."""
MT_TOLERANCE = 0.05
RURAL_SHARE = 0.2
"""Distance of the rural share of consumption from the survey that definitions may explain."""
FOCUS = "XJ"


def value_added(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    added, choices = added_cells(cells), economy.sam.choices
    gdp = _by_region(economy, provincial_gdp(choices))
    total = gdp_of(cells).reindex(gdp.index).fillna(0.0)
    for r in gdp.index[(total / gdp - 1).abs() > CONTROL]:
        yield finding("SAM003", region=r, found=total[r], want=gdp[r])
    if economy.aggregation not in BUILT or not economy.groups.as_built:
        return
    sectors = classification(economy.aggregation)
    control = _by_region(economy, provincial_value_added(sectors, choices))
    industry = added["column_item"].map(industry_of(sectors)).fillna("industry")
    found = added.groupby(["column_region", industry])["value"].sum().unstack().reindex(control.index).fillna(0.0)
    found += _import_tax_by_industry(cells, industry).reindex(control.index).fillna(0.0)
    off = (found[control.columns] / control - 1).abs().stack()
    for r, name in off[off > INDUSTRY].index:
        yield finding(
            "SAM003.industry", region=r, industry=name, found=found.loc[r, name], want=control.loc[r, name]
        )  # fmt: skip


def _import_tax_by_industry(cells: pd.DataFrame, industry: pd.Series) -> pd.DataFrame:
    """Import taxes by the industry whose published value added holds them: in proportion to production taxes."""
    of_activity = cells["row_kind"].eq("tax") & cells["column_kind"].eq("act")
    paid = cells[of_activity & ~cells["column_item"].isin(TECHNOLOGIES)]
    paid = paid[paid["value"] > 0]
    share = paid.groupby(["column_region", industry.loc[paid.index]])["value"].sum().unstack().fillna(0.0)
    revenue = pick(cells, "tax", "com").groupby("column_region")["value"].sum()
    return share.div(share.sum(axis=1), axis=0).mul(revenue, axis=0).fillna(0.0)


def tonnes_on_inventory(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    tonnes = economy.emissions.groupby("region")["mt"].sum()
    inventory = emission_inventory(economy.sam.choices.inventory_name).groupby("region")["mt"].sum()
    focus = economy.groups.holding("regions", FOCUS)
    wanted = _by_region(economy, inventory)
    totals = [("nation", tonnes.sum(), inventory.sum()), *((r, tonnes.get(r, 0.0), wanted[r]) for r in focus)]
    for name, found, want in totals:
        if not abs(found - want) <= MT_TOLERANCE:
            yield finding("SAM004", region=name, found=found, want=want)


def national_demand(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    gdp = gdp_of(cells).sum()
    columns = {"hh": "household", "gov": "cons_government", "inv": "investment", "row": "exports"}
    found = cells[cells["row_kind"].eq("com")].groupby("column_kind")["value"].sum()
    for kind, name in columns.items():
        share, want = float(found.get(kind, 0.0)) / gdp, national_ratios()[name]
        if not abs(share / want - 1) <= CONTROL:
            yield finding("SAM011", item=name, found=share, want=want)


def households_as_surveyed(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    """Rural and urban consumption stand in the order of the household survey."""
    if set(economy.groups.households) != {"rural", "urban"}:
        return
    survey = read_table("household_2021").set_index("province_code")
    asked = _by_region(economy, survey[["survey_consumption_rural_1e8", "survey_consumption_urban_1e8"]])
    want = asked.iloc[:, 0] / asked.sum(axis=1)
    spent = pick(cells, "com", "hh").groupby(["column_region", "column_item"])["value"].sum().unstack().fillna(0.0)
    share = (spent["rural"] / spent.sum(axis=1)).reindex(want.index)
    for r in want.index[~((share - want).abs() <= RURAL_SHARE)]:
        yield finding("SAM019", region=r, found=share[r], want=want[r])


def delivered_price(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    output = pick(cells, "act", "com")
    band = read_table("build_assumptions").set_index(["parameter", "item"]).loc[("delivered_price", "all")]
    delivered = output.query("row_item == 'ely'").set_index("row_region")["value"]
    for r, twh in economy.electricity_use.itertuples(index=False):
        paid = float(delivered.get(r, 0.0)) / twh
        if not band["low"] <= paid <= band["high"]:
            yield finding("SAM013.delivered", region=r, found=paid / 10, low=band["low"] / 10, high=band["high"] / 10)


def _by_region(economy: Economy, provinces: Any) -> Any:
    """Figures of provinces added up to the regions of an economy."""
    of = {p: region for region, members in economy.groups.regions.items() for p in members}
    return provinces.groupby(of, sort=False).sum()

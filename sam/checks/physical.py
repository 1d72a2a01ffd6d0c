"""Checks of tonnes and TWh, and of the values they sit on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cgebase.messages import Message, message
from sam.checks.findings import Measured, measured
from sam.checks.money import CONTROL, by_region
from sam.classification import CARRIERS, classification
from sam.controls import is_feedstock
from sam.groups import Groups
from sam.satellites import emission_inventory
from sam.tables import read_table
from sam.view import View

FOCUS = "XJ"
"""Province whose emissions are fixed by themselves."""
MT_TOLERANCE = 0.05
MT_BAND = (1e2, 1e5)
"""Emissions of all provinces that are in Mt beyond doubt."""
PER_OUTPUT = 1.0
"""Largest Mt per 1e8 yuan of output: 100 t per 1e4 yuan."""
TWH = 1e-6
PHYSICAL = {
    "emissions": ["region", "user", "carrier"], "generation": ["region", "technology"], "electricity_use": ["region"],
    "network": ["origin", "destination"], "margins": ["commodity", "origin", "destination"],
}  # fmt: skip
"""Columns that tell one row of a table from another."""
PRICED_TO = 2024
"""Last year whose fuel is held to the prices of the tables; what a scenario makes of them later is its own."""
PRICE, INTENSITY = "1e8 CNY per Mt CO2", "Mt per 1e8 CNY"


def tonnes(x: View) -> Iterator[Measured]:
    """Whether emissions are in Mt."""
    low, high = MT_BAND
    total = pd.DataFrame({"found": [x.economy.emissions["mt"].sum()], "low": low, "high": high})
    yield measured(
        "SAM017", message("check_mt"), total,
        lambda f: message("SAM017", found=f.found, low=f.low, high=f.high), unit="Mt CO2",
    )  # fmt: skip


def inventory(x: View) -> Iterator[Measured]:
    """Totals of the inventory the economy was built with."""
    mt = x.economy.emissions.groupby("region")["mt"].sum()
    want = emission_inventory(x.economy.sam.choices.inventory_name).groupby("region")["mt"].sum()
    wanted = by_region(x, want)
    focus = x.economy.groups.holding("regions", FOCUS)
    rows = [("nation", mt.sum(), want.sum()), *((r, mt.get(r, 0.0), wanted[r]) for r in focus)]
    yield measured(
        "SAM004", message("check_inventory"), pd.DataFrame(rows, columns=["region", "found", "low"]),
        lambda f: message("SAM004", region=f.region, found=f.found, want=f.low),
        unit="Mt CO2", tolerance=MT_TOLERANCE,
    )  # fmt: skip


def carbon(x: View) -> Iterator[Measured]:
    """Price that each tonne pays for its fuel, and tonnes per output."""
    parent = classification("cn42").parent
    prices = _fuel_prices(x.economy.groups, parent)
    known = x.fuel["carrier"].isin(prices)
    strange = x.fuel[~known].assign(sector=lambda t: t["user"])
    yield measured(
        "SAM018", message("check_carriers"), strange,
        lambda f: message("SAM018", user=f.user, region=f.region, carrier=f.carrier), unit="", places=len(x.fuel),
    )  # fmt: skip
    later = x.economy.sam.year > PRICED_TO
    priced = known & (not later)
    fuel = x.fuel[priced].assign(found=lambda t: t["price"], sector=lambda t: t["user"])
    low, high = ({c: band[k] for c, band in prices.items()} for k in (0, 1))
    fuel["low"] = fuel["carrier"].map(low).astype(float)
    fuel["high"] = np.inf
    yield measured(
        "SAM005", message("check_cheap.later", year=PRICED_TO) if later else message("check_cheap"), fuel,
        lambda f: message("SAM005", user=f.user, region=f.region, mt=f.mt, carrier=f.carrier, value=f.value, low=f.low),
        unit=PRICE,
    )  # fmt: skip
    if x.economy.groups.as_built:
        whole = {code: members[0] for code, members in x.economy.groups.sectors.items()}
        carrier, user = (fuel[k].map(lambda c: whole.get(c, c)) for k in ("carrier", "user"))
        burnt = [not is_feedstock(c, u, parent) for c, u in zip(carrier, user, strict=True)]
        dear = fuel[np.array(burnt, bool)].assign(low=-np.inf, high=lambda t: t["carrier"].map(high).astype(float))
        yield measured(
            "SAM014", message("check_dear.later", year=PRICED_TO) if later else message("check_dear"), dear,
            lambda f: message(
                "SAM014", user=f.user, region=f.region, mt=f.mt, carrier=f.carrier, value=f.value, high=f.high
            ),
            unit=PRICE,
        )  # fmt: skip
    made_by = x.economy.emissions[~x.economy.emissions["user"].str.startswith("hh:")]
    t = made_by.groupby(["user", "region"], as_index=False)["mt"].sum().rename(columns={"user": "sector"})
    t["row"] = "act:" + t["sector"] + ":" + t["region"]
    t["output"] = x.output.reindex(t["row"]).fillna(0.0).to_numpy()
    t["found"] = np.divide(t["mt"], t["output"], out=np.full(len(t), np.inf), where=t["output"].to_numpy() > 0)
    yield measured(
        "SAM006", message("check_intensity"), t.assign(low=-np.inf, high=PER_OUTPUT),
        lambda f: message("SAM006", user=f.sector, region=f.region, mt=f.mt, output=f.output, most=f.high),
        unit=INTENSITY,
    )  # fmt: skip


def once(x: View) -> Iterator[Measured]:
    """Rows of the physical tables given twice, and provinces that burn fuel without any emissions."""
    e = x.economy
    for name, keys in PHYSICAL.items():
        frame: pd.DataFrame = getattr(e, name)
        twice = frame[frame.duplicated(keys)].drop_duplicates(keys)
        table = pd.DataFrame({"region": twice[keys[0]], "what": [" ".join(map(str, k)) for k in zip(
            *(twice[c] for c in keys), strict=True)]})  # fmt: skip
        yield measured(
            "SAM009", message("check_rows_twice", table=name), table,
            partial(_twice, name), unit="", places=len(frame),
        )  # fmt: skip
    fuels = {f"com:{c}" for c in _fuel_prices(e.groups, classification("cn42").parent)}
    burnt = x.cells[x.cells["row"].str.rpartition(":")[0].isin(fuels) & x.cells["column_kind"].isin(["act", "hh"])]
    buys = set(burnt["column_region"]) - {""}
    without = e.emissions.empty and not e.country.published
    silent = [] if without else sorted(buys - set(e.emissions["region"]))
    yield measured(
        "SAM024", message("check_emissions"), pd.DataFrame({"region": silent}),
        lambda f: message("SAM024", region=f.region), unit="", places=len(buys),
    )  # fmt: skip


def _twice(table: str, fault: Any) -> Message:
    return message("SAM009.rows", table=table, what=fault.what)


def _fuel_prices(groups: Groups, parent: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """Lowest and highest price of what each fuel holds, 1e8 yuan per Mt CO2."""
    band = read_table("build_assumptions").query("parameter == 'fuel_price'").set_index("item")
    out = {}
    for code, members in groups.sectors.items():
        fuels = [f for f in (parent.get(m, m) for m in members) if f in CARRIERS]
        if fuels:
            out[code] = (float(band.loc[fuels, "low"].min()), float(band.loc[fuels, "high"].max()))
    return out


def power(x: View) -> Iterator[Measured]:
    """Electricity in TWh: made and bought is sold and used."""
    e = x.economy
    made = e.generation.groupby("region")["twh"].sum()
    bought = e.network.groupby("destination")["twh"].sum().reindex(made.index).fillna(0.0)
    sold = e.network.groupby("origin")["twh"].sum().reindex(made.index).fillna(0.0)
    used = e.electricity_use.set_index("region")["twh"]
    t = pd.DataFrame({"found": made + bought - sold, "low": used}).rename_axis("region").reset_index()
    yield measured(
        "SAM007", message("check_twh"), t,
        lambda f: message("SAM007", region=f.region, gap=f.found - f.low), unit="TWh", tolerance=TWH,
    )  # fmt: skip


def power_values(x: View) -> Iterator[Measured]:
    """Electricity in yuan against TWh: plants and links."""
    e = x.economy
    names = "act:" + e.generation["technology"] + ":" + e.generation["region"]
    made = pd.Series(e.generation["twh"].to_numpy(), index=names)
    items = x.accounts["item"].reindex(x.output.index)
    output = x.output[items.isin(set(e.generation["technology"])).to_numpy()]
    plants = partial(measured, unit="", places=len(made))
    yield plants(
        "SAM013", message("check_output"), _plants(set(made.index) - set(output.index)),
        lambda f: message("SAM013", activity=f.row),
    )  # fmt: skip
    yield plants(
        "SAM013", message("check_plants"), _plants(set(output.index) - set(made.index)),
        lambda f: message("SAM013.output", activity=f.row),
    )  # fmt: skip
    income = output.reindex(names).fillna(0.0).groupby(e.generation["region"].to_numpy()).sum()
    price = income / e.generation.groupby("region")["twh"].sum()
    links = e.network
    t = links.assign(row="com:elb:" + links["origin"], column="com:elb:" + links["destination"])
    t["found"] = x.values.reindex(pd.MultiIndex.from_frame(t[["row", "column"]])).fillna(0.0).to_numpy()
    t["low"] = t["origin"].map(price).astype(float).fillna(0.0) * t["twh"]
    yield measured(
        "SAM013", message("check_network"), t.assign(region=t["origin"], sector="elb", scale=t["low"]),
        lambda f: message(
            "SAM013.network", twh=f.twh, origin=f.origin, destination=f.destination, value=f.found, want=f.low
        ),
        tolerance=CONTROL,
    )  # fmt: skip


def _plants(names: set[str]) -> pd.DataFrame:
    parts = [(name, *name.split(":")[1:]) for name in sorted(names)]
    return pd.DataFrame(parts, columns=["row", "sector", "region"])


def delivered(x: View) -> Iterator[Measured]:
    """Price of delivered electricity."""
    use = x.economy.electricity_use
    t = use.assign(row="act:ely:" + use["region"], sector="ely")
    band = read_table("build_assumptions").set_index(["parameter", "item"]).loc[("delivered_price", "all")]
    t["found"] = x.output.reindex(t["row"]).fillna(0.0).to_numpy() / use["twh"] / 10
    yield measured(
        "SAM013", message("check_delivered"), t.assign(low=float(band["low"]) / 10, high=float(band["high"]) / 10),
        lambda f: message("SAM013.delivered", region=f.region, found=f.found, low=f.low, high=f.high),
        unit="CNY per kWh",
    )  # fmt: skip

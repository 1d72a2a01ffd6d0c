"""One province of the SAM: its square tables and the accounts an economist asks for first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cgebase.messages import message
from sam.accounts import is_national, item_name, kind_name, parse
from sam.groups import OWN
from sam.matrix import SAM
from sam.records import GOODS
from sam.registry import AGGREGATIONS, PROVINCE_CODES, province, sectors
from sam.view import View

PROVINCES = "provinces"
"""Account that stands for the goods of every other province in the tables of one."""
OTHERS = {"en": "other provinces", "zh": "其他省份"}
WHOLE = {"act": ("activities", "生产活动"), "com": ("commodities", "商品")}
USERS = {"hh:rural": ("rural households", "农村居民"), "hh:urban": ("urban households", "城镇居民")}
FUELS = {
    "coa": ("coal", "煤炭"), "cok": ("coke", "焦炭"), "oil": ("oil products", "成品油"), "gas": ("gas", "天然气"),
    "process": ("process", "工业过程"),
}  # fmt: skip
FUEL_UNIT = 100.0
"""Yuan per tonne CO2 in one 1e8 yuan per Mt."""


def square(sam: SAM, code: str) -> SAM:
    """The accounts of a province; goods of other provinces are one account, national accounts stay.

    Accounts of the province balance as before; those outside it close with the rest of the country.
    """
    return _rolled(sam, code, lambda name: name)


def macro(sam: SAM, code: str) -> SAM:
    """The square table of a province with activities and commodities each as one account."""
    return _rolled(sam, code, lambda name: parse(name).kind if parse(name).kind in ("act", "com") else name)


def _rolled(sam: SAM, code: str, rename) -> SAM:  # type: ignore[no-untyped-def]
    regions = {n: "" if is_national(n) else r for n, r in sam.accounts["region"].items()}
    to = {n: rename(n) if r == code else PROVINCES if r else n for n, r in regions.items()}
    here = sam.cells["row"].map(regions).eq(code) | sam.cells["column"].map(regions).eq(code)
    cells = sam.cells[here]
    cells = cells.assign(row=cells["row"].map(to), column=cells["column"].map(to))
    cells = cells.groupby(["row", "column"], sort=False, as_index=False)["value"].sum()
    return replace(sam, cells=cells, history=(*sam.history, f"accounts of {code}"))


def rolled_name(name: str, code: str) -> str:
    """Account of the province's square table in which an account of the SAM stands."""
    return name if is_national(name) or parse(name).region in ("", code) else PROVINCES


def account_name(name: str, aggregation: str, language: str) -> str:
    """Name of an account of a province's tables for readers, without the province."""
    if name == PROVINCES:
        return OTHERS[language]
    kind, item, _ = parse(name)
    head = kind_name(kind, language)
    if kind in ("act", "com"):
        return f"{sector_name(item, aggregation, language)} ({head})" if item else WHOLE[kind][language == "zh"]
    said = item_name(item, language)
    if language == "en":
        return f"{head}: {said}" if item else head
    return {"tax": said, "fac": f"{head}：{said}"}.get(kind, said + head)


def sector_name(code: str, aggregation: str, language: str) -> str:
    """Name of a sector, a technology or a household; the code itself of a sector of one's own."""
    zh = language == "zh"
    if code in USERS:
        return USERS[code][zh]
    base = aggregation.removesuffix(f"-{OWN}")
    names = {s.code: s.name_zh if zh else s.name_en for s in (sectors(base) if base in AGGREGATIONS else ())}
    return names.get(code, code)


def fuel_name(code: str, aggregation: str, language: str) -> str:
    """Name of a carrier of carbon: a fuel, or the sector that supplies it."""
    return FUELS[code][language == "zh"] if code in FUELS else sector_name(code, aggregation, language)


def headline(x: View, code: str) -> pd.Series:
    """GDP, its uses and trade, 1e8 yuan, and emissions in Mt."""
    t = macro(x.economy.sam, code).cells.set_index(["row", "column"])["value"]

    def cell(row: str, column: str) -> float:
        return float(t.get((row, column), 0.0))

    return pd.Series(
        {
            "gdp": x.gdp[code],
            "rural": cell("com", f"hh:rural:{code}"), "urban": cell("com", f"hh:urban:{code}"),
            "government": cell("com", f"gov:{code}"), "investment": cell("com", f"inv:{code}"),
            "exports": cell("com", "row"), "imports": cell("row", "com"),
            "sold": cell("com", PROVINCES), "bought": cell(PROVINCES, "com"),
            "grant": cell(f"gov:{code}", "gov:central"), "to_centre": cell("gov:central", f"gov:{code}"),
            "mt": float(x.economy.emissions.query("region == @code")["mt"].sum()),
        }
    )  # fmt: skip


def partners(x: View, code: str) -> pd.DataFrame:
    """Goods sold to and bought from each other province, by size: ``sold, bought, balance``, 1e8 yuan."""
    t = x.trade
    sold = t[t["row_region"].eq(code)].groupby("column_region")["value"].sum()
    bought = t[t["column_region"].eq(code)].groupby("row_region")["value"].sum()
    out = pd.DataFrame({"sold": sold, "bought": bought}).reindex(list(x.economy.regions)).fillna(0.0).drop(code)
    out = out.assign(balance=out["sold"] - out["bought"]).rename_axis("region")
    return out.loc[out[["sold", "bought"]].sum(axis=1).sort_values(ascending=False).index]


def bilateral(x: View) -> pd.DataFrame:
    """Goods sold by the province in the row to that in the column, 1e8 yuan (31, 31)."""
    t = x.trade.groupby(["row_region", "column_region"])["value"].sum().unstack()
    names = list(x.economy.regions)
    return t.reindex(index=names, columns=names).fillna(0.0).rename_axis(index="origin", columns="destination")


def industries(x: View, code: str) -> pd.DataFrame:
    """Value added of each activity: ``labour, capital, resource, tax, total, share``; import taxes are a row."""
    t = x.added[x.added["column_region"].eq(code)]
    item = t["row_item"].where(t["row_kind"].eq("fac"), "tax")
    out = t.groupby(["column_item", item])["value"].sum().unstack().rename_axis(index="activity", columns=None)
    out = out.reindex(columns=["labour", "capital", "resource", "tax"]).fillna(0.0)
    duty = x.pick("tax", "com").query("column_region == @code")["value"].sum()
    out.loc["import_tax"] = [0.0, 0.0, 0.0, duty]
    total = out.sum(axis=1)
    return out.assign(total=total, share=total / x.gdp[code]).sort_values("total", ascending=False)


def power(x: View, code: str) -> pd.DataFrame:
    """Generation by technology: ``twh, value`` (1e8 yuan at the busbar) and ``price`` (yuan per kWh)."""
    t = x.economy.generation.query("region == @code").set_index("technology")[["twh"]]
    t["value"] = x.output.reindex([f"act:{g}:{code}" for g in t.index]).fillna(0.0).to_numpy()
    return t.assign(price=t["value"] / t["twh"] / 10).sort_values("twh", ascending=False)


def power_balance(x: View, code: str) -> pd.Series:
    """Electricity of a province in TWh, and its delivered price in yuan per kWh."""
    e = x.economy
    used = float(e.electricity_use.set_index("region")["twh"].get(code, np.nan))
    return pd.Series(
        {
            "made": e.generation.query("region == @code")["twh"].sum(),
            "bought": e.network.query("destination == @code")["twh"].sum(),
            "sold": e.network.query("origin == @code")["twh"].sum(),
            "used": used,
            "price": float(x.output.get(f"act:ely:{code}", np.nan)) / used / 10,
        }
    )


def goods(x: View, code: str) -> pd.DataFrame:
    """Energy goods by good: ``made, imported, bought, sold, exported, used``, Mt, gas in bcm; NaN where unknown."""
    t = x.economy.physical
    mine = t[t["region"].eq(code)].groupby(["good", "flow"])["amount"].sum().unstack()
    bought = t[t["flow"].eq("sold") & t["other"].eq(code)].groupby("good")["amount"].sum()
    out = mine.assign(bought=bought).reindex(columns=["made", "imported", "bought", "sold", "exported", "used"])
    out = out.reindex([g for g in GOODS if g in out.index]).rename_axis("good")
    known = out["used"].notna()
    out[known] = out[known].fillna(0.0)
    return out


def carbon(x: View, code: str) -> pd.DataFrame:
    """Emissions by user and carrier: ``mt, value`` (1e8 yuan of the fuel cell), ``price`` (yuan per t CO2)."""
    t = x.fuel.query("region == @code").assign(price=lambda f: FUEL_UNIT * f["price"])
    process = x.economy.emissions.query("region == @code and carrier == 'process'")
    both = pd.concat([t[["user", "carrier", "mt", "value", "price"]], process[["user", "carrier", "mt"]]])
    return both.sort_values("mt", ascending=False, ignore_index=True)


def budgets(x: View, code: str) -> pd.DataFrame:
    """Receipts and payments of households and government: ``account, side, other, value``, 1e8 yuan."""
    names = [f"hh:rural:{code}", f"hh:urban:{code}", f"gov:{code}"]
    t = macro(x.economy.sam, code).cells
    sides = [
        t[t[mine].isin(names)].rename(columns={mine: "account", theirs: "other"}).assign(side=side)
        for mine, theirs, side in (("row", "column", "receipt"), ("column", "row", "payment"))
    ]
    out = pd.concat(sides)[["account", "side", "other", "value"]]
    rank = out["account"].map({n: k for k, n in enumerate(names)})
    order = pd.DataFrame({"rank": rank, "side": out["side"].eq("payment"), "value": -out["value"]}, index=out.index)
    keys = order.reset_index(drop=True).sort_values(["rank", "side", "value"]).index
    return out.reset_index(drop=True).loc[keys].reset_index(drop=True)


def region_name(code: str, language: str) -> str:
    """Name of a province; the code itself of a region of one's own."""
    if code not in PROVINCE_CODES:
        return code
    return province(code).name_zh if language == "zh" else province(code).name_en


def title(x: View, code: str, language: str) -> str:
    """Name of the province with sectors, year and unit."""
    sam = x.economy.sam
    first, second = ("zh", "en") if language == "zh" else ("en", "zh")
    names = f"{region_name(code, first)} {region_name(code, second)}"
    unit = message("yuan_1e8").zh if language == "zh" and sam.unit == SAM.unit else sam.unit
    return f"{names} ({x.economy.aggregation}, {sam.year}, {unit})"

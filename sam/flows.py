"""Tables that the figures of a SAM draw, with names in English and Chinese; values in 1e8 yuan."""

from __future__ import annotations

import pandas as pd

from sam import gravity, province
from sam.registry import province as registered
from sam.tables import read_mapping
from sam.view import View

NODES: dict[str, tuple[int, str, str]] = {
    "industries": (0, "Industries (inputs)", "各行业（中间投入）"), "rural": (0, "Rural households", "农村居民"),
    "urban": (0, "Urban households", "城镇居民"), "government": (0, "Government", "政府"),
    "investment": (0, "Investment", "投资"), "sold": (0, "Other provinces", "其他省份"),
    "exports": (0, "Abroad", "国外"), "subsidies": (0, "Subsidies", "补贴"),
    "labour": (2, "Labour", "劳动"), "from_pool": (2, "National capital income", "全国资本收入"),
    "capital": (2, "Capital and land", "资本与土地"), "taxes": (2, "Indirect taxes", "间接税"),
    "grant": (2, "Central grants", "中央补助"), "transfers": (2, "Transfers", "转移支付"),
    "bought": (2, "Other provinces", "其他省份"), "imports": (2, "Abroad", "国外"),
    "inputs": (2, "Inputs bought", "购买中间投入"),
    "rural_income": (3, "Rural income", "农村居民收入"), "urban_income": (3, "Urban income", "城镇居民收入"),
    "pool": (3, "National capital pool", "全国资本汇集"),
    "budget": (4, "Government budget", "政府预算"),
    "consumption": (5, "Household consumption", "居民消费"), "saving": (5, "Household saving", "居民储蓄"),
    "public": (5, "Government consumption", "政府消费"), "to_centre": (5, "Paid to the centre", "上解中央"),
    "transferred": (5, "Transfers to households", "对居民转移"), "subsidies_paid": (5, "Subsidies paid", "支付补贴"),
}  # fmt: skip
"""Nodes beside the sector groups: column from the left, name in English and Chinese."""
GROUP_COLUMN = 1
OTHER = ("other", "Other sectors", "其他行业")


def groups() -> pd.DataFrame:
    """Group of each sector of any list: ``group, name_en, name_zh`` by sector code."""
    table = read_mapping("sector_groups")
    return table.assign(sectors=table["sectors"].str.split()).explode("sectors").set_index("sectors")


def money(x: View, code: str) -> pd.DataFrame:
    """Flows of money through a province, from who pays to who is paid.

    Buyers pay for goods of a sector group, which pays inputs, income, taxes, and goods from elsewhere; income
    reaches households and the government, who consume and save. Goods and the activities that make them are one
    node, so every node between the ends pays out what it receives.

    Returns
    -------
    DataFrame
        ``source, target, value`` and of both ends ``source_column, source_en, source_zh, source_rank``;
        every value is positive: a negative payment is drawn as its opposite.
    """
    t = province.square(x.economy.sam, code).labelled()
    known = groups()
    of = {c: str(known["group"].get(c, OTHER[0])) for c in {*t["row_item"], *t["column_item"]}}
    links = _goods(t, of) + _incomes(t, code)
    table = pd.DataFrame(links, columns=["source", "target", "value"])
    table = table.groupby(["source", "target"], sort=False, as_index=False)["value"].sum()
    table = table[table["value"] > 0].reset_index(drop=True)
    named = known.reset_index().drop_duplicates("group").set_index("group")[["name_en", "name_zh"]]
    named.loc[OTHER[0]] = OTHER[1:]
    order = {n: (GROUP_COLUMN, *row) for n, row in zip(named.index, named.to_numpy(), strict=True)} | NODES
    for k, field in enumerate(("column", "en", "zh")):
        for side in ("source", "target"):
            table[f"{side}_{field}"] = [order[n][k] for n in table[side]]
    rank = {n: k for k, n in enumerate([*NODES, *named.index])}
    for side in ("source", "target"):
        table[f"{side}_rank"] = table[side].map(rank)
    return table.sort_values(["source_column", "source_rank", "target_rank"], ignore_index=True)


Link = tuple[str, str, float]


def _goods(t: pd.DataFrame, of: dict[str, str]) -> list[Link]:
    """Buyers pay groups, groups pay inputs, factors, taxes and goods from elsewhere."""
    buyers = {"act": "industries", "com": "industries", "gov": "government", "inv": "investment", "row": "exports",
              province.PROVINCES: "sold"}  # fmt: skip
    paid = {"com": "inputs", "row": "imports", province.PROVINCES: "bought"}
    out: list[Link] = []
    for c in t[t["row_kind"].eq("com")].itertuples():
        buyer = c.column_item if c.column_kind == "hh" else buyers.get(c.column_kind, "")
        if buyer:
            out.append((buyer, of[c.row_item], c.value))
    taxes: dict[str, float] = {}
    for c in t[t["column_kind"].isin(["act", "com"]) & t["row_kind"].ne("act")].itertuples():
        group = of[c.column_item]
        if c.row_kind == "tax":
            key = f"{group} -" if c.value < 0 else group
            taxes[key] = taxes.get(key, 0.0) + c.value
        elif c.row_kind == "fac":
            out.append((group, "labour" if c.row_item == "labour" else "capital", c.value))
        else:
            out.append((group, paid[c.row_kind], c.value))
    for key, value in taxes.items():
        group = key.removesuffix(" -")
        if value >= 0:
            out.append((group, "taxes", value))
        else:
            out += [("subsidies", group, -value), ("taxes", "subsidies_paid", -value)]
    return out


def _incomes(t: pd.DataFrame, code: str) -> list[Link]:
    """Factors and taxes reach households, the national pool and the government; what these do with it."""
    cell = t.groupby(["row", "column"])["value"].sum()

    def value(row: str, column: str) -> float:
        return float(cell.get((row, column), 0.0))

    gov = f"gov:{code}"
    out: list[Link] = [("capital", "pool", value("pool:capital", f"fac:{f}:{code}")) for f in ("capital", "resource")]
    for kind in ("rural", "urban"):
        hh, node = f"hh:{kind}:{code}", f"{kind}_income"
        transfer, saving = value(hh, gov), value("sav", hh)
        out += [
            ("labour", node, value(hh, f"fac:labour:{code}")), ("from_pool", node, value(hh, "pool:capital")),
            (node, "budget", value(f"tax:income:{code}", hh) + max(-transfer, 0.0)),
            ("transfers", node, max(transfer, 0.0) + max(-saving, 0.0)),
            (node, "consumption", float(t[t["column"].eq(hh) & t["row_kind"].eq("com")]["value"].sum())),
            (node, "saving", max(saving, 0.0)), ("budget", "transferred", max(transfer, 0.0)),
        ]  # fmt: skip
    indirect = value(gov, f"tax:production:{code}") + value(gov, f"tax:import:{code}")
    return [
        *out, ("taxes", "budget", indirect), ("grant", "budget", value(gov, "gov:central")),
        ("budget", "public", float(t[t["column"].eq(gov) & t["row_kind"].eq("com")]["value"].sum())),
        ("budget", "to_centre", value("gov:central", gov)),
    ]  # fmt: skip


def inputs(x: View, code: str) -> pd.DataFrame:
    """Purchases of each commodity by each activity: ``commodity, activity, value``, names, ranks in the list."""
    t = x.pick("com", "act").query("column_region == @code")
    out = t[["row_item", "column_item", "value"]].set_axis(["commodity", "activity", "value"], axis=1)
    order = {c: k for k, c in enumerate(dict.fromkeys((*x.economy.activities, *x.economy.commodities)))}
    out = out.sort_values(["commodity", "activity"], key=lambda s: s.map(order)).reset_index(drop=True)
    for side in ("commodity", "activity"):
        out[f"{side}_rank"] = out[side].map(order)
        for language in ("en", "zh"):
            out[f"{side}_{language}"] = [
                province.sector_name(c, x.economy.aggregation, language) for c in out[side]
            ]  # fmt: skip
    return out


def trade(x: View) -> pd.DataFrame:
    """Goods sold between provinces: ``origin, destination, value`` with names and the eight regions."""
    t = province.bilateral(x).stack().rename("value").reset_index()
    return _ends(t[t["origin"] != t["destination"]])


def distance(x: View) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Flows against distance, elasticities by commodity, and the elasticity over all pairs."""
    pairs, elasticity = gravity.pairs(x)
    table = gravity.decay(x).reset_index()
    for language in ("en", "zh"):
        table[f"name_{language}"] = [
            province.sector_name(c, x.economy.aggregation, language) for c in table["commodity"]
        ]  # fmt: skip
    return _ends(pairs), table, elasticity


def _ends(table: pd.DataFrame) -> pd.DataFrame:
    out = table.reset_index(drop=True)
    for side in ("origin", "destination"):
        found = [registered(c) for c in out[side]]
        out[f"{side}_en"], out[f"{side}_zh"] = [p.name_en for p in found], [p.name_zh for p in found]
        out[f"{side}_region8"] = [p.region8 for p in found]
    return out

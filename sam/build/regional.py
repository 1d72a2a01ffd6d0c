"""Steps 1 to 4: read the 31 tables of 2017, repair them, net transit, move them to 2021, cn30 sectors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sam.build.tables import carried_tables
from sam.registry import PROVINCE_CODES, commodity_codes
from sam.tables import read_table

Array = np.ndarray
N42 = 42
BUSBAR = "elb"
SECTORS = tuple(c for c in commodity_codes("cn30") if c != BUSBAR)
#: NBS 42 sector to cn30; the sectors that are split have an entry per part.
TO_CN30: dict[str, tuple[str, ...]] = {
    "01": ("agr",), "02": ("coa",), "03": ("cru", "gas"), "04": ("omn",), "05": ("omn",), "06": ("fod",),
    "07": ("tex",), "08": ("tex",), "09": ("wpp",), "10": ("wpp",), "11": ("oil", "cok"), "12": ("chm",),
    "13": ("nmm",), "14": ("irs", "nfm"), "15": ("mtl",), "16": ("mac",), "17": ("mac",), "18": ("teq",),
    "19": ("elc",), "20": ("eqp",), "21": ("eqp",), "22": ("omf",), "23": ("omf",), "24": ("ely", "hea"),
    "25": ("gas",), "26": ("wat",), "27": ("con",), "28": ("trd",), "29": ("trn",), "30": ("hot",),
    "31": ("ifi",), "32": ("ifi",), "33": ("bus",), "34": ("bus",), "35": ("bus",), "36": ("bus",),
    "37": ("pub",), "38": ("pub",), "39": ("pub",), "40": ("pub",), "41": ("pub",), "42": ("pub",),
}  # fmt: skip
#: Nine industries of the provincial accounts and their NBS 42 sectors.
INDUSTRIES: dict[str, tuple[str, ...]] = {
    "va_agri_incl_services": ("01",),
    "va_industry": tuple(f"{k:02d}" for k in range(2, 27)),
    "va_construction": ("27",),
    "va_wholesale_retail": ("28",),
    "va_transport_post": ("29",),
    "va_accommodation_catering": ("30",),
    "va_finance": ("32",),
    "va_real_estate": ("33",),
    "va_other_services": ("31", *(f"{k:02d}" for k in range(34, 43))),
}
#: Provincial outputs that split a sector: product, price in 1e8 yuan per unit of the table.
#: Prices are round 2021 averages (assumption): crude 3,000 yuan/t, gas 1.6 yuan/m3, coke 2,500 yuan/t,
#: crude steel 4,500 yuan/t, ten non-ferrous metals 22,000 yuan/t.
PRODUCT_PRICE = {
    "crude_oil": 0.3, "natural_gas": 1.6, "coke": 0.25, "crude_steel": 0.45, "ten_nonferrous_metals": 2.2,
}  # fmt: skip
CAPITAL_FLOOR = 0.02
SALES_LIMIT = 0.97
HEAT_SHARE = 0.15
"""Share of sector 24 that is heat where nothing else is known (assumption; step 5 replaces it)."""


@dataclass
class Tables:
    """Provincial tables, cn30 sectors, 1e8 yuan; arrays run over (commodity, activity, province)."""

    use: Array
    value_added: dict[str, Array]
    final: dict[str, Array]
    exports: Array
    imports: Array
    outflow: Array
    inflow: Array
    report: list[str] = field(default_factory=list)

    @property
    def output(self) -> Array:
        """Gross output (activity, province)."""
        return self.use.sum(0) + sum(self.value_added.values())


def read_regional(raw: pd.DataFrame | None = None) -> Tables:
    """Provincial tables at 42 sectors, repaired, transit netted, value added of 2021.

    Parameters
    ----------
    raw : DataFrame, optional
        Tables of one's own from :func:`sam.build.tables.own_tables`; without them those carried, of 2017.
    """
    raw = carried_tables() if raw is None else raw
    codes = [f"{k:02d}" for k in range(1, N42 + 1)]
    columns = [f"s{k}" for k in codes]
    nr = len(PROVINCE_CODES)
    use = np.zeros((N42, N42, nr))
    va = np.zeros((4, N42, nr))
    final = {k: np.zeros((N42, nr)) for k in ("cons_rural", "cons_urban", "cons_government", "investment")}
    flows = {
        k: np.zeros((N42, nr))
        for k in ("exports_abroad", "outflow_other_provinces", "imports_abroad", "inflow_other_provinces")
    }
    report: list[str] = []
    for j, province in enumerate(PROVINCE_CODES):
        t = raw[raw["province_code"] == province].set_index("row_code")
        block = t.loc[codes].fillna(0.0)
        z = block[columns].to_numpy(float)
        negative = z < 0
        use[:, :, j] = np.maximum(z, 0.0)
        va[:, :, j] = t.loc[["VA001", "VA002", "VA003", "VA004"], columns].fillna(0.0).to_numpy(float)
        for k in ("cons_rural", "cons_urban", "cons_government"):
            final[k][:, j] = np.maximum(block[k].to_numpy(float), 0.0)
        stock = block[["gfcf", "inventory_change", "error_term"]].to_numpy(float).sum(1)
        final["investment"][:, j] = np.maximum(stock, 0.0)
        for k in flows:
            flows[k][:, j] = np.maximum(block[k].to_numpy(float), 0.0)
        flows["inflow_other_provinces"][:, j] += np.maximum(-stock, 0.0)
        stocks = f"{int((stock < 0).sum())} negative stocks to inflow"
        report.append(f"{province}: {int(negative.sum())} negative uses cleared, {stocks}")
    labour, tax, capital = va[0], va[1], va[2] + va[3]
    output = use.sum(0) + va.sum(0)
    low = capital < CAPITAL_FLOOR * output
    report.append(f"capital income raised to {CAPITAL_FLOOR:.0%} of output in {int((low & (output > 0)).sum())} cells")
    capital = np.where(low, CAPITAL_FLOOR * output, capital)
    labour = np.maximum(labour, CAPITAL_FLOOR / 2 * output)
    tax = np.clip(tax, -0.2 * output, 0.3 * output)
    added = labour + tax + capital

    sold = flows["exports_abroad"] + flows["outflow_other_provinces"]
    over = np.maximum(sold - SALES_LIMIT * output, 0.0)
    first = np.minimum(over, flows["outflow_other_provinces"])
    flows["outflow_other_provinces"] -= first
    flows["inflow_other_provinces"] = np.maximum(flows["inflow_other_provinces"] - first, 0.0)
    second = over - first
    flows["exports_abroad"] -= second
    flows["imports_abroad"] = np.maximum(flows["imports_abroad"] - second, 0.0)
    report.append(f"transit netted: {over.sum():,.0f} (1e8 yuan); CQ {over[:, PROVINCE_CODES.index('CQ')].sum():,.0f}")

    growth = _growth(added, codes)
    report.append(f"value added moved to 2021: national {(added * growth).sum():,.0f} (1e8 yuan)")
    for table in (labour, tax, capital):
        table *= growth
    return _to_cn30(
        use * growth[None], labour, tax, capital,
        {k: v * growth for k, v in final.items()}, {k: v * growth for k, v in flows.items()}, codes, report, raw,
    )  # fmt: skip


def _growth(added: Array, codes: list[str]) -> Array:
    """Factor per sector and province that puts the nine industries on their 2021 value added."""
    accounts = read_table("gdp_industry_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    listed = accounts[list(INDUSTRIES)].to_numpy(float)
    gdp = accounts["gdp_post_5th_census"].to_numpy(float)
    listed = listed * (gdp / listed.sum(1))[:, None]
    out = np.ones_like(added)
    for k, sectors in enumerate(INDUSTRIES.values()):
        rows = [codes.index(s) for s in sectors]
        out[rows] = (listed[:, k] / added[rows].sum(0))[None]
    return out


def _to_cn30(
    use: Array, labour: Array, tax: Array, capital: Array, final: dict[str, Array], flows: dict[str, Array],
    codes: list[str], report: list[str], raw: pd.DataFrame,
) -> Tables:  # fmt: skip
    splits = read_table("io_splits_2020", ("parent", "item"))
    nr = use.shape[2]
    made = _output_shares(nr, raw)
    n = len(SECTORS)
    rows = splits[splits["table"] == "row"].set_index(["code", "item"])["value"]
    to = np.zeros((n, N42, nr))
    row_share = np.zeros((n, N42, N42 + 1, nr))
    for i, code in enumerate(codes):
        for part in TO_CN30[code]:
            k = SECTORS.index(part)
            to[k, i] = made[part] if len(TO_CN30[code]) > 1 else 1.0
            for u in range(N42 + 1):
                item = codes[u] if u < N42 else "final"
                if code in ("11", "14"):
                    row_share[k, i, u] = rows[(part, item)]
                elif code == "03":
                    crude = 1.0 if item in ("11", "03") else 0.0
                    row_share[k, i, u] = crude if part == "cru" else 1 - crude
                elif code == "24":
                    row_share[k, i, u] = HEAT_SHARE if part == "hea" else 1 - HEAT_SHARE
                else:
                    row_share[k, i, u] = 1.0
    half = np.einsum("kiur,iur->kur", row_share[:, :, :N42], use)
    structure = splits[splits["table"] == "column"].set_index(["code", "item"])["value"]
    new_use = np.zeros((n, n, nr))
    for u, code in enumerate(codes):
        for part in TO_CN30[code]:
            a = SECTORS.index(part)
            column = half[:, u] * to[a, u][None]
            if code in ("11", "14"):
                column = _restructure(column, half[:, u], part, structure, to[a, u])
            new_use[:, a] += column
    income = {}
    for name, table in (("labour", labour), ("tax", tax), ("capital", capital)):
        income[name] = np.einsum("kir,ir->kr", to, table)
    ends = {k: np.einsum("kir,ir->kr", row_share[:, :, N42], v) for k, v in final.items()}
    moved = {k: np.einsum("kir,ir->kr", to, v) for k, v in flows.items()}
    for name in ("imports_abroad", "inflow_other_provinces"):
        bought = use.sum(1)
        share = np.einsum("kiur,iur->kir", row_share[:, :, :N42], use) / np.where(bought > 0, bought, 1.0)[None]
        share = np.where(bought[None] > 0, share, row_share[:, :, N42])
        moved[name] = np.einsum("kir,ir->kr", share, flows[name])
    return Tables(
        use=new_use, value_added=income, final=ends, exports=moved["exports_abroad"],
        imports=moved["imports_abroad"], outflow=moved["outflow_other_provinces"],
        inflow=moved["inflow_other_provinces"], report=report,
    )  # fmt: skip


def _restructure(column: Array, whole: Array, part: str, structure: pd.Series, share: Array) -> Array:
    """Input column of one part of a split sector: provincial total, national relative input structure."""
    pair = {"oil": ("oil", "cok"), "cok": ("oil", "cok"), "irs": ("irs", "nfm"), "nfm": ("irs", "nfm")}[part]
    weight = np.ones((len(SECTORS), 1))
    other = pair[1] if part == pair[0] else pair[0]
    for k, code in enumerate(SECTORS):
        items = [c for c, parts in TO_CN30.items() if code in parts]
        keys = [code] if code in pair else items
        mine = sum(float(structure.get((part, i), 0.0)) for i in keys)
        theirs = sum(float(structure.get((other, i), 0.0)) for i in keys)
        weight[k] = mine / (mine + theirs) if mine + theirs > 0 else 0.5
    tilted = weight * share[None] / (weight * share[None] + (1 - weight) * (1 - share[None]) + 1e-15)
    return whole * tilted


def _output_shares(nr: int, raw: pd.DataFrame) -> dict[str, Array]:
    """Provincial share of each part in the output of its split sector, from physical output."""
    products = read_table("physical_output_2021").pivot(index="province_code", columns="product", values="value")
    products = products.reindex(list(PROVINCE_CODES)).fillna(0.0)
    value = {k: products[k].to_numpy(float) * p for k, p in PRODUCT_PRICE.items()}
    national = read_table("io_splits_2020", ("parent", "item"))
    oil = national[(national["table"] == "output")].set_index("code")["value"]

    def pair(a: Array, b: Array) -> tuple[Array, Array]:
        s = a / np.maximum(a + b, 1e-12)
        s = np.where(a + b > 0, np.clip(s, 0.0, 1.0), 0.5)
        return s, 1 - s

    out: dict[str, Array] = {}
    out["cru"], out["gas"] = pair(value["crude_oil"], value["natural_gas"])
    steel = value["crude_steel"] / max(value["crude_steel"].sum(), 1e-9) * float(oil["irs"])
    metal = value["ten_nonferrous_metals"] / max(value["ten_nonferrous_metals"].sum(), 1e-9) * float(oil["nfm"])
    out["irs"], out["nfm"] = pair(steel, metal)
    total = raw[raw["row_code"] == "TI"].set_index("province_code").loc[list(PROVINCE_CODES), "s11"].to_numpy(float)
    coke = value["coke"] / max(value["coke"].sum(), 1e-9) * float(oil["cok"])
    size = total / total.sum() * float(oil["oil"] + oil["cok"])
    share = np.clip(coke / np.maximum(size, 1e-9), 0.0, 0.95)
    out["cok"], out["oil"] = share, 1 - share
    out["hea"], out["ely"] = np.full(nr, HEAT_SHARE), np.full(nr, 1 - HEAT_SHARE)
    return out

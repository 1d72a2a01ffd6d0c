"""Step 4, second half: from the 42 published sectors to the sectors of the build, energy split."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from cgebase.arrays import Array
from cgebase.messages import message
from sam.choices import Choices
from sam.classification import N42, NBS42, Classification
from sam.construct.national import control_by_national
from sam.construct.regional import FLOWS, Published, Tables, read_published
from sam.construct.steps import Report
from sam.registry import PROVINCE_CODES
from sam.tables import read_table

#: Provincial outputs that split a sector: product, price in 1e8 yuan per unit of the table.
#: Prices are round 2021 averages (assumption): crude 3,000 yuan/t, gas 1.6 yuan/m3, coke 2,500 yuan/t,
#: crude steel 4,500 yuan/t, ten non-ferrous metals 22,000 yuan/t.
PRODUCT_PRICE = {
    "crude_oil": 0.3, "natural_gas": 1.6, "coke": 0.25, "crude_steel": 0.45, "ten_nonferrous_metals": 2.2,
}  # fmt: skip
HEAT_SHARE = 0.15
"""Share of sector 24 that is heat where nothing else is known (assumption; step 5 replaces it)."""
ODDS = (1e-3, 1e3)
STRUCTURED = ("11", "14")
"""Sectors whose parts have input structures in the national table of 153 sectors."""


def read_regional(
    sectors: Classification, choices: Choices, report: Report, raw: pd.DataFrame | None = None
) -> Tables:
    """Tables of 2021 at the sectors of the build; ``raw`` as in :func:`read_published`."""
    published = read_published(report, choices, raw)
    national = choices.structure == "2020"
    if national:
        control_by_national(published, report)
    return split_sectors(published, sectors, report, national=national)


def split_sectors(p: Published, sectors: Classification, report: Report, *, national: bool) -> Tables:
    """Split 03, 11, 14 and 24 by physical output and national structures; gather the rest by the classification.

    Parameters
    ----------
    national : bool
        Whether the parts of 11 and 14 add up to their outputs in the national table.
    """
    splits = read_table("io_splits_2020", ("parent", "item"))
    use, nr, n = p.use, p.use.shape[2], len(sectors.sectors)
    made = _output_shares(sectors, p.published)
    if national:
        _on_national_split(made, use.sum(0) + sum(p.income.values()), sectors, splits)
    rows = splits[splits["table"] == "row"].set_index(["code", "item"])["value"]
    to = np.zeros((n, N42, nr))
    row_share = np.zeros((n, N42, N42 + 1, nr))
    for i, code in enumerate(NBS42):
        for place, part in enumerate(sectors.parts[code]):
            k = sectors.index[part]
            to[k, i] = made[part] if len(sectors.parts[code]) > 1 else 1.0
            for u in range(N42 + 1):
                item = NBS42[u] if u < N42 else "final"
                if code in STRUCTURED:
                    row_share[k, i, u] = rows[(part, item)]
                elif code == "03":
                    crude = 1.0 if item in ("11", "03") else 0.0
                    row_share[k, i, u] = crude if place == 0 else 1 - crude
                elif code == "24":
                    row_share[k, i, u] = HEAT_SHARE if part == "hea" else 1 - HEAT_SHARE
                else:
                    row_share[k, i, u] = 1.0
    half = np.einsum("kiur,iur->kur", row_share[:, :, :N42], use)
    structure = splits[splits["table"] == "column"].set_index(["code", "item"])["value"]
    new_use = np.zeros((n, n, nr))
    for u, code in enumerate(NBS42):
        for part in sectors.parts[code]:
            a = sectors.index[part]
            column = half[:, u] * to[a, u][None]
            if code in STRUCTURED:
                column = _restructure(column, half[:, u], part, structure, to[a, u], sectors)
            new_use[:, a] += column
    income = {name: np.einsum("kir,ir->kr", to, table) for name, table in p.income.items()}
    ends = {k: np.einsum("kir,ir->kr", row_share[:, :, N42], v) for k, v in p.final.items()}
    moved = {k: np.einsum("kir,ir->kr", to, p.flows[k]) for k in FLOWS}
    for name in ("imports_abroad", "inflow_other_provinces"):
        bought = use.sum(1)
        share = np.einsum("kiur,iur->kir", row_share[:, :, :N42], use) / np.where(bought > 0, bought, 1.0)[None]
        share = np.where(bought[None] > 0, share, row_share[:, :, N42])
        moved[name] = np.einsum("kir,ir->kr", share, p.flows[name])
    parted = [i for i, code in enumerate(NBS42) if len(sectors.parts[code]) > 1]
    report.note(
        "4", message("built.split", count=len(parted), whole=N42, sectors=n),
        cells=len(parted) * nr, value=(use.sum(0) + sum(p.income.values()))[parted].sum(),
    )  # fmt: skip
    return Tables(
        sectors=sectors, use=new_use, value_added=income, final=ends, exports=moved["exports_abroad"],
        imports=moved["imports_abroad"], outflow=moved["outflow_other_provinces"],
        inflow=moved["inflow_other_provinces"], report=report,
        own_share=_own_share(
            new_use.sum(0) + sum(income.values()) - moved["exports_abroad"],
            moved["outflow_other_provinces"], moved["inflow_other_provinces"],
        ),
    )  # fmt: skip


def _own_share(supply: Array, outflow: Array, inflow: Array) -> Array:
    own = np.maximum(supply - outflow, 0.0)
    most = np.minimum(np.maximum(supply, own), own + inflow)
    return np.divide(own, most, out=np.zeros_like(own), where=most > 0)


def _on_national_split(made: dict[str, Array], output: Array, sectors: Classification, splits: pd.DataFrame) -> None:
    """One factor on the odds of the first part in all provinces puts its national share on that of 2020."""
    total = splits[splits["table"] == "output"].set_index("code")["value"]
    for nbs in STRUCTURED:
        first, second = sectors.parts[nbs]
        size, share = output[NBS42.index(nbs)], made[first]
        wanted = float(total[first] / (total[first] + total[second]))

        def gap(odds: float, share: Array = share, size: Array = size, wanted: float = wanted) -> float:
            return float((_tilted(share, odds) * size).sum() / size.sum() - wanted)

        made[first] = _tilted(share, brentq(gap, *ODDS))
        made[second] = 1 - made[first]


def _tilted(share: Array, odds: float) -> Array:
    return odds * share / (odds * share + 1 - share)


def _restructure(
    column: Array, whole: Array, part: str, structure: pd.Series, share: Array, sectors: Classification
) -> Array:
    """Input column of one part of a split sector: provincial total, national relative input structure."""
    pair = next(codes for codes in sectors.parts.values() if part in codes)
    weight = np.ones((len(sectors.sectors), 1))
    other = pair[1] if part == pair[0] else pair[0]
    for k, code in enumerate(sectors.sectors):
        keys = (code,) if code in pair else sectors.nbs(code)
        mine = sum(float(structure.get((part, i), 0.0)) for i in keys)
        theirs = sum(float(structure.get((other, i), 0.0)) for i in keys)
        weight[k] = mine / (mine + theirs) if mine + theirs > 0 else 0.5
    tilted = weight * share[None] / (weight * share[None] + (1 - weight) * (1 - share[None]) + 1e-15)
    return whole * tilted


def _output_shares(sectors: Classification, published: Array) -> dict[str, Array]:
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

    crude, gas = sectors.parts["03"]
    out: dict[str, Array] = {}
    out[crude], out[gas] = pair(value["crude_oil"], value["natural_gas"])
    none = value["crude_oil"] <= 0
    out[crude], out[gas] = np.where(none, 0.0, out[crude]), np.where(none, 1.0, out[gas])
    steel = value["crude_steel"] / max(value["crude_steel"].sum(), 1e-9) * float(oil["irs"])
    metal = value["ten_nonferrous_metals"] / max(value["ten_nonferrous_metals"].sum(), 1e-9) * float(oil["nfm"])
    out["irs"], out["nfm"] = pair(steel, metal)
    total = published[NBS42.index("11")]
    coke = value["coke"] / max(value["coke"].sum(), 1e-9) * float(oil["cok"])
    size = total / total.sum() * float(oil["oil"] + oil["cok"])
    share = np.clip(coke / np.maximum(size, 1e-9), 0.0, 0.95)
    out["cok"], out["oil"] = share, 1 - share
    out["hea"], out["ely"] = np.full(len(total), HEAT_SHARE), np.full(len(total), 1 - HEAT_SHARE)
    return out

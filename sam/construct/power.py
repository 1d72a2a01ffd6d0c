"""Step 5: generation by technology, delivered electricity and heat."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import message
from sam import satellites
from sam.classification import NBS42, Classification
from sam.construct.regional import Tables
from sam.registry import FOSSIL, PROVINCE_CODES, TECHNOLOGIES
from sam.tables import TABLES, read_table

FUEL_LIMIT = 0.62
MATERIALS = {"mac": 0.3, "elc": 0.2, "trn": 0.1, "ifi": 0.2, "bus": 0.2}
"""What power and heat buy beside fuel, cn30 codes and weights (assumption)."""
POWER_NBS = "24"


def assumption(parameter: str, item: str = "all") -> float:
    """Value of a build assumption."""
    t = read_table("build_assumptions").set_index(["parameter", "item"])["value"]
    return float(t[(parameter, item)])


def fuel_prices(sectors: Classification) -> Array:
    """Reference price of each fuel, alike in every province (fuel, r), 1e8 yuan per Mt CO2."""
    price = sectors.figures("build_assumptions", "fuel_price", 0.0)[[sectors.index[c] for c in sectors.fuels]]
    return np.repeat(price[:, None], len(PROVINCE_CODES), axis=1)


def materials(sectors: Classification) -> list[tuple[int, float]]:
    """Position and weight of what power and heat buy; parts of a cn30 sector as electricity buys them nationally."""
    national = pd.read_csv(TABLES / "io_national_2020.csv.gz", dtype={"row_code": str}).set_index("row_code")
    bought = national.loc[list(NBS42), f"s{POWER_NBS}"].astype(float)
    out = []
    for code, weight in MATERIALS.items():
        parts = sectors.children(code)
        size = [sum(bought[n] for n in sectors.nbs(c)) for c in parts]
        out += [(sectors.index[c], weight * s / sum(size)) for c, s in zip(parts, size, strict=True)]
    return out


def physical_flows() -> tuple[Array, Array]:
    """Generation (g, r) and busbar flows (origin, destination) with own use on the diagonal, TWh."""
    regions = list(PROVINCE_CODES)
    twh = (
        satellites.generation().pivot(index="technology", columns="region", values="twh")
        .reindex(index=list(TECHNOLOGIES), columns=regions).fillna(0.0).to_numpy()
    )  # fmt: skip
    flow = np.zeros((len(regions), len(regions)))
    for o, d, v in satellites.network()[["origin", "destination", "twh"]].itertuples(index=False):
        flow[regions.index(o), regions.index(d)] += v
    np.fill_diagonal(flow, 0.0)
    return twh, flow + np.diag(twh.sum(0) - flow.sum(1))


def generate(
    s: Classification, twh: Array, burnt: Array, prices: Array
) -> tuple[Array, Array, dict[str, Array]]:
    """Cost of generation, its inputs and its incomes.

    Parameters
    ----------
    twh : ndarray (g, r)
    burnt : ndarray (fuel, g, r)
        Mt CO2.
    prices : ndarray (fuel, r)
        1e8 yuan per Mt CO2.

    Returns
    -------
    cost (g, r), use (c, g, r), income by labour, tax, capital (g, r); 1e8 yuan
    """
    bought = materials(s)
    cost = twh * np.array([assumption("generation_cost", g) for g in TECHNOLOGIES])[:, None]
    use = np.zeros((len(s.sectors), *twh.shape))
    for g, tech in enumerate(TECHNOLOGIES):
        for f, fuel in enumerate(s.fuels):
            use[s.index[fuel], g] += burnt[f, g] * prices[f]
        fuel_cost = use[:, g].sum(0)
        cost[g] = np.maximum(cost[g], fuel_cost / FUEL_LIMIT)
        rest = cost[g] - fuel_cost
        share = assumption("materials_share", "fossil" if tech in FOSSIL else "other")
        for m, w in bought:
            use[m, g] += rest * share * w
    rest = cost - use.sum(0)
    fossil = np.array([g in FOSSIL for g in TECHNOLOGIES])[:, None]
    labour = cost * np.where(fossil, assumption("labour_share", "fossil") / 2, assumption("labour_share", "other"))
    tax = cost * assumption("tax_share")
    labour = np.minimum(labour, 0.4 * rest)
    tax = np.minimum(tax, 0.2 * rest)
    return cost, use, {"labour": labour, "tax": tax, "capital": rest - labour - tax}


def deliver(t: Tables, cost: Array, flow: Array, twh: Array) -> None:
    """Activity ``ely``: delivers all TWh used at one price, buys busbar electricity, no trade."""
    k = t.sectors.index
    e, h = k["ely"], k["hea"]
    used = flow.sum(0)
    price = cost.sum(0) / twh.sum(0)
    busbar = (flow * price[:, None]).sum(0)
    value = np.maximum(used * assumption("delivered_price"), busbar * 1.2)
    t.use[e, e] = 0.0
    t.use[e, h] *= 0.5
    demand = t.use[e].sum(0) + sum(f[e] for f in t.final.values())
    scale = value / demand
    cells = (t.use[e] > 0).sum() + sum((f[e] > 0).sum() for f in t.final.values())
    t.report.note(
        "5", message("built.kwh", low=scale.min(), high=scale.max()),
        cells=cells, value=np.abs(value - demand).sum(),
    )  # fmt: skip
    t.use[e] *= scale
    for f in t.final.values():
        f[e] *= scale
    t.final["investment"][e] = 0.0
    for x in (t.exports, t.imports, t.outflow, t.inflow):
        x[e] = 0.0
        x[h] = 0.0
    value = t.use[e].sum(0) + sum(f[e] for f in t.final.values())
    margin = value - busbar
    share = assumption("supply_va_share")
    t.use[:, e] = 0.0
    for m, w in materials(t.sectors):
        t.use[m, e] = margin * (1 - share) * w
    t.value_added["labour"][e] = margin * share * 0.3
    t.value_added["tax"][e] = margin * share * 0.1
    t.value_added["capital"][e] = margin * share * 0.6


def supply_heat(t: Tables, burnt: Array, prices: Array) -> None:
    """Activity ``hea``: output from the fuel (fuel, r) the inventory says it burns; sold inside the province."""
    k, h = t.sectors.index, t.sectors.index["hea"]
    fuel = burnt * prices
    output = fuel.sum(0) / assumption("heat_fuel_share")
    t.use[:, h] = 0.0
    for f, c in enumerate(t.sectors.fuels):
        t.use[k[c], h] = fuel[f]
    rest = output - fuel.sum(0)
    t.use[k["ely"], h] = 0.0
    for m, w in materials(t.sectors):
        t.use[m, h] += 0.3 * rest * w
    t.value_added["labour"][h], t.value_added["tax"][h] = 0.3 * rest, 0.02 * rest
    t.value_added["capital"][h] = 0.38 * rest
    t.use[h, h] = 0.0
    t.final["investment"][h] = 0.0
    t.final["cons_government"][h] = 0.0
    demand = t.use[h].sum(0) + t.final["cons_rural"][h] + t.final["cons_urban"][h]
    scale = np.where(demand > 0, output / np.where(demand > 0, demand, 1.0), 0.0)
    t.report.note(
        "5", message("built.heat", value=output.sum()),
        cells=np.count_nonzero(demand), value=np.abs(output - demand).sum(),
    )  # fmt: skip
    t.use[h] *= scale
    t.final["cons_rural"][h] *= scale
    t.final["cons_urban"][h] *= scale

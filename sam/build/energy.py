"""Steps 5 and 6: electricity in TWh, generation by technology, heat, and fuel cells that carry the inventory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam import satellites
from sam.build.regional import SECTORS, Tables
from sam.controls import FEEDSTOCK
from sam.registry import PROVINCE_CODES
from sam.tables import read_table

Array = np.ndarray
TECHNOLOGIES = ("gco", "gga", "ghy", "gnu", "gwi", "gso", "gbi")
FUEL_OF = {"gco": "coa", "gga": "gas"}
FUELS = ("coa", "cok", "oil", "gas")
HOUSEHOLDS = ("hh:rural", "hh:urban")
OUTPUT_BAND = 60.0
"""Largest emissions per output, t per 1e4 yuan (Mt per 1e8 yuan x 100), that an activity may carry."""
TINY = 2e-5
SPECK = 4e-7
"""Tonnes whose fuel is worth less than this share of provincial GDP join the largest user that is no power plant."""
MATERIALS = ("mac", "elc", "trn", "ifi", "bus")
MATERIAL_WEIGHTS = (0.3, 0.2, 0.1, 0.2, 0.2)
FUEL_LIMIT = 0.62


def assumption(parameter: str, item: str = "all") -> float:
    """Value of a build assumption."""
    t = read_table("build_assumptions").set_index(["parameter", "item"])["value"]
    return float(t[(parameter, item)])


@dataclass
class Energy:
    """Electricity and emissions attached to the tables.

    Parameters
    ----------
    twh : ndarray (g, r)
        Generation.
    flow : ndarray (r, r)
        Busbar electricity from row to column province, own use on the diagonal, TWh.
    cost : ndarray (g, r)
        Busbar cost of each technology, 1e8 yuan.
    gen_use : ndarray (c, g, r)
    gen_income : dict of ndarray (g, r)
    tonnes : ndarray (fuel, user, r)
        Users: sectors, technologies, households; Mt.
    process : ndarray (sector, r)
    """

    twh: Array
    flow: Array
    cost: Array
    gen_use: Array
    gen_income: dict[str, Array]
    tonnes: Array
    process: Array

    @property
    def price(self) -> Array:
        """Mean busbar price of each province of origin, 1e8 yuan per TWh."""
        return self.cost.sum(0) / self.twh.sum(0)


USERS = (*SECTORS, *TECHNOLOGIES, *HOUSEHOLDS)


def attach_energy(t: Tables) -> Energy:
    """Rewrite electricity, heat and fuel cells of the tables; returns the physical accounts."""
    regions = list(PROVINCE_CODES)
    nr = len(regions)
    k = {c: i for i, c in enumerate(SECTORS)}
    twh = (
        satellites.generation().pivot(index="technology", columns="region", values="twh")
        .reindex(index=list(TECHNOLOGIES), columns=regions).fillna(0.0).to_numpy()
    )  # fmt: skip
    links = satellites.network()
    flow = np.zeros((nr, nr))
    for o, d, v in links[["origin", "destination", "twh"]].itertuples(index=False):
        flow[regions.index(o), regions.index(d)] += v
    np.fill_diagonal(flow, 0.0)
    flow += np.diag(twh.sum(0) - flow.sum(1))
    tonnes, process = _inventory(t, regions)
    _move_poison(t, tonnes, process, regions)

    # generation: cost, fuels on their tonnes, the rest by share
    cost = twh * np.array([assumption("generation_cost", g) for g in TECHNOLOGIES])[:, None]
    gen_use = np.zeros((len(SECTORS), len(TECHNOLOGIES), nr))
    for g, tech in enumerate(TECHNOLOGIES):
        burnt = tonnes[:, USERS.index(tech)]
        for f, fuel in enumerate(FUELS):
            gen_use[k[fuel], g] += burnt[f] * assumption("fuel_price", fuel)
        fuel_cost = gen_use[:, g].sum(0)
        cost[g] = np.maximum(cost[g], fuel_cost / FUEL_LIMIT)
        rest = cost[g] - fuel_cost
        share = assumption("materials_share", "fossil" if tech in FUEL_OF else "other")
        for m, w in zip(MATERIALS, MATERIAL_WEIGHTS, strict=True):
            gen_use[k[m], g] += rest * share * w
    rest = cost - gen_use.sum(0)
    fossil = np.array([g in FUEL_OF for g in TECHNOLOGIES])[:, None]
    labour = cost * np.where(fossil, assumption("labour_share", "fossil") / 2, assumption("labour_share", "other"))
    tax = cost * assumption("tax_share")
    labour = np.minimum(labour, 0.4 * rest)
    tax = np.minimum(tax, 0.2 * rest)
    income = {"labour": labour, "tax": tax, "capital": rest - labour - tax}

    before = sum(v[k["ely"]] + v[k["hea"]] for v in t.value_added.values())
    _supply(t, k, cost, flow, twh)
    _heat(t, k, tonnes)
    after = sum(v.sum(0) for v in income.values())
    after = after + sum(v[k["ely"]] + v[k["hea"]] for v in t.value_added.values())
    others = [k[c] for c in SECTORS[1:23] if c not in ("ely", "hea")]
    pool = sum(v[others].sum(0) for v in t.value_added.values())
    factor = (pool + before - after) / pool
    if (factor <= 0.3).any():
        bad = [regions[j] for j in np.flatnonzero(factor <= 0.3)]
        t.report.append(f"industry squeezed below 30 % by electricity value added in {bad}")
    t.report.append(
        f"electricity and heat value added {before.sum():,.0f} -> {after.sum():,.0f}; other industry x "
        f"{factor.min():.2f} to {factor.max():.2f} so that industry keeps its published total"
    )
    for v in t.value_added.values():
        v[others] *= factor
    t.use[:, others] *= factor
    _recalibrate(t, k, tonnes, regions)
    return Energy(twh, flow, cost, gen_use, income, tonnes, process)


def _inventory(t: Tables, regions: list[str]) -> tuple[Array, Array]:
    weights = []
    for c in FUELS:
        table = t.use[SECTORS.index(c)]
        for a, code in enumerate(SECTORS):
            weights += [(r, code, c, table[a, j]) for j, r in enumerate(regions)]
    shares = pd.DataFrame(weights, columns=["region", "activity", "carrier", "weight"])
    em = satellites.activity_emissions(shares=shares)
    tonnes = np.zeros((len(FUELS), len(USERS), len(regions)))
    process = np.zeros((len(SECTORS), len(regions)))
    for r, user, carrier, mt in em[["region", "user", "carrier", "mt"]].itertuples(index=False):
        j = regions.index(r)
        if carrier == "process":
            process[SECTORS.index(user), j] += mt
        else:
            tonnes[FUELS.index(carrier), USERS.index(user), j] += mt
    return tonnes, process


def _move_poison(t: Tables, tonnes: Array, process: Array, regions: list[str]) -> None:
    """Move tonnes off activities too small to carry them to the largest emitter of the fuel there."""
    output = t.output
    gdp = sum(v.sum(0) for v in t.value_added.values())
    moved = 0.0
    price = np.array([assumption("fuel_price", c) for c in FUELS])
    for j in range(len(regions)):
        for f in range(len(FUELS)):
            column = tonnes[f, :, j]
            speck = (column > 0) & (column * price[f] < SPECK * gdp[j])
            plant = np.isin(USERS, TECHNOLOGIES)
            speck &= ~plant
            column[int(np.argmax(np.where(plant, 0.0, column)))] += column[speck].sum()
            column[speck] = 0.0
    for j, r in enumerate(regions):
        for a, code in enumerate(SECTORS):
            if code == "hea":
                continue
            total = tonnes[:, a, j].sum() + process[a, j]
            limit = OUTPUT_BAND / 100 * output[a, j]
            if total <= limit and output[a, j] > TINY * gdp[j]:
                continue
            keep = 0.0 if output[a, j] <= TINY * gdp[j] else limit / total
            for f in range(len(FUELS)):
                excess = (1 - keep) * tonnes[f, a, j]
                if excess <= 0:
                    continue
                room = tonnes[f, : len(SECTORS), j].copy()
                room[a] = 0.0
                room[output[:, j] <= 100 * TINY * gdp[j]] = 0.0
                room[SECTORS.index("hea")] = 0.0
                to = int(np.argmax(room)) if room.max() > 0 else SECTORS.index("pub")
                tonnes[f, to, j] += excess
                tonnes[f, a, j] -= excess
                moved += excess
                if excess > 0.05:
                    t.report.append(f"{r}: {excess:.2f} Mt of {FUELS[f]} moved from {code} to {SECTORS[to]}")
            if keep < 1 and process[a, j] > 0:
                nmm = SECTORS.index("nmm")
                process[nmm, j] += (1 - keep) * process[a, j] if nmm != a else 0.0
                process[a, j] *= keep if nmm != a else 1.0
    t.report.append(f"{moved:.1f} Mt moved off activities too small to carry them")


def _supply(t: Tables, k: dict[str, int], cost: Array, flow: Array, twh: Array) -> None:
    """Activity ``ely``: delivers all TWh used at one price, buys busbar electricity, no trade."""
    e, h = k["ely"], k["hea"]
    used = flow.sum(0)
    price = cost.sum(0) / twh.sum(0)
    busbar = (flow * price[:, None]).sum(0)
    value = np.maximum(used * assumption("delivered_price"), busbar * 1.2)
    t.use[e, e] = 0.0
    t.use[e, h] *= 0.5
    demand = t.use[e].sum(0) + sum(f[e] for f in t.final.values())
    scale = value / demand
    t.report.append(f"electricity rows scaled by {scale.min():.2f} to {scale.max():.2f} to one price per kWh")
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
    for m, w in zip(MATERIALS, MATERIAL_WEIGHTS, strict=True):
        t.use[k[m], e] = margin * (1 - share) * w
    t.value_added["labour"][e] = margin * share * 0.3
    t.value_added["tax"][e] = margin * share * 0.1
    t.value_added["capital"][e] = margin * share * 0.6


def _heat(t: Tables, k: dict[str, int], tonnes: Array) -> None:
    """Activity ``hea``: output from the fuel the inventory says it burns; sold inside the province."""
    h = k["hea"]
    burnt = tonnes[:, h]
    fuel = np.stack([burnt[f] * assumption("fuel_price", c) for f, c in enumerate(FUELS)])
    output = fuel.sum(0) / assumption("heat_fuel_share")
    t.use[:, h] = 0.0
    for f, c in enumerate(FUELS):
        t.use[k[c], h] = fuel[f]
    rest = output - fuel.sum(0)
    t.use[k["ely"], h] = 0.0
    for m, w in zip(MATERIALS, MATERIAL_WEIGHTS, strict=True):
        t.use[k[m], h] += 0.3 * rest * w
    t.value_added["labour"][h], t.value_added["tax"][h] = 0.3 * rest, 0.02 * rest
    t.value_added["capital"][h] = 0.38 * rest
    t.use[h, h] = 0.0
    t.final["investment"][h] = 0.0
    t.final["cons_government"][h] = 0.0
    demand = t.use[h].sum(0) + t.final["cons_rural"][h] + t.final["cons_urban"][h]
    scale = np.where(demand > 0, output / np.where(demand > 0, demand, 1.0), 0.0)
    t.use[h] *= scale
    t.final["cons_rural"][h] *= scale
    t.final["cons_urban"][h] *= scale


def _recalibrate(t: Tables, k: dict[str, int], tonnes: Array, regions: list[str]) -> None:
    """Put every fuel cell with tonnes inside the price band around its reference price."""
    table = read_table("build_assumptions").set_index(["parameter", "item"])
    touched = 0
    for f, c in enumerate(FUELS):
        low, high = (float(table.loc[("fuel_price", c), s]) for s in ("low", "high"))
        low, high = low * 1.15, high / 1.15
        for a in range(len(SECTORS)):
            if SECTORS[a] == "hea":
                continue
            mt = tonnes[f, a]
            cell = t.use[k[c], a]
            feedstock = (c, SECTORS[a]) in FEEDSTOCK
            new = np.maximum(cell, low * mt) if feedstock else np.clip(cell, low * mt, high * mt)
            new = np.where(mt > 0, new, cell)
            touched += int((np.abs(new - cell) > 1e-9).sum())
            t.use[k[c], a] = new
        for i, name in enumerate(("cons_rural", "cons_urban")):
            mt = tonnes[f, len(SECTORS) + len(TECHNOLOGIES) + i]
            cell = t.final[name][k[c]]
            new = np.where(mt > 0, np.clip(cell, low * mt, high * mt), cell)
            touched += int((np.abs(new - cell) > 1e-9).sum())
            t.final[name][k[c]] = new
    t.report.append(f"{touched} fuel cells moved into the price band")

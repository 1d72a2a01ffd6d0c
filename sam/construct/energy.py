"""Steps 5 and 6: electricity in TWh, generation by technology, heat, and fuel cells that carry the inventory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import listed, message
from sam import satellites
from sam.choices import Choices
from sam.classification import Classification
from sam.construct.mines import COAL, CRUDE, PER_MT, Coal, coal_in_tonnes, open_mines, pay_miners
from sam.construct.power import deliver, fuel_prices, generate, physical_flows, supply_heat
from sam.construct.regional import Tables
from sam.controls import is_feedstock
from sam.registry import HOUSEHOLDS, PROVINCE_CODES, TECHNOLOGIES
from sam.tables import read_table

AT_HOME = tuple(f"hh:{k}" for k in HOUSEHOLDS)
"""Households as users of fuel."""
OUTPUT_BAND = 60.0
"""Largest emissions per output, t per 1e4 yuan (Mt per 1e8 yuan x 100), that an activity may carry."""
TINY = 2e-5
SPECK = 4e-7
"""Tonnes whose fuel is worth less than this share of provincial GDP join the largest user that is no power plant."""
BAND_MARGIN = 1.15
"""The joint balance moves fuel cells a little, so that they start inside the price band by this factor."""


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
    coal : Coal
        Coal in tonnes.
    """

    twh: Array
    flow: Array
    cost: Array
    gen_use: Array
    gen_income: dict[str, Array]
    tonnes: Array
    process: Array
    coal: Coal

    @property
    def price(self) -> Array:
        """Mean busbar price of each province of origin, 1e8 yuan per TWh."""
        return self.cost.sum(0) / self.twh.sum(0)


def users_of(sectors: Classification) -> tuple[str, ...]:
    """Who emits: sectors, technologies, households."""
    return (*sectors.sectors, *TECHNOLOGIES, *AT_HOME)


def attach_energy(t: Tables, choices: Choices) -> Energy:
    """Rewrite electricity, heat and fuel cells of the tables; returns the physical accounts."""
    regions, k, n = list(PROVINCE_CODES), t.sectors.index, len(t.sectors.sectors)
    twh, flow = physical_flows()
    made = [k[c] for c in (COAL, CRUDE, "ely", "hea")]
    before = sum(v[made].sum(0) for v in t.value_added.values())
    open_mines(t)
    tonnes, process = _inventory(t, regions, choices)
    _move_poison(t, tonnes, process, regions)
    coal = coal_in_tonnes(t, users_of(t.sectors), tonnes[t.sectors.fuels.index(COAL)], choices)
    prices = fuel_prices(t.sectors)
    prices[t.sectors.fuels.index(COAL)] = PER_MT * coal.per_co2 * coal.price
    cost, gen_use, income = generate(t.sectors, twh, tonnes[:, n : n + len(TECHNOLOGIES)], prices)

    deliver(t, cost, flow, twh)
    supply_heat(t, tonnes[:, k["hea"]], prices)
    pay_miners(t, coal)
    after = sum(v.sum(0) for v in income.values())
    after = after + sum(v[made].sum(0) for v in t.value_added.values())
    others = [a for a in t.sectors.industry if a not in made]
    pool = sum(v[others].sum(0) for v in t.value_added.values())
    factor = (pool + before - after) / pool
    if (factor <= 0.3).any():
        bad = [regions[j] for j in np.flatnonzero(factor <= 0.3)]
        t.report.note("5", message("built.squeezed", regions=listed(bad)))
    t.report.note(
        "5", message("built.industry", before=before.sum(), after=after.sum(), low=factor.min(), high=factor.max()),
        cells=len(others) * len(regions), value=np.abs(pool * (factor - 1)).sum(),
    )  # fmt: skip
    for v in t.value_added.values():
        v[others] *= factor
    t.use[:, others] *= factor
    _recalibrate(t, tonnes)
    return Energy(twh, flow, cost, gen_use, income, tonnes, process, coal)


def _inventory(t: Tables, regions: list[str], choices: Choices) -> tuple[Array, Array]:
    s, users = t.sectors, users_of(t.sectors)
    weights = []
    for c in s.fuels:
        bought = {code: t.use[s.index[c], a] for a, code in enumerate(s.sectors)}
        bought |= {h: t.final["cons_" + h.removeprefix("hh:")][s.index[c]] for h in AT_HOME}
        weights += [(r, code, c, v[j]) for code, v in bought.items() for j, r in enumerate(regions)]
    shares = pd.DataFrame(weights, columns=["region", "activity", "carrier", "weight"])
    em = satellites.activity_emissions(choices.inventory_name, shares, s.name)
    tonnes = np.zeros((len(s.fuels), len(users), len(regions)))
    process = np.zeros((len(s.sectors), len(regions)))
    for r, user, carrier, mt in em[["region", "user", "carrier", "mt"]].itertuples(index=False):
        j = regions.index(r)
        if carrier == "process":
            process[s.index[user], j] += mt
        else:
            tonnes[s.fuels.index(carrier), users.index(user), j] += mt
    return tonnes, process


def _move_poison(t: Tables, tonnes: Array, process: Array, regions: list[str]) -> None:
    """Move tonnes off activities too small to carry them to the largest emitter of the fuel there."""
    s, output, users = t.sectors, t.output, users_of(t.sectors)
    gdp = sum(v.sum(0) for v in t.value_added.values())
    moved, cells = 0.0, 0
    price = fuel_prices(s)
    plant = np.isin(users, TECHNOLOGIES)
    for j in range(len(regions)):
        for f in range(len(s.fuels)):
            column = tonnes[f, :, j]
            speck = (column > 0) & (column * price[f, j] < SPECK * gdp[j])
            speck &= ~plant
            column[int(np.argmax(np.where(plant, 0.0, column)))] += column[speck].sum()
            column[speck] = 0.0
    heat, minerals = s.index["hea"], s.index["nmm"]
    for j, r in enumerate(regions):
        for a, code in enumerate(s.sectors):
            if a == heat:
                continue
            total = tonnes[:, a, j].sum() + process[a, j]
            limit = OUTPUT_BAND / 100 * output[a, j]
            if total <= limit and output[a, j] > TINY * gdp[j]:
                continue
            keep = 0.0 if output[a, j] <= TINY * gdp[j] else limit / total
            for f, fuel in enumerate(s.fuels):
                excess = (1 - keep) * tonnes[f, a, j]
                if excess <= 0:
                    continue
                room = tonnes[f, : len(s.sectors), j].copy()
                room[a] = 0.0
                room[output[:, j] <= 100 * TINY * gdp[j]] = 0.0
                room[heat] = 0.0
                to = int(np.argmax(room)) if room.max() > 0 else len(s.sectors) - 1
                tonnes[f, to, j] += excess
                tonnes[f, a, j] -= excess
                moved += excess
                cells += 1
                if excess > 0.05:
                    said = message("built.fuel", region=r, mt=excess, fuel=fuel, old=code, new=s.sectors[to])
                    t.report.note("6", said)
            if keep < 1 and process[a, j] > 0:
                process[minerals, j] += (1 - keep) * process[a, j] if minerals != a else 0.0
                process[a, j] *= keep if minerals != a else 1.0
    t.report.note(
        "6", message("built.carried", mt=moved), cells=cells, value=moved, unit="Mt CO2"
    )


def _recalibrate(t: Tables, tonnes: Array) -> None:
    """Put every fuel cell with tonnes inside the price band around its reference price; coal has its own."""
    table = read_table("build_assumptions").set_index(["parameter", "item"])
    s = t.sectors
    heat, households = s.index["hea"], len(s.sectors) + len(TECHNOLOGIES)
    touched, moved = 0, 0.0
    for f, c in enumerate(s.fuels):
        if c == COAL:
            continue
        low, high = (float(table.loc[("fuel_price", s.parent[c]), x]) for x in ("low", "high"))
        low, high = low * BAND_MARGIN, high / BAND_MARGIN
        row = t.use[s.index[c]]
        places = [(row, a, is_feedstock(c, code, s.parent), a) for a, code in enumerate(s.sectors) if a != heat]
        places += [
            (t.final[name], s.index[c], False, households + i) for i, name in enumerate(("cons_rural", "cons_urban"))
        ]
        for block, k, feedstock, user in places:
            mt, cell = tonnes[f, user], block[k]
            new = np.maximum(cell, low * mt) if feedstock else np.clip(cell, low * mt, high * mt)
            new = np.where(mt > 0, new, cell)
            touched += int((np.abs(new - cell) > 1e-9).sum())
            moved += float(np.abs(new - cell).sum())
            block[k] = new
    t.report.note("6", message("built.band", count=touched), cells=touched, value=moved)

"""Step 7: final demand and foreign trade of provinces, gravity prior of bilateral trade, import taxes, margins."""

from __future__ import annotations

import numpy as np

from cgebase.arrays import Array
from cgebase.messages import message
from sam.choices import Choices
from sam.classification import LOCAL, Classification
from sam.construct.regional import Tables
from sam.controls import MARGIN
from sam.registry import PROVINCE_CODES
from sam.satellites import distance
from sam.tables import read_mapping, read_table

ROOM = 0.3
"""Share of their own purchases of transport that users keep at least."""
FINAL = ("cons_rural", "cons_urban", "cons_government", "investment")


def blend_final(t: Tables, targets: dict[str, float]) -> None:
    """Provincial totals: mean of the 2017 pattern and the 2021 indicator, at the national target."""
    codes, held_rows = list(PROVINCE_CODES), t.sectors.held
    survey = read_table("household_2021").set_index("province_code").loc[codes]
    fiscal = read_table("fiscal_2021").set_index("province_code").loc[codes]
    trade = read_table("trade_2021").set_index("province_code").loc[codes]
    household = t.final["cons_rural"].sum() + t.final["cons_urban"].sum()
    sizes = {k: targets["household"] * t.final[k].sum() / household for k in ("cons_rural", "cons_urban")}
    sizes |= {"cons_government": targets["cons_government"], "investment": targets["investment"]}
    indicator = {
        "cons_rural": survey["survey_consumption_rural_1e8"], "cons_urban": survey["survey_consumption_urban_1e8"],
        "cons_government": fiscal["general_budget_expenditure"],
    }  # fmt: skip
    for k in FINAL:
        before = t.final[k]
        now = before.sum(0)
        share = now / now.sum()
        if k in indicator:
            x = indicator[k].to_numpy(float)
            share = (share + x / x.sum()) / 2
        held = before[held_rows].sum(0)
        rest = now - held
        factor = np.maximum(share * sizes[k] - held, 0.0) / np.where(rest > 0, rest, 1.0)
        t.final[k] = np.where(held_rows[:, None], before, before * factor[None])
        t.report.note(
            "7", message("built.scaled", name=k, low=factor.min(), high=factor.max()),
            cells=np.count_nonzero(t.final[k] - before), value=np.abs(t.final[k] - before).sum(),
        )  # fmt: skip
    for name, table, column, total in (
        ("exports", t.exports, "exports_by_origin_1e8USD", targets["exports"]),
        ("imports", t.imports, "imports_by_destination_1e8USD", None),
    ):
        x = trade[column].to_numpy(float)
        now = table.sum(0)
        size = now.sum() if total is None else total
        share = (now / now.sum() + x / x.sum()) / 2
        factor = share * size / np.where(now > 0, now, 1.0)
        moved = np.abs(table * (factor - 1)[None]).sum()
        t.report.note(
            "7", message("built.scaled", name=name, low=factor.min(), high=factor.max()),
            cells=np.count_nonzero(table), value=moved,
        )  # fmt: skip
        table *= factor[None]


def gravity_prior(t: Tables, outflow: Array, inflow: Array, choices: Choices) -> Array:
    """Bilateral trade (c, origin, destination) with provincial out- and inflows, by iterative fitting."""
    elasticity = _gravity(t.sectors, "distance_elasticity_ppml") * choices.gravity
    nr = len(PROVINCE_CODES)
    far = np.where(np.eye(nr) > 0, 1.0, distance())
    out = np.zeros((len(t.sectors.sectors), nr, nr))
    for k, c in enumerate(t.sectors.sectors):
        if c in LOCAL:
            continue
        supply, need = outflow[k].copy(), inflow[k].copy()
        if supply.sum() <= 0 or need.sum() <= 0:
            continue
        size = np.sqrt(supply.sum() * need.sum())
        supply, need = supply * size / supply.sum(), need * size / need.sum()
        table = supply[:, None] * need[None] * far ** float(elasticity[k]) * (1 - np.eye(nr))
        for _ in range(200):
            table *= np.divide(supply, table.sum(1), out=np.zeros(nr), where=table.sum(1) > 0)[:, None]
            table *= np.divide(need, table.sum(0), out=np.zeros(nr), where=table.sum(0) > 0)[None]
        out[k] = table
    off = np.abs(out.sum(2) - outflow)[outflow > 0].sum()
    t.report.note(
        "7", message("built.gravity", count=np.count_nonzero(out), value=out.sum(), off=off),
        cells=np.count_nonzero(out), value=out.sum(),
    )  # fmt: skip
    return out


def residual_flows(t: Tables, made: Array, demand: Array, own_share: Array) -> tuple[Array, Array]:
    """Out- and inflow as what markets leave when provinces meet a share of their demand themselves.

    Parameters
    ----------
    made : ndarray (c, r)
        Output less exports.
    demand : ndarray (c, r)
        Demand less imports.
    own_share : ndarray (c, r)
        Share of the smaller of both that stays.

    Returns
    -------
    outflow, inflow : ndarray (c, r), 1e8 yuan

    Notes
    -----
    The rule of TERM, where one share by good serves all regions: Horridge, Madden and Wittwer (2005), Journal of
    Policy Modeling 27.
    """
    own = np.minimum(made, demand) * own_share
    outflow, inflow = np.maximum(made - own, 0.0), np.maximum(demand - own, 0.0)
    for flow, before in ((outflow, t.outflow), (inflow, t.inflow)):
        flow[[t.sectors.index[c] for c in LOCAL]] = 0.0
        t.report.note(
            "7", message("built.left", before=before.sum(), after=flow.sum()),
            cells=np.count_nonzero(flow), value=np.abs(flow - before).sum(),
        )  # fmt: skip
    return outflow, inflow


def term_shares(sectors: Classification) -> Array:
    """Own shares by good (c, 1): the intraregional share of the interregional table of 2007.

    They come from regions larger than a province, so that they overstate what stays.
    """
    return _gravity(sectors, "intraregional_share")[:, None]


def _gravity(sectors: Classification, column: str) -> Array:
    """A column of the gravity table by code; 0 where goods do not travel."""
    figures = gravity_figures(column)
    return np.array([0.0 if c in LOCAL else figures[c] for c in sectors.sectors], dtype=float)


def gravity_figures(column: str) -> dict[str, float]:
    """A column of the gravity table by the codes of all lists of the build."""
    table = read_table("gravity", ("sector17",)).set_index("sector17")[column]
    group = read_mapping("sectors_to_gravity17", ("sector17",)).set_index("code")["sector17"]
    return {code: float(table[sector]) for code, sector in group.items()}


def import_tax_rates(sectors: Classification) -> Array:
    """Duty and VAT on imports by commodity, fraction of cif value."""
    return sectors.figures("build_assumptions", "import_tax", 0.0)


def margin_rates(sectors: Classification) -> Array:
    """Transport margin on goods from another province, fraction of their price, (c, origin, destination)."""
    cost = sectors.figures("build_assumptions", "freight_cost", 0.0)
    return cost[:, None, None] * distance()[None] / 1000.0


def carve_import_tax(t: Tables, rates: Array) -> Array:
    """Take what imports pay out of the production taxes that published value added holds; revenue by province."""
    revenue = (rates[:, None] * t.imports).sum(0)
    base = np.maximum(t.value_added["tax"], 0.0)
    t.value_added["tax"] -= base * (revenue / base.sum(0))[None]
    part = revenue / base.sum(0)
    t.report.note(
        "7", message("built.duties", value=revenue.sum(), rate=revenue.sum() / base.sum(), part=part.max(),
                     region=PROVINCE_CODES[int(np.argmax(part))]),
        cells=np.count_nonzero(base), value=revenue.sum(),
    )  # fmt: skip
    return revenue


def make_room(t: Tables, margins: Array) -> None:
    """Users buy less transport themselves where it now comes with the goods."""
    trn = t.sectors.index[MARGIN]
    bought, margin = t.use[trn].sum(0), margins.sum((0, 1))
    t.use[trn] *= np.maximum(1 - margin / bought, ROOM)[None]
    t.report.note(
        "7", message("built.margins", value=margin.sum()),
        cells=np.count_nonzero(margins), value=margin.sum(),
    )  # fmt: skip

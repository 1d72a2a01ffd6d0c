"""Step 8: households, enterprises, governments, saving and the rest of the world; cells of the SAM."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import message
from sam.classification import BUSBAR, Classification
from sam.construct.energy import Energy
from sam.construct.joint import Flows
from sam.construct.power import assumption
from sam.construct.regional import Tables
from sam.controls import MARGIN
from sam.registry import HOUSEHOLDS, PROVINCE_CODES, TECHNOLOGIES
from sam.tables import read_table


def sam_cells(t: Tables, e: Energy, f: Flows) -> pd.DataFrame:
    """All cells in long form, balanced by construction of the institutions' accounts."""
    regions, nr, s = PROVINCE_CODES, len(PROVINCE_CODES), t.sectors
    n, activities, resource = len(s.sectors), (*s.sectors, *TECHNOLOGIES), resource_shares(s)
    rows: list[tuple[str, str, float]] = []

    def put(row: str, column: str, value: float) -> None:
        if value != 0.0:
            rows.append((row, column, float(value)))

    busbar = e.flow * e.price[:, None]
    income = {k: np.zeros(nr) for k in ("labour", "capital", "resource", "tax")} | {"duty": f.import_tax.sum(0)}
    ely = s.index["ely"]
    gaps = f.use.sum(0) + sum(t.value_added.values()) - f.output
    gaps[ely] += busbar.sum(0)
    for j, r in enumerate(regions):
        for a, code in enumerate(activities):
            if a < n:
                out, source, i = f.output[a, j], t.value_added, a
                used = f.use[:, a, j]
            else:
                i = a - n
                out, source, used = e.cost[i, j], e.gen_income, e.gen_use[:, i, j]
            if out <= 0:
                continue
            put(f"act:{code}:{r}", f"com:{code if a < n else BUSBAR}:{r}", out)
            for c in np.flatnonzero(used):
                put(f"com:{s.sectors[c]}:{r}", f"act:{code}:{r}", used[c])
            if code == "ely":
                put(f"com:{BUSBAR}:{r}", f"act:ely:{r}", busbar[:, j].sum())
            capital = source["capital"][i, j] - (gaps[a, j] if a < n else 0.0)
            share = resource[code]
            for name, value in (
                ("labour", source["labour"][i, j]), ("capital", capital * (1 - share)), ("resource", capital * share),
            ):  # fmt: skip
                put(f"fac:{name}:{r}", f"act:{code}:{r}", value)
                income[name][j] += value
            put(f"tax:production:{r}", f"act:{code}:{r}", source["tax"][i, j])
            income["tax"][j] += source["tax"][i, j]
        for d, other in enumerate(regions):
            if j != d:
                put(f"com:{BUSBAR}:{r}", f"com:{BUSBAR}:{other}", busbar[j, d])
                for c in np.flatnonzero(f.trade[:, j, d]):
                    put(f"com:{s.sectors[c]}:{r}", f"com:{s.sectors[c]}:{other}", f.trade[c, j, d])
        for i, code in enumerate(s.sectors):
            put(f"com:{code}:{r}", "row", f.exports[i, j])
            put("row", f"com:{code}:{r}", f.imports[i, j])
            put(f"tax:import:{r}", f"com:{code}:{r}", f.import_tax[i, j])
            put(f"com:{MARGIN}:{r}", f"com:{code}:{r}", f.margins[i, :, j].sum())
            put(f"com:{code}:{r}", f"hh:rural:{r}", f.final["cons_rural"][i, j])
            put(f"com:{code}:{r}", f"hh:urban:{r}", f.final["cons_urban"][i, j])
            put(f"com:{code}:{r}", f"gov:{r}", f.final["cons_government"][i, j])
            put(f"com:{code}:{r}", f"inv:{r}", f.final["investment"][i, j])
    institutions = len(rows)
    _budgets(put, f, income)
    t.report.note(
        "8", message("built.closed"),
        cells=len(rows) - institutions, value=sum(v for *_, v in rows[institutions:]),
    )  # fmt: skip
    return pd.DataFrame(rows, columns=["row", "column", "value"])


def resource_shares(sectors: Classification) -> dict[str, float]:
    """Share of the resource in capital income by activity; the parent's where a code has no row."""
    table = read_table("build_assumptions").query("parameter == 'resource_share'").set_index("item")["value"]
    own = {c: float(table.get(c, table.get(sectors.parent[c], 0.0))) for c in sectors.sectors}
    return own | {g: float(table.get(g, 0.0)) for g in TECHNOLOGIES}


def asked_income() -> Array:
    """Disposable income of the household survey over its consumption, (r,)."""
    survey = read_table("household_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    people = read_table("population_2021").set_index("region").loc[list(PROVINCE_CODES), "population_1e4"]
    spent = survey[[f"survey_consumption_{h}_1e8" for h in HOUSEHOLDS]].sum(axis=1)
    return (survey["disposable_income_pc"] * people / 1e4 / spent).to_numpy(float)


def _budgets(put, f: Flows, income: dict[str, Array]) -> None:  # type: ignore[no-untyped-def]
    """Incomes, taxes, transfers and saving that close every institution exactly.

    Enterprises of the nation are the account that capital income enters: they keep their saving and pay out the rest.
    Households of a province get of it what makes their saving over income stand to the nation's as in the survey.
    """
    regions = PROVINCE_CODES
    spend = np.stack([f.final["cons_rural"].sum(0), f.final["cons_urban"].sum(0)])
    wage = income["labour"][None] * spend / spend.sum(0)[None]
    earned = float(income["capital"].sum() + income["resource"].sum())
    made = float(sum(v.sum() for v in income.values()))
    retained = assumption("retained_earnings") * made
    pool = earned - retained
    rate = assumption("income_tax")
    direct = rate * (income["labour"].sum() + pool)
    centre = assumption("central_share")
    government = f.final["cons_government"].sum(0)
    fiscal = read_table("fiscal_2021").set_index("province_code").loc[list(regions)]
    gap = (fiscal["general_budget_expenditure"] - fiscal["general_budget_revenue"]).to_numpy(float)
    gap = np.maximum(gap, 0.0)
    indirect = income["tax"] + income["duty"]
    total_tax = indirect.sum() + direct
    grant = gap / gap.sum() * centre * total_tax
    investment = f.final["investment"].sum()
    foreign = f.imports.sum() - f.exports.sum()
    saving = investment - foreign - retained
    want_all = spend * asked_income()
    want_all *= (spend.sum() + saving) / want_all.sum()
    share = np.full_like(spend, 1 / spend.size)
    for _ in range(200):
        paid = rate * (wage + share * pool)
        tax = indirect + paid.sum(0)
        transfer = (1 - centre) * tax + grant - government
        part = transfer[None] * spend / spend.sum(0)[None]
        want = np.maximum((want_all - part) / (1 - rate) - wage, 0.02 * spend)
        share = want / want.sum()
    paid = rate * (wage + share * pool)
    tax = indirect + paid.sum(0)
    to_centre = centre * tax
    grant = gap / gap.sum() * to_centre.sum()
    transfer = tax - to_centre + grant - government
    part = transfer[None] * spend / spend.sum(0)[None]
    kept = wage + share * pool - paid + part - spend
    put("sav", "pool:capital", retained)
    for j, r in enumerate(regions):
        put("pool:capital", f"fac:capital:{r}", income["capital"][j])
        put("pool:capital", f"fac:resource:{r}", income["resource"][j])
        put(f"gov:{r}", f"tax:production:{r}", income["tax"][j])
        put(f"gov:{r}", f"tax:import:{r}", income["duty"][j])
        put(f"gov:{r}", f"tax:income:{r}", paid[:, j].sum())
        put("gov:central", f"gov:{r}", to_centre[j])
        put(f"gov:{r}", "gov:central", grant[j])
        for h, name in enumerate(("rural", "urban")):
            put(f"hh:{name}:{r}", f"fac:labour:{r}", wage[h, j])
            put(f"hh:{name}:{r}", "pool:capital", share[h, j] * pool)
            put(f"hh:{name}:{r}", f"gov:{r}", part[h, j])
            put(f"tax:income:{r}", f"hh:{name}:{r}", paid[h, j])
            put("sav", f"hh:{name}:{r}", kept[h, j])
        put(f"inv:{r}", "sav", f.final["investment"][:, j].sum())
    if foreign >= 0:
        put("sav", "row", foreign)
    else:
        put("row", "sav", -foreign)

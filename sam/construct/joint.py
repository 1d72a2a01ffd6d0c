"""Step 9: one joint balance of flows and bilateral trade."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix

from cgebase.arrays import Array
from cgebase.messages import message
from sam.balance import Problem, balance
from sam.choices import Choices
from sam.classification import LOCAL
from sam.construct.energy import Energy
from sam.construct.mines import COAL, PER_MT, place_coal
from sam.construct.moves import cell_names, control_names, report_moves
from sam.construct.regional import Tables
from sam.construct.trade import (
    FINAL,
    blend_final,
    carve_import_tax,
    gravity_prior,
    import_tax_rates,
    make_room,
    margin_rates,
    residual_flows,
    term_shares,
)
from sam.controls import MARGIN, national_ratios
from sam.registry import PROVINCE_CODES

SMALL = 1e-7
"""Cells below this share of provincial GDP are left out."""
ABSENT = 1e-5
"""Activities below this share of provincial GDP are merged into trade."""
OWN_FLOOR = 0.03
FUEL_WEIGHT, TRADE_WEIGHT = 0.03, 2.0
NATIONAL = ("household", "cons_government", "investment", "exports")
NATIONAL_OF = {"cons_rural": 0, "cons_urban": 0, "cons_government": 1, "investment": 2, "exports": 3}


@dataclass
class Flows:
    """Balanced flows, 1e8 yuan; ``imports`` at cif value, ``trade`` at the price of the origin."""

    use: Array
    output: Array
    final: dict[str, Array]
    exports: Array
    imports: Array
    trade: Array
    import_tax: Array
    margins: Array


@dataclass
class _Ties:
    """Coefficients of cells in controls, gathered block by block."""

    rows: list[Array] = field(default_factory=list)
    columns: list[Array] = field(default_factory=list)
    values: list[Array] = field(default_factory=list)

    def add(self, rows: Array, columns: Array, value: float | Array) -> None:
        self.rows.append(rows)
        self.columns.append(columns)
        self.values.append(np.broadcast_to(value, len(columns)).astype(float))

    def matrix(self, shape: tuple[int, int]) -> csr_matrix:
        cells = (np.concatenate(self.values), (np.concatenate(self.rows), np.concatenate(self.columns)))
        return coo_matrix(cells, shape=shape).tocsr()


def balance_flows(t: Tables, e: Energy, choices: Choices) -> Flows:
    """One joint balance: activities, commodity markets in every province, national final demand."""
    gdp = sum(v.sum(0) for v in t.value_added.values()) + sum(v.sum(0) for v in e.gen_income.values())
    targets = {k: v * float(gdp.sum()) for k, v in national_ratios().items()}
    blend_final(t, targets)
    _merge_absent(t, gdp)
    place_coal(t, e.coal)
    coal, coa = e.coal, t.sectors.index[COAL]
    rates, freight = import_tax_rates(t.sectors), margin_rates(t.sectors)
    freight[coa] = np.divide(coal.freight, coal.pit[:, None], out=np.zeros_like(coal.freight), where=coal.trade > 0)
    revenue = carve_import_tax(t, rates)
    outflow, inflow = t.outflow, t.inflow
    if choices.own_share == "term" or choices.structure == "2020":
        share = term_shares(t.sectors) if choices.own_share == "term" else t.own_share
        made = t.output - t.exports
        demand = t.use.sum(1) + e.gen_use.sum(1) + sum(t.final.values()) - (1 + rates)[:, None] * t.imports
        outflow, inflow = residual_flows(t, np.maximum(made, 0.0), np.maximum(demand, 0.0), share)
    outflow[coa] = inflow[coa] = 0.0
    trade = gravity_prior(t, outflow, inflow, choices)
    trade[coa] = PER_MT * coal.trade * coal.pit[:, None]
    make_room(t, freight * trade)
    parts, va, busbar = _prior(t, e, trade, gdp, rates)
    done = _solve(t, e, parts, va, busbar, rates, freight, targets, revenue)
    return Flows(
        use=done["use"], output=done["output"], final={k: done[k] for k in FINAL},
        exports=done["exports"], imports=done["imports"], trade=done["trade"],
        import_tax=rates[:, None] * done["imports"], margins=freight * done["trade"],
    )  # fmt: skip


def _prior(
    t: Tables, e: Energy, trade: Array, gdp: Array, rates: Array
) -> tuple[dict[str, Array], Array, Array]:
    """Cells the balance starts from, value added of activities and busbar purchases."""
    busbar = (e.flow * e.price[:, None]).sum(0)
    va = sum(t.value_added.values(), start=np.zeros(t.exports.shape))
    output = t.use.sum(0) + va
    output[t.sectors.index["ely"]] += busbar
    alive = va > 0
    floor = np.repeat(SMALL * gdp[None], len(output), axis=0)
    floor[t.sectors.index[COAL]] = 0.0
    use = np.where(alive[None], t.use, 0.0)
    exports = np.where(alive, t.exports, 0.0)
    trade = np.where(alive[:, :, None], trade, 0.0)
    use[use < floor[:, None]] = 0.0
    for k in FINAL:
        t.final[k][t.final[k] < floor] = 0.0
    exports[exports < floor] = 0.0
    imports = np.where(t.imports < floor, 0.0, t.imports)
    trade[trade < floor[:, None]] = 0.0
    need = use.sum(1) + e.gen_use.sum(1) + sum(t.final.values()) + exports
    stuck = (need > 0) & ~alive & (imports + trade.sum(1) <= 0)
    for k, j in np.argwhere(stuck):
        imports[k, j] = need[k, j] / (1 + rates[k])
    if stuck.any():
        t.report.note("7", message("built.imported", count=int(stuck.sum())), cells=stuck.sum())
    made = np.where(alive, output, 0.0)
    parts = {"use": use, "output": made} | {k: t.final[k] for k in FINAL}
    parts |= {"exports": exports, "imports": imports, "trade": trade}
    parts["own"] = np.maximum(made - exports - trade.sum(2), OWN_FLOOR * made)
    coa, coal = t.sectors.index[COAL], e.coal
    made[coa] = PER_MT * coal.mined * coal.pit
    parts["own"][coa] = made[coa] - exports[coa] - trade[coa].sum(1)
    return parts, va, busbar


def _solve(
    t: Tables, e: Energy, parts: dict[str, Array], va: Array, busbar: Array, rates: Array, freight: Array,
    targets: dict[str, float], revenue: Array,
) -> dict[str, Array]:  # fmt: skip
    """Balance all blocks at once; controls: activities, markets, sales, national totals, import taxes."""
    s = t.sectors
    n, nr = len(s.sectors), len(PROVINCE_CODES)
    rows_a = np.arange(n * nr).reshape(n, nr)
    rows_c = n * nr + rows_a
    rows_s = 2 * n * nr + rows_a
    national = 3 * n * nr + np.arange(len(NATIONAL))
    rows_d = 3 * n * nr + len(NATIONAL) + np.arange(nr)
    trn, fuels, coa = s.index[MARGIN], [s.index[c] for c in s.fuels], s.index[COAL]
    ties, prior, weight, held = _Ties(), [], [], []
    where: dict[str, tuple[Array, slice]] = {}
    start = 0
    for name, table in parts.items():
        index = np.argwhere(table > 0)
        cols = start + np.arange(len(index))
        prior.append(table[table > 0])
        w = np.ones(len(index))
        held.append(index[:, 0] == coa)
        if name == "use":
            commodity, activity, region = index.T
            ties.add(rows_a[activity, region], cols, 1.0)
            ties.add(rows_c[commodity, region], cols, -1.0)
            for f, c in enumerate(fuels):
                w[(commodity == c) & (e.tonnes[f, :n] > 0)[activity, region]] = FUEL_WEIGHT
        elif name == "output":
            activity, region = index.T
            ties.add(rows_a[activity, region], cols, -1.0)
            ties.add(rows_s[activity, region], cols, -1.0)
        elif name == "own":
            commodity, region = index.T
            ties.add(rows_s[commodity, region], cols, 1.0)
            ties.add(rows_c[commodity, region], cols, 1.0)
        elif name == "trade":
            commodity, origin, destination = index.T
            margin = freight[commodity, origin, destination]
            ties.add(rows_s[commodity, origin], cols, 1.0)
            ties.add(rows_c[commodity, destination], cols, 1.0 + margin)
            ties.add(rows_c[trn, destination], cols, -margin)
            w[:] = TRADE_WEIGHT
        else:
            commodity, region = index.T
            if name == "exports":
                ties.add(rows_s[commodity, region], cols, 1.0)
            elif name == "imports":
                ties.add(rows_c[commodity, region], cols, 1.0 + rates[commodity])
                ties.add(rows_d[region], cols, rates[commodity])
            else:
                ties.add(rows_c[commodity, region], cols, -1.0)
            if name in NATIONAL_OF:
                ties.add(np.full(len(cols), national[NATIONAL_OF[name]]), cols, 1.0)
            if name in ("cons_rural", "cons_urban"):
                w[np.isin(commodity, fuels)] = FUEL_WEIGHT
        weight.append(w)
        where[name] = (index, slice(start, start + len(index)))
        start += len(index)
    target = np.zeros(3 * n * nr + len(NATIONAL) + nr)
    constant_a = -va.copy()
    constant_a[s.index["ely"]] -= busbar
    target[rows_a.ravel()] = constant_a.ravel()
    target[rows_c.ravel()] = e.gen_use.sum(1).ravel()
    target[national] = [targets[k] for k in NATIONAL]
    target[rows_d] = revenue
    matrix = ties.matrix((len(target), start))
    reliability = np.where(np.concatenate(held), np.inf, 1 / np.concatenate(weight))
    kept = np.diff(matrix[:, np.isfinite(reliability)].indptr) > 0
    before = np.concatenate(prior)
    scale = np.maximum(np.asarray(abs(matrix) @ before).ravel(), np.abs(target))[kept]
    names = control_names(s, NATIONAL)
    problem = Problem(
        before, matrix[kept], target[kept], reliability=reliability, scale=scale,
        cells=pd.DataFrame({"cell": cell_names(s, where)}), names=[names[i] for i in np.flatnonzero(kept)],
    )  # fmt: skip
    done = balance(problem)
    t.report.note(
        "9", message("built.balance", cells=start, controls=kept.sum(), rounds=done.rounds, tolerance=done.tolerance),
        cells=start, value=np.abs(done.values - before).sum(),
    )  # fmt: skip
    report_moves(t, where, done, {k: v.shape for k, v in parts.items()})
    result = {name: np.zeros_like(table) for name, table in parts.items()}
    for name, (index, at) in where.items():
        result[name][tuple(index.T)] = done.values[at]
    return result


def _merge_absent(t: Tables, gdp: Array) -> None:
    """Drop activities below a hundred-thousandth of provincial GDP; trade takes their value added."""
    output = t.output
    to, heat = t.sectors.index["trd"], t.sectors.index["hea"]
    gone = (output < ABSENT * gdp[None]) & ~np.isin(t.sectors.sectors, LOCAL)[:, None]
    for v in t.value_added.values():
        v[to] += np.where(gone, v, 0.0).sum(0)
        v[gone] = 0.0
    none = t.output[heat] <= ABSENT * gdp
    for v in t.value_added.values():
        v[to] += np.where(none, v[heat], 0.0)
        v[heat] = np.where(none, 0.0, v[heat])
    t.use[heat][:, none] = 0.0
    for k in FINAL:
        t.final[k][heat, none] = 0.0
    t.report.note(
        "7", message("built.merged", count=int(gone.sum()), share=ABSENT),
        cells=gone.sum(), value=output[gone].sum(),
    )  # fmt: skip
    t.use[:, gone] = 0.0

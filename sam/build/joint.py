"""Steps 7 and 9: gravity prior of bilateral trade and one joint balance of flows and trade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix

from sam.balance import BalanceReport, Problem, balance
from sam.build.energy import FUELS, Energy
from sam.build.regional import SECTORS, Tables
from sam.controls import MARGIN, national_ratios
from sam.registry import PROVINCE_CODES
from sam.tables import read_table

Array = np.ndarray
LOCAL = ("ely", "hea")
GRAVITY = {
    "agr": "001", "coa": "002", "cru": "002", "gas": "014", "omn": "002", "fod": "003", "tex": "004", "wpp": "005",
    "oil": "007", "cok": "007", "chm": "007", "nmm": "008", "irs": "009", "nfm": "009", "mtl": "009", "mac": "010",
    "teq": "011", "elc": "012", "eqp": "012", "omf": "013", "wat": "014", "con": "015", "trd": "016", "trn": "016",
    "hot": "017", "ifi": "017", "bus": "017", "pub": "017",
}  # fmt: skip
SMALL = 1e-7
"""Cells below this share of provincial GDP are left out."""
ABSENT = 1e-5
"""Activities below this share of provincial GDP are merged into trade."""
HELD = np.isin(SECTORS, (*FUELS, *LOCAL))
"""Commodities whose cells are already on their tonnes and TWh."""
OWN_FLOOR = 0.03
NEAREST = 50.0
"""Shortest distance between two provinces, km."""
ROOM = 0.3
"""Share of their own purchases of transport that users keep at least."""
LISTED_MOVES = 20
FUEL_WEIGHT, TRADE_WEIGHT = 0.03, 2.0
NATIONAL = ("household", "cons_government", "investment", "exports")
FINAL = ("cons_rural", "cons_urban", "cons_government", "investment")


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


def national_targets(gdp: float) -> dict[str, float]:
    """Consumption, government, investment and exports: ratios to GDP of the 2020 table times GDP."""
    return {k: v * gdp for k, v in national_ratios().items()}


def blend_final(t: Tables, targets: dict[str, float]) -> None:
    """Provincial totals: mean of the 2017 pattern and the 2021 indicator, at the national target."""
    codes = list(PROVINCE_CODES)
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
        now = t.final[k].sum(0)
        share = now / now.sum()
        if k in indicator:
            x = indicator[k].to_numpy(float)
            share = (share + x / x.sum()) / 2
        held = t.final[k][HELD].sum(0)
        rest = now - held
        factor = np.maximum(share * sizes[k] - held, 0.0) / np.where(rest > 0, rest, 1.0)
        t.final[k] = np.where(HELD[:, None], t.final[k], t.final[k] * factor[None])
    for table, column, total in (
        (t.exports, "exports_by_origin_1e8USD", targets["exports"]),
        (t.imports, "imports_by_destination_1e8USD", None),
    ):
        x = trade[column].to_numpy(float)
        now = table.sum(0)
        size = now.sum() if total is None else total
        share = (now / now.sum() + x / x.sum()) / 2
        table *= (share * size / np.where(now > 0, now, 1.0))[None]


def gravity_prior(t: Tables) -> Array:
    """Bilateral trade (c, origin, destination) with provincial out- and inflows, by iterative fitting."""
    elasticity = read_table("gravity", ("sector17",)).set_index("sector17")["distance_elasticity_ppml"]
    nr = len(PROVINCE_CODES)
    far = np.where(np.eye(nr) > 0, 1.0, _distance())
    out = np.zeros((len(SECTORS), nr, nr))
    for k, c in enumerate(SECTORS):
        if c in LOCAL:
            continue
        supply, need = t.outflow[k].copy(), t.inflow[k].copy()
        if supply.sum() <= 0 or need.sum() <= 0:
            continue
        size = np.sqrt(supply.sum() * need.sum())
        supply, need = supply * size / supply.sum(), need * size / need.sum()
        table = supply[:, None] * need[None] * far ** float(elasticity[GRAVITY[c]]) * (1 - np.eye(nr))
        for _ in range(200):
            table *= np.divide(supply, table.sum(1), out=np.zeros(nr), where=table.sum(1) > 0)[:, None]
            table *= np.divide(need, table.sum(0), out=np.zeros(nr), where=table.sum(0) > 0)[None]
        out[k] = table
    return out


def import_tax_rates() -> Array:
    """Duty and VAT on imports by commodity, fraction of cif value."""
    table = read_table("build_assumptions").query("parameter == 'import_tax'").set_index("item")["value"]
    return table.reindex(list(SECTORS)).fillna(0.0).to_numpy(float)


def margin_rates() -> Array:
    """Transport margin on goods from another province, fraction of their price, (c, origin, destination)."""
    table = read_table("build_assumptions").query("parameter == 'freight_cost'").set_index("item")["value"]
    cost = table.reindex(list(SECTORS)).fillna(0.0).to_numpy(float)
    return cost[:, None, None] * _distance()[None] / 1000.0


def _distance() -> Array:
    regions = list(PROVINCE_CODES)
    d = read_table("distance").set_index("province_code").loc[regions, regions].to_numpy(float)
    return np.where(np.eye(len(d)) > 0, 0.0, np.maximum(d, NEAREST))


def _carve_import_tax(t: Tables, rates: Array) -> Array:
    """Take what imports pay out of the production taxes that published value added holds; revenue by province."""
    revenue = (rates[:, None] * t.imports).sum(0)
    base = np.maximum(t.value_added["tax"], 0.0)
    t.value_added["tax"] -= base * (revenue / base.sum(0))[None]
    t.report.append(
        f"import taxes {revenue.sum():,.0f} (1e8 yuan) taken out of production taxes, {revenue.sum() / base.sum():.1%}; "
        f"largest part {(revenue / base.sum(0)).max():.0%} in {PROVINCE_CODES[int(np.argmax(revenue / base.sum(0)))]}"
    )
    return revenue


def _make_room(use: Array, margins: Array, report: list[str]) -> None:
    """Users buy less transport themselves where it now comes with the goods."""
    trn = SECTORS.index(MARGIN)
    bought, margin = use[trn].sum(0), margins.sum((0, 1))
    use[trn] *= np.maximum(1 - margin / bought, ROOM)[None]
    report.append(f"transport margins between provinces {margin.sum():,.0f} (1e8 yuan) before the balance")


def balance_flows(t: Tables, e: Energy) -> Flows:
    """One joint balance: activities, commodity markets in every province, national final demand."""
    n, nr = len(SECTORS), len(PROVINCE_CODES)
    gdp = sum(v.sum(0) for v in t.value_added.values()) + sum(v.sum(0) for v in e.gen_income.values())
    targets = national_targets(float(gdp.sum()))
    blend_final(t, targets)
    _merge_absent(t, e, gdp)
    rates, freight = import_tax_rates(), margin_rates()
    revenue = _carve_import_tax(t, rates)
    trade = gravity_prior(t)
    _make_room(t.use, freight * trade, t.report)
    busbar = (e.flow * e.price[:, None]).sum(0)
    va = sum(t.value_added.values(), start=np.zeros((n, nr)))
    output = t.use.sum(0) + va
    output[SECTORS.index("ely")] += busbar

    alive = va > 0
    use = np.where(alive[None], t.use, 0.0)
    exports = np.where(alive, t.exports, 0.0)
    trade = np.where(alive[:, :, None], trade, 0.0)
    floor = SMALL * gdp
    use[use < floor[None, None]] = 0.0
    for k in FINAL:
        t.final[k][t.final[k] < floor[None]] = 0.0
    exports[exports < floor[None]] = 0.0
    imports = np.where(t.imports < floor[None], 0.0, t.imports)
    trade[trade < floor[None, None]] = 0.0
    need = use.sum(1) + e.gen_use.sum(1) + sum(t.final.values()) + exports
    stuck = (need > 0) & ~alive & (imports + trade.sum(1) <= 0)
    for k, j in np.argwhere(stuck):
        imports[k, j] = need[k, j] / (1 + rates[k])

    parts: list[tuple[str, Array]] = [("use", use), ("output", np.where(alive, output, 0.0))]
    parts += [(k, t.final[k]) for k in FINAL]
    parts += [("exports", exports), ("imports", imports), ("trade", trade)]
    made = np.where(alive, output, 0.0)
    parts.append(("own", np.maximum(made - exports - trade.sum(2), OWN_FLOOR * made)))
    rows_a = np.arange(n * nr).reshape(n, nr)
    rows_c = n * nr + rows_a
    rows_s = 2 * n * nr + rows_a
    national = 3 * n * nr + np.arange(4)
    rows_d = 3 * n * nr + 4 + np.arange(nr)
    trn = SECTORS.index(MARGIN)
    summed = {"cons_rural": 0, "cons_urban": 0, "cons_government": 1, "investment": 2, "exports": 3}
    prior, weight, r_, c_, v_ = [], [], [], [], []
    start = 0
    where: dict[str, tuple[Array, slice]] = {}

    def tie(rows: Array, columns: Array, value: float | Array) -> None:
        r_.append(rows)
        c_.append(columns)
        v_.append(np.broadcast_to(value, len(columns)).astype(float))

    tonnes = e.tonnes[:, :n] > 0
    for name, table in parts:
        index = np.argwhere(table > 0)
        cols = start + np.arange(len(index))
        prior.append(table[table > 0])
        w = np.ones(len(index))
        if name == "use":
            commodity, activity, region = index.T
            tie(rows_a[activity, region], cols, 1.0)
            tie(rows_c[commodity, region], cols, -1.0)
            for f, c in enumerate(FUELS):
                pick = (commodity == SECTORS.index(c)) & tonnes[f, activity, region]
                w[pick] = FUEL_WEIGHT
        elif name == "output":
            activity, region = index.T
            tie(rows_a[activity, region], cols, -1.0)
            tie(rows_s[activity, region], cols, -1.0)
        elif name == "own":
            commodity, region = index.T
            tie(rows_s[commodity, region], cols, 1.0)
            tie(rows_c[commodity, region], cols, 1.0)
        elif name == "trade":
            commodity, origin, destination = index.T
            margin = freight[commodity, origin, destination]
            tie(rows_s[commodity, origin], cols, 1.0)
            tie(rows_c[commodity, destination], cols, 1.0 + margin)
            tie(rows_c[trn, destination], cols, -margin)
            w[:] = TRADE_WEIGHT
        else:
            commodity, region = index.T
            if name == "exports":
                tie(rows_s[commodity, region], cols, 1.0)
            elif name == "imports":
                tie(rows_c[commodity, region], cols, 1.0 + rates[commodity])
                tie(rows_d[region], cols, rates[commodity])
            else:
                tie(rows_c[commodity, region], cols, -1.0)
            if name in summed:
                tie(np.full(len(cols), national[summed[name]]), cols, 1.0)
            if name.startswith("cons_r") or name.startswith("cons_u"):
                for c in FUELS:
                    w[commodity == SECTORS.index(c)] = FUEL_WEIGHT
        weight.append(w)
        where[name] = (index, slice(start, start + len(index)))
        start += len(index)
    m = 3 * n * nr + 4 + nr
    target = np.zeros(m)
    constant_a = -va.copy()
    constant_a[SECTORS.index("ely")] -= busbar
    target[rows_a.ravel()] = constant_a.ravel()
    target[rows_c.ravel()] = e.gen_use.sum(1).ravel()
    target[national] = [targets[k] for k in NATIONAL]
    target[rows_d] = revenue
    matrix = coo_matrix((np.concatenate(v_), (np.concatenate(r_), np.concatenate(c_))), shape=(m, start)).tocsr()
    kept = np.diff(matrix.indptr) > 0
    scale = np.asarray(abs(matrix) @ np.concatenate(prior)).ravel()
    scale = np.maximum(scale, np.abs(target))[kept]
    labels = [_cell(name, *index) for name, (found, _) in where.items() for index in found]
    names = [_control(what, k, j) for what in ("inputs", "market", "sales") for k in range(n) for j in range(nr)]
    names += [f"national {k}" for k in NATIONAL] + [f"import taxes {r}" for r in PROVINCE_CODES]
    problem = Problem(
        np.concatenate(prior), matrix[kept], target[kept], reliability=1 / np.concatenate(weight), scale=scale,
        cells=pd.DataFrame({"cell": labels}), names=[names[i] for i in np.flatnonzero(kept)],
    )  # fmt: skip
    done = balance(problem)
    moves = BalanceReport(done, "1e8 yuan").frame()
    big = moves["ratio"].abs()[moves["before"] > 1e-3 * gdp.mean()]
    t.report.append(
        f"joint balance: {start:,} cells, {kept.sum():,} controls, {done.rounds} rounds, gap {done.gap:.1e}; "
        f"median move {big.median():.1%} and 95th percentile {big.quantile(0.95):.1%} of cells "
        "above 0.1 % of mean GDP"
    )
    for cell in moves.head(LISTED_MOVES).itertuples():
        t.report.append(f"large move: {cell.cell} {cell.before:,.0f} -> {cell.after:,.0f} (1e8 yuan)")
    result: dict[str, Array] = {}
    for name, table in parts:
        index, at = where[name]
        new = np.zeros_like(table)
        new[tuple(index.T)] = done.values[at]
        result[name] = new
    return Flows(
        use=result["use"], output=result["output"], final={k: result[k] for k in FINAL},
        exports=result["exports"], imports=result["imports"], trade=result["trade"],
        import_tax=rates[:, None] * result["imports"], margins=freight * result["trade"],
    )  # fmt: skip


def _cell(name: str, item: int, *others: int) -> str:
    """Words for a cell, such as ``trade coa from SX to HE``."""
    *second, region = others
    words = [f"from {PROVINCE_CODES[k]} to" if name == "trade" else f"by {SECTORS[k]}" for k in second]
    return " ".join([name, SECTORS[item], *words, PROVINCE_CODES[region]])


def _control(what: str, item: int, region: int) -> str:
    rule = {"inputs": "inputs and value added = output", "market": "supply = use", "sales": "sales = output"}[what]
    return f"{SECTORS[item]} {PROVINCE_CODES[region]}, {rule}"


def _merge_absent(t: Tables, e: Energy, gdp: Array) -> None:
    """Drop activities below a hundred-thousandth of provincial GDP; trade takes their value added."""
    output = t.output
    to = SECTORS.index("trd")
    gone = (output < ABSENT * gdp[None]) & (np.array([c not in LOCAL for c in SECTORS])[:, None])
    for v in t.value_added.values():
        v[to] += np.where(gone, v, 0.0).sum(0)
        v[gone] = 0.0
    heat = SECTORS.index("hea")
    none = t.output[heat] <= ABSENT * gdp
    for v in t.value_added.values():
        v[to] += np.where(none, v[heat], 0.0)
        v[heat] = np.where(none, 0.0, v[heat])
    t.use[heat][:, none] = 0.0
    for k in FINAL:
        t.final[k][heat, none] = 0.0
    t.report.append(f"{int(gone.sum())} activities below {ABSENT:g} of provincial GDP merged into trade")
    t.use[:, gone] = 0.0

"""The economy of a solved year: its social accounting matrix at the prices of that year, and its satellites.

Every account is balanced by the one cell that the model leaves to it: sales of a commodity by its supply, an activity
by what its capital earns, a government by transfers, a household by saving, saving by the rest of the world. Each of
these is then held against the model, so that a cell forgotten anywhere is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.cells import part_of_country, share
from cge.solve.accounts import Accounts
from cgebase.arrays import Array
from cgebase.errors import CGEError
from cgebase.messages import LISTED, listed, message
from sam.economy import COLUMNS, Economy, empty_table

CLOSE = 1e-6
"""Largest gap between a balancing cell and the model, of the nation's GDP."""
SMALLEST = 1e-9
"""Cells below this, 1e8 yuan, that should be positive are rounding."""


class MatrixError(CGEError, ValueError):
    """The solved year has no social accounting matrix of the usual form; says which cell and why."""

    exit_code = 3


class Solved(Protocol):
    """A solved year: parameters, variables with their definitions, accounts."""

    @property
    def parameters(self) -> Mapping[str, Array]: ...
    @property
    def values(self) -> Mapping[str, Array]: ...
    @property
    def accounts(self) -> Accounts: ...


class _Cells:
    """Cells written down kind by kind."""

    def __init__(self, sets: Mapping[str, tuple[str, ...]]) -> None:
        self.sets = sets
        self.frames: list[pd.DataFrame] = []

    def put(self, row: str, column: str, dims: str, values: Array) -> None:
        """Cells of one kind: ids over ``dims``, letters of sets; ``s`` and ``o`` are second ones of ``r``, ``n``."""
        labels = [self.sets[{"s": "r", "o": "n"}.get(d, d)] for d in dims]
        at = np.argwhere(values != 0)
        names = [dict(zip(dims, (of[k] for of, k in zip(labels, where, strict=True)), strict=True)) for where in at]
        self.frames.append(pd.DataFrame({
            "row": [row.format(**n) for n in names], "column": [column.format(**n) for n in names],
            "value": values[tuple(at.T)],
        }))  # fmt: skip

    def table(self) -> pd.DataFrame:
        """All cells; those of the same accounts added up."""
        cells = pd.concat(self.frames, ignore_index=True)
        return cells.groupby(["row", "column"], as_index=False, sort=False)["value"].sum()


def economy_after(benchmark: Benchmark, solved: Solved, year: int, made: str) -> Economy:
    """The economy of a solved year, as `cge sam check` and calibration read it.

    Parameters
    ----------
    solved : Solved
        Parameters, variables and accounts of the year.
    made : str
        Where it comes from, the last line of its history.

    Returns
    -------
    Economy
        SAM in 1e8 yuan at the prices of the year, where the national consumer price index is 1 as in the base year;
        emissions after abatement, Mt; electricity, TWh; energy of fuels, Mtce. Tonnes of coal, crude and gas are left
        out.

    Raises
    ------
    MatrixError
        A cell is negative that may not be (rebates at the border beyond duties), or an account does not agree with
        the model.

    Notes
    -----
    What the accounts of the base year have no cell for: carbon payments of activities, less free permits, and rents of
    storage, capture and full lines are taxes on production; those of households are income tax; permits sold to other
    provinces and national dividends go through the centre; carbon revenue that is invested is transferred and saved.
    Goods that abatement uses up are inputs; those that fit power to demand are shared by terawatt-hours.
    """
    cells, gaps = _cells(benchmark, solved)
    gdp = float(solved.values["GDPB"].sum())
    wrong = {name: float(np.abs(gap).max()) / gdp for name, gap in gaps.items()}
    if bad := {n: g for n, g in wrong.items() if not g <= CLOSE}:
        raise MatrixError(message("CGE630", gaps=listed(f"{n} {g:.1e}" for n, g in bad.items())))
    free = cells["row"].str.split(":").str[0] + " " + cells["column"].str.split(":").str[0]
    kept = (cells["value"].abs() > SMALLEST) | (cells["value"] > 0)
    negative = cells[(cells["value"] < 0) & kept & ~free.isin(["tax act", "gov tax", "hh gov", "sav hh"])]
    if len(negative):
        names = [f"{c.row} <- {c.column} {c.value:.4g}" for c in negative.itertuples()]
        raise MatrixError(message("CGE631", count=len(names), cells=listed(names[:LISTED])))
    was = benchmark.economy
    sam = replace(was.sam, cells=cells[kept].reset_index(drop=True), year=year, history=(*was.sam.history, made))
    return replace(was, sam=sam, **_satellites(benchmark, solved), physical=empty_table("physical"))


def _cells(benchmark: Benchmark, solved: Solved) -> tuple[pd.DataFrame, dict[str, Array]]:
    """Cells, and how far each balancing cell is from the model."""
    p, v, of, sets = solved.parameters, solved.values, solved.accounts, benchmark.sets
    out, gaps = _Cells(sets), {}
    bus, carries = np.flatnonzero(p["busbar"]), p["carries"] > 0
    price, good = v["PQ"], p["isc"] * v["PQ"]
    gen, displaces, home = p["gen"], float(p["displaces"]), p["home"]

    # what is bought where, at the price of absorption; power at that of its origins, rents of full lines apart
    twh = of["QG"]
    even = (of["QST"] - p["site"]) * twh
    fit = np.where(gen > 0, of["QAI"] - even, 0.0).sum(0) * share(twh, twh.sum(0)[None])
    inputs = price[:, None] * of["QCA"] + good[:, None] * (of["QAA"] * p["act"] + fit)[None]
    origin = share((v["SB"] * (v["PXB"] * p["pb0"])[:, None]).sum(0), v["PBD"])
    rents = (inputs[bus] * (1 - origin)).sum(0)
    inputs[bus] = inputs[bus] * origin
    tonnes = (p["epsh"] * v["QH"]).sum(0)
    weight = share(tonnes, v["EMH"][None])
    met = displaces * v["XDIH"] * (p["epsh"] > 0) * v["QH"]
    at_home = price[:, None] * (v["QH"] - met) + weight[None] * (
        price[:, None] * (displaces * p["packh"][:, None] * v["QPKH"])[:, None] + good[:, None] * of["QAH"]
    )
    public = price * of["QGV"] + good * (v["QRM"] + p["qprog"])
    invested = good * v["INV"]
    sold = v["PX"][:, :, None] * of["QDG"]
    sold[bus] = (p["pb0"] * v["PXB"])[:, None] * of["QL"]
    margin = v["PTR"][None, None] * of["QDG"] * share(p["mg"], 1 - p["mg"])
    for k in range(len(sets["r"])):
        sold[:, k, k] = 0.0
    imports, exports = v["EXR"] * v["QM"], of["PEX"] * v["QE"]
    duty = of["WTM"] * v["QM"] - p["bcx"] * v["TAU"] * v["QE"]

    # supply closes each commodity, capital each activity
    used = inputs.sum(1) + at_home.sum(1) + public + invested
    used[carries] += margin.sum((0, 1))
    supply = used + exports + sold.sum(2) - imports - duty - sold.sum(1) - margin.sum(1)
    gaps["supply"] = supply - v["PX"] * of["QS"]
    labour = v["W"] * of["LA"] + v["W"] * v["QOLD"] * p["lold"]
    resource = v["PR"] * v["DR"] * p["res"]
    captured = of["QCC"]
    tax = (
        of["WTP"] * v["LEVEL"] + v["TAUA"] * of["EML"] + v["PST"] * captured
        + v["PINV"] * (v["RCC"][:, None] + v["RCT"]) * captured * displaces - v["CUTL"] * labour
        + rents + twh * ((p["rps"] - p["green"][:, None]) * v["PGC"] - v["PINV"] * p["gsub"])
    )  # fmt: skip
    tax = np.where(p["act"] > 0, tax, 0.0)
    cost = inputs.sum(0) + labour + resource + tax + of["PKA"] * of["KU"]
    made = p["make"][:, :, None] * (p["sector"] * v["QA"])[:, None] * v["PX"][None]
    made[:, bus] = np.where(gen > 0, cost, 0.0)[:, None]
    made = share(made, made.sum(0)[None]) * supply[None]
    rest = made.sum(1) - inputs.sum(0) - labour - resource - tax
    capital = np.where(p["theta_capital"] > 0, rest, 0.0)
    tax = tax + rest - capital
    earned = capital.sum(0)
    gaps["capital"] = earned - v["RK"] * v["RKP"] * v["KD"]

    # incomes
    wages, pool = labour.sum(0), home @ (earned + resource.sum(0))
    retained = of["YRT"]
    paid = p["kown"] * v["YK"]
    gaps["capital income"] = home @ paid.sum(0) + retained - pool
    paid = paid * (share(pool - retained, home @ paid.sum(0)) @ home)
    income_tax = p["ty"] * v["YF"] + v["TAUH"] * of["EMLH"] * weight
    to_centre = (
        p["shc"] * v["TAXR"] + (p["usen"] + p["useo"]) * v["CREV"] - of["B_share_of_central_balance"]
        - p["heads"].sum(0) * (v["FUND"] @ home) - p["ksh"].sum(0) * (v["FUNDO"] @ home) - of["YPT"]
    )  # fmt: skip
    from_centre = p["tc0"] * ((p["grow"] * v["CPI"]) @ home) + np.maximum(-to_centre, 0.0)
    to_centre = np.maximum(to_centre, 0.0)
    gaps["centre"] = home @ (to_centre - from_centre)
    to_centre = part_of_country(to_centre, home) * (home @ from_centre @ home)
    transfers = (
        p["trsh"] * (v["LST"] + p["usei"] * v["CREV"])
        + p["heads"] * (v["FUND"] @ home) + p["ksh"] * (v["FUNDO"] @ home)
    )  # fmt: skip
    left = tax.sum(0) + duty.sum(0) + income_tax.sum(0) + from_centre - to_centre - public.sum(0) - transfers.sum(0)
    gaps["budgets"] = left
    transfers = transfers + left / len(transfers)
    received = p["lsh"] / p["lsh"].sum(0) * wages + paid + transfers
    saving = received - income_tax - at_home.sum(0)
    gaps["saving"] = saving.sum(0) - (p["mps"] * (v["SVR"] @ home) * v["YD"]).sum(0) - p["usei"] * v["CREV"]
    abroad = home @ (invested.sum(0) - saving.sum(0)) - retained
    gaps["saving from abroad"] = abroad - of["FSV"]

    out.put("act:{a}:{r}", "com:{c}:{r}", "acr", made)
    out.put("com:{c}:{r}", "act:{a}:{r}", "car", inputs)
    for name, paid_to in (("labour", labour), ("capital", capital), ("resource", resource)):
        out.put(f"fac:{name}:{{r}}", "act:{a}:{r}", "ar", paid_to)
    out.put("tax:production:{r}", "act:{a}:{r}", "ar", tax)
    out.put("com:{c}:{r}", "com:{c}:{s}", "crs", sold)
    for carrier in np.array(sets["c"])[carries]:
        out.put(f"com:{carrier}:{{s}}", "com:{c}:{s}", "cs", margin.sum(1))
    for row, values in (("row", imports), ("tax:import:{r}", duty)):
        out.put(row, "com:{c}:{r}", "cr", values)
    out.put("com:{c}:{r}", "row", "cr", exports)
    out.put("com:{c}:{r}", "hh:{h}:{r}", "chr", at_home)
    out.put("com:{c}:{r}", "gov:{r}", "cr", public)
    out.put("com:{c}:{r}", "inv:{r}", "cr", invested)
    out.put("hh:{h}:{r}", "fac:labour:{r}", "hr", p["lsh"] / p["lsh"].sum(0) * wages)
    nation = ":{n}" if len(sets["n"]) > 1 else ""
    pool_, centre, sav = f"pool:capital{nation}", f"gov:central{nation}", f"sav{nation}"
    out.put(pool_, "fac:capital:{r}", "nr", home * earned)
    out.put(pool_, "fac:resource:{r}", "nr", home * resource.sum(0))
    out.put("hh:{h}:{r}", pool_, "hrn", paid[:, :, None] * home.T)
    out.put(sav, pool_, "n", retained)
    out.put("tax:income:{r}", "hh:{h}:{r}", "hr", income_tax)
    for name, revenue in (("production", tax.sum(0)), ("import", duty.sum(0)), ("income", income_tax.sum(0))):
        out.put("gov:{r}", f"tax:{name}:{{r}}", "r", revenue)
    out.put(centre, "gov:{r}", "nr", home * to_centre)
    out.put("gov:{r}", centre, "nr", home * from_centre)
    out.put("hh:{h}:{r}", "gov:{r}", "hr", transfers)
    out.put(sav, "hh:{h}:{r}", "hrn", saving[:, :, None] * home.T)
    out.put("inv:{r}", sav, "nr", home * invested.sum(0))
    short, over = np.maximum(abroad, 0.0), np.maximum(-abroad, 0.0)
    if p["closed"] > 0:
        out.put("sav:{n}", "sav:{o}", "no", share(short[:, None] * over, short.sum()))
    else:
        out.put(sav, "row", "n", short)
        out.put("row", sav, "n", over)
    return out.table(), gaps


def _satellites(benchmark: Benchmark, solved: Solved) -> dict[str, Any]:
    """Emissions after abatement, electricity, transport margins and energy of the year."""
    p, v, of, sets = solved.parameters, solved.values, solved.accounts, benchmark.sets
    was, displaces = benchmark.economy, float(p["displaces"])
    kept = 1 - v["XAB"]
    home = np.einsum("chr,r->chr", p["epsh"] * v["QH"], 1 - v["XABH"])
    users, places = [f"hh:{h}" for h in sets["h"]], sets["r"]
    emissions = pd.concat([
        _rows("emissions", {"carrier": sets["c"], "user": sets["a"], "region": places}, of["EMF"] * kept),
        _rows("emissions", {"carrier": sets["c"], "user": users, "region": places}, home),
        _rows("emissions", {"user": sets["a"], "region": places}, of["EMP"] * kept, carrier="process"),
    ], ignore_index=True)  # fmt: skip
    links = of["QL"] * (1 - np.eye(len(places)))
    margin = v["PTR"][None, None] * of["QDG"] * share(p["mg"], 1 - p["mg"])
    pair = {"origin": places, "destination": places}
    return {
        "emissions": emissions,
        "generation": _rows("generation", {"technology": sets["a"], "region": places}, of["QG"]),
        "electricity_use": _rows("electricity_use", {"region": places}, v["DB"]),
        "network": _rows("network", pair, links),
        "margins": _rows("margins", {"commodity": sets["c"]} | pair, margin),
        "energy": _energy(was, benchmark, solved, displaces),
    }  # fmt: skip


def _energy(was: Economy, benchmark: Benchmark, solved: Solved, displaces: float) -> pd.DataFrame:
    """Energy of fuels: that of the base year, moved with the carbon of the same purchases before abatement."""
    v, of, sets = solved.values, solved.accounts, benchmark.sets
    if was.energy.empty:
        return was.energy
    start = was.emissions.set_index(["carrier", "user", "region"])["mt"]
    home = solved.parameters["epsh"] * v["QH"]
    now = pd.concat([
        _rows("emissions", {"carrier": sets["c"], "user": users, "region": sets["r"]}, values)
        for users, values in ((sets["a"], of["EMF"]), ([f"hh:{h}" for h in sets["h"]], home))
    ]).set_index(["carrier", "user", "region"])["mt"]  # fmt: skip
    at = pd.MultiIndex.from_frame(was.energy[["carrier", "user", "region"]])
    moved = now.reindex(at).fillna(0.0).to_numpy() / start.reindex(at).to_numpy()
    met = pd.DataFrame(v["XDI"], sets["a"], sets["r"]).stack()
    for h in sets["h"]:
        met = pd.concat([met, pd.Series(v["XDIH"], pd.MultiIndex.from_product([[f"hh:{h}"], sets["r"]]))])
    left = 1 - displaces * met.reindex(at.droplevel("carrier")).to_numpy() * (was.energy["purpose"] == "burnt")
    table = was.energy.assign(mtce=was.energy["mtce"] * moved * left)
    return table[table["mtce"] > 0].reset_index(drop=True)


def _rows(table: str, labels: Mapping[str, Any], values: Array, **fixed: str) -> pd.DataFrame:
    """Rows of a satellite table, a row for each number above zero."""
    at = np.argwhere(values > 0)
    columns = {name: [of[k] for k in at[:, d]] for d, (name, of) in enumerate(labels.items())}
    frame = pd.DataFrame(columns | {COLUMNS[table][-1]: values[tuple(at.T)]}).assign(**fixed)
    return frame[list(COLUMNS[table])]

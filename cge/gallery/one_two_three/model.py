"""One country, two activities, three goods: a tariff is replaced by another tax, with and without a rigid real wage.

The 1-2-3 model after Devarajan in the data of the MPSGE test model: home output and exports come jointly, home goods
and imports are Armington substitutes, leisure is chosen, public spending keeps its amount. Four closures share the
equations: who pays for the tariff (`lump_sum` or `wage_tax`), and whether the wage may fall below the price of goods.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cge import Closure, Input, Solution, System, Theory, beside, compare, demand, unit_cost

FOLDER = Path(__file__).parent
TRANSFORMATION, ARMINGTON, LEISURE = 4, 4, 0.4
MARKETS = ("profit_y", "profit_a", "home", "goods", "capital", "labour", "numeraire")
CLOSURES = {
    "lump sum, flexible": ("lump_sum",),
    "lump sum, rigid": ("lump_sum", "rigid_wage"),
    "wage tax, flexible": ("wage_tax",),
    "wage tax, rigid": ("wage_tax", "rigid_wage"),
}
INCOME = dict(zip(CLOSURES, (414.184, 427.49885183400283, 427.49885184051067, 441.241739054047), strict=True))
"""Income of the household that the published solutions hold fixed: their numeraire."""


def theory() -> Theory:
    """Zero profit, markets, budgets and what may close them."""
    t = Theory("one_two_three")
    names = "d0 x0 kd0 ly0 a0 g0 m0 l0 i0 c0 deficit transfer hh"
    d0, x0, kd0, ly0, a0, g0, m0, l0, i0, c0, deficit, transfer, hh = (
        t.parameter(n, (), unit="money of the benchmark", description=w) for n, w in zip(names.split(), (
            "home output", "exports", "capital", "labour", "supply of goods", "public spending", "imports", "leisure",
            "investment", "consumption", "deficit of payments", "direct tax", "income of the household"), strict=True)
    )  # fmt: skip
    tk, tl, ta, tx, tm, tm0 = (
        t.parameter(n, (), unit="fraction", description=w) for n, w in
        (("tk", "tax on capital"), ("tl", "on labour"), ("ta", "on goods"), ("tx", "on exports"), ("tm", "tariff"),
         ("tm0", "tariff of the benchmark"))
    )  # fmt: skip
    one: dict[str, Any] = {"unit": "index, benchmark = 1", "default": 1.0}
    PFX, PD, RK, PL, PA = (
        t.variable(n, (), description=f"price of {w}", **one) for n, w in
        (("PFX", "foreign exchange"), ("PD", "home goods"), ("RK", "capital"), ("PL", "labour"), ("PA", "goods"))
    )  # fmt: skip
    Y, A = t.variable("Y", (), description="production", **one), t.variable("A", (), description="supply", **one)
    M, X = t.variable("M", (), description="imports", **one), t.variable("X", (), description="exports", **one)
    R, CY, CA, PU = (
        t.variable(n, (), description=w, **one) for n, w in
        (("R", "revenue"), ("CY", "cost of production"), ("CA", "cost of goods"), ("PU", "price of utility"))
    )  # fmt: skip
    HH, GOVT = (t.variable(n, (), unit="money", description=f"income of {w}") for n, w in
                (("HH", "the household"), ("GOVT", "the government")))  # fmt: skip
    free: dict[str, Any] = {"log": False, "given": True, "default": 0.0}
    TAU_LS = t.variable("TAU_LS", (), unit="fraction of public spending", description="lump sum", **free)
    TAU_TL = t.variable("TAU_TL", (), unit="fraction", description="tax on labour on top", **free)
    UR = t.variable("UR", (), unit="fraction", description="unemployment", **free)

    exported, capital = x0 * (1 - tx) / (x0 * (1 - tx) + d0), kd0 * (1 + tk) / (kd0 * (1 + tk) + ly0 * (1 + tl))
    wage, abroad = PL * (1 + tl + TAU_TL) / (1 + tl), PFX * (1 + tm) / (1 + tm0)
    home, goods = d0 / (d0 + m0 * (1 + tm0)), c0 / (c0 + l0)
    t.define(R, (), unit_cost(-TRANSFORMATION, Input(exported, PFX), Input(1 - exported, PD)))
    t.define(CY, (), unit_cost(1, Input(capital, RK), Input(1 - capital, wage)))
    t.define(CA, (), unit_cost(ARMINGTON, Input(home, PD), Input(1 - home, abroad)))
    t.define(PU, (), unit_cost(LEISURE, Input(goods, PA), Input(1 - goods, PL)))
    t.define(X, (), Y * demand(1, PFX, R, -TRANSFORMATION))
    t.define(M, (), A * demand(1, abroad, CA, ARMINGTON))
    used_k, used_l = kd0 * Y * demand(1, RK, CY, 1), ly0 * Y * demand(1, wage, CY, 1)
    taxes = tx * PFX * x0 * X + tk * RK * used_k + (tl + TAU_TL) * PL * used_l + ta * PA * a0 * A + tm * PFX * m0 * M
    t.define(GOVT, (), taxes + PA * (transfer + g0 * TAU_LS) + PFX * deficit)
    t.define(HH, (), RK * kd0 + PL * (ly0 + l0) * (1 - UR) - PA * (i0 + transfer + g0 * TAU_LS))

    t.equation("profit_y", (), R - CY, pairs=Y)
    t.equation("profit_a", (), PA - CA, pairs=A)
    t.equation("home", (), Y * demand(1, PD, R, -TRANSFORMATION) - A * demand(1, PD, CA, ARMINGTON), pairs=PD)
    utility = HH / PU / (c0 + l0)
    t.equation("goods", (), a0 * A - i0 - GOVT / PA - c0 * utility * demand(1, PA, PU, LEISURE), pairs=PA)
    t.equation("capital", (), kd0 - used_k, pairs=RK)
    idle = l0 * utility * demand(1, PL, PU, LEISURE)
    t.equation("labour", (), (ly0 + l0) * (1 - UR) - used_l - idle, pairs=PL)
    t.equation("numeraire", (), HH - hh, pairs=PFX)
    t.equation("lump_sum", (), GOVT - PA * g0, pairs=TAU_LS)
    t.equation("wage_tax", (), GOVT - PA * g0, pairs=TAU_TL)
    t.equation("rigid_wage", (), PL - PA, pairs=UR, complements=True)
    return t


def data() -> dict[str, float]:
    """Amounts and rates of the benchmark, from what each account sells (+) and buys (-)."""
    a = pd.read_csv(FOLDER / "accounts.csv", index_col="commodity").astype(float)
    x0, m0, kd0, ly0, a0 = a.at["PFX", "S"], -a.at["PFX", "D"], -a.at["RK", "S"], -a.at["PL", "S"], a.at["PA", "D"]
    g0, i0 = -a.at["PA", "GOVT"], -a.at["PA", "INVEST"]
    tm = -a.at["TM", "D"] / m0
    return {
        "d0": a.at["PD", "S"], "x0": x0, "kd0": kd0, "ly0": ly0, "a0": a0, "g0": g0, "m0": m0, "i0": i0,
        "l0": 0.75 * ly0, "c0": a0 - i0 - g0, "deficit": a.at["PFX", "GOVT"], "hh": -a.at["PA", "HH"] + 0.75 * ly0,
        "transfer": g0 - a["GOVT"].drop("PA").sum(), "tk": -a.at["TK", "S"] / kd0, "tl": -a.at["TL", "S"] / ly0,
        "ta": -a.at["TA", "D"] / a0, "tx": -a.at["TX", "S"] / x0, "tm": tm, "tm0": tm,
    }  # fmt: skip


def closures(model: System) -> dict[str, Closure]:
    """What closes each reform, counted: equations that come in, unknowns that they free, what stays given."""
    return {n: model.swapped(data(), MARKETS, into=closes) for n, closes in CLOSURES.items()}


def solve() -> tuple[System, dict[str, Solution]]:
    """The benchmark, and no tariff under each closure."""
    model, p = System(theory(), {}), data()
    base = model.solve(p, {}, MARKETS, max_iter=0)
    reform = {n: model.solve(p | {"tm": 0.0, "hh": INCOME[n]}, base.values, closure.active, tol=1e-12)
              for n, closure in closures(model).items()}  # fmt: skip
    return model, {"base": base, **reform}


if __name__ == "__main__":
    system, scenarios = solve()
    for reform, closure in closures(system).items():
        print(f"{reform}: {closure}")
    print(compare(system, scenarios).round(6).to_string())
    print("\nper cent against the base")
    print(compare(system, scenarios, "Y", "A", "M", "X", change=True).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

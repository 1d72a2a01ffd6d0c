"""Taxes with a real wage that cannot fall, written in blocks: nests of flows, from which the equations follow.

A closed economy after Markusen, with Cobb-Douglas technology: a tax on the output of X in the benchmark, a fifth of
labour idle. The wage is at least the price of welfare, so that unemployment adjusts. The tax on X is replaced by one on
its capital, then output of Y is taxed too, then that alone.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cge import Blocks, Flow, Nest, Solution, System, Tax, Theory, beside, compare

FOLDER = Path(__file__).parent
GOODS, FACTORS = ["X", "Y"], ["labour", "capital"]
IDLE = 0.2
"""Part of labour without work in the benchmark, of what is at work."""


def blocks() -> Blocks:
    """Activities and the household, each with its column of the tableau."""
    t = Theory("unemployment")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    i, f = goods.index("i"), factors.index("f")
    P, W = t.variable("P", (goods,), description="price"), t.variable("W", (factors,), description="factor price")
    PU = t.variable("PU", (), description="price of welfare")
    Q, U = t.variable("Q", (goods,), description="output"), t.variable("U", (), description="welfare")
    household = t.variable("household", (), description="income")
    idle = t.variable("idle", (), log=False, default=IDLE, description="labour without work")
    tax = t.parameter("tax", (goods,), description="tax on output")
    wedge = t.parameter("wedge", (factors, goods), default=0.0, description="tax on a factor")

    a = pd.read_csv(FOLDER / "tableau.csv", index_col="market").abs()
    rate = a.loc["tax", GOODS] / pd.Series({k: a.at[k, k] for k in GOODS})
    b = Blocks(t, {"i": GOODS, "f": FACTORS}, {"tax": rate})
    made = pd.Series({k: a.at[k, k] for k in GOODS})
    b.production(Q[i], Flow(P[i], made, [Tax(tax[i], household)]),
                 Nest(1, [Flow(W[f], a.loc[FACTORS, GOODS], [Tax(wedge[f, i], household)])]))  # fmt: skip
    b.production(U, Flow(PU, a.at["welfare", "W"]), Nest(1, [Flow(P[i], a.loc[GOODS, "W"])]))
    labour = Flow(W["labour"], a.at["labour", "household"], times=1 + IDLE - idle)
    b.demand(household, Flow(PU, a.at["welfare", "W"]), [labour, Flow(W["capital"], a.at["capital", "household"])])
    b.close(P, i="X")
    t.equation("rigid_wage", (), W["labour"] - PU, pairs=idle, complements=True)
    return b


def solve() -> tuple[System, dict[str, Solution]]:
    """The benchmark and three sets of taxes."""
    b = blocks()
    model, active = System(b.theory, b.sets), [*b.active, "rigid_wage"]
    capital = pd.DataFrame({"X": {"labour": 0.0, "capital": 0.25}, "Y": {"labour": 0.0, "capital": 0.0}})
    taxes = {
        "capital": {"tax": [0.0, 0.0], "wedge": capital}, "both": {"tax": [0.0, 0.5], "wedge": capital},
        "output": {"tax": [0.0, 0.5]},
    }  # fmt: skip
    base = model.solve(b.data, {}, active, max_iter=0)
    return model, {"base": base, **{n: model.solve(b.data | x, {}, active, tol=1e-12) for n, x in taxes.items()}}


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios).round(6).to_string())
    print("\nper cent against the base")
    print(compare(system, scenarios, "Q", "U", "P", "W", change=True).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

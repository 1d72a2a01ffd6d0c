"""The smallest closed economy: two goods from labour and capital, one household, taxes on output.

Production and utility are Cobb-Douglas. In the counterfactual labour grows by a tenth; the tax on the first good goes
to the household. Labour is the numeraire, so that its market is left out and looked at after every solve (Walras' law).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cge import Input, Solution, System, Theory, beside, compare, demand, drop_market, total, unit_cost

FOLDER = Path(__file__).parent
GOODS, FACTORS = ["X", "Y"], ["L", "K"]
RATES = (0.1, 0.2, 0.5, 0.9)


def theory() -> Theory:
    """Zero profit, markets and income in the calibrated share form."""
    t = Theory("two_by_two")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    i, f = goods.index("i"), factors.index("f")
    cost = t.parameter("cost", (factors, goods), unit="fraction", description="factor in cost")
    budget = t.parameter("budget", (goods,), unit="fraction", description="good in spending")
    size = t.parameter("size", (goods,), unit="money", description="output of the benchmark")
    stock = t.parameter("stock", (factors,), unit="money", description="endowment")
    tax = t.parameter("tax", (goods,), unit="fraction", description="tax on the value of output", default=0.0)
    one: dict[str, Any] = {"unit": "index, benchmark = 1", "default": 1.0}
    P, W = (t.variable("P", (goods,), description="price of the good", **one),
            t.variable("W", (factors,), description="price of the factor", **one))  # fmt: skip
    Q = t.variable("Q", (goods,), description="output", **one)
    C, PU = (t.variable("C", (goods,), description="unit cost", **one),
             t.variable("PU", (), description="price of utility", **one))  # fmt: skip
    U = t.variable("U", (), description="utility", **one)
    F = t.variable("F", (factors, goods), unit="money of the benchmark", description="factor hired")
    RA = t.variable("RA", (), unit="money", description="income of the household")

    t.define(C, (i,), unit_cost(1, Input(cost[f, i], W[f], f)))
    t.define(PU, (), unit_cost(1, Input(budget[i], P[i], i)))
    t.define(F, (f, i), size[i] * Q[i] * demand(cost[f, i], W[f], C[i], 1))
    t.define(RA, (), total(W[f] * stock[f], f) + total(tax[i] * P[i] * size[i] * Q[i], i))
    t.define(U, (), RA / (PU * total(size[i], i)))
    t.equation("zero_profit", (i,), (1 - tax[i]) * P[i] - C[i], pairs=Q)
    t.equation("market", (i,), size[i] * Q[i] - RA / PU * demand(budget[i], P[i], PU, 1), pairs=P)
    t.equation("factor_market", (f,), stock[f] - total(F[f, i], i), pairs=W)
    drop_market(t, "factor_market", {"f": "L"}, numeraire=W["L"])
    return t


def data() -> dict[str, Any]:
    """Shares and amounts of the benchmark, a table of what each factor earns in each good."""
    paid = pd.read_csv(FOLDER / "cost.csv", index_col="factor").astype(float)
    size = paid.sum()
    return {
        "cost": paid / size, "size": size, "budget": size / size.sum(), "stock": paid.sum(axis=1),
    }  # fmt: skip


def solve() -> tuple[System, dict[str, Solution]]:
    """The benchmark, a tenth more labour, and taxes on the first good beside it."""
    model, p = System(theory(), {"i": GOODS, "f": FACTORS}), data()
    active = list(model.theory.equations)
    more = p | {"stock": p["stock"] * pd.Series({"L": 1.1, "K": 1.0})}
    out = {"base": model.solve(p, {}, active, max_iter=0), "labour": model.solve(more, {}, active, tol=1e-12)}
    for rate in RATES:
        out[f"tax {rate}"] = model.solve(more | {"tax": {"X": rate, "Y": 0.0}}, {}, active, tol=1e-12)
    return model, out


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios).round(6).to_string())
    print("\nper cent against the base")
    print(compare(system, scenarios, change=True).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

"""Joint production: each of two activities makes both goods, and uses both goods and factors.

What an activity makes shifts between the goods with an elasticity of transformation of one; inputs and demand are
Cobb-Douglas. In the counterfactual labour grows by a tenth. Labour is the numeraire.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cge import Input, Solution, System, Theory, beside, compare, demand, total, unit_cost

FOLDER = Path(__file__).parent
GOODS, SECTORS, FACTORS = ["g1", "g2"], ["s1", "s2"], ["labor", "capital"]
TRANSFORMATION = 1


def theory() -> Theory:
    """Revenue equals cost, markets of goods and factors, income."""
    t = Theory("joint_products")
    goods, sectors, factors = t.set("g", "goods"), t.set("s", "activities"), t.set("f", "factors")
    g, s, f = goods.index("g"), sectors.index("s"), factors.index("f")
    money: dict[str, Any] = {"unit": "money of the benchmark"}
    make = t.parameter("make", (goods, sectors), description="output", **money)
    use = t.parameter("use", (goods, sectors), description="input of goods", **money)
    hire = t.parameter("hire", (factors, sectors), description="input of factors", **money)
    size = t.parameter("size", (sectors,), description="output of all goods", **money)
    stock = t.parameter("stock", (factors,), description="endowment", **money)
    budget = t.parameter("budget", (goods,), unit="fraction", description="good in spending")
    free = t.parameter("free", (factors,), unit="1", description="1 where the market is stated, 0 for the numeraire")
    one: dict[str, Any] = {"unit": "index, benchmark = 1", "default": 1.0}
    P = t.variable("P", (goods,), description="price of the good", **one)
    PF = t.variable("PF", (factors,), description="price of the factor", given=True, **one)
    X = t.variable("X", (sectors,), description="level of the activity", **one)
    revenue = t.variable("revenue", (sectors,), description="revenue per unit", **one)
    cost = t.variable("cost", (sectors,), description="cost per unit", **one)
    income = t.variable("income", (), description="income of the household", **money)

    t.define(revenue, (s,), unit_cost(-TRANSFORMATION, Input(make[g, s] / size[s], P[g], g, make[g, s])))
    inputs = (Input(use[g, s] / size[s], P[g], g, use[g, s]), Input(hire[f, s] / size[s], PF[f], f, hire[f, s]))
    t.define(cost, (s,), unit_cost(1, *inputs))
    t.define(income, (), total(PF[f] * stock[f], f))
    t.equation("zero_profit", (s,), revenue[s] - cost[s], pairs=X)
    made = total(X[s] * demand(make[g, s], P[g], revenue[s], -TRANSFORMATION), s)
    used = total(X[s] * demand(use[g, s], P[g], cost[s], 1), s)
    t.equation("market", (g,), made - used - budget[g] * income / P[g], pairs=P)
    hired = total(X[s] * demand(hire[f, s], PF[f], cost[s], 1), s)
    t.equation("factor_market", (f,), stock[f] - hired, pairs=PF, where=free[f])
    return t


def data() -> dict[str, Any]:
    """Flows of the benchmark by label."""
    flows = pd.read_csv(FOLDER / "flows.csv").set_index("table")

    def matrix(name: str) -> pd.DataFrame:
        return flows.loc[name].pivot(index="row", columns="col", values="value").astype(float)

    make, hire = matrix("make"), matrix("factor")
    final = flows.loc["consumption"].set_index("row")["value"]
    return {
        "make": make, "use": matrix("use"), "hire": hire, "size": make.sum(), "stock": hire.sum(axis=1),
        "budget": final / final.sum(), "free": {"labor": 0.0, "capital": 1.0},
    }  # fmt: skip


def solve() -> tuple[System, dict[str, Solution]]:
    """The benchmark, and a tenth more labour."""
    model, p = System(theory(), {"g": GOODS, "s": SECTORS, "f": FACTORS}), data()
    active = list(model.theory.equations)
    more = p | {"stock": p["stock"] * pd.Series({"labor": 1.1, "capital": 1.0})}
    return model, {
        "base": model.solve(p, {}, active, max_iter=0),
        "labour": model.solve(more, {}, active, tol=1e-12),
    }


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios).round(6).to_string())
    print("\nper cent against the base")
    print(compare(system, scenarios, change=True).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

"""Activity analysis: an activity runs only where it breaks even, a good has a price only where its market clears.

Scarf and Hansen (1973): 14 goods, 26 activities with fixed coefficients, 4 households that spend fixed shares, as a
mixed complementarity problem. Which 14 activities stand idle is found, not given. The first good is the numeraire.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge import Solution, System, Theory, beside, compare, total

FOLDER = Path(__file__).parent


def theory() -> Theory:
    """Markets, losses of activities, incomes."""
    t = Theory("hansen")
    goods, activities, agents = t.set("c", "goods"), t.set("s", "activities"), t.set("h", "households")
    c, s, h = goods.index("c"), activities.index("s"), agents.index("h")
    net = t.parameter("net", (goods, activities), unit="good per level", description="output less input")
    endowment = t.parameter("endowment", (goods, agents), unit="good", description="endowment")
    share = t.parameter("share", (goods, agents), unit="fraction", description="good in spending")
    free = t.parameter("free", (goods,), unit="1", description="1 where the market is stated, 0 for the numeraire")
    p = t.variable("p", (goods,), unit="first good = 1", description="price", given=True, default=1.0)
    y = t.variable("y", (activities,), unit="level", description="level", log=False, default=1.0)
    income = t.variable("income", (agents,), unit="first good = 1", description="income")
    supply = t.variable("supply", (goods,), unit="good", description="net output and endowment")

    t.define(income, (h,), total(p[c] * endowment[c, h], c))
    t.define(supply, (c,), total(net[c, s] * y[s], s) + total(endowment[c, h], h))
    t.equation("market", (c,), supply[c] - total(share[c, h] * income[h], h) / p[c], pairs=p, where=free[c])
    loss = -total(net[c, s] * p[c], c, where=net[c, s])
    t.equation("loss", (s,), loss, pairs=y, complements=True, scale=1)  # the numeraire weighs losses against levels
    return t


def data() -> dict[str, Any]:
    """Net output, endowments and budget shares by label; what is in no table is zero."""
    demands = _table("demands", "agent")
    goods = demands.index
    free = pd.Series(1.0, goods)
    free[goods[0]] = 0.0
    return {
        "net": _table("activities", "activity"), "endowment": _table("endowments", "agent"),
        "share": demands / demands.sum(), "free": free,
    }  # fmt: skip


def _table(name: str, column: str) -> pd.DataFrame:
    rows = pd.read_csv(FOLDER / f"{name}.csv")
    rows["value"] *= np.where(rows.get("side") == "input", -1.0, 1.0)
    every = pd.read_csv(FOLDER / "activities.csv")["good"].unique()
    wide = rows.pivot_table(index="good", columns=column, values="value", aggfunc="sum", sort=False)
    return wide.reindex(every).fillna(0.0)


def solve() -> tuple[System, dict[str, Solution]]:
    """The equilibrium, from a start that knows nothing of it."""
    p = data()
    model = System(theory(), {"c": list(p["net"].index), "s": list(p["net"].columns), "h": list(p["share"].columns)})
    return model, {"equilibrium": model.solve(p, {}, list(model.theory.equations), tol=1e-11, max_iter=200)}


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios, "p", "y", "income").round(6).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

"""Optimal growth of an economy of many goods, all periods at once: unknowns of a period touch only their neighbours.

The benchmark is a steady state: every price and quantity is an index, 1 in every period. Consumption follows the Euler
equation, capital what is invested; in the last period investment replaces what wears out. The wage is the numeraire of
every period, whose labour market follows by Walras' law.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cge.language.algebra import Theory, total
from cge.language.forms import Input, unit_cost
from cge.solve.system import System
from cgebase.arrays import Array

NOTE: dict[str, str] = {"unit": "index or benchmark value", "description": "see the statement that defines it"}
WEAR = 0.05
PLAIN, NESTED, INPUTS = 0.8, 0.3, 0.5


def theory() -> Theory:
    """Core: prices, outputs, rent, capital and consumption of every period."""
    t = Theory("growth of many goods")
    years, goods = t.set("y", "years", ordered=True), t.set("s", "goods")
    y, s, i = years.index("y"), goods.index("s"), goods.index("i")
    flow = t.parameter("flow", (goods, goods), **NOTE)
    labour, capital, eaten, built, size, added = (
        t.parameter(n, (goods,), **NOTE) for n in ("labour", "capital", "eaten", "built", "size", "added")
    )
    stock, patience, first = (t.parameter(n, (), **NOTE) for n in ("stock", "patience", "first"))
    skill = t.parameter("skill", (years,), **NOTE)
    P, X = (t.variable(n, (years, goods), default=1.0, **NOTE) for n in ("P", "X"))
    R, K, C = (t.variable(n, (years,), default=1.0, **NOTE) for n in ("R", "K", "C"))
    KL, cost = (t.variable(n, (years, goods), **NOTE) for n in ("KL", "cost"))
    PC, PI, invested = (t.variable(n, (years,), **NOTE) for n in ("PC", "PI", "invested"))

    t.define(KL, (y, s), unit_cost(PLAIN, Input(labour[s] / added[s], 1), Input(capital[s] / added[s], R[y])))
    inputs = Input(flow[i, s] / size[s], P[y, i], i)
    t.define(cost, (y, s), unit_cost(NESTED, Input(added[s] / size[s], KL[y, s]), inputs))
    t.define(PC, (y,), unit_cost(1, Input(eaten[i] / total(eaten[s], s), P[y, i], i)))
    t.define(PI, (y,), unit_cost(INPUTS, Input(built[i] / total(built[s], s), P[y, i], i)))
    earned = skill[y] * total(labour[s], s) + R[y] * K[y] * total(capital[s], s)
    t.define(invested, (y,), (earned - PC[y] * C[y] * total(eaten[s], s)) / (PI[y] * total(built[s], s)))

    t.equation("zero_profit", (y, s), cost[y, s] - P[y, s], pairs=X)
    used = total(flow[i, s] * X[y, s] * (cost[y, s] / P[y, i]) ** NESTED, s, where=flow[i, s])
    used += eaten[i] * C[y] * PC[y] / P[y, i] + built[i] * invested[y] * (PI[y] / P[y, i]) ** INPUTS
    t.equation("market", (y, i), used / size[i] - X[y, i], pairs=P)
    rented = capital[s] * X[y, s] * (cost[y, s] / KL[y, s]) ** NESTED * (KL[y, s] / R[y]) ** PLAIN
    t.equation("rental", (y,), total(rented, s) / total(capital[s], s) - K[y], pairs=R)
    t.equation("begins", (y,), K[y] - first, pairs=K, where=years.first[y])
    t.equation("builds", (y,), K[y] - (1 - WEAR) * K[y - 1] - WEAR * invested[y - 1], pairs=K)
    gain = (1 - WEAR) * PI[y + 1] + R[y + 1] * total(capital[s], s) / stock
    t.equation("saves", (y,), PC[y + 1] * C[y + 1] * PI[y] - patience * gain * PC[y] * C[y], pairs=C)
    t.equation("replaces", (y,), invested[y] - K[y], pairs=C, where=years.last[y])
    return t


def problem(periods: int, goods: int, seed: int = 1) -> tuple[System, dict[str, Array], list[str]]:
    """System, parameters in the steady state and closure of a random economy."""
    rng = np.random.default_rng(seed)
    flow = rng.gamma(0.5, size=(goods, goods)) * (rng.random((goods, goods)) < 0.5)
    added = rng.uniform(0.8, 1.2, goods) * (flow.sum(0) + 1)
    final = rng.uniform(0.5, 1.5, goods)
    coefficients = flow / (flow.sum(0) + added)
    size = np.linalg.solve(np.eye(goods) - coefficients, final)
    labour = size * (1 - coefficients.sum(0)) * rng.uniform(0.4, 0.7, goods)
    capital = size * (1 - coefficients.sum(0)) - labour
    built = 0.25 * final * rng.uniform(0.5, 1.5, goods)
    p: dict[str, Any] = {
        "flow": coefficients * size, "labour": labour, "capital": capital, "added": labour + capital, "size": size,
        "built": built, "eaten": final - built, "stock": built.sum() / WEAR, "first": 1.0, "skill": np.ones(periods),
    }  # fmt: skip
    p["patience"] = 1 / (1 - WEAR + capital.sum() / p["stock"])
    system = System(theory(), {"y": [f"y{k}" for k in range(periods)], "s": [f"s{k}" for k in range(goods)]})
    return system, p, list(system.theory.equations)

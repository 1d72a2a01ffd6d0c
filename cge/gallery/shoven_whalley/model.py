"""A closed economy with two goods, two factors and two households, and a tax on capital in one sector.

Shoven and Whalley (1984), Applied general-equilibrium models of taxation and international trade, Journal of Economic
Literature 22, 1007-1051: production and demand are CES with the weights and units of the article, as the GAMS Model
Library (two3mcp) and the R package GE (gem_4_4) carry them too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cge import Solution, System, Theory, beside, compare, total

FOLDER = Path(__file__).parent
SETS = {"i": ["manufactures", "others"], "f": ["capital", "labour"], "h": ["rich", "poor"]}
REPORTED = ("P", "W", "Q", "F", "I", "R")


def theory() -> Theory:
    """Equations of the article, with costs and demands in closed form."""
    t = Theory("shoven_whalley")
    goods, factors, households = t.set("i", "goods"), t.set("f", "factors"), t.set("h", "households")
    i, j, f, h = goods.index("i"), goods.index("j"), factors.index("f"), households.index("h")
    phi = t.parameter("phi", (goods,), unit="output per input", description="productivity")
    weight = t.parameter("weight", (factors, goods), unit="1", description="weight of the factor in production")
    sigma = t.parameter("sigma", (goods,), unit="1", description="elasticity of substitution in production")
    alpha = t.parameter("alpha", (households, goods), unit="1", description="weight of the good in utility")
    taste = t.parameter("taste", (households,), unit="1", description="elasticity of substitution in demand")
    stock = t.parameter("stock", (factors, households), unit="factor", description="endowment")
    back = t.parameter("back", (households,), unit="fraction", description="share in the tax revenue")
    tax = t.parameter("tax", (factors, goods), unit="fraction", description="tax on the factor", default=0.0)
    free = t.parameter("free", (factors,), unit="1", description="1 where the market is stated, 0 for the numeraire")
    P = t.variable("P", (goods,), unit="wage = 1", description="price of the good")
    W = t.variable("W", (factors,), unit="wage = 1", description="price of the factor", given=True, default=1.0)
    R = t.variable("R", (), unit="wage = 1", description="tax revenue", log=False, default=0.0)
    index = t.variable("index", (households,), unit="1", description="price index of the household, weighted")
    I = t.variable("I", (households,), unit="wage = 1", description="income")
    X = t.variable("X", (households, goods), unit="good", description="consumption")
    Q = t.variable("Q", (goods,), unit="good", description="output")
    F = t.variable("F", (factors, goods), unit="factor", description="factor used")

    paid = W[f] * (1 + tax[f, i])
    mean = total(weight[f, i] ** sigma[i] * paid ** (1 - sigma[i]), f)
    t.define(P, (i,), mean ** (1 / (1 - sigma[i])) / phi[i])
    t.define(I, (h,), total(W[f] * stock[f, h], f) + back[h] * R)
    t.define(index, (h,), total(alpha[h, j] * P[j] ** (1 - taste[h]), j))
    t.define(X, (h, i), alpha[h, i] * I[h] / (P[i] ** taste[h] * index[h]))
    t.define(Q, (i,), total(X[h, i], h))
    t.define(F, (f, i), Q[i] / phi[i] * (weight[f, i] * phi[i] * P[i] / paid) ** sigma[i])
    t.equation("factor_market", (f,), total(stock[f, h], h) - total(F[f, i], i), pairs=W, where=free[f])
    t.equation("revenue", (), R - total(tax[f, i] * W[f] * F[f, i], f, i), pairs=R, scale=1)
    return t


def data() -> dict[str, Any]:
    """Parameters of the article by label; labour is the numeraire."""
    goods = pd.read_csv(FOLDER / "goods.csv", index_col="good")
    households = pd.read_csv(FOLDER / "households.csv", index_col="household")
    return {
        "phi": goods["phi"], "sigma": goods["sigma"], "weight": goods[SETS["f"]].T, "taste": households["taste"],
        "alpha": households[SETS["i"]], "stock": households[SETS["f"]].T, "back": households["back"],
        "free": {"capital": 1.0, "labour": 0.0},
    }  # fmt: skip


def solve() -> tuple[System, dict[str, Solution]]:
    """Without a tax, and with a tax of one half on capital in manufacturing."""
    model, p = System(theory(), SETS), data()
    active = list(model.theory.equations)
    tax = pd.DataFrame(0.0, SETS["f"], SETS["i"])
    tax.loc["capital", "manufactures"] = 0.5
    base = model.solve(p, {}, active)
    return model, {"no tax": base, "tax": model.solve(p | {"tax": tax}, base.values, active)}


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios, *REPORTED).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).round(6).to_string())

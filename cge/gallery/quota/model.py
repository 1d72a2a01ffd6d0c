"""A small open economy under an import quota, written in blocks: nests of flows, from which the equations follow.

Markusen's model M44: two goods and factors, exports and imports at given world prices. The quota on imports of the
second good is auctioned; its rent is an ad valorem tax that the household gets. Exports of the second good and imports
of the first stand idle in the benchmark, at a loss. Without the quota the second good is only imported. Welfare is the
numeraire.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cge import Blocks, Flow, Nest, Solution, System, Tax, Theory, beside, compare

FOLDER = Path(__file__).parent
SETS = {"i": ["1", "2"], "f": ["labour", "capital"]}
RENT = 0.2


def blocks() -> Blocks:
    """Activities and the household, each with what it pays and gets."""
    t = Theory("quota")
    goods, factors = t.set("i", "goods"), t.set("f", "factors")
    i, f = goods.index("i"), factors.index("f")
    P, W = t.variable("P", (goods,), description="price"), t.variable("W", (factors,), description="factor price")
    foreign, welfare = (t.variable(n, (), description=f"price of {n}") for n in ("foreign", "welfare"))
    X, E, M = (t.variable(n, (goods,), log=False, default=d, description=what) for n, d, what in (
        ("X", 1.0, "output"), ("E", "E0", "exports"), ("M", "M0", "imports")))  # fmt: skip
    U = t.variable("U", (), log=False, description="utility")
    household = t.variable("household", (), description="income")
    rent = t.variable("rent", (), log=False, default=RENT, given=True, description="rent of the quota in the price")
    limited = t.parameter("limited", (goods,), description="1 where imports are limited")
    for name in ("E0", "M0"):
        t.parameter(name, (goods,), description="level in the benchmark")

    a = pd.read_csv(FOLDER / "goods.csv", index_col="good", dtype={"good": str})
    hired = a[SETS["f"]].T
    b = Blocks(t, SETS, {"limited": [0.0, 1.0], "E0": [1.0, 0.0], "M0": [0.0, 1.0]})
    b.production(X[i], Flow(P[i], a["output"]), Nest(1, [Flow(W[f], hired)]))
    b.production(E[i], Flow(foreign, a["earned"]), Flow(P[i], a["exports"]))
    b.production(M[i], Flow(P[i], a["imports"]), Flow(foreign, a["paid"], [Tax(limited[i] * rent, household)]))
    b.production(U, Flow(welfare, a["consumption"].sum()), Nest(1, [Flow(P[i], a["consumption"])]))
    b.demand(household, Flow(welfare, a["consumption"].sum()), [Flow(W[f], hired.sum(axis=1))])
    b.close(welfare)
    t.equation("quota", (), 1 - M["2"], pairs=rent, complements=True)
    return b


def solve() -> tuple[System, dict[str, Solution]]:
    """The quota, and free trade."""
    b = blocks()
    model = System(b.theory, b.sets)
    return model, {
        "base": model.solve(b.data, {}, [*b.active, "quota"], max_iter=0),
        "free trade": model.solve(b.data, {"rent": 0.0}, b.active, tol=1e-12),
    }  # fmt: skip


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios).round(6).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

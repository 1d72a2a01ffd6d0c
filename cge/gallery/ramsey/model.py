"""Optimal growth: consumption and investment of all periods at once, with perfect foresight.

Manne (1986), GAMS/MINOS: Three Examples, after Ramsey (1928). A planner maximises discounted logarithmic utility; the
last period stands for all that follow. Investment is at least what it was and grows no faster than can be absorbed, and
in the last period it sustains growth. Here the first-order conditions are stated: investment against its two bounds is
a complementarity. Capital follows its own past; what it is worth follows from what it is worth later, and in the last
period is solved for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sympy as sp

from cge import Solution, System, Theory, beside, compare, total

FOLDER = Path(__file__).parent
DISCOUNT, CAPITAL_SHARE, GROWTH, ABSORPTION = 0.95, 0.25, 0.03, 0.15
CAPITAL, INVESTMENT, CONSUMPTION = 3.0, 0.05, 0.95
PERIODS = 11


def theory() -> Theory:
    """Output, accumulation, and the conditions of the optimum."""
    t = Theory("ramsey")
    years = t.set("t", "periods", ordered=True)
    y = years.index("t")
    weight = t.parameter("weight", (years,), unit="utils", description="weight of the utility of the period")
    keeps = t.parameter("keeps", (years,), unit="1", description="capital that is kept; in the end less what it claims")
    scale, most = (t.parameter(n, (years,), unit="output", description=w) for n, w in
                   (("scale", "productivity"), ("most", "most that can be absorbed")))  # fmt: skip
    stock, least = (t.parameter(n, (), unit="output", description=w) for n, w in
                    (("stock", "first capital"), ("least", "least investment")))  # fmt: skip
    g = t.parameter("g", (), unit="fraction", description="growth that the last period sustains")
    t.parameter("path_I", (years,), unit="output", description="first guess of investment")
    K = t.variable("K", (years,), unit="output", description="capital")
    I = t.variable("I", (years,), unit="output", description="investment", log=False, default="path_I")
    C = t.variable("C", (years,), unit="output", description="consumption, above zero", default=CONSUMPTION)
    V = t.variable("V", (years,), unit="utils/output", description="what investment is worth", log=False, default=1.0)
    Y = t.variable("Y", (years,), unit="output", description="output")
    L = t.variable("L", (years,), unit="utils/output", description="what consumption is worth")
    utility = t.variable("utility", (), unit="utils", description="objective")

    t.define(Y, (y,), scale[y] * K[y] ** CAPITAL_SHARE)
    t.define(L, (y,), weight[y] / C[y])
    t.define(utility, (), total(weight[y] * sp.log(C[y]), y))
    t.define(K, (y,), stock, where=years.first[y])
    t.define(K, (y,), K[y - 1] + I[y - 1])
    yields = L[y + 1] * CAPITAL_SHARE * Y[y + 1] / K[y + 1]
    t.define(V, (y,), yields + keeps[y + 1] * V[y + 1])
    t.equation("resources", (y,), Y[y] - C[y] - I[y], pairs=C)
    t.equation("sustain", (y,), I[y] - g * K[y], pairs=V, where=years.last[y], complements=True)
    t.equation("invest", (y,), L[y] - V[y], pairs=I, complements=True, lower=least, upper=most[y])
    return t


def data(periods: int) -> dict[str, Any]:
    """Parameters of any number of periods."""
    n = np.arange(periods)
    weight = DISCOUNT ** (n + 1.0)
    weight[-1] /= 1 - DISCOUNT
    output = (CONSUMPTION + INVESTMENT) / CAPITAL**CAPITAL_SHARE
    return {
        "weight": weight, "keeps": np.where(n < periods - 1, 1.0, -GROWTH), "stock": CAPITAL, "least": INVESTMENT,
        "scale": output * (1 + GROWTH) ** ((1 - CAPITAL_SHARE) * n), "g": GROWTH,
        "most": INVESTMENT * (1 + ABSORPTION) ** n, "path_I": CAPITAL * GROWTH * (1 + GROWTH) ** n,
    }  # fmt: skip


def solve(periods: int = PERIODS) -> tuple[System, dict[str, Solution]]:
    """The optimal path."""
    model = System(theory(), {"t": [str(1990 + n) for n in range(periods)]})
    return model, {"optimum": model.solve(data(periods), {}, list(model.theory.equations), max_iter=100)}


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios, "K", "I", "C", "utility")["optimum"].unstack(0).round(4).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

"""A small open economy: two goods and factors, household, government, investment, trade at given world prices.

Hosoe, Gasawa and Hashimoto (2010), Textbook of Computable General Equilibrium Modelling, chapter 6, and chapter 10.5
for an import quota, whose rent is the household's. In the calibrated share form every price is 1 in the benchmark, so
that quantities are the amounts of the table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import sympy as sp

from cge import Input, Solution, System, Theory, beside, compare, demand, read_matrix, total, unit_cost

FOLDER = Path(__file__).parent
GOODS, FACTORS = ["BRD", "MLK"], ["CAP", "LAB"]
OTHERS = ["IDT", "TRF", "HOH", "GOV", "INV", "EXT"]
"""Taxes on output, tariffs, household, government, investment, the rest of the world."""
SIGMA, PSI = 2, 2
"""Elasticities between home and imported goods, and between home sales and exports."""
REPORTED = ("uu", "eps", "pf", "pq", "z", "q", "e", "m", "d", "chi")


def theory() -> Theory:
    """Equations of the book."""
    t = Theory("stdcge")
    goods, factors = t.set("i", "goods"), t.set("h", "factors")
    i, j, h = goods.index("i"), goods.index("j"), factors.index("h")

    def share(name: str, over: tuple, what: str) -> Any:
        return t.parameter(name, over, unit="fraction", description=what)

    beta, ay = share("beta", (factors, goods), "factor in value added"), share("ay", (goods,), "value added in output")
    ax = share("ax", (goods, goods), "first good in output of the second")
    home, abroad = share("home", (goods,), "home good in use"), share("abroad", (goods,), "exports in sales")
    tauz, tauz0 = share("tauz", (goods,), "tax on output"), share("tauz0", (goods,), "the same in the benchmark")
    taum, taum0 = share("taum", (goods,), "tariff"), share("taum0", (goods,), "the same in the benchmark")
    alpha, mu = share("alpha", (goods,), "budget share of the household"), share("mu", (goods,), "of the government")
    lam = share("lam", (goods,), "of investment")
    ssp, ssg, taud = share("ssp", (), "private saving"), share("ssg", (), "public saving"), share("taud", (), "tax")
    ff = t.parameter("ff", (factors,), unit="money", description="endowment")
    sf = t.parameter("sf", (), unit="foreign money", description="foreign saving")
    quota = t.parameter("quota", (goods,), unit="money of the benchmark", description="most imports", default=0.0)
    free = t.parameter("free", (factors,), unit="1", description="1 where the market is stated, 0 for the numeraire")

    def price(name: str, over: tuple, what: str, **traits: Any) -> Any:
        return t.variable(name, over, unit="index, benchmark = 1", description=what, default=1.0, **traits)

    def amount(name: str, over: tuple, what: str) -> Any:
        return t.variable(name, over, unit="money of the benchmark", description=what)

    pf, eps = price("pf", (factors,), "price of the factor", given=True), price("eps", (), "exchange rate")
    py, pz = price("py", (goods,), "price of value added"), price("pz", (goods,), "price of output before tax")
    pd_, pe, pm = (price(n, (goods,), w) for n, w in (("pd", "home price"), ("pe", "of exports"), ("pm", "of imports")))
    pq, sale = price("pq", (goods,), "price of the composite"), price("sale", (goods,), "price of sales, tax included")
    z, q = amount("z", (goods,), "output"), amount("q", (goods,), "home and imported goods used")
    e, m, d = (amount(n, (goods,), w) for n, w in (("e", "exports"), ("m", "imports"), ("d", "home goods")))
    chi = t.variable("chi", (goods,), unit="fraction", description="rent of the quota in the price of imports",
                     log=False, given=True, default=0.0)  # fmt: skip
    f = amount("f", (factors, goods), "factor hired")
    xp, xg, xv = (amount(f"x{n}", (goods,), f"bought by {w}") for n, w in
                  (("p", "the household"), ("g", "the government"), ("v", "investment")))  # fmt: skip
    income, tax = amount("income", (), "income of the household"), amount("tax", (), "revenue of the government")
    uu = t.variable("uu", (), unit="utils", description="utility of the household")

    t.define(py, (i,), unit_cost(1, Input(beta[h, i], pf[h], h)))
    t.define(f, (h, i), ay[i] * z[i] * demand(beta[h, i], pf[h], py[i], 1))
    t.define(pz, (i,), unit_cost(0, Input(ay[i], py[i]), Input(ax[j, i], pq[j], j)))
    t.define(pe, (i,), eps)
    t.define(pm, (i,), eps)
    bought = pm[i] * (1 + chi[i] + taum[i]) / (1 + taum0[i])
    t.define(pq, (i,), unit_cost(SIGMA, Input(home[i], pd_[i]), Input(1 - home[i], bought)))
    t.define(sale, (i,), unit_cost(-PSI, Input(abroad[i], pe[i]), Input(1 - abroad[i], pd_[i])))
    t.define(e, (i,), (1 + tauz0[i]) * z[i] * demand(abroad[i], pe[i], sale[i], -PSI))
    t.define(d, (i,), q[i] * demand(home[i], pd_[i], pq[i], SIGMA))
    t.define(m, (i,), q[i] * demand(1 - home[i], bought, pq[i], SIGMA) / (1 + taum0[i]))
    t.define(income, (), total(pf[h] * ff[h], h) + total(chi[i] * pm[i] * m[i], i))
    t.define(tax, (), taud * income + total(tauz[i] * pz[i] * z[i] + taum[i] * pm[i] * m[i], i))
    t.define(xp, (i,), alpha[i] * (1 - ssp - taud) * income / pq[i])
    t.define(xg, (i,), mu[i] * (1 - ssg) * tax / pq[i])
    t.define(xv, (i,), lam[i] * (ssp * income + ssg * tax + eps * sf) / pq[i])
    t.define(uu, (), sp.exp(total(alpha[i] * sp.log(xp[i]), i)))

    t.equation("zero_profit", (i,), (1 + tauz[i]) * pz[i] - (1 + tauz0[i]) * sale[i], pairs=z)
    sold = (1 + tauz0[i]) * z[i] * demand(1 - abroad[i], pd_[i], sale[i], -PSI)
    t.equation("home_market", (i,), sold - d[i], pairs=pd_)
    t.equation("market", (i,), q[i] - xp[i] - xg[i] - xv[i] - total(ax[i, j] * z[j], j), pairs=q)
    t.equation("factor_market", (h,), ff[h] - total(f[h, i], i), pairs=pf, where=free[h])
    t.equation("quota", (i,), quota[i] - m[i], pairs=chi, complements=True, where=quota[i])
    t.equation("payments", (), total(pe[i] * e[i] - pm[i] * m[i], i) / eps + sf, pairs=eps)
    return t


def sam() -> pd.DataFrame:
    """The social accounting matrix."""
    return read_matrix(FOLDER / "sam.csv", [*GOODS, *FACTORS, *OTHERS])


def data(sam: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and benchmark from a social accounting matrix whose rows receive from its columns."""
    hired, used = sam.loc[FACTORS, GOODS], sam.loc[GOODS, GOODS]
    value_added = hired.sum()
    output, tax, tariff = value_added + used.sum(), sam.loc["IDT", GOODS], sam.loc["TRF", GOODS]
    exports, imports = sam.loc[GOODS, "EXT"], sam.loc["EXT", GOODS]
    home = output + tax - exports
    composite = home + imports + tariff
    income, revenue = sam.loc["HOH"].sum(), sam.loc["GOV"].sum()
    final = sam.loc[GOODS, ["HOH", "GOV", "INV"]]
    budgets = dict(zip(("alpha", "mu", "lam"), (final / final.sum()).T.to_numpy(), strict=True))
    tauz, taum = tax / output, tariff / imports
    return budgets | {
        "beta": hired / value_added, "ay": value_added / output, "ax": used / output, "home": home / composite,
        "abroad": exports / (exports + home), "tauz": tauz, "tauz0": tauz, "taum": taum, "taum0": taum,
        "ssp": sam.loc["INV", "HOH"] / income, "ssg": sam.loc["INV", "GOV"] / revenue,
        "taud": sam.loc["GOV", "HOH"] / income, "ff": hired.sum(axis=1), "sf": sam.loc["INV", "EXT"],
        "free": {"CAP": 1.0, "LAB": 0.0},
    }, {"z": output, "q": composite}  # fmt: skip


def solve() -> tuple[System, dict[str, Solution]]:
    """The benchmark, which is a solution as it stands, free trade, and a tenth less imports of the first good."""
    model = System(theory(), {"i": GOODS, "h": FACTORS})
    table = sam()
    p, start = data(table)
    active = list(model.theory.equations)
    return model, {
        "base": model.solve(p, start, active, max_iter=0),
        "no tariff": model.solve(p | {"taum": dict.fromkeys(GOODS, 0.0)}, start, active),
        "quota": model.solve(p | {"quota": {"BRD": 0.9 * table.at["EXT", "BRD"], "MLK": 0.0}}, start, active),
    }


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios, *REPORTED).round(6).to_string())
    print("\nper cent against the base")
    print(compare(system, scenarios, *REPORTED, change=True).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

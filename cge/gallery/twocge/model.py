"""Two countries that trade with each other: what one exports the other imports, at a price that clears the market.

Hosoe, Gasawa and Hashimoto (2010), Textbook of Computable General Equilibrium Modelling, chapter 10.3, in the
calibrated share form: every price is 1 in the benchmark, so that quantities are the amounts of the tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import sympy as sp

from cge import Input, Solution, System, Theory, beside, compare, demand, read_matrix, total, unit_cost

FOLDER = Path(__file__).parent
GOODS, FACTORS, COUNTRIES = ["BRD", "MLK"], ["CAP", "LAB"], ["JPN", "USA"]
OTHERS = ["IDT", "TRF", "HOH", "GOV", "INV", "EXT"]
"""Taxes on output, tariffs, household, government, investment, the rest of the world."""
SIGMA, PSI = 2, 2
"""Elasticities between home and imported goods, and between home sales and exports."""
REPORTED = ("welfare", "uu", "eps", "w", "z", "e", "m")


def theory() -> Theory:
    """Equations of the book."""
    t = Theory("twocge")
    goods, factors, regions = t.set("i", "goods"), t.set("h", "factors"), t.set("r", "countries")
    i, j, h, r, s = goods.index("i"), goods.index("j"), factors.index("h"), regions.index("r"), regions.index("s")
    k = (i, r)

    def share(name: str, over: tuple, what: str) -> Any:
        return t.parameter(name, over, unit="fraction", description=what)

    beta = share("beta", (factors, goods, regions), "factor in value added")
    ax = share("ax", (goods, goods, regions), "first good in output of the second")
    ay, home = share("ay", (goods, regions), "value added in output"), share("home", (goods, regions), "home in use")
    abroad = share("abroad", (goods, regions), "exports in sales")
    tauz, taum = share("tauz", (goods, regions), "tax on output"), share("taum", (goods, regions), "tariff")
    tauz0, taum0 = (share(f"{n}0", (goods, regions), f"{n} in the benchmark") for n in ("tauz", "taum"))
    alpha, mu, lam = (share(n, (goods, regions), f"budget share of {w}") for n, w in
                      (("alpha", "the household"), ("mu", "the government"), ("lam", "investment")))  # fmt: skip
    ssp, ssg = share("ssp", (regions,), "private saving"), share("ssg", (regions,), "public saving")
    taud = share("taud", (regions,), "tax on income")
    ff = t.parameter("ff", (factors, regions), unit="money", description="endowment")
    sf = t.parameter("sf", (regions,), unit="foreign money", description="foreign saving")
    free = t.parameter("free", (factors,), unit="1", description="1 where the market is stated, 0 for the numeraire")
    floats = t.parameter("floats", (regions,), unit="1", description="1 where the exchange rate is free")
    partner = t.parameter("partner", (regions, regions), unit="1", description="1 for the other country")

    def price(name: str, over: tuple, what: str, **traits: Any) -> Any:
        return t.variable(name, over, unit="index, benchmark = 1", description=what, default=1.0, **traits)

    def amount(name: str, over: tuple, what: str) -> Any:
        return t.variable(name, over, unit="money of the benchmark", description=what)

    pf = price("pf", (factors, regions), "price of the factor", given=True)
    eps = price("eps", (regions,), "exchange rate", given=True)
    w = price("w", (goods, regions), "export price on the world market")
    py, pz = (price(n, (goods, regions), f"price of {x}") for n, x in (("py", "value added"), ("pz", "output")))
    pd_, pe, pm = (price(n, (goods, regions), f"price of {x}") for n, x in
                   (("pd", "home goods"), ("pe", "exports"), ("pm", "imports")))  # fmt: skip
    pq, sale = price("pq", (goods, regions), "composite price"), price("sale", (goods, regions), "price of all sales")
    z, q = amount("z", (goods, regions), "output"), amount("q", (goods, regions), "goods used")
    e, m, d = (amount(n, (goods, regions), x) for n, x in (("e", "exports"), ("m", "imports"), ("d", "home goods")))
    f = amount("f", (factors, goods, regions), "factor hired")
    xp = amount("xp", (goods, regions), "bought by the household")
    income, tax = amount("income", (regions,), "of the household"), amount("tax", (regions,), "public revenue")
    uu = t.variable("uu", (regions,), unit="utils", description="utility of the household")
    welfare = t.variable("welfare", (), unit="utils", description="sum of utilities")

    t.define(py, k, unit_cost(1, Input(beta[h, i, r], pf[h, r], h)))
    t.define(f, (h, i, r), ay[k] * z[k] * demand(beta[h, i, r], pf[h, r], py[k], 1))
    t.define(pz, k, unit_cost(0, Input(ay[k], py[k]), Input(ax[j, i, r], pq[j, r], j)))
    t.define(pe, k, eps[r] * w[k])
    t.define(pm, k, eps[r] * total(w[i, s], s, where=partner[r, s]))
    bought = pm[k] * (1 + taum[k]) / (1 + taum0[k])
    t.define(pq, k, unit_cost(SIGMA, Input(home[k], pd_[k]), Input(1 - home[k], bought)))
    t.define(sale, k, unit_cost(-PSI, Input(abroad[k], pe[k]), Input(1 - abroad[k], pd_[k])))
    t.define(e, k, (1 + tauz0[k]) * z[k] * demand(abroad[k], pe[k], sale[k], -PSI))
    t.define(d, k, q[k] * demand(home[k], pd_[k], pq[k], SIGMA))
    t.define(m, k, q[k] * demand(1 - home[k], bought, pq[k], SIGMA) / (1 + taum0[k]))
    t.define(income, (r,), total(pf[h, r] * ff[h, r], h))
    t.define(tax, (r,), taud[r] * income[r] + total(tauz[k] * pz[k] * z[k] + taum[k] * pm[k] * m[k], i))
    t.define(xp, k, alpha[k] * (1 - ssp[r] - taud[r]) * income[r] / pq[k])
    t.define(uu, (r,), sp.exp(total(alpha[k] * sp.log(xp[k]), i)))
    t.define(welfare, (), total(uu[r], r))

    t.equation("zero_profit", k, (1 + tauz[k]) * pz[k] - (1 + tauz0[k]) * sale[k], pairs=z)
    sold = (1 + tauz0[k]) * z[k] * demand(1 - abroad[k], pd_[k], sale[k], -PSI)
    t.equation("home_market", k, sold - d[k], pairs=pd_)
    saving = ssp[r] * income[r] + ssg[r] * tax[r] + eps[r] * sf[r]
    public = (mu[k] * (1 - ssg[r]) * tax[r] + lam[k] * saving) / pq[k]
    t.equation("market", k, q[k] - xp[k] - public - total(ax[i, j, r] * z[j, r], j), pairs=q)
    t.equation("factor_market", (h, r), ff[h, r] - total(f[h, i, r], i), pairs=pf, where=free[h])
    t.equation("world_market", k, e[k] - total(m[i, s], s, where=partner[r, s]), pairs=w)
    t.equation("payments", (r,), total(pe[k] * e[k] - pm[k] * m[k], i) / eps[r] + sf[r], pairs=eps, where=floats[r])
    return t


def country(sam: pd.DataFrame) -> dict[str, Any]:
    """Parameters and benchmark of one country from its matrix, whose rows receive from its columns."""
    hired, used = sam.loc[FACTORS, GOODS], sam.loc[GOODS, GOODS]
    value_added = hired.sum()
    output, tax, tariff = value_added + used.sum(), sam.loc["IDT", GOODS], sam.loc["TRF", GOODS]
    exports, imports = sam.loc[GOODS, "EXT"], sam.loc["EXT", GOODS]
    home = output + tax - exports
    composite = home + imports + tariff
    income, revenue = sam.loc["HOH"].sum(), sam.loc["GOV"].sum()
    final = sam.loc[GOODS, ["HOH", "GOV", "INV"]] / sam.loc[GOODS, ["HOH", "GOV", "INV"]].sum()
    return {
        "alpha": final["HOH"], "mu": final["GOV"], "lam": final["INV"], "beta": (hired / value_added).stack(),
        "ay": value_added / output, "ax": (used / output).stack(), "home": home / composite,
        "abroad": exports / (exports + home), "tauz": tax / output, "tauz0": tax / output, "taum": tariff / imports,
        "taum0": tariff / imports, "ssp": sam.loc["INV", "HOH"] / income, "ssg": sam.loc["INV", "GOV"] / revenue,
        "taud": sam.loc["GOV", "HOH"] / income, "ff": hired.sum(axis=1), "sf": sam.loc["INV", "EXT"],
        "z": output, "q": composite,
    }  # fmt: skip


def data() -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and benchmark of both countries; one factor and one balance of payments make room for numeraires."""
    each = {r: country(read_matrix(FOLDER / f"sam_{r}.csv", [*GOODS, *FACTORS, *OTHERS])) for r in COUNTRIES}
    names = each["JPN"]
    p: dict[str, Any] = {n: {r: each[r][n] for r in COUNTRIES} for n in names}
    p = {n: pd.concat(v, axis=1) if isinstance(v["JPN"], pd.Series) else v for n, v in p.items()}
    start = {n: p.pop(n) for n in ("z", "q")}
    p |= {"free": {"CAP": 1.0, "LAB": 0.0}, "floats": {"JPN": 1.0, "USA": 0.0}}
    p["partner"] = pd.DataFrame([[0.0, 1.0], [1.0, 0.0]], COUNTRIES, COUNTRIES)
    return p, start


def solve() -> tuple[System, dict[str, Solution]]:
    """The benchmark, which is a solution as it stands, and free trade."""
    model = System(theory(), {"i": GOODS, "h": FACTORS, "r": COUNTRIES})
    p, start = data()
    active = list(model.theory.equations)
    free_trade = p | {"taum": pd.DataFrame(0.0, GOODS, COUNTRIES)}
    return model, {
        "base": model.solve(p, start, active, max_iter=0),
        "no tariff": model.solve(free_trade, start, active),
    }


if __name__ == "__main__":
    system, scenarios = solve()
    print(compare(system, scenarios, *REPORTED).round(6).to_string())
    print("\nper cent against the base")
    print(compare(system, scenarios, *REPORTED, change=True).round(3).to_string())
    print(beside(compare(system, scenarios), pd.read_csv(FOLDER / "published.csv")).to_string())

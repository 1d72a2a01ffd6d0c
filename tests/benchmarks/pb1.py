"""PB-1, a common test problem for CGE solvers, in the equation language.

Regions trade goods by two Armington levels, firms use KLEM nests, households spend by LES, and every region caps its
emissions. All prices and quantities are indices, 1 at the benchmark; the permit price is 0 there. Nest prices,
demands and absorption are definitions, so the core is producer prices, activity levels, wages, rents and permit
prices. The permit income of a region is price times cap, which the complementarity makes exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cge.language.algebra import Theory, total
from cge.language.forms import Input, unit_cost
from cge.solve.system import System
from cgebase.arrays import Array

NOTE: dict[str, str] = {"unit": "index or benchmark value", "description": "see the statement that defines it"}
THREE = ("X0", "thE", "thM")
TRADE = ("T0", "thI")
TWO = ("VY0", "L0", "K0", "G0", "I0", "A0", "gam", "beta", "ty", "thL", "thKL", "thKLE", "thD", "phi")
GOODS = ("sT", "sKLE", "sKL", "sE", "sM", "sA", "sI")
REGIONS = ("td", "mps", "FSAV", "SN0", "GE0", "Lbar", "Kbar", "CO20", "cap", "free", "anchor")
CORE = ("P", "Y", "w", "rk", "tau")


def theory() -> Theory:
    """Equations e0 to e14 of the problem, condensed."""
    t = Theory("PB-1")
    regions, goods = t.set("r", "regions"), t.set("s", "goods and sectors")
    r, d, o = (regions.index(k) for k in "rdo")
    s, i = goods.index("s"), goods.index("i")
    p = {n: t.parameter(n, (regions, goods, goods), **NOTE) for n in THREE}
    p |= {n: t.parameter(n, (regions, regions, goods), **NOTE) for n in TRADE}
    p |= {n: t.parameter(n, (regions, goods), **NOTE) for n in TWO}
    p |= {n: t.parameter(n, (goods,), **NOTE) for n in GOODS}
    p |= {n: t.parameter(n, (regions,), **NOTE) for n in REGIONS}
    v = {n: t.variable(n, (regions, goods), **NOTE) for n in ("P", "Y", "KL", "KLE", "PE", "PM", "PI", "PA", "PU", "A")}
    v |= {n: t.variable(n, (regions,), **NOTE) for n in ("w", "rk", "YD", "GE", "SN", "INV")}
    tau = t.variable("tau", (regions,), log=False, **NOTE)
    P, Y, w, rk = v["P"], v["Y"], v["w"], v["rk"]
    KL, KLE, PE, PM, PI, PA, PU, A = (v[n] for n in ("KL", "KLE", "PE", "PM", "PI", "PA", "PU", "A"))
    YD, GE, SN, INV = (v[n] for n in ("YD", "GE", "SN", "INV"))

    def two(share: Any, first: Any, second: Any, sigma: Any) -> Any:
        return unit_cost(sigma, Input(share, first), Input(1 - share, second))

    def many(share: Any, price: Any, over: Any, sigma: Any) -> Any:
        return unit_cost(sigma, Input(share, price, over))

    t.define(PI, (r, s), many(p["thI"][o, r, s], P[o, s], o, p["sI"][s]))
    t.define(PA, (r, s), two(p["thD"][r, s], P[r, s], PI[r, s], p["sA"][s]))
    t.define(PU, (r, s), PA[r, s] + tau[r] * p["phi"][r, s], hub=True)
    t.define(KL, (r, s), two(p["thL"][r, s], w[r], rk[r], p["sKL"][s]))
    t.define(PE, (r, s), many(p["thE"][r, i, s], PU[r, i], i, p["sE"][s]))
    t.define(PM, (r, s), many(p["thM"][r, i, s], PU[r, i], i, p["sM"][s]))
    t.define(KLE, (r, s), two(p["thKL"][r, s], KL[r, s], PE[r, s], p["sKLE"][s]))
    earned = w[r] * p["Lbar"][r] + rk[r] * p["Kbar"][r]
    t.define(YD, (r,), (1 - p["td"][r]) * earned + tau[r] * p["cap"][r] * p["CO20"][r])
    taxes = total(p["ty"][r, s] * p["VY0"][r, s] * P[r, s] * Y[r, s], s)
    t.define(GE, (r,), (p["td"][r] * earned + taxes) / p["GE0"][r])
    t.define(SN, (r,), ((1 - p["mps"][r]) * YD[r] - total(PU[r, s] * p["gam"][r, s], s)) / p["SN0"][r])
    t.define(INV, (r,), (p["mps"][r] * YD[r] + p["FSAV"][r]) / total(p["I0"][r, s] * PU[r, s], s))

    scale = Y[r, s] * (P[r, s] / KLE[r, s]) ** p["sT"][s]
    energy = (KLE[r, s] / PE[r, s]) ** p["sKLE"][s] * (PE[r, s] / PU[r, i]) ** p["sE"][s]
    material = Y[r, s] * (P[r, s] / PM[r, s]) ** p["sT"][s] * (PM[r, s] / PU[r, i]) ** p["sM"][s]
    use = total(p["X0"][r, i, s] * scale * energy, s, where=p["thE"][r, i, s])
    use += total(p["X0"][r, i, s] * material, s, where=p["thM"][r, i, s])
    final = (p["beta"][r, i] * p["SN0"][r] * SN[r] + p["G0"][r, i] * GE[r]) / PU[r, i] + p["gam"][r, i]
    t.define(A, (r, i), (use + final + p["I0"][r, i] * INV[r]) / p["A0"][r, i])

    t.equation("zero_profit", (r, s), two(p["thKLE"][r, s], KLE[r, s], PM[r, s], p["sT"][s]) - P[r, s], pairs=Y)
    home = p["T0"][r, r, s] * A[r, s] * (PA[r, s] / P[r, s]) ** p["sA"][s]
    away = p["T0"][r, d, s] * A[d, s] * (PA[d, s] / PI[d, s]) ** p["sA"][s] * (PI[d, s] / P[r, s]) ** p["sI"][s]
    t.equation(
        "market", (r, s),
        (home + total(away, d, where=p["thI"][r, d, s])) / p["VY0"][r, s] - Y[r, s], pairs=P,
    )  # fmt: skip
    added = scale * (KLE[r, s] / KL[r, s]) ** p["sKLE"][s] * KL[r, s] ** p["sKL"][s]
    worked = total(p["L0"][r, s] * added / w[r] ** p["sKL"][s], s)
    rented = total(p["K0"][r, s] * added / rk[r] ** p["sKL"][s], s)
    t.equation("labour", (r,), worked / p["Lbar"][r] - 1, pairs=w, where=p["free"][r])
    t.equation("numeraire", (r,), w[r] - 1, pairs=w, where=p["anchor"][r])
    t.equation("capital", (r,), rented / p["Kbar"][r] - 1, pairs=rk)
    emitted = total(p["phi"][r, s] * p["A0"][r, s] * A[r, s], s, where=p["phi"][r, s])
    t.equation("cap", (r,), p["cap"][r] - emitted / p["CO20"][r], pairs=tau, complements=True)
    return t


def problem(raw: dict[str, Any]) -> tuple[System, dict[str, Array], dict[str, Array]]:
    """System, parameters and benchmark start from the arrays of a balanced economy.

    Parameters
    ----------
    raw : dict
        Arrays named as in the theory; ``thE`` over energy goods only, ``thM`` over the rest, ``phi`` by good.
    """
    n, m, energy = raw["R"], raw["S"], raw["nE"]
    p = {k: np.asarray(raw[k], float) for k in (*TRADE, *TWO, *GOODS, *REGIONS, "X0") if k in raw}
    p["thE"], p["thM"] = np.zeros((n, m, m)), np.zeros((n, m, m))
    p["thE"][:, :energy], p["thM"][:, energy:] = raw["thE"], raw["thM"]
    p["thI"] = p["thI"].copy()
    p["phi"] = np.tile(raw["phi"], (n, 1))
    p["cap"], p["anchor"] = np.ones(n), np.eye(n)[0]
    p["free"] = 1 - p["anchor"]
    system = System(theory(), {"r": [f"r{k}" for k in range(n)], "s": [f"s{k}" for k in range(m)]})
    start = {k: np.ones((n, m)) for k in ("P", "Y")} | {k: np.ones(n) for k in ("w", "rk")} | {"tau": np.zeros(n)}
    return system, p, start


def walras(system: System, p: dict[str, Array], values: dict[str, Array]) -> float:
    """Residual of the labour market that the numeraire replaces, relative to its labour."""
    return float(np.abs(system.residuals({**p, "free": p["anchor"]}, values, ["labour"])["labour"][0]))


ACTIVE = ("zero_profit", "market", "labour", "numeraire", "capital", "cap")

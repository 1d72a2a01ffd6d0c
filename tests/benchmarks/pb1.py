"""PB-1, a common test problem for CGE solvers, in the equation language.

Regions trade goods by two Armington levels, firms use KLEM nests, households spend by LES, and every region caps its
emissions. All prices and quantities are indices, 1 at the benchmark; the permit price is 0 there. Nest prices,
demands and absorption are definitions, so the core is producer prices, activity levels, wages, rents and permit
prices. The permit income of a region is price times cap, which the complementarity makes exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cge.algebra import Theory, total
from cge.forms import Input, unit_cost
from cge.system import System

Array = np.ndarray
NOTE: dict[str, str] = {"unit": "index or benchmark value", "description": "see the statement that defines it"}
THREE = ("X0", "thE", "thM")
TRADE = ("T0", "thI")
TWO = ("VY0", "L0", "K0", "G0", "I0", "A0", "gam", "beta", "ty", "thL", "thKL", "thKLE", "thD", "phi")
GOODS = ("sT", "sKLE", "sKL", "sE", "sM", "sA", "sI")
REGIONS = ("td", "mps", "FSAV", "SN0", "GE0", "INV0", "Lbar", "Kbar", "CO20", "cap", "free", "anchor")
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


def draw(regions: int, goods: int, seed: int = 1) -> dict[str, Any]:
    """A random balanced economy of this shape: trade falls with distance, incomes are spent where they arise."""
    rng = np.random.default_rng(seed)
    n, m = regions, goods
    fossil = 1 + (m >= 10) + (m >= 20)
    energy = fossil + 1
    cost = np.concatenate([rng.gamma(0.7, size=(n, m, m)) + 0.02, np.zeros((n, 2, m))], axis=1)
    cost[:, :energy] *= rng.uniform(0.03, 0.08, (n, 1, m)) / cost[:, :energy].sum(1, keepdims=True)
    added = rng.uniform(0.3, 0.5, (n, 1, m))
    cost[:, energy:m] *= (1 - added - cost[:, :energy].sum(1, keepdims=True)) / cost[:, energy:m].sum(1, keepdims=True)
    labour = rng.uniform(0.35, 0.7, (n, m))
    cost[:, m], cost[:, m + 1] = added[:, 0] * labour, added[:, 0] * (1 - labour)
    ty = rng.uniform(0.01, 0.05, (n, m))
    cost *= (1 - ty)[:, None]
    parts = {}
    for name, weight in (("C", 0.5), ("G", 0.15), ("I", 0.35)):
        pattern = rng.gamma(1.0, size=(n, m)) + 0.05
        pattern[:, :energy] *= 0.3 if name == "C" else 0.0
        parts[name] = weight * pattern / pattern.sum(1, keepdims=True)
    place = rng.uniform(size=(n, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=2) + 0.1
    trade = rng.lognormal(0, 0.5, (n, n, m)) / distance[:, :, None]
    trade[np.arange(n), np.arange(n)] = 0.0
    home = rng.uniform(0.55, 0.92, (n, m))
    trade *= (1 - home)[None] / trade.sum(0)
    trade[np.arange(n), np.arange(n)] = home
    inputs = np.einsum("odi,dis->oids", trade, cost[:, :m]).reshape(n * m, n * m)
    wanted = np.einsum("odi,di->oid", trade, sum(parts.values())).reshape(n * m, n)
    outputs = np.linalg.solve(np.eye(n * m) - inputs, wanted)
    earned = ((cost[:, m] + cost[:, m + 1] + ty).reshape(-1, 1) * outputs).reshape(n, m, n).sum(1)
    spend = np.full(n, 100.0)
    for _ in range(500):
        spend = earned @ spend
    out = (outputs @ spend).reshape(n, m)
    x0, l0, k0 = cost[:, :m] * out[:, None], cost[:, m] * out, cost[:, m + 1] * out
    c0, g0, i0 = (parts[k] * spend[:, None] for k in "CGI")
    a0 = x0.sum(2) + c0 + g0 + i0
    t0 = trade * a0[None]
    income = l0.sum(1) + k0.sum(1)
    td = (g0.sum(1) - (ty * out).sum(1)) / income
    fsav = t0.sum((0, 2)) - t0.sum((1, 2))
    gam = c0 * rng.uniform(0.1, 0.5, (n, m))
    gam[:, :fossil] = 0.0
    raw: dict[str, Any] = {
        "R": n, "S": m, "nE": energy, "VY0": out, "X0": x0, "L0": l0, "K0": k0, "G0": g0, "I0": i0, "A0": a0, "T0": t0,
        "ty": ty, "td": td, "mps": (i0.sum(1) - fsav) / ((1 - td) * income), "FSAV": fsav, "gam": gam,
        "SN0": (c0 - gam).sum(1), "beta": (c0 - gam) / (c0 - gam).sum(1, keepdims=True), "GE0": g0.sum(1),
        "INV0": i0.sum(1), "Lbar": l0.sum(1), "Kbar": k0.sum(1),
        "phi": np.where(np.arange(m) < fossil, 0.6, 0.0),
    }  # fmt: skip
    raw["CO20"] = (raw["phi"] * a0).sum(1)
    ranges = {"sT": (0.25, 0.45), "sKLE": (0.4, 0.8), "sKL": (0.6, 0.95), "sE": (1.2, 1.9), "sM": (0.15, 0.35),
              "sA": (1.8, 3.0), "sI": (3.0, 5.0)}  # fmt: skip
    return shares(raw | {k: rng.uniform(*v, m) for k, v in ranges.items()})


def shares(raw: dict[str, Any]) -> dict[str, Any]:
    """The arrays with the cost shares that follow from them."""
    x0, l0, k0, t0, energy = raw["X0"], raw["L0"], raw["K0"], raw["T0"], raw["nE"]
    fuel, stuff, value = x0[:, :energy].sum(1), x0[:, energy:].sum(1), l0 + k0
    own = np.einsum("rri->ri", t0)
    across = t0 * (1 - np.eye(raw["R"]))[:, :, None]
    return raw | {
        "thE": x0[:, :energy] / fuel[:, None], "thM": x0[:, energy:] / stuff[:, None], "thL": l0 / value,
        "thKL": value / (value + fuel), "thKLE": (value + fuel) / (value + fuel + stuff), "thD": own / raw["A0"],
        "thI": across / across.sum(0),
    }  # fmt: skip


def walras(system: System, p: dict[str, Array], values: dict[str, Array]) -> float:
    """Residual of the labour market that the numeraire replaces, relative to its labour."""
    return float(np.abs(system.residuals({**p, "free": p["anchor"]}, values, ["labour"])["labour"][0]))


ACTIVE = ("zero_profit", "market", "labour", "numeraire", "capital", "cap")

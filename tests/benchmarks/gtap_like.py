"""A model with the structure of GTAP (Hertel 1997) on economies of our drawing.

Every agent (each sector, households, government, investment) has its own composite of the home good and of imports, and
imports come from all regions. Sectors use intermediates in fixed proportions and value added of labour, capital, land
(sluggish: a transformation frontier) and resources (fixed). The regional household spends its income, duties included,
by Cobb-Douglas on private goods, government and saving; private demand is CDE with an implicit utility. A global bank
pools saving and invests in fixed proportions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pb1_economies import draw

from cge.language.algebra import Theory, total
from cge.language.forms import Input, demand, unit_cost
from cge.solve.system import System
from cgebase.arrays import Array

NOTE: dict[str, str] = {"unit": "index or benchmark value", "description": "see the statement that defines it"}
ACTIVE = ("zero_profit", "market", "labour", "numeraire", "capital", "land", "resource", "utility", "income")
AGENTS = ("private", "public", "invest")
LANDED = 3
"""Sectors with land and resources."""


def theory() -> Theory:
    """Prices from costs, demands from income, markets."""
    t = Theory("GTAP-like")
    regions, goods = t.set("r", "regions"), t.set("s", "goods and sectors")
    r, d, o = (regions.index(k) for k in "rdo")
    i, j = goods.index("i"), goods.index("j")
    rs, rss, rrs = (regions, goods), (regions, goods, goods), (regions, regions, goods)
    p = {n: t.parameter(n, rss, **NOTE) for n in ("x0", "cx")}
    p |= {n: t.parameter(n, rrs, **NOTE) for n in ("t0", "bought", "duty")}
    p |= {n: t.parameter(n, rs, **NOTE) for n in ("vy0", "m0", "home", "ty", "cva", "l0", "k0", "n0", "r0", "sl", "sk",
                                                  "sn", "sr", "cde", "rise", *AGENTS)}  # fmt: skip
    p |= {n: t.parameter(n, (goods,), **NOTE) for n in ("esubd", "esubm", "esubva")}
    p |= {n: t.parameter(n, (regions,), **NOTE) for n in ("xp", "xg", "xs", "part", "move", "free", "anchor")}
    v = {n: t.variable(n, rs, default=1.0, **NOTE) for n in ("P", "Q", "PLN", "PRS", "PM", "PVA", "PA", "Z", "QP", "QG",
                                                             "QI", "VA", "D", "M")}  # fmt: skip
    v |= {n: t.variable(n, (regions,), default=1.0, **NOTE) for n in ("W", "RK", "PL", "UP", "Y", "PI")}
    firms = t.variable("PF", rss, default=1.0, **NOTE)
    bank = t.variable("BANK", (), default=1.0, **NOTE)
    P, Q, PLN, PRS, PM, PVA, PA, Z = (v[n] for n in ("P", "Q", "PLN", "PRS", "PM", "PVA", "PA", "Z"))
    QP, QG, QI, VA, D, M = (v[n] for n in ("QP", "QG", "QI", "VA", "D", "M"))
    W, RK, PL, UP, Y, PI = (v[n] for n in ("W", "RK", "PL", "UP", "Y", "PI"))

    def composite(home: Any, here: Any, abroad: Any, sigma: Any) -> Any:
        return unit_cost(sigma, Input(home, here), Input(1 - home, abroad))

    t.define(PM, (r, i), unit_cost(p["esubm"][i], Input(p["bought"][o, r, i], P[o, i] * (1 + p["duty"][o, r, i]), o)))
    t.define(firms, (r, i, j), composite(p["home"][r, i], P[r, i], PM[r, i], p["esubd"][i]))
    t.define(PA, (r, i), composite(p["home"][r, i], P[r, i], PM[r, i], p["esubd"][i]))
    t.define(PL, (r,), unit_cost(-p["move"][r], Input(p["n0"][r, j] / total(p["n0"][r, i], i), PLN[r, j], j)))
    t.define(PI, (r,), total(p["invest"][r, i] * PA[r, i], i) / total(p["invest"][r, i], i))
    factors = {"l": W[r], "k": RK[r], "n": PLN[r, j], "r": PRS[r, j]}
    t.define(PVA, (r, j), unit_cost(p["esubva"][j], *(Input(p[f"s{f}"][r, j], x) for f, x in factors.items())))
    t.define(VA, (r, j), Q[r, j] * PVA[r, j] ** p["esubva"][j])

    t.define(bank, (), total(p["xs"][r] * Y[r], r))
    budget = p["private"][r, i] / total(p["private"][r, j], j)
    t.define(Z, (r, i), budget
             * UP[r] ** (p["rise"][r, i] * p["cde"][r, i])
             * (PA[r, i] * total(p["private"][r, j], j) / (p["xp"][r] * Y[r])) ** p["cde"][r, i])  # fmt: skip
    t.define(QP, (r, i), p["xp"][r] * Y[r] * Z[r, i] / (total(Z[r, j], j) * PA[r, i]))
    t.define(QG, (r, i), p["xg"][r] * Y[r] * p["public"][r, i] / (total(p["public"][r, j], j) * PA[r, i]))
    t.define(QI, (r, i), p["part"][r] * bank * p["invest"][r, i] / (total(p["invest"][r, j], j) * PI[r]))

    def bought(share: Any, price: Any) -> Any:
        inputs = total(p["x0"][r, i, j] * Q[r, j] * demand(share, price, firms[r, i, j], p["esubd"][i]), j)
        return inputs + (QP[r, i] + QG[r, i] + QI[r, i]) * demand(share, price, PA[r, i], p["esubd"][i])

    t.define(D, (r, i), bought(p["home"][r, i], P[r, i]))
    t.define(M, (r, i), bought(1 - p["home"][r, i], PM[r, i]))

    cost = total(p["cx"][r, i, j] * firms[r, i, j], i) + p["cva"][r, j] * PVA[r, j]
    t.equation("zero_profit", (r, j), cost - P[r, j], pairs=Q)
    sold = total(p["t0"][r, d, i] * M[d, i] / p["m0"][d, i]
                 * (PM[d, i] / (P[r, i] * (1 + p["duty"][r, d, i]))) ** p["esubm"][i], d)  # fmt: skip
    t.equation("market", (r, i), (D[r, i] + sold) / p["vy0"][r, i] - Q[r, i], pairs=P)
    used = {f: p[f"{f}0"][r, j] * VA[r, j] / x ** p["esubva"][j] for f, x in factors.items()}
    t.equation("labour", (r,), total(used["l"], j) / total(p["l0"][r, j], j) - 1, pairs=W, where=p["free"][r])
    t.equation("numeraire", (r,), W[r] - 1, pairs=W, where=p["anchor"][r])
    t.equation("capital", (r,), total(used["k"], j) / total(p["k0"][r, j], j) - 1, pairs=RK)
    supplied = (PLN[r, j] / PL[r]) ** p["move"][r]
    t.equation("land", (r, j), used["n"] / p["n0"][r, j] - supplied, pairs=PLN, where=p["n0"][r, j])
    t.equation("resource", (r, j), used["r"] / p["r0"][r, j] - 1, pairs=PRS, where=p["r0"][r, j])
    t.equation("utility", (r,), total((Z[r, i] - budget) / p["cde"][r, i], i), pairs=UP)
    earned = W[r] * total(p["l0"][r, j], j) + RK[r] * total(p["k0"][r, j], j)
    earned += total(p["n0"][r, j] * supplied * PLN[r, j] + p["r0"][r, j] * PRS[r, j], j)
    taxes = total(p["ty"][r, j] * p["vy0"][r, j] * P[r, j] * Q[r, j], j)
    duties = total(p["duty"][o, r, i] * P[o, i] * p["t0"][o, r, i] * M[r, i] / p["m0"][r, i]
                   * (PM[r, i] / (P[o, i] * (1 + p["duty"][o, r, i]))) ** p["esubm"][i], o, i)  # fmt: skip
    t.equation("income", (r,), earned + taxes + duties - Y[r], pairs=Y)
    return t


def problem(regions: int, goods: int) -> tuple[System, dict[str, Array], dict[str, Array]]:
    """System, parameters and benchmark start; no duties."""
    raw, rng = draw(regions, goods), np.random.default_rng(2)
    own = np.einsum("rri->ri", raw["T0"])
    t0 = raw["T0"] * (1 - np.eye(regions))[:, :, None]
    there = np.arange(goods) < LANDED
    n0, r0 = (raw["K0"] * part * there for part in (0.2, 0.3))
    f = {"l": raw["L0"], "k": raw["K0"] - n0 - r0, "n": n0, "r": r0}
    value = sum(f.values())
    private = raw["A0"] - raw["X0"].sum(2) - raw["G0"] - raw["I0"]
    y0 = (value + raw["ty"] * raw["VY0"]).sum(1)
    p = {
        "x0": raw["X0"], "cx": raw["X0"] / raw["VY0"][:, None] / (1 - raw["ty"])[:, None], "t0": t0,
        "cva": value / raw["VY0"] / (1 - raw["ty"]), "bought": t0 / t0.sum(0), "duty": np.zeros_like(t0),
        "vy0": raw["VY0"], "m0": t0.sum(0), "home": own / raw["A0"], "ty": raw["ty"], "private": private,
        "public": raw["G0"], "invest": raw["I0"], "cde": rng.uniform(0.2, 0.8, (regions, goods)),
        "rise": rng.uniform(0.7, 1.3, (regions, goods)), "esubd": raw["sA"], "esubm": raw["sI"],
        "esubva": rng.uniform(0.3, 1.5, goods), "move": np.ones(regions), "part": raw["I0"].sum(1) / raw["I0"].sum(),
        "xp": private.sum(1) / y0, "xg": raw["G0"].sum(1) / y0, "anchor": np.eye(regions)[0],
        "free": 1 - np.eye(regions)[0],
    }  # fmt: skip
    p |= {f"{k}0": x for k, x in f.items()} | {f"s{k}": x / value for k, x in f.items()}
    p["xs"] = 1 - p["xp"] - p["xg"]
    p["cx"], p["cva"] = (x / (p["cx"].sum(1) + p["cva"])[(slice(None), None) if x.ndim > 2 else ...]
                         for x in (p["cx"], p["cva"]))  # fmt: skip
    sets = {"r": [f"r{k}" for k in range(regions)], "s": [f"s{k}" for k in range(goods)]}
    return System(theory(), sets), p, {"Y": y0}


def walras(system: System, p: dict[str, Array], values: dict[str, Array]) -> float:
    """Residual of the labour market that the numeraire replaces, in parts of its labour."""
    return float(np.abs(system.residuals(p | {"free": p["anchor"]}, values, ["labour"])["labour"][0]))

"""The standard CGE model of Hosoe, Gasawa and Hashimoto (2010, ch. 6) written in the equation language.

Objective of the benchmark 25.508490012515818 and without tariffs 26.092634381288686: asserted values of the
GAMSPy model library version (stdcge), to 1e-6 of the objective.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sympy as sp

from cge.algebra import Theory, total
from cge.system import System

GOODS, FACTORS = ("BRD", "MLK"), ("CAP", "LAB")
BASE, FREE = 25.508490012515818, 26.092634381288686
SIGMA = PSI = 2.0


def _theory() -> Theory:
    t = Theory("stdcge")
    goods, factors = t.set("i", "goods"), t.set("h", "factors")
    i, j, h = goods.index("i"), goods.index("j"), factors.index("h")
    quantity = {"unit": "quantity", "description": "see the book"}
    par = {
        n: t.parameter(n, (goods,), **quantity)
        for n in (
            "ay",
            "b",
            "gam",
            "del_m",
            "del_d",
            "theta",
            "xi_e",
            "xi_d",
            "tauz",
            "taum",
            "alpha",
            "mu",
            "lam",
            "pw",
        )
    }
    beta = t.parameter("beta", (factors, goods), **quantity)
    ax = t.parameter("ax", (goods, goods), **quantity)
    ff = t.parameter("ff", (factors,), **quantity)
    ssp, ssg, taud, sf = (t.parameter(n, (), **quantity) for n in ("ssp", "ssg", "taud", "sf"))
    eta, phi = t.parameter("eta", (), **quantity), t.parameter("phi", (), **quantity)
    pf = t.variable("pf", (factors,), **quantity)
    py, pz, pq, pd_, pe, pm, z, q = (
        t.variable(n, (goods,), **quantity) for n in ("py", "pz", "pq", "pd", "pe", "pm", "z", "q")
    )
    eps = t.variable("eps", (), **quantity)
    y, e, d, m = (t.variable(n, (goods,), **quantity) for n in ("y", "e", "d", "m"))
    f = t.variable("f", (factors, goods), **quantity)
    income, tax = t.variable("income", (), **quantity), t.variable("tax", (), **quantity)
    uu = t.variable("uu", (), **quantity)
    t.define(y, (i,), par["ay"][i] * z[i])
    t.define(f, (h, i), beta[h, i] * py[i] * y[i] / pf[h])
    t.define(
        e,
        (i,),
        (par["theta"][i] ** phi * par["xi_e"][i] * (1 + par["tauz"][i]) * pz[i] / pe[i]) ** (1 / (1 - phi)) * z[i],
    )
    t.define(
        d,
        (i,),
        (par["theta"][i] ** phi * par["xi_d"][i] * (1 + par["tauz"][i]) * pz[i] / pd_[i]) ** (1 / (1 - phi)) * z[i],
    )
    t.define(
        m,
        (i,),
        (par["gam"][i] ** eta * par["del_m"][i] * pq[i] / ((1 + par["taum"][i]) * pm[i])) ** (1 / (1 - eta)) * q[i],
    )
    t.define(income, (), total(pf[h] * ff[h], h))
    t.define(tax, (), taud * income + total(par["tauz"][i] * pz[i] * z[i] + par["taum"][i] * pm[i] * m[i], i))
    saving = ssp * income + ssg * tax + eps * sf
    spend = (1 - ssp) * income - taud * income
    t.define(uu, (), sp.exp(total(par["alpha"][i] * sp.log(par["alpha"][i] * spend / pq[i]), i)))
    t.equation(
        "value_added_price",
        (i,),
        sp.Integer(1) * par["b"][i] * sp.exp(total(beta[h, i] * sp.log(beta[h, i] / pf[h]), h)) - 1 / py[i],
        pairs=py,
    )
    t.equation("unit_cost", (i,), pz[i] - par["ay"][i] * py[i] - total(ax[j, i] * pq[j], j), pairs=z)
    t.equation(
        "transformation",
        (i,),
        z[i] - par["theta"][i] * (par["xi_e"][i] * e[i] ** phi + par["xi_d"][i] * d[i] ** phi) ** (1 / phi),
        pairs=pz,
    )
    t.equation(
        "armington",
        (i,),
        q[i] - par["gam"][i] * (par["del_m"][i] * m[i] ** eta + par["del_d"][i] * d[i] ** eta) ** (1 / eta),
        pairs=pd_,
    )
    t.equation(
        "armington_home",
        (i,),
        d[i] - (par["gam"][i] ** eta * par["del_d"][i] * pq[i] / pd_[i]) ** (1 / (1 - eta)) * q[i],
        pairs=pq,
    )
    t.equation(
        "market",
        (i,),
        q[i]
        - par["alpha"][i] * spend / pq[i]
        - par["mu"][i] * (1 - ssg) * tax / pq[i]
        - par["lam"][i] * saving / pq[i]
        - total(ax[i, j] * z[j], j),
        pairs=q,
    )
    t.equation(
        "factor_market", (h,), total(f[h, i], i) - ff[h], pairs=pf, where=t.parameter("free", (factors,), **quantity)[h]
    )
    t.equation("export_price", (i,), pe[i] - eps * par["pw"][i], pairs=pe)
    t.equation("import_price", (i,), pm[i] - eps * par["pw"][i], pairs=pm)
    t.equation("payments", (), total(par["pw"][i] * (e[i] - m[i]), i) + sf, pairs=eps)
    return t


def _calibrate() -> tuple[dict, dict]:
    s = pd.read_csv(Path(__file__).parent / "data" / "hosoe_stdcge_sam.csv", index_col="account").astype(float)
    g = list(GOODS)
    f0 = s.loc[list(FACTORS), g].to_numpy()
    y0, x0 = f0.sum(0), s.loc[g, g].to_numpy()
    z0 = y0 + x0.sum(0)
    tz, tm = s.loc["IDT", g].to_numpy(), s.loc["TRF", g].to_numpy()
    e0, m0 = s.loc[g, "EXT"].to_numpy(), s.loc["EXT", g].to_numpy()
    c0, g0, i0 = (s.loc[g, k].to_numpy() for k in ("HOH", "GOV", "INV"))
    q0 = c0 + g0 + i0 + x0.sum(1)
    tauz, taum = tz / z0, tm / m0
    d0 = (1 + tauz) * z0 - e0
    eta, phi = (SIGMA - 1) / SIGMA, (PSI + 1) / PSI
    beta = f0 / y0
    del_m = (1 + taum) * m0 ** (1 - eta) / ((1 + taum) * m0 ** (1 - eta) + d0 ** (1 - eta))
    xi_e = e0 ** (1 - phi) / (e0 ** (1 - phi) + d0 ** (1 - phi))
    income, tax = f0.sum(), 23.0 + tz.sum() + tm.sum()
    p = {
        "ay": y0 / z0, "b": y0 / np.prod(f0**beta, axis=0), "gam": q0 / (del_m * m0**eta + (1 - del_m) * d0**eta) ** (1 / eta),
        "del_m": del_m, "del_d": 1 - del_m, "theta": z0 / (xi_e * e0**phi + (1 - xi_e) * d0**phi) ** (1 / phi),
        "xi_e": xi_e, "xi_d": 1 - xi_e, "tauz": tauz, "taum": taum, "alpha": c0 / c0.sum(), "mu": g0 / g0.sum(),
        "lam": i0 / i0.sum(), "pw": np.ones(2), "beta": beta, "ax": x0 / z0, "ff": f0.sum(1), "free": np.array([1.0, 0.0]),
        "ssp": np.array(17.0 / income), "ssg": np.array(2.0 / tax), "taud": np.array(23.0 / income), "sf": np.array(12.0),
        "eta": np.array(eta), "phi": np.array(phi),
    }  # fmt: skip
    one = np.ones(2)
    start = {k: one.copy() for k in ("pf", "py", "pz", "pq", "pd", "pe", "pm")} | {
        "z": z0,
        "q": q0,
        "eps": np.array(1.0),
    }
    return p, start


@pytest.fixture(scope="module")
def solved():
    theory = _theory()
    system = System(theory, {"i": GOODS, "h": FACTORS})
    p, start = _calibrate()
    active = list(theory.equations)
    base = system.solve(p, start, active, max_iter=0)
    free = system.solve(p | {"taum": np.zeros(2)}, start, active)
    return system, p, base, free


def test_benchmark_of_the_book_without_an_iteration(solved):
    _, _, base, _ = solved
    assert base.iterations == 0
    assert float(base.values["uu"]) == pytest.approx(BASE, abs=1e-9)


def test_tariff_removal_reaches_the_published_objective(solved):
    _, _, _, free = solved
    assert float(free.values["uu"]) == pytest.approx(FREE, rel=1e-6)
    assert float(free.values["eps"]) == pytest.approx(1.0628242213819283, rel=1e-6)
    np.testing.assert_allclose(free.values["z"], [74.58329439455915, 71.00623963090243], rtol=1e-6)


def test_the_dropped_labour_market_clears(solved):
    _, p, _, free = solved
    assert free.values["f"][1].sum() == pytest.approx(p["ff"][1], rel=1e-9)

"""Textbook models of Hosoe, Gasawa and Hashimoto (2010) in the equation language: one theory, two closures.

``stdcge`` (ch. 6): one small country, world prices given; objective 25.508490012515818 in the benchmark and
26.092634381288686 without tariffs (asserted in the GAMSPy model library). ``twocge`` (ch. 10.3): two countries trade
with each other; the sum of utilities without tariffs is 56.77783794415193 (published 56.7778).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from duality import duality_gap

from cge.language.algebra import Theory, total
from cge.solve.system import Solution, System

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
GOODS, FACTORS = ("BRD", "MLK"), ("CAP", "LAB")
ETA, PHI = 0.5, 1.5  # elasticities of substitution and transformation of 2
PRICES = ("pf", "py", "pz", "pq", "pd", "pe", "pm", "w", "eps")
W = {"unit": "see the book", "description": "see the book"}


def _theory() -> Theory:
    t = Theory("hosoe")
    goods, factors, regions = t.set("i"), t.set("h"), t.set("r")
    i, j, h, r, s = goods.index("i"), goods.index("j"), factors.index("h"), regions.index("r"), regions.index("s")
    names = "ay b gam del_m del_d theta xi_e xi_d tauz taum alpha mu lam pwm"
    ay, b, gam, del_m, del_d, theta, xi_e, xi_d, tauz, taum, alpha, mu, lam, pwm = (
        t.parameter(n, (goods, regions), **W) for n in names.split()
    )
    beta, ax = t.parameter("beta", (factors, goods, regions), **W), t.parameter("ax", (goods, goods, regions), **W)
    ff, free = t.parameter("ff", (factors, regions), **W), t.parameter("free", (factors, regions), **W)
    ssp, ssg, taud, sf, floats = (t.parameter(n, (regions,), **W) for n in ("ssp", "ssg", "taud", "sf", "floats"))
    partner = t.parameter("partner", (regions, regions), **W)
    pf = t.variable("pf", (factors, regions), given=True, **W)
    py, pz, pq, pd_, pe, pm, z, q = (
        t.variable(n, (goods, regions), **W) for n in ("py", "pz", "pq", "pd", "pe", "pm", "z", "q")
    )
    w, eps = t.variable("w", (goods, regions), given=True, **W), t.variable("eps", (regions,), given=True, **W)
    y, e, d, m, pw = (t.variable(n, (goods, regions), **W) for n in ("y", "e", "d", "m", "pw"))
    f = t.variable("f", (factors, goods, regions), **W)
    income, tax, uu = (t.variable(n, (regions,), **W) for n in ("income", "tax", "uu"))

    k = (i, r)
    sale = (1 + tauz[k]) * pz[k]
    t.define(y, k, ay[k] * z[k])
    t.define(f, (h, i, r), beta[h, i, r] * py[k] * y[k] / pf[h, r])
    t.define(e, k, (theta[k] ** PHI * xi_e[k] * sale / pe[k]) ** (1 / (1 - PHI)) * z[k])
    t.define(d, k, (theta[k] ** PHI * xi_d[k] * sale / pd_[k]) ** (1 / (1 - PHI)) * z[k])
    t.define(m, k, (gam[k] ** ETA * del_m[k] * pq[k] / ((1 + taum[k]) * pm[k])) ** (1 / (1 - ETA)) * q[k])
    t.define(pw, k, pwm[k] + total(partner[r, s] * w[i, s], s, where=partner[r, s]), ref="foreign price of imports")
    t.define(income, (r,), total(pf[h, r] * ff[h, r], h))
    t.define(tax, (r,), taud[r] * income[r] + total(tauz[k] * pz[k] * z[k] + taum[k] * pm[k] * m[k], i))
    saving = ssp[r] * income[r] + ssg[r] * tax[r] + eps[r] * sf[r]
    spend = (1 - ssp[r] - taud[r]) * income[r]
    t.define(uu, (r,), sp.exp(total(alpha[k] * sp.log(alpha[k] * spend / pq[k]), i)))

    unit = sp.exp(total(beta[h, i, r] * sp.log(beta[h, i, r] / pf[h, r]), h))
    t.equation("value_added_price", k, b[k] * unit - 1 / py[k], pairs=py)
    t.equation("unit_cost", k, pz[k] - ay[k] * py[k] - total(ax[j, i, r] * pq[j, r], j), pairs=z)
    supply = theta[k] * (xi_e[k] * e[k] ** PHI + xi_d[k] * d[k] ** PHI) ** (1 / PHI)
    t.equation("transformation", k, z[k] - supply, pairs=pz)
    t.equation(
        "armington", k, q[k] - gam[k] * (del_m[k] * m[k] ** ETA + del_d[k] * d[k] ** ETA) ** (1 / ETA), pairs=pd_
    )
    home = (gam[k] ** ETA * del_d[k] * pq[k] / pd_[k]) ** (1 / (1 - ETA)) * q[k]
    t.equation("home_demand", k, d[k] - home, pairs=pq)
    final = (alpha[k] * spend + mu[k] * (1 - ssg[r]) * tax[r] + lam[k] * saving) / pq[k]
    t.equation("market", k, q[k] - final - total(ax[i, j, r] * z[j, r], j), pairs=q)
    t.equation("factor_market", (h, r), total(f[h, i, r], i) - ff[h, r], pairs=pf, where=free[h, r])
    t.equation("export_price", k, pe[k] - eps[r] * w[k], pairs=pe)
    t.equation("import_price", k, pm[k] - eps[r] * pw[k], pairs=pm)
    t.equation("payments", (r,), total(w[k] * e[k] - pw[k] * m[k], i) + sf[r], pairs=eps, where=floats[r])
    t.equation("world_market", k, e[k] - total(partner[s, r] * m[i, s], s, where=partner[s, r]), pairs=w)
    return t


def _country(name: str) -> dict[str, np.ndarray]:
    """Calibrate one country from its SAM; rows receive from columns."""
    t = pd.read_csv(DATA / f"hosoe_{name}.csv", index_col="account").astype(float)
    g = list(GOODS)
    f0, x0 = t.loc[list(FACTORS), g].to_numpy(), t.loc[g, g].to_numpy()
    y0 = f0.sum(0)
    z0 = y0 + x0.sum(0)
    tz, tm = t.loc["IDT", g].to_numpy(), t.loc["TRF", g].to_numpy()
    e0, m0 = t.loc[g, "EXT"].to_numpy(), t.loc["EXT", g].to_numpy()
    c0, g0, i0 = (t.loc[g, k].to_numpy() for k in ("HOH", "GOV", "INV"))
    q0 = c0 + g0 + i0 + x0.sum(1)
    tauz, taum = tz / z0, tm / m0
    d0 = (1 + tauz) * z0 - e0
    beta = f0 / y0
    bought, home = (1 + taum) * m0 ** (1 - ETA), d0 ** (1 - ETA)
    del_m = bought / (bought + home)
    xi_e = e0 ** (1 - PHI) / (e0 ** (1 - PHI) + d0 ** (1 - PHI))
    income = f0.sum()
    tax = t.loc["GOV", "HOH"] + tz.sum() + tm.sum()
    return {
        "ay": y0 / z0, "b": y0 / np.prod(f0**beta, axis=0), "del_m": del_m, "del_d": 1 - del_m,
        "gam": q0 / (del_m * m0**ETA + (1 - del_m) * d0**ETA) ** (1 / ETA), "xi_e": xi_e, "xi_d": 1 - xi_e,
        "theta": z0 / (xi_e * e0**PHI + (1 - xi_e) * d0**PHI) ** (1 / PHI), "tauz": tauz, "taum": taum,
        "alpha": c0 / c0.sum(), "mu": g0 / g0.sum(), "lam": i0 / i0.sum(), "beta": beta, "ax": x0 / z0, "ff": f0.sum(1),
        "free": np.array([1.0, 0.0]), "ssp": t.loc["INV", "HOH"] / income, "ssg": t.loc["INV", "GOV"] / tax,
        "taud": t.loc["GOV", "HOH"] / income, "sf": t.loc["INV", "EXT"], "z": z0, "q": q0,
    }  # fmt: skip


class Case(NamedTuple):
    """A system, its calibrated parameters and start, the active equations, and the two solutions."""

    system: System
    parameters: dict[str, np.ndarray]
    base: Solution
    no_tariff: Solution


def _solve(names: tuple[str, ...], extra: dict[str, np.ndarray], without: tuple[str, ...]) -> Case:
    theory = _theory()
    countries = [_country(n) for n in names]
    p = {k: np.stack([c[k] for c in countries], axis=-1) for k in countries[0]} | extra
    n = len(names)
    start = {k: np.ones((2, n)) for k in ("pf", "py", "pz", "pq", "pd", "pe", "pm", "w")} | {"eps": np.ones(n)}
    start |= {"z": p.pop("z"), "q": p.pop("q")}
    system = System(theory, {"i": GOODS, "h": FACTORS, "r": names})
    active = [k for k in theory.equations if k not in without]
    base = system.solve(p, start, active, max_iter=0)
    return Case(system, p, base, system.solve(p | {"taum": np.zeros((2, n))}, start, active))


@pytest.fixture(scope="module")
def one_country() -> Case:
    extra = {"pwm": np.ones((2, 1)), "partner": np.zeros((1, 1)), "floats": np.ones(1)}
    return _solve(("stdcge_sam",), extra, ("world_market",))


@pytest.fixture(scope="module")
def two_countries() -> Case:
    extra = {"pwm": np.zeros((2, 2)), "partner": 1 - np.eye(2), "floats": np.array([1.0, 0.0])}
    return _solve(("twocge_sam_JPN", "twocge_sam_USA"), extra, ())


def test_stdcge_benchmark_without_an_iteration(one_country):
    assert one_country.base.iterations == 0
    assert float(one_country.base.values["uu"].sum()) == pytest.approx(25.508490012515818, abs=1e-9)


def test_stdcge_without_tariffs_reaches_the_published_objective(one_country):
    v = one_country.no_tariff.values
    assert float(v["uu"].sum()) == pytest.approx(26.092634381288686, rel=1e-6)
    assert float(v["eps"][0]) == pytest.approx(1.0628242213819283, rel=1e-6)
    np.testing.assert_allclose(v["z"][:, 0], [74.58329439455915, 71.00623963090243], rtol=1e-6)


def test_gradient_of_welfare_by_every_number_of_the_book(two_countries):
    """Utility of Japan without tariffs: transposed and forward derivatives agree, and so do differences."""
    system, p, base, free = two_countries
    active, data = list(system.theory.equations), p | {"taum": np.zeros((2, 2))}
    assert duality_gap(system, data, free.values, active) < 1e-10
    by = system.gradient(data, free.values, active, {"uu": {"twocge_sam_JPN": 1}})

    def welfare(name: str, cell: tuple[int, ...], step: float) -> float:
        moved = data | {name: data[name].copy()}
        moved[name][cell] += step
        return float(system.solve(moved, base.values, active, tol=1e-12).values["uu"][0])

    for name, cell in (("taum", (0, 1)), ("tauz", (1, 0)), ("ff", (1, 0)), ("beta", (0, 1, 1)), ("sf", (0,))):
        numeric = (welfare(name, cell, 1e-4) - welfare(name, cell, -1e-4)) / 2e-4
        assert by[name][cell] == pytest.approx(numeric, rel=1e-5), name
    # one more of every factor and of foreign saving is one more economy of the same prices
    larger = sum(float((p[n] * by[n]).sum()) for n in ("ff", "sf"))
    assert larger == pytest.approx(float(free.values["uu"][0]), rel=1e-9)


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e5, 1e12])
def test_stdcge_in_other_units_of_money_is_the_same_economy(one_country, unit):
    """Published amounts times any number; the start of trade stays at one, prices do not move."""
    p, start = dict(one_country.parameters), {n: one_country.base.values[n] for n in PRICES}
    p |= {n: p[n] * unit for n in ("ff", "sf")} | {"taum": np.zeros((2, 1))}
    start |= {n: one_country.base.values[n] * unit for n in ("z", "q")}
    active = [k for k in one_country.system.theory.equations if k != "world_market"]
    found = one_country.system.solve(p, start, active)
    assert found.iterations == one_country.no_tariff.iterations
    assert float(found.values["uu"].sum()) / unit == pytest.approx(26.092634381288686, rel=1e-6)
    np.testing.assert_allclose(found.values["eps"], one_country.no_tariff.values["eps"], rtol=1e-9)


def test_twocge_benchmark_without_an_iteration(two_countries):
    assert two_countries.base.iterations == 0
    assert float(two_countries.base.values["uu"].sum()) == pytest.approx(55.50849, abs=5e-6)


def test_twocge_without_tariffs_reaches_the_published_objective(two_countries):
    utility = two_countries.no_tariff.values["uu"]
    assert float(utility.sum()) == pytest.approx(56.77783794415193, rel=1e-6)
    np.testing.assert_allclose(utility, [26.16726659552975, 30.610571348622184], rtol=1e-6)


@pytest.mark.parametrize("case", ["one_country", "two_countries"])
def test_dropped_labour_markets_and_payments_close(case, request):
    found = request.getfixturevalue(case)
    v = found.no_tariff.values
    np.testing.assert_allclose(v["f"][1].sum(0), found.parameters["ff"][1], rtol=1e-8)
    abroad = (v["w"] * v["e"] - v["pw"] * v["m"]).sum(0) + found.parameters["sf"]
    np.testing.assert_allclose(abroad, 0.0, atol=1e-8)

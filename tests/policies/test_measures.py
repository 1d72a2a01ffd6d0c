"""Abatement displaces fuel: carriers come in its place, capture takes energy and stays below its ceilings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cge.analysis.verification.envelope import unexplained
from cge.analysis.verification.homogeneity import residual_of_doubling
from cge.calibrate.parameters import load_parameters
from cge.measure.energy import accounts as energy
from cge.measure.indicators import levels
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.runs.policy_year import capture_ceilings

SWITCHING, CAPITAL = {"abatement": "fuel-switching"}, {"abatement": "capital-goods"}


def _policy(model, closure):
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - 0.9 * (y - 2025) / 35) for y in model.paths.years[1:]}
    return Policy(caps, (), 4.0, 6.0, closure=closure)


def _run(model, closure):
    policy = _policy(model, closure)
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="m", log=lambda _: None)


@pytest.fixture(scope="module")
def runs(model):
    return {"switching": _run(model, SWITCHING), "capital": _run(model, CAPITAL)}


@pytest.mark.parametrize("name", ["switching", "capital"])
def test_accounts_close_under_both_forms(model, runs, name):
    active = _policy(model, SWITCHING if name == "switching" else CAPITAL).active
    now, base = runs[name][-1], model.baseline[-1]
    gap, largest = unexplained(model.system, base, now, active)
    assert gap < 1e-6 and largest > 1e-3
    assert residual_of_doubling(model.system, now, active) < 1e-9
    used = model.benchmark.parameters["used"] > 0
    np.testing.assert_allclose(now.accounts["QCA"].sum(1)[used], now.values["QINT"][used], rtol=1e-9, atol=1e-8)


def test_fuel_goes_with_its_carbon_and_electricity_comes(model, runs):
    def of(frame, indicator, sector="all"):
        rows = frame.query("year == 2060 and region == 'CN' and sector == @sector")
        return rows.set_index("indicator")["value"][indicator]

    new, old = (energy(model.benchmark, runs[n], "m") for n in ("switching", "capital"))
    assert of(new, "primary_energy", "oil") < 0.6 * of(old, "primary_energy", "oil")
    assert of(new, "electricity_share_final") > of(old, "electricity_share_final") + 0.1
    twh = {n: runs[n][-1].values["DB"].sum() for n in runs}
    assert twh["switching"] > model.baseline[-1].values["DB"].sum() > twh["capital"]
    v, of_run, p = runs["switching"][-1].values, runs["switching"][-1].accounts, model.benchmark.parameters
    burnt = sum(of_run[f"QC_{n}"] * (p[f"eps_{n}"] > 0) for n in ("top", "fue"))
    gone = of_run["QFD_top"] + of_run["QFD_fue"]
    np.testing.assert_allclose(gone, burnt * v["XDI"][None], rtol=1e-12)
    np.testing.assert_allclose(v["XDI"] + v["XCC"], v["XAB"], rtol=1e-12, atol=1e-15)
    old_run = runs["capital"][-1]
    assert not old_run.values["XDI"].any() and not old_run.accounts["QMS"].any() and not old_run.accounts["QMH"].any()


@pytest.mark.parametrize("name", ["switching", "capital"])
def test_what_is_spent_on_abatement_is_the_area_under_the_curve_and_the_energy_of_capture(runs, name):
    now = runs[name][-1]
    v, of = now.values, now.accounts
    spent = v["PINV"] * of["QAA"] + (v["PQ"][:, None] * of["QMS"]).sum(0)
    np.testing.assert_allclose(spent, v["PINV"] * v["EMA"] * v["SPA"] + of["QCC"] * v["ECC"], rtol=1e-9, atol=1e-9)
    at_home = v["PINV"] * of["QAH"] + (v["PQ"] * of["QMH"]).sum(0)
    np.testing.assert_allclose(at_home, v["PINV"] * v["EMH"] * v["SPAH"], rtol=1e-9)


def test_energy_of_capture_is_the_derivative_of_its_cost_by_the_price(model, runs):
    """Shephard: tonnes times what a tonne takes."""
    v, p = runs["switching"][-1].values, runs["switching"][-1].parameters
    k, c = (model.benchmark.sets[s].index(n) for s, n in (("a", "nmm"), ("c", "ely")))

    def cost(price):
        energy = v["ECC"][k] + p["capuse"][c, k] * (price - v["PQ"][c])
        z = np.maximum(0, (v["TAUA"][k] - v["PST"] - energy) / v["PINV"] - p["stcost"] - v["RCC"][k] - v["RCT"])
        half = p["habc"][k]
        return -v["PINV"] * p["ccs"][k] * p["keeps"] * p["xmax"][k] * (z - half * np.arctan(z / half))

    slope = (cost(v["PQ"][c] + 1e-6) - cost(v["PQ"][c] - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, p["capuse"][c, k] * v["XCC"][k], rtol=1e-6, atol=1e-9)
    assert slope.max() > 0.1


def test_coal_power_gives_up_a_third_of_a_mwh_per_tonne(model):
    p, a, c = model.benchmark.parameters, *(model.benchmark.sets[k].index(n) for k, n in (("a", "gco"), ("c", "elb")))
    there = p["act"][a] > 0
    np.testing.assert_allclose((p["capuse"][c, a] / p["pbd0"])[there], 0.33, rtol=1e-9)
    assert not p["capuse"][:, ~(p["act"] > 0)].any()


def test_a_heat_pump_or_furnace_does_the_work_of_the_fuel(model):
    """Electricity bought for a TWh of gas burnt in light industry, at full use: as in the table."""
    p, sets = model.benchmark.parameters, model.benchmark.sets
    parameters = load_parameters("cn12")
    a, gas, ely = sets["a"].index("oin"), sets["c"].index("crg"), sets["c"].index("ely")
    burnt = p["eps_fue"][gas, a] > 0
    twh = p["eps_fue"][gas, a] / parameters.value("fuel_carbon", "crg")
    price = 1 / model.baseline[0].values["DB"] * (p["qa0"][sets["a"].index("ely")])
    bought = p["swap"][gas, a] * p["pack"][ely, a] / price
    want = parameters.value("carrier_electricity", "oin") * twh
    free = burnt & (p["swap"][gas, a] < 1 + 0.8 * p["hab"][a] * p["eps_fue"][gas, a] - 1e-12)
    assert free.sum() > 5
    np.testing.assert_allclose(bought[free], want[free], rtol=1e-6)


def test_carriers_leave_money_for_capital_goods_at_every_price(model):
    """Base-year prices: what an activity saves on fuel and spends along the curve covers the carriers."""
    p = model.benchmark.parameters
    z = np.linspace(0.01, 20, 400)[:, None]
    for nest in ("top", "fue"):
        there = (p[f"eps_{nest}"] > 0) & (p["xmax"] > 0)[None, :, None]
        c, a, r = np.nonzero(there)
        tonnes, half, swap = p[f"eps_{nest}"][there], p["hab"][a], p["swap"][there]
        u = z / half
        share = u**2 / (1 + u**2)
        spent = tonnes * half * (np.arctan(u) - u / (1 + u**2))
        assert (spent + share - swap * share**2 > -1e-12).all()


def test_capital_goods_of_abatement_stay_above_zero_and_dear_carriers_make_measures_dear(model, runs):
    """Price of measures: Cobb-Douglas over the baseline's prices, by what a tonne costs of carriers less fuel."""
    v, of, p = runs["switching"][-1].values, runs["switching"][-1].accounts, runs["switching"][-1].parameters
    base = model.baseline[-1].values
    assert of["QAA"].min() >= 0 and of["QAH"].min() >= 0
    moved = np.log(np.where(p["used"] > 0, v["PQ"] / v["PINV"] * base["PINV"] / base["PQ"], 1.0))
    there = p["act"] > 0
    want = np.log(v["PINV"]) + (p["wms"] * moved[:, None]).sum(0)
    np.testing.assert_allclose(np.log(v["PMS"])[there], want[there], atol=1e-12)
    np.testing.assert_allclose(v["PMSH"], v["PINV"] * np.exp((p["wmsh"] * moved).sum(0)), rtol=1e-12)
    dear = v["PMS"] / v["PINV"] > 1.05
    assert dear.sum() > 20
    x = (v["TAUA"] / v["PINV"]) ** 2
    alone = (1 - p["ccs"])[:, None] * p["xmax"][:, None] * x / (x + p["hab"][:, None] ** 2)
    assert (v["XDI"] < alone)[dear & (alone > 0)].all(), "less is abated than at prices of the baseline"
    old = runs["capital"][-1].values
    np.testing.assert_array_equal(old["PMS"][there], np.broadcast_to(old["PINV"], there.shape)[there])


def test_capture_stays_near_its_ceilings(model, runs):
    coal = model.benchmark.sets["a"].index("gco")
    ceiling = capture_ceilings(model.benchmark, 2060)
    assert ceiling["cmax"][coal] == 500 and ceiling["ctot"] == 1820
    middle = capture_ceilings(model.benchmark, 2035)
    assert middle["cmax"][coal] == 260 and middle["ctot"] == 854
    assert capture_ceilings(model.benchmark, 2025)["ctot"] == capture_ceilings(model.benchmark, 2030)["ctot"] == 408
    low = {y: (0.2 * each, 0.2 * every) for y, (each, every) in model.benchmark.ceilings.items()}
    tight = _run(replace(model, benchmark=replace(model.benchmark, ceilings=low)), SWITCHING)[-1]
    of_coal, of_all = (run.accounts["QCC"].sum(1)[coal] for run in (tight, runs["switching"][-1]))
    assert of_coal < 110 < of_all < 550
    assert 2 * tight.values["STO"].sum() < runs["switching"][-1].values["STO"].sum() < 1820
    for run, total in ((tight, 364), (runs["switching"][-1], 1820)):
        v, p = run.values, run.parameters
        rent = p["crent"] * (v["STO"].sum() / total) ** 8
        assert v["RCT"] == pytest.approx(rent, rel=1e-6) and v["RCT"] > 1e-4
    assert runs["switching"][-1].values["RCC"][coal] > 0.1 and not runs["capital"][-1].values["RCC"].any()
    told = levels(model.benchmark, runs["switching"], "m").query("year == 2060 and region == 'CN'")
    captured = told[told["indicator"] == "captured"].set_index("sector")["value"]
    assert captured.sum() == pytest.approx(told.set_index("indicator")["value"]["stored"])


def test_nothing_is_nothing_under_both_forms(model):
    for closure in (CAPITAL, SWITCHING):
        policy = Policy({}, (), 4.0, 6.0, closure=closure)
        run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="n",
                         log=lambda _: None)  # fmt: skip
        for now, base in zip(run, model.baseline, strict=True):
            for name in ("GDPB", "EM", "DB"):
                np.testing.assert_allclose(now.values[name], base.values[name], rtol=1e-9)

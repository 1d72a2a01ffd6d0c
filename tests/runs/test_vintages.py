"""Old equipment: fixed proportions, a rent that ends at zero, and a long run like that of malleable capital."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shipped import shipped_paths

from cge.analysis.attribution import MEASURES, attribute
from cge.analysis.verification.envelope import unexplained
from cge.analysis.verification.homogeneity import residual_of_doubling
from cge.measure.derivatives import responses
from cge.measure.energy import carbon_gap
from cge.policies.efficiency import Efficiency
from cge.policies.tax import Tax
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.old_equipment import PARTS, in_use, old_equipment
from cge.runs.periods import Policy
from cge.study.model import identities
from cge.theory.nests import CLAY_INPUTS

YEARS = (2021, 2025, 2030, 2035, 2040, 2045, 2050)
VINTAGE = {"capital": "vintage"}
IDLE = {**VINTAGE, "abatement": "capital-goods"}


@pytest.fixture(scope="module")
def close(model):
    """cn12 in steps of five years, where half of a fifth to a third of capital is old."""
    paths = shipped_paths(model.benchmark, model.parameters, YEARS)
    baseline = run_baseline(model.system, model.benchmark, paths, log=lambda _: None)
    return replace(model, paths=paths, baseline=baseline)


def _run(model, *instruments, closure=VINTAGE, caps=None, **changes):
    model = replace(model, **changes)
    policy = Policy(caps or {}, (), 4.0, 6.0, closure, instruments=instruments)
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="v", log=lambda _: None)


def _constant(price, since):
    return Tax(price=price, start_price=price, start_year=since)


def _rent(period):
    """Rent of old equipment per unit of its bundle, (a, r)."""
    v = period.values
    return np.maximum(0, 1 - v["SPARE"]) * np.maximum(0, v["GAIN"])


def _carbon(period, energy):
    """Gross tonnes of what is burnt, (a, r), Mt; energy under the names of :data:`PARTS`."""
    return sum((period.parameters[f"eps_{n.name}"] * energy[f"cold_{n.name}"]).sum(0) for n in CLAY_INPUTS)


def _per(part, whole, there):
    return part[there] / whole[there]


@pytest.fixture(scope="module")
def short(close):
    """Three years: a tax of 600 yuan per tonne in the last only."""
    few = slice(0, 3)
    paths = shipped_paths(close.benchmark, close.parameters, YEARS[few])
    return _run(close, _constant(600, 2026), paths=paths, baseline=close.baseline[few])


@pytest.fixture(scope="module")
def prohibitive(close):
    """The same with 3,000 yuan per tonne; where carriers replace fuel as well, one step to it finds no solution."""
    few = slice(0, 3)
    paths = shipped_paths(close.benchmark, close.parameters, YEARS[few])
    return _run(close, _constant(3_000, 2026), closure=IDLE, paths=paths, baseline=close.baseline[few])


def test_nothing_done_leaves_old_capital_the_return_of_new(close):
    for base, now in zip(close.baseline[1:], _run(close)[1:], strict=True):
        old = now.parameters["qold"] > 0
        assert old.sum() > 0.8 * (now.parameters["theta_capital"] > 0).sum()
        for name in ("QA", "W", "RK", "PQ", "EMA", "KD"):
            np.testing.assert_allclose(now.values[name], base.values[name], rtol=1e-8, atol=1e-8)
        earned = (_rent(now) * now.parameters["qold"])[old] / now.parameters["kold"][old]
        np.testing.assert_allclose(earned, np.broadcast_to(now.values["RK"], old.shape)[old], rtol=1e-7)
        np.testing.assert_allclose(now.values["RKP"], 1.0, rtol=1e-8)


def test_a_shock_leaves_the_proportions_of_old_equipment(close, short):
    """Labour and every energy per unit of capital are those of the baseline; new equipment burns less."""
    base, now = close.baseline[2], short[2]
    old, p = now.parameters["qold"] > 0, now.parameters
    before = in_use(base)
    for name in ("lold", *(f"cold_{n.name}" for n in CLAY_INPUTS)):
        per_capital = (p[name] * p["qold"])[..., old] / p["kold"][old]
        np.testing.assert_allclose(per_capital, before[name][..., old] / before["kold"][old], rtol=1e-9, atol=1e-14)
    made, of_old = now.values["Q_kle"], _carbon(now, p)
    burns = old & (of_old > 0) & (made > 0)
    of_new = _per(_carbon(now, in_use(now)) - now.values["QOLD"] * of_old, made, burns)
    assert np.mean(of_new < of_old[burns]) > 0.95, "but where the fuel itself gets much cheaper"


@pytest.mark.slow
def test_proportions_are_those_of_the_same_run_not_of_the_baseline(close):
    """After one period under the tax old equipment burns what the last period's average burnt, drift aside."""
    run = _run(close, _constant(600, 2025))
    k = close.benchmark.sets["c"].index("coa")
    for t in (2, 3):
        (base, before), last, now = close.baseline[t : t - 2 : -1], run[t - 1], run[t]
        ran, then, new, p = in_use(last), in_use(before), in_use(base), now.parameters
        there = (p["qold"] > 0) & (then["cold_fue"][k] > 0)
        coal, first, usual = (_per(x["cold_fue"][k], x["qold"], there) for x in (ran, then, new))
        np.testing.assert_allclose(p["cold_fue"][k][there], coal * usual / first, rtol=1e-9)
        burns = (p["qold"] > 0) & (_carbon(base, new) > 0)
        assert np.mean(_carbon(now, p)[burns] < _per(_carbon(base, new), new["qold"], burns)) > 0.95


def test_where_equipment_stands_idle_its_rent_is_exactly_zero(prohibitive):
    now = prohibitive[2]
    v, p = now.values, now.parameters
    old = p["qold"] > 0
    used = v["QOLD"][old] / p["qold"][old]
    idle, chosen = used < 1, (v["KEEP"][old] > 0) & (v["KEEP"][old] < 1)
    assert idle.sum() > 10 and (used == 0).any() and (used[idle] > 0).any()
    np.testing.assert_array_equal(_rent(now)[old][idle & ~chosen], 0.0)
    np.testing.assert_allclose(_rent(now)[old][idle & chosen], 0.0, atol=1e-11)
    assert (_rent(now)[old][~idle] > 0).all()
    for name in ("KEEP", "SPARE", "QOLD", "EMA", "Q_kle", "QINT"):
        assert v[name].min() >= -1e-12 * v[name].max(), name
    assert v["KEEP"].max() <= 1 and v["SPARE"].max() <= 2
    waits = old & (v["Q_kle"] > 1e-6)
    np.testing.assert_array_equal(v["SPARE"][waits], 0.0)


def test_what_runs_is_worth_running(prohibitive):
    """Old equipment runs where it costs less than new, new is bought only at its cost, and buyers pay the lower."""
    v, p = prohibitive[2].values, prohibitive[2].parameters
    old = p["qold"] > 0
    paid = v["P_kle"] - np.minimum(v["SPARE"], 1) * v["GAIN"]
    dearer, cheaper = old & (v["VOLD"] > v["P_kle"] * (1 + 1e-9)), old & (v["VOLD"] < v["P_kle"] * (1 - 1e-9))
    np.testing.assert_array_equal(v["QOLD"][dearer], 0.0)
    np.testing.assert_array_equal(v["KEEP"][cheaper], 1.0)
    assert dearer.any() and (paid[cheaper] >= v["VOLD"][cheaper] * (1 - 1e-12)).all()


@pytest.mark.parametrize("which", ["short", "prohibitive"])
def test_capital_is_all_there_and_its_income_is_all_paid(close, which, request):
    for now in request.getfixturevalue(which)[1:]:
        v, p = now.values, now.parameters
        supply = (p["kcarry"] + p["kinv"] * v["INV"]) * p["kd0"]
        np.testing.assert_allclose(now.accounts["KU"].sum(0), supply, rtol=1e-8)
        earned = v["RK"] * now.accounts["KA"].sum(0) + (_rent(now) * v["QOLD"]).sum(0)
        np.testing.assert_allclose(v["RK"] * v["RKP"] * v["KD"], earned, rtol=1e-8)


@pytest.mark.parametrize("which", ["short", "prohibitive"])
def test_every_identity_holds(close, which, request):
    run = request.getfixturevalue(which)
    found = identities(close, run)
    assert max(found.values()) < 1e-8, found
    last, active = run[-1], Policy({}, (), 4.0, 6.0, VINTAGE if which == "short" else IDLE).active
    assert residual_of_doubling(close.system, last, active) < 1e-9
    gap, size = unexplained(close.system, close.baseline[2], last, active)
    assert gap < 1e-6 < 0.01 < size
    used = last.parameters["used"] > 0
    np.testing.assert_allclose(last.accounts["QCA"].sum(1)[used], last.values["QINT"][used], rtol=1e-10, atol=1e-8)
    assert carbon_gap(run) < 1e-12


@pytest.mark.slow
def test_without_hardening_it_is_the_default(close):
    soft = replace(close.benchmark, vintage_share=0.0)
    tax = _constant(600, 2025)
    for usual, now in zip(_run(close, tax, closure={}), _run(close, tax, benchmark=soft), strict=True):
        for name in ("QA", "W", "RK", "PQ", "EM", "GDPB"):
            np.testing.assert_allclose(now.values[name], usual.values[name], rtol=1e-8)


@pytest.mark.slow
def test_the_gap_to_malleable_capital_closes_after_a_lasting_shock(close):
    """One shock: under an elasticity that rises every period what is new differs from what is old every period."""
    first = {n: np.repeat(getattr(close.paths, n)[:1], len(YEARS), axis=0)
             for n in ("electrification", "household_energy")}  # fmt: skip
    paths = replace(close.paths, **first)
    baseline = run_baseline(close.system, close.benchmark, paths, log=lambda _: None)
    steady, tax = {"paths": paths, "baseline": baseline}, _constant(600, 2025)
    soft, firm = _run(close, tax, closure={}, **steady), _run(close, tax, **steady)
    gap = [
        (f.values["EM"].sum() - s.values["EM"].sum()) / b.values["EM"].sum()
        for b, s, f in zip(baseline[1:], soft[1:], firm[1:], strict=True)
    ]
    assert gap[0] > 0.01
    assert all(0 < later < 0.5 * earlier for earlier, later in zip(gap[:3], gap[1:4], strict=True))
    assert max(map(abs, gap[4:])) < 0.01 * gap[0]


def test_an_efficiency_programme_reaches_old_equipment(close):
    """Its cost counts all energy, so all energy is saved; no saving is counted twice when equipment hardens."""
    gain = 0.2
    run = _run(close, Efficiency(gain=gain, cost_share=0.0, start_year=2024, end_year=2025))
    for base, now in zip(close.baseline[1:], run[1:], strict=True):
        service, before = now.parameters["cold_ene"], in_use(base)
        there = (now.parameters["qold"] > 0) & (service.sum(0) > 0) & (now.parameters["save"] > 1)
        np.testing.assert_allclose(now.parameters["save"][there], 1 + gain)
        ratio = service.sum(0)[there] / _per(before["cold_ene"].sum(0), before["qold"], there)
        assert (ratio > 0.98).all() and (ratio < 1.3).all()


def test_only_amounts_move_with_the_share_that_hardens(close):
    base, before = close.baseline[2], close.baseline[1]
    few, many = (old_equipment(base, before, before, share) for share in (0.1, 0.2))
    assert {n for n in PARTS if not np.allclose(few[n], many[n], rtol=1e-9)} == {"kold", "qold"}


def test_the_baseline_may_give_up_more_than_policies_keep(close):
    """Where the baseline itself keeps less capital than the share, no more is old: nothing done is the baseline."""
    base, before = close.baseline[2], close.baseline[1]
    now = in_use(base)
    all_of_it = old_equipment(base, before, before, 10.0)
    there = (now["kold"] > 0) & (in_use(before)["kold"] > 0)
    np.testing.assert_allclose(all_of_it["kold"][there], now["kold"][there], rtol=1e-9)
    np.testing.assert_allclose(all_of_it["qold"][there], now["qold"][there], rtol=1e-9)


@pytest.mark.slow
def test_responses_carry_old_equipment_from_year_to_year(close):
    """Derivative of wages of the last year by a cap of an earlier one, against solves to either side."""
    few, step = slice(0, 4), 1e-3
    em0, n = close.benchmark.parameters["em0"], len(close.benchmark.sets["r"])
    paths = shipped_paths(close.benchmark, close.parameters, YEARS[few])
    here = replace(close, paths=paths, baseline=close.baseline[few])
    caps = {y: em0 * share for y, share in zip(YEARS[1:4], (0.85, 0.75, 0.7), strict=True)}
    who = close.benchmark.sets["r"].index("NW")
    slope = {YEARS[1]: np.eye(n)[who] * em0[who], YEARS[3]: np.zeros(n)}

    def wages(move):
        moved = {y: c + move * slope.get(y, 0.0) for y, c in caps.items()}
        return _run(here, caps=moved)

    policy = Policy(caps, (), 4.0, 6.0, VINTAGE)
    found = responses(here, policy, wages(0.0), slope, lambda _, p: p.values["W"])[who]
    numeric = (wages(step)[-1].values["W"] - wages(-step)[-1].values["W"]) / (2 * step)
    np.testing.assert_allclose(found, numeric, atol=1e-3 * np.abs(numeric).max())


@pytest.mark.slow
def test_caps_of_all_years_add_up_to_the_whole_effect(close):
    few = slice(0, 4)
    em0 = close.benchmark.parameters["em0"]
    paths = shipped_paths(close.benchmark, close.parameters, YEARS[few])
    here = replace(close, paths=paths, baseline=close.baseline[few])
    caps = {y: em0 * share for y, share in zip(YEARS[1:4], (0.85, 0.75, 0.7), strict=True)}
    policy = Policy(caps, (), 4.0, 6.0, VINTAGE)
    for found in attribute(here, policy, MEASURES, log=lambda _: None).values():
        assert found.gap < 5e-3
        np.testing.assert_allclose(found.effect.sum((0, 1)), found.total, rtol=1e-9, atol=1e-12)

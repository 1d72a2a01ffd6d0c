"""Closures as named swaps: each is square, leaves the baseline alone without a policy, and closes under a cap."""

from __future__ import annotations

import numpy as np
import pytest

from cge.analysis.verification.envelope import unexplained
from cge.analysis.verification.homogeneity import residual_of_doubling
from cge.language.structure import inspect_structure
from cge.measure.indicators import changes, checks, levels
from cge.policies.tax import Tax
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.runs.policy_year import policy_year
from cge.theory.chapters import THEORY
from cge.theory.closures import SWAPS, displaces_fuel, policy_closure
from cgebase.errors import SpecificationError

OPTIONS = [{axis: option} for axis, options in SWAPS.items() for option in list(options)[1:]]
TOGETHER = {"capital": "national", "labour": "national", "government": "purchases", "foreign": "exchange-fixed"}


def _run(model, closure, caps):
    policy = Policy(caps, (), 4.0, 6.0, closure)
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="c", log=lambda _: None)


@pytest.mark.parametrize("closure", [*OPTIONS, TOGETHER], ids=str)
def test_no_policy_is_the_baseline_in_every_closure(model, closure):
    for base, now in zip(model.baseline, _run(model, closure, {}), strict=True):
        np.testing.assert_allclose(now.values["GDPB"], base.values["GDPB"], rtol=1e-8)


@pytest.fixture(scope="module")
def capped(model):
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - 0.7 * (y - 2025) / 35) for y in model.paths.years[1:]}
    return {str(c): _run(model, c, caps) for c in ({}, *OPTIONS, TOGETHER)}


@pytest.mark.parametrize("closure", [*OPTIONS, TOGETHER], ids=str)
def test_every_closure_closes_under_a_cap(model, capped, closure):
    run = capped[str(closure)]
    name = "balance_of_payments"
    walras = [float(model.system.residuals(p.parameters, p.values, [name])[name]) for p in run]
    found = checks(model.benchmark, run, walras)
    assert found["walras"] < 1e-8
    assert found["max_scaled_residual"] < 1e-9
    assert found["gdp_expenditure_income"] < 1e-8


@pytest.mark.parametrize("closure", [{}, *OPTIONS, TOGETHER], ids=str)
def test_channels_are_all_of_gdp_in_every_closure(model, capped, closure):
    gap, size = unexplained(model.system, model.baseline[-1], capped[str(closure)][-1], policy_closure(closure))
    assert gap < 1e-6 < 0.01 < size


@pytest.mark.parametrize("closure", [*OPTIONS, TOGETHER], ids=str)
def test_only_relative_prices_matter_in_every_closure(model, capped, closure):
    assert residual_of_doubling(model.system, capped[str(closure)][-1], policy_closure(closure)) < 1e-9


def test_each_swap_does_what_it_says(model, capped):
    base, last = model.baseline[-1].values, {k: v[-1].values for k, v in capped.items()}
    default = last["{}"]

    def of(**closure):
        return last[str(closure)]

    np.testing.assert_allclose(of(capital="fixed")["KD"], base["KD"], rtol=1e-8)
    assert (default["KD"] < base["KD"]).all()
    returns = of(capital="national")["RK"] / base["RK"]
    assert np.ptp(returns) < 1e-8
    wages = of(labour="national")["W"] / base["W"]
    assert np.ptp(wages) < 1e-8
    np.testing.assert_allclose(of(investment="fixed")["INV"].sum(), base["INV"].sum(), rtol=1e-8)
    np.testing.assert_allclose(of(foreign="exchange-fixed")["EXR"], base["EXR"], rtol=1e-8)
    np.testing.assert_allclose(of(government="purchases")["LST"], base["LST"], rtol=1e-8)
    assert (of(government="purchases")["GX"] > 1).all()


@pytest.mark.parametrize("closure", [{}, *OPTIONS, TOGETHER], ids=str)
def test_every_closure_is_square_and_sound(model, closure):
    active = policy_closure(closure)
    p = model.benchmark.parameters | {"market": np.ones(31), "displaces": np.array(float(displaces_fuel(active)))}
    inspect_structure(THEORY, model.benchmark.sets, p, active).require()


def test_a_swap_by_hand_is_the_named_option(model):
    by_hand = {"drop": ["capital_market"], "activate": ["capital_fixed"]}
    assert set(policy_closure(by_hand)) == set(policy_closure({"capital": "fixed"}))
    clay = {"activate": ["capital_clay", "capital_putty", "mean_return"]}
    for closure in (clay, {"capital": "vintage"}):
        policy, last = Policy({}, (), 4.0, 6.0, closure), model.baseline[1]
        year = policy_year(THEORY, model.benchmark, model.paths, model.baseline, policy, last, 2)
        assert (year.parameters["qold"] > 0).any()


def test_a_wrong_swap_is_refused_before_anything_is_solved(model):
    policy = Policy({}, (), 4.0, 6.0, {"drop": ("capital_market",), "activate": ("no_such",)})
    with pytest.raises(SpecificationError, match="no equations named .*no_such"):
        run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="c", log=print)
    policy = Policy({}, (), 4.0, 6.0, {"activate": ("capital_fixed",)})
    with pytest.raises(SpecificationError, match="capital_market and capital_fixed .* same cells of RK"):
        run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="c", log=print)


def test_a_wrong_swap_names_what_is_left_over(model):
    p = model.benchmark.parameters | {"market": np.ones(31)}
    wrong = [e for e in policy_closure() if e != "capital_market"]
    with pytest.raises(SpecificationError, match="RK|RK_"):
        inspect_structure(THEORY, model.benchmark.sets, p, [*wrong, "capital_nation"]).require()


def test_a_fixed_exchange_rate_lends_more_not_less(model):
    """Saving from abroad is negative; under a cap it grows in size and capital pays for it (docs/closures.md)."""
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - 0.9 * (y - 2025) / 35) for y in model.paths.years[1:]}
    usual, fixed = (_run(model, c, caps) for c in ({}, {"foreign": "exchange-fixed"}))
    saving = [
        levels(model.benchmark, run, "f").query("indicator == 'foreign_saving' and year == 2060")["value"].item()
        for run in (usual, fixed)
    ]
    assert saving[1] < 1.5 * saving[0] < 0
    invested = [run[-1].values["INV"].sum() for run in (usual, fixed)]
    assert invested[1] < 0.95 * invested[0]
    assert usual[-1].values["EXR"] < model.baseline[-1].values["EXR"], "the currency rises where it may"


def test_a_lower_labour_tax_is_a_lump_sum_unless_labour_answers(model):
    tax = (Tax(price=600, start_price=600),)

    def of(**closure):
        policy = Policy({}, (), 4.0, 6.0, closure, instruments=tax)
        run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="l",
                         log=lambda _: None)  # fmt: skip
        return run[-1].values

    lump, cut = of(), of(government="labour-tax")
    assert cut["GDPB"].sum() == pytest.approx(lump["GDPB"].sum(), rel=1e-5)
    np.testing.assert_allclose(cut["LD"], lump["LD"], rtol=1e-8)
    lump, cut = (of(employment="wage-curve", **k) for k in ({}, {"government": "labour-tax"}))
    assert cut["UNR"].mean() < lump["UNR"].mean() and cut["LD"].sum() > lump["LD"].sum()


def test_workers_leave_where_wages_would_fall_most_and_the_indicator_says_so(model, capped):
    """Wages fall everywhere under a cap: workers go from where they would fall by more than the mean to the rest."""
    run = capped[str({"labour": "national"})]
    rows = changes(model.benchmark, model.baseline, run, "n").query("indicator == 'labour_change_pct' and year == 2060")
    moved = rows.set_index("region")["value"]
    assert moved["CN"] == pytest.approx(0.0, abs=1e-6)
    moved = moved[list(model.benchmark.sets["r"])].to_numpy()
    before, stay = model.baseline[-1].values, capped["{}"][-1].values
    wage = 100 * (stay["W"] / before["W"] - 1)
    mean = np.average(wage, weights=before["LD"])
    assert (wage < 0).all()
    clear = np.abs(wage - mean) > 0.1
    assert clear.sum() > 4
    np.testing.assert_array_equal(np.sign(moved[clear]), np.sign(wage - mean)[clear])
    assert np.corrcoef(wage, moved)[0, 1] > 0.95
    assert moved.argmin() == wage.argmin() and moved.argmax() == wage.argmax()
    assert moved.min() < -0.1 < 0.1 < moved.max()

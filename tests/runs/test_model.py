"""What must hold on the shipped data: replication, identities, equivalences."""

from __future__ import annotations

import numpy as np
import pytest

from cge.analysis.verification.homogeneity import doubled
from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.measure.indicators import changes, checks, levels
from cge.runs.dynamics import run_benchmark, run_policy
from cge.runs.periods import Policy
from cge.solve.system import System
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from sam.economy import load_economy, shipped_aggregations

SILENT = lambda _: None  # noqa: E731
SOLVED = {THEORY.equations[e].variable for e in CLOSURES["policy"]}
GIVEN = [n for n, f in THEORY.families.items() if f.kind == "variable" and n not in SOLVED | set(THEORY.definitions)]


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def _policy(model, share: float, *, trade: bool = False) -> Policy:
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - (1 - share) * (y - 2025) / 35) for y in model.paths.years[1:]}
    groups = (tuple(range(len(em0))),) if trade else ()
    return Policy(caps, groups, 4.0, 6.0)


@pytest.fixture(scope="module")
def uniform(model):
    return run_policy(
        model.system, model.benchmark, model.paths, model.baseline, _policy(model, 0.1), name="uniform", log=SILENT
    )


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", shipped_aggregations())
def test_base_year_is_a_solution_without_an_iteration(aggregation):
    economy = load_economy(aggregation)
    benchmark = calibrate(economy, load_parameters(aggregation, economy.activities, economy.commodities))
    solution = run_benchmark(System(THEORY, benchmark.sets), benchmark)
    assert solution.iterations == 0
    assert solution.max_residual < 1e-9


@pytest.mark.parametrize("closure", ["baseline", "policy"])
def test_jacobian_agrees_with_central_differences_off_the_benchmark(model, closure):
    rng = np.random.default_rng(3)
    p = dict(model.benchmark.parameters)
    p |= {"gamma_g": np.array(3.0), "gamma_n": np.array(4.0), "market": np.ones(31), "kinv": np.full(31, 1e-5)}
    start = {k: v * np.exp(0.02 * rng.standard_normal(v.shape)) for k, v in model.benchmark.start.items()}
    start["PCO2"] = np.full(31, 3.0)
    jacobian, f, at = model.system.jacobian(p, start, CLOSURES[closure])
    for _ in range(3):
        d = rng.standard_normal(len(f))
        numeric = (at(1e-6 * d) - at(-1e-6 * d)) / 2e-6
        np.testing.assert_allclose(jacobian @ d, numeric, atol=2e-8 * np.abs(numeric).max())


def test_only_relative_prices_matter(model):
    """Doubling every price and income leaves every real residual at zero, but for the numeraire."""
    active = [e for e in CLOSURES["benchmark"] if e != "numeraire"]
    parameters, start = doubled(model.benchmark.parameters), doubled(model.benchmark.start)
    found = model.system.residuals(parameters, start, [*active, "balance_of_payments"])
    assert max(np.nanmax(np.abs(v)) for v in found.values()) < 1e-10


def test_baseline_hits_its_targets_and_identities(model):
    for t, period in enumerate(model.baseline):
        np.testing.assert_allclose(period.values["GDPB"], model.paths.gdp[t], rtol=1e-8)
        np.testing.assert_allclose(period.values["EM"], model.paths.emissions[t], rtol=1e-8)
    _identities(model, model.baseline)


def test_identities_hold_under_a_deep_cap(model, uniform):
    _identities(model, uniform)
    last = uniform[-1]
    np.testing.assert_allclose(last.values["EM"], last.parameters["cap"], rtol=1e-8)
    assert (last.values["TAU"] > 0).all()


def _identities(model, periods):
    walras = [
        float(model.system.residuals(p.parameters, p.values, ["balance_of_payments"])["balance_of_payments"])
        for p in periods
    ]
    found = checks(model.benchmark, periods, walras)
    assert found["max_scaled_residual"] < 1e-9
    assert found["walras"] < 1e-8
    for name in ("gdp_expenditure_income", "gdp_income_value_added", "electricity_twh", "trade_symmetry"):
        assert found[name] < 1e-8, name


def test_inputs_reported_by_activity_add_up_to_the_solved_demand(model, uniform):
    last = uniform[-1]
    np.testing.assert_allclose(last.accounts["QCA"].sum(1), last.values["QINT"], rtol=1e-9, atol=1e-9)


def test_no_policy_is_the_baseline(model):
    idle = Policy({}, (), 4.0, 6.0)
    again = run_policy(model.system, model.benchmark, model.paths, model.baseline, idle, name="none", log=SILENT)
    for base, now in zip(model.baseline, again, strict=True):
        np.testing.assert_allclose(now.values["GDPB"], base.values["GDPB"], rtol=1e-8)
        np.testing.assert_allclose(now.values["SG"], base.values["SG"], rtol=1e-6, atol=1e-12)


def test_slack_cap_has_a_price_of_exactly_zero(model):
    loose = _policy(model, 0.1)
    caps = {y: 10 * model.benchmark.parameters["em0"] for y in loose.caps}
    run = run_policy(
        model.system, model.benchmark, model.paths, model.baseline, Policy(caps, (), 4.0, 6.0), name="loose", log=SILENT
    )
    assert (run[-1].values["PCO2"] == 0.0).all()
    np.testing.assert_allclose(run[-1].values["GDPB"], model.baseline[-1].values["GDPB"], rtol=1e-8)


def test_tax_at_the_price_of_a_cap_gives_its_allocation(model, uniform):
    last = uniform[-1]
    p = {**last.parameters, "tax": last.values["TAU"], "market": np.zeros(31), "member": np.zeros((31, 31))}
    start = {k: last.values[k] * 1.01 for k in model.benchmark.start}
    start |= {"PCO2": np.zeros(31), **{k: last.values[k] for k in GIVEN}}
    taxed = model.system.solve(p, start, CLOSURES["tax"])
    np.testing.assert_allclose(taxed.values["EM"], last.values["EM"], rtol=1e-6)
    np.testing.assert_allclose(taxed.values["QQ"], last.values["QQ"], rtol=1e-6, atol=1e-6)


def test_permit_trade_equalises_prices_and_keeps_the_national_total(model, uniform):
    traded = run_policy(
        model.system,
        model.benchmark,
        model.paths,
        model.baseline,
        _policy(model, 0.1, trade=True),
        name="t",
        log=SILENT,
    )
    tau = traded[-1].values["TAU"]
    assert np.ptp(tau) < 1e-9 * tau.mean()
    assert traded[-1].values["EM"].sum() == pytest.approx(uniform[-1].values["EM"].sum(), rel=1e-9)
    net = (tau * (traded[-1].parameters["cap"] - traded[-1].values["EM"])).sum()
    assert abs(net) < 1e-6 * (tau * traded[-1].values["EM"]).sum()


def test_same_solution_from_a_perturbed_start(model, uniform):
    rng = np.random.default_rng(5)
    last = uniform[-1]
    start = {}
    for k in model.benchmark.start:
        fixed = k in GIVEN
        noise = np.ones_like(last.values[k]) if fixed else np.exp(0.05 * rng.standard_normal(last.values[k].shape))
        start[k] = last.values[k] * noise
    again = model.system.solve(last.parameters, start, CLOSURES["policy"])
    np.testing.assert_allclose(again.values["GDPB"], last.values["GDPB"], rtol=1e-7)


def test_sector_contributions_add_up_to_the_regional_change(model, uniform):
    frame = changes(model.benchmark, model.baseline, uniform, "uniform")
    last = frame[frame["year"] == 2060]
    parts = last[last["indicator"] == "gdp_contribution_pp"].groupby("region")["value"].sum()
    whole = last[(last["indicator"] == "gdp_change_pct") & (last["region"] != "CN")].set_index("region")["value"]
    np.testing.assert_allclose(parts, whole.loc[parts.index], atol=1e-8)


def test_provinces_add_up_to_the_nation(model, uniform):
    frame = levels(model.benchmark, uniform, "uniform")
    for name in ("gdp", "emissions", "generation"):
        part = frame[(frame["indicator"] == name) & (frame["year"] == 2060)]
        nation = part[part["region"] == "CN"].groupby("sector")["value"].sum()
        provinces = part[part["region"] != "CN"].groupby("sector")["value"].sum()
        np.testing.assert_allclose(provinces, nation.loc[provinces.index], rtol=1e-10)


def test_households_choose_between_carriers_by_the_elasticity_of_the_year(model):
    """What they buy per price, year by year: 0.4 in 2021 rises straight to 1.2 in 2060."""
    c = list(model.benchmark.sets["c"])
    power, oil = c.index("ely"), c.index("oil")
    share = model.benchmark.parameters["the"]
    for period in model.baseline[1:]:
        v, asked = period.values, 0.4 + 0.8 * (period.year - 2021) / 39
        there = (share[power] > 0) & (share[oil] > 0)
        bought, weight = (x[power][there] / x[oil][there] for x in (v["QH"], share))
        dearer = np.broadcast_to(np.log(v["PQ"][power] / v["PQ"][oil]), there.shape)[there]
        np.testing.assert_allclose(np.log(bought / weight), -asked * dearer, rtol=1e-8, atol=1e-10)
        assert np.abs(dearer).max() > 0.05

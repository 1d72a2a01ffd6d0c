"""Power: costs of the table, a mix that follows them, and nothing gained by a change of the mix alone."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import YEARS
from shipped import shipped_paths

from cge.measure.indicators import changes, levels
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.periods import Period, Policy
from cge.study.model import Model
from sam import paths as data
from sam.registry import TECHNOLOGIES

FOSSIL = ("gco", "gga")


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.fixture(scope="module")
def uniform(model: Model) -> list[Period]:
    """A cap of a tenth of the base year in every province in the last year."""
    cap = {YEARS[-1]: 0.1 * model.benchmark.parameters["em0"]}
    gamma = [model.parameters.scalar(n) for n in ("gamma_technology", "gamma_origin")]
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, Policy(cap, (), *gamma),
                      name="uniform", log=lambda _: None)  # fmt: skip


def _cost(model: Model, period: Period) -> np.ndarray:
    p = period.parameters
    return np.where(p["gen"] > 0, p["c0g"] * p["gcost"][:, None] * period.values["P_cost"], np.nan)


def test_generation_costs_in_a_run_are_those_of_the_table(model: Model) -> None:
    path = data.technology_cost_path(YEARS).set_index(["technology", "year"])["index"]
    for period in model.baseline:
        cost, p = _cost(model, period), period.parameters
        for g in TECHNOLOGIES:
            k = model.benchmark.sets["a"].index(g)
            table = p["c0g"][k] * path[g, period.year]
            fuel = (p["theta_c_top"] * (p["eps_top"] > 0))[:, k] * (period.values["PQ"] - 1)
            there = p["gen"][k] > 0
            np.testing.assert_allclose(cost[k][there], (table * (1 + fuel.sum(0)))[there], rtol=1e-8, err_msg=g)
            assert (fuel.sum(0) != 0).any() == (g in FOSSIL and period.year > YEARS[0])


def test_the_mix_without_policy_follows_costs(model: Model) -> None:
    """Shares over those last observed are the ratio of costs over costs then to the power of the exponent."""
    first, last, paths = model.baseline[0], model.baseline[-1], model.paths
    gamma = model.parameters.scalar("gamma_technology")
    k, j = (model.benchmark.sets["a"].index(g) for g in ("gso", "gco"))
    there = (first.parameters["gen"][k] > 0) & (first.parameters["gen"][j] > 0) & (paths.mix[-1, [k, j]] > 0).all(0)
    moved = [np.log(last.values["SG"][i, there] / paths.mix[-1, i, there]) for i in (k, j)]
    dearer = [np.log(last.values["CG"][i, there] / paths.mix_cost[i, there]) for i in (k, j)]
    np.testing.assert_allclose(moved[0] - moved[1], -gamma * (dearer[0] - dearer[1]), rtol=1e-9)
    wind_and_sun = [(x.accounts["QG"][[model.benchmark.sets["a"].index(g) for g in data.LEARNING]]).sum()
                    / x.values["QB"].sum() for x in model.baseline]  # fmt: skip
    assert wind_and_sun == sorted(wind_and_sun)
    coal = [(x.accounts["QG"][j].sum()) / x.values["QB"].sum() for x in model.baseline]
    assert coal == sorted(coal, reverse=True)


def test_wind_and_solar_pay_for_integration_and_firm_capacity(model: Model) -> None:
    """In the base year nothing beyond what their cost holds; then by what their share grew."""
    k = model.benchmark.sets["a"].index("gso")
    first, last = model.baseline[0], model.baseline[-1]
    np.testing.assert_allclose(first.accounts["WGE"], 0.0, atol=1e-12)
    p, share = last.parameters, last.values["VRE"]
    firm = 0.067 * (1 - 0.1) * (1 - p["vre0"] / share)
    want = 10 * (0.2 * (share - p["vre0"]) + firm)
    there = p["gen"][k] > 0
    np.testing.assert_allclose((last.accounts["WGE"][k] / last.values["PINV"])[there], want[there], rtol=1e-9)


def test_observed_years_have_their_mix_and_later_ones_start_from_its_costs(model: Model) -> None:
    paths = shipped_paths(model.benchmark, model.parameters, (2021, 2024, 2030))
    assert paths.mix_exponent.tolist() == [0.0, 0.0, model.parameters.scalar("gamma_technology")]
    seen = data.provincial_power_mix_path([2024]).set_index(["technology", "region"])["share"]
    regions, sectors = model.benchmark.sets["r"], model.benchmark.sets["a"]
    for g in ("gco", "gwi", "gso"):
        want = seen[g].reindex(regions).fillna(0.0)
        np.testing.assert_allclose(paths.mix[1, sectors.index(g)], want, rtol=1e-12)
    k, p = sectors.index("gso"), model.benchmark.parameters
    cost = data.technology_cost_path([2024]).set_index("technology")["index"]["gso"]
    share = sum(paths.mix[1, sectors.index(g)] for g in data.LEARNING)
    want = p["pg_ref"][k] * cost + (share - p["vre0"]) * (p["ic"] + p["fc"] / share)
    np.testing.assert_allclose(paths.mix_cost[k], want, rtol=1e-12)


def test_the_mix_of_the_table_is_a_choice(model: Model) -> None:
    paths = shipped_paths(model.benchmark, model.parameters, YEARS, mix="table")
    table = data.provincial_power_mix_path([YEARS[-1]]).set_index(["technology", "region"])["share"]
    solved = run_baseline(model.system, model.benchmark, paths, log=lambda _: None)
    k, j = model.benchmark.sets["a"].index("gco"), model.benchmark.sets["r"].index("XJ")
    assert solved[-1].values["SG"][k, j] == pytest.approx(table["gco", "XJ"], rel=1e-12)
    assert abs(model.baseline[-1].values["SG"][k, j] - table["gco", "XJ"]) > 0.01


def test_what_holds_a_cheap_technology_back_is_a_cost_that_policies_pay(model: Model, uniform: list[Period]) -> None:
    """No technology is cheaper than another where the baseline stands; together places cost nothing there."""
    for base, now in zip(model.baseline[1:], uniform[1:], strict=True):
        there = base.parameters["gen"] > 0
        places, price = base.accounts["QST"], base.parameters["pb0"] * base.values["PXB"]
        whole = base.values["CG"] + places * base.values["PINV"]
        np.testing.assert_allclose(whole[there], np.broadcast_to(price, whole.shape)[there], rtol=1e-9)
        np.testing.assert_allclose((places * base.accounts["QG"]).sum(0) / base.values["QB"], 0.0, atol=1e-8)
        np.testing.assert_array_equal(now.accounts["QST"], now.parameters["site"])
        np.testing.assert_allclose(now.parameters["site"], places, rtol=1e-12)
        k = model.benchmark.sets["a"].index("gso")
        assert (places[k][there[k]] > 0).mean() > 0.9


def test_moving_power_costs_the_area_under_the_logit(model: Model, uniform: list[Period]) -> None:
    """Beside places and integration technologies buy the spread times the divergence of the mix from the baseline's."""
    base, now = model.baseline[-1], uniform[-1]
    p, v, of = now.parameters, now.values, now.accounts
    was, share = base.values["SG"], v["SG"]
    divergence = np.where(share * was > 0, share * np.log(np.where(share > 0, share, 1) / np.where(was > 0, was, 1)), 0)
    fitted = np.where(p["gen"] > 0, of["QAI"] / v["QB"] - of["QST"] * share, 0.0).sum(0)
    integration = (p["vre"][:, None] * share * (v["VRE"] - p["vre0"]) * (p["ic"] + p["fc"] / v["VRE"])).sum(0)
    np.testing.assert_allclose(fitted - integration, p["spread"] * divergence.sum(0), rtol=1e-8, atol=1e-9)
    assert (divergence.sum(0) > -1e-12).all() and divergence.sum(0).max() > 0.05
    gamma = model.parameters.scalar("gamma_technology")
    np.testing.assert_allclose(p["spread"], p["pb0"] * base.values["PXB"] / base.values["PINV"] / gamma, rtol=1e-12)


def test_power_is_one_bar_and_technologies_earn_their_own_cost(model: Model, uniform: list[Period]) -> None:
    frame = changes(model.benchmark, model.baseline, uniform, "uniform")
    bars = set(frame.loc[frame["indicator"] == "gdp_contribution_pp", "sector"])
    assert "generation" in bars and not bars & set(TECHNOLOGIES)
    last = frame[(frame["year"] == YEARS[-1]) & (frame["sector"] == "generation")]
    assert last.loc[last["indicator"] == "output_change_pct", "value"].notna().all()
    rows = levels(model.benchmark, model.baseline, "baseline")
    cost = rows[(rows["indicator"] == "generation_cost") & (rows["year"] == YEARS[-1])].set_index("sector")["value"]
    path = data.technology_cost_path(YEARS).set_index(["technology", "year"])["value"]
    assert cost["gso"] == pytest.approx(path["gso", YEARS[-1]], rel=1e-7)
    place = rows[(rows["indicator"] == "place_cost") & (rows["year"] == YEARS[-1])].set_index("sector")["value"]
    assert place["gso"] > 0 > place["gco"]

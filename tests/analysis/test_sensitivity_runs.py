"""Sensitivity runs of the model: what is reused is what would be solved, signs, and going on after a break."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shipped import shipped_paths

from cge.analysis.sensitivity import RunSetError, levers, run_sensitivity, runs
from cge.analysis.sensitivity.levers import Variation
from cge.analysis.sensitivity.vary import measures, varied
from cge.runs.dynamics import run_baseline, run_policy
from cge.study.baseline import Baseline
from cge.study.model import Model, policy_of
from cge.study.scenario import Closure, default_study_path, load_study
from cge.theory.chapters import THEORY
from cge.theory.symbols import POLICY_ONLY
from cgebase.errors import ConvergenceError, ScenarioError
from cgebase.messages import Message

pytestmark = pytest.mark.slow
YEARS = (2021, 2060)
USUAL = Baseline()
NAMES = ("abatement_half_cost", "gamma_technology")


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def variation(model: Model, name: str, side: str) -> Variation:
    (lever,) = levers([name], model.parameters, Closure(), USUAL)
    return next(v for v in lever.variations if v.side == side)


@pytest.mark.parametrize("name", ["abatement_half_cost", "abatement_max_share"])
def test_a_baseline_that_is_reused_is_the_one_that_would_be_solved(model, name):
    moved = varied(model, variation(model, name, "low"), USUAL)
    changed = {n for n, v in moved.benchmark.parameters.items() if not np.array_equal(v, model.benchmark.parameters[n])}
    assert changed and all(THEORY.families[n].tags >= POLICY_ONLY for n in changed)
    solved = run_baseline(moved.system, moved.benchmark, moved.paths, log=lambda _: None)
    for ours, again in zip(moved.baseline, solved, strict=True):
        assert all(np.array_equal(ours.parameters[n], again.parameters[n]) for n in changed)
        for n in ("PX", "QA", "W", "RK", "TFP", "EFF"):
            np.testing.assert_allclose(ours.values[n], again.values[n], rtol=1e-8)


def test_an_elasticity_moves_the_baseline_which_keeps_its_targets(model):
    moved = varied(model, variation(model, "sigma_kle", "high"), USUAL)
    last, before = moved.baseline[-1], model.baseline[-1]
    assert moved.parameters.changed and moved.parameters.name == "literature, sigma_kle high"
    np.testing.assert_allclose(last.values["EM"], before.values["EM"], rtol=1e-8)
    assert np.abs(last.values["EFF"] / before.values["EFF"] - 1).max() > 1e-3
    assert varied(model, Variation("closure.capital", "fixed", closure={"capital": "fixed"}), USUAL) is model


def test_flat_emissions_are_the_target_of_the_baseline(model):
    choices = {"emissions": "flat", "first_years": "projected"}
    flat = varied(model, Variation("baseline.emissions", "flat", baseline=choices), USUAL)
    np.testing.assert_allclose(flat.baseline[-1].values["EM"], model.benchmark.parameters["em0"], rtol=1e-8)


def test_a_saving_rate_moves_the_path_of_capital(model):
    low = model.parameters.with_values({("saving_rate_2060", "all"): 0.25}, "low")
    paths = shipped_paths(model.benchmark, low, model.paths.years)
    assert paths.saving[0] == model.paths.saving[0] == 1.0
    assert paths.saving[-1] / model.paths.saving[-1] == pytest.approx(0.25 / 0.30)


def test_dearer_abatement_costs_more_and_prices_rise(model):
    scenario = load_study(default_study_path()).only(["uniform"]).scenarios[0]
    found = {}
    for side in ("low", "high"):
        moved = varied(model, variation(model, "abatement_half_cost", side), USUAL)
        run = run_policy(moved.system, moved.benchmark, moved.paths, moved.baseline, policy_of(moved, scenario),
                         name="uniform", log=lambda _: None)  # fmt: skip
        found[side] = measures(moved, run, "uniform")
    assert found["high"]["gdp_change_pct"]["CN"] < found["low"]["gdp_change_pct"]["CN"] < 0
    assert found["high"]["permit_price"]["XJ"] > found["low"]["permit_price"]["XJ"] > 0
    assert 0.3 < found["low"]["rank_correlation"] <= 1, "intensities converge, so other causes count for more"


def test_a_set_goes_on_where_it_stopped_and_solves_again_only_what_changed(tmp_path: Path, monkeypatch: Any):
    study = load_study(default_study_path(), ("base.regions=region8",))

    def go(**more: Any) -> Any:
        said: list[str] = []
        asked: dict[str, Any] = {"aggregation": "cn12", "years": YEARS, "folder": tmp_path, "log": said.append} | more
        return *run_sensitivity(study, NAMES, **asked), said

    solve = runs._solve

    def interrupted(case: Any, model: Any, what: Variation, key: str) -> Any:
        if what.label == "gamma_technology low":
            raise KeyboardInterrupt
        return solve(case, model, what, key)

    monkeypatch.setattr(runs, "_solve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(workers=1)
    assert len(list((tmp_path / "runs").glob("*.json"))) == 3, "base run and both sides of the first lever"
    monkeypatch.setattr(runs, "_solve", solve)
    table, facts, failed, said = go(workers=2)
    assert not failed and "to solve: 2 runs; 2 more were solved before" in said
    assert list(table["parameter"]) == ["base", *(n for n in NAMES for _ in "lh")] and (table["solved"] == "yes").all()
    base = table.iloc[0]
    assert base["gdp_minus_base_pp_NW"] == 0 and table["gdp_change_pct_NW"].lt(0).all()
    assert facts["runs"]["gamma_technology high"]["changed_parameters"] == {"gamma_technology[all]": 8.0}
    assert facts["changed_parameters"] == {} and facts["checks"]["base"]

    def never(*_: Any) -> Any:
        raise AssertionError("solved again")

    monkeypatch.setattr(runs, "_solve", never)
    again, _, _, _ = go(workers=1)
    assert again.equals(table)
    with pytest.raises(AssertionError, match="solved again"):
        go(workers=1, scenario="differentiated")


def test_failures_of_a_set_are_told(tmp_path: Path, monkeypatch: Any, model: Model):
    study = load_study(default_study_path())
    asked: dict[str, Any] = {"aggregation": "cn12", "years": YEARS, "folder": tmp_path, "workers": 1}
    with pytest.raises(ScenarioError, match="is the baseline"):
        run_sensitivity(study, NAMES, scenario="baseline", **asked)
    monkeypatch.setattr(runs.Case, "model", lambda *_: replace(model, kept=None))

    def stops(case: Any, model: Any, what: Variation, key: str) -> Any:
        raise ConvergenceError(Message("stopped", "停止"))

    monkeypatch.setattr(runs, "_solve", stops)
    with pytest.raises(RunSetError, match="base run has no solution") as caught:
        run_sensitivity(study, NAMES, **asked)
    assert caught.value.args[0].code == "CGE226" and "停止" in caught.value.args[0].zh

    def broken(*_: Any, **__: Any) -> Any:
        raise runs.BrokenProcessPool

    flat = {m: dict.fromkeys(("XJ", "CN"), -1.0) for m in ("gdp_change_pct", *runs.MEASURES)}
    monkeypatch.setattr(runs, "_solve", lambda *_: flat | {"rank_correlation": 1.0, "checks": {}, "seconds": 0.0})
    monkeypatch.setattr(runs, "as_they_come", broken)
    with pytest.raises(RunSetError, match="ended before its time") as caught:
        run_sensitivity(study, NAMES, **(asked | {"workers": 2}))
    assert caught.value.args[0].code == "CGE228" and caught.value.exit_code == 6


def test_a_second_policy_is_beside_the_first_what_it_is_alone(tmp_path: Path) -> None:
    study = load_study(default_study_path(), ("base.regions=region8",))
    levers_, asked = ("abatement_half_cost", "closure.ownership"), {"aggregation": "cn12", "years": YEARS, "workers": 1}
    two, _, failed = run_sensitivity(study, levers_, beside="differentiated", folder=tmp_path / "two", **asked)
    alone, _, _ = run_sensitivity(study, levers_, scenario="differentiated", folder=tmp_path / "one", **asked)
    assert not failed and len(two) == 4
    for region in ("NW", "CN"):
        other = alone[f"gdp_change_pct_{region}"]
        np.testing.assert_allclose(two[f"beside_gdp_change_pct_{region}"], other, rtol=1e-7)
        np.testing.assert_allclose(two[f"gap_pp_{region}"], other - two[f"gdp_change_pct_{region}"], atol=1e-6)
    moved = two["gap_minus_base_pp_NW"]
    assert moved[0] == 0 and moved[1:].abs().gt(1e-4).all()
    with pytest.raises(ScenarioError, match="beside itself"):
        run_sensitivity(study, levers_, beside="uniform", folder=tmp_path / "same", **asked)

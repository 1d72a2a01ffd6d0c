"""Draws of the model: a break, parts, processes and a cluster change no byte; failures are counted."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cge.analysis.ensemble import Asked, cluster, run_ensemble, runs, shard_folder, solve, space_of
from cge.analysis.sensitivity import RunSetError
from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters.changes import changed
from cge.runs.baseline_paths import build_paths
from cge.study.model import Model
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import CGEError, ConvergenceError, ScenarioError
from cgebase.messages import Message

STUDY = load_study(default_study_path(), ("base.regions=region8",)).only(["baseline", "uniform", "differentiated"])
YEARS = (2021, 2030, 2060)
CALM = Asked(3, seed=1, over=("baseline",))
"""What the model solves in three years thirty years apart too."""


@pytest.fixture
def go(model: Model, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run an ensemble with the model of the session."""
    monkeypatch.setattr(runs, "model_of", lambda *_, **__: replace(model, kept=None))

    def run(folder: Path, asked: Asked = CALM, **more: Any) -> Any:
        folder.mkdir(exist_ok=True)
        return run_ensemble(STUDY, asked, aggregation="cn12", years=YEARS, folder=folder, **more)

    return run


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*.json"))}


def test_a_break_parts_and_more_draws_change_no_byte(go: Any, tmp_path: Path, monkeypatch: Any):
    whole = go(tmp_path / "whole", workers=2)
    assert [d["draw"] for d in whole.draws] == [-1, 0, 1, 2] and whole.facts["unsolved"] == {}
    assert whole.facts["solved_now"] == 4 and 50 < whole.facts["memory_mb"] < 1500
    losses = [d["found"]["uniform"]["gdp_change_pct"]["NW"] for d in whole.draws]
    assert len(set(losses)) > 2 and max(losses) < 0
    solved, seen = runs.solve_draw, []

    def interrupted(case: Any, draw: Any) -> Any:
        seen.append(draw.number)
        if draw.number == 1:
            raise KeyboardInterrupt
        return solved(case, draw)

    monkeypatch.setattr(runs, "solve_draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "broken", workers=1)
    assert len(files(tmp_path / "broken")) == 2
    monkeypatch.setattr(runs, "solve_draw", lambda case, draw: seen.append(draw.number) or solved(case, draw))
    go(shard_folder(tmp_path / "broken", (2, 2)).parents[1], replace(CALM, shard=(2, 2)), workers=1)
    again = go(tmp_path / "broken", workers=1)
    assert seen == [-1, 0, 1, 1, 2], "nothing is solved twice, and the part counts"
    assert files(tmp_path / "broken") == files(tmp_path / "whole") and again.draws == whole.draws
    assert go(tmp_path / "whole", replace(CALM, draws=2)).facts["solved_now"] == 0


def test_a_draw_is_the_study_with_these_values(model: Model, tmp_path: Path):
    """What a draw is solved with is what the study file would say."""
    case = solve.Case(STUDY, model, tmp_path, "key")
    draw = space_of(STUDY, model.parameters, ("parameters", "baseline")).draws(4)[2]
    there = solve.drawn(case, draw)
    parameters = changed(model.parameters, draw.parameters)
    benchmark = calibrate(model.benchmark.economy, parameters)
    paths = build_paths(benchmark, parameters, YEARS, **STUDY.baseline.but(draw.baseline).chosen)
    for name, value in benchmark.parameters.items():
        np.testing.assert_array_equal(there.benchmark.parameters[name], value)
    np.testing.assert_array_equal(there.paths.emissions, paths.emissions)
    np.testing.assert_allclose(there.baseline[-1].values["EM"], paths.emissions[-1], rtol=1e-8)


def test_draws_without_a_solution_are_counted_and_kept(go: Any, tmp_path: Path, monkeypatch: Any):
    def stops(case: Any, draw: Any) -> Model:
        if draw.number >= 0:
            raise ConvergenceError(Message("stopped", "停止", "CGE503"))
        return case.model

    monkeypatch.setattr(solve, "drawn", stops)
    found = go(tmp_path / "out", workers=1)
    assert found.facts["unsolved"] == {"CGE503": 3}
    kept = json.loads((tmp_path / "out" / "runs" / "draw-000001.json").read_text(encoding="utf-8"))
    assert kept["unsolved"] == {"code": "CGE503", "en": "stopped", "zh": "停止"}
    assert go(tmp_path / "out", workers=1).facts["solved_now"] == 0, "not tried again"

    def bug(*_: Any) -> Model:
        raise ZeroDivisionError

    monkeypatch.setattr(solve, "drawn", bug)
    with pytest.raises(ZeroDivisionError):
        go(tmp_path / "bug", workers=1)

    def never(*_: Any) -> Model:
        raise ConvergenceError(Message("stopped", "停止", "CGE503"))

    monkeypatch.setattr(solve, "drawn", never)
    with pytest.raises(RunSetError) as caught:
        go(tmp_path / "none", workers=1)
    assert caught.value.args[0].code == "CGE226" and "停止" in caught.value.args[0].zh


def test_a_study_without_a_policy_is_refused(tmp_path: Path):
    with pytest.raises(ScenarioError) as caught:
        run_ensemble(STUDY.baseline_only(), CALM, folder=tmp_path)
    assert caught.value.args[0].code == "CGE271"


# ---------------------------------------------------------------- cluster
def slowly(case: Any, number: int) -> tuple[int, int]:
    """A draw of the test of the cluster."""
    time.sleep(0.3)
    return number, case["add"] + number


@pytest.mark.slow
def test_a_worker_that_dies_and_one_that_joins_lose_nothing(tmp_path: Path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None,
                                  local_directory=str(tmp_path)) as cluster_:  # fmt: skip
        found = {}
        for k, answer in cluster.on_cluster(cluster_.scheduler_address, slowly, {"add": 100}, range(12)):
            found[k] = answer
            if len(found) == 2:
                next(iter(cluster_.workers.values())).process.process.kill()
                cluster_.scale(3)
    assert found == {k: (k, 100 + k) for k in range(12)}


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(go: Any, tmp_path: Path):
    distributed = pytest.importorskip("distributed")
    asked = replace(CALM, draws=2)
    go(tmp_path / "here", asked, workers=1)
    with distributed.LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None,
                                  local_directory=str(tmp_path / "dask")) as cluster_:  # fmt: skip
        go(tmp_path / "there", replace(asked, cluster=cluster_.scheduler_address))
    assert files(tmp_path / "there") == files(tmp_path / "here")


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: Any):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE", "0.2s")
    with pytest.raises(CGEError) as caught:
        list(cluster.on_cluster("tcp://127.0.0.1:9", slowly, {}, [1]))
    assert caught.value.args[0].code == "CGE273"
    with pytest.raises(CGEError) as caught:
        list(cluster.on_cluster("nonsense://", slowly, {}, [1]))
    assert caught.value.args[0].code == "CGE273"

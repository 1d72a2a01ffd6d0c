"""Caps that lose least: optima by their conditions, totals to the last digit, beside rules and trade; the command."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.analysis import frontier as caps
from cge.analysis.frontier import Asked, Frontier, _Search, caps_file, frontier
from cge.analysis.optimum import Aim, Numbers, Slopes, Task, conditions, optimum, within
from cge.measure.derivatives import gdp_change
from cge.report.frontier import page
from cge.runs.dynamics import run_policy
from cge.study.model import Model, policy_of
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import ConvergenceError, ScenarioError
from cgebase.messages import Message

STUDY = load_study(default_study_path())
ENOUGH = 1e-6
"""Points that a loss may be above another's where it should be no larger."""


@pytest.fixture(scope="module")
def search(model: Model) -> _Search:
    return made_search(model, Asked("uniform"))


def made_search(model: Model, asked: Asked) -> _Search:
    scenario = STUDY.only([asked.scenario]).scenarios[0]
    return _Search(STUDY, model, scenario, asked, lambda _, make: make(), lambda _: None)


@pytest.fixture(scope="module")
def found(model: Model) -> Frontier:
    """Three points, each from one start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caps, "model_of", lambda *_, **__: model)
        patch.setattr(caps, "RULES", ("uniform",))
        best = _Search.best
        patch.setattr(_Search, "best", lambda s, aim, starts: best(s, aim, dict([[*starts.items()][-1]])))
        return frontier(STUDY, Asked("uniform", points=3))


def by(found: Frontier) -> dict[tuple[str, str], dict[str, Any]]:
    return {(p["kind"], p["point"]): p for p in found.points}


# ---------------------------------------------------------------- the optimiser alone
def made_task(n: int = 6) -> Task:
    """Losses that rise as caps fall, each with a price of its own, and the mean of them; two years."""
    price, part = np.linspace(0.5, 2.0, n), np.linspace(1.0, 2.0, n)
    part = part / part.sum()

    def values(x: np.ndarray) -> Numbers:
        own = price * (1 / x[:n] + 0.3 / x[n:])
        return Numbers(float(part @ own), own)

    def slopes(x: np.ndarray, _: bool) -> Slopes:
        by = np.hstack([np.diag(-price / x[:n] ** 2), np.diag(-0.3 * price / x[n:] ** 2)])
        return Slopes(part @ by, by)

    return Task(values, slopes, np.full(2 * n, 0.4), np.full(2 * n, 2.0), [slice(0, n), slice(n, 2 * n)])


def test_the_least_of_a_mean_and_of_a_worst_are_those_of_the_formula():
    task, start = made_task(), np.ones(12)
    least = optimum(task, Aim(), start)
    price, part = np.linspace(0.5, 2.0, 6), np.linspace(1.0, 2.0, 6)
    exact = np.sqrt(price * part)
    np.testing.assert_allclose(least.at, np.tile(6 * exact / exact.sum(), 2), rtol=1e-3)
    assert least.met and least.weight == 0.0
    worst = optimum(task, Aim(0.0, 1.0), start)
    losses = task.values(worst.at).held
    assert worst.met and worst.weight == 1.0
    assert losses.max() == pytest.approx(losses[worst.at[:6] > 0.41].min(), rel=1e-4), "equal where caps are free"
    for way in (least, worst):
        assert (way.at >= task.low).all() and (way.at <= task.high).all()
        for block in task.blocks:
            assert way.at[block].sum() == pytest.approx(6.0, rel=1e-14)


def test_a_ceiling_is_kept_and_says_of_which_mix_it_is_the_optimum():
    task, start = made_task(), np.ones(12)
    ends = [task.values(optimum(task, aim, start).at).held.max() for aim in (Aim(), Aim(0.0, 1.0))]
    level = float(np.mean(ends))
    held = optimum(task, Aim(1.0, 0.0, level), start)
    numbers = task.values(held.at)
    assert held.met and numbers.held.max() == pytest.approx(level, rel=1e-5) and 0 < held.weight < 1
    mixed = optimum(task, Aim(1 - held.weight, held.weight), start)
    assert task.values(mixed.at).least == pytest.approx(numbers.least, rel=1e-4)


def test_what_is_no_optimum_is_told():
    task, start = made_task(), np.ones(12)
    residual, _ = conditions(task, Aim(), start, task.values(start), [task.slopes(start, True)])
    assert residual > 0.1


def test_an_optimum_at_a_kink_is_known_by_derivatives_to_both_sides():
    task = made_task()
    rise = 0.02

    def values(x: np.ndarray) -> Numbers:
        plain = task.values(x)
        return Numbers(plain.least + rise * max(x[0] - 0.515, 0.0), plain.held)

    def slopes(x: np.ndarray, held: bool) -> Slopes:
        plain = task.slopes(x, held)
        return Slopes(plain.least + rise * (np.arange(12) == 0) * (x[0] > 0.515), plain.held)

    smooth = optimum(task, Aim(), np.ones(12))
    bent = optimum(replace(task, values=values, slopes=slopes), Aim(), np.ones(12))
    assert smooth.met and not smooth.kink and smooth.at[0] > 0.518
    assert bent.met and bent.kink and bent.at[0] == pytest.approx(0.515, rel=1e-4)
    alone, _ = conditions(task, Aim(), bent.at, task.values(bent.at), [slopes(bent.at, True)])
    assert alone > 1e-4, "to one side alone it is none"


def test_a_way_ends_where_there_is_no_solution():
    task = made_task()

    def values(x: np.ndarray) -> Numbers:
        if abs(x[0] - 1.0) > 0.05:
            raise ConvergenceError(Message("stopped", "停止"))
        return task.values(x)

    stuck = optimum(replace(task, values=values, refused=(ConvergenceError,)), Aim(), np.ones(12))
    assert not stuck.met and abs(stuck.at[0] - 1.0) <= 0.05


def test_caps_come_within_bounds_with_their_total():
    low, high, block = np.array([0.2, 0.2, 0.2]), np.array([1.0, 1.0, 1.0]), [slice(0, 3)]
    out = within(np.array([0.1, 1.0, 3.0]), low, high, block, [1.5])
    assert out.sum() == pytest.approx(1.5, rel=1e-15) and (out >= low).all() and (out <= high).all()
    np.testing.assert_allclose(out, [0.2, 0.325, 0.975], rtol=1e-12)


# ---------------------------------------------------------------- on the model
def test_derivatives_of_every_objective_meet_full_solves(model: Model, search: _Search):
    tilted = np.concatenate([mt * (1 + 0.04 * np.cos(np.arange(8) + k))
                             for k, mt in enumerate(search.policy.caps.values())])  # fmt: skip
    at = search.inside(tilted)
    way = at * np.sin(1.0 + np.arange(len(at)))
    uneven = made_search(model, Asked("uniform", against="inequality"))
    slopes = [s.slopes(at, True) for s in (search, uneven)]
    nation, own = float(slopes[0].least @ way), slopes[0].held @ way
    step, spread = 1e-3, []
    ends = []
    for sign in (1.0, -1.0):
        run = search.run(search.with_caps(at + sign * step * way))
        told = search.losses(run)
        ends.append(np.array([told[0], *told[1]]))
        spread.append(search.variance(told[1]))
    slope = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose([nation, *own], slope, rtol=1e-4, atol=1e-4 * np.abs(slope).max())
    assert float(slopes[1].held[0] @ way) == pytest.approx((spread[0] - spread[1]) / (2 * step), rel=1e-3)


def test_totals_are_those_of_the_scenario_to_the_last_digit(search: _Search, found: Frontier):
    for point in found.own:
        for (year, mt), total in zip(point["caps"].items(), search.totals, strict=True):
            assert sum(mt.values()) == pytest.approx(total, rel=1e-12), (point["point"], year)
        flat = search.flat(point)
        assert (flat >= search.low).all() and (flat <= search.high).all()


def test_ends_are_optima_no_worse_than_rules_and_trade(found: Frontier):
    cost, equity = by(found)["frontier", "cost"], by(found)["frontier", "equity"]
    assert [p["residual"] <= 1e-5 and p["met"] == "yes" for p in (cost, equity)] == [True, True]
    others = [p for p in found.points if p["kind"] in ("rule", "trade") or p["point"] == "differentiated"]
    assert len(others) == 3
    for other in others:
        assert cost["national"] <= other["national"] + ENOUGH, other["point"]
        assert equity["worst"] <= other["worst"] + ENOUGH, other["point"]
    assert by(found)["rule", "uniform"]["national"] == pytest.approx(by(found)["study", "uniform"]["national"], 1e-9)
    assert 0 < found.moved < 0.1, "trade is near the least national loss, and not there"


def test_the_frontier_is_monotone(found: Frontier):
    line = [p for p in found.points if p["kind"] == "frontier"]
    assert [p["point"] for p in line] == ["cost", "2", "equity"]
    national, worst = ([p[k] for p in line] for k in ("national", "worst"))
    assert national == sorted(national) and worst == sorted(worst, reverse=True)
    assert worst[1] == pytest.approx((worst[0] + worst[2]) / 2, abs=1e-4) and line[1]["met"] == "yes"
    assert line[0]["weight"] == 0.0 < line[1]["weight"] < line[2]["weight"] == 1.0


def test_caps_of_a_file_give_the_same_losses(model: Model, found: Frontier, tmp_path: Any):
    point = by(found)["frontier", "equity"]
    path = tmp_path / "caps.csv"
    path.write_text(caps_file(point), encoding="utf-8")
    regions = model.benchmark.sets["r"]
    text = tmp_path / "study.toml"
    text.write_text(default_study_path().read_text(encoding="utf-8").replace(
        'allocation = "role-and-stage"', 'path = "caps.csv"\nkeep_total = false'), encoding="utf-8")  # fmt: skip
    study = load_study(text, ['base.regions="region8"'])
    policy = policy_of(model, study.only(["differentiated"]).scenarios[0])
    for year, mt in policy.caps.items():
        np.testing.assert_allclose(mt, [point["caps"][str(year)][r] for r in regions], rtol=1e-13)
    run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="read",
                     log=lambda _: None)  # fmt: skip
    np.testing.assert_allclose(-gdp_change(model.baseline[-1], run[-1]), [*point["losses"].values()], atol=1e-8)


def test_a_point_without_a_solution_is_told_and_counted(search: _Search, monkeypatch: Any):
    def stops(*_: Any, **__: Any) -> Any:
        raise ConvergenceError(Message("stopped", "停止"))

    said: list[Message] = []
    monkeypatch.setattr(caps, "optimum", stops)
    monkeypatch.setattr(search, "log", said.append)
    monkeypatch.setattr(search, "compared", lambda: [])
    monkeypatch.setattr(search, "beside_trade", lambda *_: (np.nan, []))
    none = search.found()
    assert [p["point"] for p in none.own] == ["cost", "equity"] == none.unmet and "national" not in none.own[0]
    assert any("no solution" in s and "无解" in s.zh for s in said)


# ---------------------------------------------------------------- what is refused, kept, said
@pytest.mark.parametrize(
    ("scenario", "asked", "code"),
    [
        ("baseline", {}, "CGE276"), ("trade", {}, "CGE279"), ("taxed", {}, "CGE278"),
        ("uniform", {"points": 1}, "CGE279.points"), ("uniform", {"mix": (0.5, 1.5)}, "CGE279.mix"),
    ],
)  # fmt: skip
def test_what_has_no_frontier_is_refused(scenario: str, asked: dict[str, Any], code: str):
    plain = STUDY.only(["baseline"]).scenarios[0]
    taxed = plain.model_copy(update={"id": "taxed", "instruments": {"tax": object()}})
    study = STUDY.model_copy(update={"scenarios": (*STUDY.scenarios, taxed)})
    with pytest.raises(ScenarioError) as caught:
        frontier(study, Asked(scenario, **asked))
    assert caught.value.args[0].code == code.partition(".")[0]


def test_inequality_takes_people(search: _Search, monkeypatch: Any):
    country = type(search.model.benchmark.economy.country)
    monkeypatch.setattr(country, "people", lambda *_: np.full(8, np.nan))
    with pytest.raises(ScenarioError) as caught:
        made_search(search.model, Asked("uniform", against="inequality"))
    assert caught.value.args[0].code == "CGE279"
    assert np.isnan(made_search(search.model, Asked("uniform")).people).all()


def made(point: str, kind: str, national: float, worst: float, **more: Any) -> dict[str, Any]:
    told = {"national": national, "worst": worst, "where": "XJ", "inequality": 1.0,
            "losses": {"BJ": national, "XJ": worst}, "caps": {"2060": {"BJ": 10.0, "XJ": 0.1 + 0.2}}}  # fmt: skip
    return {"point": point, "kind": kind, **told, **more}


def made_found() -> Frontier:
    own = {"residual": 2e-6, "met": "yes", "evaluations": 9, "start": "trade"}
    points = [made("cost", "frontier", 3.0, 7.0, weight=0.0, **own),
              made("2", "frontier", 3.2, 6.0, weight=0.1, **own | {"residual": 3e-3, "met": "no"}),
              {"point": "3", "kind": "frontier", "code": "CGE502", "met": "no"},
              made("equity", "frontier", 3.9, 5.0, weight=1.0, **own),
              made("mix-0.3", "mix", 3.3, 5.5, weight=0.3, **own),
              made("uniform", "rule", 3.5, 7.5), made("trade", "trade", 3.1, 7.2),
              made("differentiated", "study", 4.4, 6.4)]  # fmt: skip
    return Frontier(points, ("BJ", "XJ"), 2060, 0.0123, ["XJ 2030"])


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("en", "not an optimum"), ("zh", "非最优")])
def test_the_command_writes_points_caps_page_and_figure(
    call: Any, tmp_path: Any, monkeypatch: Any, language: str, said: str
):  # fmt: skip
    asked: list[Asked] = []

    def find(_: Any, wanted: Asked, **more: Any) -> Frontier:
        asked.append(wanted)
        assert more["keep"]("point-cost", lambda: {"a": 1}) == {"a": 1}
        return made_found()

    monkeypatch.setattr(caps, "frontier", find)
    words = ("frontier", "--points", 4, "--mix", 0.3, "--out", tmp_path, "--formats", "png")
    code, out, _ = call(*words, language=language)
    folder = tmp_path / "cap_comparison.frontier.uniform"
    assert code == 0 and said in out and "CGE502" in out and "1.23" in out and "3.000" in out
    assert asked[0] == Asked("uniform", 4, "worst", (0.3,))
    points = pd.read_csv(folder / "points.csv")
    assert list(points["point"][:5]) == ["cost", "2", "3", "equity", "mix-0.3"] and points["2060 XJ"][0] == 0.3
    assert np.isnan(points["national"][2]) and list(points["met"][:4]) == ["yes", "no", "no", "yes"]
    assert sorted(p.name for p in (folder / "caps").glob("*")) == ["2.csv", "cost.csv", "equity.csv", "mix-0.3.csv"]
    assert "XJ,2060,0.30000000000000004,Mt" in (folder / "caps" / "cost.csv").read_text("utf-8")
    assert len(pd.read_csv(folder / "losses.csv")) == 14 and (folder / "state" / "point-cost.json").exists()
    assert (folder / "figures" / "frontier_zh.png").exists() and (folder / "figures" / "frontier_en.png").exists()
    assert call(*words)[0] == 2
    assert call("frontier", "--points", 1, "--out", tmp_path)[0] == 2


@pytest.mark.slow
def test_json_has_points_and_what_is_unmet(call: Any, tmp_path: Any, monkeypatch: Any):
    monkeypatch.setattr(caps, "frontier", lambda *_, **__: made_found())
    code, out, _ = call("frontier", "--out", tmp_path, "--against", "inequality", "--formats", "png", "--json")
    told = json.loads(out)
    assert code == 0 and told["unmet"] == ["2", "3"] and told["points"][0]["losses"] == {"BJ": 3.0, "XJ": 7.0}
    assert told["out"].endswith("cap_comparison.frontier.uniform.inequality")


def test_page_says_which_points_are_no_optima():
    caption = {"scenario": "uniform", "against": "worst", "number": "gdp_change_pct", "year": "2060",
               "aggregation": "cn12"}  # fmt: skip
    text = page(made_found(), "en", caption, pd.DataFrame())
    assert "2 of 5 optimised points" in text and "0.1000 points" in text and "here: XJ 2030" in text
    assert "3.0e-03 (not an optimum)" in text and "7.500 Xinjiang" in text

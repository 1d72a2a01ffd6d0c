"""What an ensemble draws, what draws say together, and the command; no model is solved here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.analysis.ensemble import (
    KINDS,
    Asked,
    Found,
    differences,
    drawn_table,
    folder_name,
    ranges,
    space_of,
    standings,
    surrogate,
    values,
)
from cge.calibrate.parameters import load_parameters
from cge.calibrate.parameters.changes import changed
from cge.study.baseline import CHOICES
from cge.study.scenario import Closure, default_study_path, load_study
from sam.choices import Choices
from sam.registry import PROVINCE_CODES

STUDY = load_study(default_study_path())


@pytest.fixture(scope="module")
def parameters():
    return load_parameters("cn12")


@pytest.mark.slow
def test_a_draw_hangs_on_seed_and_number_only(parameters):
    space = space_of(STUDY, parameters)
    few, many = space.draws(5), space.draws(40)
    assert [d.facts for d in few] == [d.facts for d in many[:5]]
    assert space_of(STUDY, parameters).draws(5) == few
    assert space_of(STUDY, parameters, seed=1).draws(5)[0].facts != few[0].facts
    from scipy.stats import qmc

    alone = qmc.Sobol(len(space.names), scramble=True, rng=0).fast_forward(37).random(1)
    np.testing.assert_array_equal(space.points(40)[37], alone[0])


@pytest.mark.slow
def test_a_parameter_lies_on_either_side_of_its_value_in_half_of_the_draws(parameters):
    space = space_of(STUDY, parameters, ("parameters",))
    move = next(m for m in space.moves if m.name == "gamma_technology")
    assert [move.at(u)["all"] for u in (0.0, 0.25, 0.5, 0.75)] == [1.5, 2.75, 4.0, 6.0]
    draws = space.draws(256)
    drawn = np.array([d.parameters["sigma_kle"]["trn"] for d in draws])
    low, high = parameters.bounds("sigma_kle", "trn")
    assert low <= drawn.min() and drawn.max() <= high
    assert np.mean(drawn < parameters.value("sigma_kle", "trn")) == 0.5, "Sobol points halve every coordinate"
    assert all(d.data == d.baseline == d.closure == {} for d in draws)
    assert all(changed(parameters, d.parameters) for d in draws[:8]), "every value lies in its declared range"


@pytest.mark.slow
def test_a_range_that_is_widened_widens_what_is_drawn(parameters):
    key = ("gamma_technology", "all")
    wide = replace(parameters, ranges={**parameters.ranges, key: (1.5, 80.0)})
    there, wider = (space_of(STUDY, p, ("parameters",)).draws(16) for p in (parameters, wide))
    most = [max(d.parameters["gamma_technology"]["all"] for d in draws) for draws in (there, wider)]
    assert most[0] <= 8.0 < 60.0 < most[1]
    assert [d.parameters["sigma_kle"] for d in there] == [d.parameters["sigma_kle"] for d in wider]


def test_what_a_study_sets_is_the_median_whether_inside_its_range_or_not(parameters):
    own = replace(parameters, values={**parameters.values, ("gamma_technology", "all"): 9.0},
                  paths={("generation_share", "gwi_2060"): 0.2})  # fmt: skip
    space = space_of(STUDY, own, ("parameters",))
    gamma = next(m for m in space.moves if m.name == "gamma_technology")
    wind = next(m for m in space.moves if m.name == "generation_share[gwi]")
    assert gamma.items["all"] == (1.5, 9.0, 9.0) and wind.at(0.5) == {"gwi_2060": 0.2}


def test_choices_keep_the_study_in_half_of_the_draws_and_can_be_built(parameters):
    space = space_of(STUDY, parameters, ("data", "baseline", "closure"))
    draws = space.draws(512)
    for kind, key in (("data", "structure"), ("baseline", "emissions")):
        moved = [getattr(d, kind)[key] for d in draws if key in getattr(d, kind)]
        assert len(moved) == 256
    moved = {d.baseline["emissions"] for d in draws if "emissions" in d.baseline}
    assert moved == set(CHOICES["emissions"]) - {STUDY.baseline.emissions}
    assert all(len(d.closure) <= 1 for d in draws) and sum(not d.closure for d in draws) == 256
    axes = {(axis, option) for d in draws for axis, option in d.closure.items()}
    assert {a for a, _ in axes} == set(Closure.model_fields) - {"drop", "activate", "countries"}
    for d in draws[:64]:
        assert Choices(**d.data) and STUDY.baseline.but(d.baseline) and Closure(**d.closure)
    assert not any("population" in d.baseline for d in draws), "it follows GDP"
    assert {n for n in space.names if n.startswith("baseline.")} == {f"baseline.{k}" for k in CHOICES} - {
        "baseline.population"
    }
    own = STUDY.on(Path("elsewhere"))
    assert not any(n.startswith("data.") for n in space_of(own, parameters).names), "its owner has chosen"


def draw(number: int, shift: float, better: float) -> dict[str, Any]:
    """A made-up draw: losses of two policies, the second better by ``better`` everywhere."""
    regions = [*PROVINCE_CODES, "CN"]

    def of(extra: float) -> dict[str, dict[str, float]]:
        gdp = {r: -1.0 - k / 10 + shift + extra for k, r in enumerate(regions)}
        loss, price = {r: -v for r, v in gdp.items()}, dict.fromkeys(regions, 100.0)
        return {"gdp_change_pct": gdp, "welfare_ev_pct": gdp, "gdp_cumulative_loss_pct": loss, "permit_price": price}

    return {"draw": number, "data": {}, "baseline": {}, "closure": {}, "found": {"one": of(0.0), "two": of(better)}}


def made() -> list[dict[str, Any]]:
    drawn = [draw(k, k / 100, 0.2 if k >= 20 else -0.2) for k in range(101)]
    lost = {"draw": 101, "data": {"gdp": "first-release"}, "baseline": {}, "closure": {},
            "unsolved": {"code": "CGE503", "en": "stopped", "zh": "停止"}}  # fmt: skip
    return [draw(-1, 0.0, 0.2), *drawn, lost]


@pytest.mark.slow
def test_ranges_differences_and_shares_are_those_of_the_draws():
    numbers = values(made())
    assert len(numbers) == 102, "those without a solution do not count"
    level = ranges(numbers).set_index(["scenario", "measure", "region"]).loc[("one", "gdp_change_pct", "BJ")]
    assert (level["base"], level["median"], level["low"], level["high"]) == (-1.0, -0.5, -0.95, -0.05)
    assert level["told_apart"] == "yes" and level["draws"] == 101
    apart = differences(numbers, "XJ").set_index(["scenario", "measure", "region"])
    row = apart.loc[("two", "gdp_change_pct", "CN")]
    assert (row["against"], row["low"], row["high"], row["told_apart"]) == ("one", -0.2, 0.2, "no")
    assert row["share"] == pytest.approx(81 / 101, abs=1e-5)
    assert len(apart) == 32 + 2 * 2, "small enough to keep"
    loss = apart.loc[("two", "gdp_cumulative_loss_pct", "CN")]
    assert loss["median"] == -0.2 and loss["share"] == row["share"], "a smaller loss is better"
    stand = standings(numbers, "XJ").set_index(["kind", "scenario", "region"])
    assert stand.loc[("best", "two", "CN"), "share"] + stand.loc[("best", "one", "CN"), "share"] == pytest.approx(1)
    assert stand.loc[("rank", "one", "XJ"), "median"] == 31 - PROVINCE_CODES.index("XJ")
    assert stand.loc[("ranking", "one", "all"), "median"] == 1.0 and stand.loc[("ranking", "one", "all"), "share"] == 0
    table = drawn_table(made(), "XJ")
    assert table["unsolved"].tolist()[-1] == "CGE503" and table["choices"].iloc[-1] == "data.gdp=first-release"


def test_folders_keys_and_parts():
    assert folder_name(STUDY, None, None, Asked(10)) == "cap_comparison.ensemble"
    other = Asked(10, 3, ("parameters",))
    assert folder_name(STUDY, "cn12", (2021, 2060), other) == "cap_comparison.cn12.2021-2060.ensemble.seed-3.parameters"
    key = Asked(10).key(STUDY, "cn12", (2021, 2060))
    assert key == Asked(99, shard=(1, 2)).key(STUDY, "cn12", (2021, 2060)), "how many are asked for does not matter"
    assert key != other.key(STUDY, "cn12", (2021, 2060)) != Asked(10).key(STUDY, "cn30", (2021, 2060))
    draws = space_of(STUDY, load_parameters("cn12")).draws(10)
    parts = [Asked(10, shard=(k, 3)).part(draws) for k in (1, 2, 3)]
    assert sorted(d.number for p in parts for d in p) == list(range(10)) and Asked(10).part(draws) == draws


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The command without the model: a made-up ensemble stands in for the runs."""
    seen: dict[str, Any] = {}

    def run(study: Any, asked: Asked, **options: Any) -> Found:
        seen.update(asked=asked, calls=seen.get("calls", 0) + 1, **options)
        options["folder"].mkdir(parents=True, exist_ok=True)
        facts = {"years": [2021, 2060], "aggregation": "cn12", "parameter_set": "literature", "draws": 102, "seed": 0,
                 "unsolved": {"CGE503": 1}, "over": list(KINDS)}  # fmt: skip
        return Found(made(), facts, space_of(STUDY, load_parameters("cn12")))

    monkeypatch.setattr("cge.analysis.ensemble.run_ensemble", run)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("en", "cannot be told apart"), ("zh", "无法区分")])
def test_the_command_writes_table_page_and_figure(call: Any, solved: Any, tmp_path: Path, language: str, said: str):
    words = ("ensemble", "--draws", "102", "--out", tmp_path, "--languages", "en,zh", "--formats", "png")
    code, out, _ = call(*words, language=language)
    folder = tmp_path / "cap_comparison.ensemble"
    assert code == 0 and said in out and "CGE503" in out and "101" in out
    table = pd.read_csv(folder / "ranges.csv")
    assert set(table["kind"]) == {"level", "difference", "best", "rank", "ranking"}
    page = (folder / "ranges.md").read_text(encoding="utf-8")
    assert "cannot be told apart" in page and "无法区分" in page
    assert (folder / "figures" / "ranges_en.png").exists() and (folder / "figures" / "ranges_zh.png").exists()
    assert len(pd.read_csv(folder / "draws.csv")) == 103
    assert call(*words)[0] == 2, "a complete ensemble is not solved anew without --force"
    assert call("ensemble", "--draws", "200", *words[3:])[0] == 0, "more draws go on"
    assert call("ensemble", "--draws", "200", *words[3:], "--force", "--json")[0] == 0 and solved["calls"] == 3
    assert json.loads((folder / "run.json").read_text())["complete"]


@pytest.mark.slow
def test_the_command_fits_a_surrogate(call: Any, solved: Any, tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(surrogate, "POINTS", 2 * surrogate.SLICE)
    monkeypatch.setattr(surrogate, "MOST", 3)
    words = ("ensemble", "--draws", "102", "--out", tmp_path, "--languages", "zh", "--formats", "png")
    assert call(*words)[0] == 0
    code, out, _ = call(*words, "--surrogate", language="zh")
    assert code == 0 and "代理模型" in out and solved["calls"] == 2, "a complete ensemble is fitted without --force"
    folder = tmp_path / "cap_comparison.ensemble"
    found, indices = pd.read_csv(folder / "surrogate.csv"), pd.read_csv(folder / "sobol.csv")
    assert len(found) == 2 * 32 + 2 * 2 * 2 + 2 and set(found["good"]) <= {"yes", "no"}
    assert set(indices["group"]) == {"elasticities", "abatement", "power", "macro", "paths", *KINDS[1:]}
    assert (folder / "figures" / "sobol_zh.png").exists()
    monkeypatch.setattr(surrogate, "FEWEST", 500)
    for language in ("en", "zh"):
        code, _, said = call(*words, "--surrogate", "--force", language=language)
        assert code == 2 and "CGE549" in said


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--shard", "3/2"), "CGE274"), (("--shard", "x"), "CGE274"), (("--over", "closures"), "CGE275")],
)
def test_what_cannot_be_drawn_is_refused(call: Any, tmp_path: Path, words: tuple[str, ...], code: str):
    left, _, said = call("ensemble", *words, "--out", tmp_path)
    assert left == 2 and code in said
    assert code in call("ensemble", *words, "--out", tmp_path, language="zh")[2]


def test_a_part_is_solved_in_a_folder_of_its_own(call: Any, solved: Any, tmp_path: Path):
    code, out, _ = call("ensemble", "--shard", "2/3", "--out", tmp_path)
    assert code == 0 and "--shard" in out and solved["asked"].shard == (2, 3)
    assert not (tmp_path / "cap_comparison.ensemble" / "ranges.csv").exists()

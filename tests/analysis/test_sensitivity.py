"""What a sensitivity moves, where its results go, and the figure they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cge.analysis.sensitivity import DEFAULT, folder_name, levers, title
from cge.calibrate.parameters import load_parameters
from cge.calibrate.parameters.register import words
from cge.report.tornado import draw_tornado
from cge.study.baseline import CHOICES, Baseline
from cge.study.scenario import Closure, default_study_path, load_study
from cge.theory.closures import SWAPS
from cgebase.errors import ScenarioError
from cgebase.messages import message


@pytest.fixture(scope="module")
def parameters():
    return load_parameters("cn30")


def test_a_parameter_moves_with_all_its_items_to_the_ends_of_their_ranges(parameters):
    (lever,) = levers(["abatement_half_cost"], parameters, Closure(), Baseline())
    low, high = lever.variations
    assert (low.side, high.side) == ("low", "high")
    assert low.changes["abatement_half_cost", "irs"] == 400 and high.changes["abatement_half_cost", "gco"] == 900
    assert ("abatement_half_cost", "households") in low.changes
    assert ("abatement_half_cost", "gwi") not in low.changes, "a definition has no range and does not move"
    assert low.value < low.base < high.value
    moved = parameters.with_values(low.changes, "low")
    assert moved.changed == low.changes and moved.digest() != parameters.digest() and not parameters.changed


def test_some_items_options_of_a_closure_and_the_baseline(parameters):
    names = ["supply_elasticity[gwi+gso]", "closure.capital", "baseline.emissions"]
    some, capital, baseline = levers(names, parameters, Closure(capital="fixed"), Baseline())
    assert some.variations[1].changes == {("supply_elasticity", "gwi"): 4.0, ("supply_elasticity", "gso"): 4.0}
    assert [v.side for v in capital.variations] == ["provincial", "national", "sluggish", "specific", "vintage"]
    assert capital.variations[1].closure == {"capital": "national"}
    others = ["study-targets", "xinjiang-index", "intensity-index", "flat"]
    assert [v.baseline for v in baseline.variations] == [{"emissions": rule} for rule in others]
    (gdp,) = levers(["baseline.gdp"], parameters, Closure(), Baseline(gdp="SSP2"))
    assert [v.side for v in gdp.variations] == ["SSP1", "SSP3", "SSP4", "SSP5"]
    assert gdp.variations[0].baseline == {"gdp": "SSP1", "population": "SSP2"}, "population and labour stay"
    assert json.loads(json.dumps(some.variations[0].facts))["changed_parameters"]["supply_elasticity[gwi]"] == 1.0


def test_cn12_moves_to_the_mean_of_the_ends():
    coarse, fine = load_parameters("cn12"), load_parameters("cn30")
    ends = [fine.end("armington_import", "low")["armington_import", c] for c in ("irs", "nfm", "mtl")]
    assert coarse.bounds("armington_import", "mtl")[0] == pytest.approx(sum(ends) / 3)


def test_every_default_lever_exists_and_has_a_name(parameters):
    found = levers(DEFAULT, parameters, Closure(), Baseline())
    assert [lever.name for lever in found] == list(DEFAULT) and len(DEFAULT) >= 10
    for name in DEFAULT:
        said = title(name, words())
        assert said and any("\u4e00" <= c <= "\u9fff" for c in said.zh)
    assert title("supply_elasticity[gwi+gso]", words()).endswith("(gwi, gso)")
    assert [title(f"closure.{n}", words()) for n in SWAPS] == [f"closure: {n}" for n in SWAPS]


@pytest.mark.parametrize("base", [Baseline(), Baseline(gdp="SSP3", population="SSP4", emissions="flat")])
def test_a_choice_of_the_baseline_moves_alone(parameters, base):
    assert set(CHOICES) == set(Baseline.model_fields)
    for lever in levers([f"baseline.{key}" for key in CHOICES], parameters, Closure(), base):
        key = lever.name.partition(".")[2]
        assert [v.side for v in lever.variations] == [o for o in CHOICES[key] if o != base.chosen[key]]
        for moved in lever.variations:
            assert base.but(moved.baseline).chosen == base.chosen | {key: moved.side}


@pytest.mark.parametrize(
    ("name", "code", "part"),
    [
        ("sigma_kl", "CGE201", "sigma_kle"),
        ("sigma_kle[xyz]", "CGE201", "xyz"),
        ("integration_share", "CGE221", "no range"),
        ("sigma kle!", "CGE222", "parameter[item+item]"),
        ("closure.capitel", "CGE224", "closure.capital"),
        ("closure.drop", "CGE224", "closure.labour"),
        ("baseline.emision", "CGE224", "did you mean 'baseline.emissions'"),
    ],
)
def test_what_cannot_be_moved_is_refused_by_name(parameters, name, code, part):
    with pytest.raises(ScenarioError) as caught:
        levers([name], parameters, Closure(), Baseline())
    said = caught.value.args[0]
    assert said.code == code and part in said and said.zh != said
    with pytest.raises(ScenarioError, match="asked for twice: sigma_kle"):
        levers(["sigma_kle", "sigma_kle"], parameters, Closure(), Baseline())


def test_every_question_has_a_folder_of_its_own():
    study = load_study(default_study_path())
    plain = folder_name(study, "uniform", None, None, DEFAULT)
    assert plain == "cap_comparison.sensitivity.uniform" == folder_name(study, "uniform", "cn30", None, DEFAULT)
    other = folder_name(study, "trade", "cn12", (2021, 2060), ["sigma_kle"])
    assert other == "cap_comparison.cn12.2021-2060.sensitivity.trade.sigma_kle"
    two = folder_name(study, "trade", "cn12", (2021, 2060), ["sigma_kle", "closure.capital"])
    assert two == "cap_comparison.cn12.2021-2060.sensitivity.trade.sigma_kle-closure-capital"
    assert len(folder_name(study, "trade", None, None, [f"sigma_{k}" for k in range(40)])) < 60
    pair = folder_name(study, "uniform", None, None, DEFAULT, "differentiated")
    assert pair == "cap_comparison.sensitivity.uniform.beside-differentiated"


LEVERS = ("sigma_kle", "gamma_technology", "closure.capital", "baseline.productivity")


def rows() -> pd.DataFrame:
    """A made-up set: base, two sides of a parameter, an option, and one run without a solution."""
    keys = ["parameter", "side", "value", "base_value", "gdp_minus_base_pp_XJ", "gdp_minus_base_pp_CN", "solved"]
    table = pd.DataFrame([
        ("base", "base", None, None, 0.0, 0.0, "yes"), ("sigma_kle", "low", 0.2, 0.4, -0.5, -0.2, "yes"),
        ("sigma_kle", "high", 0.8, 0.4, 0.4, 0.3, "yes"), ("gamma_technology", "low", 1.5, 4.0, None, None, "no"),
        ("gamma_technology", "high", 8.0, 4.0, 2.0, 0.5, "yes"),
        ("closure.capital", "fixed", None, None, 1.0, 1.1, "yes"),
        ("baseline.productivity", "labour", None, None, -1.5, -0.4, "yes"),
    ], columns=keys)  # fmt: skip
    for region, base in (("XJ", -5.0), ("CN", -3.0)):
        table[f"gdp_change_pct_{region}"] = base + table[f"gdp_minus_base_pp_{region}"]
    return table.assign(experiment="sensitivity", scenario="uniform", permit_price_XJ=100.0, rank_correlation=0.9)


@pytest.mark.slow
def test_the_figure_draws_the_largest_movers_first(tmp_path: Path):
    names = {n: title(n, words()) for n in set(rows()["parameter"]) - {"base"}}
    caption = {"scenario": "uniform", "year": "2060", "parameter_set": "literature", "aggregation": "cn12"}
    made = draw_tornado(rows(), tmp_path / "f", languages=("en",), focus="XJ", titles=names, caption=caption)
    assert {p.name for p in made} == {"tornado.csv", *(f"tornado_en.{e}" for e in ("png", "svg", "pdf"))}
    drawn = pd.read_csv(tmp_path / "f" / "tornado.csv")
    assert list(dict.fromkeys(drawn["parameter"])) == [
        "gamma_technology", "baseline.productivity", "closure.capital", "sigma_kle",
    ]  # fmt: skip
    assert list(drawn.loc[drawn["parameter"] == "sigma_kle", "side"]) == ["low", "high"]


@pytest.mark.slow
def test_the_gap_between_two_policies_has_a_panel_of_its_own(tmp_path: Path):
    table = rows().assign(gap_pp_XJ=0.5)
    table["gap_minus_base_pp_XJ"] = [0.0, 0.1, -0.1, None, 0.3, 0.0, -0.2]
    names = {n: title(n, words()) for n in set(table["parameter"]) - {"base"}}
    caption = {"scenario": "uniform", "beside": "differentiated", "year": "2060", "parameter_set": "literature",
               "aggregation": "cn12"}  # fmt: skip
    draw_tornado(table, tmp_path, languages=("zh",), focus="XJ", titles=names, caption=caption, formats=("svg",))
    drawn = pd.read_csv(tmp_path / "tornado.csv").set_index(["parameter", "side"])
    assert drawn.loc[("sigma_kle", "high"), "gap_minus_base_pp_XJ"] == -0.1
    assert (tmp_path / "tornado_zh.svg").stat().st_size > 10_000


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    asked: dict[str, Any] = {"failed": []}

    def run(study: Any, names: Any, **options: Any) -> Any:
        asked.update(options, names=names)
        options["folder"].mkdir(parents=True, exist_ok=True)
        facts = {"years": [2021, 2060], "aggregation": "cn12", "parameter_set": "literature"}
        return rows(), facts, asked["failed"]

    monkeypatch.setattr("cge.analysis.sensitivity.run_sensitivity", run)
    return asked


@pytest.mark.slow
def test_the_command_writes_table_manifest_and_figure(call, solved, tmp_path):
    names = ", ".join(LEVERS)
    words_ = ("--parameters", names, "--out", str(tmp_path), "--languages", "en")
    code, out, _ = call("sensitivity", *words_)
    folder = tmp_path / folder_name(load_study(default_study_path()), "uniform", None, None, LEVERS)
    assert code == 0 and "sigma_kle low" in out and "-5.50" in out
    assert solved["names"] == LEVERS
    assert solved["workers"] == 2
    assert len(pd.read_csv(folder / "summary.csv")) == 7 and json.loads((folder / "manifest.json").read_text())["years"]
    assert (folder / "figures" / "tornado_en.png").exists()
    assert call("sensitivity", *words_)[0] == 2, "nothing is replaced without --force"


@pytest.mark.slow
def test_runs_without_a_solution_are_named_after_the_others_are_written(call, solved, tmp_path):
    solved["failed"] = [message("CGE227.run", name="gamma_technology low", said="stopped")]
    names = ("--parameters", ",".join(LEVERS))
    code, _, err = call("sensitivity", *names, "--out", str(tmp_path), "--languages", "en")
    assert code == 6 and "[CGE227]" in err and "gamma_technology low: stopped" in err
    folder = folder_name(load_study(default_study_path()), "uniform", None, None, LEVERS)
    assert (tmp_path / folder / "summary.csv").exists()

"""`--set KEY=VALUE`: the same keys, checks and refusals as in the file, and a folder of results of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from cge.cli.options import scenario_of
from cge.cli.words import help_table
from cge.study.baseline import CHOICES
from cge.study.scenario import Study, default_study_path, load_study
from cgebase.errors import ScenarioError

STUDY = """
schema = 1
id = "mine"
title = { en = "Mine", zh = "我的" }
time = { years = [2021, 2030, 2060] }
[[scenario]]
id = "uniform"
label = { en = "Uniform", zh = "统一" }
[scenario.cap]
final_share = 0.1
[[scenario]]
id = "trade"
label = { en = "Trade", zh = "交易" }
extends = "uniform"
[scenario.cap]
trade = "national"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def caps(study: Study) -> list[float]:
    return [s.cap.final_share for s in study.scenarios if s.cap is not None]


def test_a_setting_is_as_if_it_stood_in_the_file(path: Path) -> None:
    settings = ["scenario.uniform.cap.final_share=0.2", "time.years=[2021, 2040]", "baseline.gdp=SSP2",
                "parameters.sigma_kle.irs = 0.6", "scenario.trade.revenue.dividend=0.5"]  # fmt: skip
    study = load_study(path, settings)
    assert caps(study) == [0.2, 0.2], "what extends the scenario takes it over"
    assert study.time.years == (2021, 2040) and study.baseline.gdp == "SSP2"
    assert study.parameters.values == {"sigma_kle": {"irs": 0.6}}
    written = path.with_name("other.toml")
    written.write_text(
        STUDY.replace("final_share = 0.1", "final_share = 0.2").replace("[2021, 2030, 2060]", "[2021, 2040]")
        + "[scenario.revenue]\ndividend = 0.5\n[baseline]\ngdp = \"SSP2\"\n[parameters.sigma_kle]\nirs = 0.6\n",
        encoding="utf-8",
    )
    assert study.model_dump() == load_study(written).model_dump()


def test_each_setting_has_its_own_folder(path: Path) -> None:
    names = {
        (): "mine", ("parameters.gamma_technology=3",): "mine.gamma_technology-3",
        ("baseline.gdp=SSP2",): "mine.gdp-SSP2",
        ("scenario.uniform.cap.final_share=0.2",): "mine.uniform.cap.final_share-0.2",
        ("time.years=[2021,2040]",): "mine.time.years-2021-2040", ('title.en="Other"',): "mine", ("id=you",): "you",
        ("scenario.uniform.cap.groups=[['新疆','甘肃']]",): "mine.uniform.cap.groups-新疆-甘肃",
    }  # fmt: skip
    assert {settings: load_study(path, settings).folder(None, None) for settings in names} == names
    assert path.read_text(encoding="utf-8") == STUDY


@pytest.mark.parametrize(("settings", "said"), [
    (["parameters.sigma_kl=0.5"], "no parameter 'sigma_kl'; did you mean 'sigma_kle'?"),
    (["parameters.sigma_va=9"], "outside the declared range"),
    (["scenario.uniform.cap.final_share=true"], "scenario[uniform].cap.final_share: Input should be a number"),
    (["scenario.uniform.cap.final_shar=0.1"], "did you mean 'final_share'?"),
    (["scenario.unform.cap.final_share=0.1"], "no scenario 'unform'; did you mean 'uniform'?"),
    (["scenario.uniform=3"], "scenario.uniform is a whole scenario"),
    (["id.of.it=3"], "id.of.it: id is no table"),
    (["final_share"], "--set takes key=value"),
    (["a..b=1"], "--set takes key=value"),
    (["baseline.gdp=SSP9"], "baseline.gdp"),
    (["modle.closure=x"], "modle: unknown key; did you mean 'model'?"),
    (["final_share", "id.of=3", "scenario.x.cap.y=1"], "3 settings of --set cannot be read"),
])  # fmt: skip
def test_refusals_are_those_of_the_file(path: Path, settings: list[str], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_study(path, settings)
    assert caught.value.exit_code == 2 and said in str(caught.value)


@pytest.mark.parametrize("command", ["run", "baseline", "attribute", "sensitivity", "verify", "check"])
def test_every_command_that_takes_a_study_takes_settings(call: Any, path: Path, command: str) -> None:
    code, _, err = call(command, path, "--set", "parameters.sigma_va=9", "--set", "baseline.gdpp=SSP2")
    assert code == 2 and "outside the declared range" in err and "baseline.gdpp: unknown key" in err


ROOT = Path(__file__).resolve().parents[2]
TOLD = ["cge/cli/help.toml", "cge/cli/options.py", "cgebase/messages.toml", "cge/explain/schema.py", "README.md",
        *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md") if p.stem != "economies")]  # fmt: skip
"""Where examples of settings stand; those of an economy of one's own are of its years."""
SETTING = re.compile(r"\b(?:parameters|scenario|base|baseline|time|report)\.[A-Za-z_.]+=(?:\[[^\]]*\]|[\w.\-]*\w)")


def test_every_setting_that_is_advised_is_accepted() -> None:
    found = {s for name in TOLD for s in SETTING.findall((ROOT / name).read_text(encoding="utf-8"))}
    assert len(found) > 4 and "parameters.gamma_technology=3" in found
    for sectors in ("cn30", "cn12"):
        for setting in found:
            load_study(default_study_path(), [setting, f"base.aggregation={sectors}"])


def test_choices_of_a_baseline_are_all_in_the_help() -> None:
    english, chinese = next((k, v) for k, v in help_table().items() if k.startswith("another baseline: "))
    for key, options in CHOICES.items():
        shown = ("SSP1", "SSP5") if key in ("gdp", "population") else options
        assert [w for w in (key, *shown) if w not in english or w not in chinese] == []


def test_ids_that_differ_only_by_capitals_are_refused(path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"'Trade' differs only by capital letters from 'trade' above it"):
        load_study(_twice(path, "Trade"))
    with pytest.raises(ScenarioError, match=r"'trade' is taken by a scenario above it"):
        load_study(_twice(path, "trade"))


def _twice(path: Path, name: str) -> Path:
    more = f'[[scenario]]\nid = "{name}"\nlabel = {{ en = "A", zh = "A" }}\nextends = "uniform"\n'
    path.write_text(STUDY + more, encoding="utf-8")
    return path


@pytest.mark.parametrize(("pair", "said"), [
    ('["uniform", "trad"]', "report.pair: no policy 'trad'; did you mean 'trade'?; policies: uniform, trade"),
    ('["uniform", "uniform"]', "report.pair: 'uniform' stands there twice"),
])  # fmt: skip
def test_a_fault_of_the_whole_study_says_where_it_is(path: Path, pair: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_study(path, [f"report.pair={pair}"])
    assert f"\n  {said}" in caught.value.args[0] and "\n  report.pair：" in caught.value.args[0].zh


def test_a_command_asks_about_a_scenario_that_the_study_has(path: Path) -> None:
    study = load_study(path)
    assert scenario_of(study, None) == "uniform" and scenario_of(study, "trade") == "trade"
    with pytest.raises(ScenarioError, match=r"no scenario 'trad'; did you mean 'trade'\?; it has: uniform, trade"):
        scenario_of(study, "trad")
    first = STUDY.rpartition("[[scenario]]")[0]
    taxed = first.replace("[scenario.cap]\nfinal_share = 0.1", "[scenario.tax]\nprice = 50")
    path.write_text(taxed.replace('"uniform"', '"levy"'), encoding="utf-8")
    assert scenario_of(load_study(path), None) == "levy", "without a cap the first policy"
    with pytest.raises(click.UsageError):
        scenario_of(load_study(path).baseline_only(), None)


@pytest.mark.parametrize("encoding", ["utf-16", "gbk"])
def test_a_file_in_another_encoding_says_which_it_must_have(path: Path, encoding: str) -> None:
    path.write_text(STUDY, encoding=encoding)
    said = r"mine\.toml is not text in UTF-8: byte \d+ is not; save it as UTF-8"
    with pytest.raises(ScenarioError, match=said) as caught:
        load_study(path)
    assert "请另存为 UTF-8" in caught.value.args[0].zh and "codec" not in caught.value.args[0].zh

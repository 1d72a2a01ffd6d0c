"""Study files: defaults, inheritance, and faults in the words of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cge.policies import Instrument
from cge.study.scenario import Study, check_years, default_study_path, load_study
from cgebase.errors import ScenarioError

HEAD = """
schema = 1
id = "mine"
title = { en = "Mine", zh = "我的" }
[time]
years = [2021, 2030, 2060]
"""
UNIFORM = """
[[scenario]]
id = "uniform"
label = { en = "Uniform", zh = "统一" }
[scenario.cap]
final_share = 0.2
"""


def study(folder: Path, text: str) -> Study:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def faults(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        study(folder, text)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_packaged_study() -> None:
    found = load_study(default_study_path())
    caps = {s.id: s.cap for s in found.scenarios}
    assert list(caps) == ["baseline", "uniform", "differentiated", "trade"]
    assert caps["baseline"] is None
    uniform, other, trade = caps["uniform"], caps["differentiated"], caps["trade"]
    assert uniform is not None and other is not None and trade is not None
    assert (uniform.allocation, uniform.trade, uniform.final_share) == ("uniform", "none", 0.10)
    assert other == uniform.model_copy(update={"allocation": "role-and-stage"})
    assert trade == uniform.model_copy(update={"trade": "national"})
    assert found.time.years[0] == 2021 and found.time.years[-1] == 2060
    assert found.report.focus == "XJ"


def test_extends_takes_the_cap_but_not_the_label(tmp_path: Path) -> None:
    child = '[[scenario]]\nid = "trade"\nextends = "uniform"\n[scenario.cap]\ntrade = "national"\n'
    assert "scenario[trade].label: missing" in faults(tmp_path, HEAD + UNIFORM + child)
    label = 'extends = "uniform"\nlabel = { en = "T", zh = "易" }\n'
    found = study(tmp_path, HEAD + UNIFORM + child.replace('extends = "uniform"\n', label))
    cap = found.scenarios[1].cap
    assert cap is not None and (cap.final_share, cap.trade) == (0.2, "national")


def test_all_faults_at_once_with_suggestions(tmp_path: Path) -> None:
    text = HEAD.replace("2030", "2020") + UNIFORM.replace("final_share", "final_shar")
    text += 'trade = "nationl"\nallocation = "role-and-stag"\n[report]\nfocus = "Xinjang"\n[modle]\n'
    said = faults(tmp_path, text)
    assert said.startswith("mine.toml: 6 faults")
    assert "time.years: years must start at 2021, increase and end by 2060, two at least; found [2021, 2020" in said
    assert "scenario[uniform].cap.final_shar: unknown key; did you mean 'final_share'?" in said
    assert "scenario[uniform].cap.trade" in said and "did you mean 'national'?" in said
    assert "scenario[uniform].cap.allocation" in said and "did you mean 'role-and-stage'?" in said
    assert "report.focus" in said and "Xinjiang" in said
    assert "modle: unknown key; did you mean 'model'?" in said


def test_fault_of_a_parent_is_said_once(tmp_path: Path) -> None:
    child = '[[scenario]]\nid = "two"\nextends = "uniform"\nlabel = { en = "T", zh = "二" }\n'
    assert faults(tmp_path, HEAD + UNIFORM.replace("0.2", "-1") + child).startswith("mine.toml: 1 fault\n")


def test_extends_unknown_and_repeated_id(tmp_path: Path) -> None:
    child = '[[scenario]]\nid = "uniform"\nextends = "unifrm"\nlabel = { en = "T", zh = "二" }\n'
    said = faults(tmp_path, HEAD + UNIFORM + child)
    assert "scenario[uniform].extends: no scenario 'unifrm' above it in the file; did you mean 'uniform'?" in said
    assert "ids are unique" in said


def test_lines_are_set_or_dropped_not_both(tmp_path: Path) -> None:
    network, dropped = "[scenario.network]\n{}\n", '[scenario.closure]\ndrop = ["line_capacity"]\n'
    for keys in ("growth = 2.0", "limits = false"):
        said = faults(tmp_path, HEAD + UNIFORM + network.format(keys) + dropped)
        assert "scenario[uniform]" in said and "takes out line_capacity" in said
    assert study(tmp_path, HEAD + UNIFORM + dropped).scenarios[0].closure.drop == ("line_capacity",)
    free = study(tmp_path, HEAD + UNIFORM + network.format("limits = false")).scenarios[0]
    assert not free.instruments["network"].limits


def test_an_instrument_says_what_it_gives() -> None:
    class Silent(Instrument):
        pass

    for kind in (Instrument, Silent):
        with pytest.raises(TypeError, match="abstract.*given"):
            kind()


@pytest.mark.parametrize("bad", ["../escape", "", "a/b", ".hidden"])
def test_ids_name_folders(tmp_path: Path, bad: str) -> None:
    assert "id: String should match" in faults(tmp_path, HEAD.replace('"mine"', f'"{bad}"') + UNIFORM)


def test_unreadable_files(tmp_path: Path) -> None:
    assert "not readable TOML" in faults(tmp_path, "schema = ")
    assert "scenario: missing" in faults(tmp_path, HEAD)
    assert "scenario" in faults(tmp_path, HEAD.replace("[time]", "scenario = 3\n[time]"))
    with pytest.raises(ScenarioError, match="no study file"):
        load_study(tmp_path / "absent.toml")
    with pytest.raises(ScenarioError, match="is a folder"):
        load_study(tmp_path)


@pytest.mark.parametrize("years", [(), (2022, 2060), (2021, 2060, 2030), (2021, 2021), (2021, 2061)])
def test_years_refused(years: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="years must start at 2021"):
        check_years(years)


def test_focus_in_any_spelling_and_only(tmp_path: Path) -> None:
    assert study(tmp_path, HEAD + UNIFORM + '[report]\nfocus = "新疆"\n').report.focus == "XJ"
    packaged = load_study(default_study_path())
    assert [s.id for s in packaged.only(["trade", "baseline"]).scenarios] == ["baseline", "trade"]
    with pytest.raises(ScenarioError, match="did you mean 'trade'"):
        packaged.only(["trad"])


def test_baseline_table_and_its_folder(tmp_path: Path) -> None:
    usual = study(tmp_path, HEAD + UNIFORM)
    chosen = {"first_years": "observed", "gdp": "SSP1", "population": "SSP1", "emissions": "converging",
              "demand": "engel", "productivity": "neutral", "sector_growth": "uniform", "mix": "costs",
              "technology": "central"}  # fmt: skip
    assert usual.baseline.chosen == chosen
    assert usual.folder(None, None) == "mine" and usual.baseline_only().folder(None, None) == "mine.baseline"
    other = study(tmp_path, HEAD + '[baseline]\ngdp = "SSP2"\nemissions = "flat"\n' + UNIFORM)
    assert other.baseline.chosen == chosen | {"gdp": "SSP2", "population": "SSP2", "emissions": "flat"}
    assert other.folder(None, None) == "mine.gdp-SSP2.emissions-flat"
    assert usual.under({"gdp": "SSP2", "emissions": "flat"}).baseline.chosen == other.baseline.chosen
    assert other.under({"population": "SSP1"}).folder(None, None) == "mine.gdp-SSP2.population-SSP1.emissions-flat"
    assert other.under({}) == other
    kept = usual.baseline_only().scenarios
    assert [s.is_baseline for s in kept] == [True]
    said = faults(tmp_path, HEAD + '[baseline]\nemissions = "flatt"\ngpd = "SSP2"\n' + UNIFORM)
    assert "did you mean 'flat'?" in said and "did you mean 'gdp'?" in said

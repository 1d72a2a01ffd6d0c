"""`[base.choices]`: an economy built with other choices of data, once, and named wherever its results are shown."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args

import pytest

import cge
from cge.study.base import DataChoices
from cge.study.economy import economy_for
from cge.study.run import economy_of, sam_digest
from cge.study.scenario import load_study
from cgebase.errors import ScenarioError
from cgebase.messages import Message, both
from sam import choices as alternatives
from sam.choices import Choices
from sam.economy import load_economy

STUDY = """
schema = 1
id = "mine"
title = { en = "Mine", zh = "我的" }
base.aggregation = "cn12"
time = { years = [2021, 2030] }
[[scenario]]
id = "baseline"
label = { en = "As it is", zh = "现状" }
"""
HIGH = Choices(inventory="541")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where built economies are kept."""
    monkeypatch.setattr("cge.study.economy.economy_dir", lambda: tmp_path / "economies")
    return tmp_path / "economies"


def never(*_: object, **__: object) -> None:
    raise AssertionError


def test_keys_and_values_are_those_of_the_build() -> None:
    assert {k: f.default for k, f in DataChoices.model_fields.items()} == {f.name: f.default for f in fields(Choices)}
    named = {k: get_args(f.annotation) for k, f in DataChoices.model_fields.items() if get_args(f.annotation)}
    assert named == {"inventory": tuple(alternatives.INVENTORIES), "gdp": tuple(alternatives.GDP_VINTAGES),
                     "own_share": alternatives.OWN_SHARES,
                     "structure": alternatives.STRUCTURES}  # fmt: skip


@pytest.mark.parametrize(("settings", "built", "folder"), [
    ([], Choices(), "mine"),
    (["base.choices.inventory=474", "base.choices.gravity=1"], Choices(), "mine"),
    (["base.choices.inventory=541"], HIGH, "mine.inventory-541"),
    (['base.choices.inventory="541"'], HIGH, "mine.inventory-541"),
    (["base.choices={ structure = 2017, gravity = 1.5 }", "baseline.gdp=SSP2"],
     Choices(structure="2017", gravity=1.5), "mine.gravity-1.5.structure-2017.gdp-SSP2"),
    (["base.choices.gdp=first-release", "base.choices.own_share=term"],
     Choices(gdp="first-release", own_share="term"), "mine.gdp-first-release.own_share-term"),
])  # fmt: skip
def test_choices_name_their_folder_once(path: Path, settings: list[str], built: Choices, folder: str) -> None:
    study = load_study(path, settings)
    assert study.base.built == built and study.folder(None, None) == folder


def test_what_cannot_be_chosen_is_refused_at_once_in_both_languages(path: Path) -> None:
    settings = ["base.choices.inventory=542", "base.choices.gravity=3", "base.choices.vintage=2", "base.choices.gdp=1"]
    with pytest.raises(ScenarioError) as caught:
        load_study(path, settings)
    text, zh = str(caught.value), both(caught.value).zh
    assert "4 faults" in text and "did you mean '541'?" in text and "base.choices.vintage: unknown key" in text
    assert "base.choices.gravity: Input should be less than or equal to 2.0 (found 3)" in text
    assert "base.choices.gdp: Input should be 'census5', 'final-before-census5' or 'first-release' (found 1)" in text
    assert "4 处错误" in zh and "base.choices.vintage：没有这个键" in zh and "应小于或等于 2.0" in zh


def test_an_own_economy_has_its_own_choices(path: Path, tmp_path: Path, call: Any) -> None:
    said = {"en": "own, has the choices it was built with", "zh": "own 已含其构建时的选择"}
    chosen = ("--set", "base.choices.inventory=541")
    for own in (("--set", "base.sam=own"), ("--sam", "own")):
        for language, words in said.items():
            code, _, err = call("run", path, *chosen, *own, "--out", tmp_path / "out", language=language)
            assert code == 2 and "base.choices" in err and words in err
    with pytest.raises(ScenarioError, match="has the choices it was built with"):
        cge.baseline("cn12", [2021, 2030], sam="own", data={"inventory": 541})
    assert not (tmp_path / "out").exists()


def test_the_usual_choices_are_the_shipped_economy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sam.construct.build_economy", never)
    base = load_study(path, ["base.choices.inventory=474"]).base
    assert sam_digest(economy_for("cn12", base.folder, base.built).sam) == sam_digest(load_economy("cn12").sam)


@pytest.mark.slow
def test_an_economy_is_built_once_and_again_where_it_is_damaged(kept: Path) -> None:
    said: list[Message] = []
    first = economy_for("cn12", None, HIGH, said.append)
    [folder] = kept.iterdir()
    assert said == ["building the economy from the carried tables, once: base.choices.inventory = 541"]
    assert kept.stat().st_mode & 0o077 == 0, "nobody else can put an economy there"
    again = economy_for("cn12", None, HIGH, said.append)
    table = folder / "emissions.csv.gz"
    table.write_bytes(table.read_bytes()[:-9] + b"\0")
    mended = economy_for("cn12", None, HIGH, said.append)
    assert len(said) == 2 and sam_digest(first.sam) == sam_digest(again.sam) == sam_digest(mended.sam)
    assert mended.emissions.equals(first.emissions) and [*kept.iterdir()] == [folder]
    economy_for("cn12", None, Choices(gravity=1.5), said.append)
    assert len(said) == 3 and len([*kept.iterdir()]) == 2


@pytest.mark.slow
def test_a_study_runs_on_another_inventory(
    path: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    out = tmp_path / "out"
    words = ("--set", "base.choices.inventory=541", "--out", out, "--languages", "en", "--formats", "svg")
    code, shown, err = call("run", path, *words)
    assert code == 0 and err.count("building the economy") == 1
    assert "literature, base.choices.inventory = 541" in shown
    monkeypatch.setattr("sam.construct.build_economy", never)
    results = cge.load_results(out / "mine.inventory-541")
    tonnes = economy_of(results.manifest).emissions.groupby("region")["mt"].sum()
    emissions = results["emissions"].sel(scenario="baseline", year=2021)
    assert float(emissions.sel(region="XJ")) == pytest.approx(tonnes["XJ"], rel=1e-9)
    assert tonnes["XJ"] == pytest.approx(541, abs=1)
    assert results.manifest["sam_choices"] == asdict(HIGH)
    named = "parameter set literature, base.choices.inventory = 541"
    assert named in (out / "mine.inventory-541" / "baseline.md").read_text(encoding="utf-8")
    code, shown, _ = call("explain", "EM", "--region", "XJ", "--run", out / "mine.inventory-541", "--scenario",
                          "baseline", "--year", 2030)  # fmt: skip
    assert code == 0 and "EM[XJ]" in shown
    base = cge.baseline("cn12", [2021, 2030], data={"inventory": 541})
    assert "parameters: literature, base.choices.inventory = 541" in repr(base)
    assert sam_digest(base.model.benchmark.economy.sam) == results.manifest["sam_digest"]

"""A new instrument is one class: a study file, its messages and the policy know it by its table."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import Field

from cge import policies
from cge.policies import Facts, Instrument, PolicyError, instruments
from cge.policies.base import REGISTRY
from cge.policies.tax import Tax
from cge.study.scenario import Scenario, load_study
from cgebase.arrays import Array
from cgebase.errors import ScenarioError

STUDY = """
schema = 1
id = "mine"
title = {{ en = "Mine", zh = "我的" }}
time = {{ years = [2021, 2060] }}
[[scenario]]
id = "first"
label = {{ en = "First", zh = "一" }}
[scenario.{table}]
{keys}
[[scenario]]
id = "second"
extends = "first"
label = {{ en = "Second", zh = "二" }}
"""
ELSEWHERE = """
from cge.policies import Instrument

class Brought(Instrument, table="brought"):
    def given(self, facts):
        return {}
"""


@pytest.fixture(autouse=True)
def _only_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(REGISTRY)
    yield
    monkeypatch.undo()
    REGISTRY.clear()
    REGISTRY.update(before)
    policies._load_others.cache_clear()


@pytest.fixture
def plastic() -> type[Instrument]:
    class PlasticTax(Instrument, table="plastic"):
        yuan_per_kilogram: float = Field(ge=0)

        def given(self, facts: Facts) -> dict[str, Array]:
            return {"tax": self.yuan_per_kilogram * facts.provinces((), "plastic")}

    return PlasticTax


def scenarios(folder: Path, table: str, keys: str = "") -> tuple[Scenario, ...]:
    path = folder / "mine.toml"
    path.write_text(STUDY.format(table=table, keys=keys), encoding="utf-8")
    return load_study(path).scenarios


def test_one_class_is_a_table_of_the_study_file(plastic: type[Instrument], tmp_path: Path) -> None:
    first, second = scenarios(tmp_path, "plastic", "yuan_per_kilogram = 2\nend_year = 2040")
    assert first.instruments == second.instruments == {"plastic": plastic(yuan_per_kilogram=2.0, end_year=2040)}
    assert not first.is_baseline


@pytest.mark.parametrize(("table", "keys", "fault"), [
    ("plastic", "yuan_per_kilogam = 2", "scenario[first].plastic.yuan_per_kilogam: unknown key; did you mean "
     "'yuan_per_kilogram'?; keys here: start_year, end_year, yuan_per_kilogram"),
    ("plastic", "", "scenario[first].plastic.yuan_per_kilogram: missing"),
    ("plastic", "yuan_per_kilogram = -1", "scenario[first].plastic.yuan_per_kilogram: Input should be greater than"),
    ("plastik", "", "scenario[first].plastik: unknown key; did you mean 'plastic'?"),
    ("instruments", "", "scenario[first].instruments: unknown key"),
    ("instruments.plastic", "yuan_per_kilogram = 2", "scenario[first].instruments: unknown key"),
])  # fmt: skip
def test_faults_in_the_words_of_the_file(
    plastic: type[Instrument], tmp_path: Path, table: str, keys: str, fault: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenarios(tmp_path, table, keys)
    assert fault in str(caught.value)


def _points(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = EntryPoint("brought", value, "cge.instruments")
    monkeypatch.setattr(policies, "entry_points", lambda group: [point] if group == point.group else [])
    policies._load_others.cache_clear()


def test_another_package_brings_one_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    monkeypatch.syspath_prepend(tmp_path)
    assert "brought" not in instruments()
    _points(monkeypatch, "elsewhere:Brought")
    first, _ = scenarios(tmp_path, "brought")
    assert [type(i).__module__ for i in first.instruments.values()] == ["elsewhere"]


def test_a_package_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _points(monkeypatch, "nowhere_at_all:Brought")
    with pytest.raises(PolicyError, match="instrument 'brought' .* from nowhere_at_all:Brought"):
        instruments()


def test_a_table_has_one_instrument() -> None:
    def declare() -> None:
        class Other(Instrument, table="tax"):
            pass

    with pytest.raises(PolicyError, match=f"table `tax`: one of cge.policies.tax, one of {__name__}"):
        declare()
    assert instruments()["tax"] is Tax


def test_coverage_has_the_last_word() -> None:
    tables = {"coverage": {"sectors": ["power", "mtl"]}, "standard": {"sectors": ["power"], "factor": 0.6}}
    label = {"en": "A", "zh": "甲"}
    assert list(Scenario.model_validate({"id": "a", "label": label, **tables}).instruments) == ["standard", "coverage"]

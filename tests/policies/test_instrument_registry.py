"""A new instrument is one class: a study file, its messages and the policy know it by its table."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import isles
import pytest
from pydantic import Field

from cge import policies
from cge.policies import Facts, Instrument, PolicyError, instruments
from cge.policies.base import REGISTRY, Pricing
from cge.policies.tax import Tax
from cge.study.posed import pose_study
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
def packaging() -> type[Instrument]:
    class Packaging(Instrument, table="packaging"):
        yuan_per_kilogram: float = Field(ge=0)

        def given(self, facts: Facts) -> dict[str, Array]:
            return {"tax": self.yuan_per_kilogram * facts.provinces((), "packaging")}

    return Packaging


def scenarios(folder: Path, table: str, keys: str = "") -> tuple[Scenario, ...]:
    path = folder / "mine.toml"
    path.write_text(STUDY.format(table=table, keys=keys), encoding="utf-8")
    return load_study(path).scenarios


def test_one_class_is_a_table_of_the_study_file(packaging: type[Instrument], tmp_path: Path) -> None:
    first, second = scenarios(tmp_path, "packaging", "yuan_per_kilogram = 2\nend_year = 2040")
    assert first.instruments == second.instruments == {"packaging": packaging(yuan_per_kilogram=2.0, end_year=2040)}
    assert not first.is_baseline


@pytest.mark.parametrize(("table", "keys", "fault"), [
    ("packaging", "yuan_per_kilogam = 2", "scenario[first].packaging.yuan_per_kilogam: unknown key; did you mean "
     "'yuan_per_kilogram'?; keys here: start_year, end_year, yuan_per_kilogram"),
    ("packaging", "", "scenario[first].packaging.yuan_per_kilogram: missing"),
    ("packaging", "yuan_per_kilogram = -1", "packaging.yuan_per_kilogram: Input should be greater than"),
    ("packagin", "", "scenario[first].packagin: unknown key; did you mean 'packaging'?"),
    ("instruments", "", "scenario[first].instruments: unknown key"),
    ("instruments.packaging", "yuan_per_kilogram = 2", "scenario[first].instruments: unknown key"),
])  # fmt: skip
def test_faults_in_the_words_of_the_file(
    packaging: type[Instrument], tmp_path: Path, table: str, keys: str, fault: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenarios(tmp_path, table, keys)
    assert fault in str(caught.value)


@pytest.mark.parametrize(("prices", "table", "keys"), [
    ("tax", "revenue", "dividend = 1.0"), ("permits", "revenue", "dividend = 1.0"),
    ("permits", "sinks", "national = 100"), ("tax", "standard", 'sectors = ["power"]\nfactor = 0.6\nmode = "cap"'),
])  # fmt: skip
def test_what_needs_a_price_on_carbon_may_stand_beside_any_that_gives_one(
    tmp_path: Path, prices: Pricing, table: str, keys: str
) -> None:
    class Own(Instrument, table="own", prices=prices):
        def given(self, facts: Facts) -> dict[str, Array]:
            return {}

    first, _ = scenarios(tmp_path, table, f"{keys}\n[scenario.own]")
    assert set(first.instruments) == {"own", table}


@pytest.mark.parametrize(("prices", "table", "keys", "fault"), [
    (None, "revenue", "dividend = 1.0", "puts a price on carbon; these do: cap, intensity, standard, tax"),
    ("tax", "sinks", "national = 100", "no cap stands beside it; these are caps: cap, intensity, standard"),
    ("permits", "standard", 'sectors = ["power"]\nfactor = 0.6\nmode = "cap"', "a tax beside it (cap, tax), so"),
])  # fmt: skip
def test_without_the_price_it_needs_a_table_is_refused(
    tmp_path: Path, prices: Pricing | None, table: str, keys: str, fault: str
) -> None:
    class Own(Instrument, table="other", prices=prices):
        def given(self, facts: Facts) -> dict[str, Array]:
            return {}

    with pytest.raises(ScenarioError) as caught:
        scenarios(tmp_path, table, f"{keys}\n[scenario.other]")
    assert fault in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("in_twh", [True, False])
def test_one_that_acts_on_electricity_is_refused_where_none_is_counted(tmp_path: Path, in_twh: bool) -> None:
    class Own(Instrument, table="own", in_twh=in_twh):
        def given(self, facts: Facts) -> dict[str, Array]:
            return {}

    text = STUDY.format(table="own", keys=f'[base]\nsam = "{isles.FOLDER}"').replace("2021, 2060", "2020, 2050")
    (tmp_path / "isles.toml").write_text(text, encoding="utf-8")
    study = load_study(tmp_path / "isles.toml")
    if not in_twh:
        assert pose_study(study).benchmark.sets["r"]
        return
    with pytest.raises(ScenarioError, match="on which `own` acts"):
        pose_study(study)


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

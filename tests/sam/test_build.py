"""The build at full depth: what its steps report, its alternatives, and how far two ways to cn30 differ."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cge.study.model import Tuning
from cge.study.run import manifest
from cgebase.errors import SAMError
from cgebase.messages import Message
from sam.aggregate import aggregate
from sam.choices import Choices, read_choices
from sam.construct import build_economy
from sam.construct.growth import fitted, output_growth
from sam.construct.steps import STEPS, Report
from sam.controls import provincial_gdp
from sam.economy import load_economy
from sam.satellites import emission_inventory
from sam.validate import check_economy, gdp_by_province

ALTERNATIVES = (
    {"inventory": "541"}, {"gdp": "first-release"}, {"gdp": "final-before-census5"}, {"gravity": 0.5},
    {"gravity": 2.0}, {"own_share": "term"}, {"structure": "2017"},
)  # fmt: skip


def test_choices_travel_as_text():
    chosen = Choices(inventory="541", gdp="first-release", gravity=1.5, own_share="term", structure="2020")
    assert read_choices(chosen.texts()) == chosen
    assert read_choices(()) == Choices()
    with pytest.raises(dataclasses.FrozenInstanceError):
        chosen.gravity = 1.0  # type: ignore[misc]


def test_wrong_choices_are_listed_together():
    with pytest.raises(SAMError, match="(?s)3 choices.*inventory is '500'.*own_share is 'trem'.*'term'.*gravity is 3"):
        Choices(inventory="500", own_share="trem", gravity=3.0)
    for text in ("gravity=much", "colour=blue", "gravity"):
        with pytest.raises(SAMError, match=f"choice '{text}'"):
            read_choices([text])


def test_report_sums_by_step():
    report = Report()
    report.note("3", Message("first", "一"), cells=2, value=5.0)
    report.note("3", Message("second", "二"), cells=1, value=7.0)
    report.note("6", Message("tonnes", "吨"), cells=np.int64(4), value=0.5, unit="Mt CO2")
    report.note("9", Message("words only", "仅文字"))
    table = report.table().set_index("step")
    assert (table.loc["3", "cells"], table.loc["3", "value"]) == (3, 12.0)
    assert list(table.index) == ["3", "6"] and table.loc["6", "unit"] == "Mt CO2"
    assert report.texts() == ["first", "second", "tonnes", "words only"] == report.lines()[-4:]
    assert report.lines("zh")[-4:] == ["一", "二", "吨", "仅文字"]


def test_fit_keeps_the_odds_and_meets_the_columns():
    rng = np.random.default_rng(1)
    prior, truth = rng.random((5, 7)), rng.random((5, 7))
    table = fitted(prior, truth.sum(1), truth.sum(0))
    np.testing.assert_allclose(table.sum(0), truth.sum(0), rtol=1e-12)
    np.testing.assert_allclose(table.sum(1), truth.sum(1), rtol=1e-9)
    odds = [x[0, 0] * x[1, 1] / (x[0, 1] * x[1, 0]) for x in (table, prior)]
    assert odds[0] == pytest.approx(odds[1], rel=1e-9)


def test_output_growth_is_relative_and_bounded():
    report = Report()
    growth = output_growth(report)
    assert growth.shape == (42, 31) and growth.min() >= 0.5 and growth.max() <= 2.0
    unknown = [k for k in range(42) if k not in (2, 12, 13, 17)]
    assert (growth[unknown] == 1).all() and len(report.texts()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("changes", ALTERNATIVES, ids=lambda c: "-".join(f"{k}={v}" for k, v in c.items()))
def test_alternative_builds_pass_every_check_on_their_own_controls(changes, tmp_path):
    chosen = Choices(**changes)
    economy, report = build_economy("cn30", choices=chosen, out=tmp_path)
    np.testing.assert_allclose(gdp_by_province(economy)[provincial_gdp().index], provincial_gdp(chosen), rtol=1e-6)
    wanted = emission_inventory(chosen.inventory_name).groupby("region")["mt"].sum()
    np.testing.assert_allclose(economy.emissions.groupby("region")["mt"].sum()[wanted.index], wanted, rtol=1e-9)
    again = load_economy("cn30", folder=tmp_path)
    assert again.sam.choices == chosen and check_economy(again) == []
    assert set(report.table()["step"]) == set(STEPS) - {"1", "10"}
    usual = dataclasses.replace(again, sam=dataclasses.replace(again.sam, choices=Choices()))
    off = {f.code for f in check_economy(usual)}
    assert off == {"inventory": {"SAM004"}, "gdp": {"SAM003"}}.get(next(iter(changes)), set())


@pytest.mark.slow
def test_build_then_aggregate_is_near_aggregate_then_balance():
    """cn42 gathered to cn30 against cn30 built with the same choices; measured 0.4 % and 0.7 %."""
    gathered = aggregate(load_economy("cn42"), "cn30")
    built, _ = build_economy("cn30")
    np.testing.assert_allclose(gdp_by_province(gathered), gdp_by_province(built), rtol=1e-9)
    both = gathered.sam.cells.merge(built.sam.cells, on=["row", "column"], how="outer", suffixes=("", "_built"))
    a, b = both["value"].fillna(0.0), both["value_built"].fillna(0.0)
    large = b > 0.01 * b.groupby(both["column"]).transform("sum")
    assert (a / b - 1).abs()[large].median() < 0.005
    assert (a - b).abs().sum() / 2 < 0.01 * b.sum()
    added = both["row"].str.match("fac:|tax:production") & both["column"].str.startswith("act:")
    by_activity = (a - b)[added].groupby(both["column"]).sum().abs()
    assert by_activity.sum() < 1e-4 * b[added].sum()
    inside = lambda e: e.emissions.groupby("region")["mt"].sum()  # noqa: E731
    np.testing.assert_allclose(inside(gathered), inside(built), rtol=1e-9)


def test_joint_balance_of_cn42_moves_the_median_cell_by_less_than_5_percent():
    lines = [h for h in load_economy("cn42").sam.history if h.startswith("median move")]
    assert len(lines) == 1
    median = float(lines[0].split()[2].rstrip("%,"))
    assert 0 < median < 5


@pytest.mark.slow
def test_swapped_consumption_columns_are_exchanged_and_found():
    """The table of Guangdong prints rural consumption of 84 %, the survey 16 %."""
    economy = load_economy("cn12")
    assert any(h.startswith("GD: rural and urban consumption exchanged") for h in economy.sam.history)
    cells = economy.sam.cells.copy()
    swap = {"hh:rural:GD": "hh:urban:GD", "hh:urban:GD": "hh:rural:GD"}
    bought = cells["row"].str.startswith("com:")
    cells.loc[bought, "column"] = cells.loc[bought, "column"].replace(swap)
    wrong = dataclasses.replace(economy, sam=dataclasses.replace(economy.sam, cells=cells))
    found = [f for f in check_economy(wrong) if f.code == "SAM019"]
    assert len(found) == 1 and "GD: rural households do" in str(found[0].text)


def test_manifest_of_a_run_says_how_its_sam_was_made():
    economy = load_economy("cn12")
    economy = replace(economy, sam=replace(economy.sam, choices=Choices(inventory="541", gravity=0.5)))
    study = SimpleNamespace(id="s", base=SimpleNamespace(sam="D", regions=None), baseline=SimpleNamespace(chosen={}))
    model = SimpleNamespace(
        benchmark=SimpleNamespace(economy=economy), paths=SimpleNamespace(years=(2021,)), tuning=Tuning(),
        parameter_set="literature", parameters=SimpleNamespace(digest=str, changed={}),
    )  # fmt: skip
    said = manifest(study, model, "cn12", {}, 1.0)
    chosen = {"inventory": "541", "gdp": "census5", "gravity": 0.5, "own_share": "tables", "structure": "2020"}
    assert said["sam_choices"] == chosen
    assert "emissions_2021" in said["sam_sources"]

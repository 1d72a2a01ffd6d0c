"""Accounts of a province: what is carried, what follows, what turns, and the study's statements held against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cge.planning.accounts import DERIVED, STATED, UNITS, accounts, bounds, gaps, growth, missing
from cge.planning.rounded import between, carried, printed
from cge.planning.statements import statements
from cge.report.names import KINDS
from cge.report.province_accounts import FIGURES, INDUSTRIES, spans
from sam.registry import PROVINCE_CODES
from sam.tables import read_table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return accounts("XJ")


def cell(table: pd.DataFrame, indicator: str, year: int) -> pd.Series:
    return table.set_index(["indicator", "year"]).loc[(indicator, year)]


def test_a_stated_number_stays_and_what_is_lost_follows_from_others(table: pd.DataFrame) -> None:
    assert tuple(cell(table, "co2", 2022)[["value", "status"]]) == (495.0, STATED)
    assert tuple(cell(table, "co2", 2020)[["value", "status"]]) == (457.0, DERIVED)
    assert cell(table, "co2", 2008)["value"] == pytest.approx(3.97 * 4142.5 / 100)
    assert cell(table, "per_head", 2021)["value"] == pytest.approx(100 * 474 / 2589)
    assert cell(table, "per_gdp", 2022)["value"] == 2.67, "what is printed wins over what would follow"


def test_derived_numbers_keep_what_the_study_bounds(table: pd.DataFrame) -> None:
    held = bounds("XJ").query("region == 'XJ' and indicator == 'per_head' and first == last")
    assert len(held) == 4
    assert all(cell(table, "per_head", int(row.first))["value"] > row.low for row in held.itertuples(index=False))


def test_years_without_a_number_are_named(table: pd.DataFrame) -> None:
    lost = missing(table)
    assert lost["population"] == [] and lost["co2"] == [*range(2001, 2007), *range(2010, 2014), 2015, 2017, 2018]
    have = {(r.indicator, r.year) for r in table.itertuples()}
    assert not any((name, year) in have for name, years in lost.items() for year in years)
    assert spans(lost["co2"]) == ["2001-2006", "2010-2013", "2015", "2017-2018"]


def test_growth_between_neighbours_compounds_and_turns_are_found() -> None:
    rows = [("XJ", "co2", y, v, "Mt", STATED) for y, v in ((2000, 100), (2002, 121), (2003, 90), (2004, 95))]
    found = growth(pd.DataFrame(rows, columns=["region", "indicator", "year", "value", "unit", "status"]))
    assert found["change_pct"].iloc[0] == pytest.approx(10) and found["turn"].tolist() == ["peak", "trough", ""]


def test_distance_to_the_nation(table: pd.DataFrame) -> None:
    found = gaps(table, accounts("CN")).set_index(["indicator", "year"])
    assert found.loc[("per_gdp", 2000), "difference"] == pytest.approx(2.54)
    assert found.loc[("per_head", 2022), "multiple"] == pytest.approx(19.14 / 8.12)


@pytest.mark.parametrize("code", PROVINCE_CODES)
def test_every_province_has_accounts_that_are_consistent(code: str) -> None:
    wide = accounts(code).pivot(index="year", columns="indicator", values="value")
    assert (wide["population"].loc[2005:] > 0).all() and wide["gdp"].loc[2006:2024].notna().all()
    gdp = "gdp_revised" if code == "XJ" else "gdp"
    industries = wide.loc[2019:, [*INDUSTRIES]].sum(axis=1)
    assert (industries / wide.loc[2019:, gdp] - 1).abs().max() < 1e-4
    assert wide.loc[2021, "per_head"] == pytest.approx(100 * wide.loc[2021, "co2"] / wide.loc[2021, "population"])


def test_the_nation_is_the_sum_of_provinces() -> None:
    nation = accounts("CN")
    assert cell(nation, "co2", 2021)["value"] == pytest.approx(11150, abs=0.1)
    assert cell(nation, "population", 2020)["value"] == pytest.approx(141_200, rel=0.005)


def test_printed_numbers_stand_for_all_that_round_to_them() -> None:
    assert [printed("2.67").half, printed("440").half, printed("0").half] == [0.005, 0.5, 0.0]
    value, low, high = between("XJ.co2.2022/XJ.co2.2000-1")
    assert (value, low, high) == pytest.approx((495 / 78 - 1, 494.5 / 78.5 - 1, 495.5 / 77.5 - 1))
    assert between("XJ.co2_increase.2000-2022")[0] == 417


def test_every_statement_reads_carried_numbers_only() -> None:
    table = read_table("study_statements")
    assert table["id"].is_unique and set(table["sense"]) == {"=", ">", "<", "between"}
    assert set(KINDS["unit"]) | {"%"} >= set(table["unit"])
    assert all(low <= value <= high for value, low, high in map(between, table["expression"]))
    assert len(carried()) > 150


def test_verdicts_of_statements() -> None:
    found = statements().set_index("id")
    holds = ["co2_growth", "gap_per_gdp_2000", "multiple_per_gdp_2022", "gdp_growth_mean", "per_gdp_2022_revised",
             "industries", "increase", "nation_2022", "target_per_gdp_2030"]  # fmt: skip
    fails = ["multiple_per_head_rises", "multiple_per_gdp_narrows", "per_gdp_2022", "per_head_cn_range", "nation_2014",
             "urban_rise", "target_per_head_2024", "dual_peak", "clean_air_drops", "on_time_drops", "cap_is_net_zero",
             "target_below_baseline_2035", "on_time_alike_2030", "green_power_parts"]  # fmt: skip
    assert set(found.loc[holds, "verdict"]) == {"holds"} and set(found.loc[fails, "verdict"]) == {"fails"}
    assert found.loc["per_gdp_2009", "verdict"] == "rounding"
    assert found.loc["target_below_baseline_2035", "found"] == pytest.approx(580 - (500 + 123 * 10 / 35))
    assert found.loc["green_power_parts", "found"] == pytest.approx(0.526)
    assert found.loc["urban_rise", ["stated", "found"]].tolist() == pytest.approx([13.73, 12.107], abs=1e-3)


def test_a_verdict_turns_with_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    from cge.planning import rounded

    other = {**carried(), "XJ.per_head.2009": printed("9.54")}
    monkeypatch.setattr(rounded, "carried", lambda: other)
    found = statements().set_index("id")["verdict"]
    assert found["multiple_per_head_rises"] == "holds" and found["multiple_per_head_2009"] == "fails"


@pytest.mark.slow
def test_command_writes_tables_and_figures_and_refuses_to_replace_them(call: Any, tmp_path: Path) -> None:
    words = ["accounts", "--region", "新疆", "--out", tmp_path, "--formats", "png", "--languages", "en"]
    code, out, _ = call(*words, language="zh")
    assert code == 0 and "不成立" in out and "13.73" in out and "12.11" in out
    folder = tmp_path / "accounts.XJ"
    assert {p.stem for p in folder.glob("*.csv")} == {"accounts", "growth", "gaps", "statements", "stated"}
    assert {p.name for p in (folder / "figures").iterdir()} == {
        name for figure in FIGURES for name in (f"{figure}.csv", f"{figure}_en.png")
    }
    drawn = pd.read_csv(folder / "figures" / "co2.csv")
    assert set(drawn["indicator"]) == {"co2", "share"} and 474.0 in set(drawn["value"])
    code, _, err = call(*words)
    assert code == 2 and "CGE003" in err
    code, out, _ = call(*words, "--force", "--json")
    assert code == 0
    assert {"accounts", "growth", "gaps", "statements", "stated", "missing", "out"} == set(json.loads(out))


@pytest.mark.slow
def test_another_province_has_no_statements_and_a_wrong_one_is_refused(call: Any, tmp_path: Path) -> None:
    code, out, _ = call("accounts", "--region", "Shanxi", "--out", tmp_path, "--languages", "zh")
    assert code == 0 and "statements" not in out and (tmp_path / "accounts.SX" / "figures" / "co2_zh.png").exists()
    code, _, err = call("accounts", "--region", "Xinjang", "--out", tmp_path)
    assert code == 2 and "SAM201" in err and "Xinjiang" in err
    assert set(UNITS) == set(KINDS["account"])

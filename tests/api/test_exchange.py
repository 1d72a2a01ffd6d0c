"""A run in the long IAMC layout: units, sums over sectors, definitions that cover all that is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cge.api.iamc import COLUMNS, long, regions, variables, write, write_definitions
from cge.measure.indicators import INDICATORS
from cge.study.results import Results
from cgebase.errors import ScenarioError

ROWS = [
    ("gdp", "all", 1200.0), ("emissions", "all", 474.0), ("generation", "gco", 100.0), ("generation", "gwi", 50.0),
    ("primary_energy", "all", 200.0), ("primary_energy", "coal", 150.0), ("household_consumption", "rural", 30.0),
    ("household_consumption", "urban", 70.0), ("gdp_change_pct", "all", float("nan")),
    ("labour_change_pct", "all", 1.0),
]  # fmt: skip


@pytest.fixture
def results() -> Results:
    rows = [("it's", "XJ", sector, 2030, name, value, INDICATORS[name].unit) for name, sector, value in ROWS]
    data = pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"])
    study: dict[str, Any] = {"scenario": [{"id": "it's", "label": {"en": "It's: a label", "zh": "标签"}}]}
    return Results(data, {}, study, {})


def test_every_variable_is_of_an_indicator_and_named_once() -> None:
    table = variables()
    assert table["variable"].is_unique and set(table["indicator"]) <= set(INDICATORS)
    units = {"TWh": ("EJ/yr", 0.0036), "Mtce": ("EJ/yr", 0.029307), "1e8 CNY": ("billion CNY/yr", 0.1)}
    for row in table.itertuples():
        expected = units.get(INDICATORS[str(row.indicator)].unit)
        assert expected is None or (row.unit, row.factor) == expected, row.variable
    assert not table["description"].str.contains(";").any(), "a sign that nomenclature refuses"
    assert len(regions()) == 32 and regions()["XJ"] == "China|Xinjiang"


def test_numbers_carry_their_units_and_totals_are_sums_of_sectors(results: Results) -> None:
    table = long(results)
    assert list(table.columns) == COLUMNS and set(table["region"]) == {"China|Xinjiang"}
    found = table.set_index("variable")["value"]
    assert found["GDP|MER"] == pytest.approx(120) and found["Emissions|CO2|Energy and Industrial Processes"] == 474
    assert found["Secondary Energy|Electricity"] == pytest.approx(150 * 0.0036)
    assert found["Secondary Energy|Electricity|Coal"] == pytest.approx(0.36)
    assert found["Primary Energy"] == pytest.approx(200 * 0.029307), "a total that is given is not summed again"
    assert found["Consumption|Household"] == pytest.approx(10)
    assert "Policy Cost|GDP Change" not in found, "what is not there is left out"


@pytest.mark.slow
def test_files_hold_the_same_rows_and_definitions_cover_them(results: Results, tmp_path: Path) -> None:
    tables = [pd.read_csv(write(results, tmp_path / "x.csv")),
              pd.read_excel(write(results, tmp_path / "x.xlsx"), sheet_name="data")]  # fmt: skip
    pd.testing.assert_frame_equal(*tables)
    variable, region, scenario = (p.read_text(encoding="utf-8") for p in write_definitions(results, tmp_path / "d"))
    defined = {line[2:-1] for line in variable.splitlines() if line.startswith("- ")}
    assert set(tables[0]["variable"]) == defined
    assert "- China|Xinjiang\n" in region and scenario == "- 'it''s':\n    description: 'It''s: a label'\n"
    with pytest.raises(ScenarioError):
        write(results, tmp_path / "x.nc")


def test_command_refuses_what_is_no_run(call: Any, tmp_path: Path) -> None:
    code, _, err = call("exchange", tmp_path, "--out", tmp_path / "x.csv")
    assert code == 3 and "CGE313" in err and not (tmp_path / "x.csv").exists()


@pytest.mark.slow
def test_command_writes_a_run(call: Any, tmp_path: Path) -> None:
    study = tmp_path / "s.toml"
    study.write_text('schema = 1\nid = "s"\ntitle = { en = "S", zh = "一" }\n[base]\naggregation = "cn12"\n'
                     'regions = "region8"\n[time]\nyears = [2021, 2030]\n'
                     '[[scenario]]\nid = "none"\nlabel = { en = "N", zh = "无" }\n'
                     '[[scenario]]\nid = "tax"\nlabel = { en = "T", zh = "税" }\n[scenario.tax]\nprice = 100\n',
                     encoding="utf-8")  # fmt: skip
    assert call("run", study, "--out", tmp_path, "--quiet", "--languages", "en", "--formats", "png")[0] == 0
    run = tmp_path / "s.regions-region8"
    words = ["exchange", run, "--out", tmp_path / "x.csv", "--definitions", tmp_path / "d", "--json"]
    code, out, _ = call(*words)
    assert code == 0 and len(json.loads(out)["written"]) == 4
    table = pd.read_csv(tmp_path / "x.csv")
    wide = table[(table["region"] == "China") & (table["year"] == 2030) & (table["scenario"] == "tax")]
    parts = wide.set_index("variable")["value"]
    power = [v for v in parts.index if v.startswith("Secondary Energy|Electricity|")]
    assert parts[power].sum() == pytest.approx(parts["Secondary Energy|Electricity"])

"""The report of the coded checks: text, JSON and workbook say the same of an economy broken on purpose."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small import broken, changed, small

from cgebase.errors import SAMValidationError
from sam import report
from sam.audit_book import write_audit
from sam.economy import load_economy
from sam.validate import Audit, audit, refuse_faults

#: Rural households of Xinjiang earn 550 and pay 50 of tax and -500 for food; 2.5 yuan of coal became 0.025;
#: GDP of Xinjiang is 3,205, and 1,000 less where 500 of its uses became -500.
FAILED = {
    "en": [
        "SAM001 every account receives what it pays FAILED 6 faults; "
        "hh:rural:XJ: 550 1e8 CNY, -450, apart 1.8e+00 (up to 1e-10)",
        "SAM002 cells are positive where they must be FAILED 1 fault; "
        "com:agr:XJ <- hh:rural:XJ: -500 1e8 CNY, above 0",
        "SAM005 fuel with carbon is not too cheap FAILED 1 fault; "
        "com:coa:XJ <- act:gco:XJ: 0.025 1e8 CNY per Mt CO2, at least 0.505",
        "SAM010 GDP by production = income = expenditure FAILED 2 faults; "
        "XJ: 3205 1e8 CNY, 2205, apart 3.1e-01 (up to 1e-06)",
    ],
    "zh": [
        "SAM001 每个账户收入等于支出 未通过 6处错误; hh:rural:XJ: 550 亿元, -450，相差1.8e+00（容许1e-10）",
        "SAM002 应为正的单元格为正 未通过 1处错误; com:agr:XJ <- hh:rural:XJ: -500 亿元, 大于0",
        "SAM005 含碳燃料价格不低于下限 未通过 1处错误; com:coa:XJ <- act:gco:XJ: 0.025 亿元/百万吨CO2, 至少0.505",
        "SAM010 生产法、收入法、支出法 GDP 相等 未通过 2处错误; XJ: 3205 亿元, 2205，相差3.1e-01（容许1e-06）",
    ],
}


@pytest.fixture(scope="module")
def found() -> Audit:
    return audit(broken(), published=False)


def test_synthetic_economy_passes_every_check() -> None:
    done = audit(small(), published=False)
    assert done.passed and done.findings == []
    assert done.table()["passed"].all()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_of_a_broken_economy(found: Audit, language: str) -> None:
    lines = report.audit_text(found, language).splitlines()
    state = {"en": "FAILED", "zh": "未通过"}[language]
    assert [" ".join(x.split()) for x in lines if state in x] == FAILED[language]
    assert len(lines) == len(found.checks) + 1


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [
    ("en", "SAM005 fuel with carbon is not too cheap (asked of years to 2024) not asked"),
    ("zh", "SAM005 含碳燃料价格不低于下限（仅检验至2024年） 未检验"),
])  # fmt: skip
def test_a_check_that_nothing_is_held_to_has_not_passed(tmp_path: Path, language: str, said: str) -> None:
    """Prices of fuel hold for years to 2024: a SAM of 2060 is not held to them, and the report says so."""
    then = broken()
    later = audit(replace(then, sam=replace(then.sam, year=2060)), published=False)
    lines = [" ".join(x.split()) for x in report.audit_text(later, language).splitlines()]
    assert said in lines
    (dear,) = (x for x in lines if x.startswith("SAM014"))
    assert dear.endswith({"en": "not asked", "zh": "未检验"}[language])
    row = later.table().set_index("code").loc["SAM005"]
    assert row["places"] == 0 and "2024" in row["title_en"]
    book = openpyxl.load_workbook(write_audit(later, tmp_path / "later.xlsx"))
    cells = {str(c.value) for sheet in book for line in sheet.iter_rows() for c in line}
    assert "not asked / 未检验" in cells or "未检验 / not asked" in cells


def test_findings_name_their_cells_and_ranges(found: Audit) -> None:
    cheap = next(f for f in found.findings if f.code == "SAM005")
    assert (cheap.row, cheap.column, cheap.region, cheap.sector) == ("com:coa:XJ", "act:gco:XJ", "XJ", "gco")
    assert (cheap.found, cheap.low, cheap.unit) == (pytest.approx(0.025), 0.505, "1e8 CNY per Mt CO2")
    account = next(f for f in found.findings if f.code == "SAM001" and f.row == "fac:labour:BJ")
    assert account.column == "" and account.found - account.low == pytest.approx(195.0)


def test_worst_place_is_reported_where_a_check_passes() -> None:
    table = audit(small(), published=False).table().set_index("title_en")
    row = table.loc["fuel with carbon is not too cheap"]
    assert (row["region"], row["found"]) == ("XJ", pytest.approx(2.5)) and row["deviation"] == pytest.approx(-1.995)
    assert table.loc["every account receives what it pays", "deviation"] <= 1e-12
    assert table.loc["cells are positive where they must be", "places"] > 50


def test_facts_are_one_json_object(found: Audit) -> None:
    facts = json.loads(json.dumps(report.audit_facts(found), allow_nan=False))
    assert not facts["passed"] and facts["currency"] == "CNY" and facts["history"] == ["sum of circular flows"]
    assert len(facts["faults"]) == sum(c["faults"] for c in facts["checks"]) == 10
    cheap = next(f for f in facts["faults"] if f["code"] == "SAM005")
    assert cheap["high"] is None and cheap["low"] == 0.505 and "百万吨" in cheap["zh"] and "Mt of coa" in cheap["en"]
    assert {c["code"] for c in facts["checks"] if not c["passed"]} == {"SAM001", "SAM002", "SAM005", "SAM010"}


def test_workbook_points_at_the_cells_at_fault(found: Audit, tmp_path: Path) -> None:
    path = write_audit(found, tmp_path / "report.xlsx", code="XJ", languages=("en",))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Checks", "Faults", "Macro SAM XJ", "SAM XJ", "Accounts", "Provenance"]
    faults = pd.DataFrame(book["Faults"].values)
    faults = faults.rename(columns=faults.iloc[0]).iloc[1:].fillna("")
    square = book["SAM XJ"]
    marked = {c.coordinate for row in square.iter_rows() for c in row if c.fill.fgColor.rgb == "FFF4B6A6"}
    listed = set(faults["Cell"]) - {""}
    assert marked == listed and len(listed) == 6
    values = found.economy.sam.cells.set_index(["row", "column"])["value"]
    totals = found.economy.sam.totals()["receipts"]
    for fault in faults[faults["Cell"] != ""].to_dict("records"):
        row, column = fault["Row account"], fault["Column account"]
        want = values[row, column] if column else totals[row]
        assert square[fault["Cell"]].value == pytest.approx(want)
        assert square.cell(square[fault["Cell"]].row, 1).value == row
    assert not faults[faults["Row account"].str.endswith(":BJ")]["Cell"].any()
    checks = pd.DataFrame(book["Checks"].values)
    assert (checks[2] == "FAILED").sum() == 4
    assert any("sum of circular flows" in str(r) for r in book["Provenance"].values)
    totals_sheet = pd.DataFrame(book["Accounts"].values)
    assert len(totals_sheet) == len(found.economy.sam.accounts) + 1


def test_workbook_shows_the_province_with_most_faults_and_both_languages(found: Audit, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_audit(found, tmp_path / "report.xlsx"))
    assert book.sheetnames[3] == "核算矩阵 XJ"
    assert book["检验"]["B1"].value == "要求 / What it demands"
    assert list(tmp_path.iterdir()) == [tmp_path / "report.xlsx"]


@pytest.mark.slow
def test_macro_table_of_the_workbook_adds_up(tmp_path: Path) -> None:
    done = audit(small(), published=False)
    book = openpyxl.load_workbook(write_audit(done, tmp_path / "report.xlsx", code="XJ", languages=("en",)))
    sheet = book["Macro SAM XJ"]
    names = [sheet.cell(k, 1).value for k in range(4, sheet.max_row - 1)]
    for k, name in enumerate(names, start=4):
        cells = [sheet.cell(k, c).value or 0.0 for c in range(3, 3 + len(names))]
        assert sum(cells) == pytest.approx(sheet.cell(k, 3 + len(names)).value), name
    assert book["Faults"].max_row == 1


@pytest.mark.slow
def test_stated_unit_and_symmetry_are_checks() -> None:
    other = replace(small(), sam=replace(small().sam, unit="1e4 CNY"))
    (fault,) = audit(other, published=False).findings
    assert fault.code == "SAM360" and "'1e4 CNY'" in fault.text and "“1e4 CNY”" in fault.text.zh
    extra = pd.DataFrame([("com:coa:XJ", "com:agr:BJ", 7.0)], columns=["row", "column", "value"])
    cells = pd.concat([small().sam.cells, extra], ignore_index=True)
    codes = {f.code for f in audit(replace(small(), sam=replace(small().sam, cells=cells)), published=False).findings}
    assert {"SAM001", "SAM012", "SAM361"} <= codes


def test_a_value_that_is_no_number_is_a_fault() -> None:
    gone = changed(small(), "com:agr:XJ", "hh:urban:XJ", float("nan"))
    assert {"SAM002"} <= {f.code for f in audit(gone, published=False).findings}


def test_an_audit_with_faults_is_refused(found: Audit) -> None:
    with pytest.raises(SAMValidationError, match="10 faults in the economy"):
        refuse_faults(found)
    refuse_faults(audit(small(), published=False))


@pytest.mark.slow
def test_shipped_economy_has_one_row_per_check_and_passes() -> None:
    table = audit(load_economy("cn12")).table()
    assert table["passed"].all() and (table["faults"] == 0).all()
    assert table["code"].is_monotonic_increasing and not table.duplicated(["code", "title_en"]).any()

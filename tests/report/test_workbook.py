"""The workbook holds the data as values, opens in a reader of xlsx and is never half-written."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from reporting import SCENARIOS, comparison, manifest
from xlsxwriter.worksheet import Worksheet

from cge.measure.budgets import central, provincial
from cge.report import workbook
from cge.report.book import DEEP, PAGE, PRINTED, SCALE, TINY, LongSheet, open_book, tab
from cge.report.budgets import CENTRAL, PROVINCIAL
from cge.report.names import KINDS
from cge.report.style import ReportError
from cge.report.workbook import SHEETS, BookExistsError, write_workbook
from cge.study.model import Model
from cge.study.results import CLOSES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(comparison(), tmp_path_factory.mktemp("book") / "new" / "made-up.xlsx", manifest=manifest())


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return load_workbook(path)


def frame(book: Workbook, name: str) -> pd.DataFrame:
    rows = list(book[tab(name)].values)
    return pd.DataFrame(rows[1:], columns=rows[0])


def test_sheets_in_order(book: Workbook) -> None:
    assert book.sheetnames == [tab(name) for name in SHEETS]


def test_data_sheet_equals_the_data(book: Workbook) -> None:
    data, found = comparison(), frame(book, "Data")
    assert len(found) == len(data)
    np.testing.assert_allclose(found.iloc[:, 5].astype(float), data["value"], rtol=1e-12)
    for k, column in enumerate(("scenario", "region", "sector", "year", "indicator")):
        assert found.iloc[:, k].tolist() == data[column].tolist()
    assert "tidy_results" in book[tab("Data")].tables


@pytest.mark.parametrize("column", [[0.1 + 0.2, math.nan, -1e-300, math.inf, 1e22], ["a < b", "", "NA", "a < b", "煤"]])
def test_long_columns_are_the_cells_one_by_one(column: list[Any], tmp_path: Path) -> None:
    table = pd.DataFrame({"value": column, "year": range(5)})
    sheets = []
    for kind in (Worksheet, LongSheet):
        with open_book(path := tmp_path / f"{kind.__name__}.xlsx", table, ("en",)) as book:
            book.table(book.sheet("Data", kind), table, {}, {"value": book.forms[TINY]}, name="tidy_results")
        with zipfile.ZipFile(path) as parts:
            texts = [parts.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "sharedStrings", "styles")]
        sheets.append([re.sub(' spans="[^"]*"', "", text) for text in texts])
    assert sheets[0] == sheets[1]


def test_regions_hold_the_numbers_of_the_data(book: Workbook) -> None:
    found = frame(book, "Regions").set_index("地区 / Region")
    data = comparison().query("year == 2060 and indicator == 'gdp_change_pct'")
    for scenario, words in (("uniform", "统一减排 / Uniform"), ("differentiated", "差异化减排 / Differentiated")):
        want = data[data["scenario"] == scenario].set_index("region")["value"]
        got = found[f"GDP变化 / GDP change: {words}, 2060 [%]"]
        assert got.index[0] == "CN" and set(got.index) == set(want.index)
        np.testing.assert_allclose(got, want.loc[got.index], rtol=1e-12)


def test_sector_contributions_add_up(book: Workbook) -> None:
    found = frame(book, "Sectors")
    data = comparison().query("year == 2060 and indicator == 'gdp_change_pct' and region == 'XJ'")
    column = next(c for c in found.columns if "Contribution" in c and "/ Uniform, " in c)
    total = found[column].iloc[-1]
    assert found.iloc[-1, 0] == "total"
    assert found[column].iloc[:-1].sum() == pytest.approx(total, abs=1e-9)
    assert total == pytest.approx(data.loc[data["scenario"] == "uniform", "value"].item(), abs=1e-9)


def test_budgets_hold_every_item_and_add_up(book: Workbook) -> None:
    found = frame(book, "Budgets").set_index("项目 / Item")
    numbers = found.filter(like="[亿元 / 1e8 CNY]")
    assert numbers.shape == (len(PROVINCIAL) + len(CENTRAL) + 2, 2 * len(SCENARIOS))
    data = comparison().query("year == 2060 and indicator == 'budget'")
    for place, code in (("新疆 / Xinjiang", "XJ"), ("全国 / Nation", "CN")):
        column = f"{place}: 统一减排 / Uniform, 2060 [亿元 / 1e8 CNY]"
        want = data[(data["scenario"] == "uniform") & (data["region"] == code)].set_index("sector")["value"]
        np.testing.assert_allclose(found.loc[want.index, column].astype(float), want)
        assert found.loc["sum", column] == 0.0
    assert numbers.loc["centre_balance"].filter(like="Xinjiang").isna().all()


def test_a_budget_with_a_hole_shows_it(tmp_path: Path) -> None:
    data = comparison()
    hole = (data["sector"] == "lump_sum") & (data["scenario"] == "trade") & (data["region"] == "XJ")
    found = frame(load_workbook(write_workbook(data[~hole], tmp_path / "a.xlsx", manifest=manifest())), "Budgets")
    column = next(c for c in found.columns if "Xinjiang" in c and "trade" in c)
    assert abs(found.set_index("项目 / Item").loc["sum", column]) > 1


def test_every_item_of_a_budget_has_its_words(model: Model) -> None:
    last = model.baseline[-1]
    assert list(PROVINCIAL) == list(provincial(last))
    assert list(CENTRAL) == list(central(last, provincial(last)))


def test_checks_are_those_of_the_manifest(book: Workbook) -> None:
    found = frame(book, "Checks")
    assert dict(zip(zip(found.iloc[:, 0], found.iloc[:, 1], strict=True), found.iloc[:, 4], strict=True)) == {
        (s, k): v for s, row in manifest()["checks"].items() for k, v in row.items()
    }
    words = found[found.iloc[:, 1] == "walras"].iloc[0]
    assert "瓦尔拉斯" in words.iloc[2] and "Walras" in words.iloc[3] and words.iloc[6] == "成立 / holds"


def test_a_check_that_fails_says_so(tmp_path: Path) -> None:
    facts = manifest() | {"checks": {"uniform": {"walras": 1e-3}}}
    found = frame(load_workbook(write_workbook(comparison(), tmp_path / "a.xlsx", manifest=facts)), "Checks")
    assert found.iloc[0, 5] == CLOSES and found.iloc[0, 6] == "不成立 / does not hold"


@pytest.mark.parametrize("name", [n for n in SHEETS if n != "README"])
def test_every_table_can_be_used_as_one(book: Workbook, name: str) -> None:
    sheet = book[tab(name)]
    assert not sheet.merged_cells.ranges
    heads = [c.value for c in sheet[1]]
    assert all(heads) and len(set(heads)) == len(heads)
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref or sheet.tables
    assert sheet.page_setup.orientation == "landscape" and str(sheet.page_setup.paperSize) == "9"
    fits = sheet.sheet_properties.pageSetUpPr is not None and sheet.sheet_properties.pageSetUpPr.fitToPage
    widths = sum(sheet.column_dimensions[c.column_letter].width for c in sheet[1])
    assert (fits and widths <= PAGE + len(heads)) or (sheet.page_setup.scale == SCALE and sheet.print_title_cols)
    assert sheet.print_area and sheet.print_title_rows == "$1:$1"
    assert "made-up, default, cn30" in sheet.oddHeader.right.text
    assert not any(isinstance(c.value, str) and c.value.startswith("=") for row in sheet.iter_rows() for c in row)
    assert all(sheet.column_dimensions[c.column_letter].width >= 8 for c in sheet[1] if c.column_letter < "M")


def test_signed_numbers_and_charts(path: Path, book: Workbook) -> None:
    sheet = book[tab("Regions")]
    assert sheet["D2"].number_format == KINDS["indicator"]["gdp_change_pct"].code
    assert KINDS["indicator"]["gdp_change_pct"].code == "[>=0.005]+0.00;[Red][<=-0.005]-0.00;0.00"
    assert len(sheet._charts) == len(book[tab("Sectors")]._charts) == 1
    assert len(book[tab("Emissions and prices")]._charts) == 2
    with zipfile.ZipFile(path) as parts:
        drawings = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/drawings/drawing")]
    assert drawings and all('descr="' in text for text in drawings)


def test_long_sheets_print_what_a_reader_can_read(book: Workbook) -> None:
    data, prices = book[tab("Data")], book[tab("Emissions and prices")]
    assert data.print_area.endswith(f"$G${PRINTED + 1}")
    assert f"{PRINTED} of {data.max_row - 1} " in data.oddHeader.center.text
    regions = [prices.cell(row=k, column=2).value for k in range(2, prices.max_row + 1)]
    assert list(dict.fromkeys(regions))[:2] == ["CN", "XJ"]
    assert "新疆" in prices.oddHeader.center.text and "Xinjiang, 2060" in book[tab("Sectors")].oddHeader.center.text


def test_heads_have_room_for_all_they_say(book: Workbook) -> None:
    """A head wraps inside its column: its row is as high as its lines, each Chinese character as wide as two."""
    long = 0
    for sheet in book:
        if sheet.title == tab("README"):
            continue
        points = sheet.row_dimensions[1].height
        for cell in sheet[1]:
            text = str(cell.value or "")
            wide = sum(2 if ord(ch) > 0x2E7F else 1 for ch in text)
            lines = wide / sheet.column_dimensions[cell.column_letter].width
            long += wide > 80
            assert 15 * lines <= points, (sheet.title, text)
    assert long >= 10


@pytest.mark.parametrize("name", ["Regions", "Sectors", "Emissions and prices"])
def test_charts_end_on_the_page_that_they_begin_on(book: Workbook, name: str) -> None:
    """Each below the head that every page repeats; a row is 20 pixels high."""
    sheet = book[tab(name)]
    head = sheet.row_dimensions[1].height * 4 / 3
    ends = [chart.anchor.to.row - 1 for chart in sheet._charts]
    assert ends and sheet._charts[0].anchor._from.row == 1
    assert head + 20 * max(ends) <= DEEP, name
    printed = int(sheet.print_area.rpartition("$")[2])
    table = sum(c.value is not None for c in sheet["A"])
    assert max(ends) + 1 < printed
    assert table >= printed or head + 20 * (printed - 1) <= DEEP, "charts alone make no page longer"


def test_another_reader_finds_the_same_sheets_and_numbers(path: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    read = calamine.CalamineWorkbook.from_path(str(path))
    assert read.sheet_names == [tab(name) for name in SHEETS]
    rows = read.get_sheet_by_name(tab("Data")).to_python()
    np.testing.assert_allclose([row[5] for row in rows[1:]], comparison()["value"], rtol=1e-12)


def test_charts_name_places_in_the_first_language(path: Path) -> None:
    with zipfile.ZipFile(path) as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    assert f"'{tab('Regions')}'!$B$2:$B$33" in chart


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_language_alone(tmp_path: Path, language: str) -> None:
    one = load_workbook(write_workbook(comparison(), tmp_path / "a.xlsx", languages=(language,), manifest=manifest()))
    heads = [c.value for c in one[tab("Regions", (language,))][1]]
    assert ("地区" in heads) == (language == "zh") and not any(" / " in h for h in heads)
    assert one.sheetnames == [tab(name, (language,)) for name in SHEETS]
    text = " ".join(str(r[0]) for r in one[tab("README", (language,))].values)
    assert ("不含香港、澳门和台湾" in text) == (language == "zh")
    assert ("Hong Kong, Macao and Taiwan are not in the SAM" in text) == (language == "en")


def test_an_existing_book_is_kept_unless_forced(tmp_path: Path) -> None:
    there = tmp_path / "book.xlsx"
    there.write_text("my notes")
    with pytest.raises(FileExistsError, match="--force") as caught:
        write_workbook(comparison(), there, manifest=manifest())
    assert isinstance(caught.value, BookExistsError) and there.read_text() == "my notes"
    write_workbook(comparison(), there, manifest=manifest(), force=True)
    assert zipfile.is_zipfile(there)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("stop")

    monkeypatch.setattr(workbook, "_checks", fail)
    with pytest.raises(RuntimeError, match="stop"):
        write_workbook(comparison(), tmp_path / "book.xlsx", manifest=manifest())
    assert not list(tmp_path.iterdir())


def test_missing_values_are_blank(tmp_path: Path) -> None:
    data = comparison()
    data.loc[5, "value"] = float("nan")
    found = load_workbook(write_workbook(data, tmp_path / "a.xlsx", manifest=manifest()))[tab("Data")]
    assert found.cell(row=7, column=6).value is None


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    data = comparison()
    with pytest.raises(ReportError, match="fr"):
        write_workbook(data, tmp_path / "a.xlsx", languages=("fr",), manifest=manifest())
    with pytest.raises(ReportError, match="no policy"):
        write_workbook(data[data["scenario"] == "baseline"], tmp_path / "a.xlsx", manifest=manifest())

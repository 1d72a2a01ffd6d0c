"""Files as others write them: totals among the accounts, units in many words, separators, empty sets, sums left out."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_files import GDX, WHY_NO_GDX, content, sam
from openpyxl import Workbook
from published import COLUMNS, LEFT, SECTORS, TOP, accounts, laid_out, mrio, province, sheet_of

from cgebase.errors import SAMError, SAMValidationError
from cgebase.messages import Message
from sam.balance import balance_sam
from sam.economy import load_economy, save_sam
from sam.formats import FORMATS, read_sam, write_sam
from sam.formats.base import Table, to_sam
from sam.formats.har_records import HarSet, Header
from sam.formats.har_write import write_headers
from sam.formats.moneyunits import parse_unit
from sam.formats.totals import is_total, sums_of_others
from sam.formats.workbook import Choices, read_sheet
from sam.matrix import SAM
from sam.validate import audit_sam, check_economy

FLOWS = [("act:a", "com:a", 60.0), ("act:b", "com:b", 40.0), ("com:a", "hh", 50.0), ("com:b", "hh", 30.0),
         ("com:a", "act:b", 10.0), ("com:b", "act:a", 10.0), ("hh", "act:a", 50.0), ("hh", "act:b", 30.0)]  # fmt: skip
WORDS: dict[str, Any] = {"unit": "1e8 CNY", "year": 2020}


def with_total(name: str) -> list[tuple[str, str, float]]:
    rows, columns = ({} for _ in range(2))
    for r, c, v in FLOWS:
        rows[r], columns[c] = rows.get(r, 0.0) + v, columns.get(c, 0.0) + v
    whole = sum(columns.values())
    return [*FLOWS, *((r, name, v) for r, v in rows.items()), *((name, c, v) for c, v in columns.items()),
            (name, name, whole)]  # fmt: skip


def long(path: Path, cells: list[tuple[str, str, float]]) -> Path:
    pd.DataFrame(cells, columns=["row", "column", "value"]).to_csv(path, index=False)
    return path


def square(path: Path, cells: list[tuple[str, str, float]], *beside: list[Any]) -> Path:
    names = list(dict.fromkeys([r for r, _, _ in cells] + [c for _, c, _ in cells]))
    values = {(r, c): v for r, c, v in cells}
    book = Workbook()
    assert book.active is not None
    book.active.append([None, *names])
    for r in names:
        book.active.append([r, *(values.get((r, c)) for c in names)])
    for line in beside:
        book.active.append(line)
    book.save(path)
    return path


def plain(table: SAM) -> dict[tuple[str, str], float]:
    return {(str(r), str(c)): float(v) for r, c, v in table.cells[["row", "column", "value"]].itertuples(index=False)}


def said(act: Any) -> Message:
    with pytest.raises(SAMError) as caught:
        act()
    found = caught.value.args[0]
    assert isinstance(found, Message)
    return found


# ---- totals

LABELS = ["Total", "TOTALS", "TOT.", "total:", "Sum", "Grand Total", "GRAND TOTAL", "grand_total", "Total general",
          "Row total", "coltot", "OTH.TOT", "合计", "合 计", "合　计", "合计（万元）", "总计", "總計", "合計", "汇总",
          "共计", "Total (1e6 CNY)", "Summe", "Итого"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("kind", ["long", "square"])
def test_totals_are_no_accounts(tmp_path: Path, kind: str, name: str) -> None:
    assert is_total(name)
    make, file = (long, "t.csv") if kind == "long" else (square, "t.xlsx")
    path = make(tmp_path / file, with_total(name))
    told: list[Message] = []
    found = read_sam(path, kind, **WORDS, remark=told.append)
    assert plain(found) == {(r, c): v for r, c, v in FLOWS} and found.imbalance() < 1e-12
    if kind == "long":
        assert "is the sum of the accounts and was left out" in told[0] and told[0].text("en") in found.history


@pytest.mark.parametrize("name", ["everything", "Σ", "所有账户"])
@pytest.mark.parametrize("kind", ["long", "square", "har"])
def test_an_account_that_is_the_sum_of_all_others_is_noticed_whatever_its_label(
    tmp_path: Path, kind: str, name: str
) -> None:
    cells = with_total(name)
    if kind == "har":
        path, names = tmp_path / "t.har", list(dict.fromkeys(r for r, _, _ in cells))
        side = HarSet("ACC", (*(n.replace(":", "_") for n in names[:-1]), name := "everything"))
        values = np.zeros((len(names), len(names)), np.float32)
        for r, c, v in cells:
            values[names.index(r), names.index(c)] = v
        write_headers(path, [Header("SAM", "RE", values, "", "SAM", (side, side))])
    elif kind == "long":
        path = long(tmp_path / "t.csv", cells)
    else:
        path = square(tmp_path / "t.xlsx", cells)
    assert f"every cell of {name!r} is the sum of all other accounts" in said(lambda: read_sam(path, kind, **WORDS))


def test_a_total_that_is_none_is_refused_with_its_cell(tmp_path: Path) -> None:
    cells = [(r, c, v + (r == "Total" and c == "hh")) for r, c, v in with_total("Total")]
    words = said(lambda: read_sam(long(tmp_path / "t.csv", cells), "long", **WORDS))
    assert "'Total' is called a total, but beside 'hh' it has 81 and the others add up to 80" in words


def test_a_sam_holds_no_sums_of_others(tmp_path: Path) -> None:
    cells = pd.DataFrame(with_total("everything"), columns=["row", "column", "value"])
    assert sums_of_others(cells) == ["everything"]
    assert [f.code for f in audit_sam(SAM(cells=cells)).findings] == ["SAM025"]
    assert not sums_of_others(pd.DataFrame(FLOWS, columns=["row", "column", "value"]))
    assert not sums_of_others(sam().cells)


def test_what_stands_after_the_totals_without_an_account_is_outside(tmp_path: Path) -> None:
    beside = [[None, *([0.5] * 6)], ["check", *([0.0] * 6)]]
    told: list[Message] = []
    found = read_sam(square(tmp_path / "t.xlsx", with_total("Total"), *beside), "square", **WORDS, remark=told.append)
    assert plain(found) == {(r, c): v for r, c, v in FLOWS}
    assert told == ["[t.xlsx]Sheet!A8: 2 lines after the totals without an account across; left out"]


def test_unlabelled_rows_below_the_totals_of_a_pep_workbook(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for line in ([None, None, "AG", "J", "OTH"], [None, None, "HH", "IND", "TOT"], ["AG", "HH", None, 7, 7],
                 ["J", "IND", 7, None, 7], ["OTH", "TOT", 7, 7, None], [None, None, 14, 14, 14],
                 [None, None, 0, 0, 0]):  # fmt: skip
        book.active.append(line)
    book.save(tmp_path / "p.xlsx")
    table = FORMATS["pep"].read(tmp_path / "p.xlsx")
    assert table.cells.to_numpy().tolist() == [["AG.HH", "J.IND", 7.0], ["J.IND", "AG.HH", 7.0]]
    assert "2 lines after the totals" in table.remarks[0]


# ---- whole numbers, separators, encodings, units

ROUND = [("a", "b", 100), ("b", "a", 100)]


@pytest.mark.parametrize(("kind", "ending"), [("har", ".har"), ("long", ".csv"), ("square", ".xlsx"), pytest.param(
    "gdx", ".gdx", marks=pytest.mark.skipif(not GDX, reason=WHY_NO_GDX))])  # fmt: skip
def test_a_sam_of_whole_numbers_comes_back(tmp_path: Path, kind: str, ending: str) -> None:
    whole = SAM(cells=pd.DataFrame(ROUND, columns=["row", "column", "value"]))
    assert whole.cells["value"].dtype == int
    write_sam(whole, tmp_path / f"t{ending}", kind)
    assert content(read_sam(tmp_path / f"t{ending}", kind))[0] == {("a", "b"): 100.0, ("b", "a"): 100.0}


def test_a_line_longer_than_its_head_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("row,column,value\na,b,1,234.5\nb,a,7\n")
    assert "t.csv line 2 has 4 fields, the head 3" in said(lambda: read_sam(tmp_path / "t.csv", "long", **WORDS))


@pytest.mark.parametrize(("value", "reads"), [("1,234", None), ("-12,345", None), ("1,234.5", 1234.5),
                                              ("1,234,567", 1234567.0), ("1234", 1234.0)])  # fmt: skip
def test_one_comma_between_semicolons_may_be_decimal(tmp_path: Path, value: str, reads: float | None) -> None:
    for name, text in (("l.csv", f"row;column;value\na;b;{value}\nb;a;1\n"), ("s.csv", f";a;b\na;;{value}\nb;1;\n")):
        (tmp_path / name).write_text(text)
        kind = "long" if name == "l.csv" else "square"
        if reads is None:
            words = said(lambda n=name, k=kind: read_sam(tmp_path / n, k, **WORDS))
            assert "decimal comma or a thousands comma" in words
        else:
            assert plain(read_sam(tmp_path / name, kind, **WORDS))["a", "b"] == reads


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_text_of_any_common_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes("行,列,值\n农业,居民,5\n居民,农业,5\n".encode(encoding))
    assert plain(read_sam(tmp_path / "t.csv", "long", **WORDS))["农业", "居民"] == 5.0


@pytest.mark.parametrize(
    ("text", "found"),
    [("Million USD", (1e6, "USD")), ("millions of US$", (1e6, "USD")), ("Mill USD", (1e6, "USD")),
     ("M.EUR", (1e6, "EUR")),
     ("000 USD", (1e3, "USD")), ("'000 US$", (1e3, "USD")), ("US$ million", (1e6, "USD")), ("MEUR", (1e6, "EUR")),
     ("bn US dollars", (1e9, "USD")), ("亿元", (1e8, "CNY")), ("million yuan", (1e6, "CNY")),
     ("1000 USD", (1e3, "USD")),
     ("USD EUR", None), ("million", None), ("big USD", None)],
)  # fmt: skip
def test_units_in_the_words_of_others(text: str, found: tuple[float, str] | None) -> None:
    assert parse_unit(text) == found


def test_equal_units_are_no_contradiction_and_unknown_words_are_given_a_meaning() -> None:
    cells = pd.DataFrame([("a", "b", 1.0), ("b", "a", 1.0)], columns=["row", "column", "value"])

    def read(said_: str, given: str, told: list[Message] | None = None) -> SAM:
        table = Table("t.csv", cells, (("unit", said_), ("year", "2020")))
        return to_sam(table, unit=given, remark=None if told is None else told.append)

    assert read("亿元", "1e8 CNY").unit == "1e8 CNY" and read("Mill USD", "million USD").unit == "million USD"
    told: list[Message] = []
    assert read("pebbles", "1e6 USD", told).unit == "1e6 USD" and "taken as '1e6 USD', as asked" in told[0]
    for wrong in (("亿元", "1e4 CNY"), ("Mill USD", "1e6 EUR"), ("Mill USD", "pebbles")):
        assert "given is" in said(lambda wrong=wrong: read(*wrong))


# ---- HAR of GEMPACK and of others


def record(*values: int) -> bytes:
    body = b"    " + struct.pack(f"<{len(values)}i", *values)
    return struct.pack("<i", len(body)) + body + struct.pack("<i", len(body))


def empty_header() -> bytes:
    """A matrix over an empty set as GEMPACK writes it into solution files."""
    body = b"    2IFULL" + b"an empty set".ljust(70) + struct.pack("<3i", 2, 0, 1)
    count = struct.pack("<i", len(body))
    name = struct.pack("<i", 4) + b"VCSN" + struct.pack("<i", 4)
    return name + count + body + count + record(1, 0, 1, 1, 0, 1, 1)


def test_a_header_over_an_empty_set_is_read_as_empty(tmp_path: Path) -> None:
    write_sam(sam(), tmp_path / "a.har", "har")
    whole = (tmp_path / "a.har").read_bytes()
    (tmp_path / "a.har").write_bytes(empty_header() + whole)
    assert content(read_sam(tmp_path / "a.har", "har")) == content(sam())
    (tmp_path / "a.har").write_bytes(empty_header() + whole[:-30])
    assert "a.har, header ABOU" in said(lambda: read_sam(tmp_path / "a.har", "har"))


def test_other_counts_of_records_are_read_with_a_remark(tmp_path: Path) -> None:
    side = HarSet("ACC", ("a", "b"))
    header = Header("FLOW", "RE", np.array([[0, 7], [7, 0]], np.float32), "", "FLOW", (side, side))
    write_headers(tmp_path / "a.har", [header])
    data = (tmp_path / "a.har").read_bytes()
    first, other = (b"    " + struct.pack("<3i", n, 7, 2) for n in (3, 2))
    assert data.count(first) == 1
    (tmp_path / "a.har").write_bytes(data.replace(first, other))
    told: list[Message] = []
    assert plain(read_sam(tmp_path / "a.har", "har", **WORDS, remark=told.append)) == {("a", "b"): 7.0, ("b", "a"): 7.0}
    assert "1 header from FLOW on count the records left otherwise" in told[0]


# ---- GDX of PEP, pymrio


@pytest.mark.skipif(not GDX, reason=WHY_NO_GDX)
def test_a_gdx_of_four_dimensions_has_labels_of_two_parts(tmp_path: Path) -> None:
    import gams.transfer as gt

    from sam.formats.gdx_worker import container

    box = container()
    cells = pd.DataFrame([("AG", "HH", "J", "IND", 7.0), ("J", "IND", "AG", "HH", 7.0)])
    gt.Parameter(box, "SAM", ["*"] * 4, records=cells)
    box.write(str(tmp_path / "p.gdx"))
    assert plain(read_sam(tmp_path / "p.gdx", "gdx", **WORDS)) == {("AG.HH", "J.IND"): 7.0, ("J.IND", "AG.HH"): 7.0}


def test_the_year_reaches_the_parser_and_its_words_come_whole(tmp_path: Path, monkeypatch: Any) -> None:
    index = pd.MultiIndex.from_product([["X"], ["s"]])
    given = []

    def parse_wiod(path: Path, year: int | None = None) -> Any:
        given.append(year)
        if year is None:
            raise ValueError("No year specified (either specify a specific file or a path and year)")
        return SimpleNamespace(
            Z=pd.DataFrame([[2.0]], index, index), Y=pd.DataFrame([[3.0]], index, index),
            unit=pd.DataFrame({"unit": ["millions of US$"]}, index),
        )  # fmt: skip

    monkeypatch.setitem(sys.modules, "pymrio", SimpleNamespace(parse_wiod=parse_wiod))
    found = read_sam(tmp_path, "pymrio", table="wiod", year=2009, unit="million USD")
    assert given == [2009] and (found.unit, found.year) == ("million USD", 2009)
    words = said(lambda: read_sam(tmp_path, "pymrio", table="wiod"))
    assert "(No year specified (either specify a specific file or a path and year))" in words and "--table" not in words


# ---- published workbooks


def test_sums_that_are_not_printed_are_made() -> None:
    for grid in (province(), mrio()):
        c = next(j for row in grid for j, x in enumerate(row) if x in ("TIU", "Total intermediate use"))
        whole = read_sheet(sheet_of(grid), Choices(sectors="own"))
        for row in grid:
            row.pop(c)
        found = read_sheet(sheet_of(grid), Choices(sectors="own"))
        assert np.allclose(found.use, whole.use) and np.allclose(found.output, whole.output)
        assert any("no column TIU; intermediate use is added up" in note for note in found.notes)


def test_without_the_sum_a_cell_that_is_off_is_still_found() -> None:
    grid = province()
    c = LEFT + SECTORS + COLUMNS.index("TIU")
    for row in grid:
        row.pop(c)
    grid[TOP + 3][8] *= 1.5
    assert "GO = TIU + TFU - IM - IF + ERR" in said(lambda: read_sheet(sheet_of(grid), Choices()))


def test_a_table_far_larger_than_its_region_is_refused() -> None:
    grid = province(unit="单位：亿元")
    words = said(lambda: read_sheet(sheet_of(grid), Choices()))
    assert "value added of XJ is 830,499,535 (1e8 yuan), its GDP of 2021 16,792" in words
    kept = read_sheet(sheet_of(grid), Choices(keep_gaps=True))
    assert kept.findings[0].code == "SAM182"


def test_a_table_far_smaller_and_trade_in_one_column_are_remarked() -> None:
    small = read_sheet(sheet_of(province(unit="单位：元")), Choices())
    assert any("is that the unit?" in note for note in small.notes)
    blocks = accounts()
    blocks["OF"], blocks["EX"] = blocks["OF"] + blocks["EX"], 0 * blocks["EX"]
    found = read_sheet(sheet_of(laid_out(blocks, "新疆2017年投入产出表", "单位：万元")), Choices())
    assert any("column EX holds nothing: OF may hold trade abroad" in note for note in found.notes)


def test_the_list_of_another_year_is_one_sentence() -> None:
    grid = province()
    for k in range(10):
        grid[4][LEFT + k] = grid[TOP + k][1] = f"门类{k}"
    with pytest.raises(SAMValidationError) as caught:
        read_sheet(sheet_of(grid), Choices())
    words = str(caught.value)
    assert words.count("SAM168") == 1 and "the list of another year; keep it with --sectors own" in words
    assert read_sheet(sheet_of(grid), Choices(sectors="own")).classification == "own"


# ---- balancing


@pytest.mark.parametrize("method", ["cross-entropy", "least-squares"])
def test_gaps_are_measured_by_the_table_that_comes_out(method: Any) -> None:
    cells = pd.DataFrame(FLOWS, columns=["row", "column", "value"])
    cells["value"] *= 1e8 * np.random.default_rng(3).uniform(0.97, 1.03, len(cells))
    totals = pd.DataFrame([("hh", "act:*", 80.0)], columns=["row", "column", "value"])
    if method == "least-squares":
        totals["value"] *= 1e4
    found, report = balance_sam(SAM(cells=cells), method=method, targets=totals)
    assert found.imbalance() <= 1e-10
    inner = found.cells[(found.cells["row"] == "hh") & found.cells["column"].str.startswith("act:")]
    assert inner["value"].sum() == pytest.approx(float(totals["value"][0]), rel=1e-10)
    assert "the median cell becomes" in report.text("en")


def test_what_import_writes_balance_reads(tmp_path: Path, call: Any) -> None:
    source = long(tmp_path / "in.csv", [(r, c, v + 0.5 * (r == "hh")) for r, c, v in FLOWS])
    assert call("sam", "import", source, "--format", "long", "--unit", "1e6 USD", "--year", 2019, "--out",
                tmp_path / "x.csv")[0] == 0  # fmt: skip
    assert call("sam", "balance", "--in", tmp_path / "x.csv", "--out", tmp_path / "b")[0] == 0
    assert "1e6 USD" in (tmp_path / "b" / "about.csv").read_text()
    code, _, err = call("sam", "balance", "--in", source, "--out", tmp_path / "c")
    assert code == 3 and "does not say its unit" in err and "does not say its year" in err
    save_sam(sam(), tmp_path / "folder")
    assert call("sam", "balance", "--in", tmp_path / "folder", "--out", tmp_path / "d")[0] in (0, 3)


# ---- physical tables


@pytest.mark.slow
def test_physical_rows_given_twice_and_fuel_without_emissions_are_faults() -> None:
    economy = load_economy("cn12")
    row = economy.emissions[economy.emissions["region"] == "BJ"].head(1)
    twice = replace(economy, emissions=pd.concat([economy.emissions, row.assign(mt=5.0)], ignore_index=True))
    found = [f for f in check_economy(twice, published=False) if f.code == "SAM009"]
    words = " ".join(map(str, row.iloc[0, :3]))
    assert [f.text for f in found] == [f"emissions: the row {words} stands twice; add them up"]
    lost = replace(economy, emissions=economy.emissions[economy.emissions["region"] != "XJ"])
    found = [f for f in check_economy(lost, published=False) if f.code == "SAM024"]
    assert [f.text for f in found] == ["XJ burns fuel but has no emissions; add its rows to emissions.csv"]

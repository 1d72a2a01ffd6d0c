"""A cell is one number or one fault with its address; sheets come whole, hidden ones marked."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from cgebase.errors import SAMError
from cgebase.messages import Message
from sam.formats.cells import STRICT, UNCALCULATED, Rules, label, number
from sam.formats.sheets import read_book, read_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", 1234.5), ("1,234.5", 1234.5), ("１，２３４．５", 1234.5), (" 12,345,678 ", 12345678.0),
        ("1 234 567.25", 1234567.25), ("1\u00a0234", 1234.0), ("\u3000７\u3000", 7.0), ("-3", -3.0), ("－３", -3.0),
        ("\u22123.5", -3.5), ("– 2", -2.0), ("(1,234)", -1234.0), ("（５）", -5.0), ("+4", 4.0), ("1e-3", 1e-3),
        ("2.5E+03", 2500.0), (".5", 0.5), ("5.", 5.0), ("\ufeff6", 6.0), ("0.125", 0.125), ("-0", 0.0),
        ("", 0.0), ("   ", 0.0), (None, 0.0), ("-", 0.0), ("—", 0.0), ("——", 0.0), ("－", 0.0), (3, 3.0), (2.5, 2.5),
    ],
)  # fmt: skip
def test_numbers_people_write(text: object, value: float) -> None:
    assert number(text, "B3") == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1.234,5", "comma"), ("1.234.567", "comma"), ("12,34", "comma"), ("1,23", "comma"), ("0,125", "comma"),
        ("1,2345", "comma"), ("1234,567", "comma"), ("1,234,56", "comma"), ("1 234,5", "comma"), ("1,234 567", "comma"),
        ("#REF!", "error value #REF! of Excel"), ("#n/a", "error value"), ("#DIV/0!", "error value"),
        ("…", "missing"), ("n.a.", "missing"), ("NaN", "missing"), ("..", "missing"),
        ("inf", "no number"), ("1e999", "not finite"), (float("nan"), "not finite"), (10**400, "not finite"),
        ("12%", "no number"), ("3亿", "no number"), ("¥5", "no number"), ("5*", "no number"), ("10²", "no number"),
        ("5①", "no number"), ("½", "no number"), ("1_000", "no number"), ("0x10", "no number"), ("٣", "no number"),
        ("--5", "no number"), ("(-5)", "no number"), ("5-", "no number"), ("1 2", "no number"), ("()", "no number"),
        ("〇", "no number"), ("1-2", "no number"), ("x" * 500, "x…"), (True, "TRUE"),
        (datetime.datetime(2021, 1, 2), "a date"), (datetime.time(1), "a date"), (UNCALCULATED, "formula"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_address(value: object, words: str) -> None:
    found = number(value, "[a.xlsx]S!B3")
    assert isinstance(found, Message) and found.code == "SAM120"
    assert found.startswith("[a.xlsx]S!B3: ") and words in found and len(found) < 150


def test_rules_say_what_nothing_means() -> None:
    assert [isinstance(number(x, "A1", STRICT), Message) for x in (None, "-", "…")] == [True] * 3
    assert number("…", "A1", Rules(missing=0.0)) == 0.0


@given(st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_every_float_survives_its_own_text(value: float, wide: bool) -> None:
    text = repr(value)
    if wide:
        text = "".join(chr(ord(c) + 0xFEE0) for c in text)
    assert number(text, "A1") == value


@given(st.integers(-(10**15), 10**15))
def test_separators_of_thousands_change_nothing(value: int) -> None:
    for mark in (",", " ", "，"):
        assert number(f"{value:,}".replace(",", mark), "A1") == value


@pytest.mark.slow
@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_message(text: str) -> None:
    found = number(text, "A1", STRICT)
    if not isinstance(found, Message):
        assert any(c.isdigit() for c in label(text))


def book(path: Path, *, state: str = "visible") -> Path:
    out = Workbook()
    sheet = out.active
    assert sheet is not None
    sheet.title = "流量"
    for row in (["", "a", "b"], ["a", "1,234.5", "#REF!"], ["b", None, 2]):
        sheet.append(row)
    other = out.create_sheet("notes")
    other["C5"] = "x"
    other.sheet_state = state
    out.create_sheet("blank")
    out.save(path)
    return path


def old_book(path: Path) -> Path:
    out = xlwt.Workbook()
    sheet = out.add_sheet("表")
    sheet.write(0, 1, "省份")
    sheet.write(1, 0, 2.5)
    sheet.row(1).set_cell_error(1, "#DIV/0!")
    sheet.write(1, 2, True)
    sheet.write(2, 0, datetime.date(2021, 3, 4), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    hidden = out.add_sheet("old")
    hidden.write(0, 0, 1)
    hidden.visibility = 1
    out.save(str(path))
    return path


def test_sheets_have_addresses_and_hidden_ones_are_marked(tmp_path: Path) -> None:
    found = read_book(book(tmp_path / "sam.xlsx", state="hidden"))
    assert [(s.name, s.hidden, s.shape) for s in found.sheets] == [
        ("流量", False, (3, 3)), ("notes", True, (5, 3)), ("blank", False, (0, 0))
    ]  # fmt: skip
    sheet = found.sheet()
    values, faults = sheet.numbers((1, 2), (1, 2))
    assert values[0, 0] == 1234.5 and values[1].tolist() == [0, 2]
    assert faults == ["[sam.xlsx]流量!C2: error value #REF! of Excel; mend the formula in the workbook"]
    assert found.sheet(" 流量").name == "流量" and found.sheet("notes").text(4, 2) == "x"


def test_ending_does_not_matter_and_old_workbooks_are_read(tmp_path: Path) -> None:
    assert read_book(book(tmp_path / "a.xls")).sheets[0].name == "流量"
    found = read_book(old_book(tmp_path / "b.xlsx"))
    assert [(s.name, s.hidden) for s in found.sheets] == [("表", False), ("old", True)]
    sheet = found.sheet()
    assert sheet.cells[:2] == ((None, "省份", None), (2.5, "#DIV/0!", True))
    assert [str(sheet.number(r, c)).split(":")[0] for r, c in ((1, 1), (1, 2), (2, 0))] == [
        "[b.xlsx]表!B2", "[b.xlsx]表!C2", "[b.xlsx]表!A3"
    ]  # fmt: skip


def test_a_formula_never_calculated_is_no_zero(tmp_path: Path) -> None:
    out = Workbook()
    sheet = out.active
    assert sheet is not None
    sheet.append([1, "=A1*2"])
    out.save(tmp_path / "f.xlsx")
    found = read_book(tmp_path / "f.xlsx").sheet().number(0, 1)
    assert isinstance(found, Message) and "[f.xlsx]Sheet!B1: a formula without" in found


def said(act: Any) -> Message:
    with pytest.raises(SAMError) as caught:
        act()
    found = caught.value.args[0]
    assert isinstance(found, Message) and found.code
    return found


@pytest.mark.parametrize(
    ("name", "words"),
    [(None, "several sheets hold something: 流量, notes"), ("note", "did you mean 'notes'"), ("blank", "is empty")],
)
def test_unclear_sheets(tmp_path: Path, name: str | None, words: str) -> None:
    found = read_book(book(tmp_path / "sam.xlsx"))
    assert words in said(lambda: found.sheet(name))


def test_only_hidden_content(tmp_path: Path) -> None:
    out = Workbook()
    out.create_sheet("secret").append([1])
    out["secret"].sheet_state = "hidden"
    out.save(tmp_path / "h.xlsx")
    assert "secret (hidden)" in said(read_book(tmp_path / "h.xlsx").sheet)


def test_what_is_no_workbook(tmp_path: Path) -> None:
    whole = book(tmp_path / "a.xlsx").read_bytes()
    cases = {
        "page.xls": b"<html><table></table></html>", "text.xlsx": b"a,b\n1,2\n", "cut.xlsx": whole[: len(whole) // 2],
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(700), "none.xlsx": b" \n",
        "flip.xlsx": whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
    }  # fmt: skip
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        assert name in said(lambda name=name: read_book(tmp_path / name))
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as file:
        file.writestr("x", "y")
    assert "not a whole Excel workbook" in said(lambda: read_book(tmp_path / "zip.xlsx"))
    assert "no such file" in said(lambda: read_book(tmp_path / "nowhere.xlsx"))
    assert "folder" in said(lambda: read_book(tmp_path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1,°C\n".encode("latin-1"), "line 1: not UTF-8 at byte 2"), (b"\xff\xfe\x00", "not UTF-8"),
        (b"a,b\n\x00\x01", "line 2: binary"), (b'a,"b\n1,2\n', "not well-formed CSV"), (b"", "is empty"),
    ],
)  # fmt: skip
def test_text_files_that_are_none(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert words in said(lambda: read_text(tmp_path / "t.csv"))


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_tables(tmp_path: Path, mark: str, end: str) -> None:
    rows = [["行", "b c", ""], ["1", '"2"', "x"], ["", "", ""]]
    text = end.join(mark.join(row) for row in rows) + end
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    sheet = read_text(tmp_path / "t.csv")
    assert sheet.cells == (("行", "b c", None), ("1", "2", "x")) and sheet.place(1, 2) == "t.csv!C2"

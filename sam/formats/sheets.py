"""Sheets of workbooks and text files as raw cells with addresses; hidden sheets are marked, damage is refused."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl.utils import get_column_letter

from cgebase.errors import SAMError
from cgebase.messages import Message, listed, message, near, reason
from sam.formats.cells import RULES, UNCALCULATED, Rules, label, number, shown

WORKBOOK = (b"PK", b"\xd0\xcf\x11\xe0")
"""First bytes of ``.xlsx`` and ``.xls``."""
MOST_CELLS = 30_000_000
MOST_BYTES = 2_000_000_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
EITHER = re.compile(r"[-+(]?[0-9]{1,3},[0-9]{3}\)?")
"""A number whose comma may be decimal or between thousands."""
FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")


@dataclass(frozen=True)
class Sheet:
    """Raw cells of one sheet or text file.

    Parameters
    ----------
    file : str
        File name without folder.
    name : str
        Empty for a text file.
    hidden : bool
    cells : tuple of tuple
        Rows of one width; ``None``, text, number, boolean, date or :data:`UNCALCULATED`.
    mark : str
        What separates the fields of a text file; empty for a workbook.
    """

    file: str
    name: str
    hidden: bool
    cells: tuple[tuple[Any, ...], ...]
    mark: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns up to the last that hold anything."""
        return len(self.cells), len(self.cells[0]) if self.cells else 0

    def place(self, row: int, column: int) -> str:
        """Address as Excel writes it, from positions counted from zero: ``[sam.xlsx]Sheet1!B3``."""
        address = f"{get_column_letter(column + 1)}{row + 1}"
        return f"[{self.file}]{self.name}!{address}" if self.name else f"{self.file}!{address}"

    def number(self, row: int, column: int, rules: Rules = RULES) -> float | Message:
        """Value of a cell, or what is wrong with it.

        Fields are separated by semicolons where the comma is decimal: there ``1,234`` may be either.
        """
        value = self.cells[row][column]
        if self.mark == ";" and isinstance(value, str) and EITHER.fullmatch(label(value)):
            return message("SAM120.comma", place=self.place(row, column), value=shown(value))
        return number(value, self.place(row, column), rules)

    def overlong(self, head: int) -> list[Message]:
        """Lines of a text file with more fields than its head: a comma stood in a value."""
        if not self.mark:
            return []
        width = max(k + 1 for k, x in enumerate(self.cells[head]) if x is not None)
        found = ((r, max((k + 1 for k, x in enumerate(row) if x is not None), default=0))
                 for r, row in enumerate(self.cells) if r > head)  # fmt: skip
        return [message("SAM129.wide", file=self.file, line=r + 1, found=n, heads=width) for r, n in found if n > width]

    def numbers(
        self, rows: Sequence[int], columns: Sequence[int], rules: Rules = RULES
    ) -> tuple[np.ndarray, list[Message]]:
        """Values of a block, shape ``(rows, columns)``, and all its faults; a faulty cell is nan."""
        out, faults = np.full((len(rows), len(columns)), np.nan), []
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                value = self.cells[row][column]
                if type(value) is float and math.isfinite(value):
                    out[i, j] = value
                    continue
                if value is None and rules.blank is not None:
                    out[i, j] = rules.blank
                    continue
                found = self.number(row, column, rules)
                if isinstance(found, Message):
                    faults.append(found)
                else:
                    out[i, j] = found
        return out, faults

    def text(self, row: int, column: int) -> str:
        """Cell as a label; an error value of Excel stays as it is shown."""
        return label(self.cells[row][column])


@dataclass(frozen=True)
class Book:
    """Sheets of one file in their order."""

    file: str
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str | None = None) -> Sheet:
        """Sheet by name, hidden or not; without a name the only visible one that holds anything.

        Raises
        ------
        SAMError
            No such sheet, or the choice is not clear; lists the sheets, hidden ones marked.
        """
        full = [s for s in self.sheets if s.cells]
        if name is None:
            chosen = [s for s in full if not s.hidden]
            key = "SAM123.several" if chosen else "SAM123.empty"
        else:
            chosen = [s for s in self.sheets if s.name == name] or [
                s for s in self.sheets if label(s.name).lower() == label(name).lower()
            ]
            key = "SAM123"
            if len(chosen) == 1 and not chosen[0].cells:
                chosen, key = [], "SAM123.blank"
        if len(chosen) == 1:
            return chosen[0]
        names = listed(message("hidden_sheet", name=s.name) if s.hidden else s.name for s in self.sheets)
        facts: dict[str, object] = {"file": self.file, "sheets": names}
        if name is not None:
            facts |= {"name": name}
        if key == "SAM123":
            facts |= {"near": near(name or "", [s.name for s in self.sheets])}
        raise SAMError(message(key, **facts))


def refuse_workbook(path: Path, data: bytes, wanted: str) -> None:
    """Refuse an Excel workbook where a file of another kind is wanted."""
    if data.startswith(WORKBOOK):
        raise SAMError(message("SAM490", file=path.name, wanted=wanted))


def read_book(path: Path) -> Book:
    """Read ``.xlsx`` or ``.xls`` by content, whatever its ending.

    Raises
    ------
    SAMError
        Not a whole workbook, or larger than this program reads.
    """
    data = read_bytes(path)
    try:
        if data.startswith(WORKBOOK[0]):
            return Book(path.name, _xlsx(path.name, data))
        if data.startswith(WORKBOOK[1]):
            return Book(path.name, _xls(path.name, data))
    except SAMError:
        raise
    except Exception as error:  # noqa: BLE001 - the libraries raise whatever a damaged file brings up
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SAMError(message("SAM121", file=path.name, reason=shown(said))) from error
    key = "SAM121.page" if data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else "SAM121.other"
    raise SAMError(message(key, file=path.name))


def read_text(path: Path) -> Sheet:
    """Read a text table in UTF-8, UTF-16 or GB 2312, separated by comma, semicolon or tab, as a sheet.

    Raises
    ------
    SAMError
        Other encoding, binary content, or quotes that do not close.
    """
    data = read_bytes(path)
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SAMError(message("SAM122", file=path.name, line=line, offset=error.start)) from error
    if found := CONTROL.search(text):
        raise SAMError(message("SAM122.control", file=path.name, line=text.count("\n", 0, found.start()) + 1))
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        rows = [[x if x.strip() else None for x in row] for row in reader]
    except csv.Error as error:
        raise SAMError(message("SAM122.quotes", file=path.name, line=reader.line_num, reason=error)) from error
    return Sheet(path.name, "", False, _rectangle(rows, path.name), mark)


def _decoded(data: bytes) -> str:
    """Text by its mark of UTF-16, else as UTF-8, else as the Chinese of GB 2312, which no Western text looks like."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        try:
            return data.decode("gb2312")
        except UnicodeDecodeError:
            raise error from None


def read_bytes(path: Path) -> bytes:
    """Content of a file that is not empty."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SAMError(message("SAM124", path=path, reason=reason(error))) from error
    if not data.strip():
        raise SAMError(message("SAM124.empty", file=path.name))
    return data


def _rectangle(rows: list[list[Any]], file: str) -> tuple[tuple[Any, ...], ...]:
    """Rows of one width without the blank margin on the right and at the bottom."""
    widths = [max((k + 1 for k, x in enumerate(row) if x is not None), default=0) for row in rows]
    height = max((k + 1 for k, w in enumerate(widths) if w), default=0)
    width = max(widths, default=0)
    if height * width > MOST_CELLS:
        raise SAMError(message("SAM121.large", file=file, rows=height, columns=width, most=MOST_CELLS))
    return tuple(tuple(row[:width]) + (None,) * (width - len(row)) for row in rows[:height])


def _xlsx(file: str, data: bytes) -> tuple[Sheet, ...]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        size = sum(part.file_size for part in parts.infolist())
        if size > MOST_BYTES:
            raise SAMError(message("SAM121.bytes", file=file, size=size, most=MOST_BYTES))
        broken = parts.testzip()
        if broken is not None:
            raise SAMError(message("SAM121", file=file, reason=broken))
        names = [n for n in parts.namelist() if n.startswith("xl/worksheets/")]
        formulas = any(FORMULA.search(parts.read(n)) for n in names)
    with warnings.catch_warnings():
        # openpyxl warns of styles and drop-down lists it does not keep
        warnings.simplefilter("ignore")
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets
        written = load_workbook(io.BytesIO(data), read_only=True).worksheets if formulas else []
        out = []
        for k, sheet in enumerate(values):
            rows = _rows(sheet, file)
            if formulas:
                rows = [_calculated(*pair) for pair in zip(rows, _rows(written[k], file), strict=True)]
            out.append(Sheet(file, sheet.title, sheet.sheet_state != "visible", _rectangle(rows, file)))
    return tuple(out)


def _calculated(values: list[Any], written: list[Any]) -> list[Any]:
    """Values of a row; a formula without one is marked."""
    pairs = zip(values, written, strict=True)
    return [UNCALCULATED if value is None and text is not None else value for value, text in pairs]


def _rows(sheet: Any, file: str) -> list[list[Any]]:
    # the stored size of a sheet may be wrong and would cut it
    sheet.reset_dimensions()
    out: list[list[Any]] = []
    count = 0
    for row in sheet.iter_rows(values_only=True):
        count += len(row)
        if count > MOST_CELLS or len(out) > MOST_CELLS // 10:
            raise SAMError(message("SAM121.large", file=file, rows=len(out), columns=len(row), most=MOST_CELLS))
        out.append(list(row))
    return out


def _xls(file: str, data: bytes) -> tuple[Sheet, ...]:
    import xlrd

    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())

    def raw(cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, "#UNKNOWN!")
        if cell.ctype == xlrd.XL_CELL_DATE:
            return xlrd.xldate_as_datetime(cell.value, book.datemode)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        return None if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else cell.value

    return tuple(
        Sheet(file, s.name, s.visibility != 0, _rectangle([[raw(c) for c in s.row(k)] for k in range(s.nrows)], file))
        for s in book.sheets()
    )


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """One sheet of a workbook, or a text file; told apart by content."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise SAMError(message("SAM124", path=path, reason=reason(error))) from error
    if start.startswith(WORKBOOK):
        return read_book(path).sheet(name)
    return read_text(path)

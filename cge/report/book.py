"""A book of tables for spreadsheets: sheets, headers with units, widths and print setup; values, never formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Format, Workbook
from xlsxwriter.worksheet import Worksheet

from cge.report import style
from cge.report.names import KINDS, name, unit
from cge.study.results import COLUMNS
from cgebase.xlsx import book_of

PLAIN, TINY = "#,##0.00", "0.0E+00"
WIDEST = 60
PAGE, SCALE = 185, 70
"""Characters across a page of A4 on its side at this per cent of the size, below which nothing is printed."""
DEEP = 920
"""Pixels of a sheet down that page."""
ROW = 20
"""Pixels of a row."""
PRINTED = 40
"""Rows of the sheet of all results that are printed."""
CHART = (45, 16)
"""Rows and columns of a sheet that its charts take, at most."""
LONGEST = 80
"""Characters of a title in the head of a printed page; a head has room for 255."""
LABELS = ("scenario", "region", "sector", "item", "check", "year", "start", "end")
"""Columns that say what a row is, with those of names; printed on every page."""


def _length(text: object) -> int:
    """Characters of a text, those of Chinese twice as wide."""
    return sum(2 if ord(ch) > 0x2E7F else 1 for ch in str(text)) + 2


def _width(text: object) -> int:
    return min(WIDEST, _length(text))


def _room(value: str | float | None) -> int:
    """Width of a cell; empty where the value is not finite."""
    if isinstance(value, str):
        return _width(value)
    return len(f"{value:,.2f}") + 2 if value is not None and math.isfinite(value) else 0


def _plain(value: object) -> str:
    """A fact of a manifest for a reader: its parts with commas between them."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {_plain(v)}" for k, v in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)


def tab(name: str, languages: Sequence[str] = ("zh", "en")) -> str:
    """Name of a sheet on its tab, in every language of the book."""
    return " ".join(dict.fromkeys(KINDS["sheet"][name].text(x) for x in languages))


def about_of(manifest: Mapping[str, Any]) -> str:
    """What a printed page says of a run: study, parameter set, sectors."""
    return ", ".join(str(manifest.get(k, "–")) for k in ("study", "parameter_set", "aggregation"))


class LongSheet(Worksheet):
    """A sheet of a header and long columns, whose cells are written as text: an object each takes six times as long."""

    dim_rowmax: Any

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[tuple[Sequence[Any], Format | None]] = []

    def write_values(self, values: Sequence[Any], form: Format | None) -> None:
        """Fill the next column: texts, or numbers in a format, blank where they are not finite."""
        shared = self.str_table._get_shared_string_index
        self.dim_rowmax = max(self.dim_rowmax, len(values))
        if values and isinstance(values[0], str):
            self._columns.append(([str(shared(v)) for v in values], None))
        else:
            self._columns.append((values, form))

    def _write_rows(self) -> None:
        last, self.dim_rowmax = self.dim_rowmax, 0
        super()._write_rows()
        self.dim_rowmax = last
        cells = [self._cells(xl_col_to_name(k), *column) for k, column in enumerate(self._columns)]
        self.fh.writelines(f'<row r="{i}">{"".join(row)}</row>' for i, row in enumerate(zip(*cells, strict=True), 2))

    def _cells(self, name: str, values: Sequence[Any], form: Format | None) -> Iterator[str]:
        style = f' s="{form._get_xf_index()}"' if form else ""
        for i, value in enumerate(values, 2):
            if isinstance(value, str):
                yield f'<c r="{name}{i}" t="s"><v>{value}</v></c>'
            else:
                yield f'<c r="{name}{i}"{style}><v>{value:.16G}</v></c>' if math.isfinite(value) else ""


class Book:
    """Headers, tables, widths and print setup of one xlsxwriter book."""

    def __init__(self, book: Workbook, languages: Sequence[str], data: pd.DataFrame, about: str = "") -> None:
        self.book, self.languages, self.data, self.about = book, tuple(languages), data, about
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        codes = {PLAIN, TINY, *(x.code for x in KINDS["indicator"].values())}
        self.forms = {code: book.add_format({"num_format": code}) for code in sorted(codes)}

    def joined(self, text: Callable[[str], str]) -> str:
        """Words in every language of the book, joined by a slash; once where they are the same."""
        return " / ".join(dict.fromkeys(text(x) for x in self.languages))

    def word(self, key: str) -> str:
        """Name of an indicator or a column."""
        kind = "indicator" if key in KINDS["indicator"] else "column"
        return self.joined(partial(name, kind, key))

    def scenario(self, code: str) -> str:
        """Name of a scenario in every language of the book."""
        return self.joined(lambda x: style.scenario_name(code, x, self.data))

    def series(self, code: str) -> str:
        """Name of a scenario in a chart, where a text that starts like a formula would be one."""
        name = self.scenario(code)
        return f" {name}" if name.startswith("=") else name

    def region(self, code: str) -> str:
        """Name of a region in every language of the book."""
        return self.joined(partial(style.region_name, code))

    def first(self, codes: Sequence[str]) -> str:
        """The words that only rows of these regions are printed."""
        return self.joined(lambda x: style.phrases("book", x)["first"].format(
            regions="、".join(style.region_name(c, x) for c in codes) if x == "zh"
            else ", ".join(style.region_name(c, x) for c in codes)))  # fmt: skip

    def places(self, codes: Sequence[str]) -> dict[str, list[str]]:
        """Columns of the names of regions, one a language."""
        return {f"name_{x}": [style.region_name(c, x) for c in codes] for x in self.languages}

    def measure(self, indicator: str, extra: str = "") -> str:
        """Header of an indicator with its unit."""
        return f"{self.word(indicator)}{': ' + extra if extra else ''} [{self.unit(indicator)}]"

    def unit(self, indicator: str) -> str:
        """Unit of an indicator in every language of the book."""
        return self.joined(partial(unit, indicator))

    def form(self, indicator: str) -> Format:
        """Number format of an indicator."""
        return self.forms[KINDS["indicator"][indicator].code]

    def sheet(self, name: str, kind: type[Worksheet] = Worksheet, *, of: str = "") -> Worksheet:
        """A sheet by its id; every printed page says the study, what the sheet is ``of``, and the parameters."""
        sheet = self.book.add_worksheet(tab(name, self.languages), kind)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        title = self.joined(partial(style.title_of, self.data)) or sheet.name
        parts = (("&L", title), ("&C", of), ("&R", self.about))
        sheet.set_header("".join(side + x.replace("&", "&&")[:LONGEST] for side, x in parts if x))
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def table(
        self, sheet: Worksheet, frame: pd.DataFrame, heads: Mapping[str, str],
        forms: Mapping[str, Format | list[Format]], *, unfiltered: int = 0, name: str | None = None,
        beside: bool = False, printed: int | None = None,
    ) -> int:  # fmt: skip
        """Write one header row and the values, a format a column or one a cell; the last `unfiltered` rows stay
        outside the filter.

        Printed are the table alone, its first `printed` rows if given; or, with a chart `beside` it, the chart too on
        a page of its own. A table too wide for a page goes on to the next, never below :data:`SCALE` per cent.

        Returns
        -------
        int
            Pixels that a page leaves for a chart below the head.
        """
        last = len(frame.columns) - 1
        titles = [heads.get(str(c)) or self.word(str(c)) for c in frame.columns]
        if name:
            sheet.add_table(
                0, 0, max(len(frame), 1), last,
                {"name": name, "columns": [{"header": t, "header_format": self.head} for t in titles]},
            )  # fmt: skip
        else:
            sheet.autofilter(0, 0, max(len(frame) - unfiltered, 0), last)
        lines, across = 2, 0
        for k, (column, text) in enumerate(zip(frame.columns, titles, strict=True)):
            sheet.write_string(0, k, text, self.head)
            form = forms.get(str(column))
            values = frame[column].tolist()
            widest = max(11, min(15, math.ceil(_width(text) / 2) + 2), *map(_room, set(values)))
            if isinstance(sheet, LongSheet):
                sheet.write_values(values, form)
                values = []
            for i, value in enumerate(values, start=1):
                if isinstance(value, str):
                    sheet.write_string(i, k, value)
                elif value is not None and math.isfinite(value):
                    sheet.write_number(i, k, value, form[i - 1] if isinstance(form, list) else form)
            sheet.set_column(k, k, widest)
            across += widest
            lines = max(lines, math.ceil(1.25 * _length(text) / widest))
        head = 15 * lines + 4
        sheet.set_row(0, head)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        if across > PAGE or beside:
            named = [str(c) in LABELS or str(c).startswith("name_") for c in frame.columns]
            sheet.set_print_scale(SCALE)
            sheet.repeat_columns(0, max((named + [False]).index(False) - 1, 0))
        rows = max(min(len(frame), printed or len(frame)), 1)
        if beside:
            sheet.set_v_pagebreaks([last + 1])
        room = DEEP - math.ceil(head * 4 / 3)
        down = max(rows, min(CHART[0], room // ROW)) if beside else rows
        sheet.print_area(0, 0, down, last + CHART[1] if beside else last)
        return room - ROW

    def tidy(self) -> None:
        """The sheet of all results."""
        printed = self.joined(lambda x: style.phrases("book", x)["printed"].format(rows=PRINTED, of=len(self.data)))
        sheet, forms = self.sheet("Data", LongSheet, of=printed), {"value": self.forms[PLAIN]}
        self.table(sheet, self.data[list(COLUMNS)], {}, forms, name="tidy_results", printed=PRINTED)

    def provenance(self, about: Mapping[str, Any]) -> None:
        """The sheet that says how the numbers were made."""
        items = pd.DataFrame([(str(k), _plain(v)) for k, v in about.items()], columns=["item", "value"])
        self.table(self.sheet("Provenance"), items, {}, {})


@contextmanager
def open_book(path: Path, data: pd.DataFrame, languages: Sequence[str], about: str = "") -> Iterator[Book]:
    """A book of tidy results; it stands under its name, whole, when the block ends.

    Parameters
    ----------
    about : str
        What every printed page says at its right: study and parameter set.
    """
    with book_of(path) as content, xlsxwriter.Workbook(content) as book:
        yield Book(book, languages, data, about)

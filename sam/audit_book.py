"""The Excel report of the coded checks: checks, faults with cell addresses, tables of a province, accounts, origin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Format, Workbook
from xlsxwriter.worksheet import Worksheet

from cgebase.messages import message
from cgebase.xlsx import book_of
from sam import province as tables
from sam.matrix import SAM
from sam.provenance import sources
from sam.report import expected, faults_table, state_of
from sam.validate import Audit

WIDEST = 100
TOP, LEFT = 3, 2
"""First row and column of the values of a square sheet, counted from zero."""


def write_audit(done: Audit, path: Path, *, code: str | None = None, languages: Sequence[str] = ("zh", "en")) -> Path:
    """Write the report of an audit as a workbook; the file appears whole or not at all.

    Parameters
    ----------
    done : Audit
    path : Path
        Replaced where it exists.
    code : str, optional
        Province whose tables are shown; the one with most faults if not given.
    languages : sequence of str
        Words side by side.

    Returns
    -------
    Path
    """
    chosen = code or _most_faults(done)
    with book_of(path) as content, xlsxwriter.Workbook(content) as book:
        _Report(book, done, chosen, tuple(languages)).write()
    return path


def _most_faults(done: Audit) -> str:
    regions = [f.region for f in done.findings if f.region in done.economy.regions]
    return max(done.economy.regions, key=regions.count)


def _width(text: object) -> int:
    return min(WIDEST, sum(2 if ord(ch) > 0x2E7F else 1 for ch in str(text)) + 2)


class _Report:
    """One workbook: where each cell of the SAM stands, and the sheets in order."""

    def __init__(self, book: Workbook, done: Audit, code: str, languages: tuple[str, ...]) -> None:
        self.book, self.done, self.code, self.languages = book, done, code, languages
        self.aggregation = done.economy.aggregation
        self.macro, self.square = (make(done.economy.sam, code) for make in (tables.macro, tables.square))
        self.names = [(f"{self.title('macro')} {code}"), (f"{self.title('square')} {code}")]
        self.order = {name: k for k, name in enumerate(self.square.to_frame().index)}
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "font_size": 13})
        self.upright = book.add_format({"bold": True, "rotation": 90, "valign": "bottom", "bottom": 1})
        self.number = book.add_format({"num_format": "#,##0.00"})
        self.sum = book.add_format({"num_format": "#,##0.00", "bold": True})
        self.plain = book.add_format({"num_format": "General"})
        self.tiny = book.add_format({"num_format": "0.0E+00"})
        self.wrong = book.add_format({"num_format": "#,##0.00", "bg_color": "#F4B6A6", "bold": True})
        self.failed = book.add_format({"bg_color": "#F4B6A6", "bold": True})
        self.link = book.get_default_url_format()

    def title(self, key: str) -> str:
        """Short name of a sheet, in the first language."""
        return message(f"audit.{key}").text(self.languages[0])

    def word(self, key: str) -> str:
        """Words in every language of the book."""
        return " / ".join(dict.fromkeys(message(f"audit.{key}").text(x) for x in self.languages))

    def name(self, account: str) -> str:
        """Name of an account in every language of the book."""
        return " / ".join(dict.fromkeys(tables.account_name(account, self.aggregation, x) for x in self.languages))

    def address(self, row: str, column: str) -> str:
        """Cell of the square sheet for a cell or an account of the SAM; empty where it is not shown."""
        at = [self.order.get(tables.rolled_name(x, self.code), -1) if x else len(self.order) for x in (row, column)]
        here = self.done.economy.sam.accounts["region"]
        touches = self.code in (here.get(row, ""), here.get(column, ""))
        if min(at) < 0 or not touches or at == [len(self.order)] * 2:
            return ""
        return str(xl_rowcol_to_cell(TOP + at[0], LEFT + at[1]))

    def write(self) -> None:
        """Every sheet."""
        self._checks()
        self._faults()
        failing = self._failing()
        self._square(self.names[0], self.macro, {(self._kind(r), self._kind(c)) for r, c in failing})
        self._square(self.names[1], self.square, failing)
        self._accounts()
        self._origin()

    def _kind(self, account: str) -> str:
        kind = account.partition(":")[0]
        return kind if kind in ("act", "com") else account

    def _failing(self) -> set[tuple[str, str]]:
        """Cells at fault by the accounts of the square table; an empty account is a total."""
        pairs = {(f.row, f.column) for f in self.done.findings if self.address(f.row, f.column)}
        return {tuple(tables.rolled_name(x, self.code) if x else "" for x in pair) for pair in pairs}  # type: ignore[misc]

    def _sheet(self, name: str) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def _table(self, sheet: Worksheet, frame: pd.DataFrame, forms: dict[str, Format]) -> None:
        """One header row and the values; `cell` links to the square sheet."""
        for k, column in enumerate(frame.columns):
            head = self.word(str(column))
            sheet.write_string(0, k, head, self.head)
            widest = max(11, min(18, math.ceil(_width(head) / 2) + 2))
            for i, value in enumerate(frame[column].tolist(), start=1):
                if column == "cell" and value:
                    sheet.write_url(i, k, f"internal:'{self.names[1]}'!{value}", self.link, value)
                elif isinstance(value, str):
                    bad = column == "state" and value == self.word("failed")
                    form = self.failed if bad else self.wrap if _width(value) >= WIDEST else None
                    sheet.write_string(i, k, value, form)
                    widest = max(widest, _width(value))
                elif value is not None and np.isfinite(value):
                    sheet.write_number(i, k, value, forms.get(str(column)))
            sheet.set_column(k, k, widest)
        sheet.set_row(0, 64)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
        sheet.repeat_rows(0)

    def _limits(self, low: float, high: float) -> str:
        return " / ".join(dict.fromkeys(expected(low, high, x) for x in self.languages))

    def _checks(self) -> None:
        t = self.done.table()
        titles = [" / ".join(getattr(r, f"title_{x}") for x in self.languages) for r in t.itertuples()]
        frame = pd.DataFrame(
            {
                "code": t["code"], "title": titles,
                "state": [self.word(state_of(p, n)) for p, n in zip(t["passed"], t["places"], strict=True)],
                "places": t["places"], "count": t["faults"], "tolerance": t["tolerance"],
                "basis": [self.word("relative") if r else self.word("absolute") for r in t["relative"]],
                "deviation": t["deviation"], "region": t["region"], "sector": t["sector"], "row": t["row"],
                "column": t["column"], "found": t["found"],
                "wanted": [self._limits(a, b) for a, b in zip(t["low"], t["high"], strict=True)], "unit": t["unit"],
                "cell": [self.address(a, b) for a, b in zip(t["row"], t["column"], strict=True)],
            }
        )  # fmt: skip
        forms = {"tolerance": self.tiny, "deviation": self.tiny, "found": self.plain}
        self._table(self._sheet(self.title("checks")), frame, forms)

    def _faults(self) -> None:
        t = faults_table(self.done)
        frame = t[["code"]].assign(cell=[self.address(a, b) for a, b in zip(t["row"], t["column"], strict=True)])
        frame["said"] = [" / ".join(pair) for pair in zip(*(t[x] for x in self.languages), strict=True)]
        frame = frame.assign(**{k: t[k] for k in ("region", "sector", "row", "column", "found")})
        frame["wanted"] = [self._limits(a, b) for a, b in zip(t["low"], t["high"], strict=True)]
        self._table(self._sheet(self.title("faults")), frame.assign(unit=t["unit"]), {"found": self.plain})

    def _square(self, name: str, sam: SAM, failing: set[tuple[str, str]]) -> None:
        """Square table with totals; cells at fault are coloured."""
        sheet, frame, totals = self._sheet(name), sam.to_frame(), sam.totals()
        n = len(frame)
        names = dict.fromkeys(tables.region_name(self.code, x) for x in ("zh", "en"))
        sheet.write_string(0, 0, f"{' '.join(names)}, {sam.year}, {sam.unit}: {self.word('paid_by')}", self.bold)
        sheet.write_string(TOP - 1, 0, self.word("account"), self.head)
        for k, account in enumerate(frame.index):
            for row, column, form in ((TOP - 2, LEFT + k, self.upright), (TOP + k, 1, None)):
                sheet.write_string(row, column, self.name(account), form)
            sheet.write_string(TOP - 1, LEFT + k, account, self.upright)
            sheet.write_string(TOP + k, 0, account)
        values = frame.to_numpy()
        for i, j in np.argwhere(values != 0):
            bad = (frame.index[i], frame.columns[j]) in failing
            sheet.write_number(TOP + i, LEFT + j, values[i, j], self.wrong if bad else self.number)
        for key, at in (("receipts", 0), ("gap", 1)):
            sheet.write_string(TOP - 1, LEFT + n + at, self.word(key), self.head)
        sheet.write_string(TOP + n, 0, self.word("payments"), self.head)
        for k, account in enumerate(frame.index):
            t = totals.loc[account]
            for row, column, pair, value in (
                (TOP + k, LEFT + n, (account, ""), t["receipts"]), (TOP + n, LEFT + k, ("", account), t["payments"]),
            ):  # fmt: skip
                sheet.write_number(row, column, value, self.wrong if pair in failing else self.sum)
            sheet.write_number(TOP + k, LEFT + n + 1, round(t["gap"], 6), self.number)
        sheet.write_string(TOP + n + 1, 0, self.word("outside"))
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 34)
        sheet.set_column(LEFT, LEFT + n + 1, 11)
        sheet.set_row(TOP - 2, 150)
        sheet.set_row(TOP - 1, 110)
        sheet.freeze_panes(TOP, LEFT)

    def _accounts(self) -> None:
        sam = self.done.economy.sam
        t = sam.accounts.join(sam.totals())
        size = t[["receipts", "payments"]].abs().max(axis=1)
        t = t.rename_axis("account").reset_index().rename(columns={"item": "sector"})
        t["relative_gap"] = (t["gap"].abs() / size.where(size > 0).to_numpy()).fillna(0.0)
        columns = ["account", "kind", "sector", "region", "receipts", "payments", "gap", "relative_gap"]
        forms = {"receipts": self.number, "payments": self.number, "gap": self.tiny, "relative_gap": self.tiny}
        self._table(self._sheet(self.title("accounts")), t[columns], forms)

    def _origin(self) -> None:
        sam = self.done.economy.sam
        known = {s.id: s for s in sources()}
        rows = [
            ("unit", sam.unit), ("currency", sam.currency), ("year", str(sam.year)),
            ("aggregation", self.aggregation), ("accounts", f"{len(sam.accounts):,}"), ("cells", f"{len(sam.cells):,}"),
        ]  # fmt: skip
        for name in sam.sources:
            s = known.get(name)
            told = f"{name}: {s.title}; {s.publisher}; {s.year}; {s.unit}; {s.licence}; {s.sha256}" if s else name
            rows.append((self.word("source"), told))
        rows += [(self.word("history"), step) for step in sam.history]
        self._table(self._sheet(self.title("origin")), pd.DataFrame(rows, columns=["field", "text"]), {})

"""Rows of a table written as CSV or as one sheet of a workbook, number for number."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from cgebase.errors import SAMError
from cgebase.messages import listed, message
from cgebase.whole import whole
from cgebase.xlsx import book_of
from sam.formats.base import KEYS
from sam.formats.cells import label
from sam.formats.sheets import Sheet

ENDINGS = (".csv", ".xlsx")
WORDS = {"单位": "unit", "年份": "year", "来源": "source", "资料来源": "source"}
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384


class Exact(float):
    """A number that prints with all its digits; xlsxwriter would print sixteen, and some need seventeen."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def write_rows(path: Path, rows: Iterable[Sequence[str | float | None]], sheet: str) -> None:
    """Write rows; a blank is ``None``.

    Raises
    ------
    SAMError
        Another ending than ``.csv`` and ``.xlsx``, or more rows than a sheet holds.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise SAMError(message("SAM133.ending", file=path.name, found=ending, known=listed(ENDINGS)))
    if ending == ".csv":
        # the mark at the start lets Excel read Chinese
        with whole(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([repr(x) if isinstance(x, float) else x for x in row] for row in rows)
        return
    with book_of(path) as content, xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet(sheet)
        for r, row in enumerate(rows):
            if r >= MOST_ROWS or len(row) > MOST_COLUMNS:
                raise SAMError(message("SAM133.large", file=path.name, rows=MOST_ROWS, columns=MOST_COLUMNS))
            for c, value in enumerate(row):
                if isinstance(value, float):
                    page.write_number(r, c, Exact(value))
                elif value is not None:
                    page.write_string(r, c, value)


def read_about(sheet: Sheet) -> tuple[list[tuple[str, str]], int]:
    """Rows before the table that describe it, and the position of the first other row that is not blank.

    A description stands in two cells (``unit``, ``1e8 CNY``) or in one (``单位：亿元``); one cell of other words is a
    title and joins the history.
    """
    about: list[tuple[str, str]] = []
    for k, row in enumerate(sheet.cells):
        filled = [j for j, x in enumerate(row) if x is not None]
        if not filled:
            continue
        text, _, rest = label(row[0]).partition(":")
        key = WORDS.get(text.lower().strip(), text.lower().strip())
        if filled == [0]:
            if key not in KEYS and (key.startswith("check") or "; sha256" in rest + text):
                # a signature whose comma was lost must not pass as a title
                key, rest = "check", rest or text
            known = key in KEYS
            about.append((key if known else "history", rest.strip() if known else label(row[0], narrow=False)))
        elif filled == [0, 1] and key in KEYS and not rest:
            about.append((key, row[1] if isinstance(row[1], str) else label(row[1])))
        else:
            return about, k
    return about, len(sheet.cells)

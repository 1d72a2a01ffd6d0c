"""Read published Chinese input-output workbooks: national, provincial and multi-regional tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.errors import SAMError, SAMValidationError
from cgebase.messages import Message, joined, listed, message
from sam.formats.cells import Rules
from sam.formats.heading import refuse, region_stated, sectors_stated, unit_stated, year_stated
from sam.formats.identities import MATERIAL, Gap, Positions, check_identities
from sam.formats.iolabels import UNITS
from sam.formats.iotable import TRADE, VALUE_ADDED, IOTable
from sam.formats.layout import Layout, Line, found_marks, is_table, locate
from sam.formats.sheets import Book, Sheet, read_book, read_text
from sam.formats.size import implausible

Classification = Literal["nbs42", "own"]
CELLS = Rules(blank=0.0, dash=0.0, missing=None)


@dataclass(frozen=True)
class Choices:
    """What a person says about a workbook that it does not say itself.

    Parameters
    ----------
    sheet : str, optional
        Name of the sheet.
    unit : str, optional
        Such as ``万元``; refused when the sheet states another.
    region : str, optional
        Province, or ``CN``.
    year : int, optional
    sectors : {"nbs42", "own"}
        ``own`` keeps sector labels that are not those of the 42 sectors of 2017 to 2020.
    keep_gaps : bool
        Read a table whose sums do not add up; the deviations stay in its findings.
    """

    sheet: str | None = None
    unit: str | None = None
    region: str | None = None
    year: int | None = None
    sectors: Classification = "nbs42"
    keep_gaps: bool = False


def read_io(path: Path, choices: Choices | None = None) -> IOTable:
    """Read one published input-output table.

    Parameters
    ----------
    path : Path
        ``.xls``, ``.xlsx`` or ``.csv``: the layout of the National Bureau of Statistics (rows sectors, value added,
        total input; columns sectors, final use, imports, total output), of a province, of domestic and imported
        goods apart, or of the multi-regional tables of CEADs. Rows and columns are found by their labels.
    choices : Choices, optional

    Returns
    -------
    IOTable
        1e8 yuan. Every identity was checked; deviations beyond rounding are in `findings`.

    Raises
    ------
    SAMError
        The file cannot be read, or no sheet or several hold a table.
    SAMValidationError
        Faults of labels, unit, cells or identities, all listed with their addresses.

    Notes
    -----
    Layout and codes: National Bureau of Statistics, Input-Output Tables of China 2017; multi-regional tables:
    Zheng et al. 2021, doi:10.1038/s41597-021-01023-5.
    """
    choices = choices or Choices()
    return read_sheet(table_sheet(open_book(path), choices.sheet), choices)


def open_book(path: Path) -> Book:
    """Sheets of a workbook, or a CSV as a book of one sheet."""
    return Book(path.name, (read_text(path),)) if path.suffix.lower() == ".csv" else read_book(path)


def table_sheet(book: Book, name: str | None) -> Sheet:
    """The sheet with the table: the one named, else the only visible one with the labels of a table."""
    if name is not None:
        return book.sheet(name)
    tables = [s for s in book.sheets if s.cells and is_table(s)]
    seen = [s for s in tables if not s.hidden]
    if len(seen) == 1:
        return seen[0]
    if seen:
        raise SAMError(message("SAM161.several", file=book.file, sheets=listed(s.name for s in seen)))
    if tables:
        raise SAMError(message("SAM161.hidden", file=book.file, sheets=listed(s.name for s in tables)))
    faults = [_no_table(s) for s in book.sheets]
    raise SAMValidationError(joined(message("SAM161.none", file=book.file), faults))


def _no_table(sheet: Sheet) -> Message:
    place = sheet.place(0, 0)
    found = found_marks(sheet) if sheet.cells else set()
    return message("SAM161", place=place, found=listed(sorted(found)) if found else message("none"))


def read_sheet(sheet: Sheet, choices: Choices) -> IOTable:
    """Read the table of one sheet; see :func:`read_io`."""
    if not sheet.cells or not is_table(sheet):
        raise refuse(sheet, [_no_table(sheet)])
    layout = locate(sheet)
    faults, notes = layout.faults, layout.notes
    if faults:
        raise refuse(sheet, faults)
    unit = unit_stated(sheet, layout, choices.unit, faults)
    regions, codes, names, classification = sectors_stated(sheet, layout, choices.sectors, faults, notes)
    if regions == ("",):
        regions = (region_stated(sheet, layout, choices.region, faults),)
    year = year_stated(sheet, layout, choices.year, faults)
    values, bad = sheet.numbers([r.at for r in layout.rows], [c.at for c in layout.columns], CELLS)
    faults += bad
    if faults:
        raise refuse(sheet, faults)
    found, largest = check_identities(layout, values)
    said = [_deviation(sheet, g, unit) for g in sorted(found, key=lambda g: (not g.core, -g.relative))]
    blocks = _blocks(layout, values * UNITS[unit], regions, codes)
    large, small = implausible(sheet.place(0, 0), blocks["value_added"], year)
    if not choices.keep_gaps and (large or any(g.core and g.relative > MATERIAL for g in found)):
        raise refuse(sheet, [*large, *said])
    said, notes = [*large, *said], [*notes, *small, *_one_trade(sheet, blocks["trade"])]
    return IOTable(
        file=sheet.file, sheet=sheet.name, places=_places(sheet, layout), unit=unit,
        year=year, classification=classification, regions=regions, sectors=codes,
        names=names, findings=(*said, *_negative(sheet, layout, values, unit)), notes=tuple(notes),
        largest_gap=largest, **blocks,
    )  # fmt: skip


def _deviation(sheet: Sheet, gap: Gap, unit: str) -> Message:
    facts = {"identity": gap.identity, "found": gap.found, "expected": gap.expected, "gap": gap.found - gap.expected}
    key = "SAM171" if gap.core else "SAM171.total"
    return message(key, place=sheet.place(*gap.at), unit=unit, **facts)


def _one_trade(sheet: Sheet, trade: pd.DataFrame) -> list[Message]:
    """Columns of trade that hold nothing beside one that holds all: trade abroad and at home stand in one."""
    out = []
    for pair in (("EX", "OF"), ("IM", "IF")):
        if set(pair) <= set(trade):
            held = [k for k in pair if trade[k].any()]
            if len(held) == 1:
                empty = next(k for k in pair if k not in held)
                out.append(message("SAM173.trade", place=sheet.place(0, 0), empty=empty, held=held[0]))
    return out


def _negative(sheet: Sheet, layout: Layout, values: Array, unit: str) -> list[Message]:
    """Intermediate uses below zero, which no purchase can be."""
    rows = [k for k, x in enumerate(layout.rows) if x.key == "sector"]
    users = [k for k, x in enumerate(layout.columns) if x.key == "sector"]
    low = np.argwhere(values[np.ix_(rows, users)] < 0)
    out = []
    for i, j in low:
        row, column = layout.rows[rows[i]], layout.columns[users[j]]
        value = values[rows[i], users[j]]
        out.append(message("SAM172", place=sheet.place(row.at, column.at), value=value, unit=unit))
    return out


def _places(sheet: Sheet, layout: Layout) -> dict[str, str]:
    """Address ranges of the blocks."""

    def span(rows: list[Line], columns: list[Line]) -> str:
        ends = sheet.place(rows[-1].at, columns[-1].at).rpartition("!")[2]
        return f"{sheet.place(rows[0].at, columns[0].at)}:{ends}"

    rows, users = layout.sectors("row"), layout.sectors("column")
    paid = [x for x in layout.rows if x.key != "sector"]
    sold = [x for x in layout.columns if x.key != "sector"]
    out = {"use": span(rows, users), "final use and output": span(rows, sold), "value added": span(paid, users)}
    if layout.imported():
        out["imported"] = span(layout.imported(), users)
    return out


def _blocks(layout: Layout, values: Array, regions: tuple[str, ...], codes: tuple[str, ...]) -> dict[str, Any]:
    """Frames of an `IOTable`, by its field names."""
    check = Positions(layout)
    index = pd.MultiIndex.from_product([regions, codes], names=["region", "sector"])
    single = regions[0] if len(regions) == 1 else ""
    final = [c for region in check.regions for key in ("TC", "GCF") for c in check.leaves(region, key)]
    pairs = [(layout.columns[c].region or single, layout.columns[c].key) for c in final]
    wide = pd.MultiIndex.from_tuples(pairs, names=["region", "category"])
    trade = [k for k in TRADE if ("", k) in check.columns]
    parts = [k for k in VALUE_ADDED if k in check.rows] or ["TVA"]
    bought, labels = check.bought, list(codes)
    if "IM" in check.rows:
        bought, labels = [check.rows["IM"]], ["IM"]
    if not bought:
        labels = []
    users = [*check.users, *final, *(check.columns["", k] for k in trade)]
    beyond = pd.MultiIndex.from_tuples([(single, k) for k in trade], names=["region", "category"])

    def block(rows: list[int], columns: list[int]) -> Array:
        return values[np.ix_(rows, columns)]

    return {
        "use": pd.DataFrame(block(check.own, check.users), index, index),
        "final": pd.DataFrame(block(check.own, final), index, wide),
        "trade": pd.DataFrame(block(check.own, [check.columns["", k] for k in trade]), index, trade),
        "value_added": pd.DataFrame(block([check.rows[k] for k in parts], check.users), parts, index),
        "imported": pd.DataFrame(block(bought, users), labels, index.append([wide, beyond])),
        "output": pd.Series(values[check.own, check.columns["", "GO"]], index),
    }

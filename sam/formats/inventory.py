"""Read CO2 inventories of CEADs: a sheet per province (or per year for the nation), sectors by fuels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from cgebase.errors import SAMError, SAMValidationError
from cgebase.messages import Message, joined, listed, message, near
from sam.formats.cells import Rules
from sam.formats.identities import MATERIAL, decimals, gaps
from sam.formats.iolabels import plain, region_named, region_within, year_of
from sam.formats.sheets import Book, Sheet, read_book
from sam.registry import PROVINCE_CODES, provinces
from sam.tables import read_mapping

#: What one published unit is in Mt.
UNITS = {
    "mt": 1.0, "百万吨": 1.0, "milliontonnes": 1.0, "milliontons": 1.0, "万吨": 1e-2, "10000tonnes": 1e-2,
    "104t": 1e-2, "104tonnes": 1e-2, "kt": 1e-3, "千吨": 1e-3, "t": 1e-6, "tonnes": 1e-6, "吨": 1e-6,
}  # fmt: skip
TOTAL_COLUMN = frozenset({"scope1total", "total", "合计", "总计"})
TOTAL_ROW = frozenset({"totalconsumption", "totalemissions", "total", "合计", "总计"})
BESIDE = frozenset({"scope2heat", "scope2electricity", "otherenergy"})
"""Columns of the workbook that are no part of scope 1."""
LEAST_KNOWN = 5
CELLS = Rules(blank=0.0, dash=0.0, missing=None)


@dataclass(frozen=True, eq=False)
class Inventory:
    """CO2 by region, sector and fuel of one year.

    Parameters
    ----------
    file : str
    year : int or None
    cells : DataFrame
        Columns ``region, sector, fuel, mt`` (Mt CO2), sectors and fuels as CEADs names them; no zeros.
    places : dict
        Region to the address range of its block.
    findings, notes : tuple of Message
        Deviations with their addresses; what was not read.
    """

    file: str
    year: int | None
    cells: pd.DataFrame
    places: dict[str, str]
    findings: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()


@dataclass
class _Block:
    """One sheet's inventory by labels."""

    sheet: Sheet
    head: int
    columns: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    total_column: int = -1
    total_row: int = -1
    unit: str = ""
    beside: list[int] = field(default_factory=list)


@lru_cache(maxsize=2)
def _known(mapping: str) -> dict[str, str]:
    return {plain(x): x for x in read_mapping(mapping)["label"]}


def _head(sheet: Sheet) -> int | None:
    """Row with the fuels, where a sheet also has known sectors."""
    fuels, sectors = _known("ceads_fuels"), _known("ceads_sectors")
    found = sum(isinstance(row[0], str) and plain(row[0]) in sectors for row in sheet.cells)
    if found < LEAST_KNOWN:
        return None
    counts = [sum(isinstance(x, str) and plain(x) in fuels for x in row) for row in sheet.cells]
    best = int(np.argmax(counts))
    return best if counts[best] >= LEAST_KNOWN else None


def is_inventory(book: Book) -> bool:
    """Whether any sheet, hidden or not, is an inventory of sectors by fuels."""
    return any(_head(s) is not None for s in book.sheets if s.cells)


def read_inventory(
    path: Path, *, year: int | None = None, unit: str | None = None, keep_gaps: bool = False
) -> Inventory:
    """Read a workbook of CEADs (sectoral approach of the IPCC, 47 sectors, 17 fuels and process, scope 1).

    Parameters
    ----------
    path : Path
    year : int, optional
        Needed where the workbook holds several years.
    unit : str, optional
        Such as ``Mt``; refused when the workbook states another.
    keep_gaps : bool
        Read cells that do not add up to the printed totals; the deviations stay in `findings`.

    Raises
    ------
    SAMError
        Not a workbook, or no sheet of it an inventory.
    SAMValidationError
        Faults of names, units, cells or sums, all with their addresses.

    Notes
    -----
    Shan et al. 2018, doi:10.1038/sdata.2017.201; Guan et al. 2021, doi:10.1029/2021EF002241.
    """
    return inventory_of(read_book(path), year=year, unit=unit, keep_gaps=keep_gaps)


def inventory_of(book: Book, *, year: int | None, unit: str | None, keep_gaps: bool) -> Inventory:
    """Read the inventory of an open workbook; see :func:`read_inventory`."""
    faults: list[Message] = []
    heads = [(s, h) for s in book.sheets if s.cells and (h := _head(s)) is not None]
    if not heads:
        raise SAMError(message("SAM174", file=book.file, sheets=listed(s.name for s in book.sheets)))
    faults += [message("SAM174.hidden", place=s.place(0, 0)) for s, _ in heads if s.hidden]
    heads = _of_year(book, heads, year)
    blocks: dict[str, _Block] = {}
    stated = _stated_unit(book)
    for sheet, head in heads:
        region = _region(sheet, faults)
        block = _block(sheet, head, faults)
        block.unit = _one_unit(block, stated, unit, faults)
        if region in blocks:
            first = blocks[region].sheet.place(0, 0)
            faults.append(message("SAM164", place=sheet.place(0, 0), label=region, first=first))
        elif region:
            blocks[region] = block
    findings: list[Message] = []
    frames = [] if faults else [_cells(region, block, faults, findings, keep_gaps) for region, block in blocks.items()]
    if faults:
        head_ = message("SAM174.faults", file=book.file, count=len(faults))
        raise SAMValidationError(joined(head_, faults, message("SAM160.next"), codes=True))
    lost = [p for p in PROVINCE_CODES if p not in blocks] if "CN" not in blocks else []
    notes = [message("SAM178.lost", file=book.file, regions=listed(lost))] if lost else []
    last = {r: b.sheet.place(max(b.rows.values()), b.total_column).rpartition("!")[2] for r, b in blocks.items()}
    return Inventory(
        file=book.file, year=year or _year(heads[0][0]), cells=pd.concat(frames, ignore_index=True),
        places={r: f"{b.sheet.place(b.head, 0)}:{last[r]}" for r, b in blocks.items()}, findings=tuple(findings),
        notes=tuple(notes),
    )  # fmt: skip


def _year(sheet: Sheet) -> int | None:
    named = year_of([sheet.name])
    found = re.findall(r"(?<!\d)(?:19[89]\d|20[0-4]\d)(?!\d)", PurePath(sheet.file).stem)
    return named or (int(found[0]) if len(found) == 1 else None)


def _of_year(book: Book, heads: list[tuple[Sheet, int]], year: int | None) -> list[tuple[Sheet, int]]:
    years = sorted({y for s, _ in heads if (y := _year(s)) is not None})
    if year is None and len(years) > 1:
        raise SAMError(message("SAM178", file=book.file, years=listed(years)))
    if year is not None and years and year not in years:
        raise SAMError(message("SAM178.absent", file=book.file, year=year, years=listed(years)))
    return [(s, h) for s, h in heads if year is None or _year(s) in (year, None)]


def _region(sheet: Sheet, faults: list[Message]) -> str:
    bare = re.sub(r"[\d_\s-]+", "", sheet.name)
    found = region_named(bare) if bare else region_within(PurePath(sheet.file).stem)
    if not found:
        names = [n for p in provinces() for n in (p.name_en, p.name_zh)]
        place = sheet.place(0, 0)
        faults.append(message("SAM175.region", place=place, sheet=sheet.name, near=near(bare, names)))
    return found


def _block(sheet: Sheet, head: int, faults: list[Message]) -> _Block:
    """Rows and columns of one sheet; unknown, absent and repeated labels are faults."""
    out = _Block(sheet, head)
    fuels, sectors = _known("ceads_fuels"), _known("ceads_sectors")
    height, width = sheet.shape
    for c in range(1, width):
        text = sheet.text(head, c)
        filled = any(sheet.cells[r][c] is not None for r in range(head + 1, height))
        key = plain(text)
        if key in TOTAL_COLUMN and out.total_column < 0:
            out.total_column = c
        elif key in BESIDE:
            out.beside.append(c)
        elif key in fuels:
            _once(sheet, out.columns, fuels[key], (head, c), faults, column=True)
        elif text:
            faults.append(message("SAM175", place=sheet.place(head, c), label=text, near=near(text, fuels.values())))
        elif filled:
            faults.append(message("SAM162", place=sheet.place(head, c)))
    for r in range(head + 1, height):
        text = sheet.text(r, 0)
        key = plain(text)
        filled = any(x is not None for x in sheet.cells[r][1:])
        if key in ("unit", "单位", "units"):
            continue
        if key in TOTAL_ROW and out.total_row < 0:
            out.total_row = r
        elif key in sectors:
            _once(sheet, out.rows, sectors[key], (r, 0), faults, column=False)
        elif text and filled:
            faults.append(message("SAM175", place=sheet.place(r, 0), label=text, near=near(text, sectors.values())))
        elif filled and any(sheet.text(r, c) and not _unit(sheet.text(r, c)) for c in range(1, width)):
            faults.append(message("SAM162", place=sheet.place(r, 0)))
    lost = [x for x in fuels.values() if x not in out.columns] + [x for x in sectors.values() if x not in out.rows]
    lost += [x for x, at in (("Scope 1 Total", out.total_column), ("Total", out.total_row)) if at < 0]
    if lost:
        faults.append(message("SAM175.lost", place=sheet.place(head, 0), labels=listed(lost)))
    return out


def _once(
    sheet: Sheet, held: dict[str, int], label: str, at: tuple[int, int], faults: list[Message], *, column: bool
) -> None:
    if label in held:
        first = sheet.place(at[0], held[label]) if column else sheet.place(held[label], at[1])
        faults.append(message("SAM164", place=sheet.place(*at), label=label, first=first))
    held.setdefault(label, at[1] if column else at[0])


def _unit(text: str) -> str:
    """Unit of mass a cell states, else empty."""
    key = plain(re.sub(r"(?i)co2|二氧化碳", "", text))
    return next((u for u in UNITS if key in (u, u + "百万吨")), "")


def _stated_unit(book: Book) -> str:
    """Unit of a note such as ``Unit/单位`` with its value beside it."""
    for sheet in book.sheets:
        for row in sheet.cells:
            for left, right in pairwise(row):
                if isinstance(left, str) and plain(left) in ("unit单位", "unit", "单位") and isinstance(right, str):
                    return _unit(right)
    return ""


def _one_unit(block: _Block, stated: str, given: str | None, faults: list[Message]) -> str:
    """Unit of a sheet: of its unit row, else of the note, else as given; never a guess."""
    sheet = block.sheet
    place = sheet.place(block.head, 0)
    rows = [r for r in range(sheet.shape[0]) if plain(sheet.text(r, 0)) in ("unit", "单位", "units")]
    rows = rows or [r for r in (block.head + 1,) if r < sheet.shape[0] and _unit(sheet.text(r, 1))]
    said: dict[str, str] = {}
    for r in rows:
        for c in (*block.columns.values(), block.total_column):
            text = sheet.text(r, c) if c >= 0 else ""
            if text and not _unit(text):
                where = sheet.place(r, c)
                faults.append(message("SAM169.unknown", place=where, text=text, known=listed(UNITS)))
            elif text:
                said.setdefault(_unit(text), sheet.place(r, c))
    if len({UNITS[u] for u in said}) > 1:
        faults.append(message("SAM169.several", place=place, found=listed(f"{u} ({p})" for u, p in said.items())))
    asked = _unit(given) if given is not None else ""
    found = next(iter(said), "") or stated
    if given is not None and not asked:
        faults.append(message("SAM169.asked", given=given, known=listed(UNITS)))
    elif asked and found and UNITS[asked] != UNITS[found]:
        faults.append(message("SAM169.against", place=place, stated=found, given=asked))
    if not asked and not found:
        faults.append(message("SAM169", place=place, known=listed(UNITS)))
    return found or asked


def _cells(
    region: str, block: _Block, faults: list[Message], findings: list[Message], keep_gaps: bool
) -> pd.DataFrame:
    """Tidy cells of one sheet after its sums were checked."""
    sheet = block.sheet
    rows, columns = list(block.rows.values()), list(block.columns.values())
    values, bad = sheet.numbers([*rows, block.total_row], [*columns, block.total_column, *block.beside], CELLS)
    faults += bad
    if bad:
        return pd.DataFrame()
    inner, width = values[:-1, : len(columns)], len(columns)
    digits = decimals(values)
    found = []
    for identity, at, printed, terms in (
        ("Scope 1 Total = sum of fuels", [(r, block.total_column) for r in rows], values[:-1, width], inner.T),
        ("Total = sum of sectors", [(block.total_row, c) for c in columns], values[-1, :width], inner),
        ("grand total", [(block.total_row, block.total_column)], values[-1:, width], inner.reshape(-1, 1)),
    ):
        found += gaps(identity, at, printed, terms, digits)[0]
    said = [
        message("SAM171", place=sheet.place(*g.at), identity=g.identity, found=g.found, expected=g.expected,
                gap=g.found - g.expected, unit=block.unit)
        for g in sorted(found, key=lambda g: -g.relative)
    ]  # fmt: skip
    (findings if keep_gaps or not any(g.relative > MATERIAL for g in found) else faults).extend(said)
    for i, j in np.argwhere(inner < 0):
        place = sheet.place(rows[i], columns[j])
        findings.append(message("SAM176", place=place, value=inner[i, j], unit=block.unit))
    for k, c in enumerate(block.beside):
        if np.any(values[:-1, width + 1 + k]):
            total = float(values[:-1, width + 1 + k].sum())
            findings.append(message("SAM176.beside", place=sheet.place(block.head, c), value=total, unit=block.unit))
    i, j = np.nonzero(inner)
    labels, names = np.array(list(block.rows), object), np.array(list(block.columns), object)
    return pd.DataFrame(
        {"region": region, "sector": labels[i], "fuel": names[j], "mt": inner[i, j] * UNITS[block.unit]}
    )

"""Caps in a file, long or wide, CSV or Excel: which region, year, value and unit; every fault by its cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cge.policies.allocation import LARGEST
from cge.policies.table import BASE_YEAR, LAST_YEAR, joint
from cgebase.errors import SAMError, ScenarioError
from cgebase.messages import Message, both, joined, listed, message
from sam.formats.cells import STRICT
from sam.formats.sheets import Sheet, read_sheet

HEADS = {
    "region": ("region", "province", "group", "地区", "区域", "省份", "省"), "year": ("year", "年份", "年"),
    "value": ("value", "cap", "数值", "上限", "值"), "unit": ("unit", "单位"),
    "note": ("note", "source", "备注", "来源"),
}  # fmt: skip
"""Heads of columns; the head of any other is a year."""
NATIONS = ("cn", "china", "nation", "全国", "中国")
UNITS = {
    "mt": "Mt", "mtco2": "Mt", "mt co2": "Mt", "百万吨": "Mt", "share": "share", "份额": "share", "比例": "share",
}  # fmt: skip
MOST = {"share": LARGEST, "Mt": 30_000.0}


@dataclass
class _Read:
    """Nodes read so far, by region and year, each with its cell; and what is wrong."""

    sheet: Sheet
    unit: str | None
    nodes: dict[str, dict[int, float]] = field(default_factory=dict)
    cells: dict[tuple[str, int], str] = field(default_factory=dict)
    faults: list[Message] = field(default_factory=list)


def read_caps(path: Path, unit: str | None) -> dict[str, Any]:
    """Keys of the table ``cap`` that a file holds: ``path`` of the nation, ``provinces``, ``unit``.

    Parameters
    ----------
    path : Path
        Heads in the first line: ``region``, ``year``, ``value`` and perhaps ``unit``; or ``region``, perhaps ``unit``,
        and a column for each year. A region is the nation (``CN``, ``全国``), a province or a region of the study in
        any usual spelling, or several that share one cap (``新疆+甘肃``).
    unit : str, optional
        ``share`` or ``Mt``, where the table of the study says it; without it and a column of units it is ``share``.

    Raises
    ------
    ScenarioError
        The file cannot be read, or cells are wrong; all are listed.
    """
    try:
        read = _Read(read_sheet(path), unit)
    except SAMError as error:
        raise ScenarioError(both(error)) from error
    columns, years = _heads(read)
    for row in range(1, read.sheet.shape[0]):
        if any(cell is not None for cell in read.sheet.cells[row]):
            _line(read, row, columns, years)
    if not read.faults and not read.nodes:
        read.faults.append(message("CGE140.empty", place=read.sheet.place(0, 0)))
    if read.faults:
        raise ScenarioError(joined(message("CGE140", file=path.name, count=len(read.faults)), read.faults))
    nation = read.nodes.pop("", {})
    return {"path": nation, "provinces": read.nodes, "unit": read.unit or "share"}


def _heads(read: _Read) -> tuple[dict[str, int], dict[int, int]]:
    """Columns by what they hold, and years by column."""
    columns: dict[str, int] = {}
    years: dict[int, int] = {}
    read.faults += read.sheet.overlong(0)
    for k in range(read.sheet.shape[1]):
        head = read.sheet.text(0, k).lower()
        kind = next((kind for kind, names in HEADS.items() if head in names), "")
        if not head and read.sheet.mark:
            continue
        year = _year(head)
        if not kind and year is None:
            known = listed([*(names[0] for names in HEADS.values()), f"{BASE_YEAR}–{LAST_YEAR}"])
            read.faults.append(message("CGE140.head", place=read.sheet.place(0, k), found=head, known=known))
        elif kind in columns or year in years.values():
            read.faults.append(message("CGE140.head_twice", place=read.sheet.place(0, k), found=head))
        elif year is not None:
            years[k] = year
        elif kind != "note":
            columns[kind] = k
    shape = {"region"} if years else {"region", "year", "value"}
    if not read.faults and columns.keys() - {"unit"} != shape:
        read.faults.append(message("CGE140.shape", place=read.sheet.place(0, 0)))
    if read.faults:
        raise ScenarioError(joined(message("CGE140", file=read.sheet.file, count=len(read.faults)), read.faults))
    return columns, years


def _line(read: _Read, row: int, columns: dict[str, int], years: dict[int, int]) -> None:
    """Enter one line, or what is wrong with it."""
    cells = {kind: (read.sheet.place(row, k), read.sheet.text(row, k)) for kind, k in columns.items()}
    place, text = cells["region"]
    try:
        region = "" if text.lower() in NATIONS else joint(text)
    except ValueError as error:
        read.faults.append(message("CGE140.region", place=place, reason=both(error)))
        return
    if "unit" in cells:
        place, text = cells["unit"]
        unit = UNITS.get(text.lower())
        if unit is None:
            known = listed(dict.fromkeys(UNITS.values()))
            read.faults.append(message("CGE140.unit", place=place, found=text, known=known))
            return
        if unit != (read.unit or unit):
            read.faults.append(message("CGE140.units", place=place, found=unit, other=read.unit))
            return
        read.unit = unit
    if years:
        for k, year in years.items():
            if read.sheet.cells[row][k] is not None:
                _node(read, region, year, row, k)
        return
    place, text = cells["year"]
    found = _year(text)
    if found is None:
        read.faults.append(message("CGE140.year", place=place, found=text, first=BASE_YEAR, last=LAST_YEAR))
    else:
        _node(read, region, found, row, columns["value"])


def _node(read: _Read, region: str, year: int, row: int, column: int) -> None:
    value, place = read.sheet.number(row, column, STRICT), read.sheet.place(row, column)
    unit = read.unit or "share"
    if isinstance(value, Message):
        read.faults.append(value)
    elif not 0 < value <= MOST[unit]:
        facts = {"found": f"{value:g}", "most": f"{MOST[unit]:g}", "unit": unit}
        read.faults.append(message("CGE140.size", place=place, **facts))
    elif (first := read.cells.setdefault((region, year), place)) != place:
        read.faults.append(message("CGE140.twice", place=place, first=first))
    else:
        read.nodes.setdefault(region, {})[year] = value


def _year(text: str) -> int | None:
    """A year of the model, with or without 年."""
    digits = text.removesuffix("年").strip()
    return next((y for y in range(BASE_YEAR, LAST_YEAR + 1) if str(y) == digits), None)

"""Published workbooks of any kind: recognised, read, reported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cgebase.errors import SAMError, SAMValidationError
from cgebase.messages import Message, both, joined, listed, message
from cgebase.whole import whole
from sam.formats.inventory import Inventory, inventory_of, is_inventory
from sam.formats.iotable import IOTable
from sam.formats.workbook import Choices, open_book, read_sheet, table_sheet

SHOWN = 5
"""Findings shown of one file."""


def read_published(path: Path, choices: Choices) -> IOTable | Inventory:
    """Read an input-output workbook or a CO2 inventory, whichever the file holds; see `read_io`, `read_inventory`."""
    book = open_book(path)
    if is_inventory(book):
        return inventory_of(book, year=choices.year, unit=choices.unit, keep_gaps=choices.keep_gaps)
    return read_sheet(table_sheet(book, choices.sheet), choices)


def read_all(paths: Sequence[Path], choices: Choices) -> tuple[list[IOTable | Inventory], list[Message]]:
    """Read several workbooks; what was read, and what is wrong with the others."""
    found: list[IOTable | Inventory] = []
    faults: list[Message] = []
    for path in paths:
        try:
            found.append(read_published(path, choices))
        except (SAMError, LookupError) as error:
            faults.append(both(error))
    return found, faults


def refuse_faults(faults: Sequence[Message]) -> None:
    """Raise what was wrong, all files at once."""
    if len(faults) == 1:
        raise SAMValidationError(faults[0])
    if faults:
        raise SAMValidationError(joined(message("SAM179.faults", count=len(faults)), faults, most=len(faults)))


def report(read: IOTable | Inventory) -> list[Message]:
    """Short account of one workbook: what it is, how well it adds up, the largest deviations."""
    if isinstance(read, IOTable):
        year = read.year or message("no_year")
        lines = [
            message("SAM181", file=read.file, regions=listed(read.regions), year=year, count=len(read.sectors),
                    unit=read.unit, output=float(read.output.sum()), gap=read.largest_gap),
        ]  # fmt: skip
    else:
        year = read.year or message("no_year")
        mt = float(read.cells["mt"].sum())
        lines = [message("SAM181.inventory", file=read.file, count=len(read.places), year=year, mt=mt)]
    for kind in (read.findings, read.notes):
        lines += [Message(f"  {m.code} {m}", f"  {m.code} {m.zh}") for m in kind[:SHOWN]]
        if len(kind) > SHOWN:
            more = message("more", count=len(kind) - SHOWN)
            lines.append(Message(f"  {more}", f"  {more.zh}"))
    return lines


def write_cells(read: Sequence[IOTable | Inventory], path: Path) -> None:
    """Write tidy cells: ``table,row,column,value`` (1e8 yuan) or ``region,sector,fuel,mt``.

    Raises
    ------
    SAMError
        Tables and inventories together.
    """
    if len({type(x) for x in read}) > 1:
        raise SAMError(message("SAM179"))
    cells = pd.concat([x.cells() if isinstance(x, IOTable) else x.cells for x in read], ignore_index=True)
    with whole(path) as part:
        cells.to_csv(part, index=False, float_format="%.17g", lineterminator="\n")

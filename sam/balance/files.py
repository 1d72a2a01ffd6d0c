"""Plain CSV in and out for the command: a SAM, its published totals, its reliabilities, what was moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import LANGUAGES, Message, joined, listed, message, refused
from sam.balance.report import BalanceReport
from sam.economy import about_table, described_sam, refuse_missing
from sam.folder import ABOUT, TABLES, UNREADABLE, read_folder, table_in, text_table, write_folder
from sam.formats import read_sam
from sam.formats.cells import label
from sam.formats.sheets import read_sheet
from sam.formats.text import read_about
from sam.matrix import SAM

NUMBERS = ("value", "reliability")


def read_for_balance(
    sam: Path, totals: Path | None = None, reliability: Path | None = None, *, unit: str | None = None,
    year: int | None = None,
) -> tuple[SAM, pd.DataFrame | None, pd.DataFrame | None]:
    """Read what `balance_sam` takes.

    Parameters
    ----------
    sam : Path
        Long table ``row, column, value`` and perhaps ``source``, as `sam.formats.long` reads it; or a folder with
        ``sam.csv`` or ``sam.csv.gz`` and perhaps ``about.csv``, which names another unit than 1e8 yuan.
    totals : Path, optional
        CSV ``row, column, value`` and perhaps ``reliability``.
    reliability : Path, optional
        CSV ``row, column, reliability``; ``inf`` holds a cell.
    unit, year : optional
        Where the table does not say.

    Raises
    ------
    SAMError
        Faults of all files, each with its line.
    """
    faults: list[Message] = []
    if sam.is_dir():
        refuse_missing(sam, TABLES[1:])
        files = read_folder(sam)
        name, content = table_in(files, "sam")
        cells = _read(Path(name), ("row", "column", "value"), ("source",), faults, content)
        found = described_sam(cells, files, faults)
    else:
        found = read_sam(sam, "long", unit=unit, year=year)
        found = replace(found, cells=_with_sources(sam, found.cells))
    lines = None if totals is None else _read(totals, ("row", "column", "value"), ("reliability",), faults)
    weights = None if reliability is None else _read(reliability, ("row", "column", "reliability"), (), faults)
    if faults:
        raise SAMError(joined(message("SAM103", folder=sam, count=len(faults)), faults))
    return found, lines, weights


def _with_sources(path: Path, cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with the column ``source`` of their file, if it has one."""
    sheet = read_sheet(path)
    _, start = read_about(sheet)
    heads = [label(x).lower() for x in sheet.cells[start]]
    if "source" not in heads:
        return cells
    at = [heads.index(k) for k in ("row", "column", "source")]
    of = {tuple(label(line[k], narrow=False) for k in at[:2]): label(line[at[2]], narrow=False)
          for line in sheet.cells[start + 1 :]}  # fmt: skip
    return cells.assign(source=[of.get(k, "") for k in zip(cells["row"], cells["column"], strict=True)])


def _read(
    path: Path, columns: tuple[str, ...], optional: tuple[str, ...], faults: list[Message], content: bytes | None = None
) -> pd.DataFrame:
    """A table with its numbers as numbers; an optional one may be empty, a reliability infinite."""
    try:
        frame = text_table(path.name, path.read_bytes() if content is None else content)
    except UNREADABLE as error:
        faults.append(refused(error, path, "SAM104"))
        return pd.DataFrame(columns=list(columns))
    lost = [c for c in columns if c not in frame.columns]
    if lost:
        faults.append(message("SAM105", file=path.name, missing=listed(lost), found=listed(frame.columns)))
        return pd.DataFrame(columns=list(columns))
    frame = frame[[*columns, *(c for c in optional if c in frame)]]
    for c in frame.columns:
        empty = frame[c].str.strip() == ""
        for k in frame.index[empty & (c not in optional)]:
            faults.append(message("SAM106.empty", file=path.name, line=k + 2, column=c))
        if c in NUMBERS:
            number = pd.to_numeric(frame[c], errors="coerce")
            wrong = (number.isna() if c == "reliability" else ~np.isfinite(number)) & ~empty
            for k in frame.index[wrong]:
                faults.append(message("SAM106", file=path.name, line=k + 2, column=c, value=frame[c][k]))
            frame = frame.assign(**{c: number})
    return frame


def write_balanced(sam: SAM, report: BalanceReport, folder: Path) -> None:
    """Write the SAM, every move and the report in both languages, in place of whatever the folder held."""
    accounts = report.by_account()
    controls = accounts.set_axis(accounts.index.map(str)).reset_index(names="control")
    tables = {"sam.csv": sam.cells, ABOUT: about_table(sam), "moves.csv": report.frame(), "accounts.csv": controls}
    write_folder(folder, tables | {f"report_{x}.txt": report.text(x) + "\n" for x in LANGUAGES})

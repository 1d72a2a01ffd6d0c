"""Plain CSV in and out for the command: a SAM, its published totals, its reliabilities, what was moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import LANGUAGES, Message, joined, listed, message, refused
from cgebase.whole import whole
from sam.balance.report import BalanceReport
from sam.economy import ABOUT, UNREADABLE, about_table, described_sam
from sam.matrix import SAM

NUMBERS = ("value", "reliability")
WRITTEN = ("sam.csv", ABOUT, "moves.csv", "accounts.csv", *(f"report_{x}.txt" for x in LANGUAGES))


def read_for_balance(
    sam: Path, totals: Path | None = None, reliability: Path | None = None
) -> tuple[SAM, pd.DataFrame | None, pd.DataFrame | None]:
    """Read what `balance_sam` takes.

    Parameters
    ----------
    sam : Path
        CSV ``row, column, value`` and perhaps ``source``, in 1e8 yuan; or a folder with ``sam.csv`` or ``sam.csv.gz``
        and perhaps ``about.csv``, which names another unit.
    totals : Path, optional
        CSV ``row, column, value`` and perhaps ``reliability``.
    reliability : Path, optional
        CSV ``row, column, reliability``; ``inf`` holds a cell.

    Raises
    ------
    SAMError
        Faults of all files, each with its line.
    """
    faults: list[Message] = []
    file = next((p for p in (sam / "sam.csv", sam / "sam.csv.gz") if p.is_file()), None) if sam.is_dir() else sam
    if file is None:
        raise SAMError(message("SAM101", folder=sam, tables="sam.csv"))
    cells = _read(file, ("row", "column", "value"), ("source",), faults)
    found = described_sam(cells, sam / ABOUT, faults)
    lines = None if totals is None else _read(totals, ("row", "column", "value"), ("reliability",), faults)
    weights = None if reliability is None else _read(reliability, ("row", "column", "reliability"), (), faults)
    if faults:
        raise SAMError(joined(message("SAM103", folder=sam, count=len(faults)), faults))
    return found, lines, weights


def _read(path: Path, columns: tuple[str, ...], optional: tuple[str, ...], faults: list[Message]) -> pd.DataFrame:
    """A table with its numbers as numbers; an optional one may be empty, a reliability infinite."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
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
    """Write the SAM, every move and the report in both languages; each file appears whole."""
    accounts = report.by_account()
    tables = {
        "sam.csv": sam.cells, ABOUT: about_table(sam), "moves.csv": report.frame(),
        "accounts.csv": accounts.set_axis(accounts.index.map(str)).reset_index(names="control"),
    }  # fmt: skip
    for name, table in tables.items():
        with whole(folder / name) as part:
            table.to_csv(part, index=False, float_format="%.17g", encoding="utf-8")
    for language in LANGUAGES:
        with whole(folder / f"report_{language}.txt") as part:
            part.write_text(report.text(language) + "\n", encoding="utf-8")

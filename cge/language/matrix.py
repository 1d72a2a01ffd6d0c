"""A social accounting matrix of a model of one's own, read by label and checked before anything is calibrated on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.errors import CalibrationError
from cgebase.messages import Message, joined, listed, message, near, refused

BALANCED = 1e-9
"""Part of the receipts of an account that its payments may differ by."""


def read_matrix(path: Path | str, needed: Iterable[str] = ()) -> pd.DataFrame:
    """Read a matrix from CSV: the same accounts down and across, a row receives what columns pay.

    Parameters
    ----------
    path : path
        Its first column and first row are labels; an empty cell is zero.
    needed : sequence of str
        Accounts that must be there.

    Returns
    -------
    DataFrame
        Rows and columns in the order of the rows.

    Raises
    ------
    CalibrationError
        Cells that are no numbers, accounts that are missing, twice or on one side only, accounts that do not pay what
        they receive; all at once.
    """
    file = Path(path)
    try:
        table = pd.read_csv(file, index_col=0, dtype=str, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise CalibrationError(refused(error, file, "CGE490.unread")) from error
    table.index, table.columns = (pd.Index([str(k).strip() for k in side]) for side in (table.index, table.columns))
    rows, columns = table.index, table.columns
    numbers = table.fillna("0").apply(pd.to_numeric, errors="coerce")
    faults = [message("CGE490.twice", accounts=listed(twice))
              for side in (rows, columns) if len(twice := side[side.duplicated()].unique())]  # fmt: skip
    faults += [message("CGE490.side", account=k) for k in rows.symmetric_difference(columns)]
    faults += [message("CGE490.needed", account=k, near=near(k, rows)) for k in needed if k not in rows]
    faults += [message("CGE490.cell", row=rows[i], column=columns[j], value=table.iat[i, j])
               for i, j in np.argwhere(~np.isfinite(numbers.to_numpy(float)))]  # fmt: skip
    if not faults:
        numbers = numbers[rows]
        faults = _unbalanced(numbers)
    if faults:
        raise CalibrationError(joined(message("CGE490", file=file, count=len(faults)), faults))
    return numbers.astype(float)


def _unbalanced(table: pd.DataFrame) -> list[Message]:
    received, paid = table.sum(axis=1), table.sum()
    off = (received - paid).abs() > BALANCED * table.abs().sum(axis=1).clip(lower=table.abs().sum())
    sides = zip(rows := off.index[off], received[rows], paid[rows], strict=True)
    return [message("CGE490.balance", account=k, received=float(to), paid=float(by)) for k, to, by in sides]

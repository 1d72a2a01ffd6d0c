"""What a check measures and what a fault says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cgebase.messages import Message

PLACE = ("region", "sector", "row", "column")
MEASURED = (*PLACE, "found", "low", "high", "scale")
YUAN = "1e8 CNY"


@dataclass(frozen=True)
class Finding:
    """One fault: its code, what is wrong where, and the cell it is in.

    Parameters
    ----------
    row, column : str
        Accounts of the cell; one of them empty: the total of the other account; both: no single cell.
    found, low, high : float
        Value and the range it was expected in, in ``unit``; NaN where the fault is no number.
    """

    code: str
    text: Message
    region: str = ""
    sector: str = ""
    row: str = ""
    column: str = ""
    found: float = np.nan
    low: float = np.nan
    high: float = np.nan
    unit: str = ""


@dataclass(frozen=True)
class Measured:
    """One check as it came out.

    Parameters
    ----------
    code : str
        The same for ever.
    title : Message
        What is demanded.
    table : DataFrame
        A row per place looked at: ``region, sector, row, column, found, low, high, scale`` and what the words
        of a fault need.
    say : callable
        Words of the fault in a row of the table.
    unit : str
        Of ``found``, ``low`` and ``high``.
    tolerance : float
        Largest deviation that passes; relative where the table has a scale.
    places : int
        Places looked at.
    """

    code: str
    title: Message
    table: pd.DataFrame
    say: Callable[[Any], Message]
    unit: str
    tolerance: float
    places: int

    @cached_property
    def deviation(self) -> pd.Series:
        """How far each place lies outside its range; negative inside, NaN where the fault is no number."""
        t = self.table
        outside = np.maximum(t["low"] - t["found"], t["found"] - t["high"])
        return outside / t["scale"]

    @property
    def faults(self) -> pd.DataFrame:
        """Rows of the table that do not pass."""
        return self.table[~(self.deviation <= self.tolerance)]

    @property
    def worst(self) -> Any:
        """The row that lies farthest out; None where nothing was looked at."""
        if self.table.empty:
            return None
        at = int(np.argmax(np.nan_to_num(self.deviation.to_numpy(float), nan=np.inf)))
        return next(self.table.iloc[[at]].itertuples())

    def findings(self) -> list[Finding]:
        """Every fault in words."""
        return [
            Finding(self.code, self.say(f), f.region, f.sector, f.row, f.column, f.found, f.low, f.high, self.unit)
            for f in self.faults.itertuples()
        ]


def measured(
    code: str, title: Message, table: pd.DataFrame, say: Callable[[Any], Message], *, unit: str = YUAN,
    tolerance: float = 0.0, places: int | None = None,
) -> Measured:  # fmt: skip
    """Complete a table: an empty place where none is given, equality where only ``low`` is."""
    filled = table.reset_index(drop=True)
    for name in PLACE:
        if name not in filled:
            filled[name] = ""
    for name in ("found", "low"):
        if name not in filled:
            filled[name] = np.nan
    filled["high"] = filled["high"] if "high" in filled else filled["low"]
    filled["scale"] = filled.get("scale", 1.0)
    return Measured(code, title, filled, say, unit, tolerance, len(filled) if places is None else places)

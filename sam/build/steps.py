"""What each step of a build touched, for its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

#: Steps in the order they run.
STEPS = {
    "1": "tables of 2017 read",
    "2": "errors, stocks, negative values repaired",
    "3": "transit netted",
    "4": "moved to 2021, sectors split",
    "5": "electricity and heat",
    "6": "fuel cells on tonnes times price",
    "7": "final demand, foreign trade, gravity, margins",
    "8": "institutions",
    "9": "joint balance",
    "10": "checks",
}


@dataclass(frozen=True)
class Entry:
    """One thing a step did: words, cells touched, and the value of changes or of new cells."""

    step: str
    text: str
    cells: int
    value: float
    unit: str


@dataclass
class Report:
    """Entries of a build in the order they happened."""

    entries: list[Entry] = field(default_factory=list)

    def note(
        self, step: str, text: str, *, cells: int | np.integer[Any] = 0, value: float = 0.0, unit: str = "1e8 CNY"
    ) -> None:
        """Add an entry.

        Parameters
        ----------
        step : str
            Key of :data:`STEPS`.
        cells : int
            Cells touched.
        value : float
            Sum of absolute changes, or of flows where the step makes new cells, in ``unit``.
        """
        self.entries.append(Entry(step, text, int(cells), float(value), unit))

    def texts(self) -> list[str]:
        """All entries in words."""
        return [e.text for e in self.entries]

    def table(self) -> pd.DataFrame:
        """Cells touched and value moved by step and unit."""
        frame = pd.DataFrame([(e.step, e.cells, e.value, e.unit) for e in self.entries if e.cells or e.value])
        frame.columns = pd.Index(["step", "cells", "value", "unit"])
        frame = frame.groupby(["step", "unit"], as_index=False, sort=False)[["cells", "value"]].sum()
        frame = frame.sort_values("step", key=lambda s: s.map(list(STEPS).index), kind="stable", ignore_index=True)
        frame.insert(1, "title", frame["step"].map(STEPS))
        return frame[["step", "title", "cells", "value", "unit"]]

    def lines(self) -> list[str]:
        """The table by step, then every entry, for a terminal."""
        rows = [
            f"{r.step:>3}  {r.title:48}{r.cells:10,d} cells {r.value:14,.1f} {r.unit}"
            for r in self.table().itertuples()
        ]
        head = "step, what it did, cells touched, value touched (changes; flows where a step makes new cells)"
        return [head, *rows, "", *self.texts()]

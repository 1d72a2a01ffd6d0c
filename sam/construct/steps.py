"""What each step of a build touched, for its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from wcwidth import ljust

from cgebase.messages import Message, message
from sam.report import unit_name

#: Steps in the order they run, with the key of their words.
STEPS = {
    "1": "step.read", "2": "step.repaired", "3": "step.transit", "4": "step.moved", "5": "step.electricity",
    "6": "step.fuels", "7": "step.trade", "8": "step.institutions", "9": "step.balance", "10": "step.checks",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing a step did: words, cells touched, and the value of changes or of new cells."""

    step: str
    text: Message
    cells: int
    value: float
    unit: str


@dataclass
class Report:
    """Entries of a build in the order they happened."""

    entries: list[Entry] = field(default_factory=list)

    def note(
        self, step: str, text: Message, *, cells: int | np.integer[Any] = 0, value: float = 0.0, unit: str = "1e8 CNY"
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
        """All entries in English, as the history keeps them."""
        return [str(e.text) for e in self.entries]

    def table(self) -> pd.DataFrame:
        """Cells touched and value moved by step and unit."""
        frame = pd.DataFrame([(e.step, e.cells, e.value, e.unit) for e in self.entries if e.cells or e.value])
        frame.columns = pd.Index(["step", "cells", "value", "unit"])
        frame = frame.groupby(["step", "unit"], as_index=False, sort=False)[["cells", "value"]].sum()
        frame = frame.sort_values("step", key=lambda s: s.map(list(STEPS).index), kind="stable", ignore_index=True)
        frame.insert(1, "title", [str(message(STEPS[s])) for s in frame["step"]])
        return frame[["step", "title", "cells", "value", "unit"]]

    def lines(self, language: str = "en") -> list[str]:
        """The table by step, then every entry, for a terminal."""
        rows = [
            f"{r.step:>3}  {ljust(message(STEPS[r.step]).text(language), 48)}{r.cells:10,d} {r.value:14,.1f} "
            + unit_name(r.unit, language)
            for r in self.table().itertuples()
        ]
        return [message("steps_head").text(language), *rows, "", *(e.text.text(language) for e in self.entries)]

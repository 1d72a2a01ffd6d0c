"""What a balance moved: the largest moves by cell, by account and by source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix

from cgebase.arrays import Array
from cgebase.messages import LANGUAGES, Message, joined, message, text_of
from sam.balance.problem import FLOOR, Balanced

BIG = 0.01
"""A cell counts in the median move from this share of the receipts or payments of an account, or of a total."""
MOST = 10
FACTOR = 5.0
"""A median move beyond this factor is said to look like another unit (assumption)."""


@dataclass(frozen=True)
class BalanceReport:
    """Moves of a balanced table.

    Parameters
    ----------
    balanced : Balanced
    unit : str
        Unit of the cells.
    """

    balanced: Balanced
    unit: str = ""

    def frame(self) -> pd.DataFrame:
        """Every cell with its labels, ``before``, ``after``, ``move`` and relative ``ratio``, largest moves first."""
        problem = self.balanced.problem
        out = pd.DataFrame({"cell": np.arange(len(problem.prior))}) if problem.cells is None else problem.cells.copy()
        before, after = problem.prior, self.balanced.values
        out = out.reset_index(drop=True).assign(before=before, after=after, move=after - before, ratio=self._ratio())
        return out.iloc[np.argsort(-np.abs(after - before), kind="stable")]

    def by(self, label: str) -> pd.DataFrame:
        """Cells summed by one of their labels: number, absolute values before, amount moved and its share."""
        cells = self.frame().assign(before=lambda t: t["before"].abs(), move=lambda t: t["move"].abs())
        out = cells.groupby(label).agg(cells=("before", "size"), before=("before", "sum"), moved=("move", "sum"))
        return self._shares(out)

    def by_source(self) -> pd.DataFrame:
        """`by` the column ``source``; empty where cells have none."""
        cells = self.balanced.problem.cells
        return self._shares(pd.DataFrame(columns=["cells", "before", "moved"], dtype=float)) if (
            cells is None or "source" not in cells
        ) else self.by("source")  # fmt: skip

    def by_account(self) -> pd.DataFrame:
        """The same for the cells of every control, an account or a total; also its target before and after."""
        problem = self.balanced.problem
        terms = abs(problem.controls)
        m = len(problem.targets)
        out = pd.DataFrame(
            {
                "cells": np.diff(problem.controls.indptr),
                "before": terms @ np.abs(problem.prior),
                "moved": terms @ np.abs(self.balanced.values - problem.prior),
                "target": problem.targets,
                "reached": self.balanced.targets,
            },
            index=pd.Index([problem.name(i) for i in range(m)], dtype=object, name="control"),
        )
        return self._shares(out)

    def median_move(self) -> float:
        """Median relative move of the cells that may move and are at least 1 % of an account or total."""
        return float(np.median(np.abs(self._ratio()[self.big]))) if self.big.any() else 0.0

    def _common_factor(self) -> float | None:
        """Median factor of all cells that may move, where it is beyond what any balance does."""
        problem = self.balanced.problem
        free = (problem.prior != 0) & (problem.moves > 0)
        factor = float(np.median(self.balanced.values[free] / problem.prior[free])) if free.any() else 1.0
        return None if 1 / FACTOR <= factor <= FACTOR else factor

    @property
    def big(self) -> Array:
        """Cells that `median_move` looks at."""
        problem = self.balanced.problem
        terms = coo_matrix(problem.controls.multiply(problem.prior))
        side = 2 * terms.row + (terms.data < 0)
        total = np.bincount(side, np.abs(terms.data), 2 * len(problem.targets))
        share = np.zeros(len(problem.prior))
        np.maximum.at(share, terms.col, np.abs(terms.data) / np.where(total > 0, total, 1.0)[side])
        return (share >= BIG) & (problem.moves > 0)

    @property
    def emptied(self) -> Array:
        """Numbers of the cells of which a millionth or less is left."""
        before = np.abs(self.balanced.problem.prior)
        return np.flatnonzero((np.abs(self.balanced.values) <= FLOOR * (1 + 1e-9) * before) & (before > 0))

    def text(self, language: str = "en", *, most: int = MOST) -> str:
        """The report in words, ``en`` or ``zh``, with so many lines for each kind of move."""
        done = self.balanced
        n, m = done.problem.controls.shape[::-1]
        facts = {"method": done.method, "cells": n, "controls": m, "rounds": done.rounds, "tolerance": done.tolerance}
        size = np.abs(self._ratio()[self.big])
        high = float(np.quantile(size, 0.95)) if len(size) else 0.0
        parts = [
            message("balance.head", **facts),
            message("balance.median", median=self.median_move(), high=high, count=len(size)),
        ]
        if (factor := self._common_factor()) is not None:
            parts.append(message("balance.factor", factor=factor))
        cells = self.frame().head(most)
        parts.append(joined(message("balance.cells", unit=self.unit), [
            message("balance.move", name=done.problem.cell_name(k), before=b, after=a, ratio=x)
            for k, b, a, x in zip(cells.index, cells["before"], cells["after"], cells["ratio"], strict=True) if a != b
        ]))  # fmt: skip
        for head, table in (("balance.accounts", self.by_account()), ("balance.sources", self.by_source())):
            lines = _lines(table[table["moved"] > 0].head(most))
            parts += [joined(message(head, unit=self.unit), lines)] if lines else []
        parts += self._gave_way(most) + self._emptied(most)
        return "\n".join(p.text(language) for p in parts)

    def _gave_way(self, most: int) -> list[Message]:
        done = self.balanced
        soft = done.problem.soft
        before, after = done.problem.targets[soft], done.targets[soft]
        lines = [
            message("balance.move", name=done.problem.name(int(soft[i])), before=before[i], after=after[i],
                    ratio=after[i] / before[i] - 1)
            for i in np.argsort(-np.abs(after - before), kind="stable")
        ]  # fmt: skip
        return [joined(message("balance.targets", unit=self.unit), lines, most=most)] if lines else []

    def _emptied(self, most: int) -> list[Message]:
        cells = [Message(*[self.balanced.problem.cell_name(int(k))] * 2) for k in self.emptied]
        return [joined(message("balance.emptied", count=len(cells)), cells, most=most)] if cells else []

    def _ratio(self) -> Array:
        before = self.balanced.problem.prior
        return np.where(before == 0, 0.0, self.balanced.values / np.where(before == 0, 1.0, before) - 1)

    @staticmethod
    def _shares(table: pd.DataFrame) -> pd.DataFrame:
        size = table["before"].where(table["before"] > 0, 1.0)
        return table.assign(share=table["moved"] / size).sort_values("moved", ascending=False, kind="stable")


def _lines(table: pd.DataFrame) -> list[Message]:
    """A line for each row, in both languages where the label is a message."""
    found = []
    for name, moved, share in zip(table.index, table["moved"], table["share"], strict=True):
        shown = name if isinstance(name, Message) else Message(*(text_of(name, x) for x in LANGUAGES))
        found.append(message("balance.moved", name=shown, moved=moved, share=share))
    return found

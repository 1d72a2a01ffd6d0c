"""The social accounting matrix as a frozen table of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam.choices import Choices

REGION_ONLY = ("gov", "inv")
"""Kinds of account that have no item: ``gov:XJ``, ``inv:XJ``; the others read ``kind:item:region``."""


@dataclass(frozen=True)
class SAM:
    """Cells in long form; the row account receives what the column account pays.

    Parameters
    ----------
    cells : DataFrame
        Columns ``row, column, value``; no zeros.
    unit : str
    year : int
    aggregation : str
    sources : tuple of str
        Ids in ``sam/data/sources.toml``.
    history : tuple of str
        Steps that made the table, in order.
    choices : Choices
        Alternatives it was built with; its controls follow them.
    """

    cells: pd.DataFrame
    unit: str = "1e8 CNY"
    year: int = 2021
    aggregation: str = ""
    sources: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    choices: Choices = Choices()

    @property
    def accounts(self) -> pd.DataFrame:
        """Accounts by id: ``kind``, ``item`` and ``region`` (empty where the account is national)."""
        names = sorted(pd.unique(self.cells[["row", "column"]].to_numpy().ravel()))
        rows = []
        for name in names:
            kind, *rest = name.split(":")
            regional = len(rest) == 2 or (kind in REGION_ONLY and rest != ["central"])
            region = rest.pop() if regional else ""
            rows.append((kind, "".join(rest), region))
        return pd.DataFrame(rows, index=pd.Index(names, name="id"), columns=["kind", "item", "region"])

    def totals(self) -> pd.DataFrame:
        """Row and column total of every account and their difference."""
        rows = self.cells.groupby("row")["value"].sum()
        columns = self.cells.groupby("column")["value"].sum()
        out = pd.DataFrame({"receipts": rows, "payments": columns}).fillna(0.0)
        out["gap"] = out["receipts"] - out["payments"]
        return out

    def imbalance(self) -> float:
        """Largest gap of an account relative to its own total."""
        t = self.totals()
        size = np.maximum(t[["receipts", "payments"]].max(axis=1), 1e-6)
        return float((t["gap"].abs() / size).max())

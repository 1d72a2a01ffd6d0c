"""The social accounting matrix as a frozen table of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgebase.brief import Brief
from sam.accounts import KINDS, Account, parse
from sam.choices import Choices


@dataclass(frozen=True, repr=False)
class SAM(Brief):
    """Cells in long form; the row account receives what the column account pays.

    Parameters
    ----------
    cells : DataFrame
        Columns ``row, column, value``; no zeros.
    unit : str
        Multiple and currency, such as ``1e8 CNY``.
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
    def currency(self) -> str:
        """Currency of every value: the last word of the unit."""
        return self.unit.split()[-1] if self.unit.strip() else ""

    @property
    def accounts(self) -> pd.DataFrame:
        """Accounts by id: ``kind``, ``item`` and ``region`` (empty where the account is national)."""
        names = sorted(pd.unique(self.cells[["row", "column"]].to_numpy().ravel()))
        return pd.DataFrame([parse(n) for n in names], index=pd.Index(names, name="id"), columns=list(Account._fields))

    def labelled(self) -> pd.DataFrame:
        """Cells with kind, item and region of both accounts: ``row_kind``, ..., ``column_region``."""
        accounts = self.accounts
        out = self.cells
        for side in ("row", "column"):
            labels = accounts.reindex(out[side]).add_prefix(f"{side}_")
            out = out.assign(**{name: labels[name].to_numpy() for name in labels})
        return out

    def to_frame(self) -> pd.DataFrame:
        """Square table with every account as row and column, by kind, region and item; empty cells are zero.

        Returns
        -------
        DataFrame (n, n)
            In the unit of the SAM. Cells given twice are added up.
        """
        accounts = self.accounts
        rank = accounts["kind"].map({k: i for i, k in enumerate(KINDS)}).fillna(len(KINDS))
        order = accounts.assign(rank=rank).sort_values(["rank", "region", "item"], kind="stable").index
        at = {name: i for i, name in enumerate(order)}
        square = np.zeros((len(order), len(order)))
        rows, columns = (self.cells[side].map(at).to_numpy(int) for side in ("row", "column"))
        np.add.at(square, (rows, columns), self.cells["value"].to_numpy(float))
        return pd.DataFrame(square, index=order, columns=order.rename("paid by"))

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

"""Accounting identities, each written once as sums of cells.

A check evaluates them on the values of a SAM; a balance takes their matrices as linear controls. Both see the
same rule, so a table that was balanced to it passes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix

SMALLEST = 1e-6
"""Size, in the unit of the values, below which a gap is no longer taken relative to its own account."""


@dataclass(frozen=True)
class Sums:
    """Linear sums of cells.

    Parameters
    ----------
    labels : Index (m,)
        What each sum is of.
    matrix : csr_matrix (m, n)
        Coefficients on the n cells.
    """

    labels: pd.Index
    matrix: csr_matrix

    def of(self, values: np.ndarray | pd.Series) -> pd.Series:
        """Sums of these values of the cells, one per label."""
        return pd.Series(self.matrix @ np.asarray(values, dtype=float), index=self.labels)


@dataclass(frozen=True)
class Identity:
    """Two sums that must be equal, label by label."""

    left: Sums
    right: Sums

    @property
    def matrix(self) -> csr_matrix:
        """Controls ``matrix @ values = 0``, one row per label."""
        return (self.left.matrix - self.right.matrix).tocsr()

    def table(self, values: np.ndarray | pd.Series) -> pd.DataFrame:
        """Both sides, and the size that their gap is relative to, by label."""
        out = pd.DataFrame({"left": self.left.of(values), "right": self.right.of(values)})
        return out.assign(size=np.maximum(out.abs().max(axis=1), SMALLEST))


def row_equals_column(cells: pd.DataFrame) -> Identity:
    """Every account receives what it pays.

    Parameters
    ----------
    cells : DataFrame
        Columns ``row, column``.
    """
    names = pd.Index(sorted(pd.unique(cells[["row", "column"]].to_numpy().ravel())), name="account")
    return Identity(_sums(names, cells["row"]), _sums(names, cells["column"]))


def gdp_three_ways(cells: pd.DataFrame, regions: Sequence[str]) -> dict[str, Sums]:
    """GDP of each province by production, income and expenditure.

    Production is value added of the activities with import taxes; income is what factors pay out and what
    governments receive of taxes on production and imports; expenditure is final use plus sales outside the
    province less purchases from outside it.

    Parameters
    ----------
    cells : DataFrame
        With labels of both accounts (`SAM.labelled`).
    """
    labels = pd.Index(regions, name="region")
    row, column = cells["row_kind"], cells["column_kind"]

    def by(side: str, which: pd.Series) -> Sums:
        return _sums(labels, cells[f"{side}_region"].where(which))

    com = row.eq("com")
    made = (column.eq("act") & row.isin(["fac", "tax"])) | (row.eq("tax") & column.eq("com"))
    taxes = row.eq("gov") & column.eq("tax") & cells["column_item"].ne("income")
    used = by("row", com & column.isin(["hh", "gov", "inv", "row", "com"]))
    paid = by("column", column.eq("com") & row.isin(["row", "com"]))
    earned, taxed = by("column", column.eq("fac")), by("row", taxes)
    return {
        "production": by("column", made),
        "income": Sums(labels, earned.matrix + taxed.matrix),
        "expenditure": Sums(labels, used.matrix - paid.matrix),
    }


def trade_symmetric(cells: pd.DataFrame) -> Identity:
    """What provinces sell each other of a commodity is what provinces buy from each other of it."""
    across = trade(cells)
    sold, bought = cells["row_item"].where(across), cells["column_item"].where(across)
    names = pd.Index(sorted({*sold.dropna(), *bought.dropna()}), name="commodity")
    return Identity(_sums(names, sold), _sums(names, bought))


def trade(cells: pd.DataFrame) -> pd.Series:
    """Whether a cell is a good sold between provinces, without the transport that comes with it."""
    both = cells["row_kind"].eq("com") & cells["column_kind"].eq("com")
    return both & (cells["row_region"].ne(cells["column_region"]) | cells["row_item"].eq(cells["column_item"]))


def margin(cells: pd.DataFrame) -> pd.Series:
    """Whether a cell is transport that comes with goods from another province."""
    both = cells["row_kind"].eq("com") & cells["column_kind"].eq("com")
    return both & cells["row_region"].eq(cells["column_region"]) & cells["row_item"].ne(cells["column_item"])


def _sums(labels: pd.Index, key: pd.Series) -> Sums:
    """Sum of the cells with each label as key; cells with another key or none are left out."""
    at = labels.get_indexer(pd.Index(key.to_numpy()))
    cell = np.flatnonzero(at >= 0)
    shape = (len(labels), len(key))
    return Sums(labels, coo_matrix((np.ones(len(cell)), (at[cell], cell)), shape=shape).tocsr())

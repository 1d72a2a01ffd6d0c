"""What every check needs: findings and labelled cells."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sam.economy import Economy
from sam.messages import Message, message

CONTROL = 1e-6
"""Relative gap at which a total is off its control."""


@dataclass(frozen=True)
class Finding:
    """One fault: its code and what is wrong where."""

    code: str
    text: Message


def finding(key: str, **facts: object) -> Finding:
    """A finding from a message of the catalogue."""
    text = message(key, **facts)
    return Finding(text.code, text)


def labelled(economy: Economy) -> pd.DataFrame:
    """Cells with kind, item and region of both accounts."""
    accounts = economy.sam.accounts
    out = economy.sam.cells
    for side in ("row", "column"):
        labels = accounts.reindex(out[side]).add_prefix(f"{side}_")
        out = out.assign(**{name: labels[name].to_numpy() for name in labels})
    return out


def pick(cells: pd.DataFrame, row: str, column: str) -> pd.DataFrame:
    """Cells between two kinds of account."""
    return cells[cells["row_kind"].eq(row) & cells["column_kind"].eq(column)]


def gdp_of(cells: pd.DataFrame) -> pd.Series:
    """Value added with import taxes by region."""
    return pd.concat([added_cells(cells), pick(cells, "tax", "com")]).groupby("column_region")["value"].sum()


def added_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Factor incomes and production taxes."""
    return cells[cells["column_kind"].eq("act") & cells["row_kind"].isin(["fac", "tax"])]


def trade_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Goods sold between provinces, without the transport that comes with them."""
    both = pick(cells, "com", "com")
    return both[both["row_region"].ne(both["column_region"]) | both["row_item"].eq(both["column_item"])]


def margin_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Transport that comes with goods from another province."""
    both = pick(cells, "com", "com")
    return both[both["row_region"].eq(both["column_region"]) & both["row_item"].ne(both["column_item"])]

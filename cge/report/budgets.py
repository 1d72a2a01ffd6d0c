"""The sheet of budgets: provincial and central, item by item, policies side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cge.report.book import PLAIN, Book
from cge.report.names import KINDS
from sam.registry import NATION

INDICATOR = "budget"
PROVINCIAL, CENTRAL, SUMS = tuple(KINDS["budget"]), tuple(KINDS["centre"]), tuple(KINDS["total"])
"""Items of a province and of the centre in the order of the sheet, and the sums of both, which must be zero."""
NOISE = 1e-6
"""Sums smaller than this, in 1e8 yuan, are rounding and shown as zero."""


def budget_table(rows: pd.DataFrame, scenarios: Sequence[str], regions: Sequence[str]) -> pd.DataFrame:
    """Items down with their sums, ``region|scenario`` across.

    Parameters
    ----------
    rows : DataFrame
        Tidy results of one year.

    Returns
    -------
    DataFrame
        First column ``item``; blank where a region does not have the item.
    """
    rows = rows[rows["indicator"] == INDICATOR]
    columns = {}
    for region in regions:
        for s in scenarios:
            mine = rows[(rows["region"] == region) & (rows["scenario"] == s)].set_index("sector")["value"]
            values = mine.reindex([*PROVINCIAL, *CENTRAL])
            for total, items in zip(SUMS, (PROVINCIAL, CENTRAL), strict=True):
                added = values[list(items)].sum(min_count=1)
                values[total] = 0.0 if abs(added) < NOISE else added
            columns[f"{region}|{s}"] = values
    order = [*PROVINCIAL, SUMS[0], *CENTRAL, SUMS[1]]
    return pd.DataFrame(columns, index=pd.Index(order, name="item")).reset_index()


def write_budgets(b: Book, last: pd.DataFrame, scenarios: Sequence[str], focus: str) -> None:
    """Fill the sheet; the sums of the items stand below them."""
    year = int(last["year"].max())
    sheet = b.sheet("Budgets", of=f"{b.region(focus)}, {b.region(NATION)}, {year}")
    table = budget_table(last, scenarios, (focus, NATION))
    numbers = [c for c in table.columns if c != "item"]
    heads = {}
    for column in numbers:
        region, s = column.split("|")
        heads[column] = f"{b.region(region)}: {b.scenario(s)}, {year} [{b.unit(INDICATOR)}]"
    kept = table[~(table[numbers].isna() | np.isclose(table[numbers], 0.0)).all(axis=1) | table["item"].isin(SUMS)]
    frame, words = kept.reset_index(drop=True), KINDS["budget"] | KINDS["centre"] | KINDS["total"]
    for k, x in enumerate(b.languages):
        frame.insert(1 + k, f"name_{x}", [words[c].text(x) for c in frame["item"]])
    b.table(sheet, frame, heads, dict.fromkeys(numbers, b.forms[PLAIN]))

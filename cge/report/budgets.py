"""The sheet of budgets: provincial and central, item by item, policies side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cge.report.book import Book

INDICATOR = "budget"
PROVINCIAL = {
    "production_tax": ("Production tax", "生产税"), "import_duty": ("Import duty", "进口税"),
    "border_levies": ("Carbon levies at the border, less rebates", "边境碳调节收入减退税"),
    "income_tax": ("Income tax", "所得税"), "to_centre": ("To the centre", "上缴中央"),
    "central_transfers": ("Transfers from the centre", "中央转移支付"), "purchases": ("Public purchases", "政府购买"),
    "production_tax_cut": ("Cut of the production tax", "降低生产税"),
    "labour_tax_cut": ("Cut of the tax on labour", "降低劳动税"),
    "programmes": ("Programmes: efficiency, wider lines", "能效与扩线项目支出"),
    "subsidies": ("Subsidies of generation", "发电补贴"), "line_rents": ("Rents of full lines", "线路阻塞租金"),
    "storage_rents": ("Rents of full storage", "封存空间租金"),
    "carbon_revenue": ("Carbon revenue, net of free permits and removals", "碳收入（扣除免费配额与移除支出）"),
    "carbon_to_investment": ("Carbon revenue to investment", "碳收入用于投资"),
    "carbon_to_owners": ("Carbon revenue to owners of capital", "碳收入归资本所有者"),
    "carbon_to_dividend": ("Carbon revenue to the national dividend", "碳收入用于全国分红"),
    "share_of_central_balance": ("Share of the central balance", "中央结余分成"),
    "lump_sum": ("Lump sum to households", "居民一次性转移"),
}  # fmt: skip
CENTRAL = {
    "centre_revenue": ("Centre: revenue from provinces", "中央：各省上缴"),
    "centre_transfers": ("Centre: transfers to provinces", "中央：对各省转移支付"),
    "centre_balance": ("Centre: balance, shared between provinces", "中央：结余（由各省分享）"),
}
ITEMS = PROVINCIAL | CENTRAL
"""Names of the items in English and Chinese, in the order of the sheet."""
SUMS = {
    "sum": ("Sum of the provincial items, must be zero", "地方各项合计，应为零"),
    "sum_centre": ("Sum of the central items, must be zero", "中央各项合计，应为零"),
}
NOISE = 1e-6
"""Sums smaller than this, in 1e8 yuan, are rounding and shown as zero."""


def item_name(code: str, language: str) -> str:
    """Name of an item for readers."""
    return (ITEMS | SUMS)[code][language == "zh"]


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
            values = mine.reindex(list(ITEMS))
            for total, items in zip(SUMS, (PROVINCIAL, CENTRAL), strict=True):
                added = values[list(items)].sum(min_count=1)
                values[total] = 0.0 if abs(added) < NOISE else added
            columns[f"{region}|{s}"] = values
    order = [*PROVINCIAL, "sum", *CENTRAL, "sum_centre"]
    return pd.DataFrame(columns, index=pd.Index(order, name="item")).reset_index()


def write_budgets(b: Book, last: pd.DataFrame, scenarios: Sequence[str], focus: str) -> None:
    """Fill the sheet; the sums of the items stand below them."""
    sheet = b.sheet("Budgets")
    table = budget_table(last, scenarios, (focus, "CN"))
    numbers = [c for c in table.columns if c != "item"]
    heads = {}
    for column in numbers:
        region, s = column.split("|")
        heads[column] = f"{b.region(region)}: {b.scenario(s)} [{b.units.get(INDICATOR, '')}]"
    kept = table[~(table[numbers].isna() | np.isclose(table[numbers], 0.0)).all(axis=1) | table["item"].isin(SUMS)]
    frame = kept.reset_index(drop=True)
    for k, x in enumerate(b.languages):
        frame.insert(1 + k, f"name_{x}", [item_name(c, x) for c in frame["item"]])
    b.table(sheet, frame, heads, dict.fromkeys(numbers, b.forms["#,##0.00"]))

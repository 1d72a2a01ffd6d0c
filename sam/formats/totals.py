"""Totals that stand among the accounts of a table: known by their label, or by being the sums of all others."""

from __future__ import annotations

import re

import pandas as pd

from cgebase.messages import Message, message
from sam.formats.iolabels import plain

WORDS = frozenset(
    {
        "total", "totals", "tot", "sum", "sums", "othtot", "othtotal", "grandtotal", "grandtotals", "totalgeneral",
        "coltot", "rowtot", "columntotal", "rowtotal", "totalcolumn", "totalrow", "totalrows", "totalcolumns",
        "总计", "总和", "总数", "汇总", "共计", "合计", "總計", "總和", "匯總", "共計", "合計",
        "summe", "gesamt", "insgesamt", "somme", "итого", "всего",
    }
)  # fmt: skip
"""Labels of totals, without case, blanks, punctuation and what stands in brackets."""
BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
ROUNDING = 1e-4
"""Largest gap of a printed total from its cells, relative to the sum of their sizes (assumption)."""
LEAST = 3
"""Cells from which an account that stands on one side only may be a total (assumption)."""


def is_total(name: str) -> bool:
    """Whether a label says total: ``Grand Total``, ``合　计``, ``合计（万元）``."""
    return plain(BRACKETS.sub("", name)) in WORDS


def sums_of_others(cells: pd.DataFrame) -> list[str]:
    """Accounts every cell of which is the sum of all others in its column or row, whatever they are called."""
    off = cells[(cells["row"] != cells["column"]) & (cells["value"] != 0)]
    hits: dict[str, dict[str, tuple[int, bool]]] = {}
    for mine, other in (("row", "column"), ("column", "row")):
        by = cells.groupby(other)["value"]
        whole, size = by.sum(), cells["value"].abs().groupby(cells[other]).sum()
        at = off[other]
        near = (2 * off["value"] - at.map(whole)).abs() <= ROUNDING * at.map(size)
        found = near.groupby(off[mine]).agg(["size", "all"])
        sides = set(size.index[size > 0])
        for name, count, every in found.itertuples():
            hits.setdefault(str(name), {})[mine] = (int(count), bool(every) and count == len(sides - {name}))
    out = []
    for name, sides_ in hits.items():
        fits = all(every for _, every in sides_.values())
        counts = [count for count, _ in sides_.values()]
        if fits and (min(counts) >= 2 if len(counts) == 2 else counts[0] >= LEAST):
            out.append(name)
    return out


def without_totals(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Message], list[Message]]:
    """Cells without those of totals, what was left out, and what is wrong.

    An account called total whose cells are the sums of the others is left out; one whose cells are not is a fault,
    and so is any other account whose cells are the sums of all others: the economy would be counted twice.
    """
    named = {n: is_total(n) for n in pd.unique(cells[["row", "column"]].to_numpy().ravel())}
    outer = cells["row"].map(named) | cells["column"].map(named)
    inner, remarks, faults = cells[~outer].reset_index(drop=True), list[Message](), list[Message]()
    for name in (n for n, total in named.items() if total):
        fault = next((f for side in ("row", "column") if (f := _gap(cells, inner, name, side, file, named))), None)
        (faults if fault else remarks).append(fault or message("SAM130.left", file=file, name=name))
    faults += [message("SAM130.sum", file=file, name=name) for name in sums_of_others(inner)]
    return inner, remarks, faults


def _gap(
    cells: pd.DataFrame, inner: pd.DataFrame, name: str, side: str, file: str, named: dict[str, bool]
) -> Message | None:
    """The first cell of a total, on one side, that is not the sum of its cells."""
    other = "column" if side == "row" else "row"
    mine = cells[(cells[side] == name) & ~cells[other].map(named)].groupby(other)["value"].sum()
    if mine.empty:
        return None
    want = inner.groupby(other)["value"].agg(["sum", lambda x: x.abs().sum()]).set_axis(["sum", "size"], axis=1)
    table = want.join(mine.rename("found"), how="outer").fillna(0.0)
    wrong = table[(table["found"] - table["sum"]).abs() > ROUNDING * table[["size", "found"]].abs().max(axis=1)]
    if wrong.empty:
        return None
    first = wrong.iloc[0]
    facts = {"name": name, "other": wrong.index[0], "want": float(first["found"]), "found": float(first["sum"])}
    return message("SAM130.account", file=file, **facts)

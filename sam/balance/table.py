"""Balance a social accounting matrix: receipts equal payments, published totals hold."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import translate
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix, vstack

from cgebase.arrays import Array
from cgebase.errors import BalanceError
from cgebase.messages import Message, joined, message, near
from sam.balance.problem import Problem
from sam.balance.report import BalanceReport
from sam.balance.solve import Method, balance
from sam.matrix import SAM


def balance_sam(
    sam: SAM,
    *,
    method: Method = "cross-entropy",
    targets: pd.DataFrame | None = None,
    fixed: pd.DataFrame | None = None,
    reliability: pd.DataFrame | None = None,
    tolerance: float = 1e-11,
) -> tuple[SAM, BalanceReport]:
    """Find the balanced matrix nearest to ``sam``.

    Parameters
    ----------
    sam : SAM
        Cells of either sign. A column ``source`` in ``sam.cells`` says where each comes from.
    method : {'ras', 'gras', 'cross-entropy', 'least-squares'}
    targets : DataFrame, optional
        Totals ``row, column, value``, in the unit of the SAM: the cells whose accounts fit both patterns add up to
        the value. ``*`` stands for any text, so that ``fac:*, act:*:XJ`` is the value added of XJ. A column
        ``reliability`` lets a total give way, the less the higher it is; without it, or where empty, it is hard.
    fixed : DataFrame, optional
        Patterns ``row, column`` of cells that are held.
    reliability : DataFrame, optional
        Patterns ``row, column`` and ``reliability``: how much dearer a relative move of these cells is; 1 is
        ordinary, ``inf`` holds. Of several lines that fit a cell the last counts.
    tolerance : float
        Largest gap of an account or total, relative to its cells.

    Returns
    -------
    sam, report
        Zeros are left out of the SAM.

    Raises
    ------
    BalanceError
        The table is empty (SAM318); lines fit no cell (SAM317); accounts or totals cannot be met, named with the
        contradiction (SAM314).
    """
    problem = sam_problem(sam, targets=targets, fixed=fixed, reliability=reliability)
    done = balance(problem, method=method, tolerance=tolerance)
    report = BalanceReport(done, sam.unit)
    cells = sam.cells.assign(value=done.values)
    step = (
        f"balanced by {method}: {len(cells):,} cells, {len(done.targets):,} controls met to {done.tolerance:.0e}; "
        f"median move {report.median_move():.2%} of cells from 1 % of an account"
    )
    cells = cells[cells["value"] != 0].reset_index(drop=True)
    return replace(sam, cells=cells, history=(*sam.history, step)), report


def sam_problem(
    sam: SAM,
    *,
    targets: pd.DataFrame | None = None,
    fixed: pd.DataFrame | None = None,
    reliability: pd.DataFrame | None = None,
) -> Problem:
    """The problem that `balance_sam` solves: one control for each account, one for each total."""
    cells = sam.cells.reset_index(drop=True)
    if not len(cells):
        raise BalanceError(message("SAM318"))
    find = _Cells(cells)
    moves = np.ones(len(cells))
    for table in (reliability, None if fixed is None else fixed.assign(reliability=np.inf)):
        for row, column, value in _lines(table, "reliability"):
            moves[find(row, column)] = value
    n, m = len(cells), len(find.accounts)
    every = np.arange(n)
    sides = (np.concatenate([find.rows, find.columns]), np.concatenate([every, every]))
    accounts = coo_matrix((np.repeat([1.0, -1.0], n), sides), shape=(m, n)).tocsr()
    accounts.eliminate_zeros()
    totals = _lines(targets, "value")
    found = [find(row, column) for row, column, _ in totals]
    spans = np.cumsum([0, *(len(f) for f in found)])
    parts = np.concatenate([np.zeros(0, dtype=int), *found])
    sums = csr_matrix((np.ones(len(parts)), parts, spans), shape=(len(totals), n))
    find.refuse()
    firm = np.full(m + len(totals), np.inf)
    if targets is not None and "reliability" in targets:
        firm[m:] = pd.to_numeric(targets["reliability"], errors="coerce").fillna(np.inf)
    labels = cells[["row", "column", *(c for c in ("source",) if c in cells)]]
    if "source" not in cells and len(sam.sources) == 1:
        labels = labels.assign(source=sam.sources[0])
    return Problem(
        cells["value"].to_numpy(float),
        vstack([accounts, sums], format="csr"),
        np.concatenate([np.zeros(m), [value for *_, value in totals]]),
        reliability=moves,
        firmness=firm,
        cells=labels,
        names=[message("balance.account", name=a) for a in find.accounts]
        + [message("balance.total", row=row, column=column) for row, column, _ in totals],
    )


class _Cells:
    """Finds cells by patterns of their accounts; keeps the lines that fit none."""

    def __init__(self, cells: pd.DataFrame) -> None:
        self.accounts = sorted(pd.unique(cells[["row", "column"]].to_numpy().ravel()).tolist())
        self.rows, self.columns = (pd.Index(self.accounts).get_indexer(cells[side]) for side in ("row", "column"))
        self.faults: list[Message] = []
        self.match = lru_cache(maxsize=None)(self._match)

    def __call__(self, row: str, column: str) -> Array:
        fits = {"row": self.match(row), "column": self.match(column)}
        cells = np.flatnonzero(fits["row"][self.rows] & fits["column"][self.columns])
        if not len(cells):
            unknown = [p for p, which in zip((row, column), fits.values(), strict=True) if not which.any()]
            hint = near(unknown[0], self.accounts) if unknown and "*" not in unknown[0] else Message("", "")
            self.faults.append(message("SAM317.line", row=row, column=column, near=hint))
        return cells

    def _match(self, pattern: str) -> Array:
        fits = re.compile(translate(pattern)).match
        return np.array([fits(a) is not None for a in self.accounts])

    def refuse(self) -> None:
        """Raise with every line that fits no cell."""
        if self.faults:
            raise BalanceError(joined(message("SAM317", count=len(self.faults)), self.faults))


def _lines(table: pd.DataFrame | None, value: str) -> list[tuple[str, str, float]]:
    if table is None:
        return []
    return list(zip(table["row"].astype(str), table["column"].astype(str), table[value].astype(float), strict=True))

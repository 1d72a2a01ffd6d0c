"""Names of the cells and controls of the joint balance; how far it moved them, and which cells most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgebase.arrays import Array
from cgebase.messages import message
from sam.balance import Balanced, BalanceReport
from sam.classification import Classification
from sam.construct.regional import Tables
from sam.registry import PROVINCE_CODES

Blocks = dict[str, tuple[Array, slice]]
"""Block name to the index of its cells and their place among all cells."""
LISTED_MOVES = 20
LARGE = 0.01
"""Share of its account above which a cell is judged by its move."""


def cell_names(sectors: Classification, where: Blocks) -> list[str]:
    """Words for every cell, such as ``trade coa from SX to HE``."""
    return [_cell(sectors, name, *index) for name, (found, _) in where.items() for index in found]


def _cell(sectors: Classification, name: str, item: int, *others: int) -> str:
    codes = sectors.sectors
    *second, region = others
    words = [f"from {PROVINCE_CODES[k]} to" if name == "trade" else f"by {codes[k]}" for k in second]
    return " ".join([name, codes[item], *words, PROVINCE_CODES[region]])


def control_names(sectors: Classification, national: Sequence[str]) -> list[str]:
    """Words for every control: activities, markets, sales, national totals, import taxes."""
    rules = ("inputs and value added = output", "supply = use", "sales = output")
    names = [f"{c} {r}, {rule}" for rule in rules for c in sectors.sectors for r in PROVINCE_CODES]
    return [*names, *(f"national {k}" for k in national), *(f"import taxes {r}" for r in PROVINCE_CODES)]


def shares_of_account(name: str, values: Array, index: Array, shape: tuple[int, ...]) -> Array:
    """Share of cells in the account that pays them: activity, household, government, investor or market."""
    paying = {"use": (1, 2), "trade": (0, 2), "output": (), "own": (), "imports": (1,), "exports": (1,)}.get(name, (1,))
    if not paying:
        return np.ones(len(values))
    account = np.ravel_multi_index(tuple(index[:, k] for k in paying), tuple(shape[k] for k in paying))
    return np.asarray(values / np.bincount(account, values)[account])


def report_moves(t: Tables, where: Blocks, done: Balanced, shapes: dict[str, tuple[int, ...]]) -> None:
    """Enter the moves of the joint balance into the report.

    Parameters
    ----------
    done : Balanced
        1e8 yuan.
    shapes : dict
        Block name to the shape of its array.
    """
    moves = BalanceReport(done).frame()
    listed = moves.sort_index()
    move, before = listed["ratio"].abs().to_numpy(), listed["before"].to_numpy()
    size = np.concatenate([shares_of_account(k, before[at], index, shapes[k]) for k, (index, at) in where.items()])
    large = size > LARGE
    t.report.note(
        "9", message("built.moves", median=np.median(move[large]), high=np.quantile(move[large], 0.95),
                     count=int(large.sum()), share=LARGE),
    )  # fmt: skip
    for name, (_, at) in where.items():
        here = large[at]
        weighted = np.average(move[at], weights=before[at])
        t.report.note(
            "9", message("built.moves_of", name=name, median=np.median(move[at][here]), count=int(here.sum()),
                         share=LARGE, mean=weighted),
        )  # fmt: skip
    for cell in moves.head(LISTED_MOVES).itertuples():
        t.report.note("9", message("built.move", cell=cell.cell, before=cell.before, after=cell.after))

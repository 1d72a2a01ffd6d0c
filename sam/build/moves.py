"""What the joint balance moved: how far, and which cells most."""

from __future__ import annotations

import numpy as np

from sam.build.regional import Tables
from sam.classification import Classification
from sam.registry import PROVINCE_CODES

Array = np.ndarray
LISTED_MOVES = 20
LARGE = 0.01
"""Share of its account above which a cell is judged by its move."""
OF_GDP = 1e-3


def shares_of_account(name: str, values: Array, index: Array, shape: tuple[int, ...]) -> Array:
    """Share of cells in the account that pays them: activity, household, government, investor or market."""
    paying = {"use": (1, 2), "trade": (0, 2), "output": (), "own": (), "imports": (1,), "exports": (1,)}.get(name, (1,))
    if not paying:
        return np.ones(len(values))
    account = np.ravel_multi_index(tuple(index[:, k] for k in paying), tuple(shape[k] for k in paying))
    return np.asarray(values / np.bincount(account, values)[account])


def report_moves(
    t: Tables, where: dict[str, tuple[Array, slice]], before: Array, after: Array, shapes: dict[str, tuple[int, ...]]
) -> None:
    """Enter the moves of a balance into the report.

    Parameters
    ----------
    where : dict
        Block name to the index of its cells and their place in ``before``.
    before, after : ndarray (cell,)
        1e8 yuan.
    shapes : dict
        Block name to the shape of its array.
    """
    move = np.abs(after / before - 1)
    size = np.concatenate([shares_of_account(k, before[at], index, shapes[k]) for k, (index, at) in where.items()])
    large = size > LARGE
    t.report.note(
        "9", f"median move {np.median(move[large]):.1%}, 95th percentile {np.quantile(move[large], 0.95):.1%} of the "
        f"{int(large.sum()):,} cells above {LARGE:.0%} of the account that pays them",
    )  # fmt: skip
    for name, (_, at) in where.items():
        here = large[at]
        weighted = np.average(move[at], weights=before[at])
        t.report.note(
            "9", f"moves of {name}: median {np.median(move[at][here]):.1%} of {int(here.sum()):,} cells above "
            f"{LARGE:.0%}, mean by value {weighted:.1%}",
        )  # fmt: skip
    largest = np.argsort(-np.abs(after - before))[:LISTED_MOVES]
    for name, (index, at) in where.items():
        for cell in largest[(largest >= at.start) & (largest < at.stop)]:
            *items, region = index[cell - at.start]
            words = [t.sectors.sectors[i] for i in items[:1]] + [_second(t.sectors, name, i) for i in items[1:]]
            change = f"{before[cell]:,.0f} -> {after[cell]:,.0f} (1e8 yuan)"
            t.report.note("9", f"large move: {name} {' '.join(words)} {PROVINCE_CODES[region]} {change}")


def _second(sectors: Classification, name: str, index: int) -> str:
    return f"from {PROVINCE_CODES[index]} to" if name == "trade" else f"by {sectors.sectors[index]}"

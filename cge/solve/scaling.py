"""Sizes of equations and units of unknowns, read from the terms at a point: units never change an answer.

The size of a row is that of its largest term, a value times the derivative by it. The unit of an unknown is the least
move of it that moves some other equation by its whole size.
"""

from __future__ import annotations

import numpy as np

from cge.solve.rows import Rows
from cgebase.arrays import Array

NEGLIGIBLE = 1e-4
"""Least size of a row over that of the numbers it cancels out of, and least part of its unit that an unknown counts
for: a residual of 1e-9 asks neither for what rounding hides nor for what moves nothing."""
PASSES = 3
"""Readings after which units of unknowns that are used where nothing has a size yet are known."""


def unit_sizes(rows: Rows, levels: Array, logs: Array, paired: Array) -> Array:
    """Units of the core unknowns, (n,): 1 for those solved in logarithms, 0 where neither size nor equation tells.

    Parameters
    ----------
    rows : Rows
    levels : ndarray, (variables,)
        Values of the core unknowns, then of the definitions.
    logs : ndarray of bool, (n,)
        Unknowns solved in logarithms.
    paired : ndarray of int, (n,)
        Unknown of each equation, which says nothing of its unit.
    """
    n, others = len(logs), rows.without(paired)
    out, last = np.where(logs, 1.0, 0.0), None
    for _ in range(PASSES):
        whole = row_sizes(rows, levels, np.where(logs, 0.0, out))
        if last is not None and np.array_equal(whole, last):
            break
        last = whole
        units = np.full(len(levels), np.inf)
        others.equations("least", whole, units)
        rows.definitions("least", units)
        out = np.where(logs, 1.0, np.where(np.isfinite(units[:n]), units[:n], np.abs(levels[:n])))
    return out


def row_sizes(rows: Rows, levels: Array, units: Array) -> Array:
    """Sizes of the equations, (n,); 0 where no term has any.

    Parameters
    ----------
    units : ndarray, (n,)
        Of the unknowns, 0 for those solved in logarithms.
    """
    values = np.abs(levels)
    summed = values.copy()
    np.maximum(values[: len(units)], units, out=summed[: len(units)])
    rows.definitions("largest", summed)
    largest, of_sums = np.zeros((2, len(units)))
    rows.equations("largest", largest, values)
    rows.equations("largest", of_sums, summed)
    return np.maximum(largest, NEGLIGIBLE * of_sums)

"""Sizes of equations and units of unknowns, read from the terms at a point: units never change an answer.

The size of a row is that of its largest term, a value times the derivative by it. The unit of an unknown is the least
move of it that moves some other equation by its whole size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from cgebase.arrays import Array

NEGLIGIBLE = 1e-4
"""Least size of a row over that of the numbers it cancels out of, and least part of its unit that an unknown counts
for: a residual of 1e-9 asks neither for what rounding hides nor for what moves nothing."""
PASSES = 3
"""Readings after which units of unknowns that are used where nothing has a size yet are known."""


def unit_sizes(stages: Sequence[csr_matrix], levels: Array, logs: Array, paired: Array) -> Array:
    """Units of the core unknowns, (n,): 1 for those solved in logarithms, 0 where neither size nor equation tells.

    Parameters
    ----------
    stages : sequence of csr_matrix
        Derivatives by all variables: definitions, level after level, then the equations.
    levels : ndarray, (variables,)
        Values of the core unknowns, then of the definitions.
    logs : ndarray of bool, (n,)
        Unknowns solved in logarithms.
    paired : ndarray of int, (n,)
        Unknown of each equation, which says nothing of its unit.
    """
    n, equations = len(logs), stages[-1]
    places = _places(stages, n)
    row = np.repeat(np.arange(n), np.diff(equations.indptr))
    others = np.where(equations.indices == paired[row], np.inf, 1.0)
    out, last = np.where(logs, 1.0, 0.0), None
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(PASSES):
            whole = row_sizes(stages, levels, np.where(logs, 0.0, out))
            if last is not None and np.array_equal(whole, last):
                break
            last = whole
            units = np.full(len(levels), np.inf)
            for rows, here in zip(reversed(stages), (None, *reversed(places)), strict=True):
                size = whole if here is None else units[here]
                moves = np.repeat(np.where(size > 0, size, np.inf), np.diff(rows.indptr)) / np.abs(rows.data)
                np.fmin.at(units, rows.indices, moves * others if here is None else moves)
            out = np.where(logs, 1.0, np.where(np.isfinite(units[:n]), units[:n], np.abs(levels[:n])))
    return out


def row_sizes(stages: Sequence[csr_matrix], levels: Array, units: Array) -> Array:
    """Sizes of the equations, (n,); 0 where no term has any.

    Parameters
    ----------
    units : ndarray, (n,)
        Of the unknowns, 0 for those solved in logarithms.
    """
    values = np.abs(levels)
    summed = values.copy()
    summed[: len(units)] = np.maximum(values[: len(units)], units)
    for rows, here in zip(stages[:-1], _places(stages, len(units)), strict=True):
        summed[here] = np.maximum(values[here], _largest(rows, summed))
    return np.maximum(_largest(stages[-1], values), NEGLIGIBLE * _largest(stages[-1], summed))


def _places(stages: Sequence[csr_matrix], n: int) -> list[slice]:
    """Where the definitions of each level stand among the variables."""
    edges = np.cumsum([n, *(rows.shape[0] for rows in stages[:-1])])
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def _largest(rows: csr_matrix, values: Array) -> Array:
    """Largest term of every row; zero for an empty one."""
    out, filled = np.zeros(rows.shape[0]), np.flatnonzero(np.diff(rows.indptr))
    if filled.size:
        out[filled] = np.maximum.reduceat(np.abs(rows.data) * values[rows.indices], rows.indptr[filled])
    return out

"""A core matrix before it is written out: rows over core unknowns and hubs, and hubs over core unknowns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_matrix, identity, vstack

from cge.solve.rows import add_product
from cgebase.arrays import Array

LIGHT = 0.1
"""Largest share of cells that are not zero with which a matrix is treated as sparse."""
HEAVY = 1.0
"""Multiplications for each cell of many rows beyond which they are written out at once, zeros or not; what
few rows hold is looked at, for one dense row takes the thin order from a whole matrix."""
PANEL = 256
"""Rows that are turned from rows to columns at once, so that they stay near the processor."""
Rows: TypeAlias = csr_matrix | Array
Columns: TypeAlias = slice | Array


class Condensed:
    """Rows of the equations over core unknowns, then hubs, scaled; those of a heavy equation are dense.

    The matrix is ``rows[:, :n] + rows[:, n:] @ tied``; most of its parts are wanted one by one, or never.

    Parameters
    ----------
    edges : ndarray of int
        Of the rows of each equation.
    light : csr_matrix, (n, n + hubs)
        Rows of all equations, empty where they are heavy.
    heavy : mapping of int to ndarray
        Rows of an equation, (rows, n + hubs).
    tied : csr_matrix, (hubs, n)
        Derivatives of the hubs by core unknowns.
    """

    def __init__(self, edges: Array, light: csr_matrix, heavy: Mapping[int, Array], tied: csr_matrix) -> None:
        self.edges, self.light, self.heavy, self.tied, self.n = edges, light, heavy, tied, int(tied.shape[1])

    def rows(self, equation: int) -> Rows:
        """Of one equation, over core unknowns and hubs."""
        known = self.heavy.get(equation)
        return self.light[self.edges[equation] : self.edges[equation + 1]] if known is None else known

    @property
    def is_light(self) -> bool:
        """Whether no rows are dense."""
        return not self.heavy and self.tied.nnz <= LIGHT * np.prod(self.tied.shape, dtype=float)

    def thin(self) -> csr_matrix:
        """The matrix, sparse."""
        return self.light[:, : self.n] + self.light[:, self.n :] @ self.tied

    def dense(self) -> Array:
        """The matrix, (n, n), column after column in memory as a factorisation wants it."""
        n, kind = self.n, self.tied.dtype
        out = np.empty((n, n), kind, order="F")
        through = vstack([identity(n, dtype=kind, format="csr"), self.tied], format="csr")
        for at in range(0, n, PANEL):
            panel = np.zeros((min(PANEL, n - at), n), kind)
            add_product(self.light[at : at + PANEL], through, panel)
            out[at : at + PANEL] = panel
        back = self.tied.T.tocsr()
        for equation, rows in self.heavy.items():
            here = out[self.edges[equation] : self.edges[equation + 1]]
            here[:] = rows[:, :n]
            here += (back @ rows[:, n:].T).T
        return out

    def block(self, rows: Rows, columns: Columns) -> Array:
        """Some rows of the matrix in some columns, (rows, columns)."""
        tied = self.tied[:, columns]
        if not isinstance(rows, np.ndarray):
            whole = rows[:, : self.n][:, columns].toarray()
            add_product(rows[:, self.n :], tied, whole)
            return np.asarray(whole)
        out = np.array(rows[:, : self.n][:, columns], order="F")
        used = np.flatnonzero(np.diff(tied.indptr))
        if used.size:
            out += (tied[used].T.tocsr() @ rows[:, self.n + used].T).T
        return out

    def times(self, rows: Rows, columns: slice, right: Array) -> Array:
        """Product of some rows in some columns with what is right of them, (columns, k)."""
        return np.asarray(
            rows[:, : self.n][:, columns] @ right + rows[:, self.n :] @ (self.tied[:, columns] @ right)
        )

    def is_zero(self, rows: Rows, columns: slice) -> bool:
        """Whether a block is zero."""
        here = rows[:, : self.n][:, columns]
        if isinstance(here, np.ndarray):
            return not here.any() and not self.block(rows, columns).any()
        return not here.data.any() and not (rows[:, self.n :] @ self.tied[:, columns]).data.any()

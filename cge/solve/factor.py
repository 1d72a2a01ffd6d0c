"""Factors of a core matrix: dense, split where prices come before quantities, sparse where periods touch neighbours."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve
from scipy.sparse import csr_matrix, identity
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import SuperLU, splu

from cgebase.arrays import Array

LEAST = 1000
"""Unknowns below which a dense factor takes milliseconds."""
LARGEST_FILL = 0.1
"""Share of cells in a sparse factor, foreseen from its band and then measured, above which a dense one is at hand
sooner: it is in single precision and forty times as quick for each operation."""
LARGE = 0.75
"""Share of the unknowns that two groups must have for a factor of each by itself."""
Groups = tuple[Array, ...]
OUTLIER = 4.0
"""Times the usual number of neighbours beyond which an unknown goes to the end, for it would spoil the band."""


class Factor(ABC):
    """LU factorisation of some earlier core matrix.

    Parameters
    ----------
    size : int
        Rows of the matrix.
    """

    size: int

    @abstractmethod
    def solve(self, right: Array, *, transposed: bool = False) -> Array:
        """Answer in the precision of the factor; not finite where the matrix is singular."""


class Dense(Factor):
    """Of a matrix, (n, n), which is overwritten; in its precision."""

    def __init__(self, matrix: Array) -> None:
        self.size = len(matrix)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LinAlgWarning)
            self._lu = lu_factor(matrix, overwrite_a=True, check_finite=False)

    def solve(self, right: Array, *, transposed: bool = False) -> Array:
        right = right.astype(self._lu[0].dtype, copy=False)
        return np.asarray(lu_solve(self._lu, right, int(transposed), check_finite=False), float)


class Sparse(Factor):
    """Of a sparse matrix, in double precision, rows and columns in an order that keeps it sparse."""

    def __init__(self, matrix: csr_matrix, rows: Array, columns: Array) -> None:
        self.size, self._rows, self._columns = len(rows), rows, columns
        self._lu: SuperLU | None
        try:
            self._lu = splu(matrix[rows][:, columns].tocsc(), permc_spec="NATURAL")
        except RuntimeError:
            self._lu = None

    def __getstate__(self) -> dict[str, object]:
        """What another process needs: it factorises anew."""
        return {"size": -1}

    @property
    def fill(self) -> float:
        """Share of the cells that are not zero."""
        return 0.0 if self._lu is None else self._lu.nnz / self.size**2

    def solve(self, right: Array, *, transposed: bool = False) -> Array:
        if self._lu is None:
            return np.full(self.size, np.nan)
        into, out = (self._columns, self._rows) if transposed else (self._rows, self._columns)
        answer = np.empty(self.size)
        answer[out] = self._lu.solve(right[into], "T" if transposed else "N")
        return answer


class Split(Factor):
    """Of a dense matrix in which two large groups of unknowns follow one after the other, but for a border.

    With constant returns prices follow from costs without quantities, and quantities from prices. In the order
    (prices, quantities, border) the second block of the first rows is zero, so that the two large blocks are factorised
    each by itself: a quarter of the work.

    Parameters
    ----------
    rows, columns : tuple of three ndarray of int
        First, second, border.
    """

    def __init__(self, matrix: Array, rows: Groups, columns: Groups) -> None:
        self.size, self._rows, self._columns = len(matrix), rows, columns

        def part(i: int, j: int) -> Array:
            return matrix[np.ix_(rows[i], columns[j])]

        self._first, self._second, self._between = Dense(part(0, 0)), Dense(part(1, 1)), part(1, 0)
        self._below = np.hstack([part(2, 0), part(2, 1)])
        self._through = self._follow(np.vstack([part(0, 2), part(1, 2)]))
        self._border = Dense(part(2, 2) - self._below @ self._through)

    def _follow(self, right: Array) -> Array:
        """Both large groups from their rows, the border at rest."""
        n = self._first.size
        first = self._first.solve(right[:n])
        return np.concatenate([first, self._second.solve(right[n:] - self._times(self._between, first))])

    def _lead(self, weights: Array) -> Array:
        """The transpose."""
        n = self._first.size
        second = self._second.solve(weights[n:], transposed=True)
        first = self._first.solve(weights[:n] - self._times(self._between.T, second), transposed=True)
        return np.concatenate([first, second])

    @staticmethod
    def _times(matrix: Array, right: Array) -> Array:
        return matrix @ right.astype(matrix.dtype, copy=False)

    def solve(self, right: Array, *, transposed: bool = False) -> Array:
        into, out = (self._columns, self._rows) if transposed else (self._rows, self._columns)
        large, small = right[np.concatenate(into[:2])], right[into[2]]
        if transposed:
            border = self._border.solve(small - self._through.T @ large, transposed=True)
            large = self._lead(large - self._below.T @ border)
        else:
            large = self._follow(large)
            border = self._border.solve(small - self._below @ large)
            large = large - self._through @ border
        answer = np.empty(self.size)
        answer[np.concatenate(out)] = np.concatenate([large, border])
        return answer


def one_after_the_other(matrix: Array, rows: Array, columns: Array) -> tuple[Groups, Groups] | None:
    """Groups for :class:`Split`; None where the two largest groups do not follow one after the other.

    Parameters
    ----------
    rows, columns : ndarray of int
        Edges of groups of equations and of unknowns.
    """
    (r, s), (c, d) = (np.argsort(-np.diff(edges), kind="stable")[:2] if len(edges) > 2 else (0, 0)  # noqa: PLR2004
                      for edges in (rows, columns))  # fmt: skip
    n = len(matrix)

    def members(edges: Array, k: int) -> Array:
        return np.arange(edges[k], edges[k + 1])

    sizes = {len(members(rows, k)) for k in (r, s)} | {len(members(columns, k)) for k in (c, d)}
    if r == s or len(sizes) > 1 or 2 * min(sizes) < LARGE * n or n < LEAST:
        return None
    for first, second in ((r, s), (s, r)):
        for own, other in ((c, d), (d, c)):
            if not matrix[rows[first] : rows[first + 1], columns[other] : columns[other + 1]].any():
                large = [members(rows, first), members(rows, second)], [members(columns, own), members(columns, other)]
                groups = (tuple([*x, np.setdiff1d(np.arange(n), np.concatenate(x))]) for x in large)
                return next(groups), next(groups)
    return None


def is_light(terms: Sequence[csr_matrix]) -> bool:
    """Whether matrices that add up are sparse enough to be treated as such."""
    return sum(m.nnz for m in terms) <= LARGEST_FILL * np.prod(terms[0].shape, dtype=float)


def thin_order(matrix: csr_matrix) -> Array | None:
    """Order of rows and columns in which little fills in; None where there is none.

    That of Cuthill and McKee, reversed, which makes a narrow band; what touches too many others comes last.
    """
    near = ((matrix != 0) + (matrix != 0).T + identity(matrix.shape[0], dtype=bool)).tocsr()
    neighbours = np.diff(near.indptr)
    outside = neighbours > OUTLIER * np.median(neighbours)
    inside = np.flatnonzero(~outside)
    near = near[inside][:, inside]
    order = reverse_cuthill_mckee(near, symmetric_mode=True)
    at = np.empty(len(order), np.int64)
    at[order] = np.arange(len(order))
    rows, columns = near.nonzero()
    width = int(np.abs(at[rows] - at[columns]).max(initial=0)) + np.count_nonzero(outside)
    return np.r_[inside[order], np.flatnonzero(outside)] if 2 * width <= LARGEST_FILL * len(neighbours) else None

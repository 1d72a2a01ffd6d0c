"""Factors of a core matrix: dense, split where prices come before quantities, sparse where periods touch neighbours."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import LinAlgWarning, lapack, lu_factor
from scipy.sparse import csr_matrix, identity, vstack
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import SuperLU, splu

from cge.solve.condensed import Condensed
from cgebase.arrays import Array

LEAST = 1000
"""Unknowns below which a dense factor takes milliseconds."""
LARGEST_FILL = 0.1
"""Share of cells in a sparse factor, foreseen from its band and then measured, above which a dense one is at hand
sooner: it is in single precision and forty times as quick for each operation."""
LARGE = 0.75
"""Share of the unknowns that two groups must have for a factor of each by itself."""
OUTLIER = 4.0
"""Times the usual number of neighbours beyond which an unknown goes to the end, for it would spoil the band."""


@dataclass(frozen=True)
class Groups:
    """The first and the second large group: their equations by number, and their columns."""

    rows: tuple[int, int]
    columns: tuple[slice, slice]


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
    """Of a matrix, (n, n), in its precision.

    Rows are swapped, not columns: rows have a size in common, columns the units of their unknowns.
    """

    def __init__(self, matrix: Array) -> None:
        self.size = len(matrix)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LinAlgWarning)
            self._lu, self._pivots = lu_factor(np.asfortranarray(matrix), overwrite_a=True, check_finite=False)

    def solve(self, right: Array, *, transposed: bool = False) -> Array:
        """Answer, shaped like ``right``, (n,) or (n, k)."""
        if not self.size:
            return np.asarray(right, float)
        back = lapack.sgetrs if self._lu.dtype == np.float32 else lapack.dgetrs
        answer, _ = back(self._lu, self._pivots, right.astype(self._lu.dtype, copy=False), trans=int(transposed))
        return np.asarray(answer, float)


class Sparse(Factor):
    """Of a sparse matrix, in double precision, rows and columns in an order that keeps it sparse."""

    def __init__(self, matrix: csr_matrix, rows: Array, columns: Array) -> None:
        self.size, self._rows, self._columns = len(rows), rows, columns
        self._lu: SuperLU | None
        try:
            self._lu = splu(matrix.astype(float)[rows][:, columns].tocsc(), permc_spec="NATURAL")
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


class Linear(Protocol):
    """A matrix that is known by its products."""

    def apply(self, direction: Array) -> Array: ...

    def apply_transposed(self, weights: Array) -> Array: ...


class Split(Factor):
    """Of a matrix in which two large groups of unknowns follow one after the other, but for a border.

    With constant returns prices follow from costs without quantities, and quantities from prices. In the order
    (prices, quantities, border) the second block of the first rows is zero, so that the two large blocks are factorised
    each by itself: a quarter of the work. The block between them is never written out.

    Parameters
    ----------
    matrix : Condensed
    products : Linear
        The same matrix.
    groups : Groups
    edges : ndarray of int
        Of the rows of each equation.
    """

    def __init__(self, matrix: Condensed, products: Linear, groups: Groups, edges: Array) -> None:
        self.size, self._products = matrix.n, products
        first, second = (matrix.rows(k) for k in groups.rows)
        own, other = groups.columns
        rows = tuple(slice(int(edges[k]), int(edges[k + 1])) for k in groups.rows)
        everywhere = np.arange(self.size)
        self._rows, self._columns = ((*pair, np.delete(everywhere, np.r_[pair])) for pair in (rows, groups.columns))
        border = self._columns[2]
        self._first, self._second = Dense(matrix.block(first, own)), Dense(matrix.block(second, other))
        dtype = matrix.tied.dtype
        prices = self._first.solve(matrix.block(first, border)).astype(dtype)
        quantities = self._second.solve(matrix.block(second, border) - matrix.times(second, own, prices))
        self._through = np.vstack([prices, quantities.astype(dtype)])
        below = [matrix.rows(k) for k in range(len(edges) - 1) if k not in groups.rows]
        if below and not any(isinstance(x, np.ndarray) for x in below):
            below = [vstack(below, format="csr")]
        last = np.vstack([np.zeros((0, self.size), dtype), *(matrix.block(x, slice(None)) for x in below)])
        self._below = np.hstack([last[:, own], last[:, other]])
        self._border = Dense(last[:, border] - self._below @ self._through)

    def __getstate__(self) -> dict[str, object]:
        """What another process needs: it factorises anew."""
        return {"size": -1}

    @staticmethod
    def _times(matrix: Array, right: Array) -> Array:
        """Product in the precision of the matrix."""
        return matrix @ right.astype(matrix.dtype, copy=False)

    def _between(self, first: Array) -> Array:
        """Product of the block between the large groups."""
        move = np.zeros(self.size)
        move[self._columns[0]] = first
        return self._products.apply(move)[self._rows[1]]

    def _between_transposed(self, second: Array) -> Array:
        weights = np.zeros(self.size)
        weights[self._rows[1]] = second
        return self._products.apply_transposed(weights)[self._columns[0]]

    def solve(self, right: Array, *, transposed: bool = False) -> Array:
        into, out = (self._columns, self._rows) if transposed else (self._rows, self._columns)
        first, second, last = (right[x] for x in into)
        n = self._first.size
        if transposed:
            last = last - self._times(self._through.T, np.concatenate([first, second]))
            border = self._border.solve(last, transposed=True)
            through = self._times(self._below.T, border)
            second = self._second.solve(second - through[n:], transposed=True)
            first = first - through[:n] - self._between_transposed(second)
            first = self._first.solve(first, transposed=True)
        else:
            first = self._first.solve(first)
            second = self._second.solve(second - self._between(first))
            last = last - self._times(self._below, np.concatenate([first, second]))
            border = self._border.solve(last)
            through = self._times(self._through, border)
            first, second = first - through[:n], second - through[n:]
        answer = np.empty(self.size)
        for at, part in zip(out, (first, second, border), strict=True):
            answer[at] = part
        return answer


def one_after_the_other(matrix: Condensed, rows: Array, columns: Array) -> Groups | None:
    """Groups for :class:`Split`; None where the two largest groups do not follow one after the other.

    Parameters
    ----------
    rows, columns : ndarray of int
        Edges of groups of equations and of unknowns.
    """
    if min(len(rows), len(columns)) <= 2:  # noqa: PLR2004 - two groups have three edges
        return None
    (r, s), (c, d) = (np.argsort(-np.diff(edges), kind="stable")[:2] for edges in (rows, columns))
    sizes = {*np.diff(rows)[[r, s]].tolist(), *np.diff(columns)[[c, d]].tolist()}
    if len(sizes) > 1 or 2 * min(sizes) < LARGE * matrix.n or matrix.n < LEAST:
        return None
    here = {k: slice(int(columns[k]), int(columns[k + 1])) for k in (c, d)}
    for first, second in ((r, s), (s, r)):
        for own, other in ((c, d), (d, c)):
            if matrix.is_zero(matrix.rows(first), here[other]):
                return Groups((int(first), int(second)), (here[own], here[other]))
    return None


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

"""A core matrix before it is written out: rows over core unknowns and hubs, and hubs over core unknowns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix, vstack

from cge.solve.rows import add_product
from cgebase.arrays import Array

LIGHT = 0.1
"""Largest share of cells that are not zero with which a matrix is treated as sparse."""
HEAVY = 1.0
"""Multiplications for each cell of many rows beyond which their products are written out at once, zeros or not; what
few rows hold is looked at, for one dense row takes the thin order from a whole matrix."""
Terms = list["csr_matrix | Product"]
"""Matrices of one shape that add up."""
Rows: TypeAlias = csr_matrix | Array
Columns: TypeAlias = slice | Array


class Product(NamedTuple):
    """A product of two sparse matrices of one kind of numbers before it is taken."""

    left: csr_matrix
    right: csr_matrix

    @property
    def shape(self) -> tuple[int, int]:
        """Of the product."""
        return self.left.shape[0], self.right.shape[1]

    @property
    def work(self) -> int:
        """Multiplications that it takes, at least as many as it has cells."""
        return int(np.diff(self.right.indptr)[self.left.indices].sum())

    def taken(self) -> csr_matrix:
        """The product, sparse."""
        return self.left @ self.right


class Condensed:
    """Rows of the equations over core unknowns, then hubs, scaled; those of a heavy equation are dense.

    The matrix is ``rows[:, :n] + rows[:, n:] @ tied``; most of its parts are wanted one by one, or never.

    Parameters
    ----------
    rows : sequence of csr_matrix or ndarray
        Of each equation, (rows, n + hubs).
    tied : csr_matrix, (hubs, n)
        Derivatives of the hubs by core unknowns.
    """

    def __init__(self, rows: Sequence[Rows], tied: csr_matrix) -> None:
        self.rows, self.tied, self.n = rows, tied, int(tied.shape[1])

    @staticmethod
    def scaled(
        parts: Iterable[Terms], tied: csr_matrix, columns: Array, row_scale: Array, slack: Array, paired: Array
    ) -> Condensed:
        """From the terms of each equation, which are used up; scales and rows of complementarities as of a Jacobian."""
        dtype = tied.dtype
        wide = np.concatenate([columns, np.ones(tied.shape[0])]).astype(dtype)
        rows, at = [], 0
        for terms in parts:
            here = slice(at, at := at + terms[0].shape[0])
            scale, own = row_scale[here].astype(dtype), (slack[here] * columns[paired[here]]).astype(dtype)
            known = _taken(terms)
            rows.append((_dense if known is None else _sparse)(known or terms, wide, scale, own, paired[here]))
        tied = csr_matrix((tied.data * wide[tied.indices], tied.indices, tied.indptr), shape=tied.shape)
        tied.eliminate_zeros()
        return Condensed(rows, tied)

    @property
    def light(self) -> bool:
        """Whether no rows are dense."""
        return not any(isinstance(x, np.ndarray) for x in self.rows) and is_light([self.tied])

    def thin(self) -> csr_matrix:
        """The matrix, sparse."""
        whole = vstack(self.rows, format="csr")
        return whole[:, : self.n] + whole[:, self.n :] @ self.tied

    def dense(self) -> Array:
        """The matrix, (n, n)."""
        out, at = np.empty((self.n, self.n), self.tied.dtype), 0
        for rows in self.rows:
            out[at : (at := at + rows.shape[0])] = self.block(rows, slice(None))
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


def is_light(terms: Sequence[csr_matrix]) -> bool:
    """Whether matrices that add up are sparse enough to be treated as such."""
    return sum(m.nnz for m in terms) <= LIGHT * np.prod(terms[0].shape, dtype=float)


def _taken(terms: Terms) -> list[csr_matrix] | None:
    """Terms with products taken; None where they are, or would be, too heavy."""
    rows, width = terms[0].shape
    if rows > LIGHT * width and sum(x.work for x in terms if isinstance(x, Product)) > HEAVY * rows * width:
        return None
    known = [x.taken() if isinstance(x, Product) else x for x in terms]
    return known if is_light(known) else None


def _sparse(terms: Sequence[csr_matrix], columns: Array, scale: Array, own: Array, paired: Array) -> csr_matrix:
    whole = reduce(add, terms)
    data = whole.data * columns[whole.indices] * np.repeat(scale, np.diff(whole.indptr))
    whole = csr_matrix((data, whole.indices, whole.indptr), shape=whole.shape)
    if own.any():
        whole = whole + csr_matrix((own, (np.arange(len(own)), paired)), shape=whole.shape)
    return whole


def _dense(terms: Terms, columns: Array, scale: Array, own: Array, paired: Array) -> Array:
    """Heavy products are never written out sparse, for they would be as large as the matrix; terms are let go."""
    whole = np.zeros(terms[0].shape, columns.dtype)
    while terms:
        term = terms.pop()
        if isinstance(term, Product):
            add_product(*term, whole)
        elif is_light([term]):
            whole[np.repeat(np.arange(len(whole)), np.diff(term.indptr)), term.indices] += term.data
        else:
            whole += term.toarray()
    whole *= columns
    whole *= scale[:, None]
    whole[np.arange(len(whole)), paired] += own
    return whole

"""Factors of a core matrix: dense, or sparse where unknowns touch only their neighbours, as periods do."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

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
OUTLIER = 4.0
"""Times the usual number of neighbours beyond which an unknown goes to the end, for it would spoil the band."""


@dataclass(frozen=True)
class Factor:
    """LU factorisation of some earlier core matrix.

    Parameters
    ----------
    lu : tuple or SuperLU or None
        Dense, sparse, or none of a sparse matrix that is singular.
    rows, columns : ndarray of int, optional
        Order in which a sparse matrix was taken.
    """

    lu: tuple[Array, Array] | SuperLU | None
    size: int
    rows: Array | None = None
    columns: Array | None = None

    def __getstate__(self) -> dict[str, object]:
        """What another process needs: it factorises anew where the factor is sparse."""
        dense = isinstance(self.lu, tuple)
        return {"lu": self.lu if dense else None, "size": self.size if dense else -1}

    @property
    def fill(self) -> float:
        """Share of the cells that are not zero."""
        return self.lu.nnz / self.size**2 if isinstance(self.lu, SuperLU) else 1.0 * isinstance(self.lu, tuple)

    def solve(self, right: Array, *, transposed: bool) -> Array:
        """Answer in the precision of the factor; not finite where the matrix is singular."""
        if self.lu is None:
            return np.full(len(right), np.nan)
        if isinstance(self.lu, SuperLU):
            into, out = (self.columns, self.rows) if transposed else (self.rows, self.columns)
            answer = np.empty(self.size)
            answer[out] = self.lu.solve(right[into], "T" if transposed else "N")
            return answer
        return lu_solve(self.lu, right.astype(self.lu[0].dtype), int(transposed), check_finite=False).astype(float)


def dense_factor(matrix: Array) -> Factor:
    """LU of a matrix, which is overwritten and may be singular."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        return Factor(lu_factor(matrix, overwrite_a=True, check_finite=False), len(matrix))


def sparse_factor(matrix: csr_matrix, rows: Array, columns: Array) -> Factor:
    """Sparse LU in double precision, rows and columns in an order that keeps it sparse."""
    try:
        lu = splu(matrix[rows][:, columns].tocsc(), permc_spec="NATURAL")
    except RuntimeError:
        lu = None
    return Factor(lu, len(rows), rows, columns)


def is_light(*parts: csr_matrix) -> bool:
    """Whether matrices are sparse enough to be multiplied and factorised as such."""
    return all(m.nnz <= LARGEST_FILL * np.prod(m.shape, dtype=float) for m in parts)


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

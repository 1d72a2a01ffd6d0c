"""Condensed linear algebra: definitions are eliminated exactly, the core system is solved densely.

With core unknowns x, hub definitions h and other definitions d, the derivatives of d are carried as sparse
rows over (x, h); hubs, which many rows share, are eliminated last. A frozen LU factorisation preconditions
GMRES on the exact matrix-free Jacobian.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve
from scipy.sparse import csr_matrix, vstack

Array = np.ndarray
KRYLOV_LIMIT = 25


@dataclass(frozen=True)
class Pattern:
    """Where the triplets of one statement go: one block per variable group it refers to."""

    blocks: tuple[tuple[int, Array, Array, Array, Array, tuple[int, int]], ...]

    @staticmethod
    def make(rows: Array, cols: Array, n_rows: int, bounds: Array) -> Pattern:
        """Group triplets by column block (``bounds`` are block edges) and merge repeated cells."""
        block = np.searchsorted(bounds, cols, side="right") - 1
        out = []
        for b in np.unique(block):
            pick = np.flatnonzero(block == b)
            width = int(bounds[b + 1] - bounds[b])
            key = rows[pick] * width + (cols[pick] - bounds[b])
            cells, slot = np.unique(key, return_inverse=True)
            indptr = np.searchsorted(cells, np.arange(n_rows + 1) * width)
            out.append((int(b), pick, slot, cells % width, indptr, (n_rows, width)))
        return Pattern(tuple(out))

    def matrices(self, values: Array) -> dict[int, csr_matrix]:
        """Sparse blocks, keyed by column block."""
        return {
            b: csr_matrix(
                (np.bincount(slot, weights=values[pick], minlength=len(indices)), indices, indptr), shape=shape
            )
            for b, pick, slot, indices, indptr, shape in self.blocks
        }


@dataclass(frozen=True)
class Factor:
    """A dense LU factorisation of some earlier core Jacobian."""

    lu: tuple[Array, Array]
    size: int


class CondensedJacobian:
    """Exact Jacobian of the core equations with definitions condensed out.

    Block 0 is the core, blocks 1..n the definitions in order of evaluation.

    Parameters
    ----------
    definitions : sequence of (block, is_hub, blocks)
        Sparse derivative blocks of each definition, in order.
    equations : sequence of (rows, blocks)
        Sparse derivative blocks of each equation, stacked in row order; no block where it has no cell or no unknown.
    bounds : ndarray
        Column edges of the blocks.
    columns : ndarray
        Scale of each core column (value of the variable where it is solved in logs, else 1).
    row_scale, slack : ndarray
        The Jacobian returned is ``diag(row_scale) J + diag(slack) D`` with D the rows of the paired
        variables (complementarity).
    paired : ndarray of int
        Core column of the variable paired with each row.
    """

    def __init__(
        self,
        definitions: Sequence[tuple[int, bool, dict[int, csr_matrix]]],
        equations: Sequence[tuple[int, dict[int, csr_matrix]]],
        bounds: Array,
        columns: Array,
        row_scale: Array,
        slack: Array,
        paired: Array,
    ) -> None:
        self.definitions, self.equations, self.bounds = definitions, equations, bounds
        self.columns, self.row_scale, self.slack, self.paired = columns, row_scale, slack, paired
        self.n = int(bounds[1])

    def apply(self, direction: Array) -> Array:
        """Product with a direction in the solved unknowns."""
        z = {0: direction * self.columns}
        for block, _, parts in self.definitions:
            z[block] = sum((m @ z[b] for b, m in parts.items()), np.zeros(self._width(block)))
        rows = [sum((m @ z[b] for b, m in parts.items()), np.zeros(n)) for n, parts in self.equations]
        out = self.row_scale * np.concatenate(rows)
        return out + self.slack * z[0][self.paired]

    def _width(self, block: int) -> int:
        return int(self.bounds[block + 1] - self.bounds[block])

    def dense(self, dtype: type = float) -> Array:
        """The condensed matrix, (n, n); single precision does for a preconditioner."""
        hubs = [b for b, hub, _ in self.definitions if hub]
        at, width = {}, self.n
        for b in hubs:
            at[b] = width
            width += self._width(b)
        rows: dict[int, csr_matrix] = {}

        def place(m: csr_matrix, b: int) -> csr_matrix:
            start = 0 if b == 0 else at[b]
            return csr_matrix((m.data, m.indices + start, m.indptr), shape=(m.shape[0], width))

        def chain(n: int, parts: dict[int, csr_matrix]) -> csr_matrix:
            out = None
            for b, m in parts.items():
                term = place(m, b) if b == 0 or b in at else m @ rows[b]
                out = term if out is None else out + term
            return csr_matrix((n, width)) if out is None else out

        tied: list[csr_matrix] = []
        for block, hub, parts in self.definitions:
            row = chain(self._width(block), parts)
            if hub:
                base, above = row[:, : self.n], row[:, self.n :]
                if tied:
                    done = vstack(tied, format="csr")
                    base = base + above[:, : done.shape[0]] @ done
                tied.append(csr_matrix(base))
            else:
                rows[block] = row
        full = vstack([chain(n, parts) for n, parts in self.equations], format="csr")
        full = full.astype(dtype)
        out = full[:, : self.n].toarray()
        if tied:
            through = vstack(tied, format="csr").astype(dtype).T.tocsr()
            out += (through @ full[:, self.n :].T.toarray()).T
        out *= self.columns.astype(dtype)[None]
        out *= self.row_scale.astype(dtype)[:, None]
        out[np.arange(self.n), self.paired] += self.slack * self.columns[self.paired]
        return out

    def factorise(self) -> Factor:
        """Dense LU of the condensed matrix, in single precision: it only preconditions."""
        return Factor(_lu(self.dense(np.float32)), self.n)

    def solve(self, right: Array, factor: Factor | None, tolerance: float) -> tuple[Array, Factor, int]:
        """Newton direction; refactors when the frozen factor no longer preconditions well.

        Returns
        -------
        direction, factor, krylov
            ``krylov`` is the number of GMRES steps with the factor that is returned.
        """
        fresh = factor is None or factor.size != self.n
        known = self.factorise() if factor is None or fresh else factor
        answer, steps = self._refined(known, right, tolerance)
        if answer is None and not fresh:
            known = self.factorise()
            answer, steps = self._refined(known, right, tolerance)
        if answer is None:
            answer = lu_solve(_lu(self.dense()), right, check_finite=False)
        return answer, known, steps

    def _refined(self, factor: Factor, right: Array, tolerance: float) -> tuple[Array | None, int]:
        def precondition(v: Array) -> Array:
            return lu_solve(factor.lu, v.astype(np.float32), check_finite=False).astype(float)

        return krylov(self.apply, precondition, right, tolerance, KRYLOV_LIMIT)


def _lu(matrix: Array) -> tuple[Array, Array]:
    """LU of a matrix that may be singular; directions through such a factor are not finite and the caller sees that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        return lu_factor(matrix, overwrite_a=True, check_finite=False)


def krylov(
    apply: Callable[[Array], Array], precondition: Callable[[Array], Array], right: Array, tolerance: float, limit: int
) -> tuple[Array | None, int]:
    """Right-preconditioned GMRES of Saad and Schultz (1986), no restart.

    Returns
    -------
    answer, steps
        ``answer`` is None where ``limit`` steps do not bring the residual below ``tolerance`` times the right side.
    """
    size = float(np.linalg.norm(right))
    if size == 0.0:
        return np.zeros_like(right), 0
    basis = [right / size]
    corrections: list[Array] = []
    hessenberg = np.zeros((limit + 1, limit))
    for k in range(limit):
        corrections.append(precondition(basis[k]))
        new = apply(corrections[k])
        for _ in range(2):
            for j, known in enumerate(basis):
                part = known @ new
                hessenberg[j, k] += part
                new = new - part * known
        hessenberg[k + 1, k] = np.linalg.norm(new)
        target = np.zeros(k + 2)
        target[0] = size
        square = hessenberg[: k + 2, : k + 1]
        if not np.isfinite(square).all():
            return None, k + 1
        weights = np.linalg.lstsq(square, target, rcond=None)[0]
        if np.linalg.norm(square @ weights - target) <= tolerance * size:
            return np.array(corrections).T @ weights, k + 1
        if hessenberg[k + 1, k] == 0.0:
            return None, k + 1
        basis.append(new / hessenberg[k + 1, k])
    return None, limit

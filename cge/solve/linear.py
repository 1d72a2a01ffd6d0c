"""Condensed linear algebra: definitions are eliminated exactly, the core system is factorised.

A frozen LU factorisation preconditions GMRES on the exact matrix-free Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.linalg import solve_triangular

from cge.solve.condensed import Condensed
from cge.solve.elimination import Elimination
from cge.solve.factor import LARGEST_FILL, LEAST, Dense, Factor, Sparse, Split, one_after_the_other, thin_order
from cge.solve.rows import Rows
from cgebase.arrays import Array

KRYLOV_LIMIT = 25
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Pattern:
    """Where the triplets of one statement go: its rows over all variables, core and definitions; repeated cells merge.

    Parameters
    ----------
    slot : ndarray of int
        Cell of each triplet.
    columns, counts : ndarray of int
        Variable of each cell; cells of each row.
    """

    slot: Array
    columns: Array
    counts: Array

    @staticmethod
    def make(rows: Array, cols: Array, n_rows: int, width: int) -> Pattern:
        """Merge repeated cells of rows over ``width`` variables."""
        cells, slot = np.unique(rows * width + cols, return_inverse=True)
        return Pattern(slot, (cells % width).astype(np.int32), np.bincount(cells // width, minlength=n_rows))


@dataclass
class Structure:
    """What stays of a Jacobian while the pattern of absent cells does.

    Block 0 is the core, blocks 1..n the definitions in order of evaluation.

    Parameters
    ----------
    patterns : sequence of Pattern
        Of the definitions, then of the equations, in row order.
    hubs : sequence of bool
        Per definition.
    bounds : ndarray
        Column edges of the blocks.
    edges : tuple of two ndarray of int
        Of groups of rows, one for each equation, and of core unknowns, one for each variable.
    order : sequence of int, optional
        Of the core unknowns for a sparse factor, empty where it is dense; None before it was looked for.
    """

    patterns: Sequence[Pattern]
    hubs: Sequence[bool]
    bounds: Array
    edges: tuple[Array, Array]
    order: Sequence[int] | Array | None = None

    def __post_init__(self) -> None:
        """Lay the patterns below one another."""
        self.triplets, cells = (_places(len(getattr(p, k)) for p in self.patterns) for k in ("slot", "columns"))
        slots = [p.slot + x.start for p, x in zip(self.patterns, cells, strict=True)]
        self._slot = np.concatenate([NONE, *slots])
        self._columns = np.concatenate([NONE.astype(np.int32), *(p.columns for p in self.patterns)])
        self._edges = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(p.counts for p in self.patterns)]))
        self._elimination: Elimination | None = None

    def rows(self, triplets: Array) -> Rows:
        """Rows of all statements from the values of their triplets."""
        slopes = np.bincount(self._slot, weights=triplets, minlength=len(self._columns))
        return Rows(self._edges, self._columns, slopes, int(self.bounds[1]))

    def elimination(self, paired: Array) -> Elimination:
        """How the definitions are taken out, found once; ``paired`` is that of the Jacobian."""
        if self._elimination is None:
            hubs = np.repeat(np.array(self.hubs, bool), np.diff(self.bounds[1:]))
            self._elimination = Elimination(self._edges, self._columns, hubs, self.edges[0], paired)
        return self._elimination


def _places(sizes: Iterable[int]) -> list[slice]:
    return [slice(int(a), int(b)) for a, b in pairwise(np.cumsum([0, *sizes]))]


class CondensedJacobian:
    """Exact Jacobian of the core equations with definitions condensed out.

    Parameters
    ----------
    structure : Structure
    rows : Rows
        Derivatives of all statements over all variables.
    columns : ndarray
        Scale of each core column (value of the variable where it is solved in logs, else 1).
    row_scale, slack : ndarray
        The Jacobian returned is ``diag(row_scale) J + diag(slack) D`` with D the rows of the paired
        variables (complementarity).
    paired : ndarray of int
        Core column of the variable paired with each row.
    """

    def __init__(
        self, structure: Structure, rows: Rows, columns: Array, row_scale: Array, slack: Array, paired: Array
    ) -> None:
        self.structure, self.rows = structure, rows
        self.columns, self.row_scale, self.slack, self.paired = columns, row_scale, slack, paired
        self.n = int(structure.bounds[1])

    def carry(self, z: Array) -> Array:
        """Moves of all variables: those of the definitions, (variables,), with what they owe to the others added."""
        return self.rows.definitions("push", z)

    def carry_back(self, weights: Array) -> Array:
        """Weights of all variables with those of the definitions passed on to what they are made of."""
        return self.rows.definitions("pull", weights)

    def through(self, z: Array) -> Array:
        """Moves of the equations, scaled, by moves of all variables."""
        out = np.zeros(self.n)
        self.rows.equations("push", out, z)
        return self.row_scale * out

    def through_back(self, weights: Array) -> Array:
        """Weights of all variables from weights of the equations."""
        out = np.zeros(int(self.structure.bounds[-1]))
        self.rows.equations("pull", self.row_scale * weights, out)
        return out

    def apply(self, direction: Array) -> Array:
        """Product with a direction in the solved unknowns."""
        z = np.zeros(int(self.structure.bounds[-1]))
        z[: self.n] = direction * self.columns
        return self.through(self.carry(z)) + self.slack * z[self.paired]

    def apply_transposed(self, weights: Array) -> Array:
        """Product of the transpose with weights of the equations."""
        z = self.through_back(weights)
        z[self.paired] += self.slack * weights
        return self.carry_back(z)[: self.n] * self.columns

    def dense(self, dtype: type = float) -> Array:
        """The condensed matrix, (n, n); single precision does for a preconditioner."""
        return self._condensed(dtype).dense()

    def factorise(self, dtype: type = np.float32, *, split: bool = True) -> Factor:
        """LU of the condensed matrix, in parts where it has any; single precision does for a preconditioner."""
        matrix = self._condensed(dtype)
        order = self._thin_order(matrix)
        if order is not None:
            factor = Sparse(matrix.thin(), np.argsort(self.paired)[order], order)
            if factor.fill <= LARGEST_FILL:
                return factor
            self.structure.order = ()
        edges = self.structure.edges
        groups = one_after_the_other(matrix, *edges) if split else None
        return Dense(matrix.dense()) if groups is None else Split(matrix, self, groups, edges[0])

    def _thin_order(self, matrix: Condensed) -> Array | None:
        """Order of the unknowns for a sparse factor; looked for once."""
        if self.structure.order is None:
            light = self.n >= LEAST and matrix.is_light
            order = thin_order(matrix.thin()[np.argsort(self.paired)]) if light else None
            self.structure.order = () if order is None else order
        return np.asarray(self.structure.order) if len(self.structure.order) else None

    def _condensed(self, dtype: type) -> Condensed:
        """The core matrix in terms of core unknowns and hubs."""
        elimination = self.structure.elimination(self.paired)
        return elimination.condensed(self.rows.slopes.astype(dtype), self.columns, self.row_scale, self.slack)

    def moving(self, given: Array) -> CondensedJacobian:
        """The same with the rows of ``given`` unknowns, (n,) bool, replaced by those unknowns themselves."""
        rows = given[self.paired]
        scale, slack = np.where(rows, 0.0, self.row_scale), np.where(rows, 1 / self.columns[self.paired], self.slack)
        return CondensedJacobian(self.structure, self.rows, self.columns, scale, slack, self.paired)

    def solve(
        self, right: Array, factor: Factor | None, tolerance: float, *, transposed: bool = False
    ) -> tuple[Array, Factor, int]:
        """Newton direction, or weights of the equations; refactors when the frozen factor preconditions badly.

        In a direction rows that hold nothing but their own variable (it is idle) are met exactly, so that zeros are
        exact.

        Returns
        -------
        direction, factor, krylov
            ``krylov`` is the number of GMRES steps with the factor that is returned.
        """
        fresh = factor is None or factor.size != self.n
        known = self.factorise() if factor is None or fresh else factor
        answer, steps = self._refined(known, right, tolerance, transposed)
        if answer is None and (not fresh or isinstance(known, Split)):
            known = self.factorise(split=not fresh)
            answer, steps = self._refined(known, right, tolerance, transposed)
        if answer is None:
            answer = self.factorise(float, split=False).solve(right, transposed=transposed)
        if not transposed:
            alone = self.row_scale == 0
            at = self.paired[alone]
            answer[at] = right[alone] / (self.slack[alone] * self.columns[at])
        return answer, known, steps

    def _refined(self, factor: Factor, right: Array, tolerance: float, transposed: bool) -> tuple[Array | None, int]:
        apply = self.apply_transposed if transposed else self.apply
        precondition = partial(factor.solve, transposed=transposed)
        return krylov(apply, precondition, right, tolerance, KRYLOV_LIMIT)


def krylov(
    apply: Callable[[Array], Array], precondition: Callable[[Array], Array], right: Array, tolerance: float, limit: int
) -> tuple[Array | None, int]:
    """Flexible GMRES of Saad (1993), no restart: weights in double precision undo the rounding of the preconditioner.

    Returns
    -------
    answer, steps
        ``answer`` is None where ``limit`` steps do not bring the residual below ``tolerance`` times the right side.
    """
    size = float(np.linalg.norm(right))
    if size == 0.0:
        return np.zeros_like(right), 0
    basis, hessenberg = np.empty((limit + 1, len(right))), np.zeros((limit + 1, limit))
    basis[0] = right / size
    corrections: list[Array] = []
    turns: list[tuple[float, float]] = []
    target = np.zeros(limit + 1)
    target[0] = size
    for k in range(limit):
        corrections.append(precondition(basis[k]))
        new, known, column = apply(corrections[k]), basis[: k + 1], hessenberg[:, k]
        for _ in range(2):
            parts = known @ new
            column[: k + 1] += parts
            new = new - parts @ known
        beyond = column[k + 1] = np.linalg.norm(new)
        for j, (c, s) in enumerate(turns):
            column[j], column[j + 1] = c * column[j] + s * column[j + 1], c * column[j + 1] - s * column[j]
        length = float(np.hypot(column[k], beyond))
        if not (np.isfinite(length) and length > 0.0):
            return None, k + 1
        c, s = float(column[k] / length), float(beyond / length)
        turns.append((c, s))
        column[k], column[k + 1] = length, 0.0
        target[k], target[k + 1] = c * target[k], -s * target[k]
        if abs(target[k + 1]) <= tolerance * size:
            return solve_triangular(hessenberg[: k + 1, : k + 1], target[: k + 1]) @ np.array(corrections), k + 1
        basis[k + 1] = new / beyond
    return None, limit

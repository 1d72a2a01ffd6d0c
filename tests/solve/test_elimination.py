"""Definitions taken out of rows: the matrix is that of the chain rule, whatever is a hub, light or heavy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random, vstack

from cge.solve.elimination import Elimination

EQUATIONS = np.array([0, 12, 36, 40])


def _problem(kind: type, filled: float, seed: int) -> tuple[csr_matrix, np.ndarray]:
    """Rows of 60 definitions, each of those before it, and of 40 equations in 40 unknowns; which rows are hubs."""
    draw = np.random.default_rng(seed)
    rows = []
    for k in range(60):
        row = random(1, 40 + k, 2.5 / (40 + k), "csr", dtype=kind, rng=draw)
        rows.append(csr_matrix((row.data, row.indices, row.indptr), shape=(1, 100)))
    return vstack([*rows, random(40, 100, filled, "csr", dtype=kind, rng=draw)], format="csr"), draw.random(60) < 0.3


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("filled", "heavy"), [(0.02, 0), (0.6, 3)])
def test_the_matrix_is_that_of_the_chain_rule(kind, filled, heavy):
    """Asked twice, with other numbers in the same cells: nothing of the first is left in the second."""
    rows, hubs = _problem(kind, filled, 3)
    draw = np.random.default_rng(5)
    columns, scale = 1 + draw.random(40), 1 + draw.random(40)
    slack, paired = np.where(draw.random(40) < 0.3, draw.random(40), 0.0), draw.permutation(40)
    once = Elimination(rows.indptr, rows.indices, hubs, EQUATIONS, paired)
    for data in (rows.data, draw.standard_normal(rows.nnz).astype(kind)):
        whole = csr_matrix((data, rows.indices, rows.indptr), shape=rows.shape).toarray().astype(float)
        moves = np.vstack([np.eye(40), np.zeros((60, 40))])
        for k in range(60):
            moves[40 + k] = whole[k] @ moves
        wanted = scale[:, None] * (whole[60:] @ moves) * columns
        wanted[np.arange(40), paired] += slack * columns[paired]
        matrix = once.condensed(data, columns, scale, slack)
        assert len(matrix.heavy) == heavy and matrix.tied.shape == (hubs.sum(), 40)
        assert matrix.is_light == (not heavy)
        close = {"rtol": 1e-4, "atol": 1e-4 * np.abs(wanted).max()} if kind == np.float32 else {"atol": 1e-9}
        found = matrix.dense()
        assert found.flags.f_contiguous and found.dtype == kind
        np.testing.assert_allclose(found, wanted, **close)
        for k, (first, last) in enumerate(zip(EQUATIONS, EQUATIONS[1:], strict=False)):
            np.testing.assert_allclose(matrix.block(matrix.rows(k), slice(5, 30)), wanted[first:last, 5:30], **close)
        if not heavy:
            np.testing.assert_allclose(matrix.thin().toarray(), wanted, **close)

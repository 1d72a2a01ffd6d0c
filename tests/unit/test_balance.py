"""Properties of the entropy balance on random tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.sparse import coo_matrix, csr_matrix

from sam.balance import balance
from sam.errors import BalanceError

FEW = settings(max_examples=40, deadline=None)


def margins(table: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    """Controls on the row and column sums of the positive cells of a table, and those cells."""
    at = np.argwhere(table > 0)
    cells = np.arange(len(at))
    rows = np.concatenate([at[:, 0], table.shape[0] + at[:, 1]])
    shape = (sum(table.shape), len(at))
    return coo_matrix((np.ones(2 * len(at)), (rows, np.concatenate([cells, cells]))), shape=shape).tocsr(), at


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A prior and a truth with the same zeros; every row and column holds a cell."""
    n, m = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pattern = rng.random((n, m)) < draw(st.floats(0.4, 1.0))
    pattern[np.arange(max(n, m)) % n, np.arange(max(n, m)) % m] = True
    spread = draw(st.floats(0.0, 2.0))
    prior = np.where(pattern, np.exp(rng.normal(0, 2, (n, m))), 0.0)
    return prior, prior * np.exp(rng.normal(0, spread, (n, m)))


def solve(prior: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    controls, at = margins(prior)
    target = controls @ truth[tuple(at.T)]
    w = np.ones(len(at)) if weights is None else weights[tuple(at.T)]
    out = np.zeros_like(prior)
    out[tuple(at.T)] = balance(prior[tuple(at.T)], controls, target, weights=w, scale=target).values
    return out


@FEW
@given(problems())
def test_margins_are_met_and_zeros_and_signs_stay(problem) -> None:
    prior, truth = problem
    found = solve(prior, truth)
    assert_allclose(found.sum(0), truth.sum(0), rtol=1e-10)
    assert_allclose(found.sum(1), truth.sum(1), rtol=1e-10)
    assert ((found > 0) == (prior > 0)).all()


@FEW
@given(problems())
def test_a_balanced_prior_is_a_fixed_point(problem) -> None:
    _, truth = problem
    assert_allclose(solve(truth, truth), truth, rtol=1e-12)


@FEW
@given(problems(), st.floats(1e-3, 1e3))
def test_units_do_not_matter(problem, factor) -> None:
    prior, truth = problem
    assert_allclose(solve(factor * prior, factor * truth), factor * solve(prior, truth), rtol=1e-7)


@FEW
@given(problems())
def test_equal_weights_give_biproportional_scaling(problem) -> None:
    prior, truth = problem
    found = solve(prior, truth)
    ras = prior.copy()
    for _ in range(20000):
        ras *= (truth.sum(1) / ras.sum(1))[:, None]
        ras *= truth.sum(0) / ras.sum(0)
        if np.abs(ras.sum(1) / truth.sum(1) - 1).max() < 1e-12:
            break
    assert_allclose(found, ras, rtol=1e-6)


def test_a_trusted_cell_moves_less() -> None:
    prior = np.array([[4.0, 2.0, 1.0], [1.0, 5.0, 2.0], [3.0, 3.0, 3.0]])
    truth = prior * [[2.0, 1.0, 1.0], [1.0, 1.0, 0.5], [1.0, 1.5, 1.0]]
    weights = np.ones((3, 3))
    free = solve(prior, truth)
    weights[0, 0] = 0.01
    held = solve(prior, truth, weights)
    assert abs(held[0, 0] / prior[0, 0] - 1) < 0.1 * abs(free[0, 0] / prior[0, 0] - 1)
    assert_allclose(held.sum(1), truth.sum(1), rtol=1e-10)


def test_contradicting_controls_are_refused_by_number() -> None:
    controls = csr_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    with pytest.raises(BalanceError, match=r"controls \[") as refusal:
        balance(np.ones(3), controls, np.array([2.0, 3.0, 1.0]), weights=np.ones(3), scale=np.array([2.0, 3.0, 1.0]))
    assert "contradict" in str(refusal.value)

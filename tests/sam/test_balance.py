"""Properties of every method of balancing on random tables, and answers known by hand or from another solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.sparse import coo_matrix, csr_matrix

from sam.balance import METHODS, Balanced, Problem, balance
from sam.balance.dual import LINKS
from sam.balance.problem import FLOOR

FEW = settings(max_examples=25, deadline=None)
EVERY = pytest.mark.parametrize("method", METHODS)
SIGNED = pytest.mark.parametrize("method", METHODS[1:])


def margins(table: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    """Controls on the row and column sums of the cells of a table, and those cells."""
    at = np.argwhere(table != 0)
    cells = np.arange(len(at))
    rows = np.concatenate([at[:, 0], table.shape[0] + at[:, 1]])
    shape = (sum(table.shape), len(at))
    return coo_matrix((np.ones(2 * len(at)), (rows, np.concatenate([cells, cells]))), shape=shape).tocsr(), at


@st.composite
def tables(draw: st.DrawFn, *, negative: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A prior and a truth with the same zeros and signs; every row and column holds a cell."""
    n, m = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pattern = rng.random((n, m)) < draw(st.floats(0.4, 1.0))
    pattern[np.arange(max(n, m)) % n, np.arange(max(n, m)) % m] = True
    spread = draw(st.floats(0.0, 1.0))
    sign = np.where(rng.random((n, m)) < negative, -1.0, 1.0)
    prior = np.where(pattern, sign * np.exp(rng.normal(0, 1.5, (n, m))), 0.0)
    return prior, prior * np.exp(rng.normal(0, spread, (n, m)))


def problem(prior: np.ndarray, truth: np.ndarray, **more: np.ndarray) -> Problem:
    controls, at = margins(prior)
    more = {k: v[tuple(at.T)] for k, v in more.items()}
    return Problem(prior[tuple(at.T)], controls, controls @ truth[tuple(at.T)], **more)


def signs(method: str) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    return tables(negative=0.0 if method == "ras" else 0.3)


def total(prior: list[float], target: float, **more: np.ndarray) -> Problem:
    return Problem(np.array(prior), csr_matrix(np.ones((1, len(prior)))), np.array([target]), **more)


@EVERY
@FEW
@given(st.data())
def test_margins_are_met_and_zeros_and_signs_stay(method, data) -> None:
    prior, truth = data.draw(signs(method))
    p = problem(prior, truth)
    done = balance(p, method=method)
    assert done.gap <= 1e-11
    assert np.abs((p.controls @ done.values - p.targets) / p.sizes).max() <= 1e-11
    assert (np.sign(done.values) == np.sign(p.prior)).all()
    with_zeros = Problem(prior.ravel(), *_whole(prior, truth))
    found = balance(with_zeros, method=method).values.reshape(prior.shape)
    assert ((found == 0) == (prior == 0)).all()
    assert_allclose(found[prior != 0], done.values, rtol=1e-6, atol=1e-9 * np.abs(prior).max())


def _whole(prior: np.ndarray, truth: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    n, m = prior.shape
    a = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    return csr_matrix(a), a @ truth.ravel()


@EVERY
@FEW
@given(st.data())
def test_a_balanced_prior_is_a_fixed_point(method, data) -> None:
    _, truth = data.draw(signs(method))
    p = problem(truth, truth)
    done = balance(p, method=method)
    assert done.rounds == 0
    assert_allclose(done.values, p.prior, rtol=1e-14)


@EVERY
@FEW
@given(st.data())
def test_the_result_is_a_fixed_point(method, data) -> None:
    p = problem(*data.draw(signs(method)))
    done = balance(p, method=method).values
    again = balance(Problem(done, p.controls, p.targets), method=method).values
    assert_allclose(again, done, rtol=1e-7, atol=1e-10 * np.abs(done).max())


@EVERY
@FEW
@given(st.data(), st.floats(1e-6, 1e6))
def test_units_do_not_matter(method, data, factor) -> None:
    prior, truth = data.draw(signs(method))
    found = balance(problem(factor * prior, factor * truth), method=method).values
    assert_allclose(found / factor, balance(problem(prior, truth), method=method).values, rtol=1e-6, atol=1e-9)


@SIGNED
@FEW
@given(st.data())
def test_receipts_and_payments_may_change_sides(method, data) -> None:
    prior, truth = data.draw(signs(method))
    found = balance(problem(-prior, -truth), method=method).values
    assert_allclose(-found, balance(problem(prior, truth), method=method).values, rtol=1e-6, atol=1e-9)


@EVERY
@FEW
@given(st.data())
def test_order_of_controls_does_not_matter(method, data) -> None:
    p = problem(*data.draw(signs(method)))
    turned = Problem(p.prior, p.controls[::-1], p.targets[::-1])
    first, second = (balance(x, method=method).values for x in (p, turned))
    assert_allclose(first, second, rtol=1e-6, atol=1e-9)


@EVERY
@FEW
@given(st.data())
def test_held_cells_stay(method, data) -> None:
    prior, truth = data.draw(signs(method))
    held = np.random.default_rng(len(prior)).random(prior.shape) < 0.3
    prior = np.where(held, truth, prior)
    p = problem(prior, truth, reliability=np.where(held, np.inf, 1.0))
    done = balance(p, method=method)
    assert (done.values[p.moves == 0] == p.prior[p.moves == 0]).all()
    assert done.gap <= 1e-11


@pytest.mark.slow
@FEW
@given(tables(negative=0.3))
def test_gras_is_where_its_sweeps_end(pair) -> None:
    """Rows, then columns, by the factors of Junius and Oosterhaven (2003) and Temurshoev and others (2013)."""
    prior, truth = pair
    x = prior.copy()
    for _ in range(20000):
        for table, total in ((x, truth.sum(1)), (x.T, truth.sum(0))):
            for line, b in zip(table, total, strict=True):
                positive, negative = line.clip(0).sum(), -line.clip(None, 0).sum()
                root = np.sqrt(b * b + 4 * positive * negative)
                factor = (b + root) / (2 * positive) if positive and b >= 0 else 2 * negative / (root - b)
                line[:] = np.where(line > 0, line * factor, line / factor)
        if np.abs(x.sum(1) - truth.sum(1)).max() < 1e-12 * np.abs(truth).sum():
            break
    for method in METHODS[1:3]:
        assert_allclose(balance(problem(prior, truth), method=method).values, x[prior != 0], rtol=1e-6, atol=1e-9)


@FEW
@given(tables())
def test_ras_is_biproportional(pair) -> None:
    prior, truth = pair
    p = problem(prior, truth)
    ras = prior.copy()
    for _ in range(20000):
        ras *= (truth.sum(1) / ras.sum(1))[:, None]
        ras *= truth.sum(0) / ras.sum(0)
        if np.abs(ras.sum(1) / truth.sum(1) - 1).max() < 1e-12:
            break
    for method in METHODS[:3]:
        assert_allclose(balance(p, method=method).values, ras[prior > 0], rtol=1e-6)


@pytest.mark.parametrize("method", LINKS)
@FEW
@given(pair=tables(negative=0.3), seed=st.integers(0, 1000))
def test_optimum_beats_every_table_beside_it(method, pair, seed) -> None:
    """First-order optimality on the null space of the controls, with reliabilities."""
    rng = np.random.default_rng(seed)
    p = problem(*pair, reliability=np.exp(rng.normal(0, 1, pair[0].shape)))
    x = balance(p, method=method).values
    null = np.eye(len(x)) - np.linalg.pinv(p.controls.toarray()) @ p.controls.toarray()
    best = _distance(method, p, x)
    for _ in range(20):
        move = null @ rng.normal(0, 1, len(x))
        size = np.abs(move / x).max()
        if size > 1e-9:
            other = x + 0.5 * move / size
            keeps = method == "cross-entropy" or (np.abs(other) >= FLOOR * np.abs(p.prior)).all()
            assert not keeps or _distance(method, p, other) >= best - 1e-9 * (1 + best)


def _distance(method: str, p: Problem, x: np.ndarray) -> float:
    z = x / p.prior
    f = z * np.log(z) - z + 1 if method == "cross-entropy" else (z - 1) ** 2 / 2
    return float((np.abs(p.prior) / p.moves * f).sum())


@pytest.mark.parametrize("seed", range(5))
def test_least_squares_against_a_general_solver(seed) -> None:
    rng = np.random.default_rng(seed)
    prior = rng.normal(0, 1, 6)
    a = rng.normal(0, 1, (2, 6))
    b = a @ (prior * rng.uniform(0, 3, 6))
    weights = rng.uniform(0.3, 3, 6)
    done = balance(Problem(prior, csr_matrix(a), b, reliability=weights), method="least-squares").values
    other = minimize(
        lambda z: (np.abs(prior) * weights * (z - 1) ** 2).sum(), np.ones(6), method="SLSQP",
        bounds=[(FLOOR, None)] * 6, constraints={"type": "eq", "fun": lambda z: a @ (prior * z) - b},
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert other.success
    assert_allclose(done, prior * other.x, atol=2e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("method", ["gras", "cross-entropy"])
def test_entropy_against_a_general_solver(method, seed) -> None:
    rng = np.random.default_rng(seed)
    prior = rng.normal(0, 1, 6)
    a = rng.normal(0, 1, (2, 6))
    b = a @ (prior * rng.uniform(0.3, 2, 6))
    weights = rng.uniform(0.3, 3, 6)
    done = balance(Problem(prior, csr_matrix(a), b, reliability=weights), method=method).values
    other = minimize(
        lambda z: (np.abs(prior) * weights * (z * np.log(z) - z + 1)).sum(), np.ones(6), method="SLSQP",
        bounds=[(1e-9, None)] * 6, constraints={"type": "eq", "fun": lambda z: a @ (prior * z) - b},
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert other.success
    assert_allclose(done, prior * other.x, atol=2e-6)


def test_answers_by_hand() -> None:
    """One total; an account that pays what it receives; a total that gives way halfway."""
    assert_allclose(balance(total([1, 3], 8.0), method="ras").values, [2, 6], rtol=1e-12)
    factor = (4 + np.sqrt(4**2 + 4 * 3 * 1)) / (2 * 3)
    for method in ("gras", "cross-entropy"):
        assert_allclose(balance(total([3, -1], 4.0), method=method).values, [3 * factor, -1 / factor], rtol=1e-10)
    assert_allclose(balance(total([3, -1], 4.0), method="least-squares").values, [4.5, -0.5], rtol=1e-10)
    twice = {"reliability": np.array([1.0, 2.0])}
    assert_allclose(balance(total([2, 4], 10.0, **twice), method="least-squares").values, [4, 6], rtol=1e-10)
    account = Problem(np.array([4.0, 9.0]), csr_matrix([[1.0, -1.0]]), np.zeros(1))
    for method, mean in (("ras", 6), ("cross-entropy", 6), ("least-squares", 2 * 4 * 9 / 13)):
        assert_allclose(balance(account, method=method).values, [mean, mean], rtol=1e-10)
    soft = total([4], 9.0, firmness=np.ones(1))
    for method, mean in (("ras", 6), ("cross-entropy", 6), ("least-squares", 2 * 4 * 9 / 13)):
        done = balance(soft, method=method)
        assert_allclose([*done.values, *done.targets], [mean, mean], rtol=1e-10)


def test_least_squares_stops_at_the_sign() -> None:
    weights = np.array([1, 0.01, 1])
    done = balance(total([1, 1, 10], 10.0, reliability=weights), method="least-squares").values
    assert_allclose(done, [10 / 11, FLOOR, 100 / 11], rtol=1e-6)
    done = balance(total([1, 1, 10], 10.0, reliability=weights), method="cross-entropy").values
    assert (done > 0).all()


@EVERY
def test_a_reliable_cell_moves_less(method) -> None:
    prior = np.array([[4.0, 2.0, 1.0], [1.0, 5.0, 2.0], [3.0, 3.0, 3.0]])
    truth = prior * [[2.0, 1.0, 1.0], [1.0, 1.0, 0.5], [1.0, 1.5, 1.0]]
    weights = np.ones((3, 3))
    free = balance(problem(prior, truth), method=method).values
    weights[0, 0] = 100.0
    held = balance(problem(prior, truth, reliability=weights), method=method)
    assert abs(held.values[0] / 4 - 1) < 0.1 * abs(free[0] / 4 - 1)
    assert held.gap <= 1e-11


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_firm_total_gives_way_less(method) -> None:
    def at(firmness: float) -> Balanced:
        return balance(total([5, 8, -2], 22.0, firmness=np.array([firmness])), method=method)

    reached = [at(f).targets[0] for f in (0.1, 1.0, 10.0, 1e6)]
    assert 11 < reached[0] < reached[1] < reached[2] < reached[3] < 22
    assert reached[3] == pytest.approx(22, rel=1e-4)
    hard = balance(total([5, 8, -2], 22.0), method=method)
    assert_allclose(at(1e9).values, hard.values, rtol=1e-6)


def test_large_problems_take_the_iterative_path(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    prior = rng.normal(1, 1, (40, 40))
    p = problem(prior, prior * np.exp(rng.normal(0, 0.5, prior.shape)))
    for method in LINKS:
        direct = balance(p, method=method).values
        with monkeypatch.context() as patch:
            patch.setattr("sam.balance.dual.SMALL", 0)
            assert_allclose(balance(p, method=method).values, direct, rtol=1e-7, atol=1e-9)
            patch.setattr("sam.balance.dual.ITERATIONS", 1)
            assert_allclose(balance(p, method=method).values, direct, rtol=1e-7, atol=1e-9)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="targets has length 2"):
        Problem(np.ones(3), csr_matrix(np.ones((1, 3))), np.ones(2))


def test_miller_and_blair_example() -> None:
    """Data of Miller and Blair (2009), section 7.4.2 (GAMS library model IOBALANCE); answer of a general solver."""
    coefficients = np.array([[0.120, 0.100, 0.049], [0.210, 0.247, 0.265], [0.026, 0.249, 0.145]])
    flows = coefficients * [421, 284, 283]
    later = np.array([[98.0, 72, 75], [65, 8, 63], [88, 27, 44]])
    controls, _ = margins(flows)
    p = Problem(flows.ravel(), controls, controls @ later.ravel())
    other = minimize(
        lambda x: (x * np.log(x / p.prior) - x).sum(), later.ravel(), jac=lambda x: np.log(x / p.prior), method="SLSQP",
        bounds=[(1e-3, None)] * 9, options={"ftol": 1e-15, "maxiter": 500},
        constraints={"type": "eq", "fun": lambda x: (controls @ x - p.targets)[:-1]},
    )  # fmt: skip
    assert other.success
    for method in METHODS[:3]:
        assert_allclose(balance(p, method=method).values, other.x, rtol=2e-5)

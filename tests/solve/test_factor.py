"""Sparse factors where little fills in: the answers of dense ones, and a rule that tells shapes of matrices apart."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pb1
import pytest
import ramsey
from duality import duality_gap
from pb1_economies import draw
from scipy.sparse import block_diag, csr_matrix, diags, identity, random

from cge.language.algebra import Theory
from cge.solve import linear
from cge.solve.condensed import Condensed
from cge.solve.factor import LARGEST_FILL, Dense, Sparse, Split, one_after_the_other, thin_order
from cge.solve.system import System
from cgebase.errors import SpecificationError

SHOCK = {"first": 0.8}


def _growth(periods: int, goods: int):
    system, p, active = ramsey.problem(periods, goods)
    assert system.solve(p, {}, active, max_iter=0).max_residual < 1e-12, "the steady state is a solution"
    p |= SHOCK | {"skill": np.linspace(1.0, 1.5, periods)}
    return system, p, active, system.solve(p, {}, active)


@pytest.fixture(scope="module")
def growth():
    return _growth(40, 24)


@pytest.mark.slow
def test_all_periods_at_once_have_the_answer_of_a_dense_factor(growth, monkeypatch):
    system, p, active, solved = growth
    assert solved.factor.size > linear.LEAST and isinstance(solved.factor, Sparse)
    monkeypatch.setattr(linear, "LEAST", 10**9)
    dense = ramsey.problem(40, 24)[0].solve(p, {}, active)
    assert not isinstance(dense.factor, Sparse)
    for name, x in dense.values.items():
        np.testing.assert_allclose(solved.values[name], x, rtol=1e-8, err_msg=name)


@pytest.mark.slow
def test_twice_the_periods_fill_twice_as_much(growth):
    *_, solved = growth
    *_, longer = _growth(80, 24)
    cells = [s.factor.fill * s.factor.size**2 for s in (solved, longer)]
    assert cells[1] == pytest.approx(2 * cells[0], rel=0.1)


@pytest.mark.slow
def test_periods_of_an_economy_with_large_tables_stay_sparse():
    """Products of its definitions take many multiplications for each cell that they fill."""
    assert isinstance(_growth(45, 72)[-1].factor, Sparse)


def test_gradients_through_a_Sparse(growth):
    system, p, active, solved = growth
    data = {n: np.asarray(x, float) for n, x in p.items()}
    assert duality_gap(system, data, solved.values, active) < 1e-10
    by = system.gradient(data, solved.values, active, {"C": {"y0": 1}})["first"]
    up, down = (system.solve(p | {"first": 0.8 + h}, {}, active, tol=1e-12).values["C"][0] for h in (1e-4, -1e-4))
    assert float(by) == pytest.approx((up - down) / 2e-4, rel=1e-6)


@pytest.mark.slow
def test_prices_come_before_quantities_where_regions_trade_with_constant_returns(monkeypatch):
    """PB-1: two large dense factors instead of one, the same answer; gradients go back through both."""
    system, p, start = pb1.problem(draw(10, 52))
    capped = p | {"cap": np.full(10, 0.7)}
    solved = system.solve(capped, start, pb1.ACTIVE)
    assert solved.factor.size > linear.LEAST and isinstance(solved.factor, Split)
    assert duality_gap(system, capped, solved.values, pb1.ACTIVE) < 1e-10
    monkeypatch.setattr(linear, "one_after_the_other", lambda *_: None)
    whole = system.solve(capped, start, pb1.ACTIVE)
    assert isinstance(whole.factor, Dense) and whole.iterations == solved.iterations
    for name, x in whole.values.items():
        np.testing.assert_allclose(solved.values[name], x, rtol=1e-7, atol=1e-9, err_msg=name)


EDGES = np.array([0, 500, 1000, 1040])


def _blocks(zero: tuple[int, int] | None) -> np.ndarray:
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(1040, 1040)) + 60 * np.roll(np.eye(1040), 500, axis=1)
    if zero is not None:
        matrix[EDGES[zero[0]] : EDGES[zero[0] + 1], EDGES[zero[1]] : EDGES[zero[1] + 1]] = 0.0
    return matrix


class _Products:
    def __init__(self, matrix):
        self.matrix = matrix

    def apply(self, direction):
        return self.matrix @ direction

    def apply_transposed(self, weights):
        return weights @ self.matrix


def _condensed(matrix: np.ndarray, edges: np.ndarray, form: type) -> Condensed:
    """The matrix with no hubs; or with a hub for each unknown, through which half of it goes."""
    n = len(matrix)
    if form is not np.array:
        return Condensed(edges, csr_matrix(matrix), {}, csr_matrix((0, n)))
    both = np.hstack([matrix / 2, matrix / 2])
    heavy = {k: both[a:b] for k, (a, b) in enumerate(pairwise(edges))}
    return Condensed(edges, csr_matrix((n, 2 * n)), heavy, identity(n, format="csr"))


@pytest.mark.parametrize("form", [np.array, csr_matrix])
@pytest.mark.parametrize("zero", [(0, 0), (1, 1), None])
def test_a_split_factor_answers_like_a_whole_one(zero, form):
    """Rows of prices may be paired with quantities: the block that is zero says what comes first."""
    matrix = _blocks(zero)
    condensed = _condensed(matrix, EDGES, form)
    np.testing.assert_allclose(condensed.dense(), matrix, rtol=1e-15)
    groups = one_after_the_other(condensed, EDGES, EDGES)
    assert (groups is not None) == (zero is not None)
    if groups is None:
        return
    right, factor = np.arange(1.0, 1041.0), Split(condensed, _Products(matrix), groups, EDGES)
    for transposed, a in ((False, matrix), (True, matrix.T)):
        np.testing.assert_allclose(a @ factor.solve(right, transposed=transposed), right, rtol=1e-8)


@pytest.mark.parametrize("edges", [[0, 1040], [0, 490, 1000, 1040], [0, 300, 600, 1040]])
def test_groups_that_are_few_unlike_or_small_are_not_split(edges):
    matrix = _condensed(_blocks((0, 0)), np.array(edges), np.array)
    assert one_after_the_other(matrix, np.array(edges), EDGES) is None


def _band(n: int) -> csr_matrix:
    return diags([1.0, 2.0, 1.0], [-1, 0, 1], (n, n)).tocsr()


def _arrow(n: int) -> csr_matrix:
    whole = _band(n).tolil()
    whole[0, :] = whole[:, -1] = 1.0
    return whole.tocsr()


SHUFFLE = np.random.default_rng(1).permutation(1200)
SHAPES = {
    "a band": (_band(1200), True),
    "a band out of order": (_band(1200)[SHUFFLE][:, SHUFFLE], True),
    "a band with one row and one column that touch all": (_arrow(1200), True),
    "blocks": (block_diag([np.ones((20, 20))] * 60, "csr"), True),
    "few large blocks": (block_diag([np.ones((300, 300))] * 4, "csr"), False),
    "anything with anything, few in a row": (random(1200, 1200, 0.004, "csr", random_state=1), False),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_order_tells_what_stays_thin(name):
    """Where it does, the factor has no more cells than foreseen, and answers forward and transposed."""
    matrix, thin = SHAPES[name]
    order = thin_order(matrix)
    assert (order is not None) == thin
    if not thin:
        return
    matrix = csr_matrix(matrix + 9 * identity(matrix.shape[0]))
    rows = np.random.default_rng(2).permutation(matrix.shape[0])
    mixed, right = matrix[rows], np.arange(1.0, matrix.shape[0] + 1)
    factor = Sparse(mixed, np.argsort(rows)[order], order)
    assert factor.fill <= LARGEST_FILL
    for transposed, a in ((False, mixed), (True, mixed.T)):
        np.testing.assert_allclose(a @ factor.solve(right, transposed=transposed), right, rtol=1e-9)
    assert pickle.loads(pickle.dumps(factor)).size == -1, "another process makes its own"  # noqa: S301 - our own


def test_a_long_model_with_rows_that_depend_on_each_other_is_refused():
    t = Theory("long")
    years = t.set("y", ordered=True)
    y = years.index("y")
    note = {"unit": "1", "description": "test"}
    x, z = (t.variable(n, (years,), default=1.0, **note) for n in "xz")
    t.equation("one", (y,), x[y] - z[y], pairs=x)
    t.equation("again", (y,), 2 * x[y] - 2 * z[y], pairs=z)
    system = System(t, {"y": [str(k) for k in range(700)]})
    with pytest.raises(SpecificationError, match="again"):
        system.solve({}, {}, ["one", "again"])

"""Controls that cannot be met are named with what contradicts what; nothing loops."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, vstack
from test_balance import EVERY, margins, tables

from cgebase.errors import BalanceError
from cgebase.messages import Message
from sam.balance import METHODS, Problem, balance
from sam.balance.feasible import contradictions

ENTRIES = pytest.mark.parametrize("method", ["ras", "cross-entropy", "least-squares"])


def refusal(problem: Problem, method: str, **more: float) -> Message:
    start = time.monotonic()
    with pytest.raises(BalanceError) as caught:
        balance(problem, method=method, **more)
    assert time.monotonic() - start < 10
    said = caught.value.args[0]
    assert isinstance(said, Message) and said.zh != said
    return said


def named(said: str, names: list[str]) -> set[str]:
    return {n for n in names if f" {n}," in said or f" {n}:" in said}


@pytest.mark.slow
@EVERY
@settings(max_examples=15, deadline=None)
@given(tables(), st.data())
def test_two_values_of_one_total_are_both_named(method, pair, data) -> None:
    prior, truth = pair
    controls, at = margins(prior)
    targets = controls @ truth[tuple(at.T)]
    i = data.draw(st.integers(0, len(targets) - 1))
    factor = data.draw(st.sampled_from([0.5, 0.99, 1.001, 3.0]))
    names = [f"c{k}c" for k in range(len(targets))] + ["again"]
    p = Problem(
        prior[tuple(at.T)], vstack([controls, controls[i]], format="csr"), np.append(targets, factor * targets[i]),
        names=names,
    )  # fmt: skip
    said = refusal(p, method)
    assert said.code == "SAM314" and "contradict each other" in said
    found = named(said, names)
    assert "again" in found
    rest = [k for k, n in enumerate(names) if n in found]
    with pytest.raises(BalanceError):
        balance(Problem(p.prior, p.controls[rest], p.targets[rest]), method=method)


@ENTRIES
def test_rows_and_columns_of_different_sum_are_named_with_both_sums(method) -> None:
    table = np.random.default_rng(1).random((4, 5)) + 0.1
    controls, _ = margins(table)
    targets = controls @ table.ravel()
    targets[2] += 0.5
    names = [*(f"row {i}" for i in range(4)), *(f"column {i}" for i in range(5))]
    said = refusal(Problem(table.ravel(), controls, targets, names=names), method)
    assert named(said, names) == set(names)
    assert "at most 0, their targets to 0.5" in said
    assert {line.split(" x ")[0].strip() for line in said.splitlines() if "row" in line} == {"+1"}
    assert {line.split(" x ")[0].strip() for line in said.splitlines() if "column" in line} == {"-1"}


@ENTRIES
def test_zeros_that_leave_no_way_are_named(method) -> None:
    """The only cell of row 0 stands in column 0, whose total is smaller."""
    prior = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    controls, _ = margins(prior)
    names = [*(f"row {i}" for i in range(3)), *(f"column {i}" for i in range(3))]
    said = refusal(Problem(np.ones(7), controls, np.array([5.0, 2, 3, 3, 3, 4]), names=names), method)
    first = said[: said.index("4 controls")]
    assert "2 controls contradict each other" in first and named(first, names) == {"row 0", "column 0"}
    assert "their targets to 2:" in first and "其单元格合计至多为 0" in said.zh


@ENTRIES
def test_two_contradictions_are_told_apart(method) -> None:
    a = np.kron(np.eye(2), np.ones((2, 3)))
    names = ["here", "here again", "there", "there again"]
    said = refusal(Problem(np.ones(6), csr_matrix(a), np.array([3.0, 4, 5, 4]), names=names), method)
    assert said.count("2 controls contradict each other") == 2
    assert named(said, names) == set(names)


@EVERY
def test_one_sign_and_the_other_target(method) -> None:
    p = Problem(np.ones(3), csr_matrix(np.eye(3)), np.array([2.0, -1.0, 0.0]), names=["fine", "below", "nothing"])
    said = refusal(p, method)
    assert named(said, ["fine", "below", "nothing"]) == {"below", "nothing"}
    assert "below: target -1, held cells add up to 0" in said and "one sign" in said


@EVERY
def test_held_and_empty_cells_against_a_target(method) -> None:
    p = Problem(
        np.array([2.0, 3.0, 0.0, 1.0]), csr_matrix([[1.0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 1]]),
        np.array([6.0, 1.0, 5.0]), reliability=np.array([np.inf, np.inf, 1, 1]), names=["held", "empty", "open"],
    )  # fmt: skip
    said = refusal(p, method)
    assert "held: target 6, but its cells are all zero or held and add up to 5" in said
    assert "empty: target 1, but its cells are all zero or held and add up to 0" in said
    assert "open" not in said


@pytest.mark.parametrize("method", METHODS[1:])
def test_contradictions_among_cells_of_both_signs(method) -> None:
    """x - y = 4 and x - 2 y = 3 with x > 0 > y leave no y."""
    p = Problem(np.array([1.0, -1.0]), csr_matrix([[1.0, 1.0], [1.0, 2.0]]), np.array([4.0, 5.0]), names=["one", "two"])
    said = refusal(p, method)
    assert named(said, ["one", "two"]) == {"one", "two"}


def nearly_met(excess: float) -> Problem:
    """Row and column totals whose sums differ by so much."""
    table = np.random.default_rng(1).random((4, 5)) + 0.1
    controls, _ = margins(table)
    targets = controls @ (table * np.random.default_rng(2).random((4, 5))).ravel()
    targets[2] += excess
    names = [*(f"row {i}" for i in range(4)), *(f"column {i}" for i in range(5))]
    return Problem(table.ravel(), controls, targets, names=names)


@ENTRIES
def test_contradictions_no_larger_than_rounding_are_named(method) -> None:
    p = nearly_met(1e-9)
    said = refusal(p, method)
    assert said.code == "SAM314" and "9 controls contradict each other" in said and "their targets to 1e-09:" in said
    balance(p, method=method, tolerance=1e-8)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=9, max_size=9))
def test_a_contradiction_is_named_alike_however_its_factors_are_rounded(noise) -> None:
    """Factors come out of a linear solver, whose last digits differ between processors."""
    p = nearly_met(1e-9)
    p = Problem(p.prior, p.controls, np.array([1.0, 1, 1, 1 + 1e-9, 0.8, 0.8, 0.8, 0.8, 0.8]), names=p.names)
    sides = np.repeat([1.0, -1.0], [4, 5])
    exact, rounded = (contradictions(p, p.sizes * sides * (1 + 1e-14 * np.array(x))) for x in (0.0, noise))
    assert exact == rounded and "their targets to 1e-09:" in exact[0]
    assert [line.split(" x ")[1] for line in exact[0].splitlines()[1:3]] == ["row 3, target 1", "row 0, target 1"]


@ENTRIES
def test_a_method_that_stops_names_the_worst_controls(method, monkeypatch) -> None:
    monkeypatch.setattr("sam.balance.dual.ROUNDS", 2)
    table = np.random.default_rng(1).random((4, 5)) + 0.1
    controls, _ = margins(table)
    targets = controls @ (table * np.exp(np.random.default_rng(2).normal(0, 3, (4, 5)))).ravel()
    names = [*(f"row {i}" for i in range(4)), *(f"column {i}" for i in range(5))]
    said = refusal(Problem(table.ravel(), controls, targets, names=names), method)
    assert said.code == "SAM303" and named(said, names) and "未达到 1e-11" in said.zh


@ENTRIES
def test_a_total_that_gives_way_settles_the_contradiction(method) -> None:
    p = Problem(np.ones(2), csr_matrix(np.ones((2, 2))), np.array([3.0, 6.0]), firmness=np.array([np.inf, 1.0]))
    done = balance(p, method=method)
    assert done.values.sum() == pytest.approx(3.0) and done.targets[1] == pytest.approx(3.0)


def test_faults_of_a_problem_come_all_at_once() -> None:
    with pytest.raises(BalanceError) as caught:
        Problem(
            np.array([1.0, np.nan, 2.0]), csr_matrix(np.ones((2, 3))), np.array([np.inf, 0.0]),
            reliability=np.array([1.0, 1.0, 0.0]), firmness=np.array([-1.0, 1.0]), names=["all", "none"],
        )  # fmt: skip
    said = caught.value.args[0]
    assert said.code == "SAM310" and said.startswith("5 faults")
    for words in ("cell 1 is nan", "target of all is inf", "reliability of cell 2 is 0.0", "target of all is -1.0",
                  "target of none is 0 and cannot give way"):  # fmt: skip
        assert words in said


def test_ras_refuses_negative_cells_and_an_unknown_method() -> None:
    p = Problem(np.array([1.0, -2.0]), csr_matrix(np.ones((1, 2))), np.ones(1))
    said = refusal(p, "ras")
    assert said.code == "SAM315" and "found 1: 1; use gras" in said
    said = refusal(p, "cross-entrop")
    assert said.code == "SAM316" and "did you mean 'cross-entropy'?" in said

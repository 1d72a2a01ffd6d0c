"""The least move: a planted truth is found, the shortest of many is taken, what is out of reach is said."""

from __future__ import annotations

import numpy as np
import pytest

from cge.analysis.least_move import least_move

FAR = np.full(6, 3.0)


def bent(z: np.ndarray) -> np.ndarray:
    """Two numbers that bend."""
    return np.array([7.0 + 0.8 * z[0] - 0.5 * np.exp(0.3 * z[1]) + 0.2 * z[2] ** 2, 5.0 + 0.4 * z[1] + np.tanh(z[0])])


def slopes(of, h=1e-6):
    return lambda z: np.array([(of(z + h * e) - of(z - h * e)) / (2 * h) for e in np.eye(len(z))]).T


def test_a_planted_truth_is_recovered():
    def of(z):
        return bent(np.append(z, 0.0))

    truth = np.array([0.9, -1.3])
    found = least_move(of, slopes(of), of(truth), (-FAR[:2], FAR[:2]), 1e-6)
    assert found.met
    np.testing.assert_allclose(found.at, truth, atol=1e-5)


def test_the_shortest_of_all_moves_is_taken():
    wide = np.random.default_rng(3).normal(size=(2, 6))

    def of(z):
        return wide @ z + 0.05 * np.array([z @ z, z[0] * z[1]])

    wanted = np.array([1.0, -2.0])
    found = least_move(of, slopes(of), wanted, (-FAR, FAR), 1e-3)
    assert found.met and np.abs(of(found.at) - wanted).max() <= 1e-3
    by = slopes(of)(found.at)
    along = by.T @ np.linalg.lstsq(by.T, found.at, rcond=None)[0]
    assert np.linalg.norm(found.at - along) < 2e-2 * found.length, "nothing of it leaves the numbers as they are"


def test_what_bounds_do_not_reach_is_said_with_the_nearest():
    def of(z):
        return np.array([z.sum()])

    found = least_move(of, slopes(of), np.array([40.0]), (-FAR, FAR), 1e-3)
    assert not found.met and found.reached[0] == pytest.approx(18.0) and np.allclose(found.at, 3.0)


def test_a_step_without_a_solution_is_halved():
    def of(z):
        if z[0] > 1.2:
            raise ZeroDivisionError
        return np.array([np.log1p(z[0])])

    found = least_move(of, slopes(of), np.array([0.7]), (np.array([-0.9]), np.array([3.0])), 1e-6,
                       refused=(ZeroDivisionError,))  # fmt: skip
    assert found.met and found.at[0] == pytest.approx(np.expm1(0.7), abs=1e-4)
    with pytest.raises(ZeroDivisionError):
        least_move(of, lambda _: 1 / 0, np.array([0.7]), (np.array([-0.9]), np.array([3.0])), 1e-6)

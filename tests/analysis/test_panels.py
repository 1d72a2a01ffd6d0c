"""An integral that chooses its points: exact where slopes are smooth, points where they are not, parts that add up."""

from __future__ import annotations

import numpy as np
import pytest

from cge.analysis.panels import ENOUGH, integrate

KINK = 0.83


def followed(slope, value, most=60):
    asked = []

    def spread(calls):
        return [call() for call in calls]

    def at(x):
        asked.append(x)
        return lambda: {"m": slope(x)}

    first = {"m": value(0.0)}
    return integrate(at, lambda x: lambda: {"m": value(x)}, first, spread=spread, most=most), sorted(asked)


def smooth(x):
    """Two causes of one kind, two provinces."""
    return np.array([[[3 * x**2, 1.0], [np.exp(x), 0.0]]])


def test_a_smooth_way_takes_six_points_and_adds_up():
    found, asked = followed(smooth, lambda x: np.array([x**3 + np.exp(x), x]))
    assert found.points == len(asked) == 6 and found.missed["m"] < 1e-5
    np.testing.assert_allclose(found.effect["m"][0], [[1.0, 1.0], [np.e - 1, 0.0]], atol=1e-5)
    np.testing.assert_allclose(found.effect["m"].sum((0, 1)), found.end["m"] - [1.0, 0.0], rtol=1e-12)


def bent(x):
    return np.array([[[1.0, 0.0], [200.0 * (x > KINK), 1.0]]])


def of_bent(x):
    return np.array([x + 200.0 * max(x - KINK, 0.0), x])


def test_points_gather_where_the_slope_jumps():
    found, asked = followed(bent, of_bent)
    assert 6 < found.points <= 60 and found.missed["m"] <= ENOUGH
    near = [x for x in asked if abs(x - KINK) < 0.125]
    assert len(near) > len(asked) / 2
    np.testing.assert_allclose(found.effect["m"].sum((0, 1)), of_bent(1.0), rtol=1e-12)
    np.testing.assert_allclose(found.effect["m"][0, :, 0], [1.0, 200.0 * (1 - KINK)], rtol=0.02, atol=0.02)


@pytest.mark.parametrize("most", [6, 12, 18])
def test_no_more_points_than_allowed_and_what_is_missed_is_said(most):
    found, asked = followed(bent, of_bent, most)
    assert len(asked) == found.points <= most
    assert most > 6 or found.missed["m"] > ENOUGH

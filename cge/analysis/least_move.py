"""The least move that makes numbers what they shall be: Gauss-Newton on their derivatives, each step within bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from cgebase.arrays import Array

Values = Callable[[Array], Array]
"""Numbers at a move, (m,); raises an error of ``refused`` where there is no solution."""
Slopes = Callable[[Array], Array]
"""Their derivatives by each coordinate of the move, (m, n), at the move asked for last."""
WEIGHT = 1e-4
"""Weight of the length of the move beside what it misses, points for one range: small, so that the numbers are met."""
STEPS, HALVES = 12, 6
STILL = 1e-2
"""Change of the move, in parts of its length, below which it is the least one."""


@dataclass(frozen=True)
class Move:
    """Where the way ended.

    Parameters
    ----------
    at : ndarray, (n,)
        In ranges of each coordinate.
    reached : ndarray, (m,)
        Numbers there.
    slopes : ndarray, (m, n)
        Derivatives of the last point they were asked at.
    met : bool
        Whether all numbers are what they shall be.
    """

    at: Array
    reached: Array
    slopes: Array
    met: bool

    @property
    def length(self) -> float:
        """Norm of the move."""
        return float(np.linalg.norm(self.at))


def least_move(
    values: Values, slopes: Slopes, wanted: Array, bounds: tuple[Array, Array], tolerance: float, *,
    refused: Sequence[type[Exception]] = (),
) -> Move:  # fmt: skip
    """Least move, by its norm, from zero to where numbers are what they shall be.

    Parameters
    ----------
    bounds : tuple of ndarray, (n,)
        Least and largest move of each coordinate.
    tolerance : float
        How near counts as met.
    refused : sequence of exception types
        What ``values`` raises where there is no solution; a step that ends there is halved.

    Returns
    -------
    Move
        The nearest that was reached where the numbers are not met within the bounds.
    """
    at = np.zeros(len(bounds[0]))
    found = values(at)
    by = slopes(at)
    for _ in range(STEPS):
        aim = _nearest(by, wanted - found + by @ at, bounds)
        step, before = aim - at, _missed(found, wanted)
        moved = np.linalg.norm(step) > STILL * np.linalg.norm(aim)
        if not moved and before <= tolerance:
            break
        for half in range(HALVES):
            there = at + step / 2**half
            try:
                reached = values(there)
            except tuple(refused):
                continue
            if _missed(reached, wanted) <= max(before * (1 - 0.1 / 2**half), tolerance):
                break
        else:
            break
        at, found = there, reached
        by = slopes(at)
    return Move(at, found, by, bool(_missed(found, wanted) <= tolerance))


def _missed(found: Array, wanted: Array) -> float:
    return float(np.abs(found - wanted).max())


def _nearest(by: Array, right: Array, bounds: tuple[Array, Array]) -> Array:
    """Least vector within bounds whose linear numbers are nearest to what they shall be."""
    matrix = np.vstack([by / WEIGHT, np.eye(by.shape[1])])
    given = np.concatenate([right / WEIGHT, np.zeros(by.shape[1])])
    return np.asarray(lsq_linear(matrix, given, bounds, method="bvls", tol=1e-12).x)

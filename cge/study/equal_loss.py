"""Caps that make every province lose the same share of GDP at the same national total: an inverse problem.

Newton on the caps of the end year with exact responses of GDP to every province's caps. A province whose cap reaches a
bound stays there, with a loss of its own, as long as moving inside would take it further from the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cge.measure.derivatives import Solved, gdp_change, responses
from cge.policies.allocation import cap_path
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cgebase.arrays import Array
from cgebase.errors import ConvergenceError
from cgebase.messages import Message, message
from cgebase.progress import step

TOLERANCE = 5e-3
"""Percentage points between the losses of provinces inside their bounds."""
ROUNDS = 15
LARGEST_MOVE = 0.5
"""Largest change of the logarithm of a cap in one round."""


@dataclass(frozen=True)
class EqualLoss:
    """Caps found.

    Parameters
    ----------
    shares : ndarray, (r,)
        Cap of the end year over own base-year emissions.
    change : ndarray, (r,)
        Real GDP change of the last year, per cent.
    free : ndarray of bool, (r,)
        Provinces inside their bounds; their changes are equal.
    """

    shares: Array
    change: Array
    free: Array


def equal_loss(
    model: Solved, policy: Policy, *, target: float, start: int, end: int, bounds: tuple[float, float],
    nation: Array | None = None, log: Callable[[Message], None],
) -> EqualLoss:  # fmt: skip
    """Find the caps.

    Parameters
    ----------
    policy : Policy
        Everything but the caps.
    target : float
        National cap of the end year over base-year emissions.
    bounds : tuple of float
        Least and largest cap over own base-year emissions.
    nation : ndarray, (t,), optional
        National cap over base-year emissions by year, if it is no straight line.

    Raises
    ------
    ConvergenceError
        A run could not be solved, or the losses did not meet in the rounds allowed.
    """
    em0, years = model.benchmark.parameters["em0"], model.paths.years
    low, high = (np.full(len(em0), b) for b in bounds)
    shares = np.full(len(em0), target)
    for k in range(ROUNDS):
        table = cap_path(em0, shares, years, start=start, end=end, nation=nation)
        here = replace(policy, caps={y: table[t] for t, y in enumerate(years) if y >= start})
        run = run_policy(model.system, model.benchmark, model.paths, model.baseline, here, name="equal", log=_silent)
        change = gdp_change(model.baseline[-1], run[-1])
        free = ~(((shares <= low) & (change > _middle(change, shares, low, high))) |
                 ((shares >= high) & (change < _middle(change, shares, low, high))))  # fmt: skip
        spread = float(np.ptp(change[free])) if free.any() else 0.0
        log(step(message("equal_loss", round=k + 1, provinces=int(free.sum()), spread=spread), 0))
        if spread < TOLERANCE:
            return EqualLoss(shares, change, free)
        done = {y: np.clip((y - start) / (end - start), 0.0, 1.0) for y in here.caps}
        slopes = {y: em0 * shares * part for y, part in done.items()}
        by = responses(model, here, run, slopes, gdp_change).T
        shares = _step(shares, change, by, em0, free, low, high)
    raise ConvergenceError(message("CGE515", rounds=ROUNDS, spread=spread), iterations=ROUNDS)


def _silent(_: str) -> None:
    return


def _middle(change: Array, shares: Array, low: Array, high: Array) -> float:
    """Mean change of provinces strictly inside their bounds."""
    inside = (shares > low) & (shares < high)
    return float(change[inside].mean()) if inside.any() else float(change.mean())


def _step(shares: Array, change: Array, by: Array, em0: Array, free: Array, low: Array, high: Array) -> Array:
    """One Newton step in logarithms of the free shares and the common change, the national total kept."""
    at, n = np.flatnonzero(free), int(free.sum())
    system = np.zeros((n + 1, n + 1))
    system[:n, :n] = by[np.ix_(at, at)]
    system[:n, n] = -1.0
    system[n, :n] = em0[at] * shares[at]
    right = np.append(-change[at], 0.0)
    move = np.zeros(len(shares))
    move[at] = np.linalg.solve(system, right)[:n]
    move *= min(1.0, LARGEST_MOVE / max(float(np.abs(move).max()), 1e-12))
    new = np.clip(shares * np.exp(move), low, high)
    total = float(em0 @ shares)
    for _ in range(60):
        inside = (new > low) & (new < high)
        rest = total - float(em0[~inside] @ new[~inside])
        if not inside.any() or rest <= 0:
            break
        factor = rest / float(em0[inside] @ new[inside])
        if abs(factor - 1) < 1e-14:
            break
        new[inside] = np.clip(new[inside] * factor, low[inside], high[inside])
    return new

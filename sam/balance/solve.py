"""One signature for every method."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from cgebase.arrays import Array
from cgebase.errors import BalanceError
from cgebase.messages import joined, listed, message, near
from sam.balance import dual
from sam.balance.feasible import contradictions, hopeless
from sam.balance.problem import Attempt, Balanced, Problem

Method = Literal["ras", "gras", "cross-entropy", "least-squares"]
METHODS: tuple[Method, ...] = get_args(Method)
LISTED = 10
RESCALED = 4
"""Times that controls are measured anew by the result."""
ROUNDED = 1e-10
"""Gap relative to the result that is met: `cge sam check` asks for no less."""


def balance(problem: Problem, *, method: Method = "cross-entropy", tolerance: float = 1e-11) -> Balanced:
    """Find the table nearest to its prior that meets the controls; zeros stay, no sign flips.

    Parameters
    ----------
    problem : Problem
        Prior, controls, reliabilities, labels.
    method : {'ras', 'gras', 'cross-entropy', 'least-squares'}
        ``cross-entropy`` is also the table that RAS (no negative cells) and GRAS scale towards, so ``ras`` and
        ``gras`` are names of it. ``least-squares`` minimises squared relative moves; every cell keeps at least a
        millionth of its prior, and the report lists those that came so low.
    tolerance : float
        Largest violation of a hard control, relative to its size.

    Raises
    ------
    BalanceError
        Controls that cannot be met are named with the contradiction (SAM314); a method met too many rounds without
        a contradiction being found (SAM303); ``ras`` with negative cells (SAM315); unknown method (SAM316).

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> table = Problem(np.array([1.0, 3.0]), csr_matrix([[1.0, 1.0]]), np.array([8.0]))
    >>> balance(table).values.round(6)
    array([2., 6.])
    """
    if method not in METHODS:
        raise BalanceError(message("SAM316", name=method, near=near(method, METHODS), known=listed(METHODS)))
    if method == "ras":
        _refuse_negative(problem)
    hard = problem.hardened()
    stuck = hopeless(hard, tolerance)
    if stuck:
        raise BalanceError(joined(message("SAM314", count=len(stuck)), stuck))
    cells, reached = _solved(hard, method, tolerance)
    n = len(problem.prior)
    targets = problem.targets.copy()
    targets[problem.soft] = cells[n:]
    gap = float(np.abs(reached.gap).max(initial=0.0))
    return Balanced(problem, cells[:n], targets, gap, tolerance, reached.rounds, method)


def _solved(hard: Problem, method: Method, tolerance: float) -> tuple[Array, Attempt]:
    """Cells that meet the controls, by the size of each control in the prior and in the result.

    Where totals make a table far smaller than its prior, a gap that is small beside the prior may be large beside the
    result: the controls are then measured by the result and met again. Entropy goes on from there, which ends in the
    same table, since every table on the way is the prior times exponentials of the controls.
    """
    link = dual.LINKS["least-squares" if method == "least-squares" else "cross-entropy"]
    rounds = 0
    for _ in range(RESCALED):
        reached = dual.solve(hard, link, tolerance)
        rounds += reached.rounds
        if not reached.done:
            raise _refusal(hard, reached, tolerance, method)
        cells = hard.prior.copy()
        cells[(hard.prior != 0) & (hard.moves > 0)] *= reached.z
        size = np.maximum(abs(hard.controls) @ np.abs(cells), np.abs(hard.targets))
        size = np.where(size > 0, np.minimum(size, hard.sizes), hard.sizes)
        reached = replace(reached, rounds=rounds)
        if np.abs((hard.controls @ cells - hard.targets) / size).max(initial=0.0) <= max(tolerance, ROUNDED):
            return cells, reached
        hard = replace(hard, scale=size) if method == "least-squares" else replace(hard, prior=cells, scale=size)
    raise _refusal(hard, replace(reached, done=False), tolerance, method)


def _refuse_negative(problem: Problem) -> None:
    negative = np.flatnonzero(problem.prior < 0)
    if len(negative):
        cells = listed([problem.cell_name(int(k)) for k in negative[:LISTED]])
        raise BalanceError(message("SAM315", count=len(negative), cells=cells))


def _refusal(problem: Problem, reached: Attempt, tolerance: float, method: Method) -> BalanceError:
    """Why a method stopped: the contradiction by name, or the controls that are worst met."""
    found = contradictions(problem, reached.ray)
    if found:
        return BalanceError(joined(message("SAM314", count=len(found)), found))
    gap = np.abs(reached.gap)
    worst = [
        message("balance.gap", name=problem.name(int(i)), gap=gap[i])
        for i in np.argsort(-gap)[:LISTED] if gap[i] > tolerance
    ]  # fmt: skip
    head = message("SAM303", method=method, tolerance=tolerance, rounds=reached.rounds, gap=gap.max())
    return BalanceError(joined(head, worst))

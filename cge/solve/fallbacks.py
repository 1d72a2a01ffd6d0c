"""What is tried, in which order, where a solve does not converge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cge.solve.linear import Factor
from cge.solve.newton import Outcome, Status
from cge.solve.state import Rule

Array = np.ndarray
SMOOTHINGS = tuple(10.0**-k for k in range(11))
"""Products f x along which a mixed complementarity problem is followed when the direct forms fail."""


def climb(
    run: Callable[[Rule, float, Array, float, Factor | None], Outcome],
    u: Array,
    tol: float,
    factor: Factor | None,
    *,
    mixed: bool,
    log: Callable[[str], None] | None,
) -> tuple[Outcome, int, int]:
    """Ladder of remedies: active set; Fischer; path of smoothed problems; each solution made exact by the active set.

    Returns
    -------
    outcome, iterations, factorisations
        The counts hold every rung that was tried.
    """
    iterations = made = 0

    def note(out: Outcome, rung: str) -> Outcome:
        nonlocal iterations, made
        iterations, made = iterations + out.iterations, made + out.factorisations
        if log is not None and mixed and out.status is not Status.CONVERGED:
            log(f"  {rung}: {out.status} after {out.iterations} iterations")
        return out

    first = note(run(Rule.MINIMUM, 0.0, u, tol, factor), "active set")
    if not mixed or first.status is Status.CONVERGED:
        return first, iterations, made
    out = note(run(Rule.FISCHER, 0.0, u, tol, first.factor), "Fischer form")
    if out.status is not Status.CONVERGED:
        out = first
        for smoothing in SMOOTHINGS:
            start, accuracy = u if out is first else out.u, max(tol, 0.1 * smoothing)
            out = note(run(Rule.FISCHER, smoothing, start, accuracy, out.factor), f"f x = {smoothing:g}")
            if out.status is not Status.CONVERGED:
                return out, iterations, made
    out = note(run(Rule.MINIMUM, 0.0, out.u, tol, out.factor), "active set from there")
    return out, iterations, made

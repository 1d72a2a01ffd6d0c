"""Tangent and adjoint of one state against each other: both give the derivative of a weighted sum along a direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cge.solve.sensitivity import Sensitivity
from cge.solve.system import System


def duality_gap(
    system: System, parameters: Mapping[str, np.ndarray], values: Mapping[str, np.ndarray], active: Sequence[str],
    accounts: Sequence[str] = (), *, draws: int = 3, small: float = 1e-3,
) -> float:  # fmt: skip
    """Largest relative difference between both for random directions of every parameter and random weights.

    Numbers of at most ``small`` count as zero up to rounding.
    """
    known = {**values, **{n: x for n, x in system.accounts(parameters, values).items() if n in accounts}}
    rng, here, gaps = np.random.default_rng(1), Sensitivity(system, parameters, values, active), []
    for _ in range(draws):
        names = [n for n, f in system.theory.families.items() if f.kind == "parameter" and f.automatic is None]
        shift = {n: rng.normal(size=np.shape(parameters[n])) * parameters[n] for n in names if n in parameters}
        ahead = here.along(shift, accounts)
        # every term of the sum counts alike, but for what is zero up to rounding
        weights = {n: rng.normal(size=x.shape) / max(np.abs(known[n]).max(), small) for n, x in ahead.items()}
        back = here.of(weights)
        terms = [(weights[n] * x).sum() for n, x in ahead.items()]
        other = [(back[n] * x).sum() for n, x in shift.items()]
        size = max(np.abs(terms).max(), np.abs(other).max())
        gaps.append(abs(sum(terms) - sum(other)) / size)
    return float(max(gaps))

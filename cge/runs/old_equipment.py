"""Old equipment: what the last period of the same run leaves in each activity, in proportions it cannot change.

Capital is malleable before it is built and not after (putty-clay, Phelps 1963). Part of what survives from the last
period stays in its activity as old equipment that makes the bundle of value added and energy beside new equipment,
as in EPPA6 (Chen et al. 2016), which keeps several vintages; here all old equipment of an activity is one block with
the mean proportions of what ran in the last period. What the baseline changes from period to period without a
policy, productivity, saving of energy, electrification, changes old equipment too, so that a policy that does nothing
is the baseline, and old capital earns there what new capital earns.
"""

from __future__ import annotations

import numpy as np

from cge.runs.periods import Period
from cge.theory.nests import CLAY, CLAY_INPUTS
from cgebase.arrays import Array

PARTS = ("kold", "qold", "lold", *(f"cold_{n.name}" for n in CLAY_INPUTS))
"""Parameters of old equipment: capital, the bundle it can make; labour and energy per unit of that."""


def in_use(period: Period) -> dict[str, Array]:
    """Capital, bundle, labour and energy service of all running equipment, under the names of :data:`PARTS`.

    Returns
    -------
    dict of str to ndarray
        (a, r), energy (c, a, r); 1e8 CNY at base-year prices.
    """
    v, p, of = period.values, period.parameters, period.accounts
    running = np.divide(v["QOLD"], p["qold"], out=np.zeros_like(v["QOLD"]), where=p["qold"] > 0)
    out = {
        "kold": of["KA"] + running * p["kold"],
        "qold": v[f"Q_{CLAY.name}"] + v["QOLD"],
        "lold": of["LA"] + v["QOLD"] * p["lold"],
    }
    return out | {f"cold_{n.name}": of[f"QC_{n.name}"] * p["save"] for n in CLAY_INPUTS}


def old_equipment(base: Period, before: Period, last: Period, stays: float) -> dict[str, Array]:
    """Parameters of old equipment of a year.

    Parameters
    ----------
    base, before : Period
        Baseline of the year and of the period before.
    last : Period
        Period before of the same run.
    stays : float
        Part of the capital that ran then which survives and stays in its activity; less where the baseline itself
        keeps less.

    Notes
    -----
    Everything per unit of capital is what it was in the last period, times its change in the baseline since then; an
    input that the baseline did not use then keeps its amount. Equipment that stood idle is given up: its capital is
    malleable again from the next period on.
    """
    now, then, ran = in_use(base), in_use(before), in_use(last)
    kept = np.minimum(stays, _ratio(now["kold"], then["kold"]))
    out = {}
    for n in PARTS:
        per_capital = _ratio(_ratio(now[n], now["kold"]), _ratio(then[n], then["kold"]))
        out[n] = np.maximum(kept * ran[n] * per_capital, 0.0)
    can = out["qold"]
    return {n: x if n in ("kold", "qold") else x / np.where(can > 0, can, 1.0) for n, x in out.items()}


def _ratio(x: Array, of: Array) -> Array:
    """Quotient, 1 where there is nothing to divide by."""
    return np.divide(x, of, out=np.ones(np.shape(x)), where=np.broadcast_to(of > 0, np.shape(x)))


def change_of_old_equipment(
    base: Period, before: Period, sides: tuple[Period, Period], stays: float, step: float
) -> dict[str, Array]:
    """Derivative of :func:`old_equipment` by a move of the last period, from its sides at ``step`` and ``-step``."""
    up, down = (old_equipment(base, before, side, stays) for side in sides)
    return {n: (up[n] - down[n]) / (2 * step) for n in PARTS}

"""Real GDP explained by resources and wedges: exactly for a small move, by trapezoids for a whole policy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cge.analysis.channels import CHANNELS, Channels
from cge.measure.derivatives import moved
from cge.measure.indicators import expenditure, gdp_index
from cge.runs.periods import Period
from cge.solve.system import STEP, System
from cgebase.arrays import Array


def unexplained(system: System, base: Period, at: Period, active: Sequence[str]) -> tuple[float, float]:
    """Largest gap between the channels and what final demand gains, and the largest channel; percentage points.

    The move: one per cent more capital carried over, 100 yuan per tonne more carbon tax, a tenth more permits.
    """
    p = at.parameters
    shift = {"kcarry": 0.01 * p["kcarry"], "tax": np.ones_like(p["tax"]), "cap": 0.1 * p["cap"]}
    (change,) = system.respond(at.parameters, at.values, tuple(active), [shift])
    after, before = (moved(at, shift, change, by) for by in (STEP, -STEP))
    now, up, down = (expenditure(x) for x in (at, after, before))
    gain = (now.price * (up.quantity - down.quantity)).sum(0) / (2 * STEP)
    gdp = (now.price * now.quantity).sum(0)
    index, _, nation, _ = gdp_index(expenditure(base), now)
    want = 100 * np.append(index * gain / gdp, nation * gain.sum() / gdp.sum())
    found = Channels(base, at).slopes(after, before, STEP)[:-1]
    return float(np.abs(found.sum(0) - want).max()), float(np.abs(found).max())


def trapezoids(base: Period, now: Period) -> tuple[dict[str, Array], Array]:
    """Channels of the change of real GDP from their two ends alone, percentage points, (r + 1,); the nation is last.

    Returns
    -------
    channels : dict of str to ndarray
        Mean of the value shares at both ends times the change of quantity: for carbon that is half the price times
        the tonnes, the back of the envelope.
    change : ndarray
        Real GDP, Fisher, per cent; what the channels leave is the curvature between the ends.
    """
    index, _, nation, _ = gdp_index(expenditure(base), expenditure(now))
    index = np.append(index, nation)
    scale = 100 * np.divide(index - 1, np.log(index), out=np.ones_like(index), where=index != 1)
    gdp = []
    for period in (base, now):
        e = expenditure(period)
        own = (e.price * e.quantity).sum(0)
        gdp.append(np.append(own, own.sum()))
    out = {}
    for name, part in CHANNELS.items():
        (b, n), parts = (part(base), part(now)), []
        for price, of in ((b.price, gdp[0]), (n.price, gdp[1])):
            move = (price * (n.quantity - b.quantity)).sum(0)
            parts.append(np.append(move, move.sum()) / of)
        out[name] = scale * (parts[0] + parts[1]) / 2
    return out, 100 * (index - 1)

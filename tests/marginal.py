"""A small move of a solved period: what channels of real GDP leave unexplained."""

from __future__ import annotations

import numpy as np

from cge.channels import Channels
from cge.indicators import expenditure, fisher
from cge.periods import Period
from cge.responses import STEP, moved
from cge.system import System


def unexplained(system: System, base: Period, at: Period, active: tuple[str, ...]) -> tuple[float, float]:
    """Largest gap between the channels and what final demand gains, and the largest channel; percentage points.

    The move: one per cent more capital carried over, 100 yuan per tonne more carbon tax, a tenth more permits.
    """
    p = at.parameters
    shift = {"kcarry": 0.01 * p["kcarry"], "tax": np.ones_like(p["tax"]), "cap": 0.1 * p["cap"]}
    (change,) = system.respond(at.parameters, at.values, active, [shift])
    after, before = (moved(at, shift, change, by) for by in (STEP, -STEP))
    now, up, down = (expenditure(x) for x in (at, after, before))
    gain = (now.price * (up.quantity - down.quantity)).sum(0) / (2 * STEP)
    gdp = (now.price * now.quantity).sum(0)
    index, _, nation, _ = fisher(expenditure(base), now)
    want = 100 * np.append(index * gain / gdp, nation * gain.sum() / gdp.sum())
    found = Channels(base, at).slopes(after, before, STEP)[:-1]
    return float(np.abs(found.sum(0) - want).max()), float(np.abs(found).max())

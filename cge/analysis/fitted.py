"""The parameter set ``replication``: two scalars solved for so that one province meets two published losses.

Scalar 1 multiplies abatement cost and divides the flexibility of power until the uniform caps cost the published
share; scalar 2 blends the role-and-stage rule towards the energy bases until the differentiated caps do. Everything
else is prediction. Nothing is forced: where no root lies in the stated range, the best reached is reported, and the
cap of the province that the published loss would imply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.optimize import brentq

from cge.measure.derivatives import gdp_change
from cge.policies.allocation import cap_path
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.study.model import Model, Tuning, cap_shares, policy_of
from cge.study.scenario import Scenario, Study
from cgebase.arrays import Array
from cgebase.errors import ConvergenceError
from cgebase.messages import Message, message

Log = Callable[[Message], None]
PUBLISHED = {"uniform": 8.17, "differentiated": 5.15}
"""Losses of Xinjiang's GDP in the planning study, per cent."""
HARDNESS = (0.25, 8.0)
TOLERANCE = 1e-3
HIGHEST_SHARE = 0.9


@dataclass(frozen=True)
class Fit:
    """What the two scalars reach.

    Parameters
    ----------
    tuning : Tuning
    reached : dict of str to float
        Loss of the province by scenario, per cent of GDP; not a number where the first scalar leaves no solution.
    roots : dict of str to bool
        Whether the published loss was met inside the range.
    cap_share : float
        Cap of the province under the blended rule, share of its base-year emissions.
    implied_share : float or None
        Cap of the province that the second published loss would imply at the first scalar; None where no cap below
        nine tenths does.
    """

    tuning: Tuning
    reached: dict[str, float]
    roots: dict[str, bool]
    cap_share: float
    implied_share: float | None


def replicate(model: Model, study: Study, *, log: Log) -> Fit:
    """Solve for the two scalars on the focus province of a study with scenarios ``uniform`` and ``differentiated``."""
    scenario = {s.id: s for s in study.only(PUBLISHED).scenarios}
    at = model.benchmark.sets["r"].index(study.report.focus)

    def loss_of(policy: Policy, tuning: Tuning, name: str) -> float:
        run = run_policy(
            model.system, model.benchmark, model.paths, model.baseline, policy, name=name, log=lambda _: None
        )  # fmt: skip
        found = -float(gdp_change(model.baseline[-1], run[-1])[at])
        log(message("fit.step", hardness=tuning.hardness, weight=tuning.energy_base, scenario=name, loss=found))
        return found

    @cache
    def loss(tuning: Tuning, name: str) -> float:
        return loss_of(policy_of(replace(model, tuning=tuning), scenario[name]), tuning, name)

    def miss(tuning: Tuning, name: str) -> float:
        return loss(tuning, name) - PUBLISHED[name]

    ends = (float(np.log(HARDNESS[0])), float(np.log(HARDNESS[1])))
    hardness, first = _root(lambda x: miss(Tuning(float(np.exp(x))), "uniform"), 0.0, ends, 0.5, rising=True)
    hard = float(np.exp(hardness))
    try:
        blend, second = _root(lambda b: miss(Tuning(hard, b), "differentiated"), 0.0, (0.0, 1.0), 0.25, rising=False)
    except ConvergenceError:
        share = float(cap_shares(replace(model, tuning=Tuning(hard)), scenario["differentiated"])[at])
        alone = {"uniform": loss(Tuning(hard), "uniform"), "differentiated": float("nan")}
        return Fit(Tuning(hard), alone, {"uniform": first, "differentiated": False}, share, None)
    tuning = Tuning(hard, blend)
    share = float(cap_shares(replace(model, tuning=tuning), scenario["differentiated"])[at])
    reached = {name: loss(tuning, name) for name in PUBLISHED}
    implied: float | None = share
    if not second:
        policy = policy_of(replace(model, tuning=Tuning(hard)), scenario["differentiated"])

        def gap(own: float) -> float:
            caps = _with_share(model, scenario["differentiated"], at, own)
            return loss_of(replace(policy, caps=caps), Tuning(hard), "differentiated") - PUBLISHED["differentiated"]

        found, there = _root(gap, share, (share, HIGHEST_SHARE), 0.1, rising=False)
        implied = found if there else None
    return Fit(tuning, reached, {"uniform": first, "differentiated": second}, share, implied)


def _root(
    gap: Callable[[float], float], start: float, ends: tuple[float, float], step: float, *, rising: bool
) -> tuple[float, bool]:
    """Root of a monotone gap, walked to from ``start``; else the nearest point inside the ends that could be solved."""
    gap = cache(gap)
    here, value = start, gap(start)
    toward = step if (value < 0) == rising else -step
    while True:
        after = min(max(here + toward, ends[0]), ends[1])
        if after == here:
            return here, False
        try:
            found = gap(after)
        except ConvergenceError:
            return here, False
        if found * value <= 0:
            return float(brentq(gap, *sorted((here, after)), xtol=TOLERANCE)), True
        here, value = after, found


def _with_share(model: Model, scenario: Scenario, at: int, own: float) -> dict[int, Array]:
    """Caps with a share of its own for one province, the others scaled to keep the national total."""
    assert scenario.cap is not None
    em0 = model.benchmark.parameters["em0"]
    shares = cap_shares(model, scenario)
    total = float(shares @ em0)
    others = np.arange(len(em0)) != at
    shares[others] *= (total - own * em0[at]) / float(shares[others] @ em0[others])
    shares[at] = own
    table = cap_path(em0, shares, model.paths.years, start=scenario.cap.start_year, end=scenario.cap.end_year)
    return {y: table[t] for t, y in enumerate(model.paths.years) if y >= scenario.cap.start_year}

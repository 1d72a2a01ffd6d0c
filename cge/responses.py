"""Derivatives of a policy run's last year by the caps of each province, capital accumulation included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from cge.calibration import Benchmark
from cge.dynamics import Paths, Period, Policy
from cge.incidence import equivalent_variation
from cge.indicators import expenditure, fisher
from cge.system import System

Array = np.ndarray
Measure = Callable[[Period, Period], Array]
"""``measure(baseline period, policy period)``, (r,)."""
CHANNELS = ("caps of the year", "capital not accumulated")
STEP = 1e-5


class Solved(Protocol):
    """A calibrated model with its baseline."""

    @property
    def benchmark(self) -> Benchmark: ...

    @property
    def system(self) -> System: ...

    @property
    def paths(self) -> Paths: ...

    @property
    def baseline(self) -> list[Period]: ...


def responses(
    model: Solved, policy: Policy, run: Sequence[Period], slopes: Mapping[int, Array], measures: Mapping[str, Measure]
) -> dict[str, Array]:
    """Derivative of each measure of the last year as the caps of each province move, (channel, province, r).

    Parameters
    ----------
    run : sequence of Period
        The policy, solved.
    slopes : mapping of int to ndarray (r,)
        How fast the cap of each province moves in each year, Mt per unit; a year without entry stays.

    Notes
    -----
    Implicit function theorem year by year; caps of earlier years act through the capital that was not accumulated.
    """
    n = len(model.benchmark.sets["r"])
    stock = np.zeros((n, n))
    invest = np.zeros((n, n))
    paths = model.paths
    for t in range(1, len(run)):
        period, p = run[t], run[t].parameters
        years = period.year - run[t - 1].year
        keep = (1 - paths.depreciation) ** years
        half = (1 - keep) / paths.depreciation / 2
        carried = (keep * stock + half * invest) / paths.capital
        cap = np.diag(slopes.get(period.year, np.zeros(n)))
        shifts = [{"cap": cap[k]} for k in range(n)] + [{"kcarry": carried[k]} for k in range(n)]
        moved = model.system.respond(p, period.values, policy.active, shifts)
        d_inv = np.array([m["INV"] for m in moved]).reshape(2, n, n).sum(0)
        stock, invest = (carried + p["kinv"] * d_inv) * paths.capital, d_inv
    base, last = model.baseline[-1], run[-1]
    out = {name: np.zeros((len(CHANNELS), n, n)) for name in measures}
    for k, (shift, change) in enumerate(zip(shifts, moved, strict=True)):
        sides = [_moved(last, shift, change, sign * STEP) for sign in (1, -1)]
        for name, measure in measures.items():
            slope = (measure(base, sides[0]) - measure(base, sides[1])) / (2 * STEP)
            out[name][k // n, k % n] = slope
    return out


def _moved(period: Period, shift: Mapping[str, Array], change: Mapping[str, Array], by: float) -> Period:
    values = {n: v + by * change[n] for n, v in period.values.items()}
    parameters = {**period.parameters, **{n: period.parameters[n] + by * d for n, d in shift.items()}}
    return replace(period, values=values, parameters=parameters)


def gdp_change(base: Period, now: Period) -> Array:
    """Real GDP against the baseline of the same year, Fisher, per cent."""
    return 100 * (fisher(expenditure(base), expenditure(now))[0] - 1)


def welfare_change(base: Period, now: Period) -> Array:
    """Equivalent variation over baseline consumption, per cent."""
    ev, spend = equivalent_variation(base, now)
    return np.asarray(100 * ev.sum(0) / spend.sum(0))

"""Derivatives of a policy run's last year by the caps of each province, capital accumulation included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.measure.incidence import equivalent_variation
from cge.measure.indicators import expenditure, gdp_index
from cge.runs.old_equipment import change_of_old_equipment
from cge.runs.periods import Paths, Period, Policy, carry
from cge.runs.policy_year import CLAY, covered_share, stays
from cge.solve.sensitivity import Sensitivity
from cge.solve.system import STEP, System
from cgebase.arrays import Array

Measure = Callable[[Period, Period], Array]
"""``measure(baseline period, policy period)``, (r,)."""
KINDS = ("caps of the year", "capital not accumulated")


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
    model: Solved, policy: Policy, run: Sequence[Period], slopes: Mapping[int, Array], measure: Measure
) -> Array:
    """Derivative of a measure of the last year as the caps of each province move, (province, r); see :func:`moves`."""
    out = np.zeros((len(slopes[run[-1].year]),) * 2)
    for _, cause, after, before in moves(model, policy, run, slopes):
        out[cause] += (measure(model.baseline[-1], after) - measure(model.baseline[-1], before)) / (2 * STEP)
    return out


def moves(
    model: Solved, policy: Policy, run: Sequence[Period], slopes: Mapping[int, Array]
) -> Iterator[tuple[int, int, Period, Period]]:
    """Last year of a policy run moved by ``STEP`` and ``-STEP`` along its derivative by the caps of each province.

    Parameters
    ----------
    run : sequence of Period
        The policy, solved.
    slopes : mapping of int to ndarray (r,)
        How fast the cap of each province moves in each year, Mt per unit; a year without entry stays. As caps of a
        policy they are for all tonnes, of which the market issues the covered share.

    Yields
    ------
    kind, province, after, before
        Place in :data:`KINDS` and in the set of provinces, and the two sides.

    Notes
    -----
    Implicit function theorem year by year; caps of earlier years act through the capital that was not accumulated
    and, under the closure ``vintage``, through the old equipment that they leave.
    """
    n = len(model.benchmark.sets["r"])
    old: list[Mapping[str, Array]] = [{} for _ in range(n)]
    stock = np.zeros((n, n))
    invest = np.zeros((n, n))
    paths = model.paths
    for t in range(1, len(run)):
        period, p = run[t], run[t].parameters
        carried, _ = carry(stock, invest, period.year - run[t - 1].year, paths)
        cap = np.diag(slopes.get(period.year, np.zeros(n)) * covered_share(p, model.baseline[0]))
        kinds = [{"cap": cap[k]} for k in range(n)], [{"kcarry": carried[k], **old[k]} for k in range(n)]
        if period is run[-1]:
            break
        shifts = [caps | stocks for caps, stocks in zip(*kinds, strict=True)]
        found = _found(model.system, period, policy, shifts)
        d_inv = np.array([m["INV"] for m in found])
        stock, invest = (carried + p["kinv"] * d_inv) * paths.capital, d_inv
        if CLAY in policy.active:
            kept = stays(model.benchmark, paths, run[t + 1].year - period.year)
            for k in range(n):
                up, down = (moved(period, shifts[k], found[k], by) for by in (STEP, -STEP))
                old[k] = change_of_old_equipment(model.baseline[t + 1], model.baseline[t], (up, down), kept, STEP)
    shifts = [*kinds[0], *kinds[1]]
    found = _found(model.system, period, policy, shifts)
    for k, (shift, change) in enumerate(zip(shifts, found, strict=True)):
        after, before = (moved(period, shift, change, by) for by in (STEP, -STEP))
        yield k // n, k % n, after, before


def _found(
    system: System, period: Period, policy: Policy, shifts: Sequence[Mapping[str, Array]]
) -> list[dict[str, Array]]:
    """Derivative of every variable of a solved year along each shift of its parameters."""
    here = Sensitivity(system, period.parameters, period.values, policy.active, factor=period.solution.factor)
    return [here.moves(shift) for shift in shifts]


def moved(period: Period, shift: Mapping[str, Array], change: Mapping[str, Array], by: float) -> Period:
    """A period moved along a shift of its parameters and the change of its variables."""
    values = {n: v + by * change[n] for n, v in period.values.items()}
    parameters = {**period.parameters, **{n: period.parameters[n] + by * d for n, d in shift.items()}}
    return replace(period, values=values, parameters=parameters)


def gdp_change(base: Period, now: Period) -> Array:
    """Real GDP against the baseline of the same year, Fisher, per cent."""
    return 100 * (gdp_index(expenditure(base), expenditure(now))[0] - 1)


def welfare_change(base: Period, now: Period) -> Array:
    """Equivalent variation over baseline consumption, per cent."""
    ev, spend = equivalent_variation(base, now)
    return np.asarray(100 * ev.sum(0) / spend.sum(0))

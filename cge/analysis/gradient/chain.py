"""The derivative of a number by everything that goes in, year by year backwards through a solved run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cge.analysis.gradient.links import (
    OF_BASELINE,
    OF_POLICY,
    Backwards,
    Weights,
    Year,
    foreign,
    pull_baseline_year,
    pull_policy_year,
    pull_stock,
)
from cge.analysis.gradient.measure import FISHER, seeds
from cge.runs.periods import Period, Policy
from cge.runs.policy_year import FOUND
from cge.solve.sensitivity import Derivative, Sensitivity
from cge.study.model import Model
from cge.theory.closures import CLOSURES
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import listed, message

Kink = tuple[str, int, str, tuple[str, ...]]
"""Run, year, statement, cell."""


@dataclass(frozen=True)
class Run:
    """A solved policy and the part it has in the number."""

    name: str
    policy: Policy
    periods: Sequence[Period]
    part: float


@dataclass(frozen=True)
class Chain:
    """Derivatives of a number.

    Parameters
    ----------
    first, paths, other : mapping of str to ndarray
        By parameters of the base year, by fields of :class:`cge.runs.periods.Paths`, and by scalars beside them.
    kinks : tuple
        Where only one side has the derivative.
    """

    first: Mapping[str, Array]
    paths: Mapping[str, Array]
    other: Mapping[str, Array]
    kinks: tuple[Kink, ...]


def backwards(model: Model, runs: Sequence[Run], region: int | None, number: str = FISHER) -> Chain:
    """Derivatives of a number of a policy, or of a sum of such, by everything that goes in.

    Parameters
    ----------
    runs : sequence of Run
        Policies with their parts of the sum.
    region : int or None
        Place of the province, None for the nation.
    number : str
        Of :data:`cge.analysis.gradient.measure.NUMBERS`.

    Raises
    ------
    ScenarioError
        A year takes a parameter from elsewhere that is not followed.
    """
    back = Backwards([Year() for _ in model.baseline])
    kinks: list[Kink] = []
    for run in runs:
        kinks += _policy(model, run, region, number, back)
    for t in range(len(model.baseline) - 1, 0, -1):
        period, year = model.baseline[t], back.baseline[t]
        refuse(foreign(period.parameters, model.benchmark.parameters, OF_BASELINE), period.year)
        g, found = _pulled(model, period, CLOSURES["baseline"], year, pull_stock(year, period, model.paths))
        kinks += [("baseline", period.year, *cell) for cell in found]
        pull_baseline_year(g, model.benchmark, model.paths, model.baseline, t, back)
    first = back.baseline[0]
    g, found = _pulled(model, model.baseline[0], CLOSURES["benchmark"], first, {})
    kinks += [("baseline", model.baseline[0].year, *cell) for cell in found]
    back.first.add_all({n: x for n, x in g.items() if n in model.benchmark.parameters})
    return Chain(back.first.by, back.paths.by, back.other.by, tuple(dict.fromkeys(kinks)))


def by_caps(
    model: Model, policy: Policy, run: Sequence[Period], regions: Sequence[int | None], number: str = FISHER
) -> dict[int, Array]:  # fmt: skip
    """Derivatives of a number of several regions by the caps of all provinces, by year, (region, r), per Mt.

    Parameters
    ----------
    regions : sequence of int or None
        Places of provinces, None for the nation.
    """
    solved = [Sensitivity(model.system, p.parameters, p.values, policy.active) for p in run[1:]]
    rows: list[Mapping[str, Array]] = []
    for region in regions:
        back = Backwards([Year() for _ in model.baseline])
        _policy(model, Run("", policy, run, 1.0), region, number, back, solved)
        rows.append(back.other.by)
    return {year: np.array([row[f"caps {year}"] for row in rows]) for year in policy.caps}


def refuse(names: Sequence[str], year: int) -> None:
    """Refuse a year that takes parameters from where they are not followed."""
    if names:
        raise ScenarioError(message("CGE277", year=year, names=listed(names)))


def _policy(
    model: Model, run: Run, region: int | None, number: str, back: Backwards, solved: Sequence[Sensitivity] = ()
) -> list[Kink]:  # fmt: skip
    """Backwards through the years of a policy, into its baseline; ``solved`` years where they are known."""
    years, kinks = [Year() for _ in run.periods], []
    for t, (base, now) in seeds(number, model.baseline, run.periods, region).items():
        back.baseline[t].solved.add_all({n: run.part * x for n, x in base.items()})
        years[t].solved.add_all({n: run.part * x for n, x in now.items()})
    for t in range(len(run.periods) - 1, 0, -1):
        period, year = run.periods[t], years[t]
        refuse(foreign(period.parameters, model.baseline[t].parameters, OF_POLICY), period.year)
        here = solved[t - 1] if solved else None
        g, found = _pulled(model, period, run.policy.active, year, pull_stock(year, period, model.paths), here)
        kinks += [(run.name, period.year, *cell) for cell in found]
        pull_policy_year(g, model.benchmark, model.paths, model.baseline, run.policy, run.periods[t - 1], t, back,
                         years[t - 1])  # fmt: skip
    # The base year is shared: what a policy has of it is the baseline's.
    back.baseline[0].solved.add_all(years[0].solved.by)
    back.baseline[0].capital = back.baseline[0].capital + years[0].capital
    return kinks


def _pulled(
    model: Model, period: Period, active: Sequence[str], year: Year, own: Mapping[str, Array],
    here: Sensitivity | None = None,
) -> tuple[dict[str, Array], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Derivatives by what a year is given, from those by what it solves; and kinks."""
    here = here or Sensitivity(model.system, period.parameters, period.values, active)
    total = Weights()
    by: Derivative = here.of(year.solved.by)
    total.add_all(by)
    total.add_all(year.parameters.by)
    total.add_all(own)
    shapes = {n: np.shape(x) for n, x in period.parameters.items()}
    families = model.system.theory.families
    lost = [n for n, x in by.items() if families[n].kind == "variable" and n not in FOUND
            and isinstance(families[n].default, str) and np.any(x)]  # fmt: skip
    refuse(lost, period.year)
    out = {n: np.zeros(shapes[n]) for n in shapes} | total.by
    return {n: np.asarray(x) for n, x in out.items()}, by.kinks

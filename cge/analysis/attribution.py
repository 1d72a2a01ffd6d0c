"""Who pays because of whom: a policy's effect split by the province whose caps cause it.

All caps move together from what is needed without them (price 0; the covered part of emissions less sinks and
removals) to what the policy allows, in equal steps of the logarithm. Along that path every result changes by the sum
over provinces of its derivative by their caps, so the integral splits the whole effect exactly: subtotals in the sense
of Harrison, Horridge and Pearson (2000). Without other instruments the path begins at the baseline; with them, where
they alone lead, and what they do alone, such as what an efficiency programme gains, is a cause of its own. Caps of
earlier years act through the capital that was not accumulated; that kind is kept apart. Real GDP is also split by the
use of resources it goes through (:mod:`cge.analysis.channels`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from cge.analysis.channels import ALONE, NAMES, Channels
from cge.analysis.panels import integrate
from cge.measure.derivatives import KINDS, Measure, gdp_change, moves, welfare_change
from cge.measure.indicators import expenditure, gdp_index
from cge.runs.dynamics import run_policy
from cge.runs.periods import Period, Policy
from cge.runs.policy_year import Markets, covered_share
from cge.runs.workers import as_they_come
from cge.solve.system import STEP
from cge.study.model import Model, model_of, policy_of
from cge.study.posed import pose_study
from cge.study.scenario import Study
from cge.theory.chapters import THEORY
from cgebase.arrays import Array
from cgebase.errors import CGEError, ScenarioError
from cgebase.messages import Message, lined, listed, message, near
from cgebase.progress import step
from sam.registry import NATION

Log = Callable[[Message], None]
MOST = 60
"""Points of the path that may be taken."""
LARGEST_GAP = 5e-3


class AttributionError(CGEError, RuntimeError):
    """The path of the caps was followed too coarsely."""

    exit_code = 5


@dataclass(frozen=True)
class Attribution:
    """Effect on each province by the province whose caps cause it.

    Parameters
    ----------
    channels : tuple of str
    effect : ndarray, (channel, cause, r)
        Adds up over channels and causes to ``total`` less ``alone``; of :data:`THROUGH` the nation is the last place.
    total : ndarray, (r,)
    gap : float
        What numerical integration missed before it was spread in proportion, relative to the largest effect of caps.
    alone : ndarray, (r,), optional
        Effect of the other instruments before any cap; None where the policy is caps only.
    points : int
        Points of the path at which derivatives were taken.
    """

    channels: tuple[str, ...]
    effect: Array
    total: Array
    gap: float
    alone: Array | None
    points: int


def attribute(
    model: Model, policy: Policy, measures: dict[str, Measure], *, log: Log, points: int = MOST, workers: int = 1
) -> dict[str, Attribution]:
    """Split the last year's effect of a policy on each province by causing province.

    Parameters
    ----------
    measures : dict of str to callable
        ``measure(baseline period, policy period)`` gives an array (r,), zero where nothing changed.
    points : int
        Points of the path that may be taken; as many are as the integral needs, see :mod:`cge.analysis.panels`.
    workers : int
        Processes that the points are spread over, see :func:`cge.runs.workers.as_they_come`; the numbers are the same.

    Returns
    -------
    dict of str to Attribution
        Every measure, and :data:`THROUGH`: real GDP of each province and the nation by
        :data:`cge.analysis.channels.NAMES`.

    Raises
    ------
    ConvergenceError
        A point of the path could not be solved.
    AttributionError
        The integral misses more than a two-hundredth of the whole effect with all points that it may take.
    """
    base, start, done = model.baseline[-1], _without_caps(model, policy), 0
    loose = {p.year: _loose(p, policy, model.baseline[0]) for p in start if p.year in policy.caps}
    ends = measures | {THROUGH: _with_nation}

    def slope(at: float) -> Call:
        return partial(_slope, model, policy, measures, *_caps(loose, policy, at))

    def value(at: float) -> Call:
        return partial(_whole, model, policy if at == 1 else replace(policy, caps=_caps(loose, policy, at)[0]), ends)

    def spread(calls: Sequence[Call]) -> list[dict[str, Array]]:
        nonlocal done
        years = len(model.paths.years) - 1
        log(step(message("ahead.points", points=len(calls), years=years), ahead=len(calls) * years))
        parts: dict[int, dict[str, Array]] = {}
        try:
            for k, part in as_they_come(calls, workers):
                parts[k], done = part, done + 1
                log(step(message("point", point=done), years))
        except BrokenProcessPool:
            log(message("process_died"))
        return [parts[k] if k in parts else call() for k, call in enumerate(calls)]

    first = {name: of(base, start[-1]) for name, of in ends.items()}
    found = integrate(slope, value, first, spread=spread, most=points)
    for name, gap in found.missed.items():
        if gap > LARGEST_GAP:
            raise AttributionError(message("CGE513", name=name, gap=gap, points=points))
    return {
        name: Attribution(NAMES if name == THROUGH else KINDS, effect, found.end[name], found.missed[name],
                          first[name] if policy.instruments else None, found.points)
        for name, effect in found.effect.items()
    }  # fmt: skip


Call = Callable[[], dict[str, Array]]


def _slope(
    model: Model, policy: Policy, measures: dict[str, Measure], caps: Mapping[int, Array], slopes: Mapping[int, Array]
) -> dict[str, Array]:
    """Derivative along the path, at a point of it, of every measure, (kind, cause, r), and of GDP by channel."""
    n, base, here = len(model.benchmark.sets["r"]), model.baseline[-1], replace(policy, caps=caps)
    run = _run(model, here)
    out = {name: np.zeros((len(KINDS), n, n)) for name in measures} | {THROUGH: np.zeros((len(NAMES), n, n + 1))}
    ways = Channels(base, run[-1])
    for kind, cause, after, before in moves(model, here, run, slopes):
        for name, measure in measures.items():
            out[name][kind, cause] = (measure(base, after) - measure(base, before)) / (2 * STEP)
        out[THROUGH][:, cause] += ways.slopes(after, before, STEP)
    return out


def _whole(model: Model, policy: Policy, measures: Mapping[str, Measure]) -> dict[str, Array]:
    """Every measure where the path ends."""
    end = _run(model, policy)[-1]
    return {name: of(model.baseline[-1], end) for name, of in measures.items()}


def _run(model: Model, policy: Policy) -> list[Period]:
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="path", log=_silent)


def _with_nation(base: Period, now: Period) -> Array:
    """Real GDP against the baseline of the same year, Fisher, per cent; the nation is last."""
    index, _, nation, _ = gdp_index(expenditure(base), expenditure(now))
    return 100 * (np.append(index, nation) - 1)


def _without_caps(model: Model, policy: Policy) -> list[Period]:
    """Where the path begins: the other instruments alone, or the baseline."""
    if not policy.instruments:
        return model.baseline
    return _run(model, replace(policy, caps={}))


def _silent(_: str) -> None:
    return


def _loose(period: Period, policy: Policy, first: Period) -> Array:
    """Caps of a year at the beginning of the path, for all tonnes of a province, (r,), Mt.

    They leave exactly the permits needed at price 0; a market whose final caps leave more keeps those all the way.
    """
    v, p, end = period.values, period.parameters, policy.caps[period.year]
    share, needed = covered_share(p, first), v["EMC"] - v["RM"] - p["sinks"]
    exact = np.divide(needed, share, out=np.zeros_like(needed), where=share > 0)
    member = Markets.of(policy.trade, len(end)).member
    return np.where(member.T @ (member @ (needed - share * end) > 0), exact, end)


def _caps(loose: Mapping[int, Array], policy: Policy, at: float) -> tuple[dict[int, Array], dict[int, Array]]:
    """Caps at a point of the path and their derivative along it; straight where sinks alone are more than is needed."""
    caps, slopes = {}, {}
    for year, start in loose.items():
        end, needs = policy.caps[year], start > 0
        ratio = np.divide(end, start, out=np.ones_like(end), where=needs)
        caps[year] = np.where(needs, start * ratio**at, start + at * (end - start))
        slopes[year] = np.where(needs, caps[year] * np.log(ratio), end - start)
    return caps, slopes


THROUGH = "gdp_through_pct"
MEASURES: dict[str, Measure] = {"gdp_change_pct": gdp_change, "welfare_ev_pct": welfare_change}


def variable_change(sets: Mapping[str, Sequence[str]], name: str, labels: Mapping[str, str]) -> Measure:
    """Measure of a variable or account by province: per cent where positive by nature, else the difference in its unit.

    Parameters
    ----------
    sets : mapping of str to labels
    labels : mapping of set to label
        The member of every other set the variable is over, such as ``{"c": "coa"}``.

    Raises
    ------
    ScenarioError
        Not a variable by province, or a label that is missing or unknown.
    """
    family = THEORY.families.get(THEORY.named(name))
    if family is None or family.kind == "parameter" or not any(d.name == "r" for d in family.dims):
        variables = (f for f in THEORY.families.values() if f.kind != "parameter")
        there = sorted(f.name for f in variables if "r" in [d.name for d in f.dims])
        raise ScenarioError(message("CGE511", name=name, near=near(name, there), known=lined(there)))
    cell: list[int | slice] = []
    for of in family.dims:
        members = sets[of.name]
        label = labels.get(of.name)
        if of.name != "r" and label not in members:
            raise ScenarioError(message("CGE512", name=name, of=of.description, known=listed(members)))
        cell.append(slice(None) if label is None or of.name == "r" else members.index(label))
    return _Change(family.name, tuple(cell), family.log)


@dataclass(frozen=True)
class _Change:
    """Change of a part of a variable or account, per cent where ``relative``."""

    name: str
    cell: tuple[int | slice, ...]
    relative: bool

    def __call__(self, base: Period, now: Period) -> Array:
        before, after = ((x.values if self.name in x.values else x.accounts)[self.name][self.cell] for x in (base, now))
        if not self.relative:
            return np.asarray(after - before)
        ratio = np.divide(after, before, out=np.ones_like(before), where=np.abs(before) > 0)
        return np.asarray(100 * (ratio - 1))


def table(found: dict[str, Attribution], regions: Sequence[str]) -> pd.DataFrame:
    """Tidy: ``measure, channel, cause, region, value``; adds up to the effect on each region.

    Other instruments alone are cause and channel :data:`cge.analysis.channels.ALONE`.
    """
    rows = [
        (name, channel, cause, region, float(a.effect[c, k, j]))
        for name, a in found.items()
        for c, channel in enumerate(a.channels)
        for k, cause in enumerate(regions)
        for j, region in zip(range(a.effect.shape[2]), [*regions, NATION], strict=False)
    ]
    for name, a in found.items():
        if a.alone is not None:
            places = zip([*regions, NATION], a.alone, strict=False)
            rows += [(name, ALONE, ALONE, region, float(value)) for region, value in places]
    return pd.DataFrame(rows, columns=["measure", "channel", "cause", "region", "value"])


def attribute_study(
    study: Study, scenario: str, *, aggregation: str | None, years: Sequence[int] | None, points: int, log: Log,
    of: str | None = None, labels: Mapping[str, str] | None = None, folder: Path | None = None, workers: int = 1,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Split the effect of one scenario of a study on GDP and welfare, and on a variable of the user's choice.

    Parameters
    ----------
    of : str, optional
        A variable by province, see :func:`variable_change`.
    folder : Path, optional
        Where the baseline is kept.
    workers : int
        Processes, see :func:`attribute`.

    Returns
    -------
    table : DataFrame
        As :func:`table` makes it.
    facts : dict of str to str
        Captions: scenario, year, gap, parameter set and aggregation.
    """
    study = study.only([scenario])
    chosen = study.scenarios[0]
    if chosen.cap is None:
        raise ScenarioError(message("CGE514", name=scenario))
    aggregation = aggregation or study.base.sectors
    years = tuple(years or study.time.years)
    measures = dict(MEASURES)
    if of is not None:
        sets = pose_study(study, aggregation, years).benchmark.sets
        measures[" ".join([of, *(labels or {}).values()])] = variable_change(sets, of, labels or {})
    model = model_of(study, aggregation, years, log=log, out=folder)
    policy = policy_of(model, chosen)
    found = attribute(model, policy, measures, log=log, points=points, workers=workers)
    gap = max(a.gap for a in found.values())
    facts = {
        "scenario": scenario, "year": str(model.paths.years[-1]), "gap": f"{gap:.2%}",
        "parameter_set": model.parameter_set, "aggregation": aggregation,
        "points": str(next(iter(found.values())).points),
    }  # fmt: skip
    return table(found, model.benchmark.sets["r"]), facts

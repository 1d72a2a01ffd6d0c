"""Every scenario of a study up the ladder: exactness, what it must not notice, size, and the back of the envelope."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.verification.envelope import trapezoids, unexplained
from cge.analysis.verification.homogeneity import residual_of_doubling
from cge.analysis.verification.starts import Others, from_other_starts
from cge.measure.incidence import equivalent_variation
from cge.runs.dynamics import run_policy
from cge.runs.periods import Period
from cge.runs.workers import as_they_come
from cge.study.model import Model, identities, model_of, policy_of
from cge.study.results import CLOSES
from cge.study.run import manifest
from cge.study.scenario import Scenario, Study
from cge.theory.closures import CLOSURES
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from cgebase.errors import CGEError, ConvergenceError, IdentityError
from cgebase.messages import Message, both, joined, message
from cgebase.progress import step
from sam.registry import NATION

Log = Callable[[Message], None]
DIGITS = 6
#: Largest value that is right; the distance to the baseline counts where nothing should act.
LIMITS = {
    "max_scaled_residual": 1e-9, "gdp_expenditure_income": CLOSES, "gdp_income_value_added": CLOSES,
    "electricity_twh": CLOSES, "trade_symmetry": CLOSES, "cap_excess": CLOSES, "carbon_revenue_spent": CLOSES,
    "walras": CLOSES, "carbon_of_fuels": CLOSES, "budgets": CLOSES, "money_doubled": 1e-9, "envelope": 1e-6,
    "distance_to_baseline": CLOSES, "other_solutions": 1e-6,
}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What was found of one scenario.

    Parameters
    ----------
    scenario : str
    exact : dict of str to float
        Violations, to be compared with :data:`LIMITS`.
    size : dict of (str, str) to float
        Last year by region (focus and nation) and measure.
    unsolved : Message or None
        Why there are no numbers.
    others : Others or None
        Of a policy: what the last year has for solutions from other starts.
    """

    scenario: str
    exact: Mapping[str, float]
    size: Mapping[tuple[str, str], float]
    unsolved: Message | None = None
    others: Others | None = None


def verify(
    study: Study, *, aggregation: str | None = None, years: Sequence[int] | None = None, folder: Path, workers: int = 2,
    log: Log = lambda _: None,
) -> tuple[pd.DataFrame, list[Verdict], dict[str, Any]]:  # fmt: skip
    """Solve every scenario and measure what must hold.

    Parameters
    ----------
    folder : Path
        Results folder; periods solved before an interruption are used again.
    workers : int
        Processes of one thread each; all share one model.

    Returns
    -------
    table : DataFrame
        ``experiment, scenario, region, sector, year, indicator, value, unit``.
    verdicts : list of Verdict
        In the order of the study; the baseline first.
    facts : dict
        Manifest.
    """
    begin = time.perf_counter()
    aggregation = aggregation or study.base.sectors
    policies = [s for s in study.scenarios if not s.is_baseline or s.expect]
    years = years or study.time.years
    count, each = len(policies) + 1, len(years) - 1
    log(step(message("ahead", scenarios=count, years=each), ahead=count * each))
    model = model_of(study, aggregation, years, log=log, out=folder)
    name = next((s.id for s in study.scenarios if s.is_baseline and s not in policies), "baseline")
    base = replace(baseline_verdict(model, study.report.focus), scenario=name)
    found: dict[int, Verdict] = {}
    calls = [partial(verdict, model, s, study.report.focus) for s in policies]
    for k, result in as_they_come(calls, workers):
        found[k] = result
        log(step(message("scenario_verified", name=policies[k].id), each))
    verdicts = [base, *(found[k] for k in range(len(policies)))]
    exact = {v.scenario: dict(v.exact) for v in verdicts}
    facts = manifest(study, model, aggregation, exact, time.perf_counter() - begin)
    return _table(study.id, model.paths.years[-1], verdicts), verdicts, facts


def baseline_verdict(model: Model, focus: str) -> Verdict:
    """The baseline, and the base year solved by its own numbers in no iteration."""
    benchmark = model.benchmark
    start = model.system.residuals(benchmark.parameters, benchmark.start, CLOSURES["benchmark"])
    replication = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in start.values())
    exact = identities(model, model.baseline)
    exact["max_scaled_residual"] = max(exact["max_scaled_residual"], replication)
    exact["money_doubled"] = residual_of_doubling(model.system, model.baseline[-1], CLOSURES["baseline"])
    return Verdict("baseline", exact, {})


def verdict(model: Model, scenario: Scenario, focus: str) -> Verdict:
    """One scenario, solved and measured."""
    try:
        policy = policy_of(model, scenario)
        run = run_policy(
            model.system, model.benchmark, model.paths, model.baseline, policy, name=scenario.id, log=lambda _: None,
            kept=model.kept,
        )  # fmt: skip
    except ConvergenceError as error:
        return Verdict(scenario.id, {}, {}, both(error))
    base, last = model.baseline[-1], run[-1]
    exact = identities(model, run)
    exact["money_doubled"] = residual_of_doubling(model.system, last, policy.active)
    exact["envelope"] = unexplained(model.system, base, last, policy.active)[0]
    others = from_other_starts(model, policy, base, run)
    exact["other_solutions"] = others.largest
    if scenario.expect == "baseline":
        exact["distance_to_baseline"] = distance(model.baseline, run)
        return Verdict(scenario.id, exact, {}, others=others)
    return Verdict(scenario.id, exact, _sizes(model, base, last, focus), others=others)


def distance(baseline: Sequence[Period], run: Sequence[Period]) -> float:
    """Largest relative gap of GDP and emissions of a province to the baseline, over all years."""
    pairs = [(b.values[n], p.values[n]) for b, p in zip(baseline, run, strict=True) for n in ("GDPB", "EM")]
    return max(float(np.abs(now / before - 1).max()) for before, now in pairs)


def _sizes(model: Model, base: Period, last: Period, focus: str) -> dict[tuple[str, str], float]:
    """Measures of the last year for the focus province and the nation."""
    regions = list(model.benchmark.sets["r"])
    place = {focus: regions.index(focus), NATION: len(regions)}
    channels, change = trapezoids(base, last)
    ev, spend = equivalent_variation(base, last)
    b, v = base.values, last.values

    def whole(x: Array) -> Array:
        return np.append(x, x.sum())

    tonnes = whole(b["EM"] - v["EM"])
    gdp = whole(b["GDPB"])
    weight = np.append(v["TAU"], (v["TAU"] * v["EM"]).sum() / v["EM"].sum())
    columns = {
        "gdp_change_pct": change,
        "welfare_ev_pct": 100 * whole(ev.sum(0)) / whole(spend.sum(0)),
        "permit_price": YUAN_PER_TONNE * weight,
        "tonnes_less": tonnes,
        "triangle_pct": -100 * 0.5 * weight * tonnes / gdp,
        "abatement_goods_pct": -100 * whole(v["QAB"] - b["QAB"]) / gdp,
        **{f"through_{name}": x for name, x in channels.items()},
        "left_over": change - sum(channels.values()),
    }
    out = {(r, n): float(x[k]) for n, x in columns.items() for r, k in place.items()}
    loss, intensity = pd.Series(-change[:-1]), pd.Series(b["EM"] / b["GDPB"])
    out[NATION, "rank_correlation"] = float(loss.rank().corr(intensity.rank()))
    return out


UNITS = {
    "permit_price": "CNY/t CO2", "tonnes_less": "Mt CO2", "rank_correlation": "1", "gdp_change_pct": "%",
    "welfare_ev_pct": "%", "triangle_pct": "% of baseline GDP", "abatement_goods_pct": "% of baseline GDP",
}  # fmt: skip


def _table(experiment: str, year: int, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Rows of a summary; a channel that nothing goes through has none."""
    rows: list[tuple[Any, ...]] = []
    for found in verdicts:
        if found.others is not None:
            for region, name, value, unit in found.others.rows():
                rows.append((experiment, found.scenario, region, "all", year, name, float(f"{value:.{DIGITS}g}"), unit))
        exact = [(NATION, name, value, "relative") for name, value in found.exact.items()]
        size = [(r, name, value, UNITS.get(name, "percentage points")) for (r, name), value in found.size.items()
                if value or not name.startswith("through_")]  # fmt: skip
        rows += [
            (experiment, found.scenario, region, "all", year, name, float(f"{value:.{DIGITS}g}"), unit)
            for region, name, value, unit in (*exact, *size)
        ]
    columns = ["experiment", "scenario", "region", "sector", "year", "indicator", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)


class AmbiguousError(CGEError, RuntimeError):
    """A scenario has more than one solution; its numbers are those of one of them."""

    exit_code = 6


class LadderError(CGEError, RuntimeError):
    """Some scenarios could not be solved; the others are verified."""

    exit_code = 6


def refuse_broken(verdicts: Sequence[Verdict]) -> None:
    """Name every limit that is passed, and every scenario without a solution.

    Raises
    ------
    IdentityError
        Something that must hold does not.
    AmbiguousError
        A scenario has more than one solution.
    LadderError
        Everything solved is right, but not everything is solved.
    """
    broken = [
        message("CGE541", scenario=v.scenario, check=message(f"check.{n}"), found=x, limit=LIMITS[n])
        for v in verdicts for n, x in v.exact.items() if not x < LIMITS[n] and n != "other_solutions"
    ]  # fmt: skip
    ambiguous = [v.others.words(v.scenario) for v in verdicts if v.others is not None and v.others.solutions]
    unsolved = [message("CGE542", scenario=v.scenario, said=v.unsolved) for v in verdicts if v.unsolved is not None]
    if broken:
        raise IdentityError(joined(message("CGE540", count=len(broken)), [*broken, *ambiguous, *unsolved]))
    if ambiguous:
        raise AmbiguousError(joined(message("CGE544", count=len(ambiguous)), [*ambiguous, *unsolved]))
    if unsolved:
        raise LadderError(joined(message("CGE543", count=len(unsolved)), unsolved))

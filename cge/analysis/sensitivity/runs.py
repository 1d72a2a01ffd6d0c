"""Runs of a sensitivity study: side by side in worker processes, each kept as soon as it is solved."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.sensitivity.levers import DEFAULT, Variation, levers
from cge.analysis.sensitivity.vary import MEASURES, measures, varied
from cge.calibrate.parameters import load_parameters
from cge.runs.dynamics import run_policy
from cge.runs.place import RUNS
from cge.runs.store import Checkpoint
from cge.runs.workers import as_they_come
from cge.study.economy import economy_for
from cge.study.model import Model, model_of, policy_of, solver_checks
from cge.study.reading import shortened
from cge.study.run import manifest
from cge.study.scenario import Scenario, Study
from cgebase.digest import digest
from cgebase.errors import CGEError, ConvergenceError, ScenarioError
from cgebase.messages import Message, both, joined, message
from cgebase.progress import step
from cgebase.whole import write_whole

Log = Callable[[Message], None]
BASE = Variation("base", "base")
DIGITS = 8
BESIDE = "beside"
"""Where the file of a run keeps its second policy."""


class RunSetError(CGEError, RuntimeError):
    """Some runs of a set could not be solved; the others are saved."""

    exit_code = 6


@dataclass(frozen=True)
class Case:
    """What is run again and again.

    Parameters
    ----------
    study : Study
    scenario : Scenario
        A policy.
    aggregation : str
    years : tuple of int
    folder : Path
        Results folder; solved runs are kept in ``runs``, one file each.
    beside : Scenario, optional
        A second policy, solved in every run too.
    """

    study: Study
    scenario: Scenario
    aggregation: str
    years: tuple[int, ...]
    folder: Path
    beside: Scenario | None = None

    def model(self, log: Log) -> Model:
        """The base model; its baseline is kept."""
        return model_of(self.study, self.aggregation, self.years, log=log, out=self.folder)

    def file(self, variation: Variation) -> Path:
        """Where a solved run is kept."""
        name = "".join(c if c.isalnum() else "-" for c in variation.label)
        return self.folder / RUNS / f"{name}.json"


def run_sensitivity(
    study: Study,
    names: Sequence[str],
    *,
    scenario: str = "uniform",
    beside: str | None = None,
    aggregation: str | None = None,
    years: Sequence[int] | None = None,
    folder: Path,
    workers: int = 2,
    log: Log = lambda _: None,
) -> tuple[pd.DataFrame, dict[str, Any], list[Message]]:
    """Move one thing at a time and solve the baseline, where it needs it, and a policy again.

    Parameters
    ----------
    names : sequence of str
        What to move, see :func:`cge.analysis.sensitivity.levers.levers`.
    beside : str, optional
        A second policy that every run solves too, so that what both lose can be told apart.
    folder : Path
        Results folder; solved runs are kept in its folder ``runs``.
    workers : int
        Processes of one thread each; all share one model.

    Returns
    -------
    table : DataFrame
        One row per run, the base run first: ``parameter, side, value, base_value``, the measures of the focus
        province and the nation in the last year, their distance to the base run in percentage points, the rank
        correlation of losses with baseline emissions per GDP, and whether the run was solved. With a second policy its
        change of GDP, by how much that is above the first one's, and how far this gap is from that of the base run.
    facts : dict
        Manifest with what every run changed.
    failed : list of Message
        One for every run without a solution.

    Raises
    ------
    ScenarioError
        The scenario or a lever does not exist; nothing is solved.
    RunSetError
        The base run has no solution, or a worker died; solved runs are kept.
    """
    begin = time.perf_counter()
    chosen, *others = (_policy(study, name) for name in (scenario, beside) if name)
    if beside == scenario:
        raise ScenarioError(message("CGE225.beside", name=scenario))
    aggregation, at = aggregation or study.base.sectors, tuple(years or study.time.years)
    economy = economy_for(aggregation, study.base.folder, study.base.built, log, regions=study.base.regions)
    parameters = study.parameters.on(
        load_parameters(aggregation, economy.activities, economy.commodities, country=economy.country)
    )
    asked = [v for lever in levers(names, parameters, chosen.closure, study.baseline) for v in lever.variations]
    case = Case(study, chosen, aggregation, at, folder, *others)
    model = case.model(log)
    found, failed = _solve_all(case, model, asked, workers, log)
    table = _table(study.report.focus, asked, found, case)
    runs = {v.label: v.facts | {k: found[v.label][k] for k in ("seconds", "checks")} for v in asked if v.label in found}
    base = {"base": found[BASE.label]["checks"]}
    facts = manifest(study, model, aggregation, base, time.perf_counter() - begin)
    facts |= {"scenario": scenario, "runs": runs, "failed": [str(m) for m in failed]}
    return table, facts, failed


def _policy(study: Study, name: str) -> Scenario:
    scenario = study.only([name]).scenarios[0]
    if scenario.is_baseline:
        raise ScenarioError(message("CGE225", name=name))
    return scenario


def folder_name(
    study: Study, scenario: str, aggregation: str | None, years: Sequence[int] | None, names: Sequence[str],
    beside: str | None = None,
) -> str:
    """Results folder; levers other than the default have their own."""
    own = [] if tuple(names) == DEFAULT else [shortened(re.sub(r"[^\w]+", "-", "+".join(names)).strip("-"), "levers")]
    return study.folder(aggregation, years, "sensitivity", scenario, *([f"beside-{beside}"] if beside else []), *own)


def _solve_all(
    case: Case, model: Model, asked: Sequence[Variation], workers: int, log: Log
) -> tuple[dict[str, dict[str, Any]], list[Message]]:
    """Results by label, those of an earlier call included, and what could not be solved."""
    keys = {v.label: _key(case, model, v) for v in (BASE, *asked)}
    found = {v.label: r for v in (BASE, *asked) if (r := _load(case.file(v), keys[v.label])) is not None}
    if BASE.label not in found:
        try:
            found[BASE.label] = _solve(case, model, BASE, keys[BASE.label])
        except ConvergenceError as error:
            raise RunSetError(message("CGE226", said=both(error))) from error
    focus = case.study.report.focus
    log(message("base_run", region=focus, change=found[BASE.label]["gdp_change_pct"][focus]))
    todo = [v for v in asked if v.label not in found]
    before = message("ahead.before", count=len(asked) - len(todo)) if len(todo) < len(asked) else ""
    log(step(message("ahead.runs", count=len(todo), before=before), ahead=len(todo)))
    failed: list[Message] = []
    for variation, result in _spread(case, model, todo, keys, workers):
        if isinstance(result, Message):
            failed.append(message("CGE227.run", name=variation.label, said=result))
            log(step(message("run_unsolved", name=variation.label)))
            continue
        found[variation.label] = result
        change = result["gdp_change_pct"][focus]
        log(step(message("run_solved", name=variation.label, region=focus, change=change, seconds=result["seconds"])))
    return found, failed


def _spread(
    case: Case, model: Model, todo: Sequence[Variation], keys: Mapping[str, str], workers: int
) -> Iterable[tuple[Variation, dict[str, Any] | Message]]:
    calls = [partial(_try, case, model, v, keys[v.label]) for v in todo]
    try:
        for k, result in as_they_come(calls, workers):
            yield todo[k], result
    except BrokenProcessPool as error:
        raise RunSetError(message("CGE228", folder=case.folder)) from error


def _try(case: Case, model: Model, variation: Variation, key: str) -> dict[str, Any] | Message:
    try:
        with np.errstate(all="ignore"):
            return _solve(case, model, variation, key)
    except ConvergenceError as error:
        return both(error)


def _solve(case: Case, model: Model, variation: Variation, key: str) -> dict[str, Any]:
    """Solve one run and keep it."""
    begin = time.perf_counter()
    moved = varied(model, variation, case.study.baseline)
    result: dict[str, Any] = {"key": key}
    for asked in filter(None, (case.beside, case.scenario)):
        closure = asked.closure.model_copy(update=dict(variation.closure))
        policy = policy_of(moved, asked.model_copy(update={"closure": closure}))
        run = run_policy(
            moved.system, moved.benchmark, moved.paths, moved.baseline, policy, name=asked.id, log=lambda _: None
        )
        found = measures(moved, run, asked.id) | {"checks": solver_checks(moved, run, variation.label)}
        result |= {BESIDE: found} if asked is case.beside else found
    result["seconds"] = round(time.perf_counter() - begin, 1)
    write_whole(case.file(variation), json.dumps(result, indent=1), lasting=True)
    return result


def _key(case: Case, model: Model, variation: Variation) -> str:
    """Digest of everything a run follows from: equations, base year, paths, scenario and what is moved."""
    path = {f"path {n}": np.asarray(getattr(model.paths, n), float) for n in model.paths.__dataclass_fields__}
    problem = Checkpoint(None, model.system).key({**model.benchmark.parameters, **path}, [])
    changed = model.parameters.with_values(variation.changes, variation.label).digest()
    policies = [asked.model_dump_json() for asked in filter(None, (case.scenario, case.beside))]
    return digest(problem, changed, *policies, json.dumps(variation.facts, sort_keys=True))


def _load(path: Path, key: str) -> dict[str, Any] | None:
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored if stored.get("key") == key else None


def _gap(found: Mapping[str, Any], region: str) -> float:
    """Change of GDP under the second policy less that under the first, percentage points."""
    return float(found[BESIDE]["gdp_change_pct"][region] - found["gdp_change_pct"][region])


def _table(
    focus: str, asked: Sequence[Variation], found: Mapping[str, Mapping[str, Any]], case: Case
) -> pd.DataFrame:
    base = found[BASE.label]["gdp_change_pct"]
    rows = []
    for v in (BASE, *asked):
        row: dict[str, Any] = {"experiment": "sensitivity", "scenario": case.scenario.id, "parameter": v.lever,
                               "side": v.side, "value": v.value, "base_value": v.base}  # fmt: skip
        solved = found.get(v.label)
        for name in MEASURES:
            for region in (focus, "CN"):
                row[f"{name}_{region}"] = solved[name].get(region, np.nan) if solved else np.nan
        for region in (focus, "CN"):
            row[f"gdp_minus_base_pp_{region}"] = solved["gdp_change_pct"][region] - base[region] if solved else np.nan
        for region in (focus, "CN") if case.beside else ():
            row[f"beside_gdp_change_pct_{region}"] = solved[BESIDE]["gdp_change_pct"][region] if solved else np.nan
            row[f"gap_pp_{region}"] = _gap(solved, region) if solved else np.nan
            row[f"gap_minus_base_pp_{region}"] = (
                _gap(solved, region) - _gap(found[BASE.label], region) if solved else np.nan
            )
        row["rank_correlation"] = solved["rank_correlation"] if solved else np.nan
        row["solved"] = "yes" if solved else "no"
        rows.append(row)
    table = pd.DataFrame(rows)
    number = table.select_dtypes("number").columns
    table[number] = table[number].map(lambda x: float(f"{x:.{DIGITS}g}"))
    return table


def refuse_unsolved(failed: Sequence[Message], folder: Path) -> None:
    """Say which runs of a set have no solution, after the others are written."""
    if failed:
        raise RunSetError(joined(message("CGE227", count=len(failed), folder=folder), list(failed)))

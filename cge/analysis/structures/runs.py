"""Runs of structures: side by side in processes, each kept as soon as it is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from cge.analysis.sensitivity.runs import RunSetError
from cge.analysis.structures.file import Structures
from cge.runs.place import RUNS
from cge.runs.workers import as_they_come
from cge.study.results import INDICES, NATION
from cge.study.run import run
from cge.study.scenario import Study
from cgebase.errors import ConvergenceError
from cgebase.messages import Message, both, message
from cgebase.progress import step

Log = Callable[[Message], None]
BESIDE = ("gdp_cumulative_loss_pct", "permit_price", "cap_share_2021")
"""What else is kept of the nation and the focus province."""
EVERYWHERE = INDICES[0]
"""What is kept of every province."""


def run_structures(
    asked: Structures, studies: Mapping[str, Study], *, aggregation: str | None, years: Sequence[int] | None,
    folder: Path, workers: int, log: Log,
) -> tuple[pd.DataFrame, dict[str, Any], list[Message]]:  # fmt: skip
    """Solve the study under every structure; what the folder holds of the same question is not solved again.

    Returns
    -------
    table : DataFrame
        Tidy rows of the last year: structure, scenario, region, year, indicator, value, unit.
    facts : dict
        How each was made, plain JSON: parameter set, baseline, data, largest violation of an identity, seconds.
    failed : list of Message
        Structures that could not be solved.

    Raises
    ------
    RunSetError
        A process died; what is solved is kept.
    """
    calls = [partial(_solve, row.id, studies[row.id], aggregation, years, folder / RUNS / row.id)
             for row in asked.structures]  # fmt: skip
    log(step(message("ahead.runs", count=len(calls), before=""), ahead=len(calls)))
    found: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {}
    failed: list[Message] = []
    try:
        for k, result in as_they_come(calls, workers):
            name = asked.structures[k].id
            if isinstance(result, Message):
                failed.append(message("CGE227.run", name=name, said=result))
                log(step(message("run_unsolved", name=name)))
            else:
                found[name] = result
                log(step(message("scenario_solved", name=name)))
    except BrokenProcessPool as error:
        raise RunSetError(message("CGE228", folder=folder)) from error
    solved = [row.id for row in asked.structures if row.id in found]
    table = pd.concat([found[name][0] for name in solved], ignore_index=True) if solved else pd.DataFrame()
    return table, {name: found[name][1] for name in solved}, failed


def _solve(
    name: str, study: Study, aggregation: str | None, years: Sequence[int] | None, folder: Path
) -> tuple[pd.DataFrame, dict[str, Any]] | Message:
    """Rows of one structure, or why it has no solution."""
    try:
        results = run(study, aggregation=aggregation, years=years, folder=folder)
    except ConvergenceError as error:
        return both(error)
    data, made = results.data, results.manifest
    last = data[(data["year"] == data["year"].max()) & (data["sector"] == "all")]
    here = last["region"].isin([NATION, results.focus]) & last["indicator"].isin((*INDICES, *BESIDE))
    rows = last[here | (last["indicator"] == EVERYWHERE)].drop(columns="sector")
    rows = rows[rows["scenario"].isin(results.policies)]
    rows.insert(0, "structure", name)
    worst = max(v for of in results.checks.values() for v in of.values())
    facts = {k: made[k] for k in ("parameter_set", "baseline", "sam_choices", "seconds")}
    return rows, facts | {"worst_check": worst, "question": results.question}

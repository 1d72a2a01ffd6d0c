"""Marginal abatement cost curves: the permit price at which a province, or the nation, emits a share of what it would.

Every point is a full solve of the study's cap with another share in its end year. A province's curve has every province
under the same share at the same time, each alone; the nation's has them all trade. Prices hold what others do, what is
bought elsewhere and what capital was not accumulated: these are not engineering curves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.sensitivity import RunSetError
from cge.runs.dynamics import run_policy
from cge.runs.workers import as_they_come
from cge.study.model import Model, model_of, policy_of, solver_checks
from cge.study.scenario import Scenario, Study
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.errors import ConvergenceError, ScenarioError
from cgebase.messages import Message, both, message
from cgebase.progress import step
from sam.registry import NATION

Log = Callable[[Message], None]
SHARES = tuple(round(0.9 - 0.1 * k, 1) for k in range(9))
"""Emissions of the end year over those of the base year, 90 to 10 per cent."""
TRADES = ("none", "national")
COLUMNS = ["share", "trade", "region", "year", "emissions", "baseline_emissions", "abated_pct", "permit_price",
           "solved"]  # fmt: skip


def curves(
    study: Study, scenario: str, *, shares: Sequence[float] = SHARES, aggregation: str | None = None,
    years: Sequence[int] | None = None, folder: Path | None = None, workers: int = 2, log: Log = lambda _: None,
) -> tuple[pd.DataFrame, Model]:  # fmt: skip
    """Solve the points of all curves; years that are solved are kept.

    Parameters
    ----------
    scenario : str
        Its cap is moved; its closure stays.
    shares : sequence of float
        Emissions of the nation in the end year over those of the base year.

    Returns
    -------
    table : DataFrame
        Columns :data:`COLUMNS`: provinces without trade, the nation with, in every year of the study from the start of
        the cap on; a point without a solution has empty numbers and ``no`` in its last column.

    Raises
    ------
    ScenarioError
        The scenario has no cap.
    RunSetError
        A worker died; solved years are kept.
    """
    asked = study.only([scenario]).scenarios[0]
    if asked.cap is None:
        raise ScenarioError(message("CGE278", name=scenario))
    model = model_of(study, aggregation, years, log=log, out=folder)
    points = [(trade, share) for trade in TRADES for share in shares]
    log(step(message("ahead.curves", count=len(points)), ahead=len(points)))
    calls = [partial(_point, model, asked, trade, share) for trade, share in points]
    found: dict[int, pd.DataFrame] = {}
    try:
        for k, (rows, why) in as_they_come(calls, workers):
            trade, share = points[k]
            said = message(f"curve_point.{trade}", share=100 * share)
            log(step(said if why is None else message("curve_unsolved", point=said, why=why)))
            found[k] = rows
    except BrokenProcessPool as error:
        raise RunSetError(message("CGE228", folder=folder)) from error
    return pd.concat([found[k] for k in sorted(found)], ignore_index=True), model


def moved(scenario: Scenario, trade: str, share: float) -> Scenario:
    """The scenario with another share in its end year, the same for all, alone or trading; nodes of a path go."""
    assert scenario.cap is not None
    uniform = {"allocation": "uniform", "exponents": {}, "path": {}, "provinces": {}}
    cap = scenario.cap.model_copy(update={"final_share": share, "trade": trade, "groups": (), **uniform})
    return scenario.model_copy(update={"id": f"{scenario.id}-{trade}-{round(1000 * share)}", "cap": cap})


def _point(model: Model, asked: Scenario, trade: str, share: float) -> tuple[pd.DataFrame, Message | None]:
    scenario = moved(asked, trade, share)
    try:
        with np.errstate(all="ignore"):
            run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy_of(model, scenario),
                             name=scenario.id, log=lambda _: None, kept=model.kept)  # fmt: skip
    except ConvergenceError as error:
        return pd.DataFrame([_row(share, trade, NATION, model.paths.years[-1])], columns=COLUMNS), both(error)
    solver_checks(model, run, scenario.id)
    assert scenario.cap is not None
    rows = []
    for base, now in zip(model.baseline, run, strict=True):
        if now.year <= scenario.cap.start_year:
            continue
        without, left, price = base.values["EM"], now.values["EM"], now.values["TAU"] * YUAN_PER_TONNE
        if trade == "none":
            rows += [_row(share, trade, r, now.year, left[k], without[k], price[k])
                     for k, r in enumerate(model.benchmark.sets["r"])]  # fmt: skip
        else:
            mean = float((price * now.values["EMC"]).sum() / now.values["EMC"].sum())
            rows.append(_row(share, trade, NATION, now.year, left.sum(), without.sum(), mean))
    return pd.DataFrame(rows, columns=COLUMNS), None


def _row(
    share: float, trade: str, region: str, year: int, left: float = np.nan, without: float = np.nan,
    price: float = np.nan,
) -> dict[str, Any]:  # fmt: skip
    return {"share": share, "trade": trade, "region": region, "year": year, "emissions": left,
            "baseline_emissions": without, "abated_pct": 100 * (1 - left / without), "permit_price": price,
            "solved": "yes" if left == left else "no"}  # fmt: skip

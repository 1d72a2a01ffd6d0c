"""A study run whole: every scenario solved, its indicators, checks and result files."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.measure.budgets import BUDGET, budgets
from cge.measure.energy import SUMMARY as ENERGY
from cge.measure.energy import accounts
from cge.measure.indicators import changes, levels
from cge.runs.dynamics import run_policy
from cge.runs.workers import as_they_come
from cge.study.model import WALRAS, Log, Model, policy_of, prepare, solver_checks, with_model
from cge.study.results import holds_run
from cge.study.scenario import Scenario, Study
from cge.theory.closures import CLOSURES
from cgebase.messages import message
from cgebase.whole import whole
from sam import paths as data

NUMERAIRE = "national consumer price index = 1"
SUMMARY = (
    "gdp_change_pct", "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct", "gdp_cumulative_loss_discounted_pct",
    "gdp_cumulative_loss_discounted_3pct_pct", "welfare_ev_pct", "consumption_change_pct",
    "terms_of_trade_change_pct", "permit_price", "permit_trade", "emissions", "cap", "cap_share_2021", "gdp",
    "abatement_cost", "value_added_change_pct", "output_change_pct", "gdp_contribution_pp", "generation",
    "welfare_ev_household_pct", "welfare_income_household_pct", "welfare_prices_household_pct", "gini_change_points",
    "welfare_ev_cumulative_discounted_pct", "foreign_saving",
)  # fmt: skip
AT_THE_END = (
    *ENERGY, BUDGET, "stored", "storage_rent", "congestion_rent", "electricity_exports", "electricity_imports",
    "labour_change_pct",
)  # fmt: skip
"""In the summary for the nation and the focus province, in the last year only."""
NOISE = 1e-7
"""Sums that are zero but for rounding are written as zero."""
SECTOR_INDICATORS = (
    "value_added_change_pct", "output_change_pct", "gdp_contribution_pp", "welfare_income_household_pct",
    "welfare_prices_household_pct",
)  # fmt: skip
SPREAD = 5
"""Policies from which on they are spread over processes, each of which needs a model of its own first."""


@dataclass(frozen=True)
class Solved:
    """A solved scenario.

    Parameters
    ----------
    tidy : DataFrame
        Its indicators, rows of the results file.
    checks : dict of str to float
        Violations of the identities.
    active : tuple of str
        Equations of its closure and instruments.
    """

    tidy: pd.DataFrame
    checks: dict[str, float]
    active: tuple[str, ...]


def solve_scenario(model: Model, scenario: Scenario, log: Log = lambda _: None) -> Solved:
    """Solve a scenario and take what is reported of it.

    Raises
    ------
    ConvergenceError
        A year could not be solved.
    IdentityError
        Accounts do not close.
    """
    if scenario.is_baseline:
        run, active, beside = model.baseline, CLOSURES["baseline"], []
    else:
        policy = policy_of(model, scenario, log)
        run, active = run_policy(
            model.system, model.benchmark, model.paths, model.baseline, policy, name=scenario.id, log=log,
            kept=model.kept,
        ), policy.active  # fmt: skip
        beside = [changes(model.benchmark, model.baseline, run, scenario.id)]
    of_run = [table(model.benchmark, run, scenario.id) for table in (levels, accounts, budgets)]
    return Solved(pd.concat([*beside, *of_run], ignore_index=True), solver_checks(model, run, scenario.id), active)


def run_compare(
    study: Study,
    *,
    aggregation: str | None = None,
    years: Sequence[int] | None = None,
    out: Path,
    force: bool = False,
    progress: Log = lambda _: None,
    tuned: Model | None = None,
    workers: int = 1,
) -> dict[str, Any]:
    """Solve a study and write its result files.

    Parameters
    ----------
    study : Study
    aggregation, years
        Instead of the study's own; such a run has a folder of its own, never that of the committed results.
    out : Path
        Gets ``<study>/<scenario>/`` and ``<study>/summary.csv``.
    progress : callable
        Told each step in words.
    tuned : Model, optional
        A model with fitted scalars; its results go to a folder of their own.
    workers : int
        Processes that many policies are spread over; a tuned model is solved here.

    Returns
    -------
    dict
        ``table`` (rows of the short table), ``out``, ``checks``, ``data`` (tidy frame) and ``manifest``.
    """
    begin = time.perf_counter()
    aggregation = aggregation or study.base.aggregation
    years = tuple(years or study.time.years)
    folder = out / study.folder(aggregation, years)
    if tuned is not None:
        folder = folder.with_name(f"{folder.name}_{tuned.tuning.label}")
    build = partial(prepare, aggregation, years, own=study.base.folder, out=folder, baseline=study.baseline)
    model = tuned or build(log=progress)
    solved = _solve_all(study, model, None if tuned else build, progress, workers)
    tidy = pd.concat([found.tidy for found in solved.values()], ignore_index=True)
    checks = {name: found.checks for name, found in solved.items()}
    facts = manifest(study, model, aggregation, checks, time.perf_counter() - begin)
    _write(folder, study, tidy, facts, {name: found.active for name, found in solved.items()}, force=force)
    if model.kept is not None:
        model.kept.finish()
    return {
        "table": short_table(tidy, study.report.focus), "out": str(folder), "checks": checks, "data": tidy,
        "manifest": facts,
    }  # fmt: skip


def _solve_all(
    study: Study, model: Model, build: Callable[..., Model] | None, progress: Log, workers: int
) -> dict[str, Solved]:
    """Every scenario by name, in the order of the study; many policies side by side, as long as no process dies."""
    policies = [s for s in study.scenarios if not s.is_baseline]
    found: dict[str, Solved] = {}
    if build is not None and workers > 1 and len(policies) >= SPREAD:
        calls = [partial(solve_scenario, scenario=s) for s in policies]
        try:
            for k, result in as_they_come(calls, workers, begin=with_model, given=(build,)):
                found[policies[k].id] = result
                progress(f"{len(found)} of {len(policies)}: {policies[k].id}")
        except BrokenProcessPool:
            progress("a process died; the rest is solved here")
    return {s.id: found.get(s.id) or solve_scenario(model, s, progress) for s in study.scenarios}


def short_table(tidy: pd.DataFrame, focus: str) -> list[dict[str, Any]]:
    """Rows for the screen: last year, focus province and nation, every policy."""
    last = tidy["year"].max()
    pick = tidy[(tidy["year"] == last) & (tidy["sector"] == "all") & tidy["region"].isin([focus, "CN"])]
    wanted = ["gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price", "emissions"]
    table = pick[pick["indicator"].isin(wanted)].pivot(
        index=["scenario", "region"], columns="indicator", values="value"
    )
    return [
        {"scenario": s, "region": r, "year": int(last)} | {k: float(v) for k, v in row.items() if v == v}
        for (s, r), row in table.iterrows()
    ]


def manifest(study: Study, model: Model, aggregation: str, found: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """What was asked, with which data, parameters and programs, and how it was solved."""
    import numba
    import scipy
    import sympy

    def git(*words: str) -> str:
        try:
            here = Path(__file__).parent
            return subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""

    sam = model.benchmark.economy.sam
    return {
        "study": study.id, "sam": study.base.sam, "sam_choices": asdict(sam.choices),
        "sam_sources": list(sam.sources), "aggregation": aggregation, "years": list(model.paths.years),
        "baseline": study.baseline.chosen,
        "study_gdp": {"region": data.FOCUS, "price_ratio": data.xinjiang_price_ratio(),
                      "gdp": {str(y): v for y, v in data.xinjiang_study_gdp().items()}},
        "commit": git("rev-parse", "HEAD"), "modified": bool(git("status", "--porcelain")),
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__,
                     "sympy": sympy.__version__, "numba": numba.__version__, "pandas": pd.__version__},
        "parameter_set": model.tuning.label, "fitted": asdict(model.tuning),
        "parameter_digest": model.parameters.digest(),
        "changed_parameters": {f"{p}[{i}]": v for (p, i), v in model.parameters.changed.items()},
        "numeraire": NUMERAIRE, "walras_equation": WALRAS,
        "checks": found, "seconds": round(seconds, 1),
    }  # fmt: skip


def _write(
    folder: Path, study: Study, tidy: pd.DataFrame, facts: dict[str, Any], active: Mapping[str, Sequence[str]], *,
    force: bool,
) -> None:  # fmt: skip
    """Every file under a temporary name first, then renamed."""
    target = folder / "summary.csv"
    if holds_run(folder) and not force:
        raise FileExistsError(message("CGE003", path=target))
    for scenario in study.scenarios:
        place = folder / scenario.id
        place.mkdir(parents=True, exist_ok=True)
        part = tidy[tidy["scenario"] == scenario.id]
        _replace(place / "results.csv.gz", partial(part.to_csv, index=False, compression="gzip"))
        chosen = scenario.closure.model_dump()
        found = facts["checks"].get(scenario.id, {})
        own = facts | {"scenario": scenario.id, "closure": chosen, "instruments": _instruments(scenario),
                       "equations": list(active[scenario.id]), "checks": found}  # fmt: skip
        _replace(place / "manifest.json", partial(Path.write_text, data=json.dumps(own, indent=1)))
    last = tidy["year"].max()
    focus = study.report.focus
    rows = tidy[
        tidy["indicator"].isin(SUMMARY)
        & (tidy["indicator"].isin(SECTOR_INDICATORS).mul(-1).add(1).astype(bool)
           | ((tidy["region"] == focus) & (tidy["year"] == last)))
        & ((tidy["indicator"] != "generation") | tidy["region"].isin([focus, "CN"]))
    ]  # fmt: skip
    ending = tidy["indicator"].isin(AT_THE_END) & tidy["region"].isin([focus, "CN"]) & (tidy["year"] == last)
    rows = pd.concat([rows, tidy[ending]], ignore_index=True)
    rows.insert(0, "experiment", study.id)
    rows["value"] = rows["value"].map(lambda v: float(f"{v:.8g}") if abs(v) > NOISE else 0.0)
    _replace(target, lambda p: rows.to_csv(p, index=False))


def _instruments(scenario: Scenario) -> dict[str, Any]:
    given = {"cap": scenario.cap, **scenario.instruments}
    return {name: i.model_dump() for name, i in given.items() if i is not None}


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    with whole(path) as part:
        write(part)

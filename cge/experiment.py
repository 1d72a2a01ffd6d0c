"""The flagship: from a study file to solved scenarios, indicators, checks and result files."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.allocation import BOUNDS, EQUAL_LOSS, RULES, Drivers, cap_path, mix
from cge.baseline import Baseline
from cge.budgets import BUDGET, budget_gap, budgets
from cge.calibration import BUSBAR, Benchmark, calibrate
from cge.checkpoint import Checkpoint
from cge.closures import CLOSURES
from cge.dynamics import run_baseline, run_policy
from cge.energy import SUMMARY as ENERGY
from cge.energy import accounts, carbon_gap
from cge.equal_loss import equal_loss
from cge.equations import THEORY
from cge.errors import IdentityError, InfeasibleCapError
from cge.indicators import changes, checks, levels
from cge.nests import HOUSEHOLD_ENERGY
from cge.parameters import ParameterSet, load_parameters
from cge.pathways import build_paths
from cge.periods import Paths, Period, Policy
from cge.policies import Instrument
from cge.results import holds_run
from cge.scenario import Cap, Scenario, Study
from cge.system import System
from sam import paths as data
from sam.economy import load_economy, refuse_other_codes
from sam.messages import Message, joined, listed, message
from sam.registry import province
from sam.validate import refuse_faults
from sam.whole import whole

Array = np.ndarray
Log = Callable[[str], None]
USUAL = Baseline()
CLOSES = 1e-8
"""Largest violation of an identity, relative to its aggregate."""
WALRAS = "balance_of_payments"
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


@dataclass(frozen=True)
class Tuning:
    """The two scalars of the parameter set ``replication``; 1 and 0 is ``literature``.

    Parameters
    ----------
    hardness : float
        Multiplies abatement cost and divides the flexibility of power.
    energy_base : float
        Weight of the energy-base rule in the role-and-stage allocation, 0 to 1.
    """

    hardness: float = 1.0
    energy_base: float = 0.0

    @property
    def label(self) -> str:
        """Name of the parameter set."""
        return "literature" if self == Tuning() else "replication"


@dataclass(frozen=True)
class Model:
    """A calibrated model with its paths and solved baseline."""

    benchmark: Benchmark
    system: System
    parameters: ParameterSet
    paths: Paths
    baseline: list[Period]
    kept: Checkpoint | None = None
    tuning: Tuning = Tuning()

    @cached_property
    def drivers(self) -> Drivers:
        """Base-year facts that allocation rules weigh."""
        economy, regions = self.benchmark.economy, list(self.benchmark.sets["r"])
        population = data.population_path([2021]).set_index("region")["value"].loc[regions].to_numpy(float)
        made = economy.generation.groupby("region")["twh"].sum().loc[regions].to_numpy(float)
        used = economy.electricity_use.set_index("region")["twh"].loc[regions].to_numpy(float)
        return Drivers(
            gdp=self.benchmark.parameters["gdp0"], population=population, generation=made, electricity_use=used,
            energy_exports=energy_exports(self.benchmark),
        )  # fmt: skip


def prepare(
    aggregation: str, years: Sequence[int], *, log: Log, own: Path | None = None, out: Path | None = None,
    baseline: Baseline = USUAL,
) -> Model:  # fmt: skip
    """Load, calibrate, replicate the base year and solve the baseline.

    Parameters
    ----------
    own : Path, optional
        Folder of the user's own economy instead of the shipped one.
    out : Path, optional
        Results folder, where solved periods are kept while the run is not whole.
    baseline : Baseline
        Paths that the baseline hits.
    """
    economy = load_economy(aggregation, folder=own)
    if own is not None:
        refuse_other_codes(economy, aggregation)
        refuse_faults(economy)
    parameters = load_parameters(aggregation, economy.activities, economy.commodities)
    benchmark = calibrate(economy, parameters)

    def compiling(done: int, of: int) -> None:
        if done % 10 == 0 or done == of:
            log(f"compiling equations, once: {done} of {of}")

    wanted = {n: None for active in CLOSURES.values() for n in (*active, WALRAS)}
    system = System(THEORY, benchmark.sets, progress=compiling, first=tuple(wanted))
    paths = build_paths(benchmark, parameters, years, **baseline.chosen)
    kept = Checkpoint(out, system)
    solved = run_baseline(system, benchmark, paths, log=log, kept=kept)
    return Model(benchmark, system, parameters, paths, solved, kept)


def energy_exports(benchmark: Benchmark) -> Array:
    """Net energy sold to other provinces and abroad in the base year, (r,), 1e8 CNY."""
    cells = benchmark.economy.sam.cells
    row, column = (cells[k].str.split(":", expand=True) for k in ("row", "column"))
    traded = (row[1] == column[1]) & row[0].eq("com") & column[0].eq("com")
    energy = {*HOUSEHOLD_ENERGY, BUSBAR}
    sold = row[0].eq("com") & row[1].isin(energy) & (traded | column[0].eq("row"))
    bought = column[0].eq("com") & column[1].isin(energy) & (traded | row[0].eq("row"))
    out = cells["value"][sold].groupby(row[2][sold]).sum()
    into = cells["value"][bought].groupby(column[2][bought]).sum()
    regions = list(benchmark.sets["r"])
    return (out.reindex(regions).fillna(0.0) - into.reindex(regions).fillna(0.0)).to_numpy(float)


def cap_shares(model: Model, scenario: Scenario, log: Log = lambda _: None) -> Array:
    """Cap of the end year as a share of each province's own base-year emissions, (r,)."""
    assert scenario.cap is not None
    cap = scenario.cap
    em0, facts = model.benchmark.parameters["em0"], model.drivers
    if cap.allocation == EQUAL_LOSS:
        found = equal_loss(
            model, _without_caps(model, scenario), target=cap.final_share, start=cap.start_year, end=cap.end_year,
            bounds=(cap.final_share * BOUNDS[0], min(cap.final_share * BOUNDS[1], 1.0)), log=log,
        )  # fmt: skip
        return found.shares
    shares = np.asarray(RULES[cap.allocation](em0, facts, target=cap.final_share))
    if cap.allocation == "role-and-stage" and model.tuning.energy_base > 0:
        other = RULES["energy-base"](em0, facts, target=cap.final_share)
        return mix([shares, other], [1 - model.tuning.energy_base, model.tuning.energy_base])
    return shares


def refuse_empty_caps(model: Model, shares: Array) -> None:
    """Refuse caps of zero or less before any solve; lower limits are found and named by the solver."""
    bad = np.flatnonzero(shares <= 0)
    if bad.size:
        found = [province(model.benchmark.sets["r"][k]) for k in bad]
        raise InfeasibleCapError(message("CGE501", names=listed(Message(p.name_en, p.name_zh) for p in found)))


def policy_of(model: Model, scenario: Scenario, log: Log = lambda _: None) -> Policy:
    """Caps by year, trading groups, instruments and closure of a scenario."""
    caps: dict[int, Array] = {}
    if scenario.cap is not None:
        shares = cap_shares(model, scenario, log)
        refuse_empty_caps(model, shares)
        em0, start = model.benchmark.parameters["em0"], scenario.cap.start_year
        table = cap_path(em0, shares, model.paths.years, start=start, end=scenario.cap.end_year)
        caps = {y: table[t] for t, y in enumerate(model.paths.years) if y >= start}
    return replace(_without_caps(model, scenario), caps=caps)


def _without_caps(model: Model, scenario: Scenario) -> Policy:
    flex, chosen, hard = model.parameters, scenario.closure.model_dump(), model.tuning.hardness
    powers = [flex.scalar(n) / hard for n in ("gamma_technology", "gamma_origin")]
    return Policy({}, trading(model, scenario), powers[0], powers[1], chosen, hard, scenario.instruments)


def trading(model: Model, scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """Groups of provinces that trade permits with each other."""
    regions, who = list(model.benchmark.sets["r"]), scenario.trading
    if not who.groups and who.trade == "national":
        return (tuple(range(len(regions))),)
    return tuple(tuple(regions.index(n) for n in group) for group in who.groups)


def run_compare(
    study: Study,
    *,
    aggregation: str | None = None,
    years: Sequence[int] | None = None,
    out: Path,
    force: bool = False,
    progress: Log = lambda _: None,
    tuned: Model | None = None,
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
    model = tuned or prepare(
        aggregation, years, log=progress, own=study.base.folder, out=folder, baseline=study.baseline
    )
    runs: dict[str, list[Period]] = {}
    active = {scenario.id: CLOSURES["baseline"] for scenario in study.scenarios}
    frames = []
    for scenario in study.scenarios:
        if scenario.is_baseline:
            runs[scenario.id] = model.baseline
        else:
            policy = policy_of(model, scenario, progress)
            runs[scenario.id] = run_policy(
                model.system, model.benchmark, model.paths, model.baseline, policy, name=scenario.id, log=progress,
                kept=model.kept,
            )  # fmt: skip
            active[scenario.id] = policy.active
            frames.append(changes(model.benchmark, model.baseline, runs[scenario.id], scenario.id))
        frames.append(levels(model.benchmark, runs[scenario.id], scenario.id))
        frames.append(accounts(model.benchmark, runs[scenario.id], scenario.id))
        frames.append(budgets(model.benchmark, runs[scenario.id], scenario.id))
    tidy = pd.concat(frames, ignore_index=True)
    found = {k: solver_checks(model, v, k) for k, v in runs.items()}
    facts = manifest(study, model, aggregation, found, time.perf_counter() - begin)
    _write(folder, study, tidy, facts, active, force=force)
    if model.kept is not None:
        model.kept.finish()
    return {
        "table": short_table(tidy, study.report.focus), "out": str(folder), "checks": found, "data": tidy,
        "manifest": facts,
    }  # fmt: skip


def identities(model: Model, periods: Sequence[Period]) -> dict[str, float]:
    """Violations of what must hold in a solved run: residuals, Walras' law, accounts, relative to their aggregates."""
    walras = [float(model.system.residuals(p.parameters, p.values, [WALRAS])[WALRAS]) for p in periods]
    of_accounts = {"carbon_of_fuels": carbon_gap(periods), "budgets": budget_gap(periods)}
    return checks(model.benchmark, periods, walras) | of_accounts


def solver_checks(model: Model, periods: Sequence[Period], name: str) -> dict[str, float]:
    """Identities of a solved run, which must hold.

    Raises
    ------
    IdentityError
        One of them does not hold; all are named.
    """
    found = identities(model, periods)
    broken = [message("CGE531", identity=message(f"check.{k}"), found=v) for k, v in found.items() if not v < CLOSES]
    if broken:
        raise IdentityError(joined(message("CGE530", scenario=name, limit=CLOSES), broken))
    return found


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
    given = {n: getattr(scenario, n) for n in type(scenario).model_fields}
    return {n: i.model_dump() for n, i in given.items() if isinstance(i, (Cap, Instrument))}


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    with whole(path) as part:
        write(part)

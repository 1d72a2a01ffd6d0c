"""A calibrated model, its baseline, what a scenario asks of it, and what must hold once it is solved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from cge.calibrate.benchmark import Benchmark, calibrate
from cge.calibrate.parameters import ParameterSet, load_parameters
from cge.measure.budgets import budget_gap
from cge.measure.energy import carbon_gap
from cge.measure.indicators import checks
from cge.policies.allocation import BOUNDS, EQUAL_LOSS, RULES, Drivers, cap_path, mix
from cge.runs.baseline_paths import build_paths
from cge.runs.dynamics import run_baseline
from cge.runs.periods import Paths, Period, Policy
from cge.runs.store import Checkpoint
from cge.solve.system import System
from cge.study.baseline import Baseline
from cge.study.equal_loss import equal_loss
from cge.study.scenario import Parameters, Scenario, Study
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from cge.theory.nests import HOUSEHOLD_ENERGY
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import IdentityError, InfeasibleCapError
from cgebase.messages import Message, joined, listed, message
from cgebase.progress import step
from sam import paths as data
from sam.classification import BUSBAR
from sam.economy import load_economy, refuse_other_codes
from sam.registry import province
from sam.validate import refuse_faults

Log = Callable[[Message], None]
USUAL = Baseline()
AS_SHIPPED = Parameters()
CLOSES = 1e-8
"""Largest violation of an identity, relative to its aggregate."""
WALRAS = "balance_of_payments"


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


@dataclass(frozen=True, repr=False)
class Model(Brief):
    """A calibrated model with its paths and solved baseline."""

    benchmark: Benchmark
    system: System
    parameters: ParameterSet
    paths: Paths
    baseline: list[Period]
    kept: Checkpoint | None = None
    tuning: Tuning = Tuning()

    @property
    def parameter_set(self) -> str:
        """Name of the parameter set with the values that are set beside it."""
        return self.tuning.label + self.parameters.name.removeprefix(Tuning().label)

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
    baseline: Baseline = USUAL, changes: Parameters = AS_SHIPPED,
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
    changes : Parameters
        Values of parameters instead of those of the tables.
    """
    economy = load_economy(aggregation, folder=own)
    if own is not None:
        refuse_other_codes(economy, aggregation)
        refuse_faults(economy)
    parameters = changes.on(load_parameters(aggregation, economy.activities, economy.commodities))
    benchmark = calibrate(economy, parameters)

    def compiling(done: int, of: int) -> None:
        if done % 10 == 0 or done == of:
            log(step(message("compiling", done=done, of=of), 0))

    wanted = {n: None for active in CLOSURES.values() for n in (*active, WALRAS)}
    system = System(THEORY, benchmark.sets, progress=compiling, first=tuple(wanted))
    paths = build_paths(benchmark, parameters, years, **baseline.chosen)
    kept = Checkpoint(out, system)
    solved = run_baseline(system, benchmark, paths, log=log, kept=kept)
    return Model(benchmark, system, parameters, paths, solved, kept)


def model_of(
    study: Study, aggregation: str | None = None, years: Sequence[int] | None = None, *, log: Log,
    out: Path | None = None,
) -> Model:  # fmt: skip
    """The model of a study, see :func:`prepare`; ``aggregation`` and ``years`` instead of its own."""
    return prepare(
        aggregation or study.base.aggregation, tuple(years or study.time.years), log=log, own=study.base.folder,
        out=out, baseline=study.baseline, changes=study.parameters,
    )  # fmt: skip


def with_model(build: Callable[..., Model], model: Model | None = None) -> tuple[Model]:
    """Have the model at hand; a process of its own makes it."""
    return (model or build(log=lambda _: None),)


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
    acts = tuple(scenario.instruments.values())
    return Policy({}, trading(model, scenario), powers[0], powers[1], chosen, hard, acts)


def trading(model: Model, scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """Groups of provinces that trade permits with each other."""
    regions, who = list(model.benchmark.sets["r"]), scenario.trading
    if not who.groups and who.trade == "national":
        return (tuple(range(len(regions))),)
    return tuple(tuple(regions.index(n) for n in group) for group in who.groups)


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

"""A calibrated model, its baseline, what a scenario asks of it, and what must hold once it is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.parameters import ParameterSet
from cge.measure.budgets import budget_gap
from cge.measure.energy import carbon_gap
from cge.measure.indicators import checks
from cge.policies.allocation import EQUAL_LOSS, Drivers
from cge.runs.dynamics import run_baseline
from cge.runs.periods import Paths, Period, Policy
from cge.runs.store import Checkpoint
from cge.solve.system import System
from cge.study.base import Base
from cge.study.baseline import Baseline
from cge.study.equal_loss import equal_loss
from cge.study.posed import AS_SHIPPED, USUAL, USUAL_DATA, Log, caps_by_year, drivers, pose, ruled_shares
from cge.study.results import CLOSES
from cge.study.scenario import Parameters, Scenario, Study
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import IdentityError
from cgebase.messages import joined, message
from cgebase.progress import step

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
        """Name of the parameter set with the values and choices of data that are set beside it."""
        own = self.tuning.label + self.parameters.name.removeprefix(Tuning().label)
        return ", ".join([own, *self.benchmark.economy.sam.choices.spelt])

    @cached_property
    def drivers(self) -> Drivers:
        """Base-year facts that allocation rules weigh."""
        return drivers(self.benchmark)


def prepare(
    aggregation: str, years: Sequence[int], *, log: Log, out: Path | None = None, base: Base = USUAL_DATA,
    baseline: Baseline = USUAL, changes: Parameters = AS_SHIPPED, scenarios: Sequence[Scenario] = (),
) -> Model:  # fmt: skip
    """Load, calibrate, replicate the base year and solve the baseline.

    Parameters
    ----------
    base, baseline, changes, scenarios
        See :func:`cge.study.posed.pose`, which refuses what cannot be solved before anything is.
    out : Path, optional
        Results folder, where solved periods are kept.
    """
    start = pose(
        aggregation, years, base=base, baseline=baseline, changes=changes, scenarios=scenarios, log=log
    )

    def compiling(done: int, of: int) -> None:
        if done % 10 == 0 or done == of:
            log(step(message("compiling", done=done, of=of), 0))

    wanted = {n: None for active in CLOSURES.values() for n in (*active, WALRAS)}
    system = System(THEORY, start.benchmark.sets, progress=compiling, first=tuple(wanted))
    kept = Checkpoint(out, system)
    solved = run_baseline(system, start.benchmark, start.paths, log=log, kept=kept)
    return Model(start.benchmark, system, start.parameters, start.paths, solved, kept)


def model_of(
    study: Study, aggregation: str | None = None, years: Sequence[int] | None = None, *, log: Log,
    out: Path | None = None,
) -> Model:  # fmt: skip
    """The model of a study, see :func:`prepare`; ``aggregation`` and ``years`` instead of its own."""
    return prepare(
        aggregation or study.base.sectors, tuple(years or study.time.years), log=log, out=out,
        base=study.base, baseline=study.baseline, changes=study.parameters, scenarios=study.scenarios,
    )  # fmt: skip


def cap_shares(model: Model, scenario: Scenario, log: Log = lambda _: None) -> Array:
    """Cap of the end year as a share of each province's own base-year emissions, (r,)."""
    assert scenario.cap is not None
    cap = scenario.cap
    target = cap.target(model.benchmark.parameters["em0"])
    if cap.allocation == EQUAL_LOSS:
        found = equal_loss(
            model, _without_caps(model, scenario), target=target, start=cap.start_year, end=cap.end_year,
            bounds=(target * cap.bounds[0], min(target * cap.bounds[1], 1.0)),
            nation=cap.nation(model.benchmark.parameters["em0"], model.paths.years), log=log,
        )  # fmt: skip
        return found.shares
    return ruled_shares(model.benchmark, cap, model.drivers, model.tuning.energy_base)


def policy_of(model: Model, scenario: Scenario, log: Log = lambda _: None) -> Policy:
    """Caps by year, trading groups, instruments and closure of a scenario."""
    caps: dict[int, Array] = {}
    if scenario.cap is not None:
        caps = caps_by_year(model.benchmark, scenario.cap, cap_shares(model, scenario, log), model.paths.years)
    return replace(_without_caps(model, scenario), caps=caps)


def _without_caps(model: Model, scenario: Scenario) -> Policy:
    flex, chosen, hard = model.parameters, scenario.closure.model_dump(), model.tuning.hardness
    powers = [flex.scalar(n) / hard for n in ("gamma_technology", "gamma_origin")]
    acts = tuple(scenario.instruments.values())
    return Policy({}, trading(model, scenario), powers[0], powers[1], chosen, hard, acts)


def trading(model: Model, scenario: Scenario) -> tuple[tuple[int, ...], ...]:
    """Groups of provinces that trade permits with each other."""
    regions, who = list(model.benchmark.sets["r"]), scenario.trading
    if not who.markets and who.trade == "national":
        return tuple(tuple(own.nonzero()[0].tolist()) for own in model.benchmark.parameters["home"])
    return tuple(tuple(regions.index(n) for n in group) for group in who.markets)


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

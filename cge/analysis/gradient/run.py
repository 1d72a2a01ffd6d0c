"""A study solved and its number differentiated: by numbers of the register, by paths, by all that equations hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from cge.analysis.gradient.chain import Chain, Run, backwards
from cge.analysis.gradient.measure import FISHER, number, place
from cge.analysis.gradient.register import COLUMNS, by_register
from cge.policies.allocation import EQUAL_LOSS
from cge.runs.dynamics import run_policy
from cge.study.model import Model, model_of, policy_of, solver_checks
from cge.study.scenario import Scenario, Study
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import Message, listed, message

Log = Callable[[Message], None]
PATHS = ("gdp", "emissions", "labour", "population", "frisch", "saving", "process", "cost", "electrification", "mix")
"""Paths whose values stand in the table, as ``path.gdp`` with item ``2060 XJ``."""


@dataclass(frozen=True)
class Asked:
    """Which number.

    Parameters
    ----------
    region : str
        Code of a province, or of the nation.
    scenario : str
    against : str, optional
        Scenario whose number is taken off.
    number : str
        Of :data:`cge.analysis.gradient.measure.NUMBERS`.
    """

    region: str
    scenario: str
    against: str | None = None
    number: str = FISHER

    @property
    def scenarios(self) -> list[tuple[str, float]]:
        """Scenarios with their parts of the number."""
        return [(self.scenario, 1.0), *([(self.against, -1.0)] if self.against else [])]


@dataclass(frozen=True)
class Gradient:
    """A number and its derivatives.

    Parameters
    ----------
    value : float
        Per cent, or percentage points of a difference.
    table : DataFrame
        As :func:`cge.analysis.gradient.register.by_register`, values of paths below.
    uncovered : tuple of str
        Parameters of the register that are not differentiated.
    chain : Chain
        By everything that the equations hold.
    model : Model
    """

    value: float
    table: pd.DataFrame
    uncovered: tuple[str, ...]
    chain: Chain
    model: Model

    def arrays(self) -> bytes:
        """Derivatives by every entry of every parameter of the base year, of every path and scalar, as an npz file."""
        parts = {"first": self.chain.first, "path": self.chain.paths, "other": self.chain.other}
        out = BytesIO()
        named = {f"{kind} {n}": np.asarray(x) for kind, by in parts.items() for n, x in by.items()}
        np.savez(out, **named)  # type: ignore[arg-type]
        return out.getvalue()


def folder_name(study: Study, aggregation: str | None, years: Sequence[int] | None, asked: Asked) -> str:
    """Results folder."""
    what = f"{asked.scenario}-minus-{asked.against}" if asked.against else asked.scenario
    other = [] if asked.number == FISHER else [asked.number]
    return study.folder(aggregation, years, "gradient", *other, asked.region, what)


def gradient(
    study: Study, asked: Asked, *, aggregation: str | None = None, years: Sequence[int] | None = None,
    folder: Path | None = None, log: Log = lambda _: None,
) -> Gradient:  # fmt: skip
    """Derivative of a number of a policy by everything that goes in.

    Raises
    ------
    ScenarioError
        A scenario does not exist, does nothing, or holds what is not differentiated.
    """
    scenarios = [study.only([name]).scenarios[0] for name, _ in asked.scenarios]
    for scenario in scenarios:
        refuse(scenario)
    model = model_of(study, aggregation, years, log=log, out=folder)
    at = place(model.benchmark.sets["r"], asked.region)
    runs, value = [], 0.0
    for scenario, (_, part) in zip(scenarios, asked.scenarios, strict=True):
        policy = policy_of(model, scenario)
        periods = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name=scenario.id,
                             log=log, kept=model.kept)  # fmt: skip
        solver_checks(model, periods, scenario.id)
        value += part * number(asked.number, model.baseline, periods, at)
        runs.append(Run(scenario.id, policy, periods, part))
    log(message("gradient.backwards"))
    chain = backwards(model, runs, at, asked.number)
    table, uncovered = by_register(model, chain, study.baseline)
    return Gradient(value, pd.concat([table, _by_paths(model, chain)], ignore_index=True), uncovered, chain, model)


def refuse(scenario: Scenario) -> None:
    """Refuse a scenario that is not differentiated.

    Raises
    ------
    ScenarioError
        It is a baseline, has instruments beside its cap, or shares its cap by losses.
    """
    if scenario.is_baseline:
        raise ScenarioError(message("CGE276", name=scenario.id))
    if scenario.instruments:
        raise ScenarioError(message("CGE276.instruments", name=scenario.id, tables=listed(scenario.instruments)))
    if scenario.cap is not None and scenario.cap.allocation == EQUAL_LOSS:
        raise ScenarioError(message("CGE276.equal", name=scenario.id))


def _by_paths(model: Model, chain: Chain) -> pd.DataFrame:
    """Derivatives by every value of the paths that moves the number."""
    sets, rows = model.benchmark.sets, []
    members = {"gdp": ["r"], "emissions": ["r"], "labour": ["r"], "population": ["r"], "cost": ["a"],
               "electrification": ["a"], "mix": ["a", "r"]}  # fmt: skip
    for name in PATHS:
        by: Array = np.asarray(chain.paths.get(name, 0.0))
        given = np.asarray(getattr(model.paths, name))
        for at in np.argwhere(by != 0) if by.shape else []:
            labels = [str(model.paths.years[at[0]])]
            labels += [sets[s][k] for s, k in zip(members.get(name, []), at[1:], strict=True)]
            value, slope = float(given[tuple(at)]), float(by[tuple(at)])
            rows.append((f"path.{name}", " ".join(labels), value, np.nan, np.nan, slope, slope * value / 100))
    return pd.DataFrame(rows, columns=COLUMNS)


def movers(table: pd.DataFrame, count: int = 10) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assumptions that move the number most as they grow by one per cent: whole parameters, and single entries.

    What has no range is a definition and moves with nothing.
    """
    own = table[~table["parameter"].str.startswith("path.") & table["low"].notna()]
    whole = own.groupby("parameter", sort=False)["per_pct"].sum().reset_index()

    def most(rows: pd.DataFrame) -> pd.DataFrame:
        out = rows.loc[rows["per_pct"].abs().sort_values(ascending=False, kind="stable").index[:count]]
        out.attrs = table.attrs
        return out

    return most(whole), most(own)

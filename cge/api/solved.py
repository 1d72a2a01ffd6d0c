"""Solved years of a scenario: what tables, explanations and saved runs read, from memory or from a results folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from cge.calibrate.benchmark import Benchmark, calibrate
from cge.calibrate.parameters import load_parameters
from cge.runs.place import STATE
from cge.runs.store import Checkpoint, saved_period
from cge.solve.accounts import Accounts
from cge.solve.system import Solution, System
from cge.study.model import Model
from cge.study.results import ResultsError
from cge.study.run import economy_of
from cge.study.scenario import Study
from cge.theory.chapters import THEORY
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.messages import message


@dataclass(frozen=True, repr=False)
class State(Brief):
    """A solved year: every parameter, and every variable with its definitions."""

    parameters: Mapping[str, Array]
    values: Mapping[str, Array]

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts of :mod:`cge.theory.accounts`, evaluated when they are asked for."""
        return Accounts(THEORY, self.parameters, self.values)

    def of(self, name: str) -> Array:
        """A variable or an account."""
        return self.accounts[name] if name in THEORY.accounts else self.values[name]


class Solved(Protocol):
    """Where the solved years of a model are."""

    @property
    def benchmark(self) -> Benchmark:
        """The calibrated base year."""
        ...

    def at(self, scenario: str, year: int) -> State:
        """A solved year of a scenario."""
        ...

    def write(self, folder: Path) -> None:
        """Put every year beside those of others in a results folder."""
        ...


Year = tuple[Solution, dict[str, Array]]
"""A solved year with the parameters that are its own."""


class InMemory(Checkpoint):
    """Solved years of policies beside a solved baseline.

    Parameters
    ----------
    model : Model
    kept : dict
        Years solved before by digest of their problem, used again for exactly the same one; gets those that are
        solved.
    """

    def __init__(self, model: Model, kept: dict[str, Year]) -> None:
        super().__init__(None, model.system)
        self.benchmark = model.benchmark
        self._model, self._kept = model, kept
        self._policies: dict[tuple[str | None, int], Year] = {}

    def load(self, run: str | None, year: int, key: str) -> Solution | None:
        """A year solved before, or None."""
        if key not in self._kept:
            return None
        self._policies[run, year] = self._kept[key]
        return self._kept[key][0]

    def save(self, run: str | None, year: int, key: str, solution: Solution, own: Mapping[str, Array]) -> None:
        """Keep a solved year, without the factors of its matrix, which are large."""
        self._kept[key] = self._policies[run, year] = (replace(solution, factor=None), dict(own))

    def at(self, scenario: str, year: int) -> State:
        if (scenario, year) in self._policies:
            solution, own = self._policies[scenario, year]
            return State({**self.benchmark.parameters, **own}, solution.values)
        period = next(p for p in self._model.baseline if p.year == year)
        return State(period.parameters, period.values)

    def write(self, folder: Path) -> None:
        kept, given = Checkpoint(folder, self._model.system), self.benchmark.parameters
        for period in self._model.baseline[1:]:
            own = {n: v for n, v in period.parameters.items() if v is not given.get(n)}
            kept.save(None, period.year, "", period.solution, own)
        for (run, year), (solution, own) in self._policies.items():
            kept.save(run, year, "", solution, own)


class InFolder:
    """Solved years of a finished run.

    Parameters
    ----------
    folder : Path
    study : Study
        What was asked.
    manifest : mapping
        How it was made; other parameters than those of the run are refused.
    """

    def __init__(self, folder: Path, study: Study, manifest: Mapping[str, Any]) -> None:
        self.folder, self._study, self._manifest = folder, study, manifest
        self._states: dict[tuple[str, int], State] = {}

    @cached_property
    def benchmark(self) -> Benchmark:
        aggregation = self._manifest["aggregation"]
        economy = economy_of(self._manifest)
        tables = load_parameters(aggregation, economy.activities, economy.commodities, country=economy.country)
        parameters = self._study.parameters.on(tables)
        made = self._manifest["parameter_digest"]
        if parameters.digest() != made:
            facts = {"folder": self.folder, "found": made, "expected": parameters.digest()}
            raise ResultsError(message("CGE355", **facts))
        return calibrate(economy, parameters)

    def at(self, scenario: str, year: int) -> State:
        if (scenario, year) not in self._states:
            self._states[scenario, year] = self._read(scenario, year)
        return self._states[scenario, year]

    def _read(self, scenario: str, year: int) -> State:
        given = self.benchmark.parameters
        if year == self._manifest["years"][0]:
            return State(given, System(THEORY, self.benchmark.sets).evaluate(given, self.benchmark.start))
        values, own = saved_period(self.folder, scenario, year)
        return State({**given, **own}, values)

    def write(self, folder: Path) -> None:
        if folder.resolve() != self.folder.resolve():
            shutil.copytree(self.folder / STATE, folder / STATE, dirs_exist_ok=True)

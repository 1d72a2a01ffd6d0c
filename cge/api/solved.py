"""Solved years of a scenario: what tables, explanations and saved runs read, from memory or from a results folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
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
from cge.study.scenario import Study
from cge.theory.chapters import THEORY
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.messages import message
from sam.economy import load_economy

BASELINE = "baseline"
"""Under this name the baseline of a model is kept, whatever a study calls it."""


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

    def at(self, run: str, year: int) -> State:
        """A solved year of the baseline or of a policy."""
        ...

    def write(self, folder: Path) -> None:
        """Put every year beside those of others in a results folder, see :func:`write`."""
        ...


class InMemory(Checkpoint):
    """Solved years of policies beside a solved baseline."""

    def __init__(self, model: Model) -> None:
        super().__init__(None, model.system)
        self.benchmark = model.benchmark
        self._model = model
        self._policies: dict[tuple[str, int], tuple[Solution, dict[str, Array]]] = {}

    def save(self, run: str | None, year: int, key: str, solution: Solution, own: Mapping[str, Array]) -> None:
        """Keep a solved year."""
        self._policies[run or BASELINE, year] = (solution, dict(own))

    def at(self, run: str, year: int) -> State:
        baseline = {p.year: p for p in self._model.baseline}
        if run == BASELINE or year == self._model.baseline[0].year:
            return State(baseline[year].parameters, baseline[year].values)
        solution, own = self._policies[run, year]
        return State({**self.benchmark.parameters, **own}, solution.values)

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
        self._folder, self._study, self._manifest = folder, study, manifest
        self.at = cache(self._at)

    @cached_property
    def benchmark(self) -> Benchmark:
        aggregation = self._manifest["aggregation"]
        economy = load_economy(aggregation, folder=self._study.base.folder)
        tables = load_parameters(aggregation, economy.activities, economy.commodities)
        parameters = self._study.parameters.on(tables)
        made = self._manifest["parameter_digest"]
        if parameters.digest() != made:
            facts = {"folder": self._folder, "found": made, "expected": parameters.digest()}
            raise ResultsError(message("CGE355", **facts))
        return calibrate(economy, parameters)

    def _at(self, run: str, year: int) -> State:
        given = self.benchmark.parameters
        if year == self._manifest["years"][0]:
            return State(given, System(THEORY, self.benchmark.sets).evaluate(given, self.benchmark.start))
        values, own = saved_period(self._folder, run, year)
        return State({**given, **own}, values)

    def write(self, folder: Path) -> None:
        shutil.copytree(self._folder / STATE, folder / STATE, dirs_exist_ok=True)


def write(every: Iterable[Solved], folder: Path) -> None:
    """Keep solved years in a results folder instead of those that are there, for :class:`InFolder` to read."""
    shutil.rmtree(folder / STATE, ignore_errors=True)
    for where in every:
        where.write(folder)

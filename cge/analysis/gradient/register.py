"""From derivatives by parameters of the equations and paths to those by the numbers of the register.

Calibration and paths are evaluated anew with an imaginary step in one number, which gives its derivative through the
very code that calibrates, without error but rounding. Code that drops the imaginary part raises: nothing is lost.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.gradient.chain import Chain
from cge.analysis.gradient.links import TINY
from cge.calibrate.base_year import BaseYear, base_year
from cge.calibrate.benchmark import CHAPTERS
from cge.calibrate.measures import CEILING, CEILING_YEARS
from cge.calibrate.parameters import ALL, ParameterSet
from cge.calibrate.parameters.changes import Entries, entries_of, settable
from cge.runs.baseline_paths import build_paths
from cge.study.baseline import Baseline
from cge.study.model import Model
from cgebase.arrays import Array

COLUMNS = ["parameter", "item", "value", "low", "high", "derivative", "per_pct"]
NODE_STEP = 1e-2
"""Part of a move by which nodes of paths are moved to differentiate the paths."""
ALONE = ("line_growth", "gamma_technology", "gamma_origin")
"""Parameters that a run reads beside calibration and paths."""


def by_register(model: Model, chain: Chain, baseline: Baseline) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Derivative by every entry of every parameter of the model that a study can set.

    Returns
    -------
    table : DataFrame
        Columns :data:`COLUMNS`: ``derivative`` per unit, ``per_pct`` as the entry grows by one per cent.
    uncovered : tuple of str
        Nodes of paths, which the data side reads as plain numbers: the values of the paths stand in their place.
    """
    slopes, rows, uncovered = Slopes(model, baseline, [chain]), [], []
    for name in settable():
        entries = entries_of(model.parameters, name)
        if not isinstance(entries, Entries):
            continue
        if entries.path:
            uncovered.append(name)
            continue
        for item, value in entries.values.items():
            slope = float(slopes.along({(name, item): 1.0})[0])
            rows.append((name, item, value, *entries.ranges[item], slope, slope * value / 100))
    return pd.DataFrame(rows, columns=COLUMNS), tuple(uncovered)


class Slopes:
    """Derivatives of numbers along moves of the register's entries, through calibration and paths.

    Parameters
    ----------
    chains : sequence of Chain
        One of each number.
    """

    def __init__(self, model: Model, baseline: Baseline, chains: Sequence[Chain]) -> None:
        self.model, self.baseline, self.chains = model, baseline, chains
        self.base = base_year(model.benchmark.economy)

    def along(self, move: Mapping[tuple[str, str], float]) -> Array:
        """Derivative of each number as entries move by so much, (numbers,).

        Nodes of paths, which the data side reads as plain numbers, are moved by steps of two sizes, others by an
        imaginary one.
        """
        own = {key: by for key, by in move.items() if key in self.model.parameters.values}
        nodes = {key: by for key, by in move.items() if key not in own}
        return (self._own(own) if own else 0.0) + (self._nodes(nodes) if nodes else 0.0) + np.zeros(len(self.chains))

    def _own(self, move: Mapping[tuple[str, str], float]) -> Array:
        values = self.model.parameters.values
        step: dict[tuple[str, str], Any] = {k: np.complex128(values[k] + 1j * TINY * by) for k, by in move.items()}
        moved = replace(self.model.parameters, values={**values, **step})
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            first = _first(self.base, moved)
            out = np.array([sum((np.imag(x) * chain.first[n]).sum() for n, x in first.items() if n in chain.first)
                            for chain in self.chains])  # fmt: skip
            if any(k[1] == ALL for k in move) or any(np.imag(first[n]).any() for n in READ if n in first):
                paths = self._paths(moved, first)
                out = out + [sum((np.imag(x) * c.paths[n]).sum() for n, x in paths.items() if n in c.paths)
                             for c in self.chains]  # fmt: skip
        codes = (*self.model.benchmark.sets["a"], ALL)
        for name, item in move:
            if name in CEILINGS:
                by, none = TINY * move[name, item], np.zeros(len(codes))
                out = out + [by * float(c.other.get(name, none)[codes.index(item)]) for c in self.chains]
            if name in ALONE:
                out = out + [TINY * move[name, item] * float(c.other.get(name, 0.0)) for c in self.chains]
        return np.asarray(out / TINY, float)

    def _nodes(self, move: Mapping[tuple[str, str], float]) -> Array:
        given, values = self.model.parameters.paths, {key: entry_value(self.model.parameters, *key) for key in move}

        def at(part: float) -> Array:
            nodes = {k: values[k] + part * by for k, by in move.items()}
            paths = self._paths(replace(self.model.parameters, paths={**given, **nodes}), {})
            return np.array([sum((np.asarray(paths[n]) * by).sum() for n, by in c.paths.items()) for c in self.chains])

        whole, half = ((at(h) - at(-h)) / (2 * h) for h in (NODE_STEP, NODE_STEP / 2))
        return np.asarray((4 * half - whole) / 3)

    def _paths(self, parameters: ParameterSet, first: Mapping[str, Array]) -> dict[str, Any]:
        benchmark = replace(self.model.benchmark, parameters=self.model.benchmark.parameters | dict(first))
        paths = build_paths(benchmark, parameters, self.model.paths.years, **self.baseline.chosen)
        return {n: getattr(paths, n) for n in paths.__dataclass_fields__}


def entry_value(parameters: ParameterSet, name: str, item: str) -> float:
    """Value of an entry of the register, a node of a path too, as the study has it."""
    entries = entries_of(parameters, name)
    assert isinstance(entries, Entries)
    return float(parameters.paths.get((name, item), entries.values[item]))


CEILINGS = frozenset(map(CEILING.format, CEILING_YEARS))
READ = ("gdp0", "em0", "sg_ref", "pg_ref", "ic", "vre0", "sigma_ene", "sigma_he", "beta")
"""Parameters of the base year that paths begin from."""


def _first(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    p: dict[str, Array] = {}
    for chapter in CHAPTERS:
        p |= chapter(base, parameters)
    return p

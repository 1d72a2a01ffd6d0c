"""From derivatives by parameters of the equations and paths to those by the numbers of the register.

Calibration and paths are evaluated anew with an imaginary step in one number, which gives its derivative through the
very code that calibrates, without error but rounding. Code that drops the imaginary part raises: nothing is lost.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.gradient.chain import Chain
from cge.analysis.gradient.links import TINY
from cge.calibrate.base_year import BaseYear
from cge.calibrate.benchmark import CHAPTERS
from cge.calibrate.parameters import ALL, ParameterSet
from cge.calibrate.parameters.changes import Entries, entries_of, settable
from cge.runs.baseline_paths import build_paths
from cge.study.baseline import Baseline
from cge.study.model import Model

COLUMNS = ["parameter", "item", "value", "low", "high", "derivative", "per_pct"]
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
    base, rows, uncovered = BaseYear(model.benchmark.economy), [], []
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        for name in settable():
            entries = entries_of(model.parameters, name)
            if not isinstance(entries, Entries):
                continue
            if entries.path:
                uncovered.append(name)
                continue
            for item, value in entries.values.items():
                slope = _slope(model, chain, baseline, base, (name, item), value)
                rows.append((name, item, value, *entries.ranges[item], slope, slope * value / 100))
    return pd.DataFrame(rows, columns=COLUMNS), tuple(uncovered)


def _slope(
    model: Model, chain: Chain, baseline: Baseline, base: BaseYear, key: tuple[str, str], value: float
) -> float:
    """Derivative by one entry."""
    step: dict[tuple[str, str], Any] = {key: np.complex128(value + 1j * TINY)}
    moved = replace(model.parameters, values={**model.parameters.values, **step})
    first = _first(base, moved)
    out = sum((np.imag(x) * chain.first[n]).sum() for n, x in first.items() if n in chain.first)
    if key[1] == ALL or any(np.imag(first[n]).any() for n in READ if n in first):
        out += _through_paths(model, moved, first, chain, baseline)
    if key[0] in ALONE:
        out += TINY * float(chain.other.get(key[0], 0.0))
    return float(out / TINY)


READ = ("gdp0", "em0", "sg_ref", "pg_ref", "ic", "vre0", "sigma_ene", "sigma_he", "beta")
"""Parameters of the base year that paths begin from."""


def _first(base: BaseYear, parameters: ParameterSet) -> dict[str, np.ndarray]:
    p: dict[str, np.ndarray] = {}
    for chapter in CHAPTERS:
        p |= chapter(base, parameters)
    return p


def _through_paths(
    model: Model, parameters: ParameterSet, first: Mapping[str, np.ndarray], chain: Chain, baseline: Baseline
) -> float:
    benchmark = replace(model.benchmark, parameters=model.benchmark.parameters | dict(first))
    paths = build_paths(benchmark, parameters, model.paths.years, **baseline.chosen)
    return float(sum((np.imag(getattr(paths, n)) * by).sum() for n, by in chain.paths.items()))

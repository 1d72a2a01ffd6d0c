"""The model with one thing moved, and what is measured of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.sensitivity.levers import Variation
from cge.calibrate.benchmark import calibrate
from cge.measure.indicators import changes, levels
from cge.runs.baseline_paths import build_paths
from cge.runs.dynamics import run_baseline
from cge.runs.periods import Paths, Period
from cge.study.baseline import Baseline
from cge.study.model import Model
from cge.theory.symbols import POLICY_ONLY, T

MEASURES = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price")


def varied(model: Model, variation: Variation, baseline: Baseline) -> Model:
    """The model with one thing moved, its baseline solved again where that changes it."""
    if not variation.changes and not variation.baseline:
        return model
    parameters = model.parameters.with_values(variation.changes, f"{model.parameters.name}, {variation.label}")
    benchmark = calibrate(model.benchmark.economy, parameters)
    paths = build_paths(benchmark, parameters, model.paths.years, **baseline.but(variation.baseline).chosen)
    moved = {
        n for n, v in benchmark.parameters.items() if not np.array_equal(v, model.benchmark.parameters[n])
    }  # fmt: skip
    if all(T.families[n].tags >= POLICY_ONLY for n in moved) and _same(paths, model.paths):
        own = {n: benchmark.parameters[n] for n in moved}
        solved = [replace(p, parameters=p.parameters | own) for p in model.baseline]
    else:
        solved = run_baseline(model.system, benchmark, paths, log=lambda _: None)
    return replace(model, benchmark=benchmark, parameters=parameters, paths=paths, baseline=solved, kept=None)


def _same(one: Paths, other: Paths) -> bool:
    return all(np.array_equal(getattr(one, n), getattr(other, n)) for n in one.__dataclass_fields__)


def measures(model: Model, run: Sequence[Period], name: str) -> dict[str, Any]:
    """Measures of the last year by province and nation, and the rank correlation of losses with intensity."""
    tidy = pd.concat([
        changes(model.benchmark, model.baseline, run, name), levels(model.benchmark, run[-1:], name),
        levels(model.benchmark, model.baseline[-1:], "baseline"),
    ])  # fmt: skip
    last = tidy[(tidy["year"] == tidy["year"].max()) & (tidy["sector"] == "all")]

    def by_region(indicator: str, scenario: str = name) -> dict[str, float]:
        rows = last[(last["indicator"] == indicator) & (last["scenario"] == scenario)]
        return {r: float(v) for r, v in zip(rows["region"], rows["value"], strict=True)}

    out: dict[str, Any] = {indicator: by_region(indicator) for indicator in MEASURES}
    regions = model.benchmark.sets["r"]
    emitted, made = by_region("emissions", "baseline"), by_region("gdp", "baseline")
    loss = pd.Series([-out["gdp_change_pct"][r] for r in regions])
    intensity = pd.Series([emitted[r] / made[r] for r in regions])
    return out | {"rank_correlation": float(loss.rank().corr(intensity.rank()))}

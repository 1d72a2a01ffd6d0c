"""The first years of a baseline against what was published of them: what does the model say that it was not told?

The model knows 2021. In one run, ``gdp only``, it is told real GDP of the provinces in 2024 and what the paths of
sectors hold of that year: emissions follow the projection made before, the power mix costs. In the other, ``as used``,
it is the baseline that policies are held against, which is told generation and national CO2 too. Beside both stands
the forecast that a model has to beat: as in 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.measure.goods import goods
from cge.measure.indicators import levels
from cge.measure.industries import industries
from cge.runs.baseline_paths import build_paths
from cge.runs.dynamics import run_baseline
from cge.runs.periods import Period
from cge.study.model import model_of
from cge.study.scenario import Study
from cgebase.errors import ScenarioError
from cgebase.messages import Message, message
from sam import observed
from sam.groups import by_region
from sam.registry import NATION

Log = Callable[[Message], None]
YEARS = (observed.BASE, observed.LATEST)
BLIND, TOLD, KEPT = "gdp only", "as used", "as in 2021"
RUNS = (BLIND, TOLD, KEPT)
COLUMNS = ["measure", "item", "region", "unit", "before", "published", *RUNS]
PRODUCTS = {"coal": "coal_output", "crude": "crude_output", "gas": "gas_output"}
METALS = {"steel": "irs", "cement": "nmm"}
"""Products whose sector, where it stands alone, is taken to move with them."""
KINDS = {"coal power": ("gco",), "wind and solar": ("gwi", "gso"), "hydropower": ("ghy",), "all": ()}
"""Technologies that are held against published generation together; none is all."""


def backtest(
    study: Study, aggregation: str | None = None, *, folder: Path | None = None, log: Log = lambda _: None
) -> pd.DataFrame:
    """Solve both runs to 2024 and hold them against what was published.

    Parameters
    ----------
    study : Study
        Its economy, data choices, parameters and baseline; its policies are left out.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`. A level of a run is that of 2021 as published, moved as the run moves it, so that a gap
        of the base year is not counted as an error of prediction; a share is moved by its change.

    Raises
    ------
    ScenarioError
        The baseline is not one that begins with what was observed.
    """
    asked = study.baseline_only()
    if asked.baseline.first_years != "observed":
        raise ScenarioError(message("CGE190", found=asked.baseline.first_years))
    model = model_of(asked, aggregation, YEARS, log=log, out=folder)
    chosen = asked.baseline.chosen | {"first_years": "projected"}
    before = build_paths(model.benchmark, model.parameters, YEARS, **chosen)
    blind = replace(before, gdp=model.paths.gdp)
    runs = {BLIND: run_baseline(model.system, model.benchmark, blind, log=log, kept=model.kept), TOLD: model.baseline}
    return _held(model.benchmark, {name: _tidy(model.benchmark, run) for name, run in runs.items()})


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """How far each run is off, by measure.

    Returns
    -------
    DataFrame
        Columns ``measure``, ``item``, ``where`` (provinces or nation), ``places``; the mean absolute error of every run
        (shares: percentage points; levels: per cent of the sum of what was published); ``skill`` of the run that knows
        GDP only: 1 is right, 0 as good as 2021, below 0 worse.
    """
    rows = []
    where = np.where(table["region"] == NATION, "nation", "provinces")
    for (measure, item, place), of in table.groupby(["measure", "item", where], sort=False):
        off = of[list(RUNS)].sub(of["published"], axis=0).abs().sum()
        scale = len(of) if (of["unit"] == "fraction").all() else of["published"].sum()
        rows.append([measure, item, place, len(of), *(100 * off / scale), 1 - off[BLIND] / off[KEPT]])
    return pd.DataFrame(rows, columns=["measure", "item", "where", "places", *RUNS, "skill"])


def _tidy(benchmark: Benchmark, run: Sequence[Period]) -> pd.Series:
    rows = pd.concat([of(benchmark, run, "") for of in (levels, industries, goods)])
    return rows.set_index(["indicator", "sector", "region", "year"])["value"]


def _held(benchmark: Benchmark, runs: dict[str, pd.Series]) -> pd.DataFrame:
    rows = []
    for measure, item, region, unit, (before, after), cells in _facts(benchmark):
        if not all(cell in run.index for run in runs.values() for year in YEARS for cell in cells(year)):
            continue
        row = [measure, item, region, unit, before, after]
        for run in runs.values():
            then, now = (float(sum(run[c] for c in cells(year))) for year in YEARS)
            row.append(before + now - then if unit == "fraction" else before * now / then if then > 0 else now)
        rows.append([*row, before])
    return pd.DataFrame(rows, columns=COLUMNS)


Cells = Callable[[int], list[tuple[str, str, str, int]]]


def _cells(indicator: str, sectors: Sequence[str], region: str) -> Cells:
    return lambda year: [(indicator, sector, region, year) for sector in sectors]


def _facts(benchmark: Benchmark) -> Iterator[tuple[str, str, str, str, tuple[float, float], Cells]]:
    """What was published: measure, item, region, unit, the two years, and the cells of a run that say the same."""
    held, alone = benchmark.economy.groups.regions, benchmark.economy.groups.sectors

    def tables(of: Callable[[int], pd.DataFrame]) -> tuple[pd.DataFrame, ...]:
        """Rows items, columns regions and nation, in both years."""
        both = [by_region(of(year), held) for year in YEARS]
        return tuple(t.assign(**{NATION: t.sum(axis=1)}) for t in both)

    then, now = (t / t.sum() for t in tables(lambda year: observed.industries()[year]))
    for item in ("primary", "secondary", "tertiary"):
        for region in then.columns:
            shares = float(then.loc[item, region]), float(now.loc[item, region])
            yield "industry share", item, region, "fraction", shares, _cells("industry_share", [item], region)
    then, now = tables(lambda year: observed.generated()[year].T)
    for item, technologies in KINDS.items():
        codes = list(technologies or then.index)
        for region in then.columns:
            twh = float(then.loc[codes, region].sum()), float(now.loc[codes, region].sum())
            yield "generation", item, region, "TWh", twh, _cells("generation", codes, region)
    co2 = 1.0, float(observed.co2_growth()[YEARS[1]])
    yield "CO2", "all", NATION, "2021 = 1", co2, _cells("emissions", ["all"], NATION)
    for item in (*PRODUCTS, *METALS):
        output = float(observed.products().loc[item, YEARS[0]]), float(observed.products().loc[item, YEARS[1]])
        own = (PRODUCTS[item], ["all"]) if item in PRODUCTS else ("output_index", [METALS[item]])
        if item in PRODUCTS or METALS[item] in alone:
            yield "output", item, NATION, "bcm" if item == "gas" else "Mt", output, _cells(*own, NATION)

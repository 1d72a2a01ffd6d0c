"""Exogenous paths of a run, assembled from the data side for the model's sets and years."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cge.calibration import GENERATION, Benchmark
from cge.dynamics import Paths
from cge.parameters import ParameterSet
from sam import paths as data

Array = np.ndarray
BALANCE_ROUNDS = 500


def build_paths(benchmark: Benchmark, parameters: ParameterSet, years: Sequence[int]) -> Paths:
    """Assemble the paths of :class:`cge.dynamics.Paths`.

    GDP starts from the SAM's own base-year GDP and follows the projected index; emissions likewise.
    """
    years = tuple(years)
    regions, activities = benchmark.sets["r"], benchmark.sets["a"]

    def index(frame: pd.DataFrame) -> Array:
        wide = frame.pivot(index="year", columns="region", values="value").loc[list(years), list(regions)]
        table = wide.to_numpy(float)
        return table / table[0]

    saving = data.saving_rate_path(years).set_index("year")["value"].loc[list(years)].to_numpy(float)
    capital = data.capital_stock_2021().set_index("region")["value"].loc[list(regions)].to_numpy(float)
    cost = data.technology_cost_path(years).pivot(index="year", columns="technology", values="value")
    gcost = np.ones((len(years), len(activities)))
    for k, a in enumerate(activities):
        if a in GENERATION:
            gcost[:, k] = cost[a].loc[list(years)].to_numpy(float)
    return Paths(
        years=years,
        gdp=benchmark.parameters["gdp0"] * index(data.gdp_path(years)),
        emissions=benchmark.parameters["em0"] * index(data.emissions_path(years)),
        labour=index(data.labour_path(years)),
        population=index(data.population_path(years)),
        saving=_saving_index(benchmark, saving),
        mix=_provincial_mix(benchmark, years),
        cost=gcost / gcost[0],
        capital=capital,
        depreciation=parameters.scalar("depreciation"),
    )


def _saving_index(benchmark: Benchmark, rate: Array) -> Array:
    """Saving rates of all households move as the national path does."""
    return rate / rate[0]


def _provincial_mix(benchmark: Benchmark, years: tuple[int, ...]) -> Array:
    """Share of each technology in provincial TWh so that the national mix follows its path.

    Iterative proportional fitting of the base-year table to national technology shares, with each
    province's weight in national generation held at its base-year value.
    """
    p, activities = benchmark.parameters, benchmark.sets["a"]
    national = data.power_mix_path(years).pivot(index="year", columns="technology", values="share")
    rows = [activities.index(g) for g in GENERATION]
    twh0 = p["sg_ref"][rows] * p["qb0"]
    now = twh0.sum(1) / twh0.sum()
    start = national.loc[years[0], list(GENERATION)].to_numpy(float)
    mix = np.repeat(p["sg_ref"][None], len(years), axis=0)
    for t, year in enumerate(years[1:], start=1):
        path = national.loc[year, list(GENERATION)].to_numpy(float)
        target = now * path / start
        target = target / target.sum() * twh0.sum()
        table = twh0.copy()
        for _ in range(BALANCE_ROUNDS):
            table *= (target / table.sum(1))[:, None]
            table *= p["qb0"] / table.sum(0)
        mix[t, rows] = table / table.sum(0)
    return mix

"""Power along the baseline: what technologies cost, and the mix that is given or at which costs it is the mix."""

from __future__ import annotations

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.theory.nests import GENERATION
from cgebase.arrays import Array
from sam import paths as data


def technology_costs(benchmark: Benchmark, years: tuple[int, ...], variant: str, given: data.Given) -> Array:
    """Cost index of every activity, (t, a), first year = 1; see :func:`sam.paths.technology_cost_path`."""
    path = data.technology_cost_path(years, variant, given=given)
    wide = path.pivot(index="year", columns="technology", values="value").loc[list(years)]
    out = np.ones((len(years), len(benchmark.sets["a"])))
    for g in GENERATION:
        out[:, benchmark.sets["a"].index(g)] = wide[g].to_numpy(float)
    return np.asarray(out / out[0])


def mix_of_table(benchmark: Benchmark, years: tuple[int, ...], given: data.Given) -> Array:
    """Share of each technology in provincial TWh that the table of assumptions leads to, (t, a, r)."""
    regions, activities = list(benchmark.sets["r"]), benchmark.sets["a"]
    path = data.provincial_power_mix_path(years, benchmark.economy.generation, regions=regions, given=given)
    wide = path.pivot(index=["year", "technology"], columns="region", values="share").fillna(0.0)
    mix = np.repeat(benchmark.parameters["sg_ref"][None], len(years), axis=0)
    for t, year in enumerate(years[1:], start=1):
        for g in GENERATION:
            mix[t, activities.index(g)] = wide.loc[(year, g), regions]
    return mix


def mix_at_costs(benchmark: Benchmark, years: tuple[int, ...], given: data.Given) -> Array:
    """Share of each technology in provincial TWh at the costs of the base year, (t, a, r).

    That of the base year; technologies that may enter have their seed there, which grows as in the table.
    """
    now = benchmark.parameters["sg_ref"]
    mix = np.repeat(now[None], len(years), axis=0)
    for g, last in data.entrants(given).items():
        k = benchmark.sets["a"].index(g)
        absent = (now[k] <= 0) & (benchmark.parameters["gen"][k] > 0)
        for t, year in enumerate(years):
            mix[t, k] += absent * last * max(year - data.ENTRY, 0) / (data.LAST - data.ENTRY)
    return np.asarray(mix / mix.sum(1, keepdims=True))

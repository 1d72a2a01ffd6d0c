"""Power along the baseline: what technologies cost, and the mix that is given or at which costs it is the mix."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.theory.power import LEAST_SHARE
from cgebase.arrays import Array
from sam import paths as data
from sam.economy import Economy
from sam.observed import since
from sam.registry import TECHNOLOGIES


def technology_costs(benchmark: Benchmark, years: tuple[int, ...], variant: str, given: data.Given) -> Array:
    """Cost index of every activity, (t, a), first year = 1; see :func:`sam.paths.technology_cost_path`.

    Of a country that the shipped tables do not speak of nothing is known: 1.
    """
    if not benchmark.economy.country.published:
        return np.ones((len(years), len(benchmark.sets["a"])))
    path = data.technology_cost_path(sorted(set(years)), variant, given=given)
    wide = path.pivot(index="year", columns="technology", values="value").loc[list(years)]
    out = np.ones((len(years), len(benchmark.sets["a"])))
    for g in TECHNOLOGIES:
        out[:, benchmark.sets["a"].index(g)] = wide[g].to_numpy(float)
    return np.asarray(out / out[0])


def mix_path(
    benchmark: Benchmark, years: tuple[int, ...], cost: Array, *, exponent: float, first_years: str, given: data.Given
) -> tuple[Array, Array, Array]:
    """Share of each technology in provincial TWh, by costs where ``exponent`` is above zero.

    Parameters
    ----------
    cost : ndarray, (t, a)
        Cost index, first year = 1, in the years of the path and, behind them, the last that is observed.

    Returns
    -------
    ndarray, (t, a, r); ndarray, (t,); ndarray, (a, r)
        Shares, the exponent of cost in each year, and the cost at which the shares hold. Observed years have their own
        shares and no exponent; later ones start from the last of them, at its cost and integration.
    """
    if not benchmark.economy.country.published:
        shares = np.repeat(benchmark.parameters["sg_ref"][None], len(years), axis=0)
        return shares, np.zeros(len(years)), benchmark.parameters["pg_ref"]
    begin = since(first_years)
    seen = np.array(years) <= begin
    table = mix_of_table(benchmark, (*years, begin), first_years, given)
    if exponent == 0:
        return table[:-1], np.zeros(len(years)), benchmark.parameters["pg_ref"]
    mix = np.where(seen[:, None, None], table[:-1], _with_entrants(benchmark, table[-1], years, given))
    p, variable = benchmark.parameters, benchmark.parameters["vre"][:, None]
    share = (variable * table[-1]).sum(0)
    fitted = (share - p["vre0"]) * (p["ic"] + p["fc"] / np.maximum(share, float(LEAST_SHARE)))
    at = p["pg_ref"] * cost[-1][:, None] + variable * fitted
    return np.asarray(mix), np.where(seen, 0.0, exponent), np.asarray(at)


def mix_of_table(benchmark: Benchmark, years: tuple[int, ...], first_years: str, given: data.Given) -> Array:
    """Share of each technology in provincial TWh as observed and as the table of assumptions leads to, (t, a, r)."""
    wide = _table(benchmark.economy, tuple(sorted(set(years))), first_years, frozenset(given.items()))
    mix = np.repeat(benchmark.parameters["sg_ref"][None], len(years), axis=0)
    regions, activities = list(benchmark.sets["r"]), benchmark.sets["a"]
    for t, year in enumerate(years):
        for g in TECHNOLOGIES:
            if year > data.FIRST:
                mix[t, activities.index(g)] = wide.loc[(year, g), regions]
    return mix


@lru_cache(maxsize=8)
def _table(
    economy: Economy, years: tuple[int, ...], first_years: str, nodes: frozenset[tuple[tuple[str, str], float]]
) -> pd.DataFrame:
    path = data.provincial_power_mix_path(
        years, economy.generation, regions=economy.groups.regions, first_years=first_years, given=dict(nodes)
    )
    return path.pivot(index=["year", "technology"], columns="region", values="share").fillna(0.0)


def _with_entrants(benchmark: Benchmark, now: Array, years: tuple[int, ...], given: data.Given) -> Array:
    """Shares at the costs of the last observed year, (t, a, r).

    Technologies that may enter have their seed there, which grows as in the table.
    """
    mix = np.repeat(now[None], len(years), axis=0)
    for g, last in data.entrants(given).items():
        k = benchmark.sets["a"].index(g)
        absent = (now[k] <= 0) & (benchmark.parameters["gen"][k] > 0)
        for t, year in enumerate(years):
            mix[t, k] += absent * last * max(year - data.ENTRY, 0) / (data.LAST - data.ENTRY)
    return np.asarray(mix / mix.sum(1, keepdims=True))

"""Sectors along the baseline: productivity beside the province's, land and reserves, materials and food that saturate.

Four paths that are stated, not found. Productivity of a sector group over that of services, scaled so that its mean
over the factors of every province is that of the province, which is what GDP needs. Effective land and reserves
that are worked, whose rents clear their markets. Steel and cement: what is bought of them per unit of output falls as
output in tonnes over investment does; what is saved is not free, as everything else but energy in the nest takes its
place at the same cost of the base year (the cost-neutral twist of Dixon and Rimmer 2002). And the income elasticity of
food, which falls to that of rich countries.

A sector that gathers several has the mean of theirs, weighted by payments for factors, for the resource or by
output, of the nation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cge.calibrate.base_year import base_year
from cge.calibrate.benchmark import Benchmark
from cge.calibrate.cells import share
from cge.calibrate.parameters import ParameterSet
from cge.runs.periods import Paths
from cge.theory.nests import ENERGY_LEAVES
from cgebase.arrays import Array
from cgebase.brief import Brief
from sam import paths as data
from sam.classification import BUILT, BUSBAR
from sam.economy import load_economy
from sam.flows import groups

FOOD = ("agr", "fod", "hot")
"""Farm goods, food, and catering, which the source of the elasticity counts as food."""
EXTRACTED = {"gas": "nga"}
"""Sectors of a list of the build whose supply has the path of another."""
BUYERS = {"irs": None, "nmm": "con"}
"""Who saves a material: every sector but those that make it, or the one that is named."""


@dataclass(frozen=True, repr=False)
class Members(Brief):
    """Weights of the sectors of the build behind each sector, (a, k), and their codes."""

    codes: tuple[str, ...]
    factor_cost: Array
    resource: Array
    output: Array

    def mean(self, values: Mapping[str, Array], weight: Array, otherwise: float) -> Array:
        """Mean of values by code, (t, a); ``otherwise`` for codes and sectors without."""
        years = len(next(iter(values.values())))
        table = np.array([values.get(k, np.full(years, otherwise)) for k in self.codes]).T
        total = weight.sum(1)
        mean = table @ np.divide(weight, total[:, None], out=np.zeros_like(weight), where=total[:, None] > 0).T
        return np.where(total > 0, mean, otherwise)

    def where(self, code: str, weight: Array) -> Array:
        """Part of each sector that is a sector of the build, (a,)."""
        return share((weight * [k == code for k in self.codes]).sum(1), weight.sum(1))


@lru_cache(maxsize=2)
def _built(name: str) -> tuple[tuple[str, ...], Array, Array, Array]:
    """Codes of a list of the build, with payments for factors, for resources and output in the nation."""
    base = base_year(load_economy(name))
    return base.activities, base.factor_cost.sum(1), base.factors["resource"].sum(1), base.level.sum(1)


def members(benchmark: Benchmark) -> Members:
    """What the sectors of an economy hold; a sector of no list of the build, and a technology, is itself."""
    sectors = benchmark.economy.groups.sectors
    held = [sectors.get(a, (a,)) for a in benchmark.sets["a"]]
    names = {k for codes in held for k in codes}
    known = max((_built(n) for n in BUILT), key=lambda built: len(names & set(built[0])))
    codes = tuple(dict.fromkeys((*known[0], *(k for k in sorted(names) if k not in known[0]))))

    def weights(values: Array) -> Array:
        national = dict(zip(known[0], values, strict=True))
        return np.array([[(k in of) * (national.get(k, 1.0) if of[1:] else 1.0) for k in codes] for of in held])

    return Members(codes, *(weights(x) for x in known[1:]))


def uniform(benchmark: Benchmark, years: tuple[int, ...]) -> dict[str, Array]:
    """Fields of :class:`cge.runs.periods.Paths` where all sectors grow alike."""
    a, c, r = (len(benchmark.sets[k]) for k in "acr")
    t = len(years)
    return {
        "pace": np.ones((t, a, r)), "supply": np.zeros((t, a)), "saved": np.ones((t, c, a)),
        "sold": np.ones((t, c)), "satiety": np.ones((t, c)),
    }  # fmt: skip


def differentiated(
    benchmark: Benchmark, parameters: ParameterSet, years: tuple[int, ...], growth: Array, investment: Array
) -> dict[str, Array]:
    """Fields of :class:`cge.runs.periods.Paths` where sectors grow as sectors do.

    Parameters
    ----------
    growth, investment : ndarray, (t,)
        National GDP and investment, first year = 1.
    """
    p, of, given = benchmark.parameters, members(benchmark), parameters.paths
    commodities, activities = list(benchmark.sets["c"]), list(benchmark.sets["a"])
    at = np.array([activities.index(k) if k in activities else -1 for k in commodities])
    known, rates = groups()["group"], data.sector_pace(given=given)
    rate = {k: np.array([rates[known[k]]]) for k in of.codes if k in known}
    ahead = of.mean(rate, of.factor_cost, 0.0)[0]
    added = p["sector"] * base_year(benchmark.economy).factor_cost
    mean = share((added * ahead[:, None]).sum(0), added.sum(0))
    since = np.array(years, float) - years[0]
    supply = data.resource_supply_path(years, given=given)
    supply |= {k: supply[v] for k, v in EXTRACTED.items()}
    whole = sum((of.where(k, of.resource) for k in supply), np.zeros(len(activities)))
    index = of.mean(supply, of.resource, 0.0) * (whole > 1 - 1e-9)
    out = uniform(benchmark, years) | {
        "pace": np.exp(since[:, None, None] * (ahead[:, None] - mean)[None]) ** (p["sector"] > 0), "supply": index,
    }  # fmt: skip
    for code, tonnes in data.material_output_path(years, given=given).items():
        part = np.where(at >= 0, of.where(code, of.output)[at], 0.0)
        buyer = BUYERS[code]
        buys = of.where(buyer, of.output) if buyer else 1.0 - (of.where(code, of.output) > 0)
        buys = buys * (p["sector"].max(1) > 0)
        left = 1 - part[None] * (1 - tonnes / investment)[:, None]
        out["saved"] = out["saved"] * (1 - buys[None, None] * (1 - left[:, :, None]))
        if buyer is None:
            out["sold"] = out["sold"] * (1 - part[None] * (1 - tonnes / growth)[:, None])
    out["satiety"] = _satiety(parameters, of, commodities, at, years)
    return out


def _satiety(parameters: ParameterSet, of: Members, commodities: list[str], at: Array, years: tuple[int, ...]) -> Array:
    """Income elasticity of each good over that of the base year, (t, c), in the middle of the step to a year."""
    e = parameters.array("income_elasticity", commodities, default=1.0)
    food = sum((np.where(at >= 0, of.where(k, of.output)[at], 0.0) for k in FOOD), np.zeros(len(e)))
    last = np.minimum(share(np.full(len(e), parameters.scalar("income_elasticity_food_2060")), e), 1.0)
    when = np.array(years, float)
    middle = np.concatenate([when[:1], (when[1:] + when[:-1]) / 2])
    done = (middle - data.FIRST) / (data.LAST - data.FIRST)
    return np.asarray(1 - done[:, None] * (food * (1 - last))[None])


def sectors_of_year(benchmark: Benchmark, paths: Paths, t: int) -> dict[str, Array]:
    """Parameters of year ``t`` of the baseline that the paths of sectors change."""
    p0 = benchmark.parameters
    shares = twisted(p0["theta_c_top"], p0["theta_n_kle"], paths.saved[t], energy(benchmark.sets["c"]))
    return {
        "pace": paths.pace[t], "bound": (paths.supply[t] > 0)[:, None] * p0["res"],
        "rsup": p0["rsup"] * np.where(paths.supply[t] > 0, paths.supply[t], 1.0)[:, None],
        "theta_c_top": shares[0], "theta_n_kle": shares[1], "e0": p0["e0"] * paths.sold[t][:, None],
    }  # fmt: skip


def twisted(theta_c: Array, theta_n: Array, left: Array, kept: Array) -> tuple[Array, Array]:
    """Shares of a nest once materials are saved and everything else but energy takes their place at the same cost.

    Parameters
    ----------
    theta_c, theta_n : ndarray, (c, a, r), (a, r)
        Shares of commodities, and of the bundle below.
    left : ndarray, (c, a)
        What is still bought of a commodity per unit of output; 1 where nothing is saved.
    kept : ndarray of bool, (c,)
        Energy, whose share stays.
    """
    saves, left = (left != 1)[:, :, None], left[:, :, None]
    rest = np.where(saves | kept[:, None, None], 0.0, theta_c)
    more = 1 + share((theta_c * (1 - left)).sum(0), rest.sum(0) + theta_n)
    return np.where(saves, theta_c * left, np.where(kept[:, None, None], theta_c, theta_c * more)), theta_n * more


def energy(commodities: tuple[str, ...]) -> Array:
    """Commodities whose share in a nest no saving of materials changes, (c,)."""
    return np.array([k in ENERGY_LEAVES or k == BUSBAR for k in commodities])

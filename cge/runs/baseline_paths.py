"""Exogenous paths of a run, assembled from the data side for the model's sets and years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.parameters import ParameterSet
from cge.runs.periods import Paths
from cge.runs.power_paths import mix_path, technology_costs
from cge.runs.sectors import differentiated, uniform
from cge.theory.nests import GENERATION
from cgebase.arrays import Array
from cgebase.errors import CalibrationError
from cgebase.messages import listed, message
from sam import paths as data
from sam.observed import since

HORIZON = 2060
HARROD = {"neutral": 0.0, "labour": 1.0}
"""Part of productivity that makes labour effective."""


def build_paths(
    benchmark: Benchmark, parameters: ParameterSet, years: Sequence[int], *, gdp: str = "SSP1",
    population: str = "SSP1", emissions: str = "converging", first_years: str = "observed",
    demand: str = "engel", productivity: str = "neutral", sector_growth: str = "uniform",
    mix: str = "costs", technology: str = "central",
) -> Paths:  # fmt: skip
    """Assemble the paths of :class:`cge.runs.dynamics.Paths`.

    GDP starts from the SAM's own base-year GDP and follows the projected index; emissions likewise.

    Parameters
    ----------
    gdp, population : str
        Projection, SSP1 to SSP5; labour follows the working-age share of that population.
    emissions : str
        Rule of :func:`sam.paths.emissions_path`.
    first_years : str
        Whether paths begin with what was observed to 2024, see :mod:`sam.observed`.
    demand, productivity, sector_growth, mix, technology : str
        See :class:`cge.study.baseline.Baseline`.

    Raises
    ------
    CalibrationError
        The economy lacks technologies of the power mix.
    """
    years = tuple(years)
    activities, country = benchmark.sets["a"], benchmark.economy.country
    lost = [g for g in GENERATION if g not in activities]
    if lost:
        raise CalibrationError(message("CGE308", names=listed(lost)))

    def straight(first: float, last: str) -> Array:
        return np.interp(years, [data.FIRST, data.LAST], [first, parameters.scalar(last)])

    def rising(symbol: str, last: str) -> Array:
        return _rising(benchmark.parameters[symbol], parameters.scalar(last), years)

    given = parameters.paths
    saving = straight(float(data.saving_rate_path([data.FIRST], given=given)["value"].iloc[0]), "saving_rate_2060")
    begin: dict[str, Any] = {"first_years": first_years, "given": given}
    to = country.trends(benchmark.held, years, gdp=gdp, population=population, emissions=emissions, **begin)
    cost = technology_costs(benchmark, (*years, since(first_years)), technology, given)
    exponent = parameters.scalar("gamma_technology") * (mix == "costs")
    shares, exponents, at = mix_path(benchmark, years, cost, exponent=exponent, **begin)
    heads, settled = to.people, country.settled(benchmark.held)
    growth = benchmark.parameters["gdp0"] * to.gdp
    nation = growth.sum(1) / growth[0].sum()
    kinds = (
        differentiated(benchmark, parameters, years, nation, nation * saving / saving[0])
        if sector_growth == "differentiated" else uniform(benchmark, years)
    )  # fmt: skip
    return Paths(
        **kinds,
        years=years,
        heads=(heads / heads.sum(1, keepdims=True))[:, None] * (settled / settled.sum(0)),
        gdp=growth,
        emissions=benchmark.parameters["em0"] * to.emissions,
        labour=to.labour,
        population=heads / heads[0],
        frisch=straight(parameters.scalar("frisch"), "frisch_2060"),
        saving=saving / saving[0],
        mix=shares,
        mix_exponent=exponents,
        mix_cost=at,
        process=to.process,
        cost=cost[:-1],
        electrification=rising("sigma_ene", "sigma_elec_2060"),
        household_energy=rising("sigma_he", "sigma_household_energy_2060"),
        capital=to.capital,
        depreciation=parameters.scalar("depreciation"),
        engel=demand == "engel",
        harrod=HARROD[productivity],
    )


def _rising(now: Array, last: float, years: tuple[int, ...]) -> Array:
    """Elasticity between electricity and fuels, (t, ...): from today's straight to that of 2060 where it is higher."""
    then = np.where(now > 0, np.maximum(now, last), now)
    done = (np.array(years, float) - years[0]) / (HORIZON - years[0])
    return now + np.multiply.outer(done, then - now)

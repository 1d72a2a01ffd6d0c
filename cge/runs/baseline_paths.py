"""Exogenous paths of a run, assembled from the data side for the model's sets and years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.cells import part_of_country
from cge.calibrate.parameters import ParameterSet
from cge.runs.periods import Paths
from cge.runs.power_paths import mix_path, technology_costs
from cge.runs.sectors import differentiated, uniform
from cgebase.arrays import Array
from cgebase.errors import CalibrationError
from cgebase.messages import listed, message
from sam import paths as data
from sam.country import Trends
from sam.registry import TECHNOLOGIES

HORIZON = 2060
HARROD = {"neutral": 0.0, "labour": 1.0}
"""Part of productivity that makes labour effective."""


def build_paths(
    benchmark: Benchmark, parameters: ParameterSet, years: Sequence[int], *, gdp: str, population: str, emissions: str,
    first_years: str, demand: str, productivity: str, sector_growth: str, mix: str, technology: str,
) -> Paths:  # fmt: skip
    """Assemble the paths of :class:`cge.runs.dynamics.Paths`.

    GDP starts from the SAM's own base-year GDP and follows the projected index; emissions likewise. In a country that
    the shipped tables do not speak of, saving, Frisch parameter and elasticities stay what they are in the base year.

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
    lost = [g for g in TECHNOLOGIES if g not in activities]
    if lost and country.published:
        raise CalibrationError(message("CGE308", names=listed(lost)))

    def straight(first: float, last: str) -> Array:
        then = parameters.scalar(last) if country.published else first
        return np.interp(years, [country.year, country.last_year], [first, then])

    def rising(symbol: str, last: str) -> Array:
        now = benchmark.parameters[symbol]
        return _rising(now, parameters.scalar(last) if country.published else 0.0, years)

    given, depreciation = parameters.paths, parameters.scalar("depreciation")
    saving = straight(float(data.saving_rate_path([data.FIRST], given=given)["value"].iloc[0]), "saving_rate_2060")
    begin: dict[str, Any] = {"first_years": first_years, "given": given}
    to = country.trends(benchmark.held, years, gdp=gdp, population=population, emissions=emissions, **begin)
    cost = technology_costs(benchmark, (*years, country.observed(first_years)), technology, given)
    exponent = parameters.scalar("gamma_technology") * (mix == "costs")
    shares, exponents, at = mix_path(benchmark, years, cost, exponent=exponent, **begin)
    heads, settled = to.people, country.settled(benchmark.held)
    growth = benchmark.parameters["gdp0"] * to.gdp
    nation = growth.sum(1) / growth[0].sum()
    kinds = (
        differentiated(benchmark, parameters, years, nation, nation * saving / saving[0])
        if sector_growth == "differentiated" and country.published else uniform(benchmark, years)
    )  # fmt: skip
    return Paths(
        **kinds,
        years=years,
        heads=np.nan_to_num(part_of_country(heads, benchmark.parameters["home"])[:, None] * (settled / settled.sum(0))),
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
        capital=_steady(benchmark, to, years, depreciation) if to.capital is None else to.capital,
        depreciation=depreciation,
        electricity=_electricity(benchmark, to, years),
        industries=_industries(benchmark, to, years, given=sector_growth == "differentiated"),
        engel=demand == "engel",
        harrod=HARROD[productivity],
    )


def _electricity(benchmark: Benchmark, to: Trends, years: Sequence[int]) -> Array:
    """Electricity bought at the busbar, (t, r), TWh, growing from the base year as published; 0 where nothing is."""
    if to.electricity is None:
        return np.zeros((len(years), len(benchmark.sets["r"])))
    return to.electricity * benchmark.parameters["el_target"]


def _industries(benchmark: Benchmark, to: Trends, years: Sequence[int], *, given: bool) -> Array:
    """Shares of industries in value added, (t, i): those of the SAM moved as published ones move, in odds."""
    first, published = benchmark.parameters["in_target"], to.industries
    if published is None or not given:
        return np.zeros((len(years), *first.shape))
    parts = first * published / published[0]
    others = (1 - first.sum()) * (1 - published.sum(1)) / (1 - published[0].sum())
    return np.where(published > 0, parts / (parts.sum(1) + others)[:, None], 0.0)


def _steady(benchmark: Benchmark, to: Trends, years: Sequence[int], depreciation: float) -> Array:
    """Capital that base-year investment keeps growing as GDP does to the next year solved, (r,).

    Notes
    -----
    Steady state, Harberger (1978): investment over depreciation and growth.
    """
    growth = (to.gdp[1] / to.gdp[0]) ** (1 / (years[1] - years[0])) - 1
    p = benchmark.parameters
    return np.asarray(p["ish"] * (p["inv_ref"] @ p["home"]) / (depreciation + growth))


def _rising(now: Array, last: float, years: tuple[int, ...]) -> Array:
    """Elasticity between electricity and fuels, (t, ...): from today's straight to that of 2060 where it is higher."""
    then = np.where(now > 0, np.maximum(now, last), now)
    done = (np.array(years, float) - years[0]) / (HORIZON - years[0])
    return now + np.multiply.outer(done, then - now)

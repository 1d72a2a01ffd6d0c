"""What a model has to know of a country beside the accounts of its economy: people, paths, places; China is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from sam import paths
from sam.assumed import Given
from sam.groups import Members, by_region
from sam.observed import since
from sam.satellites import distances, network_capacity, resource_potential


@dataclass(frozen=True)
class Trends:
    """Where a baseline goes, base year first.

    Parameters
    ----------
    gdp, emissions, labour : ndarray, (t, r)
        Over the base year.
    people : ndarray, (t, r)
        1e4 persons.
    process : ndarray, (t,)
        Process CO2 per real output, over the base year.
    capital : ndarray, (r,)
        Stock at the end of the base year, in the money of the SAM.
    """

    gdp: Array
    emissions: Array
    labour: Array
    people: Array
    process: Array
    capital: Array


class Country(Protocol):
    """A country: one currency, one government, its regions."""

    @property
    def published(self) -> bool:
        """Whether the shipped tables speak of it: paths of power and structure, published figures, planning study."""
        ...

    def observed(self, first_years: str) -> int:
        """Last year that is observed and no policy can change."""
        ...

    def trends(
        self, regions: Members, years: Sequence[int], *, gdp: str, population: str, emissions: str, first_years: str,
        given: Given,
    ) -> Trends:  # fmt: skip
        """Paths of the regions by the choices of the baseline."""
        ...

    def settled(self, regions: Members) -> Array:
        """People of the base year by household, (h, r), 1e4 persons."""
        ...

    def people(self, regions: Members) -> Array:
        """People of the base year, (r,), 1e4 persons."""
        ...

    def distances(self, regions: Members) -> Array:
        """Distance between regions, (r, r), km."""
        ...

    def resources(self, regions: Members) -> pd.DataFrame:
        """What nature offers, see :func:`sam.satellites.resource_potential`."""
        ...

    def lines(self, regions: Members) -> pd.DataFrame:
        """Capacity of lines, see :func:`sam.satellites.network_capacity`."""
        ...


@dataclass(frozen=True)
class China:
    """China by the shipped tables."""

    published: bool = True

    def observed(self, first_years: str) -> int:
        """2024 where the first years are observed, else 2021."""
        return since(first_years)

    def trends(
        self, regions: Members, years: Sequence[int], *, gdp: str, population: str, emissions: str, first_years: str,
        given: Given,
    ) -> Trends:  # fmt: skip
        """Paths of :mod:`sam.paths`."""

        def level(frame: pd.DataFrame) -> Array:
            wide = frame.pivot(index="year", columns="region", values="value").loc[list(years)]
            return np.ascontiguousarray(by_region(wide, regions).to_numpy(float))

        def index(frame: pd.DataFrame) -> Array:
            table = level(frame)
            return table / table[0]

        process = paths.process_intensity_path(years, given=given).set_index("year")["value"]
        stocks = paths.capital_stock_2021().set_index("region")["value"].to_frame().T
        return Trends(
            gdp=index(paths.gdp_path(years, gdp, first_years=first_years, given=given)),
            emissions=index(paths.emissions_path(years, emissions, scenario=gdp, first_years=first_years, given=given)),
            labour=index(paths.labour_path(years, population, given=given)),
            people=level(paths.population_path(years, population)),
            process=process.loc[list(years)].to_numpy(float),
            capital=by_region(stocks, regions).to_numpy(float)[0],
        )

    def settled(self, regions: Members) -> Array:
        """Rural and urban people of 2021."""
        return paths.people(regions)

    def people(self, regions: Members) -> Array:
        """People of 2021."""
        heads = paths.population_path([paths.FIRST]).pivot(index="year", columns="region", values="value")
        return by_region(heads, regions).to_numpy(float)[0]

    def distances(self, regions: Members) -> Array:
        """Mean over pairs of provinces."""
        return distances(regions)

    def resources(self, regions: Members) -> pd.DataFrame:
        """Sums over provinces."""
        return resource_potential(regions)

    def lines(self, regions: Members) -> pd.DataFrame:
        """Lines of 2020."""
        return network_capacity(regions)


CHINA = China()

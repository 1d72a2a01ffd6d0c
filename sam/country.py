"""What a model has to know of a country beside the accounts of its economy: people, paths, places; China is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import Message
from sam import paths
from sam.assumed import Given
from sam.groups import Members, by_region
from sam.industries import electricity_growth, industry_shares
from sam.observed import since
from sam.registry import BASE_YEAR, HOUSEHOLDS, MONEY, PROVINCE_CODES, resolve
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
    process : ndarray, (t,) or (t, r)
        Process CO2 per real output, over the base year.
    capital : ndarray, (r,), or None
        Stock at the end of the base year, in the money of the SAM; None where it is not known.
    electricity : ndarray, (t, r), or None
        Use over that of the base year, 0 in years in which it is not observed.
    industries : ndarray, (t, i), or None
        Shares of :data:`sam.classification.INDUSTRIES` in value added of the nation; 0 where none is stated.
    """

    gdp: Array
    emissions: Array
    labour: Array
    people: Array
    process: Array
    capital: Array | None
    electricity: Array | None = None
    industries: Array | None = None


class Country(Protocol):
    """A country, or several that trade with each other: one currency, and the regions."""

    @property
    def published(self) -> bool:
        """Whether the shipped tables speak of it: paths of power and structure, published figures, planning study."""
        ...

    @property
    def year(self) -> int:
        """Base year."""
        ...

    @property
    def last_year(self) -> int:
        """Last year that a study may solve."""
        ...

    @property
    def begin(self) -> int:
        """First year in which a policy acts where nothing else is said."""
        ...

    @property
    def currency(self) -> str:
        """Three letters."""
        ...

    @property
    def rate(self) -> float:
        """CNY of 2021 in a unit of the currency: amounts of the shipped tables are divided by it."""
        ...

    @property
    def codes(self) -> tuple[str, ...]:
        """Regions, before any grouping."""
        ...

    @property
    def focus(self) -> str:
        """Region that reports dwell on where nothing else is said."""
        ...

    @property
    def list_name(self) -> str:
        """Name of its list of sectors; empty where it has several."""
        ...

    @property
    def roles(self) -> Mapping[str, str]:
        """Role of every sector; empty where lists of the registry say."""
        ...

    @property
    def household_codes(self) -> tuple[str, ...]:
        """Households, before any grouping."""
        ...

    @property
    def nations(self) -> Mapping[str, str]:
        """Country of every region, before any grouping; empty where all are of one."""
        ...

    @property
    def tiles(self) -> Mapping[str, tuple[int, ...]]:
        """Row and column of regions on a tile map; those without one have none."""
        ...

    def resolve(self, name: str) -> str:
        """Code of a region from its name; raises an `UnknownNameError` where it is none."""
        ...

    def role(self, code: str) -> str:
        """Code of the shipped tables whose parameters and place in production a sector has."""
        ...

    def words(self, code: str) -> Message | None:
        """Name of a region, sector or household, or of the country; None where the registry has it."""
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
    year: int = BASE_YEAR
    last_year: int = paths.LAST
    begin: int = 2025
    currency: str = MONEY
    rate: float = 1.0
    codes: tuple[str, ...] = PROVINCE_CODES
    focus: str = paths.FOCUS
    list_name: str = ""
    household_codes: tuple[str, ...] = HOUSEHOLDS

    @property
    def roles(self) -> Mapping[str, str]:
        """Lists of the registry say."""
        return {}

    @property
    def nations(self) -> Mapping[str, str]:
        """All provinces are of one."""
        return {}

    @property
    def tiles(self) -> Mapping[str, tuple[int, ...]]:
        """The registry has them."""
        return {}

    def resolve(self, name: str) -> str:
        """A province in any usual spelling."""
        return resolve(name)

    def role(self, code: str) -> str:
        """The code itself."""
        return code

    def words(self, code: str) -> None:
        """The registry has all names."""

    def observed(self, first_years: str) -> int:
        """2024 where the first years are observed, else 2021."""
        return since(first_years)

    def trends(
        self, regions: Members, years: Sequence[int], *, gdp: str, population: str, emissions: str, first_years: str,
        given: Given,
    ) -> Trends:  # fmt: skip
        """Paths of :mod:`sam.paths`."""
        held = tuple((r, tuple(provinces)) for r, provinces in regions.items())
        return _trends(held, tuple(years), gdp, population, emissions, first_years, frozenset(given.items()))

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


@lru_cache(maxsize=8)
def _trends(
    held: tuple[tuple[str, tuple[str, ...]], ...], years: tuple[int, ...], gdp: str, population: str, emissions: str,
    first_years: str, nodes: frozenset[tuple[tuple[str, str], float]],
) -> Trends:  # fmt: skip
    regions, given = dict(held), dict(nodes)

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
        electricity=electricity_growth(years, regions) if first_years == "observed" else None,
        industries=industry_shares(years, given=given) if first_years == "observed" else None,
    )


CHINA = China()


def in_its_money(country: Country, words: str) -> str:
    """Words about money of 2021 or shares of it, said of another currency and base year."""
    return words.replace("CNY", country.currency).replace(str(CHINA.year), str(country.year))

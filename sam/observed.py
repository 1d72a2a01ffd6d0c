"""What was observed after the base year: GDP, generation and CO2 of 2022 to 2024, the first years of the paths.

GDP of provinces and national CO2 are published; generation by province is compiled from published series. CO2 of
provinces is not published for these years: see :func:`sam.paths.emissions_path`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from sam.groups import PROVINCES, Members, by_region
from sam.registry import PROVINCE_CODES, TECHNOLOGIES
from sam.satellites import generation
from sam.tables import read_table

BASE, LATEST = 2021, 2024
"""Base year, and the last year that is observed in all provinces."""
FIRST_YEARS = ("observed", "projected")
"""What the first years of a path are: facts, or what the projections made before them say."""


def since(first_years: str) -> int:
    """Year from which on a path is projected."""
    return LATEST if first_years == "observed" else BASE


@lru_cache(maxsize=1)
def gdp_growth() -> pd.DataFrame:
    """Real GDP over that of 2021, rows years from 2021, columns provinces."""
    table = read_table("gdp_index_2022_2024").pivot(index="year", columns="region", values="gdp_index") / 100
    table.loc[BASE] = 1.0
    return table.sort_index()[list(PROVINCE_CODES)].cumprod()


@lru_cache(maxsize=1)
def co2_growth() -> pd.Series:
    """National CO2 over that of 2021, by year."""
    table = read_table("nation_2021_2024")
    co2 = table[table["item"] == "co2"].set_index("year")["value"]
    return co2 / co2[BASE]


@lru_cache(maxsize=1)
def generated() -> dict[int, pd.DataFrame]:
    """Generation by year from 2021, rows provinces, columns technologies, TWh; zero where there is none."""
    later = read_table("generation_2022_2024")
    tables = {BASE: generation()} | {int(y): rows for y, rows in later.groupby("year")}
    return {
        year: rows.pivot(index="region", columns="technology", values="twh")
        .reindex(index=PROVINCE_CODES, columns=TECHNOLOGIES).fillna(0.0)
        for year, rows in tables.items()
    }  # fmt: skip


def moved(start: pd.DataFrame, year: int, regions: Members = PROVINCES) -> pd.DataFrame:
    """Generation of an economy moved from 2021 to an observed year as the published one moved.

    Parameters
    ----------
    start : DataFrame
        Generation of the base year, rows regions, columns technologies, TWh.
    regions : mapping of str to provinces
        Provinces that each region holds.
    """
    before, after = (by_region(generated()[y].T, regions).T for y in (BASE, year))
    ratio = np.divide(after.to_numpy(), before.to_numpy(), out=np.ones(before.shape), where=before.to_numpy() > 0)
    return start * ratio


def gone(years: np.ndarray, nodes: pd.Series) -> np.ndarray:
    """Years of a projection's error that are left in a path after the latest observed year.

    Parameters
    ----------
    nodes : Series
        Part of the error of the observed years that growth of a year still holds, by year; straight lines between.

    Returns
    -------
    ndarray
        The integral of that part from the latest observed year to each year.
    """
    grid = np.arange(LATEST, max(int(years.max()), LATEST) + 1)
    part = np.interp(grid, nodes.index, nodes)
    area = np.concatenate([[0.0], np.cumsum((part[1:] + part[:-1]) / 2)])
    return np.interp(years, grid, area)


@lru_cache(maxsize=1)
def products() -> pd.DataFrame:
    """Output of products of the nation, rows products, columns 2021 and 2024, Mt, gas in bcm."""
    table = read_table("nation_2021_2024")
    return table[table["item"] != "co2"].pivot(index="item", columns="year", values="value")


@lru_cache(maxsize=1)
def industries() -> dict[int, pd.DataFrame]:
    """Value added of 2021 and 2024 at current prices, rows the three industries, columns provinces, 1e8 yuan."""
    after = read_table("gdp_industry_2024").set_index("region").T[list(PROVINCE_CODES)]
    before = read_table("gdp_industry_2021").set_index("province_code").rename(columns=lambda c: c.removeprefix("va_"))
    return {BASE: before.T.loc[after.index, list(PROVINCE_CODES)], LATEST: after}

"""Numbers as they are printed: each stands for all that round to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd

from cge.planning.expressions import computed
from sam.registry import PROVINCE_CODES
from sam.tables import read_table

REFERENCE = re.compile(r"\b(?:XJ|CN|stat|table1|path|nation|use)\.\w+\.\d{4}(?:-\d{4})?")
"""A carried number in an expression: whose, what, and the year or the years it covers."""


@dataclass(frozen=True)
class Rounded:
    """A printed number with half a unit of its last digit."""

    value: float
    half: float

    @property
    def low(self) -> float:
        """Least number that is printed like this."""
        return self.value - self.half

    @property
    def high(self) -> float:
        """Largest number that is printed like this."""
        return self.value + self.half


def printed(text: str) -> Rounded:
    """A number from its text; a plain 0 is exact, since it stands for a sign."""
    digits = len(text.partition(".")[2])
    return Rounded(float(text), 0.0 if text == "0" else 0.5 * 10.0**-digits)


@lru_cache(maxsize=1)
def carried() -> Mapping[str, Rounded]:
    """Every carried number of the study by its reference, such as ``XJ.co2.2022``."""
    stated = read_table("study_series", ("first", "year", "value")).dropna(subset=["value"])
    out = {
        f"{r.region}.{r.indicator}.{r.year if pd.isna(r.first) else f'{r.first}-{r.year}'}": printed(r.value)
        for r in stated.itertuples()
    }
    for row in read_table("study_targets", ("year", "value")).itertuples():
        out[f"table1.{row.indicator}.{row.year}"] = printed(row.value)
    for row in read_table("study_pathways", ("year", "value")).itertuples():
        out[f"path.{row.path}.{row.year}"] = printed(row.value)
    names = ("gdp", "gdp_revised", "gdp_index", "population")
    statistics = read_table("xinjiang_series", ("year", *names))
    out |= {
        f"stat.{name}.{year}": printed(text)
        for name in names
        for year, text in zip(statistics["year"], statistics[name], strict=True)
        if not pd.isna(text)
    }
    heads = read_table("population_by_year").groupby("year")["population"].sum()
    out |= {f"nation.population.{year}": Rounded(value, 0.5 * len(PROVINCE_CODES)) for year, value in heads.items()}
    power = read_table("power_2021").set_index(["region", "item"])["twh"]
    return out | {"use.electricity.2021": Rounded(float(power["XJ", "electricity_consumption"]), 0.0)}


def between(expression: str) -> tuple[float, float, float]:
    """An expression over carried numbers: as printed, and the least and largest value that rounding allows."""
    names = list(dict.fromkeys(REFERENCE.findall(expression)))
    numbers = [carried()[name] for name in names]
    corners = [[n.value for n in numbers], *product(*((n.low, n.high) for n in numbers))]
    found = computed(expression, REFERENCE, dict(zip(names, np.array(corners).T, strict=True)))
    return float(found[0]), float(found.min()), float(found.max())

"""Accounts of a province year by year: people, GDP and its industries, CO2, and what follows from them.

The numbers of Xinjiang are those that the planning study states, then what follows from them, then statistics; those of
other provinces are statistics and inventories. A year that nothing reaches stays empty.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from sam.registry import NATION, PROVINCE_CODES
from sam.tables import read_table

STUDIED = "XJ"
"""The province that the planning study is about."""
UNITS = {
    "population": "1e4 persons", "gdp": "1e8 CNY", "gdp_revised": "1e8 CNY", "primary": "1e8 CNY",
    "secondary": "1e8 CNY", "tertiary": "1e8 CNY", "co2": "Mt", "share": "%", "per_head": "t", "per_gdp": "t/1e4 CNY",
}  # fmt: skip
"""What an account holds, in order; values in current prices, population at the end of the year."""
STATED, DERIVED, STATISTICS, INVENTORY = "stated", "derived", "statistics", "inventory"
"""Where a number is from; ``stated`` is printed in the planning study."""
YEARS = range(2000, 2025)

Series = dict[int, tuple[float, str]]
"""Values with their status by year."""


def accounts(region: str) -> pd.DataFrame:
    """Everything carried or derived of a province or of the nation, ``CN``.

    Returns
    -------
    DataFrame
        Columns ``region, indicator, year, value, unit, status``, by indicator and year.
    """
    of = _studied() if region == STUDIED else _nation() if region == NATION else _statistics(region)
    rows = [
        (region, name, year, *of[name][year], unit)
        for name, unit in UNITS.items()
        for year in sorted(of.get(name, {}))
        if year in YEARS
    ]
    table = pd.DataFrame(rows, columns=["region", "indicator", "year", "value", "status", "unit"])
    return table[["region", "indicator", "year", "value", "unit", "status"]]


def stated() -> pd.DataFrame:
    """Every number that the study states of the province and of the nation, as it stands in the text."""
    return read_table("study_series")


def bounds(region: str) -> pd.DataFrame:
    """Ranges and bounds that the study states instead of a value, for a province and for the nation.

    Returns
    -------
    DataFrame
        Columns ``region, indicator, first, last, low, high``; without `high` a lower bound, with both alike a value
        whose year is not said.
    """
    rows = read_table("study_series")
    rows = rows[rows["region"].isin({region, NATION}) & (rows["low"].notna() | rows["first"].notna())]
    rows = rows[rows["indicator"].isin(UNITS)]
    return pd.DataFrame({
        "region": rows["region"], "indicator": rows["indicator"],
        "first": rows["first"].fillna(rows["year"]).astype(int), "last": rows["year"].astype(int),
        "low": rows["low"].fillna(rows["value"]), "high": rows["high"].fillna(rows["value"]),
    }).reset_index(drop=True)  # fmt: skip


def missing(table: pd.DataFrame) -> dict[str, list[int]]:
    """Years within the reach of the study that have no number, by indicator."""
    have = table.groupby("indicator")["year"].agg(set)
    last = {name: 2022 if name in ("co2", "share", "per_head", "per_gdp") else YEARS[-1] for name in UNITS}
    return {name: [y for y in YEARS if y <= last[name] and y not in have.get(name, set())] for name in UNITS}


def growth(table: pd.DataFrame) -> pd.DataFrame:
    """Growth between neighbouring numbers, and where a series turns.

    Returns
    -------
    DataFrame
        Columns ``region, indicator, start, end, change_pct, turn``; mean growth a year in %, and at `end` whether the
        series has a ``peak`` or a ``trough`` there among the years that have numbers.
    """
    out = []
    for (region, name), rows in table.groupby(["region", "indicator"], sort=False):
        years, values = rows["year"].to_numpy(), rows["value"].to_numpy(float)
        signs = np.sign(np.diff(values))
        for k in range(len(years) - 1):
            mean = 100 * ((values[k + 1] / values[k]) ** (1 / (years[k + 1] - years[k])) - 1)
            after = signs[k + 1] if k + 1 < len(signs) else signs[k]
            turn = "peak" if signs[k] > 0 > after else "trough" if signs[k] < 0 < after else ""
            out.append((region, name, int(years[k]), int(years[k + 1]), mean, turn))
    return pd.DataFrame(out, columns=["region", "indicator", "start", "end", "change_pct", "turn"])


def gaps(table: pd.DataFrame, nation: pd.DataFrame) -> pd.DataFrame:
    """Distance to the nation per head and per GDP where both have a number.

    Returns
    -------
    DataFrame
        Columns ``region, indicator, year, region_value, nation_value, multiple, difference``.
    """
    both = table.merge(nation, on=["indicator", "year"], suffixes=("", "_nation"))
    both = both[both["indicator"].isin(("per_head", "per_gdp"))]
    return pd.DataFrame({
        "region": both["region"], "indicator": both["indicator"], "year": both["year"], "region_value": both["value"],
        "nation_value": both["value_nation"], "multiple": both["value"] / both["value_nation"],
        "difference": both["value"] - both["value_nation"],
    }).reset_index(drop=True)  # fmt: skip


def _stated(region: str) -> dict[str, Series]:
    rows = read_table("study_series")
    rows = rows[(rows["region"] == region) & rows["value"].notna() & rows["first"].isna()]
    out: dict[str, Series] = {}
    for row in rows.itertuples():
        out.setdefault(str(row.indicator), {})[int(row.year)] = (float(row.value), STATED)
    return out


def _derive(of: dict[str, Series], name: str, law: Callable[..., float], *parts: str) -> None:
    """Years of a series that follow from others in which all its parts are."""
    series = of.setdefault(name, {})
    for year in set.intersection(*(set(of[p]) for p in parts)) - set(series):
        series[year] = (law(*(of[p][year][0] for p in parts)), DERIVED)


def _ratios(of: dict[str, Series]) -> dict[str, Series]:
    _derive(of, "per_head", lambda mt, heads: 100 * mt / heads, "co2", "population")
    _derive(of, "per_gdp", lambda mt, gdp: 100 * mt / gdp, "co2", "gdp")
    return of


def _studied() -> dict[str, Series]:
    of = _stated(STUDIED)
    for year in (2021, 2020):
        of["co2"][year] = (of["co2"][year + 1][0] - of["co2_increase"][year + 1][0], DERIVED)
    table = read_table("xinjiang_series").set_index("year")
    for name in table.columns.intersection([*UNITS]):
        have = of.setdefault(str(name), {})
        have |= {y: (float(v), STATISTICS) for y, v in table[name].dropna().items() if y not in have}
    _derive(of, "co2", lambda per, gdp: per * gdp / 100, "per_gdp", "gdp")
    return _ratios(of)


def _statistics(region: str) -> dict[str, Series]:
    of: dict[str, Series] = {}
    for table in ("population_by_year", "gdp_by_year"):
        rows = read_table(table).set_index("region").loc[region].set_index("year")
        of |= {str(n): {int(y): (float(v), STATISTICS) for y, v in rows[n].dropna().items()} for n in rows.columns}
    tonnes = _tonnes()
    of["co2"] = {int(y): (float(v), INVENTORY) for y, v in tonnes.loc[region].dropna().items()}
    whole = tonnes.sum()
    of["share"] = {year: (100 * value / whole[year], DERIVED) for year, (value, _) in of["co2"].items()}
    return _ratios(of)


def _tonnes() -> pd.DataFrame:
    """Inventories in Mt, (region, year): published ones, and the base year of the model."""
    tonnes = read_table("emissions_by_year").pivot(index="region", columns="year", values="mt").reindex(PROVINCE_CODES)
    return tonnes.join(read_table("emissions_2021_totals").set_index("region")["mt_study"].rename(2021))


def _nation() -> dict[str, Series]:
    of, parts = _stated(NATION), [_statistics(region) for region in PROVINCE_CODES]
    for name in ("population", "gdp", "primary", "secondary", "tertiary", "co2"):
        years = set.intersection(*(set(p[name]) for p in parts if p[name]))
        of[name] = {y: (sum(p[name][y][0] for p in parts if y in p[name]), DERIVED) for y in years}
    return _ratios(of)

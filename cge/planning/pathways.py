"""Emission pathways of the planning study and its targets: as data, checked, and as caps that were run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cge.planning.accounts import STATED, accounts
from cge.planning.rounded import between, carried
from cge.planning.statements import verdict
from cge.policies.allocation import END, START, TARGET
from cge.study.results import Results
from sam.paths import (
    FIRST,
    FOCUS,
    emissions_path,
    gdp_path,
    population_path,
    xinjiang_pathways,
    xinjiang_price_ratio,
)
from sam.registry import NATION
from sam.tables import read_table

BETWEEN = "between"
"""Status of years that the text does not name; they lie on a straight line."""
STEP = 5
IDENTITIES = (
    ("per_gdp", "table1.co2.{year}/table1.gdp.{year}", "=", "table1.per_gdp.{year}", "t/1e4 CNY"),
    ("heads", "10000*table1.co2.{year}/table1.per_head.{year}", ">", "stat.population.2024", "1e4 persons"),
)
"""What must hold among the targets of a year: name, expression, sense, the number it is held against, unit."""
RULES = ("converging", "study-targets")
"""Emissions of the baseline that the targets are held against."""
COMPARED = ("emissions", "cap", "gdp_change_pct", "welfare_ev_pct", "permit_price", "nonfossil_power_share")
"""What is compared of a run, of Xinjiang and of the nation."""


def pathways() -> pd.DataFrame:
    """The five paths and the targets, every five years; columns ``path, year, value, unit, status``."""
    out = []
    for path, nodes in xinjiang_pathways().items():
        known = sorted(nodes)
        years = sorted({*known, *(y for y in range(2025, known[-1] + 1, STEP) if y >= known[0])})
        values = np.interp(years, known, [nodes[y] for y in known])
        said = [STATED if year in nodes else BETWEEN for year in years]
        out += [(path, y, float(v), "Mt", s) for y, v, s in zip(years, values, said, strict=True)]
    return pd.DataFrame(out, columns=["path", "year", "value", "unit", "status"])


def targets() -> pd.DataFrame:
    """The targets of Table 1 with what must hold among them.

    Returns
    -------
    DataFrame
        Columns ``year, identity, sense, stated, found, found_low, found_high, unit, deviation_pct, verdict``. Total
        over intensity is GDP; total over emissions per head are heads, which the study says grow beyond those of 2024.
    """
    out = []
    for year in sorted(set(read_table("study_targets")["year"])):
        for name, expression, sense, against, unit in IDENTITIES:
            found, low, high = between(expression.format(year=year))
            stated = carried()[against.format(year=year)]
            deviation = 100 * (found / stated.value - 1)
            agrees = verdict(sense, found, (low, high), stated, stated)
            out.append((year, name, sense, stated.value, found, low, high, unit, deviation, agrees))
    columns = ["year", "identity", "sense", "stated", "found", "found_low", "found_high", "unit", "deviation_pct",
               "verdict"]  # fmt: skip
    return pd.DataFrame(out, columns=columns)


def deviations() -> pd.DataFrame:
    """The targets of Table 1 beside what the baseline hits, under its usual emissions and under the targets.

    Returns
    -------
    DataFrame
        Columns ``rule, year, indicator, target, found, deviation_pct, unit``; rules of ``[baseline] emissions``. GDP is
        moved to prices of 2024, those of the study, by the price level of Xinjiang's GDP; heads are those of the
        projection. The baseline hits its paths, so nothing is solved here.
    """
    wanted = read_table("study_targets")
    years = sorted(set(wanted["year"]))
    gdp, heads = (_focus(of(years)) for of in (gdp_path, population_path))
    gdp = gdp * xinjiang_price_ratio()
    out = []
    for rule in RULES:
        mt = _focus(emissions_path(years, rule))
        found = {"gdp": gdp / 1e4, "co2": mt / 100, "per_head": 100 * mt / heads, "per_gdp": 100 * mt / gdp}
        for row in wanted.itertuples():
            value = float(found[str(row.indicator)][row.year])
            deviation = 100 * (value / row.value - 1)
            out.append((rule, row.year, row.indicator, row.value, value, deviation, row.unit))
    return pd.DataFrame(out, columns=["rule", "year", "indicator", "target", "found", "deviation_pct", "unit"])


def _focus(path: pd.DataFrame) -> pd.Series:
    return path[path["region"] == FOCUS].set_index("year")["value"]


def beside(table: pd.DataFrame) -> pd.DataFrame:
    """Paths with the accounts before them and the uniform cap of 10 % of 2021, as they are drawn."""
    known = accounts(FOCUS).query("indicator == 'co2'")
    own = known[["year", "value", "unit", "status"]].assign(path="accounts")
    base = float(known.set_index("year").loc[FIRST, "value"])
    cap = pd.DataFrame({"path": "uniform_cap", "year": [START, END], "value": [base, TARGET * base],
                        "unit": "Mt", "status": BETWEEN})  # fmt: skip
    return pd.concat([own, table, cap], ignore_index=True)[["path", "year", "value", "unit", "status"]]


def compared(run: Path) -> pd.DataFrame:
    """What each scenario of a run does to Xinjiang and the nation; columns ``scenario, region, year, ...``."""
    rows = Results.load(run).data
    keep = rows["indicator"].isin(COMPARED) & rows["region"].isin((FOCUS, NATION)) & (rows["sector"] == "all")
    wide = rows[keep].pivot_table(index=["scenario", "region", "year"], columns="indicator", values="value", sort=False)
    return wide.reindex(columns=[c for c in COMPARED if c in wide]).reset_index()


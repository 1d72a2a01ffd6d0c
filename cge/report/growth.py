"""What a baseline implies, province by province, and which of it is hard to believe.

Everything is read from the tidy results of the scenario without policy. Bands are data (`cge/report/plausible.csv`),
each with its source or called an assumption; nothing is changed because it lies outside of one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.report.stated import COLUMNS, beside
from cge.report.style import ReportError, baseline_of
from cgebase.messages import message
from cgebase.whole import whole
from sam.registry import NATION

TABLES = Path(__file__).parent
MEASURES = ("gdp_growth", "productivity_growth", "efficiency_growth", "capital_output_ratio", "capital_rental",
            "emission_intensity", "intensity_change", "nonfossil_power_share")  # fmt: skip
"""Columns of the table; growth is the mean of the period, levels are those of its end."""
PRICES = (2021, 2024)
"""Price years of the model and of the planning study."""
STUDY = "gdp_"
"""How measures begin that compare GDP with the planning study."""
PLAUSIBILITY = ["scenario", "scope", "measure", "value", "low", "high", "verdict", "kind", "basis"]
PUBLISHED = ["measure", "value", "published", "gap_pct", "unit", "source"]
"""Columns of the tables of energy."""
STUDY_SOURCE = "planning study, read as prices of 2024"
DEEP = 0.2
"""National cap, as a share of 2021, at and below which a scenario is held to the bands of deep caps."""


@lru_cache(maxsize=1)
def bands() -> pd.DataFrame:
    """Plausible bands: columns ``measure, scope, low, high, unit, kind, basis``."""
    return pd.read_csv(TABLES / "plausible.csv")


def growth_table(data: pd.DataFrame) -> pd.DataFrame:
    """Growth and ratios of the baseline.

    Parameters
    ----------
    data : DataFrame
        Tidy results with the levels of a scenario without policy.

    Returns
    -------
    DataFrame
        Columns ``region, start, end``, the :data:`MEASURES` and ``flags``; the base year has no start. The nation's
        productivity and efficiency growth are means of the provinces, weighted by GDP at the start.

    Raises
    ------
    ReportError
        Every scenario has a policy.
    """
    scenario = baseline_of(data)
    if scenario is None:
        raise ReportError(message("CGE245"))
    mine = data[data["scenario"] == scenario]
    regions = list(mine["region"].unique())

    def wide(indicator: str) -> pd.DataFrame:
        rows = mine[(mine["indicator"] == indicator) & (mine["sector"] == "all")]
        return rows.pivot(index="region", columns="year", values="value")

    gdp, emissions = wide("gdp"), wide("emissions")
    years = [int(y) for y in gdp.columns]
    intensity = 100 * emissions / gdp
    levels = {
        "capital_output_ratio": wide("capital_output_ratio"), "capital_rental": wide("capital_rental_pct"),
        "emission_intensity": intensity, "nonfossil_power_share": wide("nonfossil_power_share"),
    }  # fmt: skip
    moving = {
        "gdp_growth": gdp, "productivity_growth": wide("productivity"), "efficiency_growth": wide("energy_efficiency"),
        "intensity_change": intensity,
    }  # fmt: skip
    frames = []
    for k, end in enumerate(years):
        frame = pd.DataFrame({"region": regions, "start": years[k - 1] if k else None, "end": end}, index=regions)
        for name in MEASURES:
            if name in levels:
                frame[name] = levels[name][end].reindex(regions)
            elif k:
                path, step = moving[name], end - years[k - 1]
                growth = 100 * ((path[end] / path[years[k - 1]]) ** (1 / step) - 1).reindex(regions)
                if NATION in regions and pd.isna(growth[NATION]):
                    own = growth.drop(NATION)
                    growth[NATION] = float(np.average(own, weights=gdp.loc[own.index, years[k - 1]]))
                frame[name] = growth
            else:
                frame[name] = np.nan
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True).astype({"start": "Int64"})
    rank = {r: k for k, r in enumerate(regions)}
    table = table.sort_values(["region", "end"], key=lambda s: s.map(rank) if s.name == "region" else s, kind="stable")
    limits = bands()[bands()["scope"] == "province"].set_index("measure").to_dict("index")
    table["flags"] = [_marks(row, limits) for row in table[list(MEASURES)].to_dict("records")]
    return table.reset_index(drop=True)


def write_tables(data: pd.DataFrame, folder: Path, study_gdp: Mapping[str, Any]) -> None:
    """Write ``growth.csv``, ``plausibility.csv``, ``published.csv`` and ``stated.csv`` of tidy results, six digits.

    What has no line for the years that are solved has no file.
    """
    published = pd.concat([against_published(data), against_study(data, study_gdp)], ignore_index=True)
    tables = {"growth": growth_table(data), "plausibility": plausibility(data), "published": published,
              "stated": beside(data)}  # fmt: skip
    for name, frame in tables.items():
        path = folder / f"{name}.csv"
        if frame.empty:
            path.unlink(missing_ok=True)
            continue
        with whole(path) as part:
            frame.to_csv(part, index=False, float_format="%.6g")


def read_tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read what :func:`write_tables` wrote, so that page and figure show the numbers of the files."""
    growth = pd.read_csv(folder / "growth.csv", dtype={"start": "Int64", "flags": str}).fillna({"flags": ""})
    columns = {"plausibility": PLAUSIBILITY, "published": PUBLISHED, "stated": COLUMNS}
    files = {name: folder / f"{name}.csv" for name in columns}
    other = (pd.read_csv(f) if f.is_file() else pd.DataFrame(columns=columns[name]) for name, f in files.items())
    return (growth, *other)


def _marks(row: Mapping[Hashable, float], limits: Mapping[Hashable, Mapping[str, float]]) -> str:
    found = []
    for name, band in limits.items():
        value = row[name]
        if value == value and not band["low"] <= value <= band["high"]:
            found.append(f"{name}:{'low' if value < band['low'] else 'high'}")
    return " ".join(found)


def flagged(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell outside its band: columns ``region, start, end, measure, side, value, low, high``."""
    limits = bands()[bands()["scope"] == "province"].set_index("measure")
    rows = []
    for row in table.to_dict("records"):
        for mark in str(row["flags"]).split():
            name, side = mark.split(":")
            low, high = limits.loc[name, ["low", "high"]]
            rows.append((row["region"], row["start"], row["end"], name, side, row[name], low, high))
    names = ["region", "start", "end", "measure", "side", "value", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def plausibility(data: pd.DataFrame) -> pd.DataFrame:
    """National energy of every scenario in its last year against the literature.

    Returns
    -------
    DataFrame
        Columns ``scenario, scope, measure, value, low, high, verdict, kind, basis``; scenarios whose national cap
        is neither absent nor deep are left out, because no band is known for them.
    """
    year = int(data["year"].max())
    nation = data[(data["region"] == NATION) & (data["sector"] == "all") & (data["year"] == year)]
    wide = nation.pivot(index="scenario", columns="indicator", values="value")
    rows = []
    for scenario in data["scenario"].unique():
        cap = wide.loc[scenario].get("cap_share_2021", np.nan)
        policy = wide.loc[scenario].get("gdp_change_pct", np.nan)
        scope = "deep cap" if cap <= DEEP else "baseline" if policy != policy else ""
        for band in bands()[bands()["scope"] == scope].to_dict("records"):
            name, _, at = str(band["measure"]).rpartition("_")
            if int(at) != year or name not in wide:
                continue
            value = float(wide.loc[scenario, name])
            verdict = "low" if value < band["low"] else "high" if value > band["high"] else "inside"
            rows.append((scenario, scope, name, value, band["low"], band["high"], verdict, band["kind"], band["basis"]))
    return pd.DataFrame(rows, columns=PLAUSIBILITY)


def against_published(data: pd.DataFrame) -> pd.DataFrame:
    """National energy of the base year against statistics.

    Returns
    -------
    DataFrame
        Columns ``measure, value, published, gap_pct, unit, source``.
    """
    table = pd.read_csv(TABLES / "published.csv")
    mine = data[(data["region"] == NATION) & (data["indicator"] == "primary_energy")]
    year = int(table["year"].iloc[0])
    mine = mine[(mine["year"] == year) & (mine["scenario"] == mine["scenario"].iloc[0])].set_index("sector")["value"]
    total, coal, oil = mine["all"], mine["coal"], mine["oil"]
    own = {
        "primary_energy": total, "coal_share": coal / total, "clean_share": 1 - (coal + oil) / total,
        "nonfossil_share": 1 - (coal + oil + mine["gas"]) / total,
    }  # fmt: skip
    table["value"] = table["measure"].map(own)
    table["gap_pct"] = 100 * (table["value"] / table["published"] - 1)
    return table[PUBLISHED]


def against_study(data: pd.DataFrame, study_gdp: Mapping[str, Any]) -> pd.DataFrame:
    """GDP of a province in the baseline against a planning study, at prices of 2021 and of 2024.

    Parameters
    ----------
    study_gdp : mapping
        ``region``; ``gdp``, the study's figures by year in 1e8 CNY, read as prices of 2024; ``price_ratio``, prices of
        2024 over those of 2021.

    Returns
    -------
    DataFrame
        As :func:`against_published`, two rows for each year that both have.
    """
    region = str(study_gdp["region"])
    mine = data[(data["scenario"] == baseline_of(data)) & (data["region"] == region) & (data["indicator"] == "gdp")]
    gdp = mine.set_index("year")["value"]
    rows = []
    for year, figure in study_gdp["gdp"].items():
        if int(year) not in gdp.index or int(year) <= PRICES[1]:
            continue
        for prices, factor in zip(PRICES, (1.0, float(study_gdp["price_ratio"])), strict=True):
            value = factor * float(gdp[int(year)])
            rows.append((f"{STUDY}{region}_{year}", value, figure, 100 * (value / figure - 1),
                         f"1e8 CNY, {prices} prices", STUDY_SOURCE))  # fmt: skip
    return pd.DataFrame(rows, columns=PUBLISHED)

"""Colours, lines and words shared by every figure and the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cge.report.names import name
from cgebase.errors import CGEError
from cgebase.messages import listed, message
from sam.registry import province, sectors

COLOURS = {"baseline": "#555555", "uniform": "#c2571a", "differentiated": "#1f6f8b", "trade": "#6a8f3c"}
SPARE = (
    "#0072b2", "#d55e00", "#009e73", "#8a4f9e", "#b08b1e", "#3f4f8f", "#a33b5c", "#56b4e9", "#7f7f3f", "#444444",
    "#e08fb0", "#2b6b4f",
)  # fmt: skip
"""Colours of other scenarios, in the order of the study."""
LABELS = "scenario labels"
"""Attribute of the results that holds what the study calls its scenarios."""
WIDTHS = {"baseline": 2.0, "uniform": 4.0, "differentiated": 2.2, "trade": 1.3}
DASHES = {"trade": (0, (4, 2))}
DIVERGING = "PuOr"
GRID, QUIET = "#e6e6e6", "#444444"
FITTED = {
    "en": ("nothing is fitted to published losses", "TWO SCALARS ARE FITTED to the published losses of Xinjiang"),
    "zh": ("未对已发表损失做任何拟合", "两个标量按已发表的新疆损失拟合"),
}


class ReportError(CGEError, ValueError):
    """The results lack what a figure or table must show."""

    exit_code = 3


def colour(scenario: str, data: pd.DataFrame) -> str:
    """Fixed colour of a scenario of the flagship; others take theirs in the order of the study."""
    if scenario in COLOURS:
        return COLOURS[scenario]
    others = [s for s in in_order(list(data["scenario"].unique())) if s not in COLOURS]
    return SPARE[others.index(scenario) % len(SPARE)]


def labelled(data: pd.DataFrame, study: Mapping[str, Any]) -> pd.DataFrame:
    """The same results, knowing what the study calls its scenarios."""
    data = data.copy(deep=False)
    data.attrs[LABELS] = {s["id"]: s["label"] for s in study["scenario"]}
    return data


def scenario_name(scenario: str, language: str, data: pd.DataFrame) -> str:
    """Name of a scenario for readers: its label in the study, or its id where the study is not known."""
    return str(data.attrs.get(LABELS, {}).get(scenario, {}).get(language) or scenario)


def region_name(code: str, language: str) -> str:
    """Name of a province or of the nation."""
    if code == "CN":
        return name("place", code, language)
    found = province(code)
    return found.name_zh if language == "zh" else found.name_en


def sector_name(code: str, language: str, aggregation: str = "cn30") -> str:
    """Name of a sector in its aggregation, or of the product-tax row of contributions."""
    other = "cn12" if aggregation == "cn30" else "cn30"
    title = {x.code: (x.name_zh if language == "zh" else x.name_en) for a in (other, aggregation) for x in sectors(a)}
    return title.get(code) or name("sector", code, language)


def signed(value: float, digits: int = 2) -> str:
    """Number with its sign, never minus zero; a dash where there is none."""
    if value != value:
        return "–"
    rounded = round(value, digits)
    return f"{0.0:.{digits}f}" if rounded == 0 else f"{rounded:+.{digits}f}"


def in_order(scenarios: Sequence[str]) -> list[str]:
    """Known scenarios first in their fixed order, then the others as they come."""
    known = [s for s in COLOURS if s in set(scenarios)]
    return [*known, *dict.fromkeys(s for s in scenarios if s not in COLOURS)]


def policies_of(data: pd.DataFrame) -> list[str]:
    """Scenarios with a policy, in order: those with a change from the baseline, whatever the baseline is called."""
    changed = set(data.loc[data["indicator"] == "gdp_change_pct", "scenario"])
    return [s for s in in_order(list(data["scenario"].unique())) if s in changed]


def pair(data: pd.DataFrame) -> list[str]:
    """The two policies that paired figures compare: uniform and differentiated where they are there."""
    policies = policies_of(data)
    if not policies:
        raise ReportError(message("CGE604"))
    return policies[:2]


def choose_year(data: pd.DataFrame, year: int | None) -> int:
    """The year asked for, or the last one; refuses a year without results."""
    years = sorted({int(y) for y in data["year"].unique()})
    if year is None:
        return years[-1]
    if year not in years:
        raise ReportError(message("CGE609", year=year, known=listed(years)))
    return year


def fitted(parameter_set: str, language: str) -> str:
    """Whether published losses were used to set parameters, in words."""
    return FITTED[language][parameter_set.startswith("replication")]

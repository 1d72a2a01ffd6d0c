"""Colours, lines and words shared by every figure and the workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import ref

import pandas as pd

from cge.measure.sense import dearest
from cge.report.names import SAID, in_its_words, name, own_name
from cgebase.errors import CGEError
from cgebase.messages import catalogue, listed, message
from sam.registry import AGGREGATIONS, NATION, provincial, region_words, sectors

UNTOUCHED = "#555555"
"""Colour of a scenario without policy."""
COLOURS = (
    "#c2571a", "#1f6f8b", "#6a8f3c", "#8a4f9e", "#e0a526", "#56b4e9", "#a33b5c", "#009e73", "#3f4f8f", "#e08fb0",
    "#8c6d46", "#111111",
)  # fmt: skip
"""Colours of policies, in the order of the study."""
LABELS, TITLE, LIMITS, PAIR = "scenario labels", "study title", "dearest technology", "pair of figures"
MAP = "map of the user's own"
"""Attributes of the results: what the study calls its scenarios and itself, the dearest technology of each scenario,
and which two are put beside each other."""
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|$~&])")
"""What Markdown does not take for text."""
LINES: tuple[dict[str, Any], ...] = ({"lw": 4.0}, {"lw": 2.2}, {"lw": 1.3, "ls": (0, (4, 2))})
"""Lines of the first policies, so that those on one path are all seen; others are plain."""
MARKERS = "os^DvPX*<>hp"
"""Markers of policies, in the order of the study: lines that colours alone do not tell apart."""
DIVERGING, RISING = "PuOr", "YlGnBu"
"""Colours of changes about zero, and of levels."""
GRID, QUIET = "#e6e6e6", "#444444"
NOWHERE = "#e4e4e4"
"""Colour of places that are not in the model."""


class ReportError(CGEError, ValueError):
    """The results lack what a figure or table must show."""

    exit_code = 3


def scenarios(data: pd.DataFrame) -> list[str]:
    """Every scenario, in the order of the study, which is that of the results."""
    return [str(s) for s in data["scenario"].unique()]


_ACTING: dict[int, tuple[ref[pd.DataFrame], list[str]]] = {}
"""Policies of the tables that are there, by identity: each is looked through once, and nobody changes one."""


def policies_of(data: pd.DataFrame) -> list[str]:
    """Scenarios that are compared with the baseline, in the order of the study."""
    key = id(data)
    table, found = _ACTING.get(key, (None, []))
    if table is None or table() is not data:
        compared = set(data.loc[data["indicator"] == "gdp_change_pct", "scenario"].unique())
        found = [s for s in scenarios(data) if s in compared]
        _ACTING[key] = ref(data, lambda _: _ACTING.pop(key, None)), found
    return list(found)


def baseline_of(data: pd.DataFrame) -> str | None:
    """First scenario without policy, that is without a change from the baseline; None without one."""
    acting = policies_of(data)
    return next((s for s in scenarios(data) if s not in acting), None)


def colour(scenario: str, data: pd.DataFrame) -> str:
    """Colour of a scenario by its place in the study."""
    acting = policies_of(data)
    return COLOURS[acting.index(scenario) % len(COLOURS)] if scenario in acting else UNTOUCHED


def line(scenario: str, data: pd.DataFrame) -> dict[str, Any]:
    """Colour, width, dashes and marker of the line of a scenario."""
    acting = policies_of(data)
    marker = MARKERS[acting.index(scenario) % len(MARKERS)] if scenario in acting else "."
    usual = {"lw": 1.5} if scenario in acting else {"lw": 2.0}
    kind = dict(zip(acting, LINES, strict=False)).get(scenario, usual)
    return {"color": colour(scenario, data), "marker": marker, **kind}


def labelled(data: pd.DataFrame, study: Mapping[str, Any]) -> pd.DataFrame:
    """The same results, knowing what the study calls its scenarios and which technologies these have."""
    data = data.copy(deep=False)
    data.attrs |= {LABELS: {s["id"]: s["label"] for s in study["scenario"]}, TITLE: study.get("title", {}),
                   LIMITS: dearest(study["scenario"], SAID.get().get("rate", 1.0)),
                   PAIR: study.get("report", {}).get("pair")}  # fmt: skip
    return data


def title_of(data: pd.DataFrame, language: str) -> str:
    """Title of the study for readers; empty where it is not known."""
    return str(data.attrs.get(TITLE, {}).get(language, ""))


def study_line(data: pd.DataFrame, language: str) -> str:
    """The line of a caption that names the study; empty where it is not known."""
    title = title_of(data, language)
    return phrases("study", language)["line"].format(title=title) if title else ""


def scenario_name(scenario: str, language: str, data: pd.DataFrame) -> str:
    """Name of a scenario for readers: its label in the study, or its id where the study is not known."""
    return str(data.attrs.get(LABELS, {}).get(scenario, {}).get(language) or scenario)


def marked_down(text: str) -> str:
    """A text as Markdown shows it as it is."""
    return MARKUP.sub(r"\\\1", text)


def some_of(shown: int, there: int, language: str, where: str) -> str:
    """The sentence that a figure or chart leaves scenarios out; empty where it does not.

    Parameters
    ----------
    where : str
        What shows all of them.
    """
    if shown >= there:
        return ""
    words = {
        "en": f"{shown} of {there} policies are shown; all are in {where}, and "
              "`cge report RUN --scenario A,B` draws others.",
        "zh": f"图示{shown}项政策（共{there}项）；全部政策见{where}，"
              "其他政策可用 `cge report RUN --scenario A,B` 绘制。",
    }  # fmt: skip
    return words[language]


def region_name(code: str, language: str) -> str:
    """Name of a province, of a region or of the nation."""
    own = own_name(code, language)
    if own is not None:
        return own
    return name("place", code, language) if code == NATION else region_words(code).text(language)


def shown_regions(data: pd.DataFrame, language: str) -> str:
    """How many regions the results have, and whether they are provinces, in words."""
    there = set(data["region"].unique()) - {NATION}
    if SAID.get():
        return message("figure.figures.regions_of", name=region_name(NATION, language), count=len(there)).text(language)
    return message(f"figure.figures.{'provinces' if provincial(there) else 'groups'}", count=len(there)).text(language)


def outside(language: str) -> str:
    """What the shipped economy leaves out, as the end of a sentence; nothing is said of another country."""
    return "" if SAID.get() else message("figure.figures.left_out").text(language)


def sector_name(code: str, language: str, aggregation: str = "cn30") -> str:
    """Name of a sector in its aggregation, or of the product-tax row of contributions."""
    own = own_name(code, language)
    if own is not None:
        return own
    aggregation = aggregation if aggregation in AGGREGATIONS else "cn30"
    other = "cn12" if aggregation == "cn30" else "cn30"
    title = {x.code: (x.name_zh if language == "zh" else x.name_en) for a in (other, aggregation) for x in sectors(a)}
    return title.get(code) or name("sector", code, language)


def signed(value: float, digits: int = 2) -> str:
    """Number with its sign, never minus zero; a dash where there is none."""
    if value != value:
        return "–"
    rounded = round(value, digits)
    return f"{0.0:.{digits}f}" if rounded == 0 else f"{rounded:+.{digits}f}"


def pair(data: pd.DataFrame) -> list[str]:
    """The two policies that paired figures compare: those the study names, where both are there, else the first."""
    acting, named = policies_of(data), data.attrs.get(PAIR) or ()
    if not acting:
        raise ReportError(message("CGE604"))
    return list(named) if named and set(named) <= set(acting) else acting[:2]


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
    return phrases("fitted", language)["yes" if parameter_set.startswith("replication") else "no"]


def phrases(of: str, language: str) -> Mapping[str, str]:
    """Words of a figure, page or book in one language: entries ``figure.<of>.<key>`` of the catalogue, by key."""
    found = _entries(of, language)
    return {key: in_its_words(words, language) for key, words in found.items()} if SAID.get() else found


@cache
def _entries(of: str, language: str) -> Mapping[str, str]:
    start = f"figure.{of}."
    return {key.removeprefix(start): entry[language] for key, entry in catalogue().items() if key.startswith(start)}

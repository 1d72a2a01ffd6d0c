"""A series examined: its change points, the events near them, and the points that the planning text states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cge.planning.accounts import accounts
from cge.planning.changes import ALIKE, Changes, changes
from cge.planning.dates import Dated, SeriesError, dated, read_events, read_series, spans_of
from cge.planning.matching import (
    WINDOW,
    against_study,
    candidates,
    carried_events,
    study_attached,
    study_points,
)
from cgebase.messages import LANGUAGES, Message, listed, message

STUDY = "study"
"""Name of the points that the planning text states."""


@dataclass(frozen=True)
class Options:
    """How a series is looked at: own events, its sector, the window in months, and whether in logarithms."""

    events: Path | None = None
    sector: str = "all"
    window: float = WINDOW
    logarithm: bool = False

    def known(self) -> pd.DataFrame:
        """The events to match."""
        return carried_events() if self.events is None else read_events(self.events)


Seen = dict[str, Any]
"""Fields of :class:`cge.report.changepoints.Seen`."""
Tables = dict[str, pd.DataFrame]


def of_file(path: Path, column: str | None, options: Options) -> tuple[Tables, Seen]:
    """A series of a CSV file."""
    return of_series(read_series(path, column), options)


def of_account(region: str, name: str, options: Options) -> tuple[Tables, Seen]:
    """A carried account of a province."""
    table = accounts(region)
    rows = table[table["indicator"] == name]
    if rows.empty:
        known = listed(dict.fromkeys(table["indicator"]))
        raise SeriesError(message("CGE808", name=name, region=region, known=known))
    spans = spans_of(Path("accounts"), rows["year"].astype(str))
    return of_series(dated(f"{region}-{name}", str(rows["unit"].iloc[0]), spans, rows["value"].to_numpy()), options)


def of_series(series: Dated, options: Options) -> tuple[Tables, Seen]:
    """Tables to write and what is drawn of a series."""
    found = changes(series, logarithm=options.logarithm)
    near = candidates(found.found, options.known(), window=options.window, sector=options.sector)
    first, last = series.spans[0].first, series.spans[-1].last
    against = against_study(found.found, first, last, window=options.window)
    said = [message("change_method"), *_remarks(found)]
    if len(against):
        met = int((against["found"] != "").sum())
        said.append(message("change_against", of=len(against), met=met, months=f"{options.window:g}"))
    seen = {
        "name": series.name, "title": _both([Message(series.name, series.name)]), "unit": series.unit,
        "size_unit": "%" if options.logarithm else series.unit, "table": _fitted(found), "points": found.found,
        "near": near, "window": options.window, "facts": _both(said),
    }  # fmt: skip
    return {"changepoints": found.found, "candidates": near, "against_study": against}, seen


def of_study(options: Options) -> tuple[Tables, Seen]:
    """The points that the text states, the events it attaches, and the events that lie near."""
    points, attached = study_points(), study_attached(options.window)
    near = candidates(points, options.known(), window=options.window, sector=str(points["sector"].iloc[0]))
    said = [message("change_study"), message(
        "change_attached", count=len(attached), after=int((attached["fault"] == "after").sum()),
        year=int((attached["fault"] == "year").sum()), none=len(set(points["date"]) - set(attached["date"])),
    )]  # fmt: skip
    table = pd.DataFrame({"day": points["first_day"], "value": points["probability"]})
    seen = {
        "name": STUDY, "title": _both([message("change_text")]), "unit": "confidence", "size_unit": "", "table": table,
        "points": points, "near": near, "window": options.window, "facts": _both(said),
    }  # fmt: skip
    return {"changepoints": points, "candidates": near, "attached": attached}, seen


def _remarks(found: Changes) -> list[Message]:
    said = []
    if found.logarithm:
        said.append(message("change_log"))
    if found.series.filled:
        said.append(message("change_filled", dates=listed(found.series.filled)))
    if found.alike > ALIKE:
        said.append(message("change_alike", alike=found.alike))
    return said


def _fitted(found: Changes) -> pd.DataFrame:
    """Values with what was fitted; `spell` counts the spells of the trend."""
    starts = set(found.found.loc[found.found["type"] == "trend", "first_day"])
    return pd.DataFrame({
        "day": [s.first for s in found.series.spans], "value": found.series.values,
        "trend": found.level, "season": found.season,
        "spell": pd.Series([s.first in starts for s in found.series.spans]).cumsum(),
    })  # fmt: skip


def _both(said: Sequence[Message]) -> dict[str, list[str]]:
    return {language: [s.text(language) for s in said] for language in LANGUAGES}

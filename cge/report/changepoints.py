"""Change points of a series with the events near them: one figure and one table in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cge.report.canvas import canvas, legend
from cge.report.figures import FORMATS, with_table
from cge.report.names import name
from cge.report.style import COLOURS, GRID, QUIET, UNTOUCHED, marked_down, phrases, signed

OF = {"trend": COLOURS[0], "seasonal": COLOURS[1]}
"""Colours of breaks by what breaks."""
NAMED = 3
"""Candidates of a change that figure and table name; all are in the CSV."""
WIDE = 150
"""Latin letters of a line beneath the figure."""


@dataclass(frozen=True)
class Seen:
    """What is drawn of a series.

    Parameters
    ----------
    name : str
    title : mapping
        What the series is called, in both languages.
    unit, size_unit : str
        Of the values and of the size of a change.
    table : DataFrame
        Columns ``day, value, trend, season``, one row for each value.
    points : DataFrame
        Columns ``date, first_day, type, probability, magnitude``, by date.
    near : DataFrame
        Candidates; columns ``date, type, rank, en, zh, months, order``.
    window : float
        Months before and after a change in which events are candidates.
    facts : mapping
        Sentences on the series in both languages, ``en`` and ``zh``.
    """

    name: str
    title: Mapping[str, Sequence[str]]
    unit: str
    size_unit: str
    table: pd.DataFrame
    points: pd.DataFrame
    near: pd.DataFrame
    window: float
    facts: Mapping[str, Sequence[str]]


def draw_changepoints(
    seen: Seen, out: Path, *, languages: Sequence[str], formats: Sequence[str] = (*FORMATS,)
) -> list[Path]:
    """Draw the series with its breaks, and what lies near each, with the CSV it draws."""
    return with_table(seen.table, partial(_draw, seen), out / "series", languages, formats)


def lines(seen: Seen, language: str) -> list[list[str]]:
    """Rows of the table in words: date, what changes, probability, size, events."""
    words, unit = phrases("changepoints", language), name("unit", seen.size_unit, language)
    out = []
    for number, point in enumerate(seen.points.to_dict("records"), start=1):
        near = seen.near[(seen.near["date"] == point["date"]) & (seen.near["type"] == point["type"])].head(NAMED)
        events = [f"{row[language]} ({_when(row, words)})" for row in near.to_dict("records")]
        told = ("；" if language == "zh" else "; ").join(events) or words["none"]
        kind, size = name("change", str(point["type"]), language), _size(point, unit, words)
        out.append([str(number), str(point["date"]), kind, f"{point['probability']:.2f}", size, told])
    return out


def _size(point: Mapping[Any, Any], unit: str, words: Mapping[str, str]) -> str:
    """Jump of the trend with its slopes, or change of the height of the season; a dash where it is not known."""
    if "magnitude" not in point:
        return signed(float("nan"))
    jump = f"{signed(point['magnitude'])} {unit}".strip()
    if point["type"] != "trend":
        return jump
    return words["slopes"].format(jump=jump, before=signed(point["slope_before"]), after=signed(point["slope_after"]))


def page(seen: Seen, language: str) -> str:
    """The table as Markdown."""
    words = phrases("changepoints", language)
    head = [words[k] for k in ("number", "date", "type", "probability", "magnitude", "events")]
    rows = [[marked_down(cell) for cell in row] for row in lines(seen, language)]
    table = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    said = [words["window"].format(months=f"{seen.window:g}"), *seen.facts[language]]
    return "\n".join([f"# {marked_down(_title(seen, language))}", "", *table, "", *(f"- {s}" for s in said), ""])


def _title(seen: Seen, language: str) -> str:
    return phrases("changepoints", language)["title"].format(name=seen.title[language][0])


def _when(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    return words[str(row["order"])].format(months=f"{abs(row['months']):.1f}")


def _draw(seen: Seen, language: str) -> Figure:
    words = phrases("changepoints", language)
    note = "\n".join([words["window"].format(months=f"{seen.window:g}"), *seen.facts[language]])
    listed = [line for row in lines(seen, language) for line in _folded(row, language)] or [words["still"]]
    figure = canvas((10.6, 4.6 + 0.19 * len(listed)), _title(seen, language), note, study="")
    top, bottom = figure.subplots(2, 1, height_ratios=[3.6, 0.19 * len(listed) + 0.1])
    _series(top, seen, name("unit", seen.unit, language) or words["value"])
    bottom.axis("off")
    bottom.text(0, 1, "\n".join(listed), va="top", fontsize=8.2, linespacing=1.45, transform=bottom.transAxes)
    kinds = [k for k in OF if k in set(seen.points["type"])]
    handles = [Line2D([], [], color=OF[k], ls="--") for k in kinds]
    if handles:
        legend(figure, handles, [name("change", k, language) for k in kinds])
    return figure


def _folded(row: Sequence[str], language: str) -> list[str]:
    """One row of the table as lines beneath the figure; Chinese breaks between events."""
    number, date, kind, probability, size, events = row
    start = f"{number}  {date}  {kind}  p {probability}  {size}  "
    if language != "zh":
        return wrap(start + events, WIDE, subsequent_indent="     ")
    out = [start]
    for event in events.replace("；", "；|").split("|"):
        if len(out[-1]) + len(event) > WIDE / 2:
            out.append("     ")
        out[-1] += event
    return out


def _series(ax: Axes, seen: Seen, label: str) -> None:
    days = date2num(pd.to_datetime(seen.table["day"]))
    ax.xaxis_date()
    values = seen.table["value"].to_numpy(float)
    if "trend" in seen.table:
        ax.plot(days, values, color=UNTOUCHED, marker="o", ms=2.6, lw=0.8)
        edges = [0, *np.flatnonzero(seen.table["spell"].diff().to_numpy(float) > 0), len(values)]
        for start, end in zip(edges, edges[1:], strict=False):
            ax.plot(days[start:end], seen.table["trend"].to_numpy(float)[start:end], color=COLOURS[7], lw=2)
    else:
        ax.vlines(days, 0, values, color=UNTOUCHED, lw=1)
        ax.scatter(days, values, color=UNTOUCHED, s=26, zorder=3)
        ax.set_ylim(0, 1)
    low, high = ax.get_ylim()
    for number, point in enumerate(seen.points.to_dict("records"), start=1):
        at = date2num(point["first_day"])
        ax.axvline(at, color=OF[point["type"]], ls="--", lw=1.2, zorder=0)
        ax.annotate(str(number), (at, high), (2, -9), textcoords="offset points", fontsize=8.5, color=QUIET)
    ax.set_ylim(low, high)
    ax.set_ylabel(label, fontsize=9)
    ax.grid(axis="y", color=GRID)
    ax.set_axisbelow(True)

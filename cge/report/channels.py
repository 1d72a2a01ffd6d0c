"""What a loss goes through, as a picture: channels of real GDP for nation, focus and every province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import Drawing, along_rows, canvas, in_bold, place, places
from cge.report.figures import FORMATS, in_languages
from cge.report.names import name
from cge.report.style import phrases, scenario_name, signed

SMALLEST = 0.005
"""Channels that nowhere reach this many percentage points are one bar together."""
COLOURS = {
    "capital": "#3f4f8f", "labour": "#56b4e9", "resources": "#b08b1e", "power": "#e6b422", "fuels": "#8c510a",
    "abatement": "#009e73", "households": "#8a4f9e", "removals": "#a6d96a", "taxes": "#a33b5c", "index": "#bbbbbb",
    "instruments": "#444444", "other": "#dddddd",
}  # fmt: skip


def draw_channels(
    table: pd.DataFrame, out: Path, *, languages: Sequence[str], focus: str, facts: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw channels of nation and focus as waterfalls, and of every province as stacked bars.

    Parameters
    ----------
    table : DataFrame
        Columns ``channel, cause, region, value`` of real GDP, percentage points; ``CN`` is the nation.
    facts : mapping
        ``scenario``, ``year``, ``gap``, ``parameter_set``, ``aggregation``.
    """
    wide = table.groupby(["region", "channel"])["value"].sum().unstack()
    shown = [c for c in COLOURS if c in wide and wide[c].abs().max() >= SMALLEST]
    other = wide.drop(columns=shown).sum(axis=1)
    wide = wide[shown].assign(other=other) if other.abs().max() >= SMALLEST / 10 or not shown else wide[shown]
    wide.attrs |= table.attrs
    stem = out / f"channels_{facts['scenario']}"
    return in_languages(lambda language: _draw(wide, language, focus, facts), stem, languages, formats)


def _draw(wide: pd.DataFrame, language: str, focus: str, facts: Mapping[str, str]) -> Figure:
    words = phrases("channels", language)
    head = words["title"].format(scenario=scenario_name(facts["scenario"], language, wide), year=facts["year"])
    figure = canvas((14.5, 8.6), head, words["note"].format(**facts), study=style.study_line(wide, language))
    grid = figure.add_gridspec(2, 2, width_ratios=(3, 4))
    for k, region in enumerate(("CN", focus)):
        _waterfall(figure, figure.add_subplot(grid[k, 0]), wide.loc[region], language, words)
    provinces = wide.drop(index="CN")
    order = provinces.sum(axis=1).sort_values(ascending=False).index
    ax = figure.add_subplot(grid[:, 1])
    _stacks(figure, ax, provinces.loc[order], language, focus)
    ax.set_title(words["bars"], fontsize=10.5, loc="left", x=-0.19, y=1.113)
    ax.legend(fontsize=8, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(-0.205, 0.992), columnspacing=1.0,
              handlelength=1.0)  # fmt: skip
    return figure


def _waterfall(figure: Drawing, ax: Axes, row: pd.Series, language: str, words: Mapping[str, str]) -> None:
    ends = row.cumsum()
    starts = ends - row
    ax.barh(range(len(row)), row, left=starts, color=[COLOURS[c] for c in row.index], height=0.7)
    ax.barh(len(row), ends.iloc[-1], color="#555555", height=0.7)
    values = [*row, ends.iloc[-1]]
    reach = [*np.maximum(starts, ends), max(ends.iloc[-1], 0.0)]
    for k, (value, right) in enumerate(zip(values, reach, strict=True)):
        ax.annotate(signed(value), (right, k), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
    names = [*(name("channel", str(c), language) for c in row.index), words["sum"]]
    ax.set_yticks(range(len(values)), names, fontsize=9)
    ax.get_yticklabels()[-1].set_fontweight("bold")
    ax.invert_yaxis()
    left, right = min(ends.min(), starts.min()), max(reach)
    room = max(right - left, SMALLEST)
    ax.set_xlim(left - 0.05 * room, right + 0.15 * room)
    _plain(ax)
    text = words["of"].format(name=place(figure, str(row.name), language), total=signed(ends.iloc[-1]))
    ax.set_title(text, fontsize=10.5, loc="left")


def _stacks(figure: Drawing, ax: Axes, wide: pd.DataFrame, language: str, focus: str) -> None:
    left, right = np.zeros(len(wide)), np.zeros(len(wide))
    for channel in wide.columns:
        width = wide[channel].to_numpy(float)
        base = np.where(width < 0, left, right)
        ax.barh(range(len(wide)), width, left=base, color=COLOURS[channel], height=0.78,
                label=name("channel", str(channel), language))  # fmt: skip
        left, right = left + np.minimum(width, 0.0), right + np.maximum(width, 0.0)
    ax.scatter(wide.sum(axis=1), range(len(wide)), marker="|", s=70, color="black", zorder=3)
    ax.set_yticks(range(len(wide)), places(figure, wide.index, language), fontsize=8.5)
    in_bold(ax, wide.index, (focus,))
    ax.set_ylim(len(wide) - 0.4, -0.6)
    _plain(ax)


def _plain(ax: Axes) -> None:
    along_rows(ax)
    ax.spines["left"].set_visible(False)

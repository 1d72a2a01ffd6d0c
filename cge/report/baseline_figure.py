"""One picture of a baseline: growth and ratios of every province by period, and what lies outside its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cge.report import style
from cge.report.baseline import period
from cge.report.canvas import canvas, in_bold, places
from cge.report.figures import FORMATS, with_table
from cge.report.growth import bands
from cge.report.names import name, unit
from cge.report.style import phrases

SHOWN = ("gdp_growth", "productivity_growth", "efficiency_growth", "capital_output_ratio", "capital_rental",
         "intensity_change")  # fmt: skip
CHOSEN = ("gdp", "population", "emissions")
"""Choices of the baseline that the note names."""
OUTSIDE = "#c2571a"
SHADES = "Blues"


def draw_baseline(
    table: pd.DataFrame, out: Path, *, languages: Sequence[str], focus: str, facts: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the figure with its CSV.

    Parameters
    ----------
    table : DataFrame
        As :func:`cge.report.growth.growth_table` makes it.
    facts : mapping
        ``parameter_set``, ``aggregation``, ``gdp``, ``population``, ``emissions``.
    """
    draw = partial(_draw, table, focus=focus, facts=dict(facts))
    return with_table(table, draw, out / "baseline", languages, formats)


def _draw(table: pd.DataFrame, language: str, focus: str, facts: dict[str, str]) -> Figure:
    words = phrases("baseline_figure", language)
    facts = facts | {k: name("choice", facts[k], language) for k in CHOSEN}
    mean = table.groupby("region")["productivity_growth"].mean().sort_values()
    order = [*mean.drop("CN", errors="ignore").index, *(["CN"] if "CN" in mean.index else [])]
    figure = canvas((16, 9.6), words["title"], words["note"].format(**facts), study=style.study_line(table, language))
    axes = figure.subplots(1, len(SHOWN), sharey=True)
    for ax, measure in zip(axes, SHOWN, strict=True):
        _panel(ax, table, measure, order, language, focus)
    axes[0].set_yticks(range(len(order)), places(figure, order, language), fontsize=8.5)
    axes[0].set_ylim(-0.8, len(order) - 0.2)
    in_bold(axes[0], order, (focus, "CN"))
    ends = table["end"].drop_duplicates().tolist()
    shade = mpl.colormaps[SHADES]
    handles = [Line2D([], [], marker="o", ls="", ms=6, color=shade(_tone(k, len(ends)))) for k in range(len(ends))]
    starts = [None, *ends[:-1]]
    labels = [period(start, end) for start, end in zip(starts, ends, strict=True)]
    figure.legend(handles, labels, loc="outside upper right", ncols=len(ends), frameon=False, fontsize=8.5,
                  handletextpad=0.1, columnspacing=0.9)  # fmt: skip
    return figure


def _tone(k: int, count: int) -> float:
    return 0.25 + 0.7 * k / max(count - 1, 1)


def _panel(ax: Axes, table: pd.DataFrame, measure: str, order: Sequence[str], language: str, focus: str) -> None:
    limits = bands()[(bands()["scope"] == "province") & (bands()["measure"] == measure)]
    shade = mpl.colormaps[SHADES]
    wide = table.pivot(index="region", columns="end", values=measure)
    low, high = (float(limits[k].iloc[0]) for k in ("low", "high"))
    ax.axvspan(low, high, color="#efefef", zorder=0)
    ax.axhspan(order.index(focus) - 0.5, order.index(focus) + 0.5, color="#dfe8ef", zorder=0.5)
    seen = wide.loc[list(order)].to_numpy(float)
    rows = np.arange(len(order))
    ax.hlines(rows, np.nanmin(seen, axis=1), np.nanmax(seen, axis=1), color="#bbbbbb", lw=1, zorder=1)
    for k, values in enumerate(seen.T):
        outside = (values < low) | (values > high)
        for part, edge, line in ((~outside & ~np.isnan(values), "none", 0.0), (outside, OUTSIDE, 1.3)):
            ax.scatter(values[part], rows[part], s=26, color=shade(_tone(k, seen.shape[1])), zorder=3 + 0.01 * k,
                       edgecolors=edge, linewidths=line)  # fmt: skip
    ax.set_title(f"{name('indicator', measure, language)}\n{unit(measure, language)}", fontsize=9.5, loc="left")
    seen = seen[seen == seen]
    room = max(0.06 * (seen.max() - seen.min()), 0.1)
    ax.set_xlim(seen.min() - room, seen.max() + room)
    ax.grid(axis="x", color="#dddddd", lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)

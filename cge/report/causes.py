"""Who pays because of whom, as a picture: provinces that bear a loss against provinces whose caps cause it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import Drawing, along_rows, canvas, place, places
from cge.report.figures import FORMATS, in_languages
from cge.report.style import phrases, scenario_name, signed

SHOWN = 12
ALONE = "instruments"
"""Cause of what other instruments do before any cap binds: no province."""
SHADES = ("#c2571a", "#e5ab7e")


def draw_causes(
    table: pd.DataFrame, out: Path, *, languages: Sequence[str], focus: str, facts: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the matrix of causes and the bars of one province.

    Parameters
    ----------
    table : DataFrame
        Columns ``channel, cause, region, value`` of one measure, percentage points.
    facts : mapping
        ``scenario``, ``year``, ``gap``, ``parameter_set``, ``aggregation``.
    """
    stem = out / f"causes_{facts['scenario']}"
    return in_languages(lambda language: _draw(table, language, focus, facts), stem, languages, formats)


def _draw(table: pd.DataFrame, language: str, focus: str, facts: Mapping[str, str]) -> Figure:
    words = phrases("causes", language)
    alone = table[(table["cause"] == ALONE) & (table["region"] == focus)]["value"]
    table = table[table["cause"] != ALONE]
    whole = table.groupby(["region", "cause"])["value"].sum().unstack()
    order = whole.sum(axis=1).sort_values().index
    whole = whole.loc[order, order]
    head = words["title"].format(scenario=scenario_name(facts["scenario"], language, table), year=facts["year"])
    figure = canvas((14.5, 9.2), head, words["note"].format(**facts), study=style.study_line(table, language))
    names = places(figure, order, language)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.5, 1), height_ratios=(1, 4))
    left = figure.add_subplot(grid[:, 0])
    off = whole.to_numpy() - np.diag(np.diag(whole.to_numpy()))
    bound = float(np.quantile(np.abs(off[off != 0]), 0.99))
    image = left.imshow(whole, cmap=style.DIVERGING, vmin=-bound, vmax=bound, aspect="auto")
    left.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    left.set_yticks(range(len(names)), names, fontsize=8)
    left.set_title(words["matrix"], fontsize=10.5, loc="left")
    left.spines[:].set_visible(False)
    for k, r in enumerate(order):
        if r == focus:
            left.get_yticklabels()[k].set_fontweight("bold")
            left.get_xticklabels()[k].set_fontweight("bold")
    bar = figure.colorbar(image, ax=left, fraction=0.03, pad=0.015, aspect=40, extend="both")
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(labelsize=8)
    _bars(figure, [figure.add_subplot(grid[k, 1]) for k in range(2)], table, language, focus, words, alone)
    return figure


def _bars(
    figure: Drawing, panels: Sequence[Axes], table: pd.DataFrame, language: str, focus: str, words: Mapping[str, str],
    alone: pd.Series,
) -> None:  # fmt: skip
    part = table[table["region"] == focus].pivot(index="cause", columns="channel", values="value")
    part = part[list(dict.fromkeys(table["channel"]))]
    total = part.to_numpy().sum() + alone.sum()
    others = part.drop(index=focus)
    first = others.loc[others.sum(axis=1).abs().sort_values(ascending=False).index[:SHOWN]]
    first = first.loc[first.sum(axis=1).sort_values().index]
    upper = pd.DataFrame([part.loc[focus], others.sum()], index=[words["own"], words["others"]])
    lower = first.set_axis(places(figure, first.index, language))
    for k, (ax, frame) in enumerate(zip(panels, (upper, lower), strict=True)):
        start = np.zeros((2, len(frame)))
        for channel, shade, label in zip(frame.columns, SHADES, (words["now"], words["before"]), strict=True):
            width = frame[channel].to_numpy(float)
            side = (width > 0).astype(int)
            base = start[side, np.arange(len(frame))]
            ax.barh(range(len(frame)), width, left=base, color=shade, height=0.68, label=label)
            start[side, np.arange(len(frame))] += width
        for row, value in enumerate(frame.sum(axis=1)):
            ax.annotate(signed(value, 2 if k == 0 else 3), (max(start[1, row], 0.0), row), xytext=(4, 0),
                        textcoords="offset points", va="center", fontsize=8.5)  # fmt: skip
        ax.set_yticks(range(len(frame)), list(frame.index), fontsize=9)
        ax.invert_yaxis()
        ax.margins(x=0.16)
        along_rows(ax)
        ax.spines["left"].set_visible(False)
        if k == 0:
            text = words["bars"].format(name=place(figure, focus, language), total=signed(total))
            text += words["alone"].format(value=signed(alone.sum())) if len(alone) else ""
            ax.set_title(text, fontsize=10.5, loc="left", x=-0.32, y=1.35)
            ax.legend(fontsize=8.5, frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(-0.34, 1.0))

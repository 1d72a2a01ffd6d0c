"""All policies at once: a table of provinces by scenarios in colours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.measure.sense import MARK
from cge.report import style
from cge.report.canvas import canvas, in_bold, places
from cge.report.caveats import beyond_lines, marks
from cge.report.style import phrases, scenario_name, signed

HEAD, LINES = 14, 5
"""Columns and lines of the head of a column."""


def draw_matrix(
    data: pd.DataFrame, language: str, focus: str, facts: Mapping[str, str]
) -> tuple[Figure, pd.DataFrame]:
    """Table of the change of real GDP, provinces down and policies across.

    Returns
    -------
    figure, drawn
        ``drawn`` holds the rows of the results that the figure shows.
    """
    words = phrases("matrix", language)
    drawn = data[(data["indicator"] == "gdp_change_pct") & (data["year"] == int(facts["year"]))]
    order = style.policies_of(drawn)
    wide = drawn.pivot(index="region", columns="scenario", values="value")[order]
    rows = ["CN", *wide.drop(index="CN").sort_values(order[0]).index]
    wide = wide.loc[rows]
    bound = float(np.quantile(np.abs(wide.to_numpy()), 0.98)) or 1.0
    size = (max(3.2 + 1.15 * len(order), 8.5), 0.27 * len(rows) + 2.3)
    year = int(facts["year"])
    marked, caveats = marks(data, year, "gdp_change_pct"), [x.text(language) for x in beyond_lines(data, year)]
    note = words["note"].format(**facts, shown=style.shown_regions(data, language), outside=style.outside(language))
    figure = canvas(size, words["title"].format(**facts), "\n".join([note, *caveats]),
                    study=style.study_line(data, language))  # fmt: skip
    axes = figure.subplots()
    axes.imshow(wide, cmap=style.DIVERGING, vmin=-bound, vmax=bound, aspect="auto")
    for i, region in enumerate(rows):
        for j, scenario in enumerate(order):
            value = float(wide.loc[region, scenario])
            strong = "bold" if region in (focus, "CN") else "normal"
            ink = "white" if abs(value) > 0.72 * bound else "black"
            text = signed(value) + (MARK if (scenario, region) in marked else "")
            axes.text(j, i, text, ha="center", va="center", fontsize=8, color=ink, fontweight=strong)
    heads = [figure.fit(scenario_name(s, language, data), HEAD, LINES) for s in order]
    axes.set_xticks(range(len(order)), heads, fontsize=8.5)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), places(figure, rows, language), fontsize=8.5)
    axes.tick_params(length=0)
    axes.axhline(0.5, color="black", lw=1)
    in_bold(axes, rows, (focus, "CN"))
    axes.spines[:].set_visible(False)
    return figure, drawn

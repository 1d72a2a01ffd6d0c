"""All policies at once: a table of provinces by scenarios in colours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.measure.sense import MARK
from cge.report import style
from cge.report.canvas import canvas, in_bold
from cge.report.caveats import beyond_lines, marks, texts
from cge.report.style import phrases, region_name, scenario_name, signed


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
    marked, caveats = marks(data, year, "gdp_change_pct"), texts(beyond_lines(data, year), language, size[0])
    note = words["note"].format(**facts, shown=style.shown_regions(data, language))
    figure = canvas(size, words["title"].format(**facts), "\n".join([note, *caveats]))
    axes = figure.subplots()
    axes.imshow(wide, cmap=style.DIVERGING, vmin=-bound, vmax=bound, aspect="auto")
    for i, region in enumerate(rows):
        for j, scenario in enumerate(order):
            value = float(wide.loc[region, scenario])
            strong = "bold" if region in (focus, "CN") else "normal"
            ink = "white" if abs(value) > 0.72 * bound else "black"
            text = signed(value) + (MARK if (scenario, region) in marked else "")
            axes.text(j, i, text, ha="center", va="center", fontsize=8, color=ink, fontweight=strong)
    names = [scenario_name(s, language, data) for s in order]
    axes.set_xticks(range(len(order)), [_wrapped(n, language) for n in names], fontsize=8.5)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), [region_name(r, language) for r in rows], fontsize=8.5)
    axes.tick_params(length=0)
    axes.axhline(0.5, color="black", lw=1)
    in_bold(axes, rows, (focus, "CN"))
    axes.spines[:].set_visible(False)
    return figure, drawn


def _wrapped(name: str, language: str) -> str:
    """Two or three short lines for a column head."""
    if language == "zh":
        return "\n".join(name[k : k + 7] for k in range(0, len(name), 7))
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + len(word) > 13:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)

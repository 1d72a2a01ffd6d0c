"""Emission pathways of a planning study beside its accounts, its targets and the cap that is compared with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cge.report.canvas import canvas, legend
from cge.report.figures import FORMATS, with_table
from cge.report.names import name
from cge.report.style import COLOURS, GRID, UNTOUCHED, phrases

TARGETS = "targets"
"""Name of the targets among the paths; they are marks, not a path."""
ENDS = {"clean_air": "--", "on_time_peak_net_zero_clean_air": "--"}
"""Dashes of paths that lie close to another."""


def draw_pathways(
    table: pd.DataFrame, out: Path, *, languages: Sequence[str], formats: Sequence[str] = (*FORMATS,)
) -> list[Path]:
    """Draw paths with the years that the text names, accounts, targets and the cap, with the CSV.

    Parameters
    ----------
    table : DataFrame
        Columns ``path, year, value, unit, status``; the paths ``accounts``, ``targets`` and ``uniform_cap`` are shown
        in their own way.
    """
    return with_table(table, partial(_draw, table), out / "pathways", languages, formats)


def _draw(table: pd.DataFrame, language: str) -> Figure:
    words = phrases("pathways", language)
    figure = canvas((10.4, 6.0), words["title"], words["note"], study="")
    ax = figure.subplots()
    handles, labels = [], []
    colours = iter(COLOURS)
    for path, rows in table.groupby("path", sort=False):
        kind = _kind(str(path), next(colours) if path not in OWN else UNTOUCHED)
        handles += ax.plot(rows["year"], rows["value"], **kind)
        labels.append(name("path", str(path), language))
        stated = rows[rows["status"] == "stated"]
        ax.scatter(stated["year"], stated["value"], s=34, color=kind["color"], zorder=3, marker=kind.get("marker", "o"))
    last = table.groupby("path", sort=False).tail(1)
    for value, rows in last[last["year"] == last["year"].max()].groupby("value"):
        ax.annotate(f"{value:g}", (rows["year"].iloc[0], value), (6, -3), textcoords="offset points", fontsize=8.5)
    ax.set_ylabel(f"{words['axis']}, {name('unit', table['unit'].iloc[0], language)}", fontsize=9)
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=GRID)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(figure, handles, labels)
    return figure


OWN: Mapping[str, Mapping[str, Any]] = {
    "accounts": {"lw": 2.4},
    TARGETS: {"ls": "", "marker": "D"},
    "uniform_cap": {"ls": ":", "lw": 1.2},
}
"""Lines that are no path."""


def _kind(path: str, colour: str) -> dict[str, Any]:
    if path in OWN:
        return {"color": UNTOUCHED, **OWN[path]}
    return {"color": colour, "lw": 1.8, "ls": ENDS.get(path, "-")}

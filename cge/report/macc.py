"""Marginal abatement cost curves as a picture: every province, the nation, and prices at one share side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import canvas, in_bold, places
from cge.report.figures import FORMATS, with_table
from cge.report.style import phrases, region_name
from sam.registry import NATION

FOCUS, NATIONAL, OTHER = "#c2571a", "#111111", "#c8c8c8"
"""Colours of the focus province, the nation, and all others."""


def draw_macc(
    table: pd.DataFrame, out: Path, *, languages: Sequence[str], focus: str, caption: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the curves of the last year.

    Parameters
    ----------
    table : DataFrame
        As of :func:`cge.analysis.macc.curves`.
    caption : mapping
        ``year``, ``parameter_set``, ``aggregation``.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    drawn = table[(table["year"] == int(caption["year"])) & (table["solved"] == "yes")].reset_index(drop=True)
    return with_table(drawn, partial(_draw, drawn, focus, caption), out / "macc", languages, formats)


def shown_share(rows: pd.DataFrame) -> float:
    """The share whose prices stand side by side: the one in the middle."""
    shares = sorted(rows["share"].unique())
    return float(shares[len(shares) // 2])


def _draw(rows: pd.DataFrame, focus: str, caption: Mapping[str, str], language: str) -> Figure:
    words, at = phrases("macc", language), shown_share(rows)
    figure = canvas((14, 8.2), words["title"].format(**caption), words["note"].format(**caption),
                    study=style.study_line(rows, language))  # fmt: skip
    left, right = figure.subplots(1, 2, width_ratios=[1.35, 1])
    special = {focus: FOCUS, NATION: NATIONAL}
    for region in sorted(rows["region"].unique(), key=lambda r: r in special):
        mine = rows[rows["region"] == region].sort_values("abated_pct")
        kind = {"color": special.get(region, OTHER), "lw": 2.2 if region in special else 0.9}
        left.plot(mine["abated_pct"], mine["permit_price"], marker="o", ms=3.5 if region in special else 1.5, **kind,
                  label=figure.fit(region_name(region, language)) if region in special else None)  # fmt: skip
    left.plot([], [], color=OTHER, lw=0.9, label=words["others"])
    left.set_xlabel(words["abated"].format(**caption), fontsize=9.5)
    left.set_ylabel(words["price"], fontsize=9.5)
    left.set_ylim(bottom=0)
    left.grid(color=style.GRID)
    left.legend(loc="upper left", fontsize=9, frameon=False)
    here = rows[np.isclose(rows["share"], at)].sort_values("permit_price", ignore_index=True)
    colours = [special.get(r, "#8fa9b5") for r in here["region"]]
    right.barh(np.arange(len(here)), here["permit_price"], 0.7, color=colours)
    right.set_yticks(np.arange(len(here)), places(figure, here["region"].tolist(), language), fontsize=8)
    in_bold(right, list(here["region"]), (focus, NATION))
    right.set_ylim(-0.7, len(here) - 0.3)
    right.set_xlabel(words["at"].format(share=100 * at), fontsize=9.5)
    right.grid(axis="x", color=style.GRID)
    right.set_axisbelow(True)
    return figure

"""What the spread of a number comes from, as a picture: Sobol indices of groups of assumptions with their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import along_rows, canvas, legend, place
from cge.report.figures import FORMATS, with_table
from cge.report.style import COLOURS, phrases, scenario_name


def draw_sobol(
    indices: pd.DataFrame, out: Path, *, languages: Sequence[str], caption: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw first and total indices of every group, a panel for each number.

    Parameters
    ----------
    indices : DataFrame
        As of :func:`cge.analysis.ensemble.surrogate.surrogates`.
    caption : mapping
        ``draws``, ``year``, ``aggregation``.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    return with_table(indices, partial(_draw, indices, caption=caption), out / "sobol", languages, formats)


def _draw(indices: pd.DataFrame, language: str, caption: Mapping[str, str]) -> Figure:
    words = phrases("sobol", language)
    numbers = list(indices.groupby(["scenario", "region"], sort=False))
    rows = -(-len(numbers) // 3)
    figure = canvas((14, 0.8 + 3.0 * rows), words["title"].format(**caption), words["note"].format(**caption),
                    study=style.study_line(indices, language))  # fmt: skip
    axes = figure.subplots(rows, 3, sharex=True, sharey=True, squeeze=False).ravel()
    for ax, ((scenario, region), own) in zip(axes, numbers, strict=False):
        at = np.arange(len(own))
        for k, which in enumerate(("first", "total")):
            ax.barh(at + (k - 0.5) * 0.36, own[which], 0.34, xerr=own[f"{which}_error"], color=COLOURS[k],
                    label=words[which], error_kw={"lw": 1})  # fmt: skip
        ax.set_yticks(at, [words[f"group_{g}"] for g in own["group"]], fontsize=8.5)
        ax.set_ylim(len(own) - 0.4, -0.6)
        named = figure.fit(" − ".join(scenario_name(s, language, indices) for s in str(scenario).split(" - ")), 50)
        explained = words["explained"].format(share=100 * own["explained"].iloc[0])
        ax.set_title(f"{place(figure, str(region), language)}, {named}\n{explained}", fontsize=9, loc="left")
        along_rows(ax)
    for ax in axes[len(numbers) :]:
        ax.set_visible(False)
    legend(figure, *axes[0].get_legend_handles_labels())
    return figure

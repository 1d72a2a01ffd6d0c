"""Why two runs differ, as a picture: from the number of one to that of the other, the largest terms first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report.canvas import along_rows, canvas
from cge.report.figures import FORMATS, with_table
from cge.report.gradient import DOWN, UP
from cge.report.names import name
from cge.report.style import phrases, region_name, signed, study_line
from cgebase.messages import text_of

SHOWN = 12
"""Terms that have a bar of their own."""
END = "#3b3b3b"


def together(table: pd.DataFrame) -> pd.DataFrame:
    """Terms with all items of a parameter as one, the largest first."""
    own = table.assign(item=table["item"].where(table["kind"] != "parameter", ""))
    one = own.groupby(["kind", "name", "item"], sort=False).agg(
        {"from": _shared, "to": _shared, "points": "sum", "how": "first"}
    )  # fmt: skip
    return one.reset_index().sort_values("points", key=abs, ascending=False, kind="stable", ignore_index=True)


def _shared(values: pd.Series) -> str:
    """What all items have, or nothing."""
    return str(values.iloc[0]) if values.nunique() == 1 else ""


def draw_difference(
    terms: pd.DataFrame, out: Path, *, languages: Sequence[str], titled: Callable[[Mapping[str, str], str], str],
    caption: Mapping[str, str], ends: tuple[float, float], data: pd.DataFrame, formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw what makes two numbers differ.

    Parameters
    ----------
    terms : DataFrame
        As of :func:`together`.
    titled : callable
        What a row is called, in a language.
    caption : mapping
        ``first``, ``second``, ``measure``, ``region``, ``year``, ``aggregation``.
        The first two, messages among them, are what the runs are called.
    ends : tuple of float
        Both numbers, per cent.
    data : DataFrame
        Knows what the study calls itself, see :func:`cge.report.style.labelled`.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    draw = partial(_draw, terms, titled=titled, caption=caption, ends=ends, data=data)
    return with_table(terms, draw, out / "difference", languages, formats)


def _draw(
    terms: pd.DataFrame, language: str, titled: Callable[[Mapping[str, str], str], str], caption: Mapping[str, str],
    ends: tuple[float, float], data: pd.DataFrame,
) -> Figure:  # fmt: skip
    words = phrases("diff", language)
    facts = {**caption, "region": region_name(caption["region"], language),
             "measure": name("indicator", caption["measure"], language)}  # fmt: skip
    figure = canvas((11, 6.4), words["title"].format(**facts), words["note"].format(**facts),
                    study=study_line(data, language))  # fmt: skip
    ax, (own, other) = figure.subplots(), (terms.iloc[:SHOWN], terms.iloc[SHOWN:])
    moves = [*own["points"], *([other["points"].sum()] if len(other) else [])]
    names = [titled(row, language) for row in own.to_dict("records")]
    names += [words["others"].format(count=len(other))] if len(other) else []
    def run(words: str) -> str:
        return figure.fit(text_of(words, language))

    starts = ends[0] + np.concatenate([[0.0], np.cumsum(moves)[:-1]]) if moves else np.zeros(0)
    lefts, widths = [0.0, *starts, 0.0], [ends[0], *moves, ends[1]]
    at = np.arange(len(widths))
    colours = [END, *(UP if v > 0 else DOWN for v in moves), END]
    ax.barh(at, widths, 0.7, left=lefts, color=colours)
    for k, (left, width) in enumerate(zip(lefts, widths, strict=True)):
        far = max(left, left + width)
        ax.annotate(signed(width, 3), (far, k), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    ax.set_yticks(at, [run(caption["first"]), *names, run(caption["second"])], fontsize=8.5)
    ax.set_ylim(len(widths) - 0.4, -0.6)
    ax.set_xlabel(words["axis"].format(**facts), fontsize=9)
    ax.margins(x=0.12)
    along_rows(ax)
    return figure

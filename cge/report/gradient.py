"""What a number hangs on, as a picture: the assumptions that move it most as each grows by one per cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import along_rows, canvas
from cge.report.figures import FORMATS, with_table
from cge.report.names import name
from cge.report.style import phrases, region_name, scenario_name, signed
from cgebase.messages import Message

UP, DOWN = "#1f6f8b", "#c2571a"
"""Colours of what raises the number, and of what lowers it."""


def draw_gradient(
    whole: pd.DataFrame, entries: pd.DataFrame, out: Path, *, languages: Sequence[str], titles: Mapping[str, Message],
    caption: Mapping[str, str], formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the movers of a number: parameters with all their items, and single entries.

    Parameters
    ----------
    whole, entries : DataFrame
        Columns ``parameter, per_pct`` and, of entries, ``item``; the largest first.
    titles : mapping of str to Message
        Names of parameters.
    caption : mapping
        ``number``, ``scenario``, ``against``, ``region``, ``value``, ``year``, ``parameter_set``, ``aggregation``.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    table = pd.concat([whole.assign(item="all items"), entries[["parameter", "item", "per_pct"]]], ignore_index=True)
    draw = partial(_draw, whole, entries, titles=titles, caption=caption)
    return with_table(table, draw, out / "gradient", languages, formats)


def number(caption: Mapping[str, str], data: pd.DataFrame, language: str) -> str:
    """Which number it is, in words; ``data`` knows what the study calls its scenarios."""
    words = phrases("gradient", language)
    named = {k: scenario_name(caption[k], language, data) for k in ("scenario", "against")}
    facts = {**caption, **named, "region": region_name(caption["region"], language),
             "measure": name("indicator", caption["number"], language)}  # fmt: skip
    return words["apart" if caption["against"] else "number"].format(**facts)


def _draw(
    whole: pd.DataFrame, entries: pd.DataFrame, language: str, titles: Mapping[str, Message], caption: Mapping[str, str]
) -> Figure:
    words = phrases("gradient", language)
    title = words["title"].format(what=number(caption, whole, language))
    figure = canvas((14, 5.6), title, words["note"].format(**caption), study=style.study_line(whole, language))
    axes = figure.subplots(1, 2, sharex=True)
    named = [titles[p].text(language) for p in whole["parameter"]]
    single = [f"{titles[p].text(language)} ({i})" if i != "all" else titles[p].text(language)
              for p, i in zip(entries["parameter"], entries["item"], strict=True)]  # fmt: skip
    for ax, rows, names, head in ((axes[0], whole, named, "whole"), (axes[1], entries, single, "single")):
        at, moves = np.arange(len(rows)), rows["per_pct"].to_numpy()
        ax.barh(at, moves, 0.72, color=[UP if v > 0 else DOWN for v in moves])
        for k, v in zip(at, moves, strict=True):
            ax.annotate(signed(v, 4), (v, k), xytext=(4 if v > 0 else -4, 0), textcoords="offset points", va="center",
                        ha="left" if v > 0 else "right", fontsize=8)  # fmt: skip
        ax.set_yticks(at, [_folded(x) for x in names], fontsize=8.5)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_title(words[head], fontsize=10.5, loc="left")
        ax.set_xlabel(words["axis"], fontsize=9)
        along_rows(ax)
    most = max(float(np.abs(np.concatenate([whole["per_pct"], entries["per_pct"]])).max()), 1e-9)
    axes[0].set_xlim(-1.35 * most, 1.35 * most)
    return figure


def _folded(text: str) -> str:
    """A long name in two lines."""
    middle = text.find(" ", len(text) // 2)
    return f"{text[:middle]}\n{text[middle + 1:]}" if len(text) > 44 and middle > 0 else text

"""How far one parameter at a time moves the loss, as a picture: the largest movers on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cge.report import style
from cge.report.canvas import along_rows, canvas, legend, place
from cge.report.figures import FORMATS, with_table
from cge.report.names import name
from cge.report.style import phrases, scenario_name, signed
from cgebase.messages import Message

SHADES = {"low": "#1f6f8b", "high": "#c2571a"}
OPTION = "#8a8a8a"
GAP = "gap_minus_base_pp_{}"
"""How far the gap between two policies is from that of the base run."""


def draw_tornado(
    table: pd.DataFrame, out: Path, *, languages: Sequence[str], focus: str, titles: Mapping[str, Message],
    caption: Mapping[str, str], formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the distance of every run to the base run, for the focus province and the nation.

    Parameters
    ----------
    table : DataFrame
        Rows of a sensitivity study, the base run among them.
    titles : mapping of str to Message
        Names of what is moved.
    caption : mapping
        ``scenario``, ``year``, ``parameter_set``, ``aggregation``, and ``beside`` where a second policy was solved: the
        gap between both has a panel of its own.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    drawn = _ordered(table, focus)
    draw = partial(_draw, drawn, table, focus=focus, titles=titles, caption=caption)
    return with_table(drawn, draw, out / "tornado", languages, formats)


def _ordered(table: pd.DataFrame, focus: str) -> pd.DataFrame:
    """Runs without the base one, those that move the focus province most first."""
    runs = table[table["parameter"] != "base"].copy()
    distance = runs[f"gdp_minus_base_pp_{focus}"]
    reach = distance.groupby(runs["parameter"]).agg(lambda d: max(d.max(), 0.0) - min(d.min(), 0.0)).fillna(0.0)
    runs["reach"] = runs["parameter"].map(reach)
    runs["side_order"] = runs["side"].map({"low": 0, "high": 1}).fillna(2)
    keys = ["reach", "parameter", "side_order", f"gdp_minus_base_pp_{focus}"]
    runs = runs.sort_values(keys, ascending=[False, True, True, True], kind="stable", ignore_index=True)
    keep = ["parameter", "side", "value", "base_value", f"gdp_minus_base_pp_{focus}", "gdp_minus_base_pp_CN"]
    return runs[keep + [gap for gap in (GAP.format(focus),) if gap in runs]]


def _draw(
    runs: pd.DataFrame, table: pd.DataFrame, language: str, focus: str, titles: Mapping[str, Message],
    caption: Mapping[str, str],
) -> Figure:  # fmt: skip
    words, base = phrases("tornado", language), table[table["parameter"] == "base"].iloc[0]
    change = (runs["parameter"] != runs["parameter"].shift()).cumsum().to_numpy(float)
    at = np.arange(len(runs)) + 0.7 * (change - 1)
    title = words["title"].format(scenario=scenario_name(caption["scenario"], language, table), year=caption["year"])
    gap = GAP.format(focus)
    figure = canvas((14 + 5 * (gap in runs), 1.9 + 0.205 * (at[-1] + 1)), title, words["note"].format(**caption),
                    study=style.study_line(table, language))  # fmt: skip
    axes = figure.subplots(1, 2 + (gap in runs), sharey=True)
    for ax, region in zip(axes[:2], (focus, "CN"), strict=True):
        _panel(ax, at, runs, runs[f"gdp_minus_base_pp_{region}"], language)
        head = {"name": place(figure, region, language), "value": signed(base[f"gdp_change_pct_{region}"])}
        ax.set_title(words["panel"].format(**head), fontsize=10.5, loc="left")
        ax.set_xlabel(words["axis"], fontsize=9)
    _room(axes[:2], runs[[f"gdp_minus_base_pp_{focus}", "gdp_minus_base_pp_CN"]])
    if gap in runs:
        _panel(axes[2], at, runs, runs[gap], language)
        two = {k: scenario_name(caption[k], language, table) for k in ("scenario", "beside")}
        value = signed(base[f"gap_pp_{focus}"])
        axes[2].set_title(words["gap"].format(name=place(figure, focus, language), value=value, **two), fontsize=10.5,
                          loc="left")  # fmt: skip
        axes[2].set_xlabel(words["axis"], fontsize=9)
        _room(axes[2:], runs[[gap]])
    groups = runs.groupby("parameter", sort=False)
    middle = [float(at[rows].mean()) for rows in groups.indices.values()]
    named = {p: middle[k] for k, p in enumerate(groups.indices)}
    axes[0].set_yticks(list(named.values()), [_folded(titles[p].text(language)) for p in named], fontsize=9)
    axes[0].set_ylim(at[-1] + 0.9, -0.9)
    marks = [Rectangle((0, 0), 1, 1, color=c) for c in (*SHADES.values(), OPTION)]
    legend(figure, marks, [words[k] for k in ("low", "high", "option")])
    return figure


def _room(axes: Sequence[Axes], drawn: pd.DataFrame) -> None:
    """One range of all panels, with room for what is written beside the bars."""
    room = max(float(drawn.abs().to_numpy()[drawn.notna()].max()), 1e-9)
    for ax in axes:
        ax.set_xlim(min(float(drawn.min().min()), 0.0) - 0.36 * room, max(float(drawn.max().max()), 0.0) + 0.4 * room)


def _folded(text: str) -> str:
    """A long name in two lines, broken before its bracket."""
    return text.replace(" (", "\n(").replace("（", "\n（") if len(text) > 30 or "（" in text else text


def _panel(ax: Axes, at: np.ndarray, runs: pd.DataFrame, distance: pd.Series, language: str) -> None:
    shades, unsolved = [SHADES.get(side, OPTION) for side in runs["side"]], phrases("tornado", language)["unsolved"]
    ax.barh(at, distance.fillna(0.0), 0.82, color=shades)
    for row, side, value in zip(at, runs["side"], distance, strict=True):
        choice = name("choice", side, language)
        told = f"{choice} {signed(value)}" if value == value else f"{choice}: {unsolved}"
        right = not value < 0
        ax.annotate(told, (value if value == value else 0.0, row), xytext=(4 if right else -4, 0),
                    textcoords="offset points", va="center", ha="left" if right else "right", fontsize=7.5)  # fmt: skip
    along_rows(ax)
    ax.spines["left"].set_visible(False)

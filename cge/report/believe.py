"""What one would have to believe, in words and as a picture: the largest moves of each reading, in their ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report.canvas import along_rows, canvas
from cge.report.figures import FORMATS, with_table
from cge.report.gradient import DOWN, UP
from cge.report.names import name
from cge.report.style import phrases, region_name, scenario_name, signed, study_line

SHOWN = 10
"""Moves shown of each reading; all are in the table."""
Titled = Callable[[Mapping[str, str], str], str]
"""What an assumption is called, in a language."""


def summary(found: Sequence[Any]) -> pd.DataFrame:
    """One row for each reading: losses before and after, how far, how plausible."""
    return pd.DataFrame([belief.facts for belief in found])


def moves_of(found: Sequence[Any]) -> pd.DataFrame:
    """Moves of all readings, the largest of each first."""
    return pd.concat([belief.moves for belief in found], ignore_index=True)


def page(found: Sequence[Any], language: str, caption: Mapping[str, Any], titled: Titled, data: pd.DataFrame) -> str:
    """Markdown in one language.

    Parameters
    ----------
    caption : mapping
        ``region``, ``year``, ``losses`` by scenario, ``aggregation``.
    data : DataFrame
        Knows what the study calls itself and its scenarios, see :func:`cge.report.style.labelled`.
    """
    words, facts = phrases("believe", language), _facts(caption, data, language)
    out = [f"# {words['title'].format(**facts)}", "", words["note"].format(**facts), ""]
    for belief in found:
        out += [f"## {name('indicator', belief.reading, language)}", "", _told(belief, data, language), ""]
        rows = belief.moves.head(SHOWN).to_dict("records")
        if rows:
            heads = [words[k] for k in ("assumption", "ranges", "from", "to")]
            out += [f"| {' | '.join(heads)} |", "| --- | ---: | ---: | ---: |"]
            out += [f"| {titled(r, language)} | {signed(r['ranges'])} | {r['from']} | {r['to']} |" for r in rows]
            out.append("")
    return "\n".join(out)


def _facts(caption: Mapping[str, Any], data: pd.DataFrame, language: str) -> dict[str, str]:
    """Region and stated losses by their names."""
    losses = (f"{scenario_name(s, language, data)} {v:g}" for s, v in caption["losses"].items())
    return {**caption, "region": region_name(caption["region"], language),
            "losses": phrases("believe", language)["and"].join(losses)}  # fmt: skip


def _told(belief: Any, data: pd.DataFrame, language: str) -> str:
    """How far it takes, how plausible that is, or that it is not within reach."""
    words = phrases("believe", language)
    losses = words["and"].join(
        words["loss"].format(scenario=scenario_name(s, language, data), before=belief.before[s], reached=v)
        for s, v in belief.reached.items()
    )
    said = words["met" if belief.met else "unmet"].format(far=belief.far, losses=losses)
    told = words["length"].format(length=belief.length, density=belief.density, farther=100 * belief.farther)
    return f"{said} {told}"


def draw_beliefs(
    found: Sequence[Any], out: Path, *, languages: Sequence[str], titled: Titled, caption: Mapping[str, Any],
    data: pd.DataFrame, formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the largest moves of each reading.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    table = pd.concat([belief.moves.head(SHOWN) for belief in found], ignore_index=True)
    draw = partial(_draw, found, titled=titled, caption=caption, data=data)
    return with_table(table, draw, out / "believe", languages, formats)


def _draw(
    found: Sequence[Any], language: str, titled: Titled, caption: Mapping[str, Any], data: pd.DataFrame
) -> Figure:
    words, facts = phrases("believe", language), _facts(caption, data, language)
    rows, columns = -(-len(found) // 2), min(len(found), 2)
    figure = canvas((7.5 * columns, 0.6 + 4.2 * rows), words["title"].format(**facts), words["note"].format(**facts),
                    study=study_line(data, language))  # fmt: skip
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    most = max([1.0, *(float(b.moves["ranges"].abs().max()) for b in found if len(b.moves))])
    for ax, belief in zip(axes, found, strict=False):
        own = belief.moves.head(SHOWN)
        moves, at = own["ranges"].to_numpy(float), np.arange(len(own))
        ax.barh(at, moves, 0.72, color=[UP if v > 0 else DOWN for v in moves])
        for k, v in zip(at, moves, strict=True):
            ax.annotate(signed(v), (v, k), xytext=(4 if v > 0 else -4, 0), textcoords="offset points", va="center",
                        ha="left" if v > 0 else "right", fontsize=8)  # fmt: skip
        ax.axvspan(-1, 1, color="#000000", alpha=0.05, lw=0)
        ax.set_yticks(at, [titled(row, language) for row in own.to_dict("records")], fontsize=8)
        ax.set_ylim(max(len(own), 1) - 0.4, -0.6)
        ax.set_xlim(-1.3 * most, 1.3 * most)
        short = words["short" if belief.met else "short_unmet"].format(length=belief.length, far=belief.far)
        ax.set_title(f"{name('indicator', belief.reading, language)}: {short}", fontsize=10, loc="left")
        ax.set_xlabel(words["axis"], fontsize=9)
        along_rows(ax)
    for ax in axes[len(found) :]:
        ax.set_visible(False)
    return figure

"""An empty figure with its title above and its note below; the panels take the room that is left."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from cge.report import style

ROOM = 0.95
"""Part of the width of a figure that its title and legend may take in one line."""


class Drawing(Figure):
    """A figure that a notebook shows; pyplot has no part in it."""

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        self.savefig(out, format="png")
        return out.getvalue()


def canvas(size: tuple[float, float], title: str, note: str) -> Drawing:
    """Figure of this size in inches, laid out when it is drawn."""
    room = ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.11, wspace=0.02, hspace=0.04)
    figure = Drawing(figsize=size, layout=room)
    figure.suptitle(title, x=0.01, ha="left", fontsize=14)
    figure.supxlabel(note, x=0.01, ha="left", fontsize=7.5, color=style.QUIET)
    return figure


def lay_out(figure: Figure) -> None:
    """Place the panels once and for all."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Legend of all panels, outside of them: beside the title where both fit in one line, else right of the panels."""
    kind: dict[str, Any] = {"handles": handles, "labels": labels, "fontsize": 9, "frameon": False}
    beside = figure.legend(**kind, ncols=len(labels), loc="outside upper right")
    title = figure.texts[0]
    if title.get_window_extent().width + beside.get_window_extent().width > ROOM * figure.bbox.width:
        beside.remove()
        figure.legend(**kind, loc="outside right center")


def scenario_legend(figure: Figure, axes: Axes, data: pd.DataFrame, language: str) -> None:
    """Legend of the scenarios that a panel shows under their ids; a label may begin as matplotlib hides one."""
    handles, ids = axes.get_legend_handles_labels()
    legend(figure, handles, [style.scenario_name(s, language, data) for s in ids])


def in_bold(axes: Axes, codes: Sequence[str], chosen: Sequence[str]) -> None:
    """Names down the side of a panel, those of the chosen codes in bold."""
    for label, code in zip(axes.get_yticklabels(), codes, strict=True):
        label.set_fontweight("bold" if code in chosen else "normal")


def along_rows(axes: Axes) -> None:
    """A panel of bars or dots in rows about zero."""
    axes.axvline(0, color="black", lw=0.9)
    axes.grid(axis="x", color=style.GRID)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)

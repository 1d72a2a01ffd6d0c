"""An empty figure with its title above and its note below; the panels take the room that is left."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from wcwidth import width

from cge.report import fonts, style
from cgebase.columns import fitted

ROOM = 0.94
"""Part of the width of a figure that a line may take: letters are some points wider at another resolution."""
EDGE = 0.01
"""Part of the width of a figure that is free at its left."""
HEAD, NOTE = 14.0, 7.5
"""Points of the title and of the note."""
LEADING = 1.3
"""Height of a line as a part of that of its letters."""
COLUMN = 0.75
"""Most that a Latin letter, and half a Chinese character, is wide as a part of its height, on average of a line."""
CHARACTER = 0.52
"""The same of a line of Chinese characters alone."""
LABEL, PLACE, LINES = 34, 30, 3
"""Columns of a line of a label of a scenario and of a name of a region, and lines of a label."""
COLOURBAR = "<colorbar>"
"""What matplotlib calls axes whose label may be wider than they are."""


class Drawing(Figure):
    """A figure that a notebook shows; pyplot has no part in it."""

    note: Text
    """What stands below the panels."""
    cut: list[str]
    """Words that stand shortened in the figure, and whole in its note under their number."""

    def draw_without_rendering(self) -> None:
        """Lay out with titles no wider than their panels."""
        super().draw_without_rendering()
        if _folded(self) or self.cut:
            super().draw_without_rendering()

    def grow(self, text: str, points: float) -> None:
        """Grow by the height of a text, so that the panels keep their room."""
        self.set_figheight(self.get_figheight() + LEADING * points / 72 * (1 + text.count("\n")))

    def fit(self, words: str, columns: int = LABEL, lines: int = LINES) -> str:
        """Words in lines of this many columns; what these do not hold is cut, numbered, and whole in the note."""
        rows = fitted(words, columns)
        if len(rows) <= lines:
            return "\n".join(rows)
        if words not in self.cut:
            self.cut.append(words)
            more = _across(self, f"[{len(self.cut)}] {words}", NOTE)
            self.note.set_text(f"{self.note.get_text()}\n{more}")
            self.grow(more, NOTE)
        sign = f"… [{self.cut.index(words) + 1}]"
        last = fitted(rows[lines - 1], max(columns - len(sign), 1))[0]
        return "\n".join([*rows[: lines - 1], last + sign])

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        self.savefig(out, format="png")
        return out.getvalue()


def canvas(size: tuple[float, float], title: str, note: str, *, study: str) -> Drawing:
    """Figure of this size in inches, laid out when it is drawn.

    Parameters
    ----------
    study : str
        Line on the study that it shows, see :func:`cge.report.style.study_line`; empty where it is of none.
    """
    room = ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.11, wspace=0.02, hspace=0.04)
    figure = Drawing(figsize=size, layout=room)
    figure.cut = []
    above, below = _across(figure, title, HEAD), _across(figure, "\n".join(filter(None, (study, note))), NOTE)
    figure.suptitle(above, x=EDGE, ha="left", fontsize=HEAD)
    figure.note = figure.supxlabel(below, x=EDGE, ha="left", fontsize=NOTE, color=style.QUIET)
    for text, asked, points in ((above, title, HEAD), (below, note, NOTE)):
        if text.count("\n") > asked.count("\n"):
            figure.grow("\n" * (text.count("\n") - asked.count("\n") - 1), points)
    return figure


def _across(figure: Figure, text: str, points: float) -> str:
    """A text with lines that are wider than the figure broken."""
    room, rows = ROOM * figure.bbox.width, []
    for line in text.split("\n"):
        wide = width(line) * COLUMN * points * figure.dpi / 72
        if wide > room:
            tried = figure.text(0, 0, line, fontsize=points)
            wide = tried.get_window_extent().width
            tried.remove()
        most = room / (CHARACTER * points * figure.dpi / 72)
        rows += [line] if wide <= room else fitted(line, int(min(width(line) * room / wide, most)))
    return "\n".join(rows)


def lay_out(figure: Figure) -> None:
    """Place the panels once and for all, their titles no wider than they are; what no font has is named."""
    tell_missing(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        if _folded(figure) or getattr(figure, "cut", None):
            engine.execute(figure)
        figure.set_layout_engine("none")


def tell_missing(figure: Figure) -> None:
    """Say which characters of a figure no font has."""
    fonts.tell_missing("".join(text.get_text() for text in figure.findobj(Text)))


def _folded(figure: Figure) -> bool:
    """Break titles and labels of panels that are wider than there is room; whether there were any."""
    found = False
    for axes in (a for a in figure.axes if a.get_label() != COLOURBAR):
        panel = axes.get_window_extent()
        for text in (axes.title, axes._left_title, axes.xaxis.label):  # type: ignore[attr-defined]
            found |= _broken(text, panel.x0, panel.x1)
    return found


def _broken(text: Text, left: float, right: float) -> bool:
    """Break a text that does not stand between two places, with half a letter of grace; whether it was."""
    if not text.get_text() or not text.get_visible():
        return False
    taken = text.get_window_extent()
    room = right - (taken.x0 if text.get_horizontalalignment() == "left" else left)
    if taken.width <= room + float(text.get_fontsize()):
        return False
    rows = text.get_text().split("\n")
    columns = max(int(max(map(width, rows)) * room / taken.width), 8)
    text.set_text("\n".join(part for row in rows for part in fitted(row, columns)))
    return True


def places(figure: Drawing, codes: Sequence[str], language: str) -> list[str]:
    """Names of regions down the side of a panel, each in one line."""
    return [place(figure, str(c), language) for c in codes]


def place(figure: Drawing, code: str, language: str) -> str:
    """Name of a region in one line."""
    return figure.fit(style.region_name(code, language), PLACE, 1)


def legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Legend of all panels, outside of them: beside the title where both fit in one line, else right of the panels."""
    kind: dict[str, Any] = {"handles": handles, "labels": labels, "fontsize": 9, "frameon": False}
    beside = figure.legend(**kind, ncols=len(labels), loc="outside upper right")
    title = figure.texts[0]
    if title.get_window_extent().width + beside.get_window_extent().width > ROOM * figure.bbox.width:
        beside.remove()
        figure.legend(**kind, loc="outside right center")


def scenario_legend(figure: Drawing, axes: Axes, data: pd.DataFrame, language: str) -> None:
    """Legend of the scenarios that a panel shows under their ids; a label may begin as matplotlib hides one."""
    handles, ids = axes.get_legend_handles_labels()
    legend(figure, handles, [figure.fit(style.scenario_name(s, language, data)) for s in ids])


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

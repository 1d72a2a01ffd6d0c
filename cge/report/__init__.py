"""Figures and workbook, made from tidy results only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cge.runs.workers import as_they_come
from cge.study.results import Results
from cgebase.messages import Message, listed, message, near

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_reports(
    results: Results,
    folder: Path,
    *,
    languages: Sequence[str],
    say: Callable[[Message], None],
    workers: int = 1,
) -> None:
    """Draw the figures and write the workbook of a comparison.

    Parameters
    ----------
    results : Results
    folder : Path
        Folder of the comparison; figures go to ``figures/``.
    workers : int
        Processes to spread the work over, see :func:`cge.runs.workers.as_they_come`.
    """
    from cge.report.energy import draw_energy
    from cge.report.figures import draw_all
    from cge.report.fonts import chinese_font, drawable, unwarned
    from cge.report.growth import baseline_of
    from cge.report.incidence import write_incidence
    from cge.report.style import labelled
    from cge.report.workbook import write_workbook

    manifest, focus, drawn = results.manifest, results.focus, folder / "figures"
    data = labelled(results.data, results.study)
    facts: dict[str, Any] = {"languages": tuple(languages), "focus": focus}
    figures = facts | {"caption": _caption(manifest)}
    book = folder / f"{manifest['study']}.xlsx"
    calls: list[Callable[[], object]] = [
        partial(draw_all, data, drawn, **figures),
        partial(write_workbook, data, book, **facts, manifest=manifest, force=True),
        partial(draw_energy, data, drawn, **figures),
    ]
    if baseline_of(data) is not None and data["year"].nunique() > 1:
        calls.append(partial(_growth, data, folder, languages, focus, manifest))
    calls.append(partial(write_incidence, data, folder, languages=tuple(languages), caption=figures["caption"]))
    say(message("making.all"))
    drawable(languages, chinese_font())
    left = {k: partial(unwarned, call) for k, call in enumerate(calls)}
    try:
        for k, _ in as_they_come(list(left.values()), workers):
            del left[k]
    except BrokenProcessPool:
        for call in left.values():
            call()


def figure_of(results: Results, name: str, *, language: str, year: int | None = None) -> Figure:
    """One figure of a comparison, to be shown or saved by the caller.

    Parameters
    ----------
    name : str
        ``regions``, ``sectors``, ``paths``, ``matrix``, ``power`` or ``energy``.
    language : {"en", "zh"}
        English stands in for Chinese where no font can show it, with a warning.
    year : int, optional
        Year of the regional and sectoral figures; the last one if not given.

    Raises
    ------
    ReportError
        No such figure or year, or the results lack what it shows.
    """
    import matplotlib as mpl

    from cge.report.energy import KINDS, energy_figure
    from cge.report.figures import FIGURES, chinese_font, settings
    from cge.report.fonts import drawable
    from cge.report.style import ReportError, choose_year, fitted, labelled

    known = [*FIGURES, *KINDS]
    if name not in known:
        raise ReportError(message("CGE613", name=name, near=near(name, known), known=listed(known)))
    data, focus, font = labelled(results.data, results.study), results.focus, chinese_font()
    (spoken,) = drawable([language], font)
    caption = _caption(results.manifest)
    facts = caption | {"year": str(choose_year(data, year)), "fitted": fitted(caption["parameter_set"], spoken)}
    with mpl.rc_context(settings(font)):  # type: ignore[arg-type]
        if name in KINDS:
            figure = energy_figure(data, name, spoken, focus, facts)
        else:
            figure, _ = FIGURES[name](data, spoken, focus, facts)
        figure.draw_without_rendering()
    return figure


def write_baseline(
    results: Results,
    folder: Path,
    *,
    languages: Sequence[str],
    say: Callable[[Message], None],
) -> pd.DataFrame:
    """Write what a baseline implies: tables, page, figures and workbook; returns the table of growth.

    Parameters
    ----------
    results : Results
        The scenario without policy.
    folder : Path
        Folder of the results; figures go to ``figures/``.
    """
    from cge.report.baseline import write_baseline_book
    from cge.report.energy import draw_energy
    from cge.report.style import labelled

    manifest, focus = results.manifest, results.focus
    caption, data = _caption(manifest), labelled(results.data, results.study)
    say(message("making.figures"))
    draw_energy(data, folder / "figures", languages=tuple(languages), focus=focus, caption=caption)
    table = _growth(data, folder, languages, focus, manifest)
    say(message("making.workbook"))
    write_baseline_book(table, data, folder / f"{manifest['study']}_baseline.xlsx", languages=tuple(languages),
                        manifest=manifest)  # fmt: skip
    return table


def _caption(manifest: Mapping[str, Any]) -> dict[str, str]:
    known = {k: str(manifest[k]) for k in ("parameter_set", "aggregation")}
    return known | {"price_base": "2021"}


def _growth(
    data: pd.DataFrame, folder: Path, languages: Sequence[str], focus: str, manifest: Mapping[str, Any]
) -> pd.DataFrame:
    """Tables, page and figure of what the baseline implies."""
    from cge.report.baseline import page
    from cge.report.baseline_figure import draw_baseline
    from cge.report.growth import read_tables, write_tables
    from cgebase.whole import whole

    write_tables(data, folder, manifest["study_gdp"])
    table, energy, published = read_tables(folder)
    energy.attrs |= data.attrs
    facts = _caption(manifest) | manifest["baseline"] | {"study": manifest["study"]}
    with whole(folder / "baseline.md") as part:
        part.write_text(page(table, energy, published, facts), encoding="utf-8")
    draw_baseline(table, folder / "figures", languages=tuple(languages), focus=focus, facts=facts)
    return table

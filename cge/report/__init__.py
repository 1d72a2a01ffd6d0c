"""Figures and workbook, made from tidy results only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cge.runs.place import held
from cge.runs.workers import as_they_come
from cge.study.results import Results
from cgebase.messages import LANGUAGES, Message, lined, message, near
from sam.registry import BASE_YEAR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cge.report.shapes import Shapes

EVERY, USUAL = ("png", "svg", "pdf"), ("png",)
"""Formats of figures, and those that are drawn where none are asked for."""


def write_reports(
    results: Results,
    folder: Path,
    *,
    languages: Sequence[str],
    formats: Sequence[str] = USUAL,
    say: Callable[[Message], None],
    workers: int = 1,
    again: bool = False,
    shapes: Shapes | None = None,
) -> None:
    """Draw the figures and write the workbook and page of a comparison or of a baseline, one after another recorded.

    Parameters
    ----------
    results : Results
    folder : Path
        Folder of the comparison, whose record says what is there already; figures go to ``figures/``.
    languages, formats : sequence of str
        Of the figures; tables and workbook are in the same languages.
    workers : int
        Processes to spread the work over, see :func:`cge.runs.workers.as_they_come`.
    again : bool
        Draw what is there as well.
    shapes : Shapes, optional
        Map of the user's own for the figure of regions.
    """
    reports = partial(_comparison, shapes=shapes) if results.policies else _baseline
    languages, formats, study = tuple(languages), tuple(formats), results.study
    from cge.report.fonts import tell_missing
    from cge.report.names import telling

    told = results.country
    with telling(told):
        found = reports(results, folder, languages, formats)
    calls = {name: partial(_told, told, call) for name, call in found.items()}
    with held(folder) as place:
        place.draws([*languages, *formats], nothing=not calls)
        done = place.record.drawn if place.record is not None and not again else ()
        left = {name: call for name, call in calls.items() if name not in done}
        say(message("making.all"))
        labels = [study.get("title", {}), *(s["label"] for s in study["scenario"])]
        tell_missing("".join(word for label in labels for word in label.values()))
        try:
            for k, _ in as_they_come(list(left.values()), workers):
                place.drew(list(left)[k], of=list(calls))
        except BrokenProcessPool:
            lost = [name for name in left if place.record is None or name not in place.record.drawn]
            for name in lost:
                left[name]()
                place.drew(name, of=list(calls))


def _told(country: Mapping[str, Any], call: Callable[[], object]) -> object:
    """A report told in the words of a country."""
    from cge.report.names import telling

    with telling(country):
        return call()


def _comparison(
    results: Results, folder: Path, languages: Sequence[str], formats: Sequence[str], *, shapes: Shapes | None = None
) -> dict[str, Callable[[], object]]:
    """Reports of policies beside a baseline, by name.

    Of another country than China the energy, growth and incidence pages are left out: they compare technologies,
    published figures, and rural with urban households.
    """
    from cge.report.energy import draw_energy
    from cge.report.figures import draw_all
    from cge.report.incidence import write_incidence
    from cge.report.page import write_page
    from cge.report.style import MAP, baseline_of, labelled
    from cge.report.workbook import write_workbook

    manifest, drawn, data = results.manifest, folder / "figures", labelled(results.data, results.study)
    data.attrs |= {MAP: shapes} if shapes is not None else {}
    facts: dict[str, Any] = {"languages": languages, "focus": results.focus}
    shape: dict[str, Any] = {"languages": languages, "caption": _caption(manifest), "formats": formats}
    figures = facts | shape
    book = folder / f"{manifest['study']}.xlsx"
    calls: dict[str, Callable[[], object]] = {
        "figures": partial(draw_all, data, drawn, **figures),
        "workbook": partial(write_workbook, data, book, **facts, manifest=manifest, force=True),
        "page": partial(write_page, results, book.with_suffix(".html"), language=languages[0], force=True),
    }
    if results.country:
        return calls
    calls["energy"] = partial(draw_energy, data, drawn, **figures)
    if baseline_of(data) is not None:
        calls["growth"] = partial(_growth, data, folder, languages, formats, results.focus, manifest)
    return calls | {"incidence": partial(write_incidence, data, folder, **shape)}


def figure_of(results: Results, name: str, *, language: str, year: int | None = None) -> Figure:
    """One figure of a comparison, to be shown or saved by the caller.

    Parameters
    ----------
    name : str
        ``regions``, ``sectors``, ``paths``, ``matrix``, ``power`` or ``energy``.
    language : {"en", "zh"}
    year : int, optional
        Year of the regional and sectoral figures; the last one if not given.

    Raises
    ------
    ReportError
        No such figure or year, or the results lack what it shows.
    """
    from cge.report.canvas import tell_missing
    from cge.report.energy import KINDS, energy_figure
    from cge.report.figures import FIGURES, drawing
    from cge.report.names import telling
    from cge.report.style import ReportError, choose_year, fitted, labelled

    known = [*FIGURES, *KINDS]
    if language not in LANGUAGES:
        raise ReportError(message("CGE601", found=language))
    if name not in known:
        raise ReportError(message("CGE613", name=name, near=near(name, known), known=lined(known)))
    if results.country and name in KINDS:
        raise ReportError(message("CGE326", name=name))
    data, focus = labelled(results.data, results.study), results.focus
    caption = _caption(results.manifest)
    facts = caption | {"year": str(choose_year(data, year)), "fitted": fitted(caption["parameter_set"], language)}
    with drawing(), telling(results.country):
        if name in KINDS:
            figure = energy_figure(data, name, language, focus, facts)
        else:
            figure, _ = FIGURES[name](data, language, focus, facts)
        tell_missing(figure)
        figure.draw_without_rendering()
    return figure


def _baseline(
    results: Results, folder: Path, languages: Sequence[str], formats: Sequence[str]
) -> dict[str, Callable[[], object]]:
    """Reports of a baseline alone, by name; none of another country, since they compare with what is published."""
    if results.country:
        return {}
    from cge.report.energy import draw_energy
    from cge.report.page import write_page
    from cge.report.style import labelled

    manifest, focus, data = results.manifest, results.focus, labelled(results.data, results.study)
    figures: dict[str, Any] = {"languages": languages, "focus": focus, "caption": _caption(manifest),
                               "formats": formats}  # fmt: skip
    return {
        "energy": partial(draw_energy, data, folder / "figures", **figures),
        "growth": partial(_growth, data, folder, languages, formats, focus, manifest, book=True),
        "page": partial(write_page, results, folder / f"{manifest['study']}.html", language=languages[0], force=True),
    }


def _caption(manifest: Mapping[str, Any]) -> dict[str, str]:
    known = {k: str(manifest[k]) for k in ("parameter_set", "aggregation")}
    return known | {"price_base": str(manifest.get("country", {}).get("year", BASE_YEAR))}


def _growth(
    data: pd.DataFrame, folder: Path, languages: Sequence[str], formats: Sequence[str], focus: str,
    manifest: Mapping[str, Any], *, book: bool = False,
) -> None:  # fmt: skip
    """Tables, page, figure and, if asked, workbook of what the baseline implies."""
    from cge.report.baseline import page, write_baseline_book
    from cge.report.baseline_figure import draw_baseline
    from cge.report.growth import read_tables, write_tables
    from cgebase.whole import write_whole

    write_tables(data, folder, manifest["study_gdp"])
    table, energy, published, stated = read_tables(folder)
    for frame in (table, energy):
        frame.attrs |= data.attrs
    facts = _caption(manifest) | manifest["baseline"] | {"study": manifest["study"]}
    pages = (page(table, energy, published, stated, facts, x) for x in dict.fromkeys(languages))
    write_whole(folder / "baseline.md", "\n".join(pages))
    draw_baseline(table, folder / "figures", languages=languages, focus=focus, facts=facts, formats=formats)
    if book:
        path = folder / f"{manifest['study']}_baseline.xlsx"
        write_baseline_book(table, data, path, languages=languages, manifest=manifest)

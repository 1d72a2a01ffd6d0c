"""Figures of a comparison, each with the CSV it draws; Chinese where a font can show it, else English."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cge.measure.sense import MARK
from cge.report import fonts, style
from cge.report.canvas import along_rows, canvas, in_bold, lay_out, place, places, scenario_legend
from cge.report.caveats import beyond_lines, marks
from cge.report.indices import beside
from cge.report.matrix import draw_matrix
from cge.report.names import name
from cge.report.shapes import Shapes, draw_map
from cge.report.style import ReportError, colour, phrases, region_name, scenario_name, sector_name, signed
from cge.report.tiles import outside, tiles
from cgebase.messages import listed, message
from cgebase.whole import whole
from sam.registry import NATION

__all__ = ["FIGURES", "FORMATS", "draw_all"]

TILE = 4
"""Chinese characters of a name that a tile has room for."""
FORMATS: dict[str, Callable[[Figure, Path], None]] = {
    "png": lambda figure, path: FigureCanvasAgg(figure).print_png(path),
    "svg": lambda figure, path: FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None}),
    "pdf": lambda figure, path: FigureCanvasPdf(figure).print_pdf(path, metadata={"CreationDate": None}),
}
"""How a figure is written in each format: by its canvas, since ``savefig`` draws everything twice."""
DPI = 150
ADDS_UP = 0.005
MATRIX_FROM = 2
"""Policies beyond which a table in colours shows them all; the pair of maps shows the first two."""
WIDEST_CHANGE = 150.0
WIDE = 14
"""Inches of a figure of two policies."""
OVER_A_MAP = 44
"""Columns of a line of a label over a map."""


def draw_all(
    data: pd.DataFrame, out: Path, *, languages: Sequence[str] = ("zh", "en"), focus: str = "XJ",
    year: int | None = None, caption: Mapping[str, str], formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw every figure in every language.

    Parameters
    ----------
    data : DataFrame
        Tidy results of all scenarios.
    out : Path
        Folder for the figures and the CSV each of them draws.
    focus : str
        Province shown in bold and by sector.
    year : int, optional
        Year of the regional and sectoral figures; the last one if not given.
    caption : mapping
        ``parameter_set``, ``aggregation``, ``price_base``.
    formats : sequence of str
        Of :data:`FORMATS`.

    Returns
    -------
    list of Path
        Figures and CSV files written.

    Raises
    ------
    ReportError
        The results lack the year, the region or a policy, or contributions do not add up.
    """
    missing = [k for k in ("parameter_set", "aggregation", "price_base") if k not in caption]
    if missing:
        raise ReportError(message("CGE606", facts=listed(missing)))
    at = style.choose_year(data, year)
    if focus not in set(data["region"].unique()) - {NATION}:
        raise ReportError(message("CGE607", name=focus))
    facts = {**caption, "year": str(at)}
    out.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for language in dict.fromkeys(languages):
        with drawing():
            for name, draw in FIGURES.items():
                if name == "matrix" and len(style.policies_of(data)) <= MATRIX_FROM:
                    continue
                said = {"fitted": style.fitted(caption["parameter_set"], language)}
                figure, drawn = draw(data, language, focus, facts | said)
                table = out / f"{name}.csv"
                with whole(table) as part:
                    drawn.to_csv(part, index=False)
                made += [] if table in made else [table]
                made += save(figure, out / f"{name}_{language}", formats)
    return made


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the settings of the project; what no font has is told by :func:`cge.report.fonts.tell_missing`."""
    with mpl.rc_context(settings()), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        yield


def settings() -> dict[str, Any]:
    """Settings of every figure of the project."""
    return {
        "font.family": fonts.families(), "axes.unicode_minus": False, "svg.hashsalt": "cge",
        "axes.spines.top": False, "axes.spines.right": False, "text.parse_math": False,
    }  # fmt: skip


def save(figure: Figure, stem: Path, formats: Sequence[str] = (*FORMATS,)) -> list[Path]:
    """Write a figure in each format, laid out once and drawn once for each, the same bytes for the same figure."""
    made = []
    lay_out(figure)
    for ending in formats:
        path = stem.with_name(f"{stem.name}.{ending}")
        figure.set_dpi(DPI)
        with whole(path) as part:
            FORMATS[ending](figure, part)
        made.append(path)
    return made


def in_languages(
    draw: Callable[[str], Figure], stem: Path, languages: Sequence[str], formats: Sequence[str] = (*FORMATS,)
) -> list[Path]:
    """Draw a figure in every language; files are named ``<stem>_<language>``."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for language in dict.fromkeys(languages):
        with drawing():
            made += save(draw(language), stem.with_name(f"{stem.name}_{language}"), formats)
    return made


def with_table(
    table: pd.DataFrame, draw: Callable[[str], Figure], stem: Path, languages: Sequence[str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """As :func:`in_languages`, after the CSV that the figure draws, ``<stem>.csv``."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    path = stem.with_suffix(".csv")
    with whole(path) as part:
        table.to_csv(part, index=False)
    return [path, *in_languages(draw, stem, languages, formats)]


def _pick(data: pd.DataFrame, indicator: str, facts: Mapping[str, str]) -> pd.DataFrame:
    at = int(facts["year"])
    rows = data[(data["indicator"] == indicator) & (data["year"] == at) & data["scenario"].isin(style.pair(data))]
    if rows.empty:
        raise ReportError(message("CGE605.year", indicator=indicator, year=at))
    return rows


def _regions(data: pd.DataFrame, language: str, focus: str, facts: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    words, shown = phrases("figures", language), style.pair(data)
    rows = _pick(data, "gdp_change_pct", facts)
    wide = rows.pivot(index="region", columns="scenario", values="value")[shown]
    lacking = [c for c in (*data["region"].unique(), "CN") if c not in wide.index]
    if lacking:
        raise ReportError(message("CGE605.regions", regions=listed(lacking)))
    order = [*wide.drop(index="CN").sort_values(shown[0], ascending=False).index, "CN"]
    wide = wide.loc[order]
    note = _note(words, facts, data, language, "regions", focus)
    figure = canvas((WIDE, 9), words["regions"].format(**facts), note, study=style.study_line(data, language))
    left, *maps = figure.subplots(1, 1 + len(shown), width_ratios=[1.25] + [1.3] * len(shown))
    at = [*range(len(order) - 1), len(order) - 0.4]
    left.axhline(len(order) - 1.2, color="#999999", lw=0.8)
    for k, code in zip(at, order, strict=True):
        ends = wide.loc[code]
        left.plot([ends.min(), ends.max()], [k, k], color="#bbbbbb", lw=2, zorder=2)
        for s in shown:
            left.scatter(ends[s], k, color=colour(s, data), s=40, zorder=3, label=s if k == 0 else None)
    left.axvline(0, color="black", lw=1)
    names = [name + (f" {c}" if language == "en" and c not in ("CN", name) else "")
             for c, name in zip(order, places(figure, order, language), strict=True)]  # fmt: skip
    left.set_yticks(at, names, fontsize=8.5)
    left.tick_params(axis="y", length=0)
    in_bold(left, order, (focus, "CN"))
    line = order.index(focus)
    left.axhspan(line - 0.5, line + 0.5, color="#f2f2f2", zorder=0)
    left.set_ylim(-0.8, len(order) + 0.3)
    left.set_xlim(min(wide.to_numpy().min() * 1.05, 0), max(wide.to_numpy().max() * 1.05, 0.1))
    left.set_xlabel(words["gdp"].format(**facts))
    left.grid(axis="x", color=style.GRID)
    left.set_axisbelow(True)
    _directions(left, words)
    scenario_legend(figure, left, data, language)
    bound = max(float(np.abs(wide.drop(index="CN").to_numpy()).max()), 1e-9)
    marked = marks(data, int(facts["year"]), "gdp_change_pct")
    for axes, s in zip(maps, shown, strict=True):
        here = {r for found, r in marked if found == s}
        draw_places(axes, wide[s].drop("CN"), bound, language, focus, here, data.attrs.get(style.MAP))
        value = signed(wide.loc["CN", s]) + (MARK if (s, "CN") in marked else "")
        head = words["title"].format(scenario=figure.fit(scenario_name(s, language, data), OVER_A_MAP), value=value)
        axes.set_title(head, fontsize=11, color=colour(s, data), fontweight="bold")
    shades = ScalarMappable(Normalize(-bound, bound), style.DIVERGING)
    bar = figure.colorbar(shades, ax=maps, orientation="horizontal", shrink=0.5, aspect=24)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.locator = MaxNLocator(10, symmetric=True, integer=bound >= 4, steps=[1, 2, 4, 5, 10])
    bar.formatter = FuncFormatter(lambda v, _: signed(v, 0 if bound >= 4 else 1 if bound >= 0.4 else 2))
    bar.update_ticks()
    bar.ax.tick_params(labelsize=8)
    scale = words["scales" if len(maps) > 1 else "scale"]
    bar.set_label(f"{words['loss']}    {scale}    {words['gain']}", fontsize=8.5)
    return figure, rows


def _note(
    words: Mapping[str, str], facts: Mapping[str, str], data: pd.DataFrame, language: str, figure: str, focus: str
) -> str:
    """What stands below a figure of a pair of policies: how it is made, the other indices, and what shows them all."""
    where = phrases("where", language)[figure]
    left_out = style.some_of(len(style.pair(data)), len(style.policies_of(data)), language, where)
    pair, year = style.pair(data), int(facts["year"])
    others, caveats = beside(data, pair, focus, year, language), beyond_lines(data, year, pair)
    made = words["note"].format(**facts, shown=style.shown_regions(data, language), outside=style.outside(language))
    own: Shapes | None = data.attrs.get(style.MAP) if figure == "regions" else None
    approval = message("map_approval", number=own.approval).text(language) if own else ""
    return "\n".join(filter(None, (made, others, *(c.text(language) for c in caveats), left_out, approval)))


def _directions(axes: Axes, words: Mapping[str, str]) -> None:
    where = axes.get_xaxis_transform()
    left, right = axes.get_xlim()
    axes.annotate(words["loss"], (0, 1.0), xycoords=where, xytext=(-4, 3), textcoords="offset points", ha="right",
                  fontsize=8.5, color=style.QUIET)  # fmt: skip
    if right > 0.15 * (right - left):
        axes.annotate(words["gain"], (0, 1.0), xycoords=where, xytext=(4, 3), textcoords="offset points", ha="left",
                      fontsize=8.5, color=style.QUIET)  # fmt: skip


def draw_places(
    axes: Axes, values: pd.Series, bound: float, language: str, focus: str, marked: Collection[str],
    shapes: Shapes | None = None,
) -> None:  # fmt: skip
    """Regions in the colours of their values: on a map of the user's own, as tiles, or as bars without either.

    Parameters
    ----------
    values : Series
        By region.
    bound : float
        Value at either end of the colours.
    marked : collection of str
        Regions whose numbers are beyond sense.
    """
    if shapes is not None:
        draw_map(axes, values, bound, focus, marked, shapes)
    elif tiles(values.index):
        region_tiles(axes, values, bound, language, focus, marked)
    else:
        region_bars(axes, values, bound, language, focus, marked)


def region_tiles(
    axes: Axes, values: pd.Series, bound: float, language: str, focus: str, marked: Collection[str]
) -> None:
    """Regions as tiles, each in the colour of its value and with it."""
    shade, places = mpl.colormaps[style.DIVERGING], tiles(values.index)
    for code, (row, x) in places.items():
        v, strong = float(values[code]), code == focus
        tint = shade(0.5 + 0.5 * v / bound)
        y, called = -row, region_name(code, language)
        axes.add_patch(Rectangle((x, y), 0.95, 0.95, facecolor=tint, edgecolor="black" if strong else "#cccccc",
                                     lw=2 if strong else 0.5, zorder=2 if strong else 1))  # fmt: skip
        dark = 0.299 * tint[0] + 0.587 * tint[1] + 0.114 * tint[2] < 0.5
        ink = "white" if dark else "black"
        head = called if language == "zh" and len(called) <= TILE else code
        weight = "bold" if strong else "normal"
        for text, rise in ((head, 0.66), (signed(v, 1) + (MARK if code in marked else ""), 0.28)):
            axes.text(x + 0.475, y + rise, text, ha="center", va="center", fontsize=8, color=ink, fontweight=weight,
                      zorder=3)  # fmt: skip
    outside_tiles(axes, language)
    rows, columns = zip(*places.values(), strict=True)
    axes.set_xlim(min(columns) - 0.1, max(columns) + 1.05)
    axes.set_ylim(-max(rows) - 0.1, 1.05 - min(rows))
    axes.set_aspect("equal")
    axes.axis("off")


def outside_tiles(axes: Axes, language: str) -> None:
    """Grey tiles for places that are not in the model, which say so."""
    if not outside():
        return
    for code, (row, column) in outside().items():
        axes.add_patch(Rectangle((column, -row), 0.95, 0.95, facecolor=style.NOWHERE, edgecolor="#cccccc", lw=0.5))
        axes.text(column + 0.475, 0.475 - row, name("place", code, language) if language == "zh" else code, ha="center",
                  va="center", fontsize=8, color=style.QUIET)  # fmt: skip
    row, column = max(outside().values())[0], min(column for _, column in outside().values())
    axes.text(column + 0.05, -row - 0.1, phrases("figures", language)["outside"], va="top", fontsize=7.5,
              color=style.QUIET)  # fmt: skip


def region_bars(
    axes: Axes, values: pd.Series, bound: float, language: str, focus: str, marked: Collection[str]
) -> None:
    """Regions without tiles of their own as bars in the colours of the map."""
    shade = mpl.colormaps[style.DIVERGING]
    order = values.sort_values(ascending=False)
    at = np.arange(len(order), dtype=float)
    axes.barh(at, order, 0.7, color=[shade(0.5 + 0.5 * v / bound) for v in order], edgecolor="#cccccc", lw=0.5)
    axes.axvline(0, color="black", lw=1)
    axes.set_yticks(at, [region_name(c, language) for c in order.index], fontsize=8.5)
    in_bold(axes, list(order.index), (focus,))
    for row, (code, v) in zip(at, order.items(), strict=True):
        beside_bar(axes, float(v), float(row), signed(float(v), 1) + (MARK if code in marked else ""))
    axes.set_xlim(-1.3 * bound, 1.3 * bound)


def _sectors(data: pd.DataFrame, language: str, focus: str, facts: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    words, shown = phrases("figures", language), style.pair(data)
    added, share, total = (
        rows[rows["region"] == focus]
        for rows in (_pick(data, k, facts) for k in ("value_added_change_pct", "gdp_contribution_pp", "gdp_change_pct"))
    )
    wide = share.pivot(index="sector", columns="scenario", values="value")[shown].fillna(0.0)
    whole = total.set_index("scenario")["value"]
    for s in shown:
        if abs(wide[s].sum() - whole[s]) > ADDS_UP:
            sums = {"found": wide[s].sum(), "want": whole[s]}
            raise ReportError(message("CGE608", region=focus, scenario=s, year=facts["year"], **sums))
    wide = wide[wide.abs().max(axis=1) > 0]
    order = [*wide.drop(index="product_taxes", errors="ignore").sort_values(shown[0]).index]
    order += ["product_taxes"] if "product_taxes" in wide.index else []
    change = added.pivot(index="sector", columns="scenario", values="value").reindex(index=order, columns=shown)
    names = [sector_name(c, language, facts["aggregation"]) for c in order]
    title = words["sectors"].format(name=region_name(focus, language), **facts)
    note = _note(words, facts, data, language, "sectors", focus)
    figure = canvas((WIDE, 0.27 * len(order) + 2.2), title, note, study=style.study_line(data, language))
    left, right = figure.subplots(1, 2, sharey=True)
    y, low = np.arange(len(order), dtype=float), len(order) + 0.6
    sums = wide[shown].sum()
    slot = 0.8 / len(shown)
    room = max(float(np.abs(wide.to_numpy()).max()), float(np.abs(sums).max()))
    for k, s in enumerate(shown):
        at = y - 0.4 + slot * (k + 0.5)
        bars = change[s].clip(-100, WIDEST_CHANGE)
        left.barh(at, bars.fillna(0.0), slot * 0.95, color=colour(s, data), label=s)
        for row, code, cut in zip(at, order, bars, strict=True):
            full = change.loc[code, s]
            if full == full:
                beside_bar(left, cut, row, signed(full, 1) + (" »" if full > WIDEST_CHANGE else ""))
        right.barh(at, wide.loc[order, s], slot * 0.95, color=colour(s, data))
        for row, v in zip(at, wide.loc[order, s], strict=True):
            beside_bar(right, v, row, signed(v))
        row = low - 0.4 + slot * (k + 0.5)
        right.barh(row, sums[s], slot * 0.95, color=colour(s, data))
        beside_bar(right, sums[s], row, signed(sums[s]), "bold")
    gaps = [k for k, c in enumerate(order) if c != "product_taxes" and bool(change.loc[c].isna().all())]
    for k in gaps:
        left.text(0, k, " n/a", va="center", ha="left", fontsize=7.5, color="#888888")
    if gaps:
        left.text(0.01, 0.006, words["none"], transform=left.transAxes, fontsize=7.5, color=style.QUIET)
    right.axhline(low - 0.8, color="#999999", lw=0.8)
    left.set_yticks([*y, low], [*names, words["sum"]], fontsize=8.5)
    left.get_yticklabels()[-1].set_fontweight("bold")
    left.set_ylim(low + 0.7, -0.8)
    bound = change.clip(-100, WIDEST_CHANGE).to_numpy(dtype=float)
    bound = np.append(bound[np.isfinite(bound)], 0.0)
    span = bound.max() - bound.min() or 1.0
    left.set_xlim(bound.min() - 0.1 * span, bound.max() + 0.13 * span)
    right.set_xlim(min(wide.to_numpy().min(), sums.min(), 0) - 0.18 * room,
                   max(wide.to_numpy().max(), sums.max(), 0) + 0.18 * room)  # fmt: skip
    for axes, label in ((left, words["va"]), (right, words["pp"])):
        along_rows(axes)
        axes.set_xlabel(label.format(name=place(figure, focus, language)))
        _directions(axes, words)
    scenario_legend(figure, left, data, language)
    return figure, pd.concat([added, share, total])


def beside_bar(axes: Axes, value: float, place: float, text: str, weight: str = "normal") -> None:
    """The number of a bar beside its end."""
    axes.annotate(text, (value, place), xytext=(-2 if value < 0 else 2, 0), textcoords="offset points",
                  ha="right" if value < 0 else "left", va="center", fontsize=6, fontweight=weight,
                  color="#333333")  # fmt: skip


def _paths(data: pd.DataFrame, language: str, focus: str, facts: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    words = phrases("figures", language)
    title = words["paths"].format(name=region_name(focus, language))
    caveats = [line.text(language) for line in beyond_lines(data, int(facts["year"]))]
    shown = style.shown_regions(data, language)
    made = words["note_paths"].format(**facts, shown=shown, outside=style.outside(language))
    figure = canvas((12, 8), title, "\n".join([made, *caveats]), study=style.study_line(data, language))
    axes = figure.subplots(2, 2)
    drawn = data[
        data["indicator"].isin(["emissions", "permit_price"])
        & ((data["indicator"] == "emissions") | data["scenario"].isin(style.policies_of(data)))
        & data["region"].isin(["CN", focus])
        & (data["sector"] == "all")
        & (data["year"] <= int(facts["year"]))
    ]
    for row, code in enumerate(("CN", focus)):
        for column, (indicator, label) in enumerate((("emissions", "em"), ("permit_price", "price"))):
            ax = axes[row, column]
            part = drawn[(drawn["region"] == code) & (drawn["indicator"] == indicator)]
            lines = part.pivot(index="year", columns="scenario", values="value").sort_index()
            lines = lines[[s for s in style.scenarios(data) if s in lines]]
            for s, path in lines.items():
                ax.plot(path.index, path, ms=5, label=s, **style.line(str(s), data))
            mean = indicator == "permit_price" and code == "CN"
            head = place(figure, code, language) + (f" ({words['mean']})" if mean else "")
            ax.set_title(f"{head}: {words[label]}", fontsize=10.5, loc="left")
            ax.set_ylim(bottom=0)
            ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
            ax.xaxis.set_major_locator(MaxNLocator(9, integer=True))
            ax.grid(color=style.GRID)
            ax.set_axisbelow(True)
            policies = lines[[s for s in lines if s in style.policies_of(data)]]
            spread = float((policies.max(axis=1) - policies.min(axis=1)).max())
            if indicator == "emissions" and policies.shape[1] > 1 and spread < 0.005 * float(lines.to_numpy().max()):
                ax.text(0.02, 0.03, words["same"], transform=ax.transAxes, fontsize=8.5, color=style.QUIET)
    scenario_legend(figure, axes[0, 0], data, language)
    return figure, drawn


FIGURES = {"regions": _regions, "sectors": _sectors, "paths": _paths, "matrix": draw_matrix}
"""Figures of a comparison by name: each draws tidy results in a language, and returns the rows that it shows."""

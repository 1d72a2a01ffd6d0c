"""Accounts of a province over time: people, GDP by industry, CO2 with its share, and CO2 per head and per GDP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cge.report.canvas import canvas, legend
from cge.report.figures import FORMATS, with_table
from cge.report.names import name
from cge.report.style import COLOURS, GRID, QUIET, UNTOUCHED, phrases, region_name
from cgebase.messages import listed
from sam.registry import NATION

HOLLOW = "derived"
"""Status of numbers that are drawn hollow: they follow from others."""
OTHER_CENSUS = 0.01
"""How far industries may add up to another GDP before the figure says so."""
INDUSTRIES = {"primary": COLOURS[2], "secondary": COLOURS[0], "tertiary": COLOURS[1]}


def draw_accounts(
    table: pd.DataFrame, nation: pd.DataFrame, bounds: pd.DataFrame, missing: Mapping[str, Sequence[int]], out: Path,
    *, languages: Sequence[str], formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the five figures, each with the CSV it draws; one without numbers is left out.

    Parameters
    ----------
    table, nation : DataFrame
        Columns ``region, indicator, year, value, unit, status``.
    bounds : DataFrame
        Columns ``indicator, first, last, low, high``.
    missing : mapping
        Years without a number by indicator.
    """
    made: list[Path] = []
    for title, (indicators, draw) in FIGURES.items():
        shown = table[table["indicator"].isin(indicators)]
        if shown.empty:
            continue
        if title in ("per_head", "per_gdp"):
            shown = pd.concat([shown, nation[nation["indicator"].isin(indicators)]])
        ranges = bounds[bounds["indicator"].isin(indicators)]
        picture = partial(_picture, title, shown, ranges, missing, draw)
        made += with_table(shown, picture, out / title, languages, formats)
    return made


Draw = Callable[[Figure, pd.DataFrame, pd.DataFrame, str], None]


def _picture(
    title: str, shown: pd.DataFrame, ranges: pd.DataFrame, missing: Mapping[str, Sequence[int]], draw: Draw,
    language: str,
) -> Figure:  # fmt: skip
    words = phrases("province_accounts", language)
    region = next(r for r in shown["region"] if r != NATION)
    lost = {i: listed(spans(missing[i])).text(language) for i in dict.fromkeys(shown["indicator"]) if missing[i]}
    said = [words["missing"].format(what=name("account", i, language), years=years) for i, years in lost.items()]
    if other := _unlike(shown):
        said.append(words["census"].format(years=listed(spans(other)).text(language)))
    note = "\n".join([words["note"], *said])
    figure = canvas((9.6, 5.4), words[title].format(region=region_name(region, language)), note, study="")
    draw(figure, shown, ranges, language)
    return figure


def _unlike(shown: pd.DataFrame) -> list[int]:
    """Years in which the industries add up to another GDP than the one shown."""
    wide = shown.pivot(index="year", columns=["region", "indicator"], values="value").droplevel(0, axis=1)
    if "gdp" not in wide or not set(INDUSTRIES) <= set(wide):
        return []
    total = wide[[*INDUSTRIES]].sum(axis=1, skipna=False)
    return [int(y) for y in wide.index[(total / wide["gdp"] - 1).abs() > OTHER_CENSUS]]


def spans(years: Sequence[int]) -> list[str]:
    """Years with runs as ranges."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return [f"{r[0]}-{r[-1]}" if r[1:] else str(r[0]) for r in runs]


def _line(ax: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Numbers in their years: filled as given, hollow as derived; dotted across years that have none."""
    years, values = rows["year"].tolist(), rows["value"].tolist()
    for k in range(len(years) - 1):
        style = "-" if years[k + 1] == years[k] + 1 else ":"
        ax.plot(years[k : k + 2], values[k : k + 2], ls=style, color=colour, lw=1.6)
    for hollow in (False, True):
        part = rows[(rows["status"] == HOLLOW) == hollow]
        ax.scatter(part["year"], part["value"], s=30, zorder=3, color="white" if hollow else colour, edgecolors=colour)


def _finish(ax: Axes, indicator: str, unit: str, language: str) -> None:
    ax.set_ylabel(f"{name('account', indicator, language)}, {name('unit', unit, language)}", fontsize=9)
    ax.grid(axis="y", color=GRID)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _population(figure: Figure, shown: pd.DataFrame, _: pd.DataFrame, language: str) -> None:
    ax = figure.subplots()
    _line(ax, shown, COLOURS[1])
    _finish(ax, "population", shown["unit"].iloc[0], language)


def _gdp(figure: Figure, shown: pd.DataFrame, _: pd.DataFrame, language: str) -> None:
    ax = figure.subplots()
    wide = shown.pivot(index="year", columns="indicator", values="value")
    handles: list[Any] = []
    below = pd.Series(0.0, index=wide.index)
    for industry, colour in INDUSTRIES.items():
        height = wide[industry].fillna(0.0)
        handles.append(ax.bar(wide.index, height, bottom=below, color=colour, alpha=0.75, width=0.8))
        below = below + height
    handles += ax.plot(wide.index, wide["gdp"], color=UNTOUCHED, marker="o", ms=3.5, lw=1.2)
    _finish(ax, "gdp", shown["unit"].iloc[0], language)
    legend(figure, handles, [name("account", i, language) for i in (*INDUSTRIES, "gdp")])


def _co2(figure: Figure, shown: pd.DataFrame, ranges: pd.DataFrame, language: str) -> None:
    ax, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    for panel, indicator, colour in ((ax, "co2", COLOURS[0]), (below, "share", COLOURS[1])):
        rows = shown[shown["indicator"] == indicator]
        _line(panel, rows, colour)
        _ranges(panel, ranges[ranges["indicator"] == indicator], colour)
        _finish(panel, indicator, rows["unit"].iloc[0], language)
    for row in shown[shown["indicator"] == "co2"].itertuples():
        ax.annotate(f"{row.value:,.0f}", (row.year, row.value), (0, 6), textcoords="offset points", ha="center",
                    fontsize=7.5, color=QUIET)  # fmt: skip
    ax.set_ylim(0, 1.15 * shown.loc[shown["indicator"] == "co2", "value"].max())


def _ranges(ax: Axes, ranges: pd.DataFrame, colour: str) -> None:
    """A stated range as a band over its years, a lower bound as a mark that points up."""
    for row in ranges.itertuples():
        ends = [row.first - 0.3, row.last + 0.3]
        if row.high == row.high:
            ax.fill_between(ends, row.low, row.high if row.high > row.low else row.low * 1.01, color=colour, alpha=0.18)
        else:
            ax.hlines(row.low, *ends, color=colour, lw=1.2, alpha=0.7)
            ax.scatter([(row.first + row.last) / 2], [row.low], marker="^", s=24, color=colour, alpha=0.7)


def _against_nation(figure: Figure, shown: pd.DataFrame, ranges: pd.DataFrame, language: str) -> None:
    ax = figure.subplots()
    regions = list(dict.fromkeys(shown["region"]))
    colours = dict(zip(regions, (COLOURS[0], UNTOUCHED), strict=False))
    for region, rows in shown.groupby("region", sort=False):
        _line(ax, rows, colours[str(region)])
        _ranges(ax, ranges[ranges["region"] == region], colours[str(region)])
    _finish(ax, shown["indicator"].iloc[0], shown["unit"].iloc[0], language)
    ax.set_ylim(bottom=0)
    handles = [ax.plot([], [], color=colours[r], marker="o", lw=1.6)[0] for r in regions]
    legend(figure, handles, [region_name(r, language) for r in regions])


FIGURES: Mapping[str, tuple[tuple[str, ...], Draw]] = {
    "population": (("population",), _population),
    "gdp": (("gdp", *INDUSTRIES), _gdp),
    "co2": (("co2", "share"), _co2),
    "per_head": (("per_head",), _against_nation),
    "per_gdp": (("per_gdp",), _against_nation),
}
"""Figures by name: what is shown, and how; the study's Figs 1 to 5 in order."""

"""Ranges over the draws of an ensemble: one page and one figure with whiskers, made from its table of ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import along_rows, canvas, in_bold, legend, places
from cge.report.figures import FORMATS, in_languages
from cge.report.names import name
from cge.report.style import phrases, region_name, scenario_name, signed
from cgebase.whole import whole
from sam.registry import NATION

MEASURE = "gdp_change_pct"
SHOWN = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct")
"""Measures of the page."""
MARKERS = ("o", "s", "^", "D")
"""Shapes of the differences."""
UNTOLD = "#9a9a9a"
"""Colour of a difference that is not told apart."""


def write_ranges(
    table: pd.DataFrame, folder: Path, *, languages: Sequence[str], focus: str, caption: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Write ``ranges.csv``, ``ranges.md`` and the figure of an ensemble.

    Parameters
    ----------
    table : DataFrame
        Ranges, differences and standings, one below the other.
    caption : mapping
        ``draws``, ``solved``, ``seed``, ``year``, ``aggregation``, ``parameter_set``.

    Returns
    -------
    list of Path
        Files written.
    """
    made = [folder / "ranges.csv", folder / "ranges.md"]
    with whole(made[0]) as part:
        table.to_csv(part, index=False)
    with whole(made[1]) as part:
        part.write_text("\n".join(page(table, x, focus, caption) for x in languages), encoding="utf-8")
    draw = partial(_draw, table, focus=focus, caption=caption)
    return made + in_languages(draw, folder / "figures" / "ranges", languages, formats)


def verdict(row: Mapping[str, object], language: str) -> str:
    """Which side a difference lies on, or that it is not told apart."""
    if row["told_apart"] != "yes":
        return phrases("ranges", language)["untold"]
    return phrases("ranges", language)["above" if float(str(row["low"])) > 0 else "below"]


def page(table: pd.DataFrame, language: str, focus: str, caption: Mapping[str, str]) -> str:
    """The ranges of nation and focus province as Markdown in one language."""
    words = phrases("ranges", language)
    out = [f"# {words['title'].format(**caption)}", "", words["note"].format(**caption), ""]
    heads = [words[k] for k in ("what", "place", "base", "median", "range")]
    for measure in SHOWN:
        rows = table[(table["measure"] == measure) & table["region"].isin([focus, NATION])]
        out += [f"## {name('indicator', measure, language)}, %", ""]
        lines = [_cells(row, language, table) for row in rows[rows["kind"] == "level"].to_dict("records")]
        out += _table(heads, lines)
        apart = rows[rows["kind"] == "difference"].to_dict("records")
        more = [[*_cells(row, language, table), f"{100 * row['share']:.0f} %", verdict(row, language)] for row in apart]
        out += _table([*heads, words["better"], words["verdict"]], more)
    out += [f"## {words['standing']}", ""]
    out += [f"- {line}" for line in _standings(table, language)]
    return "\n".join(out) + "\n"


def _cells(row: Mapping[str, object], language: str, table: pd.DataFrame) -> list[str]:
    low, median, high, base = (signed(float(str(row[k]))) for k in ("low", "median", "high", "base"))
    said = scenario_name(str(row["scenario"]), language, table)
    if row["against"]:
        said = f"{said} − {scenario_name(str(row['against']), language, table)}"
    return [style.marked_down(said), region_name(str(row["region"]), language), base, median,
            phrases("ranges", language)["to"].format(low=low, high=high)]  # fmt: skip


def _standings(table: pd.DataFrame, language: str) -> list[str]:
    words, out = phrases("ranges", language), []
    for row in table[table["kind"].isin(["best", "rank", "ranking"])].to_dict("records"):
        facts = {k: row[k] for k in ("base", "median", "low", "high")}
        out.append(words[row["kind"]].format(
            scenario=scenario_name(str(row["scenario"]), language, table), share=100 * row["share"],
            error=100 * row["share_error"], draws=row["draws"],
            region=region_name(str(row["region"]), language) if row["region"] != "all" else "", **facts,
        ))  # fmt: skip
    return out


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {' | '.join(heads)} |", "| --- " * 2 + "| ---: " * (len(heads) - 2) + "|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _draw(table: pd.DataFrame, language: str, focus: str, caption: Mapping[str, str]) -> Figure:
    """Every province and the nation: ranges under each policy, and of the differences between policies."""
    words = phrases("ranges", language)
    rows = table[table["measure"] == MEASURE]
    levels, apart = rows[rows["kind"] == "level"], rows[rows["kind"] == "difference"]
    policies = list(dict.fromkeys(levels["scenario"]))
    first = levels[levels["scenario"] == policies[0]].set_index("region")["median"]
    order = [*first.drop(NATION).sort_values(ascending=False).index, NATION]
    figure = canvas((14, 10), words["title"].format(**caption), words["note"].format(**caption),
                    study=style.study_line(table, language))  # fmt: skip
    pairs = list(dict.fromkeys(zip(apart["scenario"], apart["against"], strict=True)))
    axes = np.atleast_1d(figure.subplots(1, 1 + bool(pairs), sharey=True, width_ratios=[1.4, 1][: 1 + bool(pairs)]))
    tints = {s: style.COLOURS[k % len(style.COLOURS)] for k, s in enumerate(policies)}
    for k, s in enumerate(policies):
        mine = levels[levels["scenario"] == s].set_index("region").loc[order]
        _whiskers(axes[0], mine, k, len(policies), [tints[s]] * len(order),
                  figure.fit(scenario_name(s, language, table)))  # fmt: skip
    axes[0].set_xlabel(words["axis"].format(**caption), fontsize=9.5)
    marks = axes[0].get_legend_handles_labels()
    for k, (s, other) in enumerate(pairs):
        mine = apart[(apart["scenario"] == s) & (apart["against"] == other)].set_index("region").loc[order]
        colours = [tints[s] if told == "yes" else UNTOLD for told in mine["told_apart"]]
        said = words["minus"].format(one=scenario_name(s, language, table), other=scenario_name(other, language, table))
        _whiskers(axes[1], mine, k, len(pairs), colours, figure.fit(said), MARKERS[k % len(MARKERS)])
    if pairs:
        axes[1].set_xlabel(words["apart"], fontsize=9.5)
        axes[1].legend(loc="lower left", bbox_to_anchor=(0, 1), fontsize=8.5, frameon=False)
    axes[0].set_yticks(range(len(order)), places(figure, order, language), fontsize=8.5)
    in_bold(axes[0], order, (focus, NATION))
    axes[0].set_ylim(-0.7, len(order) - 0.3)
    legend(figure, *marks)
    return figure




def _whiskers(
    axes: Axes, rows: pd.DataFrame, place: int, of: int, colours: Sequence[str], label: str, marker: str = "o"
) -> None:
    """Range and median of each row, and what the study finds as it stands, in a lane of its own."""
    y = np.arange(len(rows)) + (0.5 * (of - 1) - place) * 0.8 / of
    axes.hlines(y, rows["low"], rows["high"], colors=colours, lw=1.6, alpha=0.75)
    axes.scatter(rows["median"], y, c=colours, s=13, marker=marker, zorder=3, label=label or None)
    axes.scatter(rows["base"], y, c="black", s=14, marker="|", zorder=4, linewidths=1.1)
    along_rows(axes)

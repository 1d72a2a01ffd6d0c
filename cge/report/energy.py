"""Energy figures: power mix and primary energy of nation and focus province, over time and by scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cge.report import style
from cge.report.canvas import Drawing, canvas, legend, place
from cge.report.figures import FORMATS, with_table
from cge.report.names import name
from cge.report.style import baseline_of, phrases, region_name, scenario_name
from sam.registry import FUELS

COLOURS = {
    "coal": "#4d4d4d", "oil": "#9c6b4e", "gas": "#d0ab7a", "gco": "#4d4d4d", "gga": "#d0ab7a", "gbi": "#8a9a3b",
    "ghy": "#2f6fb2", "gnu": "#8d74b5", "gwi": "#79c2c7", "gso": "#f2c230",
}  # fmt: skip
"""Sources from the bottom up."""
KINDS = {"power": ("generation", "nonfossil_power_share"), "energy": ("primary_energy", "nonfossil_share")}
"""What each figure stacks, and the share written on it."""
BESIDE = ("primary_energy_abated", "coal_output")
"""What the figure of energy shows beside its stack."""
OVER_TIME, AT_THE_END = 3, 6
"""Scenarios with a panel over time, and with a bar."""
NARROWEST = 10.0
HEAD = (11, 6)
"""Columns and lines of the name below a bar."""


def draw_energy(
    data: pd.DataFrame, out: Path, *, languages: Sequence[str], focus: str, caption: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw the power mix and primary energy, each with the CSV it draws.

    Parameters
    ----------
    data : DataFrame
        Tidy results with ``generation``, ``primary_energy`` and the shares.
    out : Path
        Folder of the figures.
    caption : mapping
        ``parameter_set``, ``aggregation``.
    """
    made: list[Path] = []
    order = _order(data)
    for kind in KINDS:
        drawn = _drawn(data, kind, focus, order[:AT_THE_END])
        draw = partial(_draw, drawn, kind, focus=focus, facts=caption, order=order)
        made += with_table(drawn, draw, out / kind, languages, formats)
    return made


def energy_figure(data: pd.DataFrame, kind: str, language: str, focus: str, facts: Mapping[str, str]) -> Figure:
    """The power mix or primary energy (:data:`KINDS`) in one language."""
    order = _order(data)
    return _draw(_drawn(data, kind, focus, order[:AT_THE_END]), kind, language, focus, facts, order)


def _drawn(data: pd.DataFrame, kind: str, focus: str, scenarios: Sequence[str]) -> pd.DataFrame:
    indicator = KINDS[kind][0]
    wanted = data["indicator"].isin([*KINDS[kind], *(BESIDE if kind == "energy" else ())])
    sums = (data["indicator"] == indicator) & (data["sector"] == "all")
    return data[wanted & ~sums & data["region"].isin(["CN", focus]) & data["scenario"].isin(scenarios)]


def _order(data: pd.DataFrame) -> list[str]:
    first = baseline_of(data)
    return sorted(style.scenarios(data), key=lambda s: s != first)


def _draw(
    data: pd.DataFrame, kind: str, language: str, focus: str, facts: Mapping[str, str], order: Sequence[str]
) -> Figure:
    words, over, scenarios = phrases("energy", language), order[:OVER_TIME], order[:AT_THE_END]
    shown = list(dict.fromkeys(["CN", focus]))
    wide = 3.1 * len(over) + 1.0 + 0.75 * len(scenarios)
    share = name("indicator", KINDS[kind][1], language)
    note = words[f"note_{kind}"].format(share=share[:1].lower() + share[1:], **facts)
    if len(over) < len(order):
        note += "\n" + words["some"].format(count=len(order), over=len(over), bars=len(scenarios))
    size = (max(wide + 1.2, NARROWEST), 3.5 * len(shown) + 1.2)
    figure = canvas(size, words[kind].format(name=region_name(focus, language)), note,
                    study=style.study_line(data, language))  # fmt: skip
    axes = figure.subplots(len(shown), len(over) + 1, squeeze=False,
                           width_ratios=[3.1] * len(over) + [1.0 + 0.75 * len(scenarios)])  # fmt: skip
    for row, code in enumerate(shown):
        here, named = data[data["region"] == code], place(figure, code, language)
        top = 1.1 * _stack(here, kind).sum(axis=1).max()
        for ax, scenario in zip(axes[row], over, strict=False):
            own = here[here["scenario"] == scenario]
            _areas(ax, own, kind)
            _mined(ax, own, words["mined"])
            called = figure.fit(scenario_name(scenario, language, data))
            head = words["head"].format(name=named, of=called)
            ax.set_title(head, fontsize=10, loc="left")
            ax.set_ylim(0, top)
        _bars(figure, axes[row, -1], here, kind, scenarios, language)
        axes[row, -1].set_ylim(0, top)
        year = words["bars"].format(year=int(data["year"].max()))
        head = words["head"].format(name=named, of=year)
        axes[row, -1].set_title(head, fontsize=10, loc="left")
        for k, ax in enumerate(axes[row]):
            ax.tick_params(axis="y", labelleft=k == 0)
            ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
            ax.grid(axis="y", color=style.GRID)
            ax.set_axisbelow(True)
    _legend(figure, data, kind, language)
    return figure


def _stack(data: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Rows scenario and year, columns sources from the bottom up."""
    rows = data[data["indicator"] == KINDS[kind][0]]
    wide = rows.pivot(index=["scenario", "year"], columns="sector", values="value").fillna(0.0)
    return wide[[s for s in COLOURS if s in wide]]


def _abated(data: pd.DataFrame) -> pd.Series:
    rows = data[data["indicator"] == "primary_energy_abated"]
    return rows.set_index(["scenario", "year"])["value"]


def _areas(ax: Axes, data: pd.DataFrame, kind: str) -> None:
    table = _stack(data, kind).droplevel("scenario")
    years = table.index.to_numpy()
    ax.stackplot(years, table.T.to_numpy(), colors=[COLOURS[s] for s in table], linewidth=0)
    if kind == "energy":
        fossil = table[[s for s in FUELS if s in table]].sum(axis=1)
        abated = _abated(data).droplevel("scenario").reindex(table.index).fillna(0.0)
        ax.fill_between(years, fossil - abated, fossil, facecolor="none", edgecolor="white", hatch="////", linewidth=0)
    ax.set_xlim(years.min(), max(years.max(), years.min() + 1))
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))


def _mined(ax: Axes, data: pd.DataFrame, words: str) -> None:
    """Tonnes of coal mined in the first and last year, where the table has them."""
    mined = data[data["indicator"] == "coal_output"].sort_values("year")
    if len(mined):
        first, last = mined.iloc[0], mined.iloc[-1]
        text = words.format(first=first["value"], last=last["value"], start=first["year"], end=last["year"])
        ax.text(0.02, 0.98, text, transform=ax.transAxes, va="top", fontsize=8)


def _bars(
    figure: Drawing, ax: Axes, data: pd.DataFrame, kind: str, scenarios: Sequence[str], language: str
) -> None:
    year = data["year"].max()
    table = _stack(data, kind).xs(year, level="year").reindex(scenarios)
    x, low = np.arange(len(scenarios)), np.zeros(len(scenarios))
    for source in table:
        ax.bar(x, table[source], 0.68, bottom=low, color=COLOURS[str(source)])
        low = low + table[source].to_numpy()
    if kind == "energy":
        fossil = table[[s for s in FUELS if s in table]].sum(axis=1).to_numpy()
        abated = _abated(data).xs(year, level="year").reindex(scenarios).fillna(0.0).to_numpy()
        ax.bar(x, abated, 0.68, bottom=fossil - abated, facecolor="none", edgecolor="white", hatch="////", linewidth=0)
    rows = data[(data["indicator"] == KINDS[kind][1]) & (data["year"] == year)].set_index("scenario")["value"]
    for at, scenario, high in zip(x, scenarios, low, strict=True):
        ax.annotate(f"{100 * rows[scenario]:.0f}%", (at, high), xytext=(0, 2), textcoords="offset points", ha="center",
                    fontsize=8.5)  # fmt: skip
    names = [figure.fit(scenario_name(s, language, data), *HEAD) for s in scenarios]
    ax.set_xticks(x, names, fontsize=8)
    ax.tick_params(axis="x", length=0)


def _legend(figure: Figure, data: pd.DataFrame, kind: str, language: str) -> None:
    there = set(data.loc[(data["indicator"] == KINDS[kind][0]) & (data["value"] > 0), "sector"])
    labels = {s: name("source", s, language) for s in COLOURS if s in there}
    handles = [Rectangle((0, 0), 1, 1, color=COLOURS[s]) for s in labels]
    names = list(labels.values())
    if kind == "energy" and (data.loc[data["indicator"] == "primary_energy_abated", "value"] > 0).any():
        handles.append(Rectangle((0, 0), 1, 1, facecolor="#888888", edgecolor="white", hatch="////"))
        names.append(phrases("energy", language)["abated"])
    legend(figure, handles[::-1], names[::-1])

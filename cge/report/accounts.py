"""Figures of a SAM: money flows of a province, its inputs, trade between provinces, and trade against distance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cge.report import sankey, style
from cge.report.canvas import canvas
from cge.report.figures import FORMATS, drawing, in_languages
from cge.report.names import KINDS
from cge.report.style import phrases, region_name
from cgebase.whole import whole
from sam.registry import provinces

SCALE = "YlGnBu"
NOTHING = "#e9e9e9"
SHOWN = 1e-2
"""Smallest value that the scale of the inputs tells apart, 1e8 yuan."""
COLOURS = {
    "agriculture": "#7d9b3f", "energy": "#3d3d3d", "materials": "#9a6b3f", "manufacturing": "#3f78a8",
    "construction": "#c49a2c", "transport": "#6b5b95", "services": "#2a9d8f", "other": "#888888",
    "labour": "#c2571a", "from_pool": "#8a4f9e", "capital": "#8a4f9e", "taxes": "#a33b5c", "grant": "#a33b5c",
    "transfers": "#a33b5c", "rural_income": "#c2571a", "urban_income": "#d98a4a", "pool": "#8a4f9e",
    "budget": "#a33b5c", "consumption": "#c2571a", "saving": "#8f8f8f", "public": "#a33b5c", "to_centre": "#a33b5c",
    "transferred": "#a33b5c", "subsidies_paid": "#a33b5c", "industries": "#8f8f8f", "inputs": "#8f8f8f",
    "rural": "#c2571a", "urban": "#d98a4a", "government": "#a33b5c", "investment": "#b08b1e", "sold": "#1f6f8b",
    "bought": "#1f6f8b", "exports": "#4a4f9e", "imports": "#4a4f9e", "subsidies": "#a33b5c",
}  # fmt: skip


@dataclass(frozen=True)
class Accounts:
    """What the figures draw; every table with names in both languages, values in 1e8 yuan.

    Parameters
    ----------
    focus : str
        Code of the province.
    year : int
    aggregation : str
    gdp : float
        Of the province.
    money, inputs, trade, pairs, elasticities : DataFrame
        Money flows of the province, its purchases of inputs, trade of all provinces, trade against distance,
        elasticities by commodity.
    elasticity : float
        Of all goods to distance.
    """

    focus: str
    year: int
    aggregation: str
    gdp: float
    money: pd.DataFrame
    inputs: pd.DataFrame
    trade: pd.DataFrame
    pairs: pd.DataFrame
    elasticities: pd.DataFrame
    elasticity: float


def files(languages: Sequence[str]) -> list[str]:
    """Names of every file that `draw_accounts` may write."""
    drawn = [f"{name}_{x}.{e}" for name in FIGURES for x in languages for e in FORMATS]
    return [*drawn, *(f"{name}.csv" for name in TABLES)]


def draw_accounts(data: Accounts, out: Path, *, languages: Sequence[str] = ("zh", "en")) -> list[Path]:
    """Draw every figure in every language, with the CSV each draws.

    Returns
    -------
    list of Path
        Files written.
    """
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for name, columns in TABLES.items():
        made.append(_csv(getattr(data, columns), out / f"{name}.csv"))
    for name, draw in FIGURES.items():
        made += in_languages(partial(draw, data), out / name, languages)
    return made


def draw_money(data: Accounts, path: Path, language: str) -> list[Path]:
    """Draw the money flows alone, in the format that the file's ending names, with their CSV beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with drawing():
        figure = _money(data, language)
        with whole(path) as part:
            figure.savefig(part, format=path.suffix.lower().removeprefix("."), dpi=150)
    return [path, _csv(data.money, path.with_suffix(".csv"))]


def _csv(table: pd.DataFrame, path: Path) -> Path:
    with whole(path) as part:
        table.to_csv(part, index=False, encoding="utf-8-sig")
    return path


def _frame(data: Accounts, language: str, size: tuple[float, float], title: str, note: str, **facts: object) -> Figure:
    """A figure with its title, the takeaway, and its note."""
    words = phrases("accounts", language)
    facts |= {"name": region_name(data.focus, language), "year": data.year}
    facts["source"] = words["source"].format(aggregation=data.aggregation)  # type: ignore[attr-defined]
    text = words[note].format(**facts)
    return canvas(size, words[title].format(**facts), text, study="")


def _money(data: Accounts, language: str) -> Figure:
    links = data.money
    enters = links.groupby("target")["value"].sum()
    leaves = links.groupby("source")["value"].sum()
    sold, bought = float(leaves.get("sold", 0.0)), float(enters.get("bought", 0.0))
    side = phrases("accounts", language)["surplus" if sold >= bought else "deficit"]
    net = abs(sold - bought) / data.gdp
    figure = _frame(data, language, (15, 9), "money", "money_note", sold=sold, bought=bought, net=net, side=side)
    axes = figure.subplots()
    names = {
        **dict(zip(links["source"], links[f"source_{language}"], strict=True)),
        **dict(zip(links["target"], links[f"target_{language}"], strict=True)),
    }
    size = pd.DataFrame({"in": enters, "out": leaves}).max(axis=1)
    labels = {n: f"{text}  {size[n]:,.0f}" for n, text in names.items()}
    nodes = sankey.draw(axes, links, COLOURS, labels)
    last = int(nodes["column"].max())
    for k, text in enumerate(phrases("accounts", language)["columns"].split("|")):
        left = k < last
        axes.text(k / last + (0 if left else sankey.BAR), -0.012 * axes.get_ylim()[0], text, fontsize=9.5,
                  ha="left" if left else "right", va="bottom", color=style.QUIET, fontweight="bold")  # fmt: skip
    return figure


def _inputs(data: Accounts, language: str) -> Figure:
    t = data.inputs
    top = t.loc[t["value"].idxmax()]
    share = t["value"].nlargest(10).sum() / t["value"].sum()
    columns, rows = (list(t.sort_values(f"{s}_rank")[s].unique()) for s in ("activity", "commodity"))
    size = (3.6 + 0.3 * len(columns), 3.1 + 0.26 * len(rows))
    figure = _frame(
        data, language, size, "inputs", "inputs_note", commodity=top[f"commodity_{language}"],
        activity=top[f"activity_{language}"], value=top["value"], share=share, total=t["value"].sum(), least=SHOWN,
    )  # fmt: skip
    axes = figure.subplots()
    table = t.pivot_table(index="commodity", columns="activity", values="value", aggfunc="sum")
    table = table.reindex(index=rows, columns=columns)
    names = {side: dict(zip(t[side], t[f"{side}_{language}"], strict=True)) for side in ("activity", "commodity")}
    _heat(figure, axes, table, phrases("accounts", language)["yuan"], low=SHOWN)
    axes.set_yticks(range(len(rows)), [names["commodity"][c] for c in rows], fontsize=7.5)
    axes.set_xticks(range(len(columns)), [names["activity"][c] for c in columns], fontsize=7.5, rotation=60,
                    ha="left", rotation_mode="anchor")  # fmt: skip
    axes.xaxis.tick_top()
    axes.set_xlabel(phrases("accounts", language)["activity"], fontsize=9)
    axes.set_ylabel(phrases("accounts", language)["commodity"], fontsize=9)
    return figure


def _heat(figure: Figure, axes: Axes, table: pd.DataFrame, label: str, low: float) -> None:
    """Logarithmic tints; grey where there is nothing."""
    values = table.to_numpy(float)
    shown = np.where(values > 0, np.maximum(values, low), np.nan)
    norm = LogNorm(low, np.nanmax(shown))
    image = axes.imshow(shown, cmap=SCALE, norm=norm, aspect="auto", interpolation="nearest")
    axes.set_facecolor(NOTHING)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.015, aspect=50)
    decades = 10.0 ** np.arange(np.ceil(np.log10(low)), np.log10(np.nanmax(shown)) + 1e-9)
    bar.ax.yaxis.set_major_locator(FixedLocator(list(decades)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if v >= 1 else f"{v:g}"))
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.set_label(label, fontsize=9)


def _trade(data: Accounts, language: str) -> Figure:
    t, words = data.trade, phrases("accounts", language)
    top = t.loc[t["value"].idxmax()]
    within = t.loc[t["origin_region8"] == t["destination_region8"], "value"].sum() / t["value"].sum()
    figure = _frame(
        data, language, (12, 10.5), "trade", "trade_note", within=within, value=top["value"],
        origin=top[f"origin_{language}"], destination=top[f"destination_{language}"],
    )  # fmt: skip
    axes = figure.subplots()
    regions8 = KINDS["region8"]
    known = [p for k in regions8 for p in provinces() if p.region8 == k]
    order = [p.code for p in known]
    table = t.pivot(index="origin", columns="destination", values="value").reindex(index=order, columns=order)
    positive = t["value"][t["value"] > 0]
    _heat(figure, axes, table, words["yuan"], low=float(10 ** np.floor(np.log10(positive.quantile(0.01)))))
    names = [region_name(c, language) for c in order]
    axes.set_yticks(range(len(order)), names, fontsize=8.5)
    axes.set_xticks(range(len(order)), names, fontsize=8.5, rotation=90)
    axes.xaxis.tick_top()
    sizes = [sum(p.region8 == k for p in known) for k in regions8]
    edge = -0.5
    for region8, size in zip(regions8.values(), sizes, strict=True):
        axes.add_patch(Rectangle((edge, edge), size, size, fill=False, edgecolor="#333333", lw=1.1))
        for line in (axes.axhline, axes.axvline):
            line(edge + size, color="#bbbbbb", lw=0.6)
        axes.text(-5.6, edge + size / 2, region8.text(language).replace("-", "-\n"), fontsize=8, ha="center",
                  va="center", color=style.QUIET, linespacing=0.95)  # fmt: skip
        edge += size
    at = order.index(data.focus)
    for corner, wide, high in (((-0.5, at - 0.5), len(order), 1), ((at - 0.5, -0.5), 1, len(order))):
        axes.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor="#c2571a", lw=1.8))
    for tick in (axes.get_yticklabels()[at], axes.get_xticklabels()[at]):
        tick.set_fontweight("bold")
    axes.set_xlabel(words["buyer"], fontsize=9.5)
    axes.text(-7.4, (len(order) - 1) / 2, words["seller"], rotation=90, fontsize=9.5, ha="center", va="center")
    return figure


def _distance(data: Accounts, language: str) -> Figure:
    words, t, e = phrases("accounts", language), data.pairs, data.elasticities.dropna(subset=["fitted"])
    compared = e.dropna(subset=["used"])
    close = int((compared["fitted"] - compared["used"]).abs().lt(0.1).sum())
    steeper = int(compared["regions8"].lt(compared["used"]).sum())
    title = "distance" if len(compared) else "distance_free"
    figure = _frame(
        data, language, (14, 8), title, "distance_note", close=close, steeper=steeper, count=len(compared),
        elasticity=data.elasticity,
    )  # fmt: skip
    left, right = figure.subplots(1, 2, width_ratios=(5, 4))
    name = region_name(data.focus, language)
    mine = t["origin"].eq(data.focus) | t["destination"].eq(data.focus)
    positive = t["value"] > 0
    for rows, label, colour, size, rank in (
        (t[~mine & positive], words["others"], "#9fb4c0", 9, 2),
        (t[mine & positive], words["focus"].format(name=name), "#c2571a", 18, 3),
    ):  # fmt: skip
        left.scatter(rows["km"], rows["relative"], s=size, color=colour, label=label, lw=0, zorder=rank)
    km = np.geomspace(t["km"].min(), t["km"].max(), 50)
    mean = np.exp(np.log(t["km"]).mean())
    label = words["line"].format(elasticity=data.elasticity)
    left.plot(km, (km / mean) ** data.elasticity, color="black", lw=1.4, label=label, zorder=4)
    left.set_xscale("log")
    left.set_yscale("log")
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if v >= 1 else f"{v:g}"))
    left.xaxis.set_major_locator(FixedLocator([100, 200, 500, 1000, 2000, 4000]))
    left.xaxis.set_minor_locator(NullLocator())
    left.set_xlabel(words["km"])
    left.set_ylabel(words["flow"])
    left.legend(fontsize=8.5, frameon=False, loc="lower left")
    e = e.sort_values("fitted", ascending=False)
    y = np.arange(len(e))
    for column, marker, colour, size, rank in (
        ("regions8", "D", "#b9b9b9", 22, 2), ("fitted", "o", "#1f6f8b", 34, 3), ("used", "|", "black", 110, 4),
    ):  # fmt: skip
        if e[column].notna().any():
            right.scatter(e[column], y, marker=marker, color=colour, s=size, label=words[column], zorder=rank)
    right.set_yticks(y, e[f"name_{language}"], fontsize=8)
    right.set_ylim(len(e) - 0.4, -0.6)
    right.set_xlabel(words["elasticity"])
    right.legend(fontsize=8.5, frameon=True, framealpha=0.9, edgecolor="white", loc="lower right")
    for axes in (left, right):
        axes.grid(color=style.GRID)
        axes.set_axisbelow(True)
    right.tick_params(axis="y", length=0)
    return figure


FIGURES: Mapping[str, Callable[[Accounts, str], Figure]] = {
    "money_flows": _money, "inputs": _inputs, "trade": _trade, "distance": _distance,
}  # fmt: skip
TABLES = {
    "money_flows": "money", "inputs": "inputs", "trade": "trade", "distance": "pairs",
    "distance_elasticities": "elasticities",
}  # fmt: skip
"""Table that each CSV holds."""

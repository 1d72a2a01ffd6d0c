"""The two figures of a brief: maps of the loss and sectors of the focus region, readable on a page of A4."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cge.report import style
from cge.report.canvas import LABEL, along_rows, lay_out
from cge.report.caveats import marks
from cge.report.figures import beside_bar, draw_places, drawing
from cge.report.style import colour, phrases, region_name, scenario_name, sector_name, signed
from cgebase.columns import fitted
from sam.registry import NATION

GDP, PARTS = "gdp_change_pct", "gdp_contribution_pp"
MAPS, BARS = (7.1, 3.75), (7.1, 3.35)
"""Inches of the figures; they are printed as large as they are drawn."""
OVER_A_MAP, LINE = 40, 0.16
"""Columns of a line of a label over a map, and inches of each further line."""
SECTORS = 10
"""Sectors shown; the rest is one bar."""
DPI = 200


def maps(data: pd.DataFrame, language: str, focus: str, year: int) -> bytes:
    """Change of real GDP by region under the pair of policies on one scale, as PNG."""
    with drawing():
        words, shown = phrases("figures", language), style.pair(data)
        wide = _wide(data, GDP, year, "region")
        bound = max(float(wide.drop(index=NATION, errors="ignore").abs().max(axis=None)), 1e-9)
        heads = {s: fitted(scenario_name(s, language, data), OVER_A_MAP) for s in shown}
        figure = _figure((MAPS[0], MAPS[1] + LINE * (max(map(len, heads.values())) - 1)))
        panels = np.atleast_1d(figure.subplots(1, len(shown)))
        marked, places = marks(data, year, GDP), wide.index.drop(NATION, errors="ignore")
        for axes, s in zip(panels, shown, strict=True):
            here = {r for found, r in marked if found == s}
            draw_places(axes, wide.loc[places, s], bound, language, focus, here)
            axes.set_title("\n".join(heads[s]), fontsize=9.5, color=colour(s, data), fontweight="bold")
        shades = ScalarMappable(Normalize(-bound, bound), style.DIVERGING)
        bar = figure.colorbar(shades, ax=list(panels), orientation="horizontal", shrink=0.5, aspect=30, pad=0.01)
        bar.outline.set_visible(False)  # type: ignore[operator]
        bar.locator = MaxNLocator(8, symmetric=True)
        bar.formatter = FuncFormatter(lambda v, _: signed(v, 0 if bound >= 4 else 1 if bound >= 0.4 else 2))
        bar.update_ticks()
        bar.ax.tick_params(labelsize=7)
        bar.set_label(f"{words['loss']}    %    {words['gain']}", fontsize=7.5)
        return _png(figure)


def sectors(data: pd.DataFrame, language: str, focus: str, year: int, aggregation: str) -> bytes | None:
    """Contributions of sectors to the change of the GDP of a region, as PNG; None where the results have none."""
    with drawing():
        words, shown = phrases("figures", language), style.pair(data)
        wide = _wide(data[data["region"] == focus], PARTS, year, "sector").fillna(0.0)
        if wide.empty:
            return None
        largest = wide.abs().max(axis=1).sort_values(ascending=False).index[:SECTORS]
        rest = wide.drop(index=largest).sum()
        rows = wide.loc[wide.loc[largest, shown[0]].sort_values().index]
        names = [sector_name(str(c), language, aggregation) for c in rows.index]
        rows = pd.concat([rows, pd.DataFrame([rest, wide.sum()])], ignore_index=True)
        figure = _figure(BARS)
        axes, slot = figure.subplots(), 0.8 / len(shown)
        for k, s in enumerate(shown):
            at = np.arange(len(rows)) - 0.4 + slot * (k + 0.5)
            label = "\n".join(fitted(scenario_name(s, language, data), LABEL))
            axes.barh(at, rows[s], slot * 0.95, color=colour(s, data), label=label)
            for place, value in zip(at, rows[s], strict=True):
                beside_bar(axes, value, place, signed(value))
        axes.set_yticks(range(len(rows)), [*names, phrases("brief", language)["rest"], words["sum"]], fontsize=7.5)
        axes.get_yticklabels()[-1].set_fontweight("bold")
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.margins(x=0.1)
        axes.tick_params(axis="x", labelsize=7)
        axes.set_xlabel(words["pp"].format(name=region_name(focus, language)), fontsize=8)
        along_rows(axes)
        axes.legend(fontsize=7.5, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.1)
        return _png(figure)


def _wide(data: pd.DataFrame, indicator: str, year: int, by: str) -> pd.DataFrame:
    rows = data[(data["indicator"] == indicator) & (data["year"] == year)]
    shown = style.pair(data) if len(rows) else []
    return rows.pivot(index=by, columns="scenario", values="value").reindex(columns=shown)


def _figure(inches: tuple[float, float]) -> Figure:
    return Figure(figsize=inches, layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.04), dpi=DPI)


def _png(figure: Figure) -> bytes:
    lay_out(figure)
    out = BytesIO()
    FigureCanvasAgg(figure).print_png(out)
    return out.getvalue()

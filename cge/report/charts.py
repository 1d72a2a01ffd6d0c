"""Sheets of a comparison that carry a native chart: provinces, sectors, emissions and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Format
from xlsxwriter.worksheet import Worksheet

from cge.report import style
from cge.report.book import Book
from cge.report.names import name
from cge.report.style import ReportError
from cgebase.messages import message
from sam.registry import NATION

REGIONAL = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price")
SECTORAL = ("gdp_contribution_pp", "value_added_change_pct", "output_change_pct")


def _two(b: Book, zh: str, en: str) -> str:
    return b.joined({"zh": zh, "en": en}.__getitem__)


def _part(policies: Sequence[str]) -> tuple[str, str]:
    """Words in a title that the chart shows two policies of more, in Chinese and English."""
    count = len(policies)
    return (f"（{count}项政策中的两项）", f" (two of {count} policies)") if count > 2 else ("", "")


def _wide(
    b: Book, rows: pd.DataFrame, index: str, indicators: Sequence[str], policies: Sequence[str], where: str
) -> tuple[pd.DataFrame, dict[str, str], dict[str, Format]]:
    """One row per region or sector, one column per indicator and policy, whose head says ``where`` and when."""
    heads: dict[str, str] = {}
    forms: dict[str, Format] = {}
    columns = {}
    for indicator in indicators:
        part = rows[rows["indicator"] == indicator].pivot(index=index, columns="scenario", values="value")
        for s in policies:
            if s in part.columns:
                key = f"{indicator}|{s}"
                columns[key], heads[key] = part[s], b.measure(indicator, f"{b.scenario(s)}, {where}")
                forms[key] = b.form(indicator)
    return pd.DataFrame(columns), heads, forms


def _bars(
    b: Book, sheet: Worksheet, frame: pd.DataFrame, *, columns: Mapping[str, int], rows: int, title: str, alt: str,
    unit: str, room: int,
) -> None:  # fmt: skip
    chart = b.book.add_chart({"type": "bar"})
    for s, k in columns.items():
        chart.add_series(
            {
                "name": b.series(s), "categories": [sheet.name, 1, 1, rows, 1], "values": [sheet.name, 1, k, rows, k],
                "fill": {"color": style.colour(s, b.data)}, "gap": 40,
            }
        )  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 7}, "interval_unit": 1})
    chart.set_x_axis({"name": unit, "num_format": "+0;-0;0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "top"})
    chart.set_size({"width": 640, "height": min(22 * rows + 140, room)})
    sheet.insert_chart(1, len(frame.columns), chart, {"description": alt})


def write_regions(b: Book, last: pd.DataFrame, policies: Sequence[str], year: int) -> None:
    """One row per province, largest loss first; bars of the pair of policies."""
    rows = last[last["sector"] == "all"]
    wide, heads, forms = _wide(b, rows, "region", REGIONAL, policies, str(year))
    first = f"gdp_change_pct|{policies[0]}"
    if first not in wide:
        raise ReportError(message("CGE605", indicator="gdp_change_pct", scenario=policies[0], year=year))
    codes = [*(["CN"] if "CN" in wide.index else []), *wide[first].drop("CN", errors="ignore").sort_values().index]
    frame = wide.loc[codes].rename_axis("region").reset_index()
    for k, (column, names) in enumerate(b.places(codes).items()):
        frame.insert(1 + k, column, names)
    sheet = b.sheet("Regions", of=str(year))
    room = b.table(sheet, frame, heads, forms, beside=True)
    at = {s: list(frame.columns).index(f"gdp_change_pct|{s}") for s in style.pair(b.data)}
    zh, en = _part(policies)
    _bars(b, sheet, frame, columns=at, rows=len(frame), room=room,
          title=_two(b, f"{year}年GDP相对基准的变化{zh}", f"GDP change from the baseline, {year}{en}"), unit="%",
          alt="Bars: GDP change by province under two policies, nation on top, sorted by loss")  # fmt: skip


def write_sectors(b: Book, last: pd.DataFrame, policies: Sequence[str], focus: str, aggregation: str) -> None:
    """Sectors of the focus province; contributions add up to the change of GDP in the last row."""
    rows = last[(last["region"] == focus) & last["indicator"].isin(SECTORAL)]
    place, year = b.region(focus), int(last["year"].max())
    wide, heads, forms = _wide(b, rows, "sector", SECTORAL, policies, f"{place}, {year}")
    shares = [c for c in wide.columns if c.startswith("gdp_contribution_pp|")]
    sheet = b.sheet("Sectors", of=f"{place}, {year}")
    if not shares:
        sheet.write_string(0, 0, _two(b, f"结果中没有{focus}的行业贡献", f"no contributions of {focus} in the results"))
        return
    wide = wide[(wide.notna() & (wide != 0)).any(axis=1)].sort_values(shares[0])
    frame = wide.rename_axis("sector").reset_index()
    for k, x in enumerate(b.languages):
        frame.insert(1 + k, f"name_{x}", [style.sector_name(c, x, aggregation) for c in frame["sector"]])
    count = len(frame)
    total: dict[str, Any] = {"sector": "total"}
    total |= {f"name_{x}": {"zh": "合计 = GDP变化", "en": "Sum = GDP change"}[x] for x in b.languages}
    total |= {c: float(wide[c].sum()) for c in shares}
    frame = pd.concat([frame, pd.DataFrame([total])], ignore_index=True)[list(frame.columns)]
    room = b.table(sheet, frame, heads, forms, unfiltered=1, beside=True)
    pair = [f"gdp_contribution_pp|{s}" for s in style.pair(b.data)]
    at = {c.split("|")[1]: list(frame.columns).index(c) for c in pair if c in shares}
    zh, en = _part(policies)
    _bars(b, sheet, frame, columns=at, rows=count, room=room,
          title=_two(b, f"{place}：对{year}年GDP变化的贡献{zh}",
                     f"{place}: contribution to the GDP change of {year}{en}"),
          unit=_two(b, "百分点", "percentage points"),
          alt="Bars: contribution of each sector to the regional GDP change under two policies")  # fmt: skip


def write_indicators(
    b: Book, sheet: Worksheet, rows: pd.DataFrame, order: Sequence[str], first: Sequence[str], *,
    short: bool = False, beside: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Rows by region, scenario and year, a column per indicator; the ``first`` regions on top, scenarios in order.

    Parameters
    ----------
    short : bool
        Print the rows of the ``first`` regions alone.
    beside : bool
        Charts stand beside the table.
    """
    wide = rows.pivot(index=["scenario", "region", "year"], columns="indicator", values="value")
    wide.columns.name = None
    regions = dict.fromkeys((*first, *sorted(rows["region"])))
    ranks = {k: {x: n for n, x in enumerate(every)} for k, every in (("region", regions), ("scenario", order))}
    frame = wide.reset_index().sort_values(
        ["region", "scenario", "year"], key=lambda x: x.map(ranks[x.name]) if x.name in ranks else x, ignore_index=True
    )
    for k, (column, names) in enumerate(b.places(frame["region"].tolist()).items()):
        frame.insert(2 + k, column, names)
    measures = list(wide.columns)
    printed = int(frame["region"].isin(first).sum()) if short else None
    b.table(sheet, frame, {m: b.measure(m) for m in measures}, {m: b.form(m) for m in measures}, beside=beside,
            printed=printed)  # fmt: skip
    return frame


def write_paths(b: Book, data: pd.DataFrame, scenarios: Sequence[str], focus: str) -> None:
    """Emissions and prices by year, with a chart of each for the focus province."""
    rows = data[data["indicator"].isin(["emissions", "permit_price"]) & (data["sector"] == "all")]
    rows = rows[(rows["indicator"] == "emissions") | rows["scenario"].isin(style.policies_of(data))]
    first = [NATION, focus]
    sheet = b.sheet("Emissions and prices", of=b.first(first))
    frame = write_indicators(b, sheet, rows, scenarios, first, short=True, beside=True)
    year = list(frame.columns).index("year")
    for n, indicator in enumerate(m for m in ("emissions", "permit_price") if m in frame):
        chart = b.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
        column = list(frame.columns).index(indicator)
        for s in scenarios:
            at = frame.index[(frame["scenario"] == s) & (frame["region"] == focus) & frame[indicator].notna()]
            if len(at):
                top, low = int(at[0]) + 1, int(at[-1]) + 1
                chart.add_series(
                    {
                        "name": b.series(s), "categories": [sheet.name, top, year, low, year],
                        "values": [sheet.name, top, column, low, column],
                        "line": {"color": style.colour(s, b.data), "width": 1.75},
                        "marker": {"type": "circle", "size": 4, "fill": {"color": style.colour(s, b.data)},
                                   "border": {"color": style.colour(s, b.data)}},
                    }
                )  # fmt: skip
        chart.set_title({"name": f"{b.region(focus)}: {b.measure(indicator)}", "name_font": {"size": 12}})
        chart.set_x_axis({"min": int(frame["year"].min()), "max": int(frame["year"].max()), "num_format": "0"})
        chart.set_y_axis({"num_format": "#,##0", "min": 0})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 560, "height": 320})
        shown = name("indicator", indicator, "en").lower()
        alt = f"Lines: {shown} of {style.region_name(focus, 'en')} by scenario and year"
        sheet.insert_chart(1 + 18 * n, len(frame.columns), chart, {"description": alt})

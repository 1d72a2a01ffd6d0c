"""The Excel book of a comparison, with native charts; values, never formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.workbook import Format, Workbook
from xlsxwriter.worksheet import Worksheet

from sam.registry import province, sectors

SIGNED = "+0.00;[Red]-0.00;0.00"
PLAIN = "#,##0.00"
WIDEST = 60
HEADLINE = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price", "emissions")
REGIONAL = ("gdp_change_pct", "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct",
            "consumption_change_pct", "terms_of_trade_change_pct", "permit_price")  # fmt: skip
SECTORAL = ("value_added_change_pct", "output_change_pct", "gdp_contribution_pp")
CHINESE = {
    "scenario": "情景", "region": "地区", "sector": "行业", "year": "年份", "indicator": "指标", "value": "数值",
    "unit": "单位", "name": "名称", "gdp_change_pct": "GDP变化", "gdp_cumulative_loss_pct": "累计GDP损失",
    "gdp_change_base_prices_pct": "GDP变化（基年价格）", "welfare_ev_pct": "福利（等价变化）",
    "consumption_change_pct": "消费变化", "terms_of_trade_change_pct": "贸易条件变化", "permit_price": "配额价格",
    "emissions": "排放", "value_added_change_pct": "增加值变化", "output_change_pct": "产出变化",
    "gdp_contribution_pp": "对GDP的贡献", "check": "检验", "cap": "上限", "cap_share_2021": "上限占2021年排放比例",
}  # fmt: skip


def _width(text: object) -> int:
    return min(WIDEST, sum(2 if ord(ch) > 0x2E7F else 1 for ch in str(text)) + 2)


class _Book:
    """Small helper around one xlsxwriter book: headers, tables, widths, print setup."""

    def __init__(self, book: Workbook, languages: Sequence[str]) -> None:
        self.book, self.languages = book, tuple(languages)
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.signed = book.add_format({"num_format": SIGNED})
        self.plain = book.add_format({"num_format": PLAIN})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})

    def header(self, name: str, unit: str = "") -> str:
        zh = CHINESE.get(name, "")
        words = {"en": name, "zh": zh or name}
        text = " / ".join(dict.fromkeys(words[x] for x in self.languages))
        return f"{text} [{unit}]" if unit else text

    def sheet(self, name: str) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def table(self, sheet: Worksheet, frame: pd.DataFrame, units: Mapping[str, str], *, top: int = 0) -> None:
        for k, column in enumerate(frame.columns):
            heading = self.header(str(column), units.get(str(column), ""))
            sheet.write_string(top, k, heading, self.head)
            form: Format | None = None
            if pd.api.types.is_float_dtype(frame[column]):
                form = self.signed if "%" in units.get(str(column), "") or "pct" in str(column) else self.plain
            for i, value in enumerate(frame[column], start=top + 1):
                if pd.isna(value):
                    sheet.write_blank(i, k, None)
                elif form is not None:
                    sheet.write_number(i, k, float(value), form)
                elif isinstance(value, str):
                    sheet.write_string(i, k, value)
                else:
                    sheet.write_number(i, k, float(value))
            longest = max(
                [_width(heading) // 2, *(_width(f"{v:.2f}" if isinstance(v, float) else v) for v in frame[column])]
            )
            sheet.set_column(k, k, longest + 1)
        sheet.set_row(top, 48)
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, top + len(frame), len(frame.columns) - 1)


def write_workbook(
    data: pd.DataFrame, path: Path, *, languages: Sequence[str] = ("zh", "en"), focus: str = "XJ",
    manifest: Mapping[str, Any], force: bool = False,
) -> Path:  # fmt: skip
    """Write the book; nothing is left half-written.

    Raises
    ------
    FileExistsError
        The file is there and ``force`` is off.
    """
    if path.exists() and not force:
        text = f"{path} exists; pass --force to replace it"
        raise FileExistsError(text)
    part = path.with_name(path.name + ".part")
    with xlsxwriter.Workbook(str(part)) as book:
        _fill(_Book(book, languages), data, focus, manifest)
    part.replace(path)
    return path


def _names(codes: pd.Series) -> list[str]:
    return ["全国 Nation" if c == "CN" else f"{province(c).name_zh} {province(c).name_en}" for c in codes]


def _fill(b: _Book, data: pd.DataFrame, focus: str, manifest: Mapping[str, Any]) -> None:
    year = int(data["year"].max())
    units = data.drop_duplicates("indicator").set_index("indicator")["unit"].to_dict()
    last = data[data["year"] == year]
    policies = [s for s in data["scenario"].unique() if s != "baseline"]

    readme = b.sheet("README")
    readme.set_column(0, 0, 110)
    lines = [
        "Carbon caps by province / 各省碳排放总量控制",
        f"Question: what does a cap of 10 % of 2021 emissions cost each province in {year}? 问题：到{year}年排放降至2021年的10%，各省代价几何？",
        "Changes compare with the baseline of the same year; negative is a loss. 变化均相对同年基准，负值为损失。",
        f"Parameter set '{manifest['parameter_set']}': nothing is fitted to published losses. 参数组未对已发表损失做拟合。",
        f"Sectors {manifest['aggregation']}; prices of 2021; numeraire: {manifest['numeraire']}.",
        "Emissions of 2021, bilateral trade and several technology costs are estimates or assumptions; see the data documentation.",
        "31 province-level regions; Hong Kong, Macao and Taiwan are not in the SAM. 含31个省级地区，不含港澳台。",
    ]
    readme.write_string(0, 0, lines[0], b.title)
    for k, text in enumerate(lines[1:], start=2):
        readme.write_string(k, 0, text, b.wrap)
    sheets = ("Scenarios", "Summary", "Regions", "Sectors", "Emissions and prices", "Allocation", "Data", "Units",
              "Checks", "Provenance")  # fmt: skip
    for k, name in enumerate(sheets, start=len(lines) + 2):
        readme.write_url(k, 0, f"internal:'{name}'!A1", string=name)

    b.table(b.sheet("Scenarios"), pd.DataFrame({"scenario": data["scenario"].unique()}), {})

    pick = last[last["indicator"].isin(HEADLINE) & last["region"].isin(["CN", focus]) & (last["sector"] == "all")]
    summary = pick.pivot(index=["scenario", "region"], columns="indicator", values="value").reset_index()
    summary.insert(2, "name", _names(summary["region"]))
    b.table(b.sheet("Summary"), summary, units)

    regions = b.sheet("Regions")
    wide = last[(last["indicator"] == "gdp_change_pct")].pivot(index="region", columns="scenario", values="value")
    wide = wide[policies].sort_values(policies[0]).reset_index()
    wide.insert(1, "name", _names(wide["region"]))
    b.table(regions, wide, {s: f"GDP, % {year}" for s in policies})
    chart = b.book.add_chart({"type": "bar"})
    for k, s in enumerate(policies):
        chart.add_series(
            {
                "name": s, "categories": ["Regions", 1, 1, len(wide), 1],
                "values": ["Regions", 1, 2 + k, len(wide), 2 + k],
            }
        )  # fmt: skip
    chart.set_title({"name": f"GDP change {year}, % / GDP变化"})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_size({"width": 620, "height": 900})
    regions.insert_chart(0, 4 + len(policies), chart, {"description": "Bars: GDP change by province and scenario"})

    title = {x.code: f"{x.name_zh} {x.name_en}" for a in ("cn12", "cn30") for x in sectors(a)}
    here = last[last["indicator"].isin(SECTORAL) & (last["region"] == focus)]
    table = here.pivot(index=["scenario", "sector"], columns="indicator", values="value").reset_index()
    table.insert(2, "name", [title.get(c, c) for c in table["sector"]])
    sheet = b.sheet("Sectors")
    table = table.sort_values(["scenario", "gdp_contribution_pp"]).reset_index(drop=True)
    b.table(sheet, table, units)
    column = list(table.columns).index("gdp_contribution_pp")
    chart = b.book.add_chart({"type": "bar"})
    for s in policies[:2]:
        rows = table.index[table["scenario"] == s]
        if len(rows):
            chart.add_series(
                {
                    "name": s, "categories": ["Sectors", int(rows[0]) + 1, 2, int(rows[-1]) + 1, 2],
                    "values": ["Sectors", int(rows[0]) + 1, column, int(rows[-1]) + 1, column],
                }
            )  # fmt: skip
            break
    chart.set_title({"name": f"{focus}: contribution to GDP change {year}, percentage points"})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 640, "height": 800})
    sheet.insert_chart(0, len(table.columns) + 1, chart, {"description": "Bars: contribution of each sector"})

    paths = data[data["indicator"].isin(["emissions", "permit_price"]) & (data["sector"] == "all")]
    paths = paths.pivot(index=["scenario", "region", "year"], columns="indicator", values="value").reset_index()
    b.table(b.sheet("Emissions and prices"), paths, units)
    caps = last[last["indicator"].isin(["cap", "cap_share_2021"])]
    caps = caps.pivot(index=["scenario", "region"], columns="indicator", values="value").reset_index()
    b.table(b.sheet("Allocation"), caps, units)
    b.table(b.sheet("Data"), data[["scenario", "region", "sector", "year", "indicator", "value", "unit"]], {})
    b.table(b.sheet("Units"), pd.DataFrame(sorted(units.items()), columns=["indicator", "unit"]), {})
    found = [(s, k, f"{v:.3e}") for s, row in manifest["checks"].items() for k, v in row.items()]
    b.table(b.sheet("Checks"), pd.DataFrame(found, columns=["scenario", "check", "value"]), {})
    facts = [(k, str(v)) for k, v in manifest.items() if k not in ("checks", "closure")]
    b.table(b.sheet("Provenance"), pd.DataFrame(facts, columns=["item", "value"]), {})

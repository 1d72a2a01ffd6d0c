"""A book of tables for spreadsheets: sheets, headers with units, widths and print setup; values, never formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.workbook import Format, Workbook
from xlsxwriter.worksheet import Worksheet

from cge.report import style
from cgebase.whole import whole

SIGNED = "+0.00;[Red]-0.00;0.00"
PLAIN, FRACTION, TINY = "#,##0.00", "0.000", "0.0E+00"
WIDEST = 60
TIDY = ["scenario", "region", "sector", "year", "indicator", "value", "unit"]
ZH = {
    "scenario": "情景", "region": "地区", "sector": "行业", "year": "年份", "indicator": "指标", "value": "数值",
    "unit": "单位", "name_zh": "中文名", "name_en": "英文名", "check": "检验", "item": "项目", "sheet": "工作表",
    "gdp_change_pct": "GDP变化", "gdp_cumulative_loss_pct": "累计GDP损失",
    "gdp_change_base_prices_pct": "GDP变化（基年价格）", "welfare_ev_pct": "福利（等价变化）",
    "consumption_change_pct": "消费变化", "permit_price": "配额价格", "emissions": "排放", "cap": "排放上限",
    "cap_share_2021": "上限占2021年排放比例", "permit_trade": "配额交易额", "value_added_change_pct": "增加值变化",
    "output_change_pct": "产出变化", "gdp_contribution_pp": "对GDP变化的贡献", "gdp": "GDP", "generation": "发电量",
    "abatement_cost": "减排成本", "abated": "减排量", "terms_of_trade_change_pct": "贸易条件变化",
    "carbon_revenue": "碳收入", "electricity_use": "用电量", "electricity_exports": "外送电量",
    "electricity_imports": "受入电量", "congestion_rent": "线路阻塞租金",
    "stored": "封存量", "storage_rent": "封存空间租金", "budget": "预算项目", "foreign_saving": "国外储蓄",
    "labour_change_pct": "就业变化", "household_consumption": "居民消费",
    "welfare_ev_cumulative_discounted_pct": "累计福利（贴现）", "welfare_ev_household_pct": "居民福利（等价变化）",
    "welfare_income_household_pct": "居民福利：收入", "welfare_prices_household_pct": "居民福利：价格",
    "gini_change_points": "基尼系数变化", "measure": "量", "focus": "重点地区", "nation": "全国",
    "primary_energy": "一次能源", "primary_energy_abated": "碳已减排的化石能源", "nonfossil_share": "非化石能源占比",
    "nonfossil_power_share": "非化石发电占比", "electricity_share_final": "电力占终端能源",
    "energy_intensity": "能源强度",
    "lowest": "各省最低", "highest": "各省最高", "lowest_region": "最低省份", "highest_region": "最高省份",
}  # fmt: skip
EN = {
    "gdp_change_pct": "GDP change", "gdp_change_base_prices_pct": "GDP change at base-year prices",
    "gdp_cumulative_loss_pct": "Cumulative GDP loss", "welfare_ev_pct": "Welfare (equivalent variation)",
    "consumption_change_pct": "Consumption change", "permit_price": "Permit price", "emissions": "Emissions",
    "cap": "Emission cap", "cap_share_2021": "Cap as a share of 2021 emissions", "permit_trade": "Permit trade",
    "value_added_change_pct": "Value added change", "output_change_pct": "Output change",
    "gdp_contribution_pp": "Contribution to GDP change", "gdp": "GDP", "generation": "Generation",
    "abatement_cost": "Abatement cost", "abated": "Abated emissions", "name_zh": "Chinese name",
    "name_en": "English name", "terms_of_trade_change_pct": "Terms of trade change", "carbon_revenue": "Carbon revenue",
    "primary_energy": "Primary energy", "primary_energy_abated": "Fossil energy whose carbon is abated",
    "nonfossil_share": "Non-fossil share of primary energy", "nonfossil_power_share": "Non-fossil share of generation",
    "electricity_share_final": "Electricity in final energy", "energy_intensity": "Energy per GDP",
    "electricity_use": "Electricity use", "electricity_exports": "Electricity sent to other provinces",
    "electricity_imports": "Electricity from other provinces", "congestion_rent": "Rents of full lines",
    "stored": "Stored CO2", "storage_rent": "Rents of full storage", "budget": "Item of a budget",
    "foreign_saving": "Saving from abroad", "labour_change_pct": "Change of labour at work",
    "household_consumption": "Household consumption",
    "welfare_ev_cumulative_discounted_pct": "Cumulative welfare, discounted",
    "welfare_ev_household_pct": "Welfare of a household group",
    "welfare_income_household_pct": "Welfare of a household group: income",
    "welfare_prices_household_pct": "Welfare of a household group: prices", "gini_change_points": "Change of the Gini",
    "focus": "Focus region", "lowest": "Lowest province",
    "highest": "Highest province", "lowest_region": "Lowest: region", "highest_region": "Highest: region",
}  # fmt: skip


def _width(text: object) -> int:
    return min(WIDEST, sum(2 if ord(ch) > 0x2E7F else 1 for ch in str(text)) + 2)


def _room(value: str | float | None) -> int:
    """Width of a cell; empty where the value is not finite."""
    if isinstance(value, str):
        return _width(value)
    return len(f"{value:,.2f}") + 2 if value is not None and math.isfinite(value) else 0


class Book:
    """Headers, tables, widths and print setup of one xlsxwriter book."""

    def __init__(
        self, book: Workbook, languages: Sequence[str], units: Mapping[str, str], data: pd.DataFrame
    ) -> None:
        self.book, self.languages, self.units, self.data = book, tuple(languages), units, data
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.forms = {code: book.add_format({"num_format": code}) for code in (SIGNED, PLAIN, FRACTION, TINY)}

    def word(self, key: str) -> str:
        """Words of a key in every language of the book, joined by a slash."""
        words = {"zh": ZH.get(key, key), "en": EN.get(key, key.replace("_", " ").capitalize())}
        return " / ".join(dict.fromkeys(words[x] for x in self.languages))

    def scenario(self, code: str) -> str:
        """Name of a scenario in every language of the book."""
        return " / ".join(dict.fromkeys(style.scenario_name(code, x, self.data) for x in self.languages))

    def region(self, code: str) -> str:
        """Name of a region in every language of the book."""
        return " / ".join(style.region_name(code, x) for x in self.languages)

    def measure(self, indicator: str, extra: str = "") -> str:
        """Header of an indicator with its unit."""
        return f"{self.word(indicator)}{': ' + extra if extra else ''} [{self.units.get(indicator, '')}]"

    def form(self, indicator: str) -> Format:
        unit = self.units.get(indicator, "")
        change = indicator.endswith(("_change_pct", "_ev_pct", "_prices_pct", "_pp")) or indicator == "permit_trade"
        return self.forms[SIGNED if change else FRACTION if unit == "fraction" else PLAIN]

    def sheet(self, name: str) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def table(
        self, sheet: Worksheet, frame: pd.DataFrame, heads: Mapping[str, str], forms: Mapping[str, Format],
        *, unfiltered: int = 0, name: str | None = None,
    ) -> None:  # fmt: skip
        """Write one header row and the values; the last `unfiltered` rows stay outside the filter."""
        last = len(frame.columns) - 1
        titles = [heads.get(str(c)) or self.word(str(c)) for c in frame.columns]
        if name:
            sheet.add_table(
                0, 0, max(len(frame), 1), last,
                {"name": name, "columns": [{"header": t, "header_format": self.head} for t in titles]},
            )  # fmt: skip
        else:
            sheet.autofilter(0, 0, max(len(frame) - unfiltered, 0), last)
        lines = 2
        for k, (column, text) in enumerate(zip(frame.columns, titles, strict=True)):
            sheet.write_string(0, k, text, self.head)
            form = forms.get(str(column))
            values = frame[column].tolist()
            widest = max(11, min(15, math.ceil(_width(text) / 2) + 2), *map(_room, set(values)))
            for i, value in enumerate(values, start=1):
                if isinstance(value, str):
                    sheet.write_string(i, k, value)
                elif value is not None and math.isfinite(value):
                    sheet.write_number(i, k, value, form)
            sheet.set_column(k, k, widest)
            lines = max(lines, math.ceil(1.25 * _width(text) / widest))
        sheet.set_row(0, 15 * lines + 4)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)

    def tidy(self) -> None:
        """The sheet of all results."""
        self.table(self.sheet("Data"), self.data[TIDY], {}, {"value": self.forms[PLAIN]}, name="tidy_results")

    def provenance(self, about: Mapping[str, Any]) -> None:
        """The sheet that says how the numbers were made."""
        items = pd.DataFrame([(str(k), str(v)) for k, v in about.items()], columns=["item", "value"])
        self.table(self.sheet("Provenance"), items, {}, {})


@contextmanager
def open_book(path: Path, data: pd.DataFrame, languages: Sequence[str]) -> Iterator[Book]:
    """A book of tidy results; it stands under its name, whole, when the block ends."""
    units = data.drop_duplicates("indicator").set_index("indicator")["unit"].astype(str).to_dict()
    try:
        with whole(path) as part, xlsxwriter.Workbook(str(part)) as book:
            yield Book(book, languages, units, data)
    except FileCreateError as error:
        raise error.args[0] from error

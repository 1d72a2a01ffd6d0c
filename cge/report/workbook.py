"""The Excel book of a comparison, with native charts; values, never formulas."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.workbook import Format, Workbook
from xlsxwriter.worksheet import Worksheet

from cge.report import style
from cge.report.budgets import write_budgets
from cge.report.style import ReportError
from cgebase.errors import CGEError
from cgebase.messages import message

SIGNED = "+0.00;[Red]-0.00;0.00"
PLAIN, FRACTION, TINY = "#,##0.00", "0.000", "0.0E+00"
WIDEST = 60
LARGEST = 1_048_575
SHEETS = ("README", "Scenarios", "Summary", "Regions", "Sectors", "Emissions and prices", "Allocation", "Budgets",
          "Data", "Units", "Checks", "Provenance")  # fmt: skip
HEADLINE = ("gdp_change_pct", "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct",
            "consumption_change_pct", "permit_price", "emissions")  # fmt: skip
REGIONAL = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price")
SECTORAL = ("gdp_contribution_pp", "value_added_change_pct", "output_change_pct")
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


class BookExistsError(CGEError, FileExistsError):
    """The workbook is there and may hold a reader's own notes."""

    exit_code = 2


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
        return " / ".join(dict.fromkeys(style.scenario_name(code, x, self.data) for x in self.languages))

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


def write_workbook(
    data: pd.DataFrame, path: Path, *, languages: Sequence[str] = ("zh", "en"), focus: str = "XJ",
    manifest: Mapping[str, Any], force: bool = False,
) -> Path:  # fmt: skip
    """Write the book; nothing is left half-written.

    Parameters
    ----------
    data : DataFrame
        Tidy results of all scenarios.
    languages : sequence of str
        ``zh``, ``en`` or both; headers hold them side by side.
    focus : str
        Province of the sector sheet.
    manifest : mapping
        How the numbers were made; ``checks`` fills the sheet of that name.
    force : bool
        Replace a book that is there.

    Raises
    ------
    BookExistsError
        The file is there and ``force`` is off.
    """
    path = Path(path)
    unknown = [x for x in languages if x not in ("zh", "en")]
    if unknown or not languages:
        raise ReportError(message("CGE601", found=list(languages)))
    if len(data) > LARGEST:
        raise ReportError(message("CGE602", rows=len(data), most=LARGEST))
    if path.exists() and not force:
        raise BookExistsError(message("CGE603", path=path))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    units = data.drop_duplicates("indicator").set_index("indicator")["unit"].astype(str).to_dict()
    try:
        with xlsxwriter.Workbook(str(part)) as book:
            _fill(Book(book, languages, units, data), data, focus, manifest)
        part.replace(path)
    except FileCreateError as error:
        raise error.args[0] from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _fill(b: Book, data: pd.DataFrame, focus: str, manifest: Mapping[str, Any]) -> None:
    year = int(data["year"].max())
    scenarios = style.in_order(list(data["scenario"].unique()))
    policies = [s for s in scenarios if s != "baseline"]
    if not policies:
        raise ReportError(message("CGE604"))
    last = data[data["year"] == year]
    _readme(b, last, year, focus, manifest)
    _scenarios(b, data, scenarios)
    _summary(b, last, policies, focus, year)
    _regions(b, last, policies, year)
    _sectors(b, last, policies, focus, year, str(manifest.get("aggregation", "cn30")))
    _paths(b, data, scenarios, focus)
    caps = data[data["indicator"].isin(["cap", "cap_share_2021", "permit_trade", "emissions"])]
    caps = caps[(caps["sector"] == "all") & (caps["year"] == year) & (caps["scenario"] != "baseline")]
    _indicators(b, b.sheet("Allocation"), caps, ["scenario", "region", "year"], policies)
    write_budgets(b, last, scenarios, focus)
    values = {"value": b.forms[PLAIN]}
    b.table(b.sheet("Data"), data[TIDY], {}, values, name="tidy_results")
    listed = pd.DataFrame(sorted(b.units.items()), columns=["indicator", "unit"])
    for language, words in (("zh", ZH), ("en", EN)):
        if language in b.languages:
            listed[f"name_{language}"] = [words.get(k, "") for k in listed["indicator"]]
    b.table(b.sheet("Units"), listed, {}, {})
    _checks(b, manifest.get("checks", {}))
    facts = [(str(k), str(v)) for k, v in manifest.items() if k not in ("checks", "closure")]
    sheet = b.sheet("Provenance")
    b.table(sheet, pd.DataFrame(facts, columns=["item", "value"]), {}, {})


def _places(b: Book, codes: Sequence[str]) -> dict[str, list[str]]:
    return {f"name_{x}": [style.region_name(c, x) for c in codes] for x in b.languages}


def _readme(b: Book, last: pd.DataFrame, year: int, focus: str, manifest: Mapping[str, Any]) -> None:
    sheet = b.sheet("README")
    sheet.set_column(0, 0, 110)
    caps = last[(last["indicator"] == "cap_share_2021") & (last["region"] == "CN")]["value"].dropna()
    share = f"{100 * caps.iloc[0]:.0f} %" if len(caps) else "–"
    parameters, sectors = manifest.get("parameter_set", "–"), manifest.get("aggregation", "–")
    version = manifest.get("commit") or manifest.get("version") or "–"
    name = {x: style.region_name(focus, x) for x in ("zh", "en")}
    lines = {
        "en": [
            "Carbon caps by province",
            f"Question: national emissions fall to {share} of 2021 by {year}. What does that cost each province, and "
            f"{name['en']} in particular?",
            "How to read: every change compares with the baseline of the same year. Negative (red) is a loss. "
            "Cumulative losses are positive when GDP is lost.",
            f"Parameter set '{parameters}': {style.fitted(parameters, 'en')}. Sectors {sectors}; prices of 2021; "
            f"numeraire: {manifest.get('numeraire', '–')}.",
            "Emissions of 2021, bilateral trade and several technology costs are estimates or assumptions; "
            "see the data documentation.",
            "31 province-level regions are shown; Hong Kong, Macao and Taiwan are not in the SAM.",
            f"How to cite: name the study ({manifest.get('study', '–')}), the parameter set and the version {version}.",
        ],
        "zh": [
            "各省碳排放总量控制",
            f"问题：到{year}年全国排放降至2021年的{share}，各省、特别是{name['zh']}的代价几何？",
            "读法：各项变化均相对同年基准；负值（红色）为损失；累计损失为正值表示GDP减少。",
            f"参数组“{parameters}”：{style.fitted(parameters, 'zh')}。行业分类{sectors}；"
            f"2021年价格；计价物：{manifest.get('numeraire', '–')}。",
            "2021年排放、省间贸易和若干技术成本为估计或假设，见数据说明。",
            "表中为31个省级地区；社会核算矩阵不含香港、澳门和台湾。",
            f"引用：请注明研究（{manifest.get('study', '–')}）、参数组和版本 {version}。",
        ],
    }  # fmt: skip
    row = 0
    for language in b.languages:
        for k, text in enumerate(lines[language]):
            sheet.write_string(row, 0, text, b.wrap if k else b.title)
            full = sum(2 if ord(ch) > 0x2E7F else 1 for ch in text)
            sheet.set_row(row, 15 * math.ceil(full / 95) + (0 if k else 6))
            row += 1
        row += 1
    for text in SHEETS[1:]:
        sheet.write_url(row, 0, f"internal:'{text}'!A1", string=text)
        row += 1


def _scenarios(b: Book, data: pd.DataFrame, scenarios: Sequence[str]) -> None:
    frame = pd.DataFrame({"scenario": scenarios})
    for x in b.languages:
        frame[f"name_{x}"] = [style.scenario_name(s, x, data) for s in scenarios]
    years = data.groupby("scenario")["year"]
    frame["first_year"], frame["last_year"] = years.min().loc[scenarios].tolist(), years.max().loc[scenarios].tolist()
    heads = {"first_year": _two(b, "首年", "First year"), "last_year": _two(b, "末年", "Last year")}
    b.table(b.sheet("Scenarios"), frame, heads, {})


def _two(b: Book, zh: str, en: str) -> str:
    return " / ".join({"zh": zh, "en": en}[x] for x in b.languages)


def _summary(b: Book, last: pd.DataFrame, policies: Sequence[str], focus: str, year: int) -> None:
    """One row per measure and policy: focus, nation and the range over provinces."""
    rows = []
    for indicator in HEADLINE:
        for s in policies:
            here = last[(last["indicator"] == indicator) & (last["scenario"] == s) & (last["sector"] == "all")]
            values = here.set_index("region")["value"]
            spread = values.drop("CN", errors="ignore").dropna()
            if spread.empty:
                continue
            low, high = str(spread.idxmin()), str(spread.idxmax())
            rows.append(
                (b.word(indicator), b.scenario(s), year, values.get(focus, math.nan), values.get("CN", math.nan),
                 spread[low], _joined(b, low), spread[high], _joined(b, high), b.units[indicator])
            )  # fmt: skip
    columns = ["measure", "scenario", "year", "focus", "nation", "lowest", "lowest_region", "highest", "highest_region",
               "unit"]  # fmt: skip
    forms = dict.fromkeys(("focus", "nation", "lowest", "highest"), b.forms[SIGNED])
    sheet = b.sheet("Summary")
    frame = pd.DataFrame(rows, columns=columns)
    b.table(sheet, frame, {"focus": _joined(b, focus)}, forms)
    for i, text in enumerate(frame["measure"], start=1):
        for indicator in ("gdp_cumulative_loss_pct", "permit_price", "emissions"):
            if text == b.word(indicator):
                for k, column in enumerate(columns):
                    value = frame.iloc[i - 1, k]
                    if column in forms and math.isfinite(value):
                        sheet.write_number(i, k, value, b.forms[PLAIN])
    sheet.fit_to_pages(1, 1)


def _joined(b: Book, code: str) -> str:
    return " / ".join(style.region_name(code, x) for x in b.languages)


def _wide(
    b: Book, rows: pd.DataFrame, index: str, indicators: Sequence[str], policies: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, str], dict[str, Format]]:
    """One row per region or sector, one column per indicator and policy."""
    heads: dict[str, str] = {}
    forms: dict[str, Format] = {}
    columns = {}
    for indicator in indicators:
        part = rows[rows["indicator"] == indicator].pivot(index=index, columns="scenario", values="value")
        for s in policies:
            if s in part.columns:
                key = f"{indicator}|{s}"
                columns[key], heads[key] = part[s], b.measure(indicator, b.scenario(s))
                forms[key] = b.form(indicator)
    return pd.DataFrame(columns), heads, forms


def _bars(
    b: Book, sheet: Worksheet, name: str, frame: pd.DataFrame, *, label: int, columns: Mapping[str, int], rows: int,
    title: str, alt: str, unit: str,
) -> None:  # fmt: skip
    chart = b.book.add_chart({"type": "bar"})
    for s, k in columns.items():
        chart.add_series(
            {
                "name": b.scenario(s), "categories": [name, 1, label, rows, label], "values": [name, 1, k, rows, k],
                "fill": {"color": style.colour(s, b.data)}, "gap": 40,
            }
        )  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 8}, "interval_unit": 1})
    chart.set_x_axis({"name": unit, "num_format": "+0;-0;0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "top"})
    chart.set_size({"width": 640, "height": 26 * rows + 140})
    sheet.insert_chart(1, len(frame.columns) + 1, chart, {"description": alt})


def _regions(b: Book, last: pd.DataFrame, policies: Sequence[str], year: int) -> None:
    rows = last[last["sector"] == "all"]
    wide, heads, forms = _wide(b, rows, "region", REGIONAL, policies)
    first = f"gdp_change_pct|{policies[0]}"
    if first not in wide:
        raise ReportError(message("CGE605", indicator="gdp_change_pct", scenario=policies[0], year=year))
    codes = [*(["CN"] if "CN" in wide.index else []), *wide[first].drop("CN", errors="ignore").sort_values().index]
    frame = wide.loc[codes].rename_axis("region").reset_index()
    for k, (column, names) in enumerate(_places(b, codes).items()):
        frame.insert(1 + k, column, names)
    sheet = b.sheet("Regions")
    b.table(sheet, frame, heads, forms)
    at = {s: list(frame.columns).index(f"gdp_change_pct|{s}") for s in policies if f"gdp_change_pct|{s}" in frame}
    _bars(b, sheet, "Regions", frame, label=len(b.languages), columns=dict(list(at.items())[:2]), rows=len(frame),
          title=_two(b, f"{year}年GDP相对基准的变化", f"GDP change from the baseline, {year}"), unit="%",
          alt="Bars: GDP change by province under two policies, nation on top, sorted by loss")  # fmt: skip


def _sectors(
    b: Book, last: pd.DataFrame, policies: Sequence[str], focus: str, year: int, aggregation: str
) -> None:
    rows = last[(last["region"] == focus) & last["indicator"].isin(SECTORAL)]
    wide, heads, forms = _wide(b, rows, "sector", SECTORAL, policies)
    shares = [c for c in wide.columns if c.startswith("gdp_contribution_pp|")]
    sheet = b.sheet("Sectors")
    if not shares:
        sheet.write_string(0, 0, f"no contributions of {focus} in the results")
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
    b.table(sheet, frame, heads, forms, unfiltered=1)
    at = {c.split("|")[1]: list(frame.columns).index(c) for c in shares[:2]}
    place = _joined(b, focus)
    _bars(b, sheet, "Sectors", frame, label=len(b.languages), columns=at, rows=count,
          title=_two(b, f"{place}：对{year}年GDP变化的贡献", f"{place}: contribution to the GDP change of {year}"),
          unit=_two(b, "百分点", "percentage points"),
          alt="Bars: contribution of each sector to the regional GDP change under two policies")  # fmt: skip


def _indicators(
    b: Book, sheet: Worksheet, rows: pd.DataFrame, index: list[str], order: Sequence[str]
) -> pd.DataFrame:
    """Rows by index, a column per indicator; scenarios in their fixed order."""
    wide = rows.pivot(index=index, columns="indicator", values="value")
    wide.columns.name = None
    rank = {s: k for k, s in enumerate(order)}
    frame = wide.reset_index().sort_values("scenario", key=lambda x: x.map(rank), kind="stable")
    for k, (column, names) in enumerate(_places(b, frame["region"].tolist()).items()):
        frame.insert(2 + k, column, names)
    measures = list(wide.columns)
    b.table(sheet, frame, {m: b.measure(m) for m in measures}, {m: b.form(m) for m in measures})
    return frame.reset_index(drop=True)


def _paths(b: Book, data: pd.DataFrame, scenarios: Sequence[str], focus: str) -> None:
    rows = data[data["indicator"].isin(["emissions", "permit_price"]) & (data["sector"] == "all")]
    rows = rows[~((rows["indicator"] == "permit_price") & (rows["scenario"] == "baseline"))]
    sheet = b.sheet("Emissions and prices")
    frame = _indicators(b, sheet, rows, ["scenario", "region", "year"], scenarios)
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
                        "name": b.scenario(s), "categories": [sheet.name, top, year, low, year],
                        "values": [sheet.name, top, column, low, column],
                        "line": {"color": style.colour(s, b.data), "width": 1.75},
                        "marker": {"type": "circle", "size": 4, "fill": {"color": style.colour(s, b.data)},
                                   "border": {"color": style.colour(s, b.data)}},
                    }
                )  # fmt: skip
        chart.set_title({"name": f"{_joined(b, focus)}: {b.measure(indicator)}", "name_font": {"size": 12}})
        chart.set_x_axis({"min": int(frame["year"].min()), "max": int(frame["year"].max()), "num_format": "0"})
        chart.set_y_axis({"num_format": "#,##0", "min": 0})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 560, "height": 320})
        alt = f"Lines: {EN[indicator].lower()} of {style.region_name(focus, 'en')} by scenario and year"
        sheet.insert_chart(1 + 18 * n, len(frame.columns) + 1, chart, {"description": alt})


def _checks(b: Book, checks: Mapping[str, Any]) -> None:
    found: list[tuple[str, str, Any]] = []
    for key, row in checks.items():
        pairs = row.items() if isinstance(row, Mapping) else [("", row)]
        found += [(key, str(k), v if isinstance(v, (int, float)) else str(v)) for k, v in pairs]
    frame = pd.DataFrame(found, columns=["scenario", "check", "value"])
    b.table(b.sheet("Checks"), frame, {}, {"value": b.forms[TINY]})

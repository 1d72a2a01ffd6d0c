"""The Excel book of a comparison, with native charts; values, never formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Format
from xlsxwriter.worksheet import Worksheet

from cge.report import style
from cge.report.book import TINY, Book, open_book
from cge.report.budgets import write_budgets
from cge.report.names import KINDS, name
from cge.report.style import ReportError
from cgebase.errors import CGEError
from cgebase.messages import message

LARGEST = 1_048_575
SHEETS = ("README", "Scenarios", "Summary", "Regions", "Sectors", "Emissions and prices", "Allocation", "Budgets",
          "Data", "Units", "Checks", "Provenance")  # fmt: skip
HEADLINE = ("gdp_change_pct", "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct",
            "consumption_change_pct", "permit_price", "emissions")  # fmt: skip
REGIONAL = ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct", "permit_price")
SECTORAL = ("gdp_contribution_pp", "value_added_change_pct", "output_change_pct")
class BookExistsError(CGEError, FileExistsError):
    """The workbook is there and may hold a reader's own notes."""

    exit_code = 2


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
    with open_book(path, data, languages) as book:
        _fill(book, data, focus, manifest)
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
    b.tidy()
    listed = data[["indicator", "unit"]].drop_duplicates("indicator").sort_values("indicator")
    for x in b.languages:
        listed[f"name_{x}"] = [name("indicator", k, x) for k in listed["indicator"]]
    b.table(b.sheet("Units"), listed, {}, {})
    _checks(b, manifest.get("checks", {}))
    b.provenance({k: v for k, v in manifest.items() if k not in ("checks", "closure")})


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
    b.table(b.sheet("Scenarios"), frame, {}, {})


def _two(b: Book, zh: str, en: str) -> str:
    return b.joined({"zh": zh, "en": en}.__getitem__)


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
                (indicator, b.word(indicator), b.scenario(s), year, values.get(focus, math.nan),
                 values.get("CN", math.nan), spread[low], b.region(low), spread[high], b.region(high),
                 KINDS["indicator"][indicator].unit)
            )  # fmt: skip
    columns = ["measure", "scenario", "year", "focus", "nation", "lowest", "lowest_region", "highest", "highest_region",
               "unit"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["indicator", *columns])
    forms = [b.form(k) for k in frame["indicator"]]
    sheet = b.sheet("Summary")
    b.table(sheet, frame[columns], {"focus": b.region(focus)},
            dict.fromkeys(("focus", "nation", "lowest", "highest"), forms))  # fmt: skip
    sheet.fit_to_pages(1, 1)


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
    place = b.region(focus)
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
        chart.set_title({"name": f"{b.region(focus)}: {b.measure(indicator)}", "name_font": {"size": 12}})
        chart.set_x_axis({"min": int(frame["year"].min()), "max": int(frame["year"].max()), "num_format": "0"})
        chart.set_y_axis({"num_format": "#,##0", "min": 0})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 560, "height": 320})
        shown = name("indicator", indicator, "en").lower()
        alt = f"Lines: {shown} of {style.region_name(focus, 'en')} by scenario and year"
        sheet.insert_chart(1 + 18 * n, len(frame.columns) + 1, chart, {"description": alt})


def _checks(b: Book, checks: Mapping[str, Any]) -> None:
    found: list[tuple[str, str, Any]] = []
    for key, row in checks.items():
        pairs = row.items() if isinstance(row, Mapping) else [("", row)]
        found += [(key, str(k), v if isinstance(v, (int, float)) else str(v)) for k, v in pairs]
    frame = pd.DataFrame(found, columns=["scenario", "check", "value"])
    b.table(b.sheet("Checks"), frame, {}, {"value": b.forms[TINY]})

"""The Excel book of a comparison, with native charts; values, never formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from cge.measure.compensation import dominance
from cge.measure.sense import beyond
from cge.report import style
from cge.report.book import PLAIN, TINY, Book, about_of, open_book, tab
from cge.report.budgets import write_budgets
from cge.report.caveats import beyond_lines, dominance_lines
from cge.report.charts import write_indicators, write_paths, write_regions, write_sectors
from cge.report.indices import INDICES, NATION, indices
from cge.report.names import SAID
from cge.report.names import name as called
from cge.report.style import ReportError
from cge.study.results import CLOSES, GOODS
from cgebase.errors import CGEError
from cgebase.messages import Message, catalogue, message
from sam.registry import BASE_YEAR

LARGEST = 1_048_575
WIDTH = 6
"""Last column of the first sheet, whose texts go across."""
SHEETS = ("README", "Scenarios", "Summary", "Beyond sense", "Regions", "Sectors", "Emissions and prices", "Allocation",
          "Energy goods",
          "Budgets", "Data", "Units", "Checks", "Provenance")  # fmt: skip
HEADLINE = ("gdp_change_pct", "gdp_change_base_prices_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct",
            "consumption_change_pct", "permit_price", "emissions")  # fmt: skip
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
    with open_book(path, data, languages, about_of(manifest)) as book:
        _fill(book, data, focus, manifest)
    return path


def _fill(b: Book, data: pd.DataFrame, focus: str, manifest: Mapping[str, Any]) -> None:
    year = int(data["year"].max())
    scenarios, policies = style.scenarios(data), style.policies_of(data)
    if not policies:
        raise ReportError(message("CGE604"))
    last = data[data["year"] == year]
    _readme(b, last, policies, focus, manifest)
    _scenarios(b, data, scenarios)
    _summary(b, last, policies, focus, year)
    _beyond(b, data)
    write_regions(b, last, policies, year)
    write_sectors(b, last, policies, focus, str(manifest.get("aggregation", "cn30")))
    write_paths(b, data, scenarios, focus)
    first = [NATION, focus]
    caps = data[data["indicator"].isin(["cap", "cap_share_2021", "permit_trade", "emissions"])]
    caps = caps[(caps["sector"] == "all") & (caps["year"] == year) & caps["scenario"].isin(policies)]
    write_indicators(b, b.sheet("Allocation", of=str(year)), caps, policies, first)
    goods = data[data["indicator"].isin((*GOODS, "electricity_use")) & (data["sector"] == "all")]
    write_indicators(b, b.sheet("Energy goods", of=b.first(first)), goods, scenarios, first, short=True)
    write_budgets(b, last, scenarios, focus)
    b.tidy()
    listed = data[["indicator", "unit"]].drop_duplicates("indicator").sort_values("indicator")
    for x in b.languages:
        listed[f"name_{x}"] = [called("indicator", k, x) for k in listed["indicator"]]
        listed[f"unit_{x}"] = [called("unit", k, x) for k in listed["unit"]]
    b.table(b.sheet("Units"), listed, {}, {})
    _checks(b, manifest.get("checks", {}))
    b.provenance({k: v for k, v in manifest.items() if k not in ("checks", "closure")})


def _readme(
    b: Book, last: pd.DataFrame, policies: Sequence[str], focus: str, manifest: Mapping[str, Any]
) -> None:
    sheet, year, base = b.sheet("README"), int(last["year"].max()), SAID.get().get("year", BASE_YEAR)
    sheet.set_column(0, 0, 50)
    sheet.set_column(1, WIDTH, 14)
    caps = last[(last["indicator"] == "cap_share_2021") & (last["region"] == "CN")]["value"].dropna()
    shares = {f"{100 * x:.0f} %" for x in caps}
    share = shares.pop() if len(shares) == 1 else ""
    asked = {x: [style.scenario_name(s, x, b.data) for s in policies] for x in ("zh", "en")}
    title = {x: style.title_of(b.data, x) or str(manifest.get("study", "–")) for x in ("zh", "en")}
    parameters, sectors = manifest.get("parameter_set", "–"), manifest.get("aggregation", "–")
    version = manifest.get("commit") or manifest.get("program") or "–"
    numeraire = {x: called("numeraire", str(manifest.get("numeraire", "–")), x) for x in ("zh", "en")}
    name = {x: style.region_name(focus, x) for x in ("zh", "en")}
    about = _about(manifest)
    lines = {
        "en": [
            title["en"],
            f"Question: what do these policies cost each province by {year}, and {name['en']} in particular? "
            + "; ".join(asked["en"]) + "." + (f" National emissions are capped at {share} of {base}." if share else ""),
            "How to read: every change compares with the baseline of the same year. Negative (red) is a loss. "
            "Cumulative losses are positive when GDP is lost.",
            f"Parameter set '{parameters}': {style.fitted(parameters, 'en')}. Sectors {sectors}; prices of {base}; "
            f"numeraire: {numeraire['en']}.",
            style.phrases("indices", "en")["which"],
            *about["en"],
            f"How to cite: name the study ({manifest.get('study', '–')}), the parameter set and the version {version}.",
        ],
        "zh": [
            title["zh"],
            f"问题：到{year}年，下列政策对各省、特别是{name['zh']}的代价几何？" + "；".join(asked["zh"]) + "。"
            + (f"全国排放上限为{base}年的{share}。" if share else ""),
            "读法：各项变化均相对同年基准；负值（红色）为损失；累计损失为正值表示GDP减少。",
            f"参数组“{parameters}”：{style.fitted(parameters, 'zh')}。行业分类{sectors}；"
            f"{base}年价格；计价物：{numeraire['zh']}。",
            style.phrases("indices", "zh")["which"],
            *about["zh"],
            f"引用：请注明研究（{manifest.get('study', '–')}）、参数组和版本 {version}。",
        ],
    }  # fmt: skip
    row, without = 0, style.baseline_of(b.data)
    found = dominance(b.data, without, list(policies)) if without is not None else pd.DataFrame()
    caveats = [*beyond_lines(b.data), *dominance_lines(found, b.data)]
    for language in b.languages:
        for k, text in enumerate([*lines[language], *(line.text(language) for line in caveats)]):
            sheet.merge_range(row, 0, row, WIDTH, "", b.wrap if k else b.title)
            sheet.write_string(row, 0, text, b.wrap if k else b.title)
            full = sum(2 if ord(ch) > 0x2E7F else 1 for ch in text)
            sheet.set_row(row, 15 * math.ceil(full / 115) + (0 if k else 6))
            row += 1
        row += 1
    row = _indices(b, sheet, row, last, policies, focus, year)
    for text in SHEETS[1:]:
        sheet.write_url(row, 0, f"internal:'{tab(text, b.languages)}'!A1", string=tab(text, b.languages))
        row += 1


def _about(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the data are, in words."""
    said = SAID.get()
    if said:
        money, rate = said["currency"], f"{said['rate']:g}"
        sources = "; ".join(manifest.get("sam_sources", ()))
        return {
            "en": [f"{style.region_name(NATION, 'en')}, base year {said['year']}. Data: {sources}.",
                   f"Costs of abatement are those of the tables of this package, at {rate} CNY of 2021 per {money}."],
            "zh": [f"{style.region_name(NATION, 'zh')}，基年 {said['year']}。数据：{sources}。",
                   f"减排成本取自本软件自带的表，按 1 {money} 折合 2021 年人民币 {rate} 元。"],
        }  # fmt: skip
    return {
        "en": ["Emissions of 2021, bilateral trade and several technology costs are estimates or assumptions; "
               "see the data documentation.",
               "31 province-level regions are shown; Hong Kong, Macao and Taiwan are not in the SAM."],
        "zh": ["2021年排放、省间贸易和若干技术成本为估计或假设，见数据说明。",
               "表中为31个省级地区；社会核算矩阵不含香港、澳门和台湾。"],
    }  # fmt: skip


def _indices(
    b: Book, sheet: Worksheet, row: int, last: pd.DataFrame, policies: Sequence[str], focus: str, year: int
) -> int:  # fmt: skip
    """The three indices side by side, a row for each policy; returns the row below."""
    found = indices(last, policies, [focus, NATION], year)
    sheet.write_string(row, 0, str(year), b.head)
    for k, (code, name) in enumerate(product((focus, NATION), INDICES), start=1):
        sheet.write_string(row, k, f"{b.region(code)}: {b.measure(name, str(year))}", b.head)
    sheet.set_row(row, 75)
    for s in policies:
        row += 1
        sheet.write_string(row, 0, b.scenario(s), b.wrap)
        for k, (code, name) in enumerate(product((focus, NATION), INDICES), start=1):
            if math.isfinite(value := float(found.loc[(s, code), name])):
                sheet.write_number(row, k, value, b.form(name))
    return row + 2


def _scenarios(b: Book, data: pd.DataFrame, scenarios: Sequence[str]) -> None:
    frame = pd.DataFrame({"scenario": scenarios})
    for x in b.languages:
        frame[f"name_{x}"] = [style.scenario_name(s, x, data) for s in scenarios]
    years = data.groupby("scenario")["year"]
    frame["first_year"], frame["last_year"] = years.min().loc[scenarios].tolist(), years.max().loc[scenarios].tolist()
    b.table(b.sheet("Scenarios"), frame, {}, {})


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
                 b.unit(indicator))
            )  # fmt: skip
    columns = ["measure", "scenario", "year", "focus", "nation", "lowest", "lowest_region", "highest", "highest_region",
               "unit"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["indicator", *columns])
    forms = [b.form(k) for k in frame["indicator"]]
    sheet = b.sheet("Summary", of=f"{b.region(focus)}, {b.region(NATION)}, {year}")
    b.table(sheet, frame[columns], {"focus": b.region(focus)},
            dict.fromkeys(("focus", "nation", "lowest", "highest"), forms))  # fmt: skip


def _beyond(b: Book, data: pd.DataFrame) -> None:
    """Every number that is marked, with what it is and why."""
    found = beyond(data, data.attrs.get(style.LIMITS, {}))
    for k, (column, names) in enumerate(b.places(found["region"].tolist()).items()):
        found.insert(2 + k, column, names)
    found["indicator"] = [b.measure(k) for k in found["indicator"]]
    found["why"] = [b.joined(partial(called, "choice", f"beyond_{k}")) for k in found["why"]]
    b.table(b.sheet("Beyond sense"), found, {}, {"value": b.forms[PLAIN]})


def _checks(b: Book, checks: Mapping[str, Any]) -> None:
    rows = []
    for scenario, row in checks.items():
        for key, found in row.items():
            said = message(f"check.{key}") if f"check.{key}" in catalogue() else Message(key, key)
            rows.append((scenario, key, *(said.text(x) for x in b.languages), found, CLOSES,
                         b.joined(partial(called, "agrees", "holds" if found < CLOSES else "fails"))))  # fmt: skip
    names = [f"name_{x}" for x in b.languages]
    frame = pd.DataFrame(rows, columns=["scenario", "check", *names, "value", "limit", "holds"])
    b.table(b.sheet("Checks"), frame, {}, {"value": b.forms[TINY], "limit": b.forms[TINY]})

"""The three industries of every province beside the shares published for 2024 and a path from there to 2035."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pandas as pd

from cge.report.names import name
from cge.report.style import phrases, region_name
from sam.registry import NATION

TABLE = Path(__file__).with_name("industry_shares.csv")
"""Shares in value added: provinces in 2024 (National Bureau of Statistics), the nation there and in its outlook; the
primary industry also with services to farms, by what these added to it in 2021."""
INDUSTRIES = ("primary", "secondary", "tertiary")
SEEN, OUTLOOK, LAST = 2024, 2030, 2035
ROUNDING, ROOM = 0.01, 0.03
"""What a share may differ by in the year observed (assumption), and beside its path (assumption)."""
KIND = "province"
"""Kind of these lines, which are shown as a table of their own and said in one sentence for each industry and year."""
SOURCE = "National Bureau of Statistics"
PATH = "assumption: the published share moves as the nation's does from 2024 to its outlook of 2030 (Hu, Yan and Wei)"


def stated_of_provinces() -> list[dict[str, object]]:
    """Lines as those of ``stated.csv``: shares of each province in 2024, on their path in 2030 and 2035.

    Services to farms are counted with agriculture, as sectors have them. A share of 2024 moves by the ratio of the
    nation's outlook to its share, at constant growth; the range holds both the share of 2024 and that on the path, with
    three points on either side.
    """
    table = pd.read_csv(TABLE).set_index(["region", "year"])
    services = table["with_services"] - table["primary"]
    shares = table.assign(primary=table["with_services"], tertiary=table["tertiary"] - services)
    names, out = {lang: phrases("industry", lang) for lang in ("en", "zh")}, []
    for (region, industry), year in product(
        product([r for r, y in table.index if y == SEEN and r != NATION], INDUSTRIES), (SEEN, OUTLOOK, LAST)
    ):
        now = float(shares.loc[(region, SEEN), industry])
        ratio = float(table.loc[(NATION, OUTLOOK), industry] / table.loc[(NATION, SEEN), industry])
        then = min(now * ratio ** ((year - SEEN) / (OUTLOOK - SEEN)), 1.0)
        room = ROUNDING if year == SEEN else ROOM
        out.append({
            "what_en": names["en"][industry], "what_zh": names["zh"][industry], "indicator": "industry_share",
            "sector": industry, "over": "", "region": region, "year": year,
            "low": max(min(now, then) - room, 0.0), "high": min(max(now, then) + room, 1.0), "unit": "fraction",
            "kind": KIND, "source": SOURCE if year == SEEN else PATH,
        })  # fmt: skip
    return out


def provinces_out(table: pd.DataFrame, language: str) -> list[str]:
    """A sentence for each industry and year of provinces outside of their range, low and high."""
    words, out = phrases("stated", language), []
    lines = table[(table["kind"] == KIND) & (table["verdict"] != "inside")]
    for (what, year, verdict, source), of in lines.groupby(
        [f"what_{language}", "year", "verdict", "source"], sort=False
    ):
        who = [f"{region_name(str(r), language)} {100 * v:.0f}" for r, v in zip(of["region"], of["value"], strict=True)]
        told = words[f"provinces_{verdict}"]
        source = name("basis", str(source), language)
        out.append(told.format(what=what, year=year, who=words["comma"].join(who), source=source))
    return out


def provinces_table(table: pd.DataFrame, language: str = "en") -> list[str]:
    """Lines of the page: shares of each province in percent, with their range; outside of it in bold."""
    mine = table[table["kind"] == KIND]
    if mine.empty:
        return []
    words, what_ = phrases("baseline", language), f"what_{language}"
    columns = list(dict.fromkeys(zip(mine[what_], mine["year"], strict=True)))
    cells = {(x["region"], x[what_], x["year"]): x for x in mine.to_dict("records")}
    out = [f"### {words['industries']}", "", words["industries_note"], "",
           f"| {words['province']} | " + " | ".join(f"{what} {year}" for what, year in columns) + " |",
           "| --- |" + " ---: |" * len(columns)]  # fmt: skip
    for region in dict.fromkeys(mine["region"]):
        row = []
        for x in (cells.get((region, what, year)) for what, year in columns):
            mark = "**" if x and x["verdict"] != "inside" else ""
            row.append(f"{mark}{100 * x['value']:.0f}{mark} ({100 * x['low']:.0f}-{100 * x['high']:.0f})" if x else "")
        out.append(f"| {region_name(str(region), language)} | " + " | ".join(row) + " |")
    return [*out, ""]

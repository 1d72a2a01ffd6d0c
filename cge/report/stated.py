"""A baseline beside what is published or stated, number by number, with words where it leaves them.

What is held against it is data (``cge/report/stated.csv``): facts with their rounding or the range of the source,
statements of the planning study, bands of the literature. Nothing in a baseline is moved because it lies outside.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cge.report.industries import KIND, provinces_out, provinces_table, stated_of_provinces
from cge.report.names import name
from cge.report.style import baseline_of, phrases, region_name

TABLE = Path(__file__).with_name("stated.csv")
BASE = "2021"
COLUMNS = ["what_en", "what_zh", "region", "year", "value", "low", "high", "verdict", "unit", "kind", "source"]


@lru_cache(maxsize=1)
def stated() -> pd.DataFrame:
    """What is published or stated, with its range.

    ``sector`` holds the sectors that are added up, ``over`` what their sum is divided by: itself in 2021, or another
    indicator of the same year.
    """
    return pd.read_csv(TABLE, dtype={"over": str}).fillna({"over": ""})


def beside(data: pd.DataFrame) -> pd.DataFrame:
    """The baseline in the years that it solves beside what is published or stated of them.

    Parameters
    ----------
    data : DataFrame
        Tidy results with the levels of a scenario without policy.

    Returns
    -------
    DataFrame
        The :data:`COLUMNS`; ``verdict`` is ``low``, ``inside`` or ``high``.
    """
    mine = data[data["scenario"] == baseline_of(data)]
    values = mine.groupby(["indicator", "sector", "region", "year"])["value"].sum()

    def total(indicator: str, sectors: str, region: str, year: int) -> float:
        cells = [(indicator, sector, region, year) for sector in sectors.split("+")]
        there = [float(values[cell]) for cell in cells if cell in values.index]
        return sum(there) if there else np.nan

    rows = []
    for line in [*stated().to_dict("records"), *stated_of_provinces()]:
        region, year, over = str(line["region"]), int(line["year"]), str(line["over"])
        value = total(line["indicator"], line["sector"], region, year)
        if over == BASE:
            value /= total(line["indicator"], line["sector"], region, int(BASE))
        elif over:
            value /= total(over, "all", region, year)
        if np.isfinite(value):
            verdict = "low" if value < line["low"] else "high" if value > line["high"] else "inside"
            rows.append(line | {"value": value, "verdict": verdict})
    return pd.DataFrame(rows, columns=COLUMNS)


def leaves(table: pd.DataFrame, language: str) -> list[str]:
    """A sentence for every number outside of its range; of shares of provinces one for each industry and year."""
    words = phrases("stated", language)
    out = []
    for line in table[(table["verdict"] != "inside") & (table["kind"] != KIND)].to_dict("records"):
        said = words[str(line["verdict"])]
        out.append(said.format(
            what=line[f"what_{language}"], where=region_name(str(line["region"]), language), year=line["year"],
            value=shown(line["value"]), low=shown(line["low"]), high=shown(line["high"]), unit=_unit(line, language),
            source=name("basis", str(line["source"]), language),
        ))  # fmt: skip
    return out + provinces_out(table, language)


def shown(value: float) -> str:
    """A number with four digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _unit(line: dict[str, object], language: str) -> str:
    unit = str(line["unit"])
    return "" if unit in ("fraction", "index") else f" {name('unit', unit, language)}"


def section(table: pd.DataFrame, language: str = "en") -> list[str]:
    """Lines of the page: the table, then sentences."""
    if table.empty:
        return []
    words = phrases("baseline", language)
    out = [f"## {words['beside']}", "", words["beside_note"], "", f"| {words['beside_head']} |",
           "| --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- | --- |"]  # fmt: skip
    for line in table[table["kind"] != KIND].to_dict("records"):
        mark = "**" if line["verdict"] != "inside" else ""
        numbers = f"{mark}{shown(line['value'])}{mark} | {shown(line['low'])} | {shown(line['high'])}"
        where, source = region_name(str(line["region"]), language), name("basis", str(line["source"]), language)
        out.append(f"| {line[f'what_{language}']} | {where} | {line['year']} | {numbers} | "
                   f"{name('unit', line['unit'], language)} | {words[line['verdict']]} | {words[line['kind']]} | "
                   f"{source} |")  # fmt: skip
    return [*out, "", *provinces_table(table, language), *(f"- {line}" for line in leaves(table, language)), ""]

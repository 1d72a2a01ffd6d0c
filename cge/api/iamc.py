"""Results in the long layout of integrated assessment (IAMC), with definitions in the form of `nomenclature`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from cge.study.results import Results
from cgebase.errors import ScenarioError
from cgebase.messages import message
from cgebase.whole import write_whole
from cgebase.xlsx import book_of
from sam.registry import NATION, provinces

TABLE = Path(__file__).with_name("iamc.csv")
COLUMNS = ["model", "scenario", "region", "variable", "unit", "year", "value"]
MODEL = "provincial-cge"
EVERY, TOTAL = "*", "all"
"""Sectors of a variable: the sum of all, or the row that is no sector's."""
ENDINGS = (".csv", ".xlsx")
SHEET = "data"
"""Sheet of the values, as other programs of the layout name it."""


@cache
def variables() -> pd.DataFrame:
    """What is written: columns ``indicator, sector, variable, unit, factor, description``."""
    return pd.read_csv(TABLE)


def regions() -> dict[str, str]:
    """Names of the layout by code: the nation, and provinces by their English names."""
    return {NATION: "China", **{p.code: f"China|{p.name_en}" for p in provinces()}}


def long(results: Results) -> pd.DataFrame:
    """Every number of a run that has a variable in the layout; columns :data:`COLUMNS`."""
    rows, names, out = results.data, regions(), []
    for entry in variables().itertuples():
        of = rows[rows["indicator"] == entry.indicator]
        of = of[of["sector"] != TOTAL] if entry.sector == EVERY else of[of["sector"] == entry.sector]
        summed = of.groupby(["scenario", "region", "year"], sort=False)["value"].sum(min_count=1).reset_index()
        out.append(summed.assign(variable=entry.variable, unit=entry.unit, value=entry.factor * summed["value"]))
    table = pd.concat(out, ignore_index=True).dropna(subset=["value"])
    return table.assign(model=MODEL, region=table["region"].map(names))[COLUMNS]


def write(results: Results, path: Path) -> Path:
    """Write the long layout as CSV or Excel; the file appears whole or not at all."""
    if path.suffix not in ENDINGS:
        raise ScenarioError(message("CGE356", path=path, known=", ".join(ENDINGS)))
    table = long(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        write_whole(path, table.to_csv(index=False))
    else:
        with book_of(path) as content, pd.ExcelWriter(content, engine="xlsxwriter") as book:
            table.to_excel(book, sheet_name=SHEET, index=False)
    return path


def write_definitions(results: Results, folder: Path) -> list[Path]:
    """Write ``region``, ``variable`` and ``scenario`` lists of definitions."""
    there = dict.fromkeys(long(results)["variable"])
    entries = [
        f"- {v.variable}:\n    description: {v.description}\n    unit: {_quoted(v.unit)}\n"
        for v in variables().itertuples() if v.variable in there
    ]  # fmt: skip
    nation, *others = regions().values()
    labels = {s["id"]: s["label"]["en"] for s in results.study["scenario"]}
    files = {
        "variable/variables.yaml": "".join(entries),
        "region/regions.yaml": f"- Country:\n  - {nation}\n- Provinces:\n" + "".join(f"  - {x}\n" for x in others),
        "scenario/scenarios.yaml": "".join(
            f"- {_quoted(name)}:\n    description: {_quoted(label)}\n" for name, label in labels.items()
        ),
    }  # fmt: skip
    for name, text in files.items():
        write_whole(folder / name, text)
    return [folder / name for name in files]


def _quoted(text: str) -> str:
    """A text that stays one in YAML."""
    return "'" + text.replace("'", "''") + "'"

"""Every number that is not in the SAM, in one table: value, range, unit, source, kind, and what it becomes.

The numbers come from the parameter tables, from the assumption tables of the data side and, for constants that stand
in code, from the code itself; ``constants.csv`` says where a constant stands. What they are called and which symbols
they become is in :mod:`cge.calibrate.parameters.register`.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from cge.calibrate import parameters
from cge.calibrate.parameters import TABLES, load_parameters, rows_of
from cge.calibrate.parameters.register import CODE, THEMES, uses
from sam.tables import read_table

COLUMNS = (
    "theme", "table", "parameter", "item", "year", "value", "low", "high", "unit", "kind", "symbols", "source", "note",
)  # fmt: skip
KINDS = ("literature", "definition", "assumption", "fitted")
SAM_TABLES = {
    "path_assumptions": {"item": "parameter", "code": "item", "basis": "note"},
    "build_assumptions": {},
    "power_assumptions": {"item": "parameter", "region": "item", "basis": "note"},
}
NATIONAL = ("CN", "all")


def register(aggregation: str = "cn30") -> pd.DataFrame:
    """Return one row per number, in the order of :data:`THEMES`.

    Parameters
    ----------
    aggregation : {"cn30", "cn12", "cn42"}
        Sectors of the elasticities and abatement curves; cn12 takes simple means, cn42 inherits.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`; ``symbols`` are those of :mod:`cge.theory.symbols`, separated by blanks, and empty
        where the model does not read the number.
    """
    frames = [_own(aggregation), *(_of_sam(name, renamed) for name, renamed in SAM_TABLES.items()), _constants()]
    table = pd.concat(frames, ignore_index=True)
    table["kind"] = [_kind(*row) for row in table[["source", "note", "unit", "value"]].itertuples(index=False)]
    known = uses()[["table", "parameter", "theme", "symbols", "read_by"]]
    table = table.merge(known, on=["table", "parameter"], how="left", validate="many_to_one")
    order = {name: k for k, name in enumerate(THEMES)}
    table = table.sort_values("theme", key=lambda s: s.map(order), kind="stable", ignore_index=True)
    return table[[*COLUMNS, "read_by"]]


def _own(aggregation: str) -> pd.DataFrame:
    """The tables of this package, with the values that the model reads at the aggregation."""
    chosen = load_parameters(aggregation)
    file = {p: t for t in TABLES for p in pd.read_csv(Path(parameters.__file__).with_name(f"{t}.csv"))["parameter"]}
    texts: dict[tuple[str, str], tuple[dict[str, None], ...]] = {}
    told = rows_of(aggregation, chosen.table)[["parameter", "item", "unit", "source", "note"]]
    for parameter, item, *row in told.fillna("").itertuples(index=False):
        for parts, text in zip(texts.setdefault((parameter, item), ({}, {}, {})), row, strict=True):
            parts |= {text: None} if text else {}
    rows = [(file[p], p, i, "", chosen.values[p, i], *chosen.ranges[p, i], *map("; ".join, t))
            for (p, i), t in texts.items()]  # fmt: skip
    columns = ["table", "parameter", "item", "year", "value", "low", "high", "unit", "source", "note"]
    return pd.DataFrame(rows, columns=columns)


def _of_sam(name: str, renamed: dict[str, str]) -> pd.DataFrame:
    frame = read_table(name).rename(columns=renamed)
    frame["table"], frame["source"] = name, ""
    frame["year"] = frame["year"].astype(str) if "year" in frame else ""
    for column in ("value", "low", "high"):
        frame[column] = frame[column].astype(float)
    return frame.fillna({"note": "", "unit": ""})


def _constants() -> pd.DataFrame:
    path = Path(__file__).with_name("constants.csv")
    frame = pd.read_csv(path, keep_default_na=False, na_values={"low": "", "high": ""})
    frame["table"], frame["year"] = CODE, ""
    frame["value"] = [_standing(place) for place in frame["place"]]
    frame["note"] = [f"{note + '; ' if note else ''}in {p.partition(':')[0]}" for note, p in zip(
        frame["note"], frame["place"], strict=True)]  # fmt: skip
    return frame.drop(columns="place")


def _standing(place: str) -> float:
    """The number at ``module:name``, ``module:name.part.part`` or ``module:callable@argument``."""
    module, _, name = place.partition(":")
    name, _, argument = name.partition("@")
    name, *parts = name.split(".")
    found: Any = getattr(import_module(module), name)
    if argument:
        fields = getattr(found, "model_fields", None)
        found = fields[argument].default if fields else inspect.signature(found).parameters[argument].default
    for part in parts:
        found = found[int(part) if part.isdigit() else part]
    return float(found)


def _kind(source: str, note: str, unit: str, value: float) -> str:
    """An assumption wherever the record says so, in whole or in part; else what its source is."""
    if source in KINDS:
        return source
    if "assumption" in (source or note).lower():
        return "assumption"
    start_of_index = unit.startswith("index") and value == 1
    return "definition" if source == "model theory" or start_of_index else "literature"

"""The 31 provincial tables the build starts from: those carried, or workbooks of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.errors import SAMError, SAMValidationError
from cgebase.messages import Message, joined, listed, message, reason
from sam.formats.iolabels import nbs42
from sam.formats.iotable import TRADE, VALUE_ADDED, IOTable
from sam.formats.workbook import Choices, read_io
from sam.registry import PROVINCE_CODES
from sam.tables import TABLES

ENDINGS = frozenset({".xls", ".xlsx"})
FINAL = {
    "FU101": "cons_rural", "FU102": "cons_urban", "FU103": "cons_government", "FU201": "gfcf",
    "FU202": "inventory_change",
}  # fmt: skip
FLOWS = (
    "exports_abroad", "outflow_other_provinces", "imports_abroad", "inflow_other_provinces", "error_term",
)  # fmt: skip
"""Names of the columns :data:`TRADE`."""


def carried_tables() -> pd.DataFrame:
    """The carried tables of 2017 in the form of :func:`own_tables`."""
    return pd.read_csv(TABLES / "io_provincial_2017.csv.gz", dtype={"row_code": str})


def own_tables(folder: Path, choices: Choices | None = None) -> tuple[pd.DataFrame, list[Message]]:
    """Read a folder of provincial workbooks: one per province, all 31, the 42 sectors of 2017 to 2020, one year.

    Parameters
    ----------
    folder : Path
        Every ``.xls`` and ``.xlsx`` in it is read.

    Returns
    -------
    tables : DataFrame
        A row per province and sector, value-added item or total input; 1e8 yuan.
    said : list of Message
        Findings and notes of all tables.

    Raises
    ------
    SAMError
        The folder cannot be read.
    SAMValidationError
        Workbooks with faults, provinces absent or twice, other sectors, columns absent, several years; all listed.
    """
    try:
        paths = sorted(
            p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and not p.name.startswith(("~$", "."))
        )
    except OSError as error:
        raise SAMError(message("SAM124", path=folder, reason=reason(error))) from error
    faults: list[Message] = []
    tables: dict[str, IOTable] = {}
    years: dict[int | None, str] = {}
    for path in paths:
        try:
            table = read_io(path, choices)
        except (SAMError, LookupError) as error:
            text = error.args[0] if error.args else error
            faults.append(text if isinstance(text, Message) else Message(str(text), str(text)))
            continue
        faults += _unfit(table)
        region = table.regions[0]
        if region in tables:
            faults.append(message("SAM180.twice", region=region, file=table.file, first=tables[region].file))
        tables.setdefault(region, table)
        years.setdefault(table.year, table.file)
    lost = [p for p in PROVINCE_CODES if p not in tables]
    if lost:
        faults.append(message("SAM180.lost", count=len(lost), regions=listed(lost)))
    if len(years) > 1:
        faults.append(message("SAM180.years", years=listed(f"{y} ({file})" for y, file in years.items())))
    if faults:
        raise SAMValidationError(joined(message("SAM180", folder=folder, count=len(faults)), faults, codes=True))
    said = [m for t in tables.values() for m in (*t.findings, *t.notes)]
    return pd.concat([_wide(tables[p]) for p in PROVINCE_CODES], ignore_index=True), said


def _unfit(table: IOTable) -> list[Message]:
    """Why a table cannot stand for a province of the build."""
    if len(table.regions) > 1 or table.regions[0] not in PROVINCE_CODES:
        return [message("SAM180.region", file=table.file, regions=listed(table.regions))]
    if table.classification != "nbs42" or table.sectors != tuple(nbs42()):
        return [message("SAM180.sectors", file=table.file, count=len(table.sectors))]
    held = {key for _, key in table.final} | set(table.trade) | set(table.value_added.index)
    lost = [k for k in (*FINAL, *TRADE, *VALUE_ADDED) if k not in held and k != "ERR"]
    lost += ["imports in one column (IM)"] if len(table.imported) and "IM" not in lost else []
    return [message("SAM180.columns", file=table.file, keys=listed(lost))] if lost else []


def _wide(table: IOTable) -> pd.DataFrame:
    region, codes = table.regions[0], list(table.sectors)
    columns = [f"s{c}" for c in codes]
    top = pd.DataFrame(table.use.to_numpy(), columns=columns)
    for key, name in FINAL.items():
        top[name] = table.final[region, key].to_numpy()
    for key, name in zip(TRADE, FLOWS, strict=True):
        top[name] = table.trade[key].to_numpy() if key in table.trade else 0.0
    top["gross_output"] = table.output.to_numpy()
    added = table.value_added.loc[list(VALUE_ADDED)].to_numpy()
    total = table.use.to_numpy().sum(0) + added.sum(0)
    below = pd.DataFrame(np.vstack([added, added.sum(0), total]), columns=columns)
    out = pd.concat([top, below], ignore_index=True)
    out.insert(0, "row_code", [*codes, *VALUE_ADDED, "TVA", "TI"])
    out.insert(0, "province_code", region)
    return out

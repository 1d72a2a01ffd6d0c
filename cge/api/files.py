"""Tables as files of other programs: CSV, Excel, netCDF and Parquet by the ending of the name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import xarray as xr

from cge.api.tables import ORDER
from cgebase.errors import OutputError, ScenarioError
from cgebase.messages import message
from cgebase.whole import whole
from cgebase.xlsx import book_of

ENDINGS = (".csv", ".xlsx", ".nc", ".parquet")
LAST = ("value", "unit")
ROWS = 1_048_575
"""Rows of a sheet beside its head."""


def long(tables: Sequence[xr.DataArray]) -> pd.DataFrame:
    """Rows of every cell that exists: name, labels with their names, year, value, unit."""
    frames = []
    for table in tables:
        frame = table.rename("value").to_dataframe().reset_index()
        frames.append(frame.assign(name=table.name, unit=table.attrs["unit"])[frame["value"].notna()])
    rows = pd.concat(frames, ignore_index=True)
    beside = [f"{dim}_{language}" for dim in ORDER for language in ("en", "zh")]
    order = [c for c in ("name", *ORDER, *LAST, *beside) if c in rows]
    return rows[order]


def write(tables: xr.Dataset | Sequence[xr.DataArray], path: Path, *, force: bool) -> Path:
    """Write tables; the file appears whole or not at all.

    Parameters
    ----------
    tables : Dataset or sequence of DataArray
        A dataset for netCDF, which keeps its shape; else rows as :func:`long` makes them.

    Raises
    ------
    ScenarioError
        Another ending, or more rows than a sheet holds.
    OutputError
        The file is there and ``force`` is off, or Parquet cannot be written here.
    """
    if path.suffix not in ENDINGS:
        raise ScenarioError(message("CGE356", path=path, known=", ".join(ENDINGS)))
    if path.exists() and not force:
        raise OutputError(message("CGE003", path=path))
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(tables, xr.Dataset):
        with whole(path) as part:
            tables.to_netcdf(part, engine="scipy")
        return path
    rows = long(tables)
    if path.suffix == ".xlsx":
        if len(rows) > ROWS:
            raise ScenarioError(message("CGE356.rows", path=path, count=len(rows), most=ROWS))
        text = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
        with book_of(path) as content, pd.ExcelWriter(content, engine="xlsxwriter", engine_kwargs=text) as book:
            rows.to_excel(book, index=False)
        return path
    with whole(path) as part:
        if path.suffix == ".csv":
            rows.to_csv(part, index=False)
        else:
            try:
                rows.to_parquet(part, index=False)
            except ImportError as error:
                raise OutputError(message("CGE357", path=path)) from error
    return path

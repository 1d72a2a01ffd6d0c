"""The bundle a model reads: balanced SAM, emissions, electricity, and what they are measured in."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import SAMError
from sam.matrix import SAM
from sam.messages import Message, joined, listed, message
from sam.registry import PROVINCE_CODES, activity_codes, commodity_codes
from sam.whole import whole

SHIPPED = Path(__file__).parent / "data" / "economy"
TABLES = ("sam", "emissions", "generation", "electricity_use", "network", "margins")
COLUMNS = {
    "sam": ("row", "column", "value"), "emissions": ("region", "user", "carrier", "mt"),
    "generation": ("region", "technology", "twh"), "electricity_use": ("region", "twh"),
    "network": ("origin", "destination", "twh"), "margins": ("commodity", "origin", "destination", "value"),
}  # fmt: skip
"""Columns of each table; the last one is a number."""
OPTIONAL = ("margins",)
"""Tables that an economy of the user's own may leave out."""
#: What reading a table may raise.
UNREADABLE = (
    OSError, EOFError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, zlib.error,
)  # fmt: skip
ABOUT = "about.csv"


@dataclass(frozen=True)
class Economy:
    """A province-level economy of one year.

    Parameters
    ----------
    sam : SAM
        Balanced, 1e8 yuan.
    emissions : DataFrame
        ``region, user, carrier, mt``; user is an activity or ``hh:rural``/``hh:urban``.
    generation : DataFrame
        ``region, technology, twh``.
    electricity_use : DataFrame
        ``region, twh``.
    network : DataFrame
        ``origin, destination, twh``.
    margins : DataFrame
        ``commodity, origin, destination, value``: transport that comes with goods from another province, 1e8 yuan.
    """

    sam: SAM
    emissions: pd.DataFrame
    generation: pd.DataFrame
    electricity_use: pd.DataFrame
    network: pd.DataFrame
    margins: pd.DataFrame
    aggregation: str
    regions: tuple[str, ...]
    commodities: tuple[str, ...]
    activities: tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Write the tables as compressed CSV."""
        save_sam(self.sam, folder)
        for name in TABLES[1:]:
            _write(getattr(self, name), folder / f"{name}.csv.gz")


def save_sam(sam: SAM, folder: Path) -> None:
    """Write ``sam.csv.gz`` and what it is measured in, the SAM's part of an economy on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(sam.cells, folder / "sam.csv.gz")
    with whole(folder / ABOUT) as part:
        about_table(sam).to_csv(part, index=False)


def _write(frame: pd.DataFrame, target: Path) -> None:
    with whole(target) as part:
        frame.to_csv(part, index=False, float_format="%.17g", compression={"method": "gzip", "mtime": 0})


def about_table(sam: SAM) -> pd.DataFrame:
    """Unit, year, sources and history of a SAM as ``about.csv`` holds them."""
    rows = [("unit", sam.unit), ("year", str(sam.year))]
    rows += [("source", s) for s in sam.sources] + [("history", h) for h in sam.history]
    return pd.DataFrame(rows, columns=["field", "text"])


def described_sam(cells: pd.DataFrame, aggregation: str, about: Path, faults: list[Message]) -> SAM:
    """Cells with what ``about.csv`` says of them; a folder without it holds 1e8 yuan of 2021."""
    if not about.exists():
        return SAM(cells=cells, aggregation=aggregation)
    try:
        texts = pd.read_csv(about, dtype=str).groupby("field")["text"].agg(tuple)
        unit, year = texts["unit"][0], int(texts["year"][0])
    except (*UNREADABLE, KeyError, ValueError) as error:
        faults.append(message("SAM108", file=about.name, reason=str(error).splitlines()[0]))
        return SAM(cells=cells, aggregation=aggregation)
    return SAM(
        cells=cells, unit=unit, year=year, aggregation=aggregation,
        sources=texts.get("source", ()), history=texts.get("history", ()),
    )  # fmt: skip


def shipped_aggregations() -> tuple[str, ...]:
    """Aggregations with a built economy in the package."""
    return tuple(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))


def _file(folder: Path, name: str) -> Path | None:
    return next((p for p in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if p.is_file()), None)


def _read(name: str, path: Path | None, faults: list[Message]) -> pd.DataFrame:
    """One table with its numbers as numbers; what is wrong joins ``faults`` with its line."""
    columns = COLUMNS[name]
    if path is None:
        return pd.DataFrame({c: pd.Series(dtype=float if c == columns[-1] else str) for c in columns})
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except UNREADABLE as error:
        faults.append(message("SAM104", file=path.name, reason=str(error).splitlines()[0]))
        return pd.DataFrame(columns=list(columns))
    lost = [c for c in columns if c not in frame.columns]
    if lost:
        faults.append(message("SAM105", file=path.name, missing=listed(lost), found=listed(frame.columns)))
        return pd.DataFrame(columns=list(columns))
    number = columns[-1]
    parsed = pd.to_numeric(frame[number], errors="coerce")
    for k in frame.index[~np.isfinite(parsed)]:
        faults.append(message("SAM106", file=path.name, line=k + 2, column=number, value=frame[number][k]))
    for c in columns[:-1]:
        for k in frame.index[frame[c].str.strip() == ""]:
            faults.append(message("SAM106.empty", file=path.name, line=k + 2, column=c))
    return frame.assign(**{number: parsed})[list(columns)]


def load_sam(folder: Path) -> SAM:
    """Read the SAM of an economy of the user's own, whatever other tables are there.

    Raises
    ------
    SAMError
        No ``sam.csv``, or its faults by line.
    """
    path, faults = _file(folder, "sam"), list[Message]()
    if path is None:
        raise SAMError(message("SAM101", folder=folder, tables="sam.csv"))
    sam = described_sam(_read("sam", path, faults), "", folder / ABOUT, faults)
    if faults:
        raise SAMError(joined(message("SAM103", folder=folder, count=len(faults)), faults))
    return sam


def load_economy(aggregation: str = "cn30", *, folder: Path | None = None) -> Economy:
    """Read a built economy.

    Raises
    ------
    SAMError
        No such aggregation; names those there are.
    """
    own = folder is not None
    folder = SHIPPED / aggregation if folder is None else folder
    files = {n: _file(folder, n) for n in TABLES}
    missing = [n for n, path in files.items() if path is None and not (own and n in OPTIONAL)]
    if own and missing:
        raise SAMError(message("SAM101", folder=folder, tables=listed(f"{n}.csv" for n in missing)))
    if missing:
        shipped = listed(shipped_aggregations())
        raise SAMError(message("SAM102", aggregation=aggregation, tables=listed(missing), shipped=shipped))
    faults: list[Message] = []
    frames = {n: _read(n, path, faults) for n, path in files.items()}
    sam = described_sam(frames.pop("sam"), aggregation, folder / ABOUT, faults)
    if faults:
        raise SAMError(joined(message("SAM103", folder=folder, count=len(faults)), faults))
    return Economy(
        sam=sam,
        aggregation=aggregation,
        regions=tuple(PROVINCE_CODES),
        commodities=tuple(commodity_codes(aggregation)),
        activities=tuple(activity_codes(aggregation)),
        **frames,
    )

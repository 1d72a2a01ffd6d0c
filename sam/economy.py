"""The bundle a model reads: balanced SAM, emissions, electricity, and what they are measured in."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import SAMError
from sam.matrix import SAM
from sam.registry import PROVINCE_CODES, activity_codes, commodity_codes

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
LISTED = 40
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
        folder.mkdir(parents=True, exist_ok=True)
        tables = {"sam": self.sam.cells} | {n: getattr(self, n) for n in TABLES[1:]}
        for name, frame in tables.items():
            target = folder / f"{name}.csv.gz"
            part = folder / f"{name}.csv.gz.part"
            frame.to_csv(part, index=False, float_format="%.17g", compression={"method": "gzip", "mtime": 0})
            part.replace(target)
        _about(self.sam).to_csv(folder / ABOUT, index=False)


def _about(sam: SAM) -> pd.DataFrame:
    rows = [("unit", sam.unit), ("year", str(sam.year))]
    rows += [("source", s) for s in sam.sources] + [("history", h) for h in sam.history]
    return pd.DataFrame(rows, columns=["field", "text"])


def _sam(cells: pd.DataFrame, aggregation: str, about: Path) -> SAM:
    """Cells with what ``about.csv`` says of them; a folder without it holds 1e8 yuan of 2021."""
    if not about.exists():
        return SAM(cells=cells, aggregation=aggregation)
    texts = pd.read_csv(about).groupby("field")["text"].agg(tuple)
    return SAM(
        cells=cells, unit=texts["unit"][0], year=int(texts["year"][0]), aggregation=aggregation,
        sources=texts.get("source", ()), history=texts.get("history", ()),
    )  # fmt: skip


def shipped_aggregations() -> tuple[str, ...]:
    """Aggregations with a built economy in the package."""
    return tuple(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))


def _file(folder: Path, name: str) -> Path | None:
    return next((p for p in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if p.is_file()), None)


def _read(name: str, path: Path | None, faults: list[str]) -> pd.DataFrame:
    """One table with its numbers as numbers; what is wrong joins ``faults`` with its line."""
    columns = COLUMNS[name]
    if path is None:
        return pd.DataFrame({c: pd.Series(dtype=float if c == columns[-1] else str) for c in columns})
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except UNREADABLE as error:
        faults.append(f"{path.name}: {str(error).splitlines()[0]}")
        return pd.DataFrame(columns=list(columns))
    lost = [c for c in columns if c not in frame.columns]
    if lost:
        faults.append(f"{path.name}: columns {', '.join(lost)} are missing, found {', '.join(map(str, frame.columns))}")
        return pd.DataFrame(columns=list(columns))
    number = columns[-1]
    parsed = pd.to_numeric(frame[number], errors="coerce")
    for k in frame.index[~np.isfinite(parsed)]:
        faults.append(f"{path.name} line {k + 2}: {number} is {frame[number][k]!r}, expected a number")
    for c in columns[:-1]:
        for k in frame.index[frame[c].str.strip() == ""]:
            faults.append(f"{path.name} line {k + 2}: {c} is empty")
    return frame.assign(**{number: parsed})[list(columns)]


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
        lacking = ", ".join(f"{n}.csv" for n in missing)
        text = f"{folder} lacks {lacking} (or .csv.gz); `cge sam build --out` writes a model of each"
        raise SAMError(text)
    if missing:
        text = (
            f"no built economy {aggregation!r}: tables {missing} are absent; shipped: "
            f"{', '.join(shipped_aggregations())}; build one with `cge sam build --aggregation {aggregation}`"
        )
        raise SAMError(text)
    faults: list[str] = []
    frames = {n: _read(n, path, faults) for n, path in files.items()}
    if faults:
        more = f"\n  and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
        listing = "\n  ".join(faults[:LISTED]) + more
        text = f"{folder} cannot be read, {len(faults)} faults:\n  {listing}"
        raise SAMError(text)
    return Economy(
        sam=_sam(frames.pop("sam"), aggregation, folder / ABOUT),
        aggregation=aggregation,
        regions=tuple(PROVINCE_CODES),
        commodities=tuple(commodity_codes(aggregation)),
        activities=tuple(activity_codes(aggregation)),
        **frames,
    )

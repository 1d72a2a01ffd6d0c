"""Tidy results of scenarios with the manifest that says how they were made."""

from __future__ import annotations

import gzip
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cgebase.errors import CGEError
from cgebase.messages import Message, listed, message

COLUMNS = ("scenario", "region", "sector", "year", "indicator", "value", "unit")
KEYS = ("scenario", "region", "sector", "year", "indicator")
TABLE, MANIFEST = "results.csv.gz", "manifest.json"


def holds_run(folder: Path) -> bool:
    """Whether a whole run stands in a folder; a summary without manifest came with the project, to be made again."""
    made = (folder / MANIFEST).exists() or any(folder.glob(f"*/{MANIFEST}"))
    return made and (folder / "summary.csv").exists()


class ResultsError(CGEError, ValueError):
    """Results are incomplete, doubled or unreadable; says which file and what to do."""

    exit_code = 3


@dataclass(frozen=True)
class Results:
    """Results of one comparison.

    Parameters
    ----------
    data : DataFrame
        Columns scenario, region, sector, year, indicator, value, unit; one row per key.
    manifest : dict
        What was asked and how it was solved; plain JSON.
    """

    data: pd.DataFrame
    manifest: dict[str, Any]

    def __post_init__(self) -> None:
        missing = [c for c in COLUMNS if c not in self.data.columns]
        if missing:
            raise ResultsError(message("CGE311", columns=listed(missing), expected=listed(COLUMNS)))
        double = self.data.duplicated(list(KEYS))
        if double.any():
            key = tuple(self.data.loc[double, list(KEYS)].iloc[0])
            raise ResultsError(message("CGE312", count=int(double.sum()), first=key))

    def save(self, folder: str | Path) -> Path:
        """Write ``results.csv.gz`` and ``manifest.json``; the same results give the same bytes.

        Each file appears whole under its name or not at all; the manifest comes last.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        table = self.data[list(COLUMNS)].to_csv(index=False, float_format="%.17g", lineterminator="\n")
        _replace(folder / TABLE, gzip.compress(table.encode("utf-8"), mtime=0))
        text = json.dumps(self.manifest, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False)
        _replace(folder / MANIFEST, (text + "\n").encode("utf-8"))
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read what `save` wrote.

        Raises
        ------
        ResultsError
            A file is missing or cannot be read.
        """
        folder = Path(folder)
        absent = [name for name in (TABLE, MANIFEST) if not (folder / name).is_file()]
        if absent:
            files = Message(" and no ".join(absent), "、".join(absent))
            raise ResultsError(message("CGE313", folder=folder, files=files))
        try:
            # Read as text: codes such as NA are names, and float() gives back every digit.
            data = pd.read_csv(folder / TABLE, dtype=str, keep_default_na=False)
            data["year"] = data["year"].astype("int64")
            data["value"] = [float(text) if text else float("nan") for text in data["value"]]
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise ResultsError(message("CGE314", folder=folder, said=error)) from error
        return cls(data, manifest)


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

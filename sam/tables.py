"""Read the tables and mappings shipped with the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from cgebase.messages import listed, message

DATA = Path(__file__).parent / "data"
TABLES = DATA / "tables"
MAPPINGS = Path(__file__).parent / "mappings"


@lru_cache(maxsize=64)
def _read(path: Path, text_columns: tuple[str, ...]) -> pd.DataFrame:
    if not path.exists():
        known = listed(sorted(p.stem for p in path.parent.glob("*.csv*")))
        raise FileNotFoundError(message("SAM107", name=path.stem, folder=path.parent.name, known=known))
    return pd.read_csv(path, dtype={c: str for c in text_columns}, keep_default_na=False, na_values=[""])


def read_table(name: str, text_columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return a copy of ``sam/data/tables/<name>.csv``.

    Parameters
    ----------
    name : str
        Table name without ending.
    text_columns : tuple of str
        Columns that stay text (codes with leading zeros).
    """
    return _read(TABLES / f"{name}.csv", text_columns).copy()


def read_mapping(name: str, text_columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return a copy of ``sam/mappings/<name>.csv``."""
    return _read(MAPPINGS / f"{name}.csv", text_columns).copy()

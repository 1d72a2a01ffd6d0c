"""What is known of every parameter beside its numbers: name, symbols of the equations, what it matters for.

``uses.csv`` says it, for those of the tables of this package, of the assumption tables of the data side, and for
constants that stand in code. Their numbers are in :mod:`cge.explain.register`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.errors import ScenarioError
from cgebase.messages import Message, lined, message, near

CODE = "code"
THEMES = {
    "power": "Power", "abatement": "Abatement curves", "production": "Production", "trade": "Trade",
    "households": "Households", "growth": "Capital, labour and growth", "paths": "Paths of the baseline",
    "allocation": "Sharing the cap, and what is fitted", "reporting": "Reporting", "building": "Building the SAM",
}  # fmt: skip
"""Themes of the register with their titles, in the order in which they are printed."""


@lru_cache(maxsize=1)
def uses() -> pd.DataFrame:
    """What is known of each parameter; one row per table and parameter, as text."""
    return pd.read_csv(Path(__file__).with_name("uses.csv"), dtype=str, keep_default_na=False)


def words() -> dict[tuple[str, str], Message]:
    """Name for readers by table and parameter."""
    columns = ["table", "parameter", "what", "what_zh"]
    return {(t, p): Message(en, zh) for t, p, en, zh in uses()[columns].itertuples(index=False)}


def find(name: str) -> list[tuple[str, str]]:
    """Tables and parameters that a name stands for: its own, or those that become a symbol of that name.

    Raises
    ------
    ScenarioError
        Neither; names the nearest.
    """
    known = uses()
    by_name = known[known["parameter"].str.lower() == name.lower()]
    by_symbol = known[[name in s.split() for s in known["symbols"]]]
    found = pd.concat([by_name, by_symbol]).drop_duplicates(["table", "parameter"])
    if found.empty:
        spelt = sorted({*known["parameter"], *(s for text in known["symbols"] for s in text.split())})
        names = lined(dict.fromkeys(known["parameter"]))
        raise ScenarioError(message("CGE229", name=name, near=near(name, spelt), known=names))
    return [(str(t), str(p)) for t, p in found[["table", "parameter"]].itertuples(index=False)]


def shown(value: float) -> str:
    """A number as short as it can be said; empty where there is none."""
    return "" if not np.isfinite(value) else f"{value:.6g}"

"""What the planning study says of its own numbers, held against them: both numbers, and whether they agree."""

from __future__ import annotations

import pandas as pd

from cge.planning.rounded import Rounded, between, printed
from sam.tables import read_table

HOLDS, ROUNDING, FAILS = "holds", "rounding", "fails"
"""Verdicts: as printed; only where numbers are rounded kindly; not even then."""


def statements() -> pd.DataFrame:
    """Every statement with the number it makes and the number its data make.

    Returns
    -------
    DataFrame
        Columns ``id, section, en, zh, sense, stated, high, found, found_low, found_high, unit, verdict``; `found_low`
        and `found_high` are what rounding of the printed numbers allows.
    """
    out = []
    for row in read_table("study_statements", ("stated", "high")).to_dict("records"):
        found, low, high = between(str(row["expression"]))
        stated = printed(str(row["stated"]))
        upper = printed(str(row["high"])) if not pd.isna(row["high"]) else stated
        agrees = verdict(str(row["sense"]), found, (low, high), stated, upper)
        out.append({
            **{k: row[k] for k in ("id", "section", "en", "zh", "sense")},
            "stated": stated.value, "high": upper.value if upper is not stated else float("nan"),
            "found": found, "found_low": low, "found_high": high, "unit": row["unit"], "verdict": agrees,
        })  # fmt: skip
    return pd.DataFrame(out)


def verdict(sense: str, found: float, allowed: tuple[float, float], stated: Rounded, upper: Rounded) -> str:
    """Whether a number is what is stated: as printed, only where rounding allows it, or not at all."""
    low, high = allowed
    if sense == "=":
        near = abs(found - stated.value) <= stated.half
        possible = low <= stated.high and high >= stated.low
    elif sense == "between":
        near, possible = stated.value <= found <= upper.value, low <= upper.value and high >= stated.value
    else:
        near = found > stated.value if sense == ">" else found < stated.value
        possible = high > stated.value if sense == ">" else low < stated.value
    return HOLDS if near else ROUNDING if possible else FAILS

"""What ids are called: one table, `names.csv`, for every figure, page and book."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("names.csv")


@dataclass(frozen=True)
class Name:
    """Words of an id.

    Parameters
    ----------
    unit : str
        Of an indicator, as the results write it.
    en, zh : str
    format : str
        Digits of an indicator in a spreadsheet.
    sign : str
        ``+`` where a number is a change and carries its sign.
    """

    unit: str
    en: str
    zh: str
    format: str
    sign: str

    def text(self, language: str) -> str:
        """The words in one language."""
        return self.zh if language == "zh" else self.en

    @property
    def code(self) -> str:
        """Number format of a spreadsheet; a loss is red where the sign is shown, and what rounds to zero has none."""
        if not self.sign:
            return self.format
        half = 0.5 * 10.0 ** -len(self.format.partition(".")[2])
        return f"[>={half:g}]+{self.format};[Red][<=-{half:g}]-{self.format};{0:.{len(self.format) - 2}f}"


def _table() -> dict[str, dict[str, Name]]:
    kinds: dict[str, dict[str, Name]] = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        for kind, code, *words in rows:
            kinds.setdefault(kind, {})[code] = Name(*words)
    return kinds


KINDS = _table()
"""Names by kind and id, in the order of the table."""


def name(kind: str, code: str, language: str) -> str:
    """Words for readers; an id outside the table stands for itself."""
    known = KINDS[kind].get(code)
    return known.text(language) if known else code


def unit(indicator: str, language: str) -> str:
    """Unit of an indicator for readers."""
    return name("unit", KINDS["indicator"][indicator].unit, language)

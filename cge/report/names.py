"""What ids are called: one table, `names.csv`, for every figure, page and book."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cgebase.messages import LANGUAGES, Message
from sam.registry import BASE_YEAR, MONEY

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


SAID: ContextVar[Mapping[str, Any]] = ContextVar("SAID", default=MappingProxyType({}))
"""What results say of a country of their own, see :attr:`cge.study.results.Results.country`."""
MONEY_ZH = re.compile(r"(?<=[亿万])元|元(?=[/（])|^元$")
"""Where Chinese words speak of yuan."""
PLACES = {"en": (("provinces", "regions"), ("province", "region")), "zh": (("各省", "各地区"), ("省份", "地区"))}
"""What China's regions are called, and those of another country."""
WHOLE = {"en": (re.compile(r"\b(nation|Nation)\b"), "whole"), "zh": (re.compile("全国"), "总体")}
"""What all regions together are called where they are of several countries."""


@contextmanager
def telling(country: Mapping[str, Any]) -> Iterator[None]:
    """Speak of a country by its own names, money and base year."""
    before = SAID.set(country)
    try:
        yield
    finally:
        SAID.reset(before)


def own_name(code: str, language: str) -> str | None:
    """Name that the country at hand gives to one of its codes."""
    words = SAID.get().get("names", {}).get(code)
    return None if words is None else str(words[LANGUAGES.index(language)])


def in_its_words(text: str, language: str) -> str:
    """A text about money and the base year of China, said of the country at hand."""
    said = SAID.get()
    if not said:
        return text
    for china, own in PLACES[language]:
        text = text.replace(china, own)
    if said.get("countries", 1) > 1:
        text = WHOLE[language][0].sub(WHOLE[language][1], text)
    money = MONEY_ZH.sub(said["currency"], text) if language == "zh" else text
    return money.replace(MONEY, said["currency"]).replace(str(BASE_YEAR), str(said["year"]))


def worded(words: Message) -> Message:
    """A message in the words of the country at hand."""
    en, zh = (in_its_words(words.text(x), x) for x in LANGUAGES)
    return Message(en, zh, words.code)


def name(kind: str, code: str, language: str) -> str:
    """Words for readers; an id outside the table stands for itself."""
    said = SAID.get()
    if kind == "unit" and said:
        code = code.replace(said["currency"], MONEY).replace(str(said["year"]), str(BASE_YEAR))
    known = KINDS[kind].get(code)
    return in_its_words(known.text(language) if known else code, language)


def unit(indicator: str, language: str) -> str:
    """Unit of an indicator for readers."""
    return name("unit", KINDS["indicator"][indicator].unit, language)

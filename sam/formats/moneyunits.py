"""Wordings of units of money: a multiple and a currency, as tables of many makers write them."""

from __future__ import annotations

import re

from sam.formats.iolabels import UNITS, unit_named

WORDS = {
    "thousand": 1e3, "thousands": 1e3, "000": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mill": 1e6, "million": 1e6,
    "millions": 1e6, "bn": 1e9, "billion": 1e9, "billions": 1e9, "trillion": 1e12, "trillions": 1e12,
}  # fmt: skip
SIGNS = (
    (r"u\.?s\.?\s*(\$|dollars?\b)", " usd "), (r"€|\beuros?\b", " eur "), (r"£", " gbp "),
    (r"\bm(eur|usd)\b", r"m \1 "), (r"\bof\b", " "), (r"['’]000\b", " 000 "),
)  # fmt: skip
MULTIPLE = re.compile(r"\d+(?:\.\d+)?(?:e\d+)?")


def parse_unit(text: str) -> tuple[float, str] | None:
    """Multiple and currency of a unit such as ``1e8 CNY``, ``millions of US$`` or 万元; None where it is none."""
    known = unit_named(text)
    if known:
        return round(UNITS[known] * 1e8), "CNY"
    low = text.lower()
    for pattern, word in SIGNS:
        low = re.sub(pattern, word, low)
    words = re.findall(r"[^\s.,()]+(?:\.\d+[^\s,()]*)?", low)
    currencies = [w for w in words if re.fullmatch("[a-z]{3}", w) and w not in WORDS]
    multiples = [w for w in words if w not in currencies]
    if len(currencies) != 1 or len(multiples) > 1:
        return None
    multiple = (multiples or ["1"])[0]
    if multiple not in WORDS and not MULTIPLE.fullmatch(multiple):
        return None
    return WORDS[multiple] if multiple in WORDS else float(multiple), currencies[0].upper()

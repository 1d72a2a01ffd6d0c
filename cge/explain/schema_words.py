"""Words of the page of the study file in one language; ``schema_zh.toml`` has the Chinese by the English."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from cge.calibrate.parameters.register import uses
from cge.explain.statements import chinese

TABLE = Path(__file__).with_name("schema_zh.toml")
NOTES = re.compile(r"\s*Notes\s+-{5}\s*")
"""Head of the notes in the description of a class."""
SHORT = {
    "table of ": "表，值为", "list of ": "列表，项为", "whole number": "整数", "two numbers": "两个数", "number": "数",
    "text": "文字", "table": "表", "file": "文件", " by ": "，键为 ", " or ": " 或 ", " codes": " 个代码", "none": "无",
    " to below ": " 至小于 ", "above ": "大于 ", " to ": " 至 ",
}  # fmt: skip
"""Words of kinds and ranges, longer ones first."""


@lru_cache(maxsize=1)
def table() -> dict[str, str]:
    """Chinese of the prose by its English."""
    found: dict[str, str] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def _meanings() -> dict[str, str]:
    """Chinese of what parameters are, by the English."""
    return {str(en): str(zh) for en, zh in uses()[["what", "what_zh"]].itertuples(index=False)}


def prose(text: str, language: str) -> str:
    """A paragraph; an unknown one stays as it is."""
    if language == "en":
        return text
    plain = " ".join(NOTES.sub(" ", text.replace("``", "`")).split())
    return table().get(plain) or _meanings().get(plain) or chinese().get(plain, text)


def short(text: str, language: str) -> str:
    """What a value looks like or where it lies; what stands between backticks stays."""
    if language == "en":
        return text
    known = prose(text, language)
    if known != text:
        return known
    parts = text.split("`")
    pattern = re.compile("|".join(map(re.escape, SHORT)))
    parts[::2] = [pattern.sub(lambda found: SHORT[found[0]], part) for part in parts[::2]]
    return "`".join(parts)

"""Fonts of every figure: matplotlib's own for Latin, a carried one for Chinese, alike on every machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from cgebase.messages import message

FACE = Path(__file__).parent / "face" / "ProvincialSansSC-Regular.otf"
"""Renamed subset of Noto Sans CJK SC: the 6,763 characters of GB 2312; licence beside it."""
LATIN, CHINESE = "DejaVu Sans", "Provincial Sans SC"
FIRST = 0x2E80
"""First sign that Latin faces do not have and the carried one may."""
INSTALLED = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP",
    "Source Han Sans", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Microsoft YaHei", "PingFang SC",
    "Heiti SC",
)  # fmt: skip
"""Faces of other machines that may have what the carried one lacks."""


class MissingGlyphWarning(UserWarning):
    """No font at hand has a character of a figure."""


@cache
def families() -> list[str]:
    """Families in order of use: Latin first, because CJK faces lack signs such as the minus."""
    font_manager.fontManager.addfont(FACE)
    faces = font_manager.fontManager.ttflist
    faces.append(replace(faces[-1], weight=700))  # the one weight that is carried serves bold words too
    have = {font.name for font in font_manager.fontManager.ttflist}
    return [LATIN, CHINESE, *(name for name in INSTALLED if name in have)]


def subset(text: Iterable[str]) -> bytes:
    """The Chinese of a text in the carried face, as a WOFF with its names and licence; for what draws its own text."""
    with TTFont(FACE, recalcTimestamp=False) as face:
        part = Subsetter(Options(name_IDs=["*"], notdef_outline=True, desubroutinize=True))
        part.populate(unicodes={ord(sign) for sign in text if ord(sign) >= FIRST})
        part.subset(face)
        face.flavor, out = "woff", BytesIO()
        face.save(out)
    return out.getvalue()


def tell_missing(text: str) -> None:
    """Say which characters of a text figures cannot show; fonts installed since matplotlib last looked count."""
    if _lacking(text):
        known = {font.fname for font in font_manager.fontManager.ttflist}
        for path in set(font_manager.findSystemFonts()) - known:
            font_manager.fontManager.addfont(path)
        families.cache_clear()
    if lacking := _lacking(text):
        warnings.warn(MissingGlyphWarning(message("CGE615", signs=lacking)), stacklevel=2)


def _lacking(text: str) -> str:
    have = _signs(tuple(families()))
    return "".join(sorted({sign for sign in text if sign.isprintable() and ord(sign) not in have}))


@cache
def _signs(faces: tuple[str, ...]) -> frozenset[int]:
    """Every character that one of the faces has."""
    found = (font_manager.get_font(font_manager.findfont(face)) for face in faces)
    return frozenset(code for face in found for code in face.get_charmap())

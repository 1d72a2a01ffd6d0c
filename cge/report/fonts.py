"""Which installed font can show Chinese; without one, figures are drawn in English and say so once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

from matplotlib import font_manager

from cgebase.messages import message

LATIN = "DejaVu Sans"
CJK = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP",
    "Source Han Sans", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Microsoft YaHei", "PingFang SC",
    "Heiti SC",
)  # fmt: skip


class MissingFontWarning(UserWarning):
    """Chinese figures were asked for but no font on this machine can show them."""


def chinese_font() -> str | None:
    """First installed font with Chinese glyphs, or None; fonts installed since matplotlib last looked count."""
    found = _first_known()
    if found is None:
        _learn_new_fonts()
        found = _first_known()
    return found


def _first_known() -> str | None:
    have = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CJK if name in have), None)


def _learn_new_fonts() -> None:
    """Make fonts known that matplotlib's own list, kept on disk, does not hold yet."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in set(font_manager.findSystemFonts()) - known:
        font_manager.fontManager.addfont(path)


def family(font: str | None) -> list[str]:
    """Families in order of use: Latin first, because CJK fonts lack signs such as the minus."""
    return [LATIN, font] if font else [LATIN]


def drawable(languages: Sequence[str], font: str | None) -> tuple[str, ...]:
    """Languages that can be drawn with this font; English stands in for Chinese, with one warning."""
    if font is not None or "zh" not in languages:
        return tuple(dict.fromkeys(languages))
    warnings.warn(MissingFontWarning(message("CGE615")), stacklevel=3)
    return tuple(dict.fromkeys("en" if x == "zh" else x for x in languages))


def unwarned(call: Callable[[], object]) -> object:
    """What a call gives, without the warning that the process which spread the work has given already."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingFontWarning)
        return call()

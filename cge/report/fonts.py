"""Which installed font can show Chinese; without one, figures are drawn in English and say so once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from matplotlib import font_manager

LATIN = "DejaVu Sans"
CJK = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP",
    "Source Han Sans", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Microsoft YaHei", "PingFang SC",
    "Heiti SC",
)  # fmt: skip


class MissingFontWarning(UserWarning):
    """Chinese figures were asked for but no font on this machine can show them."""


def chinese_font() -> str | None:
    """First installed font with Chinese glyphs, or None."""
    have = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CJK if name in have), None)


def family(font: str | None) -> list[str]:
    """Families in order of use: Latin first, because CJK fonts lack signs such as the minus."""
    return [LATIN, font] if font else [LATIN]


def drawable(languages: Sequence[str], font: str | None) -> tuple[str, ...]:
    """Languages that can be drawn with this font; English stands in for Chinese, with one warning."""
    if font is not None or "zh" not in languages:
        return tuple(dict.fromkeys(languages))
    warnings.warn(
        "no font with Chinese glyphs is installed, so the figures are drawn in English only. Install Noto Sans CJK "
        "(Debian or Ubuntu: apt-get install fonts-noto-cjk) and draw again. "
        "没有找到中文字体，图形只用英文绘制；请安装 Noto Sans CJK 后重新绘制。",
        MissingFontWarning,
        stacklevel=3,
    )
    return tuple(dict.fromkeys("en" if x == "zh" else x for x in languages))

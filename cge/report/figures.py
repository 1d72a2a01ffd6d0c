"""Figures of a comparison, each with the CSV it draws; Chinese where a font can show it, else English."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sam.registry import province, provinces, sectors

COLOURS = {"baseline": "#555555", "uniform": "#c2571a", "differentiated": "#1f6f8b", "trade": "#6a8f3c"}
CJK = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei",
       "Microsoft YaHei", "PingFang SC")  # fmt: skip
PAIR = ("uniform", "differentiated")
FORMATS = ("png", "svg", "pdf")
WORDS = {
    "en": {
        "uniform": "Uniform", "differentiated": "Differentiated", "trade": "Uniform with trade", "baseline": "Baseline",
        "nation": "Nation", "gdp": "Real GDP, % change from the baseline of {year}", "va": "Real value added, % change",
        "pp": "Contribution to regional GDP, percentage points", "total": "sum = {u:+.2f} / {d:+.2f}",
        "regions": "GDP change by province, {year}", "sectors": "{name}: change by sector, {year}",
        "paths": "Emissions and permit price", "em": "Emissions, Mt CO2", "price": "Permit price, CNY per t CO2",
        "product_taxes": "Product taxes and sourcing",
        "note": "Real GDP against the baseline of the same year (Fisher); prices of {price_base}; parameter set "
                "'{parameter_set}', {aggregation}; nothing is fitted to published losses.\n31 province-level regions "
                "of the model; Hong Kong, Macao and Taiwan are not in the SAM.",
    },
    "zh": {
        "uniform": "统一减排", "differentiated": "差异化减排", "trade": "统一减排加交易", "baseline": "基准",
        "nation": "全国", "gdp": "{year}年实际GDP相对基准的变化（%）", "va": "实际增加值变化（%）",
        "pp": "对地区GDP的贡献（百分点）", "total": "合计 = {u:+.2f} / {d:+.2f}", "regions": "{year}年各省GDP变化",
        "sectors": "{name}：{year}年分行业变化", "paths": "排放与配额价格", "em": "排放（百万吨CO2）",
        "price": "配额价格（元/吨CO2）", "product_taxes": "产品税与采购来源",
        "note": "相对同年基准的实际GDP（费雪指数）；{price_base}年价格；参数组“{parameter_set}”，{aggregation}；"
                "未对已发表损失做任何拟合。\n模型含31个省级地区；社会核算矩阵不含香港、澳门和台湾。",
    },
}  # fmt: skip


class MissingFontWarning(UserWarning):
    """Chinese figures were asked for but no font on this machine can show them."""


def chinese_font() -> str | None:
    """First installed font with Chinese glyphs."""
    have = {f.name for f in font_manager.fontManager.ttflist}
    return next((f for f in CJK if f in have), None)


def draw_all(
    data: pd.DataFrame, out: Path, *, languages: Sequence[str] = ("zh", "en"), focus: str = "XJ",
    caption: Mapping[str, str],
) -> list[Path]:  # fmt: skip
    """Draw every figure in every language.

    Parameters
    ----------
    data : DataFrame
        Tidy results of all scenarios.
    out : Path
        Folder for PNG, SVG, PDF and the CSV each figure draws.
    caption : mapping
        ``parameter_set``, ``aggregation``, ``price_base``.

    Returns
    -------
    list of Path
    """
    out.mkdir(parents=True, exist_ok=True)
    font = chinese_font()
    made: list[Path] = []
    for language in languages:
        if language == "zh" and font is None:
            warnings.warn(
                "no font with Chinese glyphs found: Chinese figures are left out; install Noto Sans CJK and draw again",
                MissingFontWarning,
                stacklevel=2,
            )
            continue
        family = ["DejaVu Sans", font] if font else ["DejaVu Sans"]
        with mpl.rc_context({"font.family": family, "axes.unicode_minus": False, "svg.hashsalt": "cge"}):
            for name, draw in (("regions", _regions), ("sectors", _sectors), ("paths", _paths)):
                figure, drawn = draw(data, language, focus, caption)
                drawn.to_csv(out / f"{name}.csv", index=False)
                for ending in FORMATS:
                    path = out / f"{name}_{language}.{ending}"
                    figure.savefig(path, dpi=150, metadata={"Date": None} if ending == "svg" else None)
                    made.append(path)
                plt.close(figure)
    return made


def _name(code: str, language: str) -> str:
    if code == "CN":
        return WORDS[language]["nation"]
    p = province(code)
    return p.name_zh if language == "zh" else p.name_en


def _note(figure: Figure, language: str, caption: Mapping[str, str]) -> None:
    figure.text(0.01, 0.005, WORDS[language]["note"].format(**caption), fontsize=7, va="bottom", color="#444444")


def _last(data: pd.DataFrame, indicator: str) -> tuple[pd.DataFrame, int]:
    year = int(data["year"].max())
    return data[(data["indicator"] == indicator) & (data["year"] == year) & data["scenario"].isin(PAIR)], year


def _regions(data: pd.DataFrame, language: str, focus: str, caption: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    words = WORDS[language]
    rows, year = _last(data, "gdp_change_pct")
    wide = rows.pivot(index="region", columns="scenario", values="value")[list(PAIR)]
    order = [*wide.drop(index="CN").sort_values("uniform", ascending=False).index, "CN"]
    wide = wide.loc[order]
    figure = plt.figure(figsize=(14, 9))
    left = figure.add_axes((0.1, 0.1, 0.33, 0.82))
    for k, code in enumerate(order):
        u, d = wide.loc[code]
        left.plot([u, d], [k, k], color="#bbbbbb", lw=2, zorder=1)
        for s, v in zip(PAIR, (u, d), strict=True):
            left.scatter(v, k, color=COLOURS[s], s=36, zorder=2, label=words[s] if k == 0 else None)
    left.axvline(0, color="black", lw=0.8)
    left.set_yticks(range(len(order)), [_name(c, language) for c in order], fontsize=8)
    for label, code in zip(left.get_yticklabels(), order, strict=True):
        label.set_fontweight("bold" if code in (focus, "CN") else "normal")
    left.set_xlabel(words["gdp"].format(year=year))
    left.grid(axis="x", color="#eeeeee")
    left.legend(loc="lower left", fontsize=8, frameon=False)
    bound = float(np.abs(wide.to_numpy()).max())
    for k, s in enumerate(PAIR):
        axes = figure.add_axes((0.46 + 0.27 * k, 0.22, 0.26, 0.6))
        _tiles(axes, wide[s].drop("CN"), bound, language, focus)
        axes.set_title(f"{words[s]}  ({words['nation']} {wide.loc['CN', s]:+.2f})", fontsize=10, color=COLOURS[s])
    figure.suptitle(words["regions"].format(year=year), x=0.01, ha="left", fontsize=14)
    _note(figure, language, caption)
    return figure, rows


def _tiles(axes: Axes, values: pd.Series, bound: float, language: str, focus: str) -> None:
    shade = mpl.colormaps["PuOr"]
    for p in provinces():
        v = float(values[p.code])
        colour = shade(0.5 + 0.5 * v / bound)
        strong = p.code == focus
        axes.add_patch(
            plt.Rectangle(
                (p.tile_column, -p.tile_row), 0.95, 0.95, facecolor=colour, edgecolor="black" if strong else "white",
                lw=2 if strong else 0.5,
            )
        )  # fmt: skip
        ink = "white" if abs(v) > 0.6 * bound else "black"
        head = p.name_zh if language == "zh" else p.code
        axes.text(p.tile_column + 0.475, -p.tile_row + 0.62, head, ha="center", va="center", fontsize=7, color=ink)
        axes.text(
            p.tile_column + 0.475, -p.tile_row + 0.28, f"{v:+.1f}", ha="center", va="center", fontsize=7, color=ink
        )
    axes.set_xlim(0.9, 8.1)
    axes.set_ylim(-9.2, 0.1)
    axes.set_aspect("equal")
    axes.axis("off")


def _sectors(data: pd.DataFrame, language: str, focus: str, caption: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    words = WORDS[language]
    added, year = _last(data, "value_added_change_pct")
    share, _ = _last(data, "gdp_contribution_pp")
    added, share = (x[x["region"] == focus] for x in (added, share))
    wide = share.pivot(index="sector", columns="scenario", values="value")[list(PAIR)].fillna(0.0)
    wide = wide[wide.abs().max(axis=1) > 0]
    order = [*wide.drop(index="product_taxes").sort_values("uniform", ascending=False).index]
    order = ["product_taxes", *order]
    change = added.pivot(index="sector", columns="scenario", values="value").reindex(order)
    title = {x.code: (x.name_zh if language == "zh" else x.name_en) for a in ("cn12", "cn30") for x in sectors(a)}
    names = [words["product_taxes"] if c == "product_taxes" else title.get(c, c) for c in order]
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 9), sharey=True)
    figure.subplots_adjust(left=0.18, right=0.98, bottom=0.13, top=0.9, wspace=0.05)
    y = np.arange(len(order))
    for k, s in enumerate(PAIR):
        at = y + (0.2 if k == 0 else -0.2)
        left.barh(at, change[s].clip(-100, 150), 0.38, color=COLOURS[s], label=words[s])
        right.barh(at, wide.loc[order, s], 0.38, color=COLOURS[s])
    left.set_yticks(y, names, fontsize=8)
    for axes, label in ((left, words["va"]), (right, words["pp"])):
        axes.axvline(0, color="black", lw=0.8)
        axes.set_xlabel(label)
        axes.grid(axis="x", color="#eeeeee")
        axes.set_axisbelow(True)
    u, d = (float(wide[s].sum()) for s in PAIR)
    right.set_title(words["total"].format(u=u, d=d), fontsize=10, loc="right")
    left.legend(fontsize=8, frameon=False, loc="upper left")
    figure.suptitle(words["sectors"].format(name=_name(focus, language), year=year), x=0.01, ha="left", fontsize=14)
    _note(figure, language, caption)
    return figure, pd.concat([added, share])


def _paths(data: pd.DataFrame, language: str, focus: str, caption: Mapping[str, str]) -> tuple[Figure, pd.DataFrame]:
    words = WORDS[language]
    figure, axes = plt.subplots(2, 2, figsize=(12, 8))
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.14, top=0.88, hspace=0.35)
    drawn = data[
        data["indicator"].isin(["emissions", "permit_price"])
        & data["region"].isin(["CN", focus])
        & (data["sector"] == "all")
    ]
    for row, code in enumerate(("CN", focus)):
        for column, (indicator, label) in enumerate((("emissions", "em"), ("permit_price", "price"))):
            ax = axes[row, column]
            part = drawn[(drawn["region"] == code) & (drawn["indicator"] == indicator)]
            for s, line in part.groupby("scenario", sort=False):
                if indicator == "permit_price" and s == "baseline":
                    continue
                ax.plot(
                    line["year"],
                    line["value"],
                    marker="o",
                    ms=3,
                    color=COLOURS.get(str(s), "#999999"),
                    label=words[str(s)],
                )
            ax.set_title(_name(code, language), fontsize=10, loc="left")
            ax.set_ylabel(words[label], fontsize=8)
            ax.set_ylim(bottom=0)
            ax.grid(color="#eeeeee")
    axes[0, 0].legend(fontsize=8, frameon=False)
    figure.suptitle(words["paths"], x=0.01, ha="left", fontsize=14)
    _note(figure, language, caption)
    return figure, drawn

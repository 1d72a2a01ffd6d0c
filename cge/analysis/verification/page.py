"""The page on what was verified: exactness of every scenario, sizes, and the back of the envelope."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cge.analysis.channels import CHANNELS
from cge.analysis.verification.ladder import LIMITS
from cge.study.scenario import Study
from cgebase.messages import message
from sam.registry import NATION

SHORT = {
    "capital": "capital", "labour": "labour", "resources": "land, sites", "power": "power", "fuels": "fuels",
    "abatement": "abatement", "households": "households", "removals": "removals, programmes", "taxes": "other taxes",
}  # fmt: skip


def verification_page(table: pd.DataFrame, study: Study, aggregation: str) -> str:
    """The page ``docs/verification.md``.

    Parameters
    ----------
    table : DataFrame
        Of :func:`cge.analysis.verification.verify`.
    """
    year, focus = int(table["year"].max()), study.report.focus
    wide = {r: t.pivot(index="scenario", columns="indicator", values="value") for r, t in table.groupby("region")}
    nation = wide[NATION]
    names = {s.id: s.label.en for s in study.scenarios}
    nothing = [s.id for s in study.scenarios if s.expect and s.id in nation.index]
    acting = [s for s in names if s in nation.index and s not in nothing and s != "baseline"]
    return "\n".join([
        *_exact(nation, acting, nothing, names, aggregation, study),
        *_sizes(wide, acting, names, focus, year),
        *_envelopes(wide, acting, names, focus, year),
    ])  # fmt: skip


def _exact(
    nation: pd.DataFrame, acting: list[str], nothing: list[str], names: dict[str, str], aggregation: str, study: Study
) -> list[str]:
    shown = [n for n in LIMITS if n in nation]
    worst = nation[shown].max()
    lines = [
        "# Every closure and instrument up the ladder",
        "",
        f"Written by `cge verify --page docs/verification.md` on {aggregation}, {study.time.years[0]} to "
        f"{study.time.years[-1]}, {len(nation)} runs. Closures",
        "are tried under the flagship's uniform cap (10 % of 2021 emissions by 2060), instruments as named in",
        "`cge/study/verification.toml`. Any other study file goes up the same ladder: `cge verify my_study.toml`.",
        "",
        "## Exactness",
        "",
        "Largest violation over all years and runs, relative to its aggregate (residuals scaled by their equation).",
        "",
        "| what | largest | limit | in run |",
        "|---|---|---|---|",
    ]
    for n in shown:
        what = message(f"check.{n}")
        lines.append(f"| {what} | {worst[n]:.1e} | {LIMITS[n]:.0e} | `{nation[n].idxmax()}` |")
    lines += ["", f"Runs in which nothing may act: {', '.join(f'`{s}`' for s in nothing)}.", ""]
    return lines


def _sizes(
    wide: dict[str, pd.DataFrame], acting: list[str], names: dict[str, str], focus: str, year: int
) -> list[str]:
    nation, own = wide[NATION], wide[focus]
    measured = [f"{n} {r}" for n in ("GDP", "EV", "CNY/t") for r in (NATION, focus)]
    lines = [
        f"## Size in {year}",
        "",
        "Real GDP (Fisher) and equivalent variation against the baseline, per cent; mean price of carbon in yuan of",
        "2021 per tonne; tonnes less than in the baseline, Mt; rank correlation of provincial losses with baseline",
        "emissions per GDP. What others found stands in `docs/comparators.md`.",
        "",
        "| run | " + " | ".join([*measured, "Mt less", "rank"]) + " |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for s in acting:
        n, f = nation.loc[s], own.loc[s]
        if np.isnan(n["gdp_change_pct"]):
            lines.append(f"| {names[s]} | no solution | | | | | | | |")
            continue
        lines.append(
            f"| {names[s]} | {n['gdp_change_pct']:+.2f} | {f['gdp_change_pct']:+.2f} | {n['welfare_ev_pct']:+.2f} | "
            f"{f['welfare_ev_pct']:+.2f} | {n['permit_price']:,.0f} | {f['permit_price']:,.0f} | "
            f"{n['tonnes_less']:,.0f} | {n['rank_correlation']:.2f} |"
        )
    return [*lines, ""]


def _envelopes(
    wide: dict[str, pd.DataFrame], acting: list[str], names: dict[str, str], focus: str, year: int
) -> list[str]:
    lines = [
        f"## Back of the envelope, {year}",
        "",
        "`triangle`: half the price of carbon times the tonnes less, over GDP: what a straight cost curve would cost.",
        "`goods`: what abatement and integration of wind and solar really buy. Then the loss through each channel,",
        "from the two ends alone (mean value share times change of quantity), and what is left over, the curvature",
        "between the ends. The triangle counts every tonne at half the final price; the model's loss differs by",
        "capital that is not accumulated, by taxes whose base shrinks, and by goods that are bought elsewhere.",
        "",
    ]
    for region in (NATION, focus):
        head = " | ".join(SHORT[n] for n in CHANNELS)
        lines += [f"| {region} | GDP | triangle | goods | {head} | left over |", "|---" * (len(CHANNELS) + 5) + "|"]
        for s in acting:
            x = wide[region].loc[s]
            if np.isnan(x["gdp_change_pct"]):
                continue
            cells = [x["gdp_change_pct"], x["triangle_pct"], x["abatement_goods_pct"],
                     *np.nan_to_num([x.get(f"through_{n}", 0.0) for n in CHANNELS]), x["left_over"]]  # fmt: skip
            lines.append(f"| {names[s]} | " + " | ".join(f"{c:+.2f}" for c in cells) + " |")
        lines.append("")
    return lines

"""Who bears a policy, and where its carbon revenue goes: one table and one figure, made from tidy results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import along_rows, canvas, legend
from cge.report.figures import FORMATS, in_languages
from cge.report.names import KINDS, name
from cge.report.style import baseline_of, phrases, scenario_name, signed
from cgebase.whole import whole
from sam.registry import HOUSEHOLDS, NATION, PROVINCE_CODES, provincial

COAL = ("SX", "NM", "SN", "NX", "XJ", "GZ")
COAST = ("LN", "HE", "TJ", "SD", "JS", "SH", "ZJ", "FJ", "GD", "GX", "HI")
PLACES: Mapping[str, tuple[str, ...]] = {
    "nation": tuple(PROVINCE_CODES), "coal": COAL, "coast": COAST,
    "other": tuple(c for c in PROVINCE_CODES if c not in (*COAL, *COAST)),
}  # fmt: skip
"""Groups of provinces: those that live on coal, those with a sea coast, all others."""
FIRST, EARLY = 2025, 2030
"""Year from which welfare is added up, and the one shown beside the last where the run has it."""
MARKS = {"rural": ("o", "#8fb35a", 52), "urban": ("D", "#1f6f8b", 20)}
"""Shape, colour and size; the small one lies on the large one where both bear the same."""
SENT = {
    "investment": "carbon_to_investment", "owners": "carbon_to_owners", "dividend": "carbon_to_dividend",
    "production_tax": "production_tax_cut", "labour_tax": "labour_tax_cut", "purchases": "purchases",
    "lump_sum": "lump_sum",
}  # fmt: skip
"""Uses of carbon revenue and the item of the budget that shows each, as what is spent beyond the baseline."""
CUMULATIVE = "welfare_ev_cumulative_discounted_pct"
COLUMNS = ["scenario", "year", "measure", "place", "household", "value", "unit"]


def shown_years(data: pd.DataFrame) -> list[int]:
    """2030 where the run has it, and the last year."""
    years = sorted({int(y) for y in data["year"].unique()})
    return sorted({EARLY, years[-1]} & set(years))


def incidence_table(data: pd.DataFrame) -> pd.DataFrame:
    """Welfare by household and place, cumulative welfare, inequality, and uses of carbon revenue, of every policy.

    Parameters
    ----------
    data : DataFrame
        Tidy results of a scenario without policy and of policies.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`; ``place`` and ``household`` are ``all`` where a row is of the whole. Welfare of a
        group of provinces is the sum of their equivalent variation over the sum of their consumption.
    """
    base, national = baseline_of(data), data[data["region"] == NATION]
    spent = _wide(data[data["scenario"] == base], "household_consumption")
    without = national[national["scenario"] == base]
    rows: list[tuple[object, ...]] = []
    for s in _policies(data):
        mine = national[national["scenario"] == s]
        ev = _wide(data[data["scenario"] == s], "welfare_ev_household_pct")
        for year in shown_years(data):
            for place, provinces in _places(data).items():
                for households in (HOUSEHOLDS, *((h,) for h in HOUSEHOLDS)):
                    at = [(r, h, year) for r in provinces for h in households]
                    weight = spent.loc[at]
                    value = float((ev.loc[at] * weight).sum() / weight.sum())
                    who = households[0] if len(households) == 1 else "all"
                    rows.append((s, year, "welfare_ev_pct", place, who, value, "%"))
            rows.append((s, year, "gini_change_points", "nation", "all",
                         _of(mine, "gini_change_points", "all", year), "points of 100"))  # fmt: skip
            went = _went(mine, without, year)
            rows += [(s, year, f"revenue:{use}", "nation", "all", v, "1e8 CNY") for use, v in went.items()]
        last = int(data["year"].max())
        rows.append((s, last, CUMULATIVE, "nation", "all", _of(mine, CUMULATIVE, "all", last), "%"))
    return pd.DataFrame(rows, columns=COLUMNS)


def _places(data: pd.DataFrame) -> Mapping[str, tuple[str, ...]]:
    """Groups of provinces; of other regions the nation alone."""
    there = [r for r in data["region"].unique() if r != NATION]
    return PLACES if provincial(there) else {"nation": tuple(there)}


def _policies(data: pd.DataFrame) -> list[str]:
    """Scenarios with results against a baseline, in the order of the study."""
    changed = set(data.loc[data["indicator"] == "welfare_ev_household_pct", "scenario"])
    return [s for s in style.scenarios(data) if s in changed]


def _wide(rows: pd.DataFrame, indicator: str) -> pd.Series:
    return rows[rows["indicator"] == indicator].set_index(["region", "sector", "year"])["value"]


def _of(rows: pd.DataFrame, indicator: str, sector: str, year: int) -> float:
    pick = (rows["indicator"] == indicator) & (rows["sector"] == sector) & (rows["year"] == year)
    return float(rows.loc[pick, "value"].sum())


def _went(mine: pd.DataFrame, base: pd.DataFrame, year: int) -> dict[str, float]:
    """Revenue and its uses, 1e8 CNY; the uses add up to the revenue because the items of a budget add up to zero."""
    revenue = _of(mine, "budget", "carbon_revenue", year)
    uses = {use: _of(base, "budget", item, year) - _of(mine, "budget", item, year) for use, item in SENT.items()}
    return {"revenue": revenue, **uses, "rest": revenue - sum(uses.values())}


def write_incidence(
    data: pd.DataFrame, folder: Path, *, languages: Sequence[str], caption: Mapping[str, str],
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Write ``incidence.csv``, ``incidence.md`` and the figure of a study with more than one policy.

    Returns
    -------
    list of Path
        Files written; none where there are not two policies beside a scenario without.
    """
    if baseline_of(data) is None or len(_policies(data)) < 2:
        return []
    table = incidence_table(data)
    table.attrs |= data.attrs
    made = [folder / "incidence.csv", folder / "incidence.md"]
    with whole(made[0]) as part:
        table.to_csv(part, index=False, float_format="%.6g")
    with whole(made[1]) as part:
        part.write_text("\n".join(page(table, x, caption) for x in languages), encoding="utf-8")
    return made + in_languages(partial(_draw, table, caption), folder / "figures" / "incidence", languages, formats)


def page(table: pd.DataFrame, language: str, caption: Mapping[str, str]) -> str:
    """The table as Markdown in one language."""
    words, order = phrases("incidence", language), list(table["scenario"].unique())
    places, households = ({k: v.text(language) for k, v in KINDS[kind].items()} for kind in ("place", "household"))
    value = table.set_index(["scenario", "year", "measure", "place", "household"])["value"]
    called = {s: style.marked_down(scenario_name(s, language, table)) for s in order}
    years, shown = sorted({int(y) for y in table["year"].unique()}), _shown(table)
    out = [f"# {words['title']}", ""]
    for year in years:
        out += [f"## {words['ev'].format(year=year)}", ""]
        pairs = [(p, h) for p in shown for h in HOUSEHOLDS]
        heads = [words["pair"].format(place=places[p], household=households[h]) for p, h in pairs]
        out += _table([words["policy"], *heads], [
            [called[s], *(signed(value[s, year, "welfare_ev_pct", p, h]) for p, h in pairs)]
            for s in order])  # fmt: skip
    last = years[-1]
    heads = [words["all_ev"].format(year=y) for y in years]
    heads += [words["cumulative"].format(first=FIRST, last=last), *(words["gini"].format(year=y) for y in years)]
    out += [f"## {words['whole']}", ""]
    out += _table([words["policy"], *heads], [
        [called[s], *(signed(value[s, y, "welfare_ev_pct", "nation", "all"]) for y in years),
         signed(value[s, last, CUMULATIVE, "nation", "all"]),
         *(signed(value[s, y, "gini_change_points", "nation", "all"], 3) for y in years)] for s in order])  # fmt: skip
    uses = ["revenue", *SENT, "rest"]
    for year in years:
        out += [f"## {words['went'].format(year=year)}", ""]
        out += _table([words["policy"], *(name("revenue", u, language) for u in uses)], [
            [called[s], *(f"{round(value[s, year, f'revenue:{u}', 'nation', 'all']):,}"
                                                  for u in uses)] for s in order])  # fmt: skip
    names = {k: ("、" if language == "zh" else ", ").join(style.region_name(c, language) for c in PLACES[k])
             for k in ("coal", "coast")}  # fmt: skip
    held = [words["places"].format(**names)] if "coal" in shown else []
    chosen = caption["parameter_set"]
    facts = f"{caption['aggregation']}, `{chosen}`, {style.fitted(chosen, language)}"
    below = [*held, words["note"], words["gini_note"], words["went_note"], facts]
    return "\n".join([*out, "\n\n".join(below)]) + "\n"


def _shown(table: pd.DataFrame) -> list[str]:
    """Places that a table has, in their order."""
    there = set(table["place"])
    return [p for p in PLACES if p in there]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", "| --- " + "| ---: " * (len(heads) - 1) + "|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _draw(table: pd.DataFrame, caption: Mapping[str, str], language: str) -> Figure:
    """A row of panels for each year, a panel for each place, a line for each policy."""
    words, order = phrases("incidence", language), list(table["scenario"].unique())
    rows = table[table["measure"] == "welfare_ev_pct"]
    households = {h: name("household", h, language) for h in HOUSEHOLDS}
    years = sorted({int(y) for y in rows["year"].unique()})
    names = {k: " ".join(PLACES[k]) if language == "en" else "、".join(style.region_name(c, "zh") for c in PLACES[k])
             for k in ("coal", "coast")}  # fmt: skip
    shown = _shown(table)
    said = ("places", "note") if "coal" in shown else ("note",)
    note = "\n".join(words[k].format(**names) for k in said) + "\n"
    note += f"{caption['aggregation']}, {caption['parameter_set']}: {style.fitted(caption['parameter_set'], language)}"
    figure = canvas((14, 1.45 + len(years) * (1.0 + 0.27 * len(order))), words["figure"], note,
                    study=style.study_line(table, language))  # fmt: skip
    parts = figure.subfigures(len(years), 1, squeeze=False)[:, 0]
    value = rows.set_index(["scenario", "year", "place", "household"])["value"]
    y = np.arange(len(order))
    for part, year in zip(parts, years, strict=True):
        line = part.subplots(1, len(shown), sharey=True, sharex=True, squeeze=False)[0]
        part.supxlabel(words["scale"].format(year=year), fontsize=9.5)
        for axes, place in zip(line, shown, strict=True):
            at = {h: np.array([value[s, year, place, h] for s in order]) for h in HOUSEHOLDS}
            axes.hlines(y, np.minimum(*at.values()), np.maximum(*at.values()), color="#bbbbbb", lw=2, zorder=2)
            for h, (marker, tint, size) in MARKS.items():
                axes.scatter(at[h], y, marker=marker, color=tint, s=size, zorder=3, label=households[h])
            along_rows(axes)
            axes.set_ylim(len(order) - 0.4, -0.6)
            axes.set_title(name("place", place, language), fontsize=10.5, loc="left")
            axes.grid(axis="y", color=style.GRID, lw=0.5)
        line[0].set_yticks(y, [figure.fit(scenario_name(s, language, table), lines=1) for s in order], fontsize=9)
    legend(figure, *line[0].get_legend_handles_labels())
    return figure

"""The baseline in words: what is flagged, why that may be, a page and a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from cge.report.book import PLAIN, about_of, open_book
from cge.report.growth import MEASURES, STUDY, bands, flagged
from cge.report.names import name, unit
from cge.report.stated import section
from cge.report.style import marked_down, phrases, region_name, scenario_name, signed
from cgebase.messages import numeral


def period(start: Any, end: int) -> str:
    """``2021-25``, or the year alone where there is no start."""
    return str(end) if pd.isna(start) else f"{int(start)}-{end % 100:02d}"


def sentences(table: pd.DataFrame, language: str) -> list[str]:
    """Flags in words: one line for each measure and side with the reason, then one for each province."""
    out = []
    found = flagged(table)
    for (measure, side), rows in found.groupby(["measure", "side"], sort=False):
        called, of = name("indicator", str(measure), language), unit(str(measure), language)
        bound, why = rows[str(side)].iloc[0], phrases("why", language)[f"{measure}:{side}"]
        out.append(phrases("side", language)[str(side)].format(called=called, bound=bound, of=of, why=why))
        for region, cells in rows.groupby("region", sort=False):
            out.append(f"  {region_name(str(region), language)}: {_runs(cells.to_dict('records'), language)}")
    return out


def _short(value: float) -> str:
    return numeral(value, ".2f" if abs(value) < 0.1 else ".1f")


def _runs(cells: Sequence[Mapping[Any, Any]], language: str) -> str:
    """Values with their periods; three and more in a row as a range."""
    shown = [(_short(c["value"]), period(c["start"], c["end"])) for c in cells]
    if len(shown) < 4:
        return ("、" if language == "zh" else ", ").join(f"{v} ({p})" for v, p in shown)
    values = [float(c["value"]) for c in cells]
    word = {"zh": "个时期", "en": "periods"}[language]
    return f"{_short(min(values))} … {_short(max(values))} ({shown[0][1]} … {shown[-1][1]}, {len(shown)} {word})"


def page(
    table: pd.DataFrame, energy: pd.DataFrame, published: pd.DataFrame, stated: pd.DataFrame, facts: Mapping[str, str],
    language: str = "en",
) -> str:  # fmt: skip
    """A Markdown page about a baseline in one language.

    Parameters
    ----------
    table : DataFrame
        As :func:`cge.report.growth.growth_table` makes it.
    energy : DataFrame
        As :func:`cge.report.growth.plausibility` makes it.
    published : DataFrame
        As :func:`cge.report.growth.against_published` makes it.
    stated : DataFrame
        As :func:`cge.report.stated.beside` makes it.
    facts : mapping
        ``study``, ``aggregation``, ``parameter_set`` and every choice of the baseline.
    """
    words = phrases("baseline", language)
    ends = [int(e) for e in table["end"].drop_duplicates()]
    shown = sorted({*ends[1:3], ends[len(ends) // 2], ends[-1]})
    chosen = {k: name("choice", facts[k], language) for k in ("gdp", "population", "emissions", "demand")}
    kinds = (phrases(of, language)[facts[of]] for of in ("productivity", "sector_growth", "first_years"))
    out = [
        f"# {words['title']}", "", words["written"].format(**{**facts, **chosen}), "",
        ("" if language == "zh" else " ").join(f"{kind}{words['stop']}" for kind in kinds), "",
        words["hits"], "", f"## {words['bands']}", "",
        f"| {words['bands_head']} |", "| --- | --- | ---: | ---: | --- | --- | --- |",
    ]  # fmt: skip
    for b in bands().to_dict("records"):
        scope, kind, basis = words[f"scope_{b['scope']}"], words[b["kind"]], name("basis", b["basis"], language)
        out.append(f"| {_banded(b['measure'], language)} | {scope} | {b['low']:g} | {b['high']:g} | "
                   f"{name('unit', b['unit'], language)} | {kind} | {basis} |")  # fmt: skip
    if len(energy):
        out += ["", f"## {words['last']}", "", f"| {words['last_head']} |", "| --- | --- | ---: | --- | --- |"]
    for e in energy.to_dict("records"):
        mark = "**" if e["verdict"] != "inside" else ""
        called = marked_down(scenario_name(e["scenario"], language, energy))
        out.append(f"| {called} | {name('indicator', e['measure'], language)} | {mark}{e['value']:.3f}{mark} | "
                   f"{words['to'].format(**e)} | {words[e['verdict']]} |")  # fmt: skip
    out += ["", f"## {words['statistics']}", "", f"| {words['statistics_head']} |",
            "| --- | ---: | ---: | ---: | --- |"]  # fmt: skip
    of_study = published["measure"].str.startswith(STUDY)
    for e in published[~of_study].to_dict("records"):
        of = f" {name('unit', e['unit'], language)}" if e["unit"] != "fraction" else ""
        out.append(f"| {words[e['measure']]} | {e['value']:,.4g}{of} | {e['published']:,.4g}{of} | "
                   f"{numeral(e['gap_pct'], '+.1f')} | {name('basis', e['source'], language)} |")  # fmt: skip
    out += ["", words["explained"], ""]
    if of_study.any():
        out += _against_study(published[of_study], language)
    out += section(stated, language)
    out += [f"## {words['provinces']}", ""]
    for end in shown:
        rows = table[table["end"] == end]
        out += [f"### {period(rows['start'].iloc[0], end)}", ""]
        heads = (f"{name('indicator', m, language)}, {unit(m, language)}" for m in MEASURES)
        out.append(f"| {words['province']} | {' | '.join(heads)} |")
        out.append("| --- " + "| ---: " * len(MEASURES) + "|")
        for row in rows.to_dict("records"):
            marked = {x.split(":")[0] for x in str(row["flags"]).split()}
            cells = [f"**{row[m]:.2f}**" if m in marked else numeral(row[m], ".2f") for m in MEASURES]
            out.append(f"| {region_name(row['region'], language)} | " + " | ".join(cells) + " |")
        out.append("")
    out += [f"## {words['flags']}", ""]
    for line in sentences(table, language):
        out.append(f"  - {line.strip()}" if line.startswith("  ") else f"- {line}")
    return "\n".join(out) + "\n"


def _banded(measure: str, language: str) -> str:
    """What a band is of: its id, in Chinese its name, with the year where it has one."""
    if language == "en":
        return measure
    of, _, year = measure.rpartition("_")
    return f"{name('indicator', of, language)}（{year}）" if year.isdigit() else name("indicator", measure, language)


def _against_study(rows: pd.DataFrame, language: str) -> list[str]:
    """GDP beside the planning study's, whose growth the path follows from the published GDP of 2024 on."""
    words = phrases("baseline", language)
    region = region_name(str(rows["measure"].iloc[0]).removeprefix(STUDY).split("_")[0], language)
    out = [f"## {words['study'].format(region=region)}", "", words["study_note"], "",
           f"| {words['study_head']} |", "| --- | --- | ---: | ---: | ---: |"]  # fmt: skip
    for e in rows.to_dict("records"):
        year, prices = str(e["measure"]).split("_")[-1], str(e["unit"]).split(", ")[1].removesuffix(" prices")
        out.append(f"| {year} | {prices} | {e['value']:,.0f} | {e['published']:,.0f} | {signed(e['gap_pct'], 1)} |")
    return [*out, ""]


def _head(measure: str, language: str) -> str:
    return f"{name('indicator', measure, language)} [{unit(measure, language)}]"


def write_baseline_book(
    table: pd.DataFrame, data: pd.DataFrame, path: Path, *, languages: Sequence[str], manifest: Mapping[str, Any]
) -> Path:
    """Workbook of a baseline: growth, flags, bands, data and provenance."""
    with open_book(path, data, languages, about_of(manifest)) as b:
        named = table.copy()
        for k, x in enumerate(b.languages):
            named.insert(1 + k, f"name_{x}", [region_name(r, x) for r in table["region"]])
        named["start"] = named["start"].astype(float)
        heads = {m: b.joined(partial(_head, m)) for m in MEASURES}
        b.table(b.sheet("Growth"), named, heads, {m: b.form(m) for m in MEASURES})
        found = flagged(table).astype({"start": float})
        for x in b.languages:
            found[f"why_{x}"] = (found["measure"] + ":" + found["side"]).map(phrases("why", x))
        b.table(b.sheet("Flags"), found, {}, {k: b.forms[PLAIN] for k in ("value", "low", "high")})
        b.table(b.sheet("Bands"), bands(), {}, {})
        b.tidy()
        b.provenance(manifest)
    return path

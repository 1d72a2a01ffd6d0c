"""The results of a run as one HTML page that opens anywhere: its numbers and words, drawn by a small script."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from html import escape
from itertools import product
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

from cge.report import fonts, style
from cge.report.brief import CAUSED, THROUGH
from cge.report.caveats import beyond_lines, dominance_lines
from cge.report.energy import COLOURS
from cge.report.figures import WIDEST_CHANGE
from cge.report.indices import INDICES
from cge.report.names import KINDS, name
from cge.report.sentences import CAUSES, DRAWS, RANGES, Evidence
from cge.report.tiles import outside, tiles
from cge.study.results import Results
from cgebase.errors import OutputError
from cgebase.messages import LANGUAGES, Message, message
from cgebase.whole import write_whole
from sam.registry import FUELS, NATION

FACE = "%FACE%"
"""Where the style holds the characters that the page shows, for machines that have no Chinese."""
LARGEST = 5_000_000
"""Bytes of a page, at most."""
ALL = "all"
SOURCES = ("generation", "generation_cost", "place_cost", "primary_energy")
"""Indicators whose parts are sources of energy; parts of others are sectors, items of a budget or households."""
NAMED = ("household", "budget", "centre")
"""Kinds of parts whose names stand in the table of names."""
SHADES = 11
"""Colours of a scale, from one end to the other."""
Words = dict[str, str]
NO_MORE = Evidence({}, {})


def write_page(
    results: Results, path: Path, *, language: str = "en", evidence: Evidence = NO_MORE, force: bool = False,
) -> Path:  # fmt: skip
    """Write the page; it appears whole or not at all.

    Parameters
    ----------
    results : Results
    language : {"en", "zh"}
        In which the page opens; it has both.
    evidence : Evidence
        Ranges and causes that are shown too, see :func:`cge.report.brief.evidence_of`.
    force : bool
        Replace a page that is there.

    Raises
    ------
    OutputError
        The file is there and ``force`` is off.
    ReportError
        An unknown language, or more numbers than a page may hold.
    """
    path = Path(path)
    if language not in LANGUAGES:
        raise style.ReportError(message("CGE601", found=language))
    if path.exists() and not force:
        raise OutputError(message("CGE003", path=path))
    text = html(page_data(results, evidence), language)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    return path


def html(data: dict[str, Any], language: str) -> str:
    """The page; detail of the earliest years is left out, and said to be, where all of it would be too large.

    Raises
    ------
    ReportError
        Even without any detail it would be.
    """
    years = list(data["years"])
    words = _asset("page.html") + json.dumps({k: v for k, v in data.items() if k != "blocks"}, ensure_ascii=False)
    styles = _asset("page.css").replace(FACE, b64encode(fonts.subset(set(words))).decode())
    for first in [*years, None]:
        blocks = [_since(b, years, first) for b in data["blocks"]]
        kept = data | {"lang": language, "since": first, "blocks": blocks}
        # A label may hold what ends a script; JSON means the same with its signs written as numbers.
        plain = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        text = Template(_asset("page.html")).substitute(
            lang=language, title=escape(data["title"][language]), css=styles, js=_asset("page.js"),
            data=plain,
        )  # fmt: skip
        if len(text.encode()) < LARGEST:
            return text
    raise style.ReportError(message("CGE617", size=len(text.encode()) / 1e6, most=LARGEST / 1e6))


def page_data(results: Results, evidence: Evidence = NO_MORE) -> dict[str, Any]:
    """All that the page shows, as plain data."""
    data, manifest = style.labelled(results.data, results.study), results.manifest
    rounded = results.data.assign(value=results.rounded(results.data))
    scenarios, policies = style.scenarios(data), style.policies_of(data)
    codes = list(dict.fromkeys(data["region"]))
    regions = sorted(codes, key=lambda code: code != NATION)
    years, there = sorted({int(y) for y in data["year"]}), set(data["indicator"])
    shown = [k for k in dict.fromkeys((*INDICES, *KINDS["indicator"])) if k in there]
    places, marked = tiles(codes), results.beyond
    title = {x: style.title_of(data, x) or str(manifest["study"]) for x in LANGUAGES}
    return {
        "study": manifest["study"], "title": title, "years": years, "focus": results.focus,
        "first": style.pair(data)[0] if policies else scenarios[0],
        "scenarios": [
            {"id": s, **_words(partial(style.scenario_name, s, data=data)), "colour": style.colour(s, data),
             "policy": s in policies} for s in scenarios
        ],
        "regions": [{"id": r, **_words(partial(style.region_name, r)), "tile": places.get(r)} for r in regions],
        "outside": [{"id": c, **_words(partial(name, "place", c)), "tile": at}
                    for c, at in outside().items() if places],
        "indicators": [_indicator(k) for k in shown],
        "parts": _parts(results.data, manifest["aggregation"]),
        "blocks": [_block(k, of, scenarios, regions, years) for k, of in rounded.groupby("indicator", sort=False)],
        "indices": [k for k in INDICES if k in there],
        "marks": sorted({"|".join(map(str, row)) for row in marked[["scenario", "region", "year", "indicator"]]
                         .itertuples(index=False, name=None)}),
        "caveats": {y: [_said(line) for line in beyond_lines(data, y)] for y in years},
        "facts": {x: style.phrases("page", x)["facts"].format(**manifest) for x in LANGUAGES},
        "notes": _notes(results, data),
        "causes": _causes(evidence, policies, years[-1]), "ranges": _ranges(evidence, policies),
        "words": {x: dict(style.phrases("page", x)) for x in LANGUAGES},
        "colours": {"diverging": _scale(style.DIVERGING), "rising": _scale(style.RISING), "sources": COLOURS,
                    "fossil": FUELS, "widest": WIDEST_CHANGE},
    }  # fmt: skip


def _asset(of: str) -> str:
    return Path(__file__).with_name(of).read_text(encoding="utf-8")


def _words(text: Any) -> Words:
    return {x: text(language=x) for x in LANGUAGES}


def _said(line: Message) -> Words:
    return {x: line.text(x) for x in LANGUAGES}


def _indicator(code: str) -> dict[str, Any]:
    """Name, unit and digits of an indicator."""
    known = KINDS["indicator"][code]
    return {
        "id": code, **_words(partial(name, "indicator", code)),
        "unit": {x: name("unit", known.unit, x) for x in LANGUAGES}, "csv": known.unit,
        "digits": len(known.format.partition(".")[2]), "signed": bool(known.sign),
    }  # fmt: skip


def _parts(data: pd.DataFrame, aggregation: str) -> dict[str, dict[str, Words]]:
    """Names of sectors and the like: those of sources of energy, and those of all else."""
    found: dict[str, dict[str, Words]] = {"source": {}, "other": {}}
    for source, of in ((True, "source"), (False, "other")):
        for code in dict.fromkeys(data.loc[data["indicator"].isin(SOURCES) == source, "sector"]):
            kind = "source" if source else next((k for k in NAMED if code in KINDS[k]), "")
            text = partial(name, kind, code) if kind else partial(style.sector_name, code, aggregation=aggregation)
            found[of][code] = _words(text)
    return found


def _block(
    indicator: str, rows: pd.DataFrame, scenarios: Sequence[str], regions: Sequence[str], years: Sequence[int]
) -> dict[str, Any]:
    """Numbers of an indicator in one text, by scenario, region, part and year; nothing where there is none."""
    known = {"scenario": scenarios, "region": regions, "sector": list(rows["sector"].unique()), "year": years}
    there = {k: set(rows[k].tolist()) for k in known}
    axes = [[x for x in every if x in there[k]] for k, every in known.items()]
    cells = rows.set_index([*known])["value"].reindex(pd.MultiIndex.from_product(axes)).tolist()
    kind = "source" if indicator in SOURCES else "other"
    text = ",".join(f"{v:.8g}" if math.isfinite(v) else "" for v in cells)
    return {"i": indicator, "kind": kind, **dict(zip("srpy", axes, strict=True)), "v": text}


def _since(block: dict[str, Any], years: Sequence[int], first: int | None) -> dict[str, Any]:
    """A block whose parts begin in a year, or that has none; totals are kept."""
    if first == years[0] or block["p"] == [ALL]:
        return block
    texts = iter(block["v"].split(","))
    cells = {at: next(texts) for at in product(*(block[k] for k in "srpy"))}
    kept = [p for p in block["p"] if p == ALL or first is not None]
    return block | {"p": kept, "v": ",".join(
        cells[at] if at[2] == ALL or at[3] >= first else "" for at in product(block["s"], block["r"], kept, block["y"])
    )}  # fmt: skip


def _causes(evidence: Evidence, policies: Sequence[str], year: int) -> dict[str, Any]:
    """Causes and channels of the change of real GDP of the last year, by scenario and region."""
    found: dict[str, dict[str, Any]] = {}
    for s in policies:
        if not evidence.has(f"{CAUSES} {s}"):
            continue
        table, found[s] = evidence.tables[f"{CAUSES} {s}"], {}
        for by, measure in (("cause", CAUSED), ("channel", THROUGH)):
            parts = table[table["measure"] == measure].groupby(["region", by])["value"].sum()
            for (region, part), value in parts[parts != 0].items():
                found[s].setdefault(by, {}).setdefault(region, {})[part] = float(f"{value:.8g}")
    names = {c for of in found.values() for by in of.values() for parts in by.values() for c in parts}
    words = {c: _words(partial(name, "channel", c)) for c in sorted(names) if c in KINDS["channel"]}
    return {"year": year, "of": found, "names": words}


def _ranges(evidence: Evidence, policies: Sequence[str]) -> dict[str, Any]:
    """Ranges over the draws of an ensemble by scenario, region and measure, in the last year; empty without one."""
    if not evidence.has(RANGES):
        return {}
    rows = evidence.tables[RANGES]
    rows = rows[(rows["kind"] == "level") & rows["scenario"].isin(policies) & rows["measure"].isin(INDICES)]
    keys = rows[["scenario", "region", "measure"]].itertuples(index=False, name=None)
    ends = rows[["low", "high"]].astype(float).to_numpy().tolist()
    return {"of": {"|".join(key): end for key, end in zip(keys, ends, strict=True)},
            **evidence.tables[DRAWS].set_index("of")["value"].astype(int).to_dict()}  # fmt: skip


def _notes(results: Results, data: pd.DataFrame) -> list[Words]:
    """What must be known of the numbers: how they were made, what is fitted, and what is weak."""
    made, words = results.manifest, {x: style.phrases("page", x) for x in LANGUAGES}
    facts = {
        "study": made["study"], "parameter_set": made["parameter_set"], "aggregation": made["aggregation"],
        "regions": made["regions"] or "-", "version": (made["commit"] or "")[:12] or made["program"],
        "sam": made["sam"],
        "years": ", ".join(map(str, made["years"])),
    }  # fmt: skip
    lines = [
        {x: words[x]["made"].format(
            **facts, fitted=style.fitted(made["parameter_set"], x), shown=style.shown_regions(data, x),
            outside=style.outside(x), numeraire=name("numeraire", made["numeraire"], x)) for x in LANGUAGES}
    ]  # fmt: skip
    if made["parameter_set"].startswith("replication"):
        told = ", ".join(f"{k} = {v:g}" for k, v in made["fitted"].items())
        lines.append({x: words[x]["scalars"].format(told=told) for x in LANGUAGES})
    if made["changed_parameters"]:
        told = ", ".join(f"{k} = {v}" for k, v in made["changed_parameters"].items())
        lines.append({x: words[x]["changed"].format(told=told) for x in LANGUAGES})
    if results.policies:
        lines.append({x: style.phrases("indices", x)["which"] for x in LANGUAGES})
    return [*lines, *(_said(line) for line in dominance_lines(results.dominance, data))]


def _scale(colours: str) -> list[str]:
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    return [to_hex(mpl.colormaps[colours](k / (SHADES - 1))) for k in range(SHADES)]

"""Our results beside published ones: what was asked there, what we find, in or out of band, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cge.report.names import name
from cge.report.style import ReportError, region_name
from cgebase.messages import LANGUAGES, Message, listed, message
from sam.registry import provinces

TABLE = Path(__file__).with_name("comparators.csv")
TOLERANCE = 0.25
"""A single published number is a band of this much on either side (a convention of ours)."""
EXPERIMENTS = ("cap_comparison", "capital_closures")
IN, OUT, NOT = "in band", "out of band", "not comparable"
SHOWN = ("study", "year", "region", "indicator", "unit")
RANKED = 5


def summaries(results: Path) -> pd.Series:
    """Committed results by ``experiment/scenario/region/indicator/year``, provinces and nation as a whole.

    Raises
    ------
    ReportError
        A summary is not there.
    """
    lost = [e for e in EXPERIMENTS if not (results / e / "summary.csv").is_file()]
    if lost:
        raise ReportError(message("CGE233", folder=results, names=listed(lost)))
    data = pd.concat(pd.read_csv(results / e / "summary.csv", keep_default_na=False) for e in EXPERIMENTS)
    data = data[data["sector"] == "all"]
    keys = [data[c].astype(str) for c in ("experiment", "scenario", "region", "indicator", "year")]
    return pd.Series(data["value"].astype(float).to_numpy(), index=["/".join(k) for k in zip(*keys, strict=True)])


def comparison(results: Path) -> pd.DataFrame:
    """Published rows with our number and a verdict.

    Returns
    -------
    DataFrame
        The carried table with ``found`` (in the published unit, nan where we have none), ``verdict``, and our
        ranking of provinces in ``attrs["ranking"]``.

    Raises
    ------
    ReportError
        A summary is not there, or lacks a number that a row needs.
    """
    numbers = summaries(results)
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    needed = {p for c in ("ours", "other") for p in table[c] if p and "*" not in p}
    lost = sorted(needed - set(numbers.index))
    if lost:
        raise ReportError(message("CGE234", folder=results, names=listed(lost)))
    for column in ("low", "high"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    table["found"] = [HOW[h](numbers, a, b) for h, a, b in table[["how", "ours", "other"]].itertuples(index=False)]
    columns = table[["comparable", "low", "high", "found"]]
    table["verdict"] = [_verdict(*row) for row in columns.itertuples(index=False)]
    table.attrs["ranking"] = ranking(numbers)
    return table


def _loss(n: pd.Series, ours: str) -> float:
    """A loss as a positive number; cumulative losses are stated so already."""
    return float(n[ours]) if "loss" in ours else -float(n[ours])


def _cut(n: pd.Series, ours: str, other: str) -> float:
    return 100 * (1 - float(n[ours]) / float(n[other]))


def _cut_net(n: pd.Series, ours: str, other: str) -> float:
    """What the policies save of each other's cost beyond that of the baseline."""
    experiment, _, rest = ours.split("/", 2)
    before = float(n[f"{experiment}/baseline/{rest}"])
    return 100 * (1 - (float(n[ours]) - before) / (float(n[other]) - before))


def _better(n: pd.Series, ours: str, other: str) -> float:
    codes = [p.code for p in provinces()]
    return 100 * float(np.mean([n[ours.replace("*", c)] > n[other.replace("*", c)] for c in codes]))


HOW: dict[str, Callable[[pd.Series, str, str], float]] = {
    "value": lambda n, ours, _: float(n[ours]),
    "gigatonnes": lambda n, ours, _: float(n[ours]) / 1000,
    "loss": lambda n, ours, _: _loss(n, ours),
    "loss_difference": lambda n, ours, other: _loss(n, ours) - _loss(n, other),
    "cut": _cut,
    "cut_net": _cut_net,
    "better": _better,
    "none": lambda *_: float("nan"),
}


def band(low: float, high: float) -> tuple[float, float]:
    """A published range as it is, a single number with the tolerance on either side."""
    return (low * (1 - TOLERANCE), high * (1 + TOLERANCE)) if low == high else (low, high)


def _verdict(comparable: str, low: float, high: float, found: float) -> str:
    if comparable != "yes":
        return NOT
    least, most = band(low, high)
    return IN if least <= found <= most else OUT


def ranking(numbers: pd.Series) -> pd.DataFrame:
    """Loss of every province under uniform caps in 2060, and baseline emissions per GDP, largest loss first."""
    at = "cap_comparison/{}/{}/{}/2060"
    rows = [
        (p.code, -numbers[at.format("uniform", p.code, "gdp_change_pct")],
         numbers[at.format("baseline", p.code, "emissions")] / numbers[at.format("baseline", p.code, "gdp")])
        for p in provinces()
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["region", "loss", "intensity"])
    return table.sort_values("loss", ascending=False, ignore_index=True)


def comparison_lines(table: pd.DataFrame) -> list[Message]:
    """Lines for the screen: published, ours, verdict and why."""
    lines = []
    for row in table.itertuples():
        verdict = Message(*(name("verdict", row.verdict, x) for x in LANGUAGES))
        facts = {k: Message(*(name("published", getattr(row, k), x) for x in LANGUAGES)) for k in SHOWN}
        published = _span(row.low, row.high)
        lines.append(message("comparator", published=published, ours=_number(row.found), verdict=verdict, **facts))
        lines.append(Message(f"    {row.reading}", f"    {row.reading_zh}"))
    return lines


def comparison_page(table: pd.DataFrame) -> str:
    """The page ``docs/comparators.md``."""
    count = table["verdict"].value_counts().reindex([IN, OUT, NOT], fill_value=0)
    rank: pd.DataFrame = table.attrs["ranking"]
    correlation = rank["loss"].rank().corr(rank["intensity"].rank())
    lines = [
        "# Our results beside published ones",
        "",
        "Written by `cge comparators --page docs/comparators.md` from `results/cap_comparison/summary.csv` and",
        "`results/capital_closures/summary.csv` (sectors `cn30`, parameter set `literature`, nothing fitted) and from",
        "`cge/report/comparators.csv`. Only figures that were read in the source named are carried; most were read in",
        "an abstract, so that closures are often not stated. A published range is the band; a single number is a band",
        f"of {TOLERANCE:.0%} on either side (a convention of ours). Where target or year differ so much that a band",
        "says nothing, the row is not comparable.",
        "",
        f"In band {count[IN]}, out of band {count[OUT]}, not comparable {count[NOT]}.",
        "",
        "Ours: caps of 10 % of 2021 emissions in 2060, linear from 2025, gross of sinks. Default closure unless the",
        "row says otherwise: capital accumulates in its province, labour stays, saving drives investment, foreign",
        "saving is fixed. GDP is a Fisher quantity index against the baseline of the same year; permit prices are in",
        "yuan of 2021.",
        "",
        "| study | model | year | region | target there | closure there | indicator | published | ours | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in table.itertuples():
        cells = (row.study, row.model, row.year, row.region, row.target, row.closure, f"{row.indicator}, {row.unit}",
                 _span(row.low, row.high), _number(row.found), f"**{row.verdict}**")  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## Why", ""]
    for row in table.itertuples():
        lines.append(f"- {row.study}, {row.indicator}, {row.year} ({row.verdict}): {row.reading} Source: {row.source}.")
    most, least = rank.head(RANKED), rank.tail(RANKED)[::-1]
    lines += [
        "",
        "## Which provinces lose most",
        "",
        "No published ranking of provinces under a comparable cap was found among what could be read, so ours stands",
        "alone. It follows emission intensity: rank correlation of losses under uniform caps in 2060 with baseline",
        f"emissions per GDP {correlation:.2f}.",
        "",
        f"Largest losses: {_named(most)}. Smallest: {_named(least)}.",
        "",
    ]
    return "\n".join(lines)


def _named(rank: pd.DataFrame) -> str:
    return ", ".join(f"{region_name(str(r.region), 'en')} {r.loss:.1f} %" for r in rank.itertuples())


def _span(low: float, high: float) -> Message:
    if np.isnan(low):
        return message("below", high=_number(high))
    return Message(*[_number(low)] * 2) if low == high else message("span", low=_number(low), high=_number(high))


def _number(value: float) -> str:
    if np.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"

"""The page on the published losses: which structures give them, which gap needs which cap, and how provinces rank."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.fitted import PUBLISHED
from cge.analysis.structures.file import Structures
from cge.analysis.structures.runs import EVERYWHERE, INDICES
from cge.study.results import NATION
from sam.registry import region_words

NAMES = dict(zip(INDICES, ("Fisher", "2021 prices", "EV"), strict=True))
PAIR = ("uniform", "differentiated")
U, D = (PUBLISHED[k] for k in PAIR)
NEAR = 0.25
"""Percentage points within which a structure is said to give a published loss."""
CUMULATIVE, SHARE = "gdp_cumulative_loss_pct", "cap_share_2021"
MOVED = 5
"""Places by which the rank of a province must move to be named."""


def losses(table: pd.DataFrame, asked: Structures, focus: str) -> pd.DataFrame:
    """Losses of the focus province in per cent, a row for each structure: both caps and their difference by index.

    Returns
    -------
    DataFrame
        Columns (index, ``U``, ``D`` or ``U-D``), and the Fisher loss of the nation under the uniform cap.
    """
    rows = {}
    for name, of in table.groupby("structure", sort=False):
        row: dict[tuple[str, str], float] = {}
        for index in INDICES:
            u, d = (-_of(of, s, focus, index) for s in asked.pair)
            row |= {(index, "U"): u, (index, "D"): d, (index, "U-D"): u - d}
        rows[str(name)] = row | {("nation", "U"): -_of(of, asked.uniform, NATION, INDICES[0])}
    return pd.DataFrame.from_dict(rows, orient="index")


def ranks(table: pd.DataFrame, asked: Structures) -> pd.DataFrame:
    """Rank of every province by its loss under the uniform cap, 1 loses most, a column for each structure."""
    rows = table[(table["scenario"] == asked.uniform) & (table["indicator"] == EVERYWHERE)]
    rows = rows[rows["region"] != NATION]
    wide = rows.pivot(index="region", columns="structure", values="value")
    return wide[rows["structure"].unique()].rank().astype(int)


def needed(points: Sequence[tuple[float, float]], loss: float) -> float:
    """Cap, as a share of 2021, at which a loss is reached on straight lines between solved caps; nan outside them."""
    caps, found = (np.array(x) for x in zip(*sorted(points), strict=True))
    if not found.min() <= loss <= found.max():
        return math.nan
    return float(np.interp(-loss, -found, caps))


def structures_page(
    table: pd.DataFrame, asked: Structures, facts: Mapping[str, Any], *, focus: str, aggregation: str,
    years: Sequence[int],
) -> str:  # fmt: skip
    """The page ``docs/why_not_8_17.md``; every number on it is of ``table``."""
    found, labels = losses(table, asked, focus), {s.id: s.label.en for s in asked.structures}
    place, worst = region_words(focus), max(f["worst_check"] for f in facts.values())
    return "\n".join([
        f"# Why not {U} %",
        "",
        f"The planning study reports that uniform caps of 10 % cost {place} {U} % of GDP, differentiated ones {D} %.",
        "It names no model, index or closure. Here both caps are solved under other structures of the model; nothing",
        "is fitted. Written by `cge structures experiments/structures/structures.toml --page docs/why_not_8_17.md` on",
        f"{aggregation}, {years[0]} to {years[-1]} ({len(years)} periods), {len(facts)} structures; largest violation",
        f"of an identity {worst:.0e}. Losses of {years[-1]} against the baseline of the same year, per cent. U is the",
        "uniform cap, D the differentiated one with the same national total.",
        "",
        *_table(found, labels, place),
        *_level(found, labels, place),
        *_gap(table, found, asked, labels, focus, place),
        *_cumulative(table, asked, labels, focus, place),
        *_contradiction(table, asked, labels, focus, place),
        *_ranking(table, asked, labels),
    ])  # fmt: skip


def _of(rows: pd.DataFrame, scenario: str, region: str, indicator: str) -> float:
    here = (rows["scenario"] == scenario) & (rows["region"] == region) & (rows["indicator"] == indicator)
    values = rows.loc[here, "value"]
    return float(values.iloc[0]) if len(values) else math.nan


def _table(found: pd.DataFrame, labels: Mapping[str, str], place: str) -> list[str]:
    heads = [f"{what}, {NAMES[i]}" for i in INDICES for what in ("U", "D", "U-D")]
    lines = [f"## {place} under {len(found)} structures", "",
             f"| structure | {' | '.join(heads)} | nation U, Fisher |",
             f"|---|{'---|' * (len(heads) + 1)}"]  # fmt: skip
    for name, row in found.iterrows():
        cells = [f"{row[i, what]:.2f}" for i in INDICES for what in ("U", "D", "U-D")]
        lines.append(f"| {labels[str(name)]} | {' | '.join(cells)} | {row['nation', 'U']:.2f} |")
    return [*lines, ""]


def _level(found: pd.DataFrame, labels: Mapping[str, str], place: str) -> list[str]:
    lines = [f"## Which structures give {U}", ""]
    for index in INDICES:
        u = found[index, "U"]
        hit = [f"{labels[str(k)]} ({v:.2f})" for k, v in u.items() if abs(v - U) <= NEAR]
        past = [f"{labels[str(k)]} ({v:.2f})" for k, v in u.items() if v > U + NEAR]
        nearest = u.sub(U).abs().idxmin()
        lines.append(f"- {NAMES[index]}: from {u.min():.2f} to {u.max():.2f}; within {NEAR} of {U}: "
                     f"{', '.join(hit) or 'none'}; beyond: {', '.join(past) or 'none'}; "
                     f"nearest: {labels[str(nearest)]} ({u[nearest]:.2f}).")  # fmt: skip
    both = [
        f"{labels[str(k)]} ({NAMES[i]} {row[i, 'U']:.2f} and {row[i, 'D']:.2f})"
        for k, row in found.iterrows() for i in INDICES
        if abs(row[i, "U"] - U) <= NEAR and abs(row[i, "D"] - D) <= NEAR
    ]  # fmt: skip
    lines += ["", f"Both published losses at once, within {NEAR} points: {', '.join(both) or 'none of them'}. "
              f"The loss of {place} is a matter of structure: one and the same cap takes "
              f"{found[INDICES[0], 'U'].min():.1f} to {found[INDICES[0], 'U'].max():.1f} % (Fisher).", ""]  # fmt: skip
    return lines


def _gap(
    table: pd.DataFrame, found: pd.DataFrame, asked: Structures, labels: Mapping[str, str], focus: str, place: str
) -> list[str]:
    gap = U - D
    widest = found[[(i, "U-D") for i in INDICES]].max().max()
    lines = [f"## Which cap a gap of {gap:.2f} needs", "",
             f"The widest gap between the two caps is {widest:.2f} points; published are {gap:.2f}. What the",
             f"differentiated cap leaves {place} decides it. Caps of its own, the nation keeping its total, in shares",
             "of its 2021 emissions, on straight lines between solved ones (-: outside them):", ""]  # fmt: skip
    shown = [row.id for row in asked.structures if row.more and row.id in found.index]
    if not shown or not asked.own:
        return [*lines, "No structure was solved with caps of its own.", ""]
    heads = [f"{NAMES[i]}: {what}" for i in INDICES for what in (f"loss of {D}", f"gap of {gap:.2f}")]
    lines += [f"| structure | solved caps, losses (Fisher) | {' | '.join(heads)} |", f"|---|---|{'---|' * len(heads)}"]
    for name in shown:
        of = table[table["structure"] == name]
        names = [asked.uniform, *asked.own]
        caps = [_of(of, s, focus, SHARE) for s in names]
        cells = []
        for index in INDICES:
            points = [(c, -_of(of, s, focus, index)) for c, s in zip(caps, names, strict=True)]
            wanted = (D, found.loc[name, (index, "U")] - gap)
            cells += [_share(needed(points, loss)) for loss in wanted]
        solved = ", ".join(f"{c:.0%} {-_of(of, s, focus, INDICES[0]):.2f}" for c, s in zip(caps, names, strict=True))
        lines.append(f"| {labels[name]} | {solved} | {' | '.join(cells)} |")
    return [*lines, ""]


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1%}"


def _cumulative(
    table: pd.DataFrame, asked: Structures, labels: Mapping[str, str], focus: str, place: str
) -> list[str]:
    lines = ["## Read as cumulative losses", "",
             f"The ratio of the published losses is {U / D:.2f}. Losses of GDP summed from 2025 on, not discounted:",
             f"U, D and P, in which {place} goes over its own peak to the uniform cap (-: not solved):", "",
             "| structure | U | D | U/D | P | U/P |", "|---|---|---|---|---|---|"]  # fmt: skip
    for name, of in table.groupby("structure", sort=False):
        u, d = (_of(of, s, focus, CUMULATIVE) for s in asked.pair)
        p = _of(of, asked.peak, focus, CUMULATIVE) if asked.peak else math.nan
        last = ["-", "-"] if math.isnan(p) else [f"{p:.2f}", f"{u / p:.2f}"]
        lines.append(f"| {labels[str(name)]} | {u:.2f} | {d:.2f} | {u / d:.2f} | {' | '.join(last)} |")
    return [*lines, ""]


def _contradiction(
    table: pd.DataFrame, asked: Structures, labels: Mapping[str, str], focus: str, place: str
) -> list[str]:
    if asked.net_zero is None:
        return []
    lines = ["## What the study's own path says", ""]
    for row in asked.structures:
        of = table[table["structure"] == row.id]
        cap, uniform = (_of(of, s, focus, SHARE) for s in (asked.net_zero, asked.uniform))
        if math.isnan(cap):
            continue
        if not lines[2:]:
            lines += [f"Its net-zero paths leave {place} {cap:.1%} of its 2021 emissions in the end, less than the",
                      f"uniform cap's {uniform:.1%}. A differentiated cap that costs less than the uniform one leaves",
                      "more, so the two published losses cannot both be of such paths. Solved, the nation keeping its",
                      "total (Fisher):", ""]  # fmt: skip
        own, u = (-_of(of, s, focus, INDICES[0]) for s in (asked.net_zero, asked.uniform))
        lines.append(f"- {labels[row.id]}: {own:.2f} % on the study's path, {u:.2f} % under the uniform cap.")
    return [*lines, ""]


def _ranking(table: pd.DataFrame, asked: Structures, labels: Mapping[str, str]) -> list[str]:
    found = ranks(table, asked)
    first = found.columns[0]
    lines = [f"## How provinces rank in {found.shape[1]} structures", "",
             f"Rank by the loss of GDP under the uniform cap (Fisher), 1 loses most; beside '{labels[first]}' the",
             f"range over all structures and those that move a province by more than {MOVED} places.", "",
             f"| province | {labels[first]} | range | moved by |", "|---|---|---|---|"]  # fmt: skip
    for code, row in found.sort_values(first).iterrows():
        moved = [f"{labels[s]} ({r})" for s, r in row.items() if abs(r - row[first]) > MOVED]
        lines.append(f"| {region_words(str(code))} | {row[first]} | {row.min()} to {row.max()} | "
                     f"{', '.join(moved)} |")  # fmt: skip
    pairs = found.corr(method="spearman").to_numpy()[np.triu_indices(found.shape[1], 1)]
    if len(pairs):
        lines += ["", f"Rank correlation between two structures: {pairs.min():.2f} to {pairs.max():.2f}, median "
                  f"{np.median(pairs):.2f}."]  # fmt: skip
    return [*lines, ""]

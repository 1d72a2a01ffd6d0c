"""The frontier of caps in words and as a picture: its points, and where rules, trade and a study's policies lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cge.report import style
from cge.report.canvas import along_rows, canvas, places
from cge.report.figures import FORMATS, with_table
from cge.report.style import phrases, region_name, scenario_name, study_line

COLOURS = {"frontier": "#1f5f8b", "mix": "#6a3d9a", "rule": "#8c8c8c", "trade": "#2e7d32", "study": "#c2571a"}
MARKS = {"frontier": "o", "mix": "D", "rule": "s", "trade": "^", "study": "v"}
ENDS = {"cost": "#2e7d32", "equity": "#1f5f8b", "uniform": "#8c8c8c"}
SHOWN = ["point", "kind", "weight", "national", "worst", "where", "inequality", "residual", "met"]


def titled(point: Mapping[str, Any], language: str, data: pd.DataFrame) -> str:
    """What a point is called: its own words, a number between the ends, or a scenario."""
    words = phrases("frontier", language)
    name = point["point"]
    if point["kind"] == "mix":
        return words["mix"].format(weight=point["weight"]) if "weight" in point else str(name)
    if point["kind"] == "study":
        return words["of_study"].format(name=scenario_name(name, language, data))
    return words.get(f"point_{name.replace('-', '_')}", str(name))


def page(found: Any, language: str, caption: Mapping[str, str], data: pd.DataFrame) -> str:
    """Markdown in one language.

    Parameters
    ----------
    found : cge.analysis.frontier.Frontier
    caption : mapping
        ``scenario``, ``year``, ``number``, ``against``, ``aggregation``.
    data : DataFrame
        Knows what the study calls itself and its scenarios, see :func:`cge.report.style.labelled`.
    """
    words, facts = phrases("frontier", language), _facts(caption, data, language)
    out = [f"# {words['title'].format(**facts)}", "", words["note"].format(**facts), ""]
    heads = [words[f"head_{k}"] for k in ("point", "weight", "national", "worst", "inequality", "residual")]
    out += [f"| {' | '.join(heads)} |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for point in found.points:
        cells = [titled(point, language, data)]
        if "caps" in point:
            residual = f"{point['residual']:.1e}" if "residual" in point else ""
            unmet = f" {words['unmet']}" if point.get("met") == "no" else ""
            spread = point["inequality"]
            cells += [f"{point['weight']:.3f}" if "weight" in point else "", f"{point['national']:.3f}",
                      f"{point['worst']:.3f} {region_name(point['where'], language)}",
                      "" if spread is None else f"{spread:.3f}", residual + unmet]  # fmt: skip
        else:
            cells += ["", words["unsolved"].format(code=point["code"]), "", "", ""]
        out.append(f"| {' | '.join(cells)} |")
    out += ["", *_told(found, words), ""]
    return "\n".join(out)


def _facts(caption: Mapping[str, str], data: pd.DataFrame, language: str) -> dict[str, str]:
    """What is compared, and of which scenario, by their names."""
    words = phrases("frontier", language)
    return {**caption, "against": words[f"against_{caption['against']}"],
            "number": words[f"number_{caption['number']}"],
            "scenario": scenario_name(caption["scenario"], language, data)}  # fmt: skip


def _told(found: Any, words: Mapping[str, str]) -> list[str]:
    """How far trade is from the cost end, and which points are not optima."""
    by = {(p["kind"], p["point"]): p for p in found.points if "caps" in p}
    out = []
    trade, cost = by.get(("trade", "trade")), by.get(("frontier", "cost"))
    if trade is not None and cost is not None:
        apart = trade["national"] - cost["national"]
        out.append(words["beside_trade"].format(moved=100 * found.moved, apart=apart))
        if found.outside:
            out.append(words["outside"].format(cells=", ".join(found.outside)))
    if found.unmet:
        out.append(words["open"].format(count=len(found.unmet), of=len(found.own)))
    return out


def draw_frontier(
    found: Any, out: Path, *, languages: Sequence[str], caption: Mapping[str, str], data: pd.DataFrame,
    formats: Sequence[str] = (*FORMATS,),
) -> list[Path]:  # fmt: skip
    """Draw national loss against the other number, and losses by region at the ends.

    Returns
    -------
    list of Path
        Figures and the CSV they draw.
    """
    solved = [p for p in found.points if "caps" in p]
    table = pd.DataFrame([{k: p.get(k) for k in SHOWN} for p in solved])
    return with_table(table, partial(_draw, found, solved, caption, data), out / "frontier", languages, formats)


def _draw(
    found: Any, solved: Sequence[Mapping[str, Any]], caption: Mapping[str, str], data: pd.DataFrame, language: str
) -> Figure:
    words, against = phrases("frontier", language), caption["against"]
    facts = _facts(caption, data, language)
    figure = canvas((14, 7.4), words["title"].format(**facts), words["note"].format(**facts),
                    study=study_line(data, language))  # fmt: skip
    left, right = figure.subplots(1, 2, width_ratios=[1.3, 1])
    points = [p for p in solved if p[against] is not None]
    line = [p for p in points if p["kind"] == "frontier"]
    left.plot([p[against] for p in line], [p["national"] for p in line], color=COLOURS["frontier"], lw=1.2, zorder=1)
    for kind in COLOURS:
        own = [p for p in points if p["kind"] == kind]
        met = [COLOURS[kind] if p.get("met") != "no" else "white" for p in own]
        left.scatter([p[against] for p in own], [p["national"] for p in own], c=met, edgecolors=COLOURS[kind],
                     marker=MARKS[kind], s=34, zorder=2)  # fmt: skip
        for p in own:
            if kind != "frontier" or p["point"] in ENDS:
                left.annotate(figure.fit(titled(p, language, data)), (p[against], p["national"]), xytext=(6, 4),
                              textcoords="offset points", fontsize=8, color=COLOURS[kind])  # fmt: skip
    left.set_xlabel(words["axis"].format(**facts), fontsize=9.5)
    left.set_ylabel(words["axis_national"].format(**facts), fontsize=9.5)
    left.grid(color=style.GRID)
    ends = [p for p in solved if p["point"] in ENDS and p["kind"] in ("frontier", "rule")]
    order = sorted(found.regions, key=lambda r: ends[0]["losses"][r]) if ends else []
    at = np.arange(len(order))
    for p in ends:
        right.scatter([p["losses"][r] for r in order], at, color=ENDS[p["point"]], s=22,
                      label=titled(p, language, data))  # fmt: skip
    right.set_yticks(at, places(figure, order, language), fontsize=8)
    right.set_xlabel(words["axis_loss"].format(**facts), fontsize=9.5)
    along_rows(right)
    if ends:
        right.legend(loc="lower right", fontsize=8.5, frameon=False)
    return figure

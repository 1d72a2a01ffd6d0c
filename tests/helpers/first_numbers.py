"""The first tables of the README, printed from the committed summary and ranges of the flagship; run to renew them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cge.report.caveats import beyond_lines
from cge.report.indices import INDICES, NATION, indices
from cge.report.style import labelled, policies_of, scenario_name, signed
from cge.study.scenario import default_study_path, load_study

ROOT = Path(__file__).resolve().parents[2]
PAGE, SUMMARY = ROOT / "README.md", ROOT / "results" / "cap_comparison" / "summary.csv"
BEGIN, END = "<!-- first numbers, printed by tests/helpers/first_numbers.py -->", "<!-- end of first numbers -->"
RANGES = ROOT / "results" / "cap_comparison.cn12.ensemble" / "ranges.csv"
FOCUS = "XJ"
PLACES = {NATION: "nation", FOCUS: "Xinjiang"}
NAMES = dict(zip(INDICES, ("Fisher", "at 2021 prices", "EV"), strict=True))


def table() -> str:
    """Policies down; three indices of both places and the price across."""
    study = load_study(default_study_path())
    data = labelled(pd.read_csv(SUMMARY, keep_default_na=False), study.model_dump(by_alias=True))
    year = int(data["year"].max())
    last = data[(data["year"] == year) & (data["sector"] == "all")]
    price = last[last["indicator"] == "permit_price"].set_index(["scenario", "region"])["value"]
    found = indices(data, policies_of(data), list(PLACES), year)
    heads = [f"{PLACES[p]}, {name}" for p in PLACES for name in NAMES.values()]
    lines = [f"| {year}, % | {' | '.join(heads)} | Xinjiang permit price, yuan/t |", f"|{'---|' * (len(heads) + 2)}"]
    for s in policies_of(data):
        cells = [signed(found.loc[(s, p), name]) for p in PLACES for name in INDICES]
        lines.append(f"| {scenario_name(s, 'en', data)} | {' | '.join(cells)} | {price[s, FOCUS]:,.0f} |")
    return "\n".join([*lines, "", *beyond_lines(data)]).rstrip()


def ranges() -> str:
    """Median and 5th to 95th percentile of both places, and of what policies differ from the first."""
    study = load_study(default_study_path())
    data = labelled(pd.read_csv(RANGES, keep_default_na=False), study.model_dump(by_alias=True))
    data = data[(data["measure"] == INDICES[0]) & data["kind"].isin(["level", "difference"])]
    draws = int(data["draws"].iloc[0])
    lines = [f"| {draws} joint draws, %, Fisher | {' | '.join(PLACES.values())} |", "|---|---|---|"]
    for (first, other), rows in data.groupby(["scenario", "against"], sort=False):
        by = rows.set_index("region")
        cells = [_range(by.loc[p].to_dict()) for p in PLACES]
        names = [scenario_name(s, "en", data) for s in (first, other) if s]
        lines.append(f"| {' minus '.join(names)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _range(row: dict[str, str]) -> str:
    """Median with its range; of a difference in words where it cannot be told apart."""
    median, low, high = (signed(float(row[k])) for k in ("median", "low", "high"))
    apart = "" if row["told_apart"] == "yes" else ", cannot be told apart"
    return f"{median} ({low} to {high}{apart})"


def renewed(page: str) -> str:
    """The page with the tables as the summary and the ranges have them."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{ranges()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

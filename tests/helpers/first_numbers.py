"""The first table of the README, printed from the committed summary of the flagship; run to renew it."""

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


def renewed(page: str) -> str:
    """The page with the table as the summary has it."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

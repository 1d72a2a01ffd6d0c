"""Print what aggregation does to the headline: fewer regions or sectors solved, against solved fine and then added up.

``python tests/helpers/aggregation_bias.py [cn12 cn30 ...]`` renews the table of ``docs/sam.md``, a minute a list.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from cge.study.model import model_of
from cge.study.run import solve_scenario
from cge.study.scenario import default_study_path, load_study
from sam.regions import members
from sam.registry import NATION, PROVINCE_CODES

PAGE = Path(__file__).parents[2] / "docs" / "sam.md"
START, END = "<!-- bias, printed by tests/helpers/aggregation_bias.py -->\n", "<!-- end of bias -->\n"
YEARS = (2021, 2030, 2060)
FOCUS = "XJ"
KINDS = {"": "31 provinces", "drc8": "`drc8`", "region8": "`region8`", "two": "Xinjiang, the rest", "one": "one region"}
HEAD = ("sectors", "regions", "nation, %", "region with Xinjiang, %", "the same, solved by province, %",
        "mean gap by region, points", "mean permit price, yuan per t")  # fmt: skip


def solved(sectors: str, regions: str) -> tuple[pd.Series, pd.Series, float]:
    """Change of real GDP under uniform caps and baseline GDP of the last year by region, and the mean permit price."""
    settings = (f"base.aggregation={sectors}", *([f"base.regions={regions!r}"] if regions else []))
    study = load_study(default_study_path(), settings)
    model = model_of(study, sectors, YEARS, log=lambda _: None)
    run = {s.id: solve_scenario(model, s).tidy for s in study.scenarios if s.is_baseline or s.id == "uniform"}

    def pick(scenario: str, indicator: str) -> pd.Series:
        rows = run[scenario]
        rows = rows[(rows["year"] == YEARS[-1]) & (rows["indicator"] == indicator) & (rows["sector"] == "all")]
        return rows.set_index("region")["value"]

    return pick("uniform", "gdp_change_pct"), pick("baseline", "gdp"), float(pick("uniform", "permit_price")[NATION])


def table(lists: list[str], folder: Path) -> list[str]:
    """Rows of Markdown."""
    for kind, rest in (("two", "REST"), ("one", "ALL")):
        lines = [f"{p},{p if kind == 'two' and p == FOCUS else rest}" for p in PROVINCE_CODES]
        (folder / f"{kind}.csv").write_text("\n".join(["province,region", *lines]) + "\n")
    out = ["| " + " | ".join(HEAD) + " |", "|---|---|" + "---:|" * (len(HEAD) - 2)]
    for sectors in lists:
        fine, weight, price = solved(sectors, "")
        for kind, called in KINDS.items():
            given = str(folder / f"{kind}.csv") if kind in ("two", "one") else kind
            held = members(given, None)
            coarse, _, price = solved(sectors, given) if kind else (fine, weight, price)
            later = {r: float(np.average(fine[list(ps)], weights=weight[list(ps)])) for r, ps in held.items()}
            mine = next(r for r, ps in held.items() if FOCUS in ps)
            gap = float(np.mean([abs(coarse[r] - v) for r, v in later.items()]))
            out.append(f"| {sectors} | {called} | {coarse[NATION]:.2f} | {coarse[mine]:.2f} | {later[mine]:.2f} | "
                       f"{gap:.2f} | {price:,.0f} |")  # fmt: skip
    return out


def main() -> None:
    """Renew the table."""
    with tempfile.TemporaryDirectory() as folder:
        lines = table(sys.argv[1:] or ["cn12", "cn30"], Path(folder))
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    PAGE.write_text(before + START + "\n".join(lines) + "\n" + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()

"""Industries of provinces beside the shares published and a path from there."""

from __future__ import annotations

import pandas as pd
import pytest

from cge.report.industries import KIND, stated_of_provinces
from cge.report.stated import beside, leaves, section


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    shares = {("XJ", 2024): 0.155, ("XJ", 2030): 0.11, ("BJ", 2024): 0.003, ("CN", 2024): 0.069}
    rows = [("baseline", r, "primary", y, "industry_share", v, "fraction") for (r, y), v in shares.items()]
    return beside(pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"]))


def test_every_province_has_a_range_that_holds_what_is_published() -> None:
    lines = pd.DataFrame(stated_of_provinces())
    assert len(lines) == 31 * 3 * 3 and (lines["low"] < lines["high"]).all()
    seen = lines[(lines["region"] == "XJ") & (lines["sector"] == "primary")].set_index("year")
    with_services = 0.1255 * 1.0555
    assert seen.loc[2024, "low"] + 0.01 == pytest.approx(with_services, abs=1e-4)
    assert seen.loc[2030, "low"] == pytest.approx(with_services * 0.0505 / 0.0685 - 0.03, abs=1e-3)
    whole = lines[lines["year"] == 2024].assign(mid=lambda x: (x["low"] + x["high"]) / 2).groupby("region")["mid"].sum()
    assert whole.between(0.99, 1.01).all(), "what agriculture has more services have less"
    assert seen.loc[2035, "low"] < seen.loc[2030, "low"] and seen.loc[2035, "high"] == seen.loc[2030, "high"]


def test_provinces_outside_are_said_in_one_sentence_and_shown_in_one_table(table: pd.DataFrame) -> None:
    mine = table[table["kind"] == KIND].set_index(["region", "year"])["verdict"]
    assert mine["XJ", 2024] == "high" and mine["XJ", 2030] == mine["BJ", 2024] == "inside"
    said = [line for line in leaves(table, "en") if "its range" in line]
    assert said == ["share of agriculture, 2024, above its range: Xinjiang 16 % (National Bureau of Statistics)"]
    assert "新疆 16" in leaves(table, "zh")[-1]
    page = section(table)
    assert "| Xinjiang | **16** (12-14) | 11 (7-16) |" in page
    assert sum(line.startswith("| share of agriculture") for line in page) >= 1

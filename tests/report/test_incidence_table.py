"""Who bears a policy as a table: groups are sums over their provinces, and revenue is spent once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cge.report.budgets import PROVINCIAL
from cge.report.incidence import PLACES, SENT, incidence_table, page, shown_years, write_incidence
from cge.report.style import LABELS
from sam.registry import HOUSEHOLDS, PROVINCE_CODES

CAPTION = {"parameter_set": "literature", "aggregation": "cn12", "price_base": "2021"}
YEARS = (2021, 2030, 2060)


def results(policies: tuple[str, ...] = ("tax", "dividend")) -> pd.DataFrame:
    """Made-up results: welfare is the number of the province, consumption its square, budgets close by the lump sum."""
    rng = np.random.default_rng(3)
    rows: list[tuple[object, ...]] = []
    for s in ("baseline", *policies):
        for year in YEARS:
            parts = dict(zip(PROVINCIAL, rng.normal(0, 50, len(PROVINCIAL)), strict=True))
            parts["lump_sum"] -= sum(parts.values())
            rows += [(s, "CN", item, year, "budget", v, "1e8 CNY") for item, v in parts.items()]
            for k, region in enumerate(PROVINCE_CODES, start=1):
                for h, households in enumerate(HOUSEHOLDS, start=1):
                    rows.append((s, region, households, year, "household_consumption", float(h * k**2), "1e8 CNY"))
                    if s != "baseline":
                        at = (s, region, households, year)
                        rows.append((*at, "welfare_ev_household_pct", float(k * h * (year > 2021)), "%"))
                        rows.append((s, region, "all", year, "gdp_change_pct", -1.0, "%")) if h == 1 else None
            if s != "baseline":
                rows.append((s, "CN", "all", year, "gini_change_points", 0.1, "points of 100"))
        if s != "baseline":
            rows.append((s, "CN", "all", 2060, "welfare_ev_cumulative_discounted_pct", -0.7, "%"))
    table = pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"])
    table.attrs[LABELS] = {s: {"en": f"policy {s}", "zh": f"政策{s}"} for s in ("baseline", *policies)}
    return table


def test_every_province_is_in_one_place() -> None:
    groups = [c for name, codes in PLACES.items() if name != "nation" for c in codes]
    assert sorted(groups) == sorted(PROVINCE_CODES) == sorted(PLACES["nation"])


def test_welfare_of_a_group_is_its_sum_over_its_consumption() -> None:
    table = incidence_table(results())
    value = table.set_index(["scenario", "year", "measure", "place", "household"])["value"]
    k = {c: n for n, c in enumerate(PROVINCE_CODES, start=1)}
    for place, codes in PLACES.items():
        own = np.array([k[c] for c in codes], float)
        for h, household in enumerate(HOUSEHOLDS, start=1):
            want = h * (own**3).sum() / (own**2).sum()
            assert value["tax", 2060, "welfare_ev_pct", place, household] == pytest.approx(want)
        both = (own**3).sum() * (1 + 4) / ((own**2).sum() * 3)
        assert value["tax", 2030, "welfare_ev_pct", place, "all"] == pytest.approx(both)


def test_uses_add_up_to_the_revenue() -> None:
    data = results()
    table = incidence_table(data)
    uses = table[table["measure"].str.startswith("revenue:")]
    cuts = data[(data["indicator"] == "budget") & (data["sector"] == "labour_tax_cut")]
    for (s, year), rows in uses.groupby(["scenario", "year"]):
        went = rows.set_index("measure")["value"]
        assert went.drop("revenue:revenue").sum() == pytest.approx(went["revenue:revenue"])
        item = cuts[cuts["year"] == year].set_index("scenario")["value"]
        spent = item["baseline"] - item[s]
        assert went["revenue:labour_tax"] == pytest.approx(spent)
    assert set(SENT.values()) <= set(PROVINCIAL)


@pytest.mark.parametrize(("language", "words"), [("en", "62 groups"), ("zh", "62个群体")])
def test_the_page_says_what_it_holds(language: str, words: str) -> None:
    table = incidence_table(results())
    table.attrs |= results().attrs
    text = page(table, language, CAPTION)
    assert words in text and "-0.70" in text
    for name in ({"en": ("policy tax", "policy dividend"), "zh": ("政策tax", "政策dividend")})[language]:
        assert text.count(f"| {name} |") == 5
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {2 + 2 * len(PLACES), 2 + 5, 2 + 2 + len(SENT)}


@pytest.mark.slow
def test_files_of_a_study_and_none_of_a_single_policy(tmp_path: Path) -> None:
    made = write_incidence(results(), tmp_path, languages=("en",), caption=CAPTION)
    assert {p.name for p in made} == {"incidence.csv", "incidence.md"} | {f"incidence_en.{e}" for e in
                                                                          ("png", "svg", "pdf")}  # fmt: skip
    assert all(p.exists() for p in made)
    written = pd.read_csv(tmp_path / "incidence.csv")
    np.testing.assert_allclose(written["value"], incidence_table(results())["value"], rtol=1e-5)
    assert write_incidence(results(("tax",)), tmp_path / "no", languages=("en",), caption=CAPTION) == []


def test_a_run_without_2030_shows_its_last_year() -> None:
    data = results()
    assert shown_years(data) == [2030, 2060]
    assert shown_years(data[data["year"] != 2030]) == [2060]

"""What a baseline implies: growth from levels, flags from bands, the page from the committed tables."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from openpyxl import load_workbook
from reporting import CAPTION

from cge.report import _growth
from cge.report.baseline import page, sentences, write_baseline_book
from cge.report.baseline_figure import draw_baseline
from cge.report.book import tab
from cge.report.energy import draw_energy, energy_figure
from cge.report.figures import FORMATS, settings
from cge.report.growth import (
    MEASURES,
    against_published,
    against_study,
    bands,
    flagged,
    growth_table,
    plausibility,
    read_tables,
    write_tables,
)
from cge.report.names import KINDS
from cge.report.stated import beside, leaves, stated
from cge.report.style import ReportError, labelled, phrases
from cge.study.baseline import Baseline
from cge.study.scenario import default_study_path, load_study
from sam.paths import gdp_path, xinjiang_price_ratio, xinjiang_study_gdp
from sam.registry import provinces

ROOT = Path(__file__).parents[2]
YEARS = (2021, 2030, 2060)
CODES = [*(p.code for p in provinces()), "CN"]
SOURCES = ("coal", "oil", "gas", "ghy", "gnu", "gwi", "gso", "gbi")


def levels(growth: float = 0.03, policy: bool = True) -> pd.DataFrame:
    """Made-up results: every province grows at one rate, productivity 1 % and efficiency 2 % a year slower."""
    rows: list[tuple[object, ...]] = []
    for scenario in ("baseline", *(["uniform"] if policy else [])):
        for k, region in enumerate(CODES):
            for year in YEARS:
                age, at = year - 2021, (scenario, region)
                gdp = (100.0 + k) * (1 + growth) ** age
                values = {
                    "gdp": gdp, "emissions": 50.0 + k, "capital_output_ratio": 3.0, "capital_rental_pct": 12.0,
                    "nonfossil_power_share": 0.5, "nonfossil_share": 0.3 if scenario == "baseline" else 0.85,
                    "electricity_share_final": 0.4, "primary_energy": 80.0, "primary_energy_abated": 0.0,
                }  # fmt: skip
                if region != "CN":
                    values |= {"productivity": (growth + 0.99) ** age, "energy_efficiency": (growth + 0.98) ** age}
                if scenario != "baseline":
                    values |= {"gdp_change_pct": -1.0, "cap_share_2021": 0.1, "primary_energy_abated": 9.0}
                rows += [(*at, "all", year, name, value, "1") for name, value in values.items()]
                rows += [(*at, s, year, "primary_energy", 10.0, "Mtce") for s in SOURCES]
                rows += [(*at, g, year, "generation", 10.0, "TWh") for g in ("gco", "ghy", "gso")]
    return pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"])


def test_growth_is_compound_and_the_nation_is_the_mean() -> None:
    table = growth_table(levels())
    assert list(table["region"].unique()) == CODES and list(table["end"].unique()) == list(YEARS)
    later = table[table["end"] > 2021]
    np.testing.assert_allclose(later["gdp_growth"].astype(float), 3.0, rtol=1e-9)
    np.testing.assert_allclose(later["productivity_growth"].astype(float), 2.0, rtol=1e-9)
    np.testing.assert_allclose(later["efficiency_growth"].astype(float), 1.0, rtol=1e-9)
    np.testing.assert_allclose(later["intensity_change"].astype(float), 100 * (1 / 1.03 - 1), rtol=1e-9)
    assert table.loc[table["end"] == 2021, "gdp_growth"].isna().all()
    assert (table["flags"] == "").all()


def test_cells_outside_a_band_are_flagged_with_their_side() -> None:
    data = levels()
    data.loc[(data["indicator"] == "capital_output_ratio") & (data["region"] == "QH"), "value"] = 8.2
    at = (data["indicator"] == "productivity") & (data["region"] == "SX") & (data["year"] == 2030)
    data.loc[at, "value"] = 1.12**9
    found = flagged(growth_table(data))
    assert set(zip(found["region"], found["measure"], found["side"], found["end"], strict=True)) == {
        ("QH", "capital_output_ratio", "high", 2021), ("QH", "capital_output_ratio", "high", 2030),
        ("QH", "capital_output_ratio", "high", 2060), ("SX", "productivity_growth", "high", 2030),
    }  # fmt: skip
    said = "\n".join(sentences(growth_table(data), "en"))
    assert "Qinghai: 8.2 (2021), 8.2 (2021-30), 8.2 (2030-60)" in said and "Shanxi: 12.0 (2021-30)" in said
    assert "山西: 12.0 (2021-30)" in "\n".join(sentences(growth_table(data), "zh"))


def test_every_band_has_a_basis_and_every_flag_its_words() -> None:
    table = bands()
    assert (table["low"] < table["high"]).all() and table["kind"].isin(["assumption", "literature"]).all()
    assert table["basis"].str.len().gt(10).all() and table["unit"].notna().all()
    provincial = table.loc[table["scope"] == "province", "measure"]
    assert set(provincial) <= set(MEASURES)
    assert set(MEASURES) <= set(KINDS["indicator"])
    for language in ("en", "zh"):
        sides = {f"{m}:{s}" for m in provincial for s in ("low", "high")}
        assert set(phrases("why", language)) == sides


def test_scenarios_are_held_to_the_band_of_their_cap() -> None:
    data = levels()
    found = plausibility(data).set_index(["scenario", "measure"])["verdict"]
    assert found["baseline", "nonfossil_share"] == "inside" and found["uniform", "nonfossil_share"] == "inside"
    assert found["uniform", "electricity_share_final"] == "low"
    shallow = data["indicator"] == "cap_share_2021"
    data.loc[shallow, "value"] = 0.6
    assert set(plausibility(data)["scenario"]) == {"baseline"}


def test_base_year_against_statistics() -> None:
    found = against_published(levels()).set_index("measure")
    assert found.loc["primary_energy", "value"] == 80.0
    assert found.loc["coal_share", "value"] == pytest.approx(1 / 8)
    assert found.loc["nonfossil_share", "value"] == pytest.approx(5 / 8)
    assert found.loc["clean_share", "gap_pct"] == pytest.approx(100 * (0.75 / 0.255 - 1))


@pytest.mark.slow
def test_numbers_beside_what_is_published_or_stated() -> None:
    data = levels()
    later = data[data["year"] == 2030].assign(year=2024)
    data = pd.concat([data, later], ignore_index=True)
    found = beside(data).set_index(["what_en", "region", "year"])
    gdp = found.loc["real GDP over 2021", "SX", 2024]
    assert gdp["value"] == pytest.approx(1.03**9) and gdp["verdict"] == "high"
    assert found.loc[("wind and solar power", "CN", 2024), "verdict"] == "low"
    coal = found.loc["share of coal in primary energy", "CN", 2024]
    assert coal["value"] == pytest.approx(1 / 8) and coal["verdict"] == "low"
    assert ("CO2", "XJ", 2025) not in found.index, "a year that is not solved is left out"
    for language, word in (("en", "Shanxi, 2024"), ("zh", "山西2024 年")):
        lines = leaves(beside(data), language)
        assert len(lines) == (found["verdict"] != "inside").sum() and any(word in line for line in lines)
    assert (stated()["low"] < stated()["high"]).all() and set(stated()["kind"]) <= {"fact", "statement", "band"}
    assert stated()[["what_en", "what_zh", "source", "unit"]].notna().all().all()


FOREIGN = re.compile(r"(?<!-)\b(of|is|are|not|with|by|for|from|each|that|which|than|where|without|its|to)\b")
STUDY = {"region": "XJ", "price_ratio": 1.05, "gdp": {"2024": 90.0, "2030": 200.0, "2035": 300.0}}


@pytest.mark.slow
def test_gdp_beside_the_study_at_both_prices_and_only_in_solved_years(tmp_path: Path) -> None:
    data = levels()
    gdp = (100.0 + CODES.index("XJ")) * 1.03**9
    found = against_study(data, STUDY)
    assert set(found["measure"]) == {"gdp_XJ_2030"}, "2035 is not solved, 2024 is where the study starts"
    np.testing.assert_allclose(found["value"], [gdp, 1.05 * gdp])
    np.testing.assert_allclose(found["gap_pct"], 100 * (found["value"] / 200.0 - 1))
    assert against_study(data[data["year"] != 2030], STUDY).empty
    write_tables(data, tmp_path, STUDY)
    facts = Baseline().chosen | {"study": "made-up", "aggregation": "cn30", "parameter_set": "literature"}
    text = page(*read_tables(tmp_path), facts)
    assert "## GDP of Xinjiang against the planning study" in text
    assert f"| 2030 | 2024 | {1.05 * gdp:,.0f} | 200 | {100 * (1.05 * gdp / 200 - 1):+.1f} |" in text
    assert text.count("gdp_XJ") == 0
    write_tables(data[data["year"] < 2060], tmp_path, STUDY)
    table, energy, *others = read_tables(tmp_path)
    assert energy.empty and not (tmp_path / "plausibility.csv").exists(), "what has no line has no file"
    assert "in the last year" not in page(table, energy, *others, facts)
    write_tables(data[data["year"] != 2030], tmp_path, STUDY)
    assert "against the planning study" not in page(*read_tables(tmp_path), facts)


def test_xinjiang_reaches_the_study_at_its_prices() -> None:
    """The path follows the study's growth from 2024, whose GDP is published: at 2024 prices they agree closely."""
    path = gdp_path((2030, 2035)).query("region == 'XJ'").set_index("year")["value"]
    study = xinjiang_study_gdp()
    assert study == {2024: 20500.0, 2030: 29200.0, 2035: 37100.0}
    for year in (2030, 2035):
        assert xinjiang_price_ratio() * path[year] == pytest.approx(study[year], rel=2e-3)
        assert path[year] < 0.97 * study[year]


def test_results_with_policies_only_are_refused() -> None:
    data = levels()
    with pytest.raises(ReportError, match="no scenario without policy"):
        growth_table(data[data["scenario"] == "uniform"])


@pytest.mark.slow
@pytest.mark.parametrize("policy", [True, False])
def test_figures_and_their_tables(tmp_path: Path, policy: bool) -> None:
    data = levels(policy=policy)
    made = draw_energy(data, tmp_path, languages=("en",), focus="XJ", caption=CAPTION)
    facts = CAPTION | Baseline().chosen
    made += draw_baseline(growth_table(data), tmp_path, languages=("en",), focus="XJ", facts=facts)
    names = ("power", "energy", "baseline")
    assert {p.name for p in made} == {f"{n}_en.{e}" for n in names for e in FORMATS} | {f"{n}.csv" for n in names}
    drawn = pd.read_csv(tmp_path / "energy.csv")
    parts = drawn[(drawn["indicator"] == "primary_energy") & (drawn["region"] == "XJ") & (drawn["year"] == 2060)]
    assert "all" not in set(parts["sector"]) and parts.groupby("scenario")["value"].sum().eq(80.0).all()


@pytest.mark.slow
def test_tonnes_of_coal_stand_in_the_figure_of_energy() -> None:
    data = levels(policy=False)
    base = data["scenario"].iloc[0]
    mined = [(base, "CN", "all", y, "coal_output", v, "Mt") for y, v in ((YEARS[-1], 3000.0), (YEARS[0], 4071.4))]
    rows = pd.concat([data, pd.DataFrame(mined, columns=data.columns)], ignore_index=True)
    for kind, language, words in (
        ("energy", "en", "coal mined: 4,071 Mt in 2021, 3,000"), ("energy", "zh", "原煤产量：2021年4,071百万吨"),
        ("power", "en", ""),
    ):  # fmt: skip
        with mpl.rc_context(settings()):
            figure = energy_figure(rows, kind, language, "XJ", CAPTION)
        said = [t.get_text() for ax in figure.axes for t in ax.texts if "%" not in t.get_text()]
        assert len(said) == bool(words) and (not words or said[0].startswith(words))


def test_workbook(tmp_path: Path) -> None:
    data = levels(policy=False)
    data.loc[data["indicator"] == "capital_rental_pct", "value"] = 5.0
    path = write_baseline_book(growth_table(data), data, tmp_path / "b.xlsx", languages=("zh", "en"), manifest={"a": 1})
    book = load_workbook(path)
    assert book.sheetnames == [tab(name) for name in ("Growth", "Flags", "Bands", "Data", "Provenance")]
    assert book[tab("Flags")].max_row == 1 + len(CODES) * len(YEARS)


def test_the_page_is_that_of_the_committed_results() -> None:
    study = load_study(default_study_path())
    facts = study.baseline.chosen | {"study": study.id, "aggregation": study.base.aggregation,
                                     "parameter_set": "literature"}  # fmt: skip
    table, energy, published, stated = read_tables(ROOT / "results" / study.id)
    energy = labelled(energy, study.model_dump(by_alias=True))
    assert page(table, energy, published, stated, facts) == (ROOT / "docs" / "baseline.md").read_text(encoding="utf-8")


def test_the_page_in_chinese_holds_no_english_sentence() -> None:
    study = load_study(default_study_path())
    facts = study.baseline.chosen | {"study": study.id, "aggregation": "cn30", "parameter_set": "literature"}
    tables = read_tables(ROOT / "results" / study.id)
    english, chinese = (page(*tables, facts, x).splitlines() for x in ("en", "zh"))
    assert [line for line in chinese if FOREIGN.search(line) or re.search("Bureau|converging|fact", line)] == []
    assert [x.count("|") for x in english if x[:2] == "| "] == [x.count("|") for x in chinese if x[:2] == "| "]
    assert not any(re.search("[\u4e00-\u9fff]", line) for line in english)


@pytest.mark.slow
def test_the_figure_of_a_baseline_names_its_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("cge.report.canvas.Figure.supxlabel", lambda self, text, **_: seen.append(text) or Text())
    study = load_study(default_study_path())
    tables = read_tables(ROOT / "results" / study.id)
    monkeypatch.setattr("cge.report.growth.read_tables", lambda _: tables)
    monkeypatch.setattr("cge.report.growth.write_tables", lambda *_: None)
    facts = {"parameter_set": "literature", "aggregation": "cn30", "study": study.id, "study_gdp": {},
             "baseline": study.baseline.chosen}  # fmt: skip
    data = labelled(pd.DataFrame(), study.model_dump(by_alias=True))
    _growth(data, tmp_path, ("zh",), ("png",), "XJ", facts)
    assert seen and all(text.startswith(f"研究：{study.title.zh}") for text in seen)

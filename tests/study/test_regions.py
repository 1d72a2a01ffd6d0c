"""Regions other than the 31 provinces: grouped, solved in zero iterations, cut, drawn under their own names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.api.results import load_results
from cge.report import figure_of
from cge.study.model import Model, model_of, solver_checks
from cge.study.run import solve_scenario
from cge.study.scenario import Study, default_study_path, load_study, study_of
from cgebase.errors import SAMError, ScenarioError
from sam.aggregate import aggregate
from sam.economy import load_economy
from sam.groups import by_region
from sam.regions import members, region_of
from sam.registry import NATION, PROVINCE_CODES, region_words
from sam.satellites import distance, distances
from sam.validate import check_economy

KINDS = ("region8", "two", "one")


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def grouping(kind: str, folder: Path) -> str:
    """A shipped grouping, Xinjiang against the rest, or the nation as one region."""
    if kind == "region8":
        return kind
    rest = {"two": "REST", "one": "ALL"}[kind]
    lines = [f"{p},{'XJ' if kind == 'two' and p == 'XJ' else rest}" for p in PROVINCE_CODES]
    (folder / f"{kind}.csv").write_text("\n".join(["province,region", *lines]) + "\n")
    return str(folder / f"{kind}.csv")


def asking(regions: str, **tables: Any) -> Study:
    """A baseline and a policy with these tables, to 2030."""
    words = {"en": "t", "zh": "t"}
    scenarios = [{"id": "baseline", "label": words}, {"id": "cut", "label": words, **tables}]
    base = {"aggregation": "cn12", "regions": regions}
    return study_of({"schema": 1, "id": "t", "title": words, "base": base, "time": {"years": [2021, 2030]},
                     "scenario": scenarios}, "t")  # fmt: skip


def study(regions: str, **more: Any) -> Study:
    """A cut of all emissions by a fifth until 2030."""
    return asking(regions, cap={"final_share": 0.8, "start_year": 2025, "end_year": 2030} | more)


# ---- groups


def test_members_sums_and_distances() -> None:
    eight = members("region8", None)
    assert sorted(p for held in eight.values() for p in held) == sorted(PROVINCE_CODES) and len(eight) == 8
    assert region_of("XJ", eight) == "NW" and region_of("NE", eight) == "NE" and "XJ" in eight["NW"]
    table = pd.DataFrame([np.arange(31.0)], columns=list(PROVINCE_CODES))
    assert by_region(table, members("", None)).equals(table)
    assert by_region(table, eight).to_numpy().sum() == table.to_numpy().sum()
    km, of = distance(), distances(eight)
    assert np.array_equal(distances(members("", None)), km)
    assert (np.diag(of) == 0).all() and np.allclose(of, of.T) and km[km > 0].min() < of[of > 0].min()


def test_regions_have_names_of_their_own() -> None:
    for kind in ("region8", "drc8"):
        for code in members(kind, None):
            assert code not in PROVINCE_CODES and {region_words(code).text(x) for x in ("en", "zh")}.isdisjoint({code})
    assert region_words("XJ").text("zh") == "新疆" and region_words("REST").text("en") == "REST"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_aggregated_economy_passes_its_checks_and_keeps_its_totals(tmp_path: Path, kind: str) -> None:
    whole = load_economy("cn12")
    made = aggregate(whole, regions=grouping(kind, tmp_path))
    assert check_economy(made, published=False) == []
    assert made.emissions["mt"].sum() == pytest.approx(whole.emissions["mt"].sum(), rel=1e-12)
    assert made.generation["twh"].sum() == pytest.approx(whole.generation["twh"].sum(), rel=1e-12)
    assert made.electricity_use["twh"].sum() == pytest.approx(whole.electricity_use["twh"].sum(), rel=1e-12)
    assert made.sam.imbalance() < 1e-10 and len(made.network) == {"region8": 26, "two": 2, "one": 0}[kind]


@pytest.mark.slow
def test_a_link_out_of_a_region_carries_what_its_value_buys() -> None:
    made = aggregate(load_economy("cn12"), regions="region8")
    broken = made.network.assign(twh=made.network["twh"] * 1.001)
    found = {f.code for f in check_economy(replace(made, network=broken), published=False)}
    assert "SAM013" in found


# ---- studies


def test_a_study_names_its_grouping(tmp_path: Path) -> None:
    found = study("region8")
    assert found.report.focus == "NW" and found.folder(None, None) == "t.regions-region8"
    assert study("").report.focus == "XJ" and study("").folder(None, None) == "t"
    assert study("region8", groups=[["NE", "NW"]]).scenarios[1].cap is not None
    with pytest.raises(ScenarioError, match="'NE' is not one of the 31 provinces"):
        study("", groups=[["NE", "XJ"]])
    with pytest.raises(ScenarioError, match="neither a file nor shipped"):
        study("region9")
    (tmp_path / "half.csv").write_text("province,region\nBJ,N\n")
    with pytest.raises(ScenarioError, match="TJ"):
        study(str(tmp_path / "half.csv"))


def test_a_grouping_is_seen_from_the_study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grouping("two", tmp_path)
    text = default_study_path().read_text(encoding="utf-8").replace("[base]", '[base]\nregions = "two.csv"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    found = load_study(tmp_path / "mine.toml")
    assert dict(found.base.members)["XJ"] == ("XJ",) and found.report.focus == "XJ"
    assert ".regions-two" in found.folder(None, None)


@pytest.mark.slow
def test_a_province_inside_a_region_is_refused_by_scenario() -> None:
    asked = study("region8", groups=[["XJ", "GS"]])
    with pytest.raises(ScenarioError, match=r"scenario\[cut\].*not in this economy: 'XJ', 'GS'"):
        model_of(asked, log=lambda _: None)


# ---- solved


@pytest.fixture(scope="module", params=KINDS)
def solved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Model]:
    asked = study(grouping(request.param, tmp_path_factory.mktemp("groups")))
    return asked, model_of(asked, log=lambda _: None)


@pytest.mark.slow
def test_the_base_year_is_replicated_and_a_cut_solves(solved: tuple[Study, Model]) -> None:
    asked, model = solved
    first = model.baseline[0].solution
    assert first.iterations == 0 and first.max_residual < 1e-11
    cut = solve_scenario(model, asked.scenarios[1])
    last = cut.tidy[(cut.tidy["year"] == 2030) & (cut.tidy["sector"] == "all")]
    wide = last.pivot(index="region", columns="indicator", values="value")
    regions = list(model.benchmark.sets["r"])
    assert wide.loc[regions, "cap_share_2021"].to_numpy() == pytest.approx(np.full(len(regions), 0.8), rel=1e-9)
    assert (wide["gdp_change_pct"] < 0).all() and (wide["permit_price"] > 0).all()
    assert max(cut.checks.values()) < 1e-8 and max(solver_checks(model, model.baseline, "baseline").values()) < 1e-8


@pytest.mark.slow
def test_paths_of_regions_are_those_of_their_provinces(solved: tuple[Study, Model], model: Model) -> None:
    _, grouped = solved
    held, at = grouped.benchmark.economy.groups.regions, model.benchmark.sets["r"].index
    theirs = model.paths.capital
    assert grouped.paths.capital == pytest.approx([sum(theirs[at(p)] for p in ps) for ps in held.values()], rel=1e-12)
    assert grouped.benchmark.parameters["gdp0"] == pytest.approx(
        [sum(model.benchmark.parameters["gdp0"][at(p)] for p in ps) for ps in held.values()], rel=1e-12)  # fmt: skip
    share = grouped.paths.heads[1].sum(0)
    assert share == pytest.approx([sum(model.paths.heads[1].sum(0)[at(p)] for p in ps) for ps in held.values()])


@pytest.mark.slow
def test_lines_between_regions_are_widened_by_their_distance() -> None:
    asked = asking("region8", network={"growth": 2.0, "start_year": 2025, "end_year": 2030})
    model = model_of(asked, log=lambda _: None)
    assert max(solve_scenario(model, asked.scenarios[1]).checks.values()) < 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_comparison_is_drawn_with_the_names_of_its_regions(kind: str, tmp_path: Path, call: Any) -> None:
    words = ["compare", "--regions", grouping(kind, tmp_path), "--aggregation", "cn12", "--years", "2021,2030",
             "--only", "uniform", "--languages", "en", "--formats", "svg", "--out", tmp_path / "out"]  # fmt: skip
    code, _, err = call(*words)
    assert code == 0, err
    (folder,) = (tmp_path / "out").iterdir()
    drawn = (folder / "figures" / "regions_en.svg").read_text(encoding="utf-8")
    assert "Tibet" not in drawn
    table = pd.read_csv(folder / "figures" / "regions.csv")
    assert len(set(table["region"]) - {NATION}) == {"region8": 8, "two": 2, "one": 1}[kind]
    again = load_results(folder)
    assert again.manifest["regions"].endswith({"region8": "region8", "two": "two.csv", "one": "one.csv"}[kind])
    figure_of(again, "regions", language="zh")


def test_a_region_whose_provinces_are_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SAMError):
        members(str(tmp_path / "none.csv"), None)

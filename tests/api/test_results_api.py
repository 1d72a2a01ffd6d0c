"""Questions asked from Python: labelled tables, saved and read back, exported, explained, drawn."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import cge
from cge.api.base import Base
from cge.api.results import Results
from cge.measure.indicators import INDICATORS
from cge.report.style import ReportError
from cge.runs.store import equations_of
from cge.study.results import ResultsError
from cge.theory.accounts import BUDGET
from cge.theory.chapters import THEORY
from cgebase.brief import LINES
from cgebase.errors import CompleteError, OutputError, ScenarioError

Call: TypeAlias = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base() -> Base:
    return cge.baseline("cn12", years=[2021, 2030], parameters={"sigma_kle": {"mtl": 0.6}}, focus="Gansu")


@pytest.fixture(scope="module")
def results(base: Base) -> Results:
    cap = base.solve(cge.cap("uniform", final_share=0.2, groups=[["新疆", "Gansu"]]), label={"en": "Cap", "zh": "限额"})
    tax = base.solve(
        cge.tax(price=200), cge.coverage(sectors=base.sectors.index.drop("mtl")), closure={"government": "labour-tax"}
    )  # fmt: skip
    return cap.beside(tax)


def test_a_policy_is_solved_beside_the_baseline_that_is_there(base: Base, results: Results) -> None:
    assert results.scenarios == ("baseline", "cap", "tax-coverage")
    levels = results.sel("TFP", scenario="baseline", year=2030, region="XJ")
    assert float(levels) == base.model.baseline[1].values["TFP"][base.model.benchmark.sets["r"].index("XJ")]


def test_without_an_instrument_the_baseline_stands_alone(base: Base) -> None:
    alone = base.solve()
    assert alone.policies == () and alone.scenarios == ("baseline",)
    with pytest.raises(cge.CGEError, match="closure given without an instrument"):
        base.solve(closure={"government": "labour-tax"})


def test_an_interrupted_policy_goes_on_with_its_solved_years() -> None:
    base, said = cge.baseline("cn12", years=[2021, 2030, 2040], regions="region8"), list[str]()

    def stop(words: str) -> None:
        said.append(words)
        if words.startswith("tax 2030"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        base.solve(cge.tax(price=100), progress=stop)
    told = list[str]()
    whole = base.solve(cge.tax(price=100), progress=told.append)
    assert any(w.startswith("tax 2030: solved before") for w in told) and not any("2040: solved" in w for w in told)
    assert base.solve(cge.tax(price=100)).data.equals(whole.data)
    assert not base.solve(cge.tax(price=101)).data.equals(whole.data)
    assert set(whole["QA"]["year"].values) == {2021, 2030, 2040}


def test_what_was_asked_acts(results: Results) -> None:
    """Provinces that trade share a price; steel pays none; revenue cuts the tax on labour."""
    price = results.sel("permit_price", scenario="cap", year=2030)
    assert float(price.sel(region="XJ")) == pytest.approx(float(price.sel(region="GS")), rel=1e-8)
    assert not np.isclose(price.sel(region="XJ"), price.sel(region="QH"))
    paid = results.sel("TAUA", scenario="tax-coverage", year=2030)
    assert (paid.sel(sector="mtl").fillna(0) == 0).all() and (paid.sel(sector="nmm") > 0).any()
    assert (results.sel("CUTL", scenario="tax-coverage", year=2030) > 0).all()


def test_values_stand_at_their_labels(base: Base, results: Results) -> None:
    period, sets = base.model.baseline[1], base.model.benchmark.sets
    at = {n: {k: i for i, k in enumerate(sets[n])} for n in sets}
    here = {"scenario": "baseline", "year": 2030}
    price = period.values["PQ"][at["c"]["chm"], at["r"]["XJ"]]
    assert float(results.sel("PQ", region="新疆", sector="chm", **here)) == price
    flow = period.accounts["QD"][at["c"]["coa"], at["r"]["SX"], at["r"]["HE"]]
    assert float(results.sel("QD", region="Shanxi", destination="河北", sector="Coal mining", **here)) == flow
    used = period.accounts["QCA"][at["c"]["coa"], at["a"]["gco"], at["r"]["XJ"]]
    assert float(results.sel("QCA", commodity="coa", activity="gco", region="65", **here)) == used


def test_several_labels_and_a_span_of_years_stay_dimensions(base: Base, results: Results) -> None:
    some = results.sel("PQ", region=base.provinces.index[:3], sector=["石油加工和炼焦业"], year=slice(2025, 2060))
    assert some.sizes == {"scenario": 3, "region": 3, "sector": 1, "year": 1}


def test_changes_are_against_the_baseline_of_the_same_year(results: Results) -> None:
    levels = results.sel("emissions", region="CN", year=2030)
    change = results.sel("emissions", region="CN", year=2030, change=True)
    assert change.attrs["description_zh"].endswith("：相对基准的变化")
    assert list(change["scenario"].values) == ["cap", "tax-coverage"] and change.attrs["unit"] == "%"
    want = 100 * (float(levels.sel(scenario="cap")) / float(levels.sel(scenario="baseline")) - 1)
    assert float(change.sel(scenario="cap")) == pytest.approx(want, rel=1e-12)
    output = results.sel("LEVEL", change=True, year=2030, region="XJ", sector="chm", scenario="cap")
    told = results.sel("output_change_pct", year=2030, region="XJ", sector="chm", scenario="cap")
    assert float(output) == pytest.approx(float(told), rel=1e-10)


def test_every_variable_account_and_indicator_is_a_labelled_table(results: Results) -> None:
    assert set(THEORY.accounts) | set(THEORY.definitions) | set(results.data["indicator"]) <= set(results.names.index)
    for name in results:
        table = results[name]
        of = INDICATORS[name] if name in INDICATORS else THEORY.families[name]
        assert table.attrs["unit"] == of.unit and table.dims[0] == "scenario" and table.dims[-1] == "year", name
        assert {"region_zh", "region_en"} <= set(table.coords) or "region" not in table.dims, name


def test_cells_that_do_not_exist_are_nan(results: Results) -> None:
    made = results.sel("QG", year=2021, scenario="baseline", region="GD")
    assert np.isnan(made.sel(sector="chm")) and float(made.sel(sector="gnu")) > 0
    assert results["RM"].isnull().all()


def test_a_budget_adds_up_over_its_accounts(results: Results) -> None:
    rows = sum(results.sel(f"B_{n}", year=2030, scenario="cap", region="GS") for n in BUDGET)
    told = results.sel("budget", year=2030, scenario="cap", region="GS")
    assert float(rows) == pytest.approx(float(told.sel(sector=list(BUDGET)).sum()), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "labels", "code"),
    [
        ("PQQ", {}, "CGE350"), ("PQ", {"region": "Atlantis"}, "CGE351"), ("PQ", {"year": 2035}, "CGE351"),
        ("PQ", {"household": "rural"}, "CGE352"), ("gdp_change_pct", {"change": True}, "CGE353"),
        ("gdp", {"scenario": "capp"}, "CGE351"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(results: Results, name: str, labels: dict[str, Any], code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        results.sel(name, **labels)
    assert caught.value.args[0].code == code


def test_the_command_explains_what_python_saved(results: Results, tmp_path: Path, call: Call) -> None:
    run, cell = results.save(tmp_path / "mine"), ("--region", "XJ", "--sector", "oil", "--year", 2030)
    code, told, _ = call("explain", "PQ", *cell, "--scenario", "cap", "--run", run)
    assert code == 0 and told.rstrip("\n") == str(results.explain("PQ", region="XJ", sector="oil", scenario="cap"))


def test_what_is_determined_is_that_of_the_closure_of_the_run(results: Results, tmp_path: Path, call: Call) -> None:
    """Productivity is found by a baseline and given to a policy; a lower tax on labour closes one budget only."""
    results.save(tmp_path / "run")
    for name, scenario, found in (("TFP", "baseline", True), ("TFP", "cap", False), ("CUTL", "tax-coverage", True),
                                  ("CUTL", "cap", False)):  # fmt: skip
        asked = ("explain", name, "--region", "XJ", "--scenario", scenario, "--year", 2030, "--run",
                 tmp_path / "run")  # fmt: skip
        code, told, err = call(*asked)
        if found:
            assert code == 0, err
            assert told.rstrip("\n") == str(results.explain(name, region="XJ", scenario=scenario, year=2030))
        else:
            assert code == 2 and "it is given" in err
    assert "gdp_target" in equations_of(tmp_path, "baseline"), "that of a study without a scenario for it"
    of_industry = results.explain("DRIFT", sector="primary", scenario="baseline", year=2030)
    assert "industry_observed[primary]" in str(of_industry)


def test_an_indicator_is_explained_where_it_is_asked_for(results: Results, tmp_path: Path, call: Call) -> None:
    results.save(tmp_path / "run")
    asked = ("explain", "gdp_change_pct", "--run", tmp_path / "run")
    code, out, _ = call(*asked, "--region", "Gansu", "--scenario", "cap", "--year", 2030)
    value = float(results.sel("gdp_change_pct", region="GS", scenario="cap", year=2030))
    assert code == 0 and out.splitlines()[-1].split() == ["cap", "GS", "2030", f"{value:.6g}"]
    rows = json.loads(call(*asked, "--region", "甘肃", "--json")[1])["values"]
    assert {row["region"] for row in rows} == {"GS"} and len(rows) > 2
    assert call(*asked, "--sector", "mtl")[0] == 2, "an indicator without sectors has none"
    assert call("explain", "gdp_change_pct", "--region", "GS", "--run", tmp_path / "none")[0] == 3
    with pytest.raises(ScenarioError, match="'gdp' apart: it is a number of reports, made of"):
        results.explain("gdp", region="GS")


def test_some_scenarios_alone(results: Results) -> None:
    alone = results.only(["cap"])
    assert alone.scenarios == ("baseline", "cap") and list(alone["PQ"]["scenario"].values) == ["baseline", "cap"]


def test_saved_and_read_back_it_is_the_same(results: Results, tmp_path: Path) -> None:
    back = cge.load_results(results.save(tmp_path / "mine"))
    assert back.scenarios == results.scenarios and back.manifest == results.manifest
    for name in ("gdp_change_pct", "PQ", "QCA", "LST", "CUTL", "PLX"):
        xr.testing.assert_allclose(back[name], results[name], rtol=1e-10, atol=1e-8)
    with pytest.raises(CompleteError):
        results.save(tmp_path / "mine")
    assert back.save(tmp_path / "mine", force=True) == tmp_path / "mine"
    assert float(back.sel("TFP", region="XJ", scenario="cap", year=2030)) > 0


def test_other_parameters_than_those_of_a_saved_run_are_refused(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = results.save(tmp_path / "mine")
    read = cge.load_results(place)
    monkeypatch.setattr("cge.calibrate.parameters.ParameterSet.digest", lambda _: "0" * 16)
    with pytest.raises(ResultsError) as caught:
        read["PQ"]
    assert caught.value.args[0].code == "CGE355"


@pytest.mark.parametrize("ending", ["csv", "xlsx", "nc", *(["parquet"] if find_spec("pyarrow") else [])])
def test_an_exported_file_holds_the_table(results: Results, tmp_path: Path, ending: str) -> None:
    path = results.export(tmp_path / f"prices.{ending}", "PQ", "gdp_change_pct", year=2030)
    want = float(results.sel("PQ", scenario="cap", region="XJ", sector="chm", year=2030))
    if ending == "nc":
        with xr.open_dataset(path, engine="scipy") as file:
            assert float(file["PQ"].sel(scenario="cap", region="XJ", sector="chm")) == want
            assert file["PQ"].attrs["unit"] == "index, base year = 1" and file.attrs["aggregation"] == "cn12"
            assert list(file["region"].values[:3]) == ["BJ", "TJ", "HE"]
            assert file["region_zh"].sel(region="XJ").item() == "新疆"
    else:
        rows = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[ending](path)
        cell = rows.set_index(["name", "scenario", "region", "sector", "year"]).loc[("PQ", "cap", "XJ", "chm", 2030)]
        assert cell["value"] == pytest.approx(want, rel=1e-15) and cell["region_zh"] == "新疆"
        assert set(rows["name"]) == {"PQ", "gdp_change_pct"} and rows["value"].notna().all()
    with pytest.raises(OutputError):
        results.export(path, "PQ")


def test_the_command_exports_what_python_does(results: Results, tmp_path: Path, call: Call) -> None:
    run, out = results.save(tmp_path / "mine"), tmp_path / "prices.csv"
    words = ("export", run, "--variable", "PQ", "--variable", "emissions", "--region", "新疆", "--region", "GS",
             "--scenario", "Cap", "--year", 2030, "--change", "--out", out)  # fmt: skip
    assert call(*words)[:2] == (0, f"written: {out}\n")
    path = results.export(tmp_path / "same.csv", "PQ", "emissions", region=["XJ", "GS"], scenario=["cap"], year=[2030],
                          change=True)  # fmt: skip
    told, same = (pd.read_csv(file) for file in (out, path))
    pd.testing.assert_frame_equal(told, same, rtol=1e-9, atol=1e-9)
    assert call(*words)[0] == 2 and "CGE003" in call(*words)[2]
    assert call("export", run, "--variable", "PQ", "--out", tmp_path / "x.csv", "--region", "Atlantis")[0] == 2


def test_the_command_lists_names(results: Results, tmp_path: Path, call: Call) -> None:
    run = results.save(tmp_path / "mine")
    code, told, _ = call("export", run)
    assert code == 0 and {line.split()[0] for line in told.splitlines()[1:]} == set(results)
    assert re.search(r"^PQ +变量 +指数", call("export", run, language="zh")[1], re.MULTILINE)
    code, _, told = call("export", run, "--variable", "PQ", language="zh")
    assert code == 2 and "错误 [CGE020]" in told
    assert call("export", tmp_path / "nothing")[0] == 3


def test_another_ending_is_refused_before_anything_is_made(results: Results, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        results.export(tmp_path / "prices.dta", "PQ")
    assert caught.value.args[0].code == "CGE356" and not list(tmp_path.iterdir())
    with pytest.raises(ScenarioError, match="nothing to write"):
        results.export(tmp_path / "prices.csv")


def test_parquet_without_its_library_is_refused(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(OutputError) as caught:
        results.export(tmp_path / "prices.parquet", "PQ", year=2030)
    assert caught.value.args[0].code == "CGE357" and not list(tmp_path.iterdir())


def test_a_cell_is_explained_in_the_run(results: Results) -> None:
    said = results.explain("PQ", region="新疆", sector="oil")
    assert said.cell.value == float(results.sel("PQ", scenario="tax-coverage", year=2030, region="XJ", sector="oil"))
    assert said.terms["value"].sum() == pytest.approx(said.cell.value) and "tax-coverage 2030" in str(said)
    with pytest.raises(ScenarioError, match="did you mean 'cap'"):
        results.explain("PQ", region="XJ", sector="oil", scenario="cpa")


def test_objects_say_what_they_are_in_ten_lines(base: Base, results: Results) -> None:
    study = cge.load_study(Path(cge.__file__).parent / "study" / "verification.toml")
    for thing in (base, results, results.explain("PQ", region="XJ", sector="oil"), study, THEORY):
        assert str(study) == repr(study)
        assert 2 <= len(repr(thing).splitlines()) <= LINES
    assert "<table" in results._repr_html_()


@pytest.mark.parametrize("name", ["regions", "power"])
def test_a_figure_shows_in_a_notebook(results: Results, name: str) -> None:
    assert results.figure(name)._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


@pytest.mark.parametrize("asked", [{"name": "region"}, {"lang": "fr"}, {"year": 2035}])
def test_a_figure_that_there_is_not_is_refused(results: Results, asked: dict[str, Any]) -> None:
    with pytest.raises(ReportError):
        results.figure(**asked)


def test_what_differs_in_its_baseline_cannot_stand_beside(results: Results) -> None:
    with pytest.raises(ScenarioError, match="same name: cap"):
        results.beside(results)
    other = replace(results, manifest=results.manifest | {"years": [2021, 2040]})
    with pytest.raises(ScenarioError, match="another years"):
        results.beside(other)


def test_a_study_file_gives_the_same_as_the_question(results: Results, tmp_path: Path) -> None:
    (tmp_path / "same.toml").write_text(
        'schema = 1\nid = "question"\ntitle = {en = "Own question", zh = "问题"}\nbase = {aggregation = "cn12"}\n'
        'time = {years = [2021, 2030]}\nparameters = {sigma_kle = {mtl = 0.6}}\n'
        '[[scenario]]\nid = "baseline"\nlabel = {en = "Baseline", zh = "基准"}\n'
        '[[scenario]]\nid = "cap"\nlabel = {en = "Cap", zh = "限额"}\n'
        'cap = {final_share = 0.2, groups = [["新疆", "甘肃"]]}\n',
        encoding="utf-8",
    )
    there = cge.run(tmp_path / "same.toml", tmp_path / "out")
    assert there.policies == ("cap",) and there.manifest["parameter_digest"] == results.manifest["parameter_digest"]
    asked, read = (of.sel("QA", scenario="cap").drop_vars(["scenario_en", "scenario_zh"]) for of in (results, there))
    xr.testing.assert_allclose(read, asked, rtol=1e-9, atol=1e-7)
    assert cge.run(tmp_path / "same.toml", tmp_path / "out").data.equals(there.data)


def test_causes_of_a_policy_add_up_to_its_effect() -> None:
    base = cge.baseline("cn12", years=[2021, 2030], regions="region8")
    tax = base.solve(cge.tax(price=200), cge.coverage(sectors=base.sectors.index.drop("mtl")))
    results = base.solve(cge.cap("uniform", final_share=0.2), label={"en": "Cap", "zh": "限额"}).beside(tax)
    table = results.attribute("cap", of="W")
    assert set(table["measure"]) == {"gdp_change_pct", "welfare_ev_pct", "gdp_through_pct", "W"}
    whole = table[table["measure"] == "gdp_change_pct"].groupby("region")["value"].sum()
    want = results["gdp_change_pct"].sel(scenario="cap", year=2030, region=list(whole.index))
    np.testing.assert_allclose(whole, want, rtol=1e-7, atol=1e-9)
    with pytest.raises(ScenarioError, match="has no cap"):
        results.attribute("tax-coverage")

"""Economies of several countries, with and without a rest of the world: drawn isles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import isles
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import cge
from cge.api.results import Results
from cge.report.names import telling
from cge.report.tiles import outside, tiles
from cge.runs.dynamics import run_benchmark
from cge.solve.system import System
from cge.study.begin import begin
from cge.study.posed import pose_study
from cge.study.run import said_of
from cge.study.scenario import load_study
from cge.theory.chapters import THEORY
from cgebase.errors import CGEError, SAMError, ScenarioError
from cgebase.messages import Message
from sam.economy import accept, load_economy
from sam.folder import MANIFEST, PATHS, write_folder
from sam.validate import check_economy

TWO = {"N": "A", "E": "A", "S": "S"}
"""Two isles of one country, and one that is a country."""
KINDS = [(None, False), (TWO, False), (None, True), (TWO, True)]


def solved(folder: Path, sam: Path, more: str) -> Results:
    (folder / "trial.toml").write_text(isles.STUDY.replace("SAM", str(sam)) + more, encoding="utf-8")
    return cge.run(folder / "trial.toml")


def said(call: Any) -> str:
    with pytest.raises(CGEError) as caught:
        call()
    text = caught.value.args[0]
    assert isinstance(text, Message) and text.zh
    return str(text)


def twice(folder: Path) -> Path:
    """Two copies of the isles, each a country, that trade with the rest of the world but not with each other."""
    sam, emissions = isles.tables()
    people = [
        ("population", f"{r}{k}", 2020, v, "1e4 persons", "drawn") for r, v in isles.PEOPLE.items() for k in (1, 2)
    ]
    cells, tonnes = [], []
    for k in (1, 2):
        own = sam.copy()
        for side in ("row", "column"):
            of_region = own[side].str.fullmatch(r".*:[NES]")
            own[side] = own[side] + np.where(of_region, str(k), "")
            own[side] = own[side].replace({"pool:capital": f"pool:capital:C{k}", "sav": f"sav:C{k}"})
        cells.append(own)
        tonnes.append(emissions.assign(region=emissions["region"] + str(k)))
    text = isles.MANIFEST_TEXT
    head, regions = text[: text.index("[regions.N]")], ""
    for k in (1, 2):
        for isle in isles.ISLES:
            regions += f'[regions.{isle}{k}]\nen = "{isle} {k}"\nzh = "{isle}{k}"\ncountry = "C{k}"\n\n'
        regions += f'[countries.C{k}]\nen = "Copy {k}"\nzh = "第{k}份"\n\n'
    tables = {"sam.csv": pd.concat(cells), "emissions.csv": pd.concat(tonnes),
              PATHS: pd.DataFrame(people, columns=["item", "region", "year", "value", "unit", "source"])}  # fmt: skip
    write_folder(folder, {MANIFEST: head + regions + text[text.index("[households.homes]") :], **tables})
    return folder


@pytest.mark.parametrize(("nations", "closed"), KINDS)
def test_the_base_year_solves_itself(tmp_path: Path, nations: dict[str, str] | None, closed: bool) -> None:
    isles.write(tmp_path / "isles", nations, closed=closed)
    assert check_economy(load_economy("", folder=tmp_path / "isles")) == []
    (tmp_path / "trial.toml").write_text(isles.STUDY.replace("SAM", "isles"), encoding="utf-8")
    benchmark = pose_study(load_study(tmp_path / "trial.toml")).benchmark
    solution = run_benchmark(System(THEORY, benchmark.sets), benchmark)
    assert solution.iterations == 0 and solution.max_residual < 1e-12
    assert benchmark.sets["n"] == (("A", "S") if nations else ("CN",))
    assert benchmark.parameters["abroad"] == 1 - closed
    assert benchmark.parameters["fsav"].sum() == pytest.approx(0.0 if closed else 360.5, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("nations", "closed"), [KINDS[1], KINDS[2], KINDS[3]])
def test_every_country_pays_for_what_it_buys(tmp_path: Path, nations: dict[str, str] | None, closed: bool) -> None:
    isles.write(tmp_path / "isles", nations, closed=closed)
    ways = 'cap = { final_share = 0.7, groups = [["N", "S"]] }\nclosure = { government = "labour-tax" }\n'
    results = solved(tmp_path, tmp_path / "isles", ways)
    gdp = float(results["GDPB"].sel(scenario="cap", year=2030).sum())
    assert float(abs(results["BOP"]).max()) < 1e-9 * gdp
    if closed:
        assert float(abs(results["GAP"]).max()) < 1e-9
    traded = results["YPT"].sel(scenario="cap", year=2030)
    assert float(abs(traded).max()) > 1e-2 and float(traded.sum()) == pytest.approx(0.0, abs=1e-6)
    assert all(v < 1e-8 for s in results.checks.values() for v in s.values())


@pytest.mark.slow
def test_countries_apart_are_what_each_is_alone(tmp_path: Path) -> None:
    """Nothing of a policy of one reaches the other, and its own closure is that of the country alone."""
    own = 'labour = "national", capital = "sluggish", government = "purchases"'
    shares = {f"{isle}{k}": part for isle in isles.ISLES for k, part in ((1, 0.6), (2, 2.0))}
    caps = ", ".join(f"{r} = {part}" for r, part in shares.items())
    both = solved(tmp_path, twice(tmp_path / "two"), (
        f"cap = {{ final_share = 1.3, keep_total = false, provinces = {{ {caps} }} }}\n"
        f"closure = {{ countries = {{ C1 = {{ {own} }} }} }}\n"
    ))  # fmt: skip
    alone = solved(tmp_path, isles.FOLDER, f"cap = {{ final_share = 0.6 }}\nclosure = {{ {own} }}\n")
    for name in ("gdp_change_pct", "welfare_ev_pct"):
        mine, one = (of[name].sel(scenario="cap", year=2030) for of in (both, alone))
        for isle in isles.ISLES:
            assert abs(float(one.sel(region=isle))) > 1e-3
            assert float(mine.sel(region=f"{isle}1")) == pytest.approx(float(one.sel(region=isle)), abs=1e-6)
            assert float(mine.sel(region=f"{isle}2")) == pytest.approx(0.0, abs=1e-6)
    of = both.countries.set_index(["scenario", "country", "year", "indicator"])["value"]
    nation = float(alone["gdp_change_pct"].sel(scenario="cap", region="CN", year=2030))
    assert of["cap", "C1", 2030, "gdp_change_pct"] == pytest.approx(nation, abs=1e-6)
    assert of["cap", "C2", 2030, "gdp_change_pct"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.slow
def test_results_by_country_are_kept_and_shown(tmp_path: Path) -> None:
    isles.write(tmp_path / "isles", TWO)
    results = solved(tmp_path, tmp_path / "isles", 'cap = { final_share = 0.7, trade = "national" }\n')
    of = results.countries.set_index(["scenario", "country", "year", "indicator", "sector"])["value"]
    emissions = results["emissions"].sel(scenario="cap", year=2030)
    assert of["cap", "A", 2030, "emissions", "all"] == pytest.approx(float(emissions.sel(region=["N", "E"]).sum()))
    assert of["cap", "S", 2030, "gdp_change_pct", "all"] == pytest.approx(
        float(results["gdp_change_pct"].sel(scenario="cap", region="S", year=2030)), rel=1e-12
    )
    # one market in each country: one price in A, another in S
    price = results["permit_price"].sel(scenario="cap", year=2030)
    assert float(price.sel(region="N")) == pytest.approx(float(price.sel(region="E")))
    assert float(price.sel(region="S")) != pytest.approx(float(price.sel(region="N")), rel=1e-3)
    assert {row["region"] for row in results.table} == {"CN", "N", "A", "S"}
    texts = [t.get_text() for t in results.figure("regions").findobj(Text)]
    assert any("3 regions of Three isles (drawn) are shown." in t for t in texts)
    assert not any("Hong Kong" in t or "nation" in t for t in texts)
    results.save(tmp_path / "out")
    pd.testing.assert_frame_equal(cge.load_results(tmp_path / "out").countries, results.countries)
    only = results.only(["baseline"]).countries
    assert set(only["scenario"]) == {"baseline"}


def test_what_is_wrong_with_countries_is_said(tmp_path: Path) -> None:
    isles.write(tmp_path / "isles", TWO)
    manifest = tmp_path / "isles" / MANIFEST
    whole = manifest.read_text(encoding="utf-8")

    def read(text: str) -> str:
        manifest.write_text(text, encoding="utf-8")
        return said(lambda: accept(tmp_path / "isles"))

    assert "S do not" in read(whole.replace('country = "S"\n', ""))
    assert "country A has no name" in read(whole.replace("[countries.A]", "[countries.B]"))
    assert "[countries.B]" in read(whole + '\n[countries.B]\nen = "b"\nzh = "b"\n')
    assert "N is the code of a region and of a country" in read(whole.replace('"A"', '"N"').replace("s.A]", "s.N]"))
    manifest.write_text(whole, encoding="utf-8")
    accept(tmp_path / "isles")
    economy = load_economy("", folder=tmp_path / "isles")
    cells = economy.sam.cells

    def faults(cells: pd.DataFrame) -> str:
        from dataclasses import replace

        return "; ".join(f.text for f in check_economy(replace(economy, sam=replace(economy.sam, cells=cells))))

    assert "sav:S is missing" in faults(cells.replace({"sav:S": "sav:A"}))
    assert "sav:X" in faults(cells.replace({"sav:S": "sav:X"}))
    for wrong in ({"row": {"fac:resource:N": "fac:land:N"}}, {"row": {"tax:production:N": "tax:sales:N"}},
                  {"row": {"pool:capital:A": "hh:homes:N"}}):  # fmt: skip
        assert "no such factor or tax there" in faults(cells.replace(wrong))
    crossed = cells.assign(row=cells["row"].mask(cells["row"].eq("sav:S") & cells["column"].eq("hh:homes:S"), "sav:A"))
    assert "sav:A <- hh:homes:S" in faults(crossed)


def test_regions_with_tiles_are_a_map(tmp_path: Path) -> None:
    isles.write(tmp_path / "isles", TWO)
    manifest = tmp_path / "isles" / MANIFEST
    whole = manifest.read_text(encoding="utf-8")

    def read(**at: object) -> Path:
        text = whole
        for isle, place in at.items():
            text = text.replace(f"[regions.{isle}]\n", f"[regions.{isle}]\ntile = {place}\n")
        manifest.write_text(text, encoding="utf-8")
        accept(tmp_path / "isles")
        return tmp_path / "isles"

    for wrong in ([1], [0, 1], [1.5, 1], [1, 41], "N", [True, 1]):
        assert "regions.N.tile" in said(lambda at=wrong: read(N=repr(at).replace("True", "true").replace("'", '"')))
    assert "no other region has" in said(lambda: read(N=[1, 2], E=[1, 2]))
    codes, country = ("N", "E", "S", "CN"), {"tiles": {"N": [1, 2], "E": [2, 3], "S": [3, 1]}}
    economy = load_economy("", folder=read(N=[1, 2], E=[2, 3], S=[3, 1]))
    assert said_of(economy.country)["tiles"] == country["tiles"]
    with telling(country):
        assert tiles(codes) == {"N": (1, 2), "E": (2, 3), "S": (3, 1)} and outside() == {}
    with telling({"tiles": {"N": [1, 2]}}):
        assert tiles(codes) == {}
    assert tiles(codes) == {} and outside()


def test_a_study_names_countries(tmp_path: Path) -> None:
    isles.write(tmp_path / "isles", TWO)

    def read(more: str) -> Any:
        (tmp_path / "trial.toml").write_text(isles.STUDY.replace("SAM", "isles") + more, encoding="utf-8")
        return load_study(tmp_path / "trial.toml").scenarios[1]

    cap = read('cap = { final_share = 0.9, provinces = { A = 0.7 }, groups = [["A", "S"]] }\n').cap
    assert cap.provinces == {"E+N": 0.7} and cap.groups == (("N", "E", "S"),)
    with pytest.raises(ScenarioError, match="no country"):
        read('cap = { final_share = 0.9 }\nclosure = { countries = { B = { labour = "national" } } }\n')
    with pytest.raises(ScenarioError, match="abatement"):
        read('cap = { final_share = 0.9 }\nclosure = { countries = { A = { abatement = "capital-goods" } } }\n')
    one = tmp_path / "one.toml"
    more = 'cap = { final_share = 0.9 }\nclosure = { countries = { CN = { labour = "national" } } }\n'
    one.write_text(isles.STUDY.replace("SAM", str(isles.FOLDER)) + more, encoding="utf-8")
    with pytest.raises(ScenarioError, match="one country"):
        load_study(one)


@pytest.mark.slow
def test_a_world_table_becomes_countries_with_and_without_others(tmp_path: Path) -> None:
    pymrio = pytest.importorskip("pymrio")
    pymrio.load_test().save_all(tmp_path / "world")
    facts: dict[str, Any] = {"kind": None, "unit": None, "year": 2010, "cny": 6.45, "cny_source": "a test",
                             "last_year": None, "growth": 0.02, "emissions": "emission_type1"}  # fmt: skip
    names = ",".join(f"reg{k}" for k in range(1, 7))
    made = begin(tmp_path / "all", tmp_path / "world", regions=names, countries="own", **facts)
    assert made.regions == 6 and made.residual < 1e-9
    economy = load_economy("", folder=tmp_path / "all")
    assert len(economy.countries) == 6 and "row" not in set(economy.sam.cells["row"])
    told = "W=reg1,reg2;O=reg3"
    some = begin(tmp_path / "some", tmp_path / "world", regions="reg1,reg2,reg3", countries=told, **facts)
    assert some.residual < 1e-9
    assert load_economy("", folder=tmp_path / "some").nations == {"reg1": "W", "reg2": "W", "reg3": "O"}
    for wrong in ("W=reg1", "W=reg1,reg2,reg3;O=reg3", "W W=reg1,reg2,reg3"):
        with pytest.raises(SAMError, match="every region"):
            begin(tmp_path / "no", tmp_path / "world", regions="reg1,reg2,reg3", countries=wrong, **facts)


def test_goods_taken_out_of_stocks_come_from_abroad(tmp_path: Path) -> None:
    pymrio = pytest.importorskip("pymrio")
    world = pymrio.load_test()
    drawn = world.Y.columns[[k for k, (r, c) in enumerate(world.Y.columns) if r == "reg1" and "inven" in c.lower()]]
    into = [c for c in world.Y.columns if c[0] == "reg1" and "formation" in c[1].lower()] + list(drawn)
    here = world.Y.loc[(slice(None), "electricity"), into].to_numpy().sum()
    world.Y.loc[("reg1", "electricity"), drawn[0]] -= here + 0.01 * world.Z.loc[("reg1", "electricity")].sum()
    world.save_all(tmp_path / "world")
    facts: dict[str, Any] = {"kind": None, "unit": None, "year": 2010, "cny": 6.45, "cny_source": "a test",
                             "last_year": None, "growth": 0.02, "emissions": None, "countries": None}  # fmt: skip
    made = begin(tmp_path / "one", tmp_path / "world", regions="reg1,reg2", **facts)
    assert made.residual < 1e-9
    assert any("stocks" in g.what and g.weight > 0 for g in made.guesses)

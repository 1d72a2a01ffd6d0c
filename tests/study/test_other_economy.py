"""Another economy than China's: three isles drawn by us, and tables that begin one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import isles
import numpy as np
import pandas as pd
import pytest

from cge.report import figure_of
from cge.report.names import telling
from cge.report.style import region_name, sector_name
from cge.study.begin import begin
from cge.study.posed import pose_study
from cge.study.results import Results
from cge.study.run import run
from cge.study.scenario import Study, load_study
from cgebase.errors import CGEError, SAMError, ScenarioError
from cgebase.messages import Message
from sam.begin import of_matrix
from sam.economy import accept, load_economy
from sam.folder import MANIFEST
from sam.formats import read_sam, write_sam
from sam.own import held_own
from sam.validate import check_economy

STUDY = Path(__file__).parents[2] / "experiments" / "second_economy" / "study.toml"


def study(folder: Path, more: str, sam: Path = isles.FOLDER) -> Study:
    (folder / "trial.toml").write_text(isles.STUDY.replace("SAM", str(sam)) + more, encoding="utf-8")
    return load_study(folder / "trial.toml")


def said(call: Any) -> str:
    with pytest.raises(CGEError) as caught:
        call()
    text = caught.value.args[0]
    assert isinstance(text, Message) and text.zh
    return str(text)


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the isles with a word of the manifest changed and accepted by its digests alone."""
    shutil.copytree(isles.FOLDER, folder / "copy")
    text = (folder / "copy" / MANIFEST).read_text(encoding="utf-8")
    assert old in text
    (folder / "copy" / MANIFEST).write_text(text.replace(old, new), encoding="utf-8")
    return folder / "copy"


def test_the_shipped_isles_are_what_is_drawn() -> None:
    economy = load_economy("", folder=isles.FOLDER)
    cells, emissions = isles.tables()
    drawn = cells.set_index(["row", "column"])["value"] * 10  # 1e9 in 1e8
    assert np.allclose(economy.sam.cells.set_index(["row", "column"])["value"], drawn, rtol=1e-14, atol=0)
    assert np.allclose(economy.emissions["mt"], emissions["mt"], rtol=1e-14, atol=0)
    assert (isles.FOLDER / MANIFEST).read_text(encoding="utf-8") == isles.MANIFEST_TEXT
    assert check_economy(economy) == [] and economy.sam.unit == "1e8 ILD"


def test_faults_of_a_manifest_come_all_at_once(tmp_path: Path) -> None:
    place = changed(tmp_path, 'like = "irs"', 'like = "ires"\nlikes = 3')
    text = said(lambda: held_own(place))
    assert "sectors.steel.likes: unknown key" in text
    shutil.rmtree(place)
    place = changed(tmp_path, 'like = "irs"', 'like = "ires"')
    (place / MANIFEST).write_text(
        (place / MANIFEST).read_text(encoding="utf-8").replace("last_year = 2050", "last_year = 2019"), encoding="utf-8"
    )
    text = said(lambda: held_own(place))
    assert "2 faults" in text and "no sector 'ires'" in text and "last_year" in text


def test_regions_without_the_country_that_others_name_are_refused(tmp_path: Path) -> None:
    place = changed(tmp_path, 'en = "North Isle"', 'country = "north"\nen = "North Isle"')
    assert "E, S do not" in said(lambda: held_own(place))


def test_a_change_by_hand_is_refused_until_accepted(tmp_path: Path) -> None:
    place = changed(tmp_path, "gdp = 0.02", "gdp = 0.03")
    assert MANIFEST in said(lambda: load_economy("", folder=place))
    assert accept(place)
    assert load_economy("", folder=place).country.year == 2020


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("cap = { final_share = 0.5, allocation = \"role-and-stage\" }", "electricity generated over electricity used"),
        ("cap = { final_share = 0.5 }\nclosure = { abatement = \"fuel-switching\" }", "capital-goods"),
        ("cap = { final_share = 0.5 }\nstorage = { growth = 2.0 }", "`storage`"),
        ("network = { growth = 2.0 }", "`network`"),
        ("renewables = { share = 0.5 }", "`renewables`"),
        ("subsidy = { yuan_per_mwh = { gso = 60 } }", "`subsidy`"),
        ("cap = { final_share = 0.5, end_year = 2060 }", "2050"),
        ("cap = { final_share = 0.5, provinces = { \"新疆\" = 0.4 } }", "no region is called"),
        ("cap = { final_share = 0.5, pathway = \"targets\" }", "pathway"),
        ("cap = { final_share = 0.5 }\n[baseline]\ngdp = \"SSP2\"", "paths of China"),
    ],
)  # fmt: skip
def test_what_the_isles_cannot_answer_is_refused_in_words(tmp_path: Path, table: str, words: str) -> None:
    assert words in said(lambda: pose_study(study(tmp_path, table)))


def test_years_and_sectors_of_china_are_refused_for_it(tmp_path: Path) -> None:
    asked = study(tmp_path, "cap = { final_share = 0.5 }")
    assert "2020" in said(lambda: pose_study(asked, years=(2021, 2030)))
    assert "its own" in said(lambda: pose_study(asked, "cn12"))


def test_chinas_choices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(
        isles.STUDY.replace('sam = "SAM"', f'sam = "{isles.FOLDER}"\naggregation = "cn12"'), encoding="utf-8"
    )
    with pytest.raises(ScenarioError, match="CGE|aggregation"):
        load_study(tmp_path / "x.toml")


def test_years_regions_and_names_are_its_own(tmp_path: Path) -> None:
    found = study(tmp_path, 'cap = { final_share = 0.5, provinces = { "北岛" = 0.4, "East Isle" = 0.5 } }')
    cap = found.scenarios[1].cap
    assert cap is not None and set(cap.provinces) == {"N", "E"}
    assert (cap.base_year, cap.start_year, cap.end_year, found.report.focus) == (2020, 2021, 2050, "N")


@pytest.mark.slow
def test_without_emissions_the_base_stands_and_a_cap_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "clean"
    shutil.copytree(isles.FOLDER, place)
    (place / "emissions.csv").unlink()
    accept(place)
    assert pose_study(study(tmp_path, "", place)).benchmark.parameters["em0"].sum() == 0
    assert "no emissions" in said(lambda: pose_study(study(tmp_path, "cap = { final_share = 0.5 }", place)))


def test_a_square_matrix_gives_the_economy_back(tmp_path: Path) -> None:
    economy = load_economy("", folder=isles.FOLDER)
    write_sam(economy.sam, tmp_path / "isles.csv", "square")
    begun = of_matrix(read_sam(tmp_path / "isles.csv", "square"), None)
    want = economy.sam.cells.set_index(["row", "column"])["value"].sort_index()
    have = begun.sam.cells.set_index(["row", "column"])["value"].sort_index()
    pd.testing.assert_series_equal(have, want, rtol=1e-14)
    assert set(begun.regions) == {"N", "E", "S"} and begun.households == ["homes"]
    assert {k: like for k, (_, like) in begun.sectors.items()} == {
        "food": "fod", "coal": "coa", "steel": "irs", "goods": "bus", "power": "ely", "serv": "bus"}  # fmt: skip
    weights = {g.what: g.weight for g in begun.guesses}
    assert abs(sum(weights.values()) - 1) < 1e-12


@pytest.fixture(scope="module")
def capped() -> Results:
    return run(load_study(STUDY, ["time.years=[2020,2030,2050]"]).only(["baseline", "uniform"]))


@pytest.mark.slow
def test_a_cap_on_the_isles_holds_and_is_told_in_their_words(capped: Results) -> None:
    data = capped.data
    last = data[(data["year"] == 2050) & (data["scenario"] == "uniform")].set_index(["indicator", "region", "sector"])
    base = data[(data["year"] == 2020) & (data["scenario"] == "baseline")].set_index(["indicator", "region", "sector"])
    for r in ("N", "E", "S"):
        assert last["value"]["emissions", r, "all"] == pytest.approx(0.4 * base["value"]["emissions", r, "all"])
        assert -10 < last["value"]["gdp_change_pct", r, "all"] < 0
    assert max(v for of in capped.checks.values() for v in of.values()) < 1e-7
    assert not data["value"].isna().any() and not data["unit"].str.contains("CNY").any()
    assert "electricity_use" not in set(data["indicator"])
    with telling(capped.country):
        assert (region_name("N", "zh"), sector_name("steel", "en", "isles")) == ("北岛", "Steel")
        assert region_name("CN", "en") == "Three isles (drawn)"
    shown = [t.get_text() for axes in figure_of(capped, "regions", language="en").axes for t in axes.get_yticklabels()]
    assert any("East Isle" in text for text in shown)
    assert "of technologies" in said(lambda: figure_of(capped, "power", language="en"))


@pytest.mark.slow
def test_regions_of_a_world_table_become_an_economy(tmp_path: Path) -> None:
    pymrio = pytest.importorskip("pymrio")
    pymrio.load_test().save_all(tmp_path / "world")
    facts: dict[str, Any] = {"kind": None, "unit": None, "year": 2010, "cny": 6.45, "cny_source": "a test",
                             "last_year": None, "growth": 0.02, "emissions": "emission_type1"}  # fmt: skip
    with pytest.raises(SAMError, match="all"):
        begin(tmp_path / "none", tmp_path / "world", regions=None, **facts)
    made = begin(tmp_path / "three", tmp_path / "world", regions="reg1,reg2,reg3", **facts)
    assert (made.regions, made.sectors) == (3, 8) and made.residual < 1e-9
    assert {g.what.split(".")[0] for g in made.guesses} >= {"sectors", "owners of capital"}
    world = pymrio.load_test()
    here = ["reg1", "reg2", "reg3"]
    abroad = [r for r in world.Z.index.get_level_values(0).unique() if r not in here]
    sold = world.Z.loc[here, abroad].to_numpy().sum() + world.Y.loc[here, abroad].to_numpy().sum()
    cells = load_economy("", folder=tmp_path / "three").sam.cells
    exports = cells.loc[cells["row"].str.startswith("com:") & (cells["column"] == "row"), "value"].sum()
    assert exports == pytest.approx(sold * 1e6 / 1e8, rel=1e-12)
    with pytest.raises(SAMError, match="not empty"):
        begin(tmp_path / "three", tmp_path / "world", regions="reg1", **facts)

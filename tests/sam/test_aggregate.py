"""Aggregation by mapping files: totals survive, steps compose, every fault of a file is listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgebase.errors import SAMError
from cgebase.messages import both
from sam.aggregate import aggregate
from sam.economy import Economy, held_aggregation, load_economy, refuse_other_codes
from sam.registry import PROVINCE_CODES
from sam.tables import read_mapping
from sam.validate import check_economy, gdp_by_province


@pytest.fixture(scope="module")
def small() -> Economy:
    return load_economy("cn12")


def mapping(folder: Path, name: str, to: dict[str, str]) -> str:
    path = folder / f"{name}.csv"
    path.write_text("from,to\n" + "\n".join(f"{a},{b}" for a, b in to.items()) + "\n", encoding="utf-8")
    return str(path)


def total(economy: Economy, row: str, column: str) -> float:
    cells = economy.sam.cells
    return float(cells.loc[cells["row"].str.startswith(row) & cells["column"].str.startswith(column), "value"].sum())


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_totals_survive_any_mapping(data, small, tmp_path):
    def draw(codes, prefix):
        return {c: f"{prefix}{data.draw(st.integers(0, 4))}" for c in codes}

    regions = draw(small.regions, "R")
    sectors = draw(small.groups.sectors, "S")
    made = aggregate(
        small, mapping(tmp_path, "s", sectors), regions=mapping(tmp_path, "r", regions),
        households=mapping(tmp_path, "h", {"rural": "all", "urban": "all"}),
        factors=mapping(tmp_path, "f", {"labour": "labour", "capital": "rent", "resource": "rent"}),
    )  # fmt: skip
    assert made.sam.imbalance() <= 1e-10
    gdp = gdp_by_province(small).groupby(regions).sum()
    np.testing.assert_allclose(gdp_by_province(made)[gdp.index], gdp, rtol=1e-12)
    for row, column in (("act:", "com:"), ("com:", "act:"), ("com:", "hh:"), ("fac:", "act:"), ("com:", "row"),
                        ("row", "com:"), ("tax:", "com:"), ("hh:", "pool:")):  # fmt: skip
        assert total(made, row, column) == pytest.approx(total(small, row, column), rel=1e-12)
    assert made.emissions["mt"].sum() == pytest.approx(small.emissions["mt"].sum(), rel=1e-12)
    assert made.generation["twh"].sum() == pytest.approx(small.generation["twh"].sum(), rel=1e-12)
    assert not {f.code for f in check_economy(made, published=False)} & {
        "SAM001", "SAM005", "SAM007", "SAM009", "SAM010", "SAM012", "SAM015",
    }
    trade = made.sam.cells[made.sam.cells["row"] == made.sam.cells["column"]]
    assert trade.empty and (made.network["origin"] != made.network["destination"]).all()


@pytest.mark.slow
def test_two_steps_are_one(small, tmp_path):
    first = {c: "low" if c in ("agr", "ser", "oin") else c for c in small.groups.sectors}
    second = {c: "east" if c in ("low", "con") else c for c in dict.fromkeys(first.values())}
    twice = aggregate(aggregate(small, mapping(tmp_path, "a", first)), mapping(tmp_path, "b", second))
    once = aggregate(small, mapping(tmp_path, "c", {c: second[t] for c, t in first.items()}))
    cells = twice.sam.cells.merge(once.sam.cells, on=["row", "column"], how="outer", suffixes=("", "_once"))
    np.testing.assert_allclose(cells["value"], cells["value_once"], rtol=1e-12)
    assert {c: set(m) for c, m in twice.groups.sectors.items()} == {c: set(m) for c, m in once.groups.sectors.items()}


def test_mapping_that_changes_nothing_changes_nothing(small, tmp_path):
    same = aggregate(small, mapping(tmp_path, "same", {c: c for c in small.groups.sectors}), regions="")
    assert same.sam.cells.equals(small.sam.cells) and same.commodities == small.commodities


@pytest.mark.slow
@pytest.mark.parametrize("sectors", ["cn12", "cn30", "cn42"])
@pytest.mark.parametrize(("name", "west"), [("region8", "NW"), ("drc8", "GNW")])
def test_eight_regions_meet_the_published_totals(name, west, sectors):
    """Runs of what the package holds are not held to these checks again."""
    made = aggregate(load_economy(sectors), regions=name)
    assert len(made.regions) == 8 and "XJ" in made.groups.regions[west]
    assert check_economy(made) == []
    assert (made.sam.cells["row"] != made.sam.cells["column"]).all()
    inside = made.margins.query("origin == destination")
    assert not inside.empty, "freight inside a region stays a cost of its goods"


@pytest.mark.parametrize("name", ["region8", "drc8"])
def test_shipped_regions_hold_every_province_once(name):
    table = read_mapping(f"provinces_to_{name}")
    assert tuple(table["province"]) == PROVINCE_CODES and table[name].nunique() == 8


@pytest.mark.slow
def test_cn12_from_cn42_is_cn12_by_way_of_cn30():
    fine = load_economy("cn42")
    straight, stepwise = aggregate(fine, "cn12"), aggregate(aggregate(fine, "cn30"), "cn12")
    assert straight.commodities == stepwise.commodities == load_economy("cn12").commodities
    cells = straight.sam.cells.merge(stepwise.sam.cells, on=["row", "column"], how="outer", suffixes=("", "_two"))
    np.testing.assert_allclose(cells["value"], cells["value_two"], rtol=1e-12)
    assert check_economy(straight) == []


@pytest.mark.slow
def test_own_codes_come_back_from_the_folder(small, tmp_path):
    made = aggregate(small, regions="region8", households=mapping(tmp_path, "h", {"rural": "all", "urban": "all"}))
    made.save(tmp_path / "out")
    assert held_aggregation(tmp_path / "out") == "cn12"
    again = load_economy("cn12", folder=tmp_path / "out")
    assert again.groups == made.groups and again.regions == made.regions
    assert again.sam.choices == made.sam.choices and check_economy(again) == []
    with pytest.raises(SAMError, match="8 regions of its own, 1 household of its own"):
        refuse_other_codes(again, "cn12")
    with pytest.raises(SAMError, match="has 1 household of its own"):
        refuse_other_codes(again, "cn12", grouped=True)


def test_tables_written_replace_plain_ones_of_their_name(small, tmp_path):
    (tmp_path / "sam.csv").write_text("row,column,value\n")
    small.save(tmp_path)
    assert len(load_economy("cn12", folder=tmp_path).sam.cells) == len(small.sam.cells)


def test_another_aggregation_in_the_folder_is_named(small, tmp_path):
    small.save(tmp_path)
    with pytest.raises(SAMError, match="holds an economy of cn12, asked for cn30"):
        load_economy("cn30", folder=tmp_path)


def test_every_fault_of_a_mapping_is_listed(small, tmp_path):
    to = {c: c for c in small.groups.sectors if c not in ("mtl", "ser")}
    path = mapping(tmp_path, "bad", to | {"Metals and metal product": "x", "agr": "a/b", "coa": "elb"})
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("con,con\ncon,chm\n,\n")
    with pytest.raises(SAMError) as refused:
        aggregate(small, path)
    said = both(refused.value)
    cells = small.sam.cells
    made = cells[cells["row"].str.startswith("act:") & cells["column"].str.startswith("com:")]
    share = {c: made.loc[made["column"].str.startswith(f"com:{c}:"), "value"].sum() / made["value"].sum() for c in
             ("mtl", "ser", "agr", "coa")}  # fmt: skip
    assert said.code == "SAM301"
    for words in (
        f"6 faults, {sum(share.values()):.2%} of output at stake", f"ser (Services) has no line, {share['ser']:.2%}",
        "'Metals and metal product' is no code of this economy; closest: mtl (Metals and metal products)",
        "agr goes to 'a/b'", "coa goes to 'elb'", "con goes to chm, an earlier line sends it to con",
    ):  # fmt: skip
        assert words in said, said
    assert "mtl（金属冶炼和制品业）没有对应行" in said.zh
    assert str(said).index("ser (") < str(said).index("mtl (Metals and metal products) has"), "largest share first"


def test_provinces_under_any_spelling_and_ambiguous_ones_refused(small, tmp_path):
    names = {"新疆": "W", "Xizang": "W", "650000": "W"}
    rest = {r: "E" for r in small.regions if r not in ("XJ", "XZ")}
    made = aggregate(small, regions=mapping(tmp_path, "r", names | rest))
    assert made.groups.regions["W"] == ("XZ", "XJ")
    with pytest.raises(SAMError, match="(?s)line 2: 'Shan' fits several.*GD .Guangdong. has no line"):
        aggregate(small, regions=mapping(tmp_path, "q", {"Shan": "E"}))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe\x00", "not a CSV file in UTF-8"), (b"", "not a CSV"), (b"only\nagr\n", "two columns, found only")],
)
def test_unreadable_mapping(small, tmp_path, content, words):
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    with pytest.raises(SAMError, match=words):
        aggregate(small, str(path))


def test_unknown_mapping_names_the_shipped_ones(small):
    with pytest.raises(SAMError, match="neither a file nor shipped.*shipped: drc8, region8"):
        aggregate(small, regions="nowhere")

"""The SAM side: build, checks, aggregation."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from cgebase.errors import SAMError
from sam.construct import build_economy
from sam.economy import load_economy, shipped_aggregations
from sam.validate import check_economy, gdp_by_province


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", shipped_aggregations())
def test_shipped_economy_passes_every_check(aggregation):
    assert check_economy(load_economy(aggregation)) == []


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", ["cn30", "cn42"])
def test_shipped_economy_is_what_the_build_makes(aggregation, tmp_path):
    built, report = build_economy(aggregation, out=tmp_path)
    shipped = load_economy(aggregation)
    new = built.sam.cells.set_index(["row", "column"])["value"]
    old = shipped.sam.cells.set_index(["row", "column"])["value"]
    assert set(new.index) == set(old.index)
    np.testing.assert_allclose(new.loc[old.index], old, rtol=1e-6, atol=1e-7)
    assert set(report.texts()) <= set(built.sam.history) == set(shipped.sam.history)
    assert [e.text for e in report.entries if not re.search("[\u4e00-\u9fff]", e.text.zh)] == []
    assert not re.search("[\u4e00-\u9fff]", "".join(report.texts()))
    assert load_economy(aggregation, folder=tmp_path).sam.imbalance() < 1e-10


@pytest.mark.slow
def test_xinjiang_and_the_nation_are_on_their_published_figures():
    economy = load_economy("cn30")
    gdp = gdp_by_province(economy)
    assert gdp["XJ"] == pytest.approx(16791.5, rel=1e-5)
    tonnes = economy.emissions.groupby("region")["mt"].sum()
    assert tonnes["XJ"] == pytest.approx(474.0, abs=0.05)
    assert tonnes.sum() == pytest.approx(11150.0, abs=0.05)


@pytest.mark.slow
def test_aggregation_keeps_totals():
    fine, coarse = load_economy("cn30"), load_economy("cn12")
    np.testing.assert_allclose(gdp_by_province(coarse), gdp_by_province(fine), rtol=1e-12)
    assert coarse.sam.cells["value"].sum() == pytest.approx(fine.sam.cells["value"].sum(), rel=1e-12)
    assert coarse.emissions["mt"].sum() == pytest.approx(fine.emissions["mt"].sum(), rel=1e-12)


def _tampered(change):
    economy = load_economy("cn12")
    cells = economy.sam.cells.copy()
    emissions = economy.emissions.copy()
    change(cells, emissions)
    return dataclasses.replace(economy, sam=dataclasses.replace(economy.sam, cells=cells), emissions=emissions)


def _unbalance(cells, emissions):
    k = cells.index[cells["row"].eq("com:coa:XJ") & cells["column"].eq("act:gco:XJ")][0]
    cells.loc[k, "value"] *= 1.01


def _negate(cells, emissions):
    k = cells.index[cells["row"].eq("com:ser:XJ") & cells["column"].eq("hh:urban:XJ")][0]
    cells.loc[k, "value"] *= -1


def _move_tonnes(cells, emissions):
    k = emissions.index[emissions["region"].eq("XJ") & emissions["user"].eq("ser") & emissions["carrier"].eq("coa")][0]
    emissions.loc[k, "mt"] += 500.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (_unbalance, "SAM001", "com:coa:XJ"),
        (_negate, "SAM002", "com:ser:XJ <- hh:urban:XJ"),
        (_move_tonnes, "SAM004", "XJ"),
        (_move_tonnes, "SAM005", "ser in XJ"),
    ],
)
def test_each_fault_is_named_by_code_and_cell(change, code, word):
    found = check_economy(_tampered(change))
    assert any(f.code == code and word in f.text for f in found)


def test_unknown_aggregation_lists_the_shipped_ones():
    with pytest.raises(SAMError, match="cn12, cn30, cn42"):
        load_economy("cn7")

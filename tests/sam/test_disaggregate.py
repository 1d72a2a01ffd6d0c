"""Disaggregation by share files: balanced, totals survive, aggregated back it is the same, faults are listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import changed
from small import small as two_provinces

from cge.cli import cli
from cgebase.errors import SAMError, SAMValidationError
from sam import province
from sam.aggregate import aggregate
from sam.disaggregate import disaggregate
from sam.economy import Economy, load_economy
from sam.validate import audit, check_economy

TABLES = {"emissions": "mt", "margins": "value", "generation": "twh", "electricity_use": "twh", "network": "twh"}
SECTORS = ("agr", "coa", "trn")


@pytest.fixture(scope="module")
def cn12() -> Economy:
    return load_economy("cn12")


def shares(folder: Path, text: str) -> Path:
    path = folder / "shares.csv"
    path.write_text("parent,child,share,region\n" + text, encoding="utf-8")
    return path


def back(economy: Economy, to: dict[str, str], folder: Path) -> Economy:
    path = folder / "back.csv"
    lines = [f"{c},{to.get(c, c)}" for c in economy.groups.sectors]
    path.write_text("from,to\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return aggregate(economy, str(path))


def assert_same(one: Economy, two: Economy) -> None:
    pairs = [(one.sam.cells, two.sam.cells, "value")]
    pairs += [(getattr(one, name), getattr(two, name), number) for name, number in TABLES.items()]
    for a, b, number in pairs:
        keys = [c for c in a.columns if c != number]
        both = a.merge(b, on=keys, how="outer", suffixes=("", "_two"), validate="one_to_one")
        np.testing.assert_allclose(both[number], both[f"{number}_two"], rtol=1e-12)
    assert one.groups == two.groups or set(one.groups.sectors) == set(two.groups.sectors)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_split_and_gathered_again_is_the_same(data: st.DataObject, tmp_path: Path) -> None:
    economy, text, to = two_provinces(), "", {}
    for sector in data.draw(st.lists(st.sampled_from(SECTORS), min_size=1, unique=True)):
        number = data.draw(st.integers(1, 4))
        names = [sector, *(f"{sector}{k}" for k in range(1, number))]
        to |= dict.fromkeys(names, sector)
        for region in data.draw(st.sampled_from([("",), ("BJ", "XJ"), ("", "XJ")])):
            drawn = np.array(data.draw(st.lists(st.integers(0, 9), min_size=number, max_size=number))) + 0.0
            drawn[0] += 1.0
            parts = zip(names, drawn / drawn.sum(), strict=True)
            text += "".join(f"{sector},{c},{v:.17g},{region}\n" for c, v in parts)
    made = disaggregate(economy, shares(tmp_path, text))
    assert check_economy(made, published=False) == []
    assert made.sam.imbalance() <= 1e-12
    assert_same(back(made, to, tmp_path), economy)


@pytest.mark.slow
def test_full_economy_keeps_its_checks_and_totals(cn12: Economy, tmp_path: Path) -> None:
    text = "chm,bas,0.7,\nchm,pha,0.3,\nchm,bas,0.9,新疆\nchm,pha,0.1,XJ\ncoa,har,0.25,\ncoa,lig,0.75,\n"
    text += "trn,rai,0.2,\ntrn,roa,0.8,\ntrn,rai,0.6,SX\ntrn,roa,0.4,SX\n"
    made = disaggregate(cn12, shares(tmp_path, text))
    done = audit(made)
    assert done.passed, [f.text for f in done.findings][:5]
    assert made.aggregation == "cn12-own" and {"bas", "pha", "har", "lig"} <= set(made.commodities)
    to = {"bas": "chm", "pha": "chm", "har": "coa", "lig": "coa", "rai": "trn", "roa": "trn"}
    assert_same(back(made, to, tmp_path), cn12)
    cells = made.sam.cells.set_index(["row", "column"])["value"]
    whole = cn12.sam.cells.set_index(["row", "column"])["value"]
    for child, share in (("bas", 0.9), ("pha", 0.1)):
        assert cells[f"act:{child}:XJ", f"com:{child}:XJ"] == pytest.approx(share * whole["act:chm:XJ", "com:chm:XJ"])
        sold = whole["com:chm:XJ", "com:chm:HE"]
        assert cells[f"com:{child}:XJ", f"com:{child}:HE"] == pytest.approx(share * sold)
    assert ("com:bas:XJ", "com:pha:HE") not in cells.index
    made.save(tmp_path / "own")
    assert_same(load_economy("cn12-own", folder=tmp_path / "own"), made)


@pytest.mark.slow
def test_a_market_of_one_mix_is_used_in_that_mix(cn12: Economy, tmp_path: Path) -> None:
    made = disaggregate(cn12, shares(tmp_path, "nmm,cem,0.4,\nnmm,gla,0.6,\n"))
    cells = made.sam.cells
    for part, share in (("cem", 0.4), ("gla", 0.6)):
        found = cells[cells["row"].str.startswith(f"com:{part}:")]["value"].sum()
        whole = cn12.sam.cells[cn12.sam.cells["row"].str.startswith("com:nmm:")]["value"]
        own = cn12.sam.cells["row"].str.startswith("com:nmm:") & cn12.sam.cells["column"].str.startswith("act:nmm:")
        assert found == pytest.approx(share * whole.sum(), rel=1e-12) and own.any()
    price = made.emissions.merge(cn12.emissions, on=["region", "carrier"], suffixes=("", "_whole"))
    cement = price[price["user"].eq("cem") & price["user_whole"].eq("nmm")]
    np.testing.assert_allclose(cement["mt"], 0.4 * cement["mt_whole"], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", ["cn30", "cn42"])
def test_parts_of_fuels_and_their_feedstock_users_keep_their_prices(aggregation: str, tmp_path: Path) -> None:
    text = "chm,bas,0.7,\nchm,pha,0.3,\ncoa,har,0.4,\ncoa,lig,0.6,\ncoa,har,0.9,SX\ncoa,lig,0.1,SX\n"
    made = disaggregate(load_economy(aggregation), shares(tmp_path, text))
    assert check_economy(made) == []
    assert province.sector_name("bas", made.aggregation, "en") == "bas"
    assert province.sector_name("coa", made.aggregation, "zh") == "煤炭采选业"


def test_every_fault_of_the_shares_is_listed(cn12: Economy, tmp_path: Path) -> None:
    text = "\n".join([
        "chm,bas,0.7,", "chm,pha,0.2,", "chn,x,1,", "ely,grid,1,", "nmm,cem,1.4,", "agr,coa,1,", "con,bld,0.5,Mars",
        "oin,oth,1,XJ", "mtl,iro,0.5,", "mtl,iro,0.5,", "ser,bas,1,", "hea,g co,1,", "crg,gwi,1,",
    ])  # fmt: skip
    with pytest.raises(SAMError) as refused:
        disaggregate(cn12, shares(tmp_path, text))
    said = refused.value.args[0]
    for words in (
        "shares.csv: 11 faults", "chm, lines without a region: shares add up to 0.9, expected 1",
        "line 4: 'chn' is no code", "chm", "line 5: ely stays whole", "line 6: share '1.4' of cem in nmm",
        "line 7: coa cannot be a part of agr", "line 8: ", "oin: no shares for BJ", "line 11: iro of mtl has",
        "line 12: bas cannot be a part of ser, it is chm", "line 13: hea goes to 'g co'", "line 14: crg goes to 'gwi'",
    ):  # fmt: skip
        assert words in said, words
    assert said.code == "SAM340" and "份额合计为 0.9" in said.zh


def test_files_that_are_no_share_files(cn12: Economy, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for text, words in (
        ("parent,child\nchm,a\n", "no column share"), ("parent,child,share\n", "no shares in the file"),
        ("", "not a CSV file"), ("parent,child,share\nchm,a,nan\n", "share 'nan'"),
    ):  # fmt: skip
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SAMError, match=words):
            disaggregate(cn12, path)
    with pytest.raises(SAMError, match="no such file|No such file"):
        disaggregate(cn12, tmp_path / "none.csv")


def test_an_economy_with_faults_is_not_split(tmp_path: Path) -> None:
    wrong = changed(two_provinces(), "com:coa:XJ", "act:gco:XJ", 0.01)
    with pytest.raises(SAMValidationError):
        disaggregate(wrong, shares(tmp_path, "agr,a,0.5,\nagr,b,0.5,\n"))


@pytest.mark.slow
def test_command_writes_once(tmp_path: Path) -> None:
    file, out = shares(tmp_path, "chm,bas,0.7,\nchm,pha,0.3,\n"), tmp_path / "out"
    words = ["sam", "disaggregate", "--in", "cn12", "--sectors", str(file), "--out", str(out)]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0 and "cn12-own: 31 regions, 14 sectors" in done.output
    assert pd.read_csv(out / "about.csv")["text"].str.contains("chm split into bas, pha by shares.csv").any()
    assert CliRunner().invoke(cli, words).exit_code == 2

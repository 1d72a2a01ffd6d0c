"""Caps in a file, and caps that several provinces share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

import cge
from cge.policies import PolicyError
from cge.study.cap import Cap
from cge.study.scenario import instrument_of, load_study
from cgebase.errors import ScenarioError

LONG = """地区,年份,数值,单位,备注
全国,2030,1.29,share,peak
China,2060年,0.1,share,
甘肃+新疆,2060,0.2,share,
Inner Mongolia,2040,0.8,份额,
NM,2060,0.2,share,
"""
NODES = {
    "path": {2030: 1.29, 2060: 0.1}, "unit": "share",
    "provinces": {"GS+XJ": {2060: 0.2}, "NM": {2040: 0.8, 2060: 0.2}},
}  # fmt: skip
STUDY = """schema = 1
id = "filed"
title = { en = "T", zh = "题" }
[time]
years = [2021, 2030, 2060]
[[scenario]]
id = "filed"
label = { en = "F", zh = "文" }
[scenario.cap]
path = "caps/mine.csv"
[[scenario]]
id = "other"
label = { en = "O", zh = "另" }
extends = "filed"
[scenario.cap]
provinces = { "新疆+甘肃" = 0.3 }
"""
REGIONS = ["GS", "NM", "XJ"]
EMISSIONS = np.array([200.0, 700.0, 470.0])
SHARES = np.array([0.2, 0.05, 0.15])


def written(folder: Path, text: str, name: str = "caps.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_long_and_a_wide_file_are_the_table(tmp_path: Path) -> None:
    expected = Cap.model_validate(NODES)
    assert cge.cap(path=written(tmp_path, LONG)) == expected
    book = openpyxl.Workbook()
    for line in (["省份", "unit", 2030, "2040年", 2060], ["全国", "share", 1.29, None, 0.1],
                 ["新疆＋甘肃", "share", None, None, 0.2], ["内蒙古", "share", None, 0.8, 0.2]):  # fmt: skip
        book.active.append(line)
    book.save(tmp_path / "caps.xlsx")
    assert cge.cap(path=str(tmp_path / "caps.xlsx")) == expected


def test_the_unit_is_that_of_the_file_or_of_the_table(tmp_path: Path) -> None:
    path = written(tmp_path, "region;year;value\nXJ;2060;131.6\n")
    assert cge.cap(path=path, unit="Mt").unit == "Mt"
    with pytest.raises(ScenarioError, match=r"caps.csv!C2: 131.6; expected above 0 to 3 \(share\)"):
        cge.cap(path=path)
    clashing = written(tmp_path, "region,year,value,unit\nXJ,2060,131.6,Mt\n")
    with pytest.raises(ScenarioError, match="caps.csv!D2: unit Mt, where .* says share"):
        cge.cap(path=clashing, unit="share")


def test_a_file_is_seen_from_the_study_and_the_table_counts_before_it(tmp_path: Path) -> None:
    (tmp_path / "caps").mkdir()
    written(tmp_path / "caps", LONG, "mine.csv")
    filed, other = load_study(written(tmp_path, STUDY, "s.toml")).scenarios
    assert filed.cap == Cap.model_validate(NODES)
    assert other.cap is not None and other.cap.path == NODES["path"]
    assert other.cap.provinces == {"NM": {2040: 0.8, 2060: 0.2}, "GS+XJ": 0.3}
    written(tmp_path / "caps", LONG.replace("1.29", "1.2.9"), "mine.csv")
    with pytest.raises(ScenarioError, match=r"scenario\[filed\].cap: mine.csv: 1 fault\n +mine.csv!C2: '1.2.9'"):
        load_study(tmp_path / "s.toml")


@pytest.mark.parametrize(("text", "faults"), [
    ("region,yea,value\nXJ,2030,1\n", ["!B1: 'yea' heads no column"]),
    ("region,2030,2030\nXJ,1,1\n", ["!C1: a second column '2030'"]),
    ("region,year,2030\nXJ,2030,1\n", ["!A1: expected the heads"]),
    ("region,2030\n", ["!A1: no caps below the heads"]),
    ("region,year,value\nXJ,2020,1\n", ["!B2: year '2020'; expected 2021 to 2060"]),
    ("region,year,value\nXJ,2030,\n", ["!C2"]),
    ("region,2030\nXJ,1,29\n", ["line 2"]),
    ("region,2030\nXinjang,0.3\nXJ,-1\nCN,9\nchina,1\n新疆,1\nXJ+新疆,1\n",
     ["!A2: 'Xinjang'", "!B3: -1; expected above 0", "!B4: 9; expected", "!A7: XJ+新疆: a province shares"]),
    ("region,2030\nCN,1\n全国,1\n", ["!B3: this region and year have a cap in caps.csv!B2 already"]),
    ("region,2030,unit\nXJ,1,t\n", ["!C2: unit 't'"]),
])  # fmt: skip
def test_wrong_cells_are_named(tmp_path: Path, text: str, faults: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        cge.cap(path=written(tmp_path, text))
    assert all(fault in str(caught.value) for fault in faults)


def test_no_file_is_a_fault_of_the_table(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="none.csv cannot be read"):
        cge.cap(path=str(tmp_path / "none.csv"))


def table(**keys: object) -> np.ndarray:
    target = float(EMISSIONS @ SHARES / EMISSIONS.sum())
    return Cap.model_validate({"final_share": target, **keys}).table(REGIONS, EMISSIONS, SHARES, (2021, 2030, 2060))


def test_provinces_share_a_cap_as_the_rule_shares_it() -> None:
    usual, caps = table(), table(provinces={"新疆+甘肃": 0.2})
    both = caps[:, [0, 2]]
    assert both[-1].sum() == pytest.approx(0.2 * 670) and caps.sum(1) == pytest.approx(usual.sum(1))
    assert both[-1, 0] / both[-1, 1] == pytest.approx(200 * 0.2 / (470 * 0.15))
    tonnes = table(provinces={"新疆+甘肃": {"2030": 600, "2060": 134}}, unit="Mt", keep_total=False)
    assert tonnes[:, [0, 2]].sum(1) == pytest.approx([670, 600, 134])
    assert np.array_equal(tonnes[:, 1], usual[:, 1])
    with pytest.raises(PolicyError, match="every province has a cap of its own"):
        table(provinces={"新疆+甘肃": 0.2, "NM": 0.1})


def test_provinces_that_share_a_cap_trade_in_it() -> None:
    one = cge.cap(provinces={"新疆+甘肃": 0.2}, groups=[["NM", "SX"]])
    assert one.markets == (("NM", "SX"), ("GS", "XJ"))
    assert cge.cap(provinces={"新疆+甘肃": 0.2}, groups=[["XJ", "GS", "QH"]]).markets == (("XJ", "GS", "QH"),)
    assert cge.cap(provinces={"新疆+甘肃": 0.2}, trade="national").markets == ()


@pytest.mark.parametrize(("keys", "fault"), [
    ({"provinces": {"新疆+甘肃": 0.2, "XJ": 0.1}}, "caps of XJ are given twice"),
    ({"provinces": {"新疆+甘肃": 0.2}, "groups": [["XJ", "QH"]]}, r"GS\+XJ share a cap, but trade in different groups"),
    ({"provinces": {"新疆": 0.2, "Xinjiang": 0.3}}, "provinces: 新疆, Xinjiang name the same"),
    ({"provinces": {"新疆+甘肃": 0.2}, "pathway": "baseline"}, "given twice: by pathway"),
])  # fmt: skip
def test_shares_that_contradict_are_refused(keys: dict[str, object], fault: str) -> None:
    with pytest.raises(ScenarioError, match=fault):
        instrument_of("cap", keys)

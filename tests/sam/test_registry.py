"""Province and sector registry."""

import pytest

from sam.registry import (
    PROVINCE_CODES,
    AmbiguousProvinceError,
    UnknownProvinceError,
    activity_codes,
    commodity_codes,
    provinces,
    resolve,
    sectors,
)
from sam.tables import read_mapping


def test_order_and_number():
    assert len(PROVINCE_CODES) == 31
    assert PROVINCE_CODES[0] == "BJ"
    assert PROVINCE_CODES[-1] == "XJ"


def test_every_spelling_resolves():
    for item in provinces():
        for spelling in item.spellings():
            assert resolve(spelling) == item.code, spelling


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Shanxi", "SX"),
        ("Shaanxi", "SN"),
        ("shānxī", "SX"),
        ("shǎnxī", "SN"),
        ("陕西省", "SN"),
        ("山西", "SX"),
        (65, "XJ"),
        ("650000", "XJ"),
        ("新疆维吾尔自治区", "XJ"),
        ("Szechwan", "SC"),
        ("inner-mongolia", "NM"),
        ("Guangxi Zhuang Autonomous Region", "GX"),
        ("京", "BJ"),
        ("xj", "XJ"),
        ("Hebei Province", "HE"),
        (" 河南 ", "HA"),
        ("Xizang", "XZ"),
        ("广西自治区", "GX"),
        ("新疆 维吾尔自治区", "XJ"),
        ("Beijing Municipality", "BJ"),
        ("上海市", "SH"),
    ],
)
def test_spellings(name, code):
    assert resolve(name) == code


@pytest.mark.parametrize(("name", "codes"), [("Shan", {"SX", "SN", "SD", "SH"}), ("陕西/山西", {"SX", "SN"})])
def test_ambiguous(name, codes):
    with pytest.raises(AmbiguousProvinceError) as error:
        resolve(name)
    assert set(error.value.candidates) == codes


@pytest.mark.parametrize(("name", "near"), [
    ("海南藏族自治州", "海南"), ("海南州", "海南"), ("新疆生产建设兵团", "新疆"), ("广东（不含深圳）", "广东"),
    ("内蒙古东部", "内蒙古"), ("吉林市", "吉林"), ("北京市朝阳区", "北京"), ("海南自治区", "海南"), ("北京省", "北京"),
    ("青海省海南藏族自治州", "青海"), ("Hainan Tibetan Autonomous Prefecture", "Hainan"), ("Jilin Shi", "Jilin"),
    ("Xinjiang Production and Construction Corps", "Xinjiang"),
])  # fmt: skip
def test_a_part_of_a_province_is_no_province(name, near):
    with pytest.raises(UnknownProvinceError, match="is not one of the 31") as error:
        resolve(name)
    assert near in error.value.closest


def test_every_province_resolves_with_its_kind():
    for item in provinces():
        kind = item.name_zh_full[-1]
        assert resolve(item.name_zh_full) == resolve(item.name_zh + (kind if kind != "区" else "自治区")) == item.code
        english = {"省": "Province", "市": "Municipality", "区": "Autonomous Region"}[kind]
        assert resolve(f"{item.name_en} {english}") == item.code


def test_unknown_names_the_closest():
    with pytest.raises(UnknownProvinceError, match="Xinjiang"):
        resolve("Sinjiang")


def test_tiles_do_not_overlap():
    assert len({(p.tile_row, p.tile_column) for p in provinces()}) == 31


def test_sector_codes():
    assert len(activity_codes("cn30")) == 37
    assert len(commodity_codes("cn30")) == 31
    assert commodity_codes("cn12")[-1] == "elb"
    assert all(s.name_zh and s.name_en for s in sectors("cn12"))


def test_mapping_joins_both_aggregations():
    table = read_mapping("cn30_to_cn12")
    plain = {s.code for s in sectors("cn30") if s.kind == "sector"}
    assert set(table["cn30"]) == plain
    assert set(table["cn12"]) == {s.code for s in sectors("cn12") if s.kind == "sector"}

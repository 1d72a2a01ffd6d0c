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
    ],
)
def test_spellings(name, code):
    assert resolve(name) == code


@pytest.mark.parametrize(("name", "codes"), [("Shan", {"SX", "SN", "SD", "SH"}), ("陕西/山西", {"SX", "SN"})])
def test_ambiguous(name, codes):
    with pytest.raises(AmbiguousProvinceError) as error:
        resolve(name)
    assert set(error.value.candidates) == codes


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

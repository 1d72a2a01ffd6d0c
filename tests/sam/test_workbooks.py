"""Published input-output workbooks: what they hold is read, whatever is broken is refused with its address."""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import (
    CODES,
    COLUMNS,
    LEFT,
    NAMES,
    SECTORS,
    TOP,
    Grid,
    accounts,
    mrio,
    province,
    sheet_of,
    write_xls,
    write_xlsx,
)

from cgebase.errors import SAMError
from cgebase.messages import Message
from sam.formats.iolabels import region_within, unit_of
from sam.formats.iotable import IOTable
from sam.formats.workbook import Choices, read_io, read_sheet

ADDRESS = re.compile(r"\[31-新疆\.xlsx\]Sheet1![A-Z]+[0-9]+")
A = accounts()
LAST = LEFT + SECTORS
BOTTOM = TOP + SECTORS


def column(key: str) -> int:
    return LAST + COLUMNS.index(key)


def holds(table: IOTable, a: dict[str, np.ndarray] = A, scale: float = 1e-4) -> bool:
    """Whether a table has the figures it was written from."""
    r = table.regions[0]
    pairs = [(table.use, a["z"]), (table.value_added, a["va"]), (table.output, a["GO"])]
    pairs += [(table.final[r, k], a[k]) for k in ("FU101", "FU102", "FU103", "FU201", "FU202")]
    pairs += [(table.trade[k], a[k]) for k in ("EX", "OF", "IM", "IF", "ERR")]
    return all(np.allclose(x.to_numpy(), y * scale, rtol=1e-9, atol=1e-9) for x, y in pairs)


def test_provincial_table_is_read_whole() -> None:
    t = read_sheet(sheet_of(province()), Choices())
    assert (t.regions, t.year, t.unit, t.classification) == (("XJ",), 2017, "万元", "nbs42")
    assert t.sectors == tuple(CODES) and holds(t) and not t.findings and t.largest_gap < 1e-6
    assert t.places["use"] == "[31-新疆.xlsx]Sheet1!D9:AS50"
    assert t.places["value added"] == "[31-新疆.xlsx]Sheet1!D51:AS57"
    cells = t.cells()
    assert list(cells) == ["table", "row", "column", "value"] and set(cells["table"]) == {"XJ"}
    use = cells[(cells["row"] == "03") & (cells["column"] == "05")]["value"]
    assert use.to_list() == pytest.approx([A["z"][2, 4] * 1e-4])


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["xls", "xlsx", "csv"])
def test_every_file_kind_gives_the_same_table(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"31-新疆.{ending}"
    if ending == "xlsx":
        write_xlsx(path, {"说明": [["本表由各省统计局编制"]], "表": province()})
    elif ending == "xls":
        write_xls(path, province())
    else:
        rows = [",".join("" if x is None else str(x).replace("\n", "") for x in row) for row in province()]
        path.write_text("\n".join(rows), encoding="utf-8")
    assert holds(read_io(path))


def test_table_does_not_depend_on_where_it_stands() -> None:
    moved = [[None] * 64] * 3 + [[None, None, *row] for row in province()]
    assert holds(read_sheet(sheet_of(moved), Choices()))


def test_chinese_headings_suffice_without_codes() -> None:
    grid = province()
    grid[7] = [None] * len(grid[7])
    for row in grid:
        row[2] = None
    assert holds(read_sheet(sheet_of(grid), Choices()))


def test_english_headings_suffice() -> None:
    grid = province(title="Input-output table of Xinjiang, 2017", unit="Unit: 10,000 yuan")
    words = dict(zip(COLUMNS, (
        "Total intermediate use", "Rural household consumption", "Urban household consumption",
        "Household consumption", "Government consumption", "Final consumption", "Fixed capital formation",
        "Changes in inventories", "Gross capital formation", "Exports", "Outflow", "Total final use", "Imports",
        "Inflow", "Errors", "Gross output"), strict=True))  # fmt: skip
    for r in range(3, 8):
        grid[r] = [None] * len(grid[r])
    for k in range(SECTORS):
        grid[7][LEFT + k] = CODES[k]
    for key, word in words.items():
        grid[7][column(key)] = word
    assert holds(read_sheet(sheet_of(grid), Choices()))


@pytest.mark.parametrize(
    ("stated", "scale"),
    [("单位：亿元", 1.0), ("单位:万元", 1e-4), ("（单位：百万元）", 1e-2), ("Unit: 10,000 yuan", 1e-4),
     ("单 位 ： 元", 1e-8), ("Unit: million RMB", 1e-2), ("unit: 100 million yuan", 1.0),
     ("计量单位：千元", 1e-5), ("(10 000 yuan)", 1e-4)],
)  # fmt: skip
def test_unit_is_read_and_converted(stated: str, scale: float) -> None:
    assert holds(read_sheet(sheet_of(province(unit=stated)), Choices(keep_gaps=True)), scale=scale)


def test_given_unit_serves_only_where_none_is_stated() -> None:
    assert holds(read_sheet(sheet_of(province(unit=None)), Choices(unit="亿元", keep_gaps=True)), scale=1.0)
    with pytest.raises(SAMError, match="states 万元, asked for was 亿元"):
        read_sheet(sheet_of(province()), Choices(unit="亿元"))


def integers() -> Grid:
    """A table printed to whole units: sums stray by rounding."""
    grid = province()
    for row in grid[TOP:]:
        row[LEFT:] = [round(x) if isinstance(x, float) else x for x in row[LEFT:]]
    return grid


def test_rounding_of_printed_figures_is_no_finding() -> None:
    t = read_sheet(sheet_of(integers()), Choices())
    assert t.findings == () and 0 < t.largest_gap < 43 / 2
    wrong = integers()
    wrong[TOP + 1][LEFT + 1] += 40
    found = read_sheet(sheet_of(wrong), Choices()).findings
    assert any("E51" in m for m in found) and any("AT10" in m for m in found)


def test_gap_of_a_grand_total_is_told_and_the_table_read() -> None:
    grid = province()
    grid[BOTTOM][column("IM")] += 1e6
    t = read_sheet(sheet_of(grid), Choices())
    (said,) = t.findings
    assert holds(t) and said.code == "SAM171" and "Sheet1!BF51" in said and "gap 1e+06" in said


def test_gaps_are_read_only_on_demand() -> None:
    grid = province()
    grid[TOP][LEFT] += 5e5
    with pytest.raises(SAMError) as refused:
        read_sheet(sheet_of(grid), Choices())
    assert "Sheet1!AT9" in str(refused.value) and "万元" in str(refused.value)
    assert len(read_sheet(sheet_of(grid), Choices(keep_gaps=True)).findings) >= 2


def imported() -> Grid:
    """Domestic and imported goods apart, as the national tables of 42 sectors."""
    grid = province(title="2020年全国投入产出表")
    keep = [c for c in range(len(grid[0])) if c not in (column("IM"), column("IF"), column("OF"), column("ERR"))]
    own = [c for c in keep if c >= LEFT and c != column("GO")]
    for row in grid[TOP:BOTTOM]:
        row[column("OF")] = row[column("ERR")] = 0.0
    rows = []
    for row in grid[TOP:BOTTOM]:
        away = list(row)
        row[0], away[0] = "国内产品", "进口产品"
        for c in own:
            value = row[c] or 0.0
            row[c], away[c] = 0.75 * value, 0.25 * value
        rows.append(away)
    for row in (*grid[TOP:BOTTOM], *rows):
        f = {k: row[column(k)] for k in COLUMNS}
        row[column("TFU")] = f["TC"] + f["GCF"] + f["EX"]
        row[column("GO")] = f["TIU"] + row[column("TFU")]
    body = grid[TOP:BOTTOM] + rows
    tail = grid[BOTTOM:]
    for c in range(LEFT, len(grid[0])):
        tail[0][c] = sum(row[c] for row in body)
    for k in range(SECTORS):
        added = body[k][column("GO")] - tail[0][LEFT + k]
        for part in range(1, 5):
            tail[part][LEFT + k] = added / 4
        tail[5][LEFT + k], tail[6][LEFT + k] = added, body[k][column("GO")]
    for row in tail[1:]:
        row[LAST] = sum(row[LEFT:LAST])
    return [[row[c] for c in keep] for row in grid[:TOP] + body + tail]


def test_imported_inputs_stand_apart() -> None:
    t = read_sheet(sheet_of(imported(), "全国.xlsx"), Choices())
    assert t.regions == ("CN",) and t.year == 2020 and not t.findings
    assert np.allclose(t.imported.to_numpy()[:, :SECTORS], A["z"] * 0.25e-4) and list(t.imported.index) == CODES
    assert np.allclose(t.use.to_numpy(), A["z"] * 0.75e-4)
    assert np.allclose(t.imported["CN", "EX"], A["EX"] * 0.25e-4)
    assert (t.cells()["row"] == "IM:07").any()


def test_multi_regional_table() -> None:
    t = read_sheet(sheet_of(mrio(), "mrio.xlsx"), Choices())
    assert t.regions == ("BJ", "NM", "XJ") and t.sectors == ("01", "02") and t.classification == "own"
    assert t.use.shape == (6, 6) and t.final.shape == (6, 15) and list(t.trade) == ["EX", "ERR"]
    assert t.final["NM", "FU201"].iloc[3] == pytest.approx(mrio()[7][4 + 6 + 5 + 3] * 1e-4)
    assert list(t.imported.index) == ["IM"] and not t.findings
    own, *outside = sorted(m for m in t.notes if m.code != "SAM182")
    assert own.startswith("[mrio.xlsx]Sheet1!A1: 2 sectors")
    assert [m.split(":")[0].split(" and ")[0] for m in outside] == ["[mrio.xlsx]Sheet1!AD3", "[mrio.xlsx]Sheet1!B19"]
    total = t.use.to_numpy().sum(0) + t.imported.to_numpy()[0, :6] + t.value_added.to_numpy().sum(0)
    assert np.allclose(total, t.output)
    cells = t.cells()
    assert set(cells["table"]) == {"MRIO"} and (cells["column"] == "NM:FU201").any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g: g[1].__setitem__(5, "内蒙"), None),
        (lambda g: g[1].__setitem__(5, "Inner Mongolia"), None),
        (lambda g: g[1].__setitem__(5, "内萌古"), "'内萌古' is no province; did you mean '内蒙古'"),
        (lambda g: g[1].__setitem__(5, None), "stands twice"),
        (lambda g: g.insert(4, g.pop(5)), "same order"),
        (lambda g: g.__setitem__(0, [None] * 31) or g[2].__setitem__(0, None), "no unit"),
        (lambda g: g[6].__setitem__(4, 1e4), "TIU = sum of uses"),
        (lambda g: g[10].__setitem__(5, 1e4), "TII"),
        (lambda g: [row.pop(4) for row in g], "sectors from"),
        (lambda g: g.pop(4), "sectors from"),
    ],
)
def test_multi_regional_faults(change: Callable[[Grid], object], words: str | None) -> None:
    grid = mrio()
    change(grid)
    if words is None:
        assert read_sheet(sheet_of(grid, "mrio.xlsx"), Choices()).regions == ("BJ", "NM", "XJ")
        return
    with pytest.raises(SAMError, match=re.escape(words)) as refused:
        read_sheet(sheet_of(grid, "mrio.xlsx"), Choices())
    assert re.search(r"Sheet1![A-Z]+\d", str(refused.value))


# ---- sheets, regions, labels


def test_sheet_is_chosen_by_what_it_holds(tmp_path: Path) -> None:
    both = write_xlsx(tmp_path / "b.xlsx", {"一": province(), "二": province()})
    with pytest.raises(SAMError, match="several sheets hold an input-output table: 一, 二"):
        read_io(both)
    assert holds(read_io(both, Choices(sheet="二")))
    sheets: dict[str, Grid] = {"封面": [["投入产出表"]], "投入产出数据": province()}
    only = write_xlsx(tmp_path / "h.xlsx", sheets, hidden=("投入产出数据",))
    with pytest.raises(SAMError, match="only hidden sheets hold an input-output table: 投入产出数据"):
        read_io(only)
    assert holds(read_io(only, Choices(sheet="投入产出数据")))
    with pytest.raises(SAMError, match="no sheet '投入产出数剧'; did you mean '投入产出数据'"):
        read_io(only, Choices(sheet="投入产出数剧"))
    with pytest.raises(SAMError, match=r"\[n.xlsx\]封面!A1: no input-output table"):
        read_io(write_xlsx(tmp_path / "n.xlsx", {"封面": [["投入产出表"]]}))


@pytest.mark.parametrize(
    ("title", "file", "region"),
    [
        ("新疆维吾尔自治区2017年投入产出表", "a.xlsx", "XJ"), ("2017年投入产出表", "05-内蒙古.xls", "NM"),
        ("2017 IO table", "Shaanxi_2017.xlsx", "SN"), ("2020年全国投入产出表", "a.xlsx", "CN"),
        ("Input-output table of Inner Mongolia", "a.xlsx", "NM"), ("China 2017", "a.xlsx", "CN"),
        ("2017年投入产出表", "a.xlsx", ""), ("北京2017年投入产出表", "02-天津.xls", "against"),
        ("中国北京市投入产出表", "a.xlsx", "BJ"),
    ],
)  # fmt: skip
def test_region_of_title_or_file(title: str, file: str, region: str) -> None:
    sheet = sheet_of(province(title=title), file)
    if region in ("", "against"):
        with pytest.raises(SAMError, match="which region" if not region else "title says BJ, the file name TJ"):
            read_sheet(sheet, Choices())
        assert read_sheet(sheet, Choices(region="天津")).regions == ("TJ",)
    else:
        assert read_sheet(sheet, Choices()).regions == (region,)


@pytest.mark.parametrize(
    ("given", "words"), [({"year": 1999}, "of 2017, asked for was 1999"), ({"region": "上海"}, "names BJ.*was SH")]
)
def test_what_the_title_says_is_not_overruled(given: dict, words: str) -> None:
    sheet = sheet_of(province(title="北京2017年投入产出表"), "a.xlsx")
    with pytest.raises(SAMError, match=words):
        read_sheet(sheet, Choices(**given))
    read = read_sheet(sheet, Choices(year=2017, region="Beijing"))
    assert (read.year, read.regions) == (2017, ("BJ",))


def test_spelling_near_a_known_sector_is_told_another_is_refused() -> None:
    grid = province()
    grid[TOP + 21][1] = grid[4][LEFT + 21] = "其他制造产品和废品"
    notes = read_sheet(sheet_of(grid), Choices()).notes
    assert [(m.code, m.partition("!")[2][:3]) for m in notes] == [("SAM173", "B30"), ("SAM173", "Y5:")]
    grid[TOP + 21][1] = grid[4][LEFT + 21] = "废弃资源和废旧材料回收加工品"
    with pytest.raises(SAMError, match="under code 22, expected '其他制造产品和废品废料'"):
        read_sheet(sheet_of(grid), Choices())
    assert read_sheet(sheet_of(grid), Choices(sectors="own")).classification == "own"


@pytest.mark.parametrize(
    ("text", "unit"),
    [("单位：万元", "万元"), ("万元", "万元"), ("单位：吨", ""), ("单位", ""), ("总产出", None), ("united", None)],
)
def test_units_are_never_guessed(text: str, unit: str | None) -> None:
    assert unit_of(text) == unit


def test_two_provinces_in_a_title_name_none() -> None:
    assert region_within("陕西、山西") == "" and region_within("海南省") == "HI" and region_within("ioanhui") == ""
    for part in (
        "海南藏族自治州2012年投入产出表", "青海省海南州2017年", "新疆生产建设兵团2017", "2017年广东（不含深圳）",
        "内蒙古东部投入产出表", "吉林市2017", "北京市朝阳区", "浙江（宁波除外）",
        "Hainan Tibetan Autonomous Prefecture, 2012", "Xinjiang Production and Construction Corps",
    ):  # fmt: skip
        assert region_within(part) == "", part
    for whole, code in {"2017年新疆维吾尔自治区投入产出表": "XJ", "浙江省2017年区域投入产出表": "ZJ", "31-新疆": "XJ",
                        "新疆地区投入产出表": "XJ", "北京市 42部门": "BJ", "贵州省": "GZ", "上海市市场价": "SH",
                        "Guangdong Province 2012": "GD"}.items():  # fmt: skip
        assert region_within(whole) == code, whole


# ---- broken variants: refused with an address, or told as a finding, or harmless

SPOTS = {
    "use": (TOP + 3, LEFT + 6), "final": (TOP + 30, column("FU102")), "output": (TOP + 7, column("GO")),
    "value added": (BOTTOM + 2, LEFT + 11), "inflow": (TOP + 40, column("IF")), "TII": (BOTTOM, LEFT + 20),
}  # fmt: skip
TEXTS = ["#REF!", "#DIV/0!", "#N/A", "#NAME?", "待补", "12,34", "1.234,5", "…", "n.a.", "12%", "3亿", "1234①", True,
         datetime.datetime(2017, 1, 1), float("nan"), float("inf"), "１２３．４．５"]  # fmt: skip
Change = Callable[[Grid], object]


def put(r: int, c: int, value: object) -> Change:
    return lambda g: g[r].__setitem__(c, value)


def times(r: int, c: int, factor: float) -> Change:
    return lambda g: g[r].__setitem__(c, g[r][c] * factor)


def swap_columns(a: int, b: int) -> Change:
    def act(g: Grid) -> None:
        for row in g:
            row[a], row[b] = row[b], row[a]

    return act


def swap_rows(a: int, b: int) -> Change:
    def act(g: Grid) -> None:
        g[a], g[b] = g[b], g[a]

    return act


def without_column(c: int) -> Change:
    return lambda g: [row.pop(c) for row in g]


def without_row(r: int) -> Change:
    return lambda g: g.pop(r)


def again(c: int) -> Change:
    return lambda g: [row.insert(c, row[c]) for row in g]


def transposed(g: Grid) -> None:
    g[:] = [list(row) for row in zip(*g, strict=True)]


def odd(c: int) -> Change:
    return lambda g: [g[r].__setitem__(c, "?" if r < 7 else None) for r in range(3, 8)]


BROKEN: dict[str, Change] = {
    **{f"{text!r} in {spot}": put(*at, text) for spot, at in SPOTS.items() for text in TEXTS},
    **{
        f"{spot} times {factor}": times(*at, factor)
        for spot, at in SPOTS.items()
        for factor in (10, 0.1, -1, 0, 1.001, 1 + 1e-7)
    },
    **{f"no column {k}": without_column(column(k)) for k in COLUMNS},
    **{f"no row {k}": without_row(BOTTOM + k) for k in range(7)},
    **{f"column {k} twice": again(column(k)) for k in ("TIU", "FU101", "IM", "GO")},
    **{f"code {k} blank and label odd": odd(column(k)) for k in ("EX", "GO", "TFU")},
    "sector column gone": without_column(LEFT + 9),
    "sector row gone": lambda g: g.pop(TOP + 9),
    "sector row and column gone": lambda g: (g.pop(TOP + 9), [row.pop(LEFT + 9) for row in g]),
    "sector row twice": lambda g: g.insert(TOP + 9, list(g[TOP + 9])),
    "sector column twice": again(LEFT + 9),
    "row order": swap_rows(TOP + 1, TOP + 2),
    "column order": swap_columns(LEFT + 1, LEFT + 2),
    "numbers of two rows swapped": lambda g: g[TOP + 1].__setitem__(slice(3, None), g[TOP + 2][3:]),
    "labels of two rows swapped": lambda g: (put(TOP + 1, 1, NAMES[2])(g), put(TOP + 2, 1, NAMES[1])(g)),
    "codes of two columns swapped": lambda g: (put(7, column("EX"), "OF")(g), put(7, column("OF"), "EX")(g)),
    "codes of imports and inflow swapped": lambda g: (put(7, column("IM"), "IF")(g), put(7, column("IF"), "IM")(g)),
    "code unknown": put(7, LEFT + 5, "X6"),
    "code twice": put(7, LEFT + 5, "07"),
    "row code twice": put(TOP + 5, 2, "07"),
    "label of a row unknown": put(TOP + 5, 1, "宇宙航行"),
    "label of a column unknown": put(4, LEFT + 5, "宇宙航行"),
    "label and code gone": lambda g: (put(TOP + 5, 1, None)(g), put(TOP + 5, 2, None)(g)),
    "column label and code gone": lambda g: (put(4, LEFT + 5, None)(g), put(7, LEFT + 5, None)(g)),
    "no unit": put(2, 0, None),
    "unknown unit": put(2, 0, "单位：担"),
    "two units": put(1, 0, "单位：亿元"),
    "no numbers": lambda g: g.__delitem__(slice(TOP, None)),
    "no labels on the left": lambda g: [row.__setitem__(slice(0, 3), [None] * 3) for row in g],
    "no headings": lambda g: g.__delitem__(slice(3, 8)),
    "lower half gone": lambda g: g.__delitem__(slice(TOP + 20, None)),
    "right half gone": lambda g: [row.__delitem__(slice(LEFT + 20, None)) for row in g],
    "turned": transposed,
    "upside down": lambda g: g.reverse(),
    "a column of numbers in the middle": lambda g: [row.insert(LEFT + 4, 1.0 if k >= TOP else None)
                                                    for k, row in enumerate(g)],
    "a row of numbers in the middle": lambda g: g.insert(TOP + 4, [None] * 3 + [1.0] * 58),
    "one row moved a cell": lambda g: g[TOP + 4].insert(LEFT, None),
    "numbers without the last rows of value added": lambda g: [put(BOTTOM + 4, c, None)(g) for c in range(LEFT, LAST)],
    "imports as negatives": lambda g: [times(TOP + k, column("IM"), -1)(g) for k in range(SECTORS)],
    "value added twice": lambda g: g.insert(BOTTOM + 1, list(g[BOTTOM + 1])),
    "zero as a code": put(7, LEFT + 5, 0.0),
    "import mark on the first sector": put(TOP, 2, "进口"),
    "empty": lambda g: g.clear(),
    "a second table below": lambda g: g.extend(copy.deepcopy(g[3:])),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", list(BROKEN))
def test_broken_table_is_never_silently_wrong(name: str) -> None:
    grid = province()
    BROKEN[name](grid)
    try:
        table = read_sheet(sheet_of(grid), Choices())
    except SAMError as error:
        said = error.args[0]
        assert isinstance(said, Message) and said.code.startswith("SAM1"), said
        assert ADDRESS.search(said) and ADDRESS.search(said.zh)
        return
    assert name in HARMLESS or table.findings, name
    assert all(ADDRESS.search(m) for m in table.findings)
    if name in HARMLESS:
        assert holds(table)


HARMLESS = {"no column THC", "no column TC", "no column GCF", "no column TIU", "no row 0"}


def test_sectors_may_stand_in_another_order_on_both_sides() -> None:
    grid = province()
    swap_rows(TOP + 1, TOP + 2)(grid)
    swap_columns(LEFT + 1, LEFT + 2)(grid)
    t = read_sheet(sheet_of(grid), Choices())
    assert t.sectors[:4] == ("01", "03", "02", "04")
    assert t.use.loc[("XJ", "02"), ("XJ", "05")] == pytest.approx(A["z"][1, 4] * 1e-4)


def test_there_are_many_broken_variants() -> None:
    assert len(BROKEN) >= 60


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(TOP, BOTTOM + 6), st.integers(LEFT, LAST + len(COLUMNS) - 1), st.floats(-3, 3))
def test_one_changed_figure_never_passes_unseen(r: int, c: int, factor: float) -> None:
    grid = province()
    before = grid[r][c] or 0.0
    grid[r][c] = before * factor
    if abs(before * (factor - 1)) < 1.0:
        return
    try:
        table = read_sheet(sheet_of(grid), Choices())
    except SAMError as error:
        assert ADDRESS.search(str(error))
        return
    assert table.findings


@pytest.mark.parametrize(
    "spell",
    [
        lambda x: f"{x:,.6f}", lambda x: str(x).translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789."}),
        lambda x: f" {x!r} ", lambda x: f"({-x!r})" if x < 0 else repr(x), lambda x: "—" if x == 0 else x,
        lambda x: None if x == 0 else x, lambda x: repr(x).replace("-", "−"),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(spell: Callable[[float], object]) -> None:
    grid = province()
    for row in grid[TOP:]:
        row[LEFT:] = [spell(x) if isinstance(x, float) else x for x in row[LEFT:]]
    assert holds(read_sheet(sheet_of(grid), Choices(keep_gaps=True)))

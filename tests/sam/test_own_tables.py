"""A build may start from a folder of provincial workbooks; the command reads and reports workbooks of all kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from published import carried, inventory, province, sheet_of, write_xls, write_xlsx

from cgebase.errors import SAMError
from sam.choices import Choices as BuildChoices
from sam.construct.regional import read_published
from sam.construct.steps import Report
from sam.construct.tables import carried_tables, own_tables
from sam.formats.published import write_cells
from sam.formats.workbook import Choices, read_sheet
from sam.registry import PROVINCE_CODES, provinces


@pytest.mark.slow
def test_carried_tables_survive_the_way_through_workbooks(tmp_path: Path) -> None:
    for k, p in enumerate(provinces()):
        write_xls(tmp_path / f"{k + 1:02d}-{p.name_zh}.xls", carried(p.code, p.name_zh))
    own, _ = own_tables(tmp_path)
    want = carried_tables().set_index(["province_code", "row_code"])
    found = own.set_index(["province_code", "row_code"]).loc[want.index, list(want)]
    assert list(dict.fromkeys(own["province_code"])) == list(PROVINCE_CODES)
    printed = [r for r in want.index if r[1] not in ("TVA", "TI")]
    assert np.array_equal(found.isna(), want.isna())
    # the workbooks carry two decimals of 1e4 yuan
    assert np.nanmax(np.abs(found.loc[printed] - want.loc[printed])) <= 0.51e-6
    outputs = []
    for tables in (own, None):
        read = read_published(Report(), BuildChoices(), tables)
        outputs.append(read.use.sum(0) + sum(read.income.values()))
    assert np.allclose(*outputs, rtol=1e-5, atol=1e-3)


def test_every_fault_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    write_xls(tmp_path / "a.xls", province())
    write_xls(tmp_path / "b.xls", province(title="新疆2018年投入产出表"))
    write_xls(tmp_path / "c.xls", province(title="全国2017年投入产出表"))
    broken = province(title="北京2017年投入产出表")
    broken[10][10] = "#REF!"
    write_xls(tmp_path / "d.xls", broken)
    less = province(title="天津2017年投入产出表")
    for row in less:
        del row[-4]
    write_xls(tmp_path / "e.xls", [[x if k < 8 or not isinstance(x, float) else 0.0 for x in r]
                                   for k, r in enumerate(less)])  # fmt: skip
    (tmp_path / "readme.txt").write_text("not read")
    with pytest.raises(SAMError) as refused:
        own_tables(tmp_path)
    said = refused.value.args[0]
    for words in (
        "XJ stands in a.xls and in b.xls", "c.xls: a table of CN, expected of one province", "[d.xls]Sheet1!K11",
        "e.xls: the build needs IM", "no workbook for 29 provinces: BJ, HE", "tables of several years: 2017 (a.xls)",
    ):  # fmt: skip
        assert words in said, words
    assert said.code == "SAM180" and "缺少 29 个省份" in said.zh


def test_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SAMError, match="cannot be read"):
        own_tables(tmp_path / "absent")


def test_command_reports_and_writes_tidy_cells(tmp_path: Path, call: Any) -> None:
    grid = province()
    grid[50][57] += 1e6
    book, out = write_xlsx(tmp_path / "a.xlsx", {"Sheet1": grid}), tmp_path / "io.csv"
    code, said, _ = call("sam", "io", book, "--out", out)
    assert code == 0 and "a.xlsx: XJ, 2017, 42 sectors, unit 万元" in said and "SAM171 [a.xlsx]Sheet1!BF51" in said
    table = pd.read_csv(out, dtype={"row": str, "column": str})
    assert list(table) == ["table", "row", "column", "value"]
    want = read_sheet(sheet_of(province()), Choices()).cells()
    assert np.allclose(table["value"], want["value"], rtol=1e-12) and table["row"].tolist() == want["row"].tolist()
    code, _, said = call("sam", "io", book, "--out", out)
    assert code == 2 and "exists" in said
    code, said, _ = call("sam", "io", book, language="zh")
    assert code == 0 and "42 个部门，单位 万元" in said


def test_command_tells_the_faults_of_all_files_and_writes_nothing(tmp_path: Path, call: Any) -> None:
    good = write_xlsx(tmp_path / "a.xlsx", {"Sheet1": province()})
    bad = write_xlsx(tmp_path / "b.xlsx", {"Sheet1": province(unit=None)})
    worse, out = tmp_path / "c.xlsx", tmp_path / "io.csv"
    worse.write_bytes(b"PK\x03\x04 cut")
    code, told, said = call("sam", "io", good, bad, worse, "--out", out)
    assert code == 3 and "a.xlsx: XJ" in told and "[b.xlsx]Sheet1!A1: the sheet states no unit" in said
    assert "c.xlsx: not a whole Excel workbook" in said and not out.exists()
    assert call("sam", "io", bad, "--unit", "万元", "--out", out)[0] == 0 and out.exists()


def test_command_reads_an_inventory(tmp_path: Path, call: Any) -> None:
    book, out = write_xlsx(tmp_path / "i.xlsx", {"Xinjiang2019": inventory()}), tmp_path / "i.csv"
    code, said, _ = call("sam", "io", book, "--out", out)
    assert code == 0 and "i.xlsx: inventory of 1 region, 2019" in said
    assert list(pd.read_csv(out)) == ["region", "sector", "fuel", "mt"]
    both = write_xlsx(tmp_path / "t.xlsx", {"Sheet1": province()})
    code, _, said = call("sam", "io", book, both, "--out", tmp_path / "x.csv")
    assert code == 3 and "do not go into one CSV" in said and not (tmp_path / "x.csv").exists()


def test_build_refuses_a_folder_with_faults(tmp_path: Path, call: Any) -> None:
    out = tmp_path / "out"
    code, _, said = call("sam", "build", "--io-tables", tmp_path, "--out", out)
    assert code == 3 and "no workbook for 31 provinces" in said and not out.exists()


def test_cells_of_nothing_else_are_written(tmp_path: Path) -> None:
    t = read_sheet(sheet_of(province()), Choices())
    write_cells([t, t], tmp_path / "x.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]

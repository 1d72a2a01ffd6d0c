"""Inventories of CEADs: read by labels, checked against their totals, refused with addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from published import Grid, inventory, write_xlsx

from cgebase.errors import SAMError
from sam.formats.inventory import read_inventory

ROW, COLUMN = 10, 3


def test_inventory_is_read_whole(tmp_path: Path) -> None:
    book = {"NOTE": [["Content", "x"]], "Xinjiang2019": inventory(1), "InnerMongolia2019": inventory(2)}
    found = read_inventory(write_xlsx(tmp_path / "inv.xlsx", book))
    assert found.year == 2019 and set(found.cells["region"]) == {"XJ", "NM"} and not found.findings
    assert list(found.cells) == ["region", "sector", "fuel", "mt"]
    own = found.cells[found.cells["region"] == "XJ"]
    assert own["mt"].sum() == pytest.approx(inventory(1)[3][-1])
    cell = own[(own["sector"] == "Coal Mining and Dressing") & (own["fuel"] == "Raw Coal")]["mt"]
    assert cell.sum() == pytest.approx(inventory(1)[5][1])
    assert found.places["XJ"] == "[inv.xlsx]Xinjiang2019!A1:W51"
    (note,) = found.notes
    assert note.code == "SAM178" and "XZ" in note and "XJ" not in note


@pytest.mark.parametrize(("unit", "scale"), [("Mt CO2", 1.0), ("万吨", 1e-2), ("kt CO2", 1e-3), ("t", 1e-6)])
def test_unit_row_is_converted(unit: str, scale: float, tmp_path: Path) -> None:
    grid = inventory()
    grid[1] = ["unit"] + [unit] * (len(grid[0]) - 1)
    found = read_inventory(write_xlsx(tmp_path / "inv.xlsx", {"Xinjiang2019": grid}))
    assert found.cells["mt"].sum() == pytest.approx(grid[3][-1] * scale)


def test_national_workbook_of_several_years(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "China_1997-2019.xlsx", {"1997": inventory(1), "2019": inventory(2)})
    with pytest.raises(SAMError, match="several years: 1997, 2019; choose one with --year"):
        read_inventory(path)
    found = read_inventory(path, year=1997)
    assert set(found.cells["region"]) == {"CN"} and found.cells["mt"].sum() == pytest.approx(inventory(1)[3][-1])
    with pytest.raises(SAMError, match="no sheet of 2001"):
        read_inventory(path, year=2001)


def put(r: int, c: int, value: object) -> Callable[[Grid], object]:
    return lambda g: g[r].__setitem__(c, value)


BROKEN: dict[str, tuple[Callable[[Grid], object], str]] = {
    **{f"{x!r} in a cell": (put(ROW, COLUMN, x), "Xinjiang2019!D11") for x in ("#REF!", "…", "1,2", "x", True)},
    "ten times": (put(ROW, COLUMN, 1e3), "Scope 1 Total = sum of fuels"),
    "total off": (put(3, COLUMN, 1e3), "Total = sum of sectors"),
    "grand total off": (put(3, 22, 1e5), "grand total"),
    "fuel misspelt": (put(0, COLUMN, "Other_Washd_Coal"), "did you mean 'Other Washed Coal'"),
    "fuel twice": (put(0, COLUMN, "Coke"), "Xinjiang2019!F1: label 'Coke' stands twice, first at"),
    "sector misspelt": (put(ROW, 0, "Other Mineral Mining and Dresing"), "did you mean 'Other Minerals Mining"),
    "sector twice": (put(ROW, 0, "Construction"), "stands twice"),
    "sector gone": (lambda g: g.pop(ROW), "lacks Other Minerals Mining and Dressing"),
    "fuel gone": (lambda g: [row.pop(COLUMN) for row in g], "lacks Other Washed Coal"),
    "no total row": (lambda g: g.pop(3), "lacks Total"),
    "no total column": (lambda g: [row.pop() for row in g], "lacks Scope 1 Total"),
    "no unit": (lambda g: g.pop(1), "states no unit"),
    "odd unit": (put(1, COLUMN, "斤"), "unit in '斤' is not known"),
    "two units": (put(1, COLUMN, "万吨"), "several units"),
    "label gone": (put(ROW, 0, None), "Xinjiang2019!A11: numbers without a label"),
    "head gone": (put(0, COLUMN, None), "Xinjiang2019!D1: numbers without a label"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_broken_inventory_is_refused_with_its_address(name: str, tmp_path: Path) -> None:
    grid = inventory()
    change, words = BROKEN[name]
    change(grid)
    with pytest.raises(SAMError) as refused:
        read_inventory(write_xlsx(tmp_path / "inv.xlsx", {"Xinjiang2019": grid}))
    assert words in str(refused.value) and re.search(r"\[inv.xlsx\]Xinjiang2019![A-Z]+\d", str(refused.value))
    assert refused.value.args[0].code.startswith("SAM1")


def test_sheets_that_are_hidden_misnamed_or_twice(tmp_path: Path) -> None:
    path = tmp_path / "inv.xlsx"
    with pytest.raises(SAMError, match=r"Xinjiang2019!A1: a hidden sheet holds an inventory"):
        read_inventory(write_xlsx(path, {"Hebei2019": inventory(), "Xinjiang2019": inventory()}, ("Xinjiang2019",)))
    with pytest.raises(SAMError, match=r"sheet 'Xinjang2019' is no province; did you mean 'Xinjiang'"):
        read_inventory(write_xlsx(path, {"Xinjang2019": inventory()}))
    with pytest.raises(SAMError, match="label XJ stands twice|label 'XJ' stands twice"):
        read_inventory(write_xlsx(path, {"Xinjiang2019": inventory(), "新疆2019": inventory()}))
    with pytest.raises(SAMError, match="no sheet holds an inventory"):
        read_inventory(write_xlsx(path, {"NOTE": [["a"]]}))


def test_emissions_beside_scope_1_are_told(tmp_path: Path) -> None:
    grid = inventory()
    grid[ROW][18] = 3.0
    less = grid[ROW][2] + 0.5
    for r, c in ((ROW, 2), (ROW, 22), (3, 2), (3, 22)):
        grid[r][c] -= less
    found = read_inventory(write_xlsx(tmp_path / "inv.xlsx", {"Xinjiang2019": grid}))
    assert [m.code for m in found.findings] == ["SAM176", "SAM176"]
    assert "!C11: emissions -0.5 mt are negative" in found.findings[0] and "!S1: 3 mt outside" in found.findings[1]
    assert found.cells["mt"].sum() == pytest.approx(inventory()[3][-1] - less)

"""Synthetic workbooks in the layouts of the National Bureau of Statistics, the provinces and CEADs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import xlwt

from sam.construct.tables import FINAL, FLOWS, TRADE, carried_tables
from sam.formats.iolabels import nbs42
from sam.formats.sheets import Sheet
from sam.tables import read_mapping

Grid = list[list[Any]]
NAMES = [names[0] for names in nbs42().values()]
CODES = list(nbs42())
SECTORS = 42
TOP, LEFT = 8, 3
COLUMNS = ["TIU", "FU101", "FU102", "THC", "FU103", "TC", "FU201", "FU202", "GCF", "EX", "OF", "TFU", "IM", "IF",
           "ERR", "GO"]  # fmt: skip
PARTS = ["VA001", "VA002", "VA003", "VA004"]


def accounts(seed: int = 1, n: int = SECTORS) -> dict[str, np.ndarray]:
    """Blocks of a table that meets every identity, in 1e4 yuan."""
    draw = np.random.default_rng(seed)
    z = draw.uniform(1e3, 1e6, (n, n)) * (draw.random((n, n)) < 0.8)
    f = {k: draw.uniform(1e4, 1e6, n) for k in ("FU101", "FU102", "FU103", "FU201", "EX", "OF", "IM", "IF")}
    f["FU202"], f["ERR"] = draw.normal(0, 1e4, n), draw.normal(0, 1e3, n)
    f["OF"] = f["OF"] + z.sum(0) + f["IM"] + f["IF"]
    f["TIU"] = z.sum(1)
    f["THC"] = f["FU101"] + f["FU102"]
    f["TC"], f["GCF"] = f["THC"] + f["FU103"], f["FU201"] + f["FU202"]
    f["TFU"] = f["TC"] + f["GCF"] + f["EX"] + f["OF"]
    f["GO"] = f["TIU"] + f["TFU"] - f["IM"] - f["IF"] + f["ERR"]
    added = f["GO"] - z.sum(0)
    parts = np.array([0.45, 0.1, 0.15, 0.3])[:, None] * added
    return {"z": z, "va": parts, **f}


def province(seed: int = 1, *, title: str = "新疆2017年投入产出表", unit: str | None = "单位：万元") -> Grid:
    """A provincial table as published, with drawn figures."""
    return laid_out(accounts(seed), title, unit)


def carried(code: str, name: str) -> Grid:
    """The carried table of a province as it would be published, in 1e4 yuan to two decimals."""
    table = carried_tables()
    own = table[table["province_code"] == code].set_index("row_code").fillna(0.0).drop(columns="province_code") * 1e4
    own = own.round(2)
    columns = [f"s{c}" for c in CODES]
    top = own.loc[CODES]
    named = FINAL | dict(zip(TRADE, FLOWS, strict=True)) | {"GO": "gross_output"}
    a = {key: top[word].to_numpy() for key, word in named.items()}
    a |= {"z": top[columns].to_numpy(), "va": own.loc[PARTS, columns].to_numpy()}
    a["TIU"], a["THC"] = a["z"].sum(1), a["FU101"] + a["FU102"]
    a["TC"], a["GCF"] = a["THC"] + a["FU103"], a["FU201"] + a["FU202"]
    a["TFU"] = a["TC"] + a["GCF"] + a["EX"] + a["OF"]
    return laid_out(a, f"{name}2017年投入产出表", "单位：万元")


def laid_out(a: dict[str, np.ndarray], title: str, unit: str | None) -> Grid:
    """A provincial table as published: three title rows, four of merged headings, one of codes."""
    n = SECTORS
    width = LEFT + n + len(COLUMNS)
    grid: Grid = [[None] * width for _ in range(TOP + n + 7)]
    grid[0][0], grid[1][0], grid[2][0] = title, "（按当年生产者价格计算）", unit
    grid[3][2], grid[3][LEFT], grid[3][LEFT + n + 1] = "代码", "中    间    使    用", "最  终  使  用"
    last = LEFT + n
    for k, name in enumerate(NAMES):
        grid[4][LEFT + k] = name[:3] + "\n" + name[3:]
    for key, row, text in (
        ("TIU", 4, "中间使用\n合    计"), ("FU101", 4, "最终消费"), ("FU101", 5, "居民消费"),
        ("FU101", 6, "农村居民消费"), ("FU102", 6, "城镇居民消费"), ("THC", 6, "小  计"), ("FU103", 5, "政府消费"),
        ("TC", 5, "合  计"), ("FU201", 4, "资本形成总额"), ("FU201", 5, "固定资本\n形成总额"),
        ("FU202", 5, "存货变动"), ("GCF", 5, "合  计"), ("EX", 4, "出  口"), ("OF", 4, "国内省外\n流    出"),
        ("TFU", 4, "最终使用\n合    计"), ("IM", 3, "进  口"), ("IF", 3, "国内省外\n流    入"), ("ERR", 3, "其  他"),
        ("GO", 3, "总产出"),
    ):  # fmt: skip
        grid[row][last + COLUMNS.index(key)] = text
    grid[7][0], grid[7][2] = "代码", "-"
    grid[7][LEFT:] = [*CODES, *COLUMNS]
    for i in range(n):
        grid[TOP + i][1:] = [NAMES[i], CODES[i], *a["z"][i].tolist(), *(float(a[k][i]) for k in COLUMNS)]
    grid[TOP][0] = "中    间    投    入"
    total = TOP + n
    grid[total][1:3] = ["中间投入合计", "TII"]
    for c in range(LEFT, width):
        grid[total][c] = float(sum(grid[TOP + i][c] for i in range(n)))
    grid[total + 1][0] = "增 加 值"
    for k, (name, code) in enumerate(zip(("劳动者报酬", "生产税净额", "固定资产折旧", "营业盈余"), PARTS, strict=True)):
        row = a["va"][k]
        grid[total + 1 + k][1 : last + 1] = [name, code, *row.tolist(), float(row.sum())]
    added = a["va"].sum(0)
    grid[total + 5][1 : last + 1] = ["增加值合计", "TVA", *added.tolist(), float(added.sum())]
    grid[total + 6][0], grid[total + 6][2] = "总  投  入", "TI"
    grid[total + 6][LEFT : last + 1] = [*a["GO"].tolist(), float(a["GO"].sum())]
    return grid


MRIO_REGIONS = ("北京", "内蒙古", "新疆")
MRIO_SECTORS = ("农业", "工业")


def mrio(seed: int = 2, regions: tuple[str, ...] = MRIO_REGIONS) -> Grid:
    """A multi-regional table as CEADs lays it out: two sectors, own error column, checks outside the table."""
    draw = np.random.default_rng(seed)
    r, s = len(regions), len(MRIO_SECTORS)
    n, final = r * s, ["FU101", "FU102", "FU103", "FU201", "FU202"]
    words = ["Rural household consumption", "Urban household consumption", "Government consumption",
             "Fixed capital formation", "Changes in inventories"]  # fmt: skip
    z, y = draw.uniform(1, 100, (n, n)), draw.uniform(1, 50, (n, r * 5))
    ex = draw.uniform(400, 900, n)
    im = draw.uniform(1, 20, n)
    output = z.sum(1) + y.sum(1) + ex
    added = output - z.sum(0) - im
    width = 3 + n + 1 + r * 5 + 6
    grid: Grid = [[None] * width for _ in range(4 + n + 9)]
    grid[0][0], grid[2][0] = "China MRIO 2017", "Unit: 10,000 yuan"
    for j in range(n):
        grid[2][3 + j], grid[3][3 + j] = MRIO_SECTORS[j % s], f"{j % s + 1:02d}"
        if j % s == 0:
            grid[1][3 + j] = regions[j // s]
            grid[4 + j][0] = regions[j // s]
    grid[2][3 + n] = "Total intermediate use"
    at = 4 + n
    for j in range(r * 5):
        if j % 5 == 0:
            grid[1][at + j] = regions[j // 5]
        grid[2][at + j], grid[3][at + j] = words[j % 5], final[j % 5]
    end = at + r * 5
    for k, (word, code) in enumerate(
        (("Export", "EX"), ("Total Final Use", "TFU"), ("Errors", "ERR"), ("Gross Output", "GO"),
         ("Proportion of errors in gross output", None), ("Gross Output Check", None))
    ):  # fmt: skip
        grid[2][end + k], grid[3][end + k] = word, code
    for i in range(n):
        line = [*z[i], z[i].sum(), *y[i], ex[i], y[i].sum() + ex[i], 0.0, output[i], 0.0, output[i]]
        grid[4 + i][1:] = [MRIO_SECTORS[i % s], f"{i % s + 1:02d}", *map(float, line)]
    parts = np.array([0.4, 0.1, 0.2, 0.3])[:, None] * added
    below = [("Imports", "IM", im), ("Total Intermediate Input", "TII", z.sum(0) + im),
             ("Compensation of employees", "VA001", parts[0]), ("Net taxes on production", "VA002", parts[1]),
             ("Depreciation of fixed capital", "VA003", parts[2]), ("Operating surplus", "VA004", parts[3]),
             ("Total Value Added", "TVA", added), ("Total Input", "TI", output), ("CO2 (Mt)", None, im)]  # fmt: skip
    for k, (word, code, values) in enumerate(below):
        grid[4 + n + k][1 : 3 + n] = [word, code, *map(float, values)]
    return grid


def inventory(seed: int = 3) -> Grid:
    """A provincial sheet of a CEADs inventory."""
    draw = np.random.default_rng(seed)
    fuels = [x.replace(" ", "_") for x in read_mapping("ceads_fuels")["label"]]
    sectors = list(read_mapping("ceads_sectors")["label"])
    values = draw.uniform(0, 5, (len(sectors), len(fuels))) * (draw.random((len(sectors), len(fuels))) < 0.5)
    head = ["Emission_Inventory", *fuels[:-1], "Scope_2_Heat", "Scope_2_Electricity", "Other_Energy", fuels[-1],
            "Scope_1_Total"]  # fmt: skip

    def line(row: np.ndarray) -> list[Any]:
        return [*map(float, row[:-1]), 0.0, 0.0, 0.0, float(row[-1]), float(row.sum())]

    body = [[name, *line(row)] for name, row in zip(sectors, values, strict=True)]
    return [head, ["unit"] + ["Mt CO2"] * (len(head) - 1), [None] * len(head), ["TotalEmissions", *line(values.sum(0))],
            *body]  # fmt: skip


def sheet_of(grid: Grid, file: str = "31-新疆.xlsx", name: str = "Sheet1", *, hidden: bool = False) -> Sheet:
    """The grid as a sheet that was read."""
    width = max(map(len, grid), default=0)
    return Sheet(file, name, hidden, tuple((*row, *[None] * (width - len(row))) for row in grid))


def write_xlsx(path: Path, sheets: dict[str, Grid], hidden: tuple[str, ...] = ()) -> Path:
    """Write grids as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, grid in sheets.items():
        page = book.create_sheet(name)
        for row in grid:
            page.append(row)
        page.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


def write_xls(path: Path, grid: Grid) -> Path:
    """Write a grid as an old workbook."""
    book = xlwt.Workbook()
    page = book.add_sheet("Sheet1")
    for r, row in enumerate(grid):
        for c, value in enumerate(row):
            if value is not None:
                page.write(r, c, value)
    book.save(str(path))
    return path

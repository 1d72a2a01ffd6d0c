"""Draws the second economy that ships with the package: three isles, six sectors, invented from a handful of numbers.

``python tests/helpers/isles.py`` writes ``sam/data/isles`` anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sam.folder import MANIFEST, PATHS, write_folder

FOLDER = Path(__file__).parents[2] / "sam" / "data" / "isles"
ISLES, SECTORS = ("N", "E", "S"), ("food", "coal", "steel", "goods", "power", "serv")
FINAL = {
    "C": [[60, 0.0, 0, 80, 8, 150], [40, 0.0, 0, 60, 6, 110], [30, 0.5, 0, 30, 3, 60]],
    "G": [[0, 0, 0, 4, 1, 55], [0, 0, 0, 3, 1, 40], [0, 0, 0, 2, 1, 28]],
    "I": [[0, 0, 0, 70, 0, 45], [0, 0, 0, 45, 0, 30], [0, 0, 0, 25, 0, 18]],
}  # fmt: skip
"""What households, government and investment buy, isles by sectors."""
EXPORTS = [[5, 0, 10, 40, 0, 10], [2, 0, 20, 10, 0, 6], [4, 9, 2, 2, 0, 2]]
INPUTS = np.array([
    [0.15, 0, 0, 0.04, 0, 0.02], [0.0, 0.03, 0.12, 0.005, 0.35, 0.0], [0.0, 0.02, 0.15, 0.10, 0.01, 0.01],
    [0.10, 0.12, 0.12, 0.30, 0.08, 0.08], [0.01, 0.04, 0.06, 0.02, 0.05, 0.015], [0.10, 0.10, 0.12, 0.15, 0.12, 0.20],
])  # fmt: skip
"""Purchases per output, goods by users."""
TAX, DUTY, INCOME_TAX = 0.04, 0.05, 0.10
"""Of output, of imports, of income."""
LABOUR = np.array([0.6, 0.4, 0.5, 0.55, 0.3, 0.65])
RESOURCE = np.array([0.10, 0.25, 0, 0, 0, 0])
"""Shares in value added."""
IMPORTED = np.array([0.05, 0, 0.10, 0.20, 0, 0.04])
AT_HOME = np.array([0.7, 0.1, 0.5, 0.5, 1.0, 0.9])
WEIGHT = np.array([[1, 1, 1], [0.1, 0.2, 1], [0.8, 1, 0.1], [1, 0.6, 0.3], [1, 1, 1], [1, 0.7, 0.4]])
"""Where purchases at home that are not of the isle itself come from, sectors by isles."""
TONNES = 2.5
"""Mt of CO2 in 1e9 ILD of coal."""
PROCESS = {"steel": 0.15, "goods": 0.005}
"""Mt of CO2 of processes per 1e9 ILD of output."""
STUDY = """
schema = 1
id = "trial"
title = { en = "Trial", zh = "试验" }
[base]
sam = "SAM"
[time]
years = [2020, 2030]
[[scenario]]
id = "baseline"
label = { en = "Baseline", zh = "基准" }
[[scenario]]
id = "cap"
label = { en = "Cap", zh = "上限" }
"""
"""A baseline and a cap whose keys follow; SAM stands for the folder."""
PEOPLE = {"N": 310.0, "E": 240.0, "S": 150.0}


def tables(nations: Mapping[str, str] | None = None, *, closed: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The SAM in 1e9 ILD, and emissions in Mt.

    Parameters
    ----------
    nations : mapping of str to str, optional
        Country of every isle; one where it is left out.
    closed : bool
        Nothing is traded with the rest of the world.
    """
    n, m = len(ISLES), len(SECTORS)
    final = {k: np.array(v, float).T for k, v in FINAL.items()}
    abroad, imports = np.array(EXPORTS, float).T * (not closed), IMPORTED * (not closed)
    shares = np.zeros((m, n, n))
    for c in range(m):
        for d in range(n):
            others = np.where(np.arange(n) == d, 0.0, WEIGHT[c])
            shares[c, :, d] = (1 - AT_HOME[c]) * others / others.sum() + AT_HOME[c] * (np.arange(n) == d)
    local = shares * (1 - imports[:, None, None])
    # output = what the isles buy of it at home, their own inputs included, and exports
    system = np.eye(m * n)
    for c in range(m):
        for o in range(n):
            for d in range(n):
                system[c * n + o, np.arange(m) * n + d] -= local[c, o, d] * INPUTS[c]
    wanted = np.einsum("cod,cd->co", local, sum(final.values())) + abroad
    output = np.linalg.solve(system, wanted.ravel()).reshape(m, n)
    used = np.einsum("ca,ar->cr", INPUTS, output) + sum(final.values())
    cells: list[tuple[str, str, float]] = []
    emitted: list[tuple[str, str, str, float]] = []
    short: dict[str, float] = {}
    for r, isle in enumerate(ISLES):
        pool, saving = (f"{name}:{nations[isle]}" if nations else name for name in ("pool:capital", "sav"))
        income = tax = spent = 0.0
        for a, sector in enumerate(SECTORS):
            made, here = output[a, r], f"act:{sector}:{isle}"
            cells.append((here, f"com:{sector}:{isle}", made))
            cells += [(f"com:{k}:{isle}", here, INPUTS[c, a] * made) for c, k in enumerate(SECTORS)]
            added = made * (1 - INPUTS[:, a].sum() - TAX)
            parts = {"labour": LABOUR[a], "resource": RESOURCE[a], "capital": 1 - LABOUR[a] - RESOURCE[a]}
            cells += [(f"fac:{f}:{isle}", here, part * added) for f, part in parts.items()]
            cells.append((f"tax:production:{isle}", here, TAX * made))
            imported = imports[a] * used[a, r]
            cells += [("row", f"com:{sector}:{isle}", imported / (1 + DUTY)),
                      (f"tax:import:{isle}", f"com:{sector}:{isle}", imported * DUTY / (1 + DUTY)),
                      (f"com:{sector}:{isle}", "row", abroad[a, r])]  # fmt: skip
            cells += [(f"com:{sector}:{o}", f"com:{sector}:{isle}", local[a, k, r] * used[a, r])
                      for k, o in enumerate(ISLES) if k != r]  # fmt: skip
            cells += [(f"com:{sector}:{isle}", f"hh:homes:{isle}", final["C"][a, r]),
                      (f"com:{sector}:{isle}", f"gov:{isle}", final["G"][a, r]),
                      (f"com:{sector}:{isle}", f"inv:{isle}", final["I"][a, r])]  # fmt: skip
            income += added
            tax += TAX * made + imported * DUTY / (1 + DUTY)
            spent += final["C"][a, r]
            burnt = INPUTS[1, a] * made * TONNES
            if sector != "coal" and burnt > 0:
                emitted.append((isle, sector, "coal", burnt))
            if sector in PROCESS:
                emitted.append((isle, sector, "process", PROCESS[sector] * made))
        if final["C"][1, r] > 0:
            emitted.append((isle, "hh:homes", "coal", final["C"][1, r] * TONNES))
        paid = {f: sum(v for i, j, v in cells if i == f"fac:{f}:{isle}") for f in ("labour", "resource", "capital")}
        owned = paid["capital"] + paid["resource"]
        cells += [(f"hh:homes:{isle}", f"fac:labour:{isle}", paid["labour"]),
                  (pool, f"fac:capital:{isle}", paid["capital"]), (pool, f"fac:resource:{isle}", paid["resource"]),
                  (f"hh:homes:{isle}", pool, owned)]  # fmt: skip
        direct, bought = INCOME_TAX * income, final["G"][:, r].sum()
        given = tax + direct - bought
        for kind in ("production", "import", "income"):
            revenue = direct if kind == "income" else sum(v for i, _, v in cells if i == f"tax:{kind}:{isle}")
            cells.append((f"gov:{isle}", f"tax:{kind}:{isle}", revenue))
        cells += [(f"tax:income:{isle}", f"hh:homes:{isle}", direct), (f"hh:homes:{isle}", f"gov:{isle}", given),
                  (saving, f"hh:homes:{isle}", income - direct + given - spent),
                  (f"inv:{isle}", saving, final["I"][:, r].sum())]  # fmt: skip
        short[saving] = short.get(saving, 0.0) + final["I"][:, r].sum() - (income - direct + given - spent)
    whole = sum(gap for gap in short.values() if gap > 0)
    for to, gap in short.items():
        if closed:
            cells += [(to, of, gap * -lent / whole) for of, lent in short.items() if gap > 0 > lent]
        else:
            cells.append((to, "row", gap) if gap > 0 else ("row", to, -gap))
    sam = pd.DataFrame(cells, columns=["row", "column", "value"])
    sam = sam[sam["value"] != 0].reset_index(drop=True)
    return sam, pd.DataFrame(emitted, columns=["region", "user", "carrier", "mt"])


MANIFEST_TEXT = """\
# Drawn by this project, no country's: `python tests/helpers/isles.py` writes the folder.
schema = 1
code = "isles"
title = { en = "Three isles (drawn)", zh = "三岛（虚构）" }
year = 2020
last_year = 2050
unit = "1e9 ILD"
sources = ["drawn by this project; no country has these accounts"]

[currency]
cny = 1.0
source = "drawn: a dollar of the isles is worth one CNY of 2021"

[growth]
gdp = 0.02
emissions = 0.005
labour = 0.003

[regions.N]
en = "North Isle"
zh = "北岛"

[regions.E]
en = "East Isle"
zh = "东岛"

[regions.S]
en = "South Isle"
zh = "南岛"

[households.homes]
en = "households"
zh = "居民"

[sectors.food]
en = "Farming and food"
zh = "农业与食品"
like = "agr"

[sectors.coal]
en = "Coal"
zh = "煤炭"
like = "coa"

[sectors.steel]
en = "Steel"
zh = "钢铁"
like = "irs"

[sectors.goods]
en = "Other goods"
zh = "其他工业品"
like = "mac"

[sectors.power]
en = "Electricity"
zh = "电力"
like = "ely"

[sectors.serv]
en = "Services"
zh = "服务业"
like = "bus"
"""


def write(folder: Path, nations: Mapping[str, str] | None = None, *, closed: bool = False) -> None:
    """Write a folder of the isles: of one country, or of those of ``nations``."""
    sam, emissions = tables(nations, closed=closed)
    people = pd.DataFrame(
        [("population", r, 2020, v, "1e4 persons", "drawn by this project") for r, v in PEOPLE.items()],
        columns=["item", "region", "year", "value", "unit", "source"],
    )
    text = MANIFEST_TEXT
    for isle, country in (nations or {}).items():
        text = text.replace(f"[regions.{isle}]\n", f'[regions.{isle}]\ncountry = "{country}"\n')
    for country in sorted(set((nations or {}).values()) - set(ISLES)):
        text += f'\n[countries.{country}]\nen = "Country {country}"\nzh = "{country} 国"\n'
    write_folder(folder, {MANIFEST: text, "sam.csv": sam, "emissions.csv": emissions, PATHS: people})


if __name__ == "__main__":
    write(FOLDER)

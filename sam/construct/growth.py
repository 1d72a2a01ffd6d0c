"""Step 4: from the value added of 2017 to that of 2021, by industry, physical output and the national table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import listed, message
from sam.choices import Choices
from sam.classification import NBS42
from sam.construct.steps import Report
from sam.controls import INDUSTRIES, provincial_gdp
from sam.registry import PROVINCE_CODES
from sam.tables import TABLES, read_table

FITTING_ROUNDS = 300
#: Products whose growth stands for a sector: product and price that adds several up, 1e8 yuan per unit.
PRODUCTS = {
    "03": {"crude_oil": 0.3, "natural_gas": 1.6}, "13": {"cement": 1.0}, "14": {"crude_steel": 1.0},
    "18": {"motor_vehicles": 1.0},
}  # fmt: skip
FASTEST = 2.0
"""A province's output grows at most by this factor more or less than the nation's."""


def growth_to_2021(added: Array, choices: Choices, report: Report) -> Array:
    """Factor per sector and province that puts the nine industries on their 2021 value added.

    With structure ``2020``, sectors inside an industry follow the provincial growth of their output where it is
    known, and add up to the national table of 2020.

    Parameters
    ----------
    added : ndarray (sector, province)
        Value added of 2017, 1e8 yuan.
    """
    accounts = read_table("gdp_industry_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    listed = accounts[list(INDUSTRIES)].to_numpy(float)
    gdp = provincial_gdp(choices).to_numpy(float)
    listed = listed * (gdp / listed.sum(1))[:, None]
    out = np.ones_like(added)
    moved = added * output_growth(report) if choices.structure == "2020" else added
    for k, sectors in enumerate(INDUSTRIES.values()):
        rows = [NBS42.index(s) for s in sectors]
        out[rows] = (listed[:, k] / added[rows].sum(0))[None]
        if choices.structure == "2020" and len(rows) > 1:
            wanted = national_value_added().to_numpy()[rows]
            new = fitted(moved[rows], wanted * listed[:, k].sum() / wanted.sum(), listed[:, k])
            out[rows] = np.divide(new, added[rows], out=np.ones_like(new), where=added[rows] > 0)
    return out


def output_growth(report: Report) -> Array:
    """Growth of physical output over that of the nation, 2017 to 2021, (sector, province); 1 where unknown."""
    weight = read_table("build_assumptions").query("parameter == 'output_weight'").set_index("item")["value"]
    years = [
        read_table(f"physical_output_{y}").pivot(index="province_code", columns="product", values="value")
        .reindex(list(PROVINCE_CODES)).fillna(0.0)
        for y in (2017, 2021)
    ]  # fmt: skip
    out = np.ones((len(NBS42), len(PROVINCE_CODES)))
    for nbs, products in PRODUCTS.items():
        old, new = (sum(t[k].to_numpy(float) * price for k, price in products.items()) for t in years)
        national = new.sum() / old.sum()
        known = (old > 0) & (new > 0)
        ratio = np.divide(new, old * national, out=np.ones_like(old), where=known)
        out[NBS42.index(nbs)] = np.clip(ratio, 1 / FASTEST, FASTEST) ** float(weight[nbs])
        place = int(np.argmax(np.abs(np.log(out[NBS42.index(nbs)]))))
        report.note(
            "4", message("built.output", sector=nbs, products=listed(products), national=national,
                         factor=out[NBS42.index(nbs), place], region=PROVINCE_CODES[place]),
            cells=int(known.sum()),
        )  # fmt: skip
    return out


def national_value_added() -> pd.Series:
    """Value added by sector in the national table of 2020, 1e8 yuan."""
    t = pd.read_csv(TABLES / "io_national_2020.csv.gz", dtype={"row_code": str}).set_index("row_code")
    return t.loc["TVA", [f"s{k}" for k in NBS42]].astype(float)


def fitted(prior: Array, rows: Array, columns: Array) -> Array:
    """Biproportional fit to national sectors (rows) and provincial industries (columns), columns exact."""
    table = prior.copy()
    for _ in range(FITTING_ROUNDS):
        table *= np.divide(rows, table.sum(1), out=np.ones_like(rows), where=table.sum(1) > 0)[:, None]
        table *= (columns / table.sum(0))[None]
    return table

"""A drawn world of 49 countries as pymrio saves it: ``python tests/benchmarks/world_table.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pymrio

COUNTRIES = 49
SECTORS = (
    "Agriculture", "Coal mining", "Crude oil", "Natural gas", "Other mining", "Food", "Textiles", "Wood and paper",
    "Refined petroleum", "Chemicals", "Cement and glass", "Iron and steel", "Machinery", "Other manufacturing",
    "Electricity", "Construction", "Trade", "Transport", "Business services", "Public services",
)  # fmt: skip
DEMAND = {
    "Final consumption expenditure by households": 0.55, "Final consumption expenditure by government": 0.20,
    "Gross fixed capital formation": 0.24, "Changes in inventories": 0.01,
}  # fmt: skip


def world() -> pymrio.IOSystem:
    """The table, its income rows and its CO2; every number is drawn."""
    rng, n, m = np.random.default_rng(5), COUNTRIES, len(SECTORS)
    size, home = np.exp(rng.normal(0, 1, n)) * 1e5, rng.uniform(0.7, 0.97, (n, m))

    def origins(buyer: int, good: int) -> np.ndarray:
        """Shares of countries in what one buys of a good, its own as drawn."""
        weight = size * np.exp(rng.normal(0, 0.7, n))
        weight[buyer] = 0.0
        weight *= (1 - home[buyer, good]) / weight.sum()
        weight[buyer] = home[buyer, good]
        return weight

    inputs = rng.dirichlet(np.full(m, 0.5), m).T * rng.uniform(0.35, 0.6, m)
    per_output, final = np.zeros((n, m, n, m)), np.zeros((n, m, n, len(DEMAND)))
    for buyer in range(n):
        for good in range(m):
            per_output[:, good, buyer] = origins(buyer, good)[:, None] * inputs[good]
        for k, part in enumerate(DEMAND.values()):
            wanted = rng.dirichlet(np.full(m, 0.6)) * part * size[buyer]
            for good in range(m):
                final[:, good, buyer, k] = origins(buyer, good) * wanted[good]
    per_output, final = per_output.reshape(n * m, n * m), final.reshape(n * m, n * len(DEMAND))
    output = np.linalg.solve(np.eye(n * m) - per_output, final.sum(1))
    flows = per_output * output
    codes = [f"R{k:02d}" for k in range(n)]
    rows = pd.MultiIndex.from_product([codes, SECTORS], names=["region", "sector"])
    columns = pd.MultiIndex.from_product([codes, DEMAND], names=["region", "category"])
    unit = pd.DataFrame({"unit": ["M USD"] * len(rows)}, index=rows)
    table = pymrio.IOSystem(Z=pd.DataFrame(flows, rows, rows), Y=pd.DataFrame(final, rows, columns), unit=unit)
    added = output - flows.sum(0)
    paid = {"Compensation of employees": 0.55, "Gross operating surplus": 0.40, "Other net taxes on production": 0.05}
    income = pd.DataFrame([part * added for part in paid.values()], index=list(paid), columns=rows)
    carbon = pd.DataFrame([output * np.tile(rng.uniform(1e-5, 1e-3, m), n)], index=["CO2"], columns=rows)
    table.income = pymrio.Extension("income", F=income, unit=pd.DataFrame({"unit": ["M USD"] * 3}, income.index))
    table.carbon = pymrio.Extension("carbon", F=carbon, unit=pd.DataFrame({"unit": ["Mt"]}, carbon.index))
    return table


if __name__ == "__main__":
    world().save_all(Path(sys.argv[1]))

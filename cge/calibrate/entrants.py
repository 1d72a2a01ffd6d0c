"""Costs of activities in the base year, technologies that may enter included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgebase.arrays import Array
from sam.paths import entrants


@dataclass(frozen=True)
class Costs:
    """Output and what it is spent on, 1e8 CNY: (a, r), inputs (c, a, r)."""

    output: Array
    inputs: Array
    factors: dict[str, Array]
    tax: Array


def with_entrants(costs: Costs, activities: tuple[str, ...]) -> Costs:
    """Costs with a unit of every technology that may enter a province, at the national input structure.

    Inputs that no activity of the province buys are left out, so that every price in a cost exists.
    """
    out = Costs(
        costs.output.copy(), costs.inputs.copy(), {f: v.copy() for f, v in costs.factors.items()}, costs.tax.copy()
    )
    bought = costs.inputs.sum(1) > 0
    for k in (activities.index(g) for g in entrants() if g in activities):
        for j in np.flatnonzero(costs.output[k] <= 0):
            goods = np.where(bought[:, j], costs.inputs[:, k].sum(1), 0.0)
            factors = {f: v[k].sum() for f, v in costs.factors.items()}
            tax = costs.tax[k].sum()
            size = goods.sum() + sum(factors.values()) + tax
            if size <= 0:
                continue
            out.output[k, j], out.tax[k, j] = 1.0, tax / size
            out.inputs[:, k, j] = goods / size
            for f, v in factors.items():
                out.factors[f][k, j] = v / size
    return out

"""Electricity and the three industries after the base year: as observed to 2024, industries on a stated path to 2035.

Where the path ends nothing is stated. Between the years of a path lines are straight.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import listed, message
from sam.assumed import NONE, Given, nodes
from sam.classification import INDUSTRIES
from sam.groups import Members, by_region
from sam.observed import BASE, industries
from sam.paths import PathError
from sam.tables import read_table

SHARE = "industry_share"


def electricity_growth(years: Sequence[int], regions: Members) -> Array:
    """Electricity used over that of 2021, (t, r); 0 in years that are not observed."""
    used = read_table("electricity_2021_2024").pivot(index="year", columns="region", values="twh")
    table = by_region(used, regions)
    ratio = table / table.loc[BASE]
    return np.array([ratio.loc[y] if y in ratio.index else np.zeros(len(regions)) for y in years], float)


def industry_shares(years: Sequence[int], *, given: Given = NONE) -> Array:
    """Shares of primary and tertiary industry in value added of the nation, (t, i); 0 where none is stated.

    Raises
    ------
    PathError
        Shares that leave nothing for the secondary industry.
    """
    seen = {y: table.sum(axis=1) / table.to_numpy().sum() for y, table in industries().items()}
    ahead = pd.DataFrame({k: nodes(SHARE, k, given) for k in INDUSTRIES})
    table = pd.concat([pd.DataFrame(seen).T[list(INDUSTRIES)], ahead])
    full = table.index[table.sum(axis=1) >= 1]
    if len(full):
        raise PathError(message("SAM418", years=listed(full)))
    shares = np.array([np.interp(years, table.index, table[k]) for k in INDUSTRIES]).T
    return np.where(np.array(years)[:, None] <= table.index[-1], shares, 0.0)

"""Whether a table has the size of the region it is said to be of."""

from __future__ import annotations

import pandas as pd

from cgebase.messages import Message, message
from sam.tables import read_table

KNOWN = 2021
GROWTH = (1.0, 1.25)
"""Growth of nominal GDP a year that is beyond doubt, lowest and highest (assumption; China 1978 to 2021: 1.16)."""
ROOM = 6.0
"""Factor either way that is no mistake yet (assumption): units in use lie a hundredfold apart, China's GDP is 67 times
that of Xinjiang."""


def implausible(place: str, added: pd.DataFrame, year: int | None) -> tuple[list[Message], list[Message]]:
    """Regions whose value added is far above, and those where it is far below, what their GDP of 2021 allows.

    Parameters
    ----------
    added : DataFrame, items by (region, sector)
        Value added, 1e8 yuan.
    year : int or None
        Of the table; without it any year from 1980 on.

    Notes
    -----
    Far above is a unit that is stated wrongly, or a national table taken for a province; far below may be a table drawn
    for practice.
    """
    gdp = read_table("gdp_2021").set_index("region").iloc[:, 0].astype(float)
    sizes = added.sum().groupby(level=0, sort=False).sum()
    large, small = list[Message](), list[Message]()
    for region, found in sizes.items():
        known = float(gdp.sum() if region == "CN" else gdp.get(region, float("nan")))
        years = KNOWN - (year or 1980)
        ends = (known * GROWTH[0] ** -years, known * GROWTH[1] ** -years)
        low, high = min(ends) / ROOM, max(*ends, known if year is None else 0.0) * ROOM
        facts = {"place": place, "region": region, "found": float(found), "known": known}
        if found > high:
            large.append(message("SAM182", **facts))
        elif found < low:
            small.append(message("SAM182.small", **facts))
    return large, small

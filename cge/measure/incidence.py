"""Who bears a policy: welfare by household, its sources, and inequality between groups.

Groups are rural and urban households of every province. What a policy does to a group is the equivalent variation of
its Stone-Geary utility, split into what happens to its income and what happens to the prices it pays.
"""

from __future__ import annotations

import numpy as np

from cge.runs.periods import Period
from cgebase.arrays import Array


def equivalent_variation(base: Period, now: Period) -> tuple[Array, Array]:
    """Equivalent variation at baseline prices and baseline consumption, both (h, r), 1e8 CNY."""
    change = price_index(base, now)
    ev = now.values["SUPN"] / np.exp(change) - base.values["SUPN"]
    return ev, base.accounts["YC"]


def price_index(base: Period, now: Period) -> Array:
    """Change of the logarithm of the price of supernumerary consumption, (h, r)."""
    of = base.accounts
    before, after = (np.where(x.parameters["used"] > 0, x.values["PQ"], 1.0) for x in (base, now))
    goods = (of["BTG"] * np.log(after / before)[:, None, :]).sum(0)
    return np.asarray(goods + of["BTE"] * np.log(_service_price(now) / _service_price(base)))


def _service_price(period: Period) -> Array:
    """Price of the energy service of households, (h, r): what they have a taste for is not the energy itself."""
    return np.asarray(period.values["PHE"] / period.parameters["saveh"])


def sources(base: Period, now: Period) -> tuple[Array, Array]:
    """Equivalent variation by income and by prices, both (h, r), 1e8 CNY; they add up to it.

    Income: the change of consumption spending at baseline prices. Prices: the rest, which is what dearer goods take.
    """
    ev, _ = equivalent_variation(base, now)
    income = now.accounts["YC"] - base.accounts["YC"]
    return income, ev - income


def gini(per_head: Array, heads: Array) -> float:
    """Gini coefficient between groups that are equal inside.

    Parameters
    ----------
    per_head, heads : ndarray
        Consumption per head and persons of each group, any shape.
    """
    order = np.argsort(per_head.ravel())
    weight = heads.ravel()[order] / heads.sum()
    share = (per_head.ravel() * heads.ravel())[order]
    share = share / share.sum()
    below = np.cumsum(share) - share
    return float(1 - (weight * (2 * below + share)).sum())


def inequality(base: Period, now: Period, heads: Array) -> tuple[float, float]:
    """Gini between rural and urban households of all provinces, baseline and policy, by money-metric consumption."""
    ev, spend = equivalent_variation(base, now)
    return gini(spend / heads, heads), gini((spend + ev) / heads, heads)

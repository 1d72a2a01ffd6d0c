"""Real GDP against the baseline and its derivative by everything that it is made of."""

from __future__ import annotations

import numpy as np

from cge.measure.indicators import Basket, expenditure, fisher
from cge.runs.periods import Period
from cgebase.arrays import Array
from sam.registry import NATION

Seeds = dict[str, Array]
"""Derivatives of a number by variables and accounts of a period, by name."""


def gdp_change(base: Period, now: Period, region: int | None) -> float:
    """Change of real GDP of a province, or of the nation, per cent."""
    quantity, _, nation, _ = fisher(expenditure(base), expenditure(now))
    return float(100 * ((nation if region is None else quantity[region]) - 1))


def gdp_seeds(base: Period, now: Period, region: int | None) -> tuple[Seeds, Seeds]:
    """Derivatives of :func:`gdp_change` by the baseline period and by the policy period."""
    before, after = expenditure(base), expenditure(now)
    of = np.ones_like(before.quantity)
    if region is not None:
        of[:, [k for k in range(of.shape[1]) if k != region]] = 0.0
    change = gdp_change(base, now, region) / 100 + 1
    by_before, by_after = _fisher_by(before, after, of)
    scale = 100 * change
    return tuple(
        _scattered(period, Basket(scale * by.quantity, scale * by.price))
        for period, by in ((base, by_before), (now, by_after))
    )  # type: ignore[return-value]


def _fisher_by(before: Basket, after: Basket, of: Array) -> tuple[Basket, Basket]:
    """Derivatives of the logarithm of a Fisher index over the cells ``of``."""
    qb, pb, qn, pn = before.quantity, before.price, after.quantity, after.price

    def by(one: Array, other: Array) -> Array:
        return of * one / (of * one * other).sum()

    half = 0.5
    return (
        Basket(-half * (by(pb, qb) + by(pn, qb)), half * (by(qn, pb) - by(qb, pb))),
        Basket(half * (by(pb, qn) + by(pn, qn)), half * (by(qn, pn) - by(qb, pn))),
    )


def _scattered(period: Period, by: Basket) -> Seeds:
    """Derivatives by variables and accounts, from those by the rows of :func:`cge.measure.indicators.expenditure`."""
    v = period.values
    commodities, regions = v["PQ"].shape
    shapes = [("QH", "PHC", v["QH"].shape), ("QGV", "PQ", (commodities, regions)), ("INV", "PINV", (1, regions)),
              ("QE", "PEX", (commodities, regions)), ("QM", "EXR", (commodities, regions)),
              ("QD", "PX", (commodities, regions)), ("QD", "PX", (commodities * regions, regions))]  # fmt: skip
    edges = np.cumsum([0, *(int(np.prod(shape[:-1])) for _, _, shape in shapes)])
    parts = [(by.quantity[a:b], by.price[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    (hq, hp), (gq, gp), (iq, ip), (eq, ep), (mq, mp), (sq, sp), (bq, bp) = parts
    bought = (commodities, regions, regions)
    return {
        "QH": hq.reshape(v["QH"].shape), "PHC": hp.reshape(v["QH"].shape), "QGV": gq, "PQ": gp, "INV": iq[0],
        "PINV": ip[0], "QE": eq, "PEX": ep, "QM": -mq, "EXR": np.array(mp.sum()),
        "QD": sq[:, :, None] - bq.reshape(bought), "PX": sp + bp.reshape(bought).sum(2),
    }  # fmt: skip


def place(regions: tuple[str, ...], region: str) -> int | None:
    """Place of a province, None for the nation."""
    return None if region == NATION else regions.index(region)

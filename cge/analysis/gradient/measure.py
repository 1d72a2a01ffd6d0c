"""Numbers of a policy against its baseline, and their derivatives by everything that they are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cge.measure.incidence import equivalent_variation, price_index
from cge.measure.indicators import Basket, cumulative, expenditure, gdp_index
from cge.runs.periods import Period
from cgebase.arrays import Array
from sam.country import CHINA
from sam.registry import NATION

Seeds = dict[str, Array]
"""Derivatives of a number by variables and accounts of a period, by name."""
FISHER, AT_BASE_PRICES = "gdp_change_pct", "gdp_change_base_prices_pct"
WELFARE, SUMMED = "welfare_ev_pct", "gdp_cumulative_loss_pct"
NUMBERS = (FISHER, AT_BASE_PRICES, WELFARE, SUMMED)
"""Indicators that can be differentiated: of the last year, and the loss of all years together."""
STEP = 2e-4
"""Step, in logarithms, of the derivatives of a sum of years by its years; two sizes leave an error of fourth order."""


def number(name: str, baseline: Sequence[Period], run: Sequence[Period], region: int | None) -> float:
    """One of :data:`NUMBERS` of a province, or of the nation, per cent, as :mod:`cge.measure.indicators` reports it."""
    base, now = baseline[-1], run[-1]
    if name == FISHER:
        return gdp_change(base, now, region)
    if name == SUMMED:
        return _summed(_years(run), _logs(baseline, run, region))
    if name == WELFARE:
        ev, consumed = equivalent_variation(base, now)
        return float(100 * _of(ev, region).sum() / _of(consumed, region).sum())
    return 100 * (_gdp(now, region) / _gdp(base, region) - 1)


def seeds(
    name: str, baseline: Sequence[Period], run: Sequence[Period], region: int | None
) -> dict[int, tuple[Seeds, Seeds]]:  # fmt: skip
    """Derivatives of :func:`number` by the baseline period and by the policy period, by place of the year."""
    base, now, last = baseline[-1], run[-1], len(run) - 1
    if name == FISHER:
        return {last: gdp_seeds(base, now, region)}
    if name == SUMMED:
        return _summed_seeds(baseline, run, region)
    if name == WELFARE:
        return {last: _welfare_seeds(base, now, region)}
    of, before, after = _mask(base.values["GDPB"], region), _gdp(base, region), _gdp(now, region)
    return {last: ({"GDPB": -100 * after / before**2 * of}, {"GDPB": 100 / before * of})}


def _mask(like: Array, region: int | None) -> Array:
    """1 where the province is, the last dimension; everywhere for the nation."""
    out = np.ones_like(like)
    if region is not None:
        out[..., [k for k in range(out.shape[-1]) if k != region]] = 0.0
    return out


def _of(values: Array, region: int | None) -> Array:
    return values if region is None else values[..., region]


def _gdp(period: Period, region: int | None) -> float:
    return float(_of(period.values["GDPB"], region).sum())


def _years(run: Sequence[Period]) -> Array:
    return np.array([p.year for p in run])


def _logs(baseline: Sequence[Period], run: Sequence[Period], region: int | None) -> Array:
    """Logarithms of baseline GDP and of the Fisher index by year, (2, t)."""
    made = [_gdp(b, region) for b in baseline]
    index = [1 + gdp_change(b, n, region) / 100 for b, n in zip(baseline, run, strict=True)]
    return np.asarray(np.log([made, index]))


def _summed(years: Array, logs: Array) -> float:
    """Cumulative loss, per cent, from :func:`_logs`."""
    base = np.exp(logs[0])[:, None]
    return float(100 * cumulative(years, base, base * np.exp(logs[1])[:, None], 0.0, CHINA.begin)[0])


def _summed_seeds(
    baseline: Sequence[Period], run: Sequence[Period], region: int | None
) -> dict[int, tuple[Seeds, Seeds]]:  # fmt: skip
    years, of = _years(run), _mask(baseline[0].values["GDPB"], region)
    logs = _logs(baseline, run, region)

    def by(row: int, t: int) -> float:
        way = np.zeros(logs.shape)
        way[row, t] = STEP
        whole, half = ((_summed(years, logs + k * way) - _summed(years, logs - k * way)) / (2 * k * STEP)
                       for k in (1.0, 0.5))  # fmt: skip
        return (4 * half - whole) / 3

    out = {}
    for t, (base, now) in enumerate(zip(baseline, run, strict=True)):
        before, after = gdp_seeds(base, now, region) if t else ({}, {})
        part = by(1, t) / (100 * np.exp(logs[1, t])) if t else 0.0
        of_base: Seeds = {n: part * x for n, x in before.items()}
        out[t] = (of_base | {"GDPB": by(0, t) / _gdp(base, region) * of}, {n: part * x for n, x in after.items()})
    return out


def _welfare_seeds(base: Period, now: Period, region: int | None) -> tuple[Seeds, Seeds]:
    """Derivatives of the equivalent variation over baseline consumption."""
    ev, spent = equivalent_variation(base, now)
    of, whole = _mask(spent, region), _of(spent, region).sum()
    share, deflated = 100 / whole, np.exp(-price_index(base, now))
    by_change = -share * of * now.values["SUPN"] * deflated
    goods, energy = base.accounts["BTG"], base.accounts["BTE"]
    used = [x.parameters["used"] > 0 for x in (base, now)]
    prices = [np.where(u, x.values["PQ"], 1.0) for u, x in zip(used, (base, now), strict=True)]
    weight = (by_change * goods).sum(1)
    return (
        {
            "SUPN": -share * of, "YC": -share * _of(ev, region).sum() / whole * of,
            "BTG": by_change * np.log(prices[1] / prices[0])[:, None, :],
            "BTE": by_change * np.log(now.values["PHE"] / base.values["PHE"]),
            "PQ": -weight / prices[0] * used[0], "PHE": -by_change * energy / base.values["PHE"],
        },
        {"SUPN": share * of * deflated, "PQ": weight / prices[1] * used[1],
         "PHE": by_change * energy / now.values["PHE"]},
    )  # fmt: skip


def gdp_change(base: Period, now: Period, region: int | None) -> float:
    """Change of real GDP of a province, or of the nation, per cent."""
    quantity, _, nation, _ = gdp_index(expenditure(base), expenditure(now))
    return float(100 * ((nation if region is None else quantity[region]) - 1))


def gdp_seeds(base: Period, now: Period, region: int | None) -> tuple[Seeds, Seeds]:
    """Derivatives of :func:`gdp_change` by the baseline period and by the policy period."""
    before, after = expenditure(base), expenditure(now)
    of = _mask(before.quantity, region)
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

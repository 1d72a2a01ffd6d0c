"""How bilateral trade falls with distance, beside the elasticities of 2007 that the build starts from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from cgebase.arrays import Array
from sam.construct.trade import gravity_figures
from sam.province import bilateral
from sam.registry import PROVINCE_CODES, province
from sam.satellites import distance
from sam.view import View

STEEPEST, RISING = -8.0, 4.0
"""Bounds of the search for an elasticity."""
ROUNDS, CLOSE = 500, 1e-12


def distances(regions: tuple[str, ...]) -> Array:
    """Kilometres between provincial capitals as the build reads them (n, n), zero on the diagonal."""
    at = [PROVINCE_CODES.index(r) for r in regions]
    return distance()[np.ix_(at, at)]


def expected(flow: Array, far: Array, elasticity: float) -> Array:
    """Flows with the row and column sums of ``flow`` and this elasticity to distance; the diagonal is left out.

    Parameters
    ----------
    flow, far : ndarray (n, n)
    elasticity : float
    """
    apart = ~np.eye(len(flow), dtype=bool)
    table = np.zeros_like(flow)
    table[apart] = (far[apart] / far[apart].mean()) ** elasticity
    x = np.where(apart, flow, 0.0)
    supply, need = x.sum(1), x.sum(0)
    for _ in range(ROUNDS):
        table *= np.divide(supply, table.sum(1), out=np.zeros(len(x)), where=table.sum(1) > 0)[:, None]
        across = np.divide(need, table.sum(0), out=np.zeros(len(x)), where=table.sum(0) > 0)
        table *= across[None]
        if np.abs(table.sum(1) - supply).max() <= CLOSE * supply.max():
            break
    return table


def distance_elasticity(flow: Array, far: Array) -> float:
    """Poisson estimate with an effect for each origin and destination; NaN where nothing is traded.

    Notes
    -----
    Its two conditions are that the effects reproduce the row and column sums, and that flows weighted by log
    distance equal those expected (Santos Silva and Tenreyro 2006, "The log of gravity", Review of Economics and
    Statistics 88(4)).
    """
    apart = ~np.eye(len(flow), dtype=bool)
    total = float(flow[apart].sum())
    if total <= 0:
        return float("nan")
    x = flow / total
    log = np.log(far[apart])

    def score(elasticity: float) -> float:
        return float(((x - expected(x, far, elasticity))[apart] * log).sum())

    if score(STEEPEST) * score(RISING) >= 0:
        return float("nan")
    return float(brentq(score, STEEPEST, RISING, xtol=1e-6))


def decay(x: View) -> pd.DataFrame:
    """Elasticity of trade to distance by commodity.

    Returns
    -------
    DataFrame
        Index commodity; ``fitted`` over pairs of provinces, ``regions8`` over pairs of the eight regions with
        distances weighted by GDP (how the estimates of 2007 were made), ``used`` of 2007 (NaN where the sector
        list has no single one), ``value`` traded in 1e8 yuan.
    """
    regions = x.economy.regions
    far = distances(regions)
    member, apart8 = _eight(x, far)
    used = gravity_figures("distance_elasticity_ppml")
    named = set(x.trade["row_item"]) - {"elb"} <= set(used)
    rows = []
    for name, cells in x.trade[x.trade["row_item"].ne("elb")].groupby("row_item"):
        flow = cells.groupby(["row_region", "column_region"])["value"].sum().unstack()
        flow = flow.reindex(index=list(regions), columns=list(regions)).fillna(0.0).to_numpy()
        of_2007 = used[name] if named else float("nan")
        coarse = member @ flow @ member.T
        rows.append(
            (name, distance_elasticity(flow, far), distance_elasticity(coarse, apart8), of_2007, flow.sum())
        )  # fmt: skip
    return pd.DataFrame(rows, columns=["commodity", "fitted", "regions8", "used", "value"]).set_index("commodity")


def _eight(x: View, far: Array) -> tuple[Array, Array]:
    """Membership of provinces in the eight regions, and mean distance between these, weighted by GDP."""
    of = [province(r).region8 for r in x.economy.regions]
    names = sorted(set(of))
    member = np.array([[float(a == b) for b in of] for a in names])
    weight = member * x.gdp.to_numpy()[None]
    weight /= weight.sum(1, keepdims=True)
    return member, weight @ far @ weight.T


def pairs(x: View) -> tuple[pd.DataFrame, float]:
    """Flow of all goods between two provinces against distance.

    Returns
    -------
    pairs : DataFrame
        ``origin, destination, km, value`` (1e8 yuan) and ``relative``: value over what the sizes of both
        provinces let expect, electricity left out; 1 at the mean distance of the fitted line.
    elasticity : float
        Fitted over all pairs.
    """
    regions = x.economy.regions
    far = distances(regions)
    power = x.trade[x.trade["row_item"].eq("elb")].groupby(["row_region", "column_region"])["value"].sum().unstack()
    flow = bilateral(x) - power.reindex(index=list(regions), columns=list(regions)).fillna(0.0)
    elasticity = distance_elasticity(flow.to_numpy(), far)
    fit = expected(flow.to_numpy(), far, elasticity)
    mean = np.exp(np.log(far[far > 0]).mean())
    at = np.argwhere(~np.eye(len(regions), dtype=bool))
    o, d = at.T
    value, km = flow.to_numpy()[o, d], far[o, d]
    relative = value / fit[o, d] * (km / mean) ** elasticity
    names = np.array(regions)
    table = pd.DataFrame({"origin": names[o], "destination": names[d], "km": km, "value": value, "relative": relative})
    return table, elasticity

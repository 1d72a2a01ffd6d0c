"""Household demand of a year: a linear expenditure system, calibrated anew as households get richer.

Engel's law along the path: at base-year prices every good grows as ``u ** e``, where ``e`` is its income elasticity
and ``u`` solves the budget. Ratios of elasticities stay, the elasticities themselves are ``e`` over their mean
weighted by budget shares (Engel aggregation), so that all fall as luxuries gain weight and those of luxuries come down
to one. Goods with such Engel curves have implicitly additive preferences (Hanoch 1975; Comin, Lashkari and Mestieri
2021). Growth in two steps is growth in one, so the curve does not depend on the periods of a run.

Recalibrating a Stone-Geary system in every period of a recursive-dynamic model is what EPPA6 does (Chen et al. 2016).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cge.calibrate.cells import share
from cge.calibrate.demand import expenditure_system
from cge.runs.periods import Paths, Period
from cgebase.arrays import Array

MOST_STEPS = 50
ROUNDING = 1e-14


def engel(bought: Array, elasticity: Array, growth: Array) -> Array:
    """Purchases at unchanged prices once spending has grown.

    Parameters
    ----------
    bought, elasticity : ndarray, (k, ...)
        Purchases and their income elasticities, up to a factor of each household; none negative.
    growth : ndarray, (...)
        Factor of spending, positive.

    Returns
    -------
    ndarray, (k, ...)
        Each good times ``u ** elasticity``; they add up to the old sum times ``growth``.

    Notes
    -----
    Newton on the logarithm of spending, convex and rising in log u, so that it converges from anywhere.
    """
    spent = bought.sum(0)
    weight = share(bought, spent)
    goal = np.where(spent > 0, np.log(growth), 0.0)
    log_u = np.zeros(goal.shape)
    for _ in range(MOST_STEPS):
        grown = weight * np.exp(elasticity * log_u)
        size = np.where(spent > 0, grown.sum(0), 1.0)
        slope = np.where(spent > 0, (grown * elasticity).sum(0) / size, 1.0)
        step = (np.log(size) - goal) / slope
        log_u = log_u - step
        if np.abs(step).max(initial=0.0) <= ROUNDING * (1 + np.abs(log_u).max(initial=0.0)):
            break
    return np.asarray(bought * np.exp(elasticity * log_u))


def demand_of_year(first: Mapping[str, Array], last: Period, paths: Paths, t: int) -> dict[str, Array]:
    """Parameters of household demand of year ``t`` of the baseline.

    Parameters
    ----------
    first : mapping of str to ndarray
        Parameters of the base year.
    last : Period
        Year ``t - 1`` of the baseline.

    Returns
    -------
    dict of str to ndarray
        As :func:`expenditure_system`.

    Notes
    -----
    Calibrated where spending is expected: consumption of the last solved year times what GDP of the province and the
    household's saving make of it. Demand is tangent to the Engel curve there, so that a wrong expectation moves budget
    shares by its square only, and the Frisch parameter by as much as itself.
    """
    carriers = first["the"] > 0
    goods = np.where(carriers, 0.0, first["qh0"])
    before = np.concatenate([goods, np.where(carriers, first["qh0"], 0.0).sum(0)[None]])
    marginal = np.concatenate([first["beta"], first["betae"][None]])
    elasticity = share(marginal, share(before, before.sum(0))) * np.append(paths.satiety[t], 1.0)[:, None, None]
    kept = [1 - first["mps"] * paths.saving[k] for k in (t - 1, t)]
    expected = consumption(last) * kept[1] / kept[0] * paths.gdp[t] / paths.gdp[t - 1]
    growth = np.where(before.sum(0) > 0, share(expected, before.sum(0)), 1.0)
    heads = paths.population[t] / paths.population[0]
    per_head = growth / heads if paths.engel else np.ones_like(growth)
    wanted = engel(before, elasticity, per_head) * (growth / per_head)
    return expenditure_system(wanted, elasticity, expected, paths.frisch[t])


def consumption(period: Period) -> Array:
    """Goods and energy service that households of the baseline consume, (h, r), 1e8 CNY at base-year prices."""
    v, p = period.values, period.parameters
    return np.asarray((v["QH"] * (p["the"] <= 0)).sum(0) + v["QHE"] * v["EFF"])

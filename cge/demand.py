"""Household demand of a year: a linear expenditure system, calibrated anew as households get richer.

Engel's law along the path: at base-year prices every good grows as ``u ** e``, where ``e`` is its income elasticity
and ``u`` solves the budget. Ratios of elasticities stay, the elasticities themselves are ``e`` over their mean
weighted by budget shares (Engel aggregation), so that all fall as luxuries gain weight and those of luxuries come down
to one. Goods with such Engel curves have implicitly additive preferences (Hanoch 1975; Comin, Lashkari and Mestieri
2021). Growth in two steps is growth in one, so the curve does not depend on the periods of a run.

Recalibrating a Stone-Geary system in every period of a recursive-dynamic model is what EPPA6 does (Chen et al. 2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cge.arrays import share
from cge.errors import CalibrationError
from cge.nests import HOUSEHOLD_ENERGY
from cge.parameters import ParameterSet
from cge.periods import Paths, Period
from sam.messages import listed, message

Array = np.ndarray
MOST_STEPS = 50
ROUNDING = 1e-14
HOMOTHETIC = -1.0
"""Frisch parameter of demand without subsistence; nearer to zero subsistence would be less than nothing."""
FRISCH = ("frisch", "frisch_2060")


def base_year_demand(bought: Array, commodities: Sequence[str], parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of household demand in the base year.

    Parameters
    ----------
    bought : ndarray, (c, h, r)
        Purchases, 1e8 CNY.

    Returns
    -------
    dict of str to ndarray
        ``beta, qmin`` (c, h, r), ``betae, emin`` (h, r), and shares of carriers in energy ``the`` (c, h, r).

    Raises
    ------
    CalibrationError
        An income elasticity below zero, a household without any good of one above zero, or a Frisch parameter above -1.
    """
    energy = np.array([k in HOUSEHOLD_ENERGY for k in commodities])
    elasticity = np.where(energy, 0.0, parameters.array("income_elasticity", commodities, default=1.0))
    of_energy = parameters.scalar("income_elasticity_energy")
    carriers = bought * energy[:, None, None]
    service = carriers.sum(0)
    wanted = np.concatenate([np.where(energy[:, None, None], 0.0, bought), service[None]])
    every = np.append(elasticity, of_energy)[:, None, None]
    idle = bool(((wanted.sum(0) > 0) & ((wanted * every).sum(0) <= 0)).any())
    _refuse_parameters(dict(zip((*commodities, "energy"), every.ravel(), strict=True)), parameters, idle=idle)
    system = expenditure_system(wanted, every, bought.sum(0), parameters.scalar("frisch"))
    return system | {"the": share(carriers, service)}


def expenditure_system(wanted: Array, elasticity: Array, spent: Array, frisch: float) -> dict[str, Array]:
    """Linear expenditure system that buys ``wanted`` at prices of one.

    Parameters
    ----------
    wanted : ndarray, (c + 1, h, r)
        Goods, then the energy service; base-year prices.
    elasticity : ndarray, broadcast to the same
        Income elasticities up to a factor of each household.
    spent : ndarray, (h, r)
        Sum of ``wanted``.
    frisch : float
        Minus spending over what is left of it after subsistence.

    Returns
    -------
    dict of str to ndarray
        Marginal budget shares ``beta`` (c, h, r), ``betae`` (h, r); subsistence ``qmin`` (c, h, r), ``emin`` (h, r).

    Notes
    -----
    Dervis, de Melo and Robinson (1982). Subsistence of a good whose elasticity exceeds minus the Frisch parameter is
    negative: such a good is price-elastic, and is bought as long as what is left after subsistence is not far below
    that of the calibration.
    """
    marginal = share(wanted * elasticity, (wanted * elasticity).sum(0))
    least = wanted - marginal * (spent / -frisch)
    return {"beta": marginal[:-1], "betae": marginal[-1], "qmin": least[:-1], "emin": least[-1]}


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
    elasticity = share(marginal, share(before, before.sum(0)))
    kept = [1 - first["mps"] * paths.saving[k] for k in (t - 1, t)]
    expected = consumption(last) * kept[1] / kept[0] * paths.gdp[t] / paths.gdp[t - 1]
    growth = np.where(before.sum(0) > 0, share(expected, before.sum(0)), 1.0)
    heads = paths.population[t] / paths.population[0]
    per_head = growth / heads if paths.engel else np.ones_like(growth)
    wanted = engel(before, elasticity, per_head) * (growth / per_head)
    return expenditure_system(wanted, elasticity, expected, float(paths.frisch[t]))


def consumption(period: Period) -> Array:
    """Goods and energy service that households of the baseline consume, (h, r), 1e8 CNY at base-year prices."""
    v, p = period.values, period.parameters
    return np.asarray((v["QH"] * (p["the"] <= 0)).sum(0) + v["QHE"] * v["EFF"])


def _refuse_parameters(elasticity: Mapping[str, float], parameters: ParameterSet, *, idle: bool) -> None:
    below = [f"{name} {value:g}" for name, value in elasticity.items() if value < 0]
    if below or idle:
        raise CalibrationError(message("CGE306", found=listed(below or ["0"])))
    flat = [f"{name} {value:g}" for name in FRISCH if (value := parameters.scalar(name)) > HOMOTHETIC]
    if flat:
        raise CalibrationError(message("CGE307", found=listed(flat)))

"""Final demand of the base year; households by a linear expenditure system (Stone 1954, Geary 1950)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import refuse_cells, share
from cge.calibrate.parameters import ParameterSet
from cge.theory.nests import HOUSEHOLD_ENERGY
from cgebase.arrays import Array
from cgebase.errors import CalibrationError
from cgebase.messages import listed, message

HOMOTHETIC = -1.0
"""Frisch parameter of demand without subsistence; nearer to zero subsistence would be less than nothing."""
FRISCH = ("frisch", "frisch_2060")


def demand(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of households, government and investment in goods.

    Raises
    ------
    CalibrationError
        As :func:`base_year_demand`; or households burn what is no carrier of theirs.
    """
    energy = np.array([base.role[k] in HOUSEHOLD_ENERGY for k in base.commodities])
    burnt = base.household_tonnes.sum(1)
    refuse_cells((burnt > 0) & ~energy[:, None], "CGE596", base.commodities, base.regions)
    return base_year_demand(base.consumption, base.commodities, parameters, energy) | {
        "qh0": base.consumption, "g0": base.government, "isc": share(base.investment, base.investment.sum(0)[None]),
        "sigma_he": np.array(parameters.scalar("sigma_household_energy")),
    }  # fmt: skip


def base_year_demand(
    bought: Array, commodities: Sequence[str], parameters: ParameterSet, energy: Array
) -> dict[str, Array]:
    """Parameters of household demand in the base year.

    Parameters
    ----------
    bought : ndarray, (c, h, r)
        Purchases, 1e8 CNY.
    energy : ndarray of bool, (c,)
        Carriers of the household energy service.

    Returns
    -------
    dict of str to ndarray
        ``beta, qmin`` (c, h, r), ``betae, emin`` (h, r), and shares of carriers in energy ``the`` (c, h, r).

    Raises
    ------
    CalibrationError
        An income elasticity below zero, a household without any good of one above zero, or a Frisch parameter above -1.
    """
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


def _refuse_parameters(elasticity: Mapping[str, float], parameters: ParameterSet, *, idle: bool) -> None:
    below = [f"{name} {value:g}" for name, value in elasticity.items() if value < 0]
    if below or idle:
        raise CalibrationError(message("CGE306", found=listed(below or ["0"])))
    flat = [f"{name} {value:g}" for name in FRISCH if (value := parameters.scalar(name)) > HOMOTHETIC]
    if flat:
        raise CalibrationError(message("CGE307", found=listed(flat)))

"""Electricity: costs and shares of technologies, origins of the electricity bought, capacity of lines."""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import dense, share
from cge.calibrate.parameters import ParameterSet
from cgebase.arrays import Array

INTERMITTENT = ("gwi", "gso")
TWH_PER_GW = 8.76
"""TWh of a gigawatt that runs all the hours of a year."""
TWH_PRICE = 0.1
"""Yuan per kWh in 1e8 CNY per TWh."""


def power(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of generation and of the network."""
    generated, regions = base.busbar_twh, base.regions
    mix = share(base.generation, generated[None])
    intermittent = np.array([float(k in INTERMITTENT) for k in base.activities])
    slope = parameters.scalar("integration_cost") / parameters.scalar("integration_share")
    firm = parameters.scalar("firm_capacity_cost") * (1 - parameters.scalar("capacity_credit"))
    flow = _flow(base)
    bought = flow.sum(0)
    origins, price = share(flow, bought[None]), share((base.level * base.generates[:, None]).sum(0), generated)
    return {
        "grid": (generated > 0).astype(float), "qb0": np.where(generated > 0, generated, 1.0),
        "c0g": base.cost_per_twh, "pg_ref": base.cost_per_twh.copy(), "sg_ref": mix,
        "gcost": np.ones(len(base.activities)), "gamma_g": np.array(0.0), "gamma_n": np.array(0.0),
        "vre": intermittent, "vre0": (mix * intermittent[:, None]).sum(0), "ic": np.array(slope / TWH_PRICE),
        "fc": np.array(firm / TWH_PRICE), "even": np.array(1.0),
        "net0": origins, "lmax": _line_capacity(base, flow, parameters.scalar("line_utilisation")),
        "pb0": price, "pb_ref": np.ones(len(regions)),
        "pbd0": np.where(bought > 0, (origins * price[:, None]).sum(0), 1.0),
    }  # fmt: skip


def busbar_bought(base: BaseYear) -> Array:
    """Busbar electricity that each province buys in the base year, (r,), TWh."""
    return np.asarray(_flow(base).sum(0))


def _flow(base: BaseYear) -> Array:
    """Busbar electricity by origin and destination, (r, s), TWh; what is not sent stays."""
    flow = dense(base.economy.network, ("origin", "destination"), "twh", (base.regions, base.regions))
    np.fill_diagonal(flow, 0.0)
    return np.asarray(flow + np.diag(base.busbar_twh - flow.sum(1)))


def _line_capacity(base: BaseYear, flow: Array, utilisation: float) -> Array:
    """Most that each line between provinces carries in the base year, (r, s), TWh; 0 where nothing flows.

    The nameplate at its highest utilisation, or what flows already: some contracts run over the lines of others.
    """
    lines = base.economy.country.lines(base.economy.groups.regions)
    nameplate = dense(lines, ("origin", "destination"), "gw", (base.regions, base.regions)) * TWH_PER_GW
    there = (flow > 0) & ~np.eye(len(base.regions), dtype=bool)
    return np.where(there, np.maximum(flow, nameplate * utilisation), 0.0)

"""Carbon: tonnes of fuel and processes, abatement and storage; the base year has no policy."""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import refuse_cells, share
from cge.calibrate.parameters import ParameterSet
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array


def carbon(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of emissions, abatement, storage and permit markets; fuel of activities is in their nests.

    Raises
    ------
    CalibrationError
        Tonnes of a fuel that nobody buys.
    """
    _refuse_unbought(base, base.tonnes, base.inputs, base.activities)
    _refuse_unbought(base, base.household_tonnes, base.consumption, base.economy.households)
    emissions = base.tonnes.sum((0, 1)) + base.household_tonnes.sum((0, 1)) + base.process_tonnes.sum(0)
    room = base.resources["storage"].to_numpy(float) / parameters.scalar("storage_years")
    none = np.zeros(len(base.regions))
    half_cost, potential = "abatement_half_cost", "abatement_max_share"
    return {
        "epsh": share(base.household_tonnes, base.consumption), "epsp": share(base.process_tonnes, base.level),
        "hab": parameters.array(half_cost, base.activities) / YUAN_PER_TONNE,
        "xmax": parameters.array(potential, base.activities), "ccs": parameters.array("capture_share", base.activities),
        "habh": np.array(parameters.value(half_cost, "households") / YUAN_PER_TONNE),
        "xmaxh": np.array(parameters.value(potential, "households")), "stmax": room,
        "stcost": _beyond_mean(base.resources["storage_cost"].to_numpy(float), room) / YUAN_PER_TONNE,
        "burns": (base.tonnes.sum((0, 1)) + base.household_tonnes.sum((0, 1)) > 0).astype(float),
        "em0": emissions, "em_target": emissions.copy(), "cap": emissions.copy(), "cap0": emissions.copy(),
        "member": np.eye(len(base.regions)), "market": none, "traded": none.copy(), "tax": none.copy(),
    }  # fmt: skip


def _refuse_unbought(base: BaseYear, tonnes: Array, bought: Array, users: tuple[str, ...]) -> None:
    cells = tuple(f"{fuel} <- {user}" for fuel in base.commodities for user in users)
    refuse_cells(((tonnes > 0) & (bought <= 0)).reshape(-1, len(base.regions)), "CGE304", cells, base.regions)


def _beyond_mean(price: Array, room: Array) -> Array:
    """Price of storage beyond the nation's mean, which the cost of capture holds already, (r,), same unit."""
    if not room.any():
        return np.zeros_like(price)
    return np.maximum(price - np.average(price, weights=room), 0.0)

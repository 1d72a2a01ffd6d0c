"""Industries and electricity of the base year: which activities and commodities they are, and how large."""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.parameters import ParameterSet
from cge.calibrate.power import busbar_bought
from cge.theory.nests import ENERGY_LEAVES, NESTS
from cgebase.arrays import Array
from sam.classification import INDUSTRIES, industry

ELECTRIC = next(n.name for n in NESTS if n.electric)


def observed(base: BaseYear, _: ParameterSet) -> dict[str, Array]:
    """Parameters of what a baseline hits of industries and electricity; the base year hits its own."""
    of = {k: industry(role) for k, role in base.role.items()}
    activities, commodities = (
        np.array([[float(of[k] == name) for name in INDUSTRIES] for k in codes])
        for codes in (base.activities, base.commodities)
    )
    added = base.value_added.sum(1)
    weight = activities.T @ added
    used = busbar_bought(base)
    return {
        "ina": activities, "inc": commodities, "inn": weight,
        "in_seen": np.array(1.0), "in_target": weight / added.sum(),
        "el_seen": (used > 0).astype(float), "el_target": np.where(used > 0, used, 1.0),
        "elc": np.array([float(ENERGY_LEAVES.get(base.role[k]) == ELECTRIC) for k in base.commodities]),
    }  # fmt: skip

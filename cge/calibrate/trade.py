"""Trade: shares of imports and of provincial origins, transport that comes with goods, exports."""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import dense, refuse_cells, share
from cge.calibrate.parameters import ParameterSet
from cgebase.arrays import Array
from sam.classification import BUSBAR
from sam.controls import MARGIN

ELASTICITIES = {"sigma_m": ("armington_import", 2.0), "sigma_d": ("armington_province", 4.0),
                "eta_e": ("export_elasticity", 4.0)}  # fmt: skip
"""Name in the parameter tables, and the value of a commodity that they do not hold."""


def trade(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of commodities: where they come from, transport that comes with them, duty, elasticities.

    Raises
    ------
    CalibrationError
        A province sells more of a commodity than it makes, or uses another value than it buys.
    """
    regions, commodities = base.regions, base.commodities
    busbar, carries = (np.array([k == name for k in commodities]) for name in (BUSBAR, MARGIN))
    carries = carries & (len(base.economy.margins) > 0)
    sold = base.array("com", "com", "c<r<r>")
    own = base.supply - base.exports - sold.sum(2)
    refuse_cells(own < -1e-6 * np.maximum(base.supply, 1.0), "CGE302", commodities, regions)
    margins = dense(base.economy.margins, ("commodity", "origin", "destination"), "value",
                    (commodities, regions, regions))  # fmt: skip
    transport = margins.sum((0, 1))
    delivered = sold + margins + np.maximum(own, 0.0)[:, :, None] * np.eye(len(regions))[None]
    traded = np.where(busbar[:, None, None], 0.0, delivered)
    purchases = traded.sum(1)
    bought = purchases + base.imports + base.duty
    used = base.inputs.sum(1) + base.consumption.sum(1) + base.government + base.investment
    used = used + carries[:, None] * transport
    gap = np.abs(used - bought) > 1e-7 * np.maximum(used, 1.0)
    refuse_cells(gap[~busbar], "CGE303", tuple(k for k in commodities if k != BUSBAR), regions)
    return {k: parameters.array(name, commodities, default=usual) for k, (name, usual) in ELASTICITIES.items()} | {
        "busbar": busbar.astype(float), "goods": (~busbar).astype(float), "carries": carries.astype(float),
        "qmg0": transport, "mg": share(margins, delivered), "thd": share(traded, purchases[:, None, :]),
        "thm": share(base.imports + base.duty, bought), "tm": share(base.duty, base.imports),
        "e0": np.where(busbar[:, None], 0.0, base.exports), "grow": np.ones(len(base.countries)),
        "made": (base.supply > 0).astype(float), "used": (used > 0).astype(float),
        "qx0": np.where(base.supply > 0, base.supply, 1.0),
    }  # fmt: skip

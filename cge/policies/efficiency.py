"""A programme that makes energy use more efficient than in the baseline, at a cost."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from cge.policies.base import Array, Facts, Instrument, Province


class Efficiency(Instrument):
    """Energy efficiency outside generation and feedstock above the baseline's, paid by the budget in capital goods.

    Parameters
    ----------
    gain : float
        Efficiency of the end year over the baseline's, from nothing at the start, linear: 0.1 is ten per cent.
    cost_share : float
        Yearly cost over the value of the energy it saves, at baseline prices (assumption where not given).
    provinces : tuple of str
        Where it runs; everywhere if empty.

    Notes
    -----
    Saving is the cost-neutral twist of the baseline's efficiency; what the saving costs is ``cost_share`` of its value.
    """

    gain: float = Field(ge=0, le=1)
    cost_share: float = Field(0.7, ge=0, le=5)
    provinces: tuple[Province, ...] = ()

    def _gain(self, facts: Facts) -> Array:
        return self.at(facts.year, 0.0, self.gain) * facts.provinces(self.provinces, "efficiency")

    def values(self, facts: Facts) -> dict[str, Array]:
        return {"EFF": facts.values["EFF"] * (1 + self._gain(facts))} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        v = facts.values
        used = (np.nan_to_num(v["P_ene"] * v["Q_ene"]) * (facts.parameters["aeei"] > 0)[:, None]).sum(0)
        used = used + (v["PHE"] * v["QHE"]).sum(0)
        gain = self._gain(facts)
        return {"qprog": self.cost_share * used * gain / (1 + gain) / v["PINV"]}

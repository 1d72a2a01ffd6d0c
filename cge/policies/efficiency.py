"""A programme that makes energy use more efficient than in the baseline, at a cost."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

import numpy as np

from cge.policies.base import Facts, Instrument
from cge.policies.table import Province, number
from cgebase.arrays import Array
from cgebase.messages import Message, message

Gain = Annotated[float, number(unit="share", ge=0, le=1)]
Burning = Literal["gco", "gga"]
"""Technologies that burn fuel which the model buys."""


class Efficiency(Instrument, table="efficiency"):
    """Energy efficiency above the baseline's, of users or of power plants, paid by the budget in capital goods.

    Notes
    -----
    Every unit of energy gives ``1 + gain`` units of the service it is bought for, in firms and homes. The service
    gets cheaper and more of it is used, so energy falls by less than the gain: the rebound. The cost counts the
    energy saved at the baseline's service. What the baseline itself gains is another thing, a cost-neutral twist.
    A power plant makes ``1 + gain`` times the power of its fuel; that makes its power cheaper, so more of it is sold.
    """

    gain: Gain = 0.0
    """Efficiency of the end year over the baseline's, from nothing at the start, outside generation and feedstock: 0.1
    is ten per cent."""
    generation: dict[Burning, Gain] = {}
    """The same of power plants in their fuel: `{ gco = 0.04 }` where coal per kWh falls by 4 in 104."""
    cost_share: float = number(0.7, unit="share", ge=0, le=5)
    """Yearly cost over the value of the energy it saves, at baseline prices (assumption where not given)."""
    provinces: tuple[Province, ...] = ()
    """Where it runs; everywhere if empty."""

    def idle(self, tables: Collection[str]) -> Message | None:
        return None if self.gain or any(self.generation.values()) else message("idle.gain")

    def refuse_unknown(self, facts: Facts) -> None:
        facts.members("a", self.generation, "efficiency")

    def _gain(self, facts: Facts, last: float) -> Array:
        return self.at(facts.year, 0.0, last) * facts.provinces(self.provinces, "efficiency")

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """No gain, so that a large one is eased in."""
        unsaved = {name: facts.parameters[name] for name in self.parameters(facts) if name != "qprog"}
        return unsaved if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        v, p, gain = facts.values, facts.parameters, self._gain(facts, self.gain)
        takes = p["aeei"][:, None] > 0
        used = np.where(takes & (p["theta_n_ene"] > 0), v["P_ene"] * v["Q_ene"], 0.0).sum(0)
        used = used + (v["PHE"] * v["QHE"]).sum(0)
        plants, saved = self._plants(facts)
        return {
            "save": p["save"] * np.where(takes, 1 + gain, 1.0),
            "saveh": p["saveh"] * (1 + gain),
            "qprog": self.cost_share * (used * gain / (1 + gain) + saved) / v["PINV"],
            **plants,
        }

    def _plants(self, facts: Facts) -> tuple[dict[str, Array], Array]:
        """Shares of the inputs of plants that save fuel, what a unit of them all makes, and the value saved, (r,)."""
        v, p = facts.values, facts.parameters
        if not self.generation:
            return {}, np.zeros(len(facts.sets["r"]))
        gains = sum(facts.members("a", [name], "efficiency")[:, None] * self._gain(facts, last)
                    for name, last in self.generation.items())  # fmt: skip
        saved = np.where(p["eps_top"] > 0, p["theta_c_top"] * gains / (1 + gains), 0.0)
        left = 1 - saved.sum(0)
        shares = {"theta_c_top": (p["theta_c_top"] - saved) / left, "theta_n_kle": p["theta_n_kle"] / left}
        worth = (v["PQ"][:, None] * saved * np.where(p["gen"] > 0, v["Q_top"], 0.0)).sum((0, 1))
        return {**shares, "burn": p["burn"] / left}, worth

"""A programme that makes energy use more efficient than in the baseline, at a cost."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from cge.policies.base import Facts, Instrument
from cge.policies.table import Province, number
from cgebase.arrays import Array
from cgebase.messages import Message, message


class Efficiency(Instrument, table="efficiency"):
    """Energy efficiency outside generation and feedstock above the baseline's, paid by the budget in capital goods.

    Notes
    -----
    Every unit of energy gives ``1 + gain`` units of the service it is bought for, in firms and homes. The service
    gets cheaper and more of it is used, so energy falls by less than the gain: the rebound. The cost counts the
    energy saved at the baseline's service. What the baseline itself gains is another thing, a cost-neutral twist.
    """

    gain: float = number(unit="share", ge=0, le=1)
    """Efficiency of the end year over the baseline's, from nothing at the start: 0.1 is ten per cent."""
    cost_share: float = number(0.7, unit="share", ge=0, le=5)
    """Yearly cost over the value of the energy it saves, at baseline prices (assumption where not given)."""
    provinces: tuple[Province, ...] = ()
    """Where it runs; everywhere if empty."""

    def idle(self, tables: Collection[str]) -> Message | None:
        return None if self.gain else message("idle.gain")

    def _gain(self, facts: Facts) -> Array:
        return self.at(facts.year, 0.0, self.gain) * facts.provinces(self.provinces, "efficiency")

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """No gain, so that a large one is eased in."""
        unsaved = {name: facts.parameters[name] for name in ("save", "saveh")}
        return unsaved if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        v, p, gain = facts.values, facts.parameters, self._gain(facts)
        takes = p["aeei"][:, None] > 0
        used = np.where(takes & (p["theta_n_ene"] > 0), v["P_ene"] * v["Q_ene"], 0.0).sum(0)
        used = used + (v["PHE"] * v["QHE"]).sum(0)
        return {
            "save": p["save"] * np.where(takes, 1 + gain, 1.0),
            "saveh": p["saveh"] * (1 + gain),
            "qprog": self.cost_share * used * gain / (1 + gain) / v["PINV"],
        }

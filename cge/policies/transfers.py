"""How the centre passes on what a policy does to its budget."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cge.policies.base import Array, Facts, Instrument


class Transfers(Instrument):
    """Rule for the change of the central balance against the baseline; transfers of the baseline stay real.

    Parameters
    ----------
    rule : {"income", "balanced", "equalising"}
        ``income``: to households everywhere in proportion to income (the default of every run); ``balanced``: transfers
        to provinces rise and fall in proportion; ``equalising``: per head, more where GDP per head is lower.
    """

    rule: Literal["income", "balanced", "equalising"] = "equalising"

    def given(self, facts: Facts) -> dict[str, Array]:
        if self.rule == "income":
            return {}
        heads = facts.heads.sum(0)
        need = heads * heads / facts.values["GDPB"]
        weight = facts.benchmark["tc0"] if self.rule == "balanced" else need
        return {"csx": np.asarray(weight / weight.sum())}

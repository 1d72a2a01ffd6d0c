"""Who pays the carbon price: sectors phased in, households in or out."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from cge.policies.base import Array, Facts, Instrument


class Coverage(Instrument):
    """Activities covered by carbon pricing.

    Parameters
    ----------
    sectors : tuple of str
        Activity codes from the start on; ``power`` stands for every generation technology.
    later : dict of str to tuple of str
        More activities from a year on, ``{"2030" = ["fer", "nfe"]}``.
    households : bool
    """

    sectors: tuple[str, ...] = Field(min_length=1)
    later: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    households: bool = False

    def given(self, facts: Facts) -> dict[str, Array]:
        named = [*self.sectors, *(s for year, more in self.later.items() if int(year) <= facts.year for s in more)]
        covered = facts.activities(named, "coverage")
        count = len(facts.sets["r"])
        return {"cover": np.repeat(covered[:, None], count, axis=1), "coverh": np.full(count, float(self.households))}

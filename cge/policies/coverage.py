"""Who pays the carbon price: sectors phased in, households in or out."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from cge.policies.base import Facts, Instrument
from cgebase.arrays import Array


class Coverage(Instrument, table="coverage", last=True):
    """Activities covered by carbon pricing.

    Parameters
    ----------
    sectors : tuple of str
        Activity codes from the start on; ``power`` stands for every generation technology.
    later : dict of str to tuple of str
        More activities from a year on, ``{"2030" = ["fer", "nfe"]}``.
    households : bool
    applies : {"both", "market", "tax"}
        What it says who pays: permits, the carbon tax, or both; the other covers everybody.
    """

    sectors: tuple[str, ...] = Field(min_length=1)
    later: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    households: bool = False
    applies: Literal["both", "market", "tax"] = "both"

    def refuse_unknown(self, facts: Facts) -> None:
        named = [*self.sectors, *(s for more in self.later.values() for s in more)]
        facts.activities(named, "coverage")

    def given(self, facts: Facts) -> dict[str, Array]:
        named = [*self.sectors, *(s for year, more in self.later.items() if int(year) <= facts.year for s in more)]
        covered = facts.activities(named, "coverage")
        count = len(facts.sets["r"])
        who, home = np.repeat(covered[:, None], count, axis=1), np.full(count, float(self.households))
        market, tax = {"cover": who, "coverh": home}, {"covt": who, "covth": home}
        return {**(market if self.applies != "tax" else {}), **(tax if self.applies != "market" else {})}

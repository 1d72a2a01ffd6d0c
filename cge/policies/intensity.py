"""A cap on emissions per unit of real GDP."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from cge.policies.base import Facts, Instrument, Trading
from cge.policies.table import Province, number
from cgebase.arrays import Array

Share = Annotated[float, number(unit="share", gt=0, le=1.5)]


class IntensityCap(Instrument, Trading, table="intensity", prices="permits"):
    """A cap on emissions over real GDP, linear in time from the base year's."""

    final_share: float = number(unit="share", gt=0, le=1.5)
    """Intensity of the end year over that of the base year, every province its own."""
    provinces: dict[Province, Share] = {}
    """Shares of provinces instead of `final_share`: `{ "新疆" = 0.5 }`."""

    @property
    def market(self) -> bool:
        return True

    def beginning(self, facts: Facts) -> dict[str, Array]:
        return {"inten": facts.values["EM"] / facts.values["GDPB"]} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        b = facts.benchmark
        own = b["em0"] / b["gdp0"]
        last = facts.by_province(self.provinces, self.final_share, "intensity")
        return {"inten": own * np.array([self.at(facts.year, 1.0, share) for share in last]), "cap": 0.0 * own}

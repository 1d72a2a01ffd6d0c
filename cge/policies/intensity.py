"""A cap on emissions per unit of real GDP."""

from __future__ import annotations

from cge.policies.base import Facts, Instrument, Trading
from cge.policies.table import number
from cgebase.arrays import Array


class IntensityCap(Instrument, Trading, table="intensity"):
    """A cap on emissions over real GDP, linear in time from the base year's."""

    final_share: float = number(unit="share", gt=0, le=1.5)
    """Intensity of the end year over that of the base year, every province its own."""

    @property
    def market(self) -> bool:
        return True

    def beginning(self, facts: Facts) -> dict[str, Array]:
        return {"inten": facts.values["EM"] / facts.values["GDPB"]} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        b = facts.benchmark
        own = b["em0"] / b["gdp0"]
        return {"inten": own * self.at(facts.year, 1.0, self.final_share), "cap": 0.0 * own}

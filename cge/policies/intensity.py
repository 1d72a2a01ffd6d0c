"""A cap on emissions per unit of real GDP."""

from __future__ import annotations

from pydantic import Field

from cge.policies.base import Facts, Instrument, Trading
from cgebase.arrays import Array


class IntensityCap(Instrument, Trading, table="intensity"):
    """Emissions over real GDP at most ``final_share`` of the base year's, linear in time.

    Parameters
    ----------
    final_share : float
        Intensity of the end year over that of the base year, every province its own.
    """

    final_share: float = Field(gt=0, le=1.5)

    @property
    def market(self) -> bool:
        return True

    def beginning(self, facts: Facts) -> dict[str, Array]:
        return {"inten": facts.values["EM"] / facts.values["GDPB"]} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        b = facts.benchmark
        own = b["em0"] / b["gdp0"]
        return {"inten": own * self.at(facts.year, 1.0, self.final_share), "cap": 0.0 * own}

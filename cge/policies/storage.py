"""Room for captured CO2: more or less than in a run without the instrument."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from cge.policies.base import Facts, Instrument, Province
from cgebase.arrays import Array
from cgebase.messages import message

Rate = Annotated[float, Field(ge=0, le=10_000)]


class Storage(Instrument, table="storage"):
    """CO2 that provinces can store in a year.

    Parameters
    ----------
    growth : float
        Factor on the limit of every province in the end year, from 1 at the start, linear.
    provinces : dict of str to float
        Most that a province stores in a year, Mt, instead of its own limit; with 0 it captures nothing.
    capture : bool
        Whether CO2 is captured at all; what hydrogen, electricity and saving abate stays.

    Notes
    -----
    Where a province's storage is full, the rent on top of its cost goes to the province's budget.
    """

    growth: float = Field(1.0, gt=0, le=100)
    provinces: dict[Province, Rate] = Field(default_factory=dict)
    capture: bool = True

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if not self.capture and (self.provinces or self.growth != 1.0):
            raise ValueError(message("CGE525"))
        return self

    def _keeps(self, facts: Facts) -> Array:
        closed = [name for name, mt in self.provinces.items() if mt == 0]
        shut = facts.provinces(closed, "storage") if closed else np.zeros(len(facts.sets["r"]))
        return float(self.capture) * (1.0 - shut)

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """All there is to capture, so that its end is eased in."""
        return {"keeps": np.ones(len(facts.sets["r"]))} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        limit = facts.parameters["stmax"] * self.at(facts.year, 1.0, self.growth)
        for name, mt in self.provinces.items():
            limit = np.where(facts.provinces([name], "storage") > 0, mt, limit)
        return {"stmax": limit, "keeps": self._keeps(facts)}

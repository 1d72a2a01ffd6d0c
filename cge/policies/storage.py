"""Room for captured CO2: more or less than in a run without the instrument."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Self

import numpy as np
from pydantic import model_validator

from cge.policies.base import Facts, Instrument
from cge.policies.table import Province, number
from cgebase.arrays import Array
from cgebase.messages import Message, message

Rate = Annotated[float, number(unit="Mt CO2 a year", ge=0, le=10_000)]


class Storage(Instrument, table="storage", in_twh=True):
    """CO2 that provinces can store in a year.

    Notes
    -----
    Where a province's storage is full, the rent on top of its cost goes to the province's budget.
    """

    growth: float = number(1.0, unit="factor", gt=0, le=100)
    """Factor on the limit of every province in the end year, from 1 at the start."""
    provinces: dict[Province, Rate] = {}
    """Most that a province stores in a year, instead of its own limit; with 0 it captures nothing."""
    capture: bool = True
    """Whether CO2 is captured at all; what hydrogen, electricity and saving abate stays."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if not self.capture and (self.provinces or self.growth != 1.0):
            raise ValueError(message("CGE525"))
        return self

    def idle(self, tables: Collection[str]) -> Message | None:
        return message("idle.room") if self.capture and self.growth == 1.0 and not self.provinces else None

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

"""Sinks that count for the cap, and removals from the air at a price."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import Annotated, Self

import numpy as np
from pydantic import model_validator

from cge.policies.base import Facts, Instrument, unpriced
from cge.policies.table import Province, number
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from cgebase.messages import Message, message

Mt = Annotated[float, number(unit="Mt CO2 a year", ge=0, le=10_000)]


class Tonnes(Instrument):
    """Tonnes by province, given one by one or as a national figure."""

    national: Mt = 0.0
    """Tonnes of the end year, from zero at the start; shared in proportion to base-year emissions."""
    provinces: dict[Province, Mt] = {}
    """Tonnes of the end year by province, instead of `national`."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.national and self.provinces:
            raise ValueError(message("CGE528"))
        return self

    def idle(self, tables: Collection[str]) -> Message | None:
        if not any((self.national, *self.provinces.values())):
            return message("idle.tonnes")
        return self.alone(tables)

    @abstractmethod
    def alone(self, tables: Collection[str]) -> Message | None:
        """Why tonnes change nothing beside these tables."""

    def tonnes(self, facts: Facts) -> Array:
        """Tonnes of the year, (r,): as given, or the national figure by base-year emissions (assumption)."""
        em0, provinces = facts.benchmark["em0"], self.provinces.items()
        last = sum(mt * facts.provinces([name], "sinks or removals") for name, mt in provinces)
        return np.asarray(self.at(facts.year, 0.0, 1.0) * (last if provinces else self.national * em0 / em0.sum()))


class Sinks(Tonnes, table="sinks"):
    """Tonnes taken up outside the economy that count for the cap."""

    def alone(self, tables: Collection[str]) -> Message | None:
        return unpriced(tables, "permits")

    def given(self, facts: Facts) -> dict[str, Array]:
        return {"sinks": self.tonnes(facts)}


class Removals(Tonnes, table="removals"):
    """Removal of CO2 from the air where it is cheaper than a permit, paid in capital goods of the province.

    No province removes more than its tonnes.
    """

    cost: float = number(2000.0, unit="yuan of 2021 per t CO2", gt=0, le=100_000)
    """Cost of the first tonne; the default is direct air capture (assumption)."""
    cost_at_limit: float = number(6000.0, unit="yuan of 2021 per t CO2", gt=0, le=100_000)
    """Cost of the last tonne, at least that of the first."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.cost_at_limit < self.cost:
            raise ValueError(message("CGE529", first=self.cost, last=self.cost_at_limit))
        return self

    def alone(self, tables: Collection[str]) -> Message | None:
        return unpriced(tables)

    @property
    def equations(self) -> tuple[str, ...]:
        return ("removals",)

    def given(self, facts: Facts) -> dict[str, Array]:
        limit, rise = self.tonnes(facts), (self.cost_at_limit - self.cost) / YUAN_PER_TONNE
        slope = np.divide(rise, limit, out=np.zeros_like(limit), where=limit > 0)
        return {"rmax": limit, "rcost": np.full_like(limit, self.cost / YUAN_PER_TONNE), "rslope": slope}

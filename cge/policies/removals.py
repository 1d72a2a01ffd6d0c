"""Sinks that count for the cap, and removals from the air at a price."""

from __future__ import annotations

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


def _shared(facts: Facts, national: float, provinces: dict[str, float]) -> Array:
    """Tonnes by province: as given, or the national figure in proportion to base-year emissions (assumption)."""
    em0 = facts.benchmark["em0"]
    if not provinces:
        return np.asarray(national * em0 / em0.sum())
    return np.asarray(sum(mt * facts.provinces([name], "sinks or removals") for name, mt in provinces.items()))


class Sinks(Instrument, table="sinks"):
    """Tonnes taken up outside the economy that count for the cap."""

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
        return message("idle.market") if unpriced(tables, ("cap", "intensity", "standard")) else None

    def given(self, facts: Facts) -> dict[str, Array]:
        return {"sinks": self.at(facts.year, 0.0, 1.0) * _shared(facts, self.national, self.provinces)}


class Removals(Instrument, table="removals"):
    """Removal of CO2 from the air where it is cheaper than a permit, paid in capital goods of the province."""

    cost: float = number(2000.0, unit="yuan of 2021 per t CO2", gt=0, le=100_000)
    """Cost of the first tonne; the default is direct air capture (assumption)."""
    cost_at_limit: float = number(6000.0, unit="yuan of 2021 per t CO2", gt=0, le=100_000)
    """Cost of the last tonne, at least that of the first."""
    national: Mt = 0.0
    """Most that is removed in the end year, from zero at the start; shared in proportion to base-year emissions."""
    provinces: dict[Province, Mt] = {}
    """Most that a province removes in the end year, instead of `national`."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.national and self.provinces:
            raise ValueError(message("CGE528"))
        if self.cost_at_limit < self.cost:
            raise ValueError(message("CGE529", first=self.cost, last=self.cost_at_limit))
        return self

    def idle(self, tables: Collection[str]) -> Message | None:
        if not any((self.national, *self.provinces.values())):
            return message("idle.tonnes")
        return message("idle.bare") if unpriced(tables) else None

    @property
    def equations(self) -> tuple[str, ...]:
        return ("removals",)

    def given(self, facts: Facts) -> dict[str, Array]:
        limit = self.at(facts.year, 0.0, 1.0) * _shared(facts, self.national, self.provinces)
        rise = (self.cost_at_limit - self.cost) / YUAN_PER_TONNE
        slope = np.divide(rise, limit, out=np.zeros_like(limit), where=limit > 0)
        return {"rmax": limit, "rcost": np.full_like(limit, self.cost / YUAN_PER_TONNE), "rslope": slope}

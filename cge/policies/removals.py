"""Sinks that count for the cap, and removals from the air at a price."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from cge.policies.base import Facts, Instrument, Province
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array


def _shared(facts: Facts, national: float, provinces: dict[str, float]) -> Array:
    """Tonnes by province: as given, or the national figure in proportion to base-year emissions (assumption)."""
    em0 = facts.benchmark["em0"]
    if not provinces:
        return np.asarray(national * em0 / em0.sum())
    return np.asarray(sum(mt * facts.provinces([name], "sinks or removals") for name, mt in provinces.items()))


class Sinks(Instrument, table="sinks"):
    """Tonnes taken up outside the economy that count for the cap, Mt per year.

    Parameters
    ----------
    national : float
        Of the end year, from zero at the start; shared in proportion to base-year emissions unless ``provinces``
        names them.
    """

    national: float = Field(0.0, ge=0)
    provinces: dict[Province, float] = Field(default_factory=dict)

    def given(self, facts: Facts) -> dict[str, Array]:
        return {"sinks": self.at(facts.year, 0.0, 1.0) * _shared(facts, self.national, self.provinces)}


class Removals(Instrument, table="removals"):
    """Removal of CO2 from the air where it is cheaper than a permit, paid in capital goods of the province.

    Parameters
    ----------
    cost, cost_at_limit : float
        Real yuan per tonne of the first and the last tonne; the default is direct air capture, 2,000 to 6,000.
    national : float
        Limit in Mt per year of the end year, from zero at the start; shared like sinks.
    """

    cost: float = Field(2000.0, gt=0)
    cost_at_limit: float = Field(6000.0, gt=0)
    national: float = Field(0.0, ge=0)
    provinces: dict[Province, float] = Field(default_factory=dict)

    @property
    def equations(self) -> tuple[str, ...]:
        return ("removals",)

    def given(self, facts: Facts) -> dict[str, Array]:
        limit = self.at(facts.year, 0.0, 1.0) * _shared(facts, self.national, self.provinces)
        rise = max(self.cost_at_limit - self.cost, 0.0) / YUAN_PER_TONNE
        slope = np.divide(rise, limit, out=np.zeros_like(limit), where=limit > 0)
        return {"rmax": limit, "rcost": np.full_like(limit, self.cost / YUAN_PER_TONNE), "rslope": slope}

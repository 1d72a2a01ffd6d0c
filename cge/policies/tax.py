"""A carbon tax on covered emissions, revenue to the budget of the province."""

from __future__ import annotations

from collections.abc import Collection

from cge.policies.base import Facts, Instrument
from cge.policies.table import Province, number
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from cgebase.messages import Message, message


class Tax(Instrument, table="tax", prices="tax"):
    """Carbon tax, linear from ``start_price`` to ``price``."""

    price: float = number(unit="yuan of 2021 per t CO2", ge=0, le=100_000)
    """Rate of the end year."""
    start_price: float = number(0.0, unit="yuan of 2021 per t CO2", ge=0, le=100_000)
    """Rate of the first year."""
    provinces: tuple[Province, ...] = ()
    """Where it is levied; everywhere if empty."""

    def idle(self, tables: Collection[str]) -> Message | None:
        return None if self.price or self.start_price else message("idle.price")

    def given(self, facts: Facts) -> dict[str, Array]:
        rate = self.at(facts.year, self.start_price, self.price) / YUAN_PER_TONNE
        return {"tax": rate * facts.provinces(self.provinces, "tax")}

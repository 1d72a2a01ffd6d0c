"""A carbon tax on covered emissions, revenue to the budget of the province."""

from __future__ import annotations

from pydantic import Field

from cge.policies.base import Facts, Instrument, Province
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array


class Tax(Instrument, table="tax"):
    """Carbon tax in yuan of the base year per tonne, linear from ``start_price`` to ``price``.

    Parameters
    ----------
    provinces : tuple of str
        Where it is levied; everywhere if empty.
    """

    price: float = Field(ge=0, le=100_000)
    start_price: float = Field(0.0, ge=0, le=100_000)
    provinces: tuple[Province, ...] = ()

    def given(self, facts: Facts) -> dict[str, Array]:
        rate = self.at(facts.year, self.start_price, self.price) / YUAN_PER_TONNE
        return {"tax": rate * facts.provinces(self.provinces, "tax")}

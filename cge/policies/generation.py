"""Floors and ceilings of generation by technology, in TWh, in capacity or in indices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import model_validator

from cge.policies.base import Facts
from cge.policies.bounds import Bound, Outputs
from cge.policies.table import number
from cgebase.arrays import Array
from cgebase.messages import listed, message

Hours = Annotated[float, number(unit="hours a year", gt=0, le=8784)]


class Generation(Outputs, table="generation"):
    """Floors and ceilings of generation, each met by a payment or a charge per MWh that the budget pays or earns.

    Of the share of green power `renewables` has a floor.
    """

    unit: Literal["TWh", "GW", "index", "baseline"] = "TWh"
    """Unit of limits; `index` and `baseline` multiply generation of the base year and of the baseline of the year."""
    hours: dict[str, Hours] = {}
    """Hours of full load by technology, where `unit` is `GW`: a limit of capacity is one of what it makes in them.
    Technologies that meet a limit together have the same."""

    @model_validator(mode="after")
    def _hourly(self) -> Self:
        asked = {code for _, _, codes, _ in self._all() for code in codes.split("+")}
        lost = sorted(asked - self.hours.keys()) if self.unit == "GW" else sorted(self.hours)
        if lost:
            raise ValueError(message("CGE146" if self.unit == "GW" else "CGE146.needless", codes=listed(lost)))
        mixed = [c for _, _, c, _ in self._all() if self.hours and len({self.hours[k] for k in c.split("+")}) > 1]
        if mixed:
            raise ValueError(message("CGE146.mixed", codes=listed(mixed)))
        return self

    def there(self, facts: Facts) -> Array:
        return facts.parameters["gen"]

    def times(self, codes: str, unit: float) -> float:
        if self.unit == "GW":
            return self.hours[codes.split("+")[0]] / 1000
        return 1.0 if self.unit == "TWh" else unit

    def of_year(self, facts: Facts) -> Iterator[Bound]:
        b, now = facts.benchmark, facts.accounts["QG"]
        return self._bounds(facts, now, b["gen"] * b["sg_ref"] * b["qb0"] if self.unit == "index" else now)

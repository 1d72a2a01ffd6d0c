"""Floors and ceilings of the CO2 that activities capture, in Mt or in shares of their emissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from cge.policies.base import Facts, PolicyError
from cge.policies.bounds import Bound, Bounds
from cgebase.arrays import Array
from cgebase.messages import message


class Capture(Bounds, table="capture"):
    """Floors and ceilings of capture, each met by a payment or a charge per tonne that the budget pays or earns.

    All that a year may hold together, by activity, is in the closure `abatement = "fuel-switching"`; room for what is
    captured in `storage`.
    """

    unit: Literal["Mt", "share"] = "Mt"
    """Mt CO2 a year, or shares of the gross emissions of the baseline of the year."""

    @property
    def equations(self) -> tuple[str, ...]:
        return ("capture_limit",)

    def there(self, facts: Facts) -> Array:
        return facts.parameters["act"] * (facts.parameters["ccs"] > 0)[:, None]

    def times(self, codes: str, unit: float) -> float:
        return 1.0 if self.unit == "Mt" else unit

    def refuse_unknown(self, facts: Facts) -> None:
        super().refuse_unknown(facts)
        there = self.there(facts)
        self._held(list(self._bounds(facts, there, there)), facts)

    def of_year(self, facts: Facts) -> Iterator[Bound]:
        there = self.there(facts) > 0
        captured, tonnes = (np.where(there, x, 0.0) for x in (facts.accounts["QCC"], facts.values["EMA"]))
        return self._bounds(facts, captured, tonnes)

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """Limits that are nearly met without them."""
        return {"klim": self._by_slot(facts, easy=True)["klim"]} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        return self._by_slot(facts, easy=False)

    def _by_slot(self, facts: Facts, *, easy: bool) -> dict[str, Array]:
        na, nr = len(facts.sets["a"]), len(facts.sets["r"])
        shapes = {"kof": (na, nr), "kin": (nr, nr), "ksign": (nr,), "klim": (nr,), "kfor": (na, nr)}
        out = {name: np.zeros(shape) for name, shape in shapes.items()}
        for m, bound in enumerate(self._held(list(self.of_year(facts)), facts)):
            out["kof"][list(bound.activities), m] = 1.0
            out["kin"][m, list(bound.provinces)] = 1.0
            out["ksign"][m], out["klim"][m] = bound.sign, bound.easy if easy else bound.limit
            out["kfor"][np.ix_(bound.activities, bound.provinces)] = 1.0
        return out

    def _held(self, bounds: list[Bound], facts: Facts) -> list[Bound]:
        most = len(facts.sets["r"])
        if len(bounds) > most:
            raise PolicyError(message("CGE145", table=self.table, most=most))
        return bounds

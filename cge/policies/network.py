"""Lines between provinces: more or less capacity than in a run without the instrument."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Self

import numpy as np
from pydantic import model_validator

from cge.policies.base import Facts, Instrument, PolicyError
from cge.policies.table import Province, number
from cgebase.arrays import Array
from cgebase.messages import Message, listed, message, near

YUAN_PER_MWH = 100.0
"""Yuan per MWh in 1e8 yuan per TWh."""
LINES = "line_capacity"
"""Equation that holds what the instrument gives."""
Factor = Annotated[float, number(unit="factor", gt=0, le=100)]


class Network(Instrument, table="network", in_twh=True):
    """Capacity of the lines between provinces over that of a run without the table.

    Notes
    -----
    The receiving province, which earns the rent of a full line, pays for it from its budget, in capital goods.
    """

    growth: Factor = 1.0
    """Factor on every line in the end year, from 1 at the start; below 1 a line may carry less than in the baseline."""
    links: dict[Province, dict[Province, Factor]] = {}
    """Factor on single lines on top of `growth`, by sending and receiving province: `links.新疆 = { "河南" = 2 }`."""
    limits: bool = True
    """Whether lines have a limit; without one, capacity is free."""
    cost: float = number(16.0, unit="yuan of 2021 a year per MWh over 1,000 km", ge=0, le=1000)
    """Yearly cost of what is wider than in a run without the table (assumption: 1.4 yuan per kW and km, 7 % a year for
    interest, upkeep and wear, full 70 % of all hours)."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if not self.limits and (self.links or self.growth != 1.0):
            raise ValueError(message("CGE524"))
        return self

    def beside(self, tables: Collection[str], dropped: Collection[str]) -> None:
        if LINES in dropped:
            raise ValueError(message("CGE591", equation=LINES))

    def refuse_unknown(self, facts: Facts) -> None:
        self._single(facts)

    def idle(self, tables: Collection[str]) -> Message | None:
        return message("idle.lines") if self.limits and self.growth == 1.0 and not self.links else None

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """Capacity as without the table, so that a tight limit is eased in."""
        return {"lmax": facts.parameters["lmax"]} if self.limits and facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        if not self.limits:
            return {"lmax": 0.0 * facts.parameters["lmax"]}
        usual = facts.parameters["lmax"]
        now = usual * self.at(facts.year, 1.0, self.growth) * self._single(facts)
        per_twh = self.cost / YUAN_PER_MWH * facts.distance / 1000
        return {"lmax": now, "qprog": (per_twh * np.maximum(now - usual, 0.0)).sum(0)}

    def _single(self, facts: Facts) -> Array:
        """Factor on each line of its own, (r, s)."""
        regions, lines = list(facts.sets["r"]), facts.parameters["lmax"] > 0
        out = np.ones(lines.shape)
        known = [f"{regions[i]}-{regions[j]}" for i, j in np.argwhere(lines)]
        asked = {f"{o}-{d}": (o, d, f) for o, to in self.links.items() for d, f in to.items()}
        wrong = [name for name in asked if name not in known]
        if wrong:
            labels = listed(message("CGE521.label", name=n, near=near(n, known)) for n in wrong)
            raise PolicyError(message("CGE521", instrument="network", labels=labels, known=listed(known)))
        for o, d, factor in asked.values():
            out[regions.index(o), regions.index(d)] = self.at(facts.year, 1.0, factor)
        return out

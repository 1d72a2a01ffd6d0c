"""Lines between provinces: more or less capacity than in a run without the instrument."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from cge.policies.base import Array, Facts, Instrument, PolicyError, Province
from sam.messages import listed, message, near

Factor = Annotated[float, Field(gt=0, le=100)]


class Network(Instrument):
    """Capacity of the lines between provinces over that of a run without the table.

    Parameters
    ----------
    growth : float
        Factor on every line in the end year, from 1 at the start, linear; below 1 a line may carry less than in the
        baseline.
    links : dict of str to dict of str to float
        Factor on single lines on top of ``growth``, by sending and receiving province.
    limits : bool
        Whether lines have a limit at all.

    Notes
    -----
    What a line costs is not counted: its capacity is given.
    """

    growth: Factor = 1.0
    links: dict[Province, dict[Province, Factor]] = Field(default_factory=dict)
    limits: bool = True

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if not self.limits and (self.links or self.growth != 1.0):
            raise ValueError(message("CGE524"))
        return self

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """Capacity as without the table, so that a tight limit is eased in."""
        return {"lmax": facts.parameters["lmax"]} if self.limits and facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        if not self.limits:
            return {"lmax": 0.0 * facts.parameters["lmax"]}
        return {"lmax": facts.parameters["lmax"] * self.at(facts.year, 1.0, self.growth) * self._single(facts)}

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

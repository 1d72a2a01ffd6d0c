"""Benchmarks per unit of output: the rate-based market of China, or free permits under an absolute cap."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
from pydantic import Field

from cge.policies.base import Facts, Instrument, Trading, pricing, unpriced
from cge.policies.table import number
from cgebase.arrays import Array
from cgebase.messages import listed, message


class PerformanceStandard(Instrument, Trading, table="standard", prices="permits"):
    """Free permits in proportion to output, at a share of the baseline's tonnes per output.

    A province far below the nation's average gains from output; alone under a cap of its own it may find no price that
    meets it.
    """

    sectors: tuple[str, ...] = Field(min_length=1)
    """Activities that receive them, by code; `power` stands for every generation technology that emits."""
    factor: float = number(unit="share of the baseline's intensity", ge=0, le=2)
    """Benchmark of the end year over the baseline's intensity of the same year."""
    start_factor: float = number(1.0, unit="share of the baseline's intensity", ge=0, le=2)
    """Benchmark at the start."""
    scope: Literal["national", "own"] = "national"
    """Whether the intensity is the nation's average of the activity or that of each province."""
    mode: Literal["rate", "cap"] = "rate"
    """`rate`: the permits are all there are, so that emissions float with output (tradable performance standard), and
    only `sectors` need them unless a coverage says otherwise; `cap`: an absolute cap or a tax stands beside, permits
    given free are taken out of it."""

    @property
    def market(self) -> bool:
        return self.mode == "rate"

    def beside(self, tables: Collection[str], dropped: Collection[str]) -> None:
        if not self.market and unpriced(tables, "tax") is not None:
            raise ValueError(message("CGE118", known=listed(pricing("tax"))))

    def refuse_unknown(self, facts: Facts) -> None:
        facts.refuse_clean(facts.activities(self.sectors, "standard"), "standard")

    def beginning(self, facts: Facts) -> dict[str, Array]:
        easy = self.model_copy(update={"factor": 1.0, "start_factor": 1.0})
        if self.mode == "cap" or facts.year < self.start_year:
            return super().beginning(facts)
        return {"free": easy.given(facts)["free"]}

    def given(self, facts: Facts) -> dict[str, Array]:
        v = facts.values
        chosen = facts.activities(self.sectors, "standard")
        tonnes, output = facts.accounts["EML"], v["LEVEL"]
        if self.scope == "national":
            tonnes, output = (np.repeat(x.sum(1, keepdims=True), x.shape[1], axis=1) for x in (tonnes, output))
        own = np.divide(tonnes, output, out=np.zeros_like(tonnes), where=output > 0)
        free = chosen[:, None] * own * self.at(facts.year, self.start_factor, self.factor) * (v["LEVEL"] > 0)
        out = {"free": free}
        if self.mode == "rate":
            none = np.zeros(free.shape[1])
            out |= {"rated": none + 1, "cap": none, "cover": chosen[:, None] + none, "coverh": none}
        return out

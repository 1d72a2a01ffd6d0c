"""Where carbon revenue goes besides the lump sum to households of the province."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

import numpy as np
from pydantic import model_validator

from cge.policies.base import Facts, Instrument, unpriced
from cge.policies.table import number
from cgebase.arrays import Array
from cgebase.messages import Message, message


class Revenue(Instrument, table="revenue"):
    """Shares of each province's carbon revenue; what is left is a lump sum to its households."""

    investment: float = number(0.0, unit="share of revenue", ge=0, le=1)
    """Added to national saving."""
    owners: float = number(0.0, unit="share of revenue", ge=0, le=1)
    """Left to owners of capital: permits grandfathered to firms."""
    dividend: float = number(0.0, unit="share of revenue", ge=0, le=1)
    """Shared nationally, the same for every head."""

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        whole = self.investment + self.owners + self.dividend
        if whole > 1 + 1e-12:
            raise ValueError(message("CGE522", found=whole))
        return self

    def idle(self, tables: Collection[str]) -> Message | None:
        if not (self.investment or self.owners or self.dividend):
            return message("idle.revenue")
        return unpriced(tables)

    def given(self, facts: Facts) -> dict[str, Array]:
        one = np.ones(len(facts.sets["r"]))
        return {
            "usei": self.investment * one, "useo": self.owners * one, "usen": self.dividend * one, "heads": facts.heads,
        }  # fmt: skip

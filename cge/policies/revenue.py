"""Where carbon revenue goes besides the lump sum to households of the province."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from cge.policies.base import Facts, Instrument
from cgebase.arrays import Array
from cgebase.messages import message


class Revenue(Instrument, table="revenue"):
    """Shares of each province's carbon revenue; what is left is a lump sum to its households.

    Parameters
    ----------
    investment : float
        Added to national saving.
    owners : float
        Left to owners of capital: permits grandfathered to firms.
    dividend : float
        Shared nationally, the same for every head.
    """

    investment: float = Field(0.0, ge=0, le=1)
    owners: float = Field(0.0, ge=0, le=1)
    dividend: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        whole = self.investment + self.owners + self.dividend
        if whole > 1 + 1e-12:
            raise ValueError(message("CGE522", found=whole))
        return self

    def given(self, facts: Facts) -> dict[str, Array]:
        one = np.ones(len(facts.sets["r"]))
        return {
            "usei": self.investment * one, "useo": self.owners * one, "usen": self.dividend * one, "heads": facts.heads,
        }  # fmt: skip

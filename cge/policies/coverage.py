"""Who pays the carbon price: sectors phased in, households in or out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from cge.policies.base import Facts, Instrument, unpriced
from cge.policies.table import Province, Year
from cgebase.arrays import Array
from cgebase.messages import Message, message


class Coverage(Instrument, table="coverage", last=True):
    """Who pays the carbon price: activities named, or all but some; phased in; households."""

    sectors: tuple[str, ...] = ()
    """Activities that pay from the start on, by code; `power` stands for every generation technology."""
    exempt: tuple[str, ...] = ()
    """Activities that do not pay, all others do; instead of `sectors`."""
    later: dict[Year, tuple[str, ...]] = {}
    """More activities from a year on, beside `sectors`: `{ 2030 = ["irs", "nmm"] }`."""
    households: bool = False
    """Whether households pay for what they burn."""
    provinces: tuple[Province, ...] = ()
    """Where the table holds; everywhere if empty. In all other provinces everybody pays."""
    applies: Literal["both", "market", "tax"] = "both"
    """What the table speaks of: permits, the carbon tax, or both; the other covers everybody."""

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if bool(self.sectors) == bool(self.exempt) or (self.exempt and self.later):
            raise ValueError(message("CGE527"))
        return self

    def idle(self, tables: Collection[str]) -> Message | None:
        return unpriced(tables)

    def refuse_unknown(self, facts: Facts) -> None:
        covered = self._covered(facts, max(self.later, default=0))
        if not self.households:
            facts.refuse_clean(covered, "coverage")

    def _covered(self, facts: Facts, year: int) -> Array:
        """1 for activities that pay in a year, (a,)."""
        later = [facts.activities(more, "coverage") * (since <= year) for since, more in self.later.items()]
        named = facts.activities(self.sectors or self.exempt, "coverage")
        return np.maximum.reduce([named if self.sectors else 1.0 - named, *later])

    def given(self, facts: Facts) -> dict[str, Array]:
        here = facts.provinces(self.provinces, "coverage")
        who = np.maximum(self._covered(facts, facts.year)[:, None], 1 - here)
        home = np.maximum(float(self.households), 1 - here)
        market, tax = {"cover": who, "coverh": home}, {"covt": who, "covth": home}
        return {**(market if self.applies != "tax" else {}), **(tax if self.applies != "market" else {})}

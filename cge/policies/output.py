"""Floors and ceilings of what activities make, in indices of their output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from cge.policies.base import Facts
from cge.policies.bounds import Bound, Outputs
from cgebase.arrays import Array


class Output(Outputs, table="output"):
    """Floors and ceilings of real output, each met by a payment or a charge per unit that the budget pays or earns.

    Of generation `generation` has them.
    """

    unit: Literal["index", "baseline"] = "index"
    """What limits multiply: output of the base year, or of the baseline of the year."""

    def there(self, facts: Facts) -> Array:
        return facts.parameters["sector"]

    def times(self, codes: str, unit: float) -> float:
        return unit

    def of_year(self, facts: Facts) -> Iterator[Bound]:
        now = np.where(self.there(facts) > 0, facts.values["LEVEL"], 0.0)
        return self._bounds(facts, now, self.there(facts) * facts.benchmark["qa0"] if self.unit == "index" else now)

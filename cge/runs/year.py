"""A year before it is solved: its parameters, where the path to them begins, and a first guess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgebase.arrays import Array
from cgebase.brief import Brief


@dataclass(frozen=True, repr=False)
class Year(Brief):
    """A year to be solved.

    Parameters
    ----------
    parameters : dict of str to ndarray
        Of the year in full.
    begins : dict of str to ndarray
        Where parameters begin that move along the path to those of the year.
    start : dict of str to ndarray
        First guess of the core variables.
    cap_from : ndarray, (r,), optional
        Where the caps begin: what last year's solution emits. Without it they do not move.
    """

    year: int
    parameters: dict[str, Array]
    begins: dict[str, Array]
    start: dict[str, Array]
    cap_from: Array | None = None

    def at(self, lam: float) -> dict[str, Array]:
        """Parameters at a point of the path, 0 to 1; caps move in logarithms."""
        eased = {n: (1 - lam) * v + lam * self.parameters[n] for n, v in self.begins.items()}
        if self.cap_from is None:
            return {**self.parameters, **eased}
        cap = self.parameters["cap"]
        there = (self.cap_from > 0) & (cap > 0)
        first, last = np.where(there, self.cap_from, 1.0), np.where(there, cap, 1.0)
        return {**self.parameters, **eased, "cap": np.where(there, first ** (1 - lam) * last**lam, cap)}

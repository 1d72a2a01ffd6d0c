"""Accounts at given numbers: what is reported beside a solve, each evaluated when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from cge.language.algebra import Theory
from cge.solve.kernels import Call, Kernels
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import message, near


class Accounts(Mapping[str, Array]):
    """Accounts of a theory by name; zero in cells that do not exist.

    Parameters
    ----------
    theory : Theory
    parameters, values : mapping of str to ndarray
        Of a solved state: every parameter, every variable with its definitions.

    Notes
    -----
    The kernels of all accounts compile when the first of any is asked for.
    """

    def __init__(self, theory: Theory, parameters: Mapping[str, Array], values: Mapping[str, Array]) -> None:
        self._theory, self._given, self._own = theory, (values, parameters), dict[str, Array]()
        sized = ((theory.families[n].dims, np.shape(x)) for n, x in values.items())
        self._sizes = {d.name: size for dims, shape in sized for d, size in zip(dims, shape, strict=True)}

    def __getitem__(self, name: str) -> Array:
        if name not in self._own:
            if name not in self._theory.accounts:
                raise SpecificationError(message("CGE430.account", name=name, near=near(name, self._theory.accounts)))
            statement = self._theory.accounts[name]
            kernel = _kernels(self._theory)[statement]
            out = np.zeros([self._sizes[d.name] for d in self._theory.families[name].dims])
            Call(kernel, self._sizes, self._table).fill(out)
            out.flags.writeable = False
            self._own[name] = out
        return self._own[name]

    def __contains__(self, name: object) -> bool:
        return name in self._theory.accounts

    def __iter__(self) -> Iterator[str]:
        return iter(self._theory.accounts)

    def __len__(self) -> int:
        return len(self._theory.accounts)

    def _table(self, name: str) -> Array:
        """What a kernel takes for a symbol."""
        values, parameters = self._given
        table = self[name] if name in self._theory.accounts else (values if name in values else parameters)[name]
        return np.require(table, float, "C")


@lru_cache(maxsize=8)
def _kernels(theory: Theory) -> Kernels:
    kernels = Kernels(theory, theory.accounts.values())
    kernels.prepare(theory.accounts.values())
    return kernels

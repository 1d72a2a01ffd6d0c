"""What a theory declares: index sets with subsets and order, variables and parameters over them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sympy as sp

from cgebase.errors import SpecificationError

if TYPE_CHECKING:
    from cge.language.algebra import Theory


def place(index: sp.Basic) -> tuple[sp.Symbol, int]:
    """Index symbol and lead (positive) or lag (negative) of one index of a reference."""
    if isinstance(index, sp.Symbol):
        return index, 0
    shift, rest = index.as_coeff_Add() if isinstance(index, sp.Add) else (sp.Integer(0), index)
    if not (isinstance(rest, sp.Symbol) and shift.is_Integer):
        text = f"index {index} is neither a symbol nor a symbol with a lead or lag, such as t + 1"
        raise SpecificationError(text)
    return rest, int(shift)


@dataclass(frozen=True)
class Set:
    """An index set of a theory; its members are given when a system is built.

    Parameters
    ----------
    of : Set, optional
        The set this one is a subset of. Variables and parameters live on whole sets; indices of equations,
        definitions and sums may run over subsets.
    ordered : bool
        Whether leads and lags, ``K[t + 1]``, make sense: periods, vintages, ages.
    """

    name: str
    description: str
    theory: Theory = field(repr=False, compare=False)
    of: Set | None = None
    ordered: bool = False

    @property
    def root(self) -> Set:
        """The whole set."""
        return self if self.of is None else self.of.root

    def index(self, name: str) -> sp.Symbol:
        """Index symbol running over this set."""
        known = self.theory.runs.setdefault(name, self)
        if known is not self:
            text = f"index {name!r} already runs over set {known.name!r}; choose another name for {self.name!r}"
            raise SpecificationError(text)
        self.theory.indices[name] = self.root
        return sp.Symbol(name, integer=True)

    def subset(self, name: str, description: str = "") -> Set:
        """Declare a subset; its members are given, like those of every set, when a system is built."""
        return self.theory.add(Set(name, description, self.theory, self, self.ordered))

    @property
    def mask(self) -> Family:
        """Parameter over the whole set: 1 for members of this subset, else 0."""
        return self._automatic("in", f"1 in {self.description or self.name}", 0)

    @property
    def first(self) -> Family:
        """Parameter that is 1 for the first member of an ordered set, else 0."""
        return self._automatic("first", f"1 for the first of {self.description or self.name}", 0)

    @property
    def last(self) -> Family:
        """Parameter that is 1 for the last member of an ordered set, else 0."""
        return self._automatic("last", f"1 for the last of {self.description or self.name}", 0)

    def has(self, shift: int) -> Family:
        """Parameter that is 1 where the member ``shift`` places on exists, else 0."""
        word = f"lead{shift}" if shift > 0 else f"lag{-shift}"
        return self._automatic(word, f"1 where the member {shift:+d} exists", shift)

    def _automatic(self, word: str, description: str, shift: int) -> Family:
        if word != "in" and not self.ordered:
            text = f"set {self.name!r} is not ordered, so it has no first, last, lead or lag; declare it ordered=True"
            raise SpecificationError(text)
        name = f"{word}_{self.name}"
        if name not in self.theory.families:
            made = Automatic(word.rstrip("0123456789"), self, shift)
            self.theory.families[name] = Family(
                name, (self.root,), "1", description, "parameter", False, sp.IndexedBase(name), automatic=made
            )
        return self.theory.families[name]


@dataclass(frozen=True)
class Automatic:
    """How a parameter follows from the members of a set: ``in``, ``first``, ``last``, ``lead`` or ``lag``."""

    word: str
    of: Set
    shift: int


@dataclass(frozen=True)
class Family:
    """A variable or parameter: ``PX[c, r]`` is one reference to it.

    Parameters
    ----------
    alias : str
        What it is called elsewhere, such as GTAP's ``ESUBD``; found by ``cge explain``.
    default : float, optional
        Value of a parameter that is not given; first guess of a variable without one.
    lower, upper : float
        Range of sensible values of a parameter; data outside are refused.
    maps : bool
        A parameter that sends each member of its first set to one member of its second.
    """

    name: str
    dims: tuple[Set, ...]
    unit: str
    description: str
    kind: str
    log: bool
    base: sp.IndexedBase
    limited: bool = True
    alias: str = ""
    default: float | None = None
    lower: float = -math.inf
    upper: float = math.inf
    maps: bool = False
    automatic: Automatic | None = None

    def __getitem__(self, indices: sp.Basic | tuple[sp.Basic, ...]) -> sp.Indexed:
        got = indices if isinstance(indices, tuple) else (indices,)
        if len(got) != len(self.dims):
            text = f"{self.name} has dimensions {[d.name for d in self.dims]}, got {len(got)} indices {got}"
            raise SpecificationError(text)
        for index, of in zip(got, self.dims, strict=True):
            symbol, shift = place(index)
            found = of.theory.indices.get(symbol.name)
            if found is not of:
                runs = f"runs over {found.name!r}" if found else "is the index of no set"
                cell = f"{self.name}[{', '.join(map(str, got))}]"
                text = f"{cell}: index {symbol} {runs}, but {of.name!r} is needed there"
                raise SpecificationError(text)
            if shift:
                of.has(shift)
        return self.base[got]

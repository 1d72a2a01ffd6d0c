"""What every instrument is, what it may know, and how it names sectors and provinces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, Unpack

import numpy as np
from pydantic import ConfigDict, field_validator, model_validator

from cge.policies.table import EndYear, Group, StartYear, Table, dated
from cge.solve.accounts import Accounts
from cge.theory.chapters import THEORY
from cge.theory.nests import NESTS
from cge.theory.symbols import EASED, T
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import CGEError
from cgebase.messages import Message, listed, message, near
from sam.registry import TECHNOLOGIES

POWER = "power"
"""Word for every generation technology."""
KEYS = ("id", "label", "extends", "expect", "cap", "closure", "instruments")
"""Keys of a scenario, which no instrument can have as its table."""


class PolicyError(CGEError, ValueError):
    """An instrument that the economy at hand cannot carry."""

    exit_code = 2


class Trading(Table):
    """Who may trade permits with whom."""

    trade: Literal["none", "national"] = "none"
    """Who trades permits: nobody, every province has its own market; or all provinces in one market, of each country
    where there are several."""
    groups: tuple[Group, ...] = ()
    """Provinces that trade among each other, `[["新疆", "甘肃"], …]`, instead of `trade`; all others are alone."""

    @field_validator("groups")
    @classmethod
    def _apart(cls, groups: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        named = [p for group in groups for p in group]
        twice = sorted({p for p in named if named.count(p) > 1})
        if twice:
            raise ValueError(message("CGE523", provinces=listed(twice)))
        if any(len(group) < 2 for group in groups):
            raise ValueError(message("CGE523.alone"))
        return groups

    @property
    def markets(self) -> tuple[tuple[str, ...], ...]:
        """Groups of provinces that trade; where there is none, `trade` says who does."""
        return self.groups


Pricing = Literal["permits", "tax"]
"""By what an instrument puts a price on carbon."""


def pricing(by: Pricing | None = None) -> tuple[str, ...]:
    """Tables that put a price on carbon, by permits or tax if asked; a cap always does."""
    return ("cap", *sorted(t for t, kind in REGISTRY.items() if kind.prices and by in (None, kind.prices)))


def unpriced(tables: Collection[str], by: Pricing | None = None) -> Message | None:
    """What a scenario with these tables lacks, if none of them puts a price on carbon."""
    known = pricing(by)
    if set(known) & set(tables):
        return None
    return message("idle.market" if by == "permits" else "idle.bare", known=listed(known))


@dataclass(frozen=True, repr=False)
class Facts(Brief):
    """What an instrument may know of a year.

    Parameters
    ----------
    year, base_year : int
    sets : mapping of str to labels
        Provinces ``r``, commodities ``c``, activities ``a``.
    benchmark : mapping of str to ndarray
        Parameters of the base year.
    values, parameters : mapping of str to ndarray
        Baseline of the year; the capacity of lines is that of a policy run without instruments.
    heads : ndarray, (h, r)
        Share of each household in national population of the year.
    distance : ndarray, (r, r)
        Between regions, km.
    """

    year: int
    base_year: int
    sets: Mapping[str, Sequence[str]]
    benchmark: Mapping[str, Array]
    values: Mapping[str, Array]
    parameters: Mapping[str, Array]
    heads: Array
    distance: Array

    @property
    def accounts(self) -> Accounts:
        """What the baseline of the year reports, see :mod:`cge.theory.accounts`."""
        return Accounts(THEORY, self.parameters, self.values)

    def members(self, of: str, names: Iterable[str], what: str) -> Array:
        """1 for the labels of set ``of`` that are named, (n,).

        Raises
        ------
        PolicyError
            Labels that the economy does not have; all at once.
        """
        known, names = tuple(self.sets[of]), tuple(names)
        wrong = [n for n in names if n not in known]
        if wrong:
            asked = listed(message("CGE521.label", name=n, near=near(n, known)) for n in wrong)
            raise PolicyError(message("CGE521", instrument=what, labels=asked, known=listed(known)))
        return np.array([float(k in names) for k in known])

    def activities(self, names: Iterable[str], what: str) -> Array:
        """1 for the activities named, (a,); ``power`` stands for every generation technology there is."""
        there = [g for g in TECHNOLOGIES if g in self.sets["a"]]
        return self.members("a", [c for n in names for c in (there if n == POWER else (n,))], what)

    def refuse_clean(self, covered: Array, what: str) -> None:
        """Refuse activities, 1 where covered, (a,), none of which emits in the base year.

        Raises
        ------
        PolicyError
            Names those that do.
        """
        p = self.parameters
        tonnes = sum(p[f"eps_{n.name}"].sum((0, 2)) for n in NESTS if n.commodities) + p["epsp"].sum(1)
        if not (covered * tonnes).any():
            those = listed(a for a, t in zip(self.sets["a"], tonnes, strict=True) if t > 0)
            raise PolicyError(message("CGE595", instrument=what, known=those))

    def provinces(self, names: Iterable[str], what: str) -> Array:
        """1 for the provinces named, (r,); every province where none is."""
        names = tuple(names)
        return self.members("r", names, what) if names else np.ones(len(self.sets["r"]))

    def by_province(self, own: Mapping[str, float], others: float, what: str) -> Array:
        """A number of every province, (r,): its own where one is named, else that of all others."""
        self.provinces(own, what)
        return np.array([own.get(r, others) for r in self.sets["r"]])


class Instrument(Table, ABC):
    """A table of the scenario file, which a class names: ``class Tax(Instrument, table="tax")``.

    Notes
    -----
    Of two instruments that give the same parameter, the one declared ``last=True`` has the last word.
    One that puts a price on carbon says by what, ``prices="tax"`` or ``prices="permits"``; one that acts on generation
    in TWh, lines or storage of carbon is declared ``in_twh=True``.
    """

    last: ClassVar[bool] = False
    table: ClassVar[str] = ""
    """Name of the table."""
    prices: ClassVar[Pricing | None] = None
    """By what it puts a price on carbon, if it does: what needs such a price may stand beside it."""
    in_twh: ClassVar[bool] = False
    """Whether it acts on generation in TWh, lines or storage of carbon, which an economy may not count."""

    start_year: StartYear = dated(lambda of: of.begin, le=False)
    """First year in which it acts."""
    end_year: EndYear = dated(lambda of: of.last_year, ge=False)
    """Year from which on the final values hold; before it they are on a straight line from those of the start."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_year < self.start_year:
            raise ValueError(message("CGE526", start=self.start_year, end=self.end_year))
        return self

    def __init_subclass__(
        cls, *, table: str = "", last: bool = False, prices: Pricing | None = None, in_twh: bool = False,
        **config: Unpack[ConfigDict],
    ) -> None:  # fmt: skip
        super().__init_subclass__(**config)
        if not table:
            return
        if table in KEYS:
            raise PolicyError(message("CGE594", table=table, place=cls.__module__, known=listed(KEYS)))
        other = REGISTRY.setdefault(table, cls)
        if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise PolicyError(message("CGE592", table=table, first=other.__module__, second=cls.__module__))
        REGISTRY[table], cls.last, cls.table = cls, last, table
        cls.prices, cls.in_twh = prices, in_twh

    @property
    def equations(self) -> tuple[str, ...]:
        """Equations that the instrument activates."""
        return ()

    @property
    def market(self) -> bool:
        """Whether the instrument opens permit markets."""
        return False

    def beside(self, tables: Collection[str], dropped: Collection[str]) -> None:
        """Refuse a scenario with these tables, its own among them, whose closure drops these equations.

        Raises
        ------
        ValueError
            The instrument means nothing there.
        """

    def refuse_unknown(self, facts: Facts) -> None:
        """Refuse what the economy does not have; asked before anything is solved, so ``facts`` hold no values.

        Raises
        ------
        PolicyError
            Labels that the economy does not have, all at once.
        """

    def idle(self, tables: Collection[str]) -> Message | None:
        """Why the instrument changes nothing in a scenario with these tables, its own among them; None if it acts."""
        return None

    def parameters(self, facts: Facts) -> dict[str, Array]:
        """Parameters of the year that differ from the baseline; empty before the start."""
        return self.given(facts) if facts.year >= self.start_year else {}

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """Parameters at the beginning of the path that leads to :meth:`parameters`; others keep their final value.

        Where the year cannot be solved at once, the instrument is eased in from here.
        """
        return {n: 0.0 * v for n, v in self.parameters(facts).items() if T.families[n].tags >= EASED}

    @abstractmethod
    def given(self, facts: Facts) -> dict[str, Array]:
        """Parameters of a year from the start on."""

    def at(self, year: int, first: float, last: float) -> float:
        """Value of a year on the line from ``first`` at the start to ``last`` at the end."""
        if self.end_year <= self.start_year:
            return last
        done = min(max((year - self.start_year) / (self.end_year - self.start_year), 0.0), 1.0)
        return first + (last - first) * done


REGISTRY: dict[str, type[Instrument]] = {}
"""Instruments declared so far, by table; :func:`cge.policies.instruments` knows all."""

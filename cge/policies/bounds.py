"""What floors and ceilings of quantities have in common: places, years, units, and the slots of their equations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from pydantic import AfterValidator, Discriminator, Tag, model_validator

from cge.policies.base import Facts, Instrument, PolicyError
from cge.policies.table import EACH, Place, Year, number
from cgebase.arrays import Array
from cgebase.messages import Message, listed, message
from sam.registry import NATION

Amount = Annotated[float, number(unit="as `unit` says", gt=0, le=100_000)]
Nodes = dict[Year, Amount]
Limit = Annotated[
    Annotated[Amount, Tag("<number>")] | Annotated[Nodes, Tag("<nodes>")],
    Discriminator(lambda value: "<nodes>" if isinstance(value, dict) else "<number>"),
]
"""Of the end year, or by year."""
Codes = Annotated[str, AfterValidator(lambda text: "+".join(sorted(part.strip() for part in text.split("+"))))]
"""An activity, or several together, ``gwi+gso``."""
Limits = dict[Place, dict[Codes, Limit]]
EASY = 0.05
"""Part of a floor that the path to a year begins at where the baseline has nothing of what it asks."""

NOTHING = 1e-9
"""Part of a floor below which the baseline has nothing of it."""


@dataclass(frozen=True)
class Bound:
    """A floor or ceiling of one year.

    Parameters
    ----------
    activities, provinces : tuple of int
        Places of those that meet it together.
    sign : float
        1 for a floor, -1 for a ceiling.
    limit, easy : float
        Quantity of the year, and where the path to it begins.
    """

    activities: tuple[int, ...]
    provinces: tuple[int, ...]
    sign: float
    limit: float
    easy: float


class Bounds(Instrument):
    """Floors and ceilings by place and activity."""

    floors: Limits = {}
    """Least quantities by place and activity: `{ "全国" = { "gwi+gso" = { 2030 = 3000, 2060 = 9000 } }, "新疆" =
    { gnu = 20 } }`. A place is a province, several together (`"新疆+甘肃"`), the nation (`"CN"`), or every province by
    itself (`"each"`); activities joined by `+` meet one limit together. A number holds from `end_year` on; before it
    and between nodes lines are straight, from the baseline's quantity in `start_year`."""
    ceilings: Limits = {}
    """Most, in the same way."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        nodes = [limit for _, _, _, limit in self._all() if isinstance(limit, dict)]
        wrong = sorted({y for limit in nodes for y in limit if not self.start_year <= y <= self.end_year})
        if wrong:
            raise ValueError(message("CGE143", years=listed(wrong), start=self.start_year, end=self.end_year))
        for place, by in self.floors.items():
            for codes, floor in by.items():
                ceiling = self.ceilings.get(place, {}).get(codes)
                if ceiling is not None and self._ends(floor) > self._ends(ceiling):
                    raise ValueError(message("CGE143.order", place=place, codes=codes))
        return self

    def _ends(self, limit: Any) -> float:
        return float(limit[max(limit)] if isinstance(limit, dict) else limit)

    def _all(self) -> Iterator[tuple[float, str, str, Any]]:
        for sign, table in ((1.0, self.floors), (-1.0, self.ceilings)):
            for place, by in table.items():
                for codes, limit in by.items():
                    yield sign, place, codes, limit

    def idle(self, tables: Collection[str]) -> Message | None:
        return None if any(self._all()) else message("idle.bounds")

    def refuse_unknown(self, facts: Facts) -> None:
        there = self.there(facts)
        for _, place, codes, _ in self._all():
            asked = codes.split("+")
            facts.members("a", asked, self.table)
            rows = [facts.sets["a"].index(code) for code in asked]
            wrong = [code for code, k in zip(asked, rows, strict=True) if not there[k].any()]
            if wrong:
                known = listed(code for code, row in zip(facts.sets["a"], there, strict=True) if row.any())
                raise PolicyError(message("CGE144", table=self.table, codes=listed(wrong), known=known))
            for where in self._places(place, facts):
                if place != EACH and not there[np.ix_(rows, where)].any():
                    raise PolicyError(message("CGE144.place", table=self.table, codes=codes, place=place))

    def _places(self, place: str, facts: Facts) -> list[tuple[int, ...]]:
        regions = facts.sets["r"]
        if place == EACH:
            return [(k,) for k in range(len(regions))]
        if place == NATION:
            return [tuple(range(len(regions)))]
        facts.members("r", place.split("+"), self.table)
        return [tuple(regions.index(name) for name in place.split("+"))]

    def _bounds(self, facts: Facts, now: Array, unit: Array) -> Iterator[Bound]:
        """Bounds of the year; a province without what ``each`` limits has none.

        Parameters
        ----------
        now, unit : ndarray, (a, r)
            Quantities of the baseline of the year, and what limits in a unit that is no quantity multiply.
        """
        for sign, place, codes, limit in self._all():
            rows = tuple(facts.sets["a"].index(code) for code in codes.split("+"))
            for where in self._places(place, facts):
                cells = np.ix_(rows, where)
                if place == EACH and not unit[cells].sum() > 0:
                    continue
                base, times = float(now[cells].sum()), self.times(codes, float(unit[cells].sum()))
                nodes = limit if isinstance(limit, dict) else {self.end_year: limit}
                line = {self.start_year: base} | {y: value * times for y, value in nodes.items()}
                years = sorted(line)
                bound = float(np.interp(facts.year, years, [line[y] for y in years]))
                start = base if base > NOTHING * bound else EASY * bound
                easy = min(bound, start) if sign > 0 else max(bound, base)
                if bound > 0:
                    yield Bound(rows, where, sign, bound, easy)

    @abstractmethod
    def of_year(self, facts: Facts) -> Iterator[Bound]:
        """Bounds of a year from the start on."""

    @abstractmethod
    def there(self, facts: Facts) -> Array:
        """1 where there is anything to limit, (a, r)."""

    @abstractmethod
    def times(self, codes: str, unit: float) -> float:
        """Quantity of a limit of 1 where what it may multiply is ``unit``."""


class Outputs(Bounds):
    """Floors and ceilings of output or generation: the slots of the equation `output_limit`.

    An activity leads the limits of one list of activities, as many as there are provinces.
    """

    @property
    def equations(self) -> tuple[str, ...]:
        return ("output_limit",)

    def refuse_unknown(self, facts: Facts) -> None:
        super().refuse_unknown(facts)
        there = self.there(facts)
        self._slots(list(self._bounds(facts, there, there)), len(facts.sets["r"]))

    def beginning(self, facts: Facts) -> dict[str, Array]:
        """Limits that the baseline meets."""
        return {"qlim": self._by_slot(facts, easy=True)["qlim"]} if facts.year >= self.start_year else {}

    def given(self, facts: Facts) -> dict[str, Array]:
        return self._by_slot(facts, easy=False)

    def _by_slot(self, facts: Facts, *, easy: bool) -> dict[str, Array]:
        na, nr = len(facts.sets["a"]), len(facts.sets["r"])
        shapes = {"qof": (na, na), "qin": (na, nr, nr), "qsign": (na, nr), "qlim": (na, nr), "qfor": (na, nr)}
        out = {name: np.zeros(shape) for name, shape in shapes.items()}
        for (lead, m), bound in self._slots(list(self.of_year(facts)), nr).items():
            out["qof"][lead, list(bound.activities)] = 1.0
            out["qin"][lead, m, list(bound.provinces)] = 1.0
            out["qsign"][lead, m], out["qlim"][lead, m] = bound.sign, bound.easy if easy else bound.limit
            out["qfor"][np.ix_(bound.activities, bound.provinces)] = 1.0
        return out

    def _slots(self, bounds: Sequence[Bound], count: int) -> dict[tuple[int, int], Bound]:
        leads: dict[int, tuple[int, ...]] = {}
        out: dict[tuple[int, int], Bound] = {}
        for bound in bounds:
            mine = (k for k in bound.activities if leads.get(k, bound.activities) == bound.activities)
            free = next(((k, m) for k in mine for m in range(count) if (k, m) not in out), None)
            if free is None:
                raise PolicyError(message("CGE145", table=self.table, most=count))
            leads[free[0]] = bound.activities
            out[free] = bound
        return out

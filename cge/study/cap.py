"""The table `cap`: an absolute cap of every province, by a rule, by nodes, or for provinces of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from cge.policies.allocation import BOUNDS, EQUAL_LOSS, EXPONENTS, LARGEST, RULES, TARGET, cap_path, with_own
from cge.policies.base import FIRST, PolicyError, Trading
from cge.policies.table import BASE_YEAR, LAST_YEAR, Provinces, Year, joint, number
from cge.study.cap_file import read_caps
from cgebase.arrays import Array
from cgebase.messages import listed, message, near
from sam.paths import FOCUS, xinjiang_pathways

KNOWN = (*RULES, EQUAL_LOSS)
Weight = Literal["emissions", "population", "gdp", "stage", "thrift", "role", "energy_base"]
"""A factor of :data:`cge.policies.allocation.FACTORS`."""
Amount = Annotated[float, number(unit="share of base-year emissions, or Mt", gt=0, le=30_000)]
Nodes = dict[Year, Amount]
Bound = Annotated[float, number(unit="multiple of the national share", ge=0, le=30)]


def _or_file(schema: dict[str, Any]) -> None:
    """Nodes may stand in a file instead."""
    nodes = {key: schema.pop(key) for key in ("additionalProperties", "propertyNames", "type") if key in schema}
    schema["anyOf"] = [nodes, {"type": "string", "format": "file"}]


def _kind(value: Any) -> str:
    return "<nodes>" if isinstance(value, dict) else "<number>"


OwnCap = Annotated[Annotated[Amount, Tag("<number>")] | Annotated[Nodes, Tag("<nodes>")], Discriminator(_kind)]
"""Of the end year, or by year."""


class Cap(Trading):
    """An absolute cap on the CO2 of every province, linear from base-year emissions in `start_year`.

    From `end_year` on the cap stays where it is; a study may end before. Between `start_year` and `end_year` the nation
    follows the nodes of `path`, on straight lines, and the distance of each province to the nation grows linearly to
    the one that the rule gives it. Before `start_year` there is no cap.
    """

    allocation: str = Field("uniform", json_schema_extra={"enum": list(KNOWN)})
    """Rule that shares the national cap of the end year among provinces; see the rules below."""
    final_share: float = number(TARGET, unit="share of base-year emissions", gt=0, le=LARGEST)
    """National cap of the end year."""
    path: Nodes = Field({}, json_schema_extra=_or_file)
    """National cap on the way, from `start_year` to `end_year`: `{ 2030 = 1.29, 2035 = 1.22 }`; a node in the end year
    is the `final_share`, and stands instead of it in Mt. Or a file, `"my_caps.csv"`, with nodes of the nation and of
    provinces (`docs/study.md`)."""
    provinces: dict[Provinces, OwnCap] = {}
    """Caps of provinces instead of the rule's: of the end year, `{ "内蒙古" = 0.25 }`, or by year,
    `{ "新疆" = { 2030 = 1.1, 2060 = 0.28 } }`. `{ "新疆+甘肃" = 0.2 }` is one cap that they share and trade in; the
    rule says how much of it is whose."""
    pathway: str | None = Field(None, json_schema_extra={"enum": [*xinjiang_pathways()]})
    """Emissions of Xinjiang in a scenario of the planning study (`cge pathways`) as its own cap, in Mt whatever `unit`
    says, straight between the years that the study names; the rule shares out the caps of all others."""
    keep_total: bool = True
    """Whether the nation keeps its total where `provinces` or a `pathway` are given: the caps of all others are scaled
    by one factor a year. If not, the total follows from the provinces."""
    unit: Literal["share", "Mt"] = "share"
    """What `path` and `provinces` are in: shares of base-year emissions, or Mt CO2 a year."""
    exponents: dict[Weight, Annotated[float, number(unit="exponent", ge=-5, le=5)]] = {}
    """Exponents of the rule's weights instead of its own: `{ stage = 0.5 }`."""
    bounds: tuple[Bound, Bound] = BOUNDS
    """Lowest and highest cap of a province as multiples of the national share; the highest is at most 1."""
    base_year: Literal[2021] = 2021
    """Year whose emissions shares refer to."""
    start_year: int = number(FIRST, unit="year", ge=BASE_YEAR, lt=LAST_YEAR)
    """First year with a cap; base-year emissions there, unless `path` says otherwise."""
    end_year: int = number(LAST_YEAR, unit="year", gt=BASE_YEAR, le=LAST_YEAR)
    """Year from which on `final_share` holds."""

    @model_validator(mode="before")
    @classmethod
    def _ends(cls, given: Any) -> Any:
        """What a file says stands in the table; a node in the end year is the final share."""
        if isinstance(given, dict) and isinstance(given.get("path"), str):
            given = given | _filed(Path(given["path"]), given)
        path = given.get("path") if isinstance(given, dict) else None
        if not isinstance(path, dict) or "final_share" in given or given.get("unit") == "Mt":
            return given
        end = str(given.get("end_year", LAST_YEAR))
        last = [value for year, value in path.items() if str(year) == end]
        return given | {"final_share": last[0]} if last else given

    @field_validator("allocation")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in KNOWN:
            raise ValueError(message("CGE105", name=name, near=near(name, KNOWN), known=listed(KNOWN)))
        return name

    @field_validator("pathway")
    @classmethod
    def _studied(cls, name: str | None) -> str | None:
        known = [*xinjiang_pathways()]
        if name is not None and name not in known:
            raise ValueError(message("CGE105.pathway", name=name, near=near(name, known), known=listed(known)))
        return name

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        faults = [*self._years(), *self._sizes()]
        named = [code for name in self.provinces for code in name.split("+")]
        twice = sorted({code for code in named if named.count(code) > 1})
        if twice:
            faults.append(message("CGE141", provinces=listed(twice)))
        within = self.markets or ((tuple(named),) if self.trade == "national" else ())
        apart = [name for name in self.joint if not any({*name.split("+")} <= {*group} for group in within)]
        if apart:
            faults.append(message("CGE141.apart", names=listed(apart)))
        if self.pathway is not None and FOCUS in named:
            faults.append(message("CGE120.pathway"))
        if self.allocation == EQUAL_LOSS and (self.provinces or self.exponents or self.pathway):
            faults.append(message("CGE120.equal"))
        if not self.bounds[0] <= 1 <= self.bounds[1]:
            faults.append(message("CGE120.bounds", value=listed(self.bounds)))
        if faults:
            raise ValueError(listed(faults) if faults[1:] else faults[0])
        return self

    def _years(self) -> list[Any]:
        """Nodes outside the years of the cap, and an end that is given twice."""
        if self.end_year <= self.start_year:
            return [message("CGE526", start=self.start_year, end=self.end_year)]
        nodes = [self.path, *(own for own in self.provinces.values() if isinstance(own, dict))]
        start, end = self.start_year, self.end_year
        wrong = sorted({y for years in nodes for y in years if not start <= y <= end})
        faults = [message("CGE120.years", years=listed(wrong), start=start, end=end)] if wrong else []
        if self.unit == "share" and self.path.get(end, self.final_share) != self.final_share:
            faults.append(message("CGE120.twice", year=end))
        return faults

    def _sizes(self) -> list[Any]:
        own = (given if isinstance(given, dict) else {self.end_year: given} for given in self.provinces.values())
        shares = (self.path, *own) if self.unit == "share" else ()
        large = sorted({v for nodes in shares for v in nodes.values() if v > LARGEST})
        return [message("CGE120.large", values=listed(f"{v:g}" for v in large), most=f"{LARGEST:g}")] if large else []

    @property
    def joint(self) -> tuple[str, ...]:
        """Names of provinces that share one cap, joined by ``+``."""
        return tuple(name for name in self.provinces if "+" in name)

    @property
    def markets(self) -> tuple[tuple[str, ...], ...]:
        """Those who share a cap trade in it, unless a wider group holds them."""
        free = (tuple(name.split("+")) for name in self.joint if self.groups or self.trade == "none")
        held = {code for group in self.groups for code in group}
        return self.groups + tuple(group for group in free if not held & {*group})

    @property
    def rule(self) -> Mapping[str, float]:
        """Exponents of the factors that the rule weighs."""
        return {**EXPONENTS[self.allocation], **{str(name): power for name, power in self.exponents.items()}}

    def target(self, emissions: Array) -> float:
        """National cap of the end year over base-year emissions, (r,), Mt."""
        return self._shares(self.path, float(emissions.sum())).get(self.end_year, self.final_share)

    def table(self, regions: Sequence[str], emissions: Array, shares: Array, years: Sequence[int]) -> Array:
        """Caps in Mt, (t, r).

        Parameters
        ----------
        emissions : ndarray, (r,)
            Of the base year, Mt.
        shares : ndarray, (r,)
            Caps of the end year over base-year emissions by the rule.
        """
        caps = cap_path(
            emissions, shares, years, start=self.start_year, end=self.end_year, nation=self.nation(emissions, years)
        )
        own = self._own(list(regions), emissions, years, caps)
        if self.keep_total and len(own) == len(regions):
            raise PolicyError(message("CGE120.all"))
        return with_own(caps, own, keep_total=self.keep_total)

    def nation(self, emissions: Array, years: Sequence[int]) -> Array | None:
        """National cap over base-year emissions, (t,); None where it is a straight line."""
        if not self.path:
            return None
        ends = {self.start_year: 1.0, self.end_year: self.target(emissions)}
        return _line(ends | self._shares(self.path, float(emissions.sum())), years)

    def _own(self, regions: list[str], emissions: Array, years: Sequence[int], caps: Array) -> dict[int, Array]:
        """Caps in Mt of provinces that have their own, (t,), by place; those that share one divide it by ``caps``."""
        out: dict[int, Array] = {}
        lost = [n for name in self.provinces for n in name.split("+") if n not in regions]
        if lost:
            labels = listed(message("CGE521.label", name=n, near=near(n, regions)) for n in lost)
            raise PolicyError(message("CGE521", instrument="cap", labels=labels, known=listed(regions)))
        for name, given in self.provinces.items():
            places = [regions.index(n) for n in name.split("+")]
            nodes, tonnes = given if isinstance(given, dict) else {self.end_year: given}, float(emissions[places].sum())
            path = tonnes * _line({self.start_year: 1.0} | self._shares(nodes, tonnes), years)
            out |= {k: path * caps[:, k] / caps[:, places].sum(1) for k in places}
        if self.pathway is not None:
            place = regions.index(FOCUS)
            out[place] = _line({self.start_year: float(emissions[place])} | xinjiang_pathways()[self.pathway], years)
        return out

    def _shares(self, nodes: Mapping[int, float], emissions: float) -> dict[int, float]:
        return {year: value / (emissions if self.unit == "Mt" else 1.0) for year, value in nodes.items()}


def _line(nodes: Mapping[int, float], years: Sequence[int]) -> Array:
    """Straight lines between nodes, level before the first and after the last."""
    known = sorted(nodes)
    return np.interp(years, known, [nodes[y] for y in known])


def _filed(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that a file says instead of those of the table, but for provinces that the table names itself."""
    read, own = read_caps(path, given.get("unit")), given.get("provinces", {})
    if not isinstance(own, dict):
        return read | {"provinces": own}
    return read | {"provinces": {k: v for k, v in read["provinces"].items() if k not in map(_code, own)} | own}


def _code(name: str) -> str:
    """Codes of a name; what is none is said with all other faults."""
    try:
        return joint(name)
    except ValueError:
        return name

"""Tables of a study file: one strict rule for every key, and numbers that carry their range and unit."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from cgebase.messages import both, listed, message
from sam.country import CHINA, Country
from sam.registry import NATION, UnknownNameError

COUNTRY: ContextVar[Country] = ContextVar("COUNTRY", default=CHINA)
"""The country whose economy a study names: its years and regions are what the study may speak of."""
REGIONS: ContextVar[frozenset[str]] = ContextVar("REGIONS", default=frozenset())
"""Codes of the regions of the economy that a study names, besides those of provinces."""


class Table(BaseModel):
    """A table of a study file: no keys but its own, every value of exactly its type, every number finite.

    The text under a key is its description in `docs/study.md`. Lists of a file are tuples here.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @model_validator(mode="before")
    @classmethod
    def _unchanging(cls, given: Any) -> Any:
        return _tuples(given) if isinstance(given, dict) else given

    @field_validator("*", mode="wrap")
    @classmethod
    def _each_once(cls, given: Any, read: ValidatorFunctionWrapHandler) -> Any:
        """Keys such as 新疆 and XJ are one, of which only the last would count."""
        value = read(given)
        if isinstance(given, dict) and isinstance(value, dict) and len(value) < len(given):
            raise ValueError(message("CGE142", names=listed(given)))
        return value


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(part) for key, part in value.items()}
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


def number(default: Any = ..., *, unit: str, **limits: float) -> Any:
    """Return the field of a number, with its unit and both ends of its range (``ge`` or ``gt``, ``le`` or ``lt``)."""
    given: dict[str, Any] = {"json_schema_extra": {"unit": unit}, **limits}
    return Field(default, **given)


def _year(value: Any) -> Any:
    """Keys of a table are text; a year among them is its number."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) == 4 else value


def _province(name: str) -> str:
    if name in REGIONS.get():
        return name
    try:
        return COUNTRY.get().resolve(name)
    except UnknownNameError as error:
        raise ValueError(both(error)) from error


def _of_country(name: str) -> tuple[str, ...]:
    """Regions of a country by its code; none where it is the code of no country of several."""
    return tuple(region for region, country in COUNTRY.get().nations.items() if country == name)


def joint(name: str) -> str:
    """Codes of a province, or of several that ``+`` joins, in the order of their codes; a country is its provinces.

    Raises
    ------
    ValueError
        A name that is none, or one that is there twice.
    """
    parts = (part.strip() for part in name.replace("＋", "+").split("+"))
    codes = sorted(code for part in parts for code in _of_country(part) or (_province(part),))
    if len(set(codes)) < len(codes):
        raise ValueError(message("CGE141.twice", name=name))
    return "+".join(codes)


EACH = "each"
"""Place of a table beside provinces and the nation: every province by itself."""
NATIONS = ("cn", "china", "nation", "全国", "中国")
EACHES = ("each", "各省")


def place(name: str) -> str:
    """The nation, every province by itself, one province or several together, by code; see :func:`joint`."""
    text = name.strip().lower()
    return NATION if text in NATIONS else EACH if text in EACHES else joint(name)


def between(*, ge: bool = True, le: bool = True) -> AfterValidator:
    """Refuse a year outside those of the country; without ``ge`` its base year too, without ``le`` its last."""

    def inside(year: int) -> int:
        first, last = COUNTRY.get().year, COUNTRY.get().last_year
        if year < first + (not ge):
            raise PydanticKnownError("greater_than_equal", {"ge": first}) if ge else PydanticKnownError(
                "greater_than", {"gt": first})  # fmt: skip
        if year > last - (not le):
            raise PydanticKnownError("less_than_equal", {"le": last}) if le else PydanticKnownError(
                "less_than", {"lt": last})  # fmt: skip
        return year

    return AfterValidator(inside)


def dated(default: Callable[[Country], int] | None = None, *, ge: bool = True, le: bool = True) -> Any:
    """Return the field of a year with its range and default; those of China are shown."""
    low, high = "minimum" if ge else "exclusiveMinimum", "maximum" if le else "exclusiveMaximum"
    shown: dict[str, Any] = {"unit": "year", low: CHINA.year, high: CHINA.last_year}
    if default is None:
        return Field(json_schema_extra=shown)
    return Field(default_factory=lambda: default(COUNTRY.get()), json_schema_extra={**shown, "default": default(CHINA)})


Year = Annotated[int, BeforeValidator(_year), between(), dated()]
"""A year of the model as a key."""
StartYear = Annotated[int, between(le=False)]
EndYear = Annotated[int, between(ge=False)]
Province = Annotated[str, AfterValidator(_province)]
"""A province in any usual spelling."""
Provinces = Annotated[str, AfterValidator(joint)]
"""A province, or several that share, ``新疆+甘肃``."""
Group = Annotated[
    tuple[Province, ...],
    BeforeValidator(lambda names: tuple(code for n in names for code in (isinstance(n, str) and _of_country(n)) or (n,))
                    if isinstance(names, tuple | list) else names),
]  # fmt: skip
"""Provinces together; a country is its provinces."""
Place = Annotated[str, AfterValidator(place)]
"""The nation, several provinces together, one, or each by itself."""

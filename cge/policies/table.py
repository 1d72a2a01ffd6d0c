"""Tables of a study file: one strict rule for every key, and numbers that carry their range and unit."""

from __future__ import annotations

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

from cgebase.messages import both, listed, message
from sam.registry import AmbiguousProvinceError, UnknownProvinceError, resolve

BASE_YEAR, LAST_YEAR = 2021, 2060


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
        return resolve(name)
    except (UnknownProvinceError, AmbiguousProvinceError) as error:
        raise ValueError(both(error)) from error


def joint(name: str) -> str:
    """Codes of a province, or of several that ``+`` joins, in the order of their codes.

    Raises
    ------
    ValueError
        A name that is none, or one that is there twice.
    """
    codes = sorted(_province(part.strip()) for part in name.replace("＋", "+").split("+"))
    if len(set(codes)) < len(codes):
        raise ValueError(message("CGE141.twice", name=name))
    return "+".join(codes)


Year = Annotated[int, BeforeValidator(_year), number(unit="year", ge=BASE_YEAR, le=LAST_YEAR)]
"""A year of the model as a key."""
Province = Annotated[str, AfterValidator(_province)]
"""A province in any usual spelling."""
Provinces = Annotated[str, AfterValidator(joint)]
"""A province, or several that share, ``新疆+甘肃``."""

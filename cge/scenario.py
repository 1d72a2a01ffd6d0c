"""Study files: TOML, typed, a scenario is a difference from another."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cge.allocation import RULES
from cge.errors import ScenarioError

BASE_YEAR, LAST_YEAR = 2021, 2060


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    """The same words in two languages."""

    en: str
    zh: str


class Cap(_Part):
    """An absolute cap on CO2."""

    allocation: str = "uniform"
    trade: Literal["none", "national"] = "none"
    final_share: float = Field(0.10, gt=0, le=2)
    base_year: Literal[2021] = 2021
    start_year: int = 2025
    end_year: Literal[2060] = 2060

    @field_validator("allocation")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in RULES:
            text = f"no allocation rule {name!r}; rules: {', '.join(RULES)}"
            raise ValueError(text)
        return name


class Scenario(_Part):
    """One run of a study."""

    id: str
    label: Text
    extends: str | None = None
    cap: Cap | None = None


class Base(_Part):
    """Data a study starts from."""

    aggregation: str = "cn30"


class ModelChoice(_Part):
    """Parameter set."""

    parameters: Literal["literature"] = "literature"
    closure: Literal["neoclassical"] = "neoclassical"


class Time(_Part):
    """Years solved."""

    years: tuple[int, ...]

    @field_validator("years")
    @classmethod
    def _increasing(cls, years: tuple[int, ...]) -> tuple[int, ...]:
        check_years(years)
        return years


class Report(_Part):
    """What reports dwell on."""

    focus: str = "XJ"
    languages: tuple[Literal["zh", "en"], ...] = ("zh", "en")


class Study(_Part):
    """A comparison of scenarios."""

    schema_: Literal[1] = Field(alias="schema")
    id: str
    title: Text
    base: Base = Base()
    model: ModelChoice = ModelChoice()
    time: Time
    scenarios: tuple[Scenario, ...] = Field(alias="scenario")
    report: Report = Report()


def check_years(years: Iterable[int]) -> None:
    """Years start in the base year, increase and end by 2060."""
    years = tuple(years)
    if not years or years[0] != BASE_YEAR or list(years) != sorted(set(years)) or years[-1] > LAST_YEAR:
        text = f"years must start at {BASE_YEAR}, increase and end by {LAST_YEAR}; found {list(years)}"
        raise ValueError(text)


def default_study_path() -> Path:
    """The packaged flagship study."""
    return Path(__file__).parent / "data" / "cap_comparison.toml"


def load_study(path: Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    ScenarioError
        Every fault of the file at once, by key.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        text = f"no study file {path}; the packaged one is used when none is given"
        raise ScenarioError(text) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        text = f"{path.name} is not readable TOML: {error}"
        raise ScenarioError(text) from error
    try:
        study = Study.model_validate(_inherit(raw))
    except ValidationError as error:
        lines = [_words(e) for e in error.errors()]
        text = f"{path.name}: {len(lines)} faults\n  " + "\n  ".join(lines)
        raise ScenarioError(text) from error
    return study


def _inherit(raw: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(raw)
    done: dict[str, dict[str, Any]] = {}
    listed = raw.get("scenario", [])
    for entry in listed if isinstance(listed, list) else []:
        base = done.get(entry.get("extends", ""), {})
        if entry.get("extends") and not base:
            text = f"scenario {entry.get('id')!r} extends {entry['extends']!r}, which is not above it in the file"
            raise ScenarioError(text)
        merged = {**base, **entry}
        if "cap" in base or "cap" in entry:
            merged["cap"] = {**base.get("cap", {}), **entry.get("cap", {})}
        done[str(entry.get("id"))] = merged
    out["scenario"] = list(done.values())
    return out


def _words(error: Any) -> str:
    where = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        known = {
            k for model in (Study, Scenario, Cap, Base, Time, Report, ModelChoice, Text)
            for k in (f.alias or n for n, f in model.model_fields.items())
        }  # fmt: skip
        near = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"{where}: unknown key{hint}"
    return f"{where}: {error['msg']} (found {error.get('input')!r})"

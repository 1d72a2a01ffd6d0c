"""Study files: TOML, typed, a scenario is a difference from another."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from unicodedata import category

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from cge.calibrate.parameters import ParameterSet, load_parameters
from cge.calibrate.parameters.changes import changed, spelt
from cge.policies import Instrument, instruments
from cge.policies.allocation import EQUAL_LOSS, RULES
from cge.policies.base import Province, Trading
from cge.study.baseline import Baseline
from cgebase.errors import ScenarioError
from cgebase.messages import Message, both, catalogue, joined, listed, message, near

SHIPPED = "china31"
"""The SAM that comes with the package."""
BASE_YEAR, LAST_YEAR = 2021, 2060
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
"""Study and scenario ids; they name folders."""
BOUNDS = ("gt", "ge", "lt", "le", "pattern", "expected")
"""Where pydantic keeps what it expected."""
TABLES = "instruments"
"""Field that holds the tables of instruments, which in a file stand in the scenario itself."""
LONGEST = 64
"""Letters of a folder name that values of parameters may take; more of them are a digest."""
OWN = ("id", "label", "extends")
"""Keys of a scenario that are not inherited."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    """The same words in two languages, one line each."""

    en: str
    zh: str

    @field_validator("en", "zh")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.strip() or any(category(letter) in ("Cc", "Zl", "Zp") for letter in text):
            raise ValueError(message("CGE109"))
        return text


BASELINE = Text(en="Baseline", zh="基准情景")


class Cap(_Part, Trading):
    """An absolute cap on CO2."""

    allocation: str = "uniform"
    final_share: float = Field(0.10, gt=0, le=2)
    base_year: Literal[2021] = 2021
    start_year: int = Field(2025, ge=BASE_YEAR, lt=LAST_YEAR)
    end_year: Literal[2060] = 2060

    @field_validator("allocation")
    @classmethod
    def _known(cls, name: str) -> str:
        known = (*RULES, EQUAL_LOSS)
        if name not in known:
            raise ValueError(message("CGE105", name=name, near=near(name, known), known=listed(known)))
        return name


class Closure(_Part):
    """Options of the closure axes, see :data:`cge.theory.closures.SWAPS`; the first of each is the default.

    Parameters
    ----------
    drop, activate : tuple of str
        Equations swapped by hand after the named options; `cge check` says what a wrong swap leaves over.
    """

    capital: Literal["provincial", "national", "fixed", "sluggish", "specific", "vintage"] = "provincial"
    ownership: Literal["pooled", "local"] = "pooled"
    labour: Literal["provincial", "national", "migration"] = "provincial"
    employment: Literal["full", "wage-curve"] = "full"
    investment: Literal["saving", "fixed"] = "saving"
    foreign: Literal["saving-fixed", "exchange-fixed"] = "saving-fixed"
    government: Literal["lump-sum", "purchases", "production-tax", "labour-tax"] = "lump-sum"
    drop: tuple[str, ...] = ()
    activate: tuple[str, ...] = ()


def _read(tables: Any) -> dict[str, Instrument]:
    """Instruments by table, every fault of them at once, in the order of the registry."""
    fields: dict[str, Any] = {name: (kind | None, None) for name, kind in instruments().items()}
    read = create_model("Tables", __config__=ConfigDict(extra="forbid"), **fields).model_validate(tables)
    return {name: instrument for name, instrument in read if instrument is not None}


class Scenario(_Part):
    """One run of a study."""

    id: str = Field(pattern=NAME)
    label: Text
    extends: str | None = None
    expect: Literal["baseline"] | None = None
    cap: Cap | None = None
    instruments: Annotated[dict[str, SerializeAsAny[Instrument]], PlainValidator(_read)] = {}
    closure: Closure = Closure()

    @property
    def trading(self) -> Trading:
        """Who may trade permits with whom."""
        return next((i for i in (self.cap, *self.instruments.values()) if isinstance(i, Trading)), Trading())

    @property
    def is_baseline(self) -> bool:
        """Whether nothing is done."""
        return self.cap is None and not self.instruments

    @model_validator(mode="before")
    @classmethod
    def _tables(cls, given: Any) -> Any:
        """What is no key of a scenario itself is the table of an instrument."""
        if not isinstance(given, dict):
            return given
        own = [key for key in given if key in cls.model_fields and key != TABLES]
        tables = {key: value for key, value in given.items() if key not in own}
        return {key: given[key] for key in own} | {TABLES: tables}

    @model_validator(mode="after")
    def _in_company(self) -> Scenario:
        tables = [*(["cap"] if self.cap is not None else []), *self.instruments]
        markets = [name for name in tables if name == "cap" or self.instruments[name].market]
        if len(markets) > 1:
            raise ValueError(message("CGE117", names=listed(markets)))
        for instrument in self.instruments.values():
            instrument.beside(tables, self.closure.drop)
        return self


class Base(_Part):
    """Data a study starts from: the shipped economy, or a folder of the user's own (`cge sam build` writes one)."""

    sam: str = SHIPPED
    aggregation: Literal["cn12", "cn30", "cn42"] = "cn30"

    @property
    def folder(self) -> Path | None:
        """Folder of the user's own economy, or None for the shipped one."""
        return None if self.sam == SHIPPED else Path(self.sam)


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


class Parameters(_Part):
    """Values of parameters instead of those of the tables: by name a number for every item, or a table by item.

    Parameters
    ----------
    beyond : bool
        Whether values may lie outside their declared range.
    """

    model_config = ConfigDict(extra="allow")

    beyond: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """What is set, by parameter."""
        return dict(self.model_extra or {})

    @property
    def words(self) -> list[str]:
        """What is set, as one part of a folder name; empty where nothing is."""
        parts = [text.replace(" = ", "-").replace("[", "-").replace("]", "") for text in spelt(self.values)]
        name = "_".join(parts)
        if len(name) > LONGEST:
            name = f"parameters-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        return [name] if parts else []

    def on(self, parameters: ParameterSet) -> ParameterSet:
        """Parameters with these values; see :func:`cge.calibrate.parameters.changes.changed`."""
        return changed(parameters, self.values, beyond=self.beyond)


class Report(_Part):
    """What reports dwell on."""

    focus: Province = "XJ"
    languages: tuple[Literal["zh", "en"], ...] = Field(default=("zh", "en"), min_length=1)


class Study(_Part):
    """A comparison of scenarios."""

    schema_: Literal[1] = Field(alias="schema")
    id: str = Field(pattern=NAME)
    title: Text
    base: Base = Base()
    model: ModelChoice = ModelChoice()
    time: Time
    parameters: Parameters = Parameters()
    baseline: Baseline = Baseline()
    scenarios: tuple[Scenario, ...] = Field(alias="scenario")
    report: Report = Report()
    _part: bool = PrivateAttr(default=False)

    @field_validator("scenarios")
    @classmethod
    def _some(cls, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
        if not scenarios:
            raise ValueError(message("CGE106"))
        return scenarios

    @field_validator("parameters")
    @classmethod
    def _settable(cls, parameters: Parameters, info: ValidationInfo) -> Parameters:
        base = info.data.get("base", Base())
        if parameters.values:
            parameters.on(load_parameters(base.aggregation))
        return parameters

    def only(self, ids: Iterable[str]) -> Study:
        """The same study with these scenarios alone, in the order of the file.

        Raises
        ------
        ScenarioError
            An id that the study does not have.
        """
        ids = tuple(ids)
        have = [s.id for s in self.scenarios]
        for name in ids:
            if name not in have:
                facts = {"near": near(name, have), "known": listed(have)}
                raise ScenarioError(message("CGE104", study=self.id, name=name, **facts))
        kept = tuple(s for s in self.scenarios if s.id in ids)
        copy = self.model_copy(update={"scenarios": kept})
        copy._part = self._part or len(kept) < len(have)
        return copy

    def on(self, sam: Path) -> Study:
        """The same study on an economy of the user's own."""
        return self.model_copy(update={"base": self.base.model_copy(update={"sam": str(sam)})})

    def under(self, choices: Mapping[str, str]) -> Study:
        """The same study beside another baseline, see :class:`Baseline`."""
        return self.model_copy(update={"baseline": self.baseline.but(choices)})

    def with_parameters(
        self, values: Mapping[str, float | Mapping[str, float]], *, beyond: bool | None = None
    ) -> Study:
        """The same study with values of parameters besides those it sets; a number is for every item.

        Raises
        ------
        ParameterError
            Names, items or values that cannot be set, all at once; see :class:`Parameters`.
        """
        given = self.parameters.model_dump() | dict(values)
        asked = Parameters(**given | ({} if beyond is None else {"beyond": beyond}))
        asked.on(load_parameters(self.base.aggregation))
        return self.model_copy(update={"parameters": asked})

    def baseline_only(self) -> Study:
        """The same study without any policy."""
        kept = tuple(s for s in self.scenarios if s.is_baseline) or (Scenario(id="baseline", label=BASELINE),)
        copy = self.model_copy(update={"scenarios": kept})
        copy._part = True
        return copy

    def folder(self, aggregation: str | None, years: Iterable[int] | None, *kind: str) -> str:
        """Name of the results folder.

        Another economy, other parameters, baseline, sectors or years, and fewer scenarios each have their own.

        Parameters
        ----------
        kind : str
            What other than its runs is kept there. Between the parts stand points, which no id has.
        """
        other = [] if self.base.folder is None else [f"sam-{self.base.folder.name.replace('.', '-')}"]
        if self._part:
            policies = [s.id for s in self.scenarios if not s.is_baseline]
            other.append("only-" + "+".join(policies) if policies else "baseline")
        other += [*self.parameters.words, *self.baseline.words]
        other += [aggregation] if aggregation and aggregation != self.base.aggregation else []
        if years is not None and tuple(years) != self.time.years:
            other.append("-".join(str(y) for y in years))
        return ".".join([self.id, *other, *kind])


def check_years(years: Iterable[int]) -> None:
    """At least two years, from the base year, increasing, by 2060."""
    years = tuple(years)
    if len(years) < 2 or years[0] != BASE_YEAR or list(years) != sorted(set(years)) or years[-1] > LAST_YEAR:
        raise ValueError(message("CGE107", first=BASE_YEAR, last=LAST_YEAR, found=list(years)))


def default_study_path() -> Path:
    """The packaged flagship study."""
    return Path(__file__).with_name("cap_comparison.toml")


def verification_path() -> Path:
    """The packaged study of every closure and instrument."""
    return Path(__file__).with_name("verification.toml")


def load_study(path: str | Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    ScenarioError
        Every fault of the file at once, by key.
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ScenarioError(message("CGE101", path=path, packaged=default_study_path())) from error
    except IsADirectoryError as error:
        raise ScenarioError(message("CGE102", path=path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(message("CGE103", file=path.name, said=error)) from error
    study = study_of(raw, path.name)
    if study.base.folder is not None:
        study = study.on(path.parent / study.base.folder)
    return study


def study_of(raw: Mapping[str, Any], name: str) -> Study:
    """The study that tables say, as a file called ``name`` holds them.

    Raises
    ------
    ScenarioError
        Every fault at once, by key.
    """
    merged, faults, inherited = _inherit(raw)
    try:
        study = Study.model_validate(merged)
    except ValidationError as error:
        errors = [e | {"loc": _in_file(e["loc"])} for e in error.errors()]
        faults += [_words(e, raw) for e in errors if not any(e["loc"][: len(k)] == k for k in inherited)]
        faults = faults or [_words(e, raw) for e in errors]
    if faults:
        raise ScenarioError(joined(message("CGE110", file=name, count=len(faults)), faults, most=len(faults)))
    return study


def instrument_of(table: str, keys: Mapping[str, Any]) -> Cap | Instrument:
    """The cap or an instrument from the keys of its table in a scenario.

    Raises
    ------
    ScenarioError
        Every fault at once, by key; or no such table.
    """
    kinds: dict[str, type[Cap | Instrument]] = {"cap": Cap, **instruments()}
    if table not in kinds:
        raise ScenarioError(message("CGE113", where=table, near=near(table, kinds), known=listed(kinds)))
    try:
        return kinds[table].model_validate(keys)
    except ValidationError as error:
        raw = {"scenario": [{"id": table}]}
        faults = [_words(e | {"loc": ("scenario", 0, table, *e["loc"])}, raw) for e in error.errors()]
        head = message("CGE110", file=table, count=len(faults))
        raise ScenarioError(joined(head, faults, most=len(faults))) from error


def _inherit(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Message], set[tuple[str | int, ...]]]:
    """Scenarios with what they extend filled in, faults found on the way, key paths not written by themselves."""
    listed = raw.get("scenario", [])
    if "scenario" not in raw or not isinstance(listed, list) or not all(isinstance(e, dict) for e in listed):
        return dict(raw), [], set()
    done: dict[str, dict[str, Any]] = {}
    out: list[dict[str, Any]] = []
    faults: list[Message] = []
    inherited: set[tuple[str | int, ...]] = set()
    for k, entry in enumerate(listed):
        name = str(entry.get("id"))
        where = _path(("scenario", k), raw)
        if name in done:
            faults.append(message("CGE111", where=where, name=name))
        parent = str(entry.get("extends", ""))
        if parent and parent not in done:
            faults.append(message("CGE112", where=where, name=parent, near=near(parent, done)))
        base = done.get(parent, {})
        merged = {key: value for key, value in base.items() if key not in OWN} | entry
        inherited |= {("scenario", k, key) for key in merged if key not in entry}
        cap, own = base.get("cap"), entry.get("cap", {})
        if isinstance(cap, dict) and isinstance(own, dict):
            merged["cap"] = cap | own
            inherited |= {("scenario", k, "cap", key) for key in cap if key not in own}
        done.setdefault(name, merged)
        out.append(merged)
    return dict(raw) | {"scenario": out}, faults, inherited


def _path(loc: tuple[str | int, ...], raw: Mapping[str, Any]) -> str:
    """A key path as a reader of the file sees it: scenarios by id, not by number."""
    parts = [str(p) for p in loc]
    if len(loc) > 1 and loc[0] == "scenario" and isinstance(loc[1], int):
        entry = raw["scenario"][loc[1]]
        label = entry.get("id", loc[1] + 1) if isinstance(entry, dict) else loc[1] + 1
        parts[:2] = [f"scenario[{label}]"]
    return ".".join(parts)


def _in_file(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A key path as written: tables of instruments stand in the scenario."""
    return (*loc[:2], *loc[3:]) if loc[0] == "scenario" and loc[2:3] == (TABLES,) else loc


def _keys(loc: tuple[str | int, ...]) -> list[str]:
    """Keys allowed in the table that a path leads to."""
    tables: dict[str, Any] = {"": Study}
    for name in ("", *(part for part in loc[:-1] if isinstance(part, str))):
        kind = _model(tables[name])
        tables = {field.alias or key: field.annotation for key, field in kind.model_fields.items()}
        if kind is Scenario:
            del tables[TABLES]
            tables |= instruments()
    return list(tables)


def _model(annotation: Any) -> type[BaseModel]:
    """The table that a field holds, alone, in a tuple or if at all."""
    while not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        annotation = get_args(annotation)[0]
    return annotation


def _words(error: Any, raw: Mapping[str, Any]) -> Message:
    loc, found = error["loc"], error.get("input")
    where = _path(loc, raw)
    if error["type"] == "extra_forbidden":
        known = _keys(loc)
        return message("CGE113", where=where, near=near(str(loc[-1]), known), known=listed(known))
    if error["type"] == "missing":
        return message("CGE114", where=where)
    if error["type"] == "value_error":
        return message("CGE116", where=where, fault=both(error["ctx"]["error"]))
    hint = Message("", "")
    if error["type"] == "literal_error" and isinstance(found, str):
        hint = near(found, error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "))
    shown = repr(found) if len(repr(found)) < 60 else f"{repr(found)[:57]}..."
    return message("CGE115", where=where, rule=_rule(error), found=shown, near=hint)


def _rule(error: Any) -> Message:
    """What pydantic expected, in both languages."""
    bound = next((error["ctx"][k] for k in BOUNDS if k in error.get("ctx", ())), None)
    key = f"input.{error['type']}"
    if bound is None or key not in catalogue():
        return message("input.other", said=error["msg"])
    return message(key, bound=Message(str(bound), str(bound).replace(" or ", " 或 ")))

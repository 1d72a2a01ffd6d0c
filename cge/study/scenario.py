"""Study files: TOML, typed, a scenario is a difference from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from unicodedata import category

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from cge.policies import Instrument, instruments
from cge.policies.base import Trading
from cge.policies.table import COUNTRY, REGIONS, Province, Table
from cge.study.base import Base, country_at
from cge.study.baseline import Baseline
from cge.study.cap import Cap
from cge.study.faults import refusal, worded
from cge.study.parameters import Parameters
from cge.study.reading import changed, inherited, read_toml, words_of
from cge.theory.chapters import THEORY
from cge.theory.closures import BY_HAND, policy_closure
from cgebase.brief import Brief
from cgebase.columns import LONGEST_LABEL
from cgebase.errors import SAMError, ScenarioError
from cgebase.messages import lined, listed, message, near
from sam.country import CHINA, Country
from sam.regions import grouping, region_of
from sam.registry import SHIPPED

NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
"""Study and scenario ids; they name folders."""
TABLES = "instruments"
"""Field that holds the tables of instruments, which in a file stand in the scenario itself."""


class Text(Table):
    """The same words in two languages, one line of at most 120 letters each."""

    en: str
    """English words."""
    zh: str
    """Chinese words."""

    @field_validator("en", "zh")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.strip() or any(category(letter) in ("Cc", "Zl", "Zp") for letter in text):
            raise ValueError(message("CGE109"))
        if len(text) > LONGEST_LABEL:
            raise ValueError(message("CGE109.long", most=LONGEST_LABEL, count=len(text)))
        return text


BASELINE = Text(en="Baseline", zh="基准情景")


class Axes(Table):
    """Options of the closure axes that countries may choose for themselves."""

    capital: Literal["provincial", "national", "fixed", "sluggish", "specific", "vintage"] = "provincial"
    """How capital moves."""
    ownership: Literal["pooled", "local"] = "pooled"
    """Who owns capital: everybody everywhere by fixed shares, or households of the province."""
    labour: Literal["provincial", "national", "migration"] = "provincial"
    """How labour moves."""
    employment: Literal["full", "wage-curve"] = "full"
    """Whether unemployment is given or follows real wages."""
    investment: Literal["saving", "fixed"] = "saving"
    """Whether saving drives investment, or investment is that of the baseline."""
    foreign: Literal["saving-fixed", "exchange-fixed"] = "saving-fixed"
    """Whether foreign saving or the real exchange rate is fixed."""
    government: Literal["lump-sum", "purchases", "production-tax", "labour-tax"] = "lump-sum"
    """What closes the budget, carbon revenue in it: a lump sum, purchases, or a lower tax on production or labour."""


_own: dict[str, Any] = {
    axis: (of.annotation | None, Field(None, description=of.description))  # type: ignore[operator]
    for axis, of in Axes.model_fields.items()
}
CountryClosure: type[Table] = create_model("CountryClosure", __base__=Table, **_own)
"""Options of one country; what it leaves out is as in the scenario."""


class Closure(Axes):
    """Options of the closure axes, the first of each by default; `cge check` prints them all with their equations."""

    abatement: Literal["fuel-switching", "capital-goods"] = Field(
        default_factory=lambda: "fuel-switching" if COUNTRY.get().published else "capital-goods",
        json_schema_extra={"default": "fuel-switching"},
    )
    """What abatement takes: carriers in place of its fuel and energy where it captures, or capital goods only (in an
    economy of your own by default, as ceilings of capture are China's)."""
    countries: dict[str, CountryClosure] = {}  # type: ignore[valid-type]
    """Options of single countries, in an economy of several: `countries.SOUTH.labour = "migration"`. `abatement` is
    the same for all."""
    drop: tuple[str, ...] = ()
    """Equations taken out by hand after the named options; `cge check` says what a wrong swap leaves over."""
    activate: tuple[str, ...] = ()
    """Equations put in by hand."""

    @field_validator("countries")
    @classmethod
    def _known(cls, given: dict[str, Any]) -> dict[str, Any]:
        known = sorted({*COUNTRY.get().nations.values()})
        if unknown := [n for n in given if n not in known]:
            there = listed(known) if known else message("one_country")
            raise ValueError(message("CGE174", codes=listed(unknown), near=near(unknown[0], known), known=there))
        return given

    @model_validator(mode="after")
    def _by_hand(self) -> Closure:
        active = policy_closure(self.model_dump(exclude=set(BY_HAND)))
        there = {"drop": active, "activate": [e for e in THEORY.equations if e not in active]}
        faults = [
            message("CGE127", table=key, name=name, near=near(name, known), known=listed(known))
            for key, known in there.items() for name in getattr(self, key) if name not in known
        ]  # fmt: skip
        if faults:
            raise ValueError(listed(faults) if faults[1:] else faults[0])
        return self


def _read(tables: Any) -> dict[str, Instrument]:
    """Instruments by table, every fault of them at once, in the order of the registry."""
    fields: dict[str, Any] = {name: (kind | None, None) for name, kind in instruments().items()}
    read = create_model("Tables", __config__=ConfigDict(extra="forbid"), **fields).model_validate(tables)
    return {name: instrument for name, instrument in read if instrument is not None}


class Scenario(Table):
    """One run of a study; a table of an instrument makes it a policy."""

    id: str = Field(pattern=NAME)
    """Name of its folder and of its rows: Latin letters, digits, `_` and `-`."""
    label: Text
    """Name in figures and tables."""
    extends: str | None = Field(default=None, min_length=1)
    """Scenario above it whose tables it takes over, but for those it has itself; keys of `cap` one by one."""
    expect: Literal["baseline"] | None = None
    """What `cge verify` expects of it: that nothing acts."""
    cap: Cap | None = None
    instruments: Annotated[dict[str, SerializeAsAny[Instrument]], PlainValidator(_read)] = {}
    closure: Closure = Field(default_factory=Closure)

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
        if markets and "cap" in self.closure.drop:
            raise ValueError(message("CGE126", table=markets[0]))
        coverage = self.instruments.get("coverage")
        if self.cap is not None and self.cap.unit == "Mt" and coverage is not None:
            raise ValueError(message("CGE120.covered"))
        for name, instrument in self.instruments.items():
            instrument.beside(tables, self.closure.drop)
            idle = instrument.idle(tables) if self.expect is None else None
            if idle is not None:
                raise ValueError(message("CGE125", table=name, reason=idle))
        return self


class ModelChoice(Table):
    """Parameter set."""

    parameters: Literal["literature"] = "literature"
    """Set of the parameter tables; values of your own stand in `[parameters]`."""
    closure: Literal["neoclassical"] = "neoclassical"
    """Closure of the baseline; those of policies stand in their scenarios."""


class Time(Table):
    """Years solved."""

    years: tuple[int, ...] = Field(json_schema_extra={"unit": "year"})
    """From 2021 on, increasing, two at least; periods in between need no equal length."""

    @field_validator("years")
    @classmethod
    def _increasing(cls, years: tuple[int, ...]) -> tuple[int, ...]:
        check_years(years)
        return years


class Report(Table):
    """What reports dwell on."""

    focus: Province = Field(
        default_factory=lambda: COUNTRY.get().focus, json_schema_extra={"default": CHINA.focus}
    )
    """Province shown by itself, in any usual spelling."""
    languages: tuple[Literal["zh", "en"], ...] = Field(default=("zh", "en"), min_length=1)
    """Languages of figures and workbook."""
    pair: tuple[str, str] | None = None
    """Two policies, by id, that figures and charts put beside each other; the first two of the file if not given."""

    def among(self, ids: Iterable[str]) -> Report:
        """The same where only these scenarios are left: no pair that is not among them."""
        return self if set(self.pair or ()) <= set(ids) else self.model_copy(update={"pair": None})


class Study(Brief, Table):
    """A comparison of scenarios."""

    schema_: int = Field(alias="schema", ge=1, le=1, json_schema_extra={"unit": "version"})
    """Version of this form."""
    id: str = Field(pattern=NAME)
    """Name of the results folder: Latin letters, digits, `_` and `-`."""
    title: Text
    """Title of figures and workbook."""
    base: Base = Base()
    model: ModelChoice = ModelChoice()
    time: Time
    parameters: Parameters = Parameters()
    baseline: Baseline = Baseline()
    scenarios: tuple[Scenario, ...] = Field(alias="scenario")
    report: Report = Report()
    _part: bool = PrivateAttr(default=False)
    _set: tuple[str, ...] = PrivateAttr(default=())
    __str__ = Brief.__repr__

    @model_validator(mode="wrap")
    @classmethod
    def _in_its_regions(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Names of regions are known by the grouping that the study names itself."""
        if not isinstance(given, dict):
            return handler(given)
        known, country = REGIONS.set(_regions(given.get("base"))), COUNTRY.set(_country(given.get("base")))
        try:
            return handler(given)
        finally:
            REGIONS.reset(known)
            COUNTRY.reset(country)

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
            parameters.on(base.tables())
        return parameters

    @model_validator(mode="after")
    def _acting(self) -> Study:
        """No parameter is set that only acts under a choice which nobody makes."""
        closures = [policy_closure(s.closure.model_dump()) for s in self.scenarios if not s.is_baseline]
        faults = self.parameters.idle(self.baseline.chosen, closures)
        if faults:
            raise ValueError(listed(faults) if faults[1:] else faults[0])
        return self

    @model_validator(mode="after")
    def _paired(self) -> Study:
        """Both scenarios of the pair are policies, and two."""
        have = [s.id for s in self.scenarios if not s.is_baseline]
        for name in self.report.pair or ():
            if name not in have:
                raise ValueError(message("CGE104.pair", name=name, near=near(name, have), known=lined(have)))
        if self.report.pair and len(set(self.report.pair)) < 2:
            raise ValueError(message("CGE104.same", name=self.report.pair[0]))
        return self

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
                facts = {"near": near(name, have), "known": lined(have)}
                raise ScenarioError(message("CGE104", study=self.id, name=name, **facts))
        kept = tuple(s for s in self.scenarios if s.id in ids)
        copy = self.model_copy(update={"scenarios": kept, "report": self.report.among(ids)})
        copy._part = self._part or len(kept) < len(have)
        return copy

    def on(self, sam: Path) -> Study:
        """The same study on an economy of the user's own."""
        return self.model_copy(update={"base": self.base.on(sam)}).placed()

    def placed(self) -> Study:
        """The same study with its focus in the region that holds it, where the economy has other regions."""
        try:
            focus = region_of(self.report.focus, self.base.members)
        except SAMError:
            return self
        return self.model_copy(update={"report": self.report.model_copy(update={"focus": focus})})

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
        asked.on(self.base.tables())
        return self.model_copy(update={"parameters": asked})

    def baseline_only(self) -> Study:
        """The same study without any policy."""
        kept = tuple(s for s in self.scenarios if s.is_baseline) or (Scenario(id="baseline", label=BASELINE),)
        copy = self.model_copy(update={"scenarios": kept, "report": self.report.among(())})
        copy._part = True
        return copy

    def folder(self, aggregation: str | None, years: Iterable[int] | None, *kind: str) -> str:
        """Name of the results folder.

        Another economy, other parameters, baseline, sectors or years, fewer scenarios and what the command line sets
        each have their own.

        Parameters
        ----------
        kind : str
            What other than its runs is kept there. Between the parts stand points, which no id has.
        """
        other = self.base.words
        if self._part:
            policies = [s.id for s in self.scenarios if not s.is_baseline]
            other.append("only-" + "+".join(policies) if policies else "baseline")
        other += [*self.parameters.words, *self.baseline.words, *self._set]
        other += [aggregation] if aggregation and aggregation != self.base.sectors else []
        if years is not None and tuple(years) != self.time.years:
            other.append("-".join(str(y) for y in years))
        return ".".join([self.id, *other, *kind])


def check_years(years: Iterable[int]) -> None:
    """At least two years, from the base year of the country, increasing, by its last."""
    years, first, last = tuple(years), COUNTRY.get().year, COUNTRY.get().last_year
    if len(years) < 2 or years[0] != first or list(years) != sorted(set(years)) or years[-1] > last:
        raise ValueError(message("CGE107", first=first, last=last, found=list(years)))


def default_study_path() -> Path:
    """The packaged flagship study."""
    return Path(__file__).with_name("cap_comparison.toml")


def verification_path() -> Path:
    """The packaged study of every closure and instrument."""
    return Path(__file__).with_name("verification.toml")


def load_study(path: str | Path, settings: Sequence[str] = ()) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    settings : sequence of str
        Values of single keys instead of those of the file, ``scenario.uniform.cap.final_share=0.2``, checked as if they
        stood in it.

    Raises
    ------
    ScenarioError
        Every fault of the file at once, by key.

    Examples
    --------
    >>> import cge
    >>> study = cge.load_study("my_study.toml")
    >>> study.time.years
    (2021, 2030)
    """
    path = Path(path)
    try:
        tables = changed(read_toml(path, default_study_path()), settings)
        study = study_of(_beside(tables, path.parent), path.name)
    except RecursionError as deep:
        raise ScenarioError(message("CGE103.deep", file=path.name)) from deep
    study._set = words_of(settings)
    return study


def _beside(tables: dict[str, Any], place: Path) -> dict[str, Any]:
    """Tables with an economy and files of regions and caps as they are seen from the study file."""
    base, scenarios = tables.get("base"), tables.get("scenario")
    caps = (s.get("cap") for s in scenarios if isinstance(s, dict)) if isinstance(scenarios, list) else ()
    for cap in caps:
        if isinstance(cap, dict) and isinstance(cap.get("path"), str):
            cap["path"] = str(place / cap["path"])
    if not isinstance(base, dict):
        return tables
    seen = dict(base)
    regions, sam = base.get("regions"), base.get("sam")
    if isinstance(regions, str) and regions and (place / regions).is_file():
        seen["regions"] = str(place / regions)
    if isinstance(sam, str) and sam not in ("", SHIPPED):
        seen["sam"] = str(place / sam)
    return tables | {"base": seen}


def study_of(raw: Mapping[str, Any], name: str) -> Study:
    """The study that tables say, as a file called ``name`` holds them.

    Raises
    ------
    ScenarioError
        Every fault at once, by key.
    """
    merged, faults, filled = inherited(raw)
    try:
        study = Study.model_validate(merged)
    except ValidationError as error:
        raise refusal(name, faults + worded(error, raw, Study, keys_of, filled, alone=not faults)) from error
    if faults:
        raise refusal(name, faults)
    return study.placed() if study.base.regions or study.base.folder is not None else study


def _country(base: Any) -> Country:
    """The country of the economy that the table `base` names."""
    given = base.get("sam") if isinstance(base, dict) else None
    try:
        return country_at(given) if isinstance(given, str) and given else CHINA
    except SAMError:
        return CHINA


def _regions(base: Any) -> frozenset[str]:
    """Codes of the regions that the table `base` groups provinces into."""
    given = base.get("regions") if isinstance(base, dict) else None
    try:
        return frozenset(grouping(given).values()) if isinstance(given, str) and given else frozenset()
    except SAMError:
        return frozenset()


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
        raise refusal(table, worded(error, {}, kinds[table], keys_of, under=table)) from error


def keys_of(table: type[BaseModel]) -> dict[str, Any]:
    """Keys that stand in a table of a file, each with its type."""
    keys: dict[str, Any] = {field.alias or key: field.annotation for key, field in table.model_fields.items()}
    if table is Scenario:
        del keys[TABLES]
        keys |= instruments()
    return keys

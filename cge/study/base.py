"""Data a study starts from, as the table ``[base]``: an economy by name or folder, and the choices it is built with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from cge.calibrate.parameters import ParameterSet, load_parameters
from cge.policies.table import Table, number
from cgebase.errors import SAMError, ScenarioError
from cgebase.messages import both, message
from sam.choices import GRAVITY_RANGE, Choices
from sam.country import CHINA, Country
from sam.groups import Members
from sam.own import held_own
from sam.regions import grouping, members, region_of
from sam.registry import NATION, SHIPPED, region_words

AS_TEXT = BeforeValidator(lambda given: str(given) if type(given) is int else given)
"""A number that is the name of a choice may go without quotes."""


def country_at(sam: str) -> Country:
    """The country of an economy by name or folder."""
    own = None if sam == SHIPPED else held_own(Path(sam))
    return CHINA if own is None else own


class DataChoices(Table):
    """What the economy is built with where the sources leave a choice (`docs/sam.md`).

    With these defaults it is the shipped one. With others it is built from the carried tables, in seconds, and kept in
    the cache folder; captions, tables, manifest and folder name say which.
    """

    inventory: Annotated[Literal["474", "541"], AS_TEXT] = "474"
    """Xinjiang's emissions of 2021 in Mt: `474`, the planning study's inventory; `541`, the straight estimate."""
    gdp: Literal["census5", "final-before-census5", "first-release"] = "census5"
    """Vintage of provincial GDP: after the fifth economic census, final before it, or the first release of 2022."""
    gravity: float = number(1.0, unit="1", ge=GRAVITY_RANGE[0], le=GRAVITY_RANGE[1])
    """Multiplies the distance elasticities of trade between provinces."""
    own_share: Literal["tables", "term"] = "tables"
    """Share of demand that a province meets itself: what its table leaves after inflow, or the rule of TERM."""
    structure: Annotated[Literal["2020", "2017"], AS_TEXT] = "2020"
    """Input coefficients and final demand: on the national table of 2020 on average, or those of the provincial tables
    of 2017 as they are."""


class Base(Table):
    """Data a study starts from."""

    sam: str = Field(default=SHIPPED, min_length=1)
    """The shipped economy, or the folder of your own, seen from the study file (`cge sam build` writes one)."""
    aggregation: Literal["cn12", "cn30", "cn42"] = "cn30"
    """Sectors: 12 for quick trials, 30, or 42."""
    regions: str = ""
    """Grouping of the provinces: `region8`, `drc8`, or a CSV of your own, seen from the study file, with a line
    `province,region` for each of the 31. Provinces named elsewhere in the study are then regions of it."""
    choices: DataChoices | None = None
    """The table `[base.choices]` below; not beside a folder of your own, which has its own choices."""

    @field_validator("regions")
    @classmethod
    def _grouping(cls, given: str) -> str:
        if given:
            try:
                grouping(given)
            except SAMError as error:
                raise ValueError(both(error)) from error
        return given

    @field_validator("choices")
    @classmethod
    def _of_shipped(cls, choices: DataChoices | None, info: ValidationInfo) -> DataChoices | None:
        """Choices other than the default ones, which are the shipped economy."""
        sam = info.data.get("sam", SHIPPED)
        if choices is not None and sam != SHIPPED:
            raise ValueError(message("CGE128", sam=sam))
        return None if choices == DataChoices() else choices

    @field_validator("sam")
    @classmethod
    def _readable(cls, given: str) -> str:
        try:
            country_at(given)
        except SAMError as error:
            raise ValueError(both(error)) from error
        return given

    @model_validator(mode="after")
    def _of_country(self) -> Base:
        """Sector lists and groupings are China's."""
        if not self.country.published:
            for key in ("aggregation", "regions"):
                if key in self.model_fields_set:
                    raise ValueError(message("CGE166", table=key, sam=self.sam))
        return self

    @property
    def country(self) -> Country:
        """The country whose economy it is."""
        return country_at(self.sam)

    @property
    def sectors(self) -> str:
        """Name of the sector list."""
        return self.aggregation if self.country.published else self.country.list_name

    def tables(self) -> ParameterSet:
        """Parameters of its sectors."""
        codes = () if self.country.published else tuple(self.country.roles)
        return load_parameters(self.sectors, codes, codes, country=self.country)

    @property
    def folder(self) -> Path | None:
        """Folder of the user's own economy, or None for the shipped one."""
        return None if self.sam == SHIPPED else Path(self.sam)

    @property
    def built(self) -> Choices:
        """Choices that the economy is built with, unless it is a folder of the user's own."""
        return Choices(**(self.choices or DataChoices()).model_dump())

    @property
    def words(self) -> list[str]:
        """The economy as parts of a folder name; empty for the shipped one."""
        own = [] if self.folder is None else [f"sam-{self.folder.name.replace('.', '-')}"]
        own += [f"regions-{Path(self.regions).stem.replace('.', '-')}"] if self.regions else []
        return own + [f"{key}-{value}" for key, value in self.built.changed.items()]

    @property
    def members(self) -> Members:
        """Provinces of every region."""
        if not self.country.published:
            return {r: (r,) for r in self.country.codes}
        return members(self.regions, self.folder)

    def region(self, name: str) -> str:
        """Code of a region by its code or name; of a province, the region that holds it; the nation is itself.

        Raises
        ------
        UnknownNameError
            Neither a region nor a province.
        """
        held = self.members
        named = {text: code for code in held for words in [region_words(code)] for text in (str(words), words.zh)}
        if name == NATION or name in held or name in named:
            return named.get(name, name)
        return region_of(self.country.resolve(name), held)

    def on(self, sam: Path) -> Base:
        """The same on an economy of the user's own.

        Raises
        ------
        ScenarioError
            There are choices, which that economy would not have; or its country is another.
        """
        if country_at(str(sam)) != self.country:
            raise ScenarioError(message("CGE167", sam=sam))
        if self.choices is not None:
            raise ScenarioError(message("CGE116", where="base.choices", fault=message("CGE128", sam=sam)))
        return self.model_copy(update={"sam": str(sam)})

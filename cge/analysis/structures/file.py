"""A file of structures: a study, and rows of settings of its keys that are solved one after the other."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from cge.policies.table import Table
from cge.study.faults import refusal, worded
from cge.study.reading import read_toml
from cge.study.scenario import NAME, Study, Text, default_study_path, keys_of, load_study
from cgebase.errors import ScenarioError
from cgebase.messages import lined, message, near


class Structure(Table):
    """A row: settings of keys of the study, as `--set` takes them."""

    id: str = Field(pattern=NAME)
    """Name of its folder and of its rows."""
    label: Text
    """Name in tables."""
    set: tuple[str, ...] = ()
    """Settings `KEY=VALUE`, keys dotted, scenarios by id; none for the study as it stands."""
    more: bool = False
    """Whether the scenarios beside the two caps are solved as well."""


class Structures(Table):
    """Structures under which two scenarios of a study are solved."""

    schema_: int = Field(alias="schema", ge=1, le=1, json_schema_extra={"unit": "version"})
    """Version of this form."""
    study: str
    """The study file, beside this one."""
    uniform: str = "uniform"
    """Scenario of the first published loss."""
    differentiated: str = "differentiated"
    """Scenario of the second."""
    own: tuple[str, ...] = ()
    """Scenarios in which the focus province has caps of its own, the nation its total: what a gap needs."""
    peak: str | None = None
    """Scenario in which the focus province goes over its own peak to the uniform cap."""
    net_zero: str | None = None
    """Scenario in which the focus province ends where its own net-zero path does."""
    structures: tuple[Structure, ...] = Field(alias="structure", min_length=1)

    @field_validator("structures")
    @classmethod
    def _apart(cls, rows: tuple[Structure, ...]) -> tuple[Structure, ...]:
        names = [row.id for row in rows]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise ValueError(message("CGE111", where="structure", name=twice))
        return rows

    @property
    def pair(self) -> tuple[str, str]:
        """The two caps."""
        return self.uniform, self.differentiated

    @property
    def beside(self) -> tuple[str, ...]:
        """Scenarios beside the two caps."""
        return (*self.own, *(s for s in (self.peak, self.net_zero) if s is not None))


def load_structures(path: str | Path) -> tuple[Structures, dict[str, Study]]:
    """Read a file of structures and the study under each of them; every setting is checked before anything is solved.

    Returns
    -------
    asked : Structures
    studies : dict of str to Study
        By structure, with the scenarios that it solves.

    Raises
    ------
    ScenarioError
        A fault of the file, of the study or of a setting.
    """
    path = Path(path)
    raw = read_toml(path, default_study_path())
    try:
        asked = Structures.model_validate(raw)
    except ValidationError as error:
        raise refusal(path.name, worded(error, raw, Structures, keys_of)) from error
    place = path.parent / asked.study
    have = [s.id for s in load_study(place).scenarios]
    for name in (*asked.pair, *asked.beside):
        if name not in have:
            raise ScenarioError(message("CGE104", study=asked.study, name=name, near=near(name, have),
                                        known=lined(have)))  # fmt: skip
    return asked, {row.id: _study(place, asked, row) for row in asked.structures}


def _study(place: Path, asked: Structures, row: Structure) -> Study:
    study = load_study(place, row.set)
    bare = [s.id for s in study.scenarios if s.is_baseline]
    return study.only([*bare, *asked.pair, *(asked.beside if row.more else ())])

"""Options and checks that several commands share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cgebase.messages import LANGUAGES, both, listed, message, near
from cgebase.whole import writable as writable

if TYPE_CHECKING:
    from cge.study.scenario import Study


class _Aggregation(click.Choice[str]):
    """A sector list by name; an unknown one is refused with the closest."""

    def __init__(self) -> None:
        super().__init__(["cn12", "cn30", "cn42"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            self.fail(message("SAM203", name=value, near=near(value, self.choices), known=listed(self.choices)))
        return str(value)


AGGREGATION = _Aggregation()
PROCESSES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def languages_option(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    languages = tuple(x.strip() for x in value.split(","))
    if not set(languages) <= set(LANGUAGES):
        raise click.BadParameter(message("CGE002", found=value))
    return languages


def formats_option(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    formats = tuple(x.strip() for x in value.split(","))
    if not set(formats) <= set(FORMATS):
        raise click.BadParameter(message("CGE006", found=value, known=listed(FORMATS)))
    return formats


def years_option(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    from cge.study.scenario import check_years

    try:
        years = tuple(int(x) for x in value.split(","))
        check_years(years)
    except ValueError as error:
        said = both(error)
        raise click.BadParameter(said if said.code else message("CGE004", found=value)) from error
    return years


def baseline_option(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, str]:
    """Choices of the baseline, ``key=value`` with commas between them."""
    from cge.study.scenario import Baseline
    from cgebase.errors import ScenarioError

    pairs = [x.strip().partition("=") for x in (value or "").split(",") if x.strip()]
    if value is not None and (not pairs or not all(key and mark and found for key, mark, found in pairs)):
        raise click.BadParameter(message("CGE243", found=value))
    choices = {key.strip(): found.strip() for key, _, found in pairs}
    if len(choices) < len(pairs):
        raise click.BadParameter(message("CGE244", found=value))
    try:
        Baseline().but(choices)
    except ScenarioError as error:
        raise click.BadParameter(both(error)) from error
    return choices


def money_option(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A multiple and a currency."""
    from sam.formats.moneyunits import parse_unit

    if value is not None and parse_unit(value) is None:
        raise click.BadParameter(message("SAM127.money", given=value))
    return value


STUDY = click.argument("study", type=click.Path(path_type=Path), required=False)
SECTORS = click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
YEARS = click.option("--years", callback=years_option, help="comma-separated, starting at 2021")
SETTINGS = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="a key of the study file (`cge schema`) with another value, such as parameters.gamma_technology=3 or "
    "scenario.uniform.cap.final_share=0.2 (repeatable)",
)  # fmt: skip
SAM = click.option("--sam", type=click.Path(path_type=Path), metavar="FOLDER", help="an economy of your own")
REGIONS = click.option(
    "--regions", metavar="GROUPING", help="regions instead of provinces: region8, drc8, or a CSV province,region"
)
SCENARIO = click.option(
    "--scenario", metavar="ID", help="scenario of the study; default: its first with a cap, else its first policy"
)
WORKERS = click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="processes, one thread each"
)
OUT = click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="folder of results"
)
DRAWN = click.option(
    "--languages", callback=languages_option, default="zh,en", show_default=True,
    help="languages of figures, tables and workbooks",
)  # fmt: skip
FORMATS, USUAL = ("png", "svg", "pdf"), "png"
DRAWN_AS = click.option(
    "--formats", callback=formats_option, default=USUAL, show_default=True, help="formats of figures: png, svg, pdf"
)
JSON = click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else")
QUIET = click.option("--quiet", is_flag=True, help="no lines of progress")
FORCE = click.option("--force", is_flag=True, help="replace results that exist")
BASELINE = click.option(
    "--baseline", callback=baseline_option, metavar="KEY=VALUE,...",
    help="another baseline: first_years observed or projected, gdp and population SSP1 to SSP5, emissions converging, "
    "study-targets, xinjiang-index, intensity-index or flat, demand engel or constant-shares, productivity neutral or "
    "labour, sector_growth differentiated or uniform, mix costs or table, technology central, low, high or flat",
)  # fmt: skip


def scenario_of(study: Study, scenario: str | None) -> str:
    """The scenario asked for, which the study must have; the first with a cap, else the first policy, where none is."""
    if scenario is not None:
        study.only([scenario])
        return scenario
    policies = [s for s in study.scenarios if not s.is_baseline]
    if not policies:
        raise click.UsageError(message("CGE104.none", study=study.id))
    return next((s.id for s in policies if s.cap is not None), policies[0].id)


def free(*paths: Path, force: bool) -> None:
    """Refuse to write over a file unless asked to."""
    there = [] if force else [p for p in paths if p.exists()]
    if there:
        raise click.UsageError(message("CGE003", path=listed(there)))


def free_economy(folder: Path, *, force: bool) -> None:
    """Refuse to write an economy over another unless asked to, and where it cannot take the place of what is there."""
    from sam.folder import ABOUT, SUMS, refuse_irreplaceable

    free(folder / ABOUT, folder / SUMS, folder / "sam.csv", folder / "sam.csv.gz", force=force)
    refuse_irreplaceable(folder)
    writable(folder.resolve().parent)


def held(aggregation: str | None, folder: Path | None) -> str:
    """The aggregation asked for, else that of the user's own folder, else cn30."""
    from sam.economy import held_aggregation

    return aggregation or ("cn30" if folder is None else held_aggregation(folder))


HELD = click.option("--aggregation", type=AGGREGATION, help="default cn30, or what the folder holds")


def grouped(settings: tuple[str, ...], regions: str | None) -> tuple[str, ...]:
    """Settings of a study with the grouping of regions asked for; a file is where the user stands."""
    if regions is None:
        return settings
    place = Path(regions)
    return (*settings, f"base.regions={json.dumps(str(place.resolve()) if place.is_file() else regions)}")

"""The command that solves the baseline alone and says what it implies."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.options import BASELINE, DRAWN, DRAWN_AS, FORCE, JSON, OUT, QUIET, SAM, SECTORS, SETTINGS, STUDY, YEARS
from cge.cli.runs import solved_and_drawn
from cge.cli.words import command, object_of, spoken, tell
from cgebase.messages import message

SAID = ("productivity", "sector_growth", "first_years")
"""Choices of the baseline that are said in words."""


@command()
@STUDY
@SECTORS
@YEARS
@SAM
@SETTINGS
@BASELINE
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def baseline(
    study: Path | None, aggregation: str | None, years: tuple[int, ...] | None, sam: Path | None,
    settings: tuple[str, ...], baseline: dict[str, str], out: Path, languages: tuple[str, ...],
    formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Solve the baseline only: implied growth of productivity and efficiency, with what is hard to believe."""
    from cge.study.scenario import default_study_path, load_study

    asked = load_study(study or default_study_path(), settings).under(baseline).baseline_only()
    if sam is not None:
        asked = asked.on(sam)
    folder = out / asked.folder(aggregation, years)
    results = solved_and_drawn(asked, folder, languages, formats, aggregation=aggregation, years=years, force=force,
                               quiet=quiet)  # fmt: skip
    from cge.report.baseline import sentences
    from cge.report.growth import flagged, read_tables
    from cge.report.stated import leaves
    from cge.report.style import phrases

    table, _, _, stated = read_tables(folder)
    if as_json:
        parts = {"growth": table, "flags": flagged(table), "stated": stated}
        shown = {k: v.to_dict("records") for k, v in parts.items()}
        object_of({**shown, "out": folder, "manifest": results.manifest})
        return
    lines = [phrases(of, spoken())[asked.baseline.chosen[of]] for of in SAID]
    click.echo("\n".join([*lines, *sentences(table, spoken()), *leaves(stated, spoken())]))
    tell(message("results_in", folder=folder))

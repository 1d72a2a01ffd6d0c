"""Commands about the baseline: what it implies, and what it would have said of years that are published."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.failures import while_at
from cge.cli.options import (
    BASELINE,
    DRAWN,
    DRAWN_AS,
    FORCE,
    JSON,
    OUT,
    QUIET,
    SAM,
    SECTORS,
    SETTINGS,
    STUDY,
    YEARS,
    free,
    writable,
)  # fmt: skip
from cge.cli.runs import solved_and_drawn
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.messages import message
from cgebase.whole import write_whole

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


@command()
@STUDY
@SECTORS
@SETTINGS
@OUT
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write what was found as a page")
@JSON
@QUIET
@FORCE
def backtest(
    study: Path | None, aggregation: str | None, settings: tuple[str, ...], out: Path, page: Path | None,
    as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """What the baseline would have said of 2024 with GDP known and nothing else, beside what was published."""
    from cge.analysis.backtest import YEARS, errors
    from cge.analysis.backtest import backtest as held_against
    from cge.report import backtest as shown
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    asked = load_study(study or default_study_path(), settings)
    sectors, focus = aggregation or asked.base.aggregation, asked.report.focus
    folder = out / asked.folder(aggregation, None, "backtest")
    if page is not None:
        free(page, force=force)
        writable(page.parent)
    with held(folder) as place:
        key = question(asked, aggregation, YEARS, "backtest")
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            table = held_against(asked, aggregation, folder=folder, log=progress(quiet))
        write_whole(folder / "backtest.csv", table.to_csv(index=False, float_format="%.6g"), lasting=True)
        place.save(key, ["backtest.csv"], complete=True)
    found = errors(table)
    if page is not None:
        write_whole(page, shown.page(table, found, focus, sectors))
    if as_json:
        object_of({"table": table.to_dict("records"), "errors": found.to_dict("records"), "out": folder})
        return
    click.echo("\n".join(shown.lines(table, found, focus, spoken())))
    tell(message("results_in", folder=folder))

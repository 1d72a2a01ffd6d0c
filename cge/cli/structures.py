"""The command that solves two caps under other structures of the model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cge.cli.failures import while_at
from cge.cli.options import JSON, OUT, QUIET, SECTORS, WORKERS, YEARS, free, writable
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.columns import columns
from cgebase.messages import Message, message
from cgebase.whole import write_whole


@command()
@click.argument("file", type=click.Path(path_type=Path))
@SECTORS
@YEARS
@WORKERS
@OUT
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write what was found as a page")
@JSON
@QUIET
@click.option("--force", is_flag=True, help="replace a summary or page that exists")
def structures(
    file: Path, aggregation: str | None, years: tuple[int, ...] | None, workers: int, out: Path, page: Path | None,
    as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Solve two caps of a study under other structures: losses of both and their gap by three indices, and ranks.

    FILE names the study and has a row of settings for each structure. An interrupted set goes on with the same command.
    """
    from cge.analysis.sensitivity import refuse_unsolved
    from cge.analysis.structures import load_structures, run_structures
    from cge.analysis.structures.page import losses, ranks, structures_page
    from cge.analysis.structures.runs import INDICES
    from cge.runs.place import MANIFEST, held
    from cge.study.run import question
    from cge.study.scenario import load_study

    asked, studies = load_structures(file)
    first = next(iter(studies.values()))
    folder = out / load_study(file.parent / asked.study).folder(aggregation, years, "structures")
    if page is not None:
        free(page, force=force)
        writable(page.parent)
    with held(folder) as place:
        key = question(first, aggregation, years, "structures", asked.model_dump_json(by_alias=True))
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            table, facts, failed = run_structures(
                asked, studies, aggregation=aggregation, years=years, folder=folder, workers=workers,
                log=progress(quiet),
            )  # fmt: skip
            write_whole(folder / "summary.csv", table.to_csv(index=False, float_format="%.7g"), lasting=True)
            write_whole(folder / MANIFEST, json.dumps(facts, indent=1), lasting=True)
        place.save(key, ["summary.csv", MANIFEST], complete=not failed)
    focus = first.report.focus
    if page is not None and facts:
        text = structures_page(table, asked, facts, focus=focus, aggregation=aggregation or first.base.sectors,
                               years=years or first.time.years)  # fmt: skip
        write_whole(page, text)
    if as_json:
        object_of({"table": table.to_dict("records"), "structures": facts, "out": folder})
    elif facts:
        found, places = losses(table, asked, focus), ranks(table, asked)
        labels = {s.id: Message(s.label.en, s.label.zh) for s in asked.structures}
        heads = [message("structures.structure"), *(message(f"structures.{k}", what=what)
                 for k in ("fisher", "base_prices", "ev") for what in ("U", "D", "U-D")),
                 message("structures.nation"), message("structures.rank", region=focus)]  # fmt: skip
        rows = [
            (labels[str(name)], *(f"{row[i, what]:.2f}" for i in INDICES for what in ("U", "D", "U-D")),
             f"{row['nation', 'U']:.2f}", str(places.loc[focus, str(name)]))
            for name, row in found.iterrows()
        ]  # fmt: skip
        click.echo("\n".join(columns(heads, rows, spoken())))
        tell(message("structures.table", region=focus), message("results_in", folder=folder))
    refuse_unsolved(failed, folder)

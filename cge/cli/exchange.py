"""The command that writes a run for other programs: the layout of integrated assessment, or an economy of its own."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.options import FORCE, JSON, free, free_economy
from cge.cli.words import command, object_of, tell
from cgebase.messages import message


@command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="file, .csv or .xlsx; a folder with --sam")
@click.option("--definitions", type=click.Path(path_type=Path), metavar="FOLDER",
              help="write definitions of variables, regions and scenarios there, as nomenclature reads them")
@click.option("--sam", "scenario", metavar="SCENARIO",
              help="write the economy of a solved year of this scenario instead: its SAM with satellites, a folder")
@click.option("--year", type=int, help="year of --sam; default: the last")
@FORCE
@JSON
def exchange(
    run: Path, out: Path, definitions: Path | None, scenario: str | None, year: int | None, force: bool, as_json: bool
) -> None:
    """Write the results folder RUN in the long IAMC layout: model, scenario, region, variable, unit, year, value.

    With --sam: the social accounting matrix after a scenario, as `cge sam check --folder` reads it. `cge export` writes
    any variable as CSV, Excel, netCDF or Parquet.
    """
    if scenario is not None or year is not None:
        if scenario is None or definitions is not None:
            raise click.UsageError(message("CGE633"))
        from cge.api.results import load_results

        free_economy(out, force=force)
        economy = load_results(run).economy(scenario, year)
        economy.save(out)
        _say([out], as_json)
        return
    from cge.api.iamc import write, write_definitions
    from cge.study.results import Results

    free(out, *([definitions] if definitions is not None else []), force=force)
    results = Results.load(run)
    written = [write(results, out), *([] if definitions is None else write_definitions(results, definitions))]
    _say(written, as_json)


def _say(written: list[Path], as_json: bool) -> None:
    if as_json:
        object_of({"written": written})
    else:
        tell(*(message("written", file=file) for file in written))

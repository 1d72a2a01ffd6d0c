"""The command that writes a run in the layout of integrated assessment."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.options import FORCE, JSON, free
from cge.cli.words import command, object_of, tell
from cgebase.messages import message


@command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="file, .csv or .xlsx")
@click.option("--definitions", type=click.Path(path_type=Path), metavar="FOLDER",
              help="write definitions of variables, regions and scenarios there, as nomenclature reads them")
@FORCE
@JSON
def exchange(run: Path, out: Path, definitions: Path | None, force: bool, as_json: bool) -> None:
    """Write the results folder RUN in the long IAMC layout: model, scenario, region, variable, unit, year, value.

    `cge export` writes any variable as CSV, Excel, netCDF or Parquet.
    """
    from cge.api.iamc import write, write_definitions
    from cge.study.results import Results

    free(out, *([definitions] if definitions is not None else []), force=force)
    results = Results.load(run)
    written = [write(results, out), *([] if definitions is None else write_definitions(results, definitions))]
    if as_json:
        object_of({"written": written})
    else:
        tell(*(message("written", file=file) for file in written))

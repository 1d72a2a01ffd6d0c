"""Commands that write a finished run in another form, tables or a page, and the symbols of the theory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cge.cli.options import JSON, free, writable
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import message
from cgebase.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd


@command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--variable", "names", multiple=True, metavar="NAME", help="indicator, variable or account (repeatable)")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="file, .csv, .xlsx, .nc or .parquet")
@click.option("--scenario", multiple=True, metavar="ID", help="scenario by id or label (repeatable); all if not given")
@click.option("--region", multiple=True, help="province by code or name (repeatable)")
@click.option("--sector", multiple=True, help="sector by code or name (repeatable)")
@click.option("--year", multiple=True, type=int, help="year (repeatable)")
@click.option("--change", is_flag=True, help="per cent change against the baseline of the same year")
@click.option("--force", is_flag=True, help="replace a file that exists")
@JSON
def export(
    run: Path, names: tuple[str, ...], out: Path | None, scenario: tuple[str, ...], region: tuple[str, ...],
    sector: tuple[str, ...], year: tuple[int, ...], change: bool, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write variables and indicators of the results folder RUN as a labelled table.

    Without --variable and --out: every name that can be asked for, with its unit and meaning.
    """
    from cge.api.results import load_results

    if bool(names) != (out is not None):
        raise click.UsageError(message("CGE020"))
    if out is not None:
        free(out, force=force)
    results = load_results(run)
    if out is None:
        table = results.names.reset_index(names="name")
        if as_json:
            object_of({"names": table.to_dict("records")})
            return
        head = [message(f"names.{k}") for k in ("name", "kind", "unit", "what")]
        click.echo("\n".join(columns(head, table.to_numpy().tolist(), spoken(), "l")))
        return
    labels = {"scenario": scenario, "region": region, "sector": sector, "year": year}
    asked = {dim: list(chosen) for dim, chosen in labels.items() if chosen}
    written = results.export(out, *names, change=change, force=force, **asked)
    if as_json:
        object_of({"written": written})
    else:
        tell(message("written", file=written))


@command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--scenario", metavar="A,B,...", help="these policies alone; default: every scenario")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="file; default: in the run's folder")
@click.option("--force", is_flag=True, help="replace a file that exists")
@JSON
def page(run: Path, scenario: str | None, out: Path | None, force: bool, as_json: bool) -> None:
    """Write the results folder RUN as one interactive HTML page, which needs no server and no network.

    It has every indicator by scenario, region, sector and year, map, bars, paths, power and energy, in Chinese and
    English, and who pays because of whom for the scenarios that `cge attribute` has solved beside RUN.
    """
    from cge.report.page import write_page
    from cge.study.results import Results

    results = Results.load(run)
    if scenario is not None:
        results = results.only([name.strip() for name in scenario.split(",")])
    path = out or run / f"{results.manifest['study']}.html"
    causes = {s: of for s in results.policies if (of := _causes(run.resolve(), s)) is not None}
    write_page(results, path, language=spoken(), causes=causes, force=force or out is None)
    if as_json:
        object_of({"written": path, "causes": list(causes)})
    else:
        tell(message("written", file=path))


def _causes(run: Path, scenario: str) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """What `cge attribute` found of a scenario of a run, in the folder beside it; None where it was not asked."""
    table = run.with_name(f"{run.name}.attribute.{scenario}") / "causes.csv"
    if not table.exists():
        return None
    import pandas as pd

    from cge.analysis.attribution import of_gdp

    return of_gdp(pd.read_csv(table, keep_default_na=False))


@command()
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the page docs/symbols.md")
@click.option("--force", is_flag=True, help="replace a page that exists")
def symbols(page: Path | None, force: bool) -> None:
    """Every symbol of the theory: dimensions, unit, meaning and the chapter that determines it."""
    from cge.explain.symbols import symbols_page

    if page is None:
        click.echo(symbols_page(spoken()), nl=False)
        return
    free(page, force=force)
    writable(page.parent)
    write_whole(page, symbols_page(spoken()))
    tell(message("written", file=page))

"""Commands that write tables: of a finished run, and of the symbols of the theory."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.options import JSON, free, writable
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import message
from cgebase.whole import write_whole


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
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the page docs/symbols.md")
@click.option("--force", is_flag=True, help="replace a page that exists")
@JSON
def symbols(page: Path | None, force: bool, as_json: bool) -> None:
    """Every symbol of the theory: dimensions, unit, meaning and the chapter that determines it."""
    from cge.explain.symbols import symbols_data, symbols_page

    if page is not None:
        free(page, force=force)
        writable(page.parent)
        write_whole(page, symbols_page(spoken()))
    if as_json:
        object_of(symbols_data())
    elif page is None:
        click.echo(symbols_page(spoken()), nl=False)
    else:
        tell(message("written", file=page))

"""Commands that read and write files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from cge.cli.options import HELD, free, free_economy, held, money_option, writable
from cge.cli.words import command, spoken, tell
from cgebase.messages import message

Nothing = Literal["zero", "fault"]
NOTHING = click.Choice(["zero", "fault"])
FORMAT_HELP = "square, long (CSV or Excel), har, gdx, ifpri, pep; read only: pymrio"


@command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "kind", required=True, help=FORMAT_HELP)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder, or a long table .csv or .xlsx")
@click.option("--table", help="sheet, header, symbol or parser where the file leaves a choice")
@click.option("--labels", type=click.Path(path_type=Path), help="CSV with label,account where labels are no accounts")
@click.option("--unit", callback=money_option, help="unit of the values where the file does not say, such as '1e8 CNY'")
@click.option("--convert", metavar="UNIT", callback=money_option,
              help="unit to convert the values to, same currency, such as '1e8 CNY'")  # fmt: skip
@click.option("--year", type=int, help="year of the values where the file does not say")
@click.option("--blank", type=NOTHING, default="zero", show_default=True, help="what a blank cell is")
@click.option("--dash", type=NOTHING, default="zero", show_default=True, help="what a dash is")
@click.option("--missing", type=NOTHING, default="fault", show_default=True, help="what marks like … or n.a. are")
@click.option("--force", is_flag=True, help="replace what is there")
def sam_import(
    file: Path, kind: str, out: Path, table: str | None, labels: Path | None, unit: str | None, convert: str | None,
    year: int | None, blank: Nothing, dash: Nothing, missing: Nothing, force: bool,
) -> None:  # fmt: skip
    """Read a SAM from a file of another program; every fault is named with its address."""
    from dataclasses import replace

    from sam.checks.money import BALANCE
    from sam.economy import save_sam
    from sam.formats import read_sam, write_sam
    from sam.formats.cells import Rules
    from sam.units import convert as in_unit

    long = out.suffix.lower() in (".csv", ".xlsx")
    if long:
        free(out, force=force)
        writable(out.parent)
    else:
        free_economy(out, force=force)
    values: dict[str, float | None] = {"zero": 0.0, "fault": None}
    rules = Rules(values[blank], values[dash], values[missing])
    found = read_sam(file, kind, table=table, labels=labels, unit=unit, year=year, rules=rules, remark=tell)
    if convert is not None:
        found = in_unit(found, convert)
    found = replace(found, history=(*found.history, f"read from {file.name} as {kind}"))
    if long:
        write_sam(found, out, "long")
    else:
        save_sam(found, out)
    totals = found.totals()
    sizes = {"accounts": len(totals), "cells": len(found.cells), "unit": found.unit, "year": found.year}
    tell(message("sam_size", out=out, **sizes))
    if found.imbalance() <= BALANCE:
        said = message("sam_closed", gap=BALANCE)
    else:
        worst = totals["gap"].abs().idxmax()
        said = message("sam_gap", account=worst, gap=float(totals.loc[worst, "gap"]))
    tell(said)


@command("export")
@HELD
@click.option("--folder", type=click.Path(path_type=Path), help="a SAM of your own instead")
@click.option("--format", "kind", required=True, help="square, long (CSV or Excel), har, gdx, ifpri, pep")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="file to write")
@click.option("--force", is_flag=True, help="replace what is there")
def sam_export(
    aggregation: str | None, folder: Path | None, kind: str, out: Path, force: bool
) -> None:
    """Write a SAM for another program; reading the file gives back the same table."""
    from sam.economy import load_economy, load_sam
    from sam.formats import write_sam

    free(out, force=force)
    found = load_sam(folder) if folder is not None else load_economy(held(aggregation, folder)).sam
    writable(out.parent)
    write_sam(found, out, kind)
    sizes = {"accounts": len(found.accounts), "cells": len(found.cells), "unit": found.unit, "year": found.year}
    tell(message("sam_size", out=out, **sizes))


@command("io")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--sheet", help="name of the sheet, also of a hidden one")
@click.option("--unit", help="unit where the workbook states none, such as 万元 or Mt")
@click.option("--region", help="province where the workbook names none; CN for the nation")
@click.option("--year", type=int, help="year of the table, or the year to take of an inventory of several")
@click.option("--sectors", type=click.Choice(["nbs42", "own"]), default="nbs42", show_default=True,
              help="the 42 sectors of the statistics, or those of the workbook")  # fmt: skip
@click.option("--keep-gaps", is_flag=True, help="read tables whose sums do not add up; the gaps are listed")
@click.option("--out", type=click.Path(path_type=Path), help="tidy CSV of all files, 1e8 yuan or Mt CO2")
@click.option("--force", is_flag=True, help="replace the CSV")
def sam_io(
    files: tuple[Path, ...], out: Path | None, force: bool, sectors: Literal["nbs42", "own"],
    **said: Any,
) -> None:  # fmt: skip
    """Read published workbooks: provincial, national and multi-regional tables, CEADs inventories."""
    from sam.formats.published import read_all, refuse_faults, report, write_cells
    from sam.formats.workbook import Choices

    if out is not None:
        free(out, force=force)
    found, faults = read_all(files, Choices(sectors=sectors, **said))
    for read in found:
        click.echo("\n".join(line.text(spoken()) for line in report(read)))
    refuse_faults(faults)
    if out is not None:
        writable(out.parent)
        write_cells(found, out)
        tell(message("written", file=out))

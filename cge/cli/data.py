"""Commands of the social accounting matrix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cge.cli.options import (
    AGGREGATION,
    DRAWN,
    HELD,
    JSON,
    QUIET,
    free,
    free_economy,
    held,
    money_option,
    writable,
)
from cge.cli.words import group, object_of, progress, spoken, tell
from cgebase.messages import listed, message

if TYPE_CHECKING:
    from cge.report.accounts import Accounts
    from sam.economy import Economy
    from sam.view import View

ENDINGS = (".png", ".svg", ".pdf")

FOLDER = click.option("--folder", type=click.Path(path_type=Path), help="an economy of your own")
FORCE = click.option("--force", is_flag=True, help="replace files that are there")


@group()
def sam() -> None:
    """Build, check and look at the social accounting matrix."""


@sam.command("build")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True, help="sectors")
@click.option("--inventory", type=click.Choice(["474", "541"]), help="emissions of Xinjiang in Mt; default 474")
@click.option(
    "--gdp", type=click.Choice(["census5", "final-before-census5", "first-release"]),
    help="vintage of provincial GDP; default census5",
)  # fmt: skip
@click.option("--gravity", type=float, help="factor on distance elasticities, 0.5 to 2; default 1")
@click.option("--own-share", type=click.Choice(["tables", "term"]), help="own sales of a province; default tables")
@click.option(
    "--structure", type=click.Choice(["2020", "2017"]),
    help="provincial tables with their sum on the national table of 2020, or as they are; default 2020",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="folder to write to; without it nothing is written")
@click.option("--io-tables", type=click.Path(path_type=Path), help="folder of 31 provincial workbooks of your own")
@QUIET
@FORCE
def sam_build(
    aggregation: str, out: Path | None, io_tables: Path | None, quiet: bool, force: bool, **chosen: Any
) -> None:
    """Build the economy from the carried tables, with a report of what each step touched and what moved."""
    from sam.choices import Choices
    from sam.construct import build_economy

    choices = Choices(**{k: v for k, v in chosen.items() if v is not None})
    if out is not None:
        free_economy(out, force=force)
    _, report = build_economy(
        aggregation, choices=choices, out=out, io_tables=io_tables,
        log=progress(quiet),
    )  # fmt: skip
    click.echo("\n".join(report.lines(spoken())))


SOURCE = click.option("--in", "source", required=True, help="a shipped aggregation, or the folder of an economy")
TARGET = click.option("--out", type=click.Path(path_type=Path), required=True, help="folder to write to")
REPLACE = click.option("--force", is_flag=True, help="replace an economy in the folder")


@sam.command("aggregate")
@SOURCE
@click.option("--sectors", default="", help="mapping file, or cn30, cn12 from cn42")
@click.option("--regions", default="", help="mapping file, or region8, drc8")
@click.option("--households", default="", help="mapping file")
@click.option("--factors", default="", help="mapping file")
@TARGET
@REPLACE
def sam_aggregate(source: str, out: Path, force: bool, **given: str) -> None:
    """Gather sectors, regions, households or factors by mapping files; totals survive."""
    from sam.aggregate import aggregate

    free_economy(out, force=force)
    _save(aggregate(_load(source), **given), out)


@sam.command("disaggregate")
@SOURCE
@click.option("--sectors", type=click.Path(path_type=Path), required=True, help="CSV parent, child, share[, region]")
@TARGET
@REPLACE
def sam_disaggregate(source: str, sectors: Path, out: Path, force: bool) -> None:
    """Split sectors by shares of their output; totals survive, and aggregated back nothing has changed."""
    from sam.disaggregate import disaggregate

    free_economy(out, force=force)
    _save(disaggregate(_load(source), sectors), out)


def _load(source: str) -> Economy:
    """A shipped economy by name, or one in a folder."""
    from sam.economy import held_aggregation, load_economy

    folder = Path(source) if Path(source).is_dir() else None
    return load_economy(source if folder is None else held_aggregation(folder), folder=folder)


def _save(made: Economy, out: Path) -> None:
    from sam.checks.money import BALANCE

    made.save(out)
    sizes = {"regions": len(made.regions), "sectors": len(made.groups.sectors), "cells": len(made.sam.cells)}
    gap = max(made.sam.imbalance(), BALANCE)
    tell(message("made_economy", name=made.aggregation, gap=gap, out=out, **sizes))


@sam.command("balance")
@click.option("--in", "source", type=click.Path(path_type=Path), required=True,
              help="long table .csv or .xlsx, or folder with sam.csv")  # fmt: skip
@click.option("--method", type=click.Choice(["ras", "gras", "cross-entropy", "least-squares"]), default="cross-entropy",
              show_default=True, help="what nearest means")  # fmt: skip
@click.option("--totals", type=click.Path(path_type=Path), help="CSV row, column, value[, reliability]; * is any text")
@click.option("--reliability", type=click.Path(path_type=Path), help="CSV row, column, reliability; inf holds a cell")
@click.option("--unit", callback=money_option, help="unit of the values where a table does not say, such as '1e8 CNY'")
@click.option("--year", type=int, help="year of the values where a table does not say")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder to write to")
@FORCE
def sam_balance(
    source: Path, method: Any, totals: Path | None, reliability: Path | None, unit: str | None, year: int | None,
    out: Path, force: bool,
) -> None:  # fmt: skip
    """Find the balanced SAM nearest to yours, with a report of what moved."""
    from sam.balance import balance_sam
    from sam.balance.files import read_for_balance, write_balanced

    free_economy(out, force=force)
    found, lines, weights = read_for_balance(source, totals, reliability, unit=unit, year=year)
    balanced, report = balance_sam(found, method=method, targets=lines, reliability=weights)
    write_balanced(balanced, report, out)
    click.echo(report.text(spoken()))
    tell(message("balanced_in", out=out))


@sam.command("check")
@HELD
@FOLDER
@click.option("--published", is_flag=True, help="hold your own economy to China's published totals too")
@JSON
@click.option("--excel", type=click.Path(path_type=Path), help="write the report as a workbook")
@click.option("--province", help="province whose tables the workbook shows; the one with most faults if not given")
@DRAWN
@FORCE
def sam_check(
    aggregation: str | None, folder: Path | None, published: bool, as_json: bool, excel: Path | None,
    province: str | None, languages: tuple[str, ...], force: bool,
) -> None:  # fmt: skip
    """Run every coded check: text, one JSON object, or a workbook with the addresses of wrong cells."""
    from sam.registry import resolve

    code = None if province is None else resolve(province)
    if excel is not None:
        if excel.suffix.lower() != ".xlsx":
            raise click.UsageError(message("SAM364", path=excel))
        free(excel, force=force)
        writable(excel.parent)
    from sam.economy import holds_sam_only, load_economy, load_sam
    from sam.report import audit_facts, audit_text
    from sam.validate import audit, audit_sam, refuse_faults

    if folder is not None and holds_sam_only(folder):
        if excel is not None or published or aggregation is not None or province is not None:
            raise click.UsageError(message("SAM367", folder=folder))
        done = audit_sam(load_sam(folder))
        tell(message("sam_only", folder=folder), err=True)
    else:
        done = audit(load_economy(held(aggregation, folder), folder=folder), published=published or folder is None)
    if excel is not None:
        from sam.audit_book import write_audit

        write_audit(done, excel, code=code, languages=languages)
    if as_json:
        object_of(audit_facts(done))
    else:
        click.echo(audit_text(done, spoken()))
    refuse_faults(done)


@sam.command("seal")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def sam_seal(folder: Path) -> None:
    """Accept an economy whose files you changed or wrote yourself: what differs goes into its history."""
    from sam.economy import accept

    differences = accept(folder)
    said = [message("sealed", folder=folder), *differences] if differences else [message("as_written", folder=folder)]
    click.echo("\n  ".join(line.text(spoken()) for line in said))


@sam.command("show")
@click.option("--province", required=True, help="code, Chinese or English name")
@HELD
@FOLDER
@click.option("--figure", type=click.Path(path_type=Path), help="draw its money flows: FILE.png, .svg or .pdf")
@click.option("--out", type=click.Path(path_type=Path), help="folder for every figure and the CSV each draws")
@DRAWN
@JSON
@FORCE
def sam_show(
    province: str, aggregation: str | None, folder: Path | None, figure: Path | None, out: Path | None,
    languages: tuple[str, ...], as_json: bool, force: bool,
) -> None:  # fmt: skip
    """Accounts of one province, 1e8 yuan, printed; drawn with --figure or --out."""
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise click.UsageError(message("SAM363", path=figure, endings=listed(ENDINGS)))
    from sam.economy import load_economy, refuse_other_codes
    from sam.registry import AGGREGATIONS, resolve
    from sam.report import province_accounts, province_facts
    from sam.view import View

    code = resolve(province)
    if figure is not None:
        free(figure, figure.with_suffix(".csv"), force=force)
        writable(figure.parent)
    if out is not None:
        from cge.report.accounts import files

        free(*(out / name for name in files(languages)), force=force)
        writable(out)
    economy = load_economy(held(aggregation, folder), folder=folder)
    shipped = economy.aggregation if economy.aggregation in AGGREGATIONS else "cn30"
    refuse_other_codes(economy, shipped, kinds=("regions", "households", "factors"))
    view = View(economy)
    made = []
    if figure is not None or out is not None:
        from cge.report.accounts import draw_accounts, draw_money

        data = _drawn(view, code)
        made += draw_money(data, figure, spoken()) if figure is not None else []
        made += draw_accounts(data, out, languages=languages) if out is not None else []
    if as_json:
        object_of(province_facts(view, code) | {"written": made})
        return
    click.echo(province_accounts(view, code, spoken()))
    if made:
        tell(*(message("written", file=p) for p in made))


def _drawn(view: View, code: str) -> Accounts:
    """Tables that the figures of a province draw."""
    from cge.report.accounts import Accounts
    from sam import flows

    pairs, elasticities, elasticity = flows.distance(view)
    return Accounts(
        focus=code, year=view.economy.sam.year, aggregation=view.economy.aggregation, gdp=float(view.gdp[code]),
        money=flows.money(view, code), inputs=flows.inputs(view, code), trade=flows.trade(view), pairs=pairs,
        elasticities=elasticities, elasticity=elasticity,
    )  # fmt: skip

"""Commands of the social accounting matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cge.cli.options import AGGREGATION, HELD, LANG, free, free_economy, held, languages_of, writable
from cgebase.messages import listed, message

if TYPE_CHECKING:
    from cge.report.accounts import Accounts
    from sam.economy import Economy
    from sam.view import View

ENDINGS = (".png", ".svg", ".pdf")

FOLDER = click.option("--folder", type=click.Path(path_type=Path), help="an economy of your own")
FORCE = click.option("--force", is_flag=True, help="replace files that are there")


@click.group()
def sam() -> None:
    """Build, check and look at the social accounting matrix."""


@sam.command("build")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
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
@LANG
@FORCE
def sam_build(
    aggregation: str, out: Path | None, io_tables: Path | None, spoken: str, force: bool, **chosen: Any
) -> None:
    """Build the economy from the carried tables, with a report of what each step touched and what moved."""
    from sam.choices import Choices
    from sam.construct import build_economy

    choices = Choices(**{k: v for k, v in chosen.items() if v is not None})
    if out is not None:
        free_economy(out, force=force)
    _, report = build_economy(
        aggregation, choices=choices, out=out, io_tables=io_tables,
        log=lambda words: click.echo(words.text(spoken), err=True),
    )  # fmt: skip
    click.echo("\n".join(report.lines(spoken)))


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
@LANG
def sam_aggregate(source: str, out: Path, force: bool, spoken: str, **given: str) -> None:
    """Gather sectors, regions, households or factors by mapping files; totals survive."""
    from sam.aggregate import aggregate

    free_economy(out, force=force)
    _save(aggregate(_load(source), **given), out, spoken)


@sam.command("disaggregate")
@SOURCE
@click.option("--sectors", type=click.Path(path_type=Path), required=True, help="CSV parent, child, share[, region]")
@TARGET
@REPLACE
@LANG
def sam_disaggregate(source: str, sectors: Path, out: Path, force: bool, spoken: str) -> None:
    """Split sectors by shares of their output; totals survive, and aggregated back nothing has changed."""
    from sam.disaggregate import disaggregate

    free_economy(out, force=force)
    _save(disaggregate(_load(source), sectors), out, spoken)


def _load(source: str) -> Economy:
    """A shipped economy by name, or one in a folder."""
    from sam.economy import held_aggregation, load_economy

    folder = Path(source) if Path(source).is_dir() else None
    return load_economy(source if folder is None else held_aggregation(folder), folder=folder)


def _save(made: Economy, out: Path, spoken: str) -> None:
    from sam.checks.money import BALANCE

    made.save(out)
    sizes = {"regions": len(made.regions), "sectors": len(made.groups.sectors), "cells": len(made.sam.cells)}
    gap = max(made.sam.imbalance(), BALANCE)
    said = message("made_economy", name=made.aggregation, gap=gap, out=out, **sizes)
    click.echo(said.text(spoken))


@sam.command("balance")
@click.option("--in", "source", type=click.Path(path_type=Path), required=True, help="long CSV, or folder with sam.csv")
@click.option("--method", type=click.Choice(["ras", "gras", "cross-entropy", "least-squares"]), default="cross-entropy",
              show_default=True)  # fmt: skip
@click.option("--totals", type=click.Path(path_type=Path), help="CSV row, column, value[, reliability]; * is any text")
@click.option("--reliability", type=click.Path(path_type=Path), help="CSV row, column, reliability; inf holds a cell")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder to write to")
@FORCE
@LANG
def sam_balance(
    source: Path, method: Any, totals: Path | None, reliability: Path | None, out: Path, force: bool, spoken: str
) -> None:
    """Find the balanced SAM nearest to yours, with a report of what moved."""
    from sam.balance import balance_sam
    from sam.balance.files import read_for_balance, write_balanced

    free_economy(out, force=force)
    found, lines, weights = read_for_balance(source, totals, reliability)
    balanced, report = balance_sam(found, method=method, targets=lines, reliability=weights)
    write_balanced(balanced, report, out)
    click.echo(report.text(spoken))
    click.echo(message("balanced_in", out=out).text(spoken))


@sam.command("check")
@HELD
@FOLDER
@click.option("--published", is_flag=True, help="hold your own economy to China's published totals too")
@click.option("--json", "as_json", is_flag=True, help="print one object and nothing else")
@click.option("--excel", type=click.Path(path_type=Path), help="write the report as a workbook")
@click.option("--province", help="province whose tables the workbook shows; the one with most faults if not given")
@click.option("--lang", default=None, help="zh, en or zh,en")
@FORCE
def sam_check(
    aggregation: str | None, folder: Path | None, published: bool, as_json: bool, excel: Path | None,
    province: str | None, lang: str | None, force: bool,
) -> None:  # fmt: skip
    """Run every coded check: text, one JSON object, or a workbook with the addresses of wrong cells."""
    languages = languages_of(lang or "zh,en")
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
        click.echo(message("sam_only", folder=folder).text(_language(lang)), err=True)
    else:
        done = audit(load_economy(held(aggregation, folder), folder=folder), published=published or folder is None)
    if excel is not None:
        from sam.audit_book import write_audit

        write_audit(done, excel, code=code, languages=languages)
    if as_json:
        click.echo(json.dumps(audit_facts(done), ensure_ascii=False, allow_nan=False))
    else:
        click.echo(audit_text(done, _language(lang)))
    refuse_faults(done)


def _language(lang: str | None) -> str:
    """Language of printed text: as messages."""
    from cge.cli.failures import language

    return language(["--lang", lang or ""])


@sam.command("seal")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@LANG
def sam_seal(folder: Path, spoken: str) -> None:
    """Accept an economy whose files you changed or wrote yourself: what differs goes into its history."""
    from sam.economy import accept

    differences = accept(folder)
    said = [message("sealed", folder=folder), *differences] if differences else [message("as_written", folder=folder)]
    click.echo("\n  ".join(line.text(spoken) for line in said))


@sam.command("show")
@click.option("--province", required=True, help="code, Chinese or English name")
@HELD
@FOLDER
@click.option("--figure", type=click.Path(path_type=Path), help="draw its money flows: FILE.png, .svg or .pdf")
@click.option("--out", type=click.Path(path_type=Path), help="folder for every figure and the CSV each draws")
@click.option("--lang", default=None, help="zh, en or zh,en")
@FORCE
def sam_show(
    province: str, aggregation: str | None, folder: Path | None, figure: Path | None, out: Path | None,
    lang: str | None, force: bool,
) -> None:  # fmt: skip
    """Accounts of one province, 1e8 yuan, printed; drawn with --figure or --out."""
    languages = languages_of(lang or "zh,en")
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise click.UsageError(message("SAM363", path=figure, endings=listed(ENDINGS)))
    from sam.economy import load_economy, refuse_other_codes
    from sam.registry import AGGREGATIONS, resolve
    from sam.report import province_accounts
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
    click.echo(province_accounts(view, code, _language(lang)))
    if figure is not None or out is not None:
        from cge.report.accounts import draw_accounts, draw_money

        data = _drawn(view, code)
        made = draw_money(data, figure, _language(lang)) if figure is not None else []
        made += draw_accounts(data, out, languages=languages) if out is not None else []
        click.echo("\n" + "\n".join(str(p) for p in made))


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

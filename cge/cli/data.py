"""Commands of the social accounting matrix."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cge.cli.options import AGGREGATION, languages_of, say, writable
from sam.messages import listed, message

if TYPE_CHECKING:
    from cge.report.accounts import Accounts
    from sam.view import View

ENDINGS = (".png", ".svg", ".pdf")

FOLDER = click.option("--folder", type=click.Path(path_type=Path), help="an economy of your own")
FORCE = click.option("--force", is_flag=True, help="replace files that are there")


def _refuse_existing(paths: Iterable[Path], force: bool) -> None:
    """Refuse to replace a file without ``--force``, before anything is made."""
    there = [p for p in paths if p.exists() and not force]
    if there:
        raise click.UsageError(message("SAM362", path=there[0]))


@click.group()
def sam() -> None:
    """Build, check and look at the social accounting matrix."""


@sam.command("build")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="folder to write to; without it nothing is written")
def sam_build(aggregation: str, out: Path | None) -> None:
    """Build the economy from the carried tables, with a report of what moved."""
    from sam.build import build_economy

    _, report = build_economy(aggregation, out=out, log=say(False))
    click.echo("\n".join(report))


@sam.command("check")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
@FOLDER
@click.option("--published", is_flag=True, help="hold your own economy to China's published totals too")
@click.option("--json", "as_json", is_flag=True, help="print one object and nothing else")
@click.option("--excel", type=click.Path(path_type=Path), help="write the report as a workbook")
@click.option("--province", help="province whose tables the workbook shows; the one with most faults if not given")
@click.option("--lang", default=None, help="zh, en or zh,en")
@FORCE
def sam_check(
    aggregation: str, folder: Path | None, published: bool, as_json: bool, excel: Path | None, province: str | None,
    lang: str | None, force: bool,
) -> None:  # fmt: skip
    """Run every coded check: text, one JSON object, or a workbook with the addresses of wrong cells."""
    languages = languages_of(lang or "zh,en")
    from sam.registry import resolve

    code = None if province is None else resolve(province)
    if excel is not None:
        _refuse_existing([excel], force)
        writable(excel.parent)
    from sam.economy import load_economy
    from sam.report import audit_facts, audit_text
    from sam.validate import audit, refuse_faults

    done = audit(load_economy(aggregation, folder=folder), published=published or folder is None)
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
    from cge.failures import language

    return language(["--lang", lang or ""])


@sam.command("show")
@click.option("--province", required=True, help="code, Chinese or English name")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
@FOLDER
@click.option("--figure", type=click.Path(path_type=Path), help="draw its money flows: FILE.png, .svg or .pdf")
@click.option("--out", type=click.Path(path_type=Path), help="folder for every figure and the CSV each draws")
@click.option("--lang", default=None, help="zh, en or zh,en")
@FORCE
def sam_show(
    province: str, aggregation: str, folder: Path | None, figure: Path | None, out: Path | None, lang: str | None,
    force: bool,
) -> None:  # fmt: skip
    """Accounts of one province, 1e8 yuan, printed; drawn with --figure or --out."""
    languages = languages_of(lang or "zh,en")
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise click.UsageError(message("SAM363", path=figure, endings=listed(ENDINGS)))
    from sam.economy import load_economy
    from sam.registry import resolve
    from sam.report import province_accounts
    from sam.view import View

    code = resolve(province)
    if figure is not None:
        _refuse_existing([figure, figure.with_suffix(".csv")], force)
        writable(figure.parent)
    if out is not None:
        from cge.report.accounts import files

        _refuse_existing([out / name for name in files(languages)], force)
        writable(out)
    view = View(load_economy(aggregation, folder=folder))
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

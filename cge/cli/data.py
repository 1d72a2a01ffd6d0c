"""Commands of the social accounting matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cge.cli.options import AGGREGATION, say, writable
from sam.messages import message


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
@click.option("--folder", type=click.Path(path_type=Path), help="an economy of your own")
@click.option("--published", is_flag=True, help="hold your own economy to China's published totals too")
def sam_check(aggregation: str, folder: Path | None, published: bool) -> None:
    """Run every coded check."""
    from sam.economy import load_economy
    from sam.validate import refuse_faults

    refuse_faults(load_economy(aggregation, folder=folder), published=published or folder is None)
    click.echo(f"{folder or aggregation}: every coded check passed")


@sam.command("show")
@click.option("--province", required=True, help="code, Chinese or English name")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
def sam_show(province: str, aggregation: str) -> None:
    """Accounts of one province, 1e8 yuan."""
    from sam.economy import load_economy
    from sam.registry import resolve
    from sam.report import province_accounts

    click.echo(province_accounts(load_economy(aggregation), resolve(province)))


@sam.command("balance")
@click.option("--in", "source", type=click.Path(path_type=Path), required=True, help="long CSV, or folder with sam.csv")
@click.option("--method", type=click.Choice(["ras", "gras", "cross-entropy", "least-squares"]), default="cross-entropy",
              show_default=True)  # fmt: skip
@click.option("--totals", type=click.Path(path_type=Path), help="CSV row, column, value[, reliability]; * is any text")
@click.option("--reliability", type=click.Path(path_type=Path), help="CSV row, column, reliability; inf holds a cell")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder to write to")
@click.option("--force", is_flag=True, help="replace files that exist")
def sam_balance(
    source: Path, method: Any, totals: Path | None, reliability: Path | None, out: Path, force: bool
) -> None:
    """Find the balanced SAM nearest to yours, with a report of what moved."""
    from cge.failures import language
    from sam.balance import balance_sam
    from sam.balance.files import WRITTEN, read_for_balance, write_balanced

    there = [out / name for name in WRITTEN if (out / name).exists()]
    if there and not force:
        raise click.UsageError(message("CGE003", path=there[0]))
    found, lines, weights = read_for_balance(source, totals, reliability)
    balanced, report = balance_sam(found, method=method, targets=lines, reliability=weights)
    writable(out)
    write_balanced(balanced, report, out)
    click.echo(report.text(language(None)))
    click.echo(f"SAM, moves and report in {out}")

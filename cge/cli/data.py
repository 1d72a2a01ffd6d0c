"""Commands of the social accounting matrix."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.options import AGGREGATION, say


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
    click.echo("\n".join(report.lines()))


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

"""The command that begins a model of one's own from one of the gallery, or an economy of one's own from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cge.cli.options import JSON, money_option
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import listed, message


@command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--model", metavar="NAME", help="model of the gallery to begin with")
@click.option("--list", "listing", is_flag=True, help="models of the gallery")
@click.option("--force", is_flag=True, help="replace files that exist")
@click.option("--from", "table", type=click.Path(path_type=Path), metavar="FILE",
              help="table of another country to begin an economy with: a SAM, or a folder that pymrio saved")
@click.option("--format", "kind",
              help="of that table: square, long, har, gdx, ifpri, pep, pymrio; by its ending if not given")  # fmt: skip
@click.option("--regions", help="regions of a multi-region table that make up the economy, A,B; all others are abroad")
@click.option("--countries", help="country of every one of these regions, NORTH=A,B;SOUTH=C, or own; one if left out")
@click.option("--emissions", help="CSV region,user,carrier,mt beside a SAM; the row of a world table that is CO2")
@click.option("--unit", callback=money_option,
              help="unit of the values where the table does not say, such as '1e6 USD'")  # fmt: skip
@click.option("--year", type=int, help="year of the values where the table does not say")
@click.option("--cny", type=float, help="CNY of 2021 in a unit of the currency; costs of abatement are in CNY")
@click.option("--cny-source", default="said at `cge new`", help="who says so")
@click.option("--last-year", type=int, help="last year that studies may solve; 30 after the base year if left out")
@click.option("--growth", type=float, default=0.0, show_default=True, help="growth of GDP a year, such as 0.02")
@JSON
def new(
    folder: Path | None, model: str | None, listing: bool, force: bool, table: Path | None, as_json: bool, **told: Any
) -> None:  # fmt: skip
    """Begin a model of your own from a ready-made one of the gallery (docs/gallery.md), or an economy from a table.

    FOLDER gets its program, its data as tables and a README; without FOLDER it is called like the model. With --from it
    gets the economy of another country, checked and solved in its base year, and a first study (docs/economies.md).
    """
    from cge import gallery

    if table is not None:
        if folder is None or model is not None or listing:
            raise click.UsageError(message("CGE021.from"))
        _economy(folder, table, as_json=as_json, **told)
        return
    if listing == (model is not None) or (listing and folder is not None):
        raise click.UsageError(message("CGE021"))
    if model is not None:
        written = gallery.write(model, folder or Path(model), spoken(), force=force)
        if as_json:
            object_of({"written": written})
        else:
            tell(message("new.written", files=listed(written), program=written[0].with_name("model.py")))
    elif as_json:
        object_of({"models": [{"name": n, **of} for n, of in gallery.sources().items()]})
    else:
        rows = [(n, gallery.what(n)) for n in gallery.sources()]
        click.echo("\n".join(columns([message("names.name"), message("names.what")], rows, spoken(), "l")))
        tell(message("new.how"))


def _economy(folder: Path, table: Path, *, as_json: bool, **told: Any) -> None:
    """Write an economy folder, refuse what its checks find, solve its base year, and say what was guessed."""
    from cge.study.begin import begin

    made = begin(folder, table, **told)
    if as_json:
        object_of({"study": made.study, "guesses": [vars(g) for g in made.guesses], "residual": made.residual})
        return
    rows = [(g.what, g.taken, f"{g.weight:.1%}") for g in made.guesses]
    if rows:
        heads = [message(f"new.{k}") for k in ("what", "taken", "weight")]
        click.echo("\n".join(columns(heads, rows, spoken(), "llr")))
    tell(message("new.economy", folder=folder, regions=made.regions, sectors=made.sectors, residual=made.residual),
         message("new.study", study=made.study))  # fmt: skip

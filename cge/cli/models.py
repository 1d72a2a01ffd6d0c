"""The command that begins a model of one's own from one of the gallery."""

from __future__ import annotations

from pathlib import Path

import click

from cge.cli.options import JSON
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import listed, message


@command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--model", metavar="NAME", help="model of the gallery to begin with")
@click.option("--list", "listing", is_flag=True, help="models of the gallery")
@click.option("--force", is_flag=True, help="replace files that exist")
@JSON
def new(folder: Path | None, model: str | None, listing: bool, force: bool, as_json: bool) -> None:
    """Begin a model of your own from a ready-made one of the gallery (docs/gallery.md).

    FOLDER gets its program, its data as tables and a README; without FOLDER it is called like the model.
    """
    from cge import gallery

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

"""The command that solves the baseline alone and says what it implies."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cge.cli.failures import language
from cge.cli.options import AGGREGATION, BASELINE, languages_of, years_option
from cge.cli.runs import solved_and_drawn


@click.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=years_option, help="comma-separated, starting at 2021")
@click.option("--sam", type=click.Path(path_type=Path), metavar="FOLDER", help="an economy of your own")
@BASELINE
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--lang", default="zh,en", show_default=True, help="languages of figures and workbook")
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else")
@click.option("--quiet", is_flag=True)
@click.option("--force", is_flag=True, help="replace results that exist")
def baseline(
    study: Path | None, aggregation: str | None, years: tuple[int, ...] | None, sam: Path | None,
    baseline: dict[str, str], out: Path, lang: str, as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Solve the baseline only: implied growth of productivity and efficiency, with what is hard to believe."""
    from cge.study.scenario import default_study_path, load_study

    asked = load_study(study or default_study_path()).under(baseline).baseline_only()
    if sam is not None:
        asked = asked.on(sam)
    languages = languages_of(lang)
    folder = out / asked.folder(aggregation, years)
    results = solved_and_drawn(asked, folder, languages, aggregation=aggregation, years=years, force=force, quiet=quiet)
    from cge.report.baseline import PRODUCTIVITY, sentences
    from cge.report.growth import flagged, read_tables

    table = read_tables(folder)[0]
    if as_json:
        rows = {"growth": table, "flags": flagged(table)}
        shown = {k: json.loads(v.to_json(orient="records")) for k, v in rows.items()}
        click.echo(json.dumps({**shown, "out": str(folder), "manifest": results.manifest}, ensure_ascii=False))
        return
    spoken = language(["--lang", lang])
    click.echo(PRODUCTIVITY[spoken][asked.baseline.productivity])
    click.echo("\n".join(sentences(table, spoken)))
    click.echo(f"results in {folder}")

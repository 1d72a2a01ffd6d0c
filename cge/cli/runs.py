"""Commands that solve: compare, run, attribute, replicate, check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cge.cli.failures import while_at
from cge.cli.options import AGGREGATION, BASELINE, PROCESSES, languages_of, say, years_option
from cgebase.whole import write_whole

if TYPE_CHECKING:
    from cge.study.results import Results
    from cge.study.scenario import Study


def _compare_options(command: Any) -> Any:
    for option in (
        click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's"),
        click.option("--years", callback=years_option, help="comma-separated, starting at 2021"),
        click.option("--sam", type=click.Path(path_type=Path), metavar="FOLDER", help="an economy of your own"),
        BASELINE,
        click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True),
        click.option("--only", multiple=True, metavar="ID", help="this scenario (repeatable) and those without a cap"),
        click.option("--lang", default="zh,en", show_default=True, help="languages of figures and workbook"),
        click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else"),
        click.option("--quiet", is_flag=True),
        click.option("--force", is_flag=True, help="replace results that exist"),
    ):
        command = option(command)
    return command


@click.command()
@_compare_options
def compare(**options: Any) -> None:
    """Run the flagship: baseline, uniform, differentiated and traded caps to 2060."""
    from cge.study.scenario import default_study_path

    _run(default_study_path(), **options)


@click.command("run")
@click.argument("study", type=click.Path(path_type=Path))
@_compare_options
def run_study(study: Path, **options: Any) -> None:
    """Run a study file of your own."""
    _run(study, **options)


def _run(
    path: Path, *, aggregation: str | None, years: tuple[int, ...] | None, sam: Path | None, out: Path,
    only: tuple[str, ...], lang: str, as_json: bool, quiet: bool, force: bool, baseline: dict[str, str],
) -> None:  # fmt: skip
    from cge.study.scenario import load_study

    study = load_study(path).under(baseline)
    if only:
        study = study.only((*only, *(s.id for s in study.scenarios if s.is_baseline)))
    if sam is not None:
        study = study.on(sam)
    languages = languages_of(lang)
    folder = out / study.folder(aggregation, years)
    results = solved_and_drawn(study, folder, languages, aggregation=aggregation, years=years, force=force, quiet=quiet)
    if as_json:
        shown = {"table": results.table, "checks": results.checks, "out": str(folder), "manifest": results.manifest}
        click.echo(json.dumps(shown, ensure_ascii=False, default=float))
        return
    _table(results)
    click.echo(f"results in {folder}")


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--scenario", metavar="A,B,...", help="these policies alone, in a folder of their own inside the run's")
@click.option("--lang", default="zh,en", show_default=True, help="languages of figures and workbook")
@click.option("--out", type=click.Path(path_type=Path), help="another folder; default: that of the run")
@click.option("--quiet", is_flag=True)
def report(run: Path, scenario: str | None, lang: str, out: Path | None, quiet: bool) -> None:
    """Draw figures and workbook of a finished run again; solves nothing.

    RUN is its folder, such as results/cap_comparison.
    """
    from cge.report import write_reports
    from cge.study.results import Results

    languages, results, folder = languages_of(lang), Results.load(run), out or run
    if scenario is not None:
        chosen = [name.strip() for name in scenario.split(",")]
        results = results.only(chosen)
        folder = out or run / f"only-{'+'.join(chosen)}"
    with while_at("CGE704.drawing"):
        write_reports(results, folder, languages=languages, say=say(quiet), workers=PROCESSES, again=True)
    click.echo(f"figures in {folder}")


def solved_and_drawn(
    study: Study, folder: Path, languages: tuple[str, ...], *, force: bool, quiet: bool, **asked: Any
) -> Results:
    """Results of a study with their reports in its folder; goes on with what is not there yet."""
    from cge.runs.place import held

    with held(folder) as place:
        if not force:
            place.refuse(asked=languages)
        from cge.report import write_reports
        from cge.study.run import run

        with while_at("CGE704.solving"):
            results = run(study, folder=folder, force=force, complete=False, progress=say(quiet), workers=PROCESSES,
                          **asked)  # fmt: skip
        with while_at("CGE704.drawing"):
            write_reports(results, folder, languages=languages, say=say(quiet), workers=PROCESSES)
    return results


def _table(results: Results) -> None:
    facts, rows = results.manifest, results.table
    click.echo(f"\nParameter set {facts['parameter_set']}, {facts['aggregation']}, last year:")
    head = f"{'GDP %':>9}{'cum. loss %':>13}{'EV %':>8}{'permit CNY/t':>14}{'Mt CO2':>10}"
    wide = max(16, *(len(row["scenario"]) + 2 for row in rows))
    click.echo(f"{'scenario':{wide}}{'region':8}{head}")
    for row in rows:
        cells = [row.get(k) for k in ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct")]
        shown = [f"{c:+.2f}" if c is not None else "" for c in cells]
        click.echo(
            f"{row['scenario']:{wide}}{row['region']:8}{shown[0]:>9}{shown[1]:>13}{shown[2]:>8}"
            f"{row.get('permit_price', 0):>14,.0f}{row['emissions']:>10,.1f}"
        )


@click.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--scenario", default="uniform", show_default=True, metavar="ID")
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=years_option, help="comma-separated, starting at 2021")
@click.option("--of", help="a variable or account by province to split as well, such as W, QM or PX (`cge equations`)")
@click.option("--sector", help="activity or commodity of that variable")
@click.option("--household", type=click.Choice(["rural", "urban"]), help="household of that variable")
@click.option("--points", type=click.IntRange(2, 40), default=9, show_default=True, help="points of the path of caps")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--lang", default="zh,en", show_default=True, help="languages of the figure")
@click.option("--quiet", is_flag=True)
@click.option("--force", is_flag=True, help="replace a matrix that exists")
def attribute(
    study: Path | None, scenario: str, aggregation: str | None, years: tuple[int, ...] | None, of: str | None,
    sector: str | None, household: str | None, points: int, out: Path, lang: str, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Say who pays because of whom, and through what: each province's loss by causing province and by channel."""
    import pandas as pd

    from cge.analysis.attribution import THROUGH, attribute_study
    from cge.analysis.channels import ALONE
    from cge.cli.failures import language
    from cge.report.causes import draw_causes
    from cge.report.channels import SMALLEST, draw_channels
    from cge.report.names import name
    from cge.report.style import labelled
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    asked = load_study(study or default_study_path())
    languages = languages_of(lang)
    folder = out / asked.folder(aggregation, years, "attribute", scenario)
    labels = {k: v for k, v in {"c": sector, "a": sector, "h": household}.items() if v}

    def solve() -> tuple[dict[str, Any], dict[str, str]]:
        table, facts = attribute_study(asked, scenario, aggregation=aggregation, years=years, points=points,
                                       log=say(quiet), of=of, labels=labels, folder=folder)  # fmt: skip
        return table.to_dict("split", index=False), facts

    with held(folder) as place:
        key = question(asked, aggregation, years, "attribute", scenario, points, of, labels)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            kept, facts = place.kept("attribution", key, solve)
        table = labelled(pd.DataFrame(kept["data"], columns=kept["columns"]), asked.model_dump(by_alias=True))
        gdp, focus = table[table["measure"] == "gdp_change_pct"], asked.report.focus
        through = table[table["measure"] == THROUGH]
        with while_at("CGE704.drawing"):
            write_whole(folder / "causes.csv", table.to_csv(index=False, float_format="%.8g"), lasting=True)
            for draw, rows in ((draw_causes, gdp), (draw_channels, through)):
                draw(rows, folder / "figures", languages=languages, focus=focus, facts=facts)
        place.save(key, ["causes.csv"], complete=True)
    shown = ["gdp_change_pct", *(m for m in table["measure"].unique() if of and m.startswith(of))]
    for measure in shown:
        part_of = table[(table["measure"] == measure) & (table["region"] == focus)]
        by = part_of.groupby("cause")["value"].sum()
        rest = by.drop([focus, ALONE], errors="ignore")
        head = f"{focus}, {scenario}, {facts['year']}: {measure} {by.sum():+.2f}"
        head += f"; other instruments alone {by[ALONE]:+.2f}" if ALONE in by else ""
        click.echo(f"{head}; own caps {by[focus]:+.2f}, others:")
        for cause in rest.abs().sort_values(ascending=False).index[:10]:
            click.echo(f"  {cause}  {rest[cause]:+.3f}")
        click.echo(f"  all {rest.sum():+.3f}")
    ways, spoken = through.groupby(["region", "channel"])["value"].sum(), language(["--lang", lang])
    for region in ("CN", focus):
        parts = ways[region][ways[region].abs() >= SMALLEST / 10].sort_values()
        told = (f"{name('channel', str(way), spoken)} {value:+.3f}" for way, value in parts.items())
        click.echo(f"{region}: {', '.join(told)}")
    click.echo(f"matrix in {folder / 'causes.csv'}")


@click.command()
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=years_option, help="comma-separated, starting at 2021")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--lang", default="zh,en", show_default=True, help="languages of figures and workbook")
@click.option("--quiet", is_flag=True)
@click.option("--force", is_flag=True, help="replace results that exist")
def replicate(
    aggregation: str | None, years: tuple[int, ...] | None, out: Path, lang: str, quiet: bool, force: bool
) -> None:
    """Fit two scalars to the study's 8.17 and 5.15 % for Xinjiang; all results are labelled as fitted."""
    from dataclasses import asdict

    from cge.analysis.fitted import PUBLISHED, Fit
    from cge.analysis.fitted import replicate as fit
    from cge.runs.place import held
    from cge.study.model import Tuning, model_of
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    study, languages = load_study(default_study_path()), languages_of(lang)
    folder = out / study.folder(aggregation, years, "replicate")

    def solve() -> dict[str, Any]:
        model = model_of(study, aggregation, years, log=say(quiet), out=folder)
        return asdict(fit(model, study, log=say(quiet)))

    with held(folder) as place:
        if not force:
            place.refuse(asked=languages)
        with while_at("CGE704.solving"):
            kept = place.kept("fit", question(study, aggregation, years, "fit"), solve)
        found = Fit(**kept | {"tuning": Tuning(**kept["tuning"])})
        write_whole(folder / "fit.json", json.dumps(asdict(found), indent=1))
        results = solved_and_drawn(study, folder, languages, aggregation=aggregation, years=years, force=force,
                                   quiet=quiet, tuning=found.tuning)  # fmt: skip
    _table(results)
    for name, want in PUBLISHED.items():
        met = "met" if found.roots[name] else "NOT met inside the stated range; nearest shown"
        click.echo(f"{name}: published {want:.2f} %, reached {found.reached[name]:.2f} %, {met}")
    click.echo(
        f"fitted: abatement cost x {found.tuning.hardness:.3f} and power flexibility / {found.tuning.hardness:.3f}; "
        f"energy-base weight {found.tuning.energy_base:.3f}; Xinjiang's cap {found.cap_share:.1%} of 2021"
    )
    implied = "no cap below 90 % of 2021" if found.implied_share is None else f"{found.implied_share:.1%} of 2021"
    click.echo(f"cap of Xinjiang that {PUBLISHED['differentiated']:.2f} % implies: {implied}\nresults in {folder}")


@click.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
def check(study: Path | None, aggregation: str | None) -> None:
    """Check a study file and that every closure of the model is square; solves nothing.

    Without a file only the model is checked.
    """
    from cge.explain.closures import closure_lines
    from cge.study.scenario import default_study_path, load_study

    found = load_study(study or default_study_path())
    lines = closure_lines(aggregation or found.base.aggregation, found)
    if study:
        years = f"{found.time.years[0]}-{found.time.years[-1]}"
        click.echo(f"{study.name}: {len(found.scenarios)} scenarios, years {years}, ok")
    click.echo("\n".join(lines))

"""Commands that solve: compare, run, attribute, replicate, check; and those that show a finished run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from cge.cli.failures import while_at
from cge.cli.options import (
    BASELINE,
    DRAWN,
    DRAWN_AS,
    FORCE,
    JSON,
    OUT,
    PROCESSES,
    QUIET,
    REGIONS,
    SAM,
    SCENARIO,
    SECTORS,
    SETTINGS,
    STUDY,
    YEARS,
    free,
    grouped,
    scenario_of,
)  # fmt: skip
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.columns import columns
from cgebase.messages import LANGUAGES, Message, listed, message, numeral
from cgebase.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from cge.study.results import Results
    from cge.study.scenario import Study


def _compare_options(command: Any) -> Any:
    for option in (
        SECTORS,
        YEARS,
        SAM,
        REGIONS,
        SETTINGS,
        BASELINE,
        OUT,
        click.option("--only", multiple=True, metavar="ID", help="this scenario (repeatable) and those without a cap"),
        DRAWN,
        DRAWN_AS,
        JSON,
        QUIET,
        FORCE,
    ):
        command = option(command)
    return command


@command()
@_compare_options
def compare(**options: Any) -> None:
    """Run the flagship: baseline, uniform, differentiated and traded caps to 2060."""
    from cge.study.scenario import default_study_path

    _run(default_study_path(), **options)


@command("run")
@click.argument("study", type=click.Path(path_type=Path))
@_compare_options
def run_study(study: Path, **options: Any) -> None:
    """Run a study file of your own."""
    _run(study, **options)


def _run(
    path: Path, *, aggregation: str | None, years: tuple[int, ...] | None, sam: Path | None, regions: str | None,
    settings: tuple[str, ...], out: Path, only: tuple[str, ...], languages: tuple[str, ...],
    formats: tuple[str, ...], as_json: bool, quiet: bool,
    force: bool, baseline: dict[str, str],
) -> None:  # fmt: skip
    from cge.study.scenario import load_study

    study = load_study(path, grouped(settings, regions)).under(baseline)
    if only:
        study = study.only((*only, *(s.id for s in study.scenarios if s.is_baseline)))
    if sam is not None:
        study = study.on(sam)
    folder = out / study.folder(aggregation, years)
    results = solved_and_drawn(study, folder, languages, formats, aggregation=aggregation, years=years, force=force,
                               quiet=quiet)  # fmt: skip
    if as_json:
        object_of(_facts(results, folder))
    else:
        _table(results)
        tell(message("results_in", folder=folder))


def _facts(results: Results, folder: Path) -> dict[str, Any]:
    marked = {"beyond_sense": results.beyond.to_dict("records"), "dominance": results.dominance.to_dict("records")}
    return {"table": results.table, "checks": results.checks, **marked, "out": str(folder),
            "manifest": results.manifest}  # fmt: skip


@command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--scenario", metavar="A,B,...", help="these policies alone, in a folder of their own inside the run's")
@DRAWN
@DRAWN_AS
@click.option("--out", type=click.Path(path_type=Path), help="another folder; default: that of the run")
@click.option("--map", "own_map", type=click.Path(path_type=Path), metavar="FILE",
              help="GeoJSON of a map of your own, shown instead of tiles; none is shipped")
@click.option("--approval", metavar="NUMBER", help="number under which the map was approved, shown below it")
@JSON
@QUIET
def report(
    run: Path, scenario: str | None, languages: tuple[str, ...], formats: tuple[str, ...], out: Path | None,
    own_map: Path | None, approval: str | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Draw figures and workbook of a finished run again; solves nothing.

    RUN is its folder, such as results/cap_comparison.
    """
    from cge.report import write_reports
    from cge.report.names import telling
    from cge.report.shapes import read_shapes
    from cge.study.results import Results

    if (own_map is None) != (approval is None):
        raise click.UsageError(message("CGE618.both"))
    results, folder, shapes = Results.load(run), out or run, None
    if own_map is not None and approval is not None:
        if not results.policies:
            raise click.UsageError(message("CGE618.baseline"))
        with telling(results.country):
            shapes = read_shapes(own_map, approval, list(results.data["region"].unique()))
    if scenario is not None:
        chosen = [name.strip() for name in scenario.split(",")]
        results = results.only(chosen)
        folder = out or run / f"only-{'+'.join(chosen)}"
    with while_at("CGE704.drawing"):
        write_reports(results, folder, languages=languages, formats=formats, say=progress(quiet), workers=PROCESSES,
                      again=True, shapes=shapes)  # fmt: skip
    if as_json:
        object_of({"out": folder, "figures": sorted((folder / "figures").glob("*.*"))})
    else:
        tell(message("figures_in", folder=folder))


POLICIES = click.option("--scenario", metavar="A,B,...", help="these policies alone")
RANGES = click.option(
    "--ranges", type=click.Path(path_type=Path), metavar="FOLDER",
    help="a folder of `cge ensemble`; default: the one beside RUN, if there is one",
)  # fmt: skip
CAUSES = click.option(
    "--causes", type=click.Path(path_type=Path), multiple=True, metavar="FOLDER",
    help="a folder of `cge attribute` (repeatable); default: those beside RUN",
)  # fmt: skip


@command()
@click.argument("run", type=click.Path(path_type=Path))
@POLICIES
@RANGES
@CAUSES
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="file; default: in the run's folder")
@JSON
@FORCE
def page(
    run: Path, scenario: str | None, ranges: Path | None, causes: tuple[Path, ...], out: Path | None, as_json: bool,
    force: bool,
) -> None:  # fmt: skip
    """Write a finished run as one interactive HTML page, which needs no server and no network.

    RUN is its folder, such as results/cap_comparison. Every indicator by scenario, region, part and year: map, bars,
    paths, power and energy, in Chinese and English; ranges, and who pays because of whom, where they were solved.
    """
    from cge.report.brief import beside, evidence_of
    from cge.report.page import write_page
    from cge.study.results import Results

    results = Results.load(run)
    if scenario is not None:
        results = results.only([name.strip() for name in scenario.split(",")])
    path, there = out or run / f"{results.manifest['study']}.html", beside(run, results)
    evidence = evidence_of(results, ranges or there[0], causes or there[1])
    write_page(results, path, language=spoken(), evidence=evidence, force=force or out is None)
    if as_json:
        object_of({"written": path})
    else:
        tell(message("written", file=path))


@command("brief")
@click.argument("run", type=click.Path(path_type=Path))
@POLICIES
@RANGES
@CAUSES
@DRAWN
@click.option("--out", type=click.Path(path_type=Path), help="another folder; default: that of the run")
@JSON
@FORCE
def brief(
    run: Path, scenario: str | None, ranges: Path | None, causes: tuple[Path, ...], languages: tuple[str, ...],
    out: Path | None, as_json: bool, force: bool,
) -> None:  # fmt: skip
    """Write a brief of a finished run: two pages in Word, each number bound to a cell of the results.

    RUN is its folder, such as results/cap_comparison. Question, answer with its range, two figures, a table by
    province, what drives it, what is weak, sources. Needs the extra `brief`.
    """
    from cge.report.brief import beside, evidence_of
    from cge.report.brief_word import write_brief
    from cge.study.results import Results

    results, folder = Results.load(run), out or run
    if scenario is not None:
        results = results.only([name.strip() for name in scenario.split(",")])
    free(*(folder / f"brief_{x}.docx" for x in languages), force=force)
    there = beside(run, results)
    with while_at("CGE704.drawing"):
        made = write_brief(results, evidence_of(results, ranges or there[0], causes or there[1]), folder, languages)
    if as_json:
        object_of({"written": made})
    else:
        tell(*(message("written", file=file) for file in made))


def solved_and_drawn(
    study: Study, folder: Path, languages: tuple[str, ...], formats: tuple[str, ...], *, force: bool, quiet: bool,
    beside: Mapping[str, str] = MappingProxyType({}), **asked: Any,
) -> Results:  # fmt: skip
    """Results of a study with their reports and the texts ``beside`` in its folder; goes on with what is not there."""
    from cge.runs.place import held

    with held(folder) as place:
        if not force:
            place.refuse(asked=[*languages, *formats])
        from cge.report import write_reports
        from cge.study.run import run

        log = progress(quiet)
        with while_at("CGE704.solving"):
            results = run(
                study, folder=folder, force=force, complete=False, progress=log, workers=PROCESSES, **asked
            )
        with while_at("CGE704.drawing"):
            for name, text in beside.items():
                write_whole(folder / name, text)
            write_reports(results, folder, languages=languages, formats=formats, say=log, workers=PROCESSES)
    return results


CHANGES = ("gdp_change_pct", "gdp_change_base_prices_pct", "welfare_ev_pct", "gdp_cumulative_loss_pct")
HEADS = ("scenario", "region", "gdp", "base_prices", "ev", "cumulative", "permit", "emissions")


def _table(results: Results) -> None:
    from cge.report.names import telling

    with telling(results.country):
        _rows(results)


def _rows(results: Results) -> None:
    from cge.measure.sense import MARK
    from cge.report.names import worded

    def marked(row: Mapping[str, Any], name: str, form: str) -> str:
        return f"{numeral(row.get(name, 0), form)}{MARK if name in row.get('beyond_sense', ()) else ''}"

    facts = results.manifest
    tell(message("run_table", parameters=facts["parameter_set"], aggregation=facts["aggregation"]))
    head = [worded(message(f"run_table.{k}")) for k in HEADS]
    rows = (
        [row["scenario"], row["region"], *("" if row.get(k) is None else marked(row, k, "+.2f") for k in CHANGES),
         marked(row, "permit_price", ",.0f"), f"{row['emissions']:,.1f}"]
        for row in results.table
    )  # fmt: skip
    click.echo("\n".join(columns(head, rows, spoken(), "llr")))
    if results.policies:
        from cge.report.caveats import beyond_lines, dominance_lines
        from cge.report.style import labelled

        tell(worded(message("run_table.indices", first=results.begin, count=len(facts["years"]))))
        data = labelled(results.data, results.study)
        tell(*beyond_lines(data), *dominance_lines(results.dominance, data))


@command()
@STUDY
@SCENARIO
@SECTORS
@YEARS
@click.option("--of", help="a variable or account by province to split as well, such as W, QM or PX (`cge equations`)")
@click.option("--sector", help="activity or commodity of that variable")
@click.option("--household", type=click.Choice(["rural", "urban"]), help="household of that variable")
@SETTINGS
@click.option("--points", type=click.IntRange(6, 200), default=60, show_default=True,
              help="most points of the path of caps that may be taken")
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@click.option("--force", is_flag=True, help="replace a matrix that exists")
def attribute(
    study: Path | None, scenario: str | None, aggregation: str | None, years: tuple[int, ...] | None, of: str | None,
    sector: str | None, household: str | None, settings: tuple[str, ...], points: int, out: Path,
    languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Say who pays because of whom, and through what: each province's loss by causing province and by channel."""
    import pandas as pd

    from cge.analysis.attribution import THROUGH, attribute_study
    from cge.report.causes import draw_causes
    from cge.report.channels import draw_channels
    from cge.report.style import labelled
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study
    from sam.registry import NATION

    asked = load_study(study or default_study_path(), settings)
    scenario = scenario_of(asked, scenario)
    folder = out / asked.folder(aggregation, years, "attribute", scenario)
    labels = {k: v for k, v in {"c": sector, "a": sector, "h": household}.items() if v}

    def solve() -> tuple[dict[str, Any], dict[str, str]]:
        table, facts = attribute_study(asked, scenario, aggregation=aggregation, years=years, points=points,
                                       log=progress(quiet), of=of, labels=labels, folder=folder,
                                       workers=PROCESSES)  # fmt: skip
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
            for file, rows in (("causes.csv", table), ("summary.csv", table[table["region"].isin([focus, NATION])])):
                write_whole(folder / file, rows.to_csv(index=False, float_format="%.8g"), lasting=True)
            for draw, rows in ((draw_causes, gdp), (draw_channels, through)):
                draw(rows, folder / "figures", languages=languages, focus=focus, facts=facts, formats=formats)
        place.save(key, ["causes.csv", "summary.csv"], complete=True)
    if as_json:
        object_of({"table": table.to_dict("records"), "matrix": folder / "causes.csv", "facts": facts})
        return
    shown = ["gdp_change_pct", *(m for m in table["measure"].unique() if of and m.startswith(of))]
    tell(*(line for measure in shown for line in _causes(table, measure, focus, facts)), *_ways(through, focus))
    tell(message("matrix_in", file=folder / "causes.csv"))


SHOWN_CAUSES = 10


def _causes(table: pd.DataFrame, measure: str, focus: str, facts: Mapping[str, Any]) -> Iterator[Message]:
    """What others' caps and its own do to the focus province, the largest first."""
    from cge.analysis.channels import ALONE
    from cge.report.names import KINDS, name

    by = table[(table["measure"] == measure) & (table["region"] == focus)].groupby("cause")["value"].sum()
    rest = by.drop([focus, ALONE], errors="ignore")
    what = Message(*(name("indicator", measure, x) for x in LANGUAGES)) if measure in KINDS["indicator"] else measure
    alone = message("causes.alone", value=by[ALONE]) if ALONE in by else ""
    yield message("causes", region=focus, scenario=facts["scenario"], year=facts["year"], what=what, value=by.sum(),
                  alone=alone, own=by[focus])  # fmt: skip
    for cause in rest.abs().sort_values(ascending=False).index[:SHOWN_CAUSES]:
        yield message("causes.row", cause=cause, value=rest[cause])
    yield message("causes.all", value=rest.sum())


def _ways(through: pd.DataFrame, focus: str) -> Iterator[Message]:
    """Channels of the nation's and the focus province's loss."""
    from cge.report.channels import SMALLEST
    from cge.report.names import name

    ways = through.groupby(["region", "channel"])["value"].sum()
    for region in ("CN", focus):
        parts = ways[region][ways[region].abs() >= SMALLEST / 10].sort_values()
        told = listed(Message(*(f"{name('channel', str(way), x)} {numeral(value, '+.3f')}" for x in LANGUAGES))
                      for way, value in parts.items())  # fmt: skip
        yield message("causes.ways", region=region, ways=told)


@command()
@SECTORS
@YEARS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def replicate(
    aggregation: str | None, years: tuple[int, ...] | None, out: Path, languages: tuple[str, ...],
    formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Fit two scalars to the study's 8.17 and 5.15 % for Xinjiang; all results are labelled as fitted."""
    from dataclasses import asdict

    from cge.analysis.fitted import PUBLISHED, Fit
    from cge.analysis.fitted import replicate as fit
    from cge.runs.place import held
    from cge.study.model import Tuning, model_of
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    study = load_study(default_study_path())
    folder = out / study.folder(aggregation, years, "replicate")

    def solve() -> dict[str, Any]:
        model = model_of(study, aggregation, years, log=progress(quiet), out=folder)
        return asdict(fit(model, study, log=progress(quiet)))

    with held(folder) as place:
        if not force:
            place.refuse(asked=[*languages, *formats])
        elif place.complete:
            place.clear()
        with while_at("CGE704.solving"):
            kept = place.kept("fit", question(study, aggregation, years, "fit"), solve)
        found = Fit(**kept | {"tuning": Tuning(**kept["tuning"])})
        texts = {"fit.json": json.dumps(asdict(found), indent=1)}
        results = solved_and_drawn(study, folder, languages, formats, aggregation=aggregation, years=years,
                                   force=force, quiet=quiet, tuning=found.tuning, beside=texts)  # fmt: skip
    if as_json:
        object_of(_facts(results, folder) | {"fit": asdict(found)})
        return
    _table(results)
    for name, want in PUBLISHED.items():
        key = "fit.met" if found.roots[name] else "fit.unmet"
        tell(message(key, scenario=name, want=want, reached=found.reached[name]))
    tuning, implied = found.tuning, found.implied_share
    tell(message("fit.scalars", hardness=tuning.hardness, weight=tuning.energy_base, share=found.cap_share))
    said = message("fit.none") if implied is None else message("fit.share", share=implied)
    tell(message("fit.implied", loss=PUBLISHED["differentiated"], implied=said), message("results_in", folder=folder))


@command()
@STUDY
@SECTORS
@SETTINGS
@JSON
def check(study: Path | None, aggregation: str | None, settings: tuple[str, ...], as_json: bool) -> None:
    """Check a study file and that every closure of the model is square; solves nothing.

    Without a file only the model is checked.
    """
    from cge.explain.closures import closure_facts, closure_lines
    from cge.study.scenario import default_study_path, load_study

    checked = load_study(study or default_study_path(), settings)
    about = {"scenarios": [s.id for s in checked.scenarios], "years": list(checked.time.years)}
    facts = closure_facts(aggregation or checked.base.sectors, checked)
    if as_json:
        object_of(({"study": str(study), **about} if study else {}) | facts)
        return
    if study:
        count, years = len(checked.scenarios), checked.time.years
        tell(message("study_ok", file=study.name, scenarios=count, first=years[0], last=years[-1]))
    click.echo("\n".join(closure_lines(facts, spoken())))

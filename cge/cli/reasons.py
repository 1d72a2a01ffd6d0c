"""Commands about reasons: why two runs differ, what a stated loss would have one believe, which caps lose least."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cge.cli.ensembles import over_option
from cge.cli.failures import while_at
from cge.cli.margins import NUMBER, NUMBERS, REGION
from cge.cli.options import (
    DRAWN,
    DRAWN_AS,
    FORCE,
    JSON,
    OUT,
    QUIET,
    SCENARIO,
    SECTORS,
    SETTINGS,
    STUDY,
    YEARS,
    scenario_of,
)
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.columns import columns
from cgebase.messages import Message, message, numeral
from cgebase.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from cge.study.results import Results
    from cge.study.scenario import Study


@command()
@click.argument("first", type=click.Path(path_type=Path), required=False)
@click.argument("second", type=click.Path(path_type=Path), required=False)
@SCENARIO
@click.option("--against", metavar="ID", help="scenario of the second study; default: the same")
@REGION
@NUMBER
@SECTORS
@YEARS
@SETTINGS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def diff(
    first: Path | None, second: Path | None, scenario: str | None, against: str | None, region: str | None, number: str,
    aggregation: str | None, years: tuple[int, ...] | None, settings: tuple[str, ...], out: Path,
    languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Say why two runs differ: every input that is not the same with what it has of the difference.

    FIRST and SECOND are study files or folders of finished runs; without SECOND the first is taken again, with what
    --set says. Parameters and caps move on a line along which the gradient is integrated, choices are steps; the terms
    add up to the difference.
    """
    from cge.analysis.difference import differ, number_of
    from cge.report.difference import draw_difference, together
    from cge.runs.place import held
    from cge.study.run import question

    if settings and (second or first or Path()).is_dir():
        raise click.UsageError(message("CGE546"))
    (one, of_one), (other, of_other) = (_asked(first, ()), _asked(second or first, settings))
    ids = (scenario_of(one, scenario), scenario_of(other, against or scenario))
    code = one.report.focus if region is None else one.base.region(region)
    what = f"{ids[0]}-to-{other.folder(None, None).replace('.', '-')}-{ids[1]}"
    folder = out / one.folder(aggregation, years, "diff", number, code, what)
    with held(folder) as place:
        name = NUMBERS[number]
        kept = (number_of(of_one, ids[0], code, name), number_of(of_other, ids[1], code, name))
        key = question(one, aggregation, years, "diff", other.model_dump_json(by_alias=True), name, code, ids, kept)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            found = differ(one, other, ids, code, name, aggregation=aggregation, years=years, kept=kept,
                           log=progress(quiet))  # fmt: skip
        terms = together(found.table)
        caption = {"first": _run(one, ids[0]), "second": _run(other, ids[1]), "measure": name,
                   "region": code, "year": str(found.year), "change": numeral(found.change, "+.3f"),
                   "aggregation": aggregation or one.base.sectors}  # fmt: skip
        with while_at("CGE704.drawing"):
            write_whole(folder / "difference.csv", found.table.to_csv(index=False, float_format="%.8g"), lasting=True)
            draw_difference(terms, folder / "figures", languages=languages, titled=_term, caption=caption,
                            ends=found.ends, data=_named(one), formats=formats)  # fmt: skip
        place.save(key, ["difference.csv"], complete=True)
    if as_json:
        object_of({"first": found.ends[0], "second": found.ends[1], "change": found.change, "missed": found.missed,
                   "closes": found.closes, "table": found.table.to_dict("records"), "out": folder})  # fmt: skip
        return
    head = [message(f"diff_head.{k}") for k in ("what", "from", "to", "points")]
    rows = [(caption["first"], "", "", numeral(found.ends[0], "+.4f"))]
    rows += [(_term(row, spoken()), row["from"], row["to"], numeral(row['points'], "+.4f"))
             for row in terms.head(SHOWN).to_dict("records")]  # fmt: skip
    rows.append((caption["second"], "", "", numeral(found.ends[1], "+.4f")))
    click.echo("\n".join(columns(head, rows, spoken(), "lllr")))
    tell(message("diff.closes" if found.closes else "diff.open", change=found.change, missed=100 * found.missed),
         message("results_in", folder=folder))  # fmt: skip


def _named(study: Study) -> pd.DataFrame:
    """No results, but what the study calls itself and its scenarios."""
    import pandas as pd

    from cge.report.style import labelled

    return labelled(pd.DataFrame(), study.model_dump(by_alias=True))


def _run(study: Study, scenario: str) -> Message:
    """What a run of a scenario is called."""
    label = next(s.label for s in study.scenarios if s.id == scenario)
    return Message(f"{study.title.en}: {label.en}", f"{study.title.zh}：{label.zh}")


def _asked(path: Path | None, settings: tuple[str, ...]) -> tuple[Study, Results | None]:
    """A study, and its results where the path is the folder of a finished run."""
    from cge.analysis.difference import asked_by
    from cge.study.scenario import default_study_path, load_study

    if path is not None and path.is_dir():
        return asked_by(path)
    return load_study(path or default_study_path(), settings), None


SHOWN = 20
"""Terms on the screen; all are in the table."""


def _term(row: Mapping[str, str], language: str) -> str:
    """What a term is of, in words."""
    from cge.analysis.sensitivity import title
    from cge.calibrate.parameters.register import words
    from cge.report.style import region_name

    if row["kind"] == "parameter":
        return title(row["name"], words()).text(language)
    if row["item"]:
        return message("diff.cap_of", region=region_name(row["item"], language)).text(language)
    return message(f"diff.{row['kind']}", name=row["name"]).text(language)


def targets_option(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """Stated losses by scenario, ``uniform=8.17``; those of the planning study if none is given."""
    from cge.analysis.fitted import PUBLISHED

    out = {}
    for text in values:
        name, _mark, number = text.partition("=")
        try:
            out[name.strip()] = float(number)
        except ValueError as error:
            raise click.BadParameter(message("CGE547", found=text)) from error
    return out or dict(PUBLISHED)


@command()
@STUDY
@click.option("--target", "targets", multiple=True, callback=targets_option, metavar="ID=LOSS",
              help="stated loss of a scenario, per cent (repeatable); default: uniform=8.17, differentiated=5.15")
@REGION
@click.option("--number", "numbers", type=click.Choice([*NUMBERS]), multiple=True,
              help="what the losses may be meant as (repeatable); default: each of them in turn")
@click.option("--over", callback=over_option, metavar="A,B,...",
              help="what may be moved: parameters, data, baseline, closure; default: all")
@SECTORS
@YEARS
@SETTINGS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def believe(
    study: Path | None, targets: dict[str, float], region: str | None, numbers: tuple[str, ...], over: tuple[str, ...],
    aggregation: str | None, years: tuple[int, ...] | None, settings: tuple[str, ...], out: Path,
    languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Say what one would have to believe: the least move of all assumptions that gives stated losses together.

    Every parameter moves in its own range and every choice may be another one, by the exact gradient and full solves;
    for each index of the loss. What takes more than three ranges is not within reach, and said so.
    """
    from cge.analysis.believe import KINDS, Asked
    from cge.analysis.believe import believe as find
    from cge.report.believe import draw_beliefs, moves_of, page, summary
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    wanted = load_study(study or default_study_path(), settings)
    code = wanted.report.focus if region is None else wanted.base.region(region)
    readings = tuple(NUMBERS[n] for n in numbers or NUMBERS)
    asked = Asked(targets, code, readings, over)
    other = [] if over == KINDS else ["+".join(over)]
    what = "+".join(f"{n}-{v:g}" for n, v in targets.items()).replace(".", "_")
    folder = out / wanted.folder(aggregation, years, "believe", code, what, *other)
    with held(folder) as place:
        key = question(wanted, aggregation, years, "believe", code, targets, readings, over)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            found = find(wanted, asked, aggregation=aggregation, years=years, folder=folder, log=progress(quiet))
        caption = {"region": code, "aggregation": aggregation or wanted.base.sectors,
                   "year": str((years or wanted.time.years)[-1]),
                   "losses": targets}  # fmt: skip
        rows, moves, data = summary(found), moves_of(found), _named(wanted)
        with while_at("CGE704.drawing"):
            write_whole(folder / "believe.csv", rows.to_csv(index=False, float_format="%.8g"), lasting=True)
            write_whole(folder / "moves.csv", moves.to_csv(index=False, float_format="%.8g"), lasting=True)
            text = "\n".join(page(found, x, caption, _assumption, data) for x in languages)
            write_whole(folder / "believe.md", text, lasting=True)
            draw_beliefs(found, folder / "figures", languages=languages, titled=_assumption, caption=caption,
                         data=data, formats=formats)  # fmt: skip
        place.save(key, ["believe.csv", "moves.csv", "believe.md"], complete=True)
    if as_json:
        object_of({"readings": rows.to_dict("records"), "moves": moves.to_dict("records"), "out": folder})
        return
    click.echo(page(found, spoken(), caption, _assumption, data))
    tell(message("results_in", folder=folder))


def _assumption(row: Mapping[str, str], language: str) -> str:
    """What a parameter, the nodes of a path or a choice is called."""
    from cge.analysis.sensitivity import title
    from cge.calibrate.parameters.register import words

    if row["kind"] == "parameters":
        return title(row["name"], words()).text(language)
    return message(f"diff.{row['kind']}", name=row["to"]).text(language)


@command()
@STUDY
@SCENARIO
@click.option("--points", type=click.IntRange(2, 100), default=10, show_default=True,
              help="points of the frontier, its ends among them")
@click.option("--against", type=click.Choice(["worst", "inequality"]), default="worst", show_default=True,
              help="what stands against the national loss: the worst provincial loss, or the inequality of losses")
@click.option("--mix", type=click.FloatRange(0, 1), multiple=True, metavar="WEIGHT",
              help="one more point: the least of a mix with this weight of the other number (repeatable)")
@NUMBER
@SECTORS
@YEARS
@SETTINGS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@FORCE
def frontier(
    study: Path | None, scenario: str | None, points: int, against: str, mix: tuple[float, ...], number: str,
    aggregation: str | None, years: tuple[int, ...] | None, settings: tuple[str, ...], out: Path,
    languages: tuple[str, ...], formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Say which caps of provinces lose least: the nation, the worst province, and the frontier between.

    The national total of every year, the bounds and the closure are those of a scenario; every point is a full solve
    with its KKT residual. Caps of every point are written as a file that a study takes. An interrupted set goes on with
    the same command: found points are kept.
    """
    from cge.analysis.frontier import Asked, caps_file
    from cge.analysis.frontier import frontier as find
    from cge.report.frontier import draw_frontier, page
    from cge.runs.place import held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    wanted = load_study(study or default_study_path(), settings)
    scenario = scenario_of(wanted, scenario)
    asked = Asked(scenario, points, against, mix, NUMBERS[number])
    other = [*([] if against == "worst" else [against]), *([] if number == "gdp" else [number])]
    folder = out / wanted.folder(aggregation, years, "frontier", scenario, *other)
    with held(folder) as place:
        key = question(wanted, aggregation, years, "frontier", scenario, points, against, mix, number)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            found = find(wanted, asked, aggregation=aggregation, years=years, folder=folder,
                         keep=lambda name, make: place.kept(name, key, make), log=progress(quiet))  # fmt: skip
        caption = {"scenario": scenario, "against": against, "number": asked.number, "year": str(found.year),
                   "aggregation": aggregation or wanted.base.sectors}  # fmt: skip
        data = _named(wanted)
        files = {"points.csv": found.table.to_csv(index=False, float_format="%.10g"),
                 "losses.csv": found.losses.to_csv(index=False, float_format="%.8g"),
                 "frontier.md": "\n".join(page(found, x, caption, data) for x in languages)}  # fmt: skip
        files |= {f"caps/{p['point']}.csv": caps_file(p) for p in found.own if "caps" in p}
        with while_at("CGE704.drawing"):
            for old in (folder / "caps").glob("*.csv"):
                old.unlink()
            for name, text in files.items():
                write_whole(folder / name, text, lasting=True)
            draw_frontier(found, folder / "figures", languages=languages, caption=caption, data=data,
                          formats=formats)  # fmt: skip
        place.save(key, [*files], complete=True)
    if as_json:
        object_of({"points": found.points, "moved": found.moved, "outside": found.outside, "unmet": found.unmet,
                   "out": folder})  # fmt: skip
        return
    click.echo(page(found, spoken(), caption, data))
    tell(message("frontier.use"), message("results_in", folder=folder))

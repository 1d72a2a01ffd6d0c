"""Commands about the numbers themselves: parameters, comparators, sensitivity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cge.cli.failures import while_at
from cge.cli.options import (
    AGGREGATION,
    DRAWN,
    DRAWN_AS,
    JSON,
    OUT,
    QUIET,
    SCENARIO,
    SECTORS,
    SETTINGS,
    STUDY,
    WORKERS,
    YEARS,
    free,
    scenario_of,
    writable,
)  # fmt: skip
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.columns import columns
from cgebase.messages import LANGUAGES, Message, message, numeral
from cgebase.whole import write_whole


@command()
@click.argument("name", required=False)
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True, help="sectors of the values")
@click.option("--assumptions", is_flag=True, help="only what is called an assumption")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="write the rows to a CSV file")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the whole register as a page")
@click.option("--force", is_flag=True, help="replace files that exist")
@JSON
def parameters(
    name: str | None, aggregation: str, assumptions: bool, table: Path | None, page: Path | None, force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Every number that is not in the SAM: value, range, source, what is an assumption, what it becomes.

    NAME is a parameter of the tables or a symbol of the equations.
    """
    from cge.explain import parameters as register

    rows = register.chosen(name, aggregation, assumptions=assumptions)
    for path in (table, page):
        if path is not None:
            free(path, force=force)
            writable(path.parent)
    if table is not None:
        write_whole(table, rows.drop(columns="read_by").to_csv(index=False))
        tell(message("written", file=table))
    if page is not None:
        write_whole(page, register.page())
        tell(message("written", file=page))
    if as_json:
        object_of({"aggregation": aggregation, "values": rows.to_dict("records")})
    elif table is None and page is None:
        show = register.overview_lines if name is None else register.value_lines
        click.echo("\n".join(show(rows, spoken())))


@command()
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True,
              help="folder with the summaries of cap_comparison and capital_closures")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the comparison as a page")
@click.option("--force", is_flag=True, help="replace a page that exists")
@JSON
def comparators(results: Path, page: Path | None, force: bool, as_json: bool) -> None:
    """Our results beside published ones: target, closure, in or out of band, and why."""
    from cge.report.comparators import comparison, comparison_lines, comparison_page

    if page is not None:
        free(page, force=force)
        writable(page.parent)
    found = comparison(results)
    if page is not None:
        write_whole(page, comparison_page(found))
        tell(message("written", file=page))
    if as_json:
        ranking = found.attrs["ranking"].to_dict("records")
        object_of({"comparisons": found.to_dict("records"), "ranking": ranking})
    elif page is None:
        tell(*comparison_lines(found))


@command()
@STUDY
@click.option("--parameters", "names", metavar="A,B,...",
              help="parameter, parameter[item+item], closure.axis or baseline.choice; default: what matters most")
@SCENARIO
@click.option("--beside", metavar="ID",
              help="a second policy, solved in every run: what both lose and what tells them apart")
@SECTORS
@YEARS
@SETTINGS
@WORKERS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@click.option("--force", is_flag=True, help="replace a summary that exists")
def sensitivity(
    study: Path | None, names: str | None, scenario: str | None, beside: str | None, aggregation: str | None,
    years: tuple[int, ...] | None, settings: tuple[str, ...], workers: int, out: Path, languages: tuple[str, ...],
    formats: tuple[str, ...], as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Move one parameter at a time to its low and high value and solve again; a tornado table and figure.

    An interrupted set goes on with the same command: solved runs are kept.
    """
    from cge.analysis.sensitivity import DEFAULT, folder_name, refuse_unsolved, run_sensitivity, title
    from cge.calibrate.parameters.register import words
    from cge.report.style import labelled
    from cge.report.tornado import draw_tornado
    from cge.runs.place import MANIFEST, held
    from cge.study.run import question
    from cge.study.scenario import default_study_path, load_study

    asked = load_study(study or default_study_path(), settings)
    scenario = scenario_of(asked, scenario)
    levers = tuple(n.strip() for n in names.split(",")) if names else DEFAULT
    folder = out / folder_name(asked, scenario, aggregation, years, levers, beside)
    with held(folder) as place:
        key = question(asked, aggregation, years, "sensitivity", scenario, levers, beside)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            table, facts, failed = run_sensitivity(
                asked, levers, scenario=scenario, beside=beside, aggregation=aggregation, years=years, folder=folder,
                workers=workers, log=progress(quiet),
            )  # fmt: skip
            write_whole(folder / "summary.csv", table.to_csv(index=False), lasting=True)
            write_whole(folder / MANIFEST, json.dumps(facts, indent=1), lasting=True)
        titles, focus = {name: title(name, words()) for name in levers}, asked.report.focus
        caption = {"scenario": scenario, "beside": beside or "", "year": str(facts["years"][-1])}
        caption |= {k: facts[k] for k in ("aggregation", "parameter_set")}
        table = labelled(table, asked.model_dump(by_alias=True))
        with while_at("CGE704.drawing"):
            draw_tornado(table, folder / "figures", languages=languages, focus=focus, titles=titles, caption=caption,
                         formats=formats)  # fmt: skip
        place.save(key, ["summary.csv", MANIFEST], complete=not failed)
    if as_json:
        object_of({"table": table.to_dict("records"), "out": folder, "manifest": facts})
    else:
        _tornado(table, focus)
        tell(message("results_in", folder=folder))
    refuse_unsolved(failed, folder)


@command()
@STUDY
@SECTORS
@YEARS
@SETTINGS
@click.option("--only", multiple=True, metavar="ID", help="this scenario (repeatable)")
@WORKERS
@OUT
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write what was found as a page")
@JSON
@QUIET
@click.option("--force", is_flag=True, help="replace a summary or page that exists")
def verify(
    study: Path | None, aggregation: str | None, years: tuple[int, ...] | None, settings: tuple[str, ...],
    only: tuple[str, ...], workers: int, out: Path, page: Path | None, as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """What must hold in every scenario: accounts, only relative prices matter, nothing done is the baseline.

    Without STUDY every closure under the flagship's cap and every instrument. An interrupted run goes on with the same
    command: solved years are kept.
    """
    from cge.analysis.verification import LIMITS, refuse_broken
    from cge.analysis.verification import verify as up_the_ladder
    from cge.analysis.verification.page import verification_page
    from cge.runs.place import MANIFEST, held
    from cge.study.run import question
    from cge.study.scenario import load_study, verification_path

    asked = load_study(study or verification_path(), settings)
    asked = asked.only(only) if only else asked
    at = years or asked.time.years
    folder = out / asked.folder(aggregation, years, "verify")
    if page is not None:
        free(page, force=force)
        writable(page.parent)
    with held(folder) as place:
        key = question(asked, aggregation, years, "verify")
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            table, verdicts, facts = up_the_ladder(
                asked, aggregation=aggregation, years=at, folder=folder, workers=workers, log=progress(quiet)
            )
            write_whole(folder / "summary.csv", table.to_csv(index=False), lasting=True)
            write_whole(folder / MANIFEST, json.dumps(facts, indent=1), lasting=True)
            place.save(key, ["summary.csv", MANIFEST], complete=True)
    if page is not None:
        write_whole(page, verification_page(table, asked, aggregation or asked.base.sectors))
    if as_json:
        object_of({"table": table.to_dict("records"), "out": folder})
    else:
        worst = table.sort_values("value").groupby("indicator").last()
        found = {name: worst.loc[name] for name in LIMITS if name in worst.index}
        rows = [(message(f"check.{name}"), of["scenario"], f"{of['value']:.1e}", f"{LIMITS[name]:.0e}")
                for name, of in found.items()]  # fmt: skip
        head = [message(f"verify_head.{k}") for k in ("check", "scenario", "worst", "limit")]
        click.echo("\n".join(columns(head, rows, spoken(), "llr")))
        tell(message("verify_runs", count=len(verdicts)), message("results_in", folder=folder))
    refuse_broken(verdicts)


def _tornado(table: Any, focus: str) -> None:
    from cge.report.names import name

    head = ["", message("tornado.value"), message("tornado.gdp", region=focus), message("tornado.base"),
            message("tornado.gdp", region="CN"), message("tornado.base"), message("tornado.price", region=focus),
            message("tornado.rank")]  # fmt: skip
    gap = f"gap_pp_{focus}"
    head += [message("tornado.gap", region=focus)] if gap in table else []
    rows = []
    for row in table.to_dict("records"):
        value = "" if row["value"] != row["value"] else f"{row['value']:.4g}"
        side = Message(*(name("choice", row["side"], x) for x in LANGUAGES))
        rows.append((
            side if row["parameter"] == "base" else message("tornado.row", parameter=row["parameter"], side=side),
            value,
            numeral(row[f'gdp_change_pct_{focus}'], "+.2f"),
            numeral(row[f'gdp_minus_base_pp_{focus}'], "+.2f"), numeral(row['gdp_change_pct_CN'], "+.2f"),
            numeral(row['gdp_minus_base_pp_CN'], "+.2f"), f"{row[f'permit_price_{focus}']:,.0f}",
            f"{row['rank_correlation']:.2f}", *([numeral(row[gap], "+.2f")] if gap in table else []),
        ))  # fmt: skip
    click.echo("\n".join(columns(head, rows, spoken())))

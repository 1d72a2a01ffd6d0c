"""Commands about the numbers themselves: parameters, comparators, sensitivity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cge.cli.failures import language, while_at
from cge.cli.options import AGGREGATION, free, languages_of, say, writable, years_option
from cgebase.messages import message
from cgebase.whole import write_whole


@click.command()
@click.argument("name", required=False)
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
@click.option("--assumptions", is_flag=True, help="only what is called an assumption")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="write the rows to a CSV file")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the whole register as a page")
@click.option("--force", is_flag=True, help="replace files that exist")
@click.option("--lang", help="language, en or zh; without it CGE_LANG")
def parameters(
    name: str | None, aggregation: str, assumptions: bool, table: Path | None, page: Path | None, force: bool,
    lang: str | None,
) -> None:  # fmt: skip
    """Every number that is not in the SAM: value, range, source, what is an assumption, what it becomes.

    NAME is a parameter of the tables or a symbol of the equations.
    """
    from cge.explain import parameters as register

    spoken = _language(lang)
    rows = register.chosen(name, aggregation, assumptions=assumptions)
    for path in (table, page):
        if path is not None:
            free(path, force=force)
            writable(path.parent)
    if table is not None:
        write_whole(table, rows.drop(columns="read_by").to_csv(index=False))
        click.echo(str(table))
    if page is not None:
        write_whole(page, register.page())
        click.echo(str(page))
    if table is None and page is None:
        lines = register.overview_lines(rows) if name is None else register.value_lines(rows)
        click.echo("\n".join(line.text(spoken) for line in lines))


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True,
              help="folder with the summaries of cap_comparison and capital_closures")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the comparison as a page")
@click.option("--force", is_flag=True, help="replace a page that exists")
@click.option("--lang", help="language, en or zh; without it CGE_LANG")
def comparators(results: Path, page: Path | None, force: bool, lang: str | None) -> None:
    """Our results beside published ones: target, closure, in or out of band, and why."""
    from cge.report.comparators import comparison, comparison_lines, comparison_page

    spoken = _language(lang)
    if page is not None:
        free(page, force=force)
        writable(page.parent)
    found = comparison(results)
    if page is None:
        click.echo("\n".join(line.text(spoken) for line in comparison_lines(found)))
        return
    write_whole(page, comparison_page(found))
    click.echo(str(page))


@click.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--parameters", "names", metavar="A,B,...",
              help="parameter, parameter[item+item], closure.axis or baseline.choice; default: what matters most")
@click.option("--scenario", default="uniform", show_default=True, metavar="ID")
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=years_option, help="comma-separated, starting at 2021")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="processes, one thread each")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--lang", default="zh,en", show_default=True, help="languages of the figure")
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else")
@click.option("--quiet", is_flag=True)
@click.option("--force", is_flag=True, help="replace a summary that exists")
def sensitivity(
    study: Path | None, names: str | None, scenario: str, aggregation: str | None, years: tuple[int, ...] | None,
    workers: int, out: Path, lang: str, as_json: bool, quiet: bool, force: bool,
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

    asked, languages = load_study(study or default_study_path()), languages_of(lang)
    levers = tuple(n.strip() for n in names.split(",")) if names else DEFAULT
    folder = out / folder_name(asked, scenario, aggregation, years, levers)
    with held(folder) as place:
        key = question(asked, aggregation, years, "sensitivity", scenario, levers)
        place.start(key, force=force)
        with while_at("CGE704.solving"):
            table, facts, failed = run_sensitivity(
                asked, levers, scenario=scenario, aggregation=aggregation, years=years, folder=folder, workers=workers,
                log=say(quiet),
            )  # fmt: skip
            write_whole(folder / "summary.csv", table.to_csv(index=False), lasting=True)
            write_whole(folder / MANIFEST, json.dumps(facts, indent=1), lasting=True)
        titles, focus = {name: title(name, words()) for name in levers}, asked.report.focus
        caption = {"scenario": scenario, "year": str(facts["years"][-1]), "aggregation": facts["aggregation"],
                   "parameter_set": facts["parameter_set"]}  # fmt: skip
        table = labelled(table, asked.model_dump(by_alias=True))
        with while_at("CGE704.drawing"):
            draw_tornado(table, folder / "figures", languages=languages, focus=focus, titles=titles, caption=caption)
        place.save(key, ["summary.csv", MANIFEST], complete=not failed)
    if as_json:
        rows = json.loads(table.to_json(orient="records"))
        click.echo(json.dumps({"table": rows, "out": str(folder), "manifest": facts}, ensure_ascii=False))
    else:
        _tornado(table, focus)
        click.echo(str(folder))
    refuse_unsolved(failed, folder)


@click.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=years_option, help="comma-separated, starting at 2021")
@click.option("--only", multiple=True, metavar="ID", help="this scenario (repeatable)")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="processes, one thread each")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write what was found as a page")
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else")
@click.option("--quiet", is_flag=True)
@click.option("--force", is_flag=True, help="replace a summary or page that exists")
def verify(
    study: Path | None, aggregation: str | None, years: tuple[int, ...] | None, only: tuple[str, ...], workers: int,
    out: Path, page: Path | None, as_json: bool, quiet: bool, force: bool,
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

    asked = load_study(study or verification_path())
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
                asked, aggregation=aggregation, years=at, folder=folder, workers=workers, log=say(quiet)
            )
            write_whole(folder / "summary.csv", table.to_csv(index=False), lasting=True)
            write_whole(folder / MANIFEST, json.dumps(facts, indent=1), lasting=True)
            place.save(key, ["summary.csv", MANIFEST], complete=True)
    if page is not None:
        write_whole(page, verification_page(table, asked, aggregation or asked.base.aggregation))
    if as_json:
        click.echo(json.dumps({"table": json.loads(table.to_json(orient="records")), "out": str(folder)}))
    else:
        for name, limit in LIMITS.items():
            found = table[table["indicator"] == name].sort_values("value")
            if len(found):
                worst = found.iloc[-1]
                click.echo(f"{name:26}{worst['value']:>9.1e}  limit {limit:.0e}  {worst['scenario']}")
        click.echo(f"{len(verdicts)} runs; {folder}")
    refuse_broken(verdicts)


def _tornado(table: Any, focus: str) -> None:
    click.echo(f"{'':50}{'value':>10}{f'GDP {focus} %':>11}{'- base':>8}{'GDP CN %':>11}{'- base':>8}"
               f"{f'CNY/t {focus}':>11}{'rank corr.':>12}")  # fmt: skip
    for row in table.to_dict("records"):
        value = "" if row["value"] != row["value"] else f"{row['value']:.4g}"
        click.echo(
            f"{row['parameter'] + ' ' + row['side']:50}{value:>10}{row[f'gdp_change_pct_{focus}']:>+11.2f}"
            f"{row[f'gdp_minus_base_pp_{focus}']:>+8.2f}{row['gdp_change_pct_CN']:>+11.2f}"
            f"{row['gdp_minus_base_pp_CN']:>+8.2f}{row[f'permit_price_{focus}']:>11,.0f}{row['rank_correlation']:>12.2f}"
        )


def _language(lang: str | None) -> str:
    if lang is None:
        return language(None)
    if len(languages_of(lang)) > 1:
        raise click.BadParameter(message("CGE002", found=lang))
    return lang

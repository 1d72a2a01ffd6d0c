"""Commands that show the theory: equations, explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cge.cli.options import AGGREGATION, JSON, free, writable
from cge.cli.words import command, object_of, spoken, tell
from cgebase.columns import columns
from cgebase.messages import Message, listed, message, near, numeral
from cgebase.whole import whole, write_whole

EMPTY = Message("", "")
MOST = 60
"""Values of an indicator on the screen."""
SHOWN = 10
"""Every how many compiled statements a line is printed."""
CLOSE = 0.75
"""How alike a name must be to be proposed for one that is unknown; 1 is the same."""


@command()
@click.argument("name", required=False)
@click.option("--latex", is_flag=True, help="LaTeX; without a name a whole document")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="write one page with links and search")
@click.option("--force", is_flag=True, help="replace a page that exists")
@JSON
def equations(name: str | None, latex: bool, html: Path | None, force: bool, as_json: bool) -> None:
    """Print definitions, equations and accounts from the objects that are solved; of an indicator, its parts."""
    from cge.explain.statements import equations_data, statement_text
    from cge.measure.indicators import INDICATORS
    from cge.theory.chapters import THEORY
    from cgebase.errors import ScenarioError

    every = THEORY.statements
    if name is not None and name not in every and name not in INDICATORS:
        raise ScenarioError(message("CGE246", name=name, near=near(name, [*every, *INDICATORS])))
    if html is not None:
        if name is not None or latex or as_json:
            raise click.UsageError(message("CGE010"))
        _write_page(html, force)
        return
    if latex and name is None:
        from cge.explain.latex import latex_document

        click.echo(latex_document(THEORY), nl=False)
        return
    own = list(every) if name is None else [name] if name in every else []
    if as_json and (own or name is None):
        object_of({"statements": equations_data(own)})
        return
    for key in own:
        click.echo(statement_text(every[key], spoken(), latex=latex))
    if name is not None and name in INDICATORS:
        _say_indicator(name, as_json, latex)


@command()
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), help="write the page docs/study.md")
@click.option("--force", is_flag=True, help="replace a page that exists")
@click.option("--json", "as_json", is_flag=True, help="JSON Schema, with which editors check and complete a file")
def schema(page: Path | None, force: bool, as_json: bool) -> None:
    """What may stand in a study file: every key with values, default, unit, range and meaning, and three examples."""
    from cge.explain.schema import json_schema
    from cge.explain.schema import page as study_page

    if page is not None:
        free(page, force=force)
        writable(page.parent)
        write_whole(page, study_page(spoken()))
        tell(message("written", file=page))
    if as_json:
        object_of(json_schema())
    elif page is None:
        click.echo(study_page(spoken()), nl=False)


def _write_page(path: Path, force: bool) -> None:
    from cge.explain.document import html_page
    from cge.theory.chapters import THEORY

    free(path, force=force)
    writable(path.parent)
    with whole(path) as part:
        part.write_text(html_page(THEORY), encoding="utf-8")
    counts = {k: len(getattr(THEORY, k)) for k in ("definitions", "equations", "accounts")}
    tell(message("equations_in", file=path, **counts))


@command()
@click.argument("name")
@click.option("--region", help="province: code, Chinese or English name; with it the numbers of the cell are shown")
@click.option("--sector", help="activity or commodity: code or name")
@click.option("--household", help="rural or urban")
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: cn12, those of the run, cn30 for parameters")
@click.option("--scenario", metavar="ID", help="a solved scenario instead of the base year; needs --year")
@click.option("--year", type=int, help="year of the solved scenario")
@click.option("--run", "run", type=click.Path(path_type=Path),
              help="results folder of the run; default: results/cap_comparison")
@click.option("--numbers", is_flag=True, help="show numbers of something without region or sector")
@JSON
def explain(
    name: str, region: str | None, sector: str | None, household: str | None, aggregation: str | None,
    scenario: str | None, year: int | None, run: Path | None, numbers: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say what a variable or parameter is, what determines it and where it is used.

    With --region, --sector or --household: the terms of that cell in the base year, or in a year of a solved
    scenario, every number in it and what moves it. An indicator shows its values in the run. A parameter shows its
    values with range, source and note, in whatever province or year; with --sector those of one sector.
    """
    from cge.explain.statements import statement_text
    from cge.measure.indicators import INDICATORS
    from cge.runs.place import RECORD
    from cge.theory.chapters import THEORY

    asked = {"region": region, "sector": sector, "household": household}
    folder = run or Path("results/cap_comparison")
    in_cell = any((numbers, scenario, year, region, household, run))
    if name in INDICATORS and not _has_cells(name) and (in_cell or sector):
        if run is None and not (folder / RECORD).is_file():
            tell(message("indicator.no_run", folder=folder), err=True)
            _say_indicator(name, as_json)
        else:
            _say_values(name, folder, asked | {"scenario": scenario, "year": year}, as_json)
        return
    if (scenario is None) != (year is None) or (run is not None and scenario is None and not _is_number(name)):
        raise click.UsageError(message("CGE011"))
    period = (folder, scenario, year) if scenario is not None and year is not None else None
    if _is_number(name) and not (in_cell and _has_cells(name)):
        if in_cell:
            tell(message("parameters.no_cell", name=name), err=True)
        _explain_number(name, sector, aggregation or "cn30", as_json)
        if name in INDICATORS and not as_json:
            _say_indicator(name)
        return
    if (in_cell or as_json or sector) and (_has_cells(name) or name not in INDICATORS):
        _explain_cell(name, asked, aggregation, period, as_json)
        return
    _known(name)
    every = THEORY.statements
    if name in THEORY.families:
        _say_family(name)
    elif name in every:
        click.echo(statement_text(every[name], spoken()))
    if name in INDICATORS:
        _say_indicator(name, as_json)


def _known(name: str) -> None:
    """Refuse what is no symbol, statement, parameter or indicator; only a near name is proposed."""
    from cge.calibrate.parameters.register import uses
    from cge.measure.indicators import INDICATORS
    from cge.theory.chapters import THEORY
    from cgebase.errors import ScenarioError

    known = [*THEORY.families, *THEORY.equations, *INDICATORS, *uses()["parameter"]]
    if name not in known:
        raise ScenarioError(message("CGE230", name=name, near=near(name, known, CLOSE)))


def _say_indicator(name: str, as_json: bool = False, latex: bool = False) -> None:
    """What a reported number is, and the statements of the variables it is made of."""
    from cge.explain.statements import equations_data, said, statement_text
    from cge.measure.indicators import INDICATORS
    from cge.theory.chapters import THEORY

    indicator, every = INDICATORS[name], THEORY.statements
    own = [key for key, statement in every.items() if statement.variable in indicator.symbols]
    if as_json:
        object_of({"indicator": name, **asdict(indicator), "statements": equations_data(own)})
        return
    tell(message("indicator", name=name, what=indicator.what, unit=said(indicator.unit)), EMPTY)
    tell(message("indicator.made_of", symbols=listed(indicator.symbols)), EMPTY)
    for key in own:
        click.echo(statement_text(every[key], spoken(), latex=latex))


def _say_values(name: str, folder: Path, asked: Mapping[str, str | int | None], as_json: bool) -> None:
    """What a reported number is, and its values in a run; the first of very many."""
    from cge.api.results import load_results
    from cge.explain.statements import said
    from cge.measure.indicators import INDICATORS

    labels: dict[str, Any] = {dim: [label] for dim, label in asked.items() if label is not None}
    table = load_results(folder).sel(name, **labels)
    plain = table.drop_vars([c for c in table.coords if c not in table.dims])
    rows = plain.to_series().dropna().reset_index()
    indicator = INDICATORS[name]
    if as_json:
        object_of({"indicator": name, **asdict(indicator), "values": rows.to_dict("records")})
        return
    tell(message("indicator", name=name, what=indicator.what, unit=said(indicator.unit)), EMPTY)
    head = [message(f"indicator.{dim}") for dim in (*rows.columns[:-1], "value")]
    shown = [[*row[:-1], numeral(row[-1], ",.6g")] for row in rows.head(MOST).itertuples(index=False)]
    click.echo("\n".join(columns(head, shown, spoken(), "l" * (len(head) - 1) + "r")))
    if len(rows) > MOST:
        tell(message("more", count=len(rows) - MOST))


def _say_family(name: str) -> None:
    """What a symbol of the equations is, what determines it and where it stands."""
    from cge.explain.parameters import used_in
    from cge.explain.statements import family_line, statement_text
    from cge.theory.chapters import THEORY

    every = THEORY.statements
    family = THEORY.families[name]
    tell(family_line(family), EMPTY)
    own = [s for s in every.values() if s.variable == name]
    for statement in own:
        click.echo(statement_text(statement, spoken()))
    if not own:
        tell(message("given_by.data" if family.kind == "parameter" else "given_by.closure"), EMPTY)
    used = [s for s in used_in(name) if every[s].variable != name]
    tell(message("used_in", names=listed(used) or message("nothing_else")))


def _is_number(name: str) -> bool:
    """Whether a name is a parameter of the tables, or a symbol that comes from one."""
    from cge.calibrate.parameters.register import uses
    from cge.theory.chapters import THEORY

    known = uses()
    symbol = name in THEORY.families and any(name in s.split() for s in known["symbols"])
    return symbol or (name not in THEORY.families and name in set(known["parameter"]))


def _has_cells(name: str) -> bool:
    """Whether a name is a variable or an equation, which cells of the model take apart."""
    from cge.theory.chapters import THEORY

    return name in THEORY.equations or (name in THEORY.families and THEORY.families[name].kind != "parameter")


def _explain_number(name: str, sector: str | None, aggregation: str, as_json: bool) -> None:
    from cge.explain.parameters import chosen, value_lines
    from cge.explain.view import sector_code
    from cge.theory.chapters import THEORY
    from sam.registry import sectors

    codes = tuple(s.code for s in sectors(aggregation))
    table = chosen(name, aggregation, item=sector_code(sector, aggregation, codes) if sector is not None else None)
    if as_json:
        object_of({"aggregation": aggregation, "values": table.to_dict("records")})
        return
    if name in THEORY.families:
        _say_family(name)
        click.echo()
    click.echo("\n".join(value_lines(table, spoken())))


def _explain_cell(
    name: str, asked: dict[str, str | None], aggregation: str | None, period: tuple[Path, str, int] | None,
    as_json: bool,
) -> None:  # fmt: skip
    from cge.explain.view import as_data, as_text, explain_cell, explainer_of
    from cge.runs.store import equations_of, sectors_of
    from cge.theory.closures import CLOSURES
    from cgebase.errors import ScenarioError

    _known(name)
    if not _has_cells(name):
        raise ScenarioError(message("CGE247", name=name))

    def compiling(done: int, of: int) -> None:
        if done % SHOWN == 0 or done == of:
            tell(message("compiling", done=done, of=of), err=True)

    aggregation = aggregation or (sectors_of(period[0]) if period else "cn12")
    explainer = explainer_of(aggregation, period=period, progress=compiling)
    active = equations_of(*period[:2]) if period else CLOSURES["policy"]
    found = explain_cell(explainer, name, asked, aggregation, active)
    if as_json:
        object_of({"aggregation": aggregation, **as_data(found)})
    else:
        when = message("scenario_year", scenario=period[1], year=period[2]) if period else message("base_year")
        click.echo("\n".join(as_text(found, spoken(), when)))

"""Commands that show the theory: equations, explain."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cge.cli.failures import language
from cge.cli.options import AGGREGATION
from cgebase.messages import message, near

CLOSE = 0.75
"""How alike a name must be to be proposed for one that is unknown; 1 is the same."""


@click.command()
@click.argument("name", required=False)
@click.option("--latex", is_flag=True, help="LaTeX; without a name a whole document")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="write one page with links and search")
@click.option("--force", is_flag=True, help="replace a page that exists")
def equations(name: str | None, latex: bool, html: Path | None, force: bool) -> None:
    """Print definitions, equations and accounts from the objects that are solved."""
    from cge.theory.chapters import THEORY
    from cgebase.errors import ScenarioError

    every = THEORY.statements
    if name is not None and name not in every:
        text = f"no equation {name!r}{near(name, every)}; there are: {', '.join(every)}"
        raise ScenarioError(text)
    if html is not None:
        if name is not None or latex:
            text = "--html writes every equation; leave out the name and --latex"
            raise click.UsageError(text)
        _write_page(html, force)
        return
    if latex and name is None:
        from cge.explain.latex import latex_document

        click.echo(latex_document(THEORY), nl=False)
        return
    write: Any = None
    if latex:
        from cge.explain.latex import formula as write
    for key in [name] if name else every:
        click.echo(_statement(every[key], write))


def _write_page(path: Path, force: bool) -> None:
    from cge.explain.document import html_page
    from cge.theory.chapters import THEORY
    from cgebase.errors import OutputError

    if path.exists() and not force:
        text = f"{path} exists; pass --force to replace it, or name another file"
        raise click.UsageError(text)
    try:
        path.write_text(html_page(THEORY), encoding="utf-8")
    except OSError as error:
        text = f"cannot write {path}: {error.strerror}; choose another file with --html"
        raise OutputError(text) from error
    counts = (len(THEORY.definitions), len(THEORY.equations), len(THEORY.accounts))
    click.echo("{} definitions, {} equations and {} accounts in {}".format(*counts, path))


def _statement(s: Any, write: Any = None) -> str:
    """Lines of a definition or equation; ``write`` prints an expression, as plain text if not given."""
    from cge.language.algebra import inv_boxcox
    from cge.language.expand import Expansion
    from cge.language.forms import on_paper
    from cge.theory.chapters import THEORY

    text = write(s.expr) if write else Expansion(THEORY, {}, {}).text(on_paper(s.expr), {}, sums=False)
    ces = f"  {message('ces').text(language(None))}\n" if s.expr.has(inv_boxcox) else ""
    sign = f"{s.variable} =" if s.kind != "equation" else f"0 =  (pairs {s.variable})"
    over = ", ".join(str(i) for i in s.over)
    where = "" if s.where == True else f" where {s.where}"  # noqa: E712 - sympy's true is not Python's
    return f"{s.kind} {s.name} over ({over}){where} [{s.unit}]\n  {sign} {text}\n{ces}  {s.ref}\n"


@click.command()
@click.argument("name")
@click.option("--region", help="province: code, Chinese or English name; with it the numbers of the cell are shown")
@click.option("--sector", help="activity or commodity: code or name")
@click.option("--household", help="rural or urban")
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: cn12, those of the run, cn30 for parameters")
@click.option("--scenario", metavar="ID", help="a solved scenario instead of the base year; needs --year")
@click.option("--year", type=int, help="year of the solved scenario")
@click.option("--run", "folder", type=click.Path(path_type=Path), default=Path("results/cap_comparison"),
              show_default=True, help="results folder of the run")
@click.option("--numbers", is_flag=True, help="show numbers of something without region or sector")
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else")
def explain(
    name: str, region: str | None, sector: str | None, household: str | None, aggregation: str | None,
    scenario: str | None, year: int | None, folder: Path, numbers: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say what a variable or parameter is, what determines it and where it is used.

    With --region, --sector or --household: the terms of that cell in the base year, or in a year of a solved
    scenario, every number in it and what moves it. A parameter shows its values with range, source and note, in
    whatever province or year; with --sector those of one sector.
    """
    from cge.measure.indicators import INDICATORS
    from cge.theory.chapters import THEORY

    asked = {"region": region, "sector": sector, "household": household}
    if (scenario is None) != (year is None):
        text = "--scenario and --year go together"
        raise click.UsageError(text)
    period = (folder, scenario, year) if scenario is not None and year is not None else None
    in_cell = bool(numbers or period or region or household)
    if _is_number(name) and not (in_cell and _has_cells(name)):
        if in_cell:
            click.echo(message("parameters.no_cell", name=name).text(language(None)), err=True)
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
        click.echo(_statement(every[name]))
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


def _say_indicator(name: str, as_json: bool = False) -> None:
    """What a reported number is, and the statements of the variables it is made of."""
    from cge.measure.indicators import INDICATORS
    from cge.theory.chapters import THEORY

    spoken, indicator = language(None), INDICATORS[name]
    if as_json:
        click.echo(json.dumps({"indicator": name, **asdict(indicator)}, ensure_ascii=False))
        return
    click.echo(message("indicator", name=name, what=indicator.what, unit=indicator.unit).text(spoken) + "\n")
    click.echo(message("indicator.made_of", symbols=", ".join(indicator.symbols)).text(spoken) + "\n")
    for statement in THEORY.statements.values():
        if statement.variable in indicator.symbols:
            click.echo(_statement(statement))


def _say_family(name: str) -> None:
    """What a symbol of the equations is, what determines it and where it stands."""
    from cge.explain.parameters import used_in
    from cge.theory.chapters import THEORY

    every = THEORY.statements
    family = THEORY.families[name]
    dims = ", ".join(d.description or d.name for d in family.dims) or "one number"
    click.echo(f"{family.kind} {name}: {family.description} [{family.unit}], by {dims}\n")
    own = [s for s in every.values() if s.variable == name]
    for statement in own:
        click.echo(_statement(statement))
    if not own:
        click.echo("  given: data, parameters or paths\n" if family.kind == "parameter" else "  set by the closure\n")
    used = [s for s in used_in(name) if every[s].variable != name]
    click.echo(f"used in: {', '.join(used) or 'nothing else'}")


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
        click.echo(json.dumps({"aggregation": aggregation, "values": json.loads(table.to_json(orient="records"))},
                              ensure_ascii=False))  # fmt: skip
        return
    if name in THEORY.families:
        _say_family(name)
        click.echo()
    spoken = language(None)
    click.echo("\n".join(line.text(spoken) for line in value_lines(table)))


def _explain_cell(
    name: str, asked: dict[str, str | None], aggregation: str | None, period: tuple[Path, str, int] | None,
    as_json: bool,
) -> None:  # fmt: skip
    from cge.explain.view import as_data, as_text, explain_cell, explainer_of
    from cge.runs.store import sectors_of
    from cgebase.errors import ScenarioError

    _known(name)
    if not _has_cells(name):
        text = f"cannot take {name!r} apart: it is a parameter, given by the data; `cge equations` lists all"
        raise ScenarioError(text)

    def compiling(done: int, of: int) -> None:
        click.echo(f"compiling equations, once: {done} of {of}", err=True)

    aggregation = aggregation or (sectors_of(period[0]) if period else "cn12")
    found = explain_cell(explainer_of(aggregation, period=period, progress=compiling), name, asked, aggregation)
    if as_json:
        click.echo(json.dumps({"aggregation": aggregation, **as_data(found)}, ensure_ascii=False))
    else:
        click.echo("\n".join(as_text(found, f"{period[1]} {period[2]}" if period else "base year")))

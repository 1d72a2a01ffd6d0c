"""Commands; everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from cge.failures import complain, language
from sam.messages import LANGUAGES, both, listed, message, near, reason
from sam.whole import whole


class _Aggregation(click.Choice[str]):
    """A sector list by name; an unknown one is refused with the closest."""

    def __init__(self) -> None:
        super().__init__(["cn12", "cn30"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            self.fail(message("SAM203", name=value, near=near(value, self.choices), known=listed(self.choices)))
        return str(value)


AGGREGATION = _Aggregation()


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("provincial-cge")
    except PackageNotFoundError:
        found = "not installed, run from source"
    click.echo(f"cge {found}")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """What a carbon cap costs each Chinese province, and who pays because of whom."""


def _say(quiet: bool) -> Any:
    return (lambda text: None) if quiet else (lambda text: click.echo(text, err=True))


def _years(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    from cge.scenario import check_years

    try:
        years = tuple(int(x) for x in value.split(","))
        check_years(years)
    except ValueError as error:
        said = both(error)
        raise click.BadParameter(said if said.code else message("CGE004", found=value)) from error
    return years


def _compare_options(command: Any) -> Any:
    for option in (
        click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's"),
        click.option("--years", callback=_years, help="comma-separated, starting at 2021"),
        click.option("--sam", type=click.Path(path_type=Path), metavar="FOLDER", help="an economy of your own"),
        click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True),
        click.option("--only", multiple=True, metavar="ID", help="this scenario (repeatable) and those without a cap"),
        click.option("--lang", default="zh,en", show_default=True, help="languages of figures and workbook"),
        click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout, nothing else"),
        click.option("--quiet", is_flag=True),
        click.option("--force", is_flag=True, help="replace results that exist"),
    ):
        command = option(command)
    return command


@cli.command()
@_compare_options
def compare(**options: Any) -> None:
    """Run the flagship: baseline, uniform, differentiated and traded caps to 2060."""
    from cge.scenario import default_study_path

    _run(default_study_path(), **options)


@cli.command("run")
@click.argument("study", type=click.Path(path_type=Path))
@_compare_options
def run_study(study: Path, **options: Any) -> None:
    """Run a study file of your own."""
    _run(study, **options)


def _run(
    path: Path, *, aggregation: str | None, years: tuple[int, ...] | None, sam: Path | None, out: Path,
    only: tuple[str, ...], lang: str, as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    from cge.scenario import load_study

    study = load_study(path)
    if only:
        study = study.only((*only, *(s.id for s in study.scenarios if s.cap is None)))
    if sam is not None:
        study = study.on(sam)
    languages = _languages(lang)
    target = out / study.folder(aggregation, years) / "summary.csv"
    if target.exists() and not force:
        raise click.UsageError(message("CGE003", path=target))
    _writable(out)
    from cge.experiment import run_compare
    from cge.report import write_reports

    result = run_compare(study, aggregation=aggregation, years=years, out=out, force=force, progress=_say(quiet))
    folder = Path(result["out"])
    write_reports(result["data"], result["manifest"], study.model_dump(by_alias=True), folder, languages=languages,
                  say=_say(quiet))  # fmt: skip
    if as_json:
        shown = {k: result[k] for k in ("table", "checks", "out", "manifest")}
        click.echo(json.dumps(shown, ensure_ascii=False, default=float))
        return
    _table(result)
    click.echo(f"results in {folder}")


def _table(result: Any) -> None:
    facts = result["manifest"]
    click.echo(f"\nParameter set {facts['parameter_set']}, {facts['aggregation']}, last year:")
    head = f"{'GDP %':>9}{'cum. loss %':>13}{'EV %':>8}{'permit CNY/t':>14}{'Mt CO2':>10}"
    wide = max(16, *(len(row["scenario"]) + 2 for row in result["table"]))
    click.echo(f"{'scenario':{wide}}{'region':8}{head}")
    for row in result["table"]:
        cells = [row.get(k) for k in ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct")]
        shown = [f"{c:+.2f}" if c is not None else "" for c in cells]
        click.echo(
            f"{row['scenario']:{wide}}{row['region']:8}{shown[0]:>9}{shown[1]:>13}{shown[2]:>8}"
            f"{row.get('permit_price', 0):>14,.0f}{row['emissions']:>10,.1f}"
        )


@cli.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--scenario", default="uniform", show_default=True, metavar="ID")
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=_years, help="comma-separated, starting at 2021")
@click.option("--points", type=click.IntRange(2, 40), default=6, show_default=True, help="points of the path of caps")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--lang", default="zh,en", show_default=True, help="languages of the figure")
@click.option("--quiet", is_flag=True)
def attribute(
    study: Path | None, scenario: str, aggregation: str | None, years: tuple[int, ...] | None, points: int, out: Path,
    lang: str, quiet: bool,
) -> None:  # fmt: skip
    """Say who pays because of whom: split every province's loss by the province whose caps cause it."""
    from cge.attribution import attribute_study
    from cge.report.causes import draw_causes
    from cge.scenario import default_study_path, load_study

    asked = load_study(study or default_study_path())
    languages = _languages(lang)
    folder = out / asked.folder(aggregation, years) / scenario
    table, facts = attribute_study(
        asked, scenario, aggregation=aggregation, years=years, points=points, log=_say(quiet)
    )  # fmt: skip
    _writable(folder)
    part = folder / "causes.csv.part"
    table.to_csv(part, index=False, float_format="%.8g")
    part.replace(folder / "causes.csv")
    gdp, focus = table[table["measure"] == "gdp_change_pct"], asked.report.focus
    draw_causes(gdp, folder / "figures", languages=languages, focus=focus, facts=facts)
    by = gdp[gdp["region"] == focus].groupby("cause")["value"].sum()
    rest = by.drop(focus)
    click.echo(f"{focus}, {scenario}, {facts['year']}: GDP {by.sum():+.2f} %; own caps {by[focus]:+.2f}, others:")
    for cause in rest.abs().sort_values(ascending=False).index[:10]:
        click.echo(f"  {cause}  {rest[cause]:+.3f}")
    click.echo(f"  all {rest.sum():+.3f}\nmatrix in {folder / 'causes.csv'}")


def _writable(folder: Path) -> None:
    from cge.errors import OutputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(message("CGE701", folder=folder, reason=reason(error))) from error
    if not os.access(folder, os.W_OK):
        raise OutputError(message("CGE701", folder=folder, reason=message("errno.EACCES")))


def _languages(lang: str) -> tuple[str, ...]:
    languages = tuple(x.strip() for x in lang.split(","))
    if not set(languages) <= set(LANGUAGES):
        raise click.BadParameter(message("CGE002", found=lang))
    return languages


@cli.command()
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
@click.option("--years", callback=_years, help="comma-separated, starting at 2021")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--lang", default="zh,en", show_default=True, help="languages of figures and workbook")
@click.option("--quiet", is_flag=True)
@click.option("--force", is_flag=True, help="replace results that exist")
def replicate(
    aggregation: str | None, years: tuple[int, ...] | None, out: Path, lang: str, quiet: bool, force: bool
) -> None:
    """Fit two scalars to the study's 8.17 and 5.15 % for Xinjiang; all results are labelled as fitted."""
    from dataclasses import asdict, replace

    from cge.experiment import prepare, run_compare
    from cge.replication import PUBLISHED
    from cge.replication import replicate as fit
    from cge.report import write_reports
    from cge.scenario import default_study_path, load_study

    study, languages = load_study(default_study_path()), _languages(lang)
    target = out / f"{study.folder(aggregation, years)}_replication" / "summary.csv"
    if target.exists() and not force:
        raise click.UsageError(message("CGE003", path=target))
    _writable(out)
    say = _say(quiet)
    model = prepare(aggregation or study.base.aggregation, tuple(years or study.time.years), log=say)
    found = fit(model, study, log=say)
    tuned = replace(model, tuning=found.tuning)
    result = run_compare(study, aggregation=aggregation, years=years, out=out, force=force, progress=say, tuned=tuned)
    folder = Path(result["out"])
    write_reports(result["data"], result["manifest"], study.model_dump(by_alias=True), folder, languages=languages,
                  say=say)  # fmt: skip
    with whole(folder / "fit.json") as part:
        part.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    _table(result)
    for name, want in PUBLISHED.items():
        met = "met" if found.roots[name] else "NOT met inside the stated range; nearest shown"
        click.echo(f"{name}: published {want:.2f} %, reached {found.reached[name]:.2f} %, {met}")
    click.echo(
        f"fitted: abatement cost x {found.tuning.hardness:.3f} and power flexibility / {found.tuning.hardness:.3f}; "
        f"energy-base weight {found.tuning.energy_base:.3f}; Xinjiang's cap {found.cap_share:.1%} of 2021"
    )
    implied = "no cap below 90 % of 2021" if found.implied_share is None else f"{found.implied_share:.1%} of 2021"
    click.echo(f"cap of Xinjiang that {PUBLISHED['differentiated']:.2f} % implies: {implied}\nresults in {folder}")


@cli.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: the study's")
def check(study: Path | None, aggregation: str | None) -> None:
    """Check a study file and that every closure of the model is square; solves nothing.

    Without a file only the model is checked.
    """
    from cge.closures import closure_lines
    from cge.scenario import default_study_path, load_study

    found = load_study(study or default_study_path())
    if study:
        years = f"{found.time.years[0]}-{found.time.years[-1]}"
        click.echo(f"{study.name}: {len(found.scenarios)} scenarios, years {years}, ok")
    click.echo("\n".join(closure_lines(aggregation or found.base.aggregation)))


@cli.group()
def sam() -> None:
    """Build, check and look at the social accounting matrix."""


@sam.command("build")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="folder to write to; without it nothing is written")
def sam_build(aggregation: str, out: Path | None) -> None:
    """Build the economy from the carried tables, with a report of what moved."""
    from sam.build import build_economy

    _, report = build_economy(aggregation, out=out, log=_say(False))
    click.echo("\n".join(report))


@sam.command("check")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="an economy of your own")
@click.option("--published", is_flag=True, help="hold your own economy to China's published totals too")
def sam_check(aggregation: str, folder: Path | None, published: bool) -> None:
    """Run every coded check."""
    from sam.economy import load_economy
    from sam.validate import refuse_faults

    refuse_faults(load_economy(aggregation, folder=folder), published=published or folder is None)
    click.echo(f"{folder or aggregation}: every coded check passed")


@sam.command("show")
@click.option("--province", required=True, help="code, Chinese or English name")
@click.option("--aggregation", type=AGGREGATION, default="cn30", show_default=True)
def sam_show(province: str, aggregation: str) -> None:
    """Accounts of one province, 1e8 yuan."""
    from sam.economy import load_economy
    from sam.registry import resolve
    from sam.report import province_accounts

    click.echo(province_accounts(load_economy(aggregation), resolve(province)))


@cli.command()
@click.argument("name", required=False)
@click.option("--latex", is_flag=True, help="LaTeX; without a name a whole document")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="write one page with links and search")
@click.option("--force", is_flag=True, help="replace a page that exists")
def equations(name: str | None, latex: bool, html: Path | None, force: bool) -> None:
    """Print definitions and equations from the objects that are solved."""
    from cge.equations import THEORY
    from cge.errors import ScenarioError

    every = {**THEORY.definitions, **THEORY.equations}
    if name is not None and name not in every:
        text = f"no equation {name!r}{_near(name, every)}; there are: {', '.join(every)}"
        raise ScenarioError(text)
    if html is not None:
        if name is not None or latex:
            text = "--html writes every equation; leave out the name and --latex"
            raise click.UsageError(text)
        _write_page(html, force)
        return
    if latex and name is None:
        from cge.latex import latex_document

        click.echo(latex_document(THEORY), nl=False)
        return
    write: Any = str
    if latex:
        from cge.latex import formula as write
    for key in [name] if name else every:
        click.echo(_statement(every[key], write))


def _write_page(path: Path, force: bool) -> None:
    from cge.document import html_page
    from cge.equations import THEORY
    from cge.errors import OutputError

    if path.exists() and not force:
        text = f"{path} exists; pass --force to replace it, or name another file"
        raise click.UsageError(text)
    try:
        path.write_text(html_page(THEORY), encoding="utf-8")
    except OSError as error:
        text = f"cannot write {path}: {error.strerror}; choose another file with --html"
        raise OutputError(text) from error
    click.echo(f"{len(THEORY.definitions)} definitions and {len(THEORY.equations)} equations in {path}")


def _statement(s: Any, write: Any) -> str:
    sign = f"{s.variable} =" if s.kind == "definition" else f"0 =  (pairs {s.variable})"
    over = ", ".join(str(i) for i in s.over)
    where = "" if s.where == True else f" where {s.where}"  # noqa: E712 - sympy's true is not Python's
    return f"{s.kind} {s.name} over ({over}){where} [{s.unit}]\n  {sign} {write(s.expr)}\n  {s.ref}\n"


def _near(name: str, known: Iterable[str]) -> str:
    known = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), known, 1)
    return f"; did you mean {known[close[0]]!r}?" if close else ""


@cli.command()
@click.argument("name")
@click.option("--region", help="province: code, Chinese or English name; with it the numbers of the cell are shown")
@click.option("--sector", help="activity or commodity: code or name")
@click.option("--household", help="rural or urban")
@click.option("--aggregation", type=AGGREGATION, help="sectors; default: cn12, or those of the run")
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
    scenario, every number in it and what moves it.
    """
    asked = {"region": region, "sector": sector, "household": household}
    if (scenario is None) != (year is None):
        text = "--scenario and --year go together"
        raise click.UsageError(text)
    period = (folder, scenario, year) if scenario is not None and year is not None else None
    if numbers or as_json or period or any(asked.values()):
        _explain_cell(name, asked, aggregation, period, as_json)
        return
    from cge.equations import THEORY
    from cge.errors import ScenarioError

    every = {**THEORY.definitions, **THEORY.equations}
    if name in every and name not in THEORY.families:
        click.echo(_statement(every[name], str))
        return
    if name not in THEORY.families:
        known = [*THEORY.families, *every]
        text = f"no variable, parameter or equation {name!r}{_near(name, known)}; `cge equations` lists all"
        raise ScenarioError(text)
    family = THEORY.families[name]
    dims = ", ".join(d.description or d.name for d in family.dims) or "one number"
    click.echo(f"{family.kind} {name}: {family.description} [{family.unit}], by {dims}\n")
    own = [s for s in every.values() if s.variable == name]
    for statement in own:
        click.echo(_statement(statement, str))
    if not own:
        click.echo("  given: data, parameters or paths\n" if family.kind == "parameter" else "  set by the closure\n")
    symbol = str(family.base)
    used = [
        s.name for s in every.values() if s.variable != name and symbol in {str(x) for x in s.expr.free_symbols}
    ]  # fmt: skip
    click.echo(f"used in: {', '.join(used) or 'nothing else'}")


def _explain_cell(
    name: str, asked: dict[str, str | None], aggregation: str | None, period: tuple[Path, str, int] | None,
    as_json: bool,
) -> None:  # fmt: skip
    from cge.cellview import as_data, as_text, explain_cell, explainer_of
    from cge.checkpoint import sectors_of
    from cge.equations import THEORY
    from cge.errors import ScenarioError

    known = [*(n for n, f in THEORY.families.items() if f.kind == "variable"), *THEORY.equations]
    if name not in known:
        given = "a parameter, given by the data" if name in THEORY.families else f"unknown{_near(name, known)}"
        text = f"cannot take {name!r} apart: it is {given}; `cge equations` lists all"
        raise ScenarioError(text)

    def compiling(done: int, of: int) -> None:
        click.echo(f"compiling equations, once: {done} of {of}", err=True)

    aggregation = aggregation or (sectors_of(period[0]) if period else "cn12")
    found = explain_cell(explainer_of(aggregation, period=period, progress=compiling), name, asked, aggregation)
    if as_json:
        click.echo(json.dumps({"aggregation": aggregation, **as_data(found)}, ensure_ascii=False))
    else:
        click.echo("\n".join(as_text(found, f"{period[1]} {period[2]}" if period else "base year")))


@cli.command()
def doctor() -> None:
    """Versions, threads, data, fonts, cache and disk of this installation."""
    import platform
    import shutil
    from importlib.metadata import PackageNotFoundError, version

    from cge.codegen.cache import cache_dir
    from sam.economy import shipped_aggregations

    def say(what: str, found: object) -> None:
        click.echo(f"{what:18}{found}")

    say("python", platform.python_version())
    for package in ("numpy", "scipy", "pandas", "sympy", "numba", "openpyxl", "xlsxwriter", "matplotlib", "pydantic"):
        try:
            say(package, version(package))
        except PackageNotFoundError:
            say(package, "MISSING: pip install -c constraints.txt -e .")
    say("threads", os.environ.get("OMP_NUM_THREADS", "not set; results may differ in the last digits"))
    say("economies", ", ".join(shipped_aggregations()))
    say("Chinese font", _chinese_font() or "MISSING: Chinese labels need Noto Sans CJK or another CJK font")
    folder = cache_dir()
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    say("cache", f"{folder}{'' if os.access(there, os.W_OK) else ' NOT WRITABLE: set CGE_CACHE'}")
    say("free disk, GB", f"{shutil.disk_usage(there).free / 1e9:.1f}")


def _chinese_font() -> str | None:
    from matplotlib import font_manager

    marks = ("CJK", "SimHei", "SimSun", "YaHei", "WenQuanYi", "PingFang", "Heiti", "Songti", "Source Han")
    names = {f.name for f in font_manager.fontManager.ttflist}
    return next((n for n in sorted(names) if any(m in n for m in marks)), None)


@cli.command()
@click.option("--clear", is_flag=True)
def cache(clear: bool) -> None:
    """Compiled kernels: where they are, how many; --clear removes them."""
    import shutil

    from cge.codegen.cache import cache_dir

    folder = cache_dir() / "kernels"
    count = len(list(folder.glob("*.py"))) if folder.exists() else 0
    if clear and folder.exists():
        shutil.rmtree(folder)
    click.echo(f"{count} kernels in {folder}{' removed' if clear else ''}")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors become one clear message and an exit code."""
    try:
        code = cli(arguments, prog_name="cge", standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last line of defence
        code = complain(error, language(arguments))
    sys.exit(code)

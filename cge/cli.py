"""Commands; everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import click

OUR_BUG, USAGE, DATA, ENVIRONMENT, INTERRUPTED = 1, 2, 3, 7, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="provincial-cge")
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
        raise click.BadParameter(str(error)) from error
    return years


def _compare_options(command: Any) -> Any:
    for option in (
        click.option("--aggregation", type=click.Choice(["cn12", "cn30"]), help="sectors; default: the study's"),
        click.option("--years", callback=_years, help="comma-separated, starting at 2021"),
        click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True),
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
    path: Path, *, aggregation: str | None, years: tuple[int, ...] | None, out: Path, lang: str, as_json: bool,
    quiet: bool, force: bool,
) -> None:  # fmt: skip
    from cge.scenario import load_study

    study = load_study(path)
    languages = tuple(x.strip() for x in lang.split(","))
    if not set(languages) <= {"zh", "en"}:
        text = f"--lang takes zh, en or both, found {lang!r}"
        raise click.BadParameter(text)
    target = out / study.id / "summary.csv"
    if target.exists() and not force:
        text = f"{target} exists; pass --force to replace it, or another --out"
        raise click.UsageError(text)
    out.mkdir(parents=True, exist_ok=True)
    from cge.experiment import run_compare
    from cge.report import write_reports

    result = run_compare(study, aggregation=aggregation, years=years, out=out, force=force, progress=_say(quiet))
    folder = Path(result["out"])
    write_reports(result["data"], result["manifest"], study.model_dump(by_alias=True), folder, languages=languages,
                  say=_say(quiet))  # fmt: skip
    if as_json:
        click.echo(json.dumps({k: result[k] for k in ("table", "checks", "out", "manifest")}))
        return
    click.echo(f"\nParameter set {result['manifest']['parameter_set']}, {result['manifest']['aggregation']}, last year:")
    click.echo(f"{'scenario':16}{'region':8}{'GDP %':>9}{'cum. loss %':>13}{'EV %':>8}{'permit CNY/t':>14}{'Mt CO2':>10}")
    for row in result["table"]:
        cells = [row.get(k) for k in ("gdp_change_pct", "gdp_cumulative_loss_pct", "welfare_ev_pct")]
        shown = [f"{c:+.2f}" if c is not None else "" for c in cells]
        click.echo(
            f"{row['scenario']:16}{row['region']:8}{shown[0]:>9}{shown[1]:>13}{shown[2]:>8}"
            f"{row.get('permit_price', 0):>14,.0f}{row['emissions']:>10,.1f}"
        )
    click.echo(f"results in {folder}")


@cli.command()
@click.argument("study", type=click.Path(path_type=Path))
def check(study: Path) -> None:
    """Check a study file; solves nothing."""
    from cge.scenario import load_study

    found = load_study(study)
    click.echo(f"{study.name}: {len(found.scenarios)} scenarios, years {found.time.years[0]}-{found.time.years[-1]}, ok")


@cli.group()
def sam() -> None:
    """Build, check and look at the social accounting matrix."""


@sam.command("build")
@click.option("--aggregation", type=click.Choice(["cn12", "cn30"]), default="cn30", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def sam_build(aggregation: str, out: Path) -> None:
    """Build the economy from the carried tables, with a report of what moved."""
    from sam.build import build_economy

    _, report = build_economy(aggregation, out=out, log=_say(False))
    click.echo("\n".join(report))


@sam.command("check")
@click.option("--aggregation", type=click.Choice(["cn12", "cn30"]), default="cn30", show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="an economy of your own")
def sam_check(aggregation: str, folder: Path | None) -> None:
    """Run every coded check."""
    from sam.economy import load_economy
    from sam.errors import SAMValidationError
    from sam.validate import check_economy

    findings = check_economy(load_economy(aggregation, folder=folder))
    if findings:
        raise SAMValidationError("\n".join(f"{f.code} {f.text}" for f in findings))
    click.echo(f"{aggregation}: SAM001 to SAM007 passed")


@sam.command("show")
@click.option("--province", required=True, help="code, Chinese or English name")
@click.option("--aggregation", type=click.Choice(["cn12", "cn30"]), default="cn30", show_default=True)
def sam_show(province: str, aggregation: str) -> None:
    """Accounts of one province, 1e8 yuan."""
    from sam.economy import load_economy
    from sam.registry import resolve
    from sam.report import province_accounts

    click.echo(province_accounts(load_economy(aggregation), resolve(province)))


@cli.command()
@click.argument("name", required=False)
@click.option("--latex", is_flag=True)
def equations(name: str | None, latex: bool) -> None:
    """Print definitions and equations from the objects that are solved."""
    from sympy import latex as to_latex

    from cge.equations import THEORY
    from cge.errors import ScenarioError

    every = {**THEORY.definitions, **THEORY.equations}
    if name is not None and name not in every:
        text = f"no equation {name!r}; there are: {', '.join(every)}"
        raise ScenarioError(text)
    for key in [name] if name else every:
        s = every[key]
        body = to_latex(s.expr) if latex else str(s.expr)
        sign = f"{s.variable} =" if s.kind == "definition" else f"0 =  (pairs {s.variable})"
        click.echo(f"{s.kind} {key} over ({', '.join(str(i) for i in s.over)}) [{s.unit}]\n  {sign} {body}\n  {s.ref}\n")


@cli.command()
def doctor() -> None:
    """Versions, threads and cache of this installation."""
    import os
    import platform
    from importlib.metadata import version

    from cge.codegen.cache import cache_dir

    for package in ("numpy", "scipy", "pandas", "sympy", "numba", "xlsxwriter", "matplotlib"):
        click.echo(f"{package:12}{version(package)}")
    click.echo(f"python      {platform.python_version()}\nthreads     {os.environ.get('OMP_NUM_THREADS')}")
    click.echo(f"cache       {cache_dir()}")


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


def run() -> None:
    """Run the command line; errors become one clear message and an exit code."""
    try:
        code = cli(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        code = USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; no partial result was written", err=True)
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence
        code = exit_code(error)
        if code == OUR_BUG:
            with tempfile.NamedTemporaryFile("w", prefix="cge-report-", suffix=".txt", delete=False) as file:
                file.write(traceback.format_exc())
            click.echo(f"error: a fault of ours ({type(error).__name__}); report in {file.name}", err=True)
        else:
            notes = "".join(f"\n  {n}" for n in getattr(error, "__notes__", ()))
            click.echo(f"error: {error}{notes}", err=True)
    sys.exit(code)


def exit_code(error: Exception) -> int:
    """Exit code of an error: its own, or by what it is."""
    own = getattr(error, "exit_code", None)
    if own is not None:
        return int(own)
    module = type(error).__module__
    if module == "sam.registry":
        return USAGE
    if module.startswith(("sam", "cge")):
        return DATA
    return ENVIRONMENT if isinstance(error, OSError) else OUR_BUG

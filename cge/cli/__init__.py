"""Commands; everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from cge.cli import baseline, data, files, numbers, runs, theory
from cge.cli.failures import complain, language


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


@cli.command()
def doctor() -> None:
    """Versions, threads, data, fonts, cache and disk of this installation."""
    import platform
    import shutil
    from importlib.metadata import PackageNotFoundError, version

    from cge.solve.cache import cache_dir
    from sam.economy import shipped_aggregations

    def say(what: str, found: object) -> None:
        click.echo(f"{what:18}{found}")

    say("python", platform.python_version())
    packages = "numpy scipy pandas sympy llvmlite openpyxl xlsxwriter matplotlib pydantic"
    for package in packages.split():
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

    from cge.solve.cache import kernel_dir

    folder = kernel_dir()
    count = len(list(folder.glob("*.o"))) if folder.exists() else 0
    if clear and folder.exists():
        shutil.rmtree(folder)
    click.echo(f"{count} kernels in {folder}{' removed' if clear else ''}")


for _command in (
    runs.compare, runs.run_study, runs.report, baseline.baseline, runs.attribute, runs.replicate, runs.check, data.sam,
    theory.equations, theory.explain, numbers.parameters, numbers.comparators, numbers.sensitivity, numbers.verify,
):  # fmt: skip
    cli.add_command(_command)
for _command in (files.sam_import, files.sam_export, files.sam_io):
    data.sam.add_command(_command)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors become one clear message and an exit code."""
    try:
        code = cli(arguments, prog_name="cge", standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last line of defence
        code = complain(error, language(arguments))
    sys.exit(code)

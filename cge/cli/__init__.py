"""Commands; everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import click

from cge.cli import (
    baseline,
    data,
    ensembles,
    exchange,
    files,
    margins,
    models,
    numbers,
    planning,
    reasons,
    runs,
    structures,
    tables,
    theory,
)
from cge.cli.failures import complain, warner
from cge.cli.options import JSON
from cge.cli.words import (
    PRINTED,
    command,
    for_a_program,
    group,
    language,
    object_of,
    refuse_unknown,
    spoken,
    tell,
)
from cgebase.columns import columns
from cgebase.messages import Message, listed, message


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"cge {version('provincial-cge')}")
    except PackageNotFoundError:
        tell(message("version.source"))
    context.exit()


@group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="show the version")
def cli() -> None:
    """What a carbon cap costs each Chinese province, and who pays because of whom."""


@command()
@JSON
def doctor(as_json: bool) -> None:
    """Versions, threads, data, fonts, cache and disk of this installation."""
    import platform
    import shutil
    from importlib.metadata import PackageNotFoundError, version

    from cge.report.fonts import families
    from cge.solve.cache import cache_dir, state
    from sam.economy import shipped_aggregations

    facts: dict[str, Any] = {"python": platform.python_version()}
    for package in PROGRAMS[1:]:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = None
    folder = cache_dir()
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    faults = state()
    facts |= {
        "threads": os.environ.get("OMP_NUM_THREADS"), "economies": list(shipped_aggregations()),
        "fonts": families(), "cache": str(folder), "cache_faults": faults,
        "free_disk_gb": round(shutil.disk_usage(there).free / 1e9, 1),
    }  # fmt: skip
    if as_json:
        object_of(facts)
        return
    del facts["cache_faults"]
    facts["cache"] = Message("; ".join([str(folder), *faults]), "；".join([str(folder), *(f.zh for f in faults)]))
    rows = [(k if k in PROGRAMS else message(f"doctor.{k}"), _found(k, v)) for k, v in facts.items()]
    click.echo("\n".join(columns(("", ""), rows, spoken(), "l")[1:]))


PROGRAMS = (
    "python", "numpy", "scipy", "pandas", "sympy", "llvmlite", "openpyxl", "xlsxwriter", "matplotlib", "pydantic",
)  # fmt: skip
LACKING = {"threads": "doctor.no_threads"}


def _found(what: str, value: Any) -> object:
    """What is shown of a fact; of one that is not there, what to do."""
    if value is None:
        return message(LACKING.get(what, "doctor.no_package"))
    return listed(value) if isinstance(value, list) else value


@command()
@click.option("--clear", is_flag=True, help="remove them")
@JSON
def cache(clear: bool, as_json: bool) -> None:
    """Compiled kernels and built economies: where they are, how many; --clear removes them."""
    import shutil

    from cge.solve.cache import economy_dir, kernel_dir, state

    facts: dict[str, Any] = {"removed": clear}
    for there, removed, folder, names in (
        ("kernels", "kernels.removed", kernel_dir(), "*.o"),
        ("economies", "economies.removed", economy_dir(), "*/"),
    ):
        count = len(list(folder.glob(names)))
        if clear and folder.exists():
            shutil.rmtree(folder)
        facts[there] = {"count": count, "folder": folder}
        if not as_json:
            tell(message(removed if clear else there, count=count, folder=folder))
    if as_json:
        object_of(facts | {"faults": state()})
    else:
        tell(*state())


for _command in (
    doctor, cache, data.sam, baseline.baseline, baseline.backtest,
    runs.compare, runs.run_study, runs.report, runs.page, runs.brief,
    runs.attribute, runs.replicate, runs.check,
    theory.equations, theory.explain, theory.schema, tables.export, tables.symbols, models.new,
    numbers.parameters, numbers.comparators, numbers.sensitivity, numbers.verify, ensembles.ensemble,
    margins.gradient, margins.macc, reasons.diff, reasons.believe, reasons.frontier, structures.structures,
    planning.accounts, planning.changepoints, planning.pathways, planning.plan, exchange.exchange,
):  # fmt: skip
    cli.add_command(_command)
for _command in (files.sam_import, files.sam_export, files.sam_io):
    data.sam.add_command(_command)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors become one clear message and an exit code."""
    PRINTED.set(False)
    try:
        refuse_unknown(arguments)
        with warnings.catch_warnings():
            warnings.showwarning = warner(language(arguments))
            code = cli(arguments, prog_name="cge", standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last line of defence
        code = complain(error, language(arguments), as_json=for_a_program(arguments))
    sys.exit(code)

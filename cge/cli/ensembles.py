"""Commands about what numbers hang on: everything uncertain drawn together, and exact derivatives, cost curves."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cge.cli.failures import while_at
from cge.cli.options import (
    DRAWN,
    DRAWN_AS,
    JSON,
    OUT,
    QUIET,
    SECTORS,
    SETTINGS,
    STUDY,
    WORKERS,
    YEARS,
)  # fmt: skip
from cge.cli.words import command, object_of, progress, spoken, tell
from cgebase.columns import columns
from cgebase.messages import Message, listed, message
from cgebase.whole import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from cge.analysis.ensemble import Found
    from cge.study.scenario import Study


def shard_option(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """A part of how many, ``2/4``."""
    if value is None:
        return None
    which, _mark, of = value.partition("/")
    if not (which.isdigit() and of.isdigit() and 1 <= int(which) <= int(of)):
        raise click.BadParameter(message("CGE274", found=value))
    return int(which), int(of)


def over_option(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    """What is drawn, in the order of the sequence."""
    from cge.analysis.ensemble import KINDS

    asked = KINDS if value is None else tuple(x.strip() for x in value.split(","))
    unknown = [x for x in asked if x not in KINDS]
    if unknown or not asked:
        raise click.BadParameter(message("CGE275", found=listed(unknown), known=listed(KINDS)))
    return tuple(k for k in KINDS if k in asked)


@command()
@STUDY
@click.option("--draws", type=click.IntRange(2, 100_000), default=100, show_default=True, help="number of draws")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="scrambles the sequence of draws")
@click.option("--over", callback=over_option, metavar="A,B,...",
              help="what is drawn: parameters, data, baseline, closure; default: all")
@click.option("--shard", callback=shard_option, metavar="I/N",
              help="only part I of N, in a folder of its own; without it what all parts solved is gathered")
@click.option("--cluster", metavar="ADDRESS", help="solve on the workers of this Dask scheduler (extra `cluster`)")
@click.option("--surrogate", is_flag=True,
              help="fit polynomials to the draws: their error, 100,000 draws of them, Sobol indices")
@SECTORS
@YEARS
@SETTINGS
@WORKERS
@OUT
@DRAWN
@DRAWN_AS
@JSON
@QUIET
@click.option("--force", is_flag=True, help="solve a complete ensemble anew")
def ensemble(
    study: Path | None, draws: int, seed: int, over: tuple[str, ...], shard: tuple[int, int] | None,
    cluster: str | None, surrogate: bool, aggregation: str | None, years: tuple[int, ...] | None,
    settings: tuple[str, ...], workers: int, out: Path, languages: tuple[str, ...], formats: tuple[str, ...],
    as_json: bool, quiet: bool, force: bool,
) -> None:  # fmt: skip
    """Draw everything uncertain together and solve again: ranges of every loss and of what policies differ.

    Parameters over their ranges, choices of data, baseline and closure. An interrupted ensemble goes on with the same
    command, and one of more draws with those it has: solved draws are kept.
    """
    from cge.analysis.ensemble import Asked, folder_name, forget_shards, hold_shards, run_ensemble, shard_folder
    from cge.runs.place import MANIFEST, held
    from cge.study.scenario import default_study_path, load_study

    wanted = load_study(study or default_study_path(), settings)
    asked = Asked(draws, seed, over, shard, cluster)
    folder = out / folder_name(wanted, aggregation, years, asked)
    log, key = progress(quiet), asked.key(wanted, aggregation, years)
    if shard is not None:
        with held(shard_folder(folder, shard)), while_at("CGE704.solving"):
            found = run_ensemble(wanted, asked, aggregation=aggregation, years=years, folder=folder, workers=workers,
                                 log=log)  # fmt: skip
        _shard(found, shard_folder(folder, shard), as_json=as_json)
        return
    with ExitStack() as stack:
        place = stack.enter_context(held(folder))
        hold_shards(stack, folder)
        whole = f"{key}/{draws}{'/surrogate' if surrogate else ''}"
        before = place.record.question if place.record else ""
        if force and before == whole:
            forget_shards(folder)
        place.start(whole, force=force or (before != whole and before.startswith(f"{key}/")))
        with while_at("CGE704.solving"):
            found = run_ensemble(wanted, asked, aggregation=aggregation, years=years, folder=folder, workers=workers,
                                 log=log)  # fmt: skip
            write_whole(folder / MANIFEST, json.dumps(found.facts, indent=1), lasting=True)
        with while_at("CGE704.drawing"):
            table = _written(found, wanted, folder, languages, formats)
            fitted = _fitted(found, wanted, folder, languages, formats) if surrogate else None
        place.save(whole, ["ranges.csv", "draws.csv", MANIFEST], complete=True)
    if as_json:
        more = {} if fitted is None else {"surrogate": fitted.to_dict("records")}
        object_of({"table": table.to_dict("records"), "out": folder, "manifest": found.facts, **more})
        return
    _ranges(table, wanted.report.focus)
    if fitted is not None:
        tell(message("surrogate.told", good=int((fitted["good"] == "yes").sum()), count=len(fitted),
                     error=float(fitted["error"].median())))  # fmt: skip
    tell(*_unsolved(found), message("results_in", folder=folder))


def _written(
    found: Found, study: Study, folder: Path, languages: tuple[str, ...], formats: tuple[str, ...]
) -> pd.DataFrame:
    """Table, page and figure of the ranges, and the draws one by one."""
    import pandas as pd

    from cge.analysis.ensemble import differences, drawn_table, ranges, standings, values
    from cge.report.ranges import write_ranges
    from cge.report.style import labelled

    focus, facts, numbers = study.report.focus, found.facts, values(found.draws)
    table = pd.concat([ranges(numbers), differences(numbers, focus), standings(numbers, focus)], ignore_index=True)
    table = labelled(table, study.model_dump(by_alias=True))
    write_whole(folder / "draws.csv", drawn_table(found.draws, focus).to_csv(index=False), lasting=True)
    caption = {"draws": str(facts["draws"]), "solved": str(len(numbers) - 1), "seed": str(facts["seed"]),
               "year": str(facts["years"][-1]), "aggregation": facts["aggregation"],
               "parameter_set": facts["parameter_set"]}  # fmt: skip
    write_ranges(table, folder, languages=languages, focus=focus, caption=caption, formats=formats)
    return table


def _fitted(
    found: Found, study: Study, folder: Path, languages: tuple[str, ...], formats: tuple[str, ...]
) -> pd.DataFrame:
    """Surrogates with their errors, and the table and figure of Sobol indices."""
    from cge.analysis.ensemble import surrogates, values
    from cge.report.sobol import draw_sobol
    from cge.report.style import labelled

    fitted, indices = surrogates(found.space, values(found.draws), found.facts["draws"], study.report.focus)
    indices = labelled(indices, study.model_dump(by_alias=True))
    for name, table in (("surrogate", fitted), ("sobol", indices)):
        write_whole(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.5g"), lasting=True)
    caption = {"draws": str(len(values(found.draws)) - 1), "year": str(found.facts["years"][-1]),
               "aggregation": found.facts["aggregation"]}  # fmt: skip
    draw_sobol(indices, folder / "figures", languages=languages, caption=caption, formats=formats)
    return fitted


def _ranges(table: pd.DataFrame, focus: str) -> None:
    """Ranges of the loss of nation and focus province, and of what policies differ, on the screen."""
    from cge.report.ranges import MEASURE, verdict
    from cge.report.style import signed

    shown = table[(table["measure"] == MEASURE) & table["region"].isin([focus, "CN"])]
    shown = shown[shown["kind"].isin(["level", "difference"])]
    head = [message(f"ranges_head.{k}") for k in ("what", "region", "base", "median", "low", "high", "better", "told")]
    rows = []
    for row in shown.to_dict("records"):
        apart = row["kind"] == "difference"
        what = f"{row['scenario']} - {row['against']}" if apart else row["scenario"]
        told = Message(verdict(row, "en"), verdict(row, "zh")) if apart else ""
        rows.append((what, row["region"], *(signed(row[k]) for k in ("base", "median", "low", "high")),
                     f"{100 * row['share']:.0f} %" if apart else "", told))  # fmt: skip
    click.echo("\n".join(columns(head, rows, spoken(), "llrrrrrl")))


def _unsolved(found: Found) -> list[Message]:
    """How many draws have no solution, and why, by the code of the reason."""
    why = found.facts["unsolved"]
    parts = listed(message("unsolved.code", code=code, count=count) for code, count in why.items())
    said = message("unsolved.some", why=parts) if why else ""
    solved = found.facts["draws"] - sum(why.values())
    return [message("ensemble_draws", count=solved, of=found.facts["draws"], why=said)]


def _shard(found: Found, folder: Path, *, as_json: bool) -> None:
    if as_json:
        object_of({"out": folder, "manifest": found.facts})
        return
    tell(message("shard_solved", count=len(found.draws), folder=folder))

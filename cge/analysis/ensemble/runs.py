"""An ensemble run: draws side by side, here or on a cluster, each kept as soon as it is solved."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cge.analysis.ensemble.cluster import on_cluster
from cge.analysis.ensemble.solve import AS_IT_STANDS, Case, keep, kept, name_of, solve_draw
from cge.analysis.ensemble.space import KINDS, Draw, Space, space_of
from cge.analysis.sensitivity import RunSetError
from cge.runs.place import RUNS, held
from cge.runs.workers import as_they_come
from cge.study.model import model_of
from cge.study.run import manifest, question
from cge.study.scenario import Study
from cgebase.errors import ScenarioError
from cgebase.messages import Message, message
from cgebase.progress import step

Log = Callable[[Message], None]
SHARDS = "shards"
"""Folder of the parts of an ensemble that are solved apart."""
MEASURE = "gdp_change_pct"
KILO = 1.0 if sys.platform == "darwin" else 1024.0
"""Bytes in the unit that the system counts memory in."""
Timed = tuple[dict[str, Any], float, float]


@dataclass(frozen=True)
class Asked:
    """What an ensemble is asked for.

    Parameters
    ----------
    draws : int
        Number of draws.
    seed : int
        Scrambles the sequence of draws.
    over : tuple of str
        What is drawn, of :data:`KINDS`.
    shard : tuple of (int, int), optional
        Part of the draws, ``(2, 4)`` for the second of four.
    cluster : str, optional
        Address of a Dask scheduler whose workers solve the draws.
    """

    draws: int
    seed: int = 0
    over: tuple[str, ...] = KINDS
    shard: tuple[int, int] | None = None
    cluster: str | None = None

    def key(self, study: Study, aggregation: str | None, years: Sequence[int] | None) -> str:
        """Digest of all that a draw follows from, but its number."""
        return question(study, aggregation, years, "ensemble", self.seed, list(self.over))

    def part(self, draws: Sequence[Draw]) -> list[Draw]:
        """The draws of the part that is asked for."""
        which, of = self.shard or (1, 1)
        return [d for d in draws if d.number % of == which - 1]


@dataclass(frozen=True)
class Found:
    """What an ensemble found.

    Parameters
    ----------
    draws : list of dict
        Draws as they are kept, in order, the study as it stands first.
    facts : dict
        Manifest with what is drawn, how many have no solution and why, seconds and memory of those solved now.
    space : Space
        What is drawn from.
    """

    draws: list[dict[str, Any]]
    facts: dict[str, Any]
    space: Space


def folder_name(study: Study, aggregation: str | None, years: Sequence[int] | None, asked: Asked) -> str:
    """Results folder; another seed, and less than everything drawn, have their own."""
    other = [f"seed-{asked.seed}"] if asked.seed else []
    other += ["+".join(asked.over)] if asked.over != KINDS else []
    return study.folder(aggregation, years, "ensemble", *other)


def run_ensemble(
    study: Study, asked: Asked, *, aggregation: str | None = None, years: Sequence[int] | None = None, folder: Path,
    workers: int = 2, log: Log = lambda _: None,
) -> Found:  # fmt: skip
    """Solve the draws of an ensemble that are not solved yet.

    Parameters
    ----------
    folder : Path
        Results folder; draws are kept in its folder ``runs``, those of a part below ``shards``.
    workers : int
        Processes of one thread each; all share one model.

    Raises
    ------
    ScenarioError
        The study has no policy.
    RunSetError
        A worker died; solved draws are kept.
    """
    begin = time.perf_counter()
    if all(s.is_baseline for s in study.scenarios):
        raise ScenarioError(message("CGE271", study=study.id))
    aggregation = aggregation or study.base.sectors
    place = folder if asked.shard is None else shard_folder(folder, asked.shard)
    model = model_of(study, aggregation, years, log=log, out=place)
    space = space_of(study, model.parameters, asked.over, asked.seed)
    case = Case(study, model, place, asked.key(study, aggregation, years))
    wanted = [*([AS_IT_STANDS] if asked.shard is None else []), *asked.part(space.draws(asked.draws))]
    there = _kept(folder, case, wanted)
    spent = _solve_all(case, [d for d in wanted if d.number not in there], there, asked, workers, log)
    draws = [there[d.number] for d in wanted]
    if asked.shard is None and "unsolved" in draws[0]:
        said = draws[0]["unsolved"]
        raise RunSetError(message("CGE226", said=Message(said["en"], said["zh"], said["code"])))
    facts = manifest(study, model, aggregation, {}, time.perf_counter() - begin)
    return Found(draws, facts | _told(asked, space, draws) | spent, space)


def shard_folder(folder: Path, shard: tuple[int, int]) -> Path:
    """Where a part of an ensemble is kept."""
    return folder / SHARDS / f"{shard[0]}-of-{shard[1]}"


def hold_shards(stack: ExitStack, folder: Path) -> None:
    """Wait for parts that other processes write, so that what is gathered is whole.

    Raises
    ------
    OutputError
        Another process is writing there.
    """
    for part in sorted((folder / SHARDS).glob("*-of-*")):
        stack.enter_context(held(part))


def forget_shards(folder: Path) -> None:
    """Remove what parts have solved."""
    for part in (folder / SHARDS).glob("*-of-*"):
        shutil.rmtree(part / RUNS, ignore_errors=True)


def _kept(folder: Path, case: Case, wanted: Sequence[Draw]) -> dict[int, dict[str, Any]]:
    """Draws of an earlier call by number, of this place or of any part."""
    places = [case.folder, folder, *sorted((folder / SHARDS).glob("*-of-*"))]
    out = {}
    for draw in wanted:
        stored = (kept(place / RUNS / name_of(draw), case.key) for place in places)
        said = next((s for s in stored if s is not None), None)
        if said is not None:
            out[draw.number] = said
    return out


def _solve_all(
    case: Case, todo: Sequence[Draw], there: dict[int, dict[str, Any]], asked: Asked, workers: int, log: Log
) -> dict[str, float]:
    """Solve and keep the draws to do, and say what one takes: seconds on average, and most memory of a process."""
    focus, before = case.study.report.focus, len(there)
    log(step(message("ahead.draws", count=len(todo), before=message("ahead.before", count=before) if before else ""),
             ahead=len(todo)))  # fmt: skip
    spent, most = 0.0, 0.0
    for draw, (said, seconds, memory) in _spread(case, todo, asked, workers):
        there[draw.number] = said
        spent, most = spent + seconds, max(most, memory)
        log(step(_line(said, focus, seconds)))
    return {"seconds_per_draw": round(spent / max(len(todo), 1), 2), "solved_now": len(todo), "memory_mb": round(most)}


def _line(said: dict[str, Any], focus: str, seconds: float) -> Message:
    if "unsolved" in said:
        return message("draw_unsolved", number=said["draw"], code=said["unsolved"]["code"])
    by_policy = ", ".join(f"{s} {of[MEASURE][focus]:+.2f}" for s, of in said["found"].items())
    told = {"region": focus, "changes": by_policy, "seconds": seconds}
    if said["draw"] == AS_IT_STANDS.number:
        return message("draw_solved.base", **told)
    return message("draw_solved", number=said["draw"], **told)


def _spread(case: Case, todo: Sequence[Draw], asked: Asked, workers: int) -> Iterator[tuple[Draw, Timed]]:
    if asked.cluster is not None:
        for k, timed in on_cluster(asked.cluster, _timed, case, todo):
            keep(case.file(todo[k]), timed[0])
            yield todo[k], timed
        return
    try:
        for k, timed in as_they_come([partial(_solved, case, d) for d in todo], workers):
            yield todo[k], timed
    except BrokenProcessPool as error:
        raise RunSetError(message("CGE228", folder=case.folder)) from error


def _solved(case: Case, draw: Draw) -> Timed:
    timed = _timed(case, draw)
    keep(case.file(draw), timed[0])
    return timed


def _timed(case: Case, draw: Draw) -> Timed:
    """A draw with its processor seconds and the memory that its process has had at most, MB."""
    begin = time.process_time()
    said = solve_draw(case, draw)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILO / 1e6
    return said, time.process_time() - begin, memory


def _told(asked: Asked, space: Space, draws: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What was drawn, and how many draws have no solution, by the code of the reason."""
    why: dict[str, int] = {}
    for said in draws:
        if "unsolved" in said:
            code = said["unsolved"]["code"]
            why[code] = why.get(code, 0) + 1
    return {"draws": asked.draws, "seed": asked.seed, "over": list(asked.over), "drawn": space.names,
            "unsolved": why}  # fmt: skip

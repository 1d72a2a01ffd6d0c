"""Solved periods kept on disk, so that an interrupted run goes on where it stopped and any cell can be explained."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cge.runs.place import MANIFEST, STATE, Place
from cge.solve.system import Solution, System
from cge.theory.closures import CLOSURES
from cgebase.arrays import Array
from cgebase.digest import digest
from cgebase.errors import ScenarioError
from cgebase.messages import listed, message
from cgebase.program import program_digest
from cgebase.whole import whole

BASELINE, SCENARIOS = "baseline", "scenarios"
"""Where periods stand in the state: of the baseline, and of each policy by its id."""
OWN = "_own_"
"""Prefix of a period's own parameters in its file."""
FACTS = ("iterations", "max_residual", "factorisations")


class Checkpoint:
    """Periods of the runs of a study; a period is used again only for exactly the same problem.

    Parameters
    ----------
    folder : Path or None
        Results folder of the study; ``None`` keeps nothing.
    system : System
        Its compiled equations are part of what makes a problem the same.
    """

    def __init__(self, folder: Path | None, system: System) -> None:
        self.folder = folder
        self.kernels = system.kernels.names

    def key(self, parameters: Mapping[str, Array], active: Sequence[str]) -> str:
        """Digest of a period's problem: program, equations, closure and every parameter, bit for bit."""
        return digest(program_digest(), self.kernels, list(active), parameters)

    def load(self, run: str | None, year: int, key: str) -> Solution | None:
        """A period solved before, or None; ``run`` is the id of a policy, None the baseline."""
        if self.folder is None:
            return None
        try:
            with np.load(_path(self.folder, run, year)) as stored:
                if str(stored["_key"]) != key:
                    return None
                values = {n: stored[n] for n in stored.files if not n.startswith("_")}
                iterations, residual, made = stored["_facts"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return Solution(values, int(iterations), float(residual), None, int(made))

    def save(self, run: str | None, year: int, key: str, solution: Solution, own: Mapping[str, Array]) -> None:
        """Keep a solved period and the parameters that are its ``own``; the file appears whole or not at all."""
        if self.folder is None:
            return
        path = _path(self.folder, run, year)
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = np.array([float(getattr(solution, f)) for f in FACTS])
        given = {f"{OWN}{n}": v for n, v in own.items()}
        with whole(path, lasting=True) as part, part.open("wb") as file:
            np.savez(file, _key=np.array(key), _facts=facts, **given, **solution.values)  # type: ignore[arg-type]

    def finish(self, runs: Collection[str], years: Collection[int]) -> None:
        """The run is whole: periods of other scenarios and years, kept by earlier ones, go."""
        if self.folder is None:
            return
        root = self.folder / STATE
        for folder in (root / SCENARIOS).glob("*"):
            if folder.name not in runs:
                shutil.rmtree(folder, ignore_errors=True)
        for path in root.rglob("*.npz"):
            if int(path.stem) not in years:
                path.unlink(missing_ok=True)


def _path(folder: Path, run: str | None, year: int) -> Path:
    place = folder / STATE / BASELINE if run is None else folder / STATE / SCENARIOS / run
    return place / f"{year}.npz"


def saved_period(folder: Path, run: str, year: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Values and own parameters of a period of a finished run.

    Parameters
    ----------
    run : str
        Id of a scenario, with or without policy.

    Raises
    ------
    ScenarioError
        No such run or year there; names those there are.
    """
    root = folder / STATE
    baselines = manifest_of(folder)["baselines"]
    without = run in baselines or (run == BASELINE and not (root / SCENARIOS / run).is_dir())
    path = _path(folder, None if without else run, year)
    if not path.exists():
        names = baselines or [BASELINE]
        there = [f"{name} {p.stem}" for name in names for p in sorted((root / BASELINE).glob("*.npz"))]
        there += [f"{p.parent.name} {p.stem}" for p in sorted((root / SCENARIOS).glob("*/*.npz"))]
        held = listed(there) if there else message("nothing")
        raise ScenarioError(message("CGE264", folder=folder, run=run, year=year, held=held))
    with np.load(path) as stored:
        values = {n: stored[n] for n in stored.files if not n.startswith("_")}
        own = {n.removeprefix(OWN): stored[n] for n in stored.files if n.startswith(OWN)}
    return values, own


def sectors_of(folder: Path) -> str:
    """Aggregation of a finished run.

    Raises
    ------
    ScenarioError
        No run has finished there.
    """
    return str(manifest_of(folder)["aggregation"])


def changed_parameters(folder: Path) -> dict[tuple[str, str], float]:
    """Values of parameters that a finished run set, by parameter and item; from any of its manifests.

    Raises
    ------
    ScenarioError
        No run has finished there.
    """
    named = manifest_of(folder)["changed_parameters"]
    return {(name.partition("[")[0], name.partition("[")[2].removesuffix("]")): v for name, v in named.items()}


def equations_of(folder: Path, run: str) -> tuple[str, ...]:
    """Equations that were active in a finished run that :func:`saved_period` finds, the baseline of any study too."""
    path = folder / SCENARIOS / run / MANIFEST
    if not path.exists():
        return CLOSURES["baseline"]
    return tuple(json.loads(path.read_text(encoding="utf-8"))["equations"])


def manifest_of(folder: Path) -> dict[str, Any]:
    """Any manifest of a finished run.

    Raises
    ------
    ScenarioError
        No run has finished there.
    """
    record = Place(folder).record
    first = next((name for name in record.files if name.endswith(MANIFEST)), None) if record else None
    if first is None:
        raise ScenarioError(message("CGE265", folder=folder))
    return dict(json.loads((folder / first).read_text(encoding="utf-8")))

"""Solved periods kept on disk, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cge.solve.system import Solution, System
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import listed, message

UNFINISHED, FINISHED = ".unfinished", "state"
OWN = "_own_"
"""Prefix of a period's own parameters in its file."""
FACTS = ("iterations", "max_residual", "factorisations")


class Checkpoint:
    """Periods of one run of a study; a period is used again only for exactly the same problem.

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
        """Digest of a period's problem: equations, closure and every parameter, bit for bit."""
        digest = hashlib.sha256("|".join([*self.kernels, *active]).encode())
        for name in sorted(parameters):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(parameters[name], dtype=float).tobytes())
        return digest.hexdigest()

    def load(self, run: str, year: int, key: str) -> Solution | None:
        """A period solved before, or None."""
        if self.folder is None:
            return None
        path = self._path(run, year)
        try:
            with np.load(path) as stored:
                if str(stored["_key"]) != key:
                    return None
                values = {n: stored[n] for n in stored.files if not n.startswith("_")}
                iterations, residual, made = stored["_facts"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return Solution(values, int(iterations), float(residual), None, int(made))

    def save(self, run: str, year: int, key: str, solution: Solution, own: Mapping[str, Array]) -> None:
        """Keep a solved period and the parameters that are its ``own``; the file appears whole or not at all."""
        if self.folder is None:
            return
        path = self._path(run, year)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        facts = np.array([float(getattr(solution, f)) for f in FACTS])
        try:
            with part.open("wb") as file:
                given = {f"{OWN}{n}": v for n, v in own.items()}
                np.savez(file, _key=np.array(key), _facts=facts, **given, **solution.values)  # type: ignore[arg-type]
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def finish(self) -> None:
        """The run is whole: its periods become the state that `cge explain` reads."""
        if self.folder is None:
            return
        source, target = self.folder / UNFINISHED, self.folder / FINISHED
        if source.exists():
            shutil.rmtree(target, ignore_errors=True)
            source.replace(target)

    def _path(self, run: str, year: int) -> Path:
        assert self.folder is not None
        return self.folder / UNFINISHED / run / f"{year}.npz"


def saved_period(folder: Path, run: str, year: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Values and own parameters of a period of a finished run.

    Raises
    ------
    ScenarioError
        No such run or year there; names those there are.
    """
    root = folder / FINISHED
    path = root / run / f"{year}.npz"
    if not path.exists():
        there = sorted({p.parent.name: None for p in root.glob("*/*.npz")})
        years = sorted({p.stem for p in root.glob(f"{run}/*.npz")})
        held = listed(years or there) if there else message("nothing")
        raise ScenarioError(message("CGE264", folder=folder, run=run, year=year, held=held))
    with np.load(path) as stored:
        values = {n: stored[n] for n in stored.files if not n.startswith("_")}
        own = {n.removeprefix(OWN): stored[n] for n in stored.files if n.startswith(OWN)}
    return values, own


def sectors_of(folder: Path) -> str:
    """Aggregation of a finished run, from any of its manifests.

    Raises
    ------
    ScenarioError
        No run has finished there.
    """
    return str(_manifest(folder)["aggregation"])


def changed_parameters(folder: Path) -> dict[tuple[str, str], float]:
    """Values of parameters that a finished run set, by parameter and item; from any of its manifests.

    Raises
    ------
    ScenarioError
        No run has finished there.
    """
    named = _manifest(folder)["changed_parameters"]
    return {(name.partition("[")[0], name.partition("[")[2].removesuffix("]")): v for name, v in named.items()}


def _manifest(folder: Path) -> dict[str, Any]:
    manifest = next(iter(sorted(folder.glob("*/manifest.json"))), None)
    if manifest is None:
        raise ScenarioError(message("CGE265", folder=folder))
    return dict(json.loads(manifest.read_text(encoding="utf-8")))

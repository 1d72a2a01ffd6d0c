"""One draw solved: the model with everything moved at once, its baseline and every policy of the study."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cge.analysis.ensemble.space import Draw
from cge.analysis.sensitivity.vary import MEASURES, measures
from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import ParameterSet
from cge.calibrate.parameters.changes import changed
from cge.runs.baseline_paths import build_paths
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.place import RUNS
from cge.study.economy import economy_for
from cge.study.model import Model, policy_of, solver_checks
from cge.study.scenario import Scenario, Study
from cgebase.errors import (
    CalibrationError,
    CGEError,
    ConvergenceError,
    IdentityError,
    IndexNumberError,
    InfeasibleCapError,
)
from cgebase.messages import Message, both
from cgebase.whole import write_whole
from sam.economy import Economy

DIGITS = 10
"""Digits of a number that is kept; what is beyond hangs on the way to a solution."""
AS_IT_STANDS = Draw(-1)
"""The study without anything moved."""
UNSOLVED = (ConvergenceError, IdentityError, CalibrationError, InfeasibleCapError, IndexNumberError)
"""Faults of a draw: the model has no solution there, or one that is not given out. Others are faults of the program."""


@dataclass(frozen=True)
class Case:
    """What is drawn from, and where draws are kept.

    Parameters
    ----------
    study : Study
    model : Model
        Of the study as it stands.
    folder : Path
        Draws are kept in its folder ``runs``, one file each.
    key : str
        Digest of all that a draw follows from, but its number.
    """

    study: Study
    model: Model
    folder: Path
    key: str

    @property
    def policies(self) -> list[Scenario]:
        """Scenarios that act."""
        return [s for s in self.study.scenarios if not s.is_baseline]

    def file(self, draw: Draw) -> Path:
        """Where a draw is kept."""
        return self.folder / RUNS / name_of(draw)


def name_of(draw: Draw) -> str:
    """File of a draw."""
    return "base.json" if draw == AS_IT_STANDS else f"draw-{draw.number:06d}.json"


def kept(path: Path, key: str) -> dict[str, Any] | None:
    """A draw solved before, or found to have no solution; None where there is none of this key."""
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored if stored.get("key") == key else None


def solve_draw(case: Case, draw: Draw) -> dict[str, Any]:
    """What was drawn and found, or why there is no solution; the same whoever solves it."""
    said: dict[str, Any] = {"key": case.key, **draw.facts}
    try:
        with np.errstate(all="ignore"):
            said |= {"found": found(case, drawn(case, draw), draw.closure)}
    except UNSOLVED as error:
        said |= {"unsolved": unsolved(error)}
    return said


def keep(path: Path, said: Mapping[str, Any]) -> None:
    """Keep a draw: the file is there whole or not at all."""
    write_whole(path, json.dumps(said, indent=1, ensure_ascii=False), lasting=True)


def unsolved(error: CGEError) -> dict[str, str]:
    """Why a draw has no solution, plain JSON."""
    words: Message = both(error)
    return {"code": words.code, "en": str(words), "zh": words.zh}


def drawn(case: Case, draw: Draw) -> Model:
    """The model of a draw with its baseline solved."""
    model, study = case.model, case.study
    if draw == AS_IT_STANDS:
        return model
    parameters = replace(changed(model.parameters, draw.parameters, beyond=True), name=f"draw {draw.number}")
    benchmark = calibrate(_economy(model, draw, parameters), parameters)
    chosen = study.baseline.but(draw.baseline).chosen
    paths = build_paths(benchmark, parameters, model.paths.years, **chosen)
    system = model.system.apart()
    solved = run_baseline(system, benchmark, paths, log=lambda _: None)
    return replace(
        model, system=system, benchmark=benchmark, parameters=parameters, paths=paths, baseline=solved, kept=None
    )


def _economy(model: Model, draw: Draw, parameters: ParameterSet) -> Economy:
    if not draw.data:
        return model.benchmark.economy
    choices = replace(model.benchmark.economy.sam.choices, **draw.data)
    return economy_for(parameters.aggregation, None, choices)


def found(case: Case, model: Model, closure: Mapping[str, Any]) -> dict[str, Any]:
    """What is measured of every policy in the last year, by province and nation.

    Parameters
    ----------
    closure : mapping of axis to option
        Instead of those of each scenario.
    """
    out: dict[str, Any] = {}
    for scenario in case.policies:
        asked = scenario.model_copy(update={"closure": scenario.closure.model_copy(update=dict(closure))})
        run = run_policy(
            model.system, model.benchmark, model.paths, model.baseline, policy_of(model, asked), name=asked.id,
            log=lambda _: None,
        )  # fmt: skip
        solver_checks(model, run, asked.id)
        measured = measures(model, run, asked.id)
        out[asked.id] = {k: _rounded(measured[k]) for k in MEASURES}
    return out


def _rounded(by_region: Mapping[str, float]) -> dict[str, float]:
    return {r: float(f"{v:.{DIGITS}g}") for r, v in by_region.items()}

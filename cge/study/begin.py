"""A first study of an economy of another country: written beside it, its base year solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cge.runs.dynamics import run_benchmark
from cge.solve.system import System
from cge.study.posed import pose_study
from cge.study.scenario import load_study
from cge.theory.chapters import THEORY
from cgebase.errors import SAMError
from cgebase.messages import message
from sam.begin import Begun, Guess, Money, of_matrix, of_world, write
from sam.formats import read_sam
from sam.own import is_code

SPAN, STEPS = 30, 3
"""Years that an economy reaches beyond its base year, and steps of its first study."""
ENDINGS = {".har": "har", ".gdx": "gdx", ".csv": "square", ".xlsx": "square", ".xls": "square"}
STUDY = """\
schema = 1
id = "{code}"
title = {{ en = "A first cap", zh = "第一个排放上限" }}

[base]
sam = "."

[time]
years = [{years}]

[[scenario]]
id = "baseline"
label = {{ en = "Baseline", zh = "基准情景" }}
{policy}"""
CAP = """
[[scenario]]
id = "uniform"
label = { en = "Four fifths of today's emissions", zh = "今日排放的五分之四" }
cap = { final_share = 0.8 }
"""


@dataclass(frozen=True)
class Made:
    """A folder that was begun.

    Parameters
    ----------
    study : Path
        Its first study.
    guesses : sequence of Guess
    regions, sectors : int
    residual : float
        Largest scaled residual of the base year, before any iteration.
    """

    study: Path
    guesses: Sequence[Guess]
    regions: int
    sectors: int
    residual: float


def begin(
    folder: Path, table: Path, *, kind: str | None, regions: str | None, emissions: str | None, unit: str | None,
    year: int | None, cny: float | None, cny_source: str, last_year: int | None, growth: float,
    countries: str | None = None,
) -> Made:  # fmt: skip
    """Write an economy folder from a table of another country and solve its base year.

    Raises
    ------
    SAMError
        The folder holds something, the table cannot be read or cannot be an economy; all faults.
    CalibrationError, ConvergenceError
        The model cannot stand on it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SAMError(message("SAM227", folder=folder))
    kind = kind or ENDINGS.get(table.suffix.lower(), "pymrio")
    if kind == "pymrio":
        asked = [r.strip() for r in (regions or "").split(",") if r.strip()]
        begun = of_world(table, table=None, year=year, regions=asked, countries=countries,
                         emissions=emissions, unit=unit)  # fmt: skip
    else:
        tonnes = None if emissions is None else pd.read_csv(emissions, keep_default_na=False)
        begun = of_matrix(read_sam(table, kind, unit=unit, year=year), tonnes)
    if cny is None and begun.sam.currency != "CNY":
        raise SAMError(message("SAM228", currency=begun.sam.currency))
    last = last_year or begun.sam.year + SPAN
    code = folder.name if is_code(folder.name) else "own"
    study = write(begun, folder, code=code, money=Money(cny or 1.0, cny_source), last_year=last,
                  growth={"gdp": growth} if growth else {}, study=_first(begun, code, last))  # fmt: skip
    posed = pose_study(load_study(study))
    solution = run_benchmark(System(THEORY, posed.benchmark.sets), posed.benchmark)
    return Made(study, begun.guesses, len(begun.regions), len(begun.sectors), solution.max_residual)


def _first(begun: Begun, code: str, last: int) -> str:
    """A baseline, and a cap where emissions of every region are known."""
    first = begun.sam.year
    years = sorted({first, *(first + round((last - first) * k / STEPS) for k in range(1, STEPS + 1))})
    capped = set(begun.regions) <= set(begun.emissions["region"])
    return STUDY.format(code=code, years=", ".join(map(str, years)), policy=CAP if capped else "")

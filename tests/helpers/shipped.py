"""Paths of the shipped baseline with some choices of it changed, and instruments of its eight regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.parameters import ParameterSet
from cge.policies.table import REGIONS
from cge.runs.baseline_paths import build_paths
from cge.runs.periods import Paths
from cge.study.baseline import Baseline
from sam.regions import members


def shipped_paths(benchmark: Benchmark, parameters: ParameterSet, years: Sequence[int], **choices: Any) -> Paths:
    """As a study without a table ``[baseline]`` has them, or with one of these choices."""
    return build_paths(benchmark, parameters, years, **Baseline(**choices).chosen)


Made = TypeVar("Made")


def of_regions(kind: Callable[..., Made], **keys: Any) -> Made:
    """A table of a study whose economy is that of eight regions."""
    known = REGIONS.set(frozenset(members("region8", None)))
    try:
        return kind(**keys)
    finally:
        REGIONS.reset(known)

"""Paths of the shipped baseline, with some choices of it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.parameters import ParameterSet
from cge.runs.baseline_paths import build_paths
from cge.runs.periods import Paths
from cge.study.baseline import Baseline


def shipped_paths(benchmark: Benchmark, parameters: ParameterSet, years: Sequence[int], **choices: Any) -> Paths:
    """As a study without a table ``[baseline]`` has them, or with one of these choices."""
    return build_paths(benchmark, parameters, years, **Baseline(**choices).chosen)

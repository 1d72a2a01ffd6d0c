"""Timings of what a command does beside solving: `pytest tests/benchmarks --benchmark-only`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reporting import CAPTION, comparison
from xlsxwriter.worksheet import Worksheet

from cge.report.book import PLAIN, LongSheet, open_book
from cge.report.figures import FIGURES, FORMATS, draw_all
from cge.runs.workers import as_they_come
from cge.study.model import Model, prepare
from cge.study.posed import pose


def test_pose(benchmark: Any) -> None:
    assert benchmark.pedantic(pose, ("cn30", (2021, 2030)), rounds=3).benchmark.sets["r"]


def test_figures_of_a_comparison(benchmark: Any, tmp_path: Path) -> None:
    draw = partial(draw_all, comparison(), tmp_path, languages=("en",), caption=CAPTION)
    assert len(benchmark.pedantic(draw, rounds=2)) == len(FIGURES) * (1 + len(FORMATS))


@pytest.mark.parametrize("kind", [Worksheet, LongSheet])
def test_sheet_of_100_000_rows(benchmark: Any, tmp_path: Path, kind: type[Worksheet]) -> None:
    codes = [f"code {k % 600}" for k in range(100_000)]
    table = pd.DataFrame({"scenario": codes, "region": codes, "value": np.linspace(0, 1, len(codes))})

    def write() -> None:
        with open_book(tmp_path / "book.xlsx", table, ("en",)) as book:
            book.table(book.sheet("Data", kind), table, {}, {"value": book.forms[PLAIN]}, name="tidy_results")

    benchmark.pedantic(write, rounds=2)


@pytest.fixture(scope="module")
def held() -> Model:
    return prepare("cn12", (2021, 2030), log=lambda _: None)


def _years(model: Model) -> int:
    return len(model.baseline)


@pytest.mark.parametrize("forked", [True, False])
def test_model_shared_with_two_processes(
    benchmark: Any, held: Model, forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cge.runs.workers._one_thread", lambda: forked)
    calls = [partial(_years, held)] * 2
    assert benchmark.pedantic(lambda: dict(as_they_come(calls, 2)), rounds=2) == {0: 2, 1: 2}

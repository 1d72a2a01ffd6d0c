"""Results come back as they went out, and nothing half-written stays."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from reporting import comparison, manifest

from cge.study.results import Results, ResultsError, holds_run


def test_round_trip_is_exact(tmp_path: Path) -> None:
    data = comparison()
    back = Results.load(Results(data, manifest()).save(tmp_path / "a" / "b"))
    pd.testing.assert_frame_equal(back.data, data, check_exact=True)
    assert back.manifest == manifest()


def test_same_results_same_bytes(tmp_path: Path) -> None:
    one = Results(comparison(), manifest()).save(tmp_path / "one")
    two = Results(comparison(), manifest()).save(tmp_path / "two")
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}
    assert {p.name for p in one.iterdir()} == {"results.csv.gz", "manifest.json"}


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Results(comparison(), {}).manifest = {}  # type: ignore[misc]


def test_failed_save_leaves_the_old_files(tmp_path: Path) -> None:
    Results(comparison(), manifest()).save(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(ValueError):
        Results(comparison(), {"gap": float("nan")}).save(tmp_path)
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"results\.csv\.gz"):
        Results.load(tmp_path)


def test_broken_table_is_reported(tmp_path: Path) -> None:
    Results(comparison(), manifest()).save(tmp_path)
    (tmp_path / "results.csv.gz").write_bytes(b"not gzip")
    with pytest.raises(ResultsError, match="run the study again"):
        Results.load(tmp_path)


def test_missing_columns_and_doubles_are_refused() -> None:
    data = comparison()
    with pytest.raises(ResultsError, match="unit"):
        Results(data.drop(columns="unit"), {})
    with pytest.raises(ResultsError, match="twice"):
        Results(pd.concat([data, data.head(3)]), {})


def test_a_summary_alone_is_no_run(tmp_path: Path) -> None:
    """Committed summaries have no manifest, so that the first command of a fresh clone may make them again."""
    (tmp_path / "summary.csv").write_text("numbers of the project")
    assert not holds_run(tmp_path)
    (tmp_path / "uniform").mkdir()
    (tmp_path / "uniform" / "manifest.json").write_text("{}")
    assert holds_run(tmp_path)
    (tmp_path / "summary.csv").unlink()
    assert not holds_run(tmp_path)

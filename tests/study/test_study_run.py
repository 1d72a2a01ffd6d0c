"""A study run whole: spread over processes or not, its results are the same to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cge.study import posed
from cge.study import run as study_run
from cge.study.results import Results
from cge.study.scenario import Study, load_study
from cge.theory.chapters import THEORY

STUDY = Path(__file__).resolve().parents[2] / "experiments" / "instruments" / "scenarios.toml"
NAMES = ("baseline", "tax", "owners")
YEARS = (2021, 2025)


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(STUDY, ("base.regions=region8",)).only(NAMES)


def _run(study: Study, out: Path, workers: int) -> tuple[dict[str, bytes], list[str]]:
    """Bytes of the summary and of the results of every scenario, and what was told."""
    said: list[str] = []
    study_run.run(study, aggregation="cn12", years=YEARS, folder=out, progress=said.append, workers=workers)
    files = [out / "summary.csv", *out.glob("scenarios/*/results.csv.gz")]
    return {str(p.relative_to(out)): p.read_bytes() for p in files}, said


def _counts_of_closures(saved: Results) -> None:
    """The manifest says of every scenario how many equations it has in how many unknowns, and what is given."""
    closures = saved.manifest["closures"]
    assert list(closures) == list(saved.equations) == list(NAMES)
    for name, active in saved.equations.items():
        paired = {THEORY.equations[n].variable for n in active}
        defined = {s.variable for s in THEORY.definitions.values()}
        kept = {n for n, f in THEORY.families.items() if f.given} - paired - defined
        assert set(closures[name]["given"]) == kept
        assert closures[name]["equations"] == closures[name]["unknowns"] > 5_000
    assert "PCO2" in closures["baseline"]["given"] and "PCO2" not in closures["tax"]["given"]


@pytest.mark.slow
def test_processes_change_nothing(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, said = _run(study, tmp_path / "alone", 1)
    assert any(line.startswith("owners 2025") for line in said)
    _counts_of_closures(Results.load(tmp_path / "alone"))
    made, usual = tmp_path / "made", posed.calibrate

    def counted(*given: Any) -> Any:
        with made.open("a") as file:
            file.write("a model\n")
        return usual(*given)

    monkeypatch.setattr(posed, "calibrate", counted)
    for forked in (True, False):
        monkeypatch.setattr("cge.runs.workers._one_thread", lambda forked=forked: forked)
        spread, said = _run(study, tmp_path / f"{forked}", 2)
        assert spread == alone
    assert made.read_text().count("a model") == 2, "one model for each run, not for each process"
    assert {"tax: solved", "owners: solved"} <= set(said) and not any(line.startswith("owners 2025") for line in said)

    def dies(calls: Any, workers: int, **_: Any) -> Any:
        raise study_run.BrokenProcessPool

    monkeypatch.setattr(study_run, "as_they_come", dies)
    rest, said = _run(study, tmp_path / "rest", 2)
    assert rest == alone and "a process died; the rest is solved here" in said

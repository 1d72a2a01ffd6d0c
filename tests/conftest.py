"""Shared fixtures: one thread per process, one compiled system per session, the short flagship."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from collections.abc import Callable
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from cge.study.model import Model

YEARS = (2021, 2030, 2060)
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever pays for the model, or measures time, is slow; other tests carry the marker themselves."""
    for item in items:
        if {"model", "provinces", "benchmark"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def model() -> Model:
    """Eight regions of cn12 with their baseline in three years: a quarter of the price of the provinces."""
    return _model("region8")


@pytest.fixture(scope="session")
def provinces() -> Model:
    """The same of 31 provinces, for what hangs on them."""
    return _model("")


def _model(regions: str) -> Model:
    """Libraries are loaded where they are used, not by who hands out tests."""
    from dataclasses import replace

    from cge.study.model import prepare
    from cge.study.posed import USUAL_DATA

    base = USUAL_DATA.model_copy(update={"regions": regions})
    return replace(prepare("cn12", YEARS, base=base, log=lambda _: None), kept=None)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Run a command the way the shell does, in this process; its exit code, stdout and stderr."""
    from cge import cli as commands

    monkeypatch.setattr("cge.cli.runs.PROCESSES", 1)

    def run(*words: object, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("CGE_LANG", language)
        with pytest.raises(SystemExit) as caught:
            commands.run([str(w) for w in words])
        said = capsys.readouterr()
        return int(caught.value.code or 0), said.out, said.err

    return run

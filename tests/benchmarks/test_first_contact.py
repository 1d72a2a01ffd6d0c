"""From an empty cache to a first answer, in a new program: `pytest tests/benchmarks/test_first_contact.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTBOOK = """
import resource, sys
sys.path.insert(0, "tests/solve")
import numpy as np
import test_hosoe as book
theory = book._theory()
if len(sys.argv) > 1:
    t, i, r = theory, *theory.equations["export_price"].over
    pe, w, eps = t.families["pe"], t.families["w"], t.families["eps"]
    del theory.equations["export_price"]
    t.equation("export_price", (i, r), pe[i, r] / eps[r] - w[i, r], pairs=pe)
    book._theory = lambda: theory
case = book._solve(("stdcge_sam",), {"pwm": np.ones((2, 1)), "partner": np.zeros((1, 1)), "floats": np.ones(1)},
                   ("world_market",))
print(float(case.no_tariff.values["uu"][0]))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""
PUBLISHED = 26.092634381288686
MOST = 2.0
"""Processor seconds to the first answer, start of Python and imports included."""


def _ask(cache: Path, *words: str) -> float:
    """Ask for the welfare of a two-sector textbook model without tariffs; processor seconds it took."""
    env = os.environ | {"CGE_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-", *words]
    done = subprocess.run(command, input=TEXTBOOK, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    answer, seconds = map(float, done.stdout.split())
    assert answer == pytest.approx(PUBLISHED, rel=1e-8)
    return seconds


def test_first_answer_of_a_textbook_model(benchmark, tmp_path):
    rooms, seconds = count(), []
    benchmark.pedantic(lambda: seconds.append(_ask(tmp_path / str(next(rooms)))), rounds=3)
    assert min(seconds) < MOST


def test_answer_after_one_equation_was_edited(benchmark, tmp_path):
    _ask(tmp_path)
    before = set((tmp_path / "kernels").iterdir())
    benchmark.pedantic(_ask, (tmp_path, "edited"), rounds=1)
    assert len(set((tmp_path / "kernels").iterdir()) - before) == 1, "the others are those of before"


def test_every_kernel_of_the_provincial_theory(benchmark, tmp_path, monkeypatch):
    from cge.solve.kernels import Kernels
    from cge.theory.chapters import THEORY

    monkeypatch.setenv("CGE_CACHE", str(tmp_path))
    statements = list(THEORY.statements.values())
    made = Kernels(THEORY, statements)
    benchmark.pedantic(made.prepare, (statements,), rounds=1)
    assert len(list((tmp_path / "kernels").iterdir())) == len(made.names)

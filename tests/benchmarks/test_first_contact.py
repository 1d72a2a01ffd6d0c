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
import sys
import cge.gallery.stdcge.model as book
if len(sys.argv) > 1:
    theory = book.theory()
    (i,) = theory.equations["home_market"].over
    edited = theory.equations.pop("home_market").expr / theory.families["z"][i]
    theory.equation("home_market", (i,), edited, pairs=theory.families["pd"])
    book.theory = lambda: theory
print(float(book.solve()[1]["no tariff"].values["uu"]))
"""
PUBLISHED = 26.092634381288686


def _ask(cache: Path, *words: str) -> None:
    """Ask for the welfare of a two-sector textbook model without tariffs."""
    env = os.environ | {"CGE_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-", *words]
    done = subprocess.run(command, input=TEXTBOOK, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(PUBLISHED, rel=1e-8)


def test_first_answer_of_a_textbook_model(benchmark, tmp_path):
    rooms = count()
    benchmark.pedantic(lambda: _ask(tmp_path / str(next(rooms))), rounds=3)


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

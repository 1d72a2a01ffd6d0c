"""A notebook that imports the reports keeps its own matplotlib."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import importlib, pkgutil, matplotlib
matplotlib.use("svg")
before = dict(matplotlib.rcParams)
import cge.report
for module in pkgutil.iter_modules(cge.report.__path__):
    importlib.import_module(f"cge.report.{module.name}")
assert matplotlib.get_backend() == "svg", matplotlib.get_backend()
assert dict(matplotlib.rcParams) == before
assert "matplotlib.pyplot" not in __import__("sys").modules
"""


@pytest.mark.slow
def test_importing_the_reports_leaves_backend_and_settings() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)

"""What `import cge` costs and offers, and that no module changes the program that imports it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from architecture import MODULES

import cge

HOST = """
import importlib, json, logging, os, signal, sys, time, warnings
import matplotlib as mpl, numpy as np, pandas as pd, xarray as xr
import click, openpyxl, pydantic, scipy.optimize, scipy.sparse.linalg, sympy, xlsxwriter  # own filters of theirs

def host():
    return {"environment": dict(os.environ), "path": list(sys.path), "folder": os.getcwd(),
            "warnings": [str(f) for f in warnings.filters], "numpy": str(np.geterr()) + str(np.get_printoptions()),
            "matplotlib": {k: str(v) for k, v in dict.items(mpl.rcParams)},
            "pyplot": "matplotlib.pyplot" in sys.modules,
            "pandas": str(pd.options.display.max_rows), "xarray": {k: str(v) for k, v in xr.get_options().items()},
            "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM)],
            "logging": [str(h) for h in logging.getLogger().handlers], "recursion": sys.getrecursionlimit()}

begin = host()
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps({k: [str(begin[k])[:300], str(v)[:300]] for k, v in host().items() if begin[k] != v}))
"""
HEAVY = ("numpy", "sympy", "pandas", "pydantic", "numba")
LOOK = f"import sys, cge; {{}}; print([m for m in {HEAVY} if m in sys.modules])"
BROUGHT = '''
from cge.policies import Instrument

class Packaging(Instrument, table="packaging"):
    """A tax on packaging."""

    rate: float = 0.0

    def given(self, facts):
        return {}
'''
USED = """
import pickle, cge
print("packaging" in cge.__all__, "packaging" in dir(cge))
made = cge.packaging(rate=2.0)
print(type(made).__name__, cge.packaging.__doc__.splitlines()[0])
print(made == type(made)(rate=2.0) and pickle.loads(pickle.dumps(cge.packaging)) is cge.packaging)
from cge import *
packaging
"""


def said(*words: str) -> str:
    return subprocess.run([sys.executable, "-c", *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("look", ["cge.CGEError", "from cge import theory", "getattr(cge, '__wrapped__', None)"])
def test_importing_loads_nothing_heavy(look: str) -> None:
    """Nor does a name that is there without instruments: an error, a room, what tools look for in any module."""
    assert said(LOOK.format(look)).strip() == "[]"


@pytest.mark.parametrize("name", cge.__all__)
def test_every_offered_name_is_there_and_says_what_it_is(name: str) -> None:
    assert (getattr(cge, name).__doc__ or "").strip()
    assert name in dir(cge)


@pytest.mark.slow
def test_an_instrument_of_another_package_is_offered_under_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "abroad.py").write_text(BROUGHT)
    (tmp_path / "abroad-1.dist-info").mkdir()
    (tmp_path / "abroad-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: abroad\nVersion: 1\n")
    (tmp_path / "abroad-1.dist-info" / "entry_points.txt").write_text("[cge.instruments]\nx = abroad:Packaging\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    assert said(USED).split("\n")[:3] == ["True True", "Packaging A tax on packaging.", "True"]
    assert "packaging" not in dir(cge)


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'caps'"):
        cge.caps  # noqa: B018


@pytest.mark.slow
def test_no_module_changes_the_program_that_imports_it() -> None:
    assert json.loads(said(HOST, json.dumps(list(MODULES)))) == {}

"""What `import cge` costs and offers, and that no module changes the program that imports it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from architecture import MODULES

import cge
from cge.policies import instruments

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
HEAVY = "import sys, cge; dir(cge); print([m for m in ('numpy', 'sympy', 'pandas', 'numba') if m in sys.modules])"


def said(*words: str) -> str:
    return subprocess.run([sys.executable, "-c", *words], capture_output=True, text=True, check=True).stdout


def test_importing_and_looking_loads_nothing_heavy() -> None:
    assert said(HEAVY).strip() == "[]"


@pytest.mark.parametrize("name", cge.__all__)
def test_every_offered_name_is_there_and_says_what_it_is(name: str) -> None:
    assert (getattr(cge, name).__doc__ or "").strip()
    assert name in dir(cge)


def test_every_instrument_is_offered_under_its_table() -> None:
    assert set(instruments()) <= set(cge.__all__)


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'caps'"):
        cge.caps  # noqa: B018


@pytest.mark.slow
def test_no_module_changes_the_program_that_imports_it() -> None:
    assert json.loads(said(HOST, json.dumps(list(MODULES)))) == {}

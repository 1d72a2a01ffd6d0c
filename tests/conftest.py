"""Shared fixtures: one thread per process, one compiled system per session, the short flagship."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pytest

from cge.calibration import calibrate
from cge.dynamics import run_baseline
from cge.equations import THEORY
from cge.experiment import Model
from cge.parameters import load_parameters
from cge.pathways import build_paths
from cge.system import System
from sam.economy import load_economy

YEARS = (2021, 2030, 2060)


@pytest.fixture(scope="session")
def model() -> Model:
    """cn12 with its baseline in three years."""
    economy = load_economy("cn12")
    parameters = load_parameters("cn12", economy.activities, economy.commodities)
    benchmark = calibrate(economy, parameters)
    system = System(THEORY, benchmark.sets)
    paths = build_paths(benchmark, parameters, YEARS)
    return Model(benchmark, system, parameters, paths, run_baseline(system, benchmark, paths, log=lambda _: None))

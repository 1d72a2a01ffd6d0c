"""Calibration of a small economy: what its technologies are is its own affair until paths ask for others."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from shipped import shipped_paths
from small import small

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cgebase.errors import CalibrationError
from sam.registry import TECHNOLOGIES


def test_an_economy_without_the_technologies_that_may_enter() -> None:
    """It is the economy that lists them all without a cell, on what it has."""
    alone = small()
    full = dataclasses.replace(alone, activities=("agr", "coa", "ely", "trn", *TECHNOLOGIES))
    parameters = load_parameters("cn12", full.activities, full.commodities)
    less, more = calibrate(alone, parameters), calibrate(full, parameters)
    kept = [more.sets["a"].index(a) for a in less.sets["a"]]
    for name in ("act", "gen", "theta_labour", "theta_n_ene", "c0g", "ta", "sg_ref"):
        np.testing.assert_array_equal(less.parameters[name], more.parameters[name][kept], err_msg=name)
    np.testing.assert_array_equal(less.parameters["gdp0"], more.parameters["gdp0"])
    with pytest.raises(CalibrationError) as caught:
        shipped_paths(less, parameters, (2021, 2030))
    found = caught.value.args[0]
    assert found.code == "CGE308" and "gga, ghy, gnu, gwi, gso, gbi" in found and "gga、ghy" in found.zh

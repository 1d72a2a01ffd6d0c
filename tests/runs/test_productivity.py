"""Productivity of labour alone: the same GDP, another division of it between wages and capital."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from conftest import YEARS
from shipped import shipped_paths

from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.periods import Policy
from cge.study.model import Model

SHARE, GROWTH = 0.6, 1.7
SIGMA = 0.6


@pytest.fixture(scope="module")
def harrod(model: Model) -> Model:
    """cn12 with labour-augmenting productivity and an elasticity below one, so that the kinds differ."""
    paths = shipped_paths(model.benchmark, model.parameters, YEARS, productivity="labour")
    first = dict(model.benchmark.parameters)
    first["sigma_va"] = np.full_like(first["sigma_va"], SIGMA)
    benchmark = dataclasses.replace(model.benchmark, parameters=first)
    solved = run_baseline(model.system, benchmark, paths, log=lambda _: None)
    return dataclasses.replace(model, benchmark=benchmark, paths=paths, baseline=solved)


def _cobb_douglas(model: Model, sigma: float) -> dict[str, np.ndarray]:
    p = dict(model.benchmark.parameters)
    for factor, share in (("labour", SHARE), ("capital", 1 - SHARE)):
        p[f"theta_{factor}"] = np.where(p["theta_labour"] + p["theta_capital"] > 0, share, 0.0)
    return p | {"sigma_va": np.full_like(p["sigma_va"], sigma)}


@pytest.mark.parametrize(("sigma", "same"), [(1.0, True), (0.5, False)])
def test_under_cobb_douglas_the_kinds_differ_in_name_only(model: Model, sigma: float, same: bool) -> None:
    """(A^(1/share) L)^share K^(1-share) = A L^share K^(1-share), prices off the base year."""
    rng = np.random.default_rng(3)
    core = {n: v * np.exp(0.1 * rng.standard_normal(v.shape)) for n, v in model.benchmark.start.items()}
    p = _cobb_douglas(model, sigma)
    grown = {"TFP": np.full_like(core["TFP"], GROWTH), "PROG": GROWTH * core["PROG"]}
    neutral = model.system.evaluate(p, core | grown)
    of_labour = model.system.evaluate(
        p | {"harrod": np.array(1.0)}, core | {"TFP": np.full_like(core["TFP"], GROWTH ** (1 / SHARE))}
    )
    gaps = {n: np.abs(of_labour[n] - v).max() / max(np.abs(v).max(), 1e-9) for n, v in neutral.items()}
    in_name = {"TFP", "TFV", "TFL", "PROG"}
    assert gaps.keys() >= {"LD", "KD", "P_va", "Q_va", "YF", "EM"} | in_name
    assert bool(max(v for n, v in gaps.items() if n not in in_name) < 1e-12) is same


def test_effective_labour_is_what_the_nest_is_made_of(model: Model) -> None:
    """Leontief: a unit of the bundle takes a unit of effective labour and one of capital, whatever they cost."""
    p = _cobb_douglas(model, 0.0) | {"harrod": np.array(0.25)}
    start = model.benchmark.start
    core = start | {"TFP": np.full_like(start["TFP"], 16.0), "PROG": np.full_like(start["PROG"], 8.0)}
    v = model.system.evaluate(p, core)
    there = p["theta_capital"] > 0
    bundle = np.where(there, v["Q_va"] / 8.0, 0.0).sum(0)
    np.testing.assert_allclose(v["LD"], SHARE * bundle / 2.0, rtol=1e-12)
    np.testing.assert_allclose(v["KD"], (1 - SHARE) * bundle, rtol=1e-12)


def test_the_baseline_hits_the_same_targets(harrod: Model) -> None:
    for t, period in enumerate(harrod.baseline):
        v = period.values
        np.testing.assert_allclose(v["GDPB"], harrod.paths.gdp[t], rtol=1e-8)
        np.testing.assert_allclose(v["EM"], harrod.paths.emissions[t], rtol=1e-8)
        np.testing.assert_allclose(v["TFL"], v["TFP"], rtol=1e-14)
        there = period.parameters["sector"] > 0
        np.testing.assert_allclose(v["TFV"][there], harrod.paths.pace[t][there], rtol=1e-12)
        np.testing.assert_allclose(v["LD"], period.parameters["labour"], rtol=1e-7)


@pytest.mark.parametrize("closure", [{}, {"capital": "vintage"}], ids=str)
def test_zero_policy_is_the_baseline(harrod: Model, closure: dict[str, str]) -> None:
    run = run_policy(harrod.system, harrod.benchmark, harrod.paths, harrod.baseline,
                     Policy({}, (), 4.0, 6.0, closure), name="none", log=lambda _: None)  # fmt: skip
    for base, now in zip(harrod.baseline, run, strict=True):
        for name in ("GDPB", "EM", "W", "RK", "QH", "LD", "KD"):
            np.testing.assert_allclose(now.values[name], base.values[name], rtol=1e-7, atol=1e-9, err_msg=name)


def test_what_is_recomputed_outside_the_equations_agrees(harrod: Model) -> None:
    """Labour and capital by activity add up to the equations' demand."""
    for last in harrod.baseline:
        np.testing.assert_allclose(last.accounts["KU"].sum(0), last.values["KD"], rtol=1e-10)
        np.testing.assert_allclose(last.accounts["LA"].sum(0), last.values["LD"], rtol=1e-10)

"""Engel's law along the baseline: what households buy follows their own income, however many periods a run has."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from conftest import YEARS
from shipped import shipped_paths

from cge.calibrate.benchmark import calibrate
from cge.runs.dynamics import run_baseline
from cge.runs.engel import consumption, demand_of_year, engel
from cge.runs.periods import Period
from cge.study.model import Model

FINER = (2021, 2025, 2030, 2040, 2050, 2060)


def other(model: Model, years: tuple[int, ...] = YEARS, **chosen: str) -> Model:
    paths = shipped_paths(model.benchmark, model.parameters, years, sector_growth="uniform", **chosen)
    solved = run_baseline(model.system, model.benchmark, paths, log=lambda _: None)
    return dataclasses.replace(model, paths=paths, baseline=solved)


@pytest.fixture(scope="module")
def model(model: Model) -> Model:
    """Income elasticities that stay."""
    return other(model)


@pytest.fixture(scope="module")
def finer(model: Model) -> Model:
    return other(model, FINER)


def bundle(p: dict[str, np.ndarray], spent: np.ndarray) -> np.ndarray:
    """Goods and energy service that the demand of a year buys at base-year prices, (k, h, r)."""
    least = np.concatenate([p["qmin"], p["emin"][None]])
    return least + np.concatenate([p["beta"], p["betae"][None]]) * (spent - least.sum(0))


def expected(model: Model, t: int) -> np.ndarray:
    """Spending at which the demand of a year was calibrated, (h, r)."""
    p = model.baseline[t].parameters
    return (p["qmin"].sum(0) + p["emin"]) / (1 + 1 / model.paths.frisch[t])


def surprise(model: Model, t: int, spent: np.ndarray) -> np.ndarray:
    return np.abs(np.log(spent / expected(model, t)))


def distance(found: np.ndarray, curve: np.ndarray) -> np.ndarray:
    there = curve > 0
    ratio = np.divide(found, curve, out=np.ones_like(curve), where=there)
    return np.abs(np.log(ratio)).max(0)


def test_demand_lies_on_the_engel_curve_up_to_the_square_of_the_surprise(model: Model, finer: Model) -> None:
    """The system touches the curve: e(1 - e) of the LES and the curve's own bend are below one half together."""
    for run in (model, finer):
        first = run.baseline[0]
        start = bundle(first.parameters, consumption(first))
        taste = np.concatenate([first.parameters["beta"], first.parameters["betae"][None]]) / np.where(
            start > 0, start, 1.0) * start.sum(0)  # fmt: skip
        for t in range(1, len(run.paths.years)):
            spent, heads = consumption(run.baseline[t]), run.paths.population[t]
            curve = engel(start, taste, spent / start.sum(0) / heads) * heads
            gap = distance(bundle(run.baseline[t].parameters, spent), curve)
            assert (gap <= 0.5 * surprise(run, t, spent) ** 2 + 1e-12).all()


def test_more_periods_leave_demand_where_it_was(model: Model, finer: Model) -> None:
    """Demand of 2060 at one spending differs between 2 and 5 steps by the squares of both surprises at most."""
    spent = consumption(finer.baseline[-1])
    one, other_one = (bundle(m.baseline[-1].parameters, spent) for m in (model, finer))
    gap = distance(one, other_one)
    assert (gap <= 0.5 * sum(surprise(m, len(m.paths.years) - 1, spent) ** 2 for m in (model, finer)) + 1e-12).all()
    assert surprise(finer, len(FINER) - 1, spent).max() < surprise(model, len(YEARS) - 1, spent).max()


def test_marginal_shares_add_up_and_the_frisch_path_is_held(model: Model) -> None:
    for t, period in enumerate(model.baseline):
        p = period.parameters
        np.testing.assert_allclose(p["beta"].sum(0) + p["betae"], 1.0, rtol=1e-13)
        left = 1 - (p["qmin"].sum(0) + p["emin"]) / expected(model, t)
        np.testing.assert_allclose(left, -1 / model.paths.frisch[t], rtol=1e-12)
        assert (p["qmin"] >= 0).all() and (p["emin"] >= 0).all(), "no literature elasticity reaches the Frisch path"


def _share_of(period: Period, model: Model, good: str) -> float:
    bought = period.values["QH"].sum((1, 2))
    return float(bought[model.benchmark.sets["c"].index(good)] / bought.sum())


def test_food_loses_and_services_gain_weight(model: Model) -> None:
    """Agriculture has the lowest income elasticity of cn12 and services one above the mean."""
    flat = other(model, demand="constant-shares")
    for good, sign in (("agr", -1), ("ser", 1)):
        ends = (model.baseline[0], model.baseline[-1], flat.baseline[-1])
        start, end, held = (_share_of(x, model, good) for x in ends)
        assert sign * (end - start) > 0 and sign * (end - held) > 0
    first, last = flat.baseline[0].parameters, flat.baseline[-1].parameters
    for name in ("beta", "betae"):
        np.testing.assert_allclose(last[name], first[name], rtol=1e-12, atol=1e-15)


def test_elasticities_of_one_are_constant_shares(model: Model) -> None:
    ones = {k: 1.0 for k in model.parameters.values if k[0] in ("income_elasticity", "income_elasticity_energy")}
    parameters = model.parameters.with_values(ones, "homothetic")
    first = calibrate(model.benchmark.economy, parameters).parameters
    paths = [shipped_paths(model.benchmark, parameters, YEARS, sector_growth="uniform", demand=d)
             for d in ("engel", "constant-shares")]  # fmt: skip
    one, same = (demand_of_year(first, model.baseline[1], x, 2) for x in paths)
    for name, value in one.items():
        np.testing.assert_allclose(value, same[name], rtol=1e-11, atol=1e-9, err_msg=name)


def test_half_the_heads_at_the_same_spending_buy_the_goods_of_the_rich(model: Model) -> None:
    """Spending per head counts: fewer people on the same spending buy less food."""
    food = model.benchmark.sets["c"].index("agr")
    fewer = dataclasses.replace(model.paths, population=model.paths.population * np.array([1.0, 1.0, 0.5])[:, None])
    first, last = model.benchmark.parameters, model.baseline[1]
    spent = expected(model, 2)
    usual, halved = (bundle(demand_of_year(first, last, x, 2), spent)[food] for x in (model.paths, fewer))
    there = usual > 0
    assert (halved[there] < usual[there]).all()

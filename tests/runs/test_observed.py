"""What is observed of electricity and of the three industries, in the baseline and beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shipped import shipped_paths

from cge.measure.industries import industries
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.periods import Period, Policy
from cge.study.model import Model
from sam import observed
from sam.groups import by_region
from sam.industries import electricity_growth, industry_shares
from sam.paths import PathError

YEARS = (2021, 2024, 2030, 2035, 2040)


@pytest.fixture(scope="module")
def run(model: Model) -> list[Period]:
    return run_baseline(model.system, model.benchmark, shipped_paths(model.benchmark, model.parameters, YEARS),
                        log=lambda _: None)  # fmt: skip


def test_electricity_of_every_region_is_that_published(model: Model, run: list[Period]) -> None:
    used = run[1].values["DB"] / run[0].values["DB"]
    np.testing.assert_allclose(used, electricity_growth((2024,), model.benchmark.held)[0], rtol=1e-9)
    assert used.sum() > 1 and (run[1].values["ELS"] > 1).mean() > 0.5, "it grew faster than the model alone says"
    for now in run[2:]:
        np.testing.assert_allclose(now.values["ELS"], run[1].values["ELS"], rtol=1e-10)


def test_industries_of_the_nation_are_those_published_and_then_on_their_path(model: Model, run: list[Period]) -> None:
    """Moved from the model's own shares as published ones move, in odds against the secondary industry."""
    rows = industries(model.benchmark, run, "b").query("indicator == 'industry_share' and region == 'CN'")
    found = rows.pivot(index="year", columns="sector", values="value")
    stated = industry_shares(YEARS[:4], given={})
    for t, year in enumerate(YEARS[:4]):
        odds = stated[t] / (1 - stated[t].sum()) / (stated[0] / (1 - stated[0].sum()))
        mine = found.loc[year, ["primary", "tertiary"]] / found.loc[year, "secondary"]
        first = found.loc[2021, ["primary", "tertiary"]] / found.loc[2021, "secondary"]
        np.testing.assert_allclose((mine / first).to_numpy(float), odds, rtol=1e-8)
    farms, services = np.array([now.values["DRIFT"] for now in run]).T
    assert farms[0] == services[0] == 1 and (np.diff(farms[:4]) < 0).all() and (np.diff(services[:4]) > 0).all()
    assert farms[4] == pytest.approx(farms[3], rel=1e-10) and services[4] == pytest.approx(services[3], rel=1e-10)


def test_a_drift_costs_nothing_at_prices_of_the_base_year(model: Model, run: list[Period]) -> None:
    """Shares of every nest and of every household's budget add up to one whatever drifts."""
    v, p = run[3].values, run[3].parameters
    there = p["sector"] > 0
    mean, mat = v["DRM"][there], p["mat"][:, None]
    moved = p["theta_c_top"][:, there] * np.where(mat > 0, v["DRC"][:, None] / mean, 1.0)
    np.testing.assert_allclose(moved.sum(0) + p["theta_n_kle"][there] / mean, 1.0, rtol=1e-12)
    electric = p["theta_n_fue"] + (1 - p["theta_n_fue"]) * v["ELS"]
    energy = p["theta_c_ene"].sum(0) * v["ELS"] / electric + p["theta_n_fue"] / electric
    np.testing.assert_allclose(energy[p["theta_n_ene"] > 0], 1.0, rtol=1e-12)
    goods = (p["beta"] * v["DRC"][:, None, None]).sum(0) / v["DRH"]
    np.testing.assert_allclose(goods + p["betae"], 1.0, rtol=1e-12)
    carriers = (p["the"] * (1 + (v["ELS"] - 1) * p["elc"][:, None, None])).sum(0) / v["ELH"]
    np.testing.assert_allclose(carriers, 1.0, rtol=1e-12)


def test_a_policy_has_what_its_baseline_found(model: Model, run: list[Period]) -> None:
    paths = shipped_paths(model.benchmark, model.parameters, YEARS)
    idle = run_policy(model.system, model.benchmark, paths, run, Policy({}, (), 4.0, 6.0), name="n", log=lambda _: None)
    for now, base in zip(idle, run, strict=True):
        for name in ("GDPB", "EM", "DB"):
            np.testing.assert_allclose(now.values[name], base.values[name], rtol=1e-9)
        np.testing.assert_array_equal(now.values["DRIFT"], base.values["DRIFT"])


@pytest.mark.parametrize("choice", [{"sector_growth": "uniform"}, {"first_years": "projected"}])
def test_nothing_drifts_where_nothing_is_stated(model: Model, choice: dict[str, str]) -> None:
    paths = shipped_paths(model.benchmark, model.parameters, YEARS[:3], **choice)
    assert not paths.industries.any()
    blind = replace(paths, electricity=np.zeros_like(paths.electricity))
    for now in run_baseline(model.system, model.benchmark, blind, log=lambda _: None):
        np.testing.assert_allclose(now.values["DRIFT"], 1.0, rtol=1e-12)
        np.testing.assert_allclose(now.values["ELS"], 1.0, rtol=1e-12)


def test_shares_that_leave_no_industry_are_refused() -> None:
    with pytest.raises(PathError, match="nothing is left"):
        industry_shares((2021, 2030), given={("industry_share", "primary_2030"): 0.4})


def test_a_region_uses_what_its_provinces_use() -> None:
    west = electricity_growth((2021, 2023, 2024, 2030), {"west": ("XJ", "GS")})[:, 0]
    used = observed.read_table("electricity_2021_2024").pivot(index="year", columns="region", values="twh")
    both = by_region(used, {"west": ("XJ", "GS")})["west"]
    np.testing.assert_allclose(west, [1.0, both[2023] / both[2021], both[2024] / both[2021], 0.0])

"""Sectors that grow as sectors do: shares that stay whole, rents that clear, targets that are hit all the same."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import YEARS
from shipped import shipped_paths

from cge.calibrate.base_year import BaseYear
from cge.runs import sectors
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.periods import Policy
from cge.study.model import CLOSES, Model, identities
from sam import paths


def test_what_is_saved_of_a_material_is_paid_for_by_all_but_energy() -> None:
    """Unit cost at prices of the base year stays, whatever is saved; feedstock and electricity do too."""
    theta = np.array([[0.3, 0.0], [0.2, 0.2], [0.1, 0.5], [0.1, 0.0]])[:, :, None]
    below, left = np.array([[0.3], [0.3]]), np.array([[0.25, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    kept = np.array([False, True, False, False])
    shares, bundle = sectors.twisted(theta, below, left, kept)
    np.testing.assert_allclose(shares.sum(0) + bundle, 1, rtol=1e-14)
    np.testing.assert_allclose(shares[0, 0], 0.075)
    np.testing.assert_array_equal(shares[1], theta[1])
    np.testing.assert_allclose(shares[2:, 0] / theta[2:, 0].clip(1e-9), 1 + 0.225 / 0.5)
    np.testing.assert_array_equal(shares[:, 1], theta[:, 1])


def test_paths_say_what_is_published() -> None:
    years = (2021, 2024, 2050)
    tonnes, supply = paths.material_output_path(years), paths.resource_supply_path(years)
    np.testing.assert_allclose(1033 * tonnes["irs"], [1033, 1005, 700])
    assert supply["cru"][-1] == pytest.approx(1.0) and supply["nga"][1] == pytest.approx(1.187)
    given = {("material_output", "irs_2050"): 600.0}
    assert 1033 * paths.material_output_path(years, given=given)["irs"][-1] == pytest.approx(600)
    pace = paths.sector_pace()
    assert pace["manufacturing"] > pace["services"] == 0


def test_the_mean_of_a_province_is_its_own_whatever_it_makes(model: Model) -> None:
    benchmark, pace = model.benchmark, np.log(model.paths.pace[-1])
    added = sum(BaseYear(benchmark.economy).factors.values()) * benchmark.parameters["sector"]
    np.testing.assert_allclose((added * pace).sum(0) / added.sum(0), 0, atol=1e-12)
    place = dict(zip(benchmark.sets["a"], pace, strict=True))
    assert (place["oin"] > place["ser"]).all() and (place["ser"] > place["con"]).all()
    assert (place["gco"] == 0).all()


def test_a_sector_that_gathers_a_reserve_and_more_keeps_pace(model: Model) -> None:
    of = sectors.members(model.benchmark)
    bounded = dict(zip(model.benchmark.sets["a"], model.paths.supply[-1] > 0, strict=True))
    assert bounded["agr"] and bounded["crg"] and not bounded["coa"] and not bounded["ghy"]
    steel = dict(zip(model.benchmark.sets["a"], of.where("irs", of.output), strict=True))
    assert 0.3 < steel["mtl"] < 0.5 and steel["con"] == 0


def test_targets_are_hit_and_land_is_what_is_given(model: Model) -> None:
    k = model.benchmark.sets["a"].index("agr")
    for t, period in enumerate(model.baseline):
        np.testing.assert_allclose(period.values["GDPB"], model.paths.gdp[t], rtol=1e-8)
        np.testing.assert_allclose(period.values["EM"], model.paths.emissions[t], rtol=1e-8)
        supply, used, rent = period.parameters["rsup"][k], period.values["DR"][k], period.values["PR"][k]
        cleared = np.isclose(used, supply, rtol=1e-7)
        assert (cleared | ((used < supply) & (rent < 1e-6))).all()
    assert max(identities(model, model.baseline).values()) < CLOSES


def test_metals_grow_less_than_where_nothing_saturates(model: Model) -> None:
    uniform = shipped_paths(model.benchmark, model.parameters, YEARS, sector_growth="uniform")
    solved = run_baseline(model.system, model.benchmark, uniform, log=lambda _: None)
    for sector in ("mtl", "nmm", "crg"):
        k = model.benchmark.sets["a"].index(sector)
        alike, apart = (baseline[-1].values["LEVEL"][k].sum() for baseline in (solved, model.baseline))
        assert apart < alike


def test_zero_policy_is_the_baseline(model: Model) -> None:
    run = run_policy(model.system, model.benchmark, model.paths, model.baseline, Policy({}, (), 3.0, 3.0), name="zero",
                     log=lambda _: None)  # fmt: skip
    for base, now in zip(model.baseline, run, strict=True):
        np.testing.assert_allclose(now.values["QA"], base.values["QA"], rtol=1e-7)
        np.testing.assert_allclose(now.values["PX"], base.values["PX"], rtol=1e-7)

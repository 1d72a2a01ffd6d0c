"""The accounts of a solved year as an economy: those of the base year again, balanced, read back, calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cge.calibrate.benchmark import calibrate
from cge.measure.matrix import economy_after
from cge.policies.revenue import Revenue
from cge.policies.tax import Tax
from cge.runs.dynamics import run_benchmark, run_policy
from cge.runs.periods import Period, Policy
from cge.study.model import Model
from sam.economy import Economy, load_economy
from sam.validate import check_economy


def after(model: Model, period: Period) -> Economy:
    return economy_after(model.benchmark, period, period.year, "a test")


def capped(model: Model, *instruments: object) -> Period:
    em0 = model.benchmark.parameters["em0"]
    policy = Policy({2030: 0.8 * em0, 2060: 0.5 * em0}, (), 4.0, 6.0, {}, instruments=instruments)
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="cut",
                      log=lambda _: None)[1]  # fmt: skip


def test_the_base_year_is_the_economy_it_was_calibrated_on(model: Model) -> None:
    cells = ["row", "column"]
    was = model.benchmark.economy.sam.cells.groupby(cells)["value"].sum()
    now = after(model, model.baseline[0]).sam.cells.groupby(cells)["value"].sum()
    both = was.reindex(now.index.union(was.index)).fillna(0.0), now.reindex(now.index.union(was.index)).fillna(0.0)
    np.testing.assert_allclose(both[1], both[0], rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("instruments", [(), (Tax(price=100), Revenue(dividend=0.5))], ids=["cap", "tax and dividend"])
def test_a_year_after_a_policy_passes_every_check_and_can_be_calibrated(
    model: Model, tmp_path: Path, instruments: tuple[object, ...]
) -> None:
    period = capped(model, *instruments)
    economy = after(model, period)
    economy.save(tmp_path / "economy")
    read = load_economy(folder=tmp_path / "economy")
    assert [f.text for f in check_economy(read, published=False)] == []
    made, parameters = sum(read.sam.cells["value"]), model.parameters
    assert made == pytest.approx(economy.sam.cells["value"].sum(), rel=1e-12)
    tonnes = read.emissions.groupby("region")["mt"].sum().reindex(model.benchmark.sets["r"])
    np.testing.assert_allclose(tonnes, period.values["EM"], rtol=1e-9)
    again = calibrate(read, parameters)
    solved = run_benchmark(model.system, again)
    assert solved.iterations == 0 and solved.max_residual < 1e-9

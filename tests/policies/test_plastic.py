"""The tax that `docs/architecture.md` takes to show how an instrument is added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cge.policies import Facts, Instrument, base
from cge.policies.table import number
from cge.runs.periods import Policy
from cge.study.model import Model, solver_checks
from cgebase.arrays import Array


@pytest.fixture(scope="module")
def plastic() -> Iterator[Any]:
    class Plastic(Instrument, table="plastic"):
        """Tax on the output of chemicals, a share of its price."""

        rate: float = number(unit="share", ge=0, le=0.5)
        """Of the price."""

        def given(self, facts: Facts) -> dict[str, Array]:
            taxed = facts.members("a", ["chm"], "plastic")
            return {"tout": self.at(facts.year, 0.0, self.rate) * taxed[:, None] * facts.parameters["act"]}

    yield Plastic
    base.REGISTRY.pop("plastic")


def taxed(model: Model, instrument: Any) -> Any:
    from cge.runs.dynamics import run_policy

    policy = Policy({}, (), 3.0, 3.0, instruments=(instrument,))
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="plastic",
                      log=lambda _: None)  # fmt: skip


def test_a_zero_rate_is_the_baseline(model: Model, plastic: Any) -> None:
    run = taxed(model, plastic(rate=0.0))
    for now, before in zip(run, model.baseline, strict=True):
        np.testing.assert_allclose(now.values["GDPB"], before.values["GDPB"], rtol=1e-8)


def test_plastic_gets_dearer_gdp_falls_and_accounts_close(model: Model, plastic: Any) -> None:
    run = taxed(model, plastic(rate=0.1))
    assert solver_checks(model, run, "plastic")
    now, before, k = run[-1], model.baseline[-1], model.benchmark.sets["a"].index("chm")
    price, level = (now.values[n][k] / before.values[n][k] for n in ("PA", "LEVEL"))
    there = now.parameters["act"][k] > 0
    assert (price[there] > 1.05).all() and (level[there] < 1).all()
    assert now.values["GDPB"].sum() < before.values["GDPB"].sum()
    paid = 0.1 * (now.values["PA"][k] * now.values["LEVEL"][k])
    np.testing.assert_allclose(now.accounts["B_output_tax"], np.where(there, paid, 0.0), rtol=1e-12)

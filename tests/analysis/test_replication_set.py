"""The two fitted scalars: what they do, and that they meet what they are solved for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cge.analysis import fitted as replication
from cge.measure.derivatives import gdp_change
from cge.runs.dynamics import run_policy
from cge.study.model import Tuning, cap_shares, policy_of
from cge.study.posed import energy_exports
from cge.study.scenario import default_study_path, load_study


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.fixture(scope="module")
def study():
    return load_study(default_study_path())


def test_harder_abatement_costs_more(model, study):
    uniform = study.only(["uniform"]).scenarios[0]
    xj = model.benchmark.sets["r"].index("XJ")
    losses = []
    for hardness in (0.5, 1.0, 2.0):
        policy = policy_of(replace(model, tuning=Tuning(hardness)), uniform)
        run = run_policy(
            model.system, model.benchmark, model.paths, model.baseline, policy, name="u", log=lambda _: None
        )  # fmt: skip
        losses.append(-gdp_change(model.baseline[-1], run[-1])[xj])
    assert losses[0] < losses[1] < losses[2]


def test_the_energy_base_gets_more_at_the_same_national_total(model, study):
    scenario = study.only(["differentiated"]).scenarios[0]
    em0 = model.benchmark.parameters["em0"]
    shares = [cap_shares(replace(model, tuning=Tuning(1.0, b)), scenario) for b in (0.0, 0.5, 1.0)]
    for s in shares:
        assert s @ em0 == pytest.approx(0.1 * em0.sum(), rel=1e-9)
    xj = model.benchmark.sets["r"].index("XJ")
    assert shares[0][xj] < shares[1][xj] < shares[2][xj]
    exports = energy_exports(model.benchmark)
    assert exports[xj] > 0 > exports[model.benchmark.sets["r"].index("GD")]


def test_labels():
    assert Tuning().label == "literature"
    assert Tuning(2.0).label == "replication"
    assert Tuning(1.0, 0.3).label == "replication"


def test_scalars_meet_what_they_are_solved_for(model, study, monkeypatch):
    monkeypatch.setattr(replication, "PUBLISHED", {"uniform": 7.0, "differentiated": 5.9})
    found = replication.replicate(model, study, log=lambda _: None)
    assert found.roots == {"uniform": True, "differentiated": True}
    assert found.reached["uniform"] == pytest.approx(7.0, abs=0.02)
    assert found.reached["differentiated"] == pytest.approx(5.9, abs=0.02)
    assert found.implied_share == pytest.approx(found.cap_share)


def test_what_cannot_be_met_is_reported_not_forced(model, study, monkeypatch):
    monkeypatch.setattr(replication, "PUBLISHED", {"uniform": 60.0, "differentiated": 0.1})
    monkeypatch.setattr(replication, "HARDNESS", (0.25, 4.0))
    found = replication.replicate(model, study, log=lambda _: None)
    assert found.roots == {"uniform": False, "differentiated": False}
    assert 1 < found.tuning.hardness <= replication.HARDNESS[1] * (1 + 1e-12)
    assert np.isfinite(found.reached["uniform"])
    assert found.implied_share is None

"""Caps at and beyond what the economy can reach: resources fall idle, and what has no solution is refused soon."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from cge.runs.dynamics import run_policy
from cge.runs.policy_year import policy_year
from cge.solve.state import State
from cge.study.model import Model, Tuning, policy_of, solver_checks
from cge.study.scenario import default_study_path, load_study
from cge.theory.chapters import THEORY
from cge.theory.income import IDLE_RENT
from cgebase.errors import ConvergenceError


@pytest.fixture(scope="module")
def study():
    return load_study(default_study_path())


def _run(model, policy):
    return run_policy(
        model.system, model.benchmark, model.paths, model.baseline, policy, name="x", log=lambda _: None
    )  # fmt: skip


@pytest.fixture(scope="module")
def hard(model, study) -> tuple[Model, list, object]:
    """Abatement eight times dearer, power an eighth as flexible, caps by role and stage."""
    tuned = replace(model, tuning=Tuning(hardness=8.0))
    policy = policy_of(tuned, study.only(["differentiated"]).scenarios[0])
    return tuned, _run(tuned, policy), policy


def test_hard_abatement_under_differentiated_caps_is_solved(hard):
    tuned, run, _ = hard
    last = run[-1]
    np.testing.assert_allclose(last.values["EM"], last.parameters["cap"], rtol=1e-7)
    assert (last.values["PCO2"] > 0).all()
    solver_checks(tuned, run, "hard")


def test_resources_are_used_in_full_or_earn_nothing(hard):
    _, run, _ = hard
    p, v = run[-1].parameters, run[-1].values
    there = p["res"] > 0
    room = ((p["rsup"] - v["DR"]) / p["r0"])[there]
    rent = v["PR"][there]
    idle = room > 1e-8
    assert idle.any() and (room > -1e-8).all()
    np.testing.assert_allclose(rent[idle], IDLE_RENT, rtol=1e-12)
    assert (v["PR"] * v["DR"])[there][idle].sum() < 1e-9 * (v["PR"] * v["DR"])[there].sum()


def test_another_way_to_the_hard_caps_leads_to_the_same_place(hard):
    tuned, run, policy = hard
    year = policy_year(tuned.system.theory, tuned.benchmark, tuned.paths, tuned.baseline, policy, run[1], 2)
    values = year.start
    for at in (0.4, 0.8, 1.0):
        solved = tuned.system.solve(year.at(at), values, policy.active)
        values = {n: x for n, x in solved.values.items() if n not in THEORY.definitions}
    for name in ("QA", "QB", "PCO2", "W"):
        np.testing.assert_allclose(solved.values[name], run[-1].values[name], rtol=1e-6, atol=1e-12)


@pytest.mark.slow
def test_caps_without_solution_are_refused_soon_at_a_level_that_can_be_reached(model, study, monkeypatch):
    work, linearise = [0], State.linearise

    def counted(state, u, **how):
        work[0] += 1
        return linearise(state, u, **how)

    monkeypatch.setattr(State, "linearise", counted)
    uniform = study.only(["uniform"]).scenarios[0]

    def capped(share):
        return policy_of(
            model, uniform.model_copy(update={"cap": uniform.cap.model_copy(update={"final_share": share})})
        )

    with pytest.raises(ConvergenceError, match="the caps add up to") as caught:
        _run(model, capped(1e-6))
    # 489 or 501 by the order in which sums are rounded: a way that ends nowhere hangs on the last digits
    assert work[0] < 550, "linearisations of both years, refusal included"
    said = re.search(r"on the way: ([\d,]+) Mt", str(caught.value))
    assert said is not None
    lowest = (float(said[1].replace(",", "")) + 1) / model.benchmark.parameters["em0"].sum()
    assert 1e-6 < lowest < 0.02
    reached = _run(model, capped(1.1 * lowest))
    assert reached[-1].values["EM"].sum() == pytest.approx(reached[-1].parameters["cap"].sum(), rel=1e-7)

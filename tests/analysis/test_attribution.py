"""Who pays because of whom: responses against solves, subtotals against the whole effect."""

from __future__ import annotations

import numpy as np
import pb1
import pytest
from pb1_economies import draw

from cge.analysis.attribution import MEASURES, THROUGH, attribute, table, variable_change
from cge.analysis.channels import INDEX, NAMES
from cge.runs.periods import Policy
from cgebase.errors import ScenarioError


def test_response_is_the_derivative_of_the_solution():
    system, p, start = pb1.problem(draw(3, 6))
    cap = np.array([0.7, 0.6, 0.8])

    def at(shift):
        return system.solve(p | {"cap": cap + shift}, start, pb1.ACTIVE, tol=1e-12).values

    here = at(np.zeros(3))
    step = np.array([0.0, 1e-5, 0.0])
    found = system.respond(p | {"cap": cap}, here, pb1.ACTIVE, [{"cap": step / 1e-5}])[0]
    up, down = at(step), at(-step)
    for name in ("P", "Y", "A", "tau", "PU", "SN"):
        numeric = (up[name] - down[name]) / 2e-5
        np.testing.assert_allclose(found[name], numeric, atol=1e-6 * np.abs(numeric).max())


def test_a_cap_with_room_causes_nothing():
    system, p, start = pb1.problem(draw(3, 6))
    capped = p | {"cap": np.array([0.7, 2.0, 0.7])}
    here = system.solve(capped, start, pb1.ACTIVE).values
    moved = system.respond(capped, here, pb1.ACTIVE, [{"cap": np.array([0.0, 1.0, 0.0])}])[0]
    # the room itself is not priced: only the income rule of PB-1, price times cap, could pass it on
    assert np.abs(moved["P"]).max() < 1e-12


@pytest.fixture(scope="module")
def caused(model):
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - 0.6 * (y - 2025) / 35) for y in model.paths.years[1:]}
    policy = Policy(caps, (), 4.0, 6.0)
    measures = MEASURES | {
        "W": variable_change(model.benchmark.sets, "W", {}),
        "inputs": variable_change(model.benchmark.sets, "QCA", {"c": "coa", "a": "mtl"}),
        "PQ ely": variable_change(model.benchmark.sets, "PQ", {"c": "ely"}),
    }
    return attribute(model, policy, measures, log=lambda _: None)


def test_causes_add_up_to_the_whole_effect(caused):
    for found in caused.values():
        assert found.gap < 5e-3
        np.testing.assert_allclose(found.effect.sum((0, 1)), found.total, rtol=1e-10, atol=1e-12)


def test_own_caps_cost_most_and_trade_partners_share(caused, model):
    regions = list(model.benchmark.sets["r"])
    effect = caused["gdp_change_pct"].effect.sum(0)
    xj = regions.index("NW")
    assert effect[xj, xj] < 0
    assert np.argmin(effect[:, xj]) == xj
    others = effect[:, xj].sum() - effect[xj, xj]
    assert abs(others) < abs(effect[xj, xj])


def test_channels_tell_the_same_loss(caused):
    through, by_cause = caused[THROUGH], caused["gdp_change_pct"]
    np.testing.assert_allclose(through.total[:-1], by_cause.total, rtol=1e-12)
    spread = np.abs(through.effect.sum(0)[:, :-1] - by_cause.effect.sum(0)).max()
    assert spread < 0.01 * np.abs(by_cause.total).max()
    nation = dict(zip(NAMES, through.effect.sum(1)[:, -1], strict=True))
    assert nation["capital"] < 0 and nation["fuels"] < 0 and nation["abatement"] < 0
    assert abs(nation[INDEX]) < 0.03 * abs(through.total[-1])
    # labour and sites are as in the baseline
    assert abs(nation["labour"]) + abs(nation["resources"]) < 1e-6


def test_wages_fall_mostly_because_of_caps_at_home(caused):
    effect, total = caused["W"].effect.sum(0), caused["W"].total
    moved = np.abs(total) > 0.1
    own = np.diag(effect)
    assert moved.any() and np.median(own[moved] / total[moved]) > 0.4
    np.testing.assert_array_equal(np.abs(own)[moved], np.abs(effect).max(0)[moved], "no other cap matters more")


def test_what_cannot_be_split_is_refused_with_what_can(model):
    with pytest.raises(ScenarioError, match="neither a variable nor an account by province; did you mean"):
        variable_change(model.benchmark.sets, "GDPP", {})
    with pytest.raises(ScenarioError, match="choose one of .*coa"):
        variable_change(model.benchmark.sets, "QM", {"c": "coal"})


def test_table_names_every_cause_once(caused, model):
    regions = model.benchmark.sets["r"]
    frame = table(caused, regions)
    kinds, n = 2, len(regions)
    assert len(frame) == (len(caused) - 1) * kinds * n**2 + len(NAMES) * n * (n + 1)
    whole = frame[frame["measure"] == "gdp_change_pct"].groupby("region")["value"].sum()
    np.testing.assert_allclose(whole[list(regions)], caused["gdp_change_pct"].total, rtol=1e-10)

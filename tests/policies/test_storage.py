"""Capture has room and a price: full storage earns a rent, dear storage captures less, sites end at their potential."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from cge.measure.indicators import levels
from cge.policies import PolicyError
from cge.policies.network import Network
from cge.policies.storage import Storage
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.runs.policy_year import LEAST_ROOM, site_elasticity
from sam.groups import groups_of
from sam.satellites import distance, resource_potential

TIGHT = Storage(growth=0.1, provinces={"SD": 5.0, "HE": 0.0})


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def _run(model, *instruments, left=0.1):
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - (1 - left) * (y - 2025) / 35) for y in model.paths.years[1:]}
    policy = Policy(caps, (), 4.0, 6.0, instruments=instruments)
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="s", log=lambda _: None)


@pytest.fixture(scope="module")
def runs(model):
    return {"usual": _run(model), "tight": _run(model, TIGHT), "none": _run(model, Storage(capture=False), left=0.3)}


def test_what_nature_offers_is_the_published_figure():
    table = resource_potential({k: [k] for k in groups_of("cn30").regions})
    assert table.loc["XJ", "storage"] == pytest.approx(3_100 + 834_000)
    assert table.loc["XJ", "gwi"] == pytest.approx(29.14730674 / 0.0036, abs=0.1)
    assert np.isinf(table.loc["FJ", "gwi"]) and table.loc["FJ", "gso"] < 300, "sea wind is not in the source"
    west = resource_potential({"west": ["XJ", "QH"], "coast": ["FJ", "JX"]})
    assert west.loc["west", "storage"] == table.loc[["XJ", "QH"], "storage"].sum()
    assert west.loc["coast", "storage_cost"] == table.loc["JX", "storage_cost"]


def test_storage_costs_more_where_there_is_none_on_land(model):
    p = dict(zip(model.benchmark.sets["r"], model.benchmark.parameters["stcost"], strict=True))
    assert min(p[r] for r in ("FJ", "GD", "GX", "HI", "XZ")) > 4 > max(p[r] for r in ("XJ", "SD", "NM", "YN"))
    assert min(p.values()) == 0


def test_no_more_is_stored_than_there_is_room_and_rents_belong_to_full_provinces(model, runs):
    for name in ("usual", "tight"):
        for now in runs[name][1:]:
            v, p = now.values, now.parameters
            limited = p["stmax"] > 0
            full = limited & (v["PST"] > 0)
            assert (v["STO"] <= p["stmax"] * (1 + 1e-9))[limited].all()
            np.testing.assert_allclose(v["STO"][full], p["stmax"][full], rtol=1e-9)
            slack = limited & (v["STO"] < p["stmax"] * (1 - 1e-8))
            assert (v["PST"][slack] == 0).all() and (v["PST"][~limited] == 0).all()
    regions = list(model.benchmark.sets["r"])
    last = runs["tight"][-1].values
    assert (runs["usual"][-1].values["PST"] == 0).all(), "two thousand Mt a year find room"
    assert last["PST"][regions.index("SD")] > 1 and (last["PST"] > 0).sum() > 3
    assert last["STO"][regions.index("HE")] == 0 and last["PST"][regions.index("HE")] == 0
    frame = levels(model.benchmark, runs["tight"], "t").query("year == 2060 and region == 'CN'")
    told = frame.set_index("indicator")["value"]
    of_ceilings = last["PINV"] * (last["RCC"][:, None] + last["RCT"]) * runs["tight"][-1].accounts["QCC"]
    rent = (last["PST"] * last["STO"]).sum() + of_ceilings.sum()
    assert told["storage_rent"] == pytest.approx(rent) and told["storage_rent"] > 100
    assert told["stored"] < told["abated"]


def test_a_cap_is_dearer_where_less_can_be_stored(model, runs):
    usual, tight = runs["usual"][-1].values, runs["tight"][-1].values
    k = [list(model.benchmark.sets["r"]).index(r) for r in ("SD", "HE")]
    assert (tight["TAU"][k] > 1.1 * usual["TAU"][k]).all()
    np.testing.assert_allclose(tight["EM"], usual["EM"], rtol=1e-9)
    assert tight["GDPB"].sum() < usual["GDPB"].sum()


def test_without_capture_coal_power_pays_for_every_tonne(model, runs):
    v, k = runs["none"][-1].values, list(model.benchmark.sets["a"]).index("gco")
    assert (v["STO"] == 0).all()
    p, there = runs["none"][-1].parameters, model.benchmark.parameters["act"][k] > 0
    assert (v["XCC"][k] == 0).all()
    assert (v["XAB"][k][there] <= (1 - p["ccs"][k]) * p["xmax"][k]).all(), "co-firing is all that is left"
    assert (v["KAP"][k][there] > (1 - 0.05) * v["TAUA"][k][there]).all()
    assert v["XAB"][list(model.benchmark.sets["a"]).index("nmm")].max() > 0.01, "what is not capture stays"


def test_carbon_cost_of_a_tonne_is_the_least_a_firm_can_pay(model, runs):
    """The definitions against a numerical choice of both shares at price, rents, energy and storage cost."""
    now = runs["tight"][-1]
    v, p = now.values, now.parameters
    regions, activities = (list(model.benchmark.sets[k]) for k in ("r", "a"))
    for a, r in (("nmm", "SD"), ("gco", "GD"), ("mtl", "NM"), ("chm", "HE")):
        i, j = activities.index(a), regions.index(r)
        most, part = p["xmax"][i], p["ccs"][i]

        def goods(x, limit, half):
            """Area under z = half * sqrt(x / (limit - x))."""
            share = min(max(x / limit, 0.0), 1 - 1e-12) if limit > 0 else 0.0
            return limit * half * (np.arctan(np.sqrt(share / (1 - share))) - np.sqrt(share * (1 - share)))

        limits = (part * most * p["keeps"][j], (1 - part) * most)

        def cost(x, i=i, j=j, limits=limits, goods=goods):
            caught, other = (goods(s, n, p[h][i]) for s, n, h in zip(x, limits, ("habc", "hab"), strict=True))
            rents = p["stcost"][j] + v["RCC"][i] + v["RCT"]
            return (v["TAUA"][i, j] * (1 - sum(x)) + (v["PST"][j] + v["ECC"][i, j]) * x[0]
                    + v["PINV"][j] * (caught + rents * x[0]) + v["PMS"][i, j] * other)

        found = optimize.minimize(cost, [0.9 * n for n in limits], bounds=[(0, 0.999999 * n) for n in limits],
                                  method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-12})  # fmt: skip
        assert v["KAP"][i, j] == pytest.approx(found.fun, rel=1e-6)
        assert v["XCC"][i, j] == pytest.approx(found.x[0], abs=2e-3)
        assert v["XAB"][i, j] == pytest.approx(found.x.sum(), abs=3e-3)


def test_wind_and_solar_end_at_the_potential_of_the_province(model, runs):
    """Where the baseline, which knows no potential, has not used it up; there a policy adds what LEAST_ROOM leaves."""
    potential, base = model.benchmark.potential, model.baseline[-1]
    gen = np.isfinite(potential)
    made, own = (v["SG"] * v["QB"] for v in (runs["usual"][-1].values, base.values))
    there = gen & (base.values["SG"] > 0)
    p = base.parameters
    least = own * np.where(there, p["theta_resource"], 1.0) ** -LEAST_ROOM
    used_up = there & (least >= potential)
    assert (made[there & ~used_up] < potential[there & ~used_up]).all()
    assert (made[used_up] < least[used_up]).all()
    regions, activities = (list(model.benchmark.sets[k]) for k in ("r", "a"))
    full = {(activities[i], regions[j]) for i, j in np.argwhere(used_up)}
    assert full == {("gso", "SH"), ("gso", "ZJ"), ("gwi", "CQ")}
    before, now = p["sigma_cost"], site_elasticity(model.benchmark, base)
    assert (now <= before + 1e-15).all() and (now[~gen] == before[~gen]).all()
    solar = activities.index("gso")
    js, xj = regions.index("JS"), regions.index("XJ")
    assert now[solar, js] < 0.5 * before[solar, js] and now[solar, xj] == before[solar, xj]
    theta, sigma = p["theta_resource"][solar, js], now[solar, js]
    most = theta ** (-sigma / (1 - sigma))
    rest = 1e9
    power = (sigma - 1) / sigma
    reached = (theta + (1 - theta) * rest**power) ** (1 / power)
    assert reached == pytest.approx(most, rel=1e-3), "output of a fixed site with unbounded other inputs"
    assert most * own[solar, js] == pytest.approx(potential[solar, js], rel=1e-9)


def test_sites_are_free_where_no_potential_is_known(model):
    free = replace(model.benchmark, potential=np.full_like(model.benchmark.potential, np.inf))
    base = model.baseline[-1]
    assert (site_elasticity(free, base) == base.parameters["sigma_cost"]).all()


def test_wider_lines_are_paid_by_the_receiving_province(model):
    wide, free = (_run(model, Network(growth=2.0, cost=cost), left=0.5)[-1] for cost in (20.0, 0.0))
    usual = _run(model, left=0.5)[-1]
    extra = np.maximum(wide.parameters["lmax"] - usual.parameters["lmax"], 0.0)
    want = (extra * distance() / 1000 * 20.0 / 100).sum(0)
    np.testing.assert_allclose(wide.parameters["qprog"], want, rtol=1e-12)
    assert want.max() > 1 and (free.parameters["qprog"] == 0).all()
    spent = (wide.values["QAB"] - free.values["QAB"]).sum()
    assert spent == pytest.approx(want.sum(), rel=0.2)
    assert wide.values["GDPB"].sum() < free.values["GDPB"].sum()


def test_no_capture_and_other_room_exclude_each_other():
    with pytest.raises(ValueError, match="nothing to store"):
        Storage(capture=False, growth=2.0)


def test_a_province_that_is_not_there_is_named(model):
    with pytest.raises((PolicyError, ValueError), match="Xanadu"):
        _run(model, Storage(provinces={"Xanadu": 2.0}))

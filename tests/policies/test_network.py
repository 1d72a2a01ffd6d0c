"""Lines between provinces: what they carry, what a full one earns, and nothing where there is room."""

from __future__ import annotations

import numpy as np
import pytest

from cge.measure.indicators import checks, levels
from cge.policies import PolicyError
from cge.policies.network import Network
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.runs.policy_year import line_capacity
from sam.groups import groups_of
from sam.satellites import network, network_capacity


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def _run(model, *instruments, left=0.1, **closure):
    em0 = model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - (1 - left) * (y - 2025) / 35) for y in model.paths.years[1:]} if left else {}
    policy = Policy(caps, (), 4.0, 6.0, instruments=instruments, closure=closure)
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="n", log=lambda _: None)


@pytest.fixture(scope="module")
def runs(model):
    return {"none": _run(model, Network(limits=False)), "usual": _run(model), "tight": _run(model, Network(growth=0.5))}


def test_capacity_starts_at_the_nameplate_or_the_flow_and_grows_with_the_baseline(model):
    first, flow = model.benchmark.parameters, model.baseline[0].accounts["QL"]
    regions = list(model.benchmark.sets["r"])
    sc, zj, sx, bj, sn, he = (regions.index(k) for k in ("SC", "ZJ", "SX", "BJ", "SN", "HE"))
    assert first["lmax"][sc, zj] == pytest.approx(0.7 * 16 * 8.76), "16 GW at 70 %"
    assert first["lmax"][sx, bj] == pytest.approx(flow[sx, bj]), "more flows than 3.95 GW could carry"
    assert first["lmax"][sn, he] == pytest.approx(flow[sn, he]) and flow[sn, he] > 1, "no line of its own in the table"
    assert (first["lmax"] > 0).sum() == len(network())
    for base in model.baseline:
        now, wide = line_capacity(model.benchmark, base), first["lmax"] > 0
        growth = base.values["DB"].sum() / model.baseline[0].values["DB"].sum()
        np.testing.assert_allclose(now, np.maximum(first["lmax"] * growth, base.accounts["QL"] * wide), rtol=1e-12)


def test_lines_of_gathered_provinces_add_up():
    alone = network_capacity({k: [k] for k in groups_of("cn30").regions})
    there = alone.set_index(["origin", "destination"])["gw"]
    assert there["XJ", "HA"] == there["HA", "XJ"] == 8.0
    whole = network_capacity({"west": ["XJ", "GS", "QH"], "middle": ["HA", "AH"]})
    assert whole.set_index(["origin", "destination"])["gw"].to_dict() == {
        ("west", "middle"): 28.0, ("middle", "west"): 28.0,
    }  # fmt: skip


def test_the_baseline_needs_no_rent_and_neither_does_no_policy(model):
    for base, now in zip(model.baseline, _run(model, left=0), strict=True):
        assert (base.values["PLX"] == 0).all()
        assert now.values["PLX"].max() < 1e-9
        np.testing.assert_allclose(now.values["SB"], base.values["SB"], rtol=1e-8)


def test_without_limits_origins_compete_by_their_busbar_price_alone(model, runs):
    for now in runs["none"][1:]:
        v, p = now.values, now.parameters
        weight = p["net0"] * (v["PXB"] / p["pb_ref"])[:, None] ** -6.0
        np.testing.assert_allclose(v["SB"], weight / weight.sum(0), rtol=1e-12)
        np.testing.assert_allclose(v["PBD"], (v["SB"] * (v["PXB"] * p["pb0"])[:, None]).sum(0), rtol=1e-12)
        assert (v["PLX"] == 0).all()


def test_dropping_the_equation_by_hand_is_a_run_without_limits(model, runs):
    for ours, dropped in zip(runs["none"], _run(model, drop=("line_capacity",)), strict=True):
        for name in ("GDPB", "EM", "QB", "SB", "PCO2"):
            np.testing.assert_allclose(dropped.values[name], ours.values[name], rtol=1e-7, atol=1e-10, err_msg=name)


def test_lines_that_are_never_full_change_nothing(model, runs):
    wide = _run(model, Network(growth=100.0, start_year=2021, cost=0))
    assert (wide[-1].values["PLX"] == 0).all()
    for name in ("GDPB", "EM", "QB", "SB"):
        np.testing.assert_allclose(wide[-1].values[name], runs["none"][-1].values[name], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", ["usual", "tight"])
def test_a_full_line_carries_its_capacity_at_a_rent_and_a_slack_one_earns_nothing(runs, name):
    last = runs[name][-1]
    flow, rent, most = last.accounts["QL"], last.values["PLX"], last.parameters["lmax"]
    full, slack = rent > 0, (most > 0) & (flow < most * (1 - 1e-8))
    assert full.any() and slack.any()
    np.testing.assert_allclose(flow[full], most[full], rtol=1e-9)
    assert (rent[slack] == 0).all() and (rent >= 0).all()
    assert (flow <= most * (1 + 1e-9))[most > 0].all()
    assert (rent[most == 0] == 0).all()


def test_tighter_lines_carry_less_fill_up_more_and_earn_more(model, runs):
    tables = [levels(model.benchmark, runs[k], k).query("year == 2060 and region == 'CN'") for k in runs]
    sent, rents = (
        [float(t.loc[t["indicator"] == n, "value"].iloc[0]) for t in tables]
        for n in ("electricity_exports", "congestion_rent")
    )
    assert sent[0] > sent[1] > sent[2] > 0 and 0 == rents[0] < rents[1] < rents[2]
    full = [(runs[k][-1].values["PLX"] > 0).sum() for k in runs]
    assert full[0] == 0 < full[1] < full[2]


@pytest.mark.parametrize("name", ["usual", "tight"])
def test_accounts_close_with_rents(model, runs, name):
    walras = [float(model.system.residuals(p.parameters, p.values, ["balance_of_payments"])["balance_of_payments"])
              for p in runs[name]]  # fmt: skip
    found = checks(model.benchmark, runs[name], walras)
    for check in ("walras", "gdp_expenditure_income", "gdp_income_value_added", "trade_symmetry", "electricity_twh"):
        assert found[check] < 1e-8, check
    v, p = runs[name][-1].values, runs[name][-1].parameters
    paid, origin = v["PBD"] * v["DB"], (runs[name][-1].accounts["QL"] * (v["PXB"] * p["pb0"])[:, None]).sum(0)
    rent = (v["PLX"] * runs[name][-1].accounts["QL"]).sum(0)
    assert rent.max() > 1
    np.testing.assert_allclose(paid, origin + rent, rtol=1e-12)


def test_exports_less_imports_are_generation_less_use(model, runs):
    frame = levels(model.benchmark, runs["usual"], "usual").query("year == 2060")
    wide = frame[frame["sector"] == "all"].pivot(index="region", columns="indicator", values="value")
    made = frame[frame["indicator"] == "generation"].groupby("region")["value"].sum()
    net = wide["electricity_exports"] - wide["electricity_imports"]
    np.testing.assert_allclose(net, made[wide.index] - wide["electricity_use"], atol=1e-8)
    assert net["CN"] == 0


def test_a_single_line_may_be_widened(model, runs):
    usual = runs["usual"][-1]
    k = np.unravel_index(np.argmax(usual.values["PLX"] * usual.accounts["QL"]), usual.values["PLX"].shape)
    origin, destination = (model.benchmark.sets["r"][i] for i in k)
    wider = _run(model, Network(links={origin: {destination: 1.5}}, start_year=2030))[-1]
    factor = np.divide(wider.parameters["lmax"], usual.parameters["lmax"], where=usual.parameters["lmax"] > 0,
                       out=np.ones((31, 31)))  # fmt: skip
    assert factor[k] == pytest.approx(1.5) and (np.delete(factor.ravel(), np.ravel_multi_index(k, (31, 31))) == 1).all()
    assert wider.accounts["QL"][k] > usual.accounts["QL"][k] * 1.01
    assert wider.values["PLX"][k] < usual.values["PLX"][k]


def test_a_line_that_is_not_there_is_named(model):
    with pytest.raises(PolicyError, match="network: not in this economy: 'XJ-GD'"):
        _run(model, Network(links={"新疆": {"广东": 2.0}}))


def test_lines_freed_in_a_later_year_keep_no_rent(model):
    run = _run(model, Network(limits=False, start_year=2045))
    assert run[1].parameters["lmax"].max() > 0 and (run[-1].values["PLX"] == 0).all()
    walras = model.system.residuals(run[-1].parameters, run[-1].values, ["balance_of_payments"])
    assert abs(float(walras["balance_of_payments"])) < 1e-8


def test_no_limits_and_more_capacity_exclude_each_other():
    with pytest.raises(ValueError, match="have no growth"):
        Network(limits=False, growth=2.0)

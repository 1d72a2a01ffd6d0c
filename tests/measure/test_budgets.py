"""Budgets: items that add up to zero, are what the policy says, and say where carbon revenue went."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cge.measure.budgets import budget_gap, budgets, central, provincial
from cge.measure.indicators import changes, levels
from cge.policies.border import Border
from cge.policies.efficiency import Efficiency
from cge.policies.network import Network
from cge.policies.power import TechnologySubsidy
from cge.policies.revenue import Revenue
from cge.policies.storage import Storage
from cge.policies.tax import Tax
from cge.policies.transfers import Transfers
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy

TAX = Tax(price=600, start_price=600)
POLICIES = {
    "everything": (
        TAX, Revenue(investment=0.2, owners=0.1, dividend=0.3), Border(exports=True), Transfers(rule="equalising"),
        Efficiency(gain=0.05), TechnologySubsidy(yuan_per_mwh={"gso": 30.0}), Network(growth=0.6, cost=50),
        Storage(growth=0.1),
    ),
    "lump sum": (TAX,),
    "production-tax": (TAX,), "labour-tax": (TAX,), "purchases": (TAX,),
}  # fmt: skip


def _run(model, instruments, government):
    policy = Policy({}, (), 4.0, 6.0, {"government": government}, instruments=tuple(instruments))
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="b", log=lambda _: None)


@pytest.fixture(scope="module")
def runs(model):
    own = {"production-tax", "labour-tax", "purchases"}
    return {k: _run(model, i, k if k in own else "lump-sum") for k, i in POLICIES.items()}


@pytest.mark.parametrize("name", ["baseline", *POLICIES])
def test_every_budget_adds_up(model, runs, name):
    periods = model.baseline if name == "baseline" else runs[name]
    frame = budgets(model.benchmark, periods, name)
    gdp = {p.year: p.values["GDPB"].sum() for p in periods}
    centre = frame["sector"].str.startswith("centre_")
    for (region, year), rows in frame[~centre].groupby(["region", "year"]):
        assert abs(rows["value"].sum()) < 1e-8 * gdp[year], (region, year)
    for year, rows in frame[centre].groupby("year"):
        assert set(rows["region"]) == {"CN"} and len(rows) == 3
        assert abs(rows["value"].sum()) < 1e-8 * gdp[year]
    assert set(frame["region"]) == {*model.benchmark.sets["r"], "CN"}
    assert budget_gap(periods) < 1e-8


def test_a_missing_item_is_a_gap(model, runs):
    """The check must fail when money goes where no item shows it."""
    last = runs["everything"][-1]
    for name, change in (("LST", 1.0), ("CUTL", 1e-4), ("CRES", 10.0)):
        moved = replace(last, values=last.values | {name: last.values[name] + change})
        assert budget_gap([moved]) > 1e-8, name


def test_items_are_what_the_policy_says(model, runs):
    last = {k: provincial(run[-1]) for k, run in runs.items()}
    base = provincial(model.baseline[-1])
    mixed = last["everything"]
    revenue = mixed["carbon_revenue"]
    for item, share in (("carbon_to_investment", 0.2), ("carbon_to_owners", 0.1), ("carbon_to_dividend", 0.3)):
        np.testing.assert_allclose(mixed[item], -share * revenue)
    for item in ("border_levies", "programmes", "subsidies", "line_rents"):
        assert np.abs(mixed[item]).sum() > 1 and np.abs(base[item]).sum() == pytest.approx(0.0, abs=1e-6), item
    assert (mixed["programmes"] <= 0).all() and (mixed["subsidies"] <= 0).all() and (mixed["line_rents"] >= 0).all()
    plain = last["lump sum"]
    assert plain["carbon_to_investment"].sum() == plain["production_tax_cut"].sum() == 0
    assert -plain["lump_sum"].sum() > -base["lump_sum"].sum(), "what is collected is handed out"
    assert (last["production-tax"]["production_tax_cut"] < 0).all()
    assert (last["labour-tax"]["labour_tax_cut"] < 0).all()
    assert last["purchases"]["purchases"].sum() < base["purchases"].sum()
    for name in ("production-tax", "labour-tax", "purchases"):
        np.testing.assert_allclose(last[name]["lump_sum"], base["lump_sum"], rtol=1e-8)


def test_the_centre_passes_on_what_it_keeps(model, runs):
    last = runs["everything"][-1]
    own = provincial(last)
    centre = central(last, own)
    assert centre["centre_balance"] == pytest.approx(-own["share_of_central_balance"].sum(), rel=1e-10)
    assert centre["centre_revenue"] == pytest.approx(-own["to_centre"].sum())


def test_foreign_saving_closes_the_balance_and_welfare_sums_its_years(model, runs):
    run = runs["lump sum"]
    level = levels(model.benchmark, run, "t").query("indicator == 'foreign_saving' and year == 2060")
    v, p = run[-1].values, run[-1].parameters
    px = np.where(p["e0"] > 0, v["PX"], 0.0)
    bought = float((v["EXR"] * v["QM"]).sum()) - float(((px - p["bcx"] * v["TAU"]) * v["QE"]).sum())
    assert level["value"].item() == pytest.approx(bought, rel=1e-6)
    change = changes(model.benchmark, model.baseline, run, "t").set_index(["indicator", "region", "year"])["value"]
    assert np.abs(change["labour_change_pct"]).max() < 1e-8
    whole = change["welfare_ev_cumulative_discounted_pct", "CN", 2060]
    yearly = [change["welfare_ev_pct", "CN", y].item() for y in (2021, 2030, 2060)]
    assert min(yearly) < whole < max(yearly)

"""Instruments and closures together: accounts that close alone must close in company."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shipped import of_regions

from cge.policies.border import Border, ForeignLevy
from cge.policies.coverage import Coverage
from cge.policies.efficiency import Efficiency
from cge.policies.intensity import IntensityCap
from cge.policies.network import Network
from cge.policies.power import RenewableStandard, TechnologySubsidy
from cge.policies.removals import Removals, Sinks
from cge.policies.revenue import Revenue
from cge.policies.standard import PerformanceStandard
from cge.policies.storage import Storage
from cge.policies.tax import Tax
from cge.policies.transfers import Transfers
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.study.model import solver_checks
from cgebase.errors import IdentityError

TAX = Tax(price=400, start_price=100)
EVERYBODY = (tuple(range(8)),)
RATE = PerformanceStandard(sectors=("power",), factor=0.6, trade="national")
BASES = {
    "cap and trade with a tax": {"left": 0.5, "trade": EVERYBODY, "instruments": (TAX,)},
    "slack cap and trade with a tax": {"left": 1.5, "trade": EVERYBODY, "instruments": (TAX,)},
    "own caps with a tax in one region": {"left": 0.4, "instruments": (of_regions(Tax, price=600, provinces=("NW",)),)},
    "power market with a tax": {"trade": EVERYBODY, "instruments": (TAX, RATE)},
    "intensity and trade with a tax": {"trade": EVERYBODY, "instruments": (TAX, IntensityCap(final_share=0.15))},
    "cap, trade, free permits and a tax": {
        "left": 0.5, "trade": EVERYBODY,
        "instruments": (TAX, PerformanceStandard(sectors=("mtl", "nmm"), factor=0.8, mode="cap")),
    },
}  # fmt: skip
BESIDE = {
    "nothing": {},
    "few pay": {"more": (Coverage(sectors=("power", "mtl"), later={"2060": ("nmm",)}),)},
    "few pay the tax": {"more": (Coverage(sectors=("mtl",), applies="tax"),)},
    "owners and heads": {"more": (Revenue(owners=0.3, dividend=0.5, investment=0.2),)},
    "heads while purchases close": {"more": (Revenue(dividend=1.0),), "closure": {"government": "purchases"}},
    "owners while a tax is cut": {"more": (Revenue(owners=0.5),), "closure": {"government": "production-tax"}},
    "border": {"more": (Border(exports=True), ForeignLevy(price=500))},
    "sinks and removals": {"more": (Sinks(national=300), Removals(national=300, cost=150))},
    "green power": {"more": (RenewableStandard(share=0.9), TechnologySubsidy(yuan_per_mwh={"gso": 30.0}))},
    "lines and stores": {"more": (Network(growth=0.6), Storage(growth=0.05), Efficiency(gain=0.05))},
    "other transfers": {"more": (Transfers(rule="equalising"),), "closure": {"ownership": "local"}},
    "labour": {"closure": {"labour": "migration", "employment": "wage-curve", "government": "labour-tax"}},
    "open": {"closure": {"capital": "national", "investment": "fixed", "foreign": "exchange-fixed"}},
}
FEW = ("few pay", "owners and heads", "open")


def _run(model, base, beside):
    left, em0 = base.get("left"), model.benchmark.parameters["em0"]
    caps = {y: em0 * (1 - (1 - left) * (y - 2025) / 35) for y in model.paths.years[1:]} if left else {}
    policy = Policy(caps, base.get("trade", ()), 4.0, 6.0, beside.get("closure", {}),
                    instruments=(*base["instruments"], *beside.get("more", ())))  # fmt: skip
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="x", log=lambda _: None)


WHOLE = ("cap and trade with a tax", "power market with a tax", "cap, trade, free permits and a tax")
PAIRS = [(base, beside) for base in BASES for beside in BESIDE if base in WHOLE or beside in FEW]


@pytest.mark.parametrize(("base", "beside"), PAIRS)
def test_accounts_close_in_every_combination(model, base, beside):
    run = _run(model, BASES[base], BESIDE[beside])
    found = solver_checks(model, run, "x")
    assert max(found.values()) < 1e-8
    assert np.abs(run[-1].values["EM"] / model.baseline[-1].values["EM"] - 1).max() > 1e-3, "something acts"


def test_permits_beside_a_tax_are_worth_the_permit_price_alone(model):
    """A tax on top of a traded cap takes its part out of the permit price, not out of thin air."""
    late = Tax(price=400, start_price=400, start_year=2050)
    base = BASES["cap and trade with a tax"] | {"instruments": (late,)}
    alone = _run(model, base | {"instruments": ()}, {})[-1].values
    both = _run(model, base, {})[-1].values
    assert alone["PPM"][0] > 4.5, "else the tax would leave the cap slack"
    np.testing.assert_allclose(both["TAU"], alone["TAU"], rtol=0.02)
    np.testing.assert_allclose(both["TAU"] - both["PPM"], 4.0, rtol=1e-12)
    assert both["GDPB"].sum() == pytest.approx(alone["GDPB"].sum(), rel=1e-4)
    slack = _run(model, BASES["slack cap and trade with a tax"], {})[-1].values
    taxed = _run(model, {"instruments": (TAX,)}, {})[-1].values
    assert (slack["PPM"] == 0).all()
    np.testing.assert_allclose(slack["GDPB"], taxed["GDPB"], rtol=1e-9)
    np.testing.assert_allclose(slack["CREV"], taxed["CREV"], rtol=1e-7)


def test_a_rate_based_market_is_that_of_its_sectors_and_leaves_others_alone(model):
    quiet = _run(model, {"trade": EVERYBODY, "instruments": (RATE,)}, {})[-1].values
    named = _run(model, {"trade": EVERYBODY, "instruments": (RATE, Coverage(sectors=("power",)))}, {})[-1].values
    for name in ("GDPB", "EM", "PCO2"):
        np.testing.assert_allclose(quiet[name], named[name], rtol=1e-9, atol=1e-12)
    k = list(model.benchmark.sets["a"]).index
    assert (quiet["TAUA"][k("mtl")] == 0).all() and quiet["TAUA"][k("gco")].max() > 0.1
    taxed = _run(model, BASES["power market with a tax"], {})[-1].values
    np.testing.assert_allclose(taxed["TAUA"][k("mtl")], 4.0, rtol=1e-12)


@pytest.mark.parametrize("instrument", ["cap", "intensity"])
def test_a_cap_on_some_is_a_share_of_what_they_emitted(model, instrument):
    sectors = Coverage(sectors=("power",), later={"2060": ("mtl",)})
    first, em0 = model.baseline[0], model.benchmark.parameters["em0"]
    if instrument == "cap":
        run = _run(model, {"left": 0.5, "instruments": (sectors,)}, {})
        want = lambda covered, v: 0.5 * covered  # noqa: E731
    else:
        run = _run(model, {"instruments": (sectors, IntensityCap(final_share=0.15))}, {})
        want = lambda covered, v: 0.15 * covered / model.benchmark.parameters["gdp0"] * v["GDPB"]  # noqa: E731
    v, p = run[-1].values, run[-1].parameters
    covered = (p["cover"] * first.values["EMA"]).sum(0)
    assert (covered < 0.95 * em0).all() and p["cover"].sum() > 5 * 8
    binding = v["PPM"] > 0
    assert binding.sum() > 4
    np.testing.assert_allclose(v["EMC"][binding], want(covered, v)[binding], rtol=1e-8)


def test_a_standard_that_no_longer_binds_leaves_no_price_behind(model):
    run = _run(model, {"instruments": (RenewableStandard(share=0.9),)}, {})
    for now in run[1:]:
        free = now.parameters["rps"] == 0
        assert (now.values["PGC"][free] == 0).all()


def test_owners_and_heads_get_theirs_whatever_closes_the_budget(model):
    for closure in ({}, {"government": "purchases"}, {"government": "labour-tax"}):
        run = _run(model, {"instruments": (TAX, Revenue(dividend=0.6, owners=0.4))}, {"closure": closure})[-1]
        v, p = run.values, run.parameters
        given = v["YD"] - (1 - p["ty"]) * v["YF"] - p["trsh"] * v["LST"]
        share = 0.6 * p["heads"] + 0.4 * p["ksh"]
        np.testing.assert_allclose(given, share * v["CREV"].sum(), rtol=1e-9)
        assert given.sum() == pytest.approx(v["CREV"].sum(), rel=1e-9) and v["CREV"].sum() > 1000


def test_local_owners_bear_what_happens_to_capital_income_at_home(model):
    base = {"left": 0.1, "instruments": ()}
    runs = [_run(model, base, {"closure": {"ownership": o}})[-1] for o in ("pooled", "local")]
    pooled, local = (run.values for run in runs)
    before = model.baseline[-1].values
    kept = runs[1].parameters["ret"]
    assert 0.2 < kept < 0.6, "enterprises retain part of every yuan of capital income, wherever it is lost"
    fall = local["YLOC"] - before["YLOC"]
    np.testing.assert_allclose(local["YK"] - before["YK"], (1 - kept) * fall, rtol=1e-7, atol=1e-6)
    assert pooled["YK"].sum() == pytest.approx((1 - kept) * pooled["YLOC"].sum(), rel=1e-9)
    share = pooled["YK"] / pooled["YK"].sum()
    np.testing.assert_allclose(share, before["YK"] / before["YK"].sum(), rtol=1e-9)
    assert np.ptp(local["YK"] / before["YK"]) > 0.02


def test_accounts_that_do_not_close_are_refused(model):
    run = _run(model, {"instruments": (TAX,)}, {})
    values = run[-1].values | {"QE": run[-1].values["QE"] * 1.001}
    with pytest.raises(IdentityError, match="scenario broken: .*do not close") as raised:
        solver_checks(model, [*run[:-1], replace(run[-1], values=values)], "broken")
    assert "GDP by expenditure = by income" in str(raised.value)

"""Instruments: nothing at a zero rate, accounts that close at any rate, equivalences that theory knows."""

from __future__ import annotations

import numpy as np
import pytest
from shipped import of_regions

from cge.analysis.verification.envelope import unexplained
from cge.analysis.verification.homogeneity import residual_of_doubling
from cge.measure.indicators import checks
from cge.policies import PolicyError
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

POWERS = (4.0, 6.0)
NOTHING = {
    "tax": Tax(price=0),
    "sinks": Sinks(national=0),
    "removals": Removals(national=0),
    "subsidy": TechnologySubsidy(yuan_per_mwh={"gso": 0.0}),
    "renewables": RenewableStandard(share=0.01),
    "border": Border(),
    "foreign levy": ForeignLevy(price=0),
    "revenue": Revenue(dividend=1.0),
    "coverage": Coverage(sectors=("power",)),
    "efficiency": Efficiency(gain=0.0),
    "transfers": Transfers(rule="equalising"),
    "wider lines": Network(growth=2.0, cost=0),
    "other room for CO2": of_regions(Storage, growth=0.5, provinces={"NW": 1.0}),
    "no capture": Storage(capture=False),
    "no limits of lines": Network(limits=False),
}
TAX = Tax(price=600, start_price=600)
ACTING = {
    "tax": (TAX,),
    "tax on power alone": (TAX, Coverage(sectors=("power",))),
    "revenue to investment": (TAX, Revenue(investment=1.0)),
    "revenue to owners": (TAX, Revenue(owners=1.0)),
    "national dividend": (TAX, Revenue(dividend=1.0)),
    "border levy and rebate": (TAX, Border(exports=True)),
    "balanced transfers": (TAX, Transfers(rule="balanced")),
    "equalising transfers": (TAX, Transfers(rule="equalising")),
    "efficiency programme": (Efficiency(gain=0.1),),
    "levies abroad": (ForeignLevy(price=600),),
    "levies abroad above the tax": (TAX, ForeignLevy(price=900)),
    "levies abroad and rebates": (TAX, Border(exports=True), ForeignLevy(price=900)),
    "subsidy": (TechnologySubsidy(yuan_per_mwh={"gso": 60.0, "gwi": 40.0}),),
    "narrow lines": (TAX, Network(growth=0.5)),
    "wide lines": (TAX, Network(growth=2.0, cost=100), Efficiency(gain=0.1)),
    "little room for CO2": (TAX, of_regions(Storage, growth=0.1, provinces={"NC": 5.0, "BT": 0.0})),
    "renewable share": (RenewableStandard(share=0.75),),
    "non-fossil share": (RenewableStandard(share=0.75, technologies=("ghy", "gnu", "gwi", "gso", "gbi")),),
    "intensity cap": (IntensityCap(final_share=0.25),),
    "rate-based power market": (
        PerformanceStandard(sectors=("power",), factor=0.6, trade="national"),
        Coverage(sectors=("power",)),
    ),
    "free permits under a tax": (TAX, PerformanceStandard(sectors=("mtl", "nmm"), factor=0.8, mode="cap")),
}


def _run(model, instruments, caps=None, trade=(), closure=None):
    policy = Policy(caps or {}, trade, *POWERS, closure or {}, instruments=tuple(instruments))
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="p", log=lambda _: None)


def _caps(model, left):
    em0 = model.benchmark.parameters["em0"]
    return {y: em0 * (1 - (1 - left) * (y - 2025) / 35) for y in model.paths.years[1:]}


@pytest.mark.parametrize("name", NOTHING)
def test_a_zero_rate_is_the_baseline(model, name):
    for base, now in zip(model.baseline, _run(model, [NOTHING[name]]), strict=True):
        np.testing.assert_allclose(now.values["GDPB"], base.values["GDPB"], rtol=1e-8)
        np.testing.assert_allclose(now.values["EM"], base.values["EM"], rtol=1e-8)


@pytest.fixture(scope="module")
def acted(model):
    return {name: _run(model, instruments) for name, instruments in ACTING.items()}


@pytest.mark.parametrize("name", ACTING)
def test_channels_are_all_of_gdp(model, acted, name):
    """Factors and wedges of the production side add up to what final demand gains, to first order."""
    active = Policy({}, (), *POWERS, instruments=ACTING[name]).active
    gap, size = unexplained(model.system, model.baseline[-1], acted[name][-1], active)
    assert gap < 1e-6 < 0.1 < size


@pytest.mark.parametrize("name", ACTING)
def test_only_relative_prices_matter_under_every_instrument(model, acted, name):
    active = Policy({}, (), *POWERS, instruments=ACTING[name]).active
    assert residual_of_doubling(model.system, acted[name][-1], active) < 1e-9


@pytest.mark.parametrize("name", ACTING)
def test_accounts_close_under_every_instrument(model, acted, name):
    run = acted[name]
    walras = [float(model.system.residuals(p.parameters, p.values, ["balance_of_payments"])["balance_of_payments"])
              for p in run]  # fmt: skip
    found = checks(model.benchmark, run, walras)
    assert found["walras"] < 1e-8
    assert found["gdp_expenditure_income"] < 1e-8
    assert found["gdp_income_value_added"] < 1e-8
    assert found["carbon_revenue_spent"] < 1e-8
    assert found["electricity_twh"] < 1e-10


def test_every_instrument_does_what_it_says(model, acted):
    base, last = model.baseline[-1], {k: run[-1] for k, run in acted.items()}
    np.testing.assert_allclose(last["tax"].values["TAU"], 6.0)
    assert last["efficiency programme"].values["EM"].sum() < base.values["EM"].sum()
    k = list(model.benchmark.sets["a"]).index
    power = last["tax on power alone"]
    assert (power.values["TAUA"][k("nmm")] == 0).all() and (power.values["XAB"][k("nmm")] == 0).all()
    assert power.values["TAUA"][k("gco")].max() == pytest.approx(6.0)
    assert power.values["EM"].sum() > last["tax"].values["EM"].sum()
    assert last["revenue to investment"].values["INV"].sum() > last["tax"].values["INV"].sum()
    assert last["border levy and rebate"].values["QM"][list(model.benchmark.sets["c"]).index("nmm")].sum() < (
        last["tax"].values["QM"][list(model.benchmark.sets["c"]).index("nmm")].sum()
    )
    assert last["levies abroad"].values["QE"].sum() < base.values["QE"].sum()
    green = [k(g) for g in ("ghy", "gwi", "gso", "gbi")]
    share = last["renewable share"].values["SG"][green].sum(0)
    asked = base.values["SG"][green].sum(0) < 0.75
    assert asked.any()
    np.testing.assert_array_less(0.75 - 1e-8, share[asked])
    nuclear = [p.values["SG"][k("gnu")] for p in (last["renewable share"], base)]
    there = asked & (nuclear[1] > 1e-3)
    assert there.any() and (nuclear[0] < nuclear[1])[there].all(), "nuclear earns no certificate and gives way"
    wider = last["non-fossil share"].values["SG"]
    assert wider[k("gnu")][there].sum() > nuclear[0][there].sum()
    np.testing.assert_array_less(0.75 - 1e-8, wider[[*green, k("gnu")]].sum(0)[asked])
    twh = {n: (last[n].values["SG"][k("gso")] * last[n].values["QB"]).sum() for n in ("subsidy",)}
    assert twh["subsidy"] > (base.values["SG"][k("gso")] * base.values["QB"]).sum()
    cut = last["intensity cap"]
    own = model.benchmark.parameters["em0"] / model.benchmark.parameters["gdp0"]
    reached = cut.values["EM"] / cut.values["GDPB"] / own
    assert (reached < 0.25 + 1e-8).all() and (reached > 0.25 - 1e-6).any()
    market = last["rate-based power market"].values
    assert (market["CREV"].sum()) == pytest.approx(0.0, abs=1e-6), "what is paid is given back per output"
    covered, entitled = market["EMC"].sum(), market["OBA"].sum()
    assert covered == pytest.approx(entitled, rel=1e-8)


@pytest.mark.parametrize("change", [-1000.0, 1000.0])
def test_equalising_takes_from_the_rich_and_gives_to_the_poor(model, acted, change):
    """Whatever the sign of the central balance, which nobody chooses."""
    p, v = acted["equalising transfers"][-1].parameters, acted["equalising transfers"][-1].values
    p = p | {"cres_ref": v["CRES"] - change}
    none = p | {"csx": 0 * p["csx"], "csl": 0 * p["csl"]}
    passed_on = [model.system.residuals(q, v, ["lump_sum"])["lump_sum"] * p["gdp0"] for q in (none, p)]
    got = passed_on[0] - passed_on[1]
    gdp, heads = model.baseline[-1].values["GDPB"], model.paths.heads[-1].sum(0)
    poor = gdp / gdp.sum() < heads
    assert 0 < poor.sum() < len(poor)
    assert got.sum() == pytest.approx(change, abs=1e-6)
    np.testing.assert_allclose(got[poor if change < 0 else ~poor], 0.0, atol=1e-6)
    assert (got[~poor if change < 0 else poor] * change >= 0).all()
    assert np.ptp(got) > 0.1 * abs(change)


def test_the_poorest_lose_least_under_the_equalising_rule(model, acted):
    regions, base = list(model.benchmark.sets["r"]), model.baseline[-1].values
    rules = ("tax", "balanced transfers", "equalising transfers")
    change = {k: acted[k][-1].values["LST"] - base["LST"] for k in rules}
    assert acted["tax"][-1].values["CRES"] < base["CRES"], "the centre loses revenue under the tax"
    poor, rich = ([regions.index(r) for r in group] for group in (("NW", "SW"), ("BT", "EC")))
    equalising = change["equalising transfers"]
    assert (equalising > change["tax"])[poor].all() and (equalising < change["tax"])[rich].all()
    assert (equalising > change["balanced transfers"])[poor].all(), "a cut in proportion takes from recipients"


def _dearer_abroad(model, run):
    """What levies abroad put on the price of exports of the last year, (c, r)."""
    v, p = run[-1].values, run[-1].parameters
    there = p["e0"] > 0
    paid = np.where(there, v["QE"] / np.where(there, p["e0"] * p["grow"], 1.0), 1.0) ** (-1 / p["eta_e"][:, None])
    return np.where(there, paid * v["EXR"] / np.where(there, v["PX"] - p["bcx"] * v["TAU"], 1.0), 1.0) - 1


def test_levies_abroad_credit_the_price_at_home(model, acted):
    c = list(model.benchmark.sets["c"]).index("nmm")
    full, part = (_dearer_abroad(model, acted[k])[c] for k in ("levies abroad", "levies abroad above the tax"))
    here = full > 0
    assert here.any()
    np.testing.assert_allclose(part[here], 0.5 * full[here], rtol=1e-6, err_msg="900 less 600 at home is half of 600")
    rebated = _dearer_abroad(model, acted["levies abroad and rebates"])[c]
    np.testing.assert_allclose(rebated[here], 1.5 * full[here], rtol=1e-6, err_msg="what is rebated is not paid")


@pytest.mark.parametrize("price", [600, 300])
def test_a_levy_abroad_below_the_price_at_home_costs_nothing(model, acted, price):
    now, bare = _run(model, (TAX, ForeignLevy(price=price)))[-1].values, acted["tax"][-1].values
    np.testing.assert_allclose(now["GDPB"], bare["GDPB"], rtol=1e-9)
    np.testing.assert_allclose(now["QE"], bare["QE"], rtol=1e-8)


def test_a_national_dividend_moves_money_not_tonnes(model, acted):
    p = model.benchmark.parameters
    own, shared = acted["tax"][-1].values, acted["national dividend"][-1].values
    moved = sum((1 if v is shared else -1) * (v["YD"] - (1 - p["ty"]) * v["YF"]).sum(0) for v in (own, shared))
    assert np.abs(moved).max() > 10
    assert abs(moved.sum()) < 0.2 * np.abs(moved).sum()
    assert shared["EM"].sum() == pytest.approx(own["EM"].sum(), rel=5e-3)


def test_an_intensity_cap_is_the_absolute_cap_at_its_tonnes(model):
    """Real GDP is nobody's to choose, so permits in proportion to it change no price: only the tonnes matter."""
    floating = _run(model, (IntensityCap(final_share=0.25, end_year=2040),))
    early, late = (p.values["PCO2"] > 0 for p in floating[1:])
    assert 0 < early.sum() < len(early), "the baseline's own fall of intensity meets the cap of 2030 in some provinces"
    assert (early & late).any()
    caps = {p.year: np.where(p.values["PCO2"] > 0, p.values["EM"], 10 * p.values["EM"]) for p in floating[1:]}
    fixed = _run(model, (), caps)[-1].values
    np.testing.assert_allclose(fixed["PCO2"], floating[-1].values["PCO2"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(fixed["QA"], floating[-1].values["QA"], rtol=1e-6)


def test_free_permits_per_output_raise_the_price_at_equal_tonnes(model):
    caps = _caps(model, 0.5)
    auction = _run(model, (), caps)
    free = PerformanceStandard(sectors=("mtl", "nmm"), factor=0.5, scope="own", mode="cap")
    given = _run(model, (free,), caps)
    np.testing.assert_allclose(given[-1].values["EM"], auction[-1].values["EM"], rtol=1e-8)
    price = [run[-1].values["TAU"] for run in (auction, given)]
    assert np.median(price[1] / price[0]) > 1.0
    k = list(model.benchmark.sets["a"]).index("mtl")
    assert given[-1].values["QA"][k].sum() > auction[-1].values["QA"][k].sum(), "the subsidy keeps output up"


def test_sinks_and_removals_relax_the_cap(model):
    caps = _caps(model, 0.2)
    bare, sunk, removed = (
        _run(model, i, caps)[-1] for i in ((), (Sinks(national=200),), (Removals(national=300, cost=300),))
    )
    np.testing.assert_allclose(sunk.values["EM"], caps[2060] + sunk.parameters["sinks"], rtol=1e-8)
    assert (sunk.values["TAU"] < bare.values["TAU"]).all()
    v, p = removed.values, removed.parameters
    np.testing.assert_allclose(v["EMC"], caps[2060] + v["RM"], rtol=1e-8)
    marginal = (p["rcost"] + p["rslope"] * v["RM"]) * v["PINV"]
    inside = (v["RM"] > 1e-9) & (v["RM"] < p["rmax"] - 1e-9)
    full = v["RM"] >= p["rmax"] - 1e-9
    assert inside.any() or full.any()
    np.testing.assert_allclose(marginal[inside], v["TAU"][inside], rtol=1e-6)
    assert (marginal[full] <= v["TAU"][full] + 1e-9).all()
    assert (v["RM"] <= p["rmax"]).all()


def test_permits_traded_in_a_group_have_one_price(model):
    caps, regions = _caps(model, 0.4), list(model.benchmark.sets["r"])
    group = tuple(regions.index(r) for r in ("NW", "SW", "NE"))
    v = _run(model, (), caps, trade=(group,))[-1].values
    assert np.ptp(v["TAU"][list(group)]) < 1e-9
    assert v["EM"][list(group)].sum() == pytest.approx(caps[2060][list(group)].sum(), rel=1e-8)
    assert v["TAU"][regions.index("EC")] != pytest.approx(v["TAU"][group[0]], rel=1e-3)


def test_grandfathering_is_the_auction_when_the_same_people_are_paid(model, acted):
    """Permits handed out at once, or sold and the money handed to the same households: one allocation."""
    auction = acted["tax"]
    shares = {p.year: p.parameters["trsh"] * p.values["CREV"] / p.values["CREV"].sum() for p in auction[1:]}

    class Granted(Revenue):
        def given(self, facts):
            return super().given(facts) | {"heads": shares[facts.year]}

    granted = _run(model, (TAX, Granted(dividend=1.0)))
    for one, other in zip(auction[1:], granted[1:], strict=True):
        for name in ("PX", "QA", "EM", "YD", "QH"):
            np.testing.assert_allclose(other.values[name], one.values[name], rtol=1e-7, atol=1e-9)


def test_permits_left_to_owners_move_income_not_the_price_of_carbon(model, acted):
    lump, owners = acted["tax"][-1], acted["revenue to owners"][-1]
    np.testing.assert_allclose(owners.values["XAB"], lump.values["XAB"], rtol=2e-2, atol=1e-6)
    had = lump.values["YD"].sum(0)
    gained = owners.values["YD"].sum(0) / had - 1
    shares = lump.parameters["ksh"].sum(0)
    more = (shares * owners.values["CREV"].sum() - lump.values["CREV"]) / had
    clear = np.abs(more) > 0.001
    assert (more > 0)[clear].any() and (more < 0)[clear].any()
    np.testing.assert_allclose(gained[clear], more[clear], rtol=0.3, atol=5e-4, err_msg="money moves, little else")
    carbon, rich = (list(model.benchmark.sets["r"]).index(k) for k in ("NW", "BT"))
    assert gained[rich] > 0.001 and gained[carbon] < -0.001


@pytest.mark.parametrize("closure", [{"government": "production-tax"}, {"government": "labour-tax"}], ids=str)
def test_tax_cuts_take_the_carbon_revenue(model, closure):
    run = _run(model, (TAX,), closure=closure)
    walras = [float(model.system.residuals(p.parameters, p.values, ["balance_of_payments"])["balance_of_payments"])
              for p in run]  # fmt: skip
    found = checks(model.benchmark, run, walras)
    assert max(found["walras"], found["gdp_expenditure_income"], found["gdp_income_value_added"]) < 1e-8
    v = run[-1].values
    cut = v["CUTP"] if closure["government"] == "production-tax" else v["CUTL"]
    assert (cut > 0).all()
    np.testing.assert_allclose(v["LST"], model.baseline[-1].values["LST"], rtol=1e-8)


def test_unknown_sectors_are_named_with_the_nearest(model):
    with pytest.raises(PolicyError, match="coverage: not in this economy: 'nmn'; did you mean 'nmm'"):
        _run(model, (Coverage(sectors=("nmn",)),))

"""Causes and channels are all of a loss whatever stands beside the caps: coverage, instruments, markets, closures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shipped import of_regions, shipped_paths

from cge.analysis import attribution
from cge.analysis.attribution import MEASURES, THROUGH, AttributionError, attribute, variable_change
from cge.analysis.verification.envelope import unexplained
from cge.measure.derivatives import gdp_change, responses
from cge.policies.border import Border, ForeignLevy
from cge.policies.coverage import Coverage
from cge.policies.efficiency import Efficiency
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

WITHOUT_METALS = Coverage(
    sectors=("agr", "coa", "crg", "oil", "ely", "hea", "nmm", "chm", "oin", "con", "trn", "ser", "power"),
    households=True,
)
POWER = Coverage(sectors=("power",))
EXEMPT = Coverage(exempt=("mtl", "power"))
ONLY_PERMITS = Coverage(sectors=("power", "nmm"), applies="market")
TAX = Tax(price=200, start_price=200)
FULL_STORES = of_regions(Storage, growth=0.1, provinces={"NC": 5.0, "BT": 0.0})
ALONE, NATION, NORTH = (), ("nation",), ("NW", "NE", "NC")
COMPANY = {
    "metals left out": (ALONE, {}, (WITHOUT_METALS,)),
    "a group, labour tax": (NORTH, {"government": "labour-tax"}, (WITHOUT_METALS,)),
    "tax beside permits": (NORTH, {"government": "production-tax"}, (TAX, ONLY_PERMITS)),
    "tax, homes and power": (ALONE, {"government": "purchases", "employment": "wage-curve"}, (TAX, EXEMPT)),
    "invested, capital of the nation": (NATION, {"capital": "national"}, (WITHOUT_METALS, Revenue(investment=1.0))),
    "owners, migration": (NATION, {"labour": "migration", "ownership": "local"}, (EXEMPT, Revenue(owners=1.0))),
    "dividend, exchange rate": (
        ALONE, {"foreign": "exchange-fixed"}, (POWER, Revenue(dividend=1.0), Transfers(rule="equalising")),
    ),
    "free permits, labour of the nation": (
        ALONE, {"labour": "national"}, (WITHOUT_METALS, PerformanceStandard(sectors=("nmm",), factor=0.8, mode="cap")),
    ),
    "borders, sluggish capital": (
        ALONE, {"capital": "sluggish"}, (EXEMPT, Border(exports=True), ForeignLevy(price=600)),
    ),
    "full stores, specific capital": (NATION, {"capital": "specific"}, (WITHOUT_METALS, FULL_STORES)),
    "no limits of lines, old equipment": (ALONE, {"capital": "vintage"}, (EXEMPT, Network(limits=False))),
    "more sinks than some need": (ALONE, {"investment": "fixed"}, (POWER, Sinks(national=3000))),
    "sinks and removals": (
        NORTH, {}, (WITHOUT_METALS, Sinks(national=600), Removals(national=500, cost=300, cost_at_limit=900)),
    ),
    "programmes": (
        ALONE, {"capital": "fixed"},
        (EXEMPT, Efficiency(gain=0.1), TechnologySubsidy(yuan_per_mwh={"gso": 60.0}), RenewableStandard(share=0.6)),
    ),
}  # fmt: skip
NARROW_LINES = (ALONE, {}, (WITHOUT_METALS, Network(growth=0.05)))


def _two_years(model):
    paths = shipped_paths(model.benchmark, model.parameters, (2021, 2030))
    return replace(model, paths=paths, baseline=model.baseline[:2])


@pytest.fixture(scope="module")
def short(model):
    """Two years."""
    return _two_years(model)


def _policy(model, market, closure, instruments) -> Policy:
    regions, em0 = list(model.benchmark.sets["r"]), model.benchmark.parameters["em0"]
    who = regions if market == NATION else market
    groups = (tuple(regions.index(r) for r in who),) if who else ()
    return Policy({2030: 0.87 * em0}, groups, 4.0, 6.0, closure, instruments=instruments)


def _run(model, policy):
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="p", log=lambda _: None)


@pytest.mark.parametrize("name", COMPANY)
def test_channels_are_all_of_gdp_beside_caps(short, name):
    policy = _policy(short, *COMPANY[name])
    gap, size = unexplained(short.system, short.baseline[-1], _run(short, policy)[-1], policy.active)
    assert gap < 1e-6 < 0.05 < size


WAYS = (
    "a group, labour tax", "invested, capital of the nation", "free permits, labour of the nation",
    "borders, sluggish capital", "no limits of lines, old equipment", "sinks and removals", "programmes",
)  # fmt: skip
"""One of each kind of market, closure and instrument: a whole path costs many times what its end does."""


@pytest.mark.parametrize("name", WAYS)
def test_causes_are_all_of_the_effect(short, name):
    policy = _policy(short, *COMPANY[name])
    split = attribute(short, policy, MEASURES, log=lambda _: None)
    now = gdp_change(short.baseline[-1], _run(short, policy)[-1])
    for part in split.values():
        assert part.gap < 5e-3
        np.testing.assert_allclose(part.effect.sum((0, 1)) + part.alone, part.total, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(split[THROUGH].total[:-1], now, rtol=1e-7, atol=1e-9)
    assert np.abs(split[THROUGH].effect).sum() > 0.1


def test_processes_change_no_number(short):
    policy = _policy(short, *COMPANY["metals left out"])
    measures = MEASURES | {"W": variable_change(short.benchmark.sets, "W", {})}
    one, two = (attribute(short, policy, measures, log=lambda _: None, workers=n) for n in (1, 2))
    for name, part in one.items():
        np.testing.assert_array_equal(part.effect, two[name].effect)


def test_more_points_follow_lines_that_fill(provinces, monkeypatch):
    """What is missed is what the message says; of 31 provinces, whose lines fill one after another."""
    short = _two_years(provinces)
    policy = _policy(short, *NARROW_LINES)
    split = attribute(short, policy, MEASURES, log=lambda _: None)
    missed = max(part.gap for part in split.values())
    assert 1e-4 < missed < attribution.LARGEST_GAP == 5e-3
    monkeypatch.setattr(attribution, "LARGEST_GAP", missed / 2)
    with pytest.raises(AttributionError, match="more than 3 points"):
        attribute(short, policy, MEASURES, log=lambda _: None, points=3)


def test_the_derivative_by_a_cap_is_that_of_the_caps_of_the_policy(short):
    """The market issues the covered share of a cap; responses know it (a line fills at -0.1 %)."""
    policy, k = _policy(short, ALONE, {}, (POWER,)), list(short.benchmark.sets["r"]).index("NW")
    slope = np.zeros(len(short.benchmark.sets["r"]))
    slope[k] = policy.caps[2030][k]
    by = responses(short, policy, _run(short, policy), {2030: slope}, gdp_change)[k]
    sides = [{2030: policy.caps[2030] + h * slope} for h in (3e-4, -3e-4)]
    up, down = (gdp_change(short.baseline[-1], _run(short, replace(policy, caps=caps))[-1]) for caps in sides)
    assert abs(by[k]) > 1e-3
    np.testing.assert_allclose(by, (up - down) / 6e-4, atol=1e-4 * abs(by[k]))

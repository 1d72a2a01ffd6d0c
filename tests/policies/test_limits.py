"""Floors and ceilings: what they may say, that they hold, that a slack one is worth nothing, and what they cost."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import cge
from cge.analysis.verification.envelope import unexplained
from cge.analysis.verification.homogeneity import residual_of_doubling
from cge.measure.indicators import checks, levels
from cge.policies import Facts, PolicyError
from cge.policies.capture import Capture
from cge.policies.generation import Generation
from cge.policies.output import Output
from cge.policies.power import TechnologySubsidy
from cge.policies.tax import Tax
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.errors import ScenarioError

POWERS = (4.0, 6.0)
ACTING = {
    "coal by place": (Output(ceilings={"新疆": {"coa": 0.8}, "山西+内蒙古": {"coa": {2030: 1.0, 2060: 0.6}}}),),
    "farms of the nation": (Output(unit="baseline", floors={"CN": {"agr": 1.01}}),),
    "wind with solar, coal power": (
        Generation(floors={"CN": {"gwi+gso": {2030: 2500, 2060: 9500}}}, ceilings={"XJ": {"gco": 100}}),
    ),
    "every province": (
        Generation(unit="baseline", ceilings={"each": {"gco": 0.8}}),
        Output(unit="baseline", floors={"each": {"mtl": 1.02}}),
    ),
    "capture without a price": (Capture(floors={"CN": {"gco+mtl+nmm": 200}}),),
    "capture beside a tax": (
        Tax(price=600, start_price=300), Capture(floors={"XJ": {"gco": 30}}, ceilings={"CN": {"mtl": 20}}),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.mark.parametrize(("keys", "fault"), [
    ({"floors": {"CN": {"gwi": {"2020": 5}}}}, "2021"),
    ({"floors": {"CN": {"gwi": {"2024": 5}}}}, "limits of 2024 stand outside the years of the table, 2025 to 2060"),
    ({"floors": {"CN": {"gwi": 9}}, "ceilings": {"全国": {"gwi": 5}}}, "floor of gwi in CN is above its ceiling"),
    ({"floors": {"CN": {"gwi": -9}}}, "greater than 0"),
    ({"floors": {"Atlantis": {"gwi": 9}}}, "Atlantis"),
    ({"floors": {"CN": {"gwi": 9}, "中国": {"gwi": 8}}}, "name the same more than once"),
    ({"floors": {"CN": {"gwi": 9}}, "unit": "GW"}, "limits in GW need `hours` of gwi"),
    ({"floors": {"CN": {"gwi": 9}}, "hours": {"gwi": 2200}}, "hours of gwi mean nothing"),
    ({"floors": {"CN": {"gwi+gso": 9}}, "unit": "GW", "hours": {"gwi": 2200, "gso": 1200}}, "different hours"),
])  # fmt: skip
def test_what_contradicts_itself_is_refused(keys: dict[str, object], fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        cge.generation(**keys)
    assert fault in str(caught.value)


@pytest.mark.parametrize(("limits", "fault"), [
    (Output(floors={"CN": {"gco": 1}}), "output cannot limit gco"),
    (Output(floors={"CN": {"stel": 1}}), "stel"),
    (Output(floors={"BJ": {"coa": 1}}), "BJ has nothing of coa"),
    (Generation(floors={"CN": {"mtl": 1}}), "generation cannot limit mtl; activities it knows: gco"),
    (Capture(floors={"CN": {"agr": 1}}), "capture cannot limit agr"),
    (Capture(floors={"each": {"mtl": 1}}, ceilings={"each": {"mtl": 2}}), "more limits than its equation holds, 31"),
])  # fmt: skip
def test_what_the_economy_lacks_is_refused_before_a_solve(model, limits, fault) -> None:
    b = model.benchmark
    facts = Facts(2021, 2021, b.sets, {}, {}, b.parameters, np.empty(0), np.empty(0))
    with pytest.raises(PolicyError) as caught:
        limits.refuse_unknown(facts)
    assert fault in str(caught.value)


def _run(model, instruments):
    policy = Policy({}, (), *POWERS, instruments=tuple(instruments))
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="p", log=lambda _: None)


@pytest.fixture(scope="module")
def acted(model):
    return cache(lambda name: _run(model, ACTING[name]))


@pytest.mark.parametrize("name", ACTING)
def test_limits_hold_and_prices_are_complementary(model, acted, name):
    for period in acted(name)[1:]:
        v, p = period.values, period.parameters
        made = np.where(p["sector"] > 0, v["LEVEL"], p["gen"] * v["SG"] * v["QB"])
        caught = v["EMA"] * v["XCC"] * (p["act"] > 0)
        output = np.einsum("ab,amr,br->am", p["qof"], p["qin"], made)
        tonnes = np.einsum("am,mr,ar->m", p["kof"], p["kin"], caught)
        of_output, of_capture = (p["qsign"], output, p["qlim"], v["PLQ"]), (p["ksign"], tonnes, p["klim"], v["PLC"])
        for sign, have, limit, price in (of_output, of_capture):
            held = limit > 0
            room = sign[held] * (have[held] / limit[held] - 1)
            assert room.min(initial=0.0) > -1e-8 and price[held].min(initial=0.0) >= 0
            assert np.abs(np.minimum(room, price[held])).max(initial=0.0) < 1e-8
        assert (np.append(v["PLQ"], v["PLC"]) > 1e-3).any()


@pytest.mark.parametrize("name", ACTING)
def test_accounts_close_and_channels_are_all_of_gdp(model, acted, name):
    run = acted(name)
    active = Policy({}, (), *POWERS, instruments=ACTING[name]).active
    walras = [float(model.system.residuals(p.parameters, p.values, ["balance_of_payments"])["balance_of_payments"])
              for p in run]  # fmt: skip
    found = checks(model.benchmark, run, walras)
    assert max(found[k] for k in ("walras", "gdp_expenditure_income", "gdp_income_value_added")) < 1e-8
    assert unexplained(model.system, model.baseline[-1], run[-1], active)[0] < 1e-6
    assert residual_of_doubling(model.system, run[-1], active) < 1e-9


def test_a_slack_limit_is_the_baseline(model):
    slack = (Output(unit="baseline", ceilings={"each": {"coa": 1.1}}, floors={"CN": {"mtl": 0.9}}),
             Capture(ceilings={"CN": {"gco+mtl": 1.0}}))  # fmt: skip
    for base, now in zip(model.baseline, _run(model, slack), strict=True):
        np.testing.assert_allclose(now.values["GDPB"], base.values["GDPB"], rtol=1e-8)
        assert not now.values["PLQ"].any() and np.abs(now.values["PLC"]).max() < 1e-8


def test_a_floor_gives_what_its_subsidy_gives(model):
    """Wind of one province raised by a floor costs what the subsidy of its shadow price costs."""
    floor = _run(model, (Generation(unit="baseline", floors={"NM": {"gwi": 1.2}}),))
    at = model.benchmark.sets["a"].index("gwi"), model.benchmark.sets["r"].index("NM")
    first, price = (YUAN_PER_TONNE * period.values["SBQ"][at] for period in floor[1:])
    keys = {"yuan_per_mwh": {"gwi": price}, "provinces": ("NM",), "start_year": 2030, "start_share": first / price}
    again = _run(model, (TechnologySubsidy(**keys),))
    told = levels(model.benchmark, floor, "a").set_index(["indicator", "sector", "region", "year"])["value"]
    reported = told["limit_price_generation", "gwi", "NM", 2060]
    assert reported == pytest.approx(price * floor[-1].values["PINV"][at[1]])
    np.testing.assert_allclose(again[-1].values["SG"], floor[-1].values["SG"], rtol=1e-6, atol=1e-12)
    assert price > 1


def test_the_shadow_price_of_capture_is_reported_where_it_is_paid(model, acted):
    told = levels(model.benchmark, acted("capture without a price"), "a")
    paid = told[told["indicator"].eq("limit_price_capture") & told["year"].eq(2060)]
    assert set(paid["sector"]) == {"gco", "mtl", "nmm"} and (paid["value"] > 0).sum() > 30
    caught = told[told["indicator"].eq("captured") & told["year"].eq(2060) & told["region"].eq("CN")]
    assert caught["value"].sum() == pytest.approx(200, rel=1e-6)

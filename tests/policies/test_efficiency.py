"""The efficiency programme: free gains are gains, energy rebounds, the cost is paid, preferences stay."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from cge.analysis.attribution import attribute, table
from cge.analysis.channels import ALONE, Channels
from cge.analysis.verification.envelope import trapezoids
from cge.measure.derivatives import STEP, gdp_change, moved
from cge.measure.energy import carbon_gap
from cge.measure.incidence import equivalent_variation
from cge.measure.indicators import expenditure, fisher
from cge.policies.efficiency import Efficiency
from cge.runs.dynamics import run_policy
from cge.runs.periods import Period, Policy
from cge.study.model import identities

GAIN = 0.1
SMALL = 0.001


def _run(model, closure=None, **keys) -> list[Period]:
    policy = Policy({}, (), 4.0, 6.0, closure or {}, instruments=(Efficiency(**keys),))
    return run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="p", log=lambda _: None)


@pytest.fixture(scope="module")
def free(model):
    return _run(model, gain=GAIN, cost_share=0.0)


def _gdp(base: Period, now: Period) -> float:
    return fisher(expenditure(base), expenditure(now))[2] - 1


def _bought(period: Period) -> np.ndarray:
    """Energy bundles that firms with efficiency and homes buy, (2,), at base-year prices."""
    v, p = period.values, period.parameters
    takes = (p["aeei"][:, None] > 0) & (p["theta_n_ene"] > 0)
    return np.array([np.where(takes, v["Q_ene"] / p["save"], 0.0).sum(), v["QHE"].sum()])


def _value(base: Period) -> np.ndarray:
    """Spending on energy that efficiency can save, firms and homes, (2, r)."""
    v, p = base.values, base.parameters
    takes = (p["aeei"][:, None] > 0) & (p["theta_n_ene"] > 0)
    return np.array([np.where(takes, v["P_ene"] * v["Q_ene"], 0.0).sum(0), (v["PHE"] * v["QHE"]).sum(0)])


def _saving(period: Period) -> np.ndarray:
    """Saving of enterprises and of households, (2,)."""
    v, p = period.values, period.parameters
    return np.array([float(p["ret"][0]) * v["YLOC"].sum(), (p["mps"] * v["SVR"] * v["YD"]).sum()])


def test_free_efficiency_is_a_gain_for_every_group(model, free):
    for base, now in zip(model.baseline[1:], free[1:], strict=True):
        assert _gdp(base, now) > 0
        assert (gdp_change(base, now) > 0).all()
        ev, spend = equivalent_variation(base, now)
        assert (ev.sum(1) / spend.sum(1) > 1e-4).all()


def test_energy_falls_by_less_than_the_gain(model, free):
    base, now = model.baseline[-1], free[-1]
    ratio = _bought(now) / _bought(base)
    assert (ratio < 1).all() and (ratio > 1 / (1 + GAIN)).all()
    assert now.values["EM"].sum() < base.values["EM"].sum()
    np.testing.assert_array_equal(now.values["EFF"], base.values["EFF"])


def test_energy_bought_is_what_accounts_count(free):
    """Demands of every nest sum to intermediate demand, their carbon to gross emissions: energy, not its service."""
    now = free[-1]
    used = now.parameters["used"] > 0
    np.testing.assert_allclose(now.accounts["QCA"].sum(1)[used], now.values["QINT"][used], rtol=1e-10, atol=1e-8)
    assert carbon_gap(free) < 1e-12


def test_the_budget_pays_a_share_of_the_saving(model):
    dear, base = _run(model, gain=GAIN, cost_share=1.0)[-1], model.baseline[-1]
    want = _value(base).sum(0) * GAIN / (1 + GAIN)
    np.testing.assert_allclose(dear.parameters["qprog"] * base.values["PINV"], want, rtol=1e-12)
    cheap = _run(model, gain=GAIN, cost_share=0.5)[-1]
    free_ = _run(model, gain=GAIN, cost_share=0.0)[-1]
    steps = [_gdp(base, p) for p in (free_, cheap, dear)]
    assert steps[0] > steps[1] > steps[2]


def test_power_plants_burn_less_for_the_same_power(model):
    """Coal and carbon of a MWh of coal power fall by the gain, nothing else of its inputs; its power is cheaper."""
    plants = _run(model, gain=0.0, generation={"gco": GAIN}, cost_share=0.0)
    base, now = model.baseline[-1], plants[-1]
    coal, gas = (list(model.benchmark.sets["a"]).index(k) for k in ("gco", "gga"))
    for k, factor in ((coal, 1 + GAIN), (gas, 1.0)):
        per = [np.divide(x.accounts["QC_top"][:, k], x.accounts["QG"][k]) for x in (base, now)]
        burnt = base.parameters["eps_top"][:, k] > 0
        there = (base.accounts["QG"][k] > 0) & (per[0] > 0)
        np.testing.assert_allclose(per[1][there], per[0][there] / np.where(burnt, factor, 1.0)[there], rtol=1e-9)
        assert (there & burnt).any() and (there & ~burnt).any()
        tonnes = [x.values["EMA"][k].sum() / x.accounts["QG"][k].sum() for x in (base, now)]
        assert tonnes[1] == pytest.approx(tonnes[0] / factor, rel=0.02)
    assert (now.values["SG"][coal] > base.values["SG"][coal]).all() and _gdp(base, now) > 0
    np.testing.assert_array_equal(now.parameters["save"], base.parameters["save"])
    assert max(identities(model, plants).values()) < 1e-8


def test_the_budget_pays_a_share_of_the_fuel_that_plants_save(model):
    base = model.baseline[-1]
    dear = _run(model, gain=0.0, generation={"gco": GAIN}, cost_share=0.5)[-1]
    coal = list(model.benchmark.sets["a"]).index("gco")
    burnt = base.parameters["eps_top"][:, coal] > 0
    fuel = np.where(burnt, base.values["PQ"] * base.accounts["QC_top"][:, coal], 0.0).sum(0)
    want = 0.5 * fuel * GAIN / (1 + GAIN)
    np.testing.assert_allclose(dear.parameters["qprog"] * base.values["PINV"], want, rtol=1e-9)
    free_ = _run(model, gain=0.0, generation={"gco": GAIN}, cost_share=0.0)[-1]
    assert want.sum() > 0 and _gdp(base, free_) > _gdp(base, dear)


def test_vintages_do_not_undo_it(model):
    base, now = model.baseline[-1], _run(model, {"capital": "vintage"}, gain=GAIN, cost_share=0.0)[-1]
    assert _gdp(base, now) > 0


def test_paid_at_its_value_it_gains_nothing_to_first_order(model):
    """GDP counts what homes buy, not the service: their saving is a cost without a gain there, not in welfare.

    What GDP gains beside that is output that bears a tax, power's reference and capital. There is more capital because
    firms' saving raises capital income, of which enterprises retain more than the households that pay would have saved.
    """
    base = model.baseline[-1]
    run, held = (_run(model, c, gain=SMALL, cost_share=1.0) for c in ({}, {"capital": "fixed"}))
    cost = (run[-1].parameters["qprog"] * base.values["PINV"]).sum()
    homes = SMALL * _value(base)[1].sum()
    value = (expenditure(base).price * expenditure(base).quantity).sum()
    beside, capital = [], []
    for now in (run[-1], held[-1]):
        channels, _ = trapezoids(base, now)
        moves = {name: part[-1] * value / 100 for name, part in channels.items()}
        assert moves.pop("removals") == pytest.approx(-cost, rel=2e-3)
        beside.append(_gdp(base, now) * value + homes)
        assert beside[-1] == pytest.approx(sum(moves.values()), abs=0.01 * cost)
        capital.append(moves.pop("capital"))
        assert all(abs(m) < 1e-6 * cost for name, m in moves.items() if name not in ("taxes", "power"))
        assert abs(moves["taxes"] + moves["power"]) < 0.1 * cost
    assert abs(beside[1]) < 0.1 * cost and abs(capital[1]) < 1e-6 * cost
    assert capital[0] > 0.1 * cost
    for before, now in zip(model.baseline[1:], run[1:], strict=True):
        retained, saved = (_saving(now) - _saving(before)).tolist()
        assert retained > -saved > 0
    assert abs(equivalent_variation(base, run[-1])[0].sum()) < 0.1 * cost


def test_the_gain_is_factor_saving_and_no_wedge(model, free):
    """Channels and the energy saved at its price are all of what final demand gains, province by province."""
    at = free[-1]
    active = Policy({}, (), 4.0, 6.0).active
    save = np.broadcast_to(at.parameters["aeei"][:, None], at.parameters["save"].shape)
    shift = {"save": save.copy(), "saveh": np.ones_like(at.parameters["saveh"])}
    (change,) = model.system.respond(at.parameters, at.values, active, [shift])
    after, before = (moved(at, shift, change, by) for by in (STEP, -STEP))
    now, up, down = (expenditure(x) for x in (at, after, before))
    gain = (now.price * (up.quantity - down.quantity)).sum(0) / (2 * STEP)
    gdp = (now.price * now.quantity).sum(0)
    wedges = Channels(at, at).slopes(after, before, STEP)[:-1].sum(0)[:-1] * gdp / 100
    saved = _value(at)[0] / (1 + GAIN)
    np.testing.assert_allclose(wedges + saved, gain, atol=1e-6 * saved.max())
    assert saved.sum() > 0.5 * gain.sum() > 0


def _expenditure_for(utility: float, prices: np.ndarray, minimum: np.ndarray, share: np.ndarray) -> float:
    """Least spending that reaches a Stone-Geary utility, found numerically."""
    start = np.full(len(prices), np.log(max(utility, 1e-9)))
    found = minimize(
        lambda x: (prices * np.exp(x)).sum(), start, jac=lambda x: prices * np.exp(x), method="SLSQP",
        constraints={"type": "eq", "fun": lambda x: share @ x - np.log(utility), "jac": lambda x: share},
        bounds=[(-30.0, 30.0)] * len(prices), options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert found.success
    return float((prices * minimum).sum() + found.fun)


@pytest.mark.parametrize(("h", "province"), [(0, "NW"), (1, "NW"), (0, "SO"), (1, "CE")])
def test_welfare_is_that_of_unchanged_tastes(model, free, h, province):
    """The service is what households like: least spending on goods and service, minimised directly."""
    base, now = model.baseline[-1], free[-1]
    r, p = list(model.benchmark.sets["r"]).index(province), base.parameters
    eff = base.values["EFF"][r]
    energy = p["betae"][h, r] / eff
    likes = p["beta"][:, h, r] > 0
    drift = base.values["DRC"][likes]
    goods = p["beta"][likes, h, r] * drift / base.values["DRH"][h, r]
    share = np.append(goods * (1 - energy) / (1 - p["betae"][h, r]), energy)
    minimum = np.append(p["qmin"][likes, h, r] * drift, p["emin"][h, r] / eff)

    def prices(period):
        return np.append(period.values["PQ"][likes, r], period.values["PHE"][h, r] / period.parameters["saveh"][r])

    def least(period, at):
        service = period.values["QHE"][h, r] * period.parameters["saveh"][r]
        wanted = minimum + share * period.values["SUPN"][h, r] / prices(period)
        assert service == pytest.approx(wanted[-1], rel=1e-10)
        above = wanted - minimum
        return _expenditure_for(np.exp(share @ np.log(above)), prices(at), minimum, share)

    assert least(base, base) == pytest.approx(base.accounts["YC"][h, r], rel=1e-7)
    direct = least(now, base) - least(base, base)
    found = equivalent_variation(base, now)[0][h, r]
    assert direct > 0 and direct == pytest.approx(found, rel=1e-4)


@pytest.mark.slow
def test_caps_are_blamed_only_for_what_the_programme_leaves(model):
    em0, base = model.benchmark.parameters["em0"], model.baseline[-1]
    caps = {y: em0 * (1 - 0.4 * (y - 2025) / 35) for y in model.paths.years[1:]}
    keys = {"gain": GAIN, "generation": {"gco": GAIN}, "cost_share": 0.0}
    policy = Policy(caps, (), 4.0, 6.0, instruments=(Efficiency(**keys),))
    (found, through) = attribute(model, policy, {"gdp": gdp_change}, log=lambda _: None).values()
    alone = gdp_change(base, _run(model, **keys)[-1])
    for part in (found, through):
        np.testing.assert_allclose(part.alone[: len(alone)], alone, rtol=1e-8)
        np.testing.assert_allclose(part.effect.sum((0, 1)) + part.alone, part.total, rtol=1e-9)
    regions = model.benchmark.sets["r"]
    rows = table({"gdp": found}, regions)
    assert (rows.loc[rows["cause"] == ALONE, "value"] > 0).all()
    np.testing.assert_allclose(rows.groupby("region")["value"].sum()[list(regions)], found.total, rtol=1e-9)

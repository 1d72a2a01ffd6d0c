"""Chapters of the calibration, each alone on two provinces whose flows of money are written out in `small`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import cells, flows, small

from cge.calibrate.base_year import BaseYear
from cge.calibrate.benchmark import CHAPTERS
from cge.calibrate.carbon import carbon
from cge.calibrate.demand import demand
from cge.calibrate.incomes import incomes
from cge.calibrate.parameters import load_parameters
from cge.calibrate.power import power
from cge.calibrate.production import production
from cge.calibrate.trade import trade
from cge.theory.chapters import THEORY
from cge.theory.nests import NESTS, children
from cgebase.errors import CalibrationError
from sam.economy import Economy

BJ, XJ = 0, 1
AGR, COA, ELY, TRN, LAST = range(5)
"""Commodities and activities; the last is busbar electricity and coal power."""
Chapter = Callable[..., dict[str, np.ndarray]]


def of(chapter: Chapter, economy: Economy | None = None) -> dict[str, np.ndarray]:
    economy = economy or small()
    return chapter(BaseYear(economy), load_parameters("cn12", economy.activities, economy.commodities))


def emitting(*rows: tuple[str, str, str, float]) -> Economy:
    economy = small()
    more = pd.DataFrame(rows, columns=economy.emissions.columns)
    return replace(economy, emissions=pd.concat([economy.emissions, more]))


@pytest.mark.slow
def test_every_parameter_without_a_default_comes_from_one_chapter() -> None:
    names = Counter(name for chapter in CHAPTERS for name in of(chapter))
    assert [name for name, count in names.items() if count > 1] == []
    asked = {n for n, f in THEORY.families.items() if f.kind == "parameter"}
    needed = {n for n in asked if THEORY.families[n].default is None and THEORY.families[n].automatic is None}
    assert needed <= set(names) <= asked


def test_base_year_gdp_is_that_of_expenditure() -> None:
    base = BaseYear(small())
    bought = base.consumption.sum() + base.government.sum() + base.investment.sum()
    assert base.gdp.sum() == pytest.approx(bought + base.exports.sum() - base.imports.sum(), rel=1e-12)


def test_production_shares_are_those_of_cost() -> None:
    p = of(production)
    np.testing.assert_allclose(p["theta_labour"][AGR], (800 + 500 + 50 + 600) / 2650, rtol=1e-12)
    np.testing.assert_allclose(p["ta"][AGR], 100 / 2750, rtol=1e-12)
    for nest in NESTS:
        parts = [p[f"theta_n_{n.name}"] for n in children(nest.name)] + [p[f"theta_{f}"] for f in nest.factors]
        parts += [p[f"theta_c_{nest.name}"].sum(0)] if nest.commodities else []
        total = sum(parts)
        np.testing.assert_allclose(total[total > 0], 1.0, rtol=1e-12, err_msg=nest.name)


def test_production_counts_fuel_where_it_is_burnt() -> None:
    """Coal power burns in fixed proportion to its output; nobody else burns anything here."""
    p = of(production)
    np.testing.assert_allclose(p["eps_top"][COA, LAST] * 300, [100, 120], rtol=1e-12)
    assert not p["eps_ene"].any() and not p["eps_fue"].any()
    assert (p["gen"][LAST] == 1).all() and p["gen"].sum() + p["sector"].sum() == p["act"].sum() == 10


def test_production_scales_the_site_of_a_technology_that_may_enter() -> None:
    """Wind in Beijing sells 2 TWh at 40, half of it for its site; in Xinjiang it may enter at 1 % of all TWh."""
    economy = small()
    wind = ["hh:urban:BJ", "com:ely:BJ", "act:ely:BJ", "com:elb:BJ", "act:gwi:BJ"]
    paid = [([*wind, "fac:resource:BJ", "pool:capital"], 40.0), ([*wind, "fac:labour:BJ"], 40.0)]
    made = pd.DataFrame([("BJ", "gwi", 2.0)], columns=economy.generation.columns)
    windy = replace(
        economy, sam=replace(economy.sam, cells=cells([*flows(), *paid])),
        activities=(*economy.activities, "gwi"), generation=pd.concat([economy.generation, made]),
    )  # fmt: skip
    p = of(production, windy)
    np.testing.assert_allclose(p["r0"][LAST + 1], [40, 0.01 * 0.5 * 40 * 10], rtol=1e-12)
    np.testing.assert_array_equal(p["gen"][LAST + 1], 1.0)
    np.testing.assert_array_equal(p["res"][LAST + 1], [1.0, 0.0])


def test_power_conserves_electricity() -> None:
    p = of(power)
    np.testing.assert_allclose(p["net0"] @ [12.0, 8.0], p["qb0"], rtol=1e-12)
    np.testing.assert_allclose(p["c0g"][LAST], 300 / 10, rtol=1e-12)
    np.testing.assert_allclose(p["pbd0"], 30, rtol=1e-12)
    assert p["lmax"][XJ, BJ] >= 2.0 and np.count_nonzero(p["lmax"]) == 1


def test_trade_splits_absorption_by_origin_at_delivered_prices() -> None:
    p = of(trade)
    np.testing.assert_allclose(p["thd"].sum(1)[:LAST], 1.0, rtol=1e-12)
    assert not p["thd"][LAST].any() and not p["e0"][LAST].any()
    np.testing.assert_allclose(p["mg"][AGR, XJ, BJ], 15 / (300 + 15), rtol=1e-12)
    np.testing.assert_allclose(p["tm"][AGR], 20 / 120, rtol=1e-12)
    np.testing.assert_array_equal(p["e0"][COA], 120)


def test_demand_spends_what_households_spent() -> None:
    """At base-year prices the system buys subsistence and its share of the rest, which is what was bought."""
    p = of(demand)
    spent = p["qh0"].sum(0)
    left = spent - p["qmin"].sum(0) - p["emin"]
    energy = p["the"] * (p["emin"] + p["betae"] * left)
    np.testing.assert_allclose(p["qmin"] + p["beta"] * left + energy, p["qh0"], atol=1e-9)
    np.testing.assert_array_equal(p["isc"].sum(0), 1.0)


def test_incomes_saved_pay_for_investment() -> None:
    p = of(incomes)
    np.testing.assert_allclose(p["lsh"].sum(0), 1.0, rtol=1e-12)
    earned = p["lsh"] * p["labour"] + p["ksh"] * p["kd0"].sum()
    saved = p["mps"] * (earned * (1 - p["ty"]) + p["trsh"] * p["lst_ref"])
    assert saved.sum() + p["fsav"] == pytest.approx(p["inv_ref"], rel=1e-12)
    np.testing.assert_array_equal(p["kshr"].sum(0), 1.0)


def test_carbon_counts_every_tonne_once() -> None:
    p = of(carbon, emitting(("BJ", "agr", "process", 11.0)))
    np.testing.assert_allclose(p["epsp"] * [[2750.0], [420], [360], [15], [300]], np.outer(np.arange(5) == 0, [11, 0]))
    np.testing.assert_allclose(p["em0"], [111, 120], rtol=1e-12)
    assert p["hab"][LAST] == 5.0, "500 yuan a tonne in units of the permit price"


def test_carbon_refuses_fuel_that_nobody_bought() -> None:
    with pytest.raises(CalibrationError) as caught:
        of(carbon, emitting(("XJ", "hh:urban", "coa", 3.0)))
    assert caught.value.args[0].code == "CGE304" and "coa <- urban in XJ" in caught.value.args[0]

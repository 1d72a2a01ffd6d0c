"""Textbook models of Hosoe, Gasawa and Hashimoto (2010) from the gallery: one small country, and two that trade.

``stdcge`` (ch. 6): world prices given; objective 25.508490012515818 in the benchmark and 26.092634381288686 without
tariffs (asserted in the GAMSPy model library). ``twocge`` (ch. 10.3): the sum of utilities without tariffs is
56.77783794415193 (published 56.7778).
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest
from duality import duality_gap

from cge.gallery import program
from cge.language.data import complete
from cge.solve.system import Solution, System

pytestmark = pytest.mark.slow

PRICES = ("pf", "pd", "eps")


class Case(NamedTuple):
    """A system, its calibrated parameters, and the two solutions."""

    system: System
    parameters: dict[str, np.ndarray]
    base: Solution
    no_tariff: Solution


def _case(model: ModuleType, parameters: dict) -> Case:
    system, solutions = model.solve()
    arrays = {n: np.asarray(v, float) for n, v in complete(system.theory, system.sets, parameters).items()}
    return Case(system, arrays, solutions["base"], solutions["no tariff"])


@pytest.fixture(scope="module")
def one_country() -> Case:
    model = program("stdcge")
    return _case(model, model.data(model.sam())[0])


@pytest.fixture(scope="module")
def two_countries() -> Case:
    model = program("twocge")
    return _case(model, model.data()[0])


def test_stdcge_benchmark_without_an_iteration(one_country):
    assert one_country.base.iterations == 0
    assert float(one_country.base.values["uu"]) == pytest.approx(25.508490012515818, abs=1e-9)


def test_stdcge_without_tariffs_reaches_the_published_objective(one_country):
    v = one_country.no_tariff.values
    assert float(v["uu"]) == pytest.approx(26.092634381288686, rel=1e-6)
    assert float(v["eps"]) == pytest.approx(1.0628242213819283, rel=1e-6)
    np.testing.assert_allclose(v["z"], [74.58329439455915, 71.00623963090243], rtol=1e-6)


def test_gradient_of_welfare_by_every_number_of_the_book(two_countries):
    """Utility of Japan without tariffs: transposed and forward derivatives agree, and so do differences."""
    system, p, base, free = two_countries
    active, data = list(system.theory.equations), p | {"taum": np.zeros((2, 2))}
    assert duality_gap(system, data, free.values, active) < 1e-10
    by = system.gradient(data, free.values, active, {"uu": {"JPN": 1}})

    def welfare(name: str, cell: tuple[int, ...], step: float) -> float:
        moved = data | {name: data[name].copy()}
        moved[name][cell] += step
        return float(system.solve(moved, base.values, active, tol=1e-12).values["uu"][0])

    for name, cell in (("taum", (0, 1)), ("tauz", (1, 0)), ("ff", (1, 0)), ("beta", (0, 1, 1)), ("sf", (0,))):
        numeric = (welfare(name, cell, 1e-4) - welfare(name, cell, -1e-4)) / 2e-4
        assert by[name][cell] == pytest.approx(numeric, rel=1e-5), name
    # one more of every factor and of foreign saving is one more economy of the same prices
    larger = sum(float((p[n] * by[n]).sum()) for n in ("ff", "sf"))
    assert larger == pytest.approx(float(free.values["uu"][0]), rel=1e-9)


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e5, 1e12])
def test_stdcge_in_other_units_of_money_is_the_same_economy(one_country, unit):
    """Published amounts times any number; the start of trade stays at one, prices do not move."""
    p, start = dict(one_country.parameters), {n: one_country.base.values[n] for n in PRICES}
    p |= {n: p[n] * unit for n in ("ff", "sf")} | {"taum": np.zeros(2)}
    start |= {n: one_country.base.values[n] * unit for n in ("z", "q")}
    found = one_country.system.solve(p, start, list(one_country.system.theory.equations))
    assert found.iterations == one_country.no_tariff.iterations
    assert float(found.values["uu"]) / unit == pytest.approx(26.092634381288686, rel=1e-6)
    np.testing.assert_allclose(found.values["eps"], one_country.no_tariff.values["eps"], rtol=1e-9)


def test_twocge_benchmark_without_an_iteration(two_countries):
    assert two_countries.base.iterations == 0
    assert float(two_countries.base.values["uu"].sum()) == pytest.approx(55.50849, abs=5e-6)


def test_twocge_without_tariffs_reaches_the_published_objective(two_countries):
    utility = two_countries.no_tariff.values["uu"]
    assert float(utility.sum()) == pytest.approx(56.77783794415193, rel=1e-6)
    np.testing.assert_allclose(utility, [26.16726659552975, 30.610571348622184], rtol=1e-6)


@pytest.mark.parametrize("case", ["one_country", "two_countries"])
def test_dropped_labour_markets_and_payments_close(case, request):
    found = request.getfixturevalue(case)
    v = found.no_tariff.values
    np.testing.assert_allclose(v["f"][1].sum(0), found.parameters["ff"][1], rtol=1e-8)
    abroad = (v["pe"] * v["e"] - v["pm"] * v["m"]).sum(0) / v["eps"] + found.parameters["sf"]
    np.testing.assert_allclose(abroad, 0.0, atol=1e-8)

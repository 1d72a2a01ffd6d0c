"""Instruments that act in some provinces only, or with numbers of their own there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from shipped import shipped_paths

from cge.policies.base import Facts
from cge.policies.coverage import Coverage
from cge.policies.intensity import IntensityCap
from cge.policies.power import RenewableStandard, TechnologySubsidy
from cge.policies.tax import Tax
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.study.model import identities


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.fixture(scope="module")
def short(model):
    """cn12 in two years."""
    paths = shipped_paths(model.benchmark, model.parameters, (2021, 2030))
    return replace(model, paths=paths, baseline=model.baseline[:2])


def given(model, instrument):
    base, b = model.baseline[-1], model.benchmark
    heads = model.paths.heads[-1]
    facts = Facts(2030, 2021, b.sets, b.parameters, base.values, base.parameters, heads, b.distance)
    return instrument.given(facts)


def solved(model, *instruments):
    policy = Policy({}, (), 4.0, 6.0, instruments=instruments)
    run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="p", log=lambda _: None)
    assert max(identities(model, run).values()) < 1e-8
    return run[-1]


def place(model, code):
    return list(model.benchmark.sets["r"]).index(code)


def test_an_intensity_of_its_own_is_reached_there_and_nowhere_else(short):
    xj, cap = place(short, "XJ"), IntensityCap(final_share=0.9, end_year=2030, provinces={"新疆": 0.5})
    now, everywhere = solved(short, cap), IntensityCap(final_share=0.9, end_year=2030)
    assert given(short, cap)["inten"][xj] == pytest.approx(given(short, everywhere)["inten"][xj] * 5 / 9)
    reached = now.values["EM"] / now.values["GDPB"]
    limit = given(short, cap)["inten"]
    assert np.all(reached <= limit * (1 + 1e-8))
    assert now.values["TAU"][xj] > 0 and reached[xj] == pytest.approx(limit[xj], rel=1e-7)


def test_a_renewable_share_binds_where_it_holds(short):
    nx, qh = place(short, "NX"), place(short, "QH")
    standard = RenewableStandard(share=0.5, end_year=2030, provinces=("宁夏",))
    least = given(short, standard)["rps"]
    assert least[nx] == pytest.approx(0.5) and least[qh] == 0 and np.count_nonzero(least) == 1
    now = solved(short, standard)
    assert (given(short, standard)["green"][:, None] * now.values["SG"]).sum(0)[nx] >= 0.5 - 1e-8


def test_a_subsidy_is_paid_where_it_is_named(short):
    rate = given(short, TechnologySubsidy(yuan_per_mwh={"gso": 60.0}, provinces=("甘肃",)))["gsub"]
    gs, gso = place(short, "GS"), list(short.benchmark.sets["a"]).index("gso")
    assert rate[gso, gs] > 0 and np.count_nonzero(rate) == 1
    moved = solved(short, TechnologySubsidy(yuan_per_mwh={"gso": 60.0}, provinces=("甘肃",))).values["SG"][gso]
    gain = moved - short.baseline[-1].values["SG"][gso]
    assert gain[gs] > 0 and gain[gs] == gain.max()


def test_coverage_holds_where_it_is_named_and_everybody_pays_elsewhere(short):
    table = Coverage(exempt=("mtl",), provinces=("新疆", "Gansu"))
    xj, sd, mtl = place(short, "XJ"), place(short, "SD"), list(short.benchmark.sets["a"]).index("mtl")
    found = given(short, table)
    assert found["cover"][mtl, xj] == 0 and found["coverh"][xj] == 0
    assert np.all(found["cover"][:, sd] == 1) and found["coverh"][sd] == 1
    tax = Tax(price=300, start_price=300, end_year=2030)
    there, full = solved(short, tax, table), solved(short, tax)
    burnt = {n: (p.values["EMA"] * (1 - p.values["XAB"]))[mtl] for n, p in (("there", there), ("full", full))}
    assert burnt["there"][xj] > 1.05 * burnt["full"][xj]
    assert burnt["there"][sd] == pytest.approx(burnt["full"][sd], rel=0.02)


def test_a_province_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="Atlantis"):
        IntensityCap(final_share=0.5, provinces={"Atlantis": 0.4})

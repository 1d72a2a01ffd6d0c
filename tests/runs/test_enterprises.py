"""Enterprises retain part of all capital income and save it; households save by province as in the survey."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import YEARS

from cge.calibrate.base_year import BaseYear
from cge.runs.dynamics import run_policy
from cge.runs.periods import Policy
from cge.study.model import Model, identities
from sam.registry import PROVINCE_CODES
from sam.tables import read_table

CLOSURES = [{"capital": c} for c in ("provincial", "national", "fixed", "specific", "vintage")] + [
    {"ownership": "local"}, {"ownership": "local", "capital": "vintage"},
]  # fmt: skip


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def test_enterprises_save_what_the_flow_of_funds_says(model: Model) -> None:
    base = BaseYear(model.benchmark.economy)
    kept = float(base.array("sav", "pool:capital", ""))
    assert kept / base.gdp.sum() == pytest.approx(0.215, rel=1e-9)
    earned = base.factors["capital"].sum() + base.factors["resource"].sum()
    assert float(model.benchmark.parameters["ret"][0]) == pytest.approx(kept / earned, rel=1e-12)


def test_saving_of_households_differs_as_in_the_survey(model: Model) -> None:
    rates = model.benchmark.parameters["mps"][1]
    survey = read_table("household_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    heads = read_table("population_2021").set_index("region").loc[list(PROVINCE_CODES), "population_1e4"]
    spent = survey[["survey_consumption_urban_1e8", "survey_consumption_rural_1e8"]].sum(axis=1)
    over = (survey["disposable_income_pc"] * heads / 1e4 / spent).to_numpy(float)
    assert rates.max() - rates.min() > 0.1 and (rates > 0.2).all() and (rates < 0.6).all()
    ratio = 1 / (1 - rates) / over
    assert (np.abs(ratio / np.median(ratio) - 1) < 0.02).sum() >= 28, "all but those with the least capital income"
    nation = model.benchmark.economy.sam.cells
    saved = nation[nation["row"].eq("sav") & nation["column"].str.startswith("hh")]["value"].sum()
    eaten = nation[nation["row"].str.startswith("com") & nation["column"].str.startswith("hh")]["value"].sum()
    assert 0.3 < saved / (saved + eaten) < 0.45


@pytest.mark.parametrize("closure", CLOSURES, ids=str)
def test_they_retain_of_all_capital_income_under_every_closure(model: Model, closure: dict[str, str]) -> None:
    """Quasi-rents of old and specific equipment and rents of resources included, wherever it is earned."""
    caps = {y: s * model.benchmark.parameters["em0"] for y, s in zip(YEARS[1:], (0.9, 0.6), strict=True)}
    run = run_policy(model.system, model.benchmark, model.paths, model.baseline, Policy(caps, (), 4.0, 6.0, closure),
                     name="retained", log=lambda _: None)  # fmt: skip
    assert max(identities(model, run).values()) < 1e-8
    for base, now in zip(model.baseline[1:], run[1:], strict=True):
        v, p, of = now.values, now.parameters, now.accounts
        np.testing.assert_allclose(of["YRT"] + v["YK"].sum(), v["YLOC"].sum(), rtol=1e-9)
        np.testing.assert_allclose(of["YRT"], p["ret"] * v["YLOC"].sum(), rtol=1e-12)
        saved = (p["mps"] * v["SVR"] * v["YD"]).sum() + of["YRT"] + of["FSV"]
        np.testing.assert_allclose((v["INV"] * v["PINV"]).sum(), saved, rtol=1e-9)
        assert (p["ret"] == base.parameters["ret"]).all()
        index = model.paths.saving[model.paths.years.index(now.year)]
        np.testing.assert_allclose(p["ret"], model.benchmark.parameters["ret"] * index, rtol=1e-12)

"""A back-test: what was told comes out, what was not is held against facts, and no change is a forecast too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shipped import shipped_paths

from cge.analysis import backtest
from cge.report import backtest as shown
from cge.runs.dynamics import run_baseline
from cge.study.model import Model
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import ScenarioError
from sam import observed
from sam.tables import read_table

STUDY = load_study(default_study_path())


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def made(*rows: tuple[str, str, float, float, float, float]) -> pd.DataFrame:
    """Facts of two provinces: region, unit, before, published, told nothing, told all."""
    return pd.DataFrame(
        [["generation", "all", *row[:4], row[4], row[5], row[2]] for row in rows], columns=backtest.COLUMNS
    )


def test_errors_are_shares_of_what_was_published_and_skill_is_against_no_change():
    found = backtest.errors(made(("XJ", "TWh", 90.0, 100.0, 95.0, 100.0), ("GD", "TWh", 300.0, 300.0, 295.0, 300.0)))
    line = found.iloc[0]
    assert (line["where"], line["places"]) == ("provinces", 2)
    np.testing.assert_allclose([line[k] for k in backtest.RUNS], [2.5, 0.0, 2.5])
    assert line["skill"] == pytest.approx(0.0)
    worse = backtest.errors(made(("CN", "fraction", 0.40, 0.36, 0.41, 0.36))).iloc[0]
    assert worse["where"] == "nation" and worse["skill"] == pytest.approx(-0.25)
    assert worse["gdp only"] == pytest.approx(5.0)
    bad = made(("CN", "TWh", 90.0, 100.0, 80.0, 100.0))
    text = shown.page(bad, backtest.errors(bad), "XJ", "cn12")
    assert "Worse than saying that nothing changes: all generation (nation)." in text and "| 100.0 | 80.0 |" in text


def test_facts_are_those_of_the_tables():
    made, before = observed.industries()[2024], observed.industries()[2021]
    own = read_table("xinjiang_gdp_2019_2024").set_index("year")["gdp_current"]
    assert made["XJ"].sum() == pytest.approx(own[2024], rel=3e-3) and (made.sum() > before.sum()).mean() > 0.9
    assert observed.products().loc["cement", 2024] == pytest.approx(1825.24)
    assert set(made.index) == {"primary", "secondary", "tertiary"} and made.shape == (3, 31)


def test_a_baseline_without_observed_years_is_refused():
    with pytest.raises(ScenarioError) as caught:
        backtest.backtest(load_study(default_study_path(), ("baseline.first_years=projected",)))
    assert caught.value.args[0].code == "CGE190"


@pytest.mark.slow
def test_what_is_told_comes_out_and_gdp_alone_does_not_know_the_rest(model: Model, monkeypatch: Any):
    paths = shipped_paths(model.benchmark, model.parameters, backtest.YEARS)
    run = run_baseline(model.system, model.benchmark, paths, log=lambda _: None)
    monkeypatch.setattr(backtest, "model_of", lambda *_, **__: replace(model, kept=None, paths=paths, baseline=run))
    table = backtest.backtest(STUDY, "cn12")
    facts = table.set_index(["measure", "item", "region"])
    co2, wind = facts.loc[("CO2", "all", "CN")], facts.loc[("generation", "wind and solar", "CN")]
    assert co2["as used"] == pytest.approx(co2["published"], rel=1e-6) and co2["gdp only"] != co2["as used"]
    assert wind["published"] == pytest.approx(1830, rel=0.02) and wind["before"] < wind["gdp only"] < wind["published"]
    rows = table[table["measure"] == "industry share"]
    shares = rows.groupby("region")[["before", "published", *backtest.RUNS]].sum()
    np.testing.assert_allclose(shares, 1, rtol=1e-9)
    assert len(shares) == 32
    assert set(backtest.errors(table)["where"]) == {"provinces", "nation"}

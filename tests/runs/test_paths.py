"""Exogenous paths of the baseline."""

import numpy as np
import pytest

from sam import paths
from sam.registry import PROVINCE_CODES


def wide(table):
    return table.pivot(index="year", columns="region", values="value")


def test_gdp_starts_at_2021_and_xinjiang_follows_the_study():
    gdp = wide(paths.gdp_path([2021, 2024, 2030, 2035, 2060]))
    assert list(gdp.columns.sort_values()) == sorted(PROVINCE_CODES)
    assert gdp.loc[2021, "XJ"] == pytest.approx(16791.5)
    assert gdp.loc[2024, "XJ"] / gdp.loc[2021, "XJ"] == pytest.approx(1.036 * 1.07 * 1.061)
    assert gdp.loc[2030, "XJ"] / gdp.loc[2024, "XJ"] == pytest.approx(2.92 / 2.05)
    assert gdp.loc[2035, "XJ"] / gdp.loc[2030, "XJ"] == pytest.approx(3.71 / 2.92)
    assert gdp.loc[2021].sum() == pytest.approx(1_166_800.6)
    assert 3 < gdp.loc[2060].sum() / gdp.loc[2021].sum() < 3.6
    assert 1.0 < paths.xinjiang_price_ratio() < 1.1


def test_emission_paths():
    study = wide(paths.emissions_path([2021, 2025, 2060]))
    assert study["XJ"].to_numpy() == pytest.approx([474, 500, 623], abs=1e-6)
    ratio = study.loc[2060] / study.loc[2021]
    assert ratio.to_numpy() == pytest.approx(623 / 474)
    flat = wide(paths.emissions_path([2021, 2060], "flat"))
    assert flat.loc[2060].sum() == pytest.approx(11150, abs=0.01)
    same = wide(paths.emissions_path([2060], "intensity-index"))
    assert same.loc[2060].sum() == pytest.approx(17000, rel=0.03)
    other = wide(paths.emissions_path([2060], inventory="alternative"))
    assert other.loc[2060, "XJ"] == pytest.approx(623 * 540.627 / 474, rel=1e-4)


def test_labour_falls_faster_than_population():
    people = wide(paths.population_path([2021, 2060])).sum(axis=1)
    labour = wide(paths.labour_path([2021, 2060])).sum(axis=1)
    assert labour[2060] / labour[2021] < people[2060] / people[2021] < 1
    assert people[2021] == 141060
    later = paths.labour_path([2060])
    assert len(later) == 31


def test_power_mix():
    national = paths.power_mix_path([2021, 2040, 2060])
    assert national.groupby("year")["share"].sum().to_numpy() == pytest.approx(1.0)
    last = national[national["year"] == 2060].set_index("technology")
    assert last.loc["gco", "share"] == pytest.approx(0.44)
    assert last["twh"].sum() == pytest.approx(18500)
    own = paths.provincial_power_mix_path([2040])
    total = own.groupby("technology")["twh"].sum()
    goal = national[national["year"] == 2040].set_index("technology")["twh"]
    assert total.reindex(goal.index).to_numpy() == pytest.approx(goal.to_numpy(), rel=1e-9)
    assert own.groupby("region")["share"].sum().to_numpy() == pytest.approx(1.0)


def test_nuclear_enters_inland_after_2025():
    own = paths.provincial_power_mix_path([2025, 2060]).set_index(["year", "technology", "region"])["share"]
    assert (2025, "gnu", "XJ") not in own.index
    assert 0 < own[2060, "gnu", "XJ"] < 0.03
    assert (2060, "ghy", "SH") not in own.index


def test_costs_and_saving():
    cost = paths.technology_cost_path([2021, 2030, 2045, 2060]).set_index(["year", "technology"])["index"]
    assert cost[2021].to_numpy() == pytest.approx(1.0)
    assert cost[2060, "gso"] == pytest.approx(0.128 / 0.36)
    assert cost[2060, "gso"] < cost[2045, "gso"] < cost[2030, "gso"]


def test_variants_of_the_cost_path_move_wind_and_solar_only():
    years = [2021, 2030, 2060]
    central, low, high, flat = (
        paths.technology_cost_path(years, variant).set_index(["technology", "year"])["value"]
        for variant in ("central", "low", "high", "flat")
    )
    assert low["gso", 2060] == 0.109 and high["gso", 2060] == 0.146 and central["gwi", 2060] == 0.168
    for variant in (low, high):
        assert (variant[:, 2021] == central[:, 2021]).all()
        moved = set((variant != central).groupby(level="technology").any().loc[lambda x: x].index)
        assert moved == set(paths.LEARNING)
    assert (flat.unstack().nunique(axis=1) == 1).all()


def test_saving_and_processes():
    saving = paths.saving_rate_path([2021, 2060], base=0.45)
    assert saving["value"].to_numpy() == pytest.approx([0.45, 0.30])
    assert paths.process_intensity_path([2021, 2060])["value"].tolist() == [1.0, 0.5]
    assert paths.capital_stock_2021()["value"].sum() == pytest.approx(3.718e6, rel=1e-3)


def test_any_years_and_clear_refusals():
    gdp = wide(paths.gdp_path(range(2021, 2061)))
    assert np.isfinite(gdp.to_numpy()).all()
    with pytest.raises(paths.PathError, match="2070"):
        paths.gdp_path([2070])
    with pytest.raises(paths.PathError, match="SSP2"):
        paths.gdp_path(scenario="SSP9")
    with pytest.raises(paths.PathError, match="index"):
        paths.emissions_path(rule="steep")
    with pytest.raises(paths.PathError, match="fraction"):
        paths.saving_rate_path(base=45.0)

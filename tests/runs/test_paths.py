"""Exogenous paths of the baseline."""

import numpy as np
import pytest

from sam import paths
from sam.registry import PROVINCE_CODES
from sam.tables import read_table


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
    old = wide(paths.gdp_path([2021, 2024, 2060], first_years="projected"))
    assert 3 < old.loc[2060].sum() / old.loc[2021].sum() < 3.6
    np.testing.assert_allclose(old["XJ"], gdp.loc[[2021, 2024, 2060], "XJ"])
    assert 1.0 < paths.xinjiang_price_ratio() < 1.1


def test_the_first_years_are_those_published():
    gdp = wide(paths.gdp_path([2021, 2022, 2023, 2024]))
    index = read_table("gdp_index_2022_2024").pivot(index="year", columns="region", values="gdp_index") / 100
    np.testing.assert_allclose(gdp.loc[2024] / gdp.loc[2021], index.prod()[gdp.columns])
    np.testing.assert_allclose(gdp.loc[2023] / gdp.loc[2022], index.loc[2023][gdp.columns])
    assert gdp.loc[2024, "SX"] / gdp.loc[2021, "SX"] == pytest.approx(1.121, abs=5e-4)
    national = paths.power_mix_path([2024]).set_index("technology")["twh"]
    assert national[["gwi", "gso"]].sum() == pytest.approx(1830, abs=1)
    own = paths.provincial_power_mix_path([2024]).set_index(["region", "technology"])["twh"]
    assert own["XJ", "gwi"] + own["XJ", "gso"] == pytest.approx(116.16)
    assert own.sum() == pytest.approx(national.sum(), rel=1e-6)
    co2 = wide(paths.emissions_path([2021, 2024])).sum(axis=1)
    assert co2[2024] / co2[2021] == pytest.approx(12177 / 11675)


def test_the_error_of_a_projection_leaves_its_growth_by_2035():
    years = [2024, 2029, 2030, 2035, 2036, 2060]
    kept, old = (np.log(wide(paths.gdp_path(years, first_years=f))) for f in ("observed", "projected"))
    wrong = (old.loc[2024] - kept.loc[2024]) / 3
    taken = (old - kept).sub((old - kept).loc[2024])
    others = taken.columns.drop("XJ")
    np.testing.assert_allclose(taken.loc[2035, others], 11 / 2 * wrong[others])
    np.testing.assert_allclose(taken.loc[2060, others], 11 / 2 * wrong[others])
    np.testing.assert_allclose((taken.loc[2030] - taken.loc[2029])[others], (6 / 11 + 5 / 11) / 2 * wrong[others])
    half = wide(paths.gdp_path(years, given={("projection_error", "CN_2035"): 0.5}))
    assert (np.log(half).loc[2060] < kept.loc[2060])[wrong > 1e-3].drop("XJ", errors="ignore").all()


def test_emission_paths():
    study = wide(paths.emissions_path([2021, 2025, 2060], "xinjiang-index", first_years="projected"))
    assert study["XJ"].to_numpy() == pytest.approx([474, 500, 623], abs=1e-6)
    ratio = study.loc[2060] / study.loc[2021]
    assert ratio.to_numpy() == pytest.approx(623 / 474)
    flat = wide(paths.emissions_path([2021, 2060], "flat", first_years="projected"))
    assert flat.loc[2060].sum() == pytest.approx(11150, abs=0.01)
    same = wide(paths.emissions_path([2060], "intensity-index", first_years="projected"))
    assert same.loc[2060].sum() == pytest.approx(17000, rel=0.03)
    other = wide(paths.emissions_path([2060], inventory="alternative"))
    assert other.loc[2060, "XJ"] == pytest.approx(623 * 540.627 / 474, rel=1e-4)


@pytest.mark.parametrize("rule", paths.EMISSION_RULES)
def test_emissions_of_the_first_years_do_not_depend_on_the_rule(rule):
    table = wide(paths.emissions_path([2021, 2024, 2040, 2060], rule))
    first = wide(paths.emissions_path([2021, 2024]))
    np.testing.assert_allclose(table.loc[[2021, 2024]], first)
    assert first["XJ"].to_numpy() == pytest.approx([474, 520])
    per = first / wide(paths.gdp_path([2021, 2024]))
    fall = (per.loc[2024] / per.loc[2021]).drop("XJ")
    assert np.ptp(fall) == pytest.approx(0, abs=1e-12)
    assert table.loc[2060, "XJ"] == pytest.approx({"flat": 520, "study-targets": 580}.get(rule, 623))
    if rule == "xinjiang-index":
        assert (table.loc[2060] / table.loc[2024]).to_numpy() == pytest.approx(623 / 520)


def test_targets_of_the_study_move_xinjiang_and_leave_the_nation():
    years = [2021, 2024, 2030, 2035, 2060]
    table, usual = (wide(paths.emissions_path(years, rule)) for rule in ("study-targets", "converging"))
    assert table["XJ"].to_numpy() == pytest.approx([474, 520, 610, 580, 580])
    np.testing.assert_allclose(table.sum(axis=1), usual.sum(axis=1))


def test_intensities_converge_at_their_speed():
    years = [2024, 2044, 2060]
    table, gdp = wide(paths.emissions_path(years)), wide(paths.gdp_path(years))
    assert table.loc[2060].sum() / table.loc[2024].sum() == pytest.approx(623 / 520)
    per = np.log(table / gdp).drop(columns="XJ")
    spread = per.sub(per.mean(axis=1), axis=0)
    np.testing.assert_allclose(spread.loc[2044], np.exp(-0.01 * 20) * spread.loc[2024], atol=1e-12)
    still = wide(paths.emissions_path(years, given={("intensity_convergence", "CN_2021"): 0.0}))
    kept = np.log(still / gdp).drop(columns="XJ")
    np.testing.assert_allclose(kept.loc[2060] - kept.loc[2024], (kept.loc[2060] - kept.loc[2024]).mean())


def test_no_province_converges_below_its_floor():
    table = wide(paths.emissions_path([2021, 2024, 2060], scenario="SSP3"))
    left = table.loc[2060] / table.loc[2021]
    assert left.min() == pytest.approx(0.6) and left["NX"] == pytest.approx(0.6)
    assert table.loc[2060].sum() / table.loc[2024].sum() == pytest.approx(623 / 520)
    lower = wide(paths.emissions_path([2021, 2060], scenario="SSP3", given={("emission_floor", "CN_2021"): 0.1}))
    assert (lower.loc[2060] / lower.loc[2021]).min() < 0.5


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
    with pytest.raises(paths.PathError, match="did you mean 'observed'"):
        paths.gdp_path(first_years="observd")
    with pytest.raises(paths.PathError, match="fraction"):
        paths.saving_rate_path(base=45.0)

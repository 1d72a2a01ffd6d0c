"""Whatever a baseline is asked to follow, it hits; what it hits is what the paths say."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import YEARS
from shipped import shipped_paths

from cge.calibrate.parameters.changes import acts_only, entries_of, settable
from cge.measure import energy
from cge.runs.dynamics import _refuse_no_value_added, run_baseline
from cge.runs.periods import Period
from cge.study.baseline import CHOICES as OPTIONS
from cge.study.baseline import Baseline
from cge.study.model import Model
from cge.study.parameters import Parameters
from cgebase.errors import CalibrationError
from cgebase.messages import Message
from sam import paths

CHOICES = [
    *({"gdp": f"SSP{k}"} for k in range(1, 6)), {"emissions": "intensity-index"}, {"emissions": "flat"},
    {"first_years": "projected"}, {"emissions": "xinjiang-index"}, {"emissions": "study-targets"},
    {"gdp": "SSP3", "population": "SSP5", "emissions": "intensity-index"}, {"demand": "constant-shares"},
    {"productivity": "labour"}, {"sector_growth": "uniform"},
]  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def baseline(model: Model, **choices: str) -> Model:
    new = shipped_paths(model.benchmark, model.parameters, YEARS, **Baseline().but(choices).chosen)
    solved = run_baseline(model.system, model.benchmark, new, log=lambda _: None)
    return dataclasses.replace(model, paths=new, baseline=solved)


@pytest.mark.parametrize("choices", CHOICES, ids=lambda c: "-".join(c.values()))
def test_targets_are_hit_exactly(model: Model, choices: dict[str, str]) -> None:
    run = baseline(model, **choices)
    for t, period in enumerate(run.baseline):
        np.testing.assert_allclose(period.values["GDPB"], run.paths.gdp[t], rtol=1e-8)
        np.testing.assert_allclose(period.values["EM"], run.paths.emissions[t], rtol=1e-8)
    x, chosen = model.benchmark.sets["r"].index("XJ"), Baseline().but(choices).chosen
    want = {"flat": 520.0, "study-targets": 580.0}.get(chosen["emissions"], 623.0)
    assert run.paths.emissions[-1, x] == pytest.approx(want, rel=1e-6)
    study = paths.gdp_path((2021, 2030)).set_index(["region", "year"])["value"]
    assert run.paths.gdp[1, x] / run.paths.gdp[0, x] == pytest.approx(study["XJ", 2030] / study["XJ", 2021])


def test_the_default_is_the_baseline_without_choices(model: Model) -> None:
    same = baseline(model)
    for mine, default in zip(same.baseline, model.baseline, strict=True):
        for name, value in mine.values.items():
            np.testing.assert_array_equal(value, default.values[name], err_msg=name)


def test_population_moves_labour_and_gdp_does_not(model: Model) -> None:
    usual, other = model.paths, shipped_paths(model.benchmark, model.parameters, YEARS, gdp="SSP1", population="SSP3")
    np.testing.assert_array_equal(usual.gdp, other.gdp)
    assert not np.allclose(usual.labour[-1], other.labour[-1], rtol=0.02)
    assert not np.allclose(usual.heads[-1], other.heads[-1], rtol=1e-3)


def test_energy_carries_the_carbon_of_the_inventory(model: Model) -> None:
    assert energy.carbon_gap(model.baseline) < 1e-12
    broken = dict(model.baseline[0].values)
    broken["EMA"] = broken["EMA"] * 1.01
    wrong: Any = dataclasses.replace(model.baseline[0], values=broken)
    assert energy.carbon_gap([wrong]) > 1e-4


def test_coal_power_and_the_equivalent_of_clean_power_use_one_rate(model: Model) -> None:
    """A TWh of coal power burns what a TWh without fossil fuel is counted at."""
    base, f = model.baseline[0], energy.factors()
    by_user = base.accounts["EMF"]
    k = model.benchmark.sets["a"].index("gco")
    alone = np.where(np.arange(by_user.shape[1])[None, :, None] == k, by_user, 0.0)
    burnt = energy.fuel_energy(energy.contents(model.benchmark, "burnt"), alone, 0 * base.accounts["EMFH"])["coal"]
    twh = base.values["SG"][k] * base.values["QB"]
    rate = burnt.sum() / twh.sum()
    assert rate == pytest.approx(f.coal_rate, rel=0.02)


def test_shares_and_sums_of_energy(model: Model) -> None:
    table = energy.accounts(model.benchmark, model.baseline, "baseline")
    parts = table[table["indicator"] == "primary_energy"]
    key = ["region", "year"]
    whole = parts[parts["sector"] == "all"].set_index(key)["value"].sort_index()
    summed = parts[parts["sector"] != "all"].groupby(key)["value"].sum().sort_index()
    np.testing.assert_allclose(summed, whole, rtol=1e-12)
    provinces = whole.drop("CN").groupby("year").sum()
    np.testing.assert_allclose(provinces, whole["CN"], rtol=1e-12)
    shares = table[table["indicator"].isin(energy.SHARES)]["value"]
    assert shares.between(0, 1).all()
    twh = 1340 + 407.5 + 655.6 + 327 + 163.7
    clean = parts[(parts["region"] == "CN") & (parts["year"] == 2021) & parts["sector"].isin(energy.NONFOSSIL)]
    assert clean["value"].sum() == pytest.approx(0.3025 * twh, rel=1e-3)
    assert (table.loc[table["indicator"] == "primary_energy_abated", "value"].abs() < 1e-9).all()


def test_the_command_writes_and_prints_what_the_baseline_implies(tmp_path: Path, call: Any) -> None:
    words = ["baseline", "--aggregation", "cn12", "--years", "2021,2030", "--baseline", "gdp=SSP2", "--languages", "en",
             "--out", str(tmp_path), "--quiet", "--json"]  # fmt: skip
    code, out, _ = call(*words)
    assert code == 0
    said = json.loads(out)
    folder = tmp_path / "cap_comparison.baseline.gdp-SSP2.cn12.2021-2030"
    assert Path(said["out"]) == folder
    for name in ("growth.csv", "published.csv", "baseline.md", "cap_comparison_baseline.xlsx",
                 "figures/baseline_en.png", "figures/power_en.png", "figures/energy.csv"):  # fmt: skip
        assert (folder / name).stat().st_size > 100, name
    manifest = json.loads((folder / "scenarios" / "baseline" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["baseline"] == Baseline(gdp="SSP2").chosen
    assert manifest["checks"]["carbon_of_fuels"] < 1e-12
    table = pd.read_csv(folder / "growth.csv")
    assert len(said["growth"]) == len(table) == 64
    asked = paths.gdp_path((2021, 2030), "SSP2").pivot(index="region", columns="year", values="value")
    want = 100 * ((asked[2030] / asked[2021]) ** (1 / 9) - 1)
    found = table[table["end"] == 2030].set_index("region")["gdp_growth"].drop("CN")
    np.testing.assert_allclose(found, want[found.index], rtol=1e-4)


def test_values_of_paths_act_under_the_choices_that_the_register_names(model: Model):
    """Under every choice of the baseline but those of ``only``, moving them moves no path."""
    only = {n: told for n in settable() if (told := acts_only(n)) and told[0] in OPTIONS}
    for name, (axis, acting) in only.items():
        entries = entries_of(model.parameters, name)
        assert not isinstance(entries, Message)
        ends = {i: high if high != entries.values[i] else low for i, (low, high) in entries.ranges.items()}
        given = {i: end for i, end in ends.items() if np.isfinite(end)}
        other = Parameters(**{name: given}).on(model.parameters)
        for option in OPTIONS[axis]:
            pair = [shipped_paths(model.benchmark, p, YEARS, **{axis: option}) for p in (model.parameters, other)]
            assert (numbers(pair[0]) != numbers(pair[1])) == (option in acting), (name, option)


def numbers(thing: Any) -> Any:
    """What a path holds, to be compared bit for bit."""
    if isinstance(thing, np.ndarray):
        return thing.tobytes()
    if dataclasses.is_dataclass(thing):
        return [numbers(getattr(thing, f.name)) for f in dataclasses.fields(thing)]
    return [(k, numbers(x)) for k, x in thing.items()] if isinstance(thing, dict) else repr(thing)


def test_energy_that_leaves_nothing_for_labour_and_capital_is_refused(model: Model) -> None:
    """The twist that hits emissions has no share to give beyond one."""
    last, (activities, regions), j = model.baseline[-1], (model.benchmark.sets[k] for k in "ar"), 0
    share = np.where(last.parameters["aeei"] > 0, last.parameters["theta_n_ene"][:, j], 0.0)
    assert 0.3 < share.max() < last.values["EFF"][j]

    def at(efficiency: float) -> Period:
        moved = last.values["EFF"].copy()
        moved[j] = efficiency
        return dataclasses.replace(last, values=last.values | {"EFF": moved})

    _refuse_no_value_added(model.benchmark, at(1.001 * share.max()))
    worst = f"{activities[share.argmax()]} {regions[j]}"
    with pytest.raises(CalibrationError, match=f"baseline 2060: .* {worst} have no labour and capital left"):
        _refuse_no_value_added(model.benchmark, at(0.999 * share.max()))

"""Derivatives backwards through years and calibration: against full solves, and link by link against the real code."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shipped import shipped_paths

from cge.analysis.gradient import NUMBERS, Run, Slopes, backwards, by_register, entry_value, movers, number, run
from cge.analysis.gradient.links import (
    OF_BASELINE,
    OF_POLICY,
    Backwards,
    Year,
    foreign,
    pull_baseline_year,
    pull_policy_year,
)
from cge.analysis.gradient.measure import gdp_change, seeds
from cge.analysis.sensitivity.levers import Variation
from cge.analysis.sensitivity.vary import measures, varied
from cge.calibrate.parameters.changes import acts_only
from cge.measure.indicators import changes
from cge.runs.dynamics import _baseline_year, run_baseline, run_policy
from cge.runs.periods import Period, Policy
from cge.runs.policy_year import FOUND, policy_year
from cge.study.model import Model, policy_of
from cge.study.scenario import default_study_path, load_study
from cge.theory.closures import SWAPS
from cgebase.errors import ScenarioError

STUDY = load_study(default_study_path())
"""Of the shared model."""
ENTRIES = 4


def solved(model: Model, name: str) -> tuple[Policy, list[Period]]:
    policy = policy_of(model, STUDY.only([name]).scenarios[0])
    return policy, run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name=name,
                              log=lambda _: None)  # fmt: skip


def change(model: Model, at: int | None) -> float:
    """GDP change under uniform caps, solved in full."""
    return gdp_change(model.baseline[-1], solved(model, "uniform")[1][-1], at)


def slope(of: Callable[[float], float], step: float) -> float:
    """Derivative at zero by central differences of two sizes, extrapolated: the error is of fourth order."""
    whole, half = ((of(h) - of(-h)) / (2 * h) for h in (step, step / 2))
    return (4 * half - whole) / 3


@pytest.fixture(scope="module")
def there(model: Model) -> Any:
    runs = [Run("uniform", *solved(model, "uniform"), 1.0)]
    at = model.benchmark.sets["r"].index("NW")
    chain = backwards(model, runs, at)
    table, uncovered = by_register(model, chain, STUDY.baseline)
    return at, runs, chain, table, uncovered


def test_derivatives_are_those_of_full_solves_at_random_entries(model: Model, there: Any):
    at, _, _, table, uncovered = there
    assert set(uncovered) >= {"generation_cost", "process_intensity"} and not set(uncovered) & set(table["parameter"])
    known = table[table["per_pct"].abs() > 1e-2 * table["per_pct"].abs().max()]
    for row in known.sample(ENTRIES, random_state=5).to_dict("records"):
        key = (row["parameter"], row["item"])

        def moved(h: float, key: Any = key, value: float = row["value"]) -> float:
            move = Variation("move", "high", {key: value * (1 + h)})
            return change(varied(model, move, STUDY.baseline), at)

        assert slope(moved, 5e-4) == pytest.approx(100 * row["per_pct"], rel=1e-6, abs=1e-8), key


def test_what_moves_nothing_says_under_which_closure_it_acts(there: Any):
    """So that a study which sets it without that closure is refused."""
    table = there[3]
    idle = table.groupby("parameter")["per_pct"].apply(lambda x: not x.abs().max() > 1e-12)
    under = {n: acts_only(n) or ("", ()) for n in idle.index}
    closures = {n for n, (axis, options) in under.items() if axis in SWAPS and next(iter(SWAPS[axis])) not in options}
    slack = {"storage_years", *(f"capture_ceiling_{year}" for year in (2030, 2040, 2050))}
    assert set(idle.index[idle]) == closures | slack and "wage_curve" in closures, "room is left"


@pytest.mark.parametrize("name", ["gdp", "emissions", "mix"])
def test_derivatives_by_paths_are_those_of_full_solves(model: Model, there: Any, name: str):
    at, _, chain, *_ = there
    path, rng = getattr(model.paths, name), np.random.default_rng(7)
    way = path * rng.uniform(-1, 1, path.shape)
    way[0] = 0.0

    def moved(h: float) -> float:
        paths = replace(model.paths, **{name: path + h * way})
        baseline = run_baseline(model.system, model.benchmark, paths, log=lambda _: None)
        return change(replace(model, paths=paths, baseline=baseline), at)

    assert slope(moved, 1e-3) == pytest.approx(float((chain.paths[name] * way).sum()), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["sigma_va", "hab"])
def test_derivatives_by_parameters_of_equations_are_those_of_full_solves(model: Model, there: Any, name: str):
    at, _, chain, *_ = there
    value, rng = model.benchmark.parameters[name], np.random.default_rng(9)
    way = value * rng.uniform(-1, 1, value.shape)

    def moved(h: float) -> float:
        benchmark = replace(model.benchmark, parameters=model.benchmark.parameters | {name: value + h * way})
        baseline = run_baseline(model.system, benchmark, model.paths, log=lambda _: None)
        return change(replace(model, benchmark=benchmark, baseline=baseline), at)

    assert slope(moved, 1e-4) == pytest.approx(float((chain.first[name] * way).sum()), rel=1e-6, abs=1e-8)


# ---------------------------------------------------------------- links
def beside(period: Period, h: float, way: dict[str, dict[str, np.ndarray]]) -> Period:
    """A period moved, accounts as numbers of their own."""
    out = copy(period)
    for kind in ("values", "parameters"):
        now = getattr(period, kind)
        object.__setattr__(out, kind, {n: x + h * way[kind][n] if n in way[kind] else x for n, x in now.items()})
    accounts = {n: np.asarray(period.accounts[n]) + h * x for n, x in way["accounts"].items()}
    out.__dict__["accounts"] = accounts
    object.__setattr__(out, "capital", period.capital + h * way["capital"]["capital"])
    return out


ACCOUNTS = {"QG": 1.0, "QL": 1e-3, "KU": 1.0, "QST": 1.0, "EML": 1.0, "EMLH": 1.0}
"""Parts by which accounts move: flows lie near the capacity of their lines, where the larger counts."""


def directions(model: Model, period: Period, rng: np.random.Generator) -> dict[str, dict[str, np.ndarray]]:
    families = model.system.theory.families
    whole = {n for n, f in families.items() if f.automatic is not None or f.unit == "0/1"}

    def way(x: np.ndarray) -> np.ndarray:
        return np.asarray(x) * rng.uniform(-1, 1, np.shape(x))

    return {
        "values": {n: way(x) for n, x in period.values.items()},
        "parameters": {n: way(x) for n, x in period.parameters.items() if n not in whole},
        "accounts": {n: way(np.asarray(period.accounts[n])) * part for n, part in ACCOUNTS.items()},
        "capital": {"capital": way(period.capital)},
    }


def pushed(make: Callable[[float], dict[str, np.ndarray]], weights: dict[str, np.ndarray]) -> float:
    """Derivative of a weighted sum of parameters along a move."""
    return slope(lambda h: float(sum((weights[n] * x).sum() for n, x in make(h).items() if n in weights)), 1e-3)


def pulled(year: Year, way: dict[str, dict[str, np.ndarray]]) -> float:
    """The same from derivatives on the way back."""
    out = float((np.asarray(year.capital) * way["capital"]["capital"]).sum())
    for n, by in year.solved.by.items():
        out += float((by * (way["values"] | way["accounts"])[n]).sum())
    return out + float(sum((by * way["parameters"][n]).sum() for n, by in year.parameters.by.items()
                           if n in way["parameters"]))  # fmt: skip


@pytest.mark.parametrize("what", ["of the baseline", "of the policy", "of the base year"])
def test_links_of_a_policy_year_pull_back_what_the_code_pushes(model: Model, there: Any, what: str):
    _, runs, *_ = there
    rng, policy, last, t = np.random.default_rng(1), runs[0].policy, runs[0].periods[1], 2
    ways = [directions(model, p, rng) for p in (model.baseline[t], last, model.baseline[0])]
    still = [{k: {n: 0 * x for n, x in of.items()} for k, of in way.items()} for way in ways]
    at = ("of the baseline", "of the policy", "of the base year").index(what)
    used = [way if k == at else none for k, (way, none) in enumerate(zip(ways, still, strict=True))]

    def make(h: float) -> dict[str, np.ndarray]:
        base, before, first = (beside(p, h, w) for p, w in zip((model.baseline[t], last, model.baseline[0]), used,
                                                                strict=True))  # fmt: skip
        year = policy_year(model.system.theory, model.benchmark, model.paths, [first, model.baseline[1], base], policy,
                           before, t)  # fmt: skip
        return year.parameters | {n: year.start[n] for n in FOUND}

    p = make(0.0)
    assert foreign(runs[0].periods[t].parameters, model.baseline[t].parameters, OF_POLICY) == []
    skip = {n for n, f in model.system.theory.families.items() if f.automatic is not None or f.unit == "0/1"}
    weights = {n: rng.normal(size=np.shape(x)) / max(np.abs(x).max(initial=0.0), 1e-6)
               for n, x in p.items() if n not in skip | {"inten", "member", "market", "traded"}}  # fmt: skip
    g = {n: np.zeros(np.shape(x)) for n, x in p.items()} | weights
    back, before = Backwards([Year() for _ in model.baseline]), Year()
    pull_policy_year(g, model.benchmark, model.paths, model.baseline, policy, last, t, back, before)
    found = (back.baseline[t], before, back.baseline[0])[at]
    assert pulled(found, ways[at]) == pytest.approx(pushed(make, weights), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("what", ["depreciation", "period", "gdp", "labour", "population", "frisch", "saving", "mix",
                                  "beta", "betae", "qh0", "the", "mps", "ret", "epsp", "labour0",
                                  "mix_cost", "mix_exponent"])  # fmt: skip
def test_links_of_a_baseline_year_pull_back_what_the_code_pushes(model: Model, there: Any, what: str):
    rng, t, last = np.random.default_rng(2), 2, model.baseline[1]
    p0, paths = model.benchmark.parameters, model.paths
    of_paths = what in paths.__dataclass_fields__
    of_first = "" if of_paths or what == "period" else what.removesuffix("0") if what == "labour0" else what
    way = directions(model, last, rng)
    along = np.asarray(p0[of_first] if of_first else getattr(paths, what, 0.0))
    along = along * rng.uniform(-1, 1, np.shape(along))

    def make(h: float) -> dict[str, np.ndarray]:
        benchmark = replace(model.benchmark, parameters=p0 | ({of_first: p0[of_first] + h * along} if of_first else {}))
        own = {what: getattr(paths, what) + h * along} if of_paths else {}
        before = beside(last, h, way) if what == "period" else last
        return _baseline_year(benchmark, replace(paths, **own), before, t).parameters

    assert foreign(model.baseline[t].parameters, p0, OF_BASELINE) == []
    p = make(0.0)
    weights = {n: rng.normal(size=np.shape(x)) / max(np.abs(x).max(initial=0.0), 1e-6) for n, x in p.items()
               if n in OF_BASELINE and n != "res"}  # fmt: skip
    g = {n: np.zeros(np.shape(x)) for n, x in p.items()} | weights
    back = Backwards([Year() for _ in model.baseline])
    pull_baseline_year(g, model.benchmark, paths, model.baseline, t, back)
    if what == "period":
        found = pulled(back.baseline[t - 1], way)
    else:
        by = back.first.by[of_first] if of_first else back.paths.by[what]
        found = float((by * along).sum())
    assert found == pytest.approx(pushed(make, weights), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NUMBERS)
def test_seeds_of_a_number_are_its_derivative(model: Model, there: Any, name: str):
    _, runs, *_ = there
    rng, years = np.random.default_rng(4), (model.baseline, runs[0].periods)
    names = ("PHC", "QGV", "PEX", "QD", "BTG", "BTE", "YC")
    for at in (None, 3):
        ways: list[list[Any]] = [[], []]
        for way, periods in zip(ways, years, strict=True):
            for period in periods:
                of = directions(model, period, rng)
                of["accounts"] = {n: np.asarray(period.accounts[n]) * rng.uniform(-1, 1, np.shape(period.accounts[n]))
                                  for n in names}  # fmt: skip
                of["parameters"] = {}
                way.append(of)

        def at_step(h: float, ways: Any = ways, at: int | None = at) -> float:
            base, now = ([beside(p, h, w) for p, w in zip(run, way, strict=True)]
                         for run, way in zip(years, ways, strict=True))  # fmt: skip
            now[0] = base[0]
            return number(name, base, now, at)

        total = sum(float((x * (ways[k][t]["values"] | ways[k][t]["accounts"])[n]).sum())
                    for t, pair in seeds(name, *years, at).items() for k, by in enumerate(pair)
                    for n, x in by.items())  # fmt: skip
        assert total == pytest.approx(slope(at_step, 1e-3), rel=1e-8)


def test_numbers_are_those_reported(model: Model, there: Any):
    _, runs, *_ = there
    found = measures(model, runs[0].periods, "uniform")
    table = changes(model.benchmark, model.baseline, runs[0].periods, "uniform")
    table = table[(table["year"] == 2060) & (table["sector"] == "all")].set_index(["indicator", "region"])["value"]
    for name in NUMBERS:
        for region, at in (("NW", 3), ("CN", None)):
            own = number(name, model.baseline, runs[0].periods, at)
            assert own == pytest.approx(table[name, region], rel=1e-12)
            assert name not in found or own == pytest.approx(found[name][region], rel=1e-12)


@pytest.mark.parametrize("name", ["gdp_change_base_prices_pct", "welfare_ev_pct", "gdp_cumulative_loss_pct"])
def test_derivatives_of_other_numbers_are_those_of_full_solves(model: Model, there: Any, name: str):
    at, runs, *_ = there
    value, rng = model.benchmark.parameters["sigma_va"], np.random.default_rng(9)
    way = value * rng.uniform(-1, 1, value.shape)

    def moved(h: float) -> float:
        benchmark = replace(model.benchmark, parameters=model.benchmark.parameters | {"sigma_va": value + h * way})
        baseline = run_baseline(model.system, benchmark, model.paths, log=lambda _: None)
        there = replace(model, benchmark=benchmark, baseline=baseline)
        return number(name, baseline, solved(there, "uniform")[1], at)

    chain = backwards(model, runs, at, name)
    assert slope(moved, 1e-4) == pytest.approx(float((chain.first["sigma_va"] * way).sum()), rel=1e-6, abs=1e-8)


def test_slopes_along_nodes_of_paths_are_those_of_full_solves(model: Model, there: Any):
    at, _, chain, *_ = there
    key = ("generation_cost", "gso_2060")
    value = entry_value(model.parameters, *key)

    def moved(h: float) -> float:
        parameters = replace(model.parameters, paths={key: value * (1 + h)})
        paths = shipped_paths(model.benchmark, parameters, model.paths.years)
        baseline = run_baseline(model.system, model.benchmark, paths, log=lambda _: None)
        return change(replace(model, paths=paths, baseline=baseline), at)

    found = Slopes(model, STUDY.baseline, [chain, chain]).along({key: value})
    assert found[0] == found[1] == pytest.approx(slope(moved, 1e-3), rel=1e-5, abs=1e-8)


# ---------------------------------------------------------------- the command
def test_the_command_writes_table_and_figure(call: Any, model: Model, tmp_path: Any, monkeypatch: Any):
    monkeypatch.setattr(run, "model_of", lambda *_, **__: replace(model, kept=None))
    short = ("--aggregation", "cn12", "--years", "2021,2030,2060", "--set", "base.regions=region8")
    words = ("gradient", "gdp", "--region", "西北", *short, "--out", tmp_path)
    code, out, _ = call(*words, "--languages", "en,zh", "--formats", "png")
    folder = next(tmp_path.glob("cap_comparison.*.gradient.NW.uniform"))
    assert code == 0 and "abatement_max_share" in out and "generation_share" in out and "kink" in out
    assert (folder / "figures" / "gradient_zh.png").exists() and (folder / "gradient.csv").exists()
    with np.load(folder / "derivatives.npz") as arrays:
        assert arrays["first sigma_va"].shape == model.benchmark.parameters["sigma_va"].shape
    assert call(*words)[0] == 2
    code, out, _ = call(*words, "--against", "differentiated", "--json", language="zh")
    assert code == 0 and '"uncovered"' in out


def test_movers_leave_out_definitions_and_paths(there: Any):
    *_, table, _ = there
    whole, entries = movers(table)
    assert len(whole) == len(entries) == 10 and "integration_share" not in set(whole["parameter"])
    assert whole["per_pct"].abs().is_monotonic_decreasing


@pytest.mark.parametrize(
    ("settings", "name", "code"),
    [
        ((), "baseline", "CGE276"),
        (("scenario.uniform.cap.allocation=equal-loss",), "uniform", "CGE276"),
        (("scenario.uniform.tax.price=100",), "uniform", "CGE276"),
    ],
)
def test_what_is_not_differentiated_is_refused(settings: tuple[str, ...], name: str, code: str):
    scenario = load_study(default_study_path(), settings).only([name]).scenarios[0]
    with pytest.raises(ScenarioError) as caught:
        run.refuse(scenario)
    assert str(caught.value.args[0].code).startswith(code) and caught.value.args[0].zh


def test_old_equipment_is_refused(model: Model):
    scenario = STUDY.only(["uniform"]).scenarios[0]
    scenario = scenario.model_copy(update={"closure": scenario.closure.model_copy(update={"capital": "vintage"})})
    policy = policy_of(model, scenario)
    periods = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name="v",
                         log=lambda _: None)  # fmt: skip
    with pytest.raises(ScenarioError, match="kold") as caught:
        backwards(model, [Run("v", policy, periods, 1.0)], None)
    assert caught.value.args[0].code == "CGE277"

"""Plans: every measure is there once, numbers of scenarios follow from measures, faults are named by line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cge.planning.plans import (
    LEVERS,
    MEASURES,
    PLAN,
    PLANS,
    REPRESENTABLE,
    Plan,
    base_facts,
    carried,
    filled,
    merged,
    read_plan,
)
from cge.policies import instruments
from cge.report.names import KINDS

YEARS = (2021, 2025, 2030)


@pytest.fixture(scope="module", params=["inner_mongolia", "karamay", "xinjiang"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return read_plan(request.param)


def test_three_plans_hold_every_measure_of_their_texts() -> None:
    assert carried() == ["inner_mongolia", "karamay", "xinjiang"]
    tables = [read_plan(name).measures for name in carried()]
    assert [len(t) for t in tables] == [49, 43, 134]
    ids = [i for t in tables for i in t["id"]]
    assert len(ids) == len(set(ids)) == 226 and sum(t["value"].notna().sum() for t in tables) == 179
    assert set(LEVERS) == set(KINDS["lever"]) and set(REPRESENTABLE) == set(KINDS["representable"])


def test_a_measure_that_is_not_representable_does_not_run_and_says_why(plan: Plan) -> None:
    table = plan.measures
    assert (table.loc[table["representable"] != "yes", ["why", "why_zh"]] != "").all(axis=None)
    assert ((table["why"] == "") == (table["why_zh"] == "")).all()
    said = table.loc[table["why_zh"] != "", "why_zh"]
    assert said.str.contains("[\u4e00-\u9fff]").all() and not table["why"].str.contains("[\u4e00-\u9fff]").any()
    assert set(table.loc[table["run"] != "", "representable"]) <= {"yes", "partly"}
    assert all(a.low <= a.value <= a.high and a.en and a.zh for a in plan.file.assumptions.values())


def test_the_study_of_a_plan_has_each_run_alone_all_and_under_the_cap(plan: Plan) -> None:
    study = plan.study("cn12", YEARS)
    ids = [s.id for s in study.scenarios]
    assert ids == ["none", "uniform", *(r.id for r in plan.file.run), "plan", "plan-and-cap"]
    by = {s.id: s for s in study.scenarios}
    capped = by["plan-and-cap"]
    assert capped.cap == by["uniform"].cap and set(capped.instruments) <= set(instruments())
    assert {t for r in plan.file.run for t in r.tables} - {"cap"} == set(capped.instruments)
    assert study.report.focus == plan.file.region


def test_a_number_of_a_scenario_follows_from_its_measure(plan: Plan) -> None:
    """Each measure of a run moves its scenario; nothing is typed in twice."""
    for run in plan.file.run:
        for name in run.measures:
            changed = plan.measures.assign(value=plan.measures["value"].where(plan.measures["id"] != name, 1.37))
            other = Plan(plan.file, changed)
            moved = other.tables(run) != plan.tables(run)
            assert moved or plan.measures.set_index("id").loc[name, "unit"] == "year", name


def test_numbers_as_computed_by_hand() -> None:
    karamay, north, xinjiang = read_plan("karamay"), read_plan("inner_mongolia"), read_plan("xinjiang")
    green = 70 * 1700 / (70 * 1700 + 30 * 4500)
    base = base_facts("XJ")["green_share"]
    assert base == pytest.approx((28.033 + 53.117 + 17.464 + 2.270) / 465.685, abs=1e-4)
    runs = {r.id: p.tables(r) for p in (karamay, north, xinjiang) for r in p.file.run}
    assert runs["non-fossil-power"]["renewables"]["share"] == pytest.approx(base + 0.03 * (green - base))
    assert runs["zone-saving"]["efficiency"]["gain"] == pytest.approx(0.2 * 0.03 * 0.5)
    assert runs["forest"]["sinks"]["provinces"] == {"内蒙古": pytest.approx(7.2 * 2, rel=1e-3)}
    cap = runs["targets"]["cap"]
    assert cap["provinces"]["新疆"] == {"2030": 610, "2035": 580} and len(cap["provinces"]) == 31
    assert base_facts("NM")["transport_share"] == pytest.approx(15.9 / (817 - 616.2), abs=0.005)


def test_gains_of_two_runs_add_up_and_expressions_keep_numbers() -> None:
    both = merged({"efficiency": {"gain": 0.1, "provinces": ["XJ"]}}, {"efficiency": {"gain": 0.2}})
    assert both["efficiency"] == {"gain": pytest.approx(0.3), "provinces": ["XJ"]}
    assert filled({"a": "=2*M1/1e3", "b": "text"}, {"M1": 5.0}) == {"a": 0.01, "b": "text"}


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return write


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change(MEASURES, "efficiency,partly", "eficiency,partly"), "did you mean 'efficiency'"),
        (change(MEASURES, ",partly,", ",maybe,"), "representable 'maybe'"),
        (change(MEASURES, "70,about", "seventy,about"), "line 12: value 'seventy'"),
        (change(MEASURES, "KA003,", "KA001,"), "id KA001 is there before"),
        (change(MEASURES, "zone inside the province; scale by its share", ""), "needs a reason in why"),
        (change(MEASURES, "省内园区；按其份额缩放", ""), "needs a reason in why_zh"),
        (change(MEASURES, "lever,", "lever_,"), "lacks the columns lever"),
        (change(PLAN, '"KA005"', '"KA555"'), "no measure 'KA555'"),
        (change(PLAN, '["KA005"]', '["KA015"]'), "KA015 is called not representable"),
        (change(PLAN, "zone_energy*beyond", "zone_energie*beyond"), "did you mean 'zone_energy'"),
        (change(PLAN, "zone_energy*beyond", "zone_energy*().__class__"), "gives no finite number: an expression holds"),
        (change(PLAN, "zone_energy*beyond", "zone_energy/(beyond-beyond)"), "gives no finite number"),
        (change(PLAN, "value = 0.03", "value = 0.3"), "lies outside 0.01 to 0.06"),
        (change(PLAN, 'region = "XJ"', 'region = "XXJ"'), "region"),
        (change(PLAN, "[run.efficiency]", "[run.eficiency]"), "eficiency"),
    ],
)  # fmt: skip
def test_faults_of_a_plan_of_ones_own_are_named(
    call: Any, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(PLANS / "karamay", folder)
    assert call("plan", folder, "--check")[0] == 0
    damage(folder)
    code, _, err = call("plan", folder, "--check")
    assert code == 2 and said in err and "Traceback" not in err, err
    code, _, err = call("plan", folder, "--check", language="zh")
    assert code == 2 and err.startswith("错误")


def test_check_lists_every_measure_in_both_languages(call: Any) -> None:
    code, out, _ = call("plan", "karamay", "--check", language="zh")
    assert code == 0 and "非化石装机占比" in out and "43 项措施" in out and "假设 city_power" in out
    assert "园区无法单列" in out and "zone not separable" not in out
    code, out, _ = call("plan", "karamay", "--check", "--json")
    assert code == 0 and len(json.loads(out)["measures"]) == 43
    code, _, err = call("plan", "karamai", "--check")
    assert code == 2 and "did you mean 'karamay'" in err


@pytest.mark.slow
def test_a_plan_runs_with_one_command(call: Any, tmp_path: Path) -> None:
    code, out, err = call("plan", "inner_mongolia", "--aggregation", "cn12", "--years", "2021,2030", "--out", tmp_path,
                          "--quiet", "--languages", "en", "--formats", "png", "--json")  # fmt: skip
    assert code == 0, err
    found = {row["scenario"]: row for row in json.loads(out)["compared"]}
    assert set(found) == {"none", "uniform", "export-lines", "transport-saving", "forest", "plan", "plan-and-cap"}
    assert found["transport-saving"]["emissions"] < found["none"]["emissions"]
    assert found["forest"]["gdp_beyond_cap_pp"] > 0, "tonnes taken up spare the cap"
    assert found["forest"]["emissions"] > found["uniform"]["emissions"] + 10
    assert found["plan"]["gdp_beyond_cap_pp"] is None, "only scenarios under the same cap are held against it"
    assert found["plan-and-cap"]["neighbours"] and "NM" not in found["plan-and-cap"]["neighbours"]
    folder = next(p for p in tmp_path.iterdir() if (p / "run.json").exists())
    assert {p.name for p in (folder / "plan").iterdir()} == {"measures.csv", "assumptions.csv", "compared.csv"}

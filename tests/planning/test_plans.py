"""Plans: every measure is there once, numbers of scenarios follow from measures, faults are named by line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cge.cli import cli
from cge.planning.codes import coded, parts
from cge.planning.plans import (
    LEVERS,
    MEASURES,
    PLAN,
    PLANS,
    REPRESENTABLE,
    Plan,
    PlanError,
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


@pytest.mark.slow
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
    study = plan.study("cn30", YEARS)
    ids = [s.id for s in study.scenarios]
    assert ids == ["none", "uniform", *(r.id for r in plan.file.run), "plan", "plan-and-cap"]
    by = {s.id: s for s in study.scenarios}
    capped = by["plan-and-cap"]
    assert capped.cap == by["uniform"].cap and set(capped.instruments) <= set(instruments())
    assert {t for r in plan.file.run if not r.alone for t in r.tables} - {"cap"} == set(capped.instruments)
    assert study.report.focus == plan.file.region
    assert study.report.pair == ("uniform", "plan-and-cap"), "figures show what the plan adds to the cap"


def test_every_measure_runs_is_shown_or_says_why_not(plan: Plan) -> None:
    """What is shown by another command is not in a run as well, and the command is there."""
    table, commands = plan.measures, set(cli.commands)
    assert not ((table["run"] != "") & (table["elsewhere"] != "")).any()
    silent = table[(table["run"] == "") & (table["elsewhere"] == "")]
    assert (silent["why"] != "").all()
    for of in plan.file.elsewhere:
        command = of.by.split()[1]
        assert of.by.startswith("cge ") and command in commands and of.en and of.zh
        named = of.by.partition(", ")[2]
        assert not named or named in {r.id for r in plan.file.run}, of.by
    assert not [i for e in plan.file.elsewhere for i in e.measures if i not in set(table["id"])]


def test_sectors_of_a_plan_in_another_list() -> None:
    tables = {
        "coverage": {"sectors": ["cru", "gas", "wat"], "provinces": ["XJ"]},
        "output": {"ceilings": {"XJ": {"irs": 1.2}}}, "capture": {"floors": {"CN": {"gco+oil+cok": 3.0}}},
    }  # fmt: skip
    fine, coarse = coded(tables, "cn42"), coded(tables, "cn12")
    assert coded(tables, "cn30") == tables and parts(tables, "cn30") == parts(tables, "cn42") == []
    assert fine["coverage"] == {"sectors": ["cru", "nga", "gsu", "wat"], "provinces": ["XJ"]}
    assert coarse["coverage"]["sectors"][0] == "crg" and coarse["capture"] == {"floors": {"CN": {"gco+oil": 3.0}}}
    assert parts(tables, "cn12") == ["irs", "wat"], "metals are more than steel, other industry is more than water"
    north = read_plan("inner_mongolia")
    assert north.left_out("cn12") == {"steel": ["irs"]} and north.left_out("cn42") == {}
    assert "steel" not in {s.id for s in north.study("cn12", YEARS).scenarios}


def test_a_number_of_a_scenario_follows_from_its_measure(plan: Plan) -> None:
    """Each measure of a run moves its scenario; nothing is typed in twice."""
    for run in plan.file.run:
        for name in run.measures:
            changed = plan.measures.assign(value=plan.measures["value"].where(plan.measures["id"] != name, 1.37))
            other = Plan(plan.file, changed)
            moved = other.tables(run) != plan.tables(run)
            assert moved or plan.measures.set_index("id").loc[name, "unit"] == "year", name


@pytest.mark.slow
def test_numbers_as_computed_by_hand() -> None:
    karamay, north, xinjiang = read_plan("karamay"), read_plan("inner_mongolia"), read_plan("xinjiang")
    green = 70 * 1700 / (70 * 1700 + 30 * 4500)
    base = base_facts("XJ")["green_share"]
    assert base == pytest.approx((28.033 + 53.117 + 17.464 + 2.270) / 465.685, abs=1e-4)
    by_plan = {p.file.id: {r.id: p.tables(r) for r in p.file.run} for p in (karamay, north, xinjiang)}
    runs = {run: of for tables in by_plan.values() for run, of in tables.items()}
    assert runs["non-fossil-power"]["renewables"]["share"] == pytest.approx(base + 0.03 * (green - base))
    assert runs["zone-saving"]["efficiency"]["gain"] == pytest.approx(0.2 * 0.03 * 0.5)
    assert runs["forest"]["sinks"]["provinces"] == {"内蒙古": pytest.approx(7.2 * 2, rel=1e-3)}
    cap = runs["targets"]["cap"]
    assert cap["provinces"]["新疆"] == {"2030": 610, "2035": 580} and len(cap["provinces"]) == 31
    assert runs["coal-power"]["efficiency"]["generation"] == {"gco": pytest.approx(317 / 305 - 1)}
    assert runs["steel"]["output"]["ceilings"]["内蒙古"] == {"irs": pytest.approx(40 / 31.1789)}
    peak = runs["industry-peak"]["cap"]["provinces"]
    assert peak.pop("新疆") == {"2030": 1.13, "2060": 1.13} and set(map(str, peak.values())) == {"{'2025': 3.0}"}
    (held,) = by_plan["karamay"]["capture"]["capture"]["floors"]["新疆"].values()
    assert held == {"2030": 1.5, "2040": 10.0}
    (held,) = by_plan["xinjiang"]["capture"]["capture"]["floors"]["新疆"].values()
    assert held == pytest.approx(2.8)
    assert base_facts("NM")["transport_share"] == pytest.approx(15.9 / (817 - 616.2), abs=0.005)


def test_gains_of_two_runs_add_up_and_expressions_keep_numbers() -> None:
    here = {"provinces": ["XJ"], "end_year": 2030}
    plants = {"generation": {"gco": 0.1}}
    both = merged({"efficiency": {"gain": 0.1, **here}}, {"efficiency": {"gain": 0.2, **plants, **here}})
    assert both["efficiency"] == {"gain": pytest.approx(0.3), **plants, **here}
    for other in ({"provinces": ["NM"], "end_year": 2030}, {"end_year": 2030}, {"provinces": ["XJ"], "end_year": 2040}):
        with pytest.raises(PlanError, match="do not agree"):
            merged({"efficiency": {"gain": 0.1, **here}}, {"efficiency": {"gain": 0.2, **other}})
    assert filled({"a": "=2*M1/1e3", "b": "text"}, {"M1": 5.0}) == {"a": 0.01, "b": "text"}


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return write


ELSEWHERE = """\
[[elsewhere]]
by = "cge run"
measures = ["KA777"]
en = ""
zh = ""

"""
SECOND = """\
[[run]]
id = "two"
label = { en = "a", zh = "b" }
measures = ["KA006"]
en = ""
zh = ""
[run.renewables]
share = "=KA006/100"
end_year = 2030
provinces = ["新疆"]

"""


@pytest.mark.slow
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
        (change(PLAN, "[[run]]", ELSEWHERE + "[[run]]"), "KA777"),
        (change(PLAN, "[[run]]", SECOND + "[[run]]"), "table of renewables.share"),
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
    assert set(found) == {"none", "uniform", "export-lines", "transport-saving", "forest", "coal-power", "plan",
                          "plan-and-cap"}  # fmt: skip
    assert "run steel is left out: cn12 has irs only together with other sectors" in err
    assert found["coal-power"]["emissions_nation"] < found["none"]["emissions_nation"] - 1
    assert found["coal-power"]["gdp_pct"] > 0.01
    assert found["transport-saving"]["emissions"] < found["none"]["emissions"]
    assert found["forest"]["gdp_beyond_cap_pp"] > 0, "tonnes taken up spare the cap"
    assert found["forest"]["emissions"] > found["uniform"]["emissions"] + 10
    assert found["plan"]["gdp_beyond_cap_pp"] is None, "only scenarios under the same cap are held against it"
    assert found["plan-and-cap"]["neighbours"] and "NM" not in found["plan-and-cap"]["neighbours"]
    folder = next(p for p in tmp_path.iterdir() if (p / "run.json").exists())
    assert {p.name for p in (folder / "plan").iterdir()} == {"measures.csv", "assumptions.csv", "compared.csv"}

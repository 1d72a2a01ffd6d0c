"""The ladder as a command: what it measures, what it refuses, what the committed page says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cge.analysis.verification import LIMITS, Verdict, refuse_broken, verdict
from cge.analysis.verification.envelope import trapezoids
from cge.analysis.verification.ladder import AmbiguousError, LadderError, baseline_verdict, distance
from cge.analysis.verification.page import verification_page
from cge.analysis.verification.starts import Others
from cge.cli import cli
from cge.study.scenario import Study, load_study, verification_path
from cge.theory.closures import SWAPS
from cgebase.errors import IdentityError
from cgebase.messages import message

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(verification_path())


def test_every_option_of_every_closure_and_every_table_of_a_scenario_is_tried(study):
    tried = [s.closure.model_dump() for s in study.scenarios]
    for axis, options in SWAPS.items():
        assert {c[axis] for c in tried} == set(options)
    tables = [
        n
        for n, f in type(study.scenarios[0]).model_fields.items()
        if f.default is None and n not in ("extends", "expect")
    ]
    missing = [n for n in tables if all(getattr(s, n) is None for s in study.scenarios if not s.expect)]
    assert missing == []


def test_a_policy_is_measured_and_nothing_is_nothing(model, study):
    base = baseline_verdict(model, "XJ")
    policy = verdict(model, study.only(["uniform"]).scenarios[0], "XJ")
    nothing = verdict(model, study.only(["nothing-border"]).scenarios[0], "XJ")
    for found in (base, policy, nothing):
        assert found.unsolved is None
        assert all(x < LIMITS[n] for n, x in found.exact.items())
    assert set(nothing.exact) == set(LIMITS) and "distance_to_baseline" not in policy.exact
    assert policy.others is not None and policy.others.solutions == 0
    assert policy.others.converged >= 6, "starts that lead nowhere find nothing"
    size = policy.size
    through = sum(x for (r, n), x in size.items() if r == "CN" and n.startswith("through_"))
    assert through + size["CN", "left_over"] == pytest.approx(size["CN", "gdp_change_pct"], abs=1e-9)
    assert abs(size["CN", "left_over"]) < 0.3 * abs(size["CN", "gdp_change_pct"])
    assert size["CN", "triangle_pct"] < size["CN", "gdp_change_pct"] < size["CN", "abatement_goods_pct"] < 0
    assert nothing.size == {}
    refuse_broken([base, policy, nothing])


def test_the_distance_sees_one_province_in_one_year(model):
    moved = model.baseline[1].values["EM"].copy()
    moved[7] *= 1 + 3e-6
    run = [
        model.baseline[0],
        replace(model.baseline[1], values=model.baseline[1].values | {"EM": moved}),
        model.baseline[2],
    ]
    assert distance(model.baseline, run) == pytest.approx(3e-6)
    assert distance(model.baseline, model.baseline) == 0


def test_trapezoids_of_no_change_are_nothing(model):
    channels, change = trapezoids(model.baseline[-1], model.baseline[-1])
    assert np.abs(change).max() < 1e-10 and max(np.abs(x).max() for x in channels.values()) < 1e-12


def test_what_does_not_hold_is_named_with_its_limit():
    good, bad = Verdict("good", {"walras": 1e-12}, {}), Verdict("bad", {"walras": 2e-3, "envelope": 1e-9}, {})
    with pytest.raises(IdentityError) as raised:
        refuse_broken([good, bad])
    assert (
        "bad: " in str(raised.value) and "0.002, limit 1e-08" in str(raised.value) and "good" not in str(raised.value)
    )
    with pytest.raises(LadderError, match="far: no solution"):
        refuse_broken([good, Verdict("far", {}, {}, message("CGE105", name="x", near="", known=""))])
    refuse_broken([good])
    others = Others(9, 7, 2, {"TJ": 0.007, "XJ": 1e-5, "CN": 1e-4})
    two = Verdict("two", {"other_solutions": others.largest}, {}, others=others)
    with pytest.raises(AmbiguousError, match=r"two: 7 of 9 .* 2 other solutions; real GDP of TJ .* by 0.7 %"):
        refuse_broken([good, two])
    assert {r: x for r, name, x, _ in others.rows() if name == "other_solution_gdp_pct"}["TJ"] == pytest.approx(0.7)


@pytest.mark.slow
def test_the_command_writes_a_table_and_a_page(tmp_path):
    words = [
        *("verify", "--aggregation", "cn12", "--years", "2021,2060", "--only", "tax", "--only", "nothing-tax"),
        *("--workers", "1", "--out", str(tmp_path), "--page", str(tmp_path / "page.md"), "--quiet", "--json"),
    ]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    table = pd.read_csv(Path(said["out"]) / "summary.csv")
    assert set(table["scenario"]) == {"baseline", "tax", "nothing-tax"}
    assert len(said["table"]) == len(table)
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| Carbon tax |" in page and "`nothing-tax`" in page
    again = CliRunner().invoke(cli, words)
    assert again.exit_code == 2 and "--force" in again.output


def test_the_page_is_what_the_results_say(study):
    """Every run of the shipped study is right on the flagship's sectors, and the page shows it."""
    table = pd.read_csv(ROOT / "results" / "verification.verify" / "summary.csv")
    assert set(table["scenario"]) == {s.id for s in study.scenarios}
    assert (ROOT / "docs" / "verification.md").read_text(encoding="utf-8") == verification_page(table, study, "cn30")
    for name, limit in LIMITS.items():
        assert (table.loc[table["indicator"] == name, "value"] < limit).all(), name

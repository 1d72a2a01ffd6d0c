"""Solved periods are used again for exactly the same problem and for no other."""

from __future__ import annotations

import numpy as np
import pytest

from cge.language.algebra import Theory
from cge.runs.place import Place
from cge.runs.store import Checkpoint, saved_period
from cge.solve.system import System
from cgebase.errors import ScenarioError
from cgebase.whole import write_whole


@pytest.fixture(scope="module")
def system():
    t = Theory("root")
    i = t.set("i").index("i")
    x = t.variable("x", (t.sets["i"],), unit="1", description="root")
    p = t.parameter("p", (t.sets["i"],), unit="1", description="square")
    t.equation("square", (i,), x[i] ** 2 - p[i], pairs=x)
    return System(t, {"i": ("a", "b")})


def test_a_period_comes_back_only_for_the_same_problem(system, tmp_path):
    kept = Checkpoint(tmp_path, system)
    p = {"p": np.array([4.0, 9.0])}
    solution = system.solve(p, {"x": np.ones(2)}, ("square",))
    key = kept.key(p, ("square",))
    kept.save("uniform", 2030, key, solution, {})
    again = kept.load("uniform", 2030, key)
    np.testing.assert_array_equal(again.values["x"], solution.values["x"])
    assert again.iterations == solution.iterations
    other = kept.key({"p": np.nextafter(p["p"], 10)}, ("square",))
    assert kept.load("uniform", 2030, other) is None
    assert kept.load("uniform", 2035, key) is None


def test_a_damaged_file_is_solved_again(system, tmp_path):
    kept = Checkpoint(tmp_path, system)
    p = {"p": np.array([4.0, 9.0])}
    key = kept.key(p, ("square",))
    kept.save("uniform", 2030, key, system.solve(p, {"x": np.ones(2)}, ("square",)), {})
    path = next(tmp_path.rglob("*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    assert kept.load("uniform", 2030, key) is None


def test_periods_of_a_whole_run_can_be_read_by_scenario(system, tmp_path):
    """A policy may be called what the layout or the baseline is; the baseline may have any name."""
    kept = Checkpoint(tmp_path, system)
    for k, run in enumerate((None, "baseline", "state", "gone")):
        p = {"p": np.array([4.0, 9.0 + k])}
        solution = system.solve(p, {"x": np.ones(2)}, ("square",))
        for year in (2030, 2035):
            kept.save(run, year, kept.key(p, ("square",)), solution, {"p": p["p"]})
    with pytest.raises(ScenarioError, match="no finished run"):
        saved_period(tmp_path, "bau", 2030)
    kept.finish(["bau", "baseline", "state"], [2021, 2030])
    write_whole(tmp_path / "scenarios" / "bau" / "manifest.json", '{"baselines": ["bau"], "aggregation": "cn12"}')
    Place(tmp_path).save("question", ["scenarios/bau/manifest.json"], complete=False)
    for k, name in enumerate(("bau", "baseline", "state")):
        values, own = saved_period(tmp_path, name, 2030)
        np.testing.assert_allclose(values["x"], [2.0, (9.0 + k) ** 0.5])
        np.testing.assert_array_equal(own["p"], [4.0, 9.0 + k])
    with pytest.raises(ScenarioError, match="no solved bau 2035; it holds bau 2030, baseline 2030, state 2030"):
        saved_period(tmp_path, "bau", 2035)

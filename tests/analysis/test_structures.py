"""Two caps under rows of settings: what is refused before a solve, what the page says, going on after a break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.analysis.structures import load_structures, run_structures
from cge.analysis.structures.page import losses, needed, ranks, structures_page
from cge.analysis.structures.runs import INDICES
from cge.study import run as solving
from cge.study.scenario import load_study
from cgebase.errors import ScenarioError
from sam.registry import provinces

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "experiments" / "structures" / "structures.toml"
STUDY = """schema = 1
id = "two"
title = { en = "Two caps", zh = "两种上限" }
[base]
aggregation = "cn12"
regions = "region8"
[time]
years = [2021, 2030]
[[scenario]]
id = "baseline"
label = { en = "Baseline", zh = "基准" }
[[scenario]]
id = "uniform"
label = { en = "Uniform", zh = "统一" }
[scenario.cap]
end_year = 2030
final_share = 0.9
[[scenario]]
id = "differentiated"
label = { en = "By role", zh = "差异" }
extends = "uniform"
[scenario.cap]
allocation = "role-and-stage"
[[scenario]]
id = "own"
label = { en = "Own", zh = "单列" }
extends = "uniform"
[scenario.cap]
provinces = { NW = 1.0 }
"""
ROWS = """schema = 1
study = "two.toml"
own = ["own"]
[[structure]]
id = "default"
label = { en = "default", zh = "默认" }
more = true
[[structure]]
id = "fixed"
label = { en = "capital as in the baseline", zh = "资本同基准" }
set = ["scenario.uniform.closure.capital=fixed"]
"""


def written(folder: Path, rows: str = ROWS) -> Path:
    (folder / "two.toml").write_text(STUDY, encoding="utf-8")
    (folder / "rows.toml").write_text(rows, encoding="utf-8")
    return folder / "rows.toml"


@pytest.mark.slow
def test_the_committed_file_is_read_and_settings_reach_both_caps():
    asked, studies = load_structures(FILE)
    assert list(studies) == [row.id for row in asked.structures] and len(studies) >= 18
    of = {s.id: s for s in studies["mobile"].scenarios}
    assert [of[k].closure.labour for k in asked.pair] == ["national", "national"]
    assert set(asked.beside) < set(of)
    flagship = load_study(ROOT / "experiments" / "cap_comparison" / "scenarios.toml")
    ours = {s.id: s for s in studies["default"].scenarios}
    assert all(ours[s].cap == next(x.cap for x in flagship.scenarios if x.id == s) for s in asked.pair)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('own = ["own"]', 'own = ["ownn"]', "did you mean 'own'"),
        ('id = "fixed"', 'id = "default"', "default"),
        ("capital=fixed", "capital=fluid", "fluid"),
        ("closure.capital", "closure.kapital", "kapital"),
        ("more = true", "much = true", "much"),
    ],
)
def test_faults_are_refused_before_anything_is_solved(call: Any, tmp_path: Path, old: str, new: str, said: str):
    path = written(tmp_path, ROWS.replace(old, new))
    with pytest.raises(ScenarioError, match=said):
        load_structures(path)
    code, _, err = call("structures", str(path), "--out", str(tmp_path / "out"))
    assert code == 2 and said.split("'")[-1] in err and not (tmp_path / "out").exists()


def made_up() -> pd.DataFrame:
    """Losses of three structures; the third gives both published figures at prices of 2021."""
    rng, rows = np.random.default_rng(3), []
    values = {"default": (4.7, 4.4), "fixed": (3.8, 3.4)}
    for name, pair in values.items():
        more = {"own": 3.0} if name == "default" else {}
        for scenario, loss in {**dict(zip(("uniform", "differentiated"), pair, strict=True)), **more}.items():
            cap = {"uniform": 0.1, "differentiated": 0.13, "own": 0.3}[scenario]
            here = dict.fromkeys(INDICES, -loss) | {"gdp_cumulative_loss_pct": loss / 2, "cap_share_2021": cap}
            if name == "fixed":
                here["gdp_change_base_prices_pct"] = {"uniform": -8.2, "differentiated": -5.1}[scenario]
            rows += [(name, scenario, place, 2060, k, v) for place in ("XJ", "CN") for k, v in here.items()]
            rows += [(name, scenario, p.code, 2060, INDICES[0], -float(rng.uniform(1, 9)))
                     for p in provinces() if p.code != "XJ"]  # fmt: skip
    return pd.DataFrame(rows, columns=["structure", "scenario", "region", "year", "indicator", "value"])


def test_the_page_says_what_the_table_says(tmp_path: Path):
    asked, _ = load_structures(written(tmp_path))
    table, facts = made_up(), {"default": {"worst_check": 1e-11}, "fixed": {"worst_check": 2e-11}}
    text = structures_page(table, asked, facts, focus="XJ", aggregation="cn12", years=(2021, 2060))
    assert "| default | 4.70 | 4.40 | 0.30 | 4.70 | 4.40 | 0.30 | 4.70 | 4.40 | 0.30 | 4.70 |" in text
    assert "within 0.25 of 8.17: capital as in the baseline (8.20)" in text
    assert "at once, within 0.25 points: capital as in the baseline (2021 prices 8.20 and 5.10)" in text
    assert "10% 4.70, 30% 3.00" in text and "2e-11" in text
    assert "| default | 2.35 | 2.20 | 1.07 | - | - |" in text
    assert text.count("\n| ") > 31 and " nan" not in text
    found, places = losses(table, asked, "XJ"), ranks(table, asked)
    np.testing.assert_allclose(found[INDICES[0], "U-D"], [0.3, 0.4])
    assert sorted(places["default"]) == list(range(1, 32))
    own = table[(table["structure"] == "default") & (table["scenario"] == "uniform") & (table["region"] != "CN")]
    worst = own[own["indicator"] == INDICES[0]].set_index("region")["value"].idxmin()
    assert places.loc[worst, "default"] == 1


def test_the_cap_that_a_loss_needs_is_between_solved_ones_or_not_said():
    points = [(0.3, 3.0), (0.1, 4.7), (0.2, 3.6)]
    assert needed(points, 4.15) == pytest.approx(0.15)
    assert needed(points, 3.0) == pytest.approx(0.3)
    assert np.isnan(needed(points, 5.0)) and np.isnan(needed(points, 2.9))


@pytest.mark.slow
def test_a_set_is_what_its_studies_give_and_goes_on_where_it_stopped(call: Any, tmp_path: Path, monkeypatch: Any):
    path = written(tmp_path)
    asked, studies = load_structures(path)
    options: dict[str, Any] = {"aggregation": None, "years": None, "workers": 1, "log": lambda _: None}
    table, facts, failed = run_structures(asked, studies, folder=tmp_path / "kept", **options)
    assert not failed and list(facts) == ["default", "fixed"] and all(f["worst_check"] < 1e-8 for f in facts.values())
    alone = solving.run(load_study(tmp_path / "two.toml", asked.structures[1].set))
    for scenario in asked.pair:
        at = alone.data.query(f"scenario == '{scenario}' and region == 'NW' and year == 2030 and sector == 'all'")
        want = at.set_index("indicator")["value"]
        of = table[(table["structure"] == "fixed") & (table["scenario"] == scenario) & (table["region"] == "NW")]
        found = of.set_index("indicator")["value"]
        np.testing.assert_allclose(found, want[found.index], rtol=1e-7, atol=1e-9)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr(solving, "model_of", refuse)
    again, _, _ = run_structures(asked, studies, folder=tmp_path / "kept", **options)
    pd.testing.assert_frame_equal(again, table)


@pytest.mark.slow
def test_the_command_prints_writes_and_refuses_to_write_over(call: Any, tmp_path: Path, monkeypatch: Any):
    words = ("structures", str(written(tmp_path)), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet")
    code, out, _ = call(*words, "--page", str(tmp_path / "why.md"))
    assert code == 0 and "capital as in the baseline" in out and "U-D EV" in out
    assert (tmp_path / "why.md").read_text(encoding="utf-8").startswith("# Why not 8.17 %")
    code, _, err = call(*words)
    assert code == 2 and "--force" in err
    asked, studies = load_structures(tmp_path / "rows.toml")
    kept = run_structures(asked, studies, folder=tmp_path / "out" / "two.structures", aggregation=None, years=None,
                          workers=1, log=lambda _: None)  # fmt: skip
    monkeypatch.setattr("cge.analysis.structures.run_structures", lambda *_, **__: kept)
    code, out, _ = call(*words, "--force", "--json")
    assert code == 0 and set(json.loads(out)["structures"]) == {"default", "fixed"}
    code, out, _ = call(*words, "--force", language="zh")
    assert code == 0 and "资本同基准" in out and "U-D 福利" in out

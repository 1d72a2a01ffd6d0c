"""Pathways and targets of the planning study: as data, as caps of Xinjiang, and a run of them compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from cge.planning.pathways import beside, compared, deviations, pathways, targets
from cge.report.names import KINDS
from cge.study.cap import Cap
from cge.study.scenario import load_study
from sam.paths import emissions_path, xinjiang_pathways

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "experiments" / "pathways" / "scenarios.toml"
REGIONS, EMISSIONS, SHARES = ["NM", "XJ", "GD"], np.array([700.0, 474.0, 600.0]), np.array([0.1, 0.1, 0.1])
YEARS = (2021, 2025, 2030, 2045, 2060)


def test_paths_hold_what_the_text_names_and_lines_between() -> None:
    table = pathways().set_index(["path", "year"])
    assert table.loc[("early_peak_net_zero_clean_air", 2045), ["value", "status"]].tolist() == [181.0, "stated"]
    assert table.loc[("early_peak_net_zero_clean_air", 2040), "value"] == pytest.approx(401 + (181 - 401) * 10 / 15)
    assert table.loc[("targets", 2030), "value"] == 610 and len(table.loc["targets"]) == 2
    assert set(xinjiang_pathways()) | {"accounts", "uniform_cap"} == set(KINDS["path"])


def test_the_projected_baseline_of_the_model_is_the_baseline_path() -> None:
    own = emissions_path((2025, 2060), first_years="projected").query("region == 'XJ'").set_index("year")["value"]
    nodes = xinjiang_pathways()["baseline"]
    assert own[2025] == pytest.approx(nodes[2025]) and own[2060] == pytest.approx(nodes[2060])


def test_a_pathway_is_the_cap_of_xinjiang_and_leaves_the_rule_to_others() -> None:
    plain = Cap().table(REGIONS, EMISSIONS, SHARES, YEARS)
    own = Cap(pathway="early_peak_net_zero_clean_air", keep_total=False).table(REGIONS, EMISSIONS, SHARES, YEARS)
    assert own[1:, 1].tolist() == [455, 401, 181, 29] and np.array_equal(own[:, [0, 2]], plain[:, [0, 2]])
    kept = Cap(pathway="early_peak_net_zero_clean_air").table(REGIONS, EMISSIONS, SHARES, YEARS)
    assert np.allclose(kept[1:].sum(1), plain[1:].sum(1)) and np.array_equal(kept[:, 1], own[:, 1])
    mega = Cap(pathway="targets", unit="Mt", keep_total=False).table(REGIONS, EMISSIONS, SHARES, (2025, 2030, 2060))
    assert mega[:, 1].tolist() == [474, 610, 580], "in tonnes, level after its last year"


@pytest.mark.parametrize(
    ("keys", "code"),
    [({"pathway": "early"}, "no pathway"), ({"pathway": "targets", "provinces": {"新疆": 0.2}}, "given twice"),
     ({"pathway": "targets", "allocation": "equal-loss"}, "mean nothing")],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(keys: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError, match=code):
        Cap.model_validate(keys)


def test_the_study_file_runs_every_path_beside_the_uniform_cap() -> None:
    study = load_study(STUDY)
    caps = {s.id: s.cap for s in study.scenarios if s.cap is not None}
    assert {c.pathway for c in caps.values()} == {*xinjiang_pathways(), None}
    own = {k: v.model_dump(exclude={"pathway", "keep_total"}) for k, v in caps.items()}
    assert all(v == own["uniform"] for v in own.values()), "what differs is the path of Xinjiang alone"
    assert not any(c.keep_total for k, c in caps.items() if k != "uniform")


def test_targets_are_held_against_each_other() -> None:
    found = targets().set_index(["year", "identity"])
    assert found.loc[(2030, "per_gdp"), "verdict"] == "holds" and found.loc[(2030, "heads"), "verdict"] == "fails"
    assert found.loc[(2030, "heads"), "found"] == pytest.approx(1e4 * 6.1 / 24)
    assert found.loc[(2024, "per_gdp"), "deviation_pct"] == pytest.approx(100 * (5.2 / 2.05 / 2.5 - 1))


def test_the_baseline_meets_the_targets_where_it_is_asked_to() -> None:
    found = deviations().set_index(["rule", "indicator", "year"])["deviation_pct"]
    assert found.loc[:, "gdp"].abs().max() < 0.05, "GDP follows the study under every rule"
    assert found.loc["study-targets", "co2"].abs().max() < 1e-6
    assert found["converging", "co2", 2030] == pytest.approx(-12.1, abs=0.1)
    per = found.loc["study-targets", "per_gdp"]
    stated = targets().set_index(["identity", "year"]).loc["per_gdp", "deviation_pct"]
    pd.testing.assert_series_equal(per, stated, check_names=False, atol=0.05)


def test_the_figure_shows_accounts_and_the_cap_beside_the_paths() -> None:
    drawn = beside(pathways())
    cap = drawn[drawn["path"] == "uniform_cap"]["value"].tolist()
    assert cap == pytest.approx([474, 47.4]) and drawn[drawn["path"] == "accounts"]["value"].iloc[-1] == 495


@pytest.mark.slow
def test_command(call: Any, tmp_path: Path) -> None:
    code, out, _ = call("pathways", "--out", tmp_path, "--formats", "png", language="zh")
    assert code == 0 and "按时达峰" in out and "不成立" in out
    folder = tmp_path / "pathways.study"
    assert {p.name for p in (folder / "figures").iterdir()} == {"pathways.csv", "pathways_zh.png", "pathways_en.png"}
    assert call("pathways", "--out", tmp_path)[0] == 2
    code, out, _ = call("pathways", "--out", tmp_path, "--force", "--json", "--languages", "en", "--formats", "png")
    assert code == 0 and {"pathways", "targets", "deviations", "out"} == set(json.loads(out))
    code, _, err = call("pathways", "--results", tmp_path, "--out", tmp_path, "--force")
    assert code == 3 and "CGE313" in err


@pytest.mark.slow
def test_a_stricter_path_costs_xinjiang_more(call: Any, tmp_path: Path) -> None:
    """cn12, two years, three paths: emissions are the path where it binds, and where the baseline is that of the study,
    its own path does not."""
    text = STUDY.read_text(encoding="utf-8").replace('"cn30"', '"cn12"')
    head, *scenarios = text.split("[[scenario]]")
    keep = [s for s in scenarios if any(f'id = "{i}"' in s for i in ("none", "baseline-path", "early-net-zero"))]
    small = tmp_path / "small.toml"
    uniform = '\nid = "uniform"\nlabel = { en = "Uniform", zh = "统一" }\n[scenario.cap]\n'
    small.write_text("[[scenario]]".join([head, *keep, uniform]), encoding="utf-8")
    assert call("run", small, "--years", "2021,2030", "--out", tmp_path, "--quiet", "--languages", "en",
                "--set", "baseline.first_years=projected", "--formats", "png")[0] == 0  # fmt: skip
    run = next(p for p in tmp_path.iterdir() if (p / "run.json").exists())
    table = compared(run).set_index(["scenario", "region", "year"])
    loss: pd.Series = table["gdp_change_pct"].xs("XJ", level="region").xs(2030, level="year")
    assert loss["early-net-zero"] < loss["uniform"] < loss["baseline-path"]
    assert table.loc[("early-net-zero", "XJ", 2030), "emissions"] == pytest.approx(401, rel=1e-6)
    price = table["permit_price"].xs("XJ", level="region").xs(2030, level="year")
    assert 0 < price["baseline-path"] < price["uniform"] < price["early-net-zero"], "caps elsewhere push tonnes here"

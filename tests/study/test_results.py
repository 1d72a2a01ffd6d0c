"""Results come back as they went out, nothing half-written stays, and the summary keeps what its table says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from reporting import SCENARIOS, YEARS, comparison, manifest

from cge.runs.place import RECORD
from cge.study.results import BLOCKS, Results, ResultsError, Rows
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import OutputError, ScenarioError


def results(data: pd.DataFrame | None = None, seed: int = 7) -> Results:
    """Made-up results of the packaged study, scenario by scenario as a run gives them."""
    study = load_study(default_study_path()).model_dump(mode="json", by_alias=True)
    tidy = comparison(seed) if data is None else data
    tidy = pd.concat([tidy[tidy["scenario"] == name] for name in SCENARIOS], ignore_index=True)
    checks = {name: {"walras": 1e-12 * k} for k, name in enumerate(SCENARIOS)}
    return Results(tidy, manifest() | {"checks": checks}, study, {name: ["budget", name] for name in SCENARIOS})


def test_round_trip_is_exact(tmp_path: Path) -> None:
    made = results()
    back = Results.load(made.save(tmp_path / "a" / "b"))
    pd.testing.assert_frame_equal(back.data, made.data, check_exact=True)
    assert (back.manifest, back.study, back.equations) == (made.manifest, made.study, made.equations)
    pd.testing.assert_frame_equal(back.summary(), made.summary(), check_exact=True)
    assert back.table == made.table and back.checks == made.checks


def test_same_results_same_bytes(tmp_path: Path) -> None:
    one, two = (results().save(tmp_path / name) for name in ("one", "two"))
    bytes_of = [{str(p.relative_to(f)): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in (one, two)]
    assert bytes_of[0] == bytes_of[1]
    own = {f"scenarios/{name}/{file}" for name in SCENARIOS for file in ("results.csv.gz", "manifest.json")}
    assert set(bytes_of[0]) == {"study.json", "summary.csv", "run.json", ".lock", *own}


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        results().manifest = {}  # type: ignore[misc]


def test_failed_save_leaves_the_old_files(tmp_path: Path) -> None:
    made = results()
    made.save(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.json")}
    with pytest.raises(OutputError, match="--force"):
        made.save(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        dataclasses.replace(made, manifest=made.manifest | {"gap": float("nan")}).save(tmp_path, force=True)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.json")} == before
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("file", ["study.json", "scenarios/trade/results.csv.gz", "scenarios/trade/manifest.json"])
def test_files_that_are_lost_or_changed_are_named(tmp_path: Path, file: str) -> None:
    results().save(tmp_path)
    path = tmp_path / file
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    with pytest.raises(ResultsError, match=f"{file} is lost or not as it was written; run the study again"):
        Results.load(tmp_path)
    path.unlink()
    with pytest.raises(ResultsError, match=file):
        Results.load(tmp_path)


def test_a_save_that_did_not_end_is_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old and new files of a killed save are never read as one."""
    results().save(tmp_path)
    (tmp_path / RECORD).unlink()
    with pytest.raises(ResultsError, match="run.json"):
        Results.load(tmp_path)
    assert Results.load(results(seed=8).save(tmp_path)).data.equals(results(seed=8).data)


def test_missing_columns_and_doubles_are_refused() -> None:
    data = comparison()
    with pytest.raises(ResultsError, match="unit"):
        results(data.drop(columns="unit"))
    with pytest.raises(ResultsError, match="twice"):
        results(pd.concat([data, data.head(3)]))


def test_a_summary_alone_is_no_run(tmp_path: Path) -> None:
    """Committed summaries have no record, so that the first command of a fresh clone may make them again."""
    (tmp_path / "summary.csv").write_text("numbers of the project")
    results().save(tmp_path)


@pytest.mark.parametrize("name", ["state", "figures", "summary", "scenarios", "run"])
def test_a_scenario_may_have_any_id(tmp_path: Path, name: str) -> None:
    made = results()
    study = made.study | {"scenario": [s | ({"id": name} if s["id"] == "trade" else {}) for s in made.study["scenario"]
                                       if s["id"] != name]}  # fmt: skip
    ids = [s["id"] for s in study["scenario"]]
    data = made.data[made.data["scenario"].isin(["trade", *ids])].replace({"scenario": {"trade": name}})
    checks = {"checks": {k: {} for k in ids}}
    own = Results(data.reset_index(drop=True), made.manifest | checks, study, {k: [] for k in ids})
    back = Results.load(own.save(tmp_path))
    pd.testing.assert_frame_equal(back.data, own.data.sort_values("scenario", key=lambda s: s.map(ids.index),
                                                                  kind="stable", ignore_index=True))  # fmt: skip


def test_chosen_scenarios_keep_the_baseline() -> None:
    made = results()
    part = made.only(["trade"])
    assert part.policies == ("trade",) and part.baselines == ("baseline",) and set(part.checks) == {"baseline", "trade"}
    assert set(part.data["scenario"]) == {"baseline", "trade"} and set(part.equations) == {"baseline", "trade"}
    with pytest.raises(ScenarioError, match="did you mean 'trade'"):
        made.only(["trad"])


def test_no_indicator_has_two_rules() -> None:
    named = [name for block in BLOCKS for rows in block for name in rows.indicators]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("rows", [rows for block in BLOCKS for rows in block])
def test_summary_has_the_regions_and_years_of_its_table(rows: Rows) -> None:
    """One row for every place and year of the first indicator of a rule, and none of what no rule names."""
    places, first = ("BJ", "XJ", "CN"), rows.indicators[0]
    data = pd.DataFrame(
        [
            (s, r, "all", y, i, 1.0, "1")
            for s in SCENARIOS
            for r in places
            for y in YEARS
            for i in (first, "unheard of")
        ],
        columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"],
    )
    kept = results(data).summary()
    regions = {"every": places, "nation and focus": ("XJ", "CN"), "focus": ("XJ",)}[rows.regions]
    years = YEARS if rows.years == "every" else YEARS[-1:]
    assert set(kept["indicator"]) == {first} and set(kept["experiment"]) == {"cap_comparison"}
    assert list(kept[["scenario", "region", "year"]].itertuples(index=False, name=None)) == [
        (s, r, y) for s in SCENARIOS for r in places if r in regions for y in YEARS if y in years
    ]


def test_summary_has_eight_digits_and_no_rounding_noise() -> None:
    data = pd.DataFrame(
        [(s, r, "all", 2060, "gdp", v, "1") for s in SCENARIOS for r, v in (("BJ", 1 / 3), ("XJ", 1e-9))],
        columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"],
    )
    assert set(results(data).summary()["value"]) == {0.33333333, 0.0}

"""Results come back as they went out, nothing half-written stays, and the summary keeps what its table says."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pandas as pd
import pytest
from reporting import SCENARIOS, comparison, manifest

from cge.runs.place import RECORD
from cge.study.results import BLOCKS, Results, ResultsError, Rows
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import OutputError, ScenarioError

ROOT = Path(__file__).resolve().parents[2]


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
    assert set(bytes_of[0]) == {"study.json", "summary.csv", "run.json", ".lock", ".written", *own}


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


def _every(value: float = 1.0) -> pd.DataFrame:
    """A row of each indicator of the summary and of one that no rule names, in every place and year."""
    names = dict.fromkeys(name for rows in BLOCKS for name in rows.indicators)
    return pd.DataFrame(
        [(s, r, k, y, i, value, "1") for s in SCENARIOS for i in (*names, "unheard of") for r in ("BJ", "XJ", "CN")
         for k in ("all", "gco") for y in (2021, 2030, 2035, 2060)],
        columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"],
    )  # fmt: skip


@pytest.mark.parametrize("rows", BLOCKS)
def test_summary_has_the_regions_and_years_of_its_table(rows: Rows) -> None:
    """Every place and year of a rule, and none of what no rule names."""
    kept = results(_every()).summary()
    places = {"every": {"BJ", "XJ", "CN"}, "nation and focus": {"XJ", "CN"}, "nation": {"CN"}, "focus": {"XJ"}}
    years = {"every": {2021, 2030, 2035, 2060}, "target and last": {2030, 2060}, "last": {2060}}
    of = kept[kept["indicator"] == rows.indicators[-1]]
    others = [b for b in BLOCKS if b != rows and rows.indicators[-1] in b.indicators]
    assert (set(of["region"]) == places[rows.regions] and set(of["year"]) == years[rows.years]) or others
    assert set(of["sector"]) == ({"all"} if rows.sectors == "all" else {"all", "gco"})
    assert set(of["scenario"]) == ({"baseline"} if rows.scenarios == "baselines" else set(SCENARIOS)) or others
    assert "unheard of" not in set(kept["indicator"]) and set(kept["experiment"]) == {"cap_comparison"}


def test_summary_is_in_the_order_of_study_and_blocks_and_has_no_row_twice() -> None:
    kept = results(_every()).summary()
    assert not kept.duplicated(["scenario", "region", "sector", "year", "indicator"]).any()
    assert list(dict.fromkeys(kept["scenario"])) == list(SCENARIOS)
    order = list(dict.fromkeys(name for rows in BLOCKS for name in rows.indicators))
    assert list(dict.fromkeys(kept["indicator"])) == order


@pytest.mark.parametrize("path", sorted((ROOT / "results").glob("*/summary.csv")), ids=lambda p: p.parent.name)
def test_committed_summaries_hold_what_a_reader_reads(path: Path) -> None:
    assert len(pd.read_csv(path)) < 3200


def test_summary_has_the_digits_that_are_known() -> None:
    """Seven of a level; nothing below 1e-8 of the whole of its unit in its place, whatever is left of a sum."""
    rows = [("gdp", 1 / 3e-5, "1e8 CNY, 2021 prices", 33333.33), ("budget", 2 / 3, "1e8 CNY", 0.667),
            ("storage_rent", -1.1e-4, "1e8 CNY", 0.0), ("gdp_change_pct", -1.23456789, "%", -1.234568),
            ("permit_price", 1234.56789, "CNY/t CO2", 1234.568), ("cap_share_2021", 1e-9, "fraction", 0.0),
            ("emissions", 47.123456789, "Mt CO2", 47.12346), ("stored", 3e-7, "Mt CO2", 0.0)]  # fmt: skip
    data = pd.DataFrame([(s, "CN", "all", 2060, i, v, u) for s in SCENARIOS for i, v, u, _ in rows],
                        columns=["scenario", "region", "sector", "year", "indicator", "value", "unit"])  # fmt: skip
    kept = results(data).summary().set_index(["scenario", "indicator"])["value"]
    assert {i: kept["baseline", i] for i, *_ in rows} == {i: known for i, _, _, known in rows}
    assert not any(math.copysign(1, v) < 0 for v in kept if v == 0)

"""Change points on series whose breaks are known, events beside them, and files that are no series."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.planning.accounts import accounts
from cge.planning.changes import ALIKE, Changes, changes
from cge.planning.dates import LEAST, Dated, SeriesError, Span, dated, labelled, read_events, read_series, span
from cge.planning.matching import against_study, apart, candidates, carried_events, study_attached, study_points
from cgebase.arrays import Array

DRAWS = 20
NEAR = 3
"""Values by which a break may be misplaced."""


def series(values: Array, step: int) -> Dated:
    texts = (labelled(date(2000 + k * step // 12, k * step % 12 + 1, 1), step) for k in range(len(values)))
    spans = [span(text) for text in texts]
    return dated("made", "Mt", [s for s in spans if s is not None], values)


def made(step: int, kind: str, draw: int, *, count: int, error: float = 0.7) -> tuple[Dated, int]:
    """A rising series with a season and one break in the middle, or none."""
    t, at, year = np.arange(count), count // 2, 12 // step
    wave = 2 * np.pi * t / year
    values = 0.1 * t + (3 * np.sin(wave) if year > 1 else 0)
    late = t >= at
    values = values + {"none": 0 * t, "level": 4 * late, "slope": 0.5 * late * (t - at),
                       "season": 3 * late * np.sin(wave + 1)}[kind]  # fmt: skip
    return series(values + error * np.random.default_rng(draw).normal(size=count), step), at


def counted(step: int, kind: str, count: int) -> tuple[int, int]:
    """Breaks missed and breaks found where none is, in all draws."""
    missed = false = 0
    for draw in range(DRAWS):
        of, at = made(step, kind, draw, count=count)
        found = changes(of).found
        right = found[found["type"] == ("seasonal" if kind == "season" else "trend")]
        places = [next(k for k, s in enumerate(of.spans) if s.first == day) for day in right["first_day"]]
        hits = [p for p in places if kind != "none" and abs(p - at) <= NEAR]
        missed += kind != "none" and not hits
        false += len(found) - min(len(hits), 1)
    return missed, false


@pytest.mark.parametrize(
    ("step", "count", "kind", "most"),
    [
        *(pytest.param(1, 72, kind, most, marks=pytest.mark.slow)
          for kind, most in (("none", (0, 0)), ("level", (0, 0)), ("slope", (1, 1)), ("season", (0, 0)))),
        (3, 40, "none", (0, 0)), (3, 40, "level", (0, 0)), (3, 40, "slope", (1, 1)), (3, 40, "season", (0, 0)),
        (12, 24, "none", (0, 2)), (12, 24, "level", (0, 2)), (12, 24, "slope", (4, 4)),
    ],
)  # fmt: skip
def test_known_breaks_are_found_and_false_ones_rare(step: int, count: int, kind: str, most: tuple[int, int]) -> None:
    missed, false = counted(step, kind, count)
    assert missed <= most[0] and false <= most[1], f"{missed} missed, {false} false of {DRAWS}"


def test_two_breaks_of_both_kinds_have_their_dates_and_sizes() -> None:
    t = np.arange(96)
    wave = np.sin(2 * np.pi * t / 12)
    values = 50 + 0.2 * t + 10 * (t >= 40) + (5 + 4 * (t >= 64)) * wave
    found = changes(series(values + np.random.default_rng(0).normal(size=96), 1)).found
    assert found["type"].tolist() == ["trend", "seasonal"]
    assert [labelled(d, 1) for d in found["first_day"]] == ["2003-05", "2005-05"]
    assert found["magnitude"].tolist() == pytest.approx([10, 4], abs=0.7)
    assert found["slope_before"].iloc[0] == pytest.approx(2.4, abs=0.4)
    assert (found["earliest"] <= found["date"]).all() and (found["date"] <= found["latest"]).all()


def test_the_same_series_gives_the_same_answer_and_order_or_unit_changes_nothing() -> None:
    of, _ = made(1, "level", 3, count=60)
    mixed = np.random.default_rng(1).permutation(60)
    other = dated("made", "Mt", [of.spans[k] for k in mixed], of.values[mixed])
    scaled = dated("made", "kt", of.spans, 1000 * of.values)
    found = changes(of).found
    pd.testing.assert_frame_equal(found, changes(other).found)
    assert changes(scaled).found["magnitude"].tolist() == pytest.approx((1000 * found["magnitude"]).tolist())


def test_a_break_that_hardly_shows_has_a_low_probability() -> None:
    sure, unsure = (changes(made(1, "level", 4, count=72, error=e)[0]).found["probability"] for e in (0.3, 1.9))
    assert sure.iloc[0] > 0.999 and (unsure < sure.iloc[0]).all()


@pytest.mark.slow
def test_what_is_left_alike_is_told() -> None:
    walk = changes(series(np.random.default_rng(7).normal(size=120).cumsum(), 1))
    noise = changes(series(np.random.default_rng(7).normal(size=120), 1))
    assert walk.alike > ALIKE > abs(noise.alike)


def account(name: str, *, logarithm: bool = False) -> Changes:
    rows = accounts("XJ").query("indicator == @name")
    return changes(dated(name, "", [s for y in rows["year"] if (s := span(str(y)))], rows["value"].to_numpy()),
                   logarithm=logarithm)  # fmt: skip


def test_carried_yearly_series() -> None:
    """Growth of Xinjiang's GDP falls in 2015, and its population stops growing after 2020."""
    gdp, people = account("gdp", logarithm=True).found, account("population", logarithm=True).found
    assert gdp["date"].tolist() == ["2015"] and people["date"].tolist() == ["2021"]
    assert gdp["slope_before"].iloc[0] == pytest.approx(15.5, abs=0.1)
    assert gdp["slope_after"].iloc[0] == pytest.approx(9.6, abs=0.1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", (1, 1), (12, 31)), ("2020年", (1, 1), (12, 31)), ("2020Q4", (10, 1), (12, 31)),
        ("2020年第三季度", (7, 1), (9, 30)), ("2020-02", (2, 1), (2, 29)), ("2020年2月", (2, 1), (2, 29)),
        ("2020/2/28", (2, 28), (2, 28)), ("2020年12月1日", (12, 1), (12, 1)),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    assert span(text) == Span(date(2020, *first), date(2020, *last))


@pytest.mark.parametrize("text", ["2020-13", "2020-02-30", "20", "soon", "1e4", ""])
def test_what_is_no_date(text: str) -> None:
    assert span(text) is None


def test_distance_in_months_counts_from_the_nearer_ends() -> None:
    change = Span(date(2021, 3, 1), date(2021, 3, 31))
    year = Span(date(2021, 1, 1), date(2021, 12, 31))
    early, late = Span(date(2020, 12, 1), date(2020, 12, 31)), Span(date(2021, 6, 1), date(2021, 6, 30))
    assert apart(change, year) == 0 and apart(change, early) == pytest.approx(-60 / 30.4375)
    assert apart(change, late) == pytest.approx(62 / 30.4375)


EVENTS = """date,name,sector,kind
2021-02-10,near in another sector,transport,policy
2020-12,further in the sector,industry,policy
2021-04,after it,industry,policy
2021,some time that year,industry,event
2021-03,target of the year,industry,milestone
2018,long ago,industry,policy
"""


def test_candidates_are_ranked_by_order_sector_distance_and_precision(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(EVENTS, encoding="utf-8")
    found = pd.DataFrame([{"date": "2021-03", "first_day": date(2021, 3, 1), "last_day": date(2021, 3, 31),
                           "type": "trend"}])  # fmt: skip
    near = candidates(found, read_events(tmp_path / "e.csv"), sector="industry", window=4)
    assert near["en"].tolist() == ["some time that year", "further in the sector", "near in another sector", "after it"]
    assert near["order"].tolist() == ["same", "before", "before", "after"]
    assert candidates(found, read_events(tmp_path / "e.csv"), window=0)["en"].tolist() == ["some time that year"]


def test_the_ten_points_of_the_text_and_what_speaks_against_its_events() -> None:
    points, attached = study_points(), study_attached()
    assert len(points) == 10 and points["probability"].max() == 0.69
    faults = attached.set_index("en")["fault"]
    assert faults["industrial carbon peaking plan"] == "after" and (faults == "after").sum() == 3
    assert (faults == "year").sum() == 2 and faults["Moyu County integrated industrial park"] == ""
    assert len(set(points["date"]) - set(attached["date"])) == 6
    assert set(carried_events()["kind"]) == {"policy", "project", "event", "milestone"}


def test_found_changes_beside_those_of_the_text() -> None:
    found = study_points().head(1).assign(date="2019-05", first_day=date(2019, 5, 1), last_day=date(2019, 5, 31))
    beside = against_study(found, date(2019, 1, 1), date(2020, 12, 31), window=3)
    assert beside["found"].tolist() == ["2019-05", "", "", ""]


HEAD = "date,value\n"
BAD: dict[str, tuple[str, Callable[[], str]]] = {
    "no dates": ("CGE801", lambda: "a,value\n1,2\n"),
    "no values": ("CGE801", lambda: "date,a,b\n2020,1,2\n"),
    "a word": ("CGE802", lambda: HEAD + "".join(f"{2000 + k},{'x' if k == 3 else k}\n" for k in range(20))),
    "no date": ("CGE802", lambda: HEAD + "".join(f"{'soon' if k == 3 else 2000 + k},{k}\n" for k in range(20))),
    "twice": ("CGE803", lambda: HEAD + "".join(f"{2000 + k},{k}\n" for k in (*range(20), 4))),
    "steps": ("CGE804", lambda: HEAD + "".join(f"{y}-{m:02d},1\n" for y in range(2000, 2020) for m in (1, 6))),
    "short": ("CGE805", lambda: HEAD + "".join(f"{2000 + k},{k}\n" for k in range(LEAST[12] - 1))),
    "gaps": ("CGE806", lambda: HEAD + "".join(f"{2000 + k},{k if k % 3 else ''}\n" for k in range(30))),
    "empty": ("CGE801", lambda: ""),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_series_is_refused_in_words(call: Any, tmp_path: Path, name: str) -> None:
    code, text = BAD[name]
    path = tmp_path / "s.csv"
    path.write_text(text(), encoding="utf-8")
    for language in ("en", "zh"):
        exit_code, _, err = call("changepoints", path, "--out", tmp_path / "out", language=language)
        assert exit_code == 3 and code in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_other_refusals(call: Any, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEAD + "".join(f"{2000 + k},{k}\n" for k in range(20)), encoding="utf-8")
    assert call("changepoints", tmp_path / "none.csv")[0] == 3
    assert call("changepoints", tmp_path / "s.csv", "--log")[0] == 3
    assert call("changepoints", tmp_path / "s.csv", "--account", "gdp")[0] == 2
    assert "CGE808" in call("changepoints", "--account", "wealth")[2]
    (tmp_path / "e.csv").write_text("date\n2020\n", encoding="utf-8")
    assert "CGE801" in call("changepoints", "--account", "gdp", "--events", tmp_path / "e.csv", "--out", tmp_path)[2]


def test_gaps_are_filled_and_named_and_chinese_files_are_read(tmp_path: Path) -> None:
    rows = [f"{2000 + k}年,{10 * k if k != 5 else ''}\n" for k in range(20)]
    (tmp_path / "s.csv").write_text("年份,数值\n" + "".join(rows), encoding="gb18030")
    of = read_series(tmp_path / "s.csv")
    assert of.filled == ("2005",) and of.values[5] == 50 and of.step == 12 and of.label(19) == "2019"
    with pytest.raises(SeriesError):
        read_series(tmp_path / "s.csv", "other")


@pytest.mark.slow
def test_command_writes_tables_page_and_figure_in_both_languages(call: Any, tmp_path: Path) -> None:
    of, _ = made(1, "level", 0, count=72)
    rows = "".join(f"{of.label(k)},{v}\n" for k, v in enumerate(of.values))
    (tmp_path / "steel.csv").write_text(HEAD + rows, encoding="utf-8")
    code, out, _ = call("changepoints", tmp_path / "steel.csv", "--out", tmp_path, "--formats", "png", language="zh")
    assert code == 0 and "1 个变化点" in out and "未找到事件" in out
    folder = tmp_path / "changepoints.steel"
    assert {p.name for p in folder.iterdir()} == {
        "changepoints.csv", "candidates.csv", "against_study.csv", "changepoints_zh.md", "changepoints_en.md", "figures"
    }  # fmt: skip
    assert "no event found" in (folder / "changepoints_en.md").read_text(encoding="utf-8")
    assert {p.name for p in (folder / "figures").iterdir()} == {"series.csv", "series_zh.png", "series_en.png"}
    code, out, _ = call("changepoints", "--out", tmp_path, "--json", "--formats", "png", "--languages", "en")
    assert code == 0 and len(json.loads(out)["changepoints"]) == 10 and len(json.loads(out)["attached"]) == 7

"""Published numbers beside ours: the page, the bands, and where our numbers come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cge import cli as commands
from cge.report.comparators import HOW, IN, NOT, OUT, TABLE, band, comparison, comparison_page, summaries
from cge.report.style import ReportError

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return comparison(RESULTS)


def test_the_page_is_what_the_generator_gives(table):
    stored = (ROOT / "docs" / "comparators.md").read_text(encoding="utf-8")
    assert stored == comparison_page(table), "renew it with `cge comparators --page docs/comparators.md --force`"


def test_every_published_row_says_where_it_was_read_and_what_was_asked(table):
    raw = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    for column in ("study", "year", "region", "target", "closure", "unit", "source", "reading", "reading_zh"):
        assert (raw[column] != "").all(), column
    assert not raw["source"].str.contains("recalled|unverified").any()
    assert set(raw["how"]) <= set(HOW) and set(raw["comparable"]) == {"yes", "no"}
    assert table.loc[table["comparable"] == "yes", "found"].notna().all()


def test_bands_are_the_published_range_or_a_quarter_around_a_number():
    assert band(2.96, 8.23) == (2.96, 8.23)
    assert band(8.0, 8.0) == (6.0, 10.0)


def test_verdicts_follow_from_the_numbers(table):
    for row in table.itertuples():
        low, high = band(row.low, row.high)
        inside = low <= row.found <= high
        assert row.verdict == (NOT if row.comparable == "no" else IN if inside else OUT)
    assert {IN, OUT, NOT} == set(table["verdict"])


def test_our_numbers_are_those_of_the_summaries(table):
    numbers = summaries(RESULTS)
    rows = table.set_index("indicator")["found"]
    uniform, other = (-numbers[f"cap_comparison/{s}/XJ/gdp_change_pct/2060"] for s in ("uniform", "differentiated"))
    assert rows["GDP loss under uniform caps"] == uniform
    assert rows["difference of the two losses"] == pytest.approx(uniform - other)
    trade, uniform = (numbers[f"cap_comparison/{s}/CN/welfare_ev_pct/2060"] for s in ("trade", "uniform"))
    assert rows["welfare loss saved by trading"] == pytest.approx(100 * (uniform - trade) / uniform)
    ranking = table.attrs["ranking"]
    assert len(ranking) == 31 and ranking["loss"].is_monotonic_decreasing


def test_costs_saved_are_net_of_those_of_the_baseline():
    numbers = pd.Series({f"e/{s}/CN/cost/2030": v for s, v in (("baseline", 10.0), ("trade", 40.0), ("uniform", 70.0))})
    assert HOW["cut_net"](numbers, "e/trade/CN/cost/2030", "e/uniform/CN/cost/2030") == pytest.approx(50.0)
    stated = pd.Series({"e/s/CN/gdp_cumulative_loss_pct/2060": 1.5, "e/s/CN/gdp_change_pct/2060": -2.5})
    assert [HOW["loss"](stated, name, "") for name in stated.index] == [1.5, 2.5]
    assert np.isnan(HOW["none"](numbers, "", ""))


def test_missing_results_are_named(tmp_path):
    with pytest.raises(ReportError, match="no summary of cap_comparison, capital_closures") as caught:
        comparison(tmp_path)
    assert caught.value.args[0].code == "CGE233"
    for name in ("cap_comparison", "capital_closures"):
        (tmp_path / name).mkdir()
        rows = (RESULTS / name / "summary.csv").read_text(encoding="utf-8").splitlines()
        kept = [r for r in rows if not ("trade,CN" in r and "permit_price" in r)]
        (tmp_path / name / "summary.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(ReportError, match="cap_comparison/trade/CN/permit_price/2060") as caught:
        comparison(tmp_path)
    assert caught.value.args[0].code == "CGE234" and "缺少" in caught.value.args[0].zh


def test_the_command_prints_or_writes(tmp_path):
    done = CliRunner().invoke(commands.cli, ["comparators", "--results", str(RESULTS), "--lang", "zh"])
    assert done.exit_code == 0 and "在范围外" in done.output
    target = tmp_path / "page.md"
    done = CliRunner().invoke(commands.cli, ["comparators", "--results", str(RESULTS), "--page", str(target)])
    assert done.exit_code == 0 and target.read_text(encoding="utf-8").startswith("# Our results beside published ones")

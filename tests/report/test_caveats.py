"""Numbers beyond sense are marked wherever they are shown; a policy that beats another for everybody is called so."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from reporting import CAPTION, LABELLED, comparison, manifest

from cge.measure.compensation import dominance
from cge.measure.sense import DEAREST, EFFECTS, LARGEST_CHANGE, beyond, dearest
from cge.report.book import tab
from cge.report.caveats import beyond_lines, dominance_lines, marks
from cge.report.figures import FIGURES, settings
from cge.report.style import labelled
from cge.report.workbook import write_workbook

STUDY = {"scenario": [{"id": s, "label": label} for s, label in LABELLED.items()]}


def strange() -> pd.DataFrame:
    """Beijing cannot meet its cap under one policy, Tibet loses more than any study found under another."""
    data = comparison()
    at = (data["sector"] == "all") & (data["year"] == 2060)
    data.loc[at & (data["region"] == "BJ") & (data["scenario"] == "differentiated")
             & (data["indicator"] == "permit_price"), "value"] = 47_685.0  # fmt: skip
    data.loc[at & (data["region"] == "XZ") & (data["scenario"] == "uniform")
             & (data["indicator"] == "gdp_change_pct"), "value"] = -39.0  # fmt: skip
    return data


def test_what_is_marked_is_a_price_beyond_technology_what_hangs_on_it_and_a_change_beyond_sense():
    found = beyond(strange(), {})
    want = {("differentiated", "BJ", k, "price")
            for k in ("permit_price", "gdp_change_pct", "gdp_change_base_prices_pct", "welfare_ev_pct")}  # fmt: skip
    want |= {("uniform", "XZ", "gdp_change_pct", "size")}
    assert set(found[["scenario", "region", "indicator", "why"]].itertuples(index=False, name=None)) == want
    assert beyond(comparison(), {}).empty and list(beyond(comparison(), {}).columns) == list(found.columns)


def test_a_scenario_with_a_dearer_technology_of_its_own_has_its_own_limit():
    study = [{"id": "a", "removals": {"cost_at_limit": 9e4}}, {"id": "b", "instruments": {}}]
    assert dearest(study) == {"a": 9e4, "b": DEAREST}
    assert beyond(strange(), {"differentiated": 9e4})["region"].tolist() == ["XZ"]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_carry_the_mark_and_say_what_it_means(language):
    data = strange()
    assert marks(data, 2060, "gdp_change_pct") == {("differentiated", "BJ"), ("uniform", "XZ")}
    (line,) = beyond_lines(data, 2060)
    place = {"en": "Beijing", "zh": "北京"}[language]
    facts = CAPTION | {"year": "2060", "fitted": ""}
    for name in ("regions", "matrix", "paths"):
        with mpl.rc_context(settings()):
            figure, _ = FIGURES[name](data, language, "XJ", facts)
        assert place in figure.get_supxlabel() and f"{DEAREST:,.0f}" in figure.get_supxlabel()
        if name != "paths":
            written = [t.get_text() for axes in figure.axes for t in axes.texts]
            assert sum(t.endswith("!") for t in written) == 2 and any(t.startswith("-39.0") for t in written)
    assert place in line.text(language) and not beyond_lines(comparison(), 2060)


def test_a_policy_that_does_nothing_is_named():
    data = comparison()
    data.loc[(data["scenario"] == "uniform") & data["indicator"].isin(EFFECTS), "value"] = 1e-9
    (line,) = beyond_lines(data, 2060)
    assert line.startswith("Without effect: Uniform. ") and line.zh.startswith("没有作用：")
    assert beyond_lines(data, 2060, ["uniform"]) == [line] and not beyond_lines(data, 2060, ["differentiated"])


@pytest.mark.slow
def test_the_workbook_lists_them(tmp_path: Path):
    book = load_workbook(write_workbook(strange(), tmp_path / "a.xlsx", manifest=manifest()))
    rows = list(book[tab("Beyond sense")].values)
    assert len(rows) == 1 + len(beyond(strange(), {}))
    assert {47_685.0, -39.0} <= {v for row in rows for v in row}
    assert any("beyond sense" in str(r[0]) for r in book[tab("README")].values)
    plain = load_workbook(write_workbook(comparison(), tmp_path / "b.xlsx", manifest=manifest()))
    assert len(list(plain[tab("Beyond sense")].values)) == 1


def money(gains: dict[str, list[float]], caps: dict[str, float]) -> pd.DataFrame:
    """Two provinces, one household group each, with 1,000 to spend; per cent of it gained by policy."""
    rows = [("baseline", r, "rural", 2060, "household_consumption", 1000.0) for r in ("XJ", "GS")]
    for s, values in gains.items():
        each = zip(("XJ", "GS"), values, strict=True)
        rows += [(s, r, "rural", 2060, "welfare_ev_household_pct", v) for r, v in each]
        rows.append((s, "CN", "all", 2060, "cap", caps[s]))
    return pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value"])


def test_dominance_is_what_is_left_when_losers_are_paid():
    data = money({"uniform": [-4.0, -3.0], "trade": [-3.0, -3.5], "free": [1.0, 1.0]},
                 {"uniform": 100.0, "trade": 100.0, "free": 900.0})  # fmt: skip
    (row,) = dominance(data, "baseline", ["uniform", "trade", "free"]).to_dict("records")
    assert (row["better"], row["worse"], row["gaining"], row["of"]) == ("trade", "uniform", 1, 2)
    np.testing.assert_allclose([row["paid"], row["left"]], [5.0, 5.0])
    (said,) = dominance_lines(dominance(data, "baseline", ["uniform", "trade"]), labelled(data, STUDY))
    assert said.startswith("Uniform with trade dominates Uniform") and "统一减排加交易优于统一减排" in said.zh


def test_where_every_province_gains_nobody_is_paid():
    data = money({"a": [-4.0, -3.0], "b": [-3.0, -2.5]}, {"a": 100.0, "b": 100.0})
    (said,) = dominance_lines(dominance(data, "baseline", ["a", "b"]), data)
    assert "all 2 provinces gain" in said


def test_policies_that_emit_differently_are_not_compared():
    data = money({"a": [-4.0, -3.0], "b": [-3.0, -2.5]}, {"a": 100.0, "b": 101.0})
    assert dominance(data, "baseline", ["a", "b"]).empty


def test_limits_are_of_the_model():
    assert LARGEST_CHANGE > 8.23 and DEAREST == 6000.0

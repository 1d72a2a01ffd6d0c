"""Why two runs differ: terms add up, steps and lines agree with full solves, what cannot be compared is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.analysis import difference
from cge.analysis.difference import COLUMNS, Difference, Stop, _stops, differ
from cge.report.difference import together
from cge.study.model import Model
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import ScenarioError

GROUPED = "base.regions=region8"
STUDY = load_study(default_study_path(), (GROUPED,))
YEARS = (2021, 2030, 2060)
MOVED = ("parameters.beyond=true", "parameters.sigma_va=1.1")
HERE = {"aggregation": "cn12", "years": YEARS}


@pytest.fixture
def here(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "model_of", lambda *_, **__: replace(model, kept=None))


def test_what_differs_is_walked_one_by_one():
    settings = (*MOVED, "baseline.demand=constant-shares", "base.choices.gdp=first-release",
                "scenario.uniform.closure.capital=national", "scenario.uniform.cap.trade=national",
                "scenario.uniform.cap.final_share=0.2")  # fmt: skip
    ends = [Stop(s.only(["uniform"])) for s in (STUDY, load_study(default_study_path(), (GROUPED, *settings)))]
    found = list(_stops(*ends))
    assert [w.kind for w, _ in found] == ["data", "baseline", "parameter", "closure", "policy", "cap"]
    last = found[-1][1].study
    end = ends[1].study
    assert (last.base, last.baseline.chosen, last.parameters) == (end.base, end.baseline.chosen, end.parameters)
    assert last.scenarios == ends[1].study.scenarios and not list(_stops(ends[0], ends[0]))


def test_parameters_and_a_choice_add_up(here: None):
    other = load_study(default_study_path(), (GROUPED, "parameters.frisch=-2.0", "baseline.demand=constant-shares",
                                              "parameters.generation_cost={gso_2060=0.13}"))  # fmt: skip
    found = differ(STUDY, other, ("uniform", "uniform"), "NW", "gdp_change_pct", **HERE)
    assert found.closes and abs(found.change) > 0.02, found
    by = found.table.set_index("name")
    assert set(by.index) == {"demand", "frisch", "generation_cost"} and (by["points"].abs() > 1e-4).all()
    assert list(by.loc[["demand", "frisch", "generation_cost"], "how"]) == ["step", "line", "line"]
    assert by["points"].sum() == pytest.approx(found.change, rel=1e-9)


def test_caps_are_split_by_province(here: None):
    other = load_study(default_study_path(), (GROUPED, "scenario.uniform.cap.provinces={NW=0.11}"))
    found = differ(STUDY, other, ("uniform", "uniform"), "NW", "gdp_change_pct", **HERE)
    assert found.closes and set(found.table["kind"]) == {"cap"} and len(found.table) == 8
    terms = found.table.set_index("item")["points"]
    assert terms.abs().idxmax() == "NW" and terms["NW"] > 0, "its own cap is looser"


def test_a_line_is_halved_where_it_bends_and_its_terms_add_up():
    walk = difference._Walk.__new__(difference._Walk)
    walk.change, walk.missed, ends = 2.0, 0.0, (Stop(STUDY.only(["uniform"])), Stop(STUDY.only(["trade"])))

    def of(s: float) -> float:
        return s**3 + max(s - 0.6, 0.0)

    walk.value = lambda stop: of(float(stop is ends[1]))  # type: ignore[method-assign]
    asked: list[float] = []

    def slope(s: float) -> np.ndarray:
        asked.append(s)
        return np.array([3 * s**2, float(s > 0.6), 0.0])

    moves = {("sigma_va", "irs"): (0.5, 0.6), ("frisch", "all"): (-2.5, -2.0), ("sigma_kle", "all"): (1.0, 1.0)}
    rows = walk.line(moves, *ends, slope, of)
    assert [r["name"] for r in rows] == ["sigma_va", "frisch"] and 2 < len(asked) <= difference.MOST
    assert sum(r["points"] for r in rows) == pytest.approx(1.4, rel=1e-12) and walk.missed < 2e-2
    assert rows[0]["points"] == pytest.approx(1.0, rel=2e-2)
    assert (rows[0]["from"], rows[0]["to"]) == ("0.5", "0.6")


def test_what_has_no_gradient_is_stepped(here: None, monkeypatch: Any):
    one, other = (load_study(default_study_path(), (GROUPED, "scenario.uniform.tax.price=50", *more))
                  for more in ((), (*MOVED, "parameters.frisch=-2.0")))  # fmt: skip
    solved: list[Any] = []
    monkeypatch.setattr(difference._Walk, "value", lambda _, stop: solved.append(stop) or float(len(solved)))
    found = differ(one, other, ("uniform", "uniform"), "CN", "welfare_ev_pct", **HERE)
    assert list(found.table["how"]) == ["step", "step"] and set(found.table["name"]) == {"sigma_va", "frisch"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [((GROUPED, "base.aggregation=cn12"), "sectors"), ((), "regions"),
     ((GROUPED, "time.years=[2021,2030]"), "end in")],
)  # fmt: skip
def test_what_no_line_leads_across_is_refused(settings: tuple[str, ...], said: str):
    other = load_study(default_study_path(), settings)
    with pytest.raises(ScenarioError) as caught:
        differ(STUDY, other, ("uniform", "uniform"), "CN", "gdp_change_pct")
    assert caught.value.args[0].code == "CGE545" and said in caught.value.args[0]


def test_terms_of_a_parameter_go_together():
    rows = [("parameter", "sigma_va", "irs", "0.5", "0.7", 0.1, "line"),
            ("parameter", "sigma_va", "agr", "0.4", "0.7", 0.2, "line"),
            ("baseline", "demand", "", "engel", "constant-shares", -0.5, "step")]  # fmt: skip
    table = together(pd.DataFrame(rows, columns=COLUMNS))
    assert list(table["kind"]) == ["baseline", "parameter"]
    assert list(table["points"]) == pytest.approx([-0.5, 0.3]) and list(table["to"])[1] == "0.7"
    assert table["from"][1] == ""


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("en", "where the number bends"), ("zh", "曲线转折处")])
def test_the_command_writes_table_and_figure(call: Any, tmp_path: Any, monkeypatch: Any, language: str, said: str):
    rows = [("parameter", "sigma_va", "irs", "0.5", "0.7", 0.1, "line"), ("cap", "cap", "XJ", "10", "20", 0.4, "line"),
            ("closure", "capital", "", "provincial", "national", -0.2, "step")]  # fmt: skip
    found = Difference((-8.0, -7.6), pd.DataFrame(rows, columns=COLUMNS), 0.02, 2060)
    monkeypatch.setattr(difference, "differ", lambda *_, **__: found)
    words = ("diff", "--against", "differentiated", "--region", "新疆", "--out", tmp_path, "--formats", "png")
    code, out, _ = call(*words, language=language)
    folder = next(tmp_path.glob("cap_comparison.diff.gdp.XJ.*"))
    assert code == 0 and said in out and "-0.2000" in out and "national" in out
    assert len(pd.read_csv(folder / "difference.csv")) == 3
    assert len(pd.read_csv(folder / "figures" / "difference.csv")) == 3
    assert (folder / "figures" / "difference_zh.png").exists() and call(*words)[0] == 2

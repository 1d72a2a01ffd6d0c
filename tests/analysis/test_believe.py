"""What one would have to believe: a planted truth comes back, ranges hold, words say what is not within reach."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cge.analysis import believe
from cge.analysis.believe import COLUMNS, Asked, Belief, _bounds, _half, _Search, _values
from cge.analysis.ensemble.space import Choice, Move, space_of
from cge.report.believe import page, summary
from cge.study.model import Model
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import ScenarioError

STUDY = load_study(default_study_path())
FISHER = "gdp_change_pct"
PLANTED = {"abatement_half_cost": 0.6, "armington_province": -0.5}


def test_a_planted_truth_is_recovered(model: Model, monkeypatch: Any):
    space = space_of(STUDY, model.parameters, ("parameters",))
    two = replace(space, moves=tuple(m for m in space.moves if m.name in PLANTED), choices=())
    monkeypatch.setattr(believe, "space_of", lambda *_: two)
    monkeypatch.setattr(believe, "model_of", lambda *_, **__: replace(model, kept=None))
    scenarios = STUDY.only(["uniform", "differentiated"]).scenarios
    asked = Asked({"uniform": 0.0, "differentiated": 0.0}, "NW", (FISHER,), ("parameters",))
    truth = _Search(STUDY, model, scenarios, asked, lambda _: None).losses(
        FISHER, np.array([PLANTED[m.name] for m in two.moves]), ())  # fmt: skip
    monkeypatch.setattr(believe, "MET", 1e-6)
    wanted = replace(asked, losses=dict(zip(asked.losses, map(float, truth), strict=True)))
    found = believe.believe(STUDY, wanted)[0]
    assert found.met and found.reached == pytest.approx(wanted.losses, abs=1e-6)
    by = found.moves.set_index("name")["ranges"]
    assert by.to_dict() == pytest.approx(PLANTED, abs=5e-3)


def test_bounds_keep_signs_and_fractions():
    moves = [Move("a", "a", {"x": (0.5, 1.0, 1.5)}), Move("b", "b", {"x": (-4.0, -2.5, -1.0)}),
             Move("c", "c", {"x": (0.6, 0.8, 1.0)}), Move("d", "d", {"x": (0.0, 0.0, 1.0)})]  # fmt: skip
    units = {"a": "1", "b": "1", "c": "fraction", "d": "1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(believe, "entries_of", lambda _, n: believe.Entries(units[n], {}, {}, False))
        low, high = _bounds(SimpleNamespace(parameters=None), moves)  # type: ignore[arg-type]
    ends = [[_values(m, z)["x"] for z in (a, b)] for m, a, b in zip(moves, low, high, strict=True)]
    assert ends == [pytest.approx(e) for e in ([0.05, 2.5], [-7.0, -0.125], [0.2, 0.99], [0.0, 1.5])]
    assert _half(0.5, 1.0, 1.5) == 0.5


def test_options_are_taken_that_shorten_the_move(monkeypatch: Any):
    search = _Search.__new__(_Search)
    search.wanted = np.array([8.0, 5.0])
    near, small, away = (Choice(n, "data", ({}, {n: 1})) for n in ("near", "small", "away"))
    shifts = [(near, {"near": 1}, {FISHER: np.array([2.0, 1.0])}),
              (small, {"small": 1}, {FISHER: np.array([0.1, 0.0])}),
              (away, {"away": 1}, {FISHER: np.array([-3.0, 1.0])})]  # fmt: skip
    monkeypatch.setattr(search, "shifts", lambda: shifts, raising=False)
    assert search.chosen(FISHER, np.array([5.0, 4.0]), 0.5 * np.eye(2)) == [(near, {"near": 1})]
    assert search.chosen(FISHER, np.array([7.9, 5.0]), 0.5 * np.eye(2)) == []


def made(*, met: bool = True) -> Belief:
    rows = [(FISHER, "parameters", "abatement_half_cost", 1.5, "", ""),
            (FISHER, "data", "data.gdp", 1.0, "", "gdp = x"),
            (FISHER, "parameters", "generation_cost[gso]", -0.4, "0.13", "0.11")]  # fmt: skip
    return Belief(FISHER, pd.DataFrame(rows, columns=COLUMNS), {"uniform": 7.1}, {"uniform": 8.17}, met)


def test_how_plausible_a_move_is():
    belief = made()
    assert belief.length == pytest.approx(np.sqrt(1.5**2 + 1 + 0.4**2))
    assert belief.density == pytest.approx(np.exp(-((1.6448536 * belief.length) ** 2) / 2), rel=1e-6)
    assert belief.farther == pytest.approx(2 * norm.sf(1.6448536 * belief.length), rel=1e-6), "two tails of one number"
    facts = summary([belief, made(met=False)])
    assert list(facts["met"]) == ["yes", "no"] and facts["study uniform"][0] == 7.1 and facts["largest"][0] == 1.5


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("en", "Not within 3 ranges"), ("zh", "3 个范围之内不可及")])
def test_the_command_writes_tables_page_and_figure(
    call: Any, tmp_path: Any, monkeypatch: Any, language: str, said: str
):  # fmt: skip
    asked: list[Asked] = []

    def find(_: Any, wanted: Asked, **__: Any) -> list[Belief]:
        asked.append(wanted)
        return [made(), made(met=False)]

    monkeypatch.setattr(believe, "believe", find)
    words = ("believe", "--target", "uniform=8.17", "--out", tmp_path, "--formats", "png")
    code, out, _ = call(*words, language=language)
    folder = tmp_path / "cap_comparison.believe.XJ.uniform-8_17"
    assert code == 0 and said in out and "+1.50" in out and "gdp = x" in out
    assert asked[0].losses == {"uniform": 8.17} and asked[0].readings == believe.NUMBERS
    assert len(pd.read_csv(folder / "moves.csv")) == 6 and len(pd.read_csv(folder / "believe.csv")) == 2
    assert (folder / "figures" / "believe_zh.png").exists() and said[:4] in (folder / "believe.md").read_text("utf-8")
    assert call(*words)[0] == 2
    assert call("believe", "--target", "uniform=much", "--out", tmp_path)[0] == 2


def test_page_without_moves_has_no_table():
    still = Belief(FISHER, pd.DataFrame([], columns=COLUMNS), {"uniform": 8.17}, {"uniform": 8.17}, True)
    caption = {"region": "XJ", "year": "2060", "losses": {"uniform": 8.17}, "aggregation": "cn12"}
    text = page([still], "en", caption, lambda row, _: row["name"], pd.DataFrame())
    assert "Met: uniform 8.17" in text and "|" not in text and still.length == 0.0 and still.density == 1.0


def test_what_has_no_gradient_is_refused():
    with pytest.raises(ScenarioError) as caught:
        believe.believe(STUDY, Asked({"baseline": 1.0}, "XJ"))
    assert caught.value.args[0].code == "CGE276"
    with pytest.raises(ScenarioError) as caught:
        believe.believe(STUDY, Asked({"uniform": float("nan")}, "XJ"))
    assert caught.value.args[0].code == "CGE548"

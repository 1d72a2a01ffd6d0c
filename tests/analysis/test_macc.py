"""Marginal abatement cost curves: they rise, trade costs the nation less, and each point is a scenario of the study."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.analysis import macc
from cge.study.model import Model
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import ConvergenceError, ScenarioError
from cgebase.messages import Message

STUDY = load_study(default_study_path())


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


def test_a_point_is_the_uniform_cap_with_another_share():
    own = STUDY.only(["differentiated"]).scenarios[0]
    at = macc.moved(own, "national", 0.3)
    assert at.cap is not None and (at.cap.final_share, at.cap.trade, at.cap.allocation) == (0.3, "national", "uniform")
    assert at.id == "differentiated-national-300" and at.closure == own.closure and at.cap.start_year == 2025
    assert macc.SHARES == (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def test_curves_rise_and_meet_the_study(model: Model, monkeypatch: Any):
    monkeypatch.setattr(macc, "model_of", lambda *_, **__: replace(model, kept=None))
    table, _ = macc.curves(STUDY, "uniform", shares=(0.6, 0.3), workers=1)
    assert set(table["year"]) == {2030, 2060} and (table["solved"] == "yes").all()
    last = table[table["year"] == 2060].set_index(["region", "share"])
    alone = last[last["trade"] == "none"]
    price = alone["permit_price"].unstack()
    assert len(price) == 31 and (price[0.3] > price[0.6]).all() and (price > 0).all().all()
    emitted = alone["emissions"].unstack()
    start = model.benchmark.parameters["em0"]
    np.testing.assert_allclose(emitted[0.3].loc[list(model.benchmark.sets["r"])], 0.3 * start, rtol=1e-6)
    nation = last.loc["CN"]
    assert price[0.3].min() < nation["permit_price"][0.3] < price[0.3].max()
    assert nation["emissions"][0.6] == pytest.approx(0.6 * start.sum(), rel=1e-6)
    without = model.baseline[-1].values["EM"].sum()
    assert nation["abated_pct"][0.6] == pytest.approx(100 * (1 - 0.6 * start.sum() / without), rel=1e-6)


def test_a_point_without_a_solution_is_told_and_a_scenario_without_a_cap_refused(model: Model, monkeypatch: Any):
    monkeypatch.setattr(macc, "model_of", lambda *_, **__: replace(model, kept=None))

    def stops(*_: Any, **__: Any) -> Any:
        raise ConvergenceError(Message("stopped", "停止"))

    monkeypatch.setattr(macc, "run_policy", stops)
    said: list[Message] = []
    table, _ = macc.curves(STUDY, "uniform", shares=(0.5,), workers=1, log=said.append)
    assert (table["solved"] == "no").all() and len(table) == 2 and any("stopped" in s and "停止" in s.zh for s in said)
    with pytest.raises(ScenarioError) as caught:
        macc.curves(STUDY, "baseline")
    assert caught.value.args[0].code == "CGE278"


class _Made:
    """What the command reads of a model."""

    class paths:  # noqa: N801
        years = (2021, 2060)

    parameter_set = "literature"


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("en", "dearest province"), ("zh", "最高省份")])
def test_the_command_writes_data_and_figure(call: Any, tmp_path: Any, monkeypatch: Any, language: str, said: str):
    places = [("BJ", "none", 2.0), ("XJ", "none", 1.0), ("CN", "national", 1.5)]
    rows = [macc._row(share, trade, region, 2060, share * 100, 120.0, 1000 * by * (1 - share))
            for share in (0.9, 0.5, 0.1) for region, trade, by in places]  # fmt: skip
    rows.append(macc._row(0.05, "national", "CN", 2060))
    table = pd.DataFrame(rows, columns=macc.COLUMNS)
    monkeypatch.setattr(macc, "curves", lambda *_, **__: (table, _Made))
    words = ("macc", "--out", tmp_path, "--languages", "en,zh", "--formats", "png")
    code, out, _ = call(*words, language=language)
    folder = tmp_path / "cap_comparison.macc.uniform"
    assert code == 0 and said in out and "BJ 1,800" in out
    assert len(pd.read_csv(folder / "macc.csv")) == 10 and (folder / "figures" / "macc_zh.png").exists()
    drawn = pd.read_csv(folder / "figures" / "macc.csv")
    assert len(drawn) == 9, "what has no solution is not drawn"
    assert call(*words)[0] == 2

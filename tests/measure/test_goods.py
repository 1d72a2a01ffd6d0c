"""Steel and cement in tonnes: published where the run begins, then with who makes or buys them."""

from __future__ import annotations

import pandas as pd
import pytest

from cge.measure.goods import goods
from cge.study.model import Model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(provinces):
    return provinces


@pytest.fixture(scope="module")
def table(model: Model) -> pd.Series:
    found = goods(model.benchmark, model.baseline, "baseline")
    return found.set_index(["indicator", "region", "year"])["value"]


def test_tonnes_of_the_base_year_are_those_published(table: pd.Series) -> None:
    assert table["steel_output", "CN", 2021] == pytest.approx(1032.7875)
    assert table["cement_output", "CN", 2021] == pytest.approx(2362.81, rel=1e-5)
    assert table["steel_output", "HE", 2021] == pytest.approx(224.95, rel=1e-3)


def test_steel_moves_with_metals_and_cement_with_what_construction_buys(model: Model, table: pd.Series) -> None:
    sets, (first, *_, last) = model.benchmark.sets, model.baseline
    a, j = sets["a"].index("mtl"), sets["r"].index("XJ")
    grown = last.values["LEVEL"][a, j] / first.values["LEVEL"][a, j]
    assert table["steel_output", "XJ", 2060] == pytest.approx(table["steel_output", "XJ", 2021] * grown)
    con, maker = sets["a"].index("con"), model.benchmark.economy.groups.holding("sectors", "nmm")[0]
    nmm = sets["c"].index(maker)
    built = last.values["LEVEL"][con, j] / first.values["LEVEL"][con, j]
    built *= last.values["DRC"][nmm] / last.values["DRM"][con, j]
    built *= last.parameters["theta_c_top"][nmm, con, j] / first.parameters["theta_c_top"][nmm, con, j]
    assert table["cement_output", "XJ", 2060] == pytest.approx(table["cement_output", "XJ", 2021] * built, rel=1e-6)

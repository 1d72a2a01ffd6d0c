"""Labelled data in: by label, in any order, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import cge
from cge.api.given import plain
from cgebase.errors import CGEError, ScenarioError

ITEMS = {"irs": 0.5, "nmm": 0.6}
LABELLED = [
    ITEMS, pd.Series(ITEMS), pd.Series(ITEMS)[::-1], xr.DataArray([0.5, 0.6], {"item": ["irs", "nmm"]}, ("item",)),
    {"irs": np.float64(0.5), "nmm": xr.DataArray(0.6)},
]  # fmt: skip
TABLE = {"新疆": {"河南": 2.0, "甘肃": 3.0}, "BJ": {"TJ": 4.0}}


@pytest.mark.parametrize("value", LABELLED)
def test_numbers_go_by_label(value: Any) -> None:
    assert plain(value, "sigma_kle") == ITEMS


def test_a_table_is_by_rows_and_columns_without_its_empty_cells() -> None:
    frame = pd.DataFrame(TABLE).T
    assert plain(frame, "links") == TABLE
    assert plain(frame.stack(), "links") == TABLE
    assert cge.network(links=frame[::-1]).links == cge.network(links=TABLE).links


BARE = [np.array([1.0, 2.0]), pd.Series([1.0, 2.0]), pd.DataFrame([[1.0]]), xr.DataArray([1.0, 2.0], dims=("item",))]


def test_caps_of_provinces_by_year_are_a_table() -> None:
    asked = {"新疆": {"2030": 1.1, "2060": 0.28}, "Gansu": {"2060": 0.2}}
    frame = pd.DataFrame({2030: {"新疆": 1.1, "Gansu": np.nan}, 2060: {"新疆": 0.28, "Gansu": 0.2}})
    assert cge.cap(provinces=frame, path={2030: 1.0}) == cge.cap(provinces=asked, path={"2030": 1.0})


@pytest.mark.parametrize("value", BARE)
def test_numbers_by_position_are_refused(value: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        plain(value, "sigma_kle")
    assert caught.value.args[0].code == "CGE359" and "sigma_kle" in str(caught.value)


def test_a_label_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ScenarioError, match="twice: irs"):
        plain(pd.Series([1.0, 2.0], ["irs", "irs"]), "sigma_kle")


def test_an_instrument_is_the_table_of_a_study_file_with_its_faults() -> None:
    assert cge.cap("gdp", final_share=0.2, groups=[["新疆", "Gansu"]]).groups == (("XJ", "GS"),)
    assert cge.sinks(provinces=pd.Series({"Tibet": 5.0})).provinces == {"XZ": 5.0}
    with pytest.raises(ScenarioError) as caught:
        cge.tax(price=-1, provinces=["Atlantis"], prise=3)
    said = str(caught.value)
    assert caught.value.args[0].code == "CGE110" and said.count("\n  tax.") == 3
    assert "did you mean 'price'" in said and "您要写的是“price”吗" in caught.value.args[0].zh


def test_a_notebook_shows_an_error_as_its_message() -> None:
    with pytest.raises(ScenarioError) as caught:
        cge.cap("unifrom")
    assert caught.value._render_traceback_()[0] == "error [CGE110]: cap: 1 fault"


def test_a_baseline_is_refused_before_it_is_solved() -> None:
    with pytest.raises(ScenarioError) as caught:
        cge.baseline("cn12", years=[2021, 2020], parameters={"sigma_kel": 0.5}, gdp="SSP9", focus="Atlantis")
    assert str(caught.value).splitlines()[0] == "question: 4 faults"


@pytest.mark.parametrize("given", [
    {"years": 2030}, {"years": None, "parameters": 5}, {"data": 5}, {"title": 5}, {"regions": 8}, {"focus": 5},
    {"sectors": 12}, {"id": 5}, {"demand": 5}, {"beyond": "much"}, {"parameters": {"sigma_va": "much"}},
])  # fmt: skip
def test_whatever_a_baseline_is_given_it_is_used_or_refused_in_words(given: dict[str, Any]) -> None:
    with pytest.raises(CGEError):
        cge.baseline(**{"sectors": "cn12"} | given)

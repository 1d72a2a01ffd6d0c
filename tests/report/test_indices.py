"""Three indices of one loss stand beside each other wherever it is shown, and the README says what the summary says."""

from __future__ import annotations

from pathlib import Path

import first_numbers
import matplotlib as mpl
import numpy as np
import pytest
from openpyxl import load_workbook
from reporting import CAPTION, comparison, manifest

from cge.measure.indicators import cumulative
from cge.report import figures
from cge.report.book import tab
from cge.report.indices import INDICES, beside, indices
from cge.report.workbook import write_workbook

YEARS = np.array([2021, 2025, 2030, 2035, 2040, 2045, 2050, 2055, 2060])


def test_the_table_of_the_readme_is_that_of_the_summary():
    page = first_numbers.PAGE.read_text(encoding="utf-8")
    assert first_numbers.renewed(page) == page


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_captions_hold_all_three(language):
    data = comparison()
    found = indices(data, ["uniform", "trade"], ["XJ", "CN"], 2060)
    line = beside(data, ["uniform", "trade"], "XJ", 2060, language)
    assert all(f"{found.loc[place, name]:+.2f}" in line for place in found.index for name in INDICES)
    facts = CAPTION | {"year": "2060", "fitted": ""}
    with mpl.rc_context(figures.settings()):
        drawn, _ = figures.FIGURES["regions"](data, language, "XJ", facts)
    assert beside(data, ["uniform", "differentiated"], "XJ", 2060, language) in drawn.get_supxlabel()


def test_a_caption_without_other_indices_says_nothing():
    data = comparison().query("indicator == 'gdp_change_pct'")
    assert beside(data, ["uniform"], "XJ", 2060, "en") == ""


@pytest.mark.slow
def test_first_sheet_holds_all_three_and_speaks_one_language(tmp_path: Path):
    about = manifest() | {"numeraire": "national consumer price index = 1"}
    found = indices(comparison(), ["uniform", "differentiated", "trade"], ["XJ", "CN"], 2060)
    for language, other in (("zh", "consumer price"), ("en", "价格指数")):
        path = write_workbook(comparison(), tmp_path / f"{language}.xlsx", languages=(language,), manifest=about)
        first = load_workbook(path)[tab("README", (language,))]
        cells = [c.value for row in first.iter_rows() for c in row if c.value is not None]
        numbers = [c for c in cells if isinstance(c, float)]
        np.testing.assert_allclose(numbers, found.to_numpy().reshape(3, -1).ravel(), rtol=1e-12)
        assert not any(other in c for c in cells if isinstance(c, str))


@pytest.mark.parametrize("bend", [1.75, 2.0, 2.5])
def test_cumulative_losses_hardly_depend_on_the_years_that_are_solved(bend):
    """Losses that grow faster and faster, as under caps on a straight line; the start in 2025 is no solved year."""

    def at(years):
        return np.clip((years - 2025) / 35, 0, 1)[:, None] ** bend * np.array([[0.03, 0.06]])

    def over(years):
        base = 1.03 ** (years - 2021)[:, None] * np.array([[1.0, 2.0]])
        return cumulative(years, base, base * (1 - at(years)), 0.0, 2025)

    years, weight = np.arange(2025, 2061), 1.03 ** np.arange(36)
    every, three = weight @ at(years) / weight.sum(), YEARS[[0, 2, 8]]
    np.testing.assert_allclose(over(np.arange(2021, 2061)), every, rtol=1e-12)
    np.testing.assert_allclose(over(YEARS), every, rtol=5e-3)
    np.testing.assert_allclose(over(YEARS[[0, 1, 2, 4, 6, 8]]), every, rtol=1e-2)
    straight = weight @ np.array([np.interp(years, three, x) for x in at(three).T]).T / weight.sum()
    assert np.all(np.abs(over(three) - every) < 0.5 * np.abs(straight - every))

"""The page as a reader has it: opened from disk in a browser, driven by keys and mouse; its numbers are the run's."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from reporting import causes_of, comparison, ranges_of, results

from cge.report.brief import evidence_of
from cge.report.fonts import CHINESE
from cge.report.page import write_page

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")
READY = "html[data-ready]"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not BROWSER:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        there = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield there
        there.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, folder = results(), tmp_path_factory.mktemp("page")
    evidence = evidence_of(run, ranges_of(run, folder), [causes_of(run, folder)])
    return write_page(run, folder / "made up.html", evidence=evidence)


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    """The page, opened; whatever it asks of a network or says wrong ends the test."""
    there = browser.new_page(viewport={"width": 1200, "height": 800}, accept_downloads=True)
    asked: list[str] = []
    faults: list[str] = []
    there.on("request", lambda request: asked.append(request.url))
    there.on("pageerror", lambda error: faults.append(str(error)))
    there.on("console", lambda line: faults.append(line.text))
    there.goto(path.as_uri())
    there.wait_for_selector(READY)
    yield there
    assert asked[0] == path.as_uri() and all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    assert faults == []
    there.close()


def test_chinese_needs_no_face_of_the_machine(page: Any) -> None:
    """The carried face loads under the page's own rules, and the text of figures and tables may fall back to it."""
    page.select_option("#scenario", index=1)
    page.click("#lang")
    assert page.evaluate("() => document.documentElement.lang").startswith("zh")
    assert page.evaluate("() => [...document.fonts].map(f => [f.family, f.status])") == [[CHINESE, "loaded"]]
    asked = page.evaluate("""() => [...document.querySelectorAll('h1, td, svg text')]
        .map(e => getComputedStyle(e).fontFamily)""")
    assert asked and all(CHINESE in family for family in asked)


def fixed(value: float, digits: int = 2) -> str:
    text = f"{value:+,.{digits}f}"
    return text if any(c in "123456789" for c in text) else text[1:]


def table(page: Any, section: str) -> dict[str, list[str]]:
    """The table that stands for a figure, by the names of its rows."""
    if not page.locator(f"#{section} details[open]").count():
        page.click(f"#{section} summary")
    page.wait_for_selector(f"#{section} tbody tr")
    rows = page.eval_on_selector_all(
        f"#{section} tbody tr", "rows => rows.map(r => [...r.children].map(c => c.textContent))"
    )
    return {row[0]: row[1:] for row in rows}


def change(scenario: str, region: str, year: int = 2060, indicator: str = "gdp_change_pct") -> float:
    rows = comparison()
    found = rows[(rows["scenario"] == scenario) & (rows["region"] == region) & (rows["year"] == year)
                 & (rows["indicator"] == indicator) & (rows["sector"] == "all")]  # fmt: skip
    return float(found["value"].item())


def test_map_bars_and_table_show_the_numbers_of_the_summary(page: Any) -> None:
    summary = results().summary().query("indicator == 'gdp_change_pct' and year == 2060 and scenario == 'uniform'")
    want = summary.set_index("region")["value"]
    assert len(want) == 32
    found = table(page, "map")
    assert found["Nation"] == [fixed(want["CN"])] and found["Xinjiang"] == [fixed(want["XJ"])]
    labels = page.eval_on_selector_all("#map [role=button]", "all => all.map(e => e.getAttribute('aria-label'))")
    assert len(labels) == 32 and f"Xinjiang: Uniform {fixed(want['XJ'])} %" in labels
    texts = page.eval_on_selector_all("#bars text", "all => all.map(e => e.textContent)")
    assert all(fixed(v) in texts for v in want)
    assert sorted(v for row in found.values() for v in row) == sorted(map(fixed, want))


def test_sectors_add_up_and_causes_and_channels_are_those_of_the_region(page: Any) -> None:
    parts = table(page, "parts")
    assert parts["Sum"] == [fixed(change("uniform", "XJ"))]
    rows = comparison().query("indicator == 'gdp_contribution_pp' and year == 2060 and region == 'XJ'")
    coal = rows[(rows["scenario"] == "uniform") & (rows["sector"] == "coa")]["value"].item()
    assert parts["Coal mining"] == [fixed(coal)]
    assert table(page, "cause")["own caps"] == [fixed(0.7 * change("uniform", "XJ"), 3)]
    assert table(page, "channel")["less capital"] == [fixed(0.7 * change("uniform", "XJ"), 3)]
    low, high = (fixed(change("uniform", "XJ") + k) for k in (-1, 1))
    assert f"[{low}, {high}]" in page.text_content("#indices") and "64 draws" in page.text_content("#indices")
    page.select_option("#scenario", "trade")
    assert page.locator("#cause figure").count() == page.locator("#channel figure").count() == 0


def test_two_scenarios_stand_beside_each_other_or_are_subtracted(page: Any) -> None:
    assert not page.locator("#view").is_visible()
    page.select_option("#beside", "trade")
    both = [change("uniform", "XJ"), change("trade", "XJ")]
    assert table(page, "bars")["Xinjiang"] == [*map(fixed, both)]
    page.select_option("#view", "difference")
    assert table(page, "bars")["Xinjiang"] == [*map(fixed, both), fixed(both[0] - both[1])]
    assert "percentage points" in page.text_content("#status")


def test_the_language_is_switched_everywhere(page: Any) -> None:
    page.click("#lang")
    assert page.get_attribute("html", "lang") == "zh-CN" and page.title() == "虚构"
    assert "新疆" in page.text_content("#status") and "统一减排" in page.text_content("#controls")
    words = page.eval_on_selector_all("label span, h2, button, svg text, summary", "all => all.map(e => e.textContent)")
    known = {"English", "GDP"}
    latin = [t for t in words if any(c.isascii() and c.isalpha() for c in t) and not any(c >= "\u4e00" for c in t)]
    assert [t for t in latin if t not in known and not t.isupper()] == []
    page.click("#lang")
    assert page.title() == "Made up"


def test_the_address_holds_what_is_shown(page: Any, browser: Any) -> None:
    page.select_option("#scenario", "differentiated")
    page.select_option("#indicator", "permit_price")
    page.select_option("#region", "HL")
    page.fill("#year", "2")
    page.click("#lang")
    told = page.text_content("#status")
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector(READY)
    assert other.text_content("#status") == told and "2045" in told and "黑龙江" in told
    assert f"{change('differentiated', 'HL', 2045, 'permit_price'):,.2f}" in told
    other.goto(page.url.partition("#")[0] + "#scenario=nosuch&year=1999&region=%3Cscript%3E")
    other.wait_for_selector(READY)
    assert "2060" in other.text_content("#status") and "Xinjiang" in other.text_content("#status")
    other.close()


def test_all_of_it_can_be_done_with_keys(page: Any) -> None:
    focused = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "main" and "#" not in page.url
    page.focus("#map [role=button][tabindex='0']")
    assert "Xinjiang" in page.evaluate(focused)
    page.keyboard.press("ArrowRight")
    assert "Gansu" in page.evaluate(focused)
    page.keyboard.press("Enter")
    assert page.text_content("#place") == "Gansu" and "Gansu" in page.evaluate(focused)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.text_content("#place") == "Qinghai"
    page.focus("#year")
    page.keyboard.press("ArrowLeft")
    assert "2045" in page.text_content("#status") and page.get_attribute("#year", "aria-valuetext") == "2045"
    page.focus("#every [role=button]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#scenario") == "differentiated"


def test_every_figure_has_a_name_a_table_and_no_stop_without_one(page: Any) -> None:
    figures = page.locator("figure")
    assert figures.count() >= 7
    for k in range(figures.count()):
        svg = figures.nth(k).locator("svg")
        assert svg.get_attribute("role") in ("img", "group") and len(svg.get_attribute("aria-label")) > 10
        assert figures.nth(k).locator("summary").count() == 1
    bare = "all => all.filter(e => !(e.getAttribute('aria-label') || e.textContent || e.labels?.length)).length"
    assert page.eval_on_selector_all("button, select, input, [role=button]", bare) == 0
    stops = page.eval_on_selector_all("#map [role=button]", "all => all.map(e => e.tabIndex)")
    assert sorted(set(stops)) == [-1, 0] and stops.count(0) == 1


def test_what_is_shown_is_saved_as_rows_of_the_summary_and_as_a_picture(page: Any) -> None:
    with page.expect_download() as waiting:
        page.click("#map .tools button >> nth=0")
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    want = results().summary().query("indicator == 'gdp_change_pct' and year == 2060 and scenario == 'uniform'")
    found = pd.DataFrame(rows).astype({"value": float, "year": int})
    merged = want.merge(found, on=list(want.columns.drop("value")), suffixes=("", "_found"))
    assert len(merged) == len(want) == 32 and (merged["value"] == merged["value_found"]).all()
    with page.expect_download() as waiting:
        page.click("#map .tools button >> nth=1")
    picture = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert picture.startswith("<svg") and "Study made-up, 2060; parameter set 'default'" in picture
    assert "var(--" not in picture and "<script" not in picture


@pytest.mark.parametrize("width", [1200, 390])
def test_nothing_is_wider_than_the_window_and_all_is_there_within_a_second(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    took = "(() => { const begin = performance.now(); render(); return performance.now() - begin })()"
    assert page.evaluate(took) < 1000


def test_labels_of_a_study_are_text_and_a_baseline_alone_is_shown(browser: Any, tmp_path: Path) -> None:
    rows = comparison()
    run = results(rows[rows["scenario"] == "baseline"], title={"en": "</script><img src=x onerror=x()>", "zh": "甲"})
    there = browser.new_page()
    faults: list[str] = []
    there.on("pageerror", lambda error: faults.append(str(error)))
    there.goto(write_page(run, tmp_path / "b.html").as_uri())
    there.wait_for_selector(READY)
    assert there.text_content("#title") == "</script><img src=x onerror=x()>" and there.locator("img").count() == 0
    assert there.input_value("#indicator") == "gdp" and there.locator("#map [role=button]").count() == 32
    assert json.loads(there.evaluate("JSON.stringify(state)"))["scenario"] == "baseline" and faults == []
    there.close()

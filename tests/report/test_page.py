"""The page of a run holds the numbers of the run, refers to nothing outside itself and cannot be broken by a label."""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from reporting import LABELLED, YEARS, causes_of, comparison, ranges_of, results

from cge.report import fonts, page, style
from cge.report.brief import evidence_of
from cge.report.names import KINDS
from cge.report.page import html, page_data, write_page
from cge.report.style import ReportError
from cge.study.results import Results
from cgebase.errors import OutputError
from sam.registry import PROVINCE_CODES

ASSETS = {name: Path(page.__file__).with_name(f"page.{name}").read_text("utf-8") for name in ("html", "css", "js")}


@pytest.fixture(scope="module")
def made() -> Results:
    return results()


@pytest.fixture(scope="module")
def text(made: Results) -> str:
    return html(page_data(made), "en")


def embedded(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found[1])  # type: ignore[no-any-return]


def numbers(data: dict[str, Any]) -> pd.Series:
    """Every number of a page, by scenario, region, sector, year and indicator."""
    parts = []
    for block in data["blocks"]:
        names = ["scenario", "region", "sector", "year"]
        index = pd.MultiIndex.from_product([block[k] for k in "srpy"], names=names)
        values = [float(v) if v else math.nan for v in block["v"].split(",")] if len(index) else []
        frame = pd.DataFrame({"value": values}, index=index).dropna().reset_index().assign(indicator=block["i"])
        parts.append(frame)
    return pd.concat(parts).set_index([*names, "indicator"])["value"]


@pytest.mark.slow
def test_every_number_of_the_summary_is_in_the_page_digit_by_digit(made: Results, text: str) -> None:
    found, summary = numbers(embedded(text)), made.summary()
    want = summary.set_index(["scenario", "region", "sector", "year", "indicator"])["value"]
    assert len(want) > 500 and (found.loc[want.index].to_numpy() == want.to_numpy()).all()


def test_every_number_of_the_run_is_in_the_page_and_no_other(made: Results, text: str) -> None:
    found = numbers(embedded(text))
    known = made.data.assign(value=made.rounded(made.data))
    want = known.set_index(["scenario", "region", "sector", "year", "indicator"])["value"]
    assert set(found.index) == set(want.index)
    assert (found.loc[want.index].to_numpy() == want.to_numpy()).all()


def test_the_page_refers_to_nothing_outside_itself(text: str) -> None:
    assert re.findall(r"https?://[^\s\"'<>]+", text) == ["http://www.w3.org/2000/svg"]
    elsewhere = r"@import|url\((?!data:font/woff;base64,)|<link(?![^>]*href=\"data:)"
    assert not re.search(rf"{elsewhere}|\ssrc=|fetch\(|XMLHttpRequest|WebSocket", text)
    assert "default-src 'none'" in text


def test_the_page_carries_every_chinese_character_that_it_says(text: str) -> None:
    """A machine without Chinese faces shows them; no other characters are carried."""
    carried = re.search(r"url\(data:font/woff;base64,([\w+/=]+)\)", text)
    assert carried is not None
    with TTFont(BytesIO(b64decode(carried[1]))) as face:
        have, licence = set(face.getBestCmap()), face["name"].getDebugName(13)
    said = {ord(sign) for sign in re.sub(r"<style>.*?</style>", "", text) if ord(sign) >= fonts.FIRST}
    assert have == said and len(said) > 300 and "Open Font License" in licence
    assert len(carried[1]) < 400_000


@pytest.mark.slow
@pytest.mark.parametrize("label", ["</script><script>alert(1)</script>", "<!--<script>", "a & b \"c\" 'd' $js"])
def test_no_label_ends_a_script_or_changes_a_word(label: str) -> None:
    run = results(title={"en": label, "zh": label})
    run.study["scenario"][1]["label"] = {"en": label, "zh": label}
    text = html(page_data(run), "en")
    assert text.count("</script>") == text.count("<script") == 2 and "<!--" not in text
    data = embedded(text)
    assert data["title"]["en"] == label and data["scenarios"][1]["zh"] == label
    head = re.search("<title>(.*?)</title>", text)
    assert head is not None and unescape(head[1]) == label


def test_every_word_of_the_script_is_in_the_catalogue_and_none_is_unused() -> None:
    used = set(re.findall(r"\bw\('(\w+)'", ASSETS["js"]))
    used |= set(re.findall(r"data-w=\"(\w+)\"", ASSETS["html"])) | {"power", "energy", "cause", "channel", "csv", "svg"}
    told = used | {"facts", "made", "scalars", "changed"}
    for language in ("en", "zh"):
        assert set(style.phrases("page", language)) == told


def test_the_study_names_its_scenarios_and_the_first_policy_is_shown(text: str) -> None:
    data = embedded(text)
    assert {s["id"]: {"en": s["en"], "zh": s["zh"]} for s in data["scenarios"]} == LABELLED
    assert (data["first"], data["focus"], data["years"]) == ("uniform", "XJ", list(YEARS))


def test_provinces_have_tiles_and_three_places_are_not_in_the_model(text: str) -> None:
    data = embedded(text)
    tiles = {r["id"]: tuple(r["tile"]) for r in data["regions"] if r["tile"]}
    grey = [tuple(o["tile"]) for o in data["outside"]]
    assert set(tiles) == set(PROVINCE_CODES) and len({*tiles.values(), *grey}) == 34
    assert [o["zh"] for o in data["outside"]] == ["台湾", "澳门", "香港"]


def test_regions_of_ones_own_have_no_tiles() -> None:
    rows = comparison()
    data = page_data(results(rows[rows["region"].isin(["XJ", "HL", "CN"])].replace({"region": {"HL": "REST"}})))
    assert [r["id"] for r in data["regions"]] == ["CN", "REST", "XJ"]
    assert not any(r["tile"] for r in data["regions"]) and data["outside"] == []


def test_a_baseline_alone_is_shown_by_its_levels() -> None:
    rows = comparison()
    data = page_data(results(rows[rows["scenario"] == "baseline"]))
    assert data["first"] == "baseline" and data["indices"] == []
    assert "gdp_change_pct" not in {i["id"] for i in data["indicators"]}
    assert not any("Fisher" in note["en"] for note in data["notes"])


def test_numbers_beyond_sense_are_marked_and_said() -> None:
    rows = comparison()
    dear = (rows["indicator"] == "permit_price") & (rows["region"] == "BJ") & (rows["year"] == 2060)
    rows.loc[dear & (rows["scenario"] == "trade"), "value"] = 47_685.0
    data = page_data(results(rows))
    assert {"trade|BJ|2060|permit_price", "trade|BJ|2060|gdp_change_pct"} <= set(data["marks"])
    assert not any("|BJ|2045|" in mark for mark in data["marks"])
    assert "Beijing" in data["caveats"][2060][0]["en"] and "北京" in data["caveats"][2060][0]["zh"]


def test_fitted_scalars_and_changed_parameters_are_said() -> None:
    run = results()
    run.manifest.update(parameter_set="replication", fitted={"hardness": 1.4, "energy_base": 0.0},
                        changed_parameters={"sigma_elec[trn]": 0.3})  # fmt: skip
    notes = " ".join(note["en"] for note in page_data(run)["notes"])
    assert "hardness = 1.4" in notes and "sigma_elec[trn] = 0.3" in notes and "FITTED" in notes


def test_causes_and_ranges_stand_beside_the_run_that_they_are_of(made: Results, tmp_path: Path) -> None:
    shown = page_data(made, evidence_of(made, ranges_of(made, tmp_path), [causes_of(made, tmp_path)]))
    losses = made.data.query("indicator == 'gdp_change_pct' and year == 2060 and region == 'XJ'")
    want, data = losses.set_index("scenario")["value"]["uniform"], shown["causes"]
    for by in ("cause", "channel"):
        assert sum(data["of"]["uniform"][by]["XJ"].values()) == pytest.approx(want, abs=1e-6)
    assert data["year"] == 2060 and data["names"]["capital"] == {"en": "less capital", "zh": "资本减少"}
    assert shown["ranges"]["of"]["uniform|XJ|gdp_change_pct"] == pytest.approx([want - 1, want + 1])
    assert (shown["ranges"]["draws"], shown["ranges"]["unsolved"]) == (64, 2)
    with pytest.raises(ReportError, match="not of this run"):
        evidence_of(made, None, [causes_of(made, tmp_path, off=0.05)])


@pytest.mark.slow
def test_what_is_too_large_loses_parts_of_its_first_years_and_says_so(
    made: Results, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "LARGEST", len(text.encode()) - 1)
    less = embedded(html(page_data(made), "en"))
    assert less["since"] == 2030 and embedded(text)["since"] == 2021
    found, every = numbers(less), numbers(embedded(text))
    total, year = every.index.get_level_values("sector") == "all", every.index.get_level_values("year")
    assert set(found.index) == set(every[total | (year >= 2030)].index)
    monkeypatch.setattr(page, "LARGEST", 40_000 + len(ASSETS["js"]))
    with pytest.raises(ReportError, match="the most is"):
        html(page_data(made), "en")


@pytest.mark.slow
def test_a_page_is_replaced_only_when_asked_to(made: Results, tmp_path: Path) -> None:
    path = write_page(made, tmp_path / "new" / "a.html", language="zh")
    assert '<html lang="zh">' in path.read_text(encoding="utf-8")
    with pytest.raises(OutputError, match="--force"):
        write_page(made, path)
    assert write_page(made, path, force=True).stat().st_size < page.LARGEST
    with pytest.raises(ReportError, match="fr"):
        write_page(made, tmp_path / "b.html", language="fr")


def test_every_unit_has_chinese() -> None:
    units = {x.unit for x in KINDS["indicator"].values()}
    assert [u for u in units if u != "%" and u not in KINDS["unit"]] == []

"""A brief: each number is bound to cells of the results, and its sentence changes or goes with them."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from reporting import LABELLED, comparison, manifest

from cge.report.brief import Brief, beside, bindings, brief_of, evidence_of
from cge.report.brief_word import CHINESE, unbroken, write_brief
from cge.report.sentences import RANGES, RUN, Cell, Evidence, Sentence
from cge.report.style import ReportError, phrases
from cge.study.results import Results
from cgebase.errors import OutputError

LANGUAGES = ("en", "zh")


def results(data: pd.DataFrame, scenarios: tuple[str, ...] = tuple(LABELLED), focus: str = "XJ") -> Results:
    """Results of the made-up comparison as a run has them."""
    own = {"sam": "china31", "sam_digest": "0123456789", "sam_sources": ["gdp_2021"], "program": "0.0.0", "commit": ""}
    said = manifest() | own | {"checks": {s: {} for s in scenarios}}
    listed = [{"id": s, "label": LABELLED[s], "cap": None if s == "baseline" else {}, "instruments": {},
               "closure": {}} for s in scenarios]  # fmt: skip
    study = {"id": "made-up", "title": {"en": "Made up", "zh": "虚构"}, "scenario": listed, "report": {"focus": focus}}
    kept = data[data["scenario"].isin(scenarios)].reset_index(drop=True)
    return Results(kept, said, study, {s: [] for s in scenarios})


def folders(of: Results, at: Path, shift: float = 0.0) -> tuple[Path, list[Path]]:
    """An ensemble and an attribution of the results; under ``shift`` they are of other results."""
    last = of.data[(of.data["year"] == 2060) & (of.data["indicator"] == "gdp_change_pct")]
    rows = [("level", r.scenario, "", "gdp_change_pct", r.region, r.value + shift, r.value - 1.0, r.value + 1.0, "yes")
            for r in last.itertuples()]  # fmt: skip
    rows += [("difference", "differentiated", "uniform", "gdp_change_pct", r, 0.0, low, 0.5, told)
             for r, low, told in (("XJ", -0.4, "no"), ("CN", 0.1, "yes"))]  # fmt: skip
    columns = ["kind", "scenario", "against", "measure", "region", "base", "low", "high", "told_apart"]
    ranges, causes = at / "made-up.ensemble", at / "made-up.attribute.uniform"
    for folder in (ranges, causes):
        folder.mkdir()
    pd.DataFrame(rows, columns=columns).to_csv(ranges / "ranges.csv", index=False)
    facts = {"draws": 64, "unsolved": {"CGE402": 3}}
    (ranges / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    parts: list[tuple[str, str, str, str, float]] = []
    for r in last[(last["scenario"] == "uniform") & (last["region"] != "CN")].itertuples():
        shares = ((str(r.region), 0.8), ("GD" if r.region != "GD" else "XJ", 0.2))
        parts += [("gdp_change_pct", "now", cause, str(r.region), share * (r.value + shift)) for cause, share in shares]
        parts += [("gdp_through_pct", way, "XJ", str(r.region), share * r.value)
                  for way, share in (("power", 0.7), ("capital", 0.3))]  # fmt: skip
    pd.DataFrame(parts, columns=["measure", "channel", "cause", "region", "value"]).to_csv(
        causes / "causes.csv", index=False
    )
    return ranges, [causes]


REGIONS = ("XJ", "GD", "BJ", "TJ", "CN")


@pytest.fixture(scope="module")
def whole() -> Results:
    return results(comparison()[lambda d: d["region"].isin(REGIONS)])


@pytest.fixture(scope="module")
def evidence(whole: Results, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return evidence_of(whole, *folders(whole, tmp_path_factory.mktemp("run")))


def sentences(brief: Brief) -> Iterator[Sentence]:
    yield from (s for of in brief.sections.values() for p in of for s in p if isinstance(s, Sentence))


def texts(brief: Brief, language: str = "en") -> list[str]:
    return [s.text(language) for of in brief.sections.values() for p in of for s in p]


def told(of: Results, evidence: Evidence) -> list[str]:
    return texts(brief_of(of, evidence))


def changed(of: Results, evidence: Evidence, cell: Cell, table: str, value: float | None) -> tuple[Results, Evidence]:
    """Copies of the results with another number in a cell, or without its rows."""
    rows = evidence.tables[table]
    keep = pd.Series(True, rows.index)
    for name, label in cell.key.items():
        keep &= rows[name] == label
    assert keep.any()
    rows = rows.copy() if value is not None else rows[~keep]
    if value is not None:
        rows[cell.column] = rows[cell.column].astype(float)
        rows.loc[keep[keep].index[0], cell.column] += value
    data = rows if table == RUN else evidence.tables[RUN]
    return replace(of, data=data), replace(evidence, tables=evidence.tables | {table: rows})


def table_of(evidence: Evidence, cell: Cell) -> str:
    return next(t for t in evidence.tables if evidence.files[t].format_map({"scenario": "", **cell.key}) == cell.file)


@pytest.mark.slow
def test_each_sentence_changes_with_its_number_and_goes_without_it(whole: Results, evidence: Evidence) -> None:
    last = replace(whole, data=evidence.tables[RUN])
    first = brief_of(last, evidence)
    before, counts = list(sentences(first)), Counter(texts(first))
    assert {s.template for s in before} >= {
        "cap.focus", "change", "range", "gap", "gap.range", "gap.range.untold", "price", "spread", "other", "causes",
        "ways", "sectors", "draws",
    }  # fmt: skip
    bound = [(s, cell) for s in before for number in s.bound.values() for cell in number.cells]
    assert len(bound) > 40
    for sentence, cell in bound:
        table = table_of(evidence, cell)
        size = {"permit_price": 50.0, "cap_share_2021": 0.07}.get(str(cell.key.get("indicator")), 3.137)
        for value in (size, None):
            after, said = Counter(told(*changed(last, evidence, cell, table, value))), sentence.text("en")
            assert after[said] < counts[said], (said, cell, value)


def test_no_number_stands_outside_the_bindings() -> None:
    """Templates hold no digits of their own but the year of the prices, CO2 and the ends of a range."""
    for language in LANGUAGES:
        for key, template in phrases("brief", language).items():
            own = set(re.findall(r"\d+", re.sub(r"\{.*?\}", "", template).replace("CO2", "")))
            assert own <= {"2021", "5", "95"}, key


def test_bindings_name_file_key_column_and_format(whole: Results, evidence: Evidence) -> None:
    table = bindings(brief_of(whole, evidence))
    loss = whole.data.set_index(["scenario", "region", "sector", "year", "indicator"])["value"]
    row = table[(table["sentence"] == "change") & (table["slot"] == "fisher")].iloc[0]
    assert row["file"] == "scenarios/uniform/results.csv.gz" and row["column"] == "value" and row["format"] == "+.2f"
    assert row["key"] == "scenario=uniform;region=XJ;sector=all;year=2060;indicator=gdp_change_pct"
    assert row["value"] == loss["uniform", "XJ", "all", 2060, "gdp_change_pct"]
    assert set(table["file"]) >= {"../made-up.ensemble/ranges.csv", "../made-up.attribute.uniform/causes.csv"}
    assert (table["place"] == "table").sum() == len(REGIONS) * 2 * 4


def test_what_lies_on_both_sides_of_zero_cannot_be_told_apart(whole: Results, evidence: Evidence) -> None:
    said = told(whole, evidence)
    assert [sum(words in s for s in said) for words in ("policies cannot be told apart", ": told apart")] == [1, 1]
    ranges = evidence.tables[RANGES].copy()
    for high, wanted in ((-0.1, 0), (0.1, 4)):
        ranges.loc[ranges["kind"] == "level", ["low", "high"]] = (-9.0, high)
        said = told(whole, replace(evidence, tables=evidence.tables | {RANGES: ranges}))
        assert sum("gain and loss cannot be told apart" in s for s in said) == wanted


def test_without_an_ensemble_and_causes_the_brief_says_so(whole: Results) -> None:
    brief = brief_of(whole, evidence_of(whole, None, []))
    for language in LANGUAGES:
        words = phrases("brief", language)
        assert {words["no_ranges"], words["no_causes"]} <= set(texts(brief, language))
    assert not any(s.template.startswith(("range", "gap.range", "causes")) for s in sentences(brief))


@pytest.mark.parametrize("case", ["one policy", "no focus", "own regions", "little is known"])
def test_any_study_has_a_brief(case: str) -> None:
    data, focus, kept = comparison(), "XJ", tuple(LABELLED)
    if case == "one policy":
        kept = kept[:2]
    elif case == "no focus":
        focus = "nowhere"
    elif case == "own regions":
        data = data[data["region"].isin(REGIONS)]
    else:
        data = data[data["indicator"].isin(["gdp_change_pct", "emissions"])]
    of = results(data, kept, focus)
    brief = brief_of(of, evidence_of(of, None, []))
    said = texts(brief)
    assert any(s.startswith("Uniform, Nation: real GDP ") for s in said)
    assert any(s.startswith("Uniform, Xinjiang") for s in said) == (case != "no focus")
    assert any("less Uniform is" in s for s in said) == (case != "one policy")
    assert not any(re.search(r"\{|\bnan\b", s) for s in said)
    assert len(brief.regions) == (len(REGIONS) if case == "own regions" else 32)


def test_a_baseline_alone_has_no_brief() -> None:
    of = results(comparison()[lambda d: d["scenario"] == "baseline"], ("baseline",))
    with pytest.raises(ReportError) as caught:
        brief_of(of, evidence_of(of, None, []))
    assert caught.value.args[0].code == "CGE604"


@pytest.mark.parametrize("which", ["ranges", "causes"])
def test_what_was_solved_for_other_results_is_refused(whole: Results, tmp_path: Path, which: str) -> None:
    ranges, causes = folders(whole, tmp_path, shift=0.1)
    with pytest.raises(ReportError) as caught:
        evidence_of(whole, ranges if which == "ranges" else None, causes if which == "causes" else [])
    assert caught.value.args[0].code == "CGE626"


def test_folders_beside_a_run_are_found_by_name(whole: Results, tmp_path: Path) -> None:
    assert beside(tmp_path / "made-up", whole) == (None, [])
    assert beside(tmp_path / "made-up", whole) != (found := folders(whole, tmp_path))
    assert beside(tmp_path / "made-up", whole) == found


@pytest.mark.slow
def test_the_document_holds_the_sentences_the_figures_and_the_table(
    whole: Results, evidence: Evidence, tmp_path: Path
) -> None:
    made = write_brief(whole, evidence, tmp_path, LANGUAGES)
    assert [p.name for p in made] == ["brief_en.docx", "brief_zh.docx", "brief.csv"]
    brief = brief_of(whole, evidence)
    for path, language in zip(made, LANGUAGES, strict=False):
        document = Document(str(path))
        text = "\n".join(p.text for p in document.paragraphs)
        assert all(unbroken(s) in text for s in texts(brief, language))
        assert len(document.inline_shapes) == 2
        assert all(s._inline.docPr.get("descr") for s in document.inline_shapes)
        fonts = document.styles["Normal"].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == CHINESE and not [k for k in fonts.attrib if k.endswith("Theme")]
        cells = {c.text for row in document.tables[0].rows for c in row.cells}
        assert {unbroken(str(n)) for n in brief.table.values()} <= cells
        page = document.sections[0]
        assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)


def test_numbers_are_not_taken_apart_by_lines() -> None:
    assert unbroken("from -7.10 % to +2 % in 2021-2060") == "from \u22127.10\u00a0% to +2\u00a0% in 2021-2060"


def test_the_library_is_asked_for(whole: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(OutputError) as caught:
        write_brief(whole, evidence_of(whole, None, []), tmp_path, LANGUAGES)
    assert caught.value.args[0].code == "CGE627" and caught.value.exit_code == 7


@pytest.mark.slow
def test_command(call: Any, whole: Results, tmp_path: Path) -> None:
    code, _, err = call("brief", tmp_path)
    assert code == 3 and "CGE313" in err
    whole.save(tmp_path / "made-up")
    folders(whole, tmp_path)
    code, out, _ = call("brief", tmp_path / "made-up", "--languages", "en", "--scenario", "uniform", "--json")
    assert code == 0 and [Path(p).name for p in json.loads(out)["written"]] == ["brief_en.docx", "brief.csv"]
    table = pd.read_csv(tmp_path / "made-up" / "brief.csv")
    assert {f"../made-up.{x}" for x in ("ensemble/ranges.csv", "attribute.uniform/causes.csv")} <= set(table["file"])
    assert call("brief", tmp_path / "made-up", "--languages", "en")[0] == 2, "nothing is written over unasked"

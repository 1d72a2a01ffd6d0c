"""One table says what ids are called; what a study calls its scenarios wins."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from reporting import comparison

from cge.report import energy
from cge.report.baseline_figure import _draw as baseline_figure
from cge.report.figures import drawing
from cge.report.growth import MEASURES, STUDY_SOURCE, bands
from cge.report.industries import stated_of_provinces
from cge.report.names import KINDS, name, unit
from cge.report.stated import stated
from cge.report.style import labelled, scenario_name
from cge.study.baseline import CHOICES, Baseline
from cge.study.scenario import default_study_path, load_study
from cge.theory.closures import SWAPS

ROOT = Path(__file__).resolve().parents[2]
#: Results of studies with a baseline; checks and sensitivity runs have columns of their own.
SUMMARIES = [p for p in sorted((ROOT / "results").glob("*/summary.csv")) if (p.parent / "growth.csv").exists()]


def test_every_name_has_words_in_both_languages() -> None:
    assert all(x.en and x.zh for kind in KINDS.values() for x in kind.values())
    assert all(x.format and x.unit for x in KINDS["indicator"].values())


def test_every_option_of_baseline_and_closure_has_words() -> None:
    options = {o for axes in (CHOICES, SWAPS) for found in axes.values() for o in found}
    assert {o for o in options if not o.startswith("SSP")} <= set(KINDS["choice"])


def test_every_unit_of_a_plan_or_statement_has_words() -> None:
    used = set()
    for path in (ROOT / "cge" / "planning" / "plans").rglob("*.toml"):
        used |= set(re.findall(r'^unit = "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE))
    for path in (ROOT / "cge" / "planning" / "plans").rglob("*.csv"):
        used |= set(pd.read_csv(path).get("unit", pd.Series(dtype=str)).dropna())
    assert len(used) > 20 and used <= set(KINDS["unit"]) and name("unit", "count", "zh") == "个"


def test_every_source_and_basis_of_a_baseline_has_words() -> None:
    told = {*bands()["basis"], *stated()["source"], *(x["source"] for x in stated_of_provinces())}
    told |= {*pd.read_csv(ROOT / "cge" / "report" / "published.csv")["source"], STUDY_SOURCE}
    assert told == set(KINDS["basis"])
    assert {*bands()["unit"], *stated()["unit"]} <= set(KINDS["unit"])


def test_the_caption_of_a_baseline_says_its_choices_in_words() -> None:
    table = pd.DataFrame([(r, 2021, 2030, *[1.0] * len(MEASURES), "") for r in ("XJ", "CN")],
                         columns=["region", "start", "end", *MEASURES, "flags"])  # fmt: skip
    facts = {"parameter_set": "literature", "aggregation": "cn12", **Baseline().chosen}
    with drawing():
        note = baseline_figure(table, "zh", "XJ", facts).get_supxlabel()
    assert "排放 收敛" in note and "converging" not in note


@pytest.mark.parametrize("path", SUMMARIES, ids=lambda p: p.parent.name)
def test_every_reported_indicator_is_named_with_its_unit(path: Path) -> None:
    table = pd.read_csv(path, keep_default_na=False)
    units = dict(zip(table["indicator"], table["unit"], strict=True))
    assert units == {k: KINDS["indicator"][k].unit for k in units}


def test_every_source_has_a_name() -> None:
    assert set(energy.COLOURS) == set(KINDS["source"])


def test_an_id_without_a_name_stands_for_itself() -> None:
    assert name("choice", "high", "zh") == "高值" and name("choice", "mine", "zh") == "mine"
    assert unit("gdp_growth", "zh") == "%/年" and unit("permit_price", "zh") == "元/吨CO2"


def test_a_label_of_the_study_wins() -> None:
    data = comparison()
    mine = labelled(data, {"scenario": [{"id": "uniform", "label": {"en": "My caps", "zh": "我的上限"}}]})
    assert [scenario_name("uniform", x, mine) for x in ("en", "zh")] == ["My caps", "我的上限"]
    assert scenario_name("trade", "en", mine) == "trade"
    flagship = load_study(default_study_path())
    named = labelled(data, flagship.model_dump(by_alias=True))
    assert [scenario_name(s.id, "en", named) for s in flagship.scenarios] == [s.label.en for s in flagship.scenarios]

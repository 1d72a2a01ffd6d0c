"""What a study calls its scenarios stands in every figure, table and page as it was written, whatever its letters."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from reporting import LABELLED, comparison, manifest

from cge.report.book import tab
from cge.report.canvas import lay_out
from cge.report.causes import _draw as causes
from cge.report.channels import _draw as channels
from cge.report.energy import energy_figure
from cge.report.figures import FIGURES, drawing
from cge.report.incidence import CUMULATIVE, PLACES, SENT, page
from cge.report.style import colour, labelled, line, marked_down, pair, some_of, title_of
from cge.report.tornado import _draw as tornado
from cge.report.workbook import write_workbook
from cge.study.scenario import default_study_path, load_study
from cgebase.errors import ScenarioError
from cgebase.messages import Message

ODD = {
    "baseline": {"en": "=1+1", "zh": "=SUM(A1)"}, "uniform": {"en": "$x^$ and $y_$", "zh": "US$5…US$6"},
    "differentiated": {"en": r"_under\frac{a", "zh": "_下划"}, "trade": {"en": "a|b <i>*c*", "zh": "甲|乙"},
}  # fmt: skip
"""Labels that spreadsheets, mathematics, legends or Markdown would take for something else."""
FACTS = {"parameter_set": "literature", "aggregation": "cn30", "price_base": "2021", "year": "2060", "fitted": "",
         "gap": "0 %"}  # fmt: skip


LONG = {"en": "a label of a careful author ", "zh": "说明各省上限、配额能否交易、碳收入归谁所有的情景名称"}
"""What labels as long as a study file may have them are made of."""


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    study = {"title": {"en": "=My $title$", "zh": "我的题目"}}
    return labelled(comparison(), study | {"scenario": [{"id": s, "label": label} for s, label in ODD.items()]})


@pytest.fixture(scope="module")
def long() -> pd.DataFrame:
    called = {s: {x: f"{(LONG[x] * 5)[:119]}{k}" for x in LONG} for k, s in enumerate(ODD)}
    study = {"title": {"en": "My study of " + "very " * 20 + "long", "zh": "我的" + "很" * 100 + "长的研究"}}
    return labelled(comparison(), study | {"scenario": [{"id": s, "label": label} for s, label in called.items()]})


def texts(figure: Figure) -> list[str]:
    """Every text of a figure that was laid out, none of which is mathematics."""
    figure.draw_without_rendering()
    shown = figure.findobj(Text)
    assert not any(t.get_parse_math() for t in shown)
    return [t.get_text() for t in shown]


def named(shown: list[str], language: str, wanted: tuple[str, ...]) -> None:
    """These scenarios stand there by their labels, none by a label of the flagship."""
    joined = "\n".join(shown).replace("\n", "").replace(" ", "")
    for scenario in wanted:
        assert ODD[scenario][language].replace(" ", "") in joined
    assert not [x for x in LABELLED.values() if x[language] in shown]


@pytest.mark.parametrize("name", ["paths", pytest.param("regions", marks=pytest.mark.slow),
                                  pytest.param("sectors", marks=pytest.mark.slow),
                                  pytest.param("matrix", marks=pytest.mark.slow)])  # fmt: skip
def test_labels_in_figures_of_a_comparison(name: str, data: pd.DataFrame) -> None:
    wanted = {"paths": tuple(ODD), "matrix": tuple(ODD)[1:]}.get(name, ("uniform", "differentiated"))
    for language in ("en", "zh"):
        with drawing():
            named(texts(FIGURES[name](data, language, "XJ", FACTS)[0]), language, wanted)


def others(data: pd.DataFrame, language: str) -> dict[str, Figure]:
    """Energy, causes, channels and tornado, of made-up numbers of the scenarios of the data."""
    sources = {"generation": ("gco", "gwi"), "primary_energy": ("coal", "gas")}
    shares = ("nonfossil_power_share", "nonfossil_share")
    rows = [(s, r, x, y, k, 1.0) for s in ODD for r in ("CN", "XJ") for y in (2021, 2060)
            for k, of in sources.items() for x in of]  # fmt: skip
    rows += [(s, r, "all", y, k, 0.5) for s in ODD for r in ("CN", "XJ") for y in (2021, 2060) for k in shares]
    rows += [(s, "CN", "all", 2060, "gdp_change_pct", -1.0) for s in tuple(ODD)[1:]]
    energy = pd.DataFrame(rows, columns=["scenario", "region", "sector", "year", "indicator", "value"])
    regions = ["XJ", "GD", "BJ"]
    split = pd.DataFrame([(c, k, r, -0.1) for c in ("now", "before") for k in regions for r in regions],
                         columns=["channel", "cause", "region", "value"])  # fmt: skip
    ways = pd.DataFrame({"capital": -1.0, "fuels": 0.5}, index=["CN", *regions])
    runs = pd.DataFrame({
        "parameter": ["base", "sigma"], "side": ["base", "low"], "value": 1.0, "base_value": 1.0,
        **{f"{n}_{r}": [-1.0, -2.0] for n in ("gdp_change_pct", "gdp_minus_base_pp") for r in ("XJ", "CN")},
    })  # fmt: skip
    for table in (energy, split, ways, runs):
        table.attrs = data.attrs
    facts, titles = FACTS | {"scenario": "differentiated"}, {"sigma": Message("$\\sigma$", "σ")}
    return {
        "energy": energy_figure(energy, "power", language, "XJ", FACTS),
        "causes": causes(split, language, "XJ", facts), "channels": channels(ways, language, "XJ", facts),
        "tornado": tornado(runs[1:], runs, language, "XJ", titles, facts),
    }  # fmt: skip


@pytest.mark.slow
def test_labels_in_figures_of_energy_causes_channels_and_sensitivity(data: pd.DataFrame) -> None:
    for language in ("en", "zh"):
        with drawing():
            for name, figure in others(data, language).items():
                named(texts(figure), language, tuple(ODD) if name == "energy" else ("differentiated",))


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["paths", pytest.param("", marks=pytest.mark.slow)])
def test_long_labels_leave_a_figure_whole(long: pd.DataFrame, language: str, name: str) -> None:
    """Every text is inside the figure, a label that is cut is whole in the note, and the study is named there."""
    with drawing():
        made = {k: draw(long, language, "XJ", FACTS)[0] for k, draw in FIGURES.items() if name in ("", k)}
        made |= {} if name else others(long, language)
        for figure in made.values():
            lay_out(figure)
            figure.draw_without_rendering()
            there = [t for t in figure.findobj(Text) if t.get_visible() and re.search(r"[^\W\d_]", t.get_text())]
            outside = [t.get_text() for t in there if not inside(t, figure)]
            assert outside == []
            panels = [a for a in figure.axes if a.get_label() != "<colorbar>"]
            assert all(a.get_window_extent().height > 0.03 * figure.bbox.height for a in panels)
            note = figure.get_supxlabel().replace("\n", "")
            said = [x for t in there for x in re.findall(r"… ?\[(\d+)\]", t.get_text())]
            assert {f"[{k}]" for k in said} == set(re.findall(r"\[\d+\]", note))
            assert title_of(long, language).replace(" ", "") in note.replace(" ", "")


def inside(text: Text, figure: Figure) -> bool:
    """Whether a text stands in its figure, with a few points of grace."""
    box, grace = text.get_window_extent(), 4
    across = box.x0 >= -grace and box.x1 <= figure.bbox.x1 + grace
    return bool(across and box.y0 >= -grace and box.y1 <= figure.bbox.y1 + grace)


def test_a_label_of_more_than_120_letters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"title\.zh: expected at most 120 letters, found 121 letters") as caught:
        load_study(default_study_path(), [f'title.zh="{"长" * 121}"'])
    assert "title.zh：应不超过 120 个字，所给为 121 个字" in caught.value.args[0].zh
    assert load_study(default_study_path(), [f'title.zh="{"长" * 120}"']).title.zh == "长" * 120


@pytest.mark.slow
def test_labels_in_the_workbook_are_text(data: pd.DataFrame, tmp_path: Path) -> None:
    path = write_workbook(data, tmp_path / "b.xlsx", manifest=manifest())
    book = openpyxl.load_workbook(path)
    rows = {row[0]: row[1:3] for row in book[tab("Scenarios")].iter_rows(min_row=2, values_only=True)}
    assert rows == {s: (x["zh"], x["en"]) for s, x in ODD.items()}
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    first = book[tab("README")]
    assert first["A1"].value == "我的题目" and "=My $title$" in {c.value for c in first["A"]}
    with ZipFile(path) as parts:
        charts = "".join(parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/charts/"))
    assert "<c:v> =SUM(A1) / =1+1</c:v>" in charts
    assert not [f for f in re.findall("<c:f>(.*?)</c:f>", charts) if "!" not in f]


def test_labels_in_pages_are_text() -> None:
    assert marked_down("a|b <i>*c* $x$ _y_ \\") == r"a\|b \<i\>\*c\* \$x\$ \_y\_ \\"
    places = [("welfare_ev_pct", p, h) for p in PLACES for h in ("rural", "urban", "all")]
    whole = ["gini_change_points", CUMULATIVE, *(f"revenue:{u}" for u in ("revenue", *SENT, "rest"))]
    rows = [("trade", 2060, *of, 1.0) for of in (*places, *((m, "nation", "all") for m in whole))]
    table = pd.DataFrame(rows, columns=["scenario", "year", "measure", "place", "household", "value"])
    table = labelled(table, {"scenario": [{"id": "trade", "label": ODD["trade"]}]})
    lines = [x for x in page(table, "en", FACTS).splitlines() if "a" in x and "*c" in x]
    assert len(lines) == 3 and all(x.startswith(r"| a\|b \<i\>\*c\* |") for x in lines)


def test_scenarios_stand_in_the_order_of_the_study_whatever_their_ids() -> None:
    names = {"trade": "bau", "uniform": "z", "baseline": "baseline", "differentiated": "a"}
    data = comparison().replace({"scenario": names})
    order = ["a", "baseline", "bau", "z"]
    data = data.sort_values("scenario", key=lambda s: s.map(order.index), kind="stable", ignore_index=True)
    assert pair(data) == ["a", "bau"]
    assert [colour(s, data) for s in order] == ["#c2571a", "#555555", "#1f6f8b", "#6a8f3c"]
    assert line("a", data)["lw"] > line("bau", data)["lw"] > line("z", data)["lw"]


def test_what_a_figure_leaves_out_is_said() -> None:
    assert some_of(2, 2, "en", "x") == "" and "2 of 12 policies" in some_of(2, 12, "en", "the figure matrix")
    assert "2项政策（共12项）" in some_of(2, 12, "zh", "图")


@pytest.mark.parametrize("text", ["", " ", "a\\nb", "a\\u0000b", "\\u2028"])
def test_a_label_is_one_line_of_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'schema = 1\nid = "mine"\ntitle = { en = "M", zh = "M" }\n[time]\nyears = [2021, 2030]\n[[scenario]]\n'
        f'id = "a"\nlabel = {{ en = "{text}", zh = "甲　乙" }}\n', encoding="utf-8")  # fmt: skip
    with pytest.raises(ScenarioError, match=r"scenario\[a\]\.label\.en: expected one line of text"):
        load_study(path)


@pytest.mark.slow
def test_figures_put_the_pair_of_the_study_beside_each_other():
    """The two policies that the study names, in its order; the first two where it names none or one is not there."""
    labels = {"scenario": [{"id": s, "label": w} for s, w in LABELLED.items()]}
    assert pair(labelled(comparison(), labels)) == ["uniform", "differentiated"]
    named = labelled(comparison(), labels | {"report": {"pair": ["trade", "uniform"]}})
    assert pair(named) == ["trade", "uniform"]
    assert pair(named[named["scenario"] != "trade"]) == ["uniform", "differentiated"]
    figure, drawn = FIGURES["regions"](named, "en", "XJ", FACTS)
    assert set(drawn["scenario"]) == {"trade", "uniform"} and "2 of 3 policies" in figure.get_supxlabel()


def test_a_pair_is_two_policies_of_the_study():
    settings = ['report.pair=["uniform", "trade"]']
    study = load_study(default_study_path(), settings)
    assert study.report.pair == ("uniform", "trade") and study.only(["trade"]).report.pair is None
    for names in ('["uniform", "baseline"]', '["uniform", "uniform"]', '["uniform", "trad"]'):
        with pytest.raises(ScenarioError):
            load_study(default_study_path(), [f"report.pair={names}"])

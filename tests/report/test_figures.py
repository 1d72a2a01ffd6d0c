"""Figures draw what the data say, in languages that the machine can show."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from reporting import CAPTION, comparison

from cge.cli import options
from cge.report import EVERY, figures, fonts, style
from cge.report.canvas import canvas
from cge.report.figures import FORMATS, draw_all, in_languages
from cge.report.style import ReportError
from sam.registry import PROVINCE_CODES

pytestmark = pytest.mark.slow

NAMES = ("regions", "sectors", "paths", "matrix")
KEYS = ["scenario", "region", "sector", "year", "indicator"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    out = tmp_path_factory.mktemp("figures") / "new"
    return out, draw_all(comparison(), out, languages=("en",), caption=CAPTION)


def test_every_file_is_there_and_listed(drawn: tuple[Path, list[Path]]) -> None:
    out, made = drawn
    wanted = {f"{n}_en.{e}" for n in NAMES for e in FORMATS} | {f"{n}.csv" for n in NAMES}
    assert {p.name for p in made} == wanted == {p.name for p in out.iterdir()}
    assert all(p.stat().st_size > 500 for p in made)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_holds_the_data_unchanged(drawn: tuple[Path, list[Path]], name: str) -> None:
    table = pd.read_csv(drawn[0] / f"{name}.csv", keep_default_na=False)
    both = table.merge(comparison(), on=KEYS, suffixes=("", "_data"))
    assert len(both) == len(table) > 0
    np.testing.assert_allclose(both["value"].astype(float), both["value_data"], rtol=1e-12)
    assert (both["unit"] == both["unit_data"]).all()


def test_regions_show_all_provinces_and_the_nation(drawn: tuple[Path, list[Path]]) -> None:
    table = pd.read_csv(drawn[0] / "regions.csv", keep_default_na=False)
    assert set(table["scenario"]) == {"uniform", "differentiated"}
    assert table.groupby("scenario")["region"].nunique().eq(32).all()
    assert set(table["year"]) == {2060}


@pytest.mark.parametrize(("language", "names", "said"), [
    ("en", {"TW", "HK", "MO"}, "grey: not in the model"), ("zh", {"台湾", "香港", "澳门"}, "灰色：不在模型中"),
])  # fmt: skip
def test_places_that_are_not_in_the_model_are_grey_tiles_that_say_so(language: str, names: set[str], said: str) -> None:
    """Each stands on a square that no province has, inside the picture."""
    axes = figures.Figure().subplots()
    figures.region_tiles(axes, pd.Series(-1.0, PROVINCE_CODES), 5.0, language, "XJ", set())
    grey = [p for p in axes.patches if p.get_facecolor() == to_rgba(style.NOWHERE)]
    assert len(grey) == 3 and len({p.get_xy() for p in axes.patches}) == len(axes.patches) == 34
    assert {t.get_text() for t in axes.texts} >= {*names, said}
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert all(left < p.get_x() < right - 0.9 and low < p.get_y() < high - 0.9 for p in grey)


def test_contributions_add_up_to_the_regional_change(drawn: tuple[Path, list[Path]]) -> None:
    table = pd.read_csv(drawn[0] / "sectors.csv")
    for _, rows in table.groupby("scenario"):
        parts = rows.loc[rows["indicator"] == "gdp_contribution_pp", "value"].sum()
        whole = rows.loc[rows["indicator"] == "gdp_change_pct", "value"].item()
        assert parts == pytest.approx(whole, abs=1e-9)


def test_contributions_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    data = comparison()
    wrong = (data["indicator"] == "gdp_contribution_pp") & (data["sector"] == "agr") & (data["region"] == "XJ")
    data.loc[wrong, "value"] += 0.5
    with pytest.raises(ReportError, match="sum to"):
        draw_all(data, tmp_path, languages=("en",), caption=CAPTION)


def test_a_figure_is_laid_out_once_and_drawn_once_for_each_format(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counted: dict[str, int] = {"draw": 0, "execute": 0}
    for kind, name in ((figures.Figure, "draw"), (ConstrainedLayoutEngine, "execute")):
        usual = getattr(kind, name)

        def counting(self: Any, *given: Any, usual: Any = usual, name: str = name) -> Any:
            counted[name] += 1
            return usual(self, *given)

        monkeypatch.setattr(kind, name, counting)
    data = comparison()
    figure, _ = figures.FIGURES["paths"](data, "en", "XJ", CAPTION | {"year": "2060", "fitted": ""})
    assert len(figures.save(figure, tmp_path / "paths_en")) == len(FORMATS)
    assert counted == {"draw": len(FORMATS), "execute": 1}


def _texts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, languages: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}

    def keep(figure: object, path: Path) -> None:
        texts = figure.findobj(figures.mpl.text.Text)  # type: ignore[attr-defined]
        Path(path).touch()
        found[Path(path).name.partition(".")[0]] = [t.get_text() for t in texts]

    monkeypatch.setattr(figures, "FORMATS", dict.fromkeys(figures.FORMATS, keep))
    draw_all(comparison(), tmp_path, languages=languages, year=2045, caption=CAPTION)
    return found


def test_captions_and_totals_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = _texts(monkeypatch, tmp_path, ("en",))
    data = comparison().query("year == 2045 and indicator == 'gdp_change_pct'").set_index(["scenario", "region"])
    for texts in found.values():
        text = " ".join(texts)
        assert "2045" in text and "2021" in text and "'default'" in text and "cn30" in text
        assert "Hong Kong, Macao and Taiwan are not in the SAM" in text and "31 province-level" in text
    for scenario in ("uniform", "differentiated"):
        assert style.signed(data.loc[(scenario, "XJ"), "value"]) in found["sectors_en"]
        for region in ("HL", "XJ", "HI"):
            assert style.signed(data.loc[(scenario, region), "value"], 1) in found["regions_en"]


def test_chinese_is_chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = _texts(monkeypatch, tmp_path, ("zh",))
    assert "黑龙江" in found["regions_zh"] and "煤炭采选业" in found["sectors_zh"]
    assert any("不含香港、澳门和台湾" in t for t in found["paths_zh"])


@pytest.fixture
def no_installed_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fonts, "INSTALLED", ())
    fonts.families.cache_clear()
    yield
    fonts.families.cache_clear()


READ = {"totals.py"}
"""Holds labels of other people's files in traditional characters, which are read and never drawn."""


@pytest.mark.usefixtures("no_installed_font")
def test_every_character_of_the_project_is_drawn_without_an_installed_font(tmp_path: Path) -> None:
    assert fonts.families() == ["DejaVu Sans", "Provincial Sans SC"]
    house = Path(fonts.__file__).parents[2]
    texts = [p.read_text(encoding="utf-8") for room in ("cge", "cgebase", "sam") for ending in ("py", "csv", "toml")
             for p in (house / room).rglob(f"*.{ending}") if p.name not in READ]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fonts.tell_missing("".join(texts).replace("\ufeff", ""))
        draw_all(comparison(), tmp_path, languages=("zh",), caption=CAPTION, formats=("png",))


@pytest.mark.usefixtures("no_installed_font")
def test_a_character_that_no_font_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts.font_manager, "findSystemFonts", lambda: [])
    with pytest.warns(fonts.MissingGlyphWarning, match="characters that no font has: 囍") as caught:
        fonts.tell_missing("新疆 囍 囍 ok")
    assert len(caught) == 1


@pytest.mark.usefixtures("no_installed_font")
def test_a_figure_names_what_no_font_has_and_matplotlib_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts.font_manager, "findSystemFonts", lambda: [])

    def draw(_: str) -> Figure:
        figure = canvas((4, 2), "囍", "", study="")
        figure.subplots()
        return figure

    with pytest.warns(UserWarning) as caught:
        in_languages(draw, tmp_path / "x", ("zh",), ("png",))
    assert [w.category for w in caught] == [fonts.MissingGlyphWarning]


def test_a_font_installed_since_is_found(monkeypatch: pytest.MonkeyPatch, no_installed_font: None) -> None:
    monkeypatch.setattr(fonts.font_manager, "findSystemFonts", lambda: ["/new/NotoSansCJK.ttc"])
    monkeypatch.setattr(fonts.font_manager.fontManager, "addfont", lambda path: added.append(str(path)))
    added: list[str] = []
    with pytest.warns(fonts.MissingGlyphWarning):
        fonts.tell_missing("囍")
    assert "/new/NotoSansCJK.ttc" in added


def test_unknown_year_focus_and_caption_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="2050.*2060"):
        draw_all(comparison(), tmp_path, year=2050, caption=CAPTION)
    with pytest.raises(ReportError, match="province code"):
        draw_all(comparison(), tmp_path, focus="ZZ", caption=CAPTION)
    with pytest.raises(ReportError, match="price_base"):
        draw_all(comparison(), tmp_path, caption={"parameter_set": "a", "aggregation": "cn30"})


def test_one_policy_is_enough(tmp_path: Path) -> None:
    data = comparison()
    draw_all(data[data["scenario"].isin(["baseline", "trade"])], tmp_path, languages=("en",), caption=CAPTION)
    with pytest.raises(ReportError, match="no policy"):
        draw_all(data[data["scenario"] == "baseline"], tmp_path, languages=("en",), caption=CAPTION)


@pytest.mark.parametrize(("value", "text"), [(-0.004, "0.00"), (1.5, "+1.50"), (-2.0, "-2.00"), (float("nan"), "–")])
def test_signs(value: float, text: str) -> None:
    assert style.signed(value) == text


def test_only_the_formats_asked_for_are_written(tmp_path):
    made = draw_all(comparison(), tmp_path, languages=("en",), caption=CAPTION, formats=("svg",))
    assert {p.suffix for p in made} == {p.suffix for p in tmp_path.iterdir()} == {".svg", ".csv"}
    assert (*FORMATS,) == EVERY == options.FORMATS

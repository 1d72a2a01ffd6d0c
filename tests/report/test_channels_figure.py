"""Channels of a loss as a picture: every channel has its words and colour, bars end at the whole."""

import numpy as np
import pandas as pd
import pytest

from cge.analysis.channels import ALONE
from cge.analysis.channels import NAMES as CHANNELS
from cge.report import causes, channels
from cge.report.channels import COLOURS, _draw, draw_channels
from cge.report.names import KINDS
from sam.registry import provinces

FACTS = {"scenario": "uniform", "year": "2060", "gap": "0.1%", "parameter_set": "literature", "aggregation": "cn12"}


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    regions = [p.code for p in provinces()] + ["CN"]
    rows = [(c, k, r, rng.normal(-0.02, 0.02)) for c in CHANNELS for k in ("XJ", "GD") for r in regions]
    return pd.DataFrame(rows, columns=["channel", "cause", "region", "value"])


def test_every_channel_has_words_and_a_colour():
    assert causes.ALONE == ALONE
    assert set(COLOURS) == set(KINDS["channel"]) == {*CHANNELS, ALONE, "other"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_waterfalls_end_at_the_whole(table, language):
    wide = table.groupby(["region", "channel"])["value"].sum().unstack()[list(CHANNELS)]
    figure = _draw(wide, language, "XJ", FACTS)
    for axes, region in zip(figure.axes[:2], ("CN", "XJ"), strict=True):
        *parts, whole = axes.patches
        ends = [bar.get_x() + bar.get_width() for bar in parts]
        assert whole.get_width() == pytest.approx(wide.loc[region].sum()) == pytest.approx(ends[-1])
    stacked = sum(bar.get_width() for bar in figure.axes[2].patches)
    assert stacked == pytest.approx(wide.drop(index="CN").to_numpy().sum())


@pytest.mark.slow
def test_small_channels_are_one_bar_and_the_whole_stays(table, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(channels, "_draw", lambda wide, *rest: drawn.append(wide) or _draw(wide, *rest))
    table.loc[table["channel"] == "labour", "value"] = 0.0009
    made = draw_channels(table, tmp_path, languages=("en",), focus="XJ", facts=FACTS)
    assert [p.suffix for p in made] == [".png", ".svg", ".pdf"]
    np.testing.assert_allclose(drawn[0].sum(axis=1), table.groupby("region")["value"].sum())
    text = made[1].read_text(encoding="utf-8")
    assert "<!-- less capital -->" in text and "<!-- labour -->" not in text and "<!-- all other -->" in text


@pytest.mark.slow
def test_no_effect_at_all_can_be_drawn(table, tmp_path):
    assert draw_channels(table.assign(value=0.0), tmp_path, languages=("en",), focus="XJ", facts=FACTS)


@pytest.mark.parametrize("instruments", [False, True])
def test_the_title_of_causes_tells_the_whole_with_other_instruments(instruments):
    rng = np.random.default_rng(2)
    codes = [p.code for p in provinces()]
    kinds = ("caps of the year", "capital not accumulated")
    rows = [(c, k, r, rng.normal(-0.02, 0.02)) for c in kinds for k in codes for r in codes]
    rows += [(ALONE, ALONE, r, 0.5) for r in codes] if instruments else []
    table = pd.DataFrame(rows, columns=["channel", "cause", "region", "value"])
    figure = causes._draw(table, "en", "XJ", FACTS)
    titles = " ".join(ax.get_title(loc="left") for ax in figure.axes)
    whole = table[table["region"] == "XJ"]["value"].sum()
    assert f"XJ: {whole:+.2f}".replace("XJ", "Xinjiang").replace("-", "\u2212") in titles.replace("-", "\u2212")
    assert ("other instruments alone +0.50" in titles) == instruments

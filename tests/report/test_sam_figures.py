"""Figures of a SAM draw its numbers, in the languages that the machine can show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small

from cge.cli.data import _drawn
from cge.report import accounts, figures, sankey
from cge.report.accounts import Accounts, draw_accounts, draw_money
from sam import flows, province
from sam.economy import load_economy
from sam.view import View


@pytest.fixture(scope="module")
def view() -> View:
    return View(load_economy("cn12"))


@pytest.fixture(scope="module")
def data(view: View) -> Accounts:
    return _drawn(view, "XJ")


def ends(links: pd.DataFrame) -> pd.DataFrame:
    """What enters and leaves each node."""
    sums = {k: links.groupby(side)["value"].sum() for k, side in (("in", "target"), ("out", "source"))}
    return pd.DataFrame(sums).dropna()


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", ["cn12", "cn30"])
def test_every_node_between_the_ends_pays_out_what_it_receives(aggregation: str) -> None:
    x = View(load_economy(aggregation))
    for code in x.economy.regions[::5]:
        links = flows.money(x, code)
        between = ends(links)
        np.testing.assert_allclose(between["in"], between["out"], rtol=1e-9, err_msg=code)
        assert (links["value"] > 0).all() and (links["source_column"] < links["target_column"]).all()
        assert "other" not in set(links["target"])


@pytest.mark.slow
def test_money_flows_are_the_accounts(view: View) -> None:
    for code in ("XJ", "GD"):
        t, links = province.headline(view, code), flows.money(view, code)
        enters, leaves = (links.groupby(side)["value"].sum() for side in ("target", "source"))
        for node, name in (("sold", "sold"), ("exports", "exports"), ("rural", "rural"), ("investment", "investment")):
            assert leaves[node] == pytest.approx(t[name], rel=1e-12)
        for node, name in (("bought", "bought"), ("imports", "imports"), ("to_centre", "to_centre")):
            assert enters[node] == pytest.approx(t[name], rel=1e-12)
        subsidies = float(leaves.get("subsidies", 0.0))
        assert enters[["labour", "capital", "taxes"]].sum() - subsidies == pytest.approx(t["gdp"], rel=1e-12)


def test_small_economy_has_its_flows_by_hand() -> None:
    links = flows.money(View(small()), "XJ").set_index(["source", "target"])["value"]
    assert links["sold", "agriculture"] == 300.0 and links["sold", "energy"] == 60.0
    assert links["exports", "energy"] == 120.0
    assert links["energy", "capital"] == 60.0 and links["transport", "labour"] == 15.0
    assert links["agriculture", "imports"] == 120.0 and links["agriculture", "bought"] == 300.0


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.floats(1e-3, 1e6), min_size=12, max_size=12))
def test_nodes_of_a_column_do_not_overlap(values: list[float]) -> None:
    pairs = [(f"a{i}", f"b{j}") for i in range(3) for j in range(4)]
    table = pd.DataFrame(pairs, columns=["source", "target"])
    table = table.assign(value=values, source_column=0, target_column=1)
    table["source_rank"], table["target_rank"] = table["source"].str[1].astype(int), table["target"].str[1].astype(int)
    nodes = sankey.layout(table)
    for _, column in nodes.groupby("column"):
        assert (column["top"].iloc[1:].to_numpy() > (column["top"] + column["size"]).iloc[:-1].to_numpy()).all()
    assert nodes.loc["a0", "size"] == pytest.approx(sum(values[:4]))


def texts(data: Accounts, language: str, monkeypatch: pytest.MonkeyPatch, out: Path) -> dict[str, list[str]]:
    """Every text of every figure."""
    found: dict[str, list[str]] = {}

    def keep(figure: object, path: Path) -> None:
        Path(path).touch()
        found[Path(path).name.partition(".")[0]] = [t.get_text() for t in figure.findobj(figures.mpl.text.Text)]  # type: ignore[attr-defined]

    monkeypatch.setattr(figures, "FORMATS", dict.fromkeys(figures.FORMATS, keep))
    draw_accounts(data, out, languages=(language,))
    return found


@pytest.mark.slow
def test_figures_say_what_they_show(data: Accounts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = texts(data, "en", monkeypatch, tmp_path)
    assert set(found) == {f"{name}_en" for name in accounts.FIGURES}
    for name, lines in found.items():
        joined = " ".join(" ".join(lines).split())
        assert "Hong Kong, Macao and Taiwan are not in the SAM" in joined and "Sectors cn12" in joined, name
    sold = data.money.query("source == 'sold'")["value"].sum()
    title = next(t for t in found["money_flows_en"] if t.startswith("Xinjiang sells other provinces"))
    assert f"{sold:,.0f} (1e8 yuan)" in title and "deficit" in title
    top = data.trade.loc[data.trade["value"].idxmax()]
    assert any(f"{top['origin_en']} to {top['destination_en']}" in t for t in found["trade_en"])
    assert {"Xinjiang", "Tibet", "Northwest"} <= set(found["trade_en"])
    assert "1e8 yuan" in found["inputs_en"] and "distance between capitals, km" in found["distance_en"]


@pytest.mark.slow
def test_chinese_figures_are_chinese(data: Accounts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = texts(data, "zh", monkeypatch, tmp_path)
    assert "西北" in found["trade_zh"] and "亿元" in found["inputs_zh"] and "煤电" in found["inputs_zh"]
    assert any(t.startswith("新疆售往其他省份") for t in found["money_flows_zh"])


@pytest.mark.slow
def test_each_figure_has_the_table_it_draws(data: Accounts, view: View, tmp_path: Path) -> None:
    made = draw_accounts(data, tmp_path, languages=("en",))
    assert {p.name for p in made} == set(accounts.files(("en",))) == {p.name for p in tmp_path.iterdir()}
    assert all(p.stat().st_size > 500 for p in made)
    drawn = pd.read_csv(tmp_path / "trade.csv", keep_default_na=False)
    table = province.bilateral(view)
    assert len(drawn) == 31 * 30
    found = [table.loc[o, d] for o, d in zip(drawn["origin"], drawn["destination"], strict=True)]
    np.testing.assert_allclose(drawn["value"].astype(float), found)
    assert {"origin_zh", "destination_en"} <= set(drawn.columns)
    inputs = pd.read_csv(tmp_path / "inputs.csv")
    assert inputs["value"].sum() == pytest.approx(view.pick("com", "act").query("column_region == 'XJ'")["value"].sum())


@pytest.mark.slow
def test_money_flows_alone_in_the_format_of_the_name(data: Accounts, tmp_path: Path) -> None:
    made = draw_money(data, tmp_path / "new" / "flows.svg", "en")
    assert [p.name for p in made] == ["flows.svg", "flows.csv"]
    assert "<svg" in made[0].read_text(encoding="utf-8")[:600]
    assert len(pd.read_csv(made[1])) == len(data.money)

"""`cge sam check` and `cge sam show`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from small import changed

from sam import province, report
from sam.economy import load_economy
from sam.registry import province as registered
from sam.view import View


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An economy of the user's own with cheap coal power in Xinjiang."""
    folder = tmp_path_factory.mktemp("own")
    changed(load_economy("cn12"), "com:coa:XJ", "act:gco:XJ", 0.001).save(folder)
    return folder


@pytest.fixture(scope="module")
def view() -> View:
    return View(load_economy("cn12"))


@pytest.mark.slow
def test_check_prints_every_check(call: Any) -> None:
    code, out, err = call("sam", "check", "--aggregation", "cn12")
    assert (code, err) == (0, "") and "FAILED" not in out
    assert out.count("passed") == len(out.splitlines()) - 1 >= 25
    code, out, _ = call("sam", "check", "--aggregation", "cn12", "--lang", "zh")
    assert code == 0 and "每个账户收入等于支出" in out


@pytest.mark.slow
def test_check_of_a_broken_economy_reports_and_refuses(call: Any, own: Path, tmp_path: Path) -> None:
    book = tmp_path / "report.xlsx"
    words = ("sam", "check", "--aggregation", "cn12", "--folder", str(own), "--json", "--excel", str(book))
    code, out, err = call(*words)
    facts = json.loads(out)
    assert code == 3 and err.startswith("error [SAM100]: ") and "SAM005 gco in XJ" in err
    assert not facts["passed"] and {"SAM001", "SAM005"} <= {f["code"] for f in facts["faults"]}
    assert openpyxl.load_workbook(book).sheetnames[3] == "核算矩阵 XJ"
    code, out, err = call(*words)
    assert code == 2 and json.loads(out)["error"]["code"] == "CGE003" and f"{book} exists" in err and "--force" in err
    assert call(*words, "--force", "--province", "北京", "--languages", "en")[0] == 3
    assert openpyxl.load_workbook(book).sheetnames[3] == "SAM BJ"


@pytest.mark.slow
def test_json_of_a_sound_economy_is_one_object(call: Any) -> None:
    code, out, err = call("sam", "check", "--aggregation", "cn12", "--json")
    facts = json.loads(out)
    assert (code, err) == (0, "") and facts["passed"] and facts["faults"] == []
    assert facts["unit"] == "1e8 CNY" and facts["year"] == 2021 and facts["sources"]


@pytest.mark.slow
def test_text_of_a_province_says_its_accounts(view: View) -> None:
    for code in ("XJ", "XZ"):
        text = report.province_accounts(view, code, "en")
        t = province.headline(view, code)
        assert registered(code).name_en in text.splitlines()[0]
        for name in ("gdp", "investment", "sold", "mt"):
            assert f"{t[name]:,.1f}" in text, (code, name)
        assert text.count("households: rural") >= 2 and "delivered, yuan per kWh" in text
    chinese = report.province_accounts(view, "XJ", "zh")
    assert "地区生产总值" in chinese and "中央政府" in chinese and "delivered" not in chinese


def test_gdp_of_the_text_is_the_published_one_with_import_taxes(view: View) -> None:
    assert province.headline(view, "XJ")["gdp"] == pytest.approx(16791.5, abs=0.1)
    assert province.industries(view, "XJ")["total"].sum() == pytest.approx(16791.5, abs=0.1)


@pytest.mark.slow
def test_tables_of_a_province_add_up(view: View) -> None:
    for code in ("XJ", "BJ", "GD", "XZ", "NM"):
        t = province.headline(view, code)
        used = t[["rural", "urban", "government", "investment", "exports", "sold"]].sum() - t["imports"] - t["bought"]
        assert used == pytest.approx(t["gdp"], rel=1e-9), code
        p = province.partners(view, code)
        assert p["sold"].sum() == pytest.approx(t["sold"], rel=1e-9) and len(p) == 30
        assert p["bought"].sum() == pytest.approx(t["bought"], rel=1e-9)
        b = province.power_balance(view, code)
        assert b["made"] + b["bought"] - b["sold"] == pytest.approx(b["used"], abs=1e-6)
        assert province.carbon(view, code)["mt"].sum() == pytest.approx(t["mt"], rel=1e-12)
        sides = province.budgets(view, code).pivot_table(index="account", columns="side", values="value", aggfunc="sum")
        assert (sides["receipt"] - sides["payment"]).abs().max() <= 1e-6, code


def test_bilateral_trade_is_seen_the_same_from_both_sides(view: View) -> None:
    table = province.bilateral(view)
    for code in ("XJ", "GD"):
        p = province.partners(view, code)
        pd.testing.assert_series_equal(table.loc[code].drop(code), p["sold"].reindex(table.index.drop(code)),
                                       check_names=False)  # fmt: skip
    assert (table.to_numpy().diagonal() == 0).all()


@pytest.mark.slow
def test_show_writes_figures_and_refuses_to_replace_them(call: Any, tmp_path: Path) -> None:
    words = ("sam", "show", "--province", "xinjiang", "--aggregation", "cn12", "--lang", "en")
    code, out, _ = call(*words, "--figure", str(tmp_path / "flows.png"))
    assert code == 0 and "Xinjiang 新疆" in out and str(tmp_path / "flows.png") in out
    assert {p.name for p in tmp_path.iterdir()} == {"flows.png", "flows.csv"}
    code, out, err = call(*words, "--figure", str(tmp_path / "flows.png"))
    assert (code, out) == (2, "") and "CGE003" in err
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "trade.csv").write_text("kept")
    code, _, err = call(*words, "--out", str(tmp_path / "out"))
    assert code == 2 and "trade.csv exists" in err and (tmp_path / "out" / "trade.csv").read_text() == "kept"


def test_a_figure_must_have_a_known_ending(call: Any, tmp_path: Path) -> None:
    code, out, err = call("sam", "show", "--province", "XJ", "--figure", str(tmp_path / "flows.jpg"))
    assert (code, out) == (2, "") and "SAM363" in err and ".png, .svg, .pdf" in err
    assert call("sam", "show", "--province", "XJ", "--lang", "fr")[0] == 2

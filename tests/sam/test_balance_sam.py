"""A SAM balanced with totals, held cells and reliabilities; its report; the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose
from provincial import provincial_sam

from cge.cli.data import sam_balance
from cgebase.errors import BalanceError
from sam.balance import METHODS, BalanceReport, Problem, balance, balance_sam
from sam.matrix import SAM

EVERY = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def prior() -> SAM:
    made = provincial_sam(3, 5)
    source = np.where(made.cells["row"].str.startswith("com"), "tables", "accounts")
    return replace(made, cells=made.cells.assign(source=source))


def frame(text: str) -> pd.DataFrame:
    head, *rows = (line.split() for line in text.strip().splitlines())
    return pd.DataFrame(rows, columns=head).apply(lambda c: pd.to_numeric(c, errors="coerce") if c.name in (
        "value", "reliability") else c)  # fmt: skip


@EVERY
def test_accounts_close_and_totals_hold(method: Any, prior: SAM) -> None:
    targets = frame("""
        row       column     value
        lab:*     act:*:R1   60
        com:*:R0  hh:*:R0    40
        hh:urban:R2  lab:R2  25""")
    fixed = frame("""
        row  column
        row  com:*:R0""")
    done, report = balance_sam(prior, method=method, targets=targets, fixed=fixed)
    assert done.imbalance() <= 1e-10
    old, new = (s.cells.set_index(["row", "column"])["value"] for s in (prior, done))
    assert list(old.index) == list(new.index) and (np.sign(old) == np.sign(new)).all()
    row, column = (new.index.get_level_values(k) for k in (0, 1))
    assert new[row.str.match("lab") & column.str.match("act:.*:R1")].sum() == pytest.approx(60, rel=1e-10)
    assert new[row.str.match("com:.*:R0") & column.str.match("hh:.*:R0")].sum() == pytest.approx(40, rel=1e-10)
    assert new["hh:urban:R2", "lab:R2"] == pytest.approx(25, rel=1e-10)
    held = (row == "row") & column.str.match("com:.*:R0")
    assert (new[held] == old[held]).all() and held.any()
    assert done.history[-1].startswith(f"balanced by {method}: {len(old):,} cells")
    assert (done.unit, done.year, done.sources) == (prior.unit, prior.year, prior.sources)
    assert report.balanced.method == method


@EVERY
def test_a_balanced_sam_stays(method: Any, prior: SAM) -> None:
    done, _ = balance_sam(prior, method=method)
    again, report = balance_sam(done, method=method)
    assert_allclose(again.cells["value"], done.cells["value"], rtol=1e-7)
    assert report.median_move() < 1e-9


def test_negative_cells_keep_their_sign(prior: SAM) -> None:
    cells = prior.cells.copy()
    cells.loc[cells["column"].str.startswith("gov") & cells["row"].str.startswith("inv"), "value"] *= -1
    for method in METHODS[1:]:
        done, _ = balance_sam(replace(prior, cells=cells), method=method)
        assert done.imbalance() <= 1e-10 and (np.sign(done.cells["value"]) == np.sign(cells["value"])).all()
    with pytest.raises(BalanceError, match="inv:R0 <- gov:R0"):
        balance_sam(replace(prior, cells=cells), method="ras")


def test_later_lines_of_reliability_win(prior: SAM) -> None:
    lines = frame("""
        row     column   reliability
        *       *        2
        com:*   act:*    100
        com:s1:R0 act:*  0.5""")
    _, report = balance_sam(prior, reliability=lines)
    moves = report.balanced.problem.moves
    row, column = prior.cells["row"], prior.cells["column"]
    use = row.str.startswith("com") & column.str.startswith("act")
    assert set(moves[~use]) == {0.5}
    assert set(moves[use & (row != "com:s1:R0")]) == {0.01}
    assert set(moves[use & (row == "com:s1:R0")]) == {2.0}


def test_a_total_with_reliability_gives_way(prior: SAM) -> None:
    lines = frame("""
        row    column    value  reliability
        lab:*  act:*:R1  300    0.1
        cap:*  act:*:R1  50     none""")
    _, report = balance_sam(prior, targets=lines)
    table = report.by_account()
    soft = table.loc["total of lab:* <- act:*:R1"]
    assert soft["target"] == 300 and soft["reached"] < 299
    assert table.loc["total of cap:* <- act:*:R1", "reached"] == 50
    assert "totals that gave way" in report.text() and "作了调整的总数" in report.text("zh")


def test_an_account_of_one_side_is_named(prior: SAM) -> None:
    more = pd.DataFrame({"row": ["odd:R0"], "column": ["act:s0:R0"], "value": [3.0], "source": ["x"]})
    with pytest.raises(BalanceError) as caught:
        balance_sam(replace(prior, cells=pd.concat([prior.cells, more])))
    said = caught.value.args[0]
    assert "account odd:R0, receipts less payments: target 0" in said and "odd:R0 <- act:s0:R0" in said
    assert "账户 odd:R0（收入减支出）" in said.zh


@pytest.mark.slow
def test_contradicting_totals_of_a_sam_are_named(prior: SAM) -> None:
    targets = frame("""
        row     column    value
        lab:R1  act:*     60
        hh:*    lab:R1    50
        cap:R0  *         20""")
    for method in METHODS:
        with pytest.raises(BalanceError) as caught:
            balance_sam(prior, method=method, targets=targets)
        said = caught.value.args[0]
        assert "3 controls contradict each other" in said and "their targets to 10:" in said
        for name in ("total of lab:R1 <- act:*", "total of hh:* <- lab:R1", "account lab:R1"):
            assert name in said
        assert "cap:R0" not in said


def test_lines_without_cells_are_named_together(prior: SAM) -> None:
    targets = frame("""
        row      column    value
        lab:*    act:*:R9  60
        lab:R11  act:*     50""")
    fixed = frame("""
        row    column
        lab:R0 com:s0:R0""")
    with pytest.raises(BalanceError) as caught:
        balance_sam(prior, targets=targets, fixed=fixed)
    said = caught.value.args[0]
    assert said.code == "SAM317" and said.startswith("3 lines")
    assert "row lab:R11, column act:*: no such cell; did you mean 'lab:R1'?" in said
    with pytest.raises(BalanceError, match="no cells"):
        balance_sam(replace(prior, cells=prior.cells.head(0)))


# ---- report


def test_moves_add_up(prior: SAM) -> None:
    done, report = balance_sam(prior)
    table = report.frame()
    assert (table["move"].abs().diff().dropna() <= 0).all()
    assert_allclose(table.sort_index()["after"], done.cells["value"])
    by_source = report.by_source()
    assert set(by_source.index) == {"tables", "accounts"}
    assert by_source["moved"].sum() == pytest.approx(table["move"].abs().sum())
    accounts = report.by_account()
    assert accounts["moved"].sum() == pytest.approx(2 * table["move"].abs().sum())
    one = table[(table["row"] == "lab:R1") | (table["column"] == "lab:R1")]
    assert accounts.loc["account lab:R1, receipts less payments", "moved"] == pytest.approx(one["move"].abs().sum())


def test_median_move_counts_cells_from_one_percent_of_a_side() -> None:
    p = Problem(np.array([100.0, 0.5, 100.0]), csr([[1.0, 1.0, -1.0]]), np.array([50.0]), np.array([1, 1, np.inf]))
    report = BalanceReport(balance(p))
    assert list(report.big) == [True, False, False]
    assert report.median_move() == pytest.approx(150 / 100.5 - 1)


def csr(rows: list[list[float]]) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix(np.array(rows))


def test_report_says_the_same_in_both_languages(prior: SAM) -> None:
    _, report = balance_sam(prior, method="least-squares")
    en, zh = report.text("en", most=3), report.text("zh", most=3)
    for words in ("median move", "largest moves by cell, 1e8 CNY:", "largest moves by account", "moves by source"):
        assert words in en
    for words in ("变动中位数", "按单元格的最大变动", "按账户和总数的最大变动", "按来源的变动"):
        assert words in zh
    assert len(en.splitlines()) == len(zh.splitlines())
    first = report.frame().iloc[0]
    assert f"{first['row']} <- {first['column']}: {first['before']:,.6g} -> {first['after']:,.6g}" in en


def test_cells_at_the_floor_are_listed() -> None:
    p = Problem(np.array([1.0, 1.0, 10.0]), csr([[1.0, 1, 1]]), np.array([10.0]), np.array([1, 0.01, 1]))
    said = BalanceReport(balance(p, method="least-squares")).text()
    assert "1 cell keeps a millionth of its prior or less:\n  1" in said


# ---- command

SAID = ("--unit", "1e8 CNY", "--year", "2021")


@pytest.fixture
def files(prior: SAM, tmp_path: Path) -> Path:
    prior.cells.to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "totals.csv").write_text("row,column,value,reliability\nlab:*,act:*:R1,60,\ncom:*,row,20,3\n")
    (tmp_path / "weights.csv").write_text("row,column,reliability\nrow,*,inf\n")
    return tmp_path


def test_command_balances_and_reports(files: Path, call: Any) -> None:
    words = ["sam", "balance", "--in", files / "mine.csv", *SAID, "--totals", files / "totals.csv", "--reliability",
             files / "weights.csv", "--out", files / "out"]  # fmt: skip
    code, out, err = call(*words, language="zh")
    assert code == 0 and err == "" and "按账户和总数的最大变动" in out
    found = SAM(cells=pd.read_csv(files / "out" / "sam.csv"))
    assert found.imbalance() <= 1e-10
    assert {p.name for p in (files / "out").iterdir()} == {
        "sam.csv", "about.csv", "SHA256SUMS", "moves.csv", "accounts.csv", "report_en.txt", "report_zh.txt",
    }  # fmt: skip
    assert len(pd.read_csv(files / "out" / "moves.csv")) == len(found.cells)
    code, _, err = call(*words)
    assert code == 2 and "[CGE003]" in err and "--force" in err
    assert call(*words, "--force")[0] == 0
    code, out, _ = call("sam", "balance", "--in", files / "out", "--method", "ras", "--out", files / "again")
    assert code == 0 and "ras:" in out
    history = (files / "again" / "about.csv").read_text()
    assert "balanced by cross-entropy" in history and "balanced by ras" in history


def test_command_refuses_bad_files_by_line(files: Path, call: Any) -> None:
    (files / "totals.csv").write_text("row,column,value,reliability\nlab:*,act:*:R1,much,\n,row,20,x\n")
    (files / "weights.csv").write_text("row,column\nrow,*\n")
    words = ["sam", "balance", "--in", files / "mine.csv", *SAID, "--totals", files / "totals.csv", "--reliability",
             files / "weights.csv", "--out", files / "out"]  # fmt: skip
    code, _, err = call(*words)
    assert code == 3 and "[SAM103]" in err and "4 faults" in err
    for said in ("line 2: value is 'much'", "line 3: row is empty", "line 3: reliability is 'x'",
                 "columns reliability are missing"):  # fmt: skip
        assert said in err
    assert not (files / "out").exists()
    code, _, err = call("sam", "balance", "--in", files / "none.csv", *SAID, "--out", files / "out")
    assert code == 3 and "none.csv" in err
    code, _, err = call("sam", "balance", "--in", files, "--out", files / "out", language="zh")
    assert code == 3 and "[SAM101]" in err and "缺少 sam.csv" in err


@pytest.mark.slow
def test_command_names_contradictions(files: Path, call: Any) -> None:
    (files / "totals.csv").write_text("row,column,value\nlab:R1,act:*,60\nhh:*,lab:R1,50\n")
    words = ["sam", "balance", "--in", files / "mine.csv", *SAID, "--totals", files / "totals.csv", "--out",
             files / "out"]  # fmt: skip
    for language, said in (("en", "3 controls contradict each other"), ("zh", "3 个控制数互相矛盾")):
        code, _, err = call(*words, language=language)
        assert code == 3 and "[SAM314]" in err and said in err and "Traceback" not in err
    assert not (files / "out").exists()


def test_command_offers_every_method() -> None:
    assert all(method in CliRunner().invoke(sam_balance, ["--help"]).output for method in METHODS)

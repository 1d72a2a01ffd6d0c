"""The command line: what it prints, how it refuses, what it exits with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from cge import cli as commands
from cge.runs.place import held
from cgebase.errors import CalibrationError, ConvergenceError, SAMError, SpecificationError
from cgebase.messages import message

ROOT = Path(__file__).resolve().parents[2]
ROW = {"scenario": "uniform", "region": "XJ", "year": 2060, "gdp_change_pct": -1.5, "permit_price": 900.0,
       "emissions": 47.4}  # fmt: skip


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand-ins for the model and the reports; what they were asked."""
    asked: dict[str, Any] = {}

    def run(study: Any, **options: Any) -> types.SimpleNamespace:
        asked.update(options, scenarios=[s.id for s in study.scenarios])
        if "raise" in asked:
            raise asked["raise"]
        options["progress"](message("making.all"))
        facts = {"parameter_set": "literature", "aggregation": "cn12"}
        none = pd.DataFrame()
        return types.SimpleNamespace(table=[ROW], checks={}, manifest=facts, policies=(), beyond=none, dominance=none,
                                     country={}, begin=2025)  # fmt: skip

    for name, what in (("cge.study.run", {"run": run}),
                       ("cge.report", {"write_reports": lambda *_, **__: None})):  # fmt: skip
        module = types.ModuleType(name)
        module.__dict__.update(what)
        monkeypatch.setitem(sys.modules, name, module)
    return asked


def test_help_from_the_shell() -> None:
    done = subprocess.run([sys.executable, "-m", "cge", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "compare" in done.stdout


def test_nothing_heavy_until_a_command_needs_it() -> None:
    heavy = "{'numpy', 'pandas', 'sympy', 'llvmlite', 'pydantic'}"
    code = f"import sys, cge.__main__, cge.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.slow
def test_one_thread_before_numpy() -> None:
    code = "import os, sys; sys.argv = ['cge', 'doctor']; import cge.__main__ as m; m.main()"
    env = {k: v for k, v in os.environ.items() if not k.endswith("NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert ["threads", "1"] in [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", list(commands.cli.commands))
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(commands.cli, [name, "--help"])
    assert done.exit_code == 0 and "Usage" in done.output


def test_version(call: Any) -> None:
    code, out, _ = call("--version")
    assert code == 0 and out.startswith("cge ")


def test_unknown_command_and_option(call: Any) -> None:
    assert call("comprae")[0] == 2
    assert call("compare", "--yeers", "2021")[0] == 2


def test_unknown_and_ambiguous_province(call: Any) -> None:
    code, out, err = call("sam", "show", "--province", "Xinjang")
    assert (code, out) == (2, "")
    assert err.startswith("error [SAM201]: 'Xinjang' is not one of the 31 provinces") and "Xinjiang" in err
    code, _, err = call("sam", "show", "--province", "陕西/山西")
    assert code == 2 and "SN" in err and "SX" in err


@pytest.mark.slow
def test_show_a_province_by_its_chinese_name(call: Any) -> None:
    code, out, _ = call("sam", "show", "--province", "新疆", "--aggregation", "cn12")
    assert code == 0 and "Xinjiang 新疆" in out and "GDP" in out and "Mt CO2" in out


@pytest.mark.slow
def test_aggregate_by_file_checks_and_keeps_what_is_there(call, tmp_path):
    out, own = tmp_path / "west", tmp_path / "m.csv"
    words = ("sam", "aggregate", "--in", "cn12", "--regions", "drc8", "--out", str(out))
    code, said, _ = call(*words)
    assert code == 0 and "8 regions, 13 sectors" in said
    assert call("sam", "check", "--aggregation", "cn12", "--folder", str(out), "--published")[0] == 0
    code, _, said = call(*words)
    assert code == 2 and "CGE003" in said and "--force" in said
    assert call(*words, "--force")[0] == 0
    own.write_text("from,to\nNCC,north\n", encoding="utf-8")
    code, _, said = call("sam", "aggregate", "--in", str(out), "--regions", str(own), "--out", str(tmp_path / "no"))
    assert code == 3 and "MYZ has no line" in said and not (tmp_path / "no").exists()


@pytest.mark.slow
def test_build_speaks_chinese_and_replaces_only_with_force(call, tmp_path):
    out = tmp_path / "built"
    words = ("sam", "build", "--aggregation", "cn12", "--inventory", "541", "--out", str(out), "--lang", "zh")
    code, said, steps = call(*words)
    assert code == 0 and "1：读入2017年投入产出表" in steps and "  9  联合平衡  " in said
    before = (out / "sam.csv.gz").stat().st_mtime_ns
    code, said, err = call(*words)
    assert code == 2 and said == "" and "CGE003" in err and (out / "sam.csv.gz").stat().st_mtime_ns == before
    assert call(*words, "--force")[0] == 0
    code, said, _ = call("sam", "check", "--folder", str(out))
    assert code == 0 and "FAILED" not in said
    assert call("sam", "build", "--lang", "fr")[0] == 2


def test_a_sam_alone_is_checked_in_its_own_unit(call, tmp_path):
    table, own = tmp_path / "t.csv", tmp_path / "own"
    table.write_text("row,column,value\na,b,5\nb,a,7\n", encoding="utf-8")
    words = ("sam", "import", str(table), "--format", "long", "--unit", "万元", "--year", "2021")
    assert call(*words, "--out", str(own))[0] == 0
    code, said, err = call("sam", "check", "--folder", str(own))
    assert code == 3 and "SAM001 account a: receipts 5, payments 7 万元" in err and "1e8" not in said + err
    code, _, err = call("sam", "check", "--folder", str(own), "--excel", str(tmp_path / "b.xlsx"))
    assert code == 2 and "SAM367" in err and not (tmp_path / "b.xlsx").exists()
    assert call(*words, "--convert", "1e8 CNY", "--out", str(tmp_path / "yuan.csv"))[0] == 0
    assert "0.0005" in (tmp_path / "yuan.csv").read_text(encoding="utf-8")
    code, _, err = call(*words, "--convert", "1e8 USD", "--out", str(tmp_path / "usd.csv"))
    assert code == 3 and "SAM366" in err and not (tmp_path / "usd.csv").exists()


def test_what_would_do_nothing_or_mislead_is_refused(call, tmp_path):
    code, _, err = call("sam", "aggregate", "--in", "cn12", "--out", str(tmp_path / "same"))
    assert code == 3 and "SAM337" in err and not (tmp_path / "same").exists()
    code, _, err = call("sam", "check", "--excel", str(tmp_path / "a.txt"))
    assert code == 2 and "SAM364" in err and not (tmp_path / "a.txt").exists()
    code, _, err = call("sam", "disaggregate", "--in", "cn12", "--sectors", "no.csv", "--out", str(tmp_path / "x"))
    assert code == 3 and "SAM124" in err and "no such file" in err and "UTF-8" not in err
    code, _, err = call("sam", "balance", "--in", "no.csv", "--out", str(tmp_path / "x"), "--lang", "zh")
    assert code == 3 and "文件或文件夹不存在" in err and "Errno" not in err


def test_choices_of_a_build_are_refused_before_it_starts(call):
    code, _, said = call("sam", "build", "--gravity", "3")
    assert code == 3 and "SAM330" in said and "gravity is 3, expected 0.5 to 2" in said
    assert call("sam", "build", "--inventory", "500")[0] == 2


@pytest.mark.slow
def test_check_suggests_the_key(call: Any, tmp_path: Path) -> None:
    text = (ROOT / "cge" / "study" / "cap_comparison.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("final_share", "finl_share"), encoding="utf-8")
    code, out, err = call("check", str(path))
    assert (code, out) == (2, "") and "did you mean 'final_share'?" in err and "Traceback" not in err
    path.write_text(text.replace("cn30", "cn12"), encoding="utf-8")
    assert call("check", str(path))[0] == 0


@pytest.mark.parametrize("years", ["2022,2060", "2021,2030,2025", "2021,2070", "soon"])
def test_years_refused(call: Any, years: str) -> None:
    assert call("compare", "--years", years)[0] == 2


def test_compare_passes_what_was_asked(call: Any, solved: dict[str, Any], tmp_path: Path) -> None:
    words = ("--aggregation", "cn12", "--years", "2021,2030,2060", "--out", str(tmp_path / "new"), "--only", "uniform")
    code, out, err = call("compare", *words)
    assert code == 0 and err == "figures and workbook\n"
    assert "uniform" in out and "-1.50" in out and "900" in out
    assert solved["years"] == (2021, 2030, 2060) and solved["aggregation"] == "cn12" and not solved["force"]
    assert solved["scenarios"] == ["baseline", "uniform"]


def test_only_unknown(call: Any, solved: dict[str, Any], tmp_path: Path) -> None:
    code, _, err = call("compare", "--only", "unifrm", "--out", str(tmp_path))
    assert code == 2 and "did you mean 'uniform'?" in err


def test_json_is_one_object_and_quiet_is_quiet(call: Any, solved: dict[str, Any], tmp_path: Path) -> None:
    code, out, err = call("compare", "--json", "--quiet", "--out", str(tmp_path))
    assert code == 0 and err == ""
    assert json.loads(out)["table"] == [ROW]


def test_nothing_is_overwritten_without_force(call: Any, solved: dict[str, Any], tmp_path: Path) -> None:
    with held(tmp_path / "cap_comparison") as place:
        place.save("asked", [], complete=False)
        place.draws(["zh", "en", "png", "svg", "pdf"])
        place.drew("figures", of=["figures"])
    code, _, err = call("compare", "--out", str(tmp_path))
    assert code == 2 and "--force" in err and "cge report" in err and "scenarios" not in solved
    assert call("compare", "--out", str(tmp_path), "--force")[0] == 0


def test_the_summary_that_came_with_the_project_may_be_made_again(call: Any, solved: Any, tmp_path: Path) -> None:
    target = tmp_path / "cap_comparison" / "summary.csv"
    target.parent.mkdir()
    target.write_text("committed")
    assert call("compare", "--out", str(tmp_path))[0] == 0 and "scenarios" in solved


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CalibrationError("zero cell"), 3),
        (SpecificationError("not square"), 4),
        (ConvergenceError("no convergence"), 5),
        (PermissionError(13, "Permission denied", "/out"), 7),
        (OSError(28, "No space left on device"), 7),
        (SAMError("bad cell"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_codes(call: Any, solved: dict[str, Any], tmp_path: Path, error: BaseException, code: int) -> None:
    solved["raise"] = error
    found, out, err = call("compare", "--out", str(tmp_path))
    assert (found, out) == (code, "") and "Traceback" not in err
    assert err.startswith("error") or code == 130


def test_our_bug_leaves_a_report(
    call: Any, solved: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    solved["raise"] = ZeroDivisionError("secret detail")
    code, _, err = call("compare", "--out", str(tmp_path / "out"))
    assert code == 1 and "Traceback" not in err and "secret detail" not in err
    (report,) = tmp_path.glob("cge-report-*.txt")
    assert str(report) in err and "secret detail" in report.read_text(encoding="utf-8")


def test_equations_and_explain(call: Any) -> None:
    code, out, _ = call("equations", "zero_profit")
    assert code == 0 and out.startswith("equation zero_profit over (a, r)")
    assert r"\frac" in call("equations", "cap", "--latex")[1]
    code, _, err = call("equations", "zero_profits")
    assert code == 2 and "did you mean 'zero_profit'?" in err
    code, out, _ = call("explain", "PX")
    assert code == 0 and "producer price" in out and "used in" in out
    code, out, _ = call("explain", "QCA")
    assert code == 0 and "account QCA over (c, a, r)" in out and "used in: nothing else" in out
    assert call("explain", "PXX")[0] == 2


def test_cache_and_doctor(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGE_CACHE", str(tmp_path))
    kernels = tmp_path / "kernels"
    kernels.mkdir()
    (kernels / "a.o").touch()
    economies = tmp_path / "economies"
    (economies / "a").mkdir(parents=True)
    said = call("cache")[1]
    assert said.startswith("1 kernel in") and f"\n1 economy in {economies}\n" in said
    assert call("cache", "--clear")[0] == 0 and not kernels.exists() and not economies.exists()
    assert "numpy" in call("doctor")[1] and "OPEN" not in call("doctor")[1]
    kernels.mkdir(mode=0o700)
    kernels.chmod(0o777)
    for command in ("doctor", "cache"):
        assert f"OPEN: others can write to {kernels}" in call(command)[1]
        assert f"其他用户可写入 {kernels}" in call(command, language="zh")[1]


# ---- files of other programs


@pytest.mark.slow
def test_export_and_import_give_back_the_packaged_sam(call: Any, tmp_path: Path) -> None:
    from sam.economy import load_economy, load_sam

    made, folder = tmp_path / "new" / "sam.har", tmp_path / "own"
    want = load_economy("cn12").sam
    size = f"{len(want.cells):,} cells"
    code, said, _ = call("sam", "export", "--aggregation", "cn12", "--format", "har", "--out", str(made))
    assert code == 0 and f"{size}, 1e8 CNY, 2021" in said
    code, said, _ = call("sam", "import", str(made), "--format", "har", "--out", str(folder))
    assert code == 0 and f"{len(want.accounts):,} accounts, {size}" in said
    assert "every account receives what it pays, to 1e-10" in said
    found = load_sam(folder)
    keys = ["row", "column"]
    assert found.cells.sort_values(keys, ignore_index=True).equals(want.cells.sort_values(keys, ignore_index=True))
    assert (found.sources, found.choices) == (want.sources, want.choices)
    assert found.history == (*want.history, "read from sam.har as har")
    code, said, _ = call("sam", "export", "--folder", str(folder), "--format", "long", "--out", str(tmp_path / "a.csv"))
    assert code == 0 and (tmp_path / "a.csv").exists()


def test_import_refuses_before_it_writes(call: Any, tmp_path: Path) -> None:
    file, out = tmp_path / "s.csv", tmp_path / "own"
    file.write_text(",a,b\na,0,n.a.\nb,-,\n", encoding="utf-8")
    words = ["sam", "import", str(file), "--format", "square", "--unit", "1e4 CNY", "--year", "2017", "--out", str(out)]
    code, _, said = call(*words)
    assert code == 3 and said.startswith("error [SAM125]: ") and "s.csv!C2: 'n.a.' marks a missing number" in said
    assert not out.exists()
    assert "s.csv!B3: a dash" in call(*words, "--dash", "fault")[2]
    code, _, said = call(*words, "--missing", "zero")
    assert code == 3 and "s.csv: no cells" in said
    file.write_text(",a,b\na,0,1\nb,-,\n", encoding="utf-8")
    assert call(*words)[0] == 0 and sorted(p.name for p in out.iterdir()) == ["SHA256SUMS", "about.csv", "sam.csv.gz"]
    code, _, said = call(*words)
    assert code == 2 and "CGE003" in said
    assert call(*words, "--force")[0] == 0
    code, _, said = call("sam", "import", str(file), "--format", "squar", "--out", str(tmp_path / "x"))
    assert code == 3 and "did you mean 'square'" in said

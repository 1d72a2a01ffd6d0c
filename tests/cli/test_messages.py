"""Every failure a user can cause says what it is in English and in Chinese, with its code and exit code."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reporting import comparison, manifest
from small import cells, flows, small

from cge.calibrate.benchmark import calibrate
from cge.calibrate.parameters import load_parameters
from cge.language.algebra import Theory
from cge.language.structure import inspect_structure
from cge.report.workbook import write_workbook
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.periods import Policy
from cge.runs.place import held
from cgebase.errors import CGEError
from cgebase.messages import Message
from sam import aggregate as aggregation
from sam.economy import Economy, load_economy
from sam.folder import SUMS, write_sums
from sam.registry import TECHNOLOGIES, AmbiguousProvinceError, UnknownProvinceError, resolve
from sam.tables import read_mapping
from sam.validate import check_economy, refuse_faults

ROOT = Path(__file__).resolve().parents[2]


def says(call: Any, words: list[str], code: int, key: str, english: list[str], chinese: list[str]) -> None:
    """The command fails with this code and these words in each language."""
    for language, start, wanted in (("en", f"error [{key}]: ", english), ("zh", f"错误 [{key}]：", chinese)):
        found, _, said = call(*words, language=language)
        assert found == code and said.startswith(start), said
        assert "Traceback" not in said and [w for w in wanted if w not in said] == [], said


def refused(
    act: Callable[[], object], key: str, english: list[str], chinese: list[str], code: int | None = None
) -> None:
    """The call is refused with a message of this code."""
    with pytest.raises(CGEError) as caught:
        act()
    said = caught.value.args[0]
    assert isinstance(said, Message) and said.code == key
    assert [w for w in english if w not in said] == [], said
    assert [w for w in chinese if w not in said.zh] == [], said.zh
    assert code is None or caught.value.exit_code == code


@pytest.fixture(scope="module")
def economy() -> Economy:
    return load_economy("cn12")


@pytest.fixture
def own(economy: Economy, tmp_path: Path) -> Path:
    """An economy of the user's own as plain files."""
    folder = tmp_path / "own"
    economy.save(folder)
    with gzip.open(folder / "sam.csv.gz", "rt", encoding="utf-8") as file:
        (folder / "sam.csv").write_text(file.read(), encoding="utf-8")
    (folder / "sam.csv.gz").unlink()
    return folder


def accept_as_is(folder: Path) -> None:
    """Digests of whatever the folder holds, so that what is wrong in its files is met."""
    write_sums(folder, {p.name for p in folder.iterdir()} - {SUMS})


def change(folder: Path, table: str, row: str, value: Callable[[float], object]) -> int:
    """Put another value into the first line that starts so; its number in the file."""
    path = folder / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    k = next(i for i, line in enumerate(lines) if line.startswith(row))
    head, _, old = lines[k].rpartition(",")
    lines[k] = f"{head},{value(float(old))}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return k + 1


def check(own: Path) -> list[str]:
    accept_as_is(own)
    return ["sam", "check", "--aggregation", "cn12", "--folder", str(own)]


@pytest.mark.slow
def test_unbalanced_account(call: Any, own: Path) -> None:
    change(own, "sam", "com:coa:XJ,act:gco:XJ,", lambda v: 1.5 * v)
    english = ["SAM001 account com:coa:XJ: receipts", "1e8 yuan, expected equal", "run `cge sam check`"]
    says(
        call, check(own), 3, "SAM100", english, ["SAM001 账户 com:coa:XJ 不平衡：收入", "亿元，两者应相等", "没有求解"]
    )


@pytest.mark.slow
def test_negative_cell(call: Any, own: Path) -> None:
    change(own, "sam", "com:ser:XJ,hh:urban:XJ,", lambda v: -v)
    english = ["SAM002 cell com:ser:XJ <- hh:urban:XJ is -", "expected > 0"]
    says(call, check(own), 3, "SAM100", english, ["单元格 com:ser:XJ <- hh:urban:XJ 为 -", "应大于 0"])


@pytest.mark.slow
def test_text_cell(call: Any, own: Path) -> None:
    line = change(own, "sam", "com:coa:XJ,act:gco:XJ,", lambda v: '"1,234"')
    (own / "generation.csv").write_text("region,technology,twh\nXJ,,1\n", encoding="utf-8")
    english = [
        f"sam.csv line {line}: value is '1,234', expected a number",
        "generation.csv line 2: technology is empty",
    ]
    chinese = [f"sam.csv 第 {line} 行：value 为“1,234”，应为数字", "generation.csv 第 2 行：technology 为空"]
    says(call, check(own), 3, "SAM103", english, chinese)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sam.csv.gz", b"row,column,value\na,b,1\n"),
        ("sam.csv.gz", gzip.compress(b"row,column,value\n" * 500)[:40]),
        ("sam.csv", b"\xd0\xcf\x11\xe0\xff\xfe\x00"),
        ("sam.csv", b""),
    ],
    ids=["csv named gz", "gz cut short", "spreadsheet named csv", "empty"],
)
def test_corrupted_or_fake_file(call: Any, own: Path, name: str, content: bytes) -> None:
    (own / "sam.csv").unlink()
    (own / name).write_bytes(content)
    says(
        call,
        check(own),
        3,
        "SAM103",
        [f"{name}: ", "not a whole CSV or gzip file"],
        [f"{name}：不是完整的 CSV 或 gzip 文件"],
    )


def test_wrong_columns_missing_table_and_about(call: Any, own: Path) -> None:
    (own / "sam.csv").write_text("from,to,value\na,b,1\n", encoding="utf-8")
    (own / "about.csv").write_text("words\nno\n", encoding="utf-8")
    english = ["sam.csv: columns row, column are missing, found from, to, value", "about.csv: needs the columns"]
    says(call, check(own), 3, "SAM103", english, ["缺少列 row、column，现有 from、to、value", "about.csv：应有"])
    (own / "network.csv.gz").unlink()
    says(call, check(own), 3, "SAM101", ["lacks network.csv"], ["缺少 network.csv", "`cge sam build --out`"])


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1e4, 1e8])
def test_values_in_another_unit(economy: Economy, factor: float) -> None:
    cells = economy.sam.cells.assign(value=economy.sam.cells["value"] * factor)
    wrong = dataclasses.replace(economy, sam=dataclasses.replace(economy.sam, cells=cells))
    english = ["SAM016 GDP of all provinces is 1.1", "expected 1e+03 to 1e+08", "such as yuan or 1e4 yuan"]
    refused(partial(refuse_faults, wrong), "SAM100", english, ["SAM016 各省 GDP 合计为 1.1", "元、万元"], 3)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1e6, 1e2, 1e-3])
def test_emissions_in_another_unit(economy: Economy, factor: float) -> None:
    wrong = dataclasses.replace(economy, emissions=economy.emissions.assign(mt=economy.emissions["mt"] * factor))
    english, chinese = ["SAM017 emissions of all provinces are 1", "in Mt"], ["SAM017 各省排放合计为 1", "百万吨"]
    refused(partial(refuse_faults, wrong), "SAM100", english, chinese, 3)
    assert not [f for f in check_economy(wrong) if f.code == "SAM016"]


def test_unmapped_sector(tmp_path: Path) -> None:
    fine = load_economy("cn30")
    table = read_mapping("cn30_to_cn12")
    path = tmp_path / "mine.csv"
    table[table["cn30"] != "cok"].to_csv(path, index=False)
    cells = fine.sam.cells
    made = cells[cells["row"].str.startswith("act:") & cells["column"].str.startswith("com:")]
    share = made.loc[made["column"].str.startswith("com:cok:"), "value"].sum() / made["value"].sum()
    stake = f"{share:.2%}"
    english = [f"cok (Coke) has no line, {stake} of output at stake; closest in the mapping: ", "coa", "mend mine.csv"]
    chinese = [f"cok（炼焦业）没有对应行，涉及产出的 {stake}；对照表中相近的代码：", "coa", "请修改 mine.csv"]
    refused(partial(aggregation.aggregate, fine, str(path)), "SAM301", english, chinese, 3)


def test_unknown_province(call: Any) -> None:
    words = ["sam", "show", "--province", "Xinjang"]
    says(
        call,
        words,
        2,
        "SAM201",
        ["'Xinjang' is not one of the 31", "Xinjiang"],
        ["“Xinjang”不是", "相近的名称：Xinjiang"],
    )
    with pytest.raises(UnknownProvinceError):
        resolve("Xinjang")


@pytest.mark.parametrize("name", ["陕西/山西", "Shanxi/Shaanxi"])
def test_ambiguous_province(call: Any, name: str) -> None:
    both = ["SX (Shanxi 山西)", "SN (Shaanxi 陕西)"]
    words = ["sam", "show", "--province", name]
    says(
        call,
        words,
        2,
        "SAM202",
        ["fits several provinces", "Write the code", *both],
        ["可以指多个省份", "请写代码", *both],
    )
    with pytest.raises(AmbiguousProvinceError):
        resolve(name)


def test_zero_cell_under_ces(economy: Economy) -> None:
    cells = economy.sam.cells
    burnt = economy.emissions.query("carrier == 'coa' and region == 'XJ'").iloc[0]
    gone = cells["row"].eq("com:coa:XJ") & cells["column"].eq(f"act:{burnt.user}:XJ")
    assert gone.sum() == 1
    value = cells.loc[gone, "value"].sum()
    moved = [("fac:labour:XJ", f"act:{burnt.user}:XJ", value), ("com:coa:XJ", "inv:XJ", value)]
    keep = pd.concat([cells[~gone], pd.DataFrame(moved, columns=cells.columns)])
    wrong = dataclasses.replace(economy, sam=dataclasses.replace(economy.sam, cells=keep))
    parameters = load_parameters("cn12", economy.activities, economy.commodities)
    english = ["calibration refused, 1 cell:", f"coa <- {burnt.user} in XJ", "CES", "1e8 yuan"]
    refused(partial(calibrate, wrong, parameters), "CGE304", english, [f"XJ 的 coa <- {burnt.user}", "CES", "亿元"], 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "key", "english", "chinese"),
    [
        ("fac:labour:XJ,act:ser:XJ,", "CGE301", "ser in XJ", "XJ 的 ser"),
        ("com:ser:XJ,row,", "CGE302", "ser in XJ", "XJ 的 ser"),
        ("com:ser:XJ,inv:XJ,", "CGE303", "ser in XJ", "XJ 的 ser"),
    ],
)
def test_calibration_refusals(own: Path, row: str, key: str, english: str, chinese: str) -> None:
    change(own, "sam", row, lambda v: 100 * v + 1e6)
    accept_as_is(own)
    wrong = load_economy("cn12", folder=own)
    parameters = load_parameters("cn12", wrong.activities, wrong.commodities)
    refused(partial(calibrate, wrong, parameters), key, ["calibration refused", english], ["无法校准", chinese], 3)


def test_energy_without_value_added() -> None:
    """Transport that pays its power station alone has nothing that energy saving could turn to."""
    def powered(names: list[str]) -> list[str]:
        if not names[-2].startswith("act:trn:"):
            return names
        region = names[-2][-2:]
        return [*names[:-1], *(f"{k}:{region}" for k in ("com:ely", "act:ely", "com:elb", "act:gco")), names[-1]]

    fine = dataclasses.replace(small(), activities=("agr", "coa", "ely", "trn", *TECHNOLOGIES))
    parameters = load_parameters("cn12", fine.activities, fine.commodities)
    assert not np.any(calibrate(fine, parameters).parameters["theta_n_ene"] == 1)
    moved = cells((powered(names), value) for names, value in flows())
    wrong = dataclasses.replace(fine, sam=dataclasses.replace(fine.sam, cells=moved))
    english, chinese = ["2 cells", "trn in BJ, trn in XJ", "value added"], ["XJ 的 trn", "增加值"]
    refused(partial(calibrate, wrong, parameters), "CGE590", english, chinese, 3)


# ---- study files and the command line


def study(folder: Path, old: str, new: str) -> list[str]:
    text = (ROOT / "cge" / "study" / "cap_comparison.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return ["check", str(path)]


@pytest.mark.parametrize(
    ("old", "new", "english", "chinese"),
    [
        ("final_share", "finl_share", "unknown key; did you mean 'final_share'", "没有这个键；您要写的是“final_share”"),
        ('"role-and-stage"', '"role-and-stag"', "no allocation rule 'role-and-stag'", "没有分配规则“role-and-stag”"),
        ('"national"', '"nationl"', "Input should be 'none' or 'national'", "应为 'none' 或 'national'"),
        ("final_share = 0.1", "final_share = -0.1", "Input should be greater than 0", "应大于 0"),
        ('"cn30"', '"cn7"', "Input should be 'cn12', 'cn30' or 'cn42'", "'cn30' 或 'cn42'"),
        ('extends = "uniform"', 'extends = "unifrm"', "no scenario 'unifrm' above it", "在它之前没有情景“unifrm”"),
        ('id = "trade"', 'id = "uniform"', "is taken by a scenario above it", "已被前面的情景使用"),
        ("2021,", "2020,", "years must start at 2021", "年份须从 2021 年开始"),
        ("[time]", '[baseline]\ngdp = "SSP7"\n[time]', "baseline.gdp: Input should be 'SSP1'", "应为 'SSP1'"),
        ("[time]", '[baseline]\nemissons = "flat"\n[time]', "did you mean 'emissions'", "您要写的是“emissions”"),
    ],
)  # fmt: skip
def test_faults_of_a_study(call: Any, tmp_path: Path, old: str, new: str, english: str, chinese: str) -> None:
    says(
        call, study(tmp_path, old, new), 2, "CGE110", ["mine.toml: 1 fault", english], ["mine.toml：1 处错误", chinese]
    )


@pytest.mark.parametrize(
    ("words", "key", "english", "chinese"),
    [
        (["run", "absent.toml"], "CGE101", "no study file absent.toml", "没有研究文件 absent.toml"),
        (["run", "."], "CGE102", "is a folder", "是文件夹"),
        (
            ["compare", "--only", "unifrm"],
            "CGE104",
            "did you mean 'uniform'?",
            "没有情景“unifrm”；您要写的是“uniform”吗？",
        ),
        (
            ["compare", "--aggregation", "cn13"],
            "SAM203",
            "'cn13' is unknown; did you mean",
            "没有行业分类“cn13”；您要写的是",
        ),
        (["compare", "--years", "2022,2060"], "CGE107", "years must start at 2021", "年份须从 2021 年开始"),
        (["compare", "--years", "soon"], "CGE004", "--years takes years", "--years 应为逗号分隔的年份，所给为“soon”"),
        (["compare", "--languages", "fr"], "CGE002", "found 'fr'", "所给为“fr”"),
        (["compare", "--lang", "zh,en"], "CGE005", "--languages zh,en", "图形与工作簿的语言用 --languages zh,en"),
        (["sam", "show", "--lang", "fr"], "CGE005", "found 'fr'", "所给为“fr”"),
        (["compare", "--yeers", "1"], "CGE001", "no option --yeers; did you mean '--years'", "您要写的是“--years”"),
        (["comprae"], "CGE001", "no command 'comprae'; did you mean 'compare'?", "没有命令“comprae”"),
        (["run"], "CGE001", "STUDY is missing; `cge run --help`", "缺少 STUDY；用 `cge run --help`"),
        (["compare", "--out"], "CGE001", "--out needs a value", "--out 需要一个值"),
        (["compare", "--quiet=1"], "CGE001", "--quiet takes no value", "--quiet 不带值"),
        (["compare", "a", "b"], "CGE001", "nothing here takes a b", "此处不需要 a b"),
        (["attribute", "--points", "999"], "CGE001", "takes a number from 6 to 200, found '999'", "6 到 200 之间的数"),
        (["attribute", "--points", "x"], "CGE001", "found 'x'", "所给为“x”"),
        (["attribute", "--household", "town"], "CGE001", "one of rural, urban, found 'town'", "以下之一：rural、urban"),
        (["explain", "QA", "--year", "soon"], "CGE001", "takes a whole number, found 'soon'", "整数，所给为“soon”"),
        (["parameters", "--csv", "."], "CGE001", "--csv takes a file, not a folder, found '.'", "文件而不是文件夹"),
        (["sam", "import", "x.csv", "--format", "long", "--out", "o", "--unit", "吨"], "SAM127", "money", "不是货币"),
        (["sam", "build", "--gravity", "x"], "CGE001", "--gravity takes a number, found 'x'", "应为数字"),
        (["equations", "--html", "a.html", "--latex"], "CGE010", "leave out the name", "请去掉方程名"),
        (["explain", "QA", "--year", "2030"], "CGE011", "--scenario and --year", "须同时给出"),
        (["compare", "--baseline", "gpd=SSP2"], "CGE241", "did you mean 'gdp'?", "您要写的是“gdp”吗？"),
        (["compare", "--baseline", "gdp=SPS2"], "CGE242", "did you mean 'SSP2'?", "基准的 gdp 没有“SPS2”"),
        (["baseline", "--baseline", "emissions=flatt"], "CGE242", "did you mean 'flat'?", "您要写的是“flat”吗？"),
        (["baseline", "--baseline", "gpd=SSP2,gdp=SSP9"], "CGE240", "2 faults", "2 处错误"),
        (["baseline", "--baseline", "gdp"], "CGE243", "found 'gdp'", "所给为“gdp”"),
        (["baseline", "--years", "2021"], "CGE107", "two at least", "至少两个"),
        (["run", "x.toml", "--baseline", "gdp=SSP1,gdp=SSP2"], "CGE244", "names a key twice", "写了两次"),
    ],
)
def test_faults_of_a_command(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], key: str, english: str, chinese: str
) -> None:
    monkeypatch.chdir(tmp_path)
    says(call, words, 2, key, [english], [chinese])


def test_language_of_the_command_goes_before_the_environment(call: Any) -> None:
    assert call("compare", "--only", "x", "--lang", "zh")[2].startswith("错误 [CGE104]：")
    assert call("compare", "--only", "x", "--lang=en", language="zh")[2].startswith("error [CGE104]: ")
    assert call("--lang", "zh", "compare", "--only", "x")[2].startswith("错误 [CGE104]：")
    code, out, said = call("compare", "--only", "x", language="fr")
    assert (code, out) == (2, "") and said.startswith("error [CGE009]: CGE_LANG is 'fr', expected zh or en")
    assert call("compare", "--only", "x", "--lang", "zh", language="fr")[2].startswith("错误 [CGE104]：")


def test_results_exist(call: Any, tmp_path: Path) -> None:
    folder = tmp_path / "cap_comparison"
    with held(folder) as place:
        place.save("asked", [], complete=False)
        place.draws(["zh", "en", "png", "svg", "pdf"])
        place.drew("figures", of=["figures"])
    words = ["compare", "--out", str(tmp_path)]
    english, chinese = [f"{folder} holds a whole run", "--force"], [f"{folder} 中已有一次完整的运行", "--force"]
    says(call, words, 2, "CGE003", english, chinese)


def test_unwritable_output(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    words = ["compare", "--out", str(tmp_path / "file" / "results")]
    says(call, words, 7, "CGE701", ["cannot write", "--out"], ["无法写入结果文件夹", "是文件而不是文件夹"])
    monkeypatch.setattr("os.access", lambda _, mode: mode != os.W_OK)
    says(call, ["compare", "--out", str(tmp_path)], 7, "CGE701", ["permission denied"], ["没有权限"])


# ---- solving


@pytest.mark.slow
def test_cap_below_the_lowest_reachable_level(model: Any) -> None:
    em0 = model.benchmark.parameters["em0"]
    policy = Policy({2030: 0.0 * em0, 2060: 0.0 * em0}, (), 3.0, 3.0)
    act = partial(run_policy, model.system, model.benchmark, model.paths, model.baseline, policy, name="mine",
                  log=lambda _: None)  # fmt: skip
    english = [
        "scenario mine, year 2030",
        "lowest national level solved on the way",
        " of 2021)",
        "Newton",
        "raise the final share",
    ]
    chinese = ["情景 mine，2030 年", "途中求解到的全国最低排放", "牛顿法", "请提高最终比例"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(act, "CGE502", english, chinese, 5)


@pytest.mark.slow
def test_no_convergence(model: Any) -> None:
    paths = dataclasses.replace(model.paths, gdp=model.paths.gdp * np.array([1.0, 1e9, 1e9])[:, None])
    act = partial(run_baseline, model.system, model.benchmark, paths, log=lambda _: None)
    english = ["baseline 2030: no solution", "tried the whole step and halves", "worst equations", "["]
    refused(act, "CGE503", english, ["基准情景 2030 年：未能求解", "逐次减半", "偏差最大的方程"], 5)


def test_closure_not_square() -> None:
    t = Theory("short")
    k = t.set("k")
    i = k.index("i")
    x, y = (t.variable(n, (k,), unit="1", description=n) for n in ("x", "y"))
    t.equation("known", (i,), x[i] - y[i], pairs=x)
    t.equation("closing", (i,), y[i] - 1, pairs=y)
    found = inspect_structure(t, {"k": ("one",)}, {}, ["known"], given=[])
    english = ["closure is not solvable: 1 equation, 2 unknowns", "y [one]", "such as closing"]
    refused(found.require, "CGE401", english, ["该闭合无法求解：方程 1 个，未知量 2 个", "y [one]", "例如 closing"], 4)


# ---- environment


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "results.csv.gz.part")


def test_disk_full(call: Any, own: Path, tmp_path: Path, economy: Economy, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.read_bytes() for p in own.iterdir()}
    half = pd.DataFrame.to_csv

    def fills_up(frame: pd.DataFrame, path: Any, **options: Any) -> None:
        half(frame.head(3), path, **options)
        full()

    monkeypatch.setattr(pd.DataFrame, "to_csv", fills_up)
    with pytest.raises(OSError, match="No space"):
        economy.save(own)
    assert {p: p.read_bytes() for p in own.iterdir()} == before
    monkeypatch.setattr("cge.study.run.run", full)
    english = ["disk full while writing results.csv.gz.part", "no file is half-written", "solved years are kept"]
    says(
        call, ["compare", "--out", str(tmp_path)], 7, "CGE703", english, ["磁盘已满", "已求解的年份已保存", "腾出空间"]
    )


def test_disk_full_under_a_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(OSError, match="No space"):
        write_workbook(comparison(), tmp_path / "book.xlsx", manifest=manifest())
    assert list(tmp_path.iterdir()) == []


def test_interrupted(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cge.study.run.run", stop)
    for language, words in (("en", "interrupted; no file is half-written"), ("zh", "已中断；没有写了一半的文件")):
        code, _, said = call("compare", "--out", str(tmp_path), language=language)
        assert code == 130 and said.strip().startswith(words)


def test_our_bug(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("cge.study.run.run", lambda *_, **__: 1 / 0)
    english, chinese = ["a fault of ours (ZeroDivisionError)"], ["程序内部错误（ZeroDivisionError）"]
    says(call, ["compare", "--out", str(tmp_path / "out")], 1, "CGE900", english, chinese)

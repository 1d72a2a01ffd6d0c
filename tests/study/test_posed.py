"""What an economy cannot carry is refused by `cge check`, and by every command before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from cge.study.posed import pose_study
from cge.study.results import ResultsError
from cge.study.run import economy_of, sam_digest
from cge.study.scenario import load_study
from cgebase.errors import ScenarioError
from sam.economy import load_economy

HEAD = """\
schema = 1
id = "mine"
title = { en = "Mine", zh = "我的研究" }
[base]
aggregation = "cn12"
[time]
years = [2021, 2030]
[[scenario]]
id = "baseline"
label = { en = "As it is", zh = "现状" }
"""
POLICY = '[[scenario]]\nid = "one"\nlabel = { en = "One", zh = "一" }\n'


@pytest.fixture(autouse=True)
def nothing_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    def solve(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("cge.study.model.run_baseline", solve)


def study(folder: Path, policy: str, base: str = "") -> Path:
    path = folder / "mine.toml"
    path.write_text(HEAD.replace("[base]\n", f"[base]\n{base}") + policy, encoding="utf-8")
    return path


UNFIT = {
    'cap = {}\ncoverage = { sectors = ["stell"] }': "coverage: not in this economy: 'stell'",
    'cap = {}\ncoverage = { exempt = ["stel"] }': "coverage: not in this economy: 'stel'",
    'cap = {}\ncoverage = { sectors = ["mtl"], later = { "2055" = ["abc"] } }': "coverage: not in this economy: 'abc'",
    'standard = { sectors = ["power", "oill"], factor = 0.9 }': "standard: not in this economy: 'oill'; did you",
    'cap = {}\ncoverage = { sectors = ["gso", "gwi"] }': "coverage: none of its sectors emits CO2",
    'standard = { sectors = ["ghy"], factor = 0.9 }': "standard: none of its sectors emits CO2",
    'cap = {}\nborder = { sectors = ["irs"] }': "border: not in this economy: 'irs'",
    'foreign_levy = { price = 500.0, sectors = ["irs"] }': "foreign_levy: not in this economy: 'irs'",
    'network = { links = { "新疆" = { "海南" = 2.0 } } }': "network: not in this economy: 'XJ-HI'",
    'cap = { start_year = 2024 }': ".cap starts in 2024, but the years to 2024 are observed",
    'tax = { price = 9, start_year = 2022 }': ".tax starts in 2022, but the years to 2024 are observed",
    'tax = { price = 9, start_year = 2035 }': ".tax starts in 2035, after the last solved year, 2030, so that it never",
    'cap = { start_year = 2031 }': ".cap starts in 2031, after the last solved year, 2030, so that it never",
    'cap = {}\nclosure = { activate = ["capital_fixed"] }': ".closure: ",
    'cap = {}\nclosure = { drop = ["numeraire"], activate = ["balance_of_payments"] }': ".closure: no numeraire",
}
"""What a scenario may ask in vain, and what is said of it."""


@pytest.mark.slow
def test_all_that_a_run_would_refuse_is_refused_by_check_and_before_a_solve(tmp_path: Path, call: Any) -> None:
    path = study(tmp_path, "\n".join(POLICY.replace('"one"', f'"s{k}"') + keys for k, keys in enumerate(UNFIT)))
    for words in (("check", path), ("run", path, "--quiet", "--out", tmp_path / "out")):
        code, _, err = call(*words)
        assert code == 2 and "error [CGE119]: " in err and f"{len(UNFIT)} faults; nothing is solved" in err
        for k, said in enumerate(UNFIT.values()):
            assert any(f"scenario[s{k}]" in line and said in line for line in err.splitlines()), (said, err)


@pytest.mark.slow
def test_one_fault_stands_alone(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^scenario\[one\]: coverage: not in this economy: 'y'; choose among agr"):
        pose_study(load_study(study(tmp_path, POLICY + 'coverage.sectors = ["y"]\ncap = {}')))


@pytest.mark.slow
def test_names_that_exist_pass(tmp_path: Path) -> None:
    keys = 'coverage = { sectors = ["power", "mtl"], later = { "2055" = ["chm"] } }\ncap = {}\n' \
           'network = { links = { "新疆" = { "甘肃" = 2.0 } } }\nborder = { sectors = ["mtl"] }'  # fmt: skip
    assert pose_study(load_study(study(tmp_path, POLICY + keys))).paths.years == (2021, 2030)


@pytest.mark.slow
def test_policies_may_act_in_first_years_that_are_projected(tmp_path: Path) -> None:
    path = study(tmp_path, POLICY + "cap = { start_year = 2021 }")
    assert pose_study(load_study(path).under({"first_years": "projected"})).paths.years == (2021, 2030)


@pytest.mark.slow
def test_the_economy_of_the_study_is_checked(tmp_path: Path, call: Any) -> None:
    path = study(tmp_path, POLICY + "cap = {}", 'sam = "nowhere"\n')
    for words in (("check", path), ("run", path, "--quiet", "--out", tmp_path / "out")):
        code, _, err = call(*words)
        assert code == 3 and "error [SAM101]: " in err and "nowhere lacks sam.csv" in err
    load_economy("cn30").save(tmp_path / "nowhere")
    assert "[SAM333]" in call("check", path)[2]


@pytest.mark.slow
def test_an_economy_of_another_year_is_not_run(tmp_path: Path, call: Any) -> None:
    economy = load_economy("cn12")
    replace(economy, sam=replace(economy.sam, year=2018)).save(tmp_path / "own")
    path = study(tmp_path, POLICY + "cap = {}", 'sam = "own"\n')
    for words in (("check", path), ("run", path, "--quiet", "--out", tmp_path / "out")):
        code, _, err = call(*words)
        assert code == 3 and "error [SAM339]: the economy is of 2018; " in err and "start in 2021" in err
    economy.save(tmp_path / "own")
    assert pose_study(load_study(path)).benchmark.economy.sam.year == 2021


@pytest.mark.slow
@pytest.mark.parametrize(("words", "code", "said"), [
    (("--of", "nope"), "CGE511", "neither a variable nor an account"),
    (("--of", "QM", "--sector", "coal"), "CGE512", "choose one of"),
    (("--of", "QM"), "CGE512", "by commodities"),
    (("--scenario", "nope"), "CGE104", "has no scenario 'nope'"),
    (("--scenario", "baseline"), "CGE514", "baseline"),
])  # fmt: skip
def test_attribution_refuses_names_before_a_solve(words: Sequence[str], code: str, said: str, call: Any) -> None:
    rc, _, err = call("attribute", *words, "--quiet", "--aggregation", "cn12")
    assert rc == 2 and err.startswith(f"error [{code}]: ") and said in err


@pytest.mark.parametrize(("words", "code"), [
    (("--parameters", "nope"), "CGE201"), (("--parameters", "sigma_kle[nope]"), "CGE201"),
    (("--parameters", "closure.nope"), "CGE224"), (("--parameters", "baseline.nope"), "CGE224"),
    (("--scenario", "nope"), "CGE104"), (("--scenario", "baseline"), "CGE225"),
    (("--parameters", "nope,closure.nope"), "CGE235"),
])  # fmt: skip
def test_sensitivity_refuses_names_before_a_solve(words: Sequence[str], code: str, call: Any, tmp_path: Path) -> None:
    rc, _, err = call("sensitivity", *words, "--quiet", "--aggregation", "cn12", "--out", tmp_path)
    assert rc == 2 and err.startswith(f"error [{code}]: "), err


@pytest.mark.slow
def test_a_finished_run_is_read_with_the_economy_it_was_made_with(tmp_path: Path) -> None:
    economy = load_economy("cn12")
    other = replace(economy, sam=replace(economy.sam, cells=economy.sam.cells.assign(value=lambda t: 2 * t["value"])))
    other.save(tmp_path / "own")
    of = {"aggregation": "cn12", "sam_choices": asdict(economy.sam.choices)}
    made = {"sam": str(tmp_path / "own"), "sam_digest": sam_digest(other.sam), **of}
    assert economy_of(made).sam.cells.equals(other.sam.cells)
    assert economy_of({"sam": "china31", "sam_digest": sam_digest(economy.sam), **of}).regions
    economy.save(tmp_path / "own")
    with pytest.raises(ResultsError, match="was made with another SAM than .*own holds now"):
        economy_of(made)

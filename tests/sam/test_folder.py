"""An economy on disk is whole: kills, mixed and edited folders, what a person accepts, what is not overwritten."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small import changed

from cgebase import folder as beside
from cgebase.errors import OutputError, SAMError
from cgebase.folder import whole_folder
from sam.economy import Economy, accept, load_economy, load_sam, save_sam
from sam.folder import SUMS, TABLES, compared, write_folder

KILLS = int(os.environ.get("CGE_KILLS", "10"))


@pytest.fixture(scope="module")
def economy() -> Economy:
    return load_economy("cn12")


@pytest.fixture(scope="module")
def other(economy: Economy) -> Economy:
    """Another economy in every file."""
    sam = changed(economy, "com:coa:XJ", "act:gco:XJ", 1.001).sam
    tables = {n: getattr(economy, n) for n in TABLES[1:]}
    more = {n: t.assign(**{t.columns[-1]: 1.001 * t[t.columns[-1]]}) for n, t in tables.items()}
    return replace(economy, sam=replace(sam, history=("another",)), **more)


@pytest.fixture
def own(economy: Economy, tmp_path: Path) -> Path:
    economy.save(tmp_path / "own")
    return tmp_path / "own"


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.mark.slow
def test_a_killed_write_leaves_the_old_or_the_new(
    economy: Economy, other: Economy, own: Path, tmp_path: Path, call: Any
) -> None:
    other.save(tmp_path / "other")
    whole, seen = [contents(own), contents(tmp_path / "other")], set[int]()
    random.seed(1)
    for _ in range(KILLS):
        turns = (other, economy) if contents(own) == whole[0] else (economy, other)
        told, tell = os.pipe()
        child, begin = os.fork(), time.perf_counter()
        if child == 0:
            while True:
                for next_one in turns:
                    next_one.save(own)
                    os.write(tell, b".")
        os.read(told, 1)
        time.sleep(random.uniform(0.0, 2.0 * (time.perf_counter() - begin)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
        os.close(tell)
        seen.add(whole.index(contents(own)))
        # The other economy is whole but not balanced: a fault of its own, no fault of its folder.
        code, _, said = call("sam", "check", "--aggregation", "cn12", "--folder", own)
        assert code == (0 if contents(own) == whole[0] else 3) and "SAM110" not in said, said
    assert seen == {0, 1}


@pytest.mark.slow
def test_every_mixture_of_two_economies_is_refused(own: Path, other: Economy, tmp_path: Path, call: Any) -> None:
    other.save(tmp_path / "other")
    before, after = contents(own), contents(tmp_path / "other")
    for name in set(before) - {SUMS}:
        (own / name).write_bytes(after[name])
        code, _, said = call("sam", "check", "--aggregation", "cn12", "--folder", own)
        assert code == 3 and said.startswith("error [SAM110]: ") and f"{name} was changed" in said
        assert "cge sam seal" in said
        (own / name).write_bytes(before[name])
    assert load_economy("cn12", folder=own).sam.imbalance() < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("command", [
    ("check", "--aggregation", "cn12", "--folder"), ("show", "--province", "XJ", "--aggregation", "cn12", "--folder"),
    ("aggregate", "--regions", "region8", "--out", "new", "--in"), ("balance", "--out", "new", "--in"),
    ("export", "--format", "long", "--out", "new.csv", "--folder"),
])  # fmt: skip
def test_every_reader_refuses_an_edited_folder(own: Path, command: tuple[str, ...], call: Any,
                                               monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (own / "about.csv").write_text((own / "about.csv").read_text().replace("2021\n", "2020\n", 1))
    code, _, said = call("sam", *command, own, language="zh")
    assert code == 3 and said.startswith("错误 [SAM110]：") and "about.csv 已改动" in said
    assert [p.name for p in tmp_path.iterdir()] == ["own"]


def test_files_lost_added_or_without_digest_are_named(own: Path) -> None:
    shutil.copy(own / "sam.csv.gz", own / "network.csv")
    (own / "margins.csv.gz").unlink()
    (own / "notes.txt").write_text("mine")
    with pytest.raises(SAMError) as caught:
        load_economy("cn12", folder=own)
    assert [line.strip() for line in str(caught.value).splitlines()[1:-1]] == [
        "margins.csv.gz is missing", "network.csv was added",
    ]  # fmt: skip
    (own / SUMS).unlink()
    with pytest.raises(SAMError, match="no SHA256SUMS, so nothing says that its files belong together"):
        load_sam(own)


@pytest.mark.slow
def test_a_person_accepts_what_was_edited(own: Path, call: Any) -> None:
    cells = pd.read_csv(own / "sam.csv.gz")
    (own / "sam.csv.gz").unlink()
    cells.assign(value=2 * cells["value"]).to_csv(own / "sam.csv", index=False)
    code, said, _ = call("sam", "seal", own)
    assert code == 0 and "sam.csv.gz is missing" in said and "sam.csv was added" in said
    sam = load_economy("cn12", folder=own).sam
    assert sam.cells["value"].sum() == pytest.approx(2 * cells["value"].sum(), rel=1e-12)
    assert sam.history[-1] == "accepted by hand: sam.csv.gz is missing; sam.csv was added"
    assert call("sam", "seal", own)[1].strip() == f"{own} is as it was written; nothing to accept"


def test_nothing_is_accepted_that_cannot_be_read_or_says_no_unit(own: Path) -> None:
    (own / "generation.csv").write_text("region,technology,twh\nXJ,gco,much\n")
    (own / "about.csv").unlink()
    with pytest.raises(SAMError, match="about.csv is missing(.|\n)*line 2: twh is 'much'"):
        accept(own)


def test_files_of_the_user_are_not_overwritten(own: Path, economy: Economy, call: Any, tmp_path: Path) -> None:
    (own / "study.toml").write_text("")
    before = contents(own)
    with pytest.raises(OutputError, match="holds study.toml, which are no part of an economy"):
        economy.save(own)
    code, _, said = call("sam", "build", "--aggregation", "cn12", "--out", own, "--force")
    assert code == 7 and "SAM111" in said and contents(own) == before


def test_the_folder_one_stands_in_is_not_replaced(own: Path, economy: Economy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own)
    with pytest.raises(OutputError, match="you stand in it"):
        economy.save(Path())


def test_what_stood_there_goes_whole_and_a_failed_write_leaves_it(economy: Economy, tmp_path: Path) -> None:
    write_folder(tmp_path / "a", {"sam.csv": economy.sam.cells, "moves.csv": economy.network})
    save_sam(economy.sam, tmp_path / "a")
    assert sorted(contents(tmp_path / "a")) == [SUMS, "about.csv", "sam.csv.gz"]
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "a") as part:
        (part / "sam.csv").write_text(str(1 / 0))
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and compared(tmp_path / "a")[1] == []


def test_without_an_exchange_of_names_the_new_folder_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside.ctypes, "CDLL", lambda _: object())
    for text in "old", "new":
        with whole_folder(tmp_path / "a") as part:
            (part / "a").write_text(text)
    assert (tmp_path / "a" / "a").read_text() == "new" and [p.name for p in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_write_left_beside_goes_and_what_another_writes_stays(tmp_path: Path) -> None:
    old, new = tmp_path / "a.7-ab.part", tmp_path / "a.8-cd.part"
    for folder in old, new:
        folder.mkdir()
    os.utime(old, (0, 0))
    with whole_folder(tmp_path / "a") as other:
        os.utime(other, (0, 0))
        with whole_folder(tmp_path / "a"):
            assert other.exists() and new.exists() and not old.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "a.8-cd.part"]

"""One place for one kind of result: one writer at a time, and how far it is told by its files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cge.runs.place import HOLDER, LOCK, RECORD, RUNS, STATE, held
from cge.study.scenario import Study, default_study_path, load_study
from cgebase.errors import CompleteError, OutputError
from cgebase.folder import whole_folder
from cgebase.whole import LEDGER, whole, write_whole

HOLDS = """
    import sys, time
    from pathlib import Path
    from cge.runs.place import held
    with held(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
"""


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(default_study_path())


def _holder(folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", textwrap.dedent(HOLDS), str(folder)]
    root = Path(__file__).parents[2]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=root)
    assert program.stdout is not None and program.stdout.readline() == "held\n"
    return program


def test_the_second_is_told_who_writes_and_a_dead_process_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cge.runs.place.PATIENCE", 0.1)
    with _holder(tmp_path / "run") as program:
        words = rf"process {program.pid} has been writing to .* since 20\d\d-"
        with pytest.raises(OutputError, match=words) as told, held(tmp_path / "run"):
            pass
        assert told.value.exit_code == 7 and not (tmp_path / "run" / RECORD).exists()
        program.kill()
    left = write_part(tmp_path / "run" / "figures" / "a.png.77-ab.part")
    with held(tmp_path / "run"):
        assert not left.exists() and json.loads((tmp_path / "run" / HOLDER).read_text())["pid"] == os.getpid()
        with held(tmp_path / "run") as place:
            place.save("asked", [], complete=True)
    assert not (tmp_path / "run" / HOLDER).exists()


def test_a_place_that_nothing_was_put_into_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    for name in ("results/a", "new/b"):
        with pytest.raises(ValueError, match="refused"), held(tmp_path / name):
            raise ValueError("refused")
    assert [p.name for p in tmp_path.rglob("*")] == ["results"], "what was there stays"
    with held(tmp_path / "new/b") as place:
        write_whole(place.folder / "table.csv", "1")
    assert (tmp_path / "new/b/table.csv").is_file()


def write_part(path: Path) -> Path:
    """What a killed process leaves."""
    write_whole(path, "half")
    return path


def test_a_place_goes_on_until_it_is_complete(tmp_path: Path) -> None:
    write_whole(tmp_path / "table.csv", "1")
    with held(tmp_path) as place:
        place.start("asked", force=False)
        assert place.record is None and not place.holds("asked")
        place.save("asked", ["table.csv"], complete=False)
        assert place.holds("asked") and not place.holds("other") and not place.complete
        place.draws(["en"])
        place.drew("figures", of=["figures", "book"])
        place.draws(["en"])
        assert place.record is not None and place.record.drawn == ("figures",) and not place.complete
        place.refuse(asked=["en"])
        place.drew("book", of=["figures", "book"])
        assert place.complete
        place.refuse(asked=["zh"])
        for refused in (lambda: place.refuse(asked=["en"]), lambda: place.start("asked", force=False)):
            with pytest.raises(CompleteError, match="whole run; draw it again by `cge report"):
                refused()
        place.draws(["zh"])
        assert not place.complete and place.record.drawn == ()
        write_whole(tmp_path / "table.csv", "2")
        assert place.damaged() == ["table.csv"] and not place.holds("asked")


@pytest.mark.parametrize(("question", "kept"), [("asked", False), ("other", True)])
def test_force_begins_the_same_question_anew_and_keeps_what_another_may_use(
    tmp_path: Path, question: str, kept: bool
) -> None:
    with held(tmp_path) as place:
        place.save("asked", [], complete=True)
        for name in (STATE, RUNS):
            write_whole(tmp_path / name / "file", "")
        with pytest.raises(CompleteError, match="holds whole results; solve them anew with --force"):
            place.start(question, force=False)
        place.start(question, force=True)
        assert place.record is None and all((tmp_path / n / "file").exists() == kept for n in (STATE, RUNS))


@pytest.mark.parametrize("question", ["asked", "other"])
def test_nothing_that_was_drawn_of_one_question_stands_beside_another(tmp_path: Path, question: str) -> None:
    own = [tmp_path / "notes.txt", tmp_path / "figures" / "mine.png"]
    drawn = ["table.csv", "figures/regions_zh.svg", "only-a/figures/regions_en.png", "scenarios/a/data.csv.gz"]
    with held(tmp_path) as place:
        place.start("asked", force=False)
        for path in own:
            path.parent.mkdir(exist_ok=True)
            path.write_text("")
        for name in (*drawn, f"{STATE}/period.npz"):
            write_whole(tmp_path / name, "")
        with whole_folder(tmp_path / "sam") as part:
            (part / "about.csv").write_text("")
        with pytest.raises(ZeroDivisionError), whole(tmp_path / "lost.csv"):
            raise ZeroDivisionError
        place.save("asked", drawn[:1], complete=question == "other")
        place.start(question, force=True)
        there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    mine = {"notes.txt", "figures", "figures/mine.png", STATE, f"{STATE}/period.npz", LOCK, HOLDER, LEDGER}
    known = {p.as_posix() for name in (*drawn, "sam/about.csv") for p in (Path(name), *Path(name).parents)} - {"."}
    assert there == (mine if question == "other" else mine | known)


def test_a_ledger_that_another_wrote_removes_nothing_outside(tmp_path: Path) -> None:
    place, kept = tmp_path / "run", [tmp_path / "notes.txt", tmp_path / "linked" / "mine.txt"]
    for path in (*kept, place / "table.csv"):
        write_whole(path, "")
    (place / "link").symlink_to(tmp_path / "linked")
    write_whole(place / LEDGER, f"asked\n\n../notes.txt\n{kept[0]}\n.\nlink\nnot/there\ntable.csv\n")
    with held(place) as of:
        of.start("other", force=True)
    assert all(path.exists() for path in kept) and not (place / "table.csv").exists()


def test_force_goes_on_with_what_is_not_complete(tmp_path: Path) -> None:
    with held(tmp_path) as place:
        write_whole(tmp_path / STATE / "file", "")
        place.start("asked", force=True)
        assert (tmp_path / STATE / "file").exists()


def test_plain_data_is_made_once_for_a_question(tmp_path: Path) -> None:
    made = []
    with held(tmp_path) as place:
        for question in ("a", "a", "b"):
            assert place.kept("fit", question, lambda: made.append(0) or {"x": 0.1, "n": float("inf")}) == {
                "x": 0.1, "n": float("inf"),
            }  # fmt: skip
        assert len(made) == 2
        (tmp_path / STATE / "fit.json").write_text("{")
        place.kept("fit", "b", lambda: made.append(0))
        assert len(made) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"question": 1}', '{"question": "a", "files": {}, "more": 1}'])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    write_whole(tmp_path / RECORD, text)
    with held(tmp_path) as place:
        assert place.record is None and not place.complete


def test_no_two_kinds_of_result_have_one_folder(study: Study) -> None:
    """Whatever ids are chosen: between the parts stand points, which no id has."""
    folders = [
        study.folder(None, None), study.folder("cn12", None), study.folder(None, (2021, 2030)),
        study.only(["uniform"]).folder(None, None), study.baseline_only().folder(None, None),
        study.under({"gdp": "SSP2"}).folder(None, None), study.on(Path("verify")).folder(None, None),
        study.on(Path("cn12")).folder(None, None), study.on(Path("baseline")).folder(None, None),
        *(study.folder(None, None, kind) for kind in ("verify", "replicate")),
        *(study.folder(None, None, "attribute", s) for s in ("uniform", "trade")),
        *(study.folder(None, None, "sensitivity", *s) for s in (["own"], ["uniform"], ["uniform", "own"])),
    ]
    assert len(set(folders)) == len(folders)
    own = [study.model_copy(update={"id": name}).folder(None, None) for name in ("cap_comparison_cn12", "sensitivity")]
    assert own == ["cap_comparison_cn12", "sensitivity"] and not set(own) & set(folders)

"""Files appear whole or not at all; digests tell contents apart."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from cgebase.digest import digest, file_digest
from cgebase.whole import clear_parts, whole, write_whole


def test_a_failed_write_leaves_the_file_before_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    with pytest.raises(ValueError), whole(path) as part:
        part.write_text("half")
        raise ValueError
    assert path.read_text() == "before" and _names(tmp_path) == ["a.csv"]


def test_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path, texts = tmp_path / "a.txt", [str(k) * 100_000 for k in range(8)]
    threads = [threading.Thread(target=write_whole, args=(path, text)) for text in texts for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts and _names(tmp_path) == ["a.txt"]


def test_a_full_disk_is_told_with_the_name_of_the_file_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(OSError) as full, whole(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert full.value.filename == str(path)
    with pytest.raises(FileNotFoundError) as lost, whole(tmp_path / "no" / "a.csv") as part:
        part.write_text("")
    assert lost.value.filename == str(tmp_path / "no" / "a.csv")


def test_parts_of_dead_processes_go_and_those_in_use_stay(tmp_path: Path) -> None:
    old, new = tmp_path / "a" / "x.npz.77-ab.part", tmp_path / "y.csv.78-cd.part"
    old.parent.mkdir()
    for path in (old, new, tmp_path / "kept.csv"):
        path.write_text("")
    os.utime(old, (0, 0))
    clear_parts(tmp_path, older=3600)
    assert not old.exists() and new.exists()
    clear_parts(tmp_path)
    assert _names(tmp_path) == ["a", "kept.csv"]


def test_a_digest_depends_on_all_content_and_not_on_the_order_of_a_table(tmp_path: Path) -> None:
    zero = np.zeros(4)
    different = ["a", b"a", ["a"], ["a", ""], ("a", ["b"]), ["a", "b"], "ab", 1, 1.0, True, None, "None", {"a": 1},
                 {"a": 2}, zero, -zero, zero.reshape(2, 2), zero.astype("f4"), zero[:2], 0.0, -0.0]  # fmt: skip
    assert len({digest(x) for x in different}) == len(different)
    assert digest("a", "b") != digest("ab") and digest({"a": 1, "b": zero}) == digest({"b": zero, "a": 1})
    with pytest.raises(TypeError):
        digest(object())
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(tmp_path / "a").startswith("ba7816bf")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())

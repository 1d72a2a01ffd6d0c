"""Which program made a result, also where it lies in no repository."""

from __future__ import annotations

import pytest

from cgebase import program


def test_a_package_in_no_repository_has_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_git", lambda *_: "")
    assert program.commit() == (None, None)


def test_the_commit_of_a_repository_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"ls-files": "program.py", "rev-parse": "abc"}
    monkeypatch.setattr(program, "_git", lambda *words: said.get(words[0], ""))
    assert program.commit() == ("abc", False)

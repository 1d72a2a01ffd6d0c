"""The page of a modeller's first hour: every line runs, and what it says is printed is what is printed."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "first_model.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)


def printed(page: str) -> list[tuple[str, str]]:
    """What each block of Python prints and what the page says it does, in their order."""
    names: dict = {}
    out: list[tuple[str, str]] = []
    for kind, text in BLOCK.findall(page):
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as said:
                exec(compile(text, str(PAGE), "exec"), names)  # noqa: S102 - our own page
            out.append((said.getvalue(), ""))
        elif kind == "text":
            out[-1] = (out[-1][0], text)
    return out


@pytest.mark.slow
def test_every_line_runs_and_prints_what_the_page_says():
    found = printed(PAGE.read_text(encoding="utf-8"))
    assert sum(bool(said) for _, said in found) >= 10
    for here, said in found:
        assert here.splitlines() == said.splitlines()


def test_its_commands_run(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell = [text for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if kind == "sh"]
    lines = [line for text in shell for line in text.splitlines()]
    assert [call(*shlex.split(line)[1:])[0] for line in lines] == [0] * len(lines)
    assert (tmp_path / "my_model" / "model.py").exists()

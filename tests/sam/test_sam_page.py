"""The page on SAM work: its files are written as they stand and its quick commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from sam.economy import load_economy
from sam.validate import audit

PAGE = (Path(__file__).parents[2] / "docs" / "sam.md").read_text(encoding="utf-8")
BALANCED = 1e-11
"""Relative digits of cells that hold on any processor: the tolerance of the joint balance."""
LONG = ("compare", "--inventory")
"""Words of commands that take longer than a unit test may."""


def commands_of(page: str) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", page, re.S)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_files_and_commands_of_the_page(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"```csv (\S+)\n(.*?)```", PAGE, re.S):
        Path(name).write_text(text, encoding="utf-8")
    for words in commands_of(PAGE):
        if not set(words) & set(LONG):
            code, _, said = call(*words)
            assert code == 0, (words, said)
    shipped, built, back = (
        cells.set_index(["row", "column"]).sort_index()
        for cells in (load_economy("cn12").sam.cells, *map(pd.read_csv, ("built/sam.csv.gz", "back/sam.csv.gz")))
    )
    pd.testing.assert_frame_equal(shipped, back, check_exact=True)
    pd.testing.assert_frame_equal(shipped, built, rtol=BALANCED, atol=0)
    assert pd.read_csv("imported/sam.csv.gz")["value"].tolist() == pytest.approx([0.12005, 0.12005], rel=1e-15)
    held = pd.read_csv("held/sam.csv").set_index("row")["value"]
    assert held.to_numpy() == pytest.approx(100.0)


@pytest.mark.slow
def test_the_page_names_every_check():
    found = {c.code for c in audit(load_economy("cn30")).checks}
    assert found == set(re.findall(r"SAM\d{3}", PAGE)) - {"SAM314"}


def test_the_page_names_every_option_of_the_build():
    from cge.cli.data import sam_build

    named = set(re.findall(r"`(--[a-z-]+)[ `]", PAGE))
    assert {o for p in sam_build.params for o in p.opts if o != "--out"} <= named

"""The page on what regenerates each figure, measure and event: in step with the tables, and its commands exist."""

from __future__ import annotations

import re

import pytest
from study_figures import PAGE, page

from cge import cli as commands
from cge.planning.plans import carried, read_plan
from sam.tables import read_table


@pytest.mark.slow
def test_the_page_is_in_step_with_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew with `python tests/helpers/study_figures.py`"


@pytest.mark.slow
def test_every_item_has_a_row_and_every_command_exists() -> None:
    lines = page().splitlines()
    ids = [*read_table("study_events")["id"], *(i for name in carried() for i in read_plan(name).measures["id"])]
    assert all(sum(line.startswith(f"| {i} |") for line in lines) == 1 for i in ids)
    assert {line.split(" | ")[0] for line in lines if line.startswith(("| Fig", "| Table"))} >= {
        *(f"| Fig {k}" for k in range(1, 9)), "| Table 1"
    }  # fmt: skip
    assert set(re.findall(r"`cge (\w+)", page())) <= set(commands.cli.commands)


def test_what_is_lost_has_a_reason() -> None:
    rows = read_table("study_figures")
    assert rows.loc[rows["lost"] != "nothing", "why"].notna().all()

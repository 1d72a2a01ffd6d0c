"""Every definition, equation and account written out by hand in a toy economy: a change of an equation shows as a diff.

The text comes from a writer that expands the sums itself and shares nothing with the kernel printer. After a
change that is meant, renew with ``python tests/helpers/toy.py`` and read the diff.
"""

from __future__ import annotations

import pytest
from toy import GOLDEN, SETS, STATED, masks, written

from cge.theory.chapters import THEORY

EVERY = {f"{s.kind} {s.name}": s for s in THEORY.statements.values()}


def _kept() -> dict[str, str]:
    text = "\n".join((GOLDEN / f"{name}.txt").read_text(encoding="utf-8") for name in STATED)
    return {block.split(",")[0].strip(): block.strip() for block in text.split("\n\n")}


@pytest.mark.parametrize("key", EVERY)
def test_written_out_as_it_was_read(key):
    assert written(EVERY[key]).strip() == _kept().get(key), "renew with `python tests/helpers/toy.py` if this is meant"


def test_nothing_kept_that_is_gone():
    assert set(_kept()) == set(EVERY)


def test_toy_masks_have_the_declared_shapes():
    for name, mask in masks().items():
        assert mask.shape == tuple(len(SETS[d.name]) for d in THEORY.families[name].dims), name

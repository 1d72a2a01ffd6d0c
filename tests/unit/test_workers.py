"""Calls spread over processes."""

import os
from functools import partial

import pytest

from cge.workers import as_they_come


def _square(x):
    return x * x, os.getpid(), os.environ["OMP_NUM_THREADS"]


def _fail(x):
    raise ValueError(x)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_call_is_answered_once_in_its_place(workers):
    got = dict(as_they_come([partial(_square, x) for x in range(5)], workers))
    assert {k: v[0] for k, v in got.items()} == {x: x * x for x in range(5)}
    assert all((v[1] == os.getpid()) == (workers == 1) and v[2] == "1" for v in got.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_call_raises_comes_back(workers):
    with pytest.raises(ValueError, match="seven"):
        list(as_they_come([partial(_square, 1), partial(_fail, "seven")], workers))

"""Rooms: who may import whom, read from the source. Each room imports only what stands below it."""

from __future__ import annotations

import pytest
from architecture import DOORS, MODULES, PAGE, ROOMS, house, imports, renewed, room_of, within

#: Rooms that may not use everything below them.
ONLY = {
    "cge.language": ("cgebase",),
    "cge.solve": ("cgebase", "cge.language"),
    "cge.blocks": ("cgebase", "cge.language"),
    "cge.gallery": ("cgebase", "cge.language", "cge.solve", "cge.blocks"),
    "cge.theory": ("cge.language",),
    "cge.report": (
        "cgebase", "sam.registry", "cge.study.results", "cge.runs.place", "cge.runs.workers",
        "cge.measure.sense", "cge.measure.compensation",  # read tidy results
    ),
}


def test_every_module_stands_in_a_room() -> None:
    assert [name for name in MODULES if room_of(name) is None and name not in DOORS] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_stands_below_it(room: str) -> None:
    inside = [name for name in MODULES if within(name, (room,))]
    assert inside
    allowed = (room, *ONLY.get(room, ROOMS[: ROOMS.index(room)]))
    bad = [f"{n} imports {i}" for n in inside for i in sorted(house()[n]) if i not in DOORS and not within(i, allowed)]
    assert bad == []


def test_no_circles() -> None:
    """Modules in an order in which each imports only earlier ones, packages counted as their ``__init__``."""
    left = {n: set(i) - {n} for n, i in house().items()}
    while free := {n for n, i in left.items() if not i}:
        left = {n: i - free for n, i in left.items() if n not in free}
    assert left == {}


def test_theory_is_symbols_only() -> None:
    plain = ("__future__", "typing", "collections", "dataclasses", "functools", "itertools", "sympy")
    allowed = (*plain, "cge.language", "cge.theory")
    outside = [f"{n} imports {i}" for n, p in MODULES.items() if within(n, ("cge.theory",)) for i in imports(p)
               if not within(i, allowed)]  # fmt: skip
    assert outside == []


def test_nothing_imports_experiments() -> None:
    assert [n for n, p in MODULES.items() if any(within(i, ("experiments",)) for i in imports(p))] == []


def test_every_module_is_named_in_the_page_of_the_house() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page), "renew with `python tests/helpers/architecture.py`"

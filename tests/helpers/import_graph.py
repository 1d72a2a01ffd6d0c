"""Levels, arrows and circles of an import graph, counted by grimp (``pip install grimp`` in an environment of its own).

``python tests/helpers/import_graph.py FOLDER cge sam cgebase`` counts the packages of a checkout twice: every module,
and rooms. A room is a package inside ``cge`` or a module that stands alone there; other packages are one room each.
Modules that open the house (``cge``, ``cge.__main__``) are no rooms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache

import grimp
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

DOORS = ("cge", "cge.__main__")


def room_of(module: str) -> str:
    """Room in which a module stands."""
    return ".".join(module.split(".")[: 2 if module.startswith("cge.") else 1])


def counted(names: Iterable[str], arrows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many there are, arrows between them, levels where each imports lower ones only, and circles."""
    order, pairs = {n: k for k, n in enumerate(names)}, sorted(set(arrows))
    ends = np.array([(order[a], order[b]) for a, b in pairs])
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(len(order),) * 2)
    count, part = connected_components(graph, directed=True, connection="strong")
    below: dict[int, set[int]] = {k: set() for k in range(count)}
    for a, b in ends:
        below[part[a]] |= {part[b]} - {part[a]}

    @cache
    def level(k: int) -> int:
        return 1 + max(map(level, below[k]), default=0)

    return {"places": len(order), "arrows": len(pairs), "levels": max(map(level, below)),
            "circles": int((np.bincount(part) > 1).sum())}  # fmt: skip


if __name__ == "__main__":
    folder, *packages = sys.argv[1:]
    sys.path.insert(0, folder)
    graph = grimp.build_graph(*packages, cache_dir=None)
    arrows = [(a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a)]
    print("modules", counted(sorted(graph.modules), arrows))
    rooms = {room_of(m) for m in graph.modules if m not in DOORS}
    between = ((room_of(a), room_of(b)) for a, b in arrows if a not in DOORS and b not in DOORS)
    print("rooms", counted(sorted(rooms), ((a, b) for a, b in between if a != b)))

"""A small SAM, and a file of it in every format."""

from __future__ import annotations

from importlib.util import find_spec

import pandas as pd

from sam.matrix import SAM

GDX = all(find_spec(n) for n in ("gams", "gamspy_base"))
WHY_NO_GDX = 'the extra is absent: pip install "provincial-cge[gdx]"'
ENDINGS = [("square", ".csv"), ("square", ".xlsx"), ("long", ".csv"), ("long", ".xlsx"), ("har", ".har"),
           ("ifpri", ".csv"), ("ifpri", ".xlsx"), ("pep", ".csv"), ("pep", ".xlsx")]  # fmt: skip
"""Every format that writes, with each ending; GDX apart, which needs its extra."""

CELLS = [
    ("act:agr", "com:agr", 120.5), ("act:ind", "com:ind", 0.1 + 0.2), ("com:agr", "act:ind", 1234.5),
    ("com:ind", "act:agr", 1 / 3), ("fac:labour-rural", "act:agr", 45.0), ("fac:capital-all", "act:ind", 5e-5),
    ("hh:HR", "fac:labour-rural", 45.25), ("com:agr", "hh:HR", 30.0), ("tax:sales", "com:agr", -2.5),
    ("gov", "tax:sales", 7.0), ("com:ind", "gov", 3.0), ("row", "com:ind", 1e6 + 0.7), ("com:agr", "row", 8.0),
    ("sav", "hh:HR", 11.0), ("com:ind", "sav", 2.0**40 + 0.25), ("ent", "fac:capital-all", 6.0),
]  # fmt: skip


def sam(cells: list[tuple[str, str, float]] | None = None, **facts: object) -> SAM:
    """A SAM with awkward numbers and a description in two languages."""
    known: dict[str, object] = {
        "unit": "1e8 CNY", "year": 2021, "aggregation": "toy", "sources": ("a", "b"),
        "history": ("made, \"quoted\"; 由测试生成（甲）", "=1+1"),
    }  # fmt: skip
    frame = pd.DataFrame(CELLS if cells is None else cells, columns=["row", "column", "value"])
    return SAM(cells=frame, **(known | facts))  # type: ignore[arg-type]


def content(table: SAM) -> tuple[object, ...]:
    """Everything a SAM says, without the order of its cells."""
    cells = dict(zip(zip(table.cells["row"], table.cells["column"], strict=True), table.cells["value"], strict=True))
    assert len(cells) == len(table.cells)
    return cells, table.unit, table.year, table.aggregation, table.sources, table.history

"""Square table, CSV or Excel: accounts down the side and, the same ones, across the top.

Rows before the table may say ``unit``, ``year`` and so on, see :mod:`sam.formats.base`. A row and a column of totals
(``Grand Total``, ``合计``) are checked against their cells and left out, and so are lines after them that have no label
or stand on that side only: checks and shares beside the table. Blank cells are zeros unless the rules say
otherwise. A format may have labels in two parts, set and element, on two rows and in two columns; a blank set
continues the one before it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cgebase.errors import SAMError
from cgebase.messages import Message, joined, message
from sam.formats.base import Table, about_rows, accounts_of, cells_of, label_fault, one_sided, refuse, triples
from sam.formats.cells import RULES, Rules, label, shown
from sam.formats.sheets import Sheet, read_sheet
from sam.formats.text import ENDINGS, read_about, write_rows
from sam.formats.totals import ROUNDING, is_total
from sam.matrix import SAM


class Square:
    """Accounts by accounts.

    Parameters
    ----------
    name, labels : str
    depth : int
        Parts of a label, each in a row and a column of its own.
    """

    extensions: tuple[str, ...] = ENDINGS
    writes = True

    def __init__(self, name: str = "square", labels: str = "", depth: int = 1) -> None:
        self.name, self.labels, self.depth = name, labels, depth

    def read(
        self, path: Path, *, table: str | None = None, year: int | None = None, rules: Rules = RULES
    ) -> Table:
        """Cells by label; totals checked and left out."""
        sheet = read_sheet(path, table)
        about, start = read_about(sheet)
        height, width = sheet.shape
        deep = self.depth
        if height - start <= deep or width <= deep:
            raise SAMError(message("SAM129.small", file=path.name, rows=max(height - start, 0), columns=width))
        faults: list[Message] = []
        down = {r: tuple(sheet.cells[r][:deep]) for r in range(start + deep, height) if _filled(sheet.cells[r])}
        across = {
            c: tuple(sheet.cells[start + k][c] for k in range(deep))
            for c in range(deep, width)
            if _filled(sheet.cells[r][c] for r in range(start, height))
        }
        sides = [_named(down), _named(across)]
        rows, columns = (_inside(side, set(other.values())) for side, other in zip(sides, sides[::-1], strict=True))
        where = [{r: sheet.place(r, deep - 1) for r in down}, {c: sheet.place(start + deep - 1, c) for c in across}]
        remarks = [
            message("SAM130.outside", place=at[first], count=len(side) - len(inside))
            for side, inside, at in zip(sides, (rows, columns), where, strict=True)
            if (first := next((p for p in side if p not in inside), None)) is not None
        ]
        kept = [{p: n for p, n in side.items() if not is_total(n)} for side in (rows, columns)]
        for side, at in zip((rows, columns), where, strict=True):
            seen: dict[str, str] = {}
            faults += [f for p, n in side.items() if (f := label_fault(n, at[p], seen)) is not None]
        places = [{n: at[p] for p, n in side.items() if n} for side, at in zip(kept, where, strict=True)]
        faults += one_sided(*places)
        values, wrong = sheet.numbers(list(rows), list(columns), rules)
        faults += wrong
        if not faults:
            faults += _totals(sheet, values, rows, columns)
        refuse(path.name, faults)
        ins = [[k for k, p in enumerate(side) if p in kept[i]] for i, side in enumerate((rows, columns))]
        block = values[np.ix_(*ins)]
        names = [list(k.values()) for k in kept]
        found = cells_of(
            (names[0][i], names[1][j], float(block[i, j])) for i, j in zip(*np.nonzero(block), strict=True)
        )
        return Table(path.name, found, tuple(about), remarks=tuple(remarks))

    def write(self, sam: SAM, path: Path) -> None:
        """Accounts in the order in which they first appear."""
        names = accounts_of(sam.cells)
        at = {n: k for k, n in enumerate(names)}
        parts = [tuple(n.split(".", self.depth - 1)) for n in names] if self.depth > 1 else [(n,) for n in names]
        faults = [message("SAM132.total", name=n) for n in names if is_total(n)]
        if faults:
            raise SAMError(joined(message("SAM132.head", format=self.name, count=len(faults)), faults))
        short = [n for n, p in zip(names, parts, strict=True) if len(p) != self.depth or not all(p)]
        if short:
            raise SAMError(message("SAM133.parts", format=self.name, depth=self.depth, name=shown(short[0])))
        grid: list[list[str | float | None]] = [[*p, *[None] * len(names)] for p in parts]
        for r, c, v in triples(sam.cells):
            if v != 0.0:
                grid[at[r]][self.depth + at[c]] = float(v)
        heads = [[*[None] * self.depth, *(p[k] for p in parts)] for k in range(self.depth)]
        write_rows(path, [*about_rows(sam), *heads, *grid], "sam")


def _filled(values: object) -> bool:
    return any(x is not None for x in values)  # type: ignore[attr-defined]


def _named(labels: dict[int, tuple[object, ...]]) -> dict[int, str]:
    """Labels by position; empty where a part is missing."""
    out, before = {}, ""
    for position, parts in labels.items():
        texts = [label(x, narrow=False) for x in parts]
        if len(texts) > 1:
            before = texts[0] = texts[0] or before
        out[position] = ".".join(texts) if all(texts) else ""
    return out


def _inside(side: dict[int, str], other: set[str]) -> dict[int, str]:
    """Lines without those after the last total that are no account of the other side."""
    last = max((p for p, n in side.items() if is_total(n)), default=None)
    return {p: n for p, n in side.items() if last is None or p <= last or (n and n in other)}


def _totals(sheet: Sheet, values: np.ndarray, rows: dict[int, str], columns: dict[int, str]) -> list[Message]:
    """Printed totals that are not the sum of their cells."""
    out = []
    inner = [[k for k, n in enumerate(side.values()) if not is_total(n)] for side in (rows, columns)]
    at = [list(rows), list(columns)]
    for axis, side in enumerate((rows, columns)):
        for k, name in enumerate(side.values()):
            if not is_total(name):
                continue
            block = values if axis == 0 else values.T
            for j in inner[1 - axis]:
                cells = block[inner[axis], j]
                found, size = float(cells.sum()), float(np.abs(cells).sum())
                if not abs(block[k, j] - found) <= ROUNDING * size:
                    where = (at[0][k], at[1][j]) if axis == 0 else (at[0][j], at[1][k])
                    place = sheet.place(*where)
                    out.append(message("SAM130", place=place, want=float(block[k, j]), found=found))
    return out

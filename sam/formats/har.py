"""GEMPACK header array files (HAR) that hold a SAM.

Read: a real header of two dimensions over one set (``table`` names it where there are several), as ``REFULL`` or
``RESPSE``; labels are those of the set. Written: header ``SAM`` over the set ``ACC``, sparse where that is smaller;
``NAME`` with the accounts in full, for a label of a set has twelve letters, digits or underscores at most; ``ABOU``
with unit, year and so on. Reals have 32 bits: where a value needs more, ``SAM2`` and ``SAM3`` hold what ``SAM`` leaves
over, so that reading adds up to the very number. The records are in :mod:`sam.formats.har_records`.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cgebase.errors import SAMError
from cgebase.messages import Message, joined, message
from sam.formats.base import (
    KEYS,
    Table,
    about_rows,
    accounts_of,
    cells_of,
    label_fault,
    one_sided,
    pick,
    refuse,
    triples,
)  # fmt: skip
from sam.formats.cells import RULES, Rules, label
from sam.formats.har_records import LABEL, HarSet, Header, read_headers
from sam.formats.har_write import MOST_BYTES, write_headers
from sam.formats.sheets import read_bytes, refuse_workbook
from sam.matrix import SAM

RESTS = ("SAM2", "SAM3")
COEFFICIENT = "SAMREST"


class Har:
    """Header array file."""

    name = "har"
    extensions: tuple[str, ...] = (".har",)
    labels = ""
    writes = True

    def read(
        self, path: Path, *, table: str | None = None, year: int | None = None, rules: Rules = RULES
    ) -> Table:
        """Cells by label; a value of the file is a number or a fault, so ``rules`` do not matter."""
        data = read_bytes(path)
        refuse_workbook(path, data, "HAR")
        remarks: list[Message] = []
        headers = read_headers(path, data, remarks)
        fitting = [n for n, h in headers.items() if _square(h) and h.coefficient != COEFFICIENT]
        name = pick(path.name, table, list(headers), fitting)
        header = headers[name]
        if not _square(header):
            raise SAMError(message("SAM139", file=path.name, header=name, kind=header.kind, rank=header.values.ndim))
        faults: list[Message] = []
        about = _about(path.name, headers["ABOU"], faults) if "ABOU" in headers and name == "SAM" else []
        full = headers.get("NAME") if about else None
        sides = [_names(path.name, name, s, full, faults) for s in header.sets]
        faults += one_sided(*({n: f"{path.name} {name}" for n in side} for side in sides))
        values = header.values.astype(float)
        for rest in (headers[n] for n in RESTS if about and n in headers):
            if rest.values.shape != values.shape or rest.kind != "RE":
                faults.append(message("SAM139.rest", file=path.name, header=rest.name))
            else:
                values = values + rest.values
        for i, j in np.argwhere(~np.isfinite(values)):
            place = f"{path.name} {name}({sides[0][i]},{sides[1][j]})"
            faults.append(message("SAM120.finite", place=place, value=values[i, j]))
        refuse(path.name, faults)
        cells = ((sides[0][i], sides[1][j], float(values[i, j])) for i, j in zip(*np.nonzero(values), strict=True))
        return Table(path.name, cells_of(cells), tuple(about), exact=True, remarks=tuple(remarks))

    def write(self, sam: SAM, path: Path) -> None:
        """Headers ``SAM``, ``NAME``, ``ABOU``, and the rests where there are any."""
        names = accounts_of(sam.cells)
        at = {n: k for k, n in enumerate(names)}
        codes = HarSet("ACC", _codes(names))
        parts, faults = _parts(sam)
        about = [f"{key}={text}" for key, text in about_rows(sam)]
        wide = [t for t in (*about, *names) if len(t.encode("utf-8")) > MOST_BYTES]
        faults += [message("SAM147.long", text=t[:40], most=MOST_BYTES) for t in wide]
        if faults:
            raise SAMError(joined(message("SAM132.head", format=self.name, count=len(faults)), faults))
        headers = []
        for k, part in enumerate(parts):
            values = np.zeros((len(names), len(names)), np.float32)
            for (r, c, _), x in zip(triples(sam.cells), part.tolist(), strict=True):
                values[at[r], at[c]] = x
            text = f"SAM, {sam.unit}, {sam.year}" if k == 0 else f"what SAM leaves over, part {k}"
            coefficient, sparse = ("SAM", COEFFICIENT)[k > 0], 2 * np.count_nonzero(values) < values.size
            headers.append(
                Header(("SAM", *RESTS)[k], "RE", values, _short(text), coefficient, (codes, codes), bool(sparse))
            )
        headers.append(Header("NAME", "1C", np.array(names, dtype=object), "accounts of the set ACC in full"))
        headers.append(Header("ABOU", "1C", np.array(about, dtype=object), "unit, year and history of the SAM"))
        write_headers(path, headers)


def _square(header: Header) -> bool:
    sets = header.sets
    return len(sets) == 2 and bool(sets[0].labels) and bool(sets[1].labels) and header.values.ndim == 2


def _short(text: str) -> str:
    return text.encode("utf-8")[:70].decode("utf-8", "ignore")


def _about(file: str, header: Header, faults: list[Message]) -> list[tuple[str, str]]:
    out = []
    for line in header.values:
        key, mark, text = str(line).partition("=")
        if key in KEYS and mark:
            out.append((key, text))
        else:
            faults.append(message("SAM139.about", file=file, line=str(line)[:40]))
    return out


def _names(file: str, header: str, side: HarSet, full: Header | None, faults: list[Message]) -> list[str]:
    """Accounts of one dimension."""
    names = list(side.labels)
    if full is not None and len(full.values) == len(names):
        names = [str(x) for x in full.values]
    elif full is not None:
        faults.append(message("SAM139.rest", file=file, header="NAME"))
    seen: dict[str, str] = {}
    for k, text in enumerate(names):
        fault = label_fault(label(text, narrow=False), f"{file} {header} {side.name}[{k + 1}]", seen)
        if fault is not None:
            faults.append(fault)
    return names


def _codes(names: list[str]) -> tuple[str, ...]:
    """Labels that GEMPACK takes: twelve letters, digits, underscores; different without regard to case."""
    out: dict[str, None] = {}
    used: set[str] = set()
    for k, name in enumerate(names, start=1):
        code = re.sub("[^A-Za-z0-9_]", "_", name)
        if not code[0].isalpha():
            code = "A" + code
        if len(code) > LABEL or code.lower() in used:
            tail = f"_{k}"
            code = code[: LABEL - len(tail)] + tail
        while code.lower() in used:
            code = f"Z{len(used)}"[:LABEL]
        used.add(code.lower())
        out[code] = None
    return tuple(out)


def _parts(sam: SAM) -> tuple[list[np.ndarray], list[Message]]:
    """Values as the sum of up to three arrays of 32-bit reals, and the cells for which that is not enough."""
    left = sam.cells["value"].to_numpy(float).copy()
    found = np.zeros_like(left)
    parts: list[np.ndarray] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(1 + len(RESTS)):
            part = left.astype(np.float32)
            parts.append(part)
            found, left = found + part, left - part
            if not left.any():
                break
    wrong = np.flatnonzero(found != sam.cells["value"].to_numpy(float))
    rows = triples(sam.cells)
    return parts, [message("SAM147", row=rows[k][0], column=rows[k][1], value=rows[k][2]) for k in wrong]

"""Headers written as records of a HAR file; the layout is in :mod:`sam.formats.har_records`."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cgebase.whole import whole
from sam.formats.har_records import BLANK, LABEL, LONG, NUMBERS, RANK, Header

MOST_BYTES = 29_984
"""Of one record, counts apart; some programs read no more."""
Span = tuple[tuple[int, int], tuple[int, int]]
"""First and last row, first and last column, from 1."""


def write_headers(path: Path, headers: Sequence[Header]) -> None:
    """Write a file of headers; every field must fit, which the caller sees to."""
    with whole(path) as part, part.open("wb") as file:
        for header in headers:
            for record in (header.name.encode("ascii").ljust(4), *(BLANK + r for r in _records(header))):
                count = struct.pack("<i", len(record))
                file.write(count + record + count)


def _fixed(text: str, size: int) -> bytes:
    raw = text.encode("utf-8")
    if len(raw) > size:
        raise ValueError(f"{text!r} is longer than {size} bytes")
    return raw.ljust(size)


def _ints(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def _records(header: Header) -> Iterator[bytes]:
    values, kind = header.values, header.kind
    storage = b"SPSE" if header.sparse else b"FULL"
    start = kind.encode("ascii") + storage + _fixed(header.text, LONG)
    if kind == "1C":
        raw = [str(x).encode("utf-8") for x in values]
        width = max([len(x) for x in raw], default=1) or 1
        yield start + _ints(2, len(raw), width)
        yield from _text_records(raw, width)
    elif kind[0] == "2":
        matrix = np.atleast_2d(values.T).T
        yield start + _ints(2, *matrix.shape)
        spans = _spans(*matrix.shape)
        for k, (rows, columns) in enumerate(spans):
            block = matrix[rows[0] - 1 : rows[1], columns[0] - 1 : columns[1]].astype(NUMBERS[kind])
            yield _ints(len(spans) - k, *matrix.shape, *rows, *columns) + block.tobytes(order="F")
    else:
        shape = (*values.shape, *[1] * (RANK - values.ndim))
        yield start + _ints(RANK, *shape)
        if kind == "RE":
            yield from _set_records(header)
        flat = values.astype("<f4").ravel(order="F")
        yield from _sparse_records(flat) if header.sparse else _full_records(flat, shape)


def _text_records(raw: Sequence[bytes], width: int) -> Iterator[bytes]:
    step = max(1, MOST_BYTES // width)
    parts = [raw[k : k + step] for k in range(0, len(raw), step)] or [[]]
    for k, part in enumerate(parts):
        yield _ints(len(parts) - k, len(raw), len(part)) + b"".join(x.ljust(width) for x in part)


def _spans(rows: int, columns: int, *, wide: bool = True) -> list[Span]:
    """Whole columns where they fit in a record, several if ``wide``; else parts of one column."""
    step = MOST_BYTES // 4
    if rows <= step:
        across = step // max(rows, 1) if wide else 1
        return [((1, rows), (c + 1, min(c + across, columns))) for c in range(0, columns, across)]
    return [((r + 1, min(r + step, rows)), (c + 1, c + 1)) for c in range(columns) for r in range(0, rows, step)]


def _set_records(header: Header) -> Iterator[bytes]:
    sets = header.sets
    known = {s.name: s.labels for s in sets if s.labels}
    names = b"".join(_fixed(s.name, LABEL) for s in sets)
    status = b"".join(b"k" if s.labels else b"u" for s in sets)
    yield (
        _ints(len(known), 1, len(sets)) + _fixed(header.coefficient, LABEL) + _ints(1) + names + status
        + _ints(*[0] * len(sets), 0)
    )  # fmt: skip
    for labels in known.values():
        yield from _text_records([_fixed(x, LABEL) for x in labels], LABEL)


def _full_records(flat: np.ndarray, shape: Sequence[int]) -> Iterator[bytes]:
    rows, columns = shape[0], math.prod(shape[1:])
    two, small = math.prod(shape[2:]) == 1, flat.size * 4 <= MOST_BYTES
    # a block is a box in seven dimensions: all of it, whole columns of a matrix, or one column of more dimensions
    spans: list[Span] = [((1, rows), (1, columns))] if small else _spans(rows, columns, wide=two)
    matrix = flat.reshape((rows, columns), order="F")
    yield _ints(2 * len(spans) + 1, RANK, *shape)
    for k, (down, across) in enumerate(spans):
        left = 2 * (len(spans) - k)
        first, last = (np.unravel_index(c - 1, shape[1:], order="F") for c in across)
        limits = [int(x) + 1 for pair in zip(first, last, strict=True) for x in pair]
        yield _ints(left, *down, *limits)
        yield _ints(left - 1) + matrix[down[0] - 1 : down[1], across[0] - 1 : across[1]].tobytes(order="F")


def _sparse_records(flat: np.ndarray) -> Iterator[bytes]:
    at = np.flatnonzero(flat)
    yield _ints(len(at), 4, 4) + b" " * 80
    step = MOST_BYTES // 8
    parts = [at[k : k + step] for k in range(0, len(at), step)] or [at]
    for k, part in enumerate(parts):
        yield _ints(len(parts) - k, len(at), len(part)) + (part + 1).astype("<i4").tobytes() + flat[part].tobytes()

"""Header array (HAR) files of GEMPACK: the records, and how headers are read from them.

The layout was found by writing small files with an independent program and looking at the bytes; ``2R`` is taken to be
like ``2I``, and a set of status ``e`` to list its element, which that program does not write. A file is a chain of
Fortran sequential unformatted records: a byte count (32 bits, little-endian), the bytes, the count again. All records
but the name of a header start with four blanks.

====================  ==============================================================================================
record                bytes after the blanks
====================  ==============================================================================================
name                  four characters
description           kind (2), storage ``FULL`` or ``SPSE``, long name (70), rank, that many extents
``1C`` text           records left, strings in all, strings here, strings of the second extent
``2I`` ``2R`` matrix  records left, both extents, first and last row, first and last column, the block by columns
``RE`` sets           labelled sets, 1, rank, coefficient (12), 1, names of sets (12 each), a status each (``k``
                      labelled, ``e`` one element, ``u`` no labels), a number each, elements named here, their labels;
                      then the labels of each distinct ``k`` set like ``1C``, 12 characters wide
``RE`` ``RL`` full    records left, 7, seven extents; then pairs: records left, first and last position in each of
                      seven extents; records left, the block by columns
sparse                number of values, 4, 4, blanks (80); then records left, number, number here, positions counted
                      from 1 by columns, values
====================  ==============================================================================================

:mod:`sam.formats.har_write` writes all kinds of the table. Numbers have 32 bits.
History headers (``XXCD``, ``XXHS``) are text like any other. A header over an empty set, as solution files have, is
read as empty and its records are passed over. What ends a header is that its values are complete; some writers count
the records left otherwise than GEMPACK, which is remarked. Big-endian files and kinds not listed are refused.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cgebase.errors import SAMError
from cgebase.messages import Message, message

BLANK = b"    "
RANK, LABEL, LONG = 7, 12, 70
MOST_VALUES = 200_000_000
NUMBERS = {"2I": "<i4", "2R": "<f4", "RE": "<f4", "RL": "<f4"}


@dataclass(frozen=True)
class HarSet:
    """One dimension: set name, labels (empty where the file names none)."""

    name: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Header:
    """One header.

    Parameters
    ----------
    name : str
        At most four characters.
    kind : {"1C", "2I", "2R", "RE", "RL"}
        Text, integers, reals, reals with sets, reals of up to seven dimensions without.
    values : ndarray
        Of text (one dimension), int32 or float32.
    text : str
        Long name, at most 70 bytes.
    coefficient : str
        At most twelve; ``RE`` only.
    sets : tuple of HarSet
        One for each dimension; ``RE`` only.
    sparse : bool
        Stored by position; reals only.
    """

    name: str
    kind: str
    values: np.ndarray
    text: str = ""
    coefficient: str = ""
    sets: tuple[HarSet, ...] = field(default=())
    sparse: bool = False


class _Chain:
    """Records of a file one after another; faults name the header and the byte at which the record starts."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file, self.data, self.at, self.header, self.start = file, data, 0, "", 0
        self.miscounted: dict[str, None] = {}

    def fault(self, key: str, **facts: object) -> SAMError:
        what = message(key, **facts)
        return SAMError(message("SAM145", file=self.file, header=self.header or "-", offset=self.start, what=what))

    def record(self) -> bytes:
        """Bytes of the next record without its counts."""
        self.start = self.at
        if self.at + 4 > len(self.data):
            raise self.fault("SAM145.end", size=len(self.data))
        (size,) = struct.unpack_from("<i", self.data, self.at)
        stop = self.at + 4 + size
        if size < 0 or stop + 4 > len(self.data):
            raise self.fault("SAM145.length", length=size, left=len(self.data) - self.at - 4)
        (again,) = struct.unpack_from("<i", self.data, stop)
        if again != size:
            raise self.fault("SAM145.marker", length=size, again=again)
        self.at = stop + 4
        return self.data[stop - size : stop]

    def pass_over(self) -> None:
        """Go to the next name of a header: only names are records of four bytes."""
        while self.at < len(self.data):
            before = self.at
            if len(self.record()) == len(BLANK):
                self.at = before
                return

    def body(self) -> _Body:
        """Next record that starts with blanks."""
        found = self.record()
        if found[:4] != BLANK:
            raise self.fault("SAM145.blanks")
        return _Body(self, found)


class _Body:
    """Fields of one record in order."""

    def __init__(self, chain: _Chain, data: bytes) -> None:
        self.chain, self.data, self.at = chain, data, 4

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise self.chain.fault("SAM145.short", length=len(self.data), want=self.at + size)
        self.at += size
        return self.data[self.at - size : self.at]

    def ints(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}i", self.take(4 * count))

    def text(self, size: int) -> str:
        raw = self.take(size)
        try:
            return raw.decode("utf-8").rstrip(" \0")
        except UnicodeDecodeError as error:
            raise self.chain.fault("SAM145.text", bytes=raw[:20].hex(" ")) from error

    def numbers(self, kind: str, count: int) -> np.ndarray:
        return np.frombuffer(self.take(4 * count), dtype=kind)

    def end(self) -> None:
        if self.at != len(self.data):
            raise self.chain.fault("SAM145.long", length=len(self.data), want=self.at)


def read_headers(path: Path, data: bytes, remarks: list[Message] | None = None) -> dict[str, Header]:
    """Headers by name in their order.

    Parameters
    ----------
    remarks : list, optional
        Takes what was read although its writer counts records otherwise.

    Raises
    ------
    SAMError
        The first broken record, with its header and byte: nothing after it can be trusted.
    """
    chain = _Chain(path.name, data)
    out: dict[str, Header] = {}
    if data[:4] == b"\0\0\0\4":
        raise chain.fault("SAM145.endian")
    while chain.at < len(data):
        chain.header = ""
        name = chain.record()
        if len(name) != 4 or not all(32 <= b < 127 for b in name) or not name.strip():
            raise chain.fault("SAM145.name", bytes=name[:12].hex(" "))
        chain.header = name.decode("ascii").strip()
        if chain.header in out:
            raise chain.fault("SAM145.twice")
        out[chain.header] = _header(chain)
    if chain.miscounted and remarks is not None:
        first = next(iter(chain.miscounted))
        remarks.append(message("SAM145.counted", file=path.name, header=first, count=len(chain.miscounted)))
    return out


def _header(chain: _Chain) -> Header:
    body = chain.body()
    kind, storage, text = body.text(2), body.text(4), body.text(LONG)
    (rank,) = body.ints(1)
    if kind not in ("1C", *NUMBERS) or storage not in ("FULL", "SPSE") or (storage == "SPSE" and kind[0] != "R"):
        raise chain.fault("SAM145.kind", kind=kind, storage=storage)
    if rank != (RANK if kind[0] == "R" else 2):
        raise chain.fault("SAM145.rank", rank=rank)
    shape = body.ints(rank)
    body.end()
    if min(shape) < 0 or math.prod(shape) > MOST_VALUES:
        raise chain.fault("SAM145.shape", shape=" x ".join(map(str, shape)))
    if storage == "FULL" and math.prod(shape) > len(chain.data):
        raise chain.fault("SAM145.count", found=len(chain.data) - chain.at, want=math.prod(shape))
    name = chain.header
    if kind == "1C":
        return Header(name, kind, np.array(_strings(chain, shape[0], shape[1]), dtype=object), text)
    if not math.prod(shape):
        chain.pass_over()
        return Header(name, kind, np.zeros(shape, NUMBERS[kind]), text, sparse=storage == "SPSE")
    if kind[0] == "2":
        return Header(name, kind, _matrix(chain, NUMBERS[kind], (shape[0], shape[1])), text)
    coefficient, sets = _sets(chain, shape) if kind == "RE" else ("", ())
    values = _positions(chain, shape) if storage == "SPSE" else _blocks(chain, shape)
    depth = len(sets) if kind == "RE" else max((k + 1 for k, n in enumerate(shape) if n != 1), default=1)
    if math.prod(shape[depth:]) != 1:
        raise chain.fault("SAM145.rank", rank=depth)
    return Header(name, kind, values.reshape(shape[:depth], order="F"), text, coefficient, sets, storage == "SPSE")


def _countdown(chain: _Chain, done: Callable[[], bool]) -> Iterator[_Body]:
    """Records that count how many are left, this one included, until ``done``."""
    left = 0
    while not left or not done():
        body = chain.body()
        (found,) = body.ints(1)
        if found < 1:
            raise chain.fault("SAM145.left", found=found, want=max(left - 1, 1))
        if left and found != left - 1:
            chain.miscounted[chain.header] = None
        left = found
        yield body
        body.end()
    if left != 1:
        chain.miscounted[chain.header] = None


def _strings(chain: _Chain, count: int, width: int) -> list[str]:
    out: list[str] = []
    records = _countdown(chain, lambda: len(out) >= count)
    for body in records:
        total, here = body.ints(2)
        if total != count or here < 0:
            raise chain.fault("SAM145.count", found=total, want=count)
        out += [body.text(width) for _ in range(here)] if width else [""] * min(here, count)
    if len(out) != count:
        raise chain.fault("SAM145.count", found=len(out), want=count)
    return out


def _matrix(chain: _Chain, kind: str, shape: tuple[int, int]) -> np.ndarray:
    out = np.zeros(shape, kind)
    done = 0
    records = _countdown(chain, lambda: done >= out.size)
    for body in records:
        extents, (r0, r1, c0, c1) = body.ints(2), body.ints(4)
        if extents != shape or not (1 <= r0 <= r1 <= shape[0] and 1 <= c0 <= c1 <= shape[1]):
            raise chain.fault("SAM145.shape", shape=" x ".join(map(str, (*extents, r0, r1, c0, c1))))
        size = (r1 - r0 + 1, c1 - c0 + 1)
        out[r0 - 1 : r1, c0 - 1 : c1] = body.numbers(kind, math.prod(size)).reshape(size, order="F")
        done += math.prod(size)
    if done != math.prod(shape):
        raise chain.fault("SAM145.count", found=done, want=math.prod(shape))
    return out


def _sets(chain: _Chain, shape: Sequence[int]) -> tuple[str, tuple[HarSet, ...]]:
    body = chain.body()
    _, _, rank = body.ints(3)
    coefficient = body.text(LABEL)
    body.ints(1)
    if not 0 <= rank <= RANK:
        raise chain.fault("SAM145.rank", rank=rank)
    names = [body.text(LABEL) for _ in range(rank)]
    status = body.text(rank)
    body.ints(rank)
    (count,) = body.ints(1)
    elements = [body.text(LABEL) for _ in range(count)]
    body.end()
    if len(status) != rank or set(status) - set("keu"):
        raise chain.fault("SAM145.status", status=status)
    known: dict[str, tuple[str, ...]] = {}
    out = []
    for k, name in enumerate(names):
        labels: tuple[str, ...] = ()
        if status[k] == "k":
            if name not in known:
                known[name] = tuple(_strings(chain, shape[k], LABEL))
            labels = known[name]
        elif status[k] == "e" and elements:
            labels = (elements.pop(0),)
        if labels and len(labels) != shape[k]:
            raise chain.fault("SAM145.count", found=len(labels), want=shape[k])
        out.append(HarSet(name, labels))
    return coefficient, tuple(out)


def _blocks(chain: _Chain, shape: Sequence[int]) -> np.ndarray:
    out = np.zeros(math.prod(shape), "<f4").reshape(shape, order="F")
    done = 0
    records = _countdown(chain, lambda: done >= out.size)
    first = next(records)
    rank, *extents = first.ints(1 + RANK)
    if rank != RANK or extents != list(shape):
        raise chain.fault("SAM145.shape", shape=" x ".join(map(str, extents)))
    for where in records:
        limits = where.ints(2 * RANK)
        pairs = [(limits[2 * k], limits[2 * k + 1]) for k in range(RANK)]
        if any(not 1 <= a <= b <= n for (a, b), n in zip(pairs, shape, strict=True)):
            raise chain.fault("SAM145.shape", shape=", ".join(f"{a}-{b}" for a, b in pairs))
        size = [b - a + 1 for a, b in pairs]
        values = next(records, None)
        if values is None:
            raise chain.fault("SAM145.left", found=0, want=1)
        block = values.numbers("<f4", math.prod(size)).reshape(size, order="F")
        out[tuple(slice(a - 1, b) for a, b in pairs)] = block
        done += block.size
    if done != out.size:
        raise chain.fault("SAM145.count", found=done, want=out.size)
    return out


def _positions(chain: _Chain, shape: Sequence[int]) -> np.ndarray:
    out = np.zeros(math.prod(shape), "<f4")
    body = chain.body()
    count, *widths = body.ints(3)
    body.take(80)
    body.end()
    if widths != [4, 4] or not 0 <= count <= out.size:
        raise chain.fault("SAM145.count", found=count, want=f"<= {out.size}")
    seen = np.zeros(out.size, bool)
    records = _countdown(chain, lambda: int(seen.sum()) >= count)
    for record in records:
        total, here = record.ints(2)
        if total != count or not 0 <= here <= count:
            raise chain.fault("SAM145.count", found=total, want=count)
        index = record.numbers("<i4", here).astype(int) - 1
        values = record.numbers("<f4", here)
        if here and (index.min() < 0 or index.max() >= out.size or seen[index].any() or len(set(index)) != here):
            raise chain.fault("SAM145.position")
        seen[index] = True
        out[index] = values
    if seen.sum() != count:
        raise chain.fault("SAM145.count", found=int(seen.sum()), want=count)
    return out.reshape(shape, order="F")

"""Broken files, made by rule: each is refused with a code and a place, or reads as the very table it was."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from made_files import ENDINGS, GDX, WHY_NO_GDX, content, sam
from openpyxl import load_workbook

from cgebase.errors import SAMError
from cgebase.messages import Message
from sam.formats import read_sam, write_sam

BAD = ("1.234,5", "#REF!", "#N/A", "nan", "inf", "-inf", "1e999", "abc", "12%", "3亿", "…", "n.a.", "1,23", "--5",
       "５①", "0x1F", "1_0", "TRUE", "2021-01-02", "'", "5-", "9" * 400)  # fmt: skip
Variant = tuple[str, bytes]


def numbers(data: bytes) -> Iterator[Variant]:
    """Damage that any file may suffer."""
    draw = random.Random(len(data))
    for k in range(10):
        yield f"cut {k}", data[: len(data) * k // 10]
    for k in range(20):
        at = draw.randrange(len(data))
        yield f"bit {k}", data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
    for k in range(6):
        at, size = draw.randrange(len(data)), draw.randrange(1, 40)
        yield f"lost {k}", data[:at] + data[at + size :]
        yield f"zeros {k}", data[:at] + bytes(size) + data[at + size :]
        yield f"noise {k}", data[:at] + draw.randbytes(size) + data[at:]
    yield "twice", data + data
    yield "tail", data + b"\r\n\r\n"
    yield "mark", b"\xef\xbb\xbf" + data
    yield "page", b"<!DOCTYPE html><table><tr><td>1</td></tr></table>"


def texts(data: bytes) -> Iterator[Variant]:
    """Damage to lines and cells of CSV."""
    text = data.decode("utf-8-sig")
    lines = text.splitlines()
    for code in ("utf-8", "gb18030", "utf-16", "utf-32"):
        yield code, text.encode(code)
    yield "latin-1", (text + "é").encode("latin-1", "replace")
    yield "line ends", text.replace("\r\n", "\n").encode()
    yield "old line ends", text.replace("\r\n", "\r").encode()
    yield "semicolons", text.replace(",", ";").encode()
    yield "quote", text.replace(",", ',"', 1).encode()
    for k in range(len(lines)):
        for what, changed in (
            ("gone", lines[:k] + lines[k + 1 :]), ("twice", [*lines[: k + 1], *lines[k:]]),
            ("cut", [*lines[:k], lines[k][: len(lines[k]) // 2], *lines[k + 1 :]]),
            ("swapped", [*lines[:k], *lines[k : k + 2][::-1], *lines[k + 2 :]]),
        ):  # fmt: skip
            yield f"line {k} {what}", "\r\n".join([*changed, ""]).encode()
    for k, bad in enumerate(BAD):
        at = [m for m in re.finditer(r"(?<=,)-?[0-9.e+-]+(?=[,\r])", text) if m.start() > text.index("check")]
        hit = at[k % len(at)]
        yield f"number {bad[:9]}", f'{text[: hit.start()]}"{bad}"{text[hit.end() :]}'.encode()
    for old, new in (("act:", "akt:"), ("A-", "B-"), ("com:agr", "com:ind"), ("1e8 CNY", ""), ("2021", "twenty"),
                     ("unit", "units"), ("row", "rwo"), ("value", "values"), ("HR", "")):  # fmt: skip
        yield f"{old} to {new}", text.replace(old, new, 1).encode()
        yield f"every {old} to {new}", text.replace(old, new).encode()


def books(data: bytes) -> Iterator[Variant]:
    """Damage to cells, sheets and parts of a workbook."""

    def saved(change: Callable[[Any], object]) -> bytes:
        book = load_workbook(io.BytesIO(data))
        change(book)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    first = [c for row in load_workbook(io.BytesIO(data))["sam"] for c in row if isinstance(c.value, int | float)]
    for k, bad in enumerate((*BAD, True, "=1+1", "", None)):
        at = first[k % len(first)].coordinate
        yield f"cell {str(bad)[:9]}", saved(lambda b, at=at, bad=bad: setattr(b["sam"][at], "value", bad))
    yield "hidden", saved(lambda b: setattr(b["sam"], "sheet_state", "hidden") or b.create_sheet("x"))
    yield "renamed", saved(lambda b: setattr(b["sam"], "title", "Tabelle1"))
    yield "second sheet", saved(lambda b: b.create_sheet("x").append([1]))
    yield "second sheet first", saved(lambda b: b.create_sheet("x", 0).append([1]))
    yield "blank sheet", saved(lambda b: b.create_sheet("x"))
    for k in range(1, 14):
        yield f"row {k} gone", saved(lambda b, k=k: b["sam"].delete_rows(k))
        yield f"row {k} blank", saved(lambda b, k=k: b["sam"].insert_rows(k))
    for k in range(1, 4):
        yield f"column {k} gone", saved(lambda b, k=k: b["sam"].delete_cols(k))
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    for name in parts:
        yield f"no {name}", _zipped({n: x for n, x in parts.items() if n != name})
        yield f"half {name}", _zipped(parts | {name: parts[name][: len(parts[name]) // 2]})
    page, text = "xl/worksheets/sheet1.xml", parts["xl/worksheets/sheet1.xml"]
    for was, now in ((b"<v>", b"<w>"), (b't="s"', b't="e"'), (b't="s"', b't="n"'), (b'r="A8"', b'r="A9"'),
                     (b"</row>", b""), (b"<v>1", b"<v>nan"), (b"<v>1", b"<v>x"), (b"<dimension", b"<dimensoin"),
                     (b't="s"><v>', b't="s"><v>9'), (b"sheetData", b"sheetDate")):  # fmt: skip
        yield f"{was!r} to {now!r}", _zipped(parts | {page: text.replace(was, now, 1)})
        yield f"every {was!r} to {now!r}", _zipped(parts | {page: text.replace(was, now)})


def _zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


def headers(data: bytes) -> Iterator[Variant]:
    """Damage to records of HAR that keeps their counts right, and to the counts."""
    records, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<i", data, at)
        records.append(data[at + 4 : at + 4 + size])
        at += 8 + size

    def joined(found: list[bytes]) -> bytes:
        return b"".join(struct.pack("<i", len(r)) + r + struct.pack("<i", len(r)) for r in found)

    yield "as it is", joined(records)
    yield "big-endian", struct.pack(">i", 4) + data[4:]
    draw = random.Random(5)
    for k, record in enumerate(records):
        others = records[:k], records[k + 1 :]
        size = len(record)
        changed = bytearray(record)
        changed[draw.randrange(min(4, size), size) if size > 4 else 0] ^= 1 << draw.randrange(7)
        for what, here in (
            ("gone", []), ("twice", [record, record]), ("short", [record[:-4]]), ("long", [record + bytes(4)]),
            ("last", [record[:-4] + struct.pack("<i", -1)]), ("nan", [record[:-4] + struct.pack("<f", float("nan"))]),
            ("first", [record[:4] + struct.pack("<i", 7) + record[8:]]), ("bit", [bytes(changed)]),
            ("letters", [record[: size // 2] + b"\xff\xfe" + record[size // 2 + 2 :]]),
        ):  # fmt: skip
            yield f"record {k} {what}", joined([*others[0], *here, *others[1]])


READERS = ("square", "long", "har")
BROKEN = [(n, e) for n, e in ENDINGS if n in READERS or e == ".csv"]
OWN = {".csv": texts, ".xlsx": books, ".har": headers}


@cache
def whole(name: str, ending: str, folder: Path) -> bytes:
    path = folder / f"whole-{name}{ending}"
    write_sam(sam(), path, name)
    return path.read_bytes()


def close(found: Any, exact: bool) -> bool:
    """Whether a table is the one written; programs that keep 15 digits may have touched text, remarks may follow."""
    cells, *about, history = content(found)
    want, *said, told = content(sam())
    off = 0.0 if exact else 1e-10
    if history[: len(told)] != told or not all(x.startswith("broken.") for x in history[len(told) :]):
        return False
    assert isinstance(cells, dict) and isinstance(want, dict)
    return about == said and set(cells) == set(want) and all(abs(cells[k] - v) <= off * abs(v) for k, v in want.items())


def judged(name: str, path: Path, content_: bytes, exact: bool) -> str:
    """What came of one variant: ``same``, ``refused``, or what is wrong with the answer."""
    path.write_bytes(content_)
    try:
        return "same" if close(read_sam(path, name), exact) else "silently another table"
    except SAMError as error:
        said = error.args[0]
        sound = isinstance(said, Message) and re.fullmatch("SAM1[2-5][0-9]|SAM490", said.code) and path.name in said
        return "refused" if sound and path.name in said.zh and len(said) < 20_000 else f"poor message: {said}"


def corpus(name: str, ending: str, data: bytes) -> dict[str, bytes]:
    """All variants; of layouts that share the reader of ``square`` every fourth, and no workbooks."""
    every = dict([*numbers(data), *OWN[ending](data)])
    return every if name in READERS else dict(list(every.items())[::4])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ending"), BROKEN)
def test_broken_files(name: str, ending: str, tmp_path: Path) -> None:
    data = whole(name, ending, tmp_path)
    judged_ = {
        what: judged(name, tmp_path / f"broken{ending}", broken, ending == ".har")
        for what, broken in corpus(name, ending, data).items()
    }
    assert {k: v for k, v in judged_.items() if v not in ("same", "refused")} == {}
    assert list(judged_.values()).count("refused") > 0.5 * len(judged_)


def test_the_corpus_is_large(tmp_path: Path) -> None:
    count = sum(len(corpus(n, e, whole(n, e, tmp_path))) for n, e in BROKEN if e != ".xlsx")
    assert count >= 700


def test_files_under_the_wrong_name(tmp_path: Path) -> None:
    wrong = {
        (name, other): judged(name, tmp_path / f"x{e}", whole(other, e, tmp_path), False)
        for name, _ in ENDINGS
        for other, e in ENDINGS
        if name != other
    }
    # labels of that layout are names like any other to `square`
    assert {k: v for k, v in wrong.items() if v != "refused"} == {("square", "ifpri"): "silently another table"}


@pytest.mark.skipif(not GDX, reason=WHY_NO_GDX)
@pytest.mark.slow
def test_broken_gdx(tmp_path: Path) -> None:
    data = whole("gdx", ".gdx", tmp_path)
    some = {k: v for i, (k, v) in enumerate(numbers(data)) if i % 4 == 0}
    found = {k: judged("gdx", tmp_path / "broken.gdx", v, True) for k, v in some.items()}
    assert {k: v for k, v in found.items() if v not in ("same", "refused")} == {}

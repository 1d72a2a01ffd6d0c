"""Digests: one name for the same content, another for any other; keys of all that is kept to be used again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np


def digest(*parts: object) -> str:
    """SHA-256 in hexadecimal of texts, numbers, arrays, and of lists and tables (in any order) of them.

    Arrays count bit for bit with type and shape. Every part is framed, so that no two different contents are written
    the same way.

    Raises
    ------
    TypeError
        A part is of another kind: what it is cannot be told from its bytes.
    """
    hashed = hashlib.sha256()
    for piece in _pieces(parts):
        hashed.update(f"{len(piece)}:".encode())
        hashed.update(piece)
    return hashed.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pieces(part: object) -> Iterator[bytes]:
    if isinstance(part, str):
        yield from (b"text", part.encode("utf-8", "surrogatepass"))
    elif isinstance(part, bytes):
        yield from (b"bytes", part)
    elif part is None or isinstance(part, bool | int | float):
        yield from (type(part).__name__.encode(), repr(part).encode())
    elif isinstance(part, np.ndarray | np.generic):
        array = np.ascontiguousarray(part)
        yield from (f"{array.dtype.str}{np.shape(part)}".encode(), array.tobytes())
    elif isinstance(part, Mapping):
        yield f"table {len(part)}".encode()
        for key in sorted(part):
            yield from _pieces(key)
            yield from _pieces(part[key])
    elif isinstance(part, Sequence):
        yield f"list {len(part)}".encode()
        for piece in part:
            yield from _pieces(piece)
    else:
        raise TypeError(f"no digest of a {type(part).__name__}")

"""Files that appear whole under their name or not at all."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgebase.errors import OutputError
from cgebase.messages import message, reason

PART = ".part"
"""Ending of a file that is being written; before it stand the name it will take and who writes it."""
LEDGER = ".written"
"""What was written into a folder, one path a line, where the folder has such a file."""


@contextmanager
def whole(path: Path, *, lasting: bool = False) -> Iterator[Path]:
    """Path beside ``path`` to write to; it takes the name when the block ends, and is removed when it fails.

    Parameters
    ----------
    lasting : bool
        Have the bytes on the disk before the name: what a digest or a later start relies on after a power cut.

    Raises
    ------
    OSError
        Names ``path``, also where a full disk named nothing.

    Notes
    -----
    No two writers share a part; who comes last, gives the file. Parts of killed processes go with `clear_parts`.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}{PART}")
    try:
        yield part
        if lasting:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        note(path)
        part.replace(path)
    except OSError as error:
        if error.filename in (None, str(part)):
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes, *, lasting: bool = False) -> None:
    """Write a text (UTF-8, line ends as they are) or bytes; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path, lasting=lasting) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def note(path: Path) -> None:
    """Enter what is about to be written in the ledger of the nearest folder around it that keeps one.

    Before and not after, so that nothing a killed process left is missing; one write, which no other process splits.
    """
    for folder in path.absolute().parents:
        if (folder / LEDGER).exists():
            line = path.absolute().relative_to(folder).as_posix() + "\n"
            with (folder / LEDGER).open("ab", buffering=0) as file:
                file.write(line.encode())
            return


def writable(folder: Path) -> None:
    """Make a folder, or say why nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(message("CGE701", folder=folder, reason=reason(error))) from error
    if not os.access(folder, os.W_OK):
        raise OutputError(message("CGE701", folder=folder, reason=message("errno.EACCES")))


def clear_parts(folder: Path, *, older: float = 0.0) -> None:
    """Remove what killed processes left in a folder and below it.

    Parameters
    ----------
    older : float
        Only what nobody has written to for so many seconds; 0 where a lock says that nobody else writes there.
    """
    for part in folder.rglob(f"*{PART}"):
        try:
            if time.time() - part.stat().st_mtime >= older:
                part.unlink()
        except FileNotFoundError:
            continue

"""Folders that appear whole under their name or not at all."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cgebase.whole import PART, note

if sys.platform != "win32":
    import fcntl

AT_FDCWD, RENAME_EXCHANGE = -100, 2
YOUNG = 2.0
"""Seconds in which who has made a folder beside locks it."""


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Empty folder beside ``path`` to write files to; it takes the place of ``path`` when the block ends.

    What stood there goes as a whole, in the same step. When the block fails or the process is killed, it stays.

    Raises
    ------
    OSError
        Names ``path`` in place of the folder beside.

    Notes
    -----
    Who writes holds a lock on the folder beside, so that the next writer knows and removes what a killed one left.
    Linux exchanges two names in one step. Where a system or a disk cannot, the old folder is renamed before the new
    one: a process killed between the two leaves neither under the name, the old one beside, and no mixture.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear(path)
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}{PART}")
    try:
        part.mkdir()
        with _locked(part):
            yield part
            for file in part.iterdir():
                with file.open("rb+") as written:
                    os.fsync(written.fileno())
            note(path)
            if path.exists():
                _exchange(part, path)
            else:
                part.rename(path)
    except OSError as error:
        if error.filename is None or str(part) in str(error.filename):
            error.filename = str(path)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders take each other's name."""
    try:
        names = os.fsencode(one), os.fsencode(other)
        done = ctypes.CDLL(None).renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE) == 0
    except (AttributeError, TypeError):
        done = False
    if not done:
        old = one.with_name(f"{one.stem}-old{PART}")
        other.rename(old)
        one.rename(other)
        old.rename(one)


def _clear(path: Path) -> None:
    """Remove what killed processes left beside a folder, where a lock tells."""
    if sys.platform == "win32":
        return
    for part in path.parent.glob(f"{path.name}.*{PART}"):
        with suppress(OSError):
            if part.is_dir() and time.time() - part.stat().st_mtime > YOUNG:
                with _locked(part):
                    shutil.rmtree(part)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """A lock on a folder, which the system lets go with the process.

    Raises
    ------
    OSError
        Another process holds it.
    """
    if sys.platform == "win32":
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)

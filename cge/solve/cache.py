"""What is used again by later programs: kept where nobody else can write, kernels each with a digest of its bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgebase.digest import digest
from cgebase.errors import CompilationError
from cgebase.messages import Message, message, reason
from cgebase.whole import whole

LETTERS = 64
"""Length of a digest."""
OTHERS = stat.S_IWGRP | stat.S_IWOTH


def cache_dir() -> Path:
    """Folder of what is kept between programs: ``CGE_CACHE`` or the user's cache folder."""
    root = os.environ.get("CGE_CACHE")
    if root:
        return Path(root)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "provincial-cge"


def kernel_dir() -> Path:
    """Folder of compiled kernels."""
    return cache_dir() / "kernels"


def economy_dir() -> Path:
    """Folder of economies that are built for a study."""
    return cache_dir() / "economies"


def state() -> list[Message]:
    """What is wrong with the cache: it cannot be written to, or what is in it is not safe from others."""
    folder = cache_dir()
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    faults = [] if os.access(there, os.W_OK) else [message("cache_locked")]
    for kept_in in (kernel_dir(), economy_dir()):
        if kept_in.exists() and not _is_own(kept_in.stat(), 0):
            faults.append(message("CGE708", folder=kept_in))
        elif kept_in.exists() and not _is_own(kept_in.stat(), OTHERS):
            faults.append(message("cache_open", folder=kept_in))
    return faults


def private(folder: Path) -> None:
    """Have a folder that nobody else can write to.

    Raises
    ------
    CompilationError
        It is another user's, or cannot be made.
    """
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_own(folder.stat(), 0):
        raise CompilationError(message("CGE708", folder=folder))
    if folder.stat().st_mode & OTHERS:
        with _writing(folder):
            folder.chmod(0o700)


def kept(path: Path) -> bytes | None:
    """Content of a file of the cache; None where it is missing, damaged, under another name or open to others."""
    try:
        with path.open("rb") as file:
            own = _is_own(os.fstat(file.fileno()), OTHERS)
            mark, content = file.read(LETTERS), file.read()
    except OSError:
        return None
    return content if own and mark == digest(path.name, content).encode() else None


def keep(path: Path, content: bytes) -> None:
    """Put a file into the cache, whole.

    Raises
    ------
    CompilationError
        The system refuses it.
    """
    with _writing(path.parent), whole(path) as part:
        part.touch(0o600)
        part.write_bytes(digest(path.name, content).encode() + content)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CompilationError(message("CGE708.locked", folder=folder, reason=reason(error))) from error


def _is_own(of: os.stat_result, closed: int) -> bool:
    """Whether a file is one's own or the system's, and closed to others in these ways."""
    if os.name != "posix":
        return True
    return of.st_uid in (os.geteuid(), 0) and not of.st_mode & closed

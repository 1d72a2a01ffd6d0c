"""Which program makes a result: version, commit, and a digest of all that numbers follow from."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

from cgebase.digest import digest, file_digest

ROOT = Path(__file__).parent.parent
PACKAGES = ("cge", "cgebase", "sam")
SHOWING = {"cli", "explain", "report"}
"""Rooms that show numbers and make none."""
ENDINGS = {".py", ".toml", ".csv", ".gz"}


@cache
def program_digest() -> str:
    """Digest of code and shipped data, but for what only shows results."""
    rooms = [ROOT / package for package in PACKAGES]
    files = sorted(p for room in rooms for p in room.rglob("*") if p.suffix in ENDINGS)
    names = {p.relative_to(ROOT).as_posix(): p for p in files if p.relative_to(ROOT).parts[1] not in SHOWING}
    return digest({name: file_digest(path) for name, path in names.items()})


def version() -> str:
    """Version of the installed package; empty where it runs from source without being installed."""
    try:
        return installed("provincial-cge")
    except PackageNotFoundError:
        return ""


def commit() -> tuple[str | None, bool | None]:
    """Commit of the code and whether code or shipped data differ from it; None where it lies in no repository.

    Results and files that the repository does not know say nothing about the code. A package installed inside some
    other repository belongs to none.
    """
    if not _git("ls-files", "--", Path(__file__).name):
        return None, None
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", *(str(ROOT / p) for p in PACKAGES))
    return _git("rev-parse", "HEAD"), bool(changed)


def _git(*words: str) -> str:
    try:
        here = Path(__file__).parent
        return subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""

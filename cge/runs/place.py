"""One place for one kind of result: who writes there, how far it is, and what it holds, told by its files.

Solving: no record. Solved: a record names the results, each with its digest. Complete: the record says which reports
were drawn. The same command goes on from any of them; only a complete place refuses to be written over. A ledger names
all that was written of one question, so that nothing of it stays beside the numbers of the next.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cgebase.digest import file_digest
from cgebase.errors import CompleteError, OutputError
from cgebase.messages import message
from cgebase.whole import LEDGER, clear_parts, writable, write_whole

RECORD, LOCK, HOLDER = "run.json", ".lock", ".holder"
MANIFEST = "manifest.json"
STATE, RUNS = "state", "runs"
"""Folders of what is kept to go on: solved periods, and solved runs of a set."""
PATIENCE = 5.0
"""Seconds to wait for a place: processes of a killed run end within them."""


@dataclass(frozen=True)
class Record:
    """What a place holds.

    Parameters
    ----------
    question : str
        Digest of all that the results follow from.
    files : dict of str to str
        Results by their path in the place, with digests.
    asked, drawn : tuple of str
        Languages and formats of the reports, and which reports of them are there.
    complete : bool
        Nothing is left to be done.
    """

    question: str
    files: dict[str, str]
    asked: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    complete: bool = False


@dataclass(frozen=True)
class Place:
    """A folder of results."""

    folder: Path

    @property
    def record(self) -> Record | None:
        """What is recorded, or None where nothing whole is."""
        try:
            told = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
            return Record(**told | {key: tuple(told[key]) for key in ("asked", "drawn")})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be done."""
        return self.record is not None and self.record.complete

    def damaged(self) -> list[str]:
        """Recorded files that are lost or not as they were written."""
        record = self.record
        return [] if record is None else [name for name, known in record.files.items() if self._digest(name) != known]

    def holds(self, question: str) -> bool:
        """Whether the whole results of a question are here."""
        record = self.record
        return record is not None and record.question == question and not self.damaged()

    def refuse(self, *, asked: Sequence[str] = ()) -> None:
        """Refuse to write over what is complete.

        Parameters
        ----------
        asked : sequence of str
            Languages and formats of reports; a place without some of them is not complete.

        Raises
        ------
        CompleteError
            It is complete.
        """
        record = self.record
        if record is not None and record.complete and set(asked) <= set(record.asked):
            key = "CGE003.run" if record.asked else "CGE003.place"
            raise CompleteError(message(key, folder=self.folder))

    def start(self, question: str, *, force: bool) -> None:
        """Begin or go on with a question; one that is answered here completely is begun anew if forced to.

        What was written of another question goes, but for what is kept under the digest of its own problem.

        Raises
        ------
        CompleteError
            Something complete is here, and it is not ``force``.
        """
        record = self.record
        if not force:
            self.refuse()
        if record is not None and record.complete and record.question == question:
            self.clear()
        self.forget()
        if self._written()[0] != question:
            self._sweep()
            write_whole(self.folder / LEDGER, f"{question}\n")

    def clear(self) -> None:
        """Forget the results here with all that was kept of them."""
        self.forget()
        for kept in (STATE, RUNS):
            shutil.rmtree(self.folder / kept, ignore_errors=True)

    def forget(self) -> None:
        """The results here are no longer one whole: they are about to be written."""
        (self.folder / RECORD).unlink(missing_ok=True)

    def save(self, question: str, files: Sequence[str], *, complete: bool) -> None:
        """Record results that stand here whole."""
        self._write(Record(question, {name: self._digest(name) for name in files}, complete=complete))

    def draws(self, asked: Sequence[str], *, nothing: bool = False) -> None:
        """Reports in these languages and formats follow; those drawn in others do not count."""
        record = self.record
        if record is not None and not set(asked) <= set(record.asked):
            self._write(replace(record, asked=tuple(asked), drawn=(), complete=nothing))

    def drew(self, report: str, *, of: Sequence[str]) -> None:
        """One more report is there; with all ``of`` them the place is complete."""
        record = self.record
        if record is not None:
            drawn = tuple(dict.fromkeys((*record.drawn, report)))
            self._write(replace(record, drawn=drawn, complete=set(of) <= set(drawn)))

    def kept(self, name: str, question: str, make: Callable[[], Any]) -> Any:
        """Plain data made for this question before, or made now and kept."""
        path = self.folder / STATE / f"{name}.json"
        try:
            there = json.loads(path.read_text(encoding="utf-8"))
            if there["question"] == question:
                return there["data"]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        data = make()
        write_whole(path, json.dumps({"question": question, "data": data}))
        return data

    def _written(self) -> list[str]:
        """The question that the ledger is of, then what was written of it."""
        try:
            return (self.folder / LEDGER).read_text(encoding="utf-8").splitlines() or [""]
        except (OSError, UnicodeDecodeError):
            return [""]

    def _sweep(self) -> None:
        """Remove what the ledger names, whoever wrote the ledger: nothing outside of the place."""
        for name in dict.fromkeys(self._written()[1:]):
            path, parts = self.folder / name, Path(name).parts
            if parts and ".." not in parts and parts[0] not in ("/", STATE, RUNS, LOCK, HOLDER, LEDGER):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
                _remove_empty(path.parent, self.folder)

    def _digest(self, name: str) -> str:
        try:
            return file_digest(self.folder / name)
        except OSError:
            return ""

    def _write(self, record: Record) -> None:
        write_whole(self.folder / RECORD, json.dumps(asdict(record), indent=1), lasting=True)


@contextmanager
def held(folder: Path) -> Iterator[Place]:
    """A place for this process alone, made where it is missing and rid of what killed processes left half-written.

    Folders that are made for it, and that nothing was put into, go when the block ends.

    Raises
    ------
    OutputError
        The folder cannot be written to, or another process is writing there.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    writable(folder)
    lock = FileLock(folder / LOCK, timeout=PATIENCE, is_singleton=True)
    outermost = not lock.is_locked
    try:
        lock.acquire()
    except Timeout as error:
        raise OutputError(message("CGE710", folder=folder, **_holder(folder))) from error
    try:
        if outermost:
            clear_parts(folder)
            now = datetime.now().astimezone().isoformat(" ", "seconds")
            write_whole(folder / HOLDER, json.dumps({"pid": os.getpid(), "since": now}))
        yield Place(folder)
    finally:
        if outermost:
            (folder / HOLDER).unlink(missing_ok=True)
            if missing:
                _remove_unused(missing)
        lock.release()


def _remove_unused(folders: Sequence[Path]) -> None:
    """Remove a place that nothing was put into, then the folders around it up to one that holds something."""
    with suppress(OSError):
        if {path.name for path in folders[0].iterdir()} <= {LOCK, LEDGER}:
            for name in (LOCK, LEDGER):
                (folders[0] / name).unlink(missing_ok=True)
            for folder in folders:
                folder.rmdir()


def _remove_empty(folder: Path, last: Path) -> None:
    with suppress(OSError):
        while folder != last:
            folder.rmdir()
            folder = folder.parent


def _holder(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return {"pid": told["pid"], "since": told["since"]}
    except (OSError, ValueError, KeyError):
        return {"pid": "?", "since": "?"}

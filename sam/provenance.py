"""Records of the carried data and the check that the files still are what the records say."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from cgebase.errors import SAMError
from cgebase.messages import Message, joined, listed, message
from sam.tables import DATA

RECORDS = DATA / "sources.toml"
CHECKED_FOLDERS = ("tables",)


@dataclass(frozen=True)
class Source:
    """Origin of one carried table."""

    id: str
    title: str
    publisher: str
    year: str
    unit: str
    compiled: str
    licence: str
    file: str
    sha256: str


class ProvenanceError(SAMError, ValueError):
    """Carried data and their records disagree; all faults at once."""

    def __init__(self, faults: tuple[Message, ...]):
        self.faults = faults
        head = message("SAM500", count=len(faults))
        super().__init__(joined(head, faults, message("SAM500.next"), most=len(faults)))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.faults,)


def sources(records: Path = RECORDS) -> tuple[Source, ...]:
    """Return the records of all carried tables."""
    found, faults = _read(records)
    if faults:
        raise ProvenanceError(tuple(faults))
    return found


def faults_of_sources(records: Path = RECORDS) -> tuple[Message, ...]:
    """Return every fault between records and files: missing, changed, unrecorded, incomplete."""
    found, faults = _read(records)
    folder = records.parent
    recorded = set()
    for source in found:
        path = folder / source.file
        recorded.add(path.resolve())
        if not path.exists():
            faults.append(message("SAM501", file=source.file, id=source.id))
            continue
        digest = checksum(path)
        if digest != source.sha256:
            faults.append(message("SAM502", file=source.file, found=digest[:12], want=source.sha256[:12]))
    for name in CHECKED_FOLDERS:
        for path in sorted((folder / name).glob("*.csv*")):
            if path.resolve() not in recorded:
                faults.append(message("SAM503", file=f"{name}/{path.name}"))
    return tuple(faults)


def verify_sources(records: Path = RECORDS) -> None:
    """Raise :class:`ProvenanceError` with all faults if carried data and records disagree."""
    faults = faults_of_sources(records)
    if faults:
        raise ProvenanceError(faults)


def checksum(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(records: Path) -> tuple[tuple[Source, ...], list[Message]]:
    names = [f.name for f in fields(Source)]
    found: list[Source] = []
    faults: list[Message] = []
    seen: set[str] = set()
    with records.open("rb") as stream:
        entries = tomllib.load(stream).get("source", [])
    for number, entry in enumerate(entries, start=1):
        label = entry.get("id", f"number {number}")
        lost = [n for n in names if not str(entry.get(n, "")).strip()]
        extra = sorted(set(entry) - set(names))
        if lost:
            faults.append(message("SAM504", id=label, fields=listed(lost)))
        if extra:
            faults.append(message("SAM504.extra", id=label, fields=listed(extra)))
        if label in seen:
            faults.append(message("SAM504.twice", id=label))
        seen.add(label)
        if not lost and not extra:
            found.append(Source(**{n: str(entry[n]) for n in names}))
    return tuple(found), faults

"""Records of the carried data and the check that the files still are what the records say."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

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


class ProvenanceError(ValueError):
    """Carried data and their records disagree; all faults at once."""

    def __init__(self, faults: tuple[str, ...]):
        self.faults = faults
        super().__init__(
            f"{len(faults)} faults between carried data and sources.toml:\n  "
            + "\n  ".join(faults)
            + "\nRestore the file from the repository, or record the change in sources.toml."
        )


def sources(records: Path = RECORDS) -> tuple[Source, ...]:
    """Return the records of all carried tables."""
    found, faults = _read(records)
    if faults:
        raise ProvenanceError(tuple(faults))
    return found


def faults_of_sources(records: Path = RECORDS) -> tuple[str, ...]:
    """Return every fault between records and files: missing, changed, unrecorded, incomplete."""
    found, faults = _read(records)
    folder = records.parent
    recorded = set()
    for source in found:
        path = folder / source.file
        recorded.add(path.resolve())
        if not path.exists():
            faults.append(f"{source.file}: file is missing (record {source.id!r})")
            continue
        digest = checksum(path)
        if digest != source.sha256:
            faults.append(f"{source.file}: sha256 is {digest[:12]}..., the record says {source.sha256[:12]}...")
    for name in CHECKED_FOLDERS:
        for path in sorted((folder / name).glob("*.csv*")):
            if path.resolve() not in recorded:
                faults.append(f"{name}/{path.name}: file has no record in sources.toml")
    return tuple(faults)


def verify_sources(records: Path = RECORDS) -> None:
    """Raise :class:`ProvenanceError` with all faults if carried data and records disagree."""
    faults = faults_of_sources(records)
    if faults:
        raise ProvenanceError(faults)


def checksum(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(records: Path) -> tuple[tuple[Source, ...], list[str]]:
    names = [f.name for f in fields(Source)]
    found, faults = [], []
    seen: set[str] = set()
    with records.open("rb") as stream:
        entries = tomllib.load(stream).get("source", [])
    for number, entry in enumerate(entries, start=1):
        label = entry.get("id", f"number {number}")
        lost = [n for n in names if not str(entry.get(n, "")).strip()]
        extra = sorted(set(entry) - set(names))
        if lost:
            faults.append(f"record {label!r}: missing {', '.join(lost)}")
        if extra:
            faults.append(f"record {label!r}: unknown fields {', '.join(extra)}")
        if label in seen:
            faults.append(f"record {label!r} stands twice")
        seen.add(label)
        if not lost and not extra:
            found.append(Source(**{n: str(entry[n]) for n in names}))
    return tuple(found), faults

"""An economy on disk: a folder written whole, with a digest of every file that whoever reads it checks."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd

from cgebase.errors import OutputError, SAMError
from cgebase.folder import whole_folder
from cgebase.messages import LANGUAGES, Message, joined, listed, message
from cgebase.whole import write_whole

COLUMNS = {
    "sam": ("row", "column", "value"), "emissions": ("region", "user", "carrier", "mt"),
    "generation": ("region", "technology", "twh"), "electricity_use": ("region", "twh"),
    "network": ("origin", "destination", "twh"), "margins": ("commodity", "origin", "destination", "value"),
    "physical": ("good", "flow", "region", "other", "amount"),
    "energy": ("region", "user", "carrier", "fuel", "purpose", "mtce"),
}  # fmt: skip
"""Columns of each table; the last one is a number."""
TABLES = tuple(COLUMNS)
ABOUT = "about.csv"
SUMS = "SHA256SUMS"
"""Digests as ``sha256sum`` writes them; ``sha256sum --check SHA256SUMS`` reads them."""
MANIFEST, PATHS, LINES, POTENTIALS = "economy.toml", "paths.csv", "lines.csv", "potentials.csv"
"""What an economy of another country is, its paths, power lines, and what nature offers."""
OF_COUNTRY = (PATHS, LINES, POTENTIALS)
READ = (ABOUT, MANIFEST, *OF_COUNTRY, *(f"{n}.{ending}" for n in TABLES for ending in ("csv", "csv.gz")))
"""Files that are read; of a table given twice the plain one."""
OF_BALANCE = ("moves.csv", "accounts.csv", *(f"report_{x}.txt" for x in LANGUAGES))
"""What a balance writes beside its SAM."""
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
#: What reading a table may raise.
UNREADABLE = (
    OSError, EOFError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, zlib.error,
)  # fmt: skip


def write_folder(folder: Path, files: Mapping[str, pd.DataFrame | str]) -> None:
    """Write tables and texts with their digests, in place of whatever the folder held.

    Parameters
    ----------
    files : mapping
        By name; a table is compressed where the name says so, a text is UTF-8.

    Raises
    ------
    OutputError
        As `refuse_irreplaceable`.
    """
    refuse_irreplaceable(folder)
    with whole_folder(folder) as part:
        for name, content in files.items():
            if isinstance(content, str):
                (part / name).write_text(content, encoding="utf-8")
            else:
                packed = {"method": "gzip", "mtime": 0} if name.endswith(".gz") else None
                content.to_csv(part / name, index=False, float_format="%.17g", compression=packed)
        write_sums(part, files)


def refuse_irreplaceable(folder: Path) -> None:
    """Refuse a folder that cannot be put in another's place without loss.

    Raises
    ------
    OutputError
        It holds files of the user's own, or it is where the user stands.
    """
    if not folder.is_dir():
        return
    own = sorted({p.name for p in folder.iterdir()} - {SUMS, *READ, *OF_BALANCE})
    if own:
        raise OutputError(message("SAM111", folder=folder, files=listed(own)))
    if folder.resolve() in (Path.cwd(), *Path.cwd().parents) or folder.is_mount():
        raise OutputError(message("SAM112", folder=folder))


def write_sums(folder: Path, names: Iterable[str]) -> None:
    """Write the digests of these files."""
    write_whole(folder / SUMS, "".join(f"{_digest((folder / n).read_bytes())}  {n}\n" for n in sorted(names)))


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file by name, refused where the folder is not as it was written, or was never written whole.

    Raises
    ------
    SAMError
        Every difference, and how to accept them.
    """
    files, differences = compared(folder)
    if differences:
        head, last = message("SAM110", folder=folder), message("SAM110.next", folder=folder)
        raise SAMError(joined(head, differences, last))
    return files


def compared(folder: Path) -> tuple[dict[str, bytes], list[Message]]:
    """Files by name, and how they differ from what was written: changed, lost, or added where it would be read."""
    sums = folder / SUMS
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines() if sums.is_file() else []
    parts = [LINE.fullmatch(line) for line in lines]
    want = {p[2]: p[1] for p in parts if p}
    files = {n: (folder / n).read_bytes() for n in sorted({*want, *READ}) if (folder / n).is_file()}
    if not lines:
        return files, [message("SAM110.none", file=SUMS)]
    digests = {n: _digest(content) for n, content in files.items()}
    return files, [
        *(message("SAM110.line", file=SUMS, line=k) for k, p in enumerate(parts, start=1) if not p),
        *(message("SAM110.lost", file=n) for n in want if n not in files),
        *(message("SAM110.added", file=n) for n in files if n not in want),
        *(message("SAM110.changed", file=n, found=digests[n][:12], want=want[n][:12])
          for n in files if n in want and digests[n] != want[n]),
    ]  # fmt: skip


def table_in(files: Mapping[str, bytes], name: str) -> tuple[str, bytes]:
    """Name and content of the file that holds a table; empty where none does."""
    return next(((n, files[n]) for n in (f"{name}.csv", f"{name}.csv.gz") if n in files), ("", b""))


def text_table(name: str, content: bytes) -> pd.DataFrame:
    """A table whose cells are all text; raises one of :data:`UNREADABLE`."""
    packed = "gzip" if name.endswith(".gz") else None
    return pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, compression=packed)  # type: ignore[call-overload]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""Mapping files: which code goes where. Two columns, a line per code; every fault is listed at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sam.classification import BUSBAR
from sam.errors import SAMError
from sam.messages import Message, both, joined, listed, message
from sam.registry import resolve
from sam.satellites import TECHNOLOGIES
from sam.tables import MAPPINGS

#: Kinds of code with their name and what is at stake, keys of the catalogue.
KINDS = {
    "regions": ("kind.regions", "stake.regions"), "sectors": ("kind.sectors", "stake.sectors"),
    "households": ("kind.households", "stake.households"), "factors": ("kind.factors", "stake.factors"),
}  # fmt: skip
CODE = re.compile(r"[A-Za-z0-9_-]+")
CLOSE = 3
KEPT = (*TECHNOLOGIES, BUSBAR)
BELOW = 0.3
#: A code of a kind and the share of output, or of its like, that goes with it.
Shares = Mapping[str, float]


@dataclass(frozen=True)
class CodeMap:
    """A mapping with its name and the file it came from."""

    name: str
    source: str
    to: Mapping[str, str]


def find_mapping(kind: str, given: str, base: str) -> Path:
    """Path of a mapping: a file, or the name of one shipped for ``base``.

    Raises
    ------
    SAMError
        Neither; names the shipped ones.
    """
    start = "provinces" if kind == "regions" else base
    shipped = {p.stem.removeprefix(f"{start}_to_"): p for p in sorted(MAPPINGS.glob(f"{start}_to_*.csv"))}
    if given in shipped:
        return shipped[given]
    if Path(given).is_file():
        return Path(given)
    known = listed(shipped) or message("none")
    raise SAMError(message("SAM335", kind=message(KINDS[kind][0]), given=given, known=known))


def read_mapping_file(kind: str, path: Path, codes: Shares) -> CodeMap:
    """Read a mapping and hold it against the codes it must cover.

    Parameters
    ----------
    kind : {"regions", "sectors", "households", "factors"}
        Provinces are found under any usual spelling.
    path : Path
        CSV with a header; the first column holds codes, the second where they go; others are notes.
    codes : mapping of str to float
        Codes of the economy and the share of output, income or spending at stake.

    Raises
    ------
    SAMError
        The file cannot be read, or lines are wrong, or codes are missing; all are listed.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, EOFError) as error:
        raise SAMError(message("SAM336", file=path, reason=str(error).splitlines()[0])) from error
    if frame.shape[1] < 2:
        raise SAMError(message("SAM336.columns", file=path, found=listed(frame.columns)))
    to: dict[str, str] = {}
    faults: list[Message] = []
    spell: Callable[[str], str] = _province if kind == "regions" else str.strip
    for line, (written, target) in enumerate(zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True), start=2):
        if not written.strip() and not target.strip():
            continue
        fault = _line(kind, line, written, target.strip(), spell, codes, to)
        if fault is not None:
            faults.append(fault)
    missing = {c: share for c, share in codes.items() if c not in to}
    stake = message(KINDS[kind][1])
    for code in sorted(missing, key=lambda c: -missing[c]):
        close = listed(difflib.get_close_matches(code, frame.iloc[:, 0], CLOSE, BELOW)) or message("none")
        faults.append(message("SAM301.code", code=code, share=missing[code], stake=stake, close=close))
    if faults:
        facts = {"kind": message(KINDS[kind][0]), "count": len(faults), "share": sum(missing.values())}
        head = message("SAM301", file=path.name, stake=stake, **facts)
        raise SAMError(joined(head, faults, message("SAM301.next", file=path.name), most=len(faults)))
    return CodeMap(path.stem.rpartition("_to_")[2], str(path), to)


def _province(text: str) -> str:
    return resolve(text.strip())


def _line(
    kind: str, line: int, written: str, target: str, spell: Callable[[str], str], codes: Shares, to: dict[str, str]
) -> Message | None:
    """Enter one line into the mapping; what is wrong with it, if anything."""
    try:
        code = spell(written)
    except LookupError as error:
        return message("SAM338.name", line=line, reason=both(error))
    if code not in codes:
        close = listed(difflib.get_close_matches(code, codes, CLOSE, BELOW)) or message("none")
        return message("SAM338.unknown", line=line, code=code, close=close)
    if not CODE.fullmatch(target):
        return message("SAM338.target", line=line, code=code, target=target)
    if kind == "sectors" and target in KEPT:
        return message("SAM338.kept", line=line, code=code, target=target)
    if to.setdefault(code, target) != target:
        return message("SAM338.twice", line=line, code=code, first=to[code], second=target)
    return None

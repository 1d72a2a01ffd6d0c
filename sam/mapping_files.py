"""Mapping files: which code goes where. Two columns, a line per code; every fault is listed at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import LANGUAGES, Message, both, joined, listed, message, refused
from sam.classification import BUSBAR
from sam.registry import AGGREGATIONS, TECHNOLOGIES, commodity_codes, provinces, resolve, sectors
from sam.tables import MAPPINGS

#: Kinds of code with their name and what is at stake, keys of the catalogue.
KINDS = {
    "regions": ("kind.regions", "stake.regions"), "sectors": ("kind.sectors", "stake.sectors"),
    "households": ("kind.households", "stake.households"), "factors": ("kind.factors", "stake.factors"),
}  # fmt: skip
CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
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


def _shipped(kind: str, base: str) -> dict[str, Path]:
    start = "provinces" if kind == "regions" else base
    return {p.stem.removeprefix(f"{start}_to_"): p for p in sorted(MAPPINGS.glob(f"{start}_to_*.csv"))}


def is_shipped(kind: str, given: str, base: str = "") -> bool:
    """Whether a mapping is the name of one that the package has for ``base``."""
    return given in _shipped(kind, base)


def find_mapping(kind: str, given: str, base: str) -> Path:
    """Path of a mapping: a file, or the name of one shipped for ``base``.

    Raises
    ------
    SAMError
        Neither; names the shipped ones.
    """
    shipped = _shipped(kind, base)
    if given in shipped:
        return shipped[given]
    if Path(given).is_file():
        return Path(given)
    known = listed(shipped) or "-"
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
        raise SAMError(refused(error, path, "SAM336")) from error
    if frame.shape[1] < 2:
        raise SAMError(message("SAM336.columns", file=path, found=listed(frame.columns)))
    to: dict[str, str] = {}
    faults: list[Message] = []
    wrong: set[str] = set()
    reader = _Reader(kind, codes)
    for line, (written, target) in enumerate(zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True), start=2):
        if written.strip() or target.strip():
            code, fault = reader.line(line, written.strip(), target.strip(), to)
            if fault is not None:
                faults.append(fault)
                wrong.add(code)
    stake, missing = message(KINDS[kind][1]), {c: share for c, share in codes.items() if c not in to}
    for code in sorted(set(missing) - wrong, key=lambda c: -missing[c]):
        name, near = reader.name(code), difflib.get_close_matches(code, sorted(set(frame.iloc[:, 0])), CLOSE, BELOW)
        close = message("closest_here", names=listed(near)) if near else Message("", "")
        faults.append(message("SAM301.code", code=code, name=name, share=missing[code], stake=stake, close=close))
    if faults:
        facts = {"kind": message(KINDS[kind][0]), "count": len(faults), "share": sum(missing.values())}
        head = message("SAM301", file=path.name, stake=stake, **facts)
        raise SAMError(joined(head, faults, message("SAM301.next", file=path.name), most=len(faults)))
    return CodeMap(path.stem.rpartition("_to_")[2], str(path), to)


class _Reader:
    """Lines of one mapping, held against the codes of the economy and their names."""

    def __init__(self, kind: str, codes: Shares) -> None:
        self.kind, self.codes = kind, codes
        self.names: dict[str, tuple[str, str]] = {}
        if kind == "regions":
            self.names = {p.code: (p.name_en, p.name_zh) for p in provinces()}
        elif kind == "sectors":
            known = (s for a in AGGREGATIONS if set(codes) <= set(commodity_codes(a)) for s in sectors(a))
            self.names = {s.code: (s.name_en, s.name_zh) for s in known}

    def name(self, code: str) -> Message:
        """Name of a code in brackets, where it has one."""
        if code not in self.names:
            return Message("", "")
        return message("named", name=Message(*self.names[code]))

    def line(self, line: int, written: str, target: str, to: dict[str, str]) -> tuple[str, Message | None]:
        """Enter one line into the mapping; its code, and what is wrong with it, if anything."""
        code = written
        if self.kind == "regions" and code not in self.codes:
            try:
                code = resolve(written)
            except LookupError as error:
                return code, message("SAM338.name", line=line, reason=both(error))
        if code not in self.codes:
            return code, message("SAM338.unknown", line=line, code=code, close=self._closest(code))
        if not CODE.fullmatch(target):
            return code, message("SAM338.target", line=line, code=code, target=target)
        if self.kind == "sectors" and target in KEPT:
            return code, message("SAM338.kept", line=line, code=code, target=target)
        if to.setdefault(code, target) != target:
            return code, message("SAM338.twice", line=line, code=code, first=to[code], second=target)
        return code, None

    def _closest(self, written: str) -> Message:
        spelt = {c.lower(): c for c in self.codes}
        spelt |= {n.lower(): c for c in self.codes for n in self.names.get(c, ())}
        near = difflib.get_close_matches(written.lower(), spelt, CLOSE, BELOW)
        codes = dict.fromkeys(spelt[n] for n in near)
        found = [Message(*(c + self.name(c).text(x) for x in LANGUAGES)) for c in codes]
        return message("closest_codes", names=listed(found)) if found else Message("", "")

"""Share files: into which new sectors a sector is split, and by which output shares; every fault is listed at once."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import Message, both, joined, listed, message, refused
from sam.economy import Economy
from sam.mapping_files import BELOW, CLOSE, CODE, KEPT
from sam.registry import resolve

COLUMNS = ("parent", "child", "share")
WHOLE = ("ely", *KEPT)
"""Codes that stay whole: generation and the grid are tied to TWh by their names."""
SUM = 1e-9
"""Distance from one that printed shares of a sector may have; what is left is spread in proportion."""


@dataclass
class _Read:
    """Shares read so far, by parent and region ("" is every region), and what is wrong."""

    shares: dict[tuple[str, str], dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    of: dict[str, str] = field(default_factory=dict)
    faults: list[Message] = field(default_factory=list)
    parents: set[str] = field(default_factory=set)
    """Parents with a wrong line; their sums say nothing."""


def read_shares(path: Path, economy: Economy) -> pd.DataFrame:
    """Read a share file and hold it against the sectors of an economy.

    Parameters
    ----------
    path : Path
        CSV with columns ``parent, child, share`` and perhaps ``region``; an empty region is every region that has no
        lines of its own for the parent. Provinces are found under any usual spelling. Other columns are notes.

    Returns
    -------
    DataFrame
        ``parent, region, child, share`` for every region; shares of output, fractions that add up to one.

    Raises
    ------
    SAMError
        The file cannot be read (SAM336), or lines are wrong or shares do not add up (SAM340); all are listed.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, EOFError) as error:
        raise SAMError(refused(error, path, "SAM336")) from error
    lost = [c for c in COLUMNS if c not in frame]
    if lost:
        raise SAMError(message("SAM340.columns", file=path, missing=listed(lost), found=listed(frame.columns)))
    read = _Read()
    regions = frame["region"] if "region" in frame else pd.Series("", index=frame.index)
    table = frame[list(COLUMNS)].assign(region=regions)
    for line, row in enumerate(table.itertuples(index=False), start=2):
        parent, child, share, region = (str(text).strip() for text in row)
        if parent or child or share or region:
            _line(line, (parent, child, share, region), economy, read)
    shares = _complete(economy, read)
    if not read.faults and not shares:
        read.faults.append(message("SAM340.empty"))
    if read.faults:
        head = message("SAM340", file=path.name, count=len(read.faults))
        raise SAMError(joined(head, read.faults, most=len(read.faults)))
    lines = [(p, r, c, s) for (p, r), parts in shares.items() for c, s in parts.items()]
    return pd.DataFrame(lines, columns=["parent", "region", "child", "share"])


def _line(line: int, row: tuple[str, str, str, str], economy: Economy, read: _Read) -> None:
    """Enter one line, or what is wrong with it."""
    parent, child, share, region = row
    if region and region not in economy.regions:
        try:
            region = resolve(region)
        except LookupError as error:
            read.faults.append(message("SAM338.name", line=line, reason=both(error)))
            read.parents.add(parent)
            return
    value = pd.to_numeric(share, errors="coerce")
    known = economy.groups.sectors
    here = read.shares.get((parent, region), {})
    if parent in WHOLE:
        fault = message("SAM340.whole", line=line, parent=parent)
    elif parent not in known:
        near = difflib.get_close_matches(parent, known, CLOSE, BELOW)
        close = message("closest_codes", names=listed(near)) if near else Message("", "")
        fault = message("SAM338.unknown", line=line, code=parent, close=close)
    elif region and region not in economy.regions:
        fault = message("SAM340.region", line=line, region=region, known=listed(economy.regions))
    elif not CODE.fullmatch(child):
        fault = message("SAM338.target", line=line, code=parent, target=child)
    elif child in KEPT:
        fault = message("SAM338.kept", line=line, code=parent, target=child)
    elif (child in known and child != parent) or read.of.get(child, parent) != parent:
        fault = message("SAM340.taken", line=line, child=child, parent=parent, owner=read.of.get(child, child))
    elif not 0.0 <= value <= 1.0:
        fault = message("SAM340.share", line=line, parent=parent, child=child, share=share)
    elif child in here:
        fault = message("SAM340.twice", line=line, parent=parent, child=child)
    else:
        read.of[child] = parent
        read.shares[parent, region][child] = float(value)
        return
    read.faults.append(fault)
    read.parents.add(parent)


def _complete(economy: Economy, read: _Read) -> dict[tuple[str, str], dict[str, float]]:
    """Shares of every parent in every region; sums that are not one and regions without lines become faults."""
    sound = {key: parts for key, parts in read.shares.items() if key[0] not in read.parents}
    for (parent, region), parts in sound.items():
        total = sum(parts.values())
        if abs(total - 1) > SUM:
            place = region or message("every_region")
            read.faults.append(message("SAM340.sum", parent=parent, region=place, total=total))
    out: dict[tuple[str, str], dict[str, float]] = {}
    for parent in dict.fromkeys(p for p, _ in sound):
        missing = [r for r in economy.regions if not {(parent, r), (parent, "")} & set(sound)]
        if missing:
            read.faults.append(message("SAM340.missing", parent=parent, regions=listed(missing)))
            continue
        for r in economy.regions:
            parts = sound[(parent, r) if (parent, r) in sound else (parent, "")]
            total = sum(parts.values())
            out[parent, r] = {c: s / total for c, s in parts.items()} if total > 0 else dict(parts)
    return out


def children(shares: pd.DataFrame) -> Mapping[str, tuple[str, ...]]:
    """New codes of each parent in the order of the file."""
    return {str(p): tuple(dict.fromkeys(t["child"])) for p, t in shares.groupby("parent", sort=False)}

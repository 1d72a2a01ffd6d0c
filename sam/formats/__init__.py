"""Files of other programs read and written as social accounting matrices.

``read_sam`` and ``write_sam`` go by the name of a format. A new format is one file with a class like
:class:`sam.formats.base.Format`, a line in ``FORMATS``, and a fixture in ``tests/sam/test_formats.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from cgebase.errors import SAMError
from cgebase.messages import Message, listed, message, near
from sam.formats.base import Format, refuse_unwritable, to_sam
from sam.formats.cells import RULES, Rules
from sam.formats.gdx import Gdx
from sam.formats.har import Har
from sam.formats.labels import map_accounts, map_labels, read_labels, shipped_labels
from sam.formats.long import Long
from sam.formats.square import Square
from sam.formats.world import World
from sam.matrix import SAM

FORMATS: Mapping[str, Format] = {
    f.name: f
    for f in (Square(), Long(), Har(), Gdx(), Square("ifpri", "ifpri"), Square("pep", "pep", depth=2), World())
}


def format_of(name: str) -> Format:
    """Format by name.

    Raises
    ------
    SAMError
        No such format; lists those there are.
    """
    if name not in FORMATS:
        raise SAMError(message("SAM134", name=name, near=near(name, FORMATS), known=listed(FORMATS)))
    return FORMATS[name]


def read_sam(
    path: Path, format: str, *, table: str | None = None, labels: Path | None = None, unit: str | None = None,
    year: int | None = None, rules: Rules = RULES, remark: Callable[[Message], None] | None = None,
) -> SAM:  # fmt: skip
    """Read a SAM from a file of another program.

    Parameters
    ----------
    path : Path
    format : str
        A key of ``FORMATS``.
    table : str, optional
        Sheet, header or symbol where the file has several.
    labels : Path, optional
        CSV with columns ``label, account``; ``*`` at the end of both stands for any text. Goes before shipped labels.
    unit, year : optional
        Where the file does not say; what it says must agree. ``unit`` also says what a wording means that is unknown,
        ``year`` which of several tables of a folder is read.
    rules : Rules
        What blanks, dashes and marks of missing data stand for.
    remark : callable, optional
        Takes what was read otherwise than it stands there, or left out.

    Returns
    -------
    SAM
        As the file has it, without totals: balance and meaning of the accounts are not checked.

    Raises
    ------
    SAMError
        All faults of the file, each with its address.
    """
    kind = format_of(format)
    own = read_labels(labels) if labels is not None else ()
    sam = to_sam(kind.read(path, table=table, year=year, rules=rules), unit=unit, year=year, remark=remark)
    known = (*own, *(shipped_labels(kind.labels) if kind.labels else ()))
    return replace(sam, cells=map_labels(sam.cells, known, path.name)) if known else sam


def write_sam(sam: SAM, path: Path, format: str) -> None:
    """Write a SAM so that reading it gives it back.

    Raises
    ------
    SAMError
        The format is only read, or cannot hold an account or a value; nothing is written.
    """
    kind = format_of(format)
    if not kind.writes:
        raise SAMError(message("SAM135", name=format, known=listed(n for n, f in FORMATS.items() if f.writes)))
    if path.suffix.lower() not in kind.extensions:
        raise SAMError(message("SAM133.ending", file=path.name, found=path.suffix, known=listed(kind.extensions)))
    if kind.labels:
        sam = replace(sam, cells=map_accounts(sam.cells, shipped_labels(kind.labels), format))
    refuse_unwritable(sam, format)
    kind.write(sam, path)

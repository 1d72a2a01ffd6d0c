"""What every format shares: the table a file holds, what it says of itself, and what may be written.

A file written here carries rows ``unit``, ``year``, ``aggregation``, ``choice``, ``source``, ``history`` and
``check``. The last counts the cells, adds them up and marks them, so that a file cut short or changed by accident is
refused; whoever changes cells on purpose deletes that row.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import Message, both, joined, listed, message, near
from sam.choices import Choices, read_choices
from sam.formats.cells import ERRORS, RULES, Rules, label, shown
from sam.formats.moneyunits import parse_unit
from sam.formats.totals import without_totals
from sam.matrix import SAM

SINGLE = ("unit", "year", "aggregation", "check")
KEYS = ("unit", "year", "aggregation", "choice", "source", "history", "check")
UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|x005F_")
"""Characters that CSV, XML or Fortran records would change."""
CHECK = re.compile(
    r"(?P<count>[0-9]{1,12}) cells; total \S+; mark (?P<mark>-?[0-9]+[.][0-9]+(e[+-]?[0-9]+)?); sha256 [0-9a-f]{16}"
)
LONGEST = 32767
"""Characters of a cell of Excel."""


@dataclass(frozen=True)
class Table:
    """What a file holds, before its unit and year are settled.

    Parameters
    ----------
    file : str
    cells : DataFrame
        Columns ``row, column, value``.
    about : tuple of (str, str)
        What the file says of itself, by :data:`KEYS`.
    exact : bool
        Numbers are binary, so that other programs keep every digit.
    remarks : tuple of Message
        What was read otherwise than it stands there, or left out.
    """

    file: str
    cells: pd.DataFrame
    about: tuple[tuple[str, str], ...] = ()
    exact: bool = False
    remarks: tuple[Message, ...] = ()


class Format(Protocol):
    """One kind of file.

    Attributes
    ----------
    name : str
        As users write it after ``--format``.
    extensions : tuple of str
        Endings of files it writes, or may find; the first is the usual one.
    labels : str
        Shipped label mapping, empty where labels are account ids.
    writes : bool
        Whether files are written too.
    """

    name: str
    extensions: tuple[str, ...]
    labels: str
    writes: bool

    def read(
        self, path: Path, *, table: str | None = None, year: int | None = None, rules: Rules = RULES
    ) -> Table:
        """Read a file; ``table`` names a sheet, header or symbol, ``year`` chooses where a folder has several.

        Raises `SAMError` with all faults.
        """
        ...

    def write(self, sam: SAM, path: Path) -> None:
        """Write a file whole or not at all. Raises `SAMError` for what the format cannot hold."""
        ...


def cells_of(labels: Iterable[tuple[str, str, float]]) -> pd.DataFrame:
    """Cells without zeros."""
    rows = [x for x in labels if x[2] != 0.0]
    return pd.DataFrame(
        {
            "row": pd.Series([x[0] for x in rows], dtype=str),
            "column": pd.Series([x[1] for x in rows], dtype=str),
            "value": pd.Series([x[2] for x in rows], dtype=float),
        }
    )


def triples(cells: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Cells as plain values."""
    return list(zip(cells["row"].tolist(), cells["column"].tolist(), cells["value"].tolist(), strict=True))


def accounts_of(cells: pd.DataFrame) -> list[str]:
    """Accounts in the order in which they first stand as row, then as column."""
    return list(dict.fromkeys([*cells["row"].tolist(), *cells["column"].tolist()]))


def about_rows(sam: SAM) -> list[tuple[str, str]]:
    """What a file says of a SAM, with its signature."""
    rows = [("unit", sam.unit), ("year", str(sam.year))]
    if sam.aggregation:
        rows += [("aggregation", sam.aggregation), *(("choice", c) for c in sam.choices.texts())]
    rows += [("source", s) for s in sam.sources] + [("history", h) for h in sam.history]
    return [*rows, ("check", signature(sam.cells, rows))]


def signature(cells: pd.DataFrame, about: Sequence[tuple[str, str]]) -> str:
    """Number of cells, their sum, a mark and a hash that depend on every label, value and line of description.

    Notes
    -----
    The mark adds up weight x (log of size + sign) with weights drawn from the labels. Programs that keep 15 digits of
    a number move it by less than the tolerance of :func:`same`; a cell changed by more than 1e-7 of itself moves it
    beyond.
    """
    found = [x for x in triples(cells) if x[2] != 0.0]
    marks = [_weight(f"{r}\t{c}") * (math.log(abs(v)) + math.copysign(1, v)) for r, c, v in found]
    said: dict[str, list[str]] = defaultdict(list)
    for key, text in about:
        said[key].append(text)
    facts = [f"{key}\t{k}\t{text}" for key in KEYS[:-1] for k, text in enumerate(said[key])]
    marks += [_weight(fact) for fact in facts]
    lines = [*sorted(f"{r}\t{c}\t{float(v)!r}" for r, c, v in found), *facts]
    digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    total = sum(x[2] for x in found)
    return f"{len(found)} cells; total {total:.10g}; mark {math.fsum(marks)!r}; sha256 {digest}"


def _weight(text: str) -> float:
    """Between one half and one, by the text."""
    return 0.5 + int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6], "big") / 2**49


def same(one: str, other: str, *, exact: bool = True) -> bool:
    """Whether two signatures are of one table; unless ``exact``, but for digits that other programs drop."""
    if exact:
        return one == other
    parts = [CHECK.fullmatch(x.strip()) for x in (one, other)]
    if parts[0] is None or parts[1] is None or parts[0]["count"] != parts[1]["count"]:
        return False
    return abs(float(parts[0]["mark"]) - float(parts[1]["mark"])) <= 1e-11 + 2e-13 * int(parts[0]["count"])


def refuse(file: str, faults: Sequence[Message]) -> None:
    """Raise all faults of a file at once, if there are any."""
    if faults:
        raise SAMError(joined(message("SAM125", file=file, count=len(faults)), faults))


def to_sam(
    table: Table, *, unit: str | None = None, year: int | None = None, remark: Callable[[Message], None] | None = None
) -> SAM:
    """The SAM of a table.

    Parameters
    ----------
    unit, year : optional
        Where the file does not say; what it says must agree. ``unit`` also says what a wording means that is unknown.
    remark : callable, optional
        Takes what was read otherwise than it stands there, or left out; it joins the history too.

    Raises
    ------
    SAMError
        Unit or year unknown or contradictory, cells that are not those once written, totals among the accounts that
        are not the sums of the others.
    """
    faults: list[Message] = []
    remarks = list(table.remarks)
    said: dict[str, str] = {}
    for key, text in table.about:
        if key in SINGLE and key in said:
            faults.append(message("SAM127.twice", file=table.file, field=key))
        said[key] = text
    given = {"unit": unit, "year": None if year is None else str(year)}
    for key, value in given.items():
        found = label(said.get(key)).removesuffix("年") if key == "year" else said.get(key, "").strip()
        if not found and not value:
            faults.append(message("SAM127.unit" if key == "unit" else "SAM127.year", file=table.file))
        elif key == "unit" and found and value and parse_unit(value) and parse_unit(found) in (None, parse_unit(value)):
            if parse_unit(found) is None:
                remarks.append(message("SAM127.meant", file=table.file, found=shown(found), given=value))
            found = value
        elif found and value and found != value:
            faults.append(
                message("SAM127.conflict", file=table.file, field=key, found=shown(found), given=shown(value))
            )
        elif key == "year" and not re.fullmatch("[0-9]{4}", found or value or ""):
            faults.append(message("SAM127.number", file=table.file, found=shown(found or value)))
        given[key] = found or value
    if "check" in said and not same(now := signature(table.cells, table.about), said["check"], exact=table.exact):
        faults.append(message("SAM128", file=table.file, found=now, want=said["check"][:120]))
    if not table.cells["value"].any():
        faults.append(message("SAM129.empty", file=table.file))
    choices = Choices()
    try:
        choices = read_choices(t for k, t in table.about if k == "choice")
    except SAMError as error:
        faults.append(both(error))
    cells = table.cells[table.cells["value"] != 0.0].reset_index(drop=True)
    if "check" not in said and len(cells):
        cells, left, wrong = without_totals(cells, table.file)
        remarks, faults = remarks + left, faults + wrong
    refuse(table.file, faults)
    for line in remarks:
        if remark is not None:
            remark(line)
    return SAM(
        cells=cells,
        unit=str(given["unit"]), year=int(str(given["year"])), aggregation=said.get("aggregation", ""),
        sources=tuple(t for k, t in table.about if k == "source"),
        history=(*(t for k, t in table.about if k == "history"), *(line.text("en") for line in remarks)),
        choices=choices,
    )  # fmt: skip


def label_fault(text: str, place: str, seen: dict[str, str]) -> Message | None:
    """What is wrong with a label; a sound one joins ``seen`` with its place."""
    if not text:
        return message("SAM126.blank", place=place)
    if text.upper() in ERRORS:
        return message("SAM120.error", place=place, value=text)
    if text in seen:
        return message("SAM126.twice", place=place, name=shown(text), first=seen[text])
    seen[text] = place
    return None


def one_sided(rows: dict[str, str], columns: dict[str, str]) -> list[Message]:
    """Accounts that stand on one side of a square table only; both by place."""
    out = []
    for key, mine, other in (("SAM126.row", rows, columns), ("SAM126.column", columns, rows)):
        alone = [n for n in other if n not in mine]
        for text, place in mine.items():
            if text not in other:
                out.append(message(key, name=shown(text), place=place, near=near(text, alone)))
    return out


def pick(file: str, wanted: str | None, found: Sequence[str], fitting: Sequence[str]) -> str:
    """The header or symbol to read: the one named, or the only one that fits."""
    if wanted is not None:
        same = [n for n in found if n.lower() == wanted.lower()]
        if len(same) == 1:
            return same[0]
        raise SAMError(message("SAM138", file=file, name=wanted, near=near(wanted, found), found=listed(found)))
    if len(fitting) == 1:
        return fitting[0]
    key = "SAM138.several" if fitting else "SAM138.none"
    raise SAMError(message(key, file=file, found=listed((fitting or found)[:40]) or message("none")))


def refuse_unwritable(sam: SAM, name: str) -> None:
    """Refuse a SAM that no file could give back as it is.

    Raises
    ------
    SAMError
        Texts with control characters, labels with spaces at their ends, cells twice, values not finite, no unit.
    """
    faults = [
        message("SAM132", format=name, name=shown(repr(text)))
        for text in accounts_of(sam.cells)
        if label(text, narrow=False) != text or not text or UNSTORABLE.search(text) or text.upper() in ERRORS
    ]
    for key, text in about_rows(sam)[:-1]:
        if UNSTORABLE.search(text) or text.strip() != text or not text or len(text) > LONGEST:
            faults.append(message("SAM132.about", format=name, field=key, text=shown(repr(text))))
    twice = sam.cells[sam.cells.duplicated(["row", "column"])]
    faults += [message("SAM131.twice", row=r, column=c) for r, c, _ in triples(twice)]
    faults += [
        message("SAM132.value", row=r, column=c, value=v) for r, c, v in triples(sam.cells) if not math.isfinite(v)
    ]
    if not sam.cells["value"].any():
        faults.append(message("SAM129.empty", file=name))
    if not 1000 <= sam.year <= 9999:
        faults.append(message("SAM132.about", format=name, field="year", text=sam.year))
    if faults:
        raise SAMError(joined(message("SAM132.head", format=name, count=len(faults)), faults))

"""Where an input-output table lies on a sheet: every row and column by its labels, never by its address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cgebase.messages import Message, listed, message, near
from sam.formats.cells import RULES, UNCALCULATED, number
from sam.formats.iolabels import (
    CODE,
    ORIGINS,
    SUBTOTALS,
    is_code,
    is_filler,
    key_of_code,
    key_of_name,
    plain,
    region_named,
    unit_of,
    wordings,
)
from sam.formats.iotable import FINAL, VALUE_ADDED
from sam.formats.sheets import Sheet
from sam.registry import provinces

LAST = {"column": "GO", "row": "TI"}
"""Key of the last line of a table."""
NEEDED = {"column": ("TFU", "GO"), "row": ("TVA", "TI")}
SUMMED = {"column": "TIU", "row": "TII"}
"""Sums that a table need not print: sectors are told from other lines without them."""
REGIONAL = frozenset(FINAL)
ROW_MARKS = frozenset({"TII", *VALUE_ADDED, "TVA", "TI"})
COLUMN_MARKS = frozenset({"TIU", *FINAL, "OF", "TFU", "IF", "GO"} - {"THC"})
DIGITS = frozenset("0123456789.-+(") | {""}
LEAST_MARKS = 3
"""Kinds of marks on either axis from which a sheet counts as an input-output table."""


@dataclass(frozen=True)
class Line:
    """One row or column of the table.

    Parameters
    ----------
    at : int
        Position on the sheet, from zero.
    label_at : tuple of int
        Cell of its label.
    key : str
        ``sector``, or a code such as ``TIU``.
    region, code, name : str
        Empty where the sheet has none.
    imported : bool
        Row of imported inputs.
    """

    at: int
    label_at: tuple[int, int]
    key: str
    region: str = ""
    code: str = ""
    name: str = ""
    imported: bool = False


@dataclass
class Layout:
    """Rows and columns of a table, its first row and column of numbers, what was wrong or passed over."""

    top: int = 0
    left: int = 0
    rows: list[Line] = field(default_factory=list)
    columns: list[Line] = field(default_factory=list)
    faults: list[Message] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def sectors(self, axis: str) -> list[Line]:
        """Sector lines of an axis, rows of imported inputs left out."""
        lines = self.rows if axis == "row" else self.columns
        return [line for line in lines if line.key == "sector" and not line.imported]

    def imported(self) -> list[Line]:
        """Rows of imported inputs by sector."""
        return [line for line in self.rows if line.key == "sector" and line.imported]

    def keyed(self, axis: str) -> dict[tuple[str, str], Line]:
        """Other lines by region (empty without one) and key."""
        lines = self.rows if axis == "row" else self.columns
        return {(line.region, line.key): line for line in lines if line.key != "sector"}


Marks = dict[int, set[str]]


def marks(sheet: Sheet) -> tuple[Marks, Marks]:
    """Codes and wordings that stand only on one axis: by row, and by column."""
    rows: Marks = {}
    columns: Marks = {}
    for r, line in enumerate(sheet.cells):
        for c, value in enumerate(line):
            if not isinstance(value, str) or len(value) > 80 or value[:1] in DIGITS:
                continue
            for axis, known, at, out in (("row", ROW_MARKS, r, rows), ("column", COLUMN_MARKS, c, columns)):
                key = key_of_code(value, axis) or key_of_name(value, axis)
                if key in known:
                    out.setdefault(at, set()).add(key)
    return rows, columns


def found_marks(sheet: Sheet) -> set[str]:
    """Kinds of marks on a sheet."""
    rows, columns = marks(sheet)
    return set().union(*rows.values(), *columns.values())


def is_table(sheet: Sheet) -> bool:
    """Whether a sheet has the labels of an input-output table."""
    rows, columns = marks(sheet)
    return all(len(set().union(*m.values())) >= LEAST_MARKS for m in (rows, columns))


def _numeric(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, int | float) or value is UNCALCULATED:
        return True
    return isinstance(value, str) and value.strip() != "" and isinstance(number(value, "", RULES), float)


def locate(sheet: Sheet) -> Layout:
    """Find every row and column of the table on a sheet that :func:`is_table`."""
    by_row, by_column = marks(sheet)
    height, width = sheet.shape
    out = Layout()

    def first(lines: range, across: Sequence[int], cell: Callable[[int, int], object]) -> int:
        return next((k for k in lines if 2 * sum(_numeric(cell(k, m)) for m in across) >= len(across)), len(lines))

    left = first(range(width), sorted(by_row), lambda c, r: sheet.cells[r][c])
    top = first(range(height), [c for c in sorted(by_column) if c >= left], lambda r, c: sheet.cells[r][c])
    if left in (0, width) or top in (0, height):
        out.faults.append(message("SAM161.empty", place=sheet.place(0, 0)))
        return out
    out.top, out.left = top, left
    out.columns = _lines(Axis(sheet, "column", top, range(top, height)), range(left, width), out)
    out.rows = _lines(Axis(sheet, "row", left, range(left, width)), range(top, height), out)
    return out


@dataclass(frozen=True)
class Labels:
    """What the label cells of one line say by themselves, whatever stands before it.

    Parameters
    ----------
    place, label_at
        Address of the innermost label; cell of the name, else of that label.
    name, code, last : str
        Its name, innermost code and innermost text; empty where it has none.
    of_code, of_name : str
        Keys that code and name mean.
    region, origin : str
        What begins with it.
    strange : tuple of (str, str)
        Other words with their places.
    """

    place: str
    label_at: tuple[int, int]
    name: str
    code: str
    last: str
    of_code: str
    of_name: str
    region: str
    origin: str
    strange: tuple[tuple[str, str], ...]

    def key(self, keyed: bool) -> str:
        """Its key; a line with a number is a sector as long as no key was met."""
        return self.of_code or ("" if self.code and not keyed else self.of_name)

    def kind(self, keyed: bool, ended: bool) -> str:
        """What it is after lines of which some had a key, or the last one."""
        key = self.key(keyed)
        if ended and not key:
            return "outside"
        if not self.last:
            return "unlabelled"
        if self.of_code and self.of_name and self.of_code != self.of_name:
            return "contradiction"
        return "key" if key else "unknown" if keyed else "sector"


@dataclass(frozen=True)
class Axis:
    """Rows or columns of a sheet; ``depth`` cells before the data hold their labels, ``across`` the data."""

    sheet: Sheet
    name: str
    depth: int
    across: range

    def cell(self, at: int, k: int) -> tuple[int, int]:
        """Position on the sheet of the k-th cell of a line."""
        return (k, at) if self.name == "column" else (at, k)

    def place(self, at: int, k: int) -> str:
        """Address of that cell."""
        return self.sheet.place(*self.cell(at, k))

    def blank(self, at: int) -> bool:
        """Whether a line holds neither label nor data."""
        cells = self.sheet.cells
        return not self._texts(at) and all(cells[r][c] is None for r, c in (self.cell(at, k) for k in self.across))

    def _texts(self, at: int) -> list[tuple[int, str]]:
        texts = ((k, self.sheet.text(*self.cell(at, k))) for k in range(self.depth))
        return [(k, t) for k, t in texts if t and not is_filler(t)]

    def labels(self, at: int) -> Labels:
        """What a line says by itself."""
        texts = self._texts(at)
        codes = [(k, t) for k, t in texts if is_code(t, self.name)]
        words = [(k, t) for k, t in texts if (k, t) not in codes and not unit_of(t)]
        marked = [w for w in words if plain(w[1]) in ORIGINS] if self.name == "row" else []
        if len(words) == len(marked) and not any(CODE.fullmatch(t) for _, t in codes):
            marked = []
        words = [w for w in words if w not in marked]
        named = next((w for w in reversed(words) if not region_named(w[1])), words[-1] if words else None)
        above = [w for w in words if named is None or w[0] != named[0]]
        regions = [region_named(t) for _, t in above if region_named(t)]
        last = texts[-1] if texts else (self.depth - 1, "")
        name, code = named[1] if named else "", codes[-1][1] if codes else ""
        return Labels(
            place=self.place(at, last[0]), label_at=self.cell(at, named[0] if named else last[0]), name=name,
            code=code, last=last[1], of_code=key_of_code(code, self.name),
            of_name=key_of_name(name, self.name) or (self._subtotal(at, *named) if named else ""),
            region=regions[-1] if regions else "", origin=ORIGINS[plain(marked[-1][1])] if marked else "",
            strange=tuple((t, self.place(at, k)) for k, t in above if not region_named(t)),
        )  # fmt: skip

    def _subtotal(self, at: int, name_at: int, name: str) -> str:
        """Key of a line called just total: that of the heading it stands under."""
        if plain(name) not in SUBTOTALS:
            return ""
        for k in reversed(range(name_at)):
            over = (self.sheet.text(*self.cell(back, k)) for back in range(at, -1, -1))
            heading = next((t for t in over if t and not is_filler(t)), "")
            if key := key_of_name(heading, self.name):
                return key
        return ""


def _lines(axis: Axis, positions: range, out: Layout) -> list[Line]:
    """Lines of one axis: region and origin hold until the next, sectors end at the first key, the table at its last."""
    lines: list[Line] = []
    strange: dict[str, str] = {}
    outside: list[str] = []
    region, origin, keyed, ended = "", "", False, False
    for at in positions:
        if axis.blank(at):
            continue
        said = axis.labels(at)
        region, origin = said.region or region, said.origin or origin
        for text, place in said.strange:
            strange.setdefault(text, place)
        key = said.key(keyed)
        match said.kind(keyed, ended):
            case "outside":
                outside.append(said.place)
            case "unlabelled":
                out.faults.append(message("SAM162", place=axis.place(at, axis.across[0])))
            case "contradiction":
                shown = {"code": said.of_code, "name": said.name, "meant": said.of_name}
                out.faults.append(message("SAM166", place=said.place, **shown))
            case "unknown":
                label = said.name or said.last
                close = near(label, wordings(axis.name))
                out.faults.append(message("SAM163", place=said.place, label=label, near=close))
            case "key":
                lines.append(Line(at, said.label_at, key, region if key in REGIONAL and axis.name == "column" else ""))
                keyed = keyed or key != "IM" or axis.name == "column"
                ended = ended or key == LAST[axis.name]
            case "sector":
                code = CODE.fullmatch(said.code)
                number_ = code[1] if code else ""
                lines.append(Line(at, said.label_at, "sector", region, number_, said.name, origin == "M"))
    if outside:
        out.notes.append(message("SAM173.outside", place=outside[0], count=len(outside)))
    if _complete(axis.sheet, axis.name, lines, out):
        names = [n for p in provinces() for n in (p.name_zh, p.name_en)]
        for text, place in strange.items():
            if close := near(text, names):
                out.faults.append(message("SAM170.unknown", place=place, label=text, near=close))
    return lines


def _complete(sheet: Sheet, axis: str, lines: list[Line], out: Layout) -> bool:
    """Report needed lines that are absent and lines that stand twice; whether any does."""
    before = len(out.faults)
    held: dict[tuple[str, ...], Line] = {}
    for line in lines:
        identity = (line.region, line.key, line.code or line.name, str(line.imported))
        if identity in held:
            shown = line.name or line.code if line.key == "sector" else line.key
            first = sheet.place(*held[identity].label_at)
            out.faults.append(message("SAM164", place=sheet.place(*line.label_at), label=shown, first=first))
        held.setdefault(identity, line)
    twice = len(out.faults) > before
    keys = {line.key for line in lines}
    for key in NEEDED[axis]:
        if key not in keys:
            known = listed(line.key for line in lines if line.key != "sector")
            words = (COLUMN_WORD if axis == "column" else ROW_WORD)[key]
            lost = "SAM165.column" if axis == "column" else "SAM165.row"
            out.faults.append(message(lost, place=sheet.place(0, 0), code=key, words=words, known=known))
    if SUMMED[axis] not in keys:
        lost = "SAM173.uses" if axis == "column" else "SAM173.inputs"
        out.notes.append(message(lost, place=sheet.place(0, 0), code=SUMMED[axis]))
    if not any(line.key == "sector" and not line.imported for line in lines):
        out.faults.append(message("SAM165.sectors", place=sheet.place(0, 0)))
    return twice


COLUMN_WORD = {"TFU": "最终使用合计", "GO": "总产出"}
ROW_WORD = {"TVA": "增加值合计", "TI": "总投入"}

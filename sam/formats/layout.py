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
from sam.formats.sheets import Sheet
from sam.registry import provinces

NEEDED = {"column": ("TIU", "TFU", "GO"), "row": ("TII", "TVA", "TI")}
REGIONAL = frozenset({"FU101", "FU102", "THC", "FU103", "TC", "FU201", "FU202", "GCF"})
ROW_MARKS = frozenset({"TII", "VA001", "VA002", "VA003", "VA004", "TVA", "TI"})
COLUMN_MARKS = frozenset({"TIU", "FU101", "FU102", "FU103", "TC", "FU201", "FU202", "GCF", "OF", "TFU", "IF", "GO"})
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
    out.columns = _axis(sheet, "column", range(left, width), top, range(top, height), out)
    out.rows = _axis(sheet, "row", range(top, height), left, range(left, width), out)
    return out


def _axis(sheet: Sheet, axis: str, positions: range, depth: int, across: range, out: Layout) -> list[Line]:
    """Lines of one axis; `depth` cells before the data hold their labels."""

    def cell(at: int, k: int) -> tuple[int, int]:
        return (k, at) if axis == "column" else (at, k)

    lines: list[Line] = []
    strange: dict[str, str] = {}
    region, origin, keyed, ended = "", "", False, False
    outside: list[str] = []
    for at in positions:
        texts = [(k, sheet.text(*cell(at, k))) for k in range(depth)]
        texts = [(k, t) for k, t in texts if t and not is_filler(t)]
        filled = any(sheet.cells[cell(at, k)[0]][cell(at, k)[1]] is not None for k in across)
        if not texts and not filled:
            continue
        codes = [(k, t) for k, t in texts if is_code(t, axis)]
        words = [(k, t) for k, t in texts if (k, t) not in codes and not unit_of(t)]
        if axis == "row":
            marked = [(k, t) for k, t in words if plain(t) in ORIGINS]
            if marked and (len(words) > len(marked) or any(CODE.fullmatch(t) for _, t in codes)):
                origin = ORIGINS[plain(marked[-1][1])]
                words = [w for w in words if w not in marked]
        name_at, name = _name(words)
        for k, t in words:
            if k != name_at and region_named(t):
                region = region_named(t)
            elif k != name_at:
                strange.setdefault(t, sheet.place(*cell(at, k)))
        key_code = key_of_code(codes[-1][1], axis) if codes else ""
        key_name = key_of_name(name, axis) or _subtotal(sheet, axis, cell, at, name_at, name)
        place = sheet.place(*cell(at, texts[-1][0] if texts else depth - 1))
        key = key_code or ("" if codes and not keyed else key_name)
        if ended and not key:
            outside.append(place)
            continue
        if not texts:
            out.faults.append(message("SAM162", place=sheet.place(*cell(at, across[0]))))
            continue
        if key_code and key_name and key_code != key_name:
            shown = {"code": key_code, "name": name, "meant": key_name}
            out.faults.append(message("SAM166", place=place, **shown))
            continue
        label_at = cell(at, name_at if name_at is not None else texts[-1][0])
        if key:
            keyed = keyed or key != "IM" or axis == "column"
            held = region if axis == "column" and key in REGIONAL else ""
            lines.append(Line(at, label_at, key, held))
            ended = ended or key == ("GO" if axis == "column" else "TI")
        elif keyed:
            close = near(name or texts[-1][1], wordings(axis))
            out.faults.append(message("SAM163", place=place, label=name or texts[-1][1], near=close))
        else:
            code = CODE.fullmatch(codes[-1][1]) if codes else None
            number_ = code.group(1) if code else ""
            lines.append(Line(at, label_at, "sector", region, number_, name, origin == "M" and axis == "row"))
    if outside:
        out.notes.append(message("SAM173.outside", place=outside[0], count=len(outside)))
    if _complete(sheet, axis, lines, out):
        names = [n for p in provinces() for n in (p.name_zh, p.name_en)]
        for text, place in strange.items():
            if close := near(text, names):
                out.faults.append(message("SAM170.unknown", place=place, label=text, near=close))
    return lines


def _name(words: list[tuple[int, str]]) -> tuple[int | None, str]:
    """The innermost words of a line that are no region."""
    if not words:
        return None, ""
    return next((w for w in reversed(words) if not region_named(w[1])), words[-1])


def _subtotal(
    sheet: Sheet, axis: str, cell: Callable[[int, int], tuple[int, int]], at: int, name_at: int | None, name: str
) -> str:
    """Key of a line called just total: that of the heading it stands under."""
    if name_at is None or plain(name) not in SUBTOTALS:
        return ""
    for k in reversed(range(name_at)):
        for back in range(at, -1, -1):
            text = sheet.text(*cell(back, k))
            if text and not is_filler(text):
                if key := key_of_name(text, axis):
                    return key
                break
    return ""


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
    if not any(line.key == "sector" and not line.imported for line in lines):
        out.faults.append(message("SAM165.sectors", place=sheet.place(0, 0)))
    return twice


COLUMN_WORD = {"TIU": "中间使用合计", "TFU": "最终使用合计", "GO": "总产出"}
ROW_WORD = {"TII": "中间投入合计", "TVA": "增加值合计", "TI": "总投入"}

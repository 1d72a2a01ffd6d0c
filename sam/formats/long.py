"""Long table, CSV or Excel: one line per cell under the heads ``row``, ``column``, ``value``.

Heads may be Chinese (``行``, ``列``, ``值``) and stand in any order; columns ``unit`` and ``year`` count as said of the
whole table, other columns are comments. Lines before the heads may say ``unit``, ``year`` and so on, see
:mod:`sam.formats.base`.
"""

from __future__ import annotations

from pathlib import Path

from cgebase.errors import SAMError
from cgebase.messages import Message, listed, message
from sam.formats.base import Table, about_rows, cells_of, refuse, triples
from sam.formats.cells import ERRORS, RULES, Rules, label
from sam.formats.sheets import Sheet, read_sheet
from sam.formats.text import ENDINGS, read_about, write_rows
from sam.matrix import SAM

HEADS = {
    "row": ("row", "行", "收入账户"), "column": ("column", "col", "列", "支出账户"),
    "value": ("value", "值", "数值", "金额"), "unit": ("unit", "单位"), "year": ("year", "年份"),
}  # fmt: skip


class Long:
    """One line per cell."""

    name = "long"
    extensions: tuple[str, ...] = ENDINGS
    labels = ""
    writes = True

    def read(
        self, path: Path, *, table: str | None = None, year: int | None = None, rules: Rules = RULES
    ) -> Table:
        """Cells line by line; a blank value is a fault whatever ``rules`` say."""
        sheet = read_sheet(path, table)
        about, start = read_about(sheet)
        heads = _heads(sheet, start)
        rules = Rules(None, rules.dash, rules.missing)
        faults: list[Message] = sheet.overlong(start)
        found: dict[tuple[str, str], tuple[float, str]] = {}
        said: dict[str, tuple[str, str]] = {}
        for r in range(start + 1, sheet.shape[0]):
            if all(x is None for x in sheet.cells[r]):
                continue
            names = []
            for side in ("row", "column"):
                text, place = label(sheet.cells[r][heads[side]], narrow=False), sheet.place(r, heads[side])
                if not text:
                    faults.append(message("SAM126.blank", place=place))
                elif text.upper() in ERRORS:
                    faults.append(message("SAM120.error", place=place, value=text))
                names.append(text)
            value, place = sheet.number(r, heads["value"], rules), sheet.place(r, heads["value"])
            for key in ("unit", "year"):
                if key in heads and (text := sheet.text(r, heads[key])):
                    first, where = said.setdefault(key, (text, sheet.place(r, heads[key])))
                    if text != first:
                        facts = {"place": sheet.place(r, heads[key]), "found": text, "first": first, "where": where}
                        faults.append(message("SAM131.change", field=key, **facts))
            cell = (names[0], names[1])
            if isinstance(value, Message):
                faults.append(value)
            elif cell in found:
                faults.append(message("SAM131", place=place, row=cell[0], column=cell[1], first=found[cell][1]))
            else:
                found[cell] = (value, place)
        refuse(path.name, faults)
        about += [(key, text) for key, (text, _) in said.items()]
        return Table(path.name, cells_of((r, c, v) for (r, c), (v, _) in found.items()), tuple(about))

    def write(self, sam: SAM, path: Path) -> None:
        """Cells in their order under the description of the table."""
        rows: list[tuple[str | float | None, ...]] = [*about_rows(sam), ("row", "column", "value")]
        write_rows(path, [*rows, *((r, c, float(v)) for r, c, v in triples(sam.cells) if v != 0.0)], "sam")


def _heads(sheet: Sheet, start: int) -> dict[str, int]:
    """Columns by what they hold."""
    texts = [label(x).lower() for x in sheet.cells[start]] if start < sheet.shape[0] else []
    heads: dict[str, int] = {}
    for key, known in HEADS.items():
        columns = [j for j, text in enumerate(texts) if text in known]
        if len(columns) > 1:
            places = listed(sheet.place(start, j) for j in columns)
            raise SAMError(message("SAM129.twice", file=sheet.file, name=key, places=places))
        heads |= {key: columns[0]} if columns else {}
    missing = [key for key in ("row", "column", "value") if key not in heads]
    if missing:
        found = listed(t for t in texts[:12] if t) or message("none")
        raise SAMError(message("SAM129", place=sheet.place(start, 0), missing=listed(missing), found=found))
    return heads

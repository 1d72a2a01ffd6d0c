"""What a published table says of itself: unit, region, year, and the sectors on both its sides."""

from __future__ import annotations

from pathlib import PurePath

from cgebase.errors import SAMValidationError
from cgebase.messages import Message, joined, listed, message, near
from sam.formats.iolabels import (
    UNITS,
    nbs42,
    plain,
    region_within,
    sector_named,
    unit_named,
    unit_of,
    year_of,
)
from sam.formats.layout import Layout, Line
from sam.formats.sheets import Sheet
from sam.registry import resolve

MOST_STRANGE = 6
"""Labels on both sides that may be slips; more are a list of another year (assumption)."""


def titles(sheet: Sheet, layout: Layout) -> list[tuple[str, str]]:
    """Texts around the table with their addresses: the corner, rows of few cells above, everything below."""
    last = max(line.at for line in layout.rows)
    out = []
    for r, line in enumerate(sheet.cells):
        if layout.top <= r <= last:
            continue
        filled = [c for c, value in enumerate(line) if value is not None]
        for c in filled:
            if isinstance(line[c], str) and (r > last or c < layout.left or len(filled) <= 3):
                out.append((sheet.place(r, c), sheet.text(r, c)))
    return out


def unit_stated(sheet: Sheet, layout: Layout, given: str | None, faults: list[Message]) -> str:
    """Unit of a sheet, a key of `UNITS`; faults where it is absent, unknown, or two stand against each other."""
    said = [(place, text, unit_of(text)) for place, text in titles(sheet, layout)]
    known = {unit: place for place, _, unit in said if unit}
    facts = {"place": sheet.place(0, 0), "known": listed(UNITS)}
    for place, text, unit in said:
        if unit == "":
            faults.append(message("SAM169.unknown", **(facts | {"place": place, "text": text})))
    if len(known) > 1:
        found = listed(f"{u} ({p})" for u, p in known.items())
        faults.append(message("SAM169.several", place=facts["place"], found=found))
    asked = unit_named(given) if given is not None else ""
    if given is not None and not asked:
        faults.append(message("SAM169.asked", given=given, known=facts["known"]))
    stated = next(iter(known), "")
    if asked and stated and asked != stated:
        faults.append(message("SAM169.against", place=known[stated], stated=stated, given=asked))
    if not stated and given is None and all(unit != "" for _, _, unit in said):
        faults.append(message("SAM169", **facts))
    return stated or asked


def region_stated(sheet: Sheet, layout: Layout, given: str | None, faults: list[Message]) -> str:
    """Region of a table of one region: as given, else of its title, the sheet's name, the file's name.

    A fault where title and file name differ and nothing is given, or where neither is the one given.
    """
    place, title = next(((p, r) for p, t in titles(sheet, layout) if (r := region_within(t))), ("", ""))
    if given is not None:
        asked = "CN" if given.upper() == "CN" else resolve(given)
        if title and asked not in (title, region_within(PurePath(sheet.file).stem)):
            faults.append(message("SAM170.asked", place=place, title=title, given=asked))
        return asked
    file = region_within(PurePath(sheet.file).stem)
    if title and file and title != file:
        faults.append(message("SAM170.against", place=sheet.place(0, 0), title=title, file=file))
    found = title or region_within(sheet.name) or file
    if not found:
        faults.append(message("SAM170", place=sheet.place(0, 0)))
    return found


def year_stated(sheet: Sheet, layout: Layout, given: int | None, faults: list[Message]) -> int | None:
    """Year of a table: of its title, else as given, else of the sheet's or the file's name.

    A fault where the title says another than the one given.
    """
    place, said = next(((p, y) for p, t in titles(sheet, layout) if (y := year_of([t]))), ("", None))
    if given and said and given != said:
        faults.append(message("SAM169.year", place=place, stated=said, given=given))
    return said or given or year_of([sheet.name, PurePath(sheet.file).stem])


def sectors_stated(
    sheet: Sheet, layout: Layout, classification: str, faults: list[Message], notes: list[Message]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str]:
    """Regions, sector codes and labels of a table, the same on both sides.

    Parameters
    ----------
    classification : {"nbs42", "own"}
        ``nbs42`` holds the labels of a table of 42 sectors against those of 2017 to 2020.

    Returns
    -------
    regions, codes, labels, classification
        Regions are empty where the table has one without a label.
    """
    strange: list[Message] = []
    sides = [_coded(sheet, layout.sectors(axis), classification, strange) for axis in ("row", "column")]
    if layout.imported():
        sides.append(_coded(sheet, layout.imported(), classification, strange))
    rows = sides[0]
    for other in sides[1:]:
        _same(sheet, rows, other, faults)
    regions = tuple(dict.fromkeys(line.region for line, _ in rows))
    first = [(line, code) for line, code in rows if line.region == regions[0]]
    codes = tuple(code for _, code in first)
    for region in regions[1:]:
        held = tuple(code for line, code in rows if line.region == region)
        if held != codes:
            line = next(line for line, _ in rows if line.region == region)
            count = {"found": len(held), "expected": len(codes)}
            faults.append(message("SAM167.region", place=sheet.place(*line.label_at), region=region, **count))
    standard = classification == "nbs42" and set(codes) == set(nbs42())
    if standard:
        for line, code in dict.fromkeys((x, c) for side in sides for x, c in side):
            _held_against(sheet, line, code, strange, notes)
    elif classification == "nbs42":
        notes.append(message("SAM173.own", place=sheet.place(0, 0), count=len(codes)))
    if len(strange) > MOST_STRANGE:
        strange = [message("SAM168.list", first=strange[0].text("en").partition(": ")[2].partition(";")[0],
                           place=sheet.place(0, 0), count=len(strange))]  # fmt: skip
    faults += strange
    return regions, codes, tuple(line.name for line, _ in first), "nbs42" if standard else "own"


def _coded(
    sheet: Sheet, lines: list[Line], classification: str, faults: list[Message]
) -> list[tuple[Line, str]]:
    """Sector lines with codes of one width; codes that are not printed come from the labels."""
    width = 3 if any(len(line.code) == 3 for line in lines) else 2
    out, count = [], 0
    for k, line in enumerate(lines):
        count = 0 if k and line.region != lines[k - 1].region else count
        count += 1
        if line.code:
            out.append((line, line.code.zfill(width)))
        elif classification == "own":
            out.append((line, f"{count:0{width}d}"))
        else:
            code, _ = sector_named(line.name)
            if not code:
                place = sheet.place(*line.label_at)
                faults.append(message("SAM168", place=place, label=line.name, near=_near(line.name)))
            out.append((line, code))
    return out


def _near(name: str) -> Message:
    return near(name, [n for names in nbs42().values() for n in names])


def _same(sheet: Sheet, rows: list[tuple[Line, str]], other: list[tuple[Line, str]], faults: list[Message]) -> None:
    """The same regions and sectors in the same order, by code and by label."""
    if len(rows) != len(other):
        places = {"place": sheet.place(*rows[0][0].label_at), "other": sheet.place(*other[0][0].label_at)}
        faults.append(message("SAM167.count", **places, found=len(rows), against=len(other)))
    for k, ((a, code), (b, against)) in enumerate(zip(rows, other, strict=False)):
        places = {"place": sheet.place(*a.label_at), "other": sheet.place(*b.label_at)}
        if (a.region, code) != (b.region, against):
            left, right = (f"{x.region} {c} {x.name}".strip() for x, c in ((a, code), (b, against)))
            faults.append(message("SAM167", **places, position=k + 1, found=left, against=right))
        elif a.name and b.name and plain(a.name) != plain(b.name) and sector_named(a.name) != sector_named(b.name):
            faults.append(message("SAM167", **places, position=k + 1, found=a.name, against=b.name))


def _held_against(sheet: Sheet, line: Line, code: str, faults: list[Message], notes: list[Message]) -> None:
    """Hold a label against the sector of its code."""
    if not line.name or code not in nbs42():
        return
    meant, exactly = sector_named(line.name)
    facts = {"place": sheet.place(*line.label_at), "label": line.name, "code": code, "expected": nbs42()[code][0]}
    if meant != code:
        faults.append(message("SAM168.code", **facts, near=_near(line.name)))
    elif not exactly:
        notes.append(message("SAM173.taken", **facts))


def refuse(sheet: Sheet, faults: list[Message]) -> SAMValidationError:
    """All faults of a table as one error."""
    where = f"[{sheet.file}]{sheet.name}" if sheet.name else sheet.file
    head = message("SAM160", where=where, count=len(faults))
    return SAMValidationError(joined(head, faults, message("SAM160.next"), codes=True))

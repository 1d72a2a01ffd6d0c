"""Tables of plain text, aligned by what a terminal shows: a Chinese character is as wide as two Latin letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wcwidth import ljust, rjust, width

from cgebase.messages import text_of


def columns(head: Sequence[object], rows: Iterable[Sequence[object]], language: str, align: str = "lr") -> list[str]:
    """Lines of a table.

    Parameters
    ----------
    head : sequence
        Headings, messages or plain words.
    align : str
        ``l`` or ``r`` for each column, the last letter for all that follow.
    """
    cells = [[text_of(cell, language) for cell in row] for row in (head, *rows)]
    wide = [max(map(width, column)) for column in zip(*cells, strict=True)]
    place = [ljust if letter == "l" else rjust for letter in align.ljust(len(wide), align[-1])]
    return ["  ".join(put(cell, of) for put, cell, of in zip(place, row, wide, strict=True)).rstrip() for row in cells]

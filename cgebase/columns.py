"""Tables of plain text, aligned by what a terminal shows: a Chinese character is as wide as two Latin letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from wcwidth import ljust, rjust, width

from cgebase.messages import text_of

LONGEST_LABEL = 120
"""Letters that a name given by a user may have: a figure shows three lines of it."""
WORD = re.compile(r"[\u4e00-\u9fff“（][，。；：、）”？]*|[^\s\u4e00-\u9fff“（]+|\s+")
"""Pieces of a line that stay whole: one Chinese character with the marks that close it, or a Latin word."""


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


def fitted(text: str, columns: int) -> list[str]:
    """Lines of a text that are no wider than ``columns`` of a terminal; only a word that is wider itself is cut."""
    lines = [""]
    for piece in (part for word in WORD.findall(text) for part in _cut(word, columns)):
        if lines[-1] and width(lines[-1] + piece) > columns:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _cut(word: str, columns: int) -> Iterator[str]:
    """A word in parts that a line holds."""
    while width(word) > columns > 1:
        end = next(k for k in range(len(word), 0, -1) if k == 1 or width(word[:k]) <= columns)
        yield word[:end]
        word = word[end:]
    yield word

"""What an object holds, in lines a person can read at a glance."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from pathlib import PurePath
from typing import Any

LINES = 10
"""Most lines of a representation."""
NAMED = 6
"""Members that are named; the others are counted."""
WIDTH = 90
"""Most characters of one value."""


class Brief:
    """Something large whose ``repr`` is at most ten lines: its kind, then what each attribute holds.

    A dataclass derived from it is declared with ``repr=False``.
    """

    def __repr__(self) -> str:
        names = [n for n in getattr(self, "__dataclass_fields__", vars(self)) if not n.startswith("_")]
        room = LINES - 1 if len(names) < LINES else LINES - 2
        lines = [type(self).__name__, *(f"  {n}: {outline(getattr(self, n))}" for n in names[:room])]
        also = [f"  also {', '.join(names[room:])}"] if names[room:] else []
        return "\n".join(lines + also)


def outline(value: Any) -> str:
    """One line that says what a value is: a number itself, the shape of an array, the first members of a collection."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    if shape and hasattr(value, "columns"):
        text = f"{shape[0]} rows of {', '.join(map(str, value.columns))}"
    elif shape:
        text = f"array {' x '.join(map(str, shape))}"
    elif isinstance(value, Mapping) and value and all(map(_is_set, value.items())):
        text = ", ".join(f"{len(v)} {k}" for k, v in value.items())
    elif isinstance(value, Collection) and not isinstance(value, str):
        text = f"{len(value)}: {', '.join(_word(v) for v in islice(value, NAMED))}" if value else "none"
        text += ", …" * (len(value) > NAMED)
    else:
        text = _word(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _is_set(member: tuple[Any, Any]) -> bool:
    return isinstance(member[0], str) and isinstance(member[1], tuple)


def _word(value: Any) -> str:
    """A value that is a word or number; of anything else its kind."""
    if isinstance(value, tuple):
        return " ".join(map(_word, value))
    return str(value) if value is None or isinstance(value, str | int | float | PurePath) else type(value).__name__

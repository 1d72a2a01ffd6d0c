"""Sentences of a brief over the tables of a run: every number in them is bound to cells, and goes where these go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from cge.report.style import phrases, signed
from cgebase.messages import LANGUAGES, Message

RUN, RANGES, DRAWS, CAUSES = "results", "ranges", "draws", "causes"
"""Tables that sentences quote: tidy results, ranges of an ensemble and what was drawn, causes of one policy."""
CHANGE, LEVEL, PART = "+.2f", ",.0f", ".0%"
"""Formats: a change with its sign, a level, a share in per cent."""
BINDING = ["place", "sentence", "slot", "file", "key", "column", "sign", "value", "format", "shown"]
"""Columns of the table of bindings."""


@dataclass(frozen=True)
class Cell:
    """A number of a table, or the sum of the rows that a key names.

    Parameters
    ----------
    file : str
        Where the table stands.
    key : mapping
        Column and label of its rows.
    column : str
    value : float
        nan where no row is there, or one has no number.
    sign : float
        How it counts in a number made of several.
    """

    file: str
    key: Mapping[str, object]
    column: str
    value: float
    sign: float = 1.0


@dataclass(frozen=True)
class Bound:
    """A number of a sentence: the cells it is made of and how it is written.

    Parameters
    ----------
    mark : str
        Sign after the number, such as that of numbers beyond sense.
    """

    cells: tuple[Cell, ...]
    format: str
    mark: str = ""

    @property
    def value(self) -> float:
        """Sum of its cells by their signs."""
        return sum(c.sign * c.value for c in self.cells)

    @property
    def there(self) -> bool:
        """Whether every cell has a number."""
        return self.value == self.value

    def __str__(self) -> str:
        shown = signed(self.value) if self.format == CHANGE else format(self.value, self.format)
        return (shown.replace("%", " %") if self.format == PART else shown) + self.mark


Item = tuple[Message, Bound]
"""A name with its number, in a sentence that lists several."""


@dataclass(frozen=True)
class Sentence:
    """One sentence: a template of the catalogue, ``figure.brief.<template>``, with its numbers and words.

    Parameters
    ----------
    numbers : mapping of str to Bound
        By slot of the template.
    words : mapping of str to Message or str
        Names, years: nothing that a run finds.
    items : sequence of (Message, Bound)
        What the slot ``items`` lists.
    """

    template: str
    numbers: Mapping[str, Bound] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    items: Sequence[Item] = ()

    def text(self, language: str) -> str:
        """The sentence in one language."""
        of = phrases("brief", language)
        words = {k: w.text(language) if isinstance(w, Message) else w for k, w in self.words.items()}
        listed = of["between"].join(f"{name.text(language)} {number}" for name, number in self.items)
        return of[self.template].format(**words, **{k: str(n) for k, n in self.numbers.items()}, items=listed)

    @property
    def bound(self) -> dict[str, Bound]:
        """Every number of the sentence by slot; those of a list by their place in it."""
        return dict(self.numbers) | {f"items {k}": number for k, (_, number) in enumerate(self.items, 1)}


def said(
    template: str, words: Mapping[str, str], numbers: Mapping[str, Bound] | None = None, items: Sequence[Item] = ()
) -> list[Sentence]:
    """The sentence, or none where one of its numbers is not there."""
    sentence = Sentence(template, numbers or {}, words, items)
    return [sentence] if all(number.there for number in sentence.bound.values()) else []


def phrase(key: str) -> Message:
    """A phrase that stands inside sentences."""
    return Message(*(phrases("brief", x)[key] for x in LANGUAGES))


@dataclass(frozen=True)
class Evidence:
    """Tables that the sentences quote, each with the file it is in.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Tidy results as :data:`RUN`; :data:`RANGES`, :data:`DRAWS` and ``causes <policy>`` where they are there.
    files : mapping of str to str
        Where each table stands; ``{scenario}`` in it is filled from the key.
    """

    tables: Mapping[str, pd.DataFrame]
    files: Mapping[str, str]
    _sums: dict[tuple[str, tuple[str, ...], str], dict[object, float]] = field(default_factory=dict, init=False)

    def has(self, table: str) -> bool:
        """Whether this table is there."""
        return table in self.tables

    def cell(self, table: str, key: Mapping[str, object], column: str = "value", sign: float = 1.0) -> Cell:
        """The cell of a key; of several rows their sum."""
        names = tuple(key)
        if (table, names, column) not in self._sums:
            groups = self.tables[table].groupby(list(names), sort=False)[column]
            self._sums[table, names, column] = groups.sum(skipna=False).to_dict()
        label = tuple(key.values()) if len(names) > 1 else key[names[0]]
        value = float(self._sums[table, names, column].get(label, float("nan")))
        return Cell(self.files[table].format_map({"scenario": "", **key}), key, column, value, sign)


def binding(place: str, sentences: Iterable[Sentence]) -> list[dict[str, object]]:
    """Rows of the table of bindings, columns :data:`BINDING`."""
    return [
        row for s in sentences for slot, number in s.bound.items()
        for row in bound_rows(place, s.template, slot, number)
    ]  # fmt: skip


def bound_rows(place: str, template: str, slot: str, number: Bound) -> list[dict[str, object]]:
    """Rows of one number, a row for each of its cells."""
    return [
        {"place": place, "sentence": template, "slot": slot, "file": c.file,
         "key": ";".join(f"{k}={v}" for k, v in c.key.items()), "column": c.column, "sign": c.sign, "value": c.value,
         "format": number.format, "shown": str(number)}
        for c in number.cells
    ]  # fmt: skip

"""Labels of other people's layouts turned into account ids by a table, and back.

A table has the columns ``label`` and ``account``. A ``*`` at the end of a label stands for any text, which takes the
place of the ``*`` in the account: ``A-*`` to ``act:*``. An exact label goes before a pattern, a longer pattern before a
shorter one. Several labels may go to one account; their cells are added up. Case does not matter in labels.
``sam/mappings/labels_ifpri.csv`` has the account names that the standard model of Lofgren, Harris and Robinson (2002,
IFPRI) asks for and those of its usual examples; ``labels_pep.csv`` those of the standard models of the Partnership for
Economic Policy (Decaluwé, Lemelin, Robichaud and Maisonnave 2013), whose labels have a set and an element, ``AG.GVT``.
There, taxes on a factor stand in an account named after it (``AG.USK``): such labels need a table of the user's own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import Message, joined, listed, message
from sam.formats.base import accounts_of, cells_of, refuse, triples
from sam.formats.cells import label
from sam.formats.sheets import read_text
from sam.tables import read_mapping


@dataclass(frozen=True)
class Label:
    """One line of a table."""

    label: str
    account: str


def shipped_labels(name: str) -> tuple[Label, ...]:
    """Labels of a layout by the name of its format."""
    table = read_mapping(f"labels_{name}", ("label", "account"))
    return tuple(Label(x, y) for x, y in zip(table["label"], table["account"], strict=True))


def read_labels(path: Path) -> tuple[Label, ...]:
    """Labels of the user's own.

    Raises
    ------
    SAMError
        No such columns, blanks, a label twice, a ``*`` on one side only or not at the end; all at once.
    """
    sheet = read_text(path)
    heads = [label(x).lower() for x in sheet.cells[0]]
    missing = [x for x in ("label", "account") if heads.count(x) != 1]
    if missing:
        raise SAMError(message("SAM141", place=sheet.place(0, 0), missing=listed(missing)))
    at = [heads.index(x) for x in ("label", "account")]
    faults: list[Message] = sheet.overlong(0)
    seen: dict[str, str] = {}
    out = []
    for r in range(1, sheet.shape[0]):
        texts = [label(sheet.cells[r][c], narrow=False) for c in at]
        if not any(texts):
            continue
        place = sheet.place(r, at[0])
        if not all(texts):
            faults.append(message("SAM126.blank", place=sheet.place(r, at[texts.index("")])))
        elif any("*" in t[:-1] for t in texts[:1]) or texts[0].endswith("*") != ("*" in texts[1]):
            faults.append(message("SAM141.star", place=place, label=texts[0], account=texts[1]))
        elif texts[0].lower() in seen:
            faults.append(message("SAM126.twice", place=place, name=texts[0], first=seen[texts[0].lower()]))
        seen.setdefault(texts[0].lower(), place)
        out.append(Label(*texts))
    refuse(path.name, faults)
    return tuple(out)


def _apply(text: str, pairs: Sequence[tuple[str, str]]) -> str | None:
    """Other side of a text; the first exact one, else the first of the longest patterns."""
    small = text.lower()
    best: tuple[int, str] | None = None
    for start, other in pairs:
        if start.lower() == small and not start.endswith("*"):
            return other
        stem = start[:-1]
        fits = start.endswith("*") and small.startswith(stem.lower()) and len(text) > len(stem)
        if fits and (best is None or len(stem) > best[0]):
            best = (len(stem), other.replace("*", text[len(stem) :]))
    return None if best is None else best[1]


def map_labels(cells: pd.DataFrame, labels: Sequence[Label], file: str) -> pd.DataFrame:
    """Cells by account.

    Raises
    ------
    SAMError
        Labels without an account, each with the share of the table's value in its row and column and the closest
        labels of the table.
    """
    pairs = [(x.label, x.account) for x in labels]
    to = {name: _apply(name, pairs) for name in accounts_of(cells)}
    missing = [name for name, account in to.items() if account is None]
    if missing:
        sizes: dict[str, float] = defaultdict(float)
        for r, c, v in triples(cells):
            for name in {r, c}:
                sizes[name] += abs(v)
        whole = sum(abs(v) for _, _, v in triples(cells)) or 1.0
        known = {x.label.lower(): x.label for x in labels}
        faults = [
            message(
                "SAM140.label", label=name, share=sizes[name] / whole,
                close=listed(known[k] for k in get_close_matches(name.lower(), known, 3, 0.4)) or message("none"),
            )
            for name in sorted(missing, key=lambda n: -sizes[n])
        ]  # fmt: skip
        raise SAMError(joined(message("SAM140", file=file, count=len(missing)), faults, message("SAM140.next")))
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for r, c, v in triples(cells):
        sums[str(to[r]), str(to[c])].append(v)
    total = {cell: sum(sorted(v)) for cell, v in sums.items()}
    wrong = [(f"{file} {r} <- {c}", v) for (r, c), v in total.items() if not math.isfinite(v)]
    refuse(file, [message("SAM120.finite", place=place, value=v) for place, v in wrong])
    return cells_of((r, c, v) for (r, c), v in total.items())


def map_accounts(cells: pd.DataFrame, labels: Sequence[Label], name: str) -> pd.DataFrame:
    """Cells by label.

    Raises
    ------
    SAMError
        Accounts without a label, or that reading would not give back.
    """
    pairs = [(x.label, x.account) for x in labels]
    back = [(a, t) for t, a in pairs if a.endswith("*") or "*" not in a]
    to: dict[str, str] = {}
    faults = []
    for account in accounts_of(cells):
        text = _apply(account, back)
        if text is None or _apply(text, pairs) != account:
            faults.append(message("SAM142.account", account=account))
        else:
            to[account] = text
    if faults:
        raise SAMError(
            joined(message("SAM142", format=name, count=len(faults)), faults, message("SAM142.next", format=name))
        )
    return cells.assign(row=cells["row"].map(to), column=cells["column"].map(to))

"""Values that a user sets instead of those of the tables: known, read by the model, inside their declared range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cge.calibrate.parameters import ALL, TABLES, ParameterError, ParameterSet
from cge.calibrate.parameters.register import CODE, shown, uses
from cgebase.messages import Message, joined, lined, listed, message, near
from sam.tables import read_table

PATHS = "path_assumptions"
"""Table of the nodes of paths, on the data side."""
ELSEWHERE = {("saving_rate", 2060)}
"""Nodes that the model takes from its own tables: `saving_rate_2060`."""
CAPTION = 60
"""Letters that values set may take in the caption of a figure."""
FRACTION = "fraction"
"""Beginning of the unit of what lies between 0 and 1."""


@dataclass(frozen=True)
class Entries:
    """A parameter as it can be set.

    Parameters
    ----------
    unit : str
    values, ranges : mapping of str
        Value of the table, and its low and high, by item.
    path : bool
        Whether it is a node of a path, ``code_year``, instead of a value of the equations.
    """

    unit: str
    values: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    path: bool


def changed(parameters: ParameterSet, asked: Mapping[str, Any], *, beyond: bool = False) -> ParameterSet:
    """Return the parameters with some values set, named after them.

    Parameters
    ----------
    asked : mapping of str to float or mapping of str to float
        By parameter; a number is for every item, a mapping for the items it names. Assumptions of paths are set by
        node, ``code_year``.
    beyond : bool
        Whether values may lie outside the declared range; their sign, and 0 to 1 for fractions, hold in any case.

    Raises
    ------
    ParameterError
        Every unknown name or item, every parameter that the model does not read, every value outside its range.
    """
    equations: dict[tuple[str, str], float] = {}
    paths: dict[tuple[str, str], float] = {}
    faults: list[Message] = []
    for name, given in asked.items():
        entries = entries_of(parameters, name)
        if isinstance(entries, Message):
            faults.append(entries)
            continue
        if entries.path and not isinstance(given, Mapping):
            faults.append(message("CGE254.node", name=name, known=listed(entries.values)))
            continue
        if given == {}:
            faults.append(message("CGE254.empty", name=name))
        pairs = given if isinstance(given, Mapping) else dict.fromkeys(entries.values, given)
        faults += [_no_item(parameters, name, i, list(entries.values)) for i in pairs if i not in entries.values]
        wanted = {i: v for i, v in pairs.items() if i in entries.values}
        refused = list(_refused(name, entries, wanted, beyond))
        faults += refused
        values = {} if refused else {(name, i): float(v) for i, v in wanted.items()}
        (paths if entries.path else equations).update(values)
    if faults:
        raise ParameterError(joined(message("CGE250", count=len(faults)), faults, most=len(faults)))
    if not (equations or paths):
        return parameters
    chosen = parameters.with_values(equations, f"{parameters.name}, {_short(spelt(asked))}")
    return replace(chosen, paths={**parameters.paths, **paths}, changed={**chosen.changed, **paths})


def entries_of(parameters: ParameterSet, name: str) -> Entries | Message:
    """What can be set of a parameter, or why nothing can."""
    known = uses()
    rows = known[(known["parameter"] == name) & known["table"].isin([*TABLES, PATHS]) & (known["read_by"] != "")]
    own, path = rows[rows["table"] != PATHS], rows[(rows["table"] == PATHS) & (rows["weight"] != "none")]
    if not own.empty:
        unit = parameters.table.loc[parameters.table["parameter"] == name, "unit"].iloc[0]
        items = [i for p, i in parameters.values if p == name]
        values, ranges = ({i: of[name, i] for i in items} for of in (parameters.values, parameters.ranges))
        return Entries(str(unit), values, ranges, False)  # type: ignore[arg-type]
    if not path.empty:
        nodes = read_table(PATHS)
        nodes = nodes[nodes["item"] == name]
        nodes = nodes[[(name, year) not in ELSEWHERE for year in nodes["year"]]]
        labels = [f"{code}_{year}" for code, year in zip(nodes["code"], nodes["year"], strict=True)]
        ends = zip(nodes["low"].astype(float), nodes["high"].astype(float), strict=True)
        return Entries(str(nodes["unit"].iloc[0]), dict(zip(labels, nodes["value"].astype(float), strict=True)),
                       dict(zip(labels, ends, strict=True)), True)  # fmt: skip
    return _unsettable(name)


def acts_only(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Closure axis or choice of the baseline under some options of which alone a parameter acts; None if always."""
    known = uses()
    told = known[(known["parameter"] == name) & (known["only"] != "")]["only"]
    if told.empty:
        return None
    axis, _, options = str(told.iloc[0]).partition(" = ")
    return axis, tuple(options.split("+"))


def settable() -> dict[str, str]:
    """Names of parameters that can be set, each with what it is."""
    known = uses()
    read = known[known["table"].isin(TABLES) & (known["read_by"] != "")]
    nodes = known[(known["table"] == PATHS) & (known["weight"] != "none")]
    return {str(p): str(w) for part in (read, nodes) for p, w in part[["parameter", "what"]].itertuples(index=False)}


def spelt(asked: Mapping[str, Any]) -> list[str]:
    """What was asked for, one text each, as readers see it: ``sigma_kle = 0.8``, ``sigma_kle[irs] = 0.6``."""
    return [
        f"{label} = {shown(float(value))}"
        for name, given in asked.items()
        for label, value in (
            ((f"{name}[{item}]", v) for item, v in given.items()) if isinstance(given, Mapping) else ((name, given),)
        )
    ]


def _short(texts: list[str]) -> str:
    """Texts as far as a caption has room, the others counted; the manifest of a run names all."""
    room = sum(1 for k in range(len(texts)) if k == 0 or len(", ".join(texts[: k + 1])) <= CAPTION)
    return ", ".join([*texts[:room], *([f"+{len(texts) - room}"] if room < len(texts) else [])])


def _unsettable(name: str) -> Message:
    """Why a name cannot be set: no parameter, set elsewhere, or read by nothing."""
    known = uses()
    rows = known[known["parameter"] == name]
    if rows.empty:
        return message("CGE251", name=name, near=near(name, settable()), known=lined(settable()))
    place, reason = rows.iloc[0][["table", "matters"]]
    if place in (*TABLES, PATHS):
        return message("CGE253", name=name, reason=reason)
    return message("CGE252.code" if place == CODE else "CGE252", name=name, table=place)


def _no_item(parameters: ParameterSet, name: str, item: object, items: list[str]) -> Message:
    facts = {"near": near(str(item), items), "known": listed(items), "aggregation": parameters.aggregation}
    return message("CGE254.national" if items == [ALL] else "CGE254", name=name, item=item, **facts)


def _refused(name: str, entries: Entries, wanted: Mapping[str, Any], beyond: bool) -> Iterator[Message]:
    """Values that are no numbers, make no sense or lie outside their range; items with the same fault together."""
    faults: dict[tuple[str, str, float, float], list[str]] = {}
    for item, value in wanted.items():
        low, high = entries.ranges[item]
        if not _is_number(value):
            faults.setdefault(("CGE255", repr(value)[:40], low, high), []).append(item)
        elif not _makes_sense(float(value), entries.values[item], low, entries.unit):
            faults.setdefault(("CGE256", shown(float(value)), 0.0, 0.0), []).append(item)
        elif not (beyond or low <= value <= high):
            key = "CGE257" if low == low else "CGE257.none"
            faults.setdefault((key, shown(float(value)), low, high), []).append(item)
    for (key, value, low, high), items in faults.items():
        label = name if items == [ALL] else f"{name}[{', '.join(items)}]"
        facts = {"low": shown(low), "high": shown(high), "unit": "" if entries.unit == "1" else f" {entries.unit}"}
        yield message(key, label=label, value=value, **facts)


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _makes_sense(value: float, usual: float, low: float, unit: str) -> bool:
    """The sign of the table's value or zero, unless its range has both; between 0 and 1 for a fraction."""
    return 0 <= value <= 1 if unit.startswith(FRACTION) else value * usual >= 0 or low < 0 < usual
